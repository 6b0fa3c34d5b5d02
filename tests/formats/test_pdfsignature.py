"""Places that look like a signature: of the one shape that is read, and of others."""

import time

import pytest

from custody.errors import FormatError
from custody.formats.pdfsignature import MAX_MARKS, find_gaps, looks_signed, signed_message


def pdf(
    text: bytes = b"<3000>", numbers: str = "[0 {0} {1} {2}]", key: bytes = b"/Contents ", rest: bytes = b"end"
) -> bytes:
    """A signature's dictionary with this string, right numbers where `numbers` asks for them, and `rest` after it."""
    head = b"%PDF-1.7\n<<\n" + key
    begin, end = len(head), len(head + text)
    tail = b"\n/Type /Sig\n>>\n" + rest
    size = 40
    said = numbers.format(begin, end, size + len(tail)).encode()
    return head + text + (b"\n/ByteRange " + said).ljust(size) + tail


def test_a_signature_of_our_shape_is_found() -> None:
    made = pdf()
    [gap] = find_gaps(made)
    assert (made[gap.begin : gap.end], gap.stop, gap.contents) == (b"<3000>", len(made), b"\x30\x00")


def test_what_it_covers_is_everything_but_the_string() -> None:
    made = pdf()
    [gap] = find_gaps(made)
    assert b"<3000>".join(bytes(one) for one in gap.covered(made)) == made


def test_what_follows_is_not_covered() -> None:
    [gap] = find_gaps(pdf() + b"more")
    assert gap.stop == len(pdf())


@pytest.mark.parametrize(
    "made",
    [
        pdf(b"<3000>", "[1 {0} {1} {2}]"),
        pdf(b"<3000>", "[0 {0} {1} 9999]"),  # beyond the end
        pdf(b"<3000>", "[0 0 {1} {2}]"),
        pdf(b"<3000>", "[0 {1} {0} {2}]"),
        pdf(b"<3000>", "[0 {0} {0} {2}]"),
        pdf(b"<3000>", "[0 {0} {1} {2} 0 0]"),
        pdf(b"<3000>", "[0  {0} {1} {2}]"),
        pdf(b"<3000>", "[0 -{0} {1} {2}]"),
        pdf(b"<300>"),
        pdf(b"<30 00>"),
        pdf(b"<30ab>"),
        pdf(b"<>"),
        pdf(b"(3000)"),
        pdf(b"<<00>>"),
        pdf(b"<3000>", key=b"/Contents"),
        pdf(b"<3000>", key=b"/Other "),
    ],
)
def test_another_shape_is_none(made: bytes) -> None:
    assert find_gaps(made) == ()
    assert looks_signed(made)


def test_a_range_that_begins_before_its_string_or_ends_after_it_is_none() -> None:
    made = pdf()
    [gap] = find_gaps(made)
    for begin, end in ((gap.begin - 1, gap.end), (gap.begin, gap.end + 1), (gap.begin + 1, gap.end - 1)):
        numbers = b"[0 %d %d " % (begin, end)
        assert find_gaps(made.replace(b"[0 %d %d " % (gap.begin, gap.end), numbers)) == ()


def test_far_too_many_places_are_refused() -> None:
    with pytest.raises(FormatError, match=str(MAX_MARKS)):
        find_gaps(b"\n/ByteRange [0 1 2 3]\n" * (MAX_MARKS + 1))


def test_spaces_without_end_take_linear_time() -> None:
    start = time.perf_counter()
    find_gaps(b"\n/ByteRange [0 1 2 3]" + b" " * 1_000_000)
    find_gaps((b"\n/ByteRange [0 1 2 3]" + b" " * 5000) * MAX_MARKS)
    assert time.perf_counter() - start < 1


def test_the_message_ends_where_its_length_says() -> None:
    assert signed_message(b"\x30\x02\x05\x00" + bytes(10)) == (b"\x30\x02\x05\x00", True)


@pytest.mark.parametrize("place", [4, 9, 13])
def test_a_byte_after_the_message_is_seen(place: int) -> None:
    contents = bytearray(b"\x30\x02\x05\x00" + bytes(10))
    contents[place] = 1
    assert signed_message(bytes(contents)) == (b"\x30\x02\x05\x00", False)


@pytest.mark.parametrize("contents", [b"", b"\x30", b"\x31\x00", b"\x30\x03\x05\x00", b"\x30\x81\x02\x05\x00"])
def test_what_is_no_message_is_refused(contents: bytes) -> None:
    with pytest.raises(FormatError):
        signed_message(contents)
