"""Any byte of any stored thing, changed to any other, makes the verification fail; also for who never saw the case.

`case.toml` is left out: nothing in it is trusted. A value of openings.db that is missing, unlike one that is changed,
leaves answers open (tests/tamper/test_rows.py). Of the databases' own bytes some carry no content (counters in the
header, space that is not in use, and so on). A change there is right only when SQLite then reads every cell and the
schema as before.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random

import pytest
from hypothesis import assume, event, given, note
from hypothesis import strategies as st

from custody import bootstrap
from custody.domain.verdict import Verdict
from custody.errors import FormatError, StorageError
from tests.builders import examine, findings
from tests.properties.effort import examples
from tests.tamper.kit import Cell, make_original

TABLES = {"ledger.db": "entries", "openings.db": "openings"}
KEYS = {"ledger.db": ("ledger", "position"), "openings.db": ("ledger", "position", "pointer")}
PAGE = 4096
BUSIEST = 512  # bytes at either end of a page: its header, the places of its cells, and the newest cells


class Bench:
    """A copy of the case that is damaged and mended again and again, and a reader who never saw it.

    `content` is what SQLite reads from each undamaged database, `cells` every row of each. Not a dataclass: hypothesis
    would print every field of one with a failing example, and this holds the whole case.
    """

    def __init__(self, folder: Path) -> None:
        self.original = make_original(folder / "original")
        self.copy = self.original.copy(folder / "copy")
        self.stranger = bootstrap.world(folder / "stranger")
        self.content = {name: list(content(self.original.folder / name)) for name in TABLES}
        self.cells = {name: list(_cells(self.original.folder / name, table)) for name, table in TABLES.items()}

    def key(self, name: str, cells: Mapping[str, Cell]) -> list[Cell]:
        """The primary key of a row."""
        return [cells[column] for column in KEYS[name]]

    def verdict(self) -> Verdict:
        """What the stranger is told."""
        return examine(self.copy.files, self.stranger).judgement.verdict

    def mend(self, name: str) -> None:
        """Put one file back as it was."""
        path = self.copy.folder / name
        if path.is_file():
            path.chmod(0o600)
        path.write_bytes((self.original.folder / name).read_bytes())
        for beside in self.copy.folder.glob(f"{name}-*"):  # a header that says WAL makes SQLite look for side files
            beside.unlink()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("flips"))


def _cells(path: Path, table: str) -> Iterator[dict[str, Cell]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        found = connection.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in found.description]
        yield from (dict(zip(names, row, strict=True)) for row in found)


# One number from hypothesis, and all choices from that: its own choices of a row or a place are mostly the first or the
# last, and shrinking a place says nothing.
chances = st.randoms(use_true_random=True)


def flipped(data: bytes, chance: Random, place: int | None = None) -> bytes:
    """The bytes with one of them, or that at `place`, changed to any other."""
    place = chance.randrange(len(data)) if place is None else place
    return data[:place] + bytes([data[place] ^ chance.randrange(1, 256)]) + data[place + 1 :]


def test_the_undamaged_copy_does_not_fail(bench: Bench) -> None:
    assert bench.verdict() is Verdict.INDETERMINATE


# --- cells -------------------------------------------------------------------------------------------------------


CELLS = [
    *(("ledger.db", column) for column in ("ledger", "position", "item", "envelope", "nodes")),
    *(("openings.db", column) for column in ("ledger", "position", "pointer", "salt", "value")),
]


@pytest.mark.parametrize(("name", "changed"), CELLS)
@given(chance=chances)
@examples(40)
def test_any_byte_of_any_cell(name: str, changed: str, bench: Bench, chance: Random) -> None:
    """A number counts as the eight bytes that hold it."""
    cells = chance.choice([one for one in bench.cells[name] if one[changed] is not None])
    value = cells[changed]
    placeholder = "?"
    other: Cell
    if isinstance(value, int):
        other = int.from_bytes(flipped(value.to_bytes(8, "big", signed=True), chance), "big", signed=True)
    elif isinstance(value, str):  # often no UTF-8 any more
        other, placeholder = flipped(value.encode(), chance), "CAST(? AS TEXT)"
    else:
        assert value is not None
        other = flipped(value, chance)
    note(f"{changed} of {bench.key(name, cells)}: {other!r}")
    if changed in KEYS[name]:  # a second row of one key is what SQLite refuses
        assume(bench.key(name, {**cells, changed: other}) not in map(partial(bench.key, name), bench.cells[name]))
    where = " AND ".join(f"{column} = ?" for column in KEYS[name])
    sql = f"UPDATE {TABLES[name]} SET {changed} = {placeholder} WHERE {where}"
    write = bench.copy.write if name == "ledger.db" else bench.copy.write_openings
    try:
        write(sql, other, *bench.key(name, cells))
        assert bench.verdict() is Verdict.FAILED
    finally:
        bench.mend(name)


def test_every_column_is_tried(bench: Bench) -> None:
    assert {name: list(bench.cells[name][0]) for name in TABLES} == {
        name: [column for of, column in CELLS if of == name] for name in TABLES
    }


# --- objects -----------------------------------------------------------------------------------------------------


@given(chance=chances)
@examples(120)
def test_any_byte_of_any_object(bench: Bench, chance: Random) -> None:
    """Files, a folder's parts, its parts list and its list of facts, typed text."""
    name = chance.choice([one for one in sorted(bench.original.objects) if bench.copy.object(one).stat().st_size])
    path = bench.copy.object(name)
    items = bench.original.objects[name]
    try:
        path.chmod(0o600)
        path.write_bytes(flipped(path.read_bytes(), chance))
        judgement = examine(bench.copy.files, bench.stranger).judgement
    finally:
        bench.mend(os.fspath(path.relative_to(bench.copy.folder)))
    assert judgement.questions.integrity.verdict is Verdict.FAILED
    assert all(any(item in one.about for one in findings(judgement) if one.verdict is Verdict.FAILED) for item in items)


