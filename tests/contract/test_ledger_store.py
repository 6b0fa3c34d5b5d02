"""What the use cases expect of a LedgerStore, on the SQLite one: few rows read, entries never without openings."""

import math
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import pytest

from custody.adapters.database import connection
from custody.adapters.database.ledger import SqliteLedgers
from custody.adapters.database.schema import is_ours
from custody.errors import CustodyError, FormatError, StorageError, UsageError
from custody.formats.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from custody.formats.seal import MAX_VALUE
from custody.ports import OpeningRow, Row

LEDGER = "ab" * 32
SMALL, LARGE = 1_000, 20_000


def _store(folder: Path) -> SqliteLedgers:
    folder.mkdir(parents=True, exist_ok=True)
    store = SqliteLedgers(folder / "ledger.db", folder / "openings.db")
    store.create()
    return store


def _rows(start: int, stop: int, *, size: int = 20) -> Iterator[Row]:
    """Rows as they follow one another; every third is about an item."""
    frontier = Frontier()
    for position in range(stop):
        envelope = b"%d " % position + b"x" * size
        nodes = b"".join(frontier.append(leaf_hash(envelope)))
        if position >= start:
            yield Row(position, None if position % 3 else f"JD-{position // 3 + 1}", envelope, nodes)


def _openings(rows: list[Row]) -> list[OpeningRow]:
    return [OpeningRow(row.position, "/name", bytes(16), b'"x"') for row in rows]


def _fill(store: SqliteLedgers, start: int, stop: int) -> list[Row]:
    rows = list(_rows(start, stop))
    with store.writing() as writer:
        writer.append(LEDGER, rows, _openings(rows))
    return rows


def _everything(store: SqliteLedgers) -> tuple[list[Row], list[int]]:
    """All rows, and the positions of all openings."""
    with store.reading() as reader:
        return list(reader.rows(LEDGER)), [position for _, position, _ in reader.opened_places()]


# --- reading what was written ----------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> SqliteLedgers:
    return _store(tmp_path / "case")


def test_rows_come_back_as_they_were_given(store: SqliteLedgers) -> None:
    rows = _fill(store, 0, 1100)
    assert _everything(store) == (rows, [row.position for row in rows])


@pytest.mark.parametrize(("start", "stop"), [(0, None), (3, 7), (7, 7), (9, 3), (0, 1), (9, None), (10, None), (-5, 2)])
def test_rows_are_given_from_start_to_before_stop(store: SqliteLedgers, start: int, stop: int | None) -> None:
    rows = _fill(store, 0, 10)
    with store.reading() as reader:
        assert list(reader.rows(LEDGER, start, stop)) == [
            row for row in rows if start <= row.position and (stop is None or row.position < stop)
        ]


def test_the_rows_of_an_item_are_found(store: SqliteLedgers) -> None:
    rows = _fill(store, 0, 10)
    with store.reading() as reader:
        assert reader.rows_of_item(LEDGER, "JD-2") == (rows[3],)
        assert reader.rows_of_item(LEDGER, "JD-9") == ()


def test_ledgers_are_apart(store: SqliteLedgers) -> None:
    rows = _fill(store, 0, 3)
    with store.writing() as writer:
        writer.append("cd" * 32, rows[:1], [])
    with store.reading() as reader:
        assert (reader.ledgers(), reader.size(LEDGER), reader.size("cd" * 32), reader.size("none")) == (
            (LEDGER, "cd" * 32),
            3,
            1,
            0,
        )


def test_the_openings_of_many_statements_are_found(store: SqliteLedgers) -> None:
    rows = _fill(store, 0, 1200)
    expected = _openings(rows)
    with store.reading() as reader:
        assert list(reader.openings(LEDGER, 0)) == expected
        assert list(reader.openings(LEDGER, 7, 9)) == expected[7:9]
        assert list(reader.openings(LEDGER, 1200)) == []
        assert list(reader.openings("none", 0)) == []


def test_a_writer_reads_what_it_has_appended(store: SqliteLedgers) -> None:
    with store.writing() as writer:
        writer.append(LEDGER, list(_rows(0, 3)), [])
        assert writer.size(LEDGER) == 3


