"""What the use cases expect of Heads, on the SQLite ones: a head is never replaced by one that does not extend it."""

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import astuple, replace
from pathlib import Path

import pytest

from custody.adapters.database.heads import SqliteHeads
from custody.errors import CustodyError, FormatError
from custody.ports import PlaceSeen, RememberedHead

HEAD = RememberedHead(
    ledger="ab" * 32, case="cd" * 32, size=3, root=bytes(range(32)), seen="2026-11-24T03:02:01.123456Z"
)
LONGER = replace(HEAD, size=5, root=bytes(32), seen="2026-11-25T03:02:01.123456Z")


def _never(before: RememberedHead) -> bool:
    raise AssertionError(f"nothing is asked about {before}")


@pytest.fixture
def heads(tmp_path: Path) -> SqliteHeads:
    return SqliteHeads(tmp_path / "home" / "heads.db")


def test_nothing_is_remembered_at_first_and_asking_creates_nothing(heads: SqliteHeads, tmp_path: Path) -> None:
    assert heads.get(HEAD.ledger) is None
    assert list(tmp_path.iterdir()) == []


def test_the_first_head_is_remembered(heads: SqliteHeads) -> None:
    assert heads.remember(HEAD, _never) is None
    assert heads.get(HEAD.ledger) == HEAD


def test_a_head_that_extends_takes_the_place_of_the_old_one(heads: SqliteHeads) -> None:
    heads.remember(HEAD, _never)
    asked: list[RememberedHead] = []

    def extends(before: RememberedHead) -> bool:
        asked.append(before)
        return True

    assert heads.remember(LONGER, extends) is None
    assert (heads.get(HEAD.ledger), asked) == (LONGER, [HEAD])


@pytest.mark.parametrize("other", [LONGER, replace(HEAD, root=bytes(32)), replace(HEAD, size=2), replace(HEAD, size=0)])
def test_a_head_that_does_not_extend_never_takes_its_place(heads: SqliteHeads, other: RememberedHead) -> None:
    heads.remember(HEAD, _never)
    assert heads.remember(other, lambda before: False) == HEAD
    assert heads.get(HEAD.ledger) == HEAD


def test_the_same_head_keeps_the_day_it_was_first_seen(heads: SqliteHeads) -> None:
    heads.remember(HEAD, _never)
    assert heads.remember(replace(HEAD, seen="2027-01-01T00:00:00.000000Z"), _never) is None
    assert heads.get(HEAD.ledger) == HEAD


def test_what_is_followed_of_the_same_head_grows(heads: SqliteHeads) -> None:
    heads.remember(replace(HEAD, followed=1), _never)
    assert heads.remember(replace(HEAD, seen="2027-01-01T00:00:00.000000Z", followed=2), _never) is None
    assert heads.remember(HEAD, _never) is None
    assert heads.get(HEAD.ledger) == replace(HEAD, followed=2)


def test_ledgers_are_remembered_apart(heads: SqliteHeads) -> None:
    other = replace(LONGER, ledger="ef" * 32)
    heads.remember(HEAD, _never)
    heads.remember(other, _never)
    assert (heads.get(HEAD.ledger), heads.get(other.ledger)) == (HEAD, other)


def test_an_error_while_comparing_leaves_the_old_head(heads: SqliteHeads) -> None:
    heads.remember(HEAD, _never)

    def broken(_: RememberedHead) -> bool:
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        heads.remember(LONGER, broken)
    assert heads.get(HEAD.ledger) == HEAD


@pytest.mark.parametrize("act", [lambda heads: heads.get(HEAD.ledger), lambda heads: heads.remember(HEAD, _never)])
def test_a_damaged_memory_is_named(heads: SqliteHeads, tmp_path: Path, act: Callable[[SqliteHeads], object]) -> None:
    heads.remember(HEAD, _never)
    (tmp_path / "home" / "heads.db").write_bytes(b"This is not a database.\n" * 100)
    with pytest.raises(CustodyError, match=r"heads\.db"):
        act(heads)


def test_the_memory_is_a_strict_table(heads: SqliteHeads, tmp_path: Path) -> None:
    heads.remember(HEAD, _never)
    with closing(sqlite3.connect(tmp_path / "home" / "heads.db")) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute("UPDATE heads SET size = 'many'")


CHILD = """
import sys
from pathlib import Path
from custody.adapters.database.heads import SqliteHeads
from tests.contract.test_heads import HEAD
from dataclasses import astuple, replace
heads = SqliteHeads(Path(sys.argv[1]))
for size in map(int, sys.argv[2:]):
    stands = heads.remember(replace(HEAD, size=size), lambda before: size >= before.size)
    print(size, "kept" if stands is None else stands.size)
"""


