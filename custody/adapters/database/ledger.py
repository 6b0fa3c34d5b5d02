"""ledger.db and openings.db of one case: appends, and reads that touch O(log n) rows.

Each file is written in a transaction of its own, openings first: a crash between the two leaves values for records that
were never reported as recorded, and never a record whose values are lost. One transaction over both would need SQLite's
super-journal, which names the folder: a case copied or moved after a crash could not be read.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from custody.adapters.database import connection
from custody.adapters.database.connection import translated
from custody.adapters.database.schema import check_stored, check_writable, find_damage, is_ours
from custody.errors import FormatError, StorageError, UsageError
from custody.formats.dsse import MAX_ENVELOPE
from custody.formats.seal import MAX_VALUE
from custody.ports import OpeningRow, Row

# An index tree (WITHOUT ROWID) keeps a quarter of a page of each row in place: beside it, an entry of some 2.3 kB would
# need a page of its own, and the file would be twice as large.
LEDGER_PAGE = 16_384
FETCH = 512  # rows at a time: at most some 35 MB of the largest envelopes
FETCH_OPENINGS = 16  # rows at a time: at most some 65 MB of the largest values
LEFT = 2048  # positions after the end of a ledger that a write can have left openings at: the longest batch
LAST = 2**63 - 1  # the largest position that SQLite holds

# Whoever can write the file chooses how long a cell is. No more of it is read than one byte above what can be valid:
# that is enough for the check that the cell then fails.
MAX_NODES = 32 * 64  # bytes: a hash for each level of a tree of 2^64 leaves
MAX_SALT = 63  # bytes; a salt has 16
MAX_NAME = 1999  # bytes of an id or an item's number, which have 64 and at most 19
MAX_POINTER = MAX_ENVELOPE  # bytes: a pointer is made of names that stand in the envelope


def _text(column: str, most: int) -> str:
    """SQL for the first bytes of a text; `substr` of a text would end at a NUL, and hide what follows it."""
    return f"CASE WHEN {column} IS NOT NULL THEN CAST({_bytes(column, most)} AS TEXT) END"


def _bytes(column: str, most: int) -> str:
    """SQL for the first bytes of a blob; to SQLite, `substr` of an empty one is NULL."""
    return f"coalesce(substr(CAST({column} AS BLOB), 1, {most + 1}), x'')"


# STRICT is a word in the schema, which whoever can write the file can write too: cells are taken for what they must be.
_COLUMNS = (
    f"coalesce(CAST(position AS INTEGER), -1), {_text('item', MAX_NAME)}, {_bytes('envelope', MAX_ENVELOPE)},"
    f" {_bytes('nodes', MAX_NODES)}"
)
_PLACES = "ledger = ? AND position BETWEEN ? AND ?"
_OPENING = (
    f"CAST(position AS INTEGER), coalesce({_text('pointer', MAX_POINTER)}, ''), {_bytes('salt', MAX_SALT)},"
    f" {_bytes('value', MAX_VALUE)}"
)

_LEDGER = f"coalesce({_text('ledger', MAX_NAME)}, '')"
_ALL_LEDGERS = f"SELECT DISTINCT {_LEDGER} FROM entries"  # noqa: S608
# From each name straight to the next: as many steps as there are ledgers. In SQLite's order, texts and blobs come last;
# before them stand, in no honest ledger, numbers, and NULL in a column that should have none.
_NEXT_LEDGERS = f"""
    WITH RECURSIVE names(ledger) AS (
        SELECT min(ledger) FROM entries WHERE ledger >= ''
        UNION ALL
        SELECT (SELECT min(ledger) FROM entries WHERE ledger > names.ledger) FROM names WHERE ledger IS NOT NULL
    )
    SELECT {_LEDGER} FROM names WHERE ledger IS NOT NULL
    UNION SELECT {_LEDGER} FROM entries WHERE ledger < ''
