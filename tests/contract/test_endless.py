"""A database of few pages that refer to one another again and again is refused; what honest reads take is far below."""

import os
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from custody.adapters.database import connection
from custody.adapters.database.ledger import SqliteLedgers
from custody.errors import FormatError
from custody.ports import LedgerReader, OpeningRow, Row

LEVELS, FAN = 7, 40  # 40^6 leaves, in as many pages as there are levels


@pytest.fixture
def ledgers(tmp_path: Path) -> SqliteLedgers:
    made = SqliteLedgers(tmp_path / "ledger.db", tmp_path / "openings.db")
    made.create()
    return made


def weave(path: Path, table: str, record: bytes) -> None:
    """Let each page of the table's tree name the next one many times (file format, section 1.6)."""
    with closing(sqlite3.connect(path)) as opened:
        (root,) = opened.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
        (size,) = opened.execute("PRAGMA page_size").fetchone()
    data = bytearray(path.read_bytes())
    cell = bytes([len(record)]) + record
    below = 0
    for level in range(LEVELS):
        cells = [(struct.pack(">I", below) if below else b"") + cell] * FAN
        content = b"".join(cells)
        start = size - len(content)
        head = struct.pack(">BHHHB", 2 if below else 10, 0, len(cells), start, 0) + (
            struct.pack(">I", below) if below else b""
        )
        pointers = b"".join(struct.pack(">H", start + index * len(cells[0])) for index in range(len(cells)))
        page = (head + pointers).ljust(start, b"\0") + content
        if level == LEVELS - 1:
            data[(root - 1) * size : root * size] = page
        else:
            data += page
            below = len(data) // size
    data[28:32] = struct.pack(">I", len(data) // size)
    path.write_bytes(data)


def _record(*values: str | int) -> bytes:
    """A row (file format, section 2.1); an integer takes one byte, text is short."""
    kinds = b"".join(b"\x01" if isinstance(value, int) else bytes([13 + 2 * len(value)]) for value in values)
    content = b"".join(bytes([value]) if isinstance(value, int) else value.encode() for value in values)
    return bytes([len(kinds) + 1]) + kinds + content


READS: dict[str, Callable[[LedgerReader], object]] = {
    "rows": lambda reader: sum(1 for _ in reader.rows("x")),
    "a row that is far from here": lambda reader: reader.nth_from("x", 0, 2**40),
    "openings": lambda reader: sum(1 for _ in reader.openings("x", 0)),
    "where openings are": lambda reader: sum(1 for _ in reader.opened_places()),
}


@pytest.mark.parametrize("read", READS)
def test_reading_pages_that_name_one_another_ends(read: str, ledgers: SqliteLedgers, tmp_path: Path) -> None:
    weave(tmp_path / "ledger.db", "entries", _record("x", 1, "JD-1", "e", "n"))
    weave(tmp_path / "openings.db", "openings", _record("x", 1, "/a", "s", "v"))
    with pytest.raises(FormatError, match="reading it does not come to an end"), ledgers.reading() as reader:
        READS[read](reader)


def test_looking_for_damage_in_pages_that_name_one_another_ends(ledgers: SqliteLedgers, tmp_path: Path) -> None:
    weave(tmp_path / "openings.db", "openings", _record("x", 1, "/a", "s", "v"))
    assert any("openings.db" in words for words in ledgers.damage())


def test_honest_reads_take_less_than_a_tenth_of_what_they_may(
    ledgers: SqliteLedgers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shortest rows that a writer of ours makes; longer ones take fewer steps a byte."""
    name = "ab" * 32
    with ledgers.writing() as writer:
        rows = [Row(position, f"JD-{position + 1}", os.urandom(900), bytes(32)) for position in range(5000)]
        writer.append(name, rows, [OpeningRow(position, "/text", bytes(16), b'"x"') for position in range(5000)])
    monkeypatch.setattr(connection, "STEPS", 0)
    monkeypatch.setattr(connection, "STEPS_A_BYTE", connection.STEPS_A_BYTE / 10)
    monkeypatch.setattr(connection, "_LOOK", 100)
    small = sum((tmp_path / file).stat().st_size for file in ("ledger.db", "openings.db"))
    assert small > 5_000_000
    assert ledgers.damage() == ()
    with ledgers.reading() as reader:
        assert (
            len(list(reader.rows(name))) == len(list(reader.openings(name, 0))) == len(list(reader.items(name))) == 5000
        )
        assert len(list(reader.opened_places())) == 5000
        assert reader.ledgers() == (name,)
