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


class Correction(msgspec.Struct, frozen=True):
    """A field of a statement that a later statement corrects; the old value stays where it was signed."""

    id: str
    statement: str
    field: str


class Item(msgspec.Struct, frozen=True):
    """One item. `tip` is the newest statement of its `chain` of acts; `notes` are the remarks that hang on it.

    `holder` is the person answerable for it: None once it went to somebody without a key. `hands` counts the hand-overs
    that both signed; `papers` are the releases on paper, each with the statement that links its receipt, if any does;
    `gaps` the explanations of what the record does not account for. `keepers` are the persons who have its bytes.
    """

    number: str
    body: "Collected"
    ledger: str
    position: int
    collected_by: str
    holder: str | None
    tip: str
    chain: tuple[str, ...]
    notes: tuple[str, ...] = ()
    standing: Standing = "held"
    offer: Offer | None = None
    hands: int = 0
    papers: tuple[tuple[str, str | None], ...] = ()
    corrections: tuple[Correction, ...] = ()
    gaps: tuple[str, ...] = ()
    keepers: tuple[str, ...] = ()


class Said(msgspec.Struct, frozen=True):
    """A statement about an item: where it stands, who signed it, and the fields that it seals."""

    item: str
    ledger: str
    position: int
    signer: str
    sealed: tuple[str, ...]


def split_number(number: str) -> tuple[str, int]:
    """The collector's label and the counter of `JD-7`."""
    label, _, counter = number.partition("-")
    return label, int(counter)