@pytest.mark.parametrize(("level", "index"), [(0, 10), (0, 99), (2, 2), (4, 0), (40, 0)])
def test_a_node_that_is_not_there_is_an_error(store: SqliteLedgers, level: int, index: int) -> None:
    _fill(store, 0, 10)
    with store.reading() as reader, pytest.raises((StorageError, FormatError), match="missing or incomplete"):
        reader.node(LEDGER, level, index)


# --- cost -------------------------------------------------------------


class _Meter:
    """Counts what SQLite does on every connection that is opened: statements, and instructions of its machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.statements = 0
        self.steps = 0
        connect = sqlite3.connect

        def metered(*arguments: object, **options: object) -> sqlite3.Connection:
            connection = connect(*arguments, **options)  # type: ignore[call-overload]
            connection.set_trace_callback(self._statement)
            connection.set_progress_handler(self._step, 1)
            # SQLite has one handler, and this one is to stay.
            vars(connection)["set_progress_handler"] = lambda *_: None
            assert isinstance(connection, sqlite3.Connection)
            return connection

        monkeypatch.setattr(sqlite3, "connect", metered)

    def _statement(self, _: str) -> None:
        self.statements += 1

    def _step(self) -> int:
        self.steps += 1
        return 0

    def measure(self, act: Callable[[], object]) -> tuple[int, int]:
        """Statements and instructions that `act` took."""
        self.statements = self.steps = 0
        act()
        return self.statements, self.steps


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> dict[int, SqliteLedgers]:
    """Stores with SMALL and LARGE entries."""
    stores = {}
    for size in (SMALL, LARGE):
        stores[size] = _store(tmp_path_factory.mktemp("filled") / str(size))
        _fill(stores[size], 0, size)
    return stores


class _Undo(Exception):
    pass


def _append_and_undo(store: SqliteLedgers, size: int) -> None:
    with suppress(_Undo), store.writing() as writer:
        frontier = Frontier.of(writer.size(LEDGER), lambda level, at: writer.node(LEDGER, level, at))
        nodes = b"".join(frontier.append(leaf_hash(b"next")))
        writer.append(LEDGER, [Row(size, "JD-999999", b"next", nodes)], [OpeningRow(size, "/a", b"", b"")])
        raise _Undo


ACTS: dict[str, Callable[[SqliteLedgers, int], object]] = {
    "ledgers": lambda store, size: _read(store, lambda reader: reader.ledgers()),
    "size": lambda store, size: _read(store, lambda reader: reader.size(LEDGER)),
    "node": lambda store, size: _read(store, lambda reader: reader.node(LEDGER, 3, size // 16)),
    "item": lambda store, size: _read(store, lambda reader: reader.rows_of_item(LEDGER, f"JD-{size // 6}")),
    "openings": lambda store, size: _read(
        store, lambda reader: list(reader.openings(LEDGER, size // 2, size // 2 + 1))
    ),
    "newest": lambda store, size: _read(store, lambda reader: list(reader.rows(LEDGER, size - 1, size))),
    "first": lambda store, size: _read(store, lambda reader: next(reader.rows(LEDGER, 0, 1))),
    "inclusion": lambda store, size: _read(
        store, lambda reader: inclusion_proof(size // 3, size, lambda level, at: reader.node(LEDGER, level, at))
    ),
    "consistency": lambda store, size: _read(
        store, lambda reader: consistency_proof(size // 3, size, lambda level, at: reader.node(LEDGER, level, at))
    ),
    "append": _append_and_undo,
}


def _read(store: SqliteLedgers, act: Callable[..., object]) -> object:
    with store.reading() as reader:
        return act(reader)


@pytest.mark.parametrize("act", ACTS)
def test_the_cost_grows_with_the_logarithm_of_the_size(
    act: str, filled: dict[int, SqliteLedgers], monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = _Meter(monkeypatch)
    costs = {size: meter.measure(partial(ACTS[act], filled[size], size)) for size in (SMALL, LARGE)}
    (few, small), (many, large) = costs[SMALL], costs[LARGE]
    # A scan of all rows would cost 20 times as much; each level of the tree may cost one more statement or two.
    assert many <= few + 2 * (math.ceil(math.log2(LARGE)) - math.floor(math.log2(SMALL))) * 2
    assert large <= 3 * small + 200


def test_the_meter_sees_a_scan(filled: dict[int, SqliteLedgers], monkeypatch: pytest.MonkeyPatch) -> None:
    meter = _Meter(monkeypatch)
    _, steps = meter.measure(lambda: _read(filled[SMALL], lambda reader: list(reader.rows(LEDGER))))
    assert steps > 5 * SMALL


def test_proofs_from_the_stored_nodes_hold(filled: dict[int, SqliteLedgers]) -> None:
    leaves = [leaf_hash(row.envelope) for row in _rows(0, SMALL)]
    whole = root(leaves)
    with filled[SMALL].reading() as reader:

        def node(level: int, index: int) -> bytes:
            return reader.node(LEDGER, level, index)

        for index in (0, 1, 511, 512, 998, SMALL - 1):
            proof = inclusion_proof(index, SMALL, node)
            verify_inclusion(leaves[index], index=index, size=SMALL, proof=proof, root=whole)
            old = index + 1
            verify_consistency(
                old=old,
                new=SMALL,
                proof=consistency_proof(old, SMALL, node),
                old_root=root(leaves[:old]),
                new_root=whole,
            )


# --- triggers ---------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE entries SET item = 'JD-9' WHERE position = 1",
        "UPDATE entries SET position = 9 WHERE position = 1",
        "DELETE FROM entries WHERE position = 2",
        "DELETE FROM entries",
        f"INSERT INTO entries VALUES ('{LEDGER}', 5, NULL, x'00', x'00')",
        f"INSERT INTO entries VALUES ('{LEDGER}', 1, NULL, x'00', x'00')",
        f"INSERT INTO entries VALUES ('{LEDGER}', -1, NULL, x'00', x'00')",
        f"INSERT OR REPLACE INTO entries VALUES ('{LEDGER}', 1, NULL, x'00', x'00')",
        "INSERT INTO entries VALUES ('new', 1, NULL, x'00', x'00')",
        f"INSERT INTO entries VALUES ('{LEDGER}', 3, NULL, 'text', x'00')",
        f"INSERT INTO entries VALUES ('{LEDGER}', 3, NULL, NULL, x'00')",
    ],
)
def test_an_accident_is_stopped_by_the_database_itself(store: SqliteLedgers, tmp_path: Path, sql: str) -> None:
    _fill(store, 0, 3)
    before = _everything(store)
    with closing(sqlite3.connect(tmp_path / "case" / "ledger.db")) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(sql)
    assert _everything(store) == before


@pytest.mark.parametrize("rows", [[1], [5], [3, 5], [4, 3]])
def test_appending_anywhere_but_at_the_end_is_refused(store: SqliteLedgers, rows: list[int]) -> None:
    _fill(store, 0, 3)
    before = _everything(store)
    with pytest.raises(StorageError), store.writing() as writer:
        writer.append(LEDGER, [Row(position, None, b"x", bytes(32)) for position in rows], [])
    assert _everything(store) == before


# --- never an entry without its openings ------------------------------


def test_what_is_raised_inside_the_block_leaves_both_files_as_they_were(store: SqliteLedgers, tmp_path: Path) -> None:
    _fill(store, 0, 3)
    files = [tmp_path / "case" / name for name in ("ledger.db", "openings.db")]
    before = [file.read_bytes() for file in files]
    rows = list(_rows(3, 600))
    with suppress(_Undo), store.writing() as writer:
        writer.append(LEDGER, rows, _openings(rows))
        raise _Undo
    assert [file.read_bytes() for file in files] == before
    assert sorted(path.name for path in (tmp_path / "case").iterdir()) == ["ledger.db", "openings.db"]


def test_an_opening_that_cannot_be_kept_keeps_its_entry_out(store: SqliteLedgers) -> None:
    rows = _fill(store, 0, 3)
    before = _everything(store)
    more = list(_rows(3, 4))
    with pytest.raises(StorageError), store.writing() as writer:
        writer.append(LEDGER, more, _openings(rows))  # their places are taken
    assert _everything(store) == before


def test_nothing_of_the_journal_is_left_after_a_commit(store: SqliteLedgers, tmp_path: Path) -> None:
    _fill(store, 0, 3)
    assert sorted(path.name for path in (tmp_path / "case").iterdir()) == ["ledger.db", "openings.db"]


def test_sealed_values_leave_no_trace_when_they_are_erased(store: SqliteLedgers, tmp_path: Path) -> None:
    secret = b'"the name of a witness"'
    with store.writing() as writer:
        writer.append(LEDGER, list(_rows(0, 1)), [OpeningRow(0, "/name", bytes(16), secret)])
    with closing(sqlite3.connect(tmp_path / "case" / "openings.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("DELETE FROM openings")
    assert secret not in (tmp_path / "case" / "openings.db").read_bytes()


CHILD = """
import sys, time
from pathlib import Path
from tests.contract.test_ledger_store import LEDGER, _openings, _rows, _store
from custody.adapters.database.ledger import SqliteLedgers
from custody.ports import OpeningRow
folder = Path(sys.argv[2])
store = SqliteLedgers(folder / "ledger.db", folder / "openings.db")
if sys.argv[1] == "in the middle":
    rows = list(_rows(3, 900, size=60_000))
    with store.writing() as writer:
        long = [OpeningRow(one.position, one.pointer, bytes(25_000), bytes(25_000)) for one in _openings(rows)]
        writer.append(LEDGER, rows, long)
        print("ready", flush=True)
        time.sleep(60)
