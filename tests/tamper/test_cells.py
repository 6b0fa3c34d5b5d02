"""A change to any stored cell of ledger.db or openings.db fails, names its record, and concerns no other item.

Record 0 holds the key that everything is checked with: when it cannot be believed, nothing can, so damage to it may
concern every item.
"""

from collections.abc import Callable, Iterator
from itertools import islice

import pytest

from tests.builders import MALLORY, changed, sign
from tests.tamper.kit import Cell, Copy, EntryCells, OpeningCells, Original, complaint, flipped, wrong

NewCopy = Callable[[], Copy]
HUGE = 10_000_000  # characters or bytes: more than any honest cell, and no honest reader chooses it
INVALID = b"JD-\xff\xfe"  # no UTF-8


def _envelopes(row: EntryCells, original: Original) -> Iterator[tuple[str, Cell]]:
    from custody.domain.entry import read_entry
    from custody.formats.dsse import format_envelope

    data = row.envelope
    for place in (0, 1, len(data) // 3, len(data) // 2, len(data) - 3, len(data) - 1):
        for bit in (0, 5):
            yield f"bit {bit} of byte {place}", flipped(data, place, bit)
    yield "one byte less", data[:-1]
    yield "half", data[: len(data) // 2]
    yield "empty", b""
    yield "a byte more", data + b"\n"
    yield "a space", data.replace(b'","', b'", "', 1)
    yield "a NUL", data + b"\0"
    yield "the neighbour's", original.entries[row.position - 1].envelope
    yield "10 MB", data + bytes(HUGE)
    yield "deep JSON", b'{"payload":' + b"[" * 20_000
    yield "a deep unknown member", b'{"a":' + b"[" * 60_000
    yield "a signature by another key", format_envelope(sign(read_entry(data).statement, MALLORY).envelope)
    yield (
        "another statement",
        format_envelope(sign(changed(read_entry(data).statement, act="77" * 16), MALLORY).envelope),
    )


def _nodes(row: EntryCells, original: Original) -> Iterator[tuple[str, Cell]]:
    data = row.nodes
    for place in range(0, len(data), 32):
        yield f"bit of hash {place // 32}", flipped(data, place + 31)
    yield "one byte less", data[:-1]
    yield "one hash less", data[:-32]
    yield "empty", b""
    yield "a hash more", data + bytes(32)
    yield "the neighbour's", original.entries[row.position - 1].nodes
    yield "10 MB", data + bytes(HUGE)


def _positions(row: EntryCells, original: Original) -> Iterator[tuple[str, Cell]]:
    end = len(original.entries)
    values = (end, end + 1, end + 3000, 2**31, 2**53, 2**62, 2**63 - 2, 2**63 - 1, -1, -1000, -(2**63))
    return ((str(value), value) for value in values if value != row.position + 1 or row.position != end - 1)


def _items(row: EntryCells, original: Original) -> Iterator[tuple[str, Cell]]:
    values: tuple[Cell, ...] = (
        None,
        "JD-1",
        "JD-2",
        "JD-8",
        "jd-1",
        "JD-01",
        "",
        "JD-1 ",
        "JD-1\0",
        7,
        "\u202e",
        "J" * HUGE,
    )
    return ((repr(value)[:20], value) for value in values if value != row.item)


def _ledgers(row: EntryCells, original: Original) -> Iterator[tuple[str, Cell]]:
    own = row.ledger
    values: tuple[Cell, ...] = (
        "",
        "0" * 64,
        "f" * 64,
        own.upper(),
        own[:-1],
        own + " ",
        own + "\0",
        "\x1b[31m",
        7,
        "a" * HUGE,
    )
    return ((repr(value)[:20], value) for value in values)


KINDS: dict[str, Callable[[EntryCells, Original], Iterator[tuple[str, Cell]]]] = {
    "envelope": _envelopes,
    "nodes": _nodes,
    "position": _positions,
    "item": _items,
    "ledger": _ledgers,
}


@pytest.mark.parametrize("position", range(11))
@pytest.mark.parametrize("column", KINDS)
def test_any_other_value_in_a_cell_of_the_ledger_is_found(
    column: str, position: int, original: Original, new_copy: NewCopy
) -> None:
    row = original.entries[position]
    others = position > 0 or column in ("item", "nodes")
    complaints = {}
    for kind, value in KINDS[column](row, original):
        assert value != getattr(row, column)
        copy = new_copy()
        copy.set(column, position, value)
        complaints[kind] = complaint(copy, positions=[position], others=others)
    assert wrong(complaints) == ""


@pytest.mark.parametrize("position", range(11))
@pytest.mark.parametrize("column", ["item", "ledger"])
def test_text_that_is_not_utf8_is_found(column: str, position: int, original: Original, new_copy: NewCopy) -> None:
    copy = new_copy()
    copy.write(f"UPDATE entries SET {column} = CAST(? AS TEXT) WHERE position = ?", INVALID, position)
    others = position > 0 or column == "item"
    assert complaint(copy, positions=[position], others=others) is None


def test_the_case_has_as_many_records_as_are_tried(original: Original) -> None:
    assert len(original.entries) == 11


def _ledgers_of_openings(row: OpeningCells, original: Original) -> Iterator[tuple[str, Cell]]:
    yield "bit", ("1" if row.ledger[0] == "0" else "0") + row.ledger[1:]
    yield "upper case", row.ledger.upper()
    yield "truncated", row.ledger[:-1]
    yield "empty", ""
    yield "NUL", row.ledger + "\0"
    yield "number", 7


def _places(row: OpeningCells, original: Original) -> Iterator[tuple[str, Cell]]:
    size = len(original.entries)
    yield "another record's", (row.position + 1) % size
    yield "just after the newest", size
    yield "far after the newest", size + 5000
    yield "negative", -1
    yield "the largest", 2**63 - 1


def _pointers(row: OpeningCells, original: Original) -> Iterator[tuple[str, Cell]]:
    for value in ("", "/", "/nothing", row.pointer + "/0", row.pointer + "\0", row.pointer.upper(), "/digest"):
        if value != row.pointer:
            yield repr(value), value
    yield "number", 7


def _salts(row: OpeningCells, original: Original) -> Iterator[tuple[str, Cell]]:
    other = next(one.salt for one in original.openings if one.salt != row.salt)
    yield "first bit", flipped(row.salt, 0)
    yield "last bit", flipped(row.salt, 15, 7)
    yield "one byte less", row.salt[:-1]
    yield "one byte more", row.salt + b"\0"
    yield "empty", b""
    yield "another's", other


def _values(row: OpeningCells, original: Original) -> Iterator[tuple[str, Cell]]:
    other = next(one.value for one in original.openings if one.value != row.value)
    yield "first bit", flipped(row.value, 0)
    yield "last bit", flipped(row.value, len(row.value) - 1, 4)
    yield "one byte less", row.value[:-1]
    yield "a space", row.value + b" "
    yield "empty", b""
    yield "another's", other
    yield "plausible", b'"Market square 2"'
    yield "null", b"null"
    yield "a float", b"1.5"
    yield "no UTF-8", b'"\xff"'
    yield "deep JSON", b"[" * 100_000


OPENING_KINDS: dict[str, Callable[[OpeningCells, Original], Iterator[tuple[str, Cell]]]] = {
    "ledger": _ledgers_of_openings,
    "position": _places,
    "pointer": _pointers,
    "salt": _salts,
    "value": _values,
}


@pytest.mark.parametrize("position", [0, 1, 2, 3, 4, 5, 6, 7, 8, 10])
@pytest.mark.parametrize("column", OPENING_KINDS)
def test_any_other_value_in_a_cell_of_the_openings_is_found(
    column: str, position: int, original: Original, new_copy: NewCopy
) -> None:
    complaints: dict[str, str | None] = {}
    for row in original.openings:
        if row.position != position:
            continue
        every = not complaints  # every kind of change on one row of each record, three kinds on each of the others
        for kind, value in islice(OPENING_KINDS[column](row, original), None if every else 3):
            place = {"position": row.position, "pointer": row.pointer} | {column: value}
            taken = [(one.position, one.pointer) for one in original.openings]
            if column in ("position", "pointer") and (place["position"], place["pointer"]) in taken:
                continue  # SQLite refuses it
            copy = new_copy()
            copy.set_opening(column, row, value)
            positions = {position, *([value] if column == "position" and isinstance(value, int) else [])}
            stray = column in ("ledger", "position")
            complaints[f"{row.pointer}: {kind}"] = complaint(copy, positions=positions, stray=stray)
    assert complaints
    assert wrong(complaints) == ""


@pytest.mark.parametrize("column", ["ledger", "pointer"])
def test_openings_whose_text_is_not_utf8_are_found(column: str, original: Original, new_copy: NewCopy) -> None:
    complaints = {}
    for row in original.openings:
        copy = new_copy()
        copy.write_openings(
            f"UPDATE openings SET {column} = CAST(? AS TEXT) WHERE position = ? AND pointer = ?",
            INVALID,
            row.position,
            row.pointer,
        )
        complaints[row.pointer] = complaint(copy, positions=[row.position], stray=column == "ledger")
    assert wrong(complaints) == ""


def test_a_value_of_10_mb_in_the_openings_is_found(original: Original, new_copy: NewCopy) -> None:
    row = original.openings[0]
    copy = new_copy()
    copy.set_opening("value", row, b'"' + b"x" * HUGE + b'"')
    assert complaint(copy, positions=[row.position]) is None
