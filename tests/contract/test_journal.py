"""A journal that a stranger left beside a database is looked at before SQLite follows it."""

import shutil
import struct
from pathlib import Path

import pytest

from custody.adapters.database import connection
from custody.adapters.database.journal import MAGIC
from custody.adapters.database.ledger import SqliteLedgers
from custody.errors import FormatError

PAGE = 4096


@pytest.fixture
def ledgers(tmp_path: Path) -> SqliteLedgers:
    made = SqliteLedgers(tmp_path / "ledger.db", tmp_path / "openings.db")
    made.create()
    return made


def leave_journal(
    database: Path, *, super_journal: bytes = b"", pages: int = 1, page_size: int = PAGE, records: int = 0
) -> None:
    head = (MAGIC + struct.pack(">IIIII", records, 1234, pages, 512, page_size)).ljust(512, b"\0")
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


@pytest.mark.parametrize("name", ["ledger.db", "openings.db"])
@pytest.mark.parametrize(
    ("pages", "page_size", "records"),
    [(2**31 - 1, 0, 0), (1, 0, 0), (0, 0, 0), (0, PAGE, 0), (0, PAGE, 1), (1, PAGE, 0), (1, PAGE, 1), (1, 512, 9)],
)
def test_a_journal_that_would_grow_or_cut_the_database_when_it_is_read_is_refused(
    name: str, pages: int, page_size: int, records: int, ledgers: SqliteLedgers, tmp_path: Path
) -> None:
    leave_journal(tmp_path / name, pages=pages, page_size=page_size, records=records)
    before = (tmp_path / name).read_bytes()
    with pytest.raises(FormatError, match=r"larger than it ever was|brings nothing back"), ledgers.reading() as reader:
        list(reader.opened_places())
    assert (tmp_path / name).read_bytes() == before


def test_a_write_that_was_broken_off_is_undone_wherever_the_case_lies(ledgers: SqliteLedgers, tmp_path: Path) -> None:
    database, moved = tmp_path / "openings.db", tmp_path / "moved"
    before = database.read_bytes()
    with connection.writing(database) as opened:
        opened.execute("PRAGMA cache_size = 2")  # pages: the rest is written before the commit, and the journal synced
        for position in range(100):
            opened.execute("INSERT INTO openings VALUES ('x', ?, '', x'', zeroblob(3000))", (position,))
        shutil.copytree(tmp_path, moved)
    assert len((moved / "openings.db").read_bytes()) > len(before)
    with SqliteLedgers(moved / "ledger.db", moved / "openings.db").reading() as reader:
        assert list(reader.opened_places()) == []
    assert (moved / "openings.db").read_bytes() == before
