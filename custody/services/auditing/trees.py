"""Asks whether a ledger once had a root: of the tree that a case stores, or of the proofs that a record carries."""

from collections.abc import Mapping
from typing import Protocol

from custody.errors import FormatError
from custody.ports import LedgerReader
from custody.services import remembering


class Trees(Protocol):
    """The ledgers that are examined, by their ids, and what can be said of their trees."""

    def size(self, ledger: str) -> int | None:
        """How many records the ledger has, None where it is not here."""
        ...

    def had(self, ledger: str, size: int, root: str) -> bool | None:
        """Whether the ledger had this root (hexadecimal) with so many records; None where that cannot be said."""
        ...


class Measured(Protocol):
    """A ledger that was examined: how many records it has, and whether each stands where it was signed."""

    @property
    def size(self) -> int:
        """Positions that were seen, missing ones included."""
        ...

    @property
    def sound(self) -> bool:
        """Whether the stored tree is that of the records."""
        ...


class StoredTrees:
    """The trees of a case. That one is not the tree of its records was reported, and nothing is said of it then."""

    def __init__(self, reader: LedgerReader, ledgers: Mapping[str, Measured]) -> None:
        self._reader = reader
        self._ledgers = ledgers

    def size(self, ledger: str) -> int | None:
        """As `Trees.size`."""
        return self._ledgers[ledger].size if ledger in self._ledgers else None

    def had(self, ledger: str, size: int, root: str) -> bool | None:
        """As `Trees.had`."""
        if ledger not in self._ledgers or not self._ledgers[ledger].sound:
            return None
        try:
            return remembering.root_of(self._reader, ledger, size).hex() == root
        except FormatError:
            return None
