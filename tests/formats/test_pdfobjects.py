"""Objects of a PDF: in the one spelling that is read, and in those that another program could take otherwise."""

import time
from decimal import Decimal

import pytest

from custody.errors import FormatError
from custody.formats.pdfobjects import MAX_DEPTH, MAX_OBJECT, Budget, Name, Reference, Value, read_value


def value(data: bytes) -> Value:
    found, end = read_value(data, 0, len(data))
    assert end == len(data)
    return found


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"true", True),
        (b"null", None),
        (b"-1.50", Decimal("-1.5")),
        (b".5", Decimal("0.5")),
        (b"12 0 R", Reference(12)),
        (b"[1 2 0 R 3]", [Decimal(1), Reference(2), Decimal(3)]),
        (b"[ 1 2 0 ]", [Decimal(1), Decimal(2), Decimal(0)]),
        (b"<< /A /B /C << /D [ ] >> >>", {b"A": Name(b"B"), b"C": {b"D": []}}),
        (b"/application#2fjson", Name(b"application/json")),
        (b"<fEfF0>", b"\xfe\xff\x00"),
        (b"(a (b) \\) \\n \\101 \\\n c)", b"a (b) ) \n A  c"),
        (b"(\r\n\r)", b"\n\n"),
        (b"(\\400)", b"\0"),
        (b"()", b""),
    ],
)
def test_a_value_is_read(data: bytes, expected: Value) -> None:
    found = value(data)
    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"% a comment\n1",
        b"<< /A % a comment\n 1 >>",
        b"<< /A 1 /A 2 >>",
        b"<< /DSS 1 /#44SS 2 >>",
        b"/#44SS",
        b"/A#",
        b"/A#0",
        b"/#00",
        b"<< /A >>",
        b"<< (A) 1 >>",
        b"<< 1 2 >>",
        b"[ 1 >>",
        b">>",
        b"(a",
        b"(a\\",
        b"<0g>",
        b"<00 00>",
        b"<",
        b"1.2.3",
        b"--1",
        b"1e5",
        b"[ 12 1 R ]",
        b"[ 12\x000\x00R ]",
        b"truer",
        b"{ 1 }",
        b"9" * 41,
        b"\xef\xbb\xbf1",
    ],
)
def test_another_spelling_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        value(data)


def test_a_number_with_a_letter_is_no_reference() -> None:
    assert value(b"[ 1 0 /R ]") == [Decimal(1), Decimal(0), Name(b"R")]


def test_depth_is_bounded() -> None:
    assert value(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(FormatError, match="deep"):
        value(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


def test_values_are_bounded() -> None:
    with pytest.raises(FormatError, match="more values"):
        read_value(b"[1 1 1 1]", 0, 9, Budget(5))


def test_an_object_is_bounded_in_bytes() -> None:
    with pytest.raises(FormatError):
        value(b"(" + b" " * MAX_OBJECT + b")")


def test_every_truncation_is_refused() -> None:
    data = b"<< /A [ 1 (b) <00> /N << /C 3 0 R >> ] >>"
    for end in range(len(data)):
        with pytest.raises(FormatError):
            read_value(data[:end], 0, end)


def test_nothing_is_read_beyond_the_end_that_is_given() -> None:
    with pytest.raises(FormatError):
        read_value(b"(abc)", 0, 4)


@pytest.mark.parametrize("data", [b"(" * 50_000, b"(\\" * 25_000, b"9" * 50_000, b"/" * 50_000, b" " * 50_000])
def test_hostile_text_takes_linear_time(data: bytes) -> None:
    start = time.perf_counter()
    with pytest.raises(FormatError):
        value(b"[" + data)
    assert time.perf_counter() - start < 2
