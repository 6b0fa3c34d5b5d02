"""Remembers the heads of ledgers that this computer saw, in its own database outside every case."""

import sqlite3
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path

from custody.adapters.database.connection import reading, writing
from custody.ports import RememberedHead

_COUNTS = ("counted", "counter")  # not there in what earlier versions remembered
_COLUMNS = 'ledger, "case", size, root, seen, counted, counter'
_PUT = f"INSERT OR REPLACE INTO heads ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608


def _is_old(connection: sqlite3.Connection) -> bool:
    return "counted" not in {row[1] for row in connection.execute("PRAGMA table_info(heads)")}


def _get(connection: sqlite3.Connection) -> str:
    columns = _COLUMNS.replace(", ".join(_COUNTS), "0, 0") if _is_old(connection) else _COLUMNS
    return f"SELECT {columns} FROM heads WHERE ledger = ?"  # noqa: S608


class SqliteHeads:
    """The remembered heads (ports.Heads)."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, ledger: str) -> RememberedHead | None:
        """The remembered head, or None."""
        # A process that was killed at its first write leaves an empty file: nothing is remembered there either.
        if not self._path.exists() or self._path.stat().st_size == 0:
            return None
        with reading(self._path) as connection:
            row = connection.execute(_get(connection), (ledger,)).fetchone()
        return None if row is None else RememberedHead(*row)

    def remember(self, head: RememberedHead, extends: Callable[[RememberedHead], bool]) -> RememberedHead | None:
        """Keep `head`; returns the remembered head that it does not extend, which then stays."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with writing(self._path) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
                from custody.adapters.database.rows import HeadTables, statements

                for sql in statements(HeadTables):
                    connection.execute(sql)
            for column in _COUNTS if _is_old(connection) else ():
                connection.execute(f"ALTER TABLE heads ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0")
            row = connection.execute(_get(connection), (head.ledger,)).fetchone()
            before = None if row is None else RememberedHead(*row)
            if before is not None and (before.size, before.root) == (head.size, head.root):
                return None
            if before is not None and not extends(before):
                return before
            connection.execute(_PUT, astuple(head))
            connection.execute("COMMIT")
            return None
