"""ledger.db and openings.db of one case: appends, and reads that touch O(log n) rows.

Both files change in one transaction (SQLite's super-journal, rollback mode), so a crash leaves both or neither.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from custody.adapters.database.engine import make_engine, translated
from custody.adapters.database.schema import check_stored, create_tables, find_damage
from custody.errors import FormatError, StorageError, UsageError
from custody.formats.dsse import MAX_ENVELOPE
from custody.ports import OpeningRow, Row

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

FETCH = 512  # rows at a time: at most some 35 MB of the largest envelopes
FETCH_OPENINGS = 16  # rows at a time: at most some 65 MB of the largest values
LAST = 2**63 - 1  # the largest position that SQLite holds

# Whoever can write the file chooses how long a cell is. No more of it is read than one byte above what can be valid:
# that is enough for the check that the cell then fails.
MAX_NODES = 32 * 64  # bytes: a hash for each level of a tree of 2^64 leaves
MAX_SALT = 63  # bytes; a salt has 16
MAX_VALUE = 4 * 2**20 - 1  # bytes; more than a person types, and a certificate has some 1,000
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
    f"CAST(position AS INTEGER), {_text('item', MAX_NAME)}, {_bytes('envelope', MAX_ENVELOPE)},"
    f" {_bytes('nodes', MAX_NODES)}"
)
_OPENING_KEY = f"coalesce({_text('statement', MAX_NAME)}, ''), coalesce({_text('pointer', MAX_POINTER)}, '')"
_OPENING = f"{_OPENING_KEY}, {_bytes('salt', MAX_SALT)}, {_bytes('value', MAX_VALUE)}"


class _Reader:
    """Reads on one open connection."""

    def __init__(self, connection: "Connection", path: Path, *, openings: bool) -> None:
        self._connection = connection
        self._path = path
        self._openings = openings

    def query(self, sql: str, *values: object, fetch: int = FETCH) -> Iterator[Any]:
        """The rows of one statement, fetched a few at a time."""
        with translated(self._path):
            result = self._connection.exec_driver_sql(sql, values)
            while rows := result.fetchmany(fetch):
                yield from rows

    def ledgers(self) -> tuple[str, ...]:
        query = f"SELECT DISTINCT coalesce({_text('ledger', MAX_NAME)}, '') FROM entries ORDER BY ledger"  # noqa: S608
        return tuple(row[0] for row in self.query(query))

    def size(self, ledger: str) -> int:
        query = "SELECT CAST(coalesce(max(position), -1) AS INTEGER) FROM entries WHERE ledger = ?"
        return max(0, int(next(self.query(query, ledger))[0]) + 1)

    def rows(self, ledger: str, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        if start > LAST:
            return
        query = f"SELECT {_COLUMNS} FROM entries WHERE ledger = ? AND position BETWEEN ? AND ? ORDER BY position"  # noqa: S608
        for row in self.query(query, ledger, start, LAST if stop is None else stop - 1):
            yield Row(*row)

    def rows_of_item(self, ledger: str, item: str) -> tuple[Row, ...]:
        query = f"SELECT {_COLUMNS} FROM entries WHERE item = ? AND ledger = ? ORDER BY position"  # noqa: S608
        return tuple(Row(*row) for row in self.query(query, item, ledger))

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

    def openings(self, statements: Sequence[str]) -> Iterator[OpeningRow]:
        if not self._openings:
            return
        for start in range(0, len(statements), FETCH):
            some = statements[start : start + FETCH]
            marks = ", ".join("?" * len(some))
            query = (
                f"SELECT {_OPENING} FROM openings.openings WHERE statement IN ({marks})"  # noqa: S608
                " ORDER BY statement, pointer"
            )
            yield from (OpeningRow(*row) for row in self.query(query, *some, fetch=FETCH_OPENINGS))

    def opening_keys(self) -> Iterator[tuple[str, str]]:
        if self._openings:
            for row in self.query(f"SELECT {_OPENING_KEY} FROM openings.openings ORDER BY statement, pointer"):  # noqa: S608
                yield row[0], row[1]


class _Writer(_Reader):
    """Reads and appends on one connection that holds the write lock."""

    def append(self, ledger: str, rows: Sequence[Row], openings: Sequence[OpeningRow]) -> None:
        if any(len(row.value) > MAX_VALUE for row in openings):
            raise UsageError(f"a text is longer than the {MAX_VALUE} bytes that are kept sealed", "shorten it")
        with translated(self._path):
            self._connection.exec_driver_sql(
                "INSERT INTO entries (ledger, position, item, envelope, nodes) VALUES (?, ?, ?, ?, ?)",
                [(ledger, row.position, row.item, row.envelope, row.nodes) for row in rows],
            )
            if openings:
                self._connection.exec_driver_sql(
                    "INSERT INTO openings.openings (statement, pointer, salt, value) VALUES (?, ?, ?, ?)",
                    [(row.statement, row.pointer, row.salt, row.value) for row in openings],
                )


class SqliteLedgers:
    """The ledger database of one case folder (ports.LedgerStore)."""

    def __init__(self, ledger: Path, openings: Path) -> None:
        self._ledger = ledger
        self._openings = openings

    def create(self) -> None:
        """Make both files with their tables and triggers."""
        with translated(self._ledger), self._engine(read_only=False).begin() as connection:
            create_tables(connection)

    @contextmanager
    def reading(self) -> Iterator[_Reader]:
        """One consistent view of both files."""
        self._check_there()
        present = self.openings_present()
        engine = self._engine(read_only=True, attach=present)
        with translated(self._ledger), engine.begin() as connection:
            reader = _Reader(connection, self._ledger, openings=present)
            check_stored(reader.query, "main", "entries", self._ledger)
            if present:
                check_stored(reader.query, "openings", "openings", self._openings)
            yield reader

    @contextmanager
    def writing(self) -> Iterator[_Writer]:
        """Lock for writing; a lost openings.db is made anew, empty."""
        from custody.adapters.database.rows import OpeningTables

        self._check_there()
        present = self.openings_present()
        engine = self._engine(read_only=False)
        with translated(self._ledger), engine.begin() as connection:
            if not present:
                OpeningTables.metadata.create_all(connection)
            yield _Writer(connection, self._ledger, openings=True)

    def openings_present(self) -> bool:
        return self._openings.exists()

    def damage(self) -> tuple[str, ...]:
        """Whatever the databases hold that `create` does not make, else what SQLite's own integrity check finds."""
        schemas = ("main", "openings") if self.openings_present() else ("main",)
        with self.reading() as reader:
            found = [line for schema in schemas for line in find_damage(reader.query, schema)]
        return tuple(sorted(set(found)))

    def _check_there(self) -> None:
        if not self._ledger.exists():
            raise StorageError(f"{self._ledger} is not there", "check that this is the whole case folder")

    def _engine(self, *, read_only: bool, attach: bool = True) -> "Engine":
        return make_engine(self._ledger, read_only=read_only, attach={"openings": self._openings} if attach else None)
