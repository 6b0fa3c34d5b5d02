"""Remembers the heads of ledgers that this computer saw, in its own database outside every case."""

from collections.abc import Callable
from pathlib import Path

from custody.adapters.database.engine import make_engine, translated
from custody.ports import RememberedHead


class SqliteHeads:
    """The remembered heads (ports.Heads)."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, ledger: str) -> RememberedHead | None:
        """The remembered head, or None."""
        from sqlmodel import Session

        from custody.adapters.database.rows import HeadRow

        # A process that was killed at its first write leaves an empty file: nothing is remembered there either.
        if not self._path.exists() or self._path.stat().st_size == 0:
            return None
        with translated(self._path), Session(make_engine(self._path, read_only=True)) as session:
            row = session.get(HeadRow, ledger)
            return None if row is None else _head(row)

    def remember(self, head: RememberedHead, extends: Callable[[RememberedHead], bool]) -> RememberedHead | None:
        """Keep `head`; returns the remembered head that it does not extend, which then stays."""
        from sqlmodel import Session

        from custody.adapters.database.rows import HeadRow, HeadTables

        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        engine = make_engine(self._path, read_only=False)
        with translated(self._path), Session(engine) as session, session.begin():
            HeadTables.metadata.create_all(session.connection())
            row = session.get(HeadRow, head.ledger)
            if row is None:
                session.add(HeadRow(ledger=head.ledger, case=head.case, size=head.size, root=head.root, seen=head.seen))
                return None
            before = _head(row)
            if (before.size, before.root) == (head.size, head.root):
                return None
            if not extends(before):
                return before
            row.case, row.size, row.root, row.seen = head.case, head.size, head.root, head.seen
            session.add(row)
            return None


def _head(row: object) -> RememberedHead:
    from custody.adapters.database.rows import HeadRow

    assert isinstance(row, HeadRow)
    return RememberedHead(row.ledger, row.case, row.size, bytes(row.root), row.seen)
