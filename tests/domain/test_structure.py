"""The tree of one ledger is rebuilt and compared: positions, batches, heads and index columns."""

import msgspec
import pytest

from custody.domain.entry import Entry, read_entry
from custody.domain.findings import INDEX_WRONG, RECORD_DISOWNED, RECORD_MISPLACED, RECORD_MISSING
from custody.domain.statement import Head
from custody.domain.structure import MAX_BATCH, MAX_MISSING, Stated, Structure
from custody.formats.merkle import leaf_hash, root
from custody.ports import Row
from tests.builders import MadeCase, attempted, noted

Found = list[tuple[str, int]]


def _take(structure: Structure, row: Row, entry: Entry | None = None, *, unreadable: bool = False) -> Found:
    entry = None if unreadable else entry or read_entry(row.envelope)
    stated = None if entry is None else Stated.of(entry.statement)
    found = structure.take(row.position, row.item, row.nodes, leaf_hash(row.envelope), stated)
    return [(one.code.name, one.position) for one in found]


def _take_all(structure: Structure, rows: list[Row]) -> Found:
    return [one for row in rows for one in _take(structure, row)]


def _case(entries: int) -> MadeCase:
    made = MadeCase().begin()
    for _ in range(entries - 1):
        made.say(attempted())
    return made


def _changed(row: Row, **members: object) -> Row:
    from dataclasses import replace

    return replace(row, **members)  # type: ignore[arg-type]


@pytest.mark.parametrize("entries", [1, 2, 3, 4, 7, 8, 9, 33])
def test_a_ledger_in_order_gives_its_root_and_nothing_else(entries: int) -> None:
    made = _case(entries)
    structure = Structure(made.ledger)
    assert _take_all(structure, made.rows) == []
    assert (structure.size, structure.root) == (entries, root(leaf_hash(row.envelope) for row in made.rows))


def test_an_empty_ledger_has_the_empty_root() -> None:
    structure = Structure("a")
    assert (structure.size, structure.root) == (0, root([]))


def test_the_wanted_roots_are_kept() -> None:
    made = _case(5)
    structure = Structure(made.ledger, (0, 3, 9))
    _take_all(structure, made.rows)
    assert structure.roots == {0: root([]), 3: root(leaf_hash(row.envelope) for row in made.rows[:3])}


def test_missing_records_are_told_one_by_one() -> None:
    made = _case(6)
    structure = Structure(made.ledger)
    found = _take_all(structure, [*made.rows[:1], *made.rows[3:]])
    assert found == [(RECORD_MISSING.name, 1), (RECORD_MISSING.name, 2)]
    assert (structure.size, structure.root) == (6, None)


def test_a_foreign_position_far_away_names_a_bounded_number() -> None:
    made = _case(1)
    structure = Structure(made.ledger)
    found = _take(structure, _changed(made.rows[0], position=2**62))
    assert [code for code, _ in found] == [RECORD_MISSING.name] * MAX_MISSING + [RECORD_MISPLACED.name]


def test_a_record_below_the_first_changes_nothing_for_the_others() -> None:
    made = _case(3)
    structure = Structure(made.ledger)
    found = _take_all(structure, [_changed(made.rows[2], position=-5), *made.rows])
    assert (found, structure.size) == ([(RECORD_MISPLACED.name, -5)], 3)


def test_a_record_of_another_position_is_misplaced() -> None:
    made = _case(3)
    structure = Structure(made.ledger)
    _take_all(structure, made.rows[:1])
    assert _take(structure, _changed(made.rows[2], position=1))[-1] == (RECORD_MISPLACED.name, 1)


def test_a_record_of_another_ledger_is_misplaced() -> None:
    assert _take(Structure("ab" * 32), _case(1).rows[0]) == [(RECORD_MISPLACED.name, 0)]


@pytest.mark.parametrize("item", [None, "JD-2", ""])
def test_another_item_in_the_index_is_told(item: str | None) -> None:
    made = MadeCase().begin()
    made.collect()
    structure = Structure(made.ledger)
    _take(structure, made.rows[0])
    assert _take(structure, _changed(made.rows[1], item=item)) == [(INDEX_WRONG.name, 1)]


@pytest.mark.parametrize("nodes", [b"", bytes(32), bytes(64)])
def test_other_nodes_in_the_index_are_told(nodes: bytes) -> None:
    made = _case(2)
    structure = Structure(made.ledger)
    _take(structure, made.rows[0])
    assert _take(structure, _changed(made.rows[1], nodes=nodes)) == [(INDEX_WRONG.name, 1)]


def test_a_record_signed_after_another_history_is_disowned() -> None:
    made = _case(2)
    made.add(attempted(), head=Head(size=2, root="00" * 32))
    assert _take_all(Structure(made.ledger), made.rows) == [(RECORD_DISOWNED.name, 2)]


def test_the_entries_of_a_batch_have_one_head() -> None:
    made = _case(2)
    head = made.statement(attempted()).head
    for _ in range(3):
        made.add(attempted(), head=head)
    assert _take_all(Structure(made.ledger), made.rows) == []


@pytest.mark.parametrize("change", [{"size": 1}, {"root": "00" * 32}])
def test_another_head_within_a_batch_is_disowned(change: dict[str, object]) -> None:
    made = _case(2)
    head = made.statement(attempted()).head
    made.add(attempted(), head=head)
    made.add(attempted(), head=msgspec.structs.replace(head, **change))
    assert _take_all(Structure(made.ledger), made.rows) == [(RECORD_DISOWNED.name, 3)]


def test_a_batch_ends_at_its_greatest_length() -> None:
    made = _case(1)
    head = made.statement(noted()).head
    for _ in range(MAX_BATCH):
        made.add(noted(), head=head)
    assert _take_all(Structure(made.ledger), made.rows) == []
    made.add(noted(), head=head)
    assert _take_all(Structure(made.ledger), made.rows) == [(RECORD_DISOWNED.name, MAX_BATCH + 1)]


def test_an_unreadable_record_disowns_what_was_signed_after_it_only_by_its_bytes() -> None:
    made = _case(4)
    structure = Structure(made.ledger)
    found = [
        *_take_all(structure, made.rows[:1]),
        *_take(structure, made.rows[1], unreadable=True),
        *_take_all(structure, made.rows[2:]),
    ]
    assert (found, structure.root) == ([], root(leaf_hash(row.envelope) for row in made.rows))


def test_changed_bytes_disown_everything_signed_after_them() -> None:
    made = _case(4)
    structure = Structure(made.ledger)
    rows = list(made.rows)
    rows[1] = _changed(rows[1], envelope=b"changed")
    found = [
        *_take_all(structure, rows[:1]),
        *_take(structure, rows[1], unreadable=True),
        *_take_all(structure, rows[2:]),
    ]
    assert [one for one in found if one[0] == RECORD_DISOWNED.name] == [
        (RECORD_DISOWNED.name, 2),
        (RECORD_DISOWNED.name, 3),
    ]
