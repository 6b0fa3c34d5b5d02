"""Remembers the heads of ledgers that this computer saw, in its own database outside every case."""

import sqlite3
from collections.abc import Callable
from dataclasses import astuple, replace
from pathlib import Path

import msgspec

from custody.adapters.database.connection import reading, writing
from custody.errors import FormatError
from custody.ports import PlaceSeen, RememberedHead

# Not there in what earlier versions remembered, which had followed every record up to what they remembered.
_LATER = {"counted": "0", "counter": "0", "followed": "size"}
_COLUMNS = ("ledger", '"case"', "size", "root", "seen", *_LATER)
_FIELDS = tuple(name.strip('"') for name in _COLUMNS)
_HAS_PLACES = "SELECT 1 FROM sqlite_schema WHERE name = 'places'"
_SEEN_AT = 'SELECT "case", seen FROM places WHERE place = ? ORDER BY seen, "case"'
MAX_CASES = 1000  # of one folder; nobody replaces a case so often
_PUT = f"INSERT OR REPLACE INTO heads ({', '.join(_COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608


class SqliteHeads:
    """The remembered heads (ports.Heads)."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, ledger: str) -> RememberedHead | None:
        """The remembered head, or None."""
        # A process that was killed at its first write leaves an empty file: nothing is remembered there either.
        if not self._path.exists() or (self._path.is_file() and self._path.stat().st_size == 0):
            return None
        with reading(self._path, own=True) as connection:
            return self._get(connection, ledger)

    def remember(self, head: RememberedHead, extends: Callable[[RememberedHead], bool]) -> RememberedHead | None:
        """Keep `head`; returns the remembered head that it does not extend, which then stays."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with writing(self._path, own=True) as connection:
            self._make(connection)
            for column in _missing(connection):
                connection.execute(f"ALTER TABLE heads ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0")
                connection.execute(f"UPDATE heads SET {column} = {_LATER[column]}")  # noqa: S608
            before = self._get(connection, head.ledger)
            if before is not None and (before.size, before.root) == (head.size, head.root):
                if before.followed >= head.followed:
                    return None
                head = replace(before, followed=head.followed)
            elif before is not None and not extends(before):
                return before
            connection.execute(_PUT, astuple(head))
            connection.execute("COMMIT")
            return None

    def seen_at(self, place: str) -> tuple[PlaceSeen, ...]:
        """The cases that were seen in this folder, in the order in which they were."""
        if not self._path.exists() or (self._path.is_file() and self._path.stat().st_size == 0):
            return ()
        with reading(self._path, own=True) as connection:
            if not connection.execute(_HAS_PLACES).fetchone():
                return ()
            rows = connection.execute(_SEEN_AT, (place,)).fetchmany(MAX_CASES)
        try:
            return tuple(
                msgspec.convert({"place": place, "case": case, "seen": seen}, PlaceSeen) for case, seen in rows
            )
        except msgspec.ValidationError as error:
            raise self._damaged() from error

    def remember_place(self, seen: PlaceSeen) -> None:
        """Remember that this case was seen there, unless that is known."""
        if any(one.case == seen.case for one in self.seen_at(seen.place)):
            return
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with writing(self._path, own=True) as connection:
            self._make(connection)
            connection.execute('INSERT OR IGNORE INTO places (place, "case", seen) VALUES (?, ?, ?)', astuple(seen))
            connection.execute("COMMIT")

    def _make(self, connection: sqlite3.Connection) -> None:
        """Make the tables that are not there: all in a new file, some in one of an earlier version."""
        there = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        if {"heads", "places"} <= there:
            return
        from custody.adapters.database.rows import HeadTables, statements

        for sql in statements(HeadTables):
            connection.execute(sql.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1))

    def _damaged(self) -> FormatError:
        return FormatError(
            f"{self._path} holds what custody did not write there",
            "put back a copy from before it was damaged; or move it away, and this computer will begin anew to "
            "remember the cases that it sees",
        )

    def _get(self, connection: sqlite3.Connection, ledger: str) -> RememberedHead | None:
        missing = _missing(connection)
        columns = ", ".join(_LATER[name] if name in missing else name for name in _COLUMNS)
        row = connection.execute(f"SELECT {columns} FROM heads WHERE ledger = ?", (ledger,)).fetchone()  # noqa: S608
        try:
            return None if row is None else msgspec.convert(dict(zip(_FIELDS, row, strict=True)), RememberedHead)
        except msgspec.ValidationError as error:
            raise self._damaged() from error


def _missing(connection: sqlite3.Connection) -> list[str]:
    there = {row[1] for row in connection.execute("PRAGMA table_info(heads)")}
    return [name for name in _LATER if name not in there]
