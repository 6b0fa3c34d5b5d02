"""A journal that a stranger left beside a database is looked at before SQLite follows it."""

import struct
from pathlib import Path

import pytest

from custody.adapters.database.journal import MAGIC, check_journal
from custody.adapters.database.ledger import SqliteLedgers
from custody.errors import FormatError

PAGE = 4096


@pytest.fixture
def ledgers(tmp_path: Path) -> SqliteLedgers:
    made = SqliteLedgers(tmp_path / "ledger.db", tmp_path / "openings.db")
    made.create()
    return made


def leave_journal(database: Path, *, super_journal: bytes = b"", pages: int = 1) -> None:
    head = (MAGIC + struct.pack(">IIIII", 0, 1234, pages, 512, PAGE)).ljust(512, b"\0")
    checksum = sum(one if one < 128 else one - 256 for one in super_journal) & 0xFFFFFFFF
    trailer = struct.pack(">I", 0x40000000 // PAGE + 1) + super_journal
    trailer += struct.pack(">II", len(super_journal), checksum) + MAGIC
    database.with_name(f"{database.name}-journal").write_bytes(head + (trailer if super_journal else b""))


@pytest.mark.parametrize("name", ["ledger.db", "openings.db"])
def test_a_journal_that_would_delete_a_file_is_refused(name: str, ledgers: SqliteLedgers, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("keep me")
    leave_journal(tmp_path / name, super_journal=str(victim).encode())
    with pytest.raises(FormatError, match="would delete it"), ledgers.reading() as reader:
        list(reader.opened_places())
    assert victim.read_text() == "keep me"


def test_a_journal_that_would_grow_the_database_is_refused(ledgers: SqliteLedgers, tmp_path: Path) -> None:
    leave_journal(tmp_path / "ledger.db", pages=2**28)
    before = (tmp_path / "ledger.db").read_bytes()
    with pytest.raises(FormatError, match="larger than it ever was"), ledgers.reading():
        pass
    assert (tmp_path / "ledger.db").read_bytes() == before


def test_an_honest_journal_passes_wherever_the_case_lies(ledgers: SqliteLedgers, tmp_path: Path) -> None:
    leave_journal(tmp_path / "ledger.db")
    check_journal(tmp_path / "ledger.db")
