"""Remembers what the person's keys cosigned of other people's ledgers, in its own database outside every case."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import astuple, fields
from pathlib import Path

import msgspec

from custody.adapters.database.connection import reading, writing
from custody.errors import FormatError
from custody.ports import CosignedHead

_COLUMNS = ", ".join(field.name for field in fields(CosignedHead))
_GET = f"SELECT {_COLUMNS} FROM cosigned WHERE origin = ? ORDER BY cosigner"  # noqa: S608
_PUT = f"INSERT OR REPLACE INTO cosigned ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608


class SqliteCosignedHeads:
    """What was cosigned (ports.CosignedHeads)."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def of(self, origin: str) -> tuple[CosignedHead, ...]:
        """The last head of this ledger that each of the person's keys cosigned."""
        # A process that was killed at its first write leaves an empty file: nothing was signed then.
        if not self._path.exists() or (self._path.is_file() and self._path.stat().st_size == 0):
            return ()
        with reading(self._path, own=True) as connection:
            return self._of(connection, origin)

    def advance(self, head: CosignedHead, check: Callable[[Sequence[CosignedHead]], None]) -> None:
        """Put `head` in the place of the key's last one, once `check` allows it; durable on return."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with writing(self._path, own=True) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
                from custody.adapters.database.rows import CosignedTables, statements

                for sql in statements(CosignedTables):
                    connection.execute(sql)
            check(self._of(connection, head.origin))
            connection.execute(_PUT, astuple(head))
            connection.execute("COMMIT")

    def _of(self, connection: sqlite3.Connection, origin: str) -> tuple[CosignedHead, ...]:
        names = [field.name for field in fields(CosignedHead)]
        rows = connection.execute(_GET, (origin,)).fetchall()
        try:
            return tuple(msgspec.convert(dict(zip(names, row, strict=True)), CosignedHead) for row in rows)
        except msgspec.ValidationError as error:
            raise FormatError(
                f"{self._path} holds what custody did not write there",
                "put back a copy from before it was damaged. Do not move it away: your key could then sign another "
                "history of a ledger that it has cosigned",
            ) from error