def test_processes_that_remember_at_once_never_go_back(tmp_path: Path) -> None:
    here = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here), os.environ.get("PYTHONPATH", "")])}
    chosen = random.Random(3)
    path = tmp_path / "home" / "heads.db"
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path), *(str(chosen.randrange(1, 10_000)) for _ in range(8))],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for _ in range(3)
    ]
    told = [child.communicate()[0].splitlines() for child in children]
    assert [child.returncode for child in children] == [0, 0, 0]
    lines = [line.split() for one in told for line in one]
    kept = [int(size) for size, outcome in lines if outcome == "kept"]
    refused = [(int(size), int(outcome)) for size, outcome in lines if outcome != "kept"]
    found = SqliteHeads(path).get(HEAD.ledger)
    assert found is not None
    assert found.size == max(kept) == max(int(size) for size, _ in lines)
    assert all(stood > size for size, stood in refused)
    assert len(lines) == 24


def test_what_an_earlier_version_remembered_is_known_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "heads.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(
            'CREATE TABLE heads (ledger TEXT NOT NULL, "case" TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,'
            " seen TEXT NOT NULL, PRIMARY KEY (ledger)) STRICT"
        )
        connection.execute("INSERT INTO heads VALUES (?, ?, ?, ?, ?)", astuple(HEAD)[:5])
        connection.execute("INSERT INTO heads VALUES (?, ?, ?, ?, ?)", astuple(replace(HEAD, ledger="ef" * 32))[:5])
    heads = SqliteHeads(path)
    known = replace(HEAD, followed=HEAD.size)  # that version remembered nothing beyond what it could follow
    assert heads.get(HEAD.ledger) == known
    longer = replace(HEAD, size=HEAD.size + 1, root=bytes(32), counted=HEAD.size, counter=4)
    assert heads.remember(longer, lambda before: before == known) is None
    assert heads.get("ef" * 32) == replace(known, ledger="ef" * 32)
    assert SqliteHeads(path).get(HEAD.ledger) == longer


@pytest.mark.parametrize("cell", ["'3'", "NULL", "x'03'", "3.5", "9e99"])
def test_a_memory_that_holds_something_else_is_named(heads: SqliteHeads, tmp_path: Path, cell: str) -> None:
    heads.remember(HEAD, _never)
    with closing(sqlite3.connect(tmp_path / "home" / "heads.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE other AS SELECT * FROM heads")
        connection.execute("DROP TABLE heads")
        connection.execute("CREATE TABLE heads (ledger, 'case', size, root, seen, counted, counter, followed)")
        connection.execute("INSERT INTO heads SELECT * FROM other")
        connection.execute(f"UPDATE heads SET size = {cell}")
    with pytest.raises(FormatError, match=r"heads\.db holds what custody did not write"):
        heads.get(HEAD.ledger)
    with pytest.raises(FormatError, match=r"heads\.db holds what custody did not write"):
        heads.remember(LONGER, lambda _: True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize("act", [lambda heads: heads.get(HEAD.ledger), lambda heads: heads.remember(HEAD, _never)])
def test_a_pipe_in_place_of_the_memory_is_refused(tmp_path: Path, act: Callable[[SqliteHeads], object]) -> None:
    os.mkfifo(tmp_path / "heads.db")
    with pytest.raises(CustodyError, match=r"heads\.db is not a plain file"):
        act(SqliteHeads(tmp_path / "heads.db"))


def test_the_cases_that_were_seen_in_a_folder_are_remembered_once_each(heads: SqliteHeads) -> None:
    first, second = (PlaceSeen("/a", name * 64, f"2026-11-2{day}T00:00:00.000000Z") for name, day in ("a1", "b2"))
    for one in (first, second, first, PlaceSeen("/a", second.case, "2026-12-01T00:00:00.000000Z")):
        heads.remember_place(one)
    assert (heads.seen_at("/a"), heads.seen_at("/b")) == ((first, second), ())


def test_a_memory_of_an_earlier_version_begins_to_remember_folders(heads: SqliteHeads, tmp_path: Path) -> None:
    heads.remember(HEAD, lambda _: True)
    with closing(sqlite3.connect(tmp_path / "home" / "heads.db", isolation_level=None)) as connection:
        connection.execute("DROP TABLE places")
    assert heads.seen_at("/a") == ()
    heads.remember_place(PlaceSeen("/a", "a" * 64, "2026-11-21T00:00:00.000000Z"))
    assert (len(heads.seen_at("/a")), heads.get(HEAD.ledger)) == (1, HEAD)