"""  # noqa: S608


class _Reader:
    """Reads on open connections: one for the ledger, and one for the openings from when they are first asked for."""

    def __init__(
        self,
        ledger: sqlite3.Connection,
        path: Path,
        openings: Callable[[], sqlite3.Connection | None],
        openings_path: Path,
    ) -> None:
        self._ledger = ledger
        self._path = path
        self._openings = openings
        self._openings_path = openings_path

    def query(self, sql: str, *values: object) -> Iterator[Any]:
        """The rows of one statement on the ledger, fetched a few at a time."""
        return _query(self._ledger, self._path, sql, values, FETCH)

    def query_openings(self, sql: str, *values: object) -> Iterator[Any]:
        """The rows of one statement on the openings, none where there are no openings."""
        openings = self._openings()
        return iter(()) if openings is None else _query(openings, self._openings_path, sql, values, FETCH_OPENINGS)

    def ledgers(self) -> tuple[str, ...]:
        # Another table may compare names in its own way, or have no order in which the next one is found.
        ours = is_ours(self._ledger.execute, "entries")
        return tuple(sorted(row[0] for row in self.query(_NEXT_LEDGERS if ours else _ALL_LEDGERS)))

    def size(self, ledger: str) -> int:
        query = "SELECT CAST(coalesce(max(position), -1) AS INTEGER) FROM entries WHERE ledger = ?"
        return max(0, int(next(self.query(query, ledger))[0]) + 1)

    def rows(self, ledger: str, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        if start > LAST:
            return
        query = f"SELECT {_COLUMNS} FROM entries WHERE {_PLACES} ORDER BY position"  # noqa: S608
        for row in self.query(query, ledger, start, LAST if stop is None else stop - 1):
            yield Row(*row)

    def nth_from(self, ledger: str, start: int, count: int) -> int | None:
        query = "SELECT position FROM entries WHERE ledger = ? AND position >= ? ORDER BY position LIMIT 1 OFFSET ?"
        found = next(self.query(query, ledger, start, count - 1), None)
        return None if found is None else int(found[0])

    def rows_of_item(self, ledger: str, item: str | None) -> tuple[Row, ...]:
        query = f"SELECT {_COLUMNS} FROM entries WHERE item IS ? AND ledger = ? ORDER BY position"  # noqa: S608
        return tuple(Row(*row) for row in self.query(query, item, ledger))

    def items(self, ledger: str, records: int = 1) -> Iterator[str]:
        item = _text("item", MAX_NAME)
        query = f"SELECT {item} FROM entries WHERE item IS NOT NULL AND ledger = ? GROUP BY item HAVING count(*) >= ?"  # noqa: S608
        return (row[0] for row in self.query(query, ledger, records))

    def node(self, ledger: str, level: int, index: int) -> bytes:
        position = (index + 1 << level) - 1
        query = (
            "SELECT substr(coalesce(CAST(nodes AS BLOB), x''), ?, 32) FROM entries WHERE ledger = ? AND position = ?"
        )
        found = next(self.query(query, 32 * level + 1, ledger, position), None)
        if found is None or len(found[0]) != 32:
            raise FormatError(
                f"{self._path.name}: record {position} of the ledger is missing or incomplete",
                "run custody verify to see what else is wrong",
            )
        return bytes(found[0])

    def openings(self, ledger: str, start: int, stop: int | None = None) -> Iterator[OpeningRow]:
        query = f"SELECT {_OPENING} FROM openings WHERE {_PLACES} ORDER BY position, pointer"  # noqa: S608
        for row in self.query_openings(query, ledger, start, LAST if stop is None else stop - 1):
            yield OpeningRow(*row)

    def opened_places(self) -> Iterator[tuple[str, int, int]]:
        place = f"coalesce({_text('ledger', MAX_NAME)}, ''), coalesce(CAST(position AS INTEGER), -1)"
        query = f"SELECT {place}, count(*) FROM openings GROUP BY ledger, position ORDER BY ledger, position"  # noqa: S608
        yield from self.query_openings(query)


class _Writer(_Reader):
    """Reads, and appends on a connection that holds the write lock; nothing is kept before `commit`."""

    def append(self, ledger: str, rows: Sequence[Row], openings: Sequence[OpeningRow]) -> int:
        if any(len(row.value) > MAX_VALUE for row in openings):
            raise UsageError(f"a text is longer than the {MAX_VALUE} bytes that are kept sealed", "shorten it")
        with translated(self._path):
            self._ledger.executemany(
                "INSERT INTO entries (ledger, position, item, envelope, nodes) VALUES (?, ?, ?, ?, ?)",
                [(ledger, row.position, row.item, row.envelope, row.nodes) for row in rows],
            )
        if rows and (kept := self._openings()) is not None:
            with translated(self._openings_path):
                # Of a write that was broken off: the ledger is locked, and no record stands at these places.
                place = (ledger, rows[0].position)
                last = kept.execute("SELECT max(position) FROM openings WHERE ledger = ? AND position >= ?", place)
                if (last.fetchone()[0] or 0) >= rows[0].position + LEFT:
                    raise FormatError(
                        f"{self._openings_path.name} holds values further on than a broken-off write leaves them",
                        "run custody verify; newer records may have been taken away: look for a newer copy of the case",
                    )
                replaced = kept.execute("DELETE FROM openings WHERE ledger = ? AND position >= ?", place).rowcount
                kept.executemany(
                    "INSERT INTO openings (ledger, position, pointer, salt, value) VALUES (?, ?, ?, ?, ?)",
                    [(ledger, row.position, row.pointer, row.salt, row.value) for row in openings],
                )
                return replaced
        return 0

    def keep(self, ledger: str, openings: Sequence[OpeningRow]) -> None:
        if (kept := self._openings()) is not None:
            with translated(self._openings_path):
                kept.executemany(
                    "INSERT OR IGNORE INTO openings (ledger, position, pointer, salt, value) VALUES (?, ?, ?, ?, ?)",
                    [(ledger, row.position, row.pointer, row.salt, row.value) for row in openings],
                )

    def erase(self, ledger: str, position: int, pointer: str) -> bool:
        if (kept := self._openings()) is None:
            return False
        with translated(self._openings_path):
            place = (ledger, position, pointer)
            query = "DELETE FROM openings WHERE ledger = ? AND position = ? AND pointer = ?"
            return bool(kept.execute(query, place).rowcount)


class SqliteLedgers:
    """The ledger database of one case folder (ports.LedgerStore)."""

    def __init__(self, ledger: Path, openings: Path) -> None:
        self._ledger = ledger
        self._openings = openings

    @property
    def where(self) -> tuple[bytes, bytes]:
        """The paths of both files."""
        return os.fsencode(self._ledger), os.fsencode(self._openings)

    def create(self) -> None:
        """Make both files with their tables and triggers."""
        from custody.adapters.database.rows import LedgerTables, OpeningTables, statements

        for path, tables, page in ((self._openings, OpeningTables, 4096), (self._ledger, LedgerTables, LEDGER_PAGE)):
            with connection.writing(path, page_size=page) as opened:
                for sql in statements(tables):
                    opened.execute(sql)
                opened.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[_Reader]:
        """One consistent view of the ledger, and one of the openings that is no older."""
        self._check_there()
        with connection.reading(self._ledger) as ledger, ExitStack() as opened:

            @cache
            def openings() -> sqlite3.Connection | None:
                if not self.openings_present():
                    return None
                kept = opened.enter_context(connection.reading(self._openings))
                with translated(self._openings):
                    check_stored(kept.execute, "openings", self._openings)
                return kept

            check_stored(ledger.execute, "entries", self._ledger)
            yield _Reader(ledger, self._ledger, openings, self._openings)

    @contextmanager
    def writing(self) -> Iterator[_Writer]:
        """Lock for writing; a lost openings.db is made anew, empty."""
        self._check_there()
        with connection.writing(self._ledger) as ledger, ExitStack() as opened:

            @cache
            def openings() -> sqlite3.Connection:
                kept = opened.enter_context(connection.writing(self._openings))
                with translated(self._openings):
                    self._make_anew(kept)
                    check_writable(kept.execute, "openings", self._openings)
                return kept

            check_writable(ledger.execute, "entries", self._ledger)
            yield _Writer(ledger, self._ledger, openings, self._openings)
            if openings.cache_info().currsize:
                with translated(self._openings):
                    openings().execute("COMMIT")
            with translated(self._ledger):
                ledger.execute("COMMIT")

    def openings_present(self) -> bool:
        """Whether there is an openings.db; one that a crash left without a byte holds nothing."""
        return self._openings.exists() and self._openings.stat().st_size > 0

    def damage(self) -> tuple[str, ...]:
        """Whatever the databases hold that `create` does not make, else what SQLite's own integrity check finds."""
        with self.reading() as reader:
            found = find_damage(reader.query, "entries", self._ledger)
            if self.openings_present():
                found += find_damage(reader.query_openings, "openings", self._openings)
            elif self._openings.exists():
                found.append(f"{self._openings.name} is empty")
        return tuple(sorted(set(found)))

    def _check_there(self) -> None:
        if not self._ledger.exists():
            raise StorageError(f"{self._ledger} is not there", "check that this is the whole case folder")

    def _make_anew(self, openings: sqlite3.Connection) -> None:
        if openings.execute("SELECT 1 FROM sqlite_schema").fetchone() is None:
            from custody.adapters.database.rows import OpeningTables, statements

            for sql in statements(OpeningTables):
                openings.execute(sql)


def _query(connection: sqlite3.Connection, path: Path, sql: str, values: Sequence[object], fetch: int) -> Iterator[Any]:
    with translated(path):
        result = connection.execute(sql, values)
        while rows := result.fetchmany(fetch):
            yield from rows
