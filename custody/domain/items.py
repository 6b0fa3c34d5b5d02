"""Items of evidence: their numbers, and what is known of one after its history was replayed."""

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from custody.domain.events.collection import Collected


class Item(msgspec.Struct, frozen=True):
    """One item. `tip` is the newest statement of its chain of acts; `notes` are the remarks that hang on it."""

    number: str
    body: "Collected"
    ledger: str
    position: int
    collected_by: str
    holder: str
    tip: str
    chain: tuple[str, ...]
    notes: tuple[str, ...] = ()


def split_number(number: str) -> tuple[str, int]:
    """The collector's label and the counter of `JD-7`."""
    label, _, counter = number.partition("-")
    return label, int(counter)
