"""Damage to the bytes of ledger.db and openings.db themselves, wherever it falls.

Three outcomes are right. The examination fails (exit 1). Or the file no longer opens (exit 4 or 5). Or nothing is
reported, and then SQLite must read from the damaged file exactly what it read before: every cell of every row, and the
schema. Such harmless bytes are unused space in a page, and header fields that say nothing of the content (the change
counter, the version number of the library that wrote last, the user version).
"""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from custody.domain.verdict import Verdict
from custody.errors import FormatError, StorageError
from tests.tamper.kit import Copy, Original

NewCopy = Callable[[], Copy]
HEADER = 100  # bytes; SQLite file format, section 1.3
PAGE = 4096
SEED = 20261124


def _content(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        connection.text_factory = bytes
        table = "entries" if path.name == "ledger.db" else "openings"
        return [
            *connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name"),
            *connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2"),
        ]


def _outcome(copy: Copy, path: Path, before: list[tuple[object, ...]]) -> str:
    try:
        verdict = copy.examine().judgement.verdict
    except (FormatError, StorageError):
        return "does not open"
    if verdict is Verdict.FAILED:
        return "failed"
    return "harmless" if _content(path) == before else "MISSED"


def _places(size: int) -> Iterator[tuple[int, int]]:
    """Byte and bits to turn over: the whole header, and a fixed selection of the rest."""
    for place in range(HEADER):
        yield place, 0x01
        yield place, 0x80
    chosen = random.Random(SEED)
    for _ in range(150):
        yield chosen.randrange(HEADER, size), 1 << chosen.randrange(8)


@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("name", ["ledger.db", "openings.db"])
def test_no_damaged_byte_is_missed(name: str, part: int, original: Original, new_copy: NewCopy) -> None:
    copy = new_copy()
    path = copy.folder / name
    right = path.read_bytes()
    before = _content(path)
    outcomes = {}
    for place, bits in list(_places(len(right)))[part::4]:
        path.write_bytes(right[:place] + bytes([right[place] ^ bits]) + right[place + 1 :])
        outcomes[place, bits] = _outcome(copy, path, before)
        for beside in copy.folder.glob(f"{name}-*"):  # a header that says WAL makes SQLite look for side files
            beside.unlink()
    assert [place for place, outcome in outcomes.items() if outcome == "MISSED"] == []
    assert set(outcomes.values()) == {"failed", "does not open", "harmless"}


def _damages(right: bytes) -> Iterator[tuple[str, bytes]]:
    pages = [right[start : start + PAGE] for start in range(0, len(right), PAGE)]
    yield "empty", b""
    yield "text", b"This is not a database.\n" * 500
    yield "the header alone", right[:HEADER]
    yield "half a header", right[: HEADER // 2]
    yield "one byte less", right[:-1]
    yield "zeros", bytes(len(right))
    yield "noise after the header", right[:HEADER] + random.Random(SEED).randbytes(len(right) - HEADER)
    for index in range(len(pages)):
        yield f"cut after page {index}", b"".join(pages[:index])
        yield f"page {index} zeroed", b"".join([*pages[:index], bytes(PAGE), *pages[index + 1 :]])
        yield f"page {index} doubled over the next", b"".join([*pages[: index + 1], pages[index], *pages[index + 2 :]])


@pytest.mark.parametrize("name", ["ledger.db", "openings.db"])
def test_no_damaged_page_is_missed(name: str, original: Original, new_copy: NewCopy) -> None:
    copy = new_copy()
    path = copy.folder / name
    right = path.read_bytes()
    before = _content(path)
    assert len(right) % PAGE == 0
    outcomes = {}
    for kind, data in _damages(right):
        if data != right:
            path.write_bytes(data)
            outcomes[kind] = _outcome(copy, path, before)
    assert [kind for kind, outcome in outcomes.items() if outcome == "MISSED"] == []
    assert {outcomes["text"], outcomes["zeros"]} == {"does not open"}
    assert outcomes["empty"] in ("does not open", "failed")


@pytest.mark.parametrize("name", ["ledger.db", "openings.db"])
def test_a_folder_in_place_of_a_database_does_not_open(name: str, new_copy: NewCopy) -> None:
    copy = new_copy()
    (copy.folder / name).unlink()
    (copy.folder / name).mkdir()
    with pytest.raises((FormatError, StorageError)):
        copy.examine()


def test_a_ledger_that_is_gone_does_not_open(new_copy: NewCopy) -> None:
    copy = new_copy()
    copy.ledger.unlink()
    with pytest.raises(StorageError):
        copy.examine()


def test_examining_changes_no_file(original: Original, new_copy: NewCopy) -> None:
    copy = new_copy()

    def files() -> dict[str, tuple[bytes, int]]:
        found = (path for path in sorted(copy.folder.rglob("*")) if path.is_file())
        return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in found}

    before = files()
    copy.examine()
    assert files() == before