def test_objects_of_every_kind_are_there(bench: Bench) -> None:
    """A folder (a list, facts, two parts), four files of which one is empty, and a text."""
    assert len(bench.original.objects) == 4 + 4 + 1


# --- the databases' own bytes ------------------------------------------------------------------------------------


def content(path: Path) -> Iterator[tuple[object, ...]]:
    """Everything that SQLite reads from a database: the schema, and every cell of every table with its type."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        connection.text_factory = bytes
        schema = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name").fetchall()
        yield from schema
        for kind, name, _, _ in schema:
            if kind == b"table":
                table = name.decode()
                columns = [row[1].decode() for row in connection.execute(f"PRAGMA table_info({table})")]
                types = ", ".join(f"typeof({column})" for column in columns)
                yield from connection.execute(f"SELECT *, {types} FROM {table} NOT INDEXED ORDER BY 1, 2")


@pytest.mark.parametrize("name", TABLES)
@given(chance=chances)
@examples(250)
def test_any_byte_of_a_database_itself(name: str, bench: Bench, chance: Random) -> None:
    path = bench.copy.folder / name
    right = path.read_bytes()
    # The first page holds the schema; a page's ends its affairs and its newest cells.
    page = chance.choice([0, chance.randrange(len(right) // PAGE)]) * PAGE
    place = page + chance.choice(
        [chance.randrange(BUSIEST), PAGE - 1 - chance.randrange(BUSIEST), chance.randrange(PAGE)]
    )
    note(f"byte {place}")
    try:
        path.write_bytes(flipped(right, chance, place))
        try:
            failed = bench.verdict() is Verdict.FAILED
        except (FormatError, StorageError):
            failed = True
        event("found" if failed else "carries no content")
        assert failed or list(content(path)) == bench.content[name]
    finally:
        bench.mend(name)
