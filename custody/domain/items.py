"""Items of evidence: their numbers, and what is known of one after its history was replayed."""

from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from custody.domain.events.collection import Collected

Standing = Literal["held", "on-paper", "withdrawn", "disposed"]


class Offer(msgspec.Struct, frozen=True):
    """A release that waits for its receiver: the statement, the person offered, and whether the giver keeps a copy."""

    id: str
    to: str
    keeps_copy: bool


class Paper(msgspec.Struct, frozen=True):
    """A release on paper: the statement, the person who signed it, and the statement that links its receipt, if any.

    `linked_by` is the person who linked it; `alone` says that nobody else was in the case who could have, as far as
    that person knew.
    """

    release: str
    giver: str
    receipt: str | None = None
    linked_by: str | None = None
    alone: bool = False


class Item(msgspec.Struct, frozen=True):
    """One item. `first` is the statement that collected it, `tip` the newest act; the acts are in the state.

    What may come in any number is counted, and not listed: a list that grows by being copied takes quadratic time.
    `holder` is the person answerable for it: None once it went to somebody without a key. `hands` counts the hand-overs
    that both signed; `notes` the remarks of every kind, `corrections` and `gaps` (explanations of what the record does
    not account for) among them; `stood_in` the acts of a lead in place of a holder who had left the case. `papers` are
    the releases on paper. `keepers` are the persons who have its bytes.
    """

    number: str
    body: "Collected"
    ledger: str
    position: int
    collected_by: str
    holder: str | None
    first: str
    tip: str
    notes: int = 0
    standing: Standing = "held"
    offer: Offer | None = None
    hands: int = 0
    papers: tuple[Paper, ...] = ()
    corrections: int = 0
    gaps: int = 0
    stood_in: int = 0
    keepers: tuple[str, ...] = ()


class Said(msgspec.Struct, frozen=True):
    """A statement about an item, or one that opens a ledger: where it stands, who signed it, and what it seals."""

    item: str | None
    ledger: str
    position: int
    signer: str
    sealed: tuple[str, ...]


def split_number(number: str) -> tuple[str, int]:
    """The collector's label and the counter of `JD-7`."""
    label, _, counter = number.partition("-")
    return label, int(counter)
