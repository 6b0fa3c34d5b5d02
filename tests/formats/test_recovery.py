"""Recovery lines: a key file as text there and back, and every slip found in its line."""

import random
import re
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.errors import FormatError
from custody.formats import recovery
from custody.formats.recovery import MAX_FILE, MAX_TEXT, format_codes, format_lines, parse_lines

FILE = bytes(random.Random(7).randbytes(400)) + b'{"type":"custody-private-key/v1"}' * 10
LINES = format_lines(FILE)


def refusal(text: str) -> str:
    with pytest.raises(FormatError) as caught:
        parse_lines(text)
    return caught.value.message


@given(st.binary(max_size=3000))
def test_any_file_comes_back_from_lines_and_from_codes(data: bytes) -> None:
    lines = format_lines(data)
    assert parse_lines("\n".join(lines)) == data
    assert parse_lines("\r\n".join(format_codes(lines))) == data


def test_the_largest_file_comes_back_and_a_larger_one_is_refused() -> None:
    data = random.Random(1).randbytes(MAX_FILE)
    lines = format_lines(data)
    assert len("\n".join(" ".join(line) for line in lines) * 2) <= MAX_TEXT
    assert parse_lines("\n".join(lines)) == data
    with pytest.raises(FormatError):
        format_lines(data + b"x")


def test_order_case_spacing_and_what_is_there_twice_do_not_matter() -> None:
    lines = [line.lower().replace("-", " ") for line in LINES]
    random.Random(3).shuffle(lines)
    assert parse_lines("\n\n" + " \n".join(f" {line[:20]} {line[20:]}" for line in [*lines, lines[2]])) == FILE


def test_a_code_has_only_characters_of_the_alphanumeric_mode() -> None:
    codes = format_codes(LINES)
    assert re.fullmatch(r"[0-9A-Z$%*+\-./: ]+", "".join(codes))
    assert "/".join(codes) == "/".join(LINES)
    assert all(code.count("/") < recovery.CODE_LINES for code in codes)


def test_every_slip_of_one_character_is_found_and_its_line_named() -> None:
    line = LINES[5]
    for place, letter in enumerate(line):
        if letter != "-" and place > 2:
            wrong = line[:place] + ("A" if letter != "A" else "B") + line[place + 1 :]
            text = "\n".join([*LINES[:5], wrong, *LINES[6:]])
            assert refusal(text) == "line 005 has a typing error"
    number = "\n".join([*LINES[:5], "014" + line[3:], *LINES[6:]])
    assert refusal(number) == "line 014 has a typing error"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: one[:-1], "line 005 has a typing error: it has 46 characters and not 47"),
        (lambda one: one + "A", "line 005 has a typing error: it has 48 characters and not 47"),
        (lambda one: one[:9] + "0" + one[10:], "line 005 has a typing error: '0' is never in one"),
        (lambda one: one[:9] + "ж" + one[10:], "line 005 has a typing error: 'Ж' is never in one"),
        (lambda one: "x" + one[1:], "the 6. line of the text has a typing error"),
        (lambda one: "٠٠٥" + one[3:], "the 6. line of the text has a typing error"),
    ],
)
def test_what_is_no_line_is_named(change: object, words: str) -> None:
    assert callable(change)
    assert refusal("\n".join([*LINES[:5], change(LINES[5]), *LINES[6:]])).startswith(words)


def test_missing_lines_are_named() -> None:
    assert refusal("\n".join(LINES[1:])) == "line 000 is missing"
    assert refusal("\n".join([*LINES[:3], *LINES[4:]])) == "line 003 missing"
    assert refusal("\n".join([*LINES[:3], *LINES[5:]])) == "lines 003, 004 missing"
    assert refusal("") == "line 000 is missing"
    assert parse_lines("\n \n\f".join(LINES)) == FILE


def test_lines_of_two_sheets_are_not_mixed() -> None:
    other = format_lines(FILE[::-1])
    assert refusal("\n".join([*LINES, other[4]])) == "line 004 is there twice, and the two differ"
    mixed = refusal("\n".join([*LINES[:4], other[4], *LINES[5:]]))
    assert mixed in ("the lines are not those of a recovery sheet", "the lines are not all of one sheet")
    stray = recovery._line(len(LINES), b"x" * 25)
    assert refusal("\n".join([*LINES, stray])) == "there are lines that are not of this sheet"


def forged(packed: bytes, *, version: int = 1, size: int | None = None) -> str:
    """Lines with right checks around any content."""
    count = -(-len(packed) // 25)
    head = bytes([version]) + count.to_bytes(2, "big") + (len(packed) if size is None else size).to_bytes(2, "big")
    whole = head + bytes(20) + packed.ljust(count * 25, b"\0")
    return "\n".join(recovery._line(at, whole[at * 25 :][:25]) for at in range(count + 1))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (forged(zlib.compress(bytes(5_000_000), 9)), "not those of a recovery sheet"),
        (forged(zlib.compress(b"x") + b"more"), "not those of a recovery sheet"),
        (forged(zlib.compress(FILE)[:-3]), "not those of a recovery sheet"),
        (forged(b"not compressed at all"), "not those of a recovery sheet"),
        (forged(zlib.compress(FILE)), "not all of one sheet"),
        (forged(zlib.compress(FILE), size=3), "not of this sheet"),
        (forged(zlib.compress(FILE), version=2), "version 2"),
        ("A" * (MAX_TEXT + 1), f"more than {MAX_TEXT} characters"),
    ],
    ids=["bomb", "more after it", "cut off", "no zlib", "another digest", "size", "version", "too long"],
)
def test_lines_that_somebody_made_up_are_refused(text: str, words: str) -> None:
    assert words in refusal(text)
