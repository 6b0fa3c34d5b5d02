"""The ledgers of a case and what opens their seals, read and written row by row."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the ledger as it is stored. Every field but `envelope` is an index that verification rebuilds."""

    position: int
    item: str | None
    envelope: bytes
    nodes: bytes


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """What opens one sealed field of the entry at `position`, as it is stored; `value` is canonical JSON."""

    position: int
    pointer: str
    salt: bytes
    value: bytes


class LedgerReader(Protocol):
    """Reads ledgers and openings of one case."""

    def ledgers(self) -> tuple[str, ...]:
        """The ids of the ledgers, in order."""
        ...

    def size(self, ledger: str) -> int:
        """One more than the last position, 0 for a ledger without rows."""
        ...

    def rows(self, ledger: str, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """The rows of these positions, ascending, without holding them all in memory."""
        ...

    def nth_from(self, ledger: str, start: int, count: int) -> int | None:
        """The position of the `count`th row from `start` on, None when there are fewer."""
        ...

    def rows_of_item(self, ledger: str, item: str | None) -> tuple[Row, ...]:
        """The rows whose index names this item (None: no item), ascending."""
        ...

    def items(self, ledger: str, records: int = 1) -> Iterator[str]:
        """Each item that the index names, in so many records or more, once; in no order that means anything."""
        ...

    def node(self, ledger: str, level: int, index: int) -> bytes:
        """The root of the perfect subtree (level, index), from one row. Raises StorageError when it is not there."""
        ...

    def openings(self, ledger: str, start: int, stop: int | None = None) -> Iterator[OpeningRow]:
        """The openings of the entries at these positions, by position and pointer."""
        ...

    def opened_places(self) -> Iterator[tuple[str, int, int]]:
        """Ledger and position of every entry of which openings are kept, and how many."""
        ...


class LedgerWriter(LedgerReader, Protocol):
    """A ledger database locked for writing."""

    def append(self, ledger: str, rows: Sequence[Row], openings: Sequence[OpeningRow]) -> int:
        """Add rows at the end, and what opens their seals; how many openings of a broken-off write they replace.

        Raises FormatError when openings lie further on than a broken-off write leaves them.
        """
        ...

    def keep(self, ledger: str, openings: Sequence[OpeningRow]) -> None:
        """Keep what opens seals of records that are there; a value that is kept already stays."""
        ...

    def erase(self, ledger: str, position: int, pointer: str) -> bool:
        """Destroy what opens a seal, so that the file does not hold it any more; whether it was there."""
        ...


class LedgerStore(Protocol):
    """The ledger database of one case. Errors are StorageError, and FormatError for a file that is no database."""

    @property
    def where(self) -> tuple[bytes, bytes]:
        """Where ledgers and openings lie, as the operating system's bytes, for tasks in worker processes."""
        ...

    def create(self) -> None:
        """Make an empty database."""
        ...

    def reading(self) -> AbstractContextManager[LedgerReader]:
        """One consistent view. Writers wait for its end, so never hold it while files are hashed."""
        ...

    def writing(self) -> AbstractContextManager[LedgerWriter]:
        """Lock for writing; commits at the end of the block, rolls back when it raises."""
        ...

    def openings_present(self) -> bool:
        """Whether the openings database is there at all."""
        ...

    def damage(self) -> tuple[str, ...]:
        """What the database itself says is wrong with it, and anything in it that custody did not put there."""
        ...
