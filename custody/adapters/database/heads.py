"""Remembers the heads of ledgers that this computer saw, in its own database outside every case."""

from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path

from custody.adapters.database.connection import reading, writing
from custody.ports import RememberedHead

_COLUMNS = 'ledger, "case", size, root, seen, counted, counter'
_GET = f"SELECT {_COLUMNS} FROM heads WHERE ledger = ?"  # noqa: S608
_PUT = f"INSERT OR REPLACE INTO heads ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608


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
            row = connection.execute(_GET, (ledger,)).fetchone()
        return None if row is None else RememberedHead(*row)

    def remember(self, head: RememberedHead, extends: Callable[[RememberedHead], bool]) -> RememberedHead | None:
        """Keep `head`; returns the remembered head that it does not extend, which then stays."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with writing(self._path) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
                from custody.adapters.database.rows import HeadTables, statements

                for sql in statements(HeadTables):
                    connection.execute(sql)
            row = connection.execute(_GET, (head.ledger,)).fetchone()
            before = None if row is None else RememberedHead(*row)
            if before is not None and (before.size, before.root) == (head.size, head.root):
                return None
            if before is not None and not extends(before):
                return before
            connection.execute(_PUT, astuple(head))
            connection.execute("COMMIT")
            return None
