"""What the use cases expect of StampQueue, on the SQLite one: what is owed is owed until it is given, whoever asks."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from custody import bootstrap
from custody.adapters.database.stamps import SqliteStampQueue
from custody.errors import CustodyError, FormatError, StorageError
from custody.ports import KeptList, StampQueue

LEDGER, OTHER = "ab" * 32, "cd" * 32
URL = "http://crl.example/1.crl"
THEN, NOW = "2026-11-23T03:02:01.123456Z", "2026-11-24T03:02:01.123456Z"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "stamps.db"


@pytest.fixture
def queue(path: Path) -> StampQueue:
    return SqliteStampQueue(path)


def test_nothing_is_waited_for_at_first_and_asking_creates_nothing(queue: StampQueue, tmp_path: Path) -> None:
    assert (queue.owed(LEDGER), queue.unconfirmed(LEDGER), queue.revocation_list(LEDGER, URL)) == ((), (), None)
    assert list(tmp_path.iterdir()) == []


def test_what_is_owed_and_pending_is_so_for_the_next_process_too(queue: StampQueue, path: Path) -> None:
    queue.settle(LEDGER, owed=["two", "one"], unconfirmed=[7, 3])
    again = SqliteStampQueue(path)
    assert (again.owed(LEDGER), again.unconfirmed(LEDGER)) == (("one", "two"), (3, 7))


def test_what_was_given_is_waited_for_no_more(queue: StampQueue) -> None:
    queue.settle(LEDGER, owed=["one", "two"], unconfirmed=[3, 7])
    queue.settle(LEDGER, done=["one"], confirmed=[7])
    assert (queue.owed(LEDGER), queue.unconfirmed(LEDGER)) == (("two",), (3,))


def test_what_is_told_twice_counts_once(queue: StampQueue) -> None:
    for _ in range(2):
        queue.settle(LEDGER, owed=["one"], unconfirmed=[3])
    queue.settle(LEDGER, done=["one", "never asked"], confirmed=[3, 9])
    assert (queue.owed(LEDGER), queue.unconfirmed(LEDGER)) == ((), ())


def test_ledgers_are_kept_apart(queue: StampQueue) -> None:
    queue.settle(LEDGER, owed=["one"], unconfirmed=[3])
    queue.keep_revocation_list(LEDGER, URL, "ef" * 32, NOW)
    assert (queue.owed(OTHER), queue.unconfirmed(OTHER), queue.revocation_list(OTHER, URL)) == ((), (), None)


def test_the_newest_list_of_an_address_is_kept(queue: StampQueue) -> None:
    queue.keep_revocation_list(LEDGER, URL, "01" * 32, THEN)
    queue.keep_revocation_list(LEDGER, URL, "02" * 32, NOW)
    assert queue.revocation_list(LEDGER, URL) == KeptList("02" * 32, NOW)


def test_settling_nothing_creates_nothing(queue: StampQueue, tmp_path: Path) -> None:
    queue.settle(LEDGER)
    assert list(tmp_path.iterdir()) == []


def test_two_processes_lose_nothing_of_what_is_owed(queue: StampQueue, path: Path) -> None:
    code = f"""
import pathlib, sys
from custody.adapters.database.stamps import SqliteStampQueue
queue = SqliteStampQueue(pathlib.Path({str(path)!r}))
print(flush=True)
sys.stdin.readline()
for number in range(20):
    queue.settle({LEDGER!r}, owed=[f"{{sys.argv[1]}}-{{number}}"])
"""
    queue.settle(LEDGER, owed=["x"])
    both = [
        subprocess.Popen([sys.executable, "-c", code, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for name in "ab"
    ]
    for one in both:
        assert one.stdout is not None
        one.stdout.readline()
    for one in both:
        one.communicate(b"\n", timeout=60)
    assert len(queue.owed(LEDGER)) == 41


def test_a_change_that_fails_changes_nothing(queue: StampQueue) -> None:
    queue.settle(LEDGER, owed=["one"])
    with pytest.raises(StorageError):
        queue.settle(LEDGER, done=["one"], unconfirmed=["no number"])  # type: ignore[list-item]
    assert queue.owed(LEDGER) == ("one",)


def test_a_process_that_was_killed_at_its_first_write_is_no_trouble(queue: StampQueue, path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    assert queue.owed(LEDGER) == ()
    queue.settle(LEDGER, owed=["one"])
    assert queue.owed(LEDGER) == ("one",)


@pytest.mark.parametrize("data", [b"not a database, by far", b"SQLite format 3\0" + bytes(100)])
def test_a_damaged_file_is_said_and_left_alone(queue: StampQueue, path: Path, data: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(data)
    for act in (lambda: queue.owed(LEDGER), lambda: queue.settle(LEDGER, owed=["one"])):
        with pytest.raises(CustodyError):
            act()
    assert path.read_bytes() == data


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("CREATE TABLE owed (ledger, authority)", "owed"),
        ("CREATE TABLE unconfirmed (ledger, position)", "unconfirmed"),
    ],
)
def test_values_of_another_type_are_said(queue: StampQueue, path: Path, sql: str, table: str) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(sql)
        connection.execute(f"INSERT INTO {table} VALUES (?, ?)", (LEDGER, b"\xff"))
        connection.commit()
    with pytest.raises(FormatError, match="custody did not write there"):
        queue.owed(LEDGER) if table == "owed" else queue.unconfirmed(LEDGER)


def test_the_queue_of_the_person_lies_in_their_home(custody_home: Path) -> None:
    bootstrap.stamp_queue().settle(LEDGER, owed=["one"])
    assert (custody_home / "stamps.db").is_file()
