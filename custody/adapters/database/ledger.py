"""ledger.db and openings.db of one case: appends, and reads that touch O(log n) rows.

Both files change in one transaction (SQLite's super-journal, rollback mode), so a crash leaves both or neither.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from custody.adapters.database.engine import make_engine, translated
from custody.errors import FormatError, StorageError
from custody.ports import OpeningRow, Row

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

FETCH = 512  # rows at a time: at most some 40 MB of the largest envelopes
MAX_DAMAGE = 20  # lines of SQLite's integrity check; more say the same
LAST = 2**63 - 1  # the largest position that SQLite holds

# STRICT is a word in the schema, which whoever can write the file can write too: cells are taken for what they must be.
_COLUMNS = (
    "CAST(position AS INTEGER), CAST(item AS TEXT), coalesce(CAST(envelope AS BLOB), x''),"
    " coalesce(CAST(nodes AS BLOB), x'')"
)
_OPENING_KEY = "coalesce(CAST(statement AS TEXT), ''), coalesce(CAST(pointer AS TEXT), '')"
_OPENING = f"{_OPENING_KEY}, coalesce(CAST(salt AS BLOB), x''), coalesce(CAST(value AS BLOB), x'')"


class _Reader:
    """Reads on one open connection."""

    def __init__(self, connection: "Connection", path: Path, *, openings: bool) -> None:
        self._connection = connection
        self._path = path
        self._openings = openings

    def query(self, sql: str, *values: object) -> Iterator[Any]:
        """The rows of one statement, fetched a few at a time."""
        with translated(self._path):
            result = self._connection.exec_driver_sql(sql, values)
            while rows := result.fetchmany(FETCH):
                yield from rows

    def ledgers(self) -> tuple[str, ...]:
        query = "SELECT DISTINCT coalesce(CAST(ledger AS TEXT), '') FROM entries ORDER BY ledger"
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
            yield from (OpeningRow(*row) for row in self.query(query, *some))

    def opening_keys(self) -> Iterator[tuple[str, str]]:
        if self._openings:
            for row in self.query(f"SELECT {_OPENING_KEY} FROM openings.openings ORDER BY statement, pointer"):  # noqa: S608
                yield row[0], row[1]


class _Writer(_Reader):
    """Reads and appends on one connection that holds the write lock."""

    def append(self, ledger: str, rows: Sequence[Row], openings: Sequence[OpeningRow]) -> None:
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
            _create_tables(connection)

    @contextmanager
    def reading(self) -> Iterator[_Reader]:
        """One consistent view of both files."""
        self._check_there()
        present = self.openings_present()
        engine = self._engine(read_only=True, attach=present)
        with translated(self._ledger), engine.begin() as connection:
            reader = _Reader(connection, self._ledger, openings=present)
            _check_stored(reader, "main", "entries", self._ledger)
            if present:
                _check_stored(reader, "openings", "openings", self._openings)
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
        """SQLite's own integrity check, and whatever the schema holds that `create` does not make."""
        schemas = ("main", "openings") if self.openings_present() else ("main",)
        found = []
        with self.reading() as reader, _pristine() as pristine:
            for schema in schemas:
                words = [row[0] for row in reader.query(f"PRAGMA {schema}.integrity_check({MAX_DAMAGE})")]
                found += [f"{schema}: {word}" for word in words if word != "ok"]
                differing = _schema(reader, schema) ^ _schema(pristine, schema)
                found += [f"the {kind} {name} is not as custody makes it" for kind, name, _ in differing]
        return tuple(sorted(set(found)))

    def _check_there(self) -> None:
        if not self._ledger.exists():
            raise StorageError(f"{self._ledger} is not there", "check that this is the whole case folder")

    def _engine(self, *, read_only: bool, attach: bool = True) -> "Engine":
        return make_engine(self._ledger, read_only=read_only, attach={"openings": self._openings} if attach else None)


def _check_stored(reader: _Reader, schema: str, table: str, path: Path) -> None:
    """Only stored cells are read: a view or a computed column may go on for ever, or fill the memory."""
    kinds = [row[2] for row in reader.query(f"PRAGMA {schema}.table_list({table})")]
    computed = [row[1] for row in reader.query(f"PRAGMA {schema}.table_xinfo({table})") if row[6]]
    if kinds != ["table"] or computed:
        raise FormatError(
            f"{path.name} has no table {table} as custody makes it",
            "keep this copy as it is, and work on with a backup",
        )


@contextmanager
def _pristine() -> Iterator[_Reader]:
    """Both databases as `create` makes them, in memory."""
    engine = make_engine(Path(":memory:"), read_only=False, attach={"openings": Path(":memory:")})
    with engine.begin() as connection:
        _create_tables(connection)
        yield _Reader(connection, Path(":memory:"), openings=True)


def _create_tables(connection: "Connection") -> None:
    from custody.adapters.database.rows import LedgerTables, OpeningTables

    LedgerTables.metadata.create_all(connection)
    OpeningTables.metadata.create_all(connection)


def _schema(reader: _Reader, schema: str) -> set[tuple[str, str, str]]:
    """Kind, name and shape of everything in a schema: columns for what has some, the text of a trigger.

    The text of a table is SQLAlchemy's, and may change with its version; its columns may not.
    """
    shapes = set()
    for kind, name, sql in reader.query(f"SELECT type, name, sql FROM {schema}.sqlite_schema"):  # noqa: S608
        match kind:
            case "table":
                columns = [*reader.query(f'PRAGMA {schema}.table_xinfo("{_quoted(name)}")')]
                flags = [row[2:] for row in reader.query(f"PRAGMA {schema}.table_list") if row[1] == name]
                shape = f"{columns} {flags}"
            case "index":
                shape = str([*reader.query(f'PRAGMA {schema}.index_xinfo("{_quoted(name)}")')])
            case _:
                shape = str(sql)
        shapes.add((kind, name, shape))
    return shapes


def _quoted(name: str) -> str:
    return name.replace('"', '""')