else:
    rows = list(_rows(3, 3000))
    print("ready", flush=True)
    for start in range(0, len(rows), 5):
        some = rows[start:start + 5]
        with store.writing() as writer:
            writer.append(LEDGER, some, _openings(some))
"""


def _child(folder: Path, way: str) -> "subprocess.Popen[str]":
    here = Path(__file__).resolve().parents[2]
    paths = os.pathsep.join([str(here), os.environ.get("PYTHONPATH", "")])
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, way, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def _kill(child: "subprocess.Popen[str]") -> None:
    child.kill()
    child.communicate()


def test_a_transaction_whose_process_is_killed_is_undone_for_the_next_reader(tmp_path: Path) -> None:
    store = _store(tmp_path / "case")
    _fill(store, 0, 3)
    before = _everything(store)
    _kill(_child(tmp_path / "case", "in the middle"))
    journals = [tmp_path / "case" / f"{name}-journal" for name in ("ledger.db", "openings.db")]
    # Both databases were written to before the end: without their journals they would be neither old nor new.
    assert [journal.stat().st_size > 0 for journal in journals] == [True, True]
    assert (tmp_path / "case" / "ledger.db").stat().st_size > 1_000_000
    assert _everything(store) == before
    assert store.damage() == ()


def test_after_a_kill_the_next_writer_goes_on(tmp_path: Path) -> None:
    store = _store(tmp_path / "case")
    _fill(store, 0, 3)
    _kill(_child(tmp_path / "case", "in the middle"))
    rows = _fill(store, 3, 5)
    assert _everything(store)[0][3:] == rows


def test_a_process_killed_at_any_moment_leaves_no_entry_without_its_openings(tmp_path: Path) -> None:
    store = _store(tmp_path / "case")
    _fill(store, 0, 3)
    chosen = random.Random(7)
    for number in range(5):
        folder = tmp_path / f"case {number}"
        store = _store(folder)
        _fill(store, 0, 3)
        child = _child(folder, "again and again")
        time.sleep(chosen.uniform(0.01, 0.25))
        _kill(child)
        rows, keys = _everything(store)
        assert keys[: len(rows)] == [row.position for row in rows]
        assert len(keys) - len(rows) in (0, 5)  # a batch, of which the ledger knows nothing yet
        assert len(rows) % 5 == 3
        assert store.damage() == ()


# --- locks and troubles -----------------------------------------------


def test_a_second_writer_waits_and_then_says_what_is_wrong(
    store: SqliteLedgers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_S", 0.05)
    with store.writing(), pytest.raises(StorageError) as trouble, store.writing():
        pass
    assert (trouble.value.message, trouble.value.hint) == (
        "ledger.db is in use by another program",
        "wait until it has finished, then run it again",
    )


def test_a_reader_does_not_wait_for_a_writer_that_has_not_committed(
    store: SqliteLedgers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_S", 0.05)
    _fill(store, 0, 3)
    with store.writing() as writer:
        writer.append(LEDGER, list(_rows(3, 4)), [])
        assert len(_everything(store)[0]) == 3


def test_a_view_is_consistent_while_others_wait_to_write(store: SqliteLedgers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_S", 0.05)
    _fill(store, 0, 3)
    with store.reading() as reader:
        assert reader.size(LEDGER) == 3
        with pytest.raises(StorageError, match="in use by another program"):
            _fill(store, 3, 4)
        assert reader.size(LEDGER) == 3


def test_a_ledger_on_read_only_media_is_read(store: SqliteLedgers, tmp_path: Path) -> None:
    """For root the modes mean nothing; that nothing is created or touched is seen in any case."""
    rows = _fill(store, 0, 3)
    folder = tmp_path / "case"
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    try:
        assert (_everything(store)[0], store.damage()) == (rows, ())
        assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    finally:
        folder.chmod(0o755)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_ledger_that_may_not_be_written_says_so(store: SqliteLedgers, tmp_path: Path) -> None:
    (tmp_path / "case" / "ledger.db").chmod(0o444)
    with pytest.raises(StorageError, match="may not be written"):
        _fill(store, 0, 1)


def test_a_reader_creates_nothing(tmp_path: Path) -> None:
    store = SqliteLedgers(tmp_path / "ledger.db", tmp_path / "openings.db")
    with pytest.raises(StorageError, match="is not there"), store.reading():
        pass
    with pytest.raises(StorageError, match="is not there"), store.writing():
        pass
    assert list(tmp_path.iterdir()) == []


def test_without_openings_the_entries_are_read(store: SqliteLedgers, tmp_path: Path) -> None:
    rows = _fill(store, 0, 3)
    (tmp_path / "case" / "openings.db").unlink()
    with store.reading() as reader:
        assert (list(reader.rows(LEDGER)), list(reader.openings(LEDGER, 0)), list(reader.opened_places())) == (
            rows,
            [],
            [],
        )
    assert (store.openings_present(), store.damage()) == (False, ())


def test_lost_openings_are_begun_anew_by_the_next_writer(store: SqliteLedgers, tmp_path: Path) -> None:
    _fill(store, 0, 3)
    (tmp_path / "case" / "openings.db").unlink()
    rows = _fill(store, 3, 5)
    assert _everything(store)[1] == [row.position for row in rows]
    assert store.damage() == ()


@pytest.mark.parametrize("name", ["ledger.db", "openings.db"])
@pytest.mark.parametrize("content", [b"This is not a database.\n" * 100, b"SQLite format 3\0" + bytes(200)])
def test_a_file_that_is_no_database_is_named(store: SqliteLedgers, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / "case" / name).write_bytes(content)
    with pytest.raises(CustodyError) as trouble:
        _everything(store)
    assert trouble.value.exit_code in (4, 5)
    assert trouble.value.hint


def test_creating_twice_is_no_second_database(store: SqliteLedgers) -> None:
    rows = _fill(store, 0, 3)
    with pytest.raises(CustodyError):
        store.create()
    with pytest.raises(CustodyError):
        _fill(store, 0, 1)
    assert _everything(store)[0] == rows


def _sneak(path: Path, *rows: tuple[object, ...], table: str) -> None:
    """Add rows as whoever has the file can: without triggers, whose absence is told elsewhere."""
    if not rows:
        return
    with closing(sqlite3.connect(path)) as connection:
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        connection.commit()


def test_no_more_of_a_cell_is_read_than_shows_that_it_is_too_long(store: SqliteLedgers, tmp_path: Path) -> None:
    long = 10_000_000
    _sneak(tmp_path / "case" / "ledger.db", (LEDGER, 0, "J" * long, bytes(long), bytes(long)), table="entries")
    _sneak(tmp_path / "case" / "openings.db", (LEDGER, 0, "/" * long, bytes(long), bytes(long)), table="openings")
    with store.reading() as reader:
        (row,), (opening,) = reader.rows(LEDGER), reader.openings(LEDGER, 0)
    assert (row, opening) == (
        Row(0, "J" * 2_000, bytes(65_536), bytes(2_049)),
        OpeningRow(0, "/" * 65_536, bytes(64), bytes(4 * 2**20)),
    )


def test_a_ledger_of_a_very_long_name_is_listed_by_its_beginning(store: SqliteLedgers, tmp_path: Path) -> None:
    _sneak(tmp_path / "case" / "ledger.db", ("a" * 10_000_000, 0, None, b"", b""), table="entries")
    with store.reading() as reader:
        assert reader.ledgers() == ("a" * 2_000,)


ODD_NAMES: dict[str, list[object]] = {
    "all": [7, 8, -1.5, 2**40, "", "\0", "7", "a", "A", "a\0b", "\uffff", b"", b"a", b"\0", b"\xff\xfe", LEDGER, None],
    "numbers": [7, 8, 9.5],
    "blobs": [b"", b"\xff"],
    "an empty text": [""],
    "NULL": [None],
    "none": [],
}
OTHER_TABLES = {
    "without types": "(ledger, position, item, envelope, nodes, PRIMARY KEY (ledger, position))",
    "without an order": "(ledger, position, item, envelope, nodes)",
    "without case": "(ledger COLLATE NOCASE, position, item, envelope, nodes, PRIMARY KEY (ledger, position))",
    "of numbers": "(ledger NUMERIC, position, item, envelope, nodes, PRIMARY KEY (ledger, position))",
}


def _name(cell: object) -> str:
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "backslashreplace")
    return "" if cell is None else str(cell)


@pytest.mark.parametrize("names", ODD_NAMES.values(), ids=ODD_NAMES)
@pytest.mark.parametrize("table", OTHER_TABLES.values(), ids=OTHER_TABLES)
def test_every_ledger_is_listed_whatever_its_name_and_the_table_are(
    store: SqliteLedgers, tmp_path: Path, table: str, names: list[object]
) -> None:
    path = tmp_path / "case" / "ledger.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"DROP TABLE entries; CREATE TABLE entries {table}")
    _sneak(path, *((name, at, None, b"", b"") for at, name in enumerate(names * 2)), table="entries")
    with store.reading() as reader:
        assert sorted(reader.ledgers()) == sorted({_name(name) for name in names})


@pytest.mark.parametrize("names", ODD_NAMES.values(), ids=ODD_NAMES)
def test_every_ledger_is_listed_of_a_table_that_pretends_to_be_ours(
    store: SqliteLedgers, tmp_path: Path, names: list[object]
) -> None:
    """An index of anything on the disk is as a table without row ids."""
    path = tmp_path / "case" / "ledger.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE odd (ledger, position, item, envelope, nodes)")
        connection.execute("CREATE INDEX odd_index ON odd (ledger, position, item, envelope, nodes)")
    _sneak(path, *((name, at, None, b"", b"") for at, name in enumerate(names * 2)), table="odd")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'odd_index'").fetchone()
        connection.execute("DELETE FROM sqlite_schema WHERE tbl_name = 'odd'")
        connection.execute("UPDATE sqlite_schema SET rootpage = ? WHERE name = 'entries'", (page,))
    with store.reading() as reader:
        assert is_ours(reader.query, "entries")
        assert sorted(reader.ledgers()) == sorted({_name(name) for name in names})


@pytest.mark.parametrize("item", [None, "", "\0", "JD-1\0JD-2", "ä" * 900])
def test_an_item_comes_back_as_it_is_stored(store: SqliteLedgers, item: str | None) -> None:
    row = Row(0, item, b"x", bytes(32))
    with store.writing() as writer:
        writer.append(LEDGER, [row], [])
    with store.reading() as reader:
        assert tuple(reader.rows(LEDGER)) == (row,)


def test_a_cell_that_would_fill_the_memory_is_refused(
    store: SqliteLedgers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _sneak(tmp_path / "case" / "ledger.db", (LEDGER, 0, None, bytes(3_000_000), b""), table="entries")
    monkeypatch.setattr(connection, "MAX_CELL", 2_000_000)
    with pytest.raises(FormatError, match=r"ledger\.db holds a cell that is larger than any of custody's"):
        _everything(store)


@pytest.mark.parametrize(("more", "kept"), [(0, True), (1, False)])
def test_no_value_is_kept_that_could_not_be_read_again(store: SqliteLedgers, more: int, kept: bool) -> None:
    opening = OpeningRow(0, "/text", bytes(16), bytes(MAX_VALUE + more))
    with suppress(UsageError), store.writing() as writer:
        writer.append(LEDGER, list(_rows(0, 1)), [opening])
    with store.reading() as reader:
        assert (list(reader.openings(LEDGER, 0)), reader.size(LEDGER)) == (([opening], 1) if kept else ([], 0))


def _rewrite(path: Path, table: str, old: str, new: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE name = ?", (old, new, table))


ENDLESS_CHECK = f"CHECK (NOT like('{'%a' * 60}%b', replace(hex(zeroblob(100000)), '0', 'a'))), PRIMARY KEY"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("PRIMARY KEY", ENDLESS_CHECK),
        ("ledger TEXT NOT NULL", "ledger TEXT NOT NULL COLLATE NOCASE"),
    ],
)
def test_a_changed_table_is_told_and_what_it_says_is_not_run(
    store: SqliteLedgers, tmp_path: Path, old: str, new: str
) -> None:
    _fill(store, 0, 3)
    _rewrite(tmp_path / "case" / "ledger.db", "entries", old, new)
    assert store.damage() == (
        "ledger.db: its own integrity was not checked",
        "the table entries is not as custody makes it",
    )


def test_how_white_space_stands_in_a_table_is_not_fixed(store: SqliteLedgers, tmp_path: Path) -> None:
    _rewrite(tmp_path / "case" / "ledger.db", "entries", "(\n\tledger", "( ledger")
    _rewrite(tmp_path / "case" / "openings.db", "openings", ", \n\t", ",")
    assert store.damage() == ()


def test_of_many_foreign_things_the_first_are_named(store: SqliteLedgers, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "case" / "openings.db")) as connection:
        connection.executescript(";".join(f"CREATE TABLE more{number:03} (a)" for number in range(100)))
    assert store.damage() == (
        "80 more things are not as custody makes them",
        "openings.db: its own integrity was not checked",
        *(f"the table more{number:03} is not as custody makes it" for number in range(20)),
    )


def test_an_index_that_leaves_rows_out_is_found_by_sqlites_own_check(store: SqliteLedgers, tmp_path: Path) -> None:
    path = tmp_path / "case" / "ledger.db"
    _rewrite(path, "ix_entries_item", "(item)", "(item) WHERE item IS NULL")
    _sneak(path, (LEDGER, 0, "JD-1", b"x", bytes(32)), table="entries")
    _rewrite(path, "ix_entries_item", " WHERE item IS NULL", "")
    assert [line.startswith("ledger.db: ") and "ix_entries_item" in line for line in store.damage()] == [True, True]


def test_a_fresh_store_has_no_damage(store: SqliteLedgers) -> None:
    assert store.damage() == ()


@pytest.mark.parametrize("name", ["a case?mode=memory", "50% #1", "ä ö", "a&b=c", "';--"])
def test_a_folder_of_any_name_will_do(tmp_path: Path, name: str) -> None:
    store = _store(tmp_path / name)
    rows = _fill(store, 0, 2)
    assert _everything(store)[0] == rows
    assert (tmp_path / name / "ledger.db").stat().st_size > 0
