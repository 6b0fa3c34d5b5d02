"""Remembers what the writers of ledgers still wait for from authorities, in its own database outside every case.

Nothing that evidence rests on: lost, an authority is asked for a stamp once more.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from custody.adapters.database.connection import reading, writing
from custody.errors import FormatError
from custody.ports import KeptList

MAX_UNCONFIRMED = 10_000  # records of a ledger that are given back; calendars answer for fewer a day


class SqliteStampQueue:
    """What is waited for (ports.StampQueue). Each change is one transaction: two processes lose nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def owed(self, ledger: str) -> tuple[str, ...]:
        """The names of the authorities that owe a stamp, in order."""
        return tuple(self._texts("SELECT authority FROM owed WHERE ledger = ? ORDER BY authority", ledger))

    def unconfirmed(self, ledger: str) -> tuple[int, ...]:
        """The positions of records whose proofs are pending, ascending; the newest, where there are very many."""
        newest = "SELECT position FROM unconfirmed WHERE ledger = ? ORDER BY position DESC LIMIT ?"
        found = [self._typed(int, row[0]) for row in self._rows(newest, (ledger, MAX_UNCONFIRMED))]
        return tuple(reversed(found))

    def settle(
        self,
        ledger: str,
        *,
        done: Sequence[str] = (),
        owed: Sequence[str] = (),
        unconfirmed: Sequence[int] = (),
        confirmed: Sequence[int] = (),
    ) -> None:
        """Authorities that gave a stamp, that owe one, and records whose proofs are pending, or are no longer."""
        changes = [
            ("INSERT OR IGNORE INTO owed VALUES (?, ?)", owed),
            ("DELETE FROM owed WHERE ledger = ? AND authority = ?", done),
            ("INSERT OR IGNORE INTO unconfirmed VALUES (?, ?)", unconfirmed),
            ("DELETE FROM unconfirmed WHERE ledger = ? AND position = ?", confirmed),
        ]
        self._write([(sql, [(ledger, one) for one in some]) for sql, some in changes])

    def revocation_list(self, ledger: str, url: str) -> KeptList | None:
        """The newest list from this address that is kept for the case of this ledger."""
        for row in self._rows("SELECT object, fetched FROM lists WHERE ledger = ? AND url = ?", (ledger, url)):
            return KeptList(*(self._typed(str, one) for one in row))
        return None

    def keep_revocation_list(self, ledger: str, url: str, name: str, fetched: str) -> None:
        """Remember the object `name` as the list from this address."""
        self._write([("INSERT OR REPLACE INTO lists VALUES (?, ?, ?, ?)", [(ledger, url, name, fetched)])])

    def _texts(self, sql: str, ledger: str) -> list[str]:
        return [self._typed(str, row[0]) for row in self._rows(sql, (ledger,))]

    def _typed(self, kind: type[Any], value: object) -> Any:
        if not isinstance(value, kind):
            raise FormatError(
                f"{self._path} holds what custody did not write there",
                "move it away; then run custody timestamp, which asks every authority once more",
            )
        return value

    def _rows(self, sql: str, values: tuple[object, ...]) -> list[Any]:
        # A process that was killed at its first write leaves an empty file: nothing is waited for then.
        if not self._path.exists() or (self._path.is_file() and self._path.stat().st_size == 0):
            return []
        with reading(self._path, own=True) as connection:
            return connection.execute(sql, values).fetchall()

    def _write(self, changes: Sequence[tuple[str, Sequence[tuple[object, ...]]]]) -> None:
        if not any(rows for _, rows in changes):
            return
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with writing(self._path, own=True) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
                _make(connection)
            for sql, rows in changes:
                connection.executemany(sql, rows)
            connection.execute("COMMIT")


def _make(connection: sqlite3.Connection) -> None:
    from custody.adapters.database.rows import StampTables, statements

    for sql in statements(StampTables):
        connection.execute(sql)
