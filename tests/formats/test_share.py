"""The share file: read back as it was written, and refused in every other spelling, cut, changed or continued."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.errors import FormatError
from custody.formats.canonical import encode
from custody.formats.dsse import MAX_ENVELOPE
from custody.formats.seal import MAX_VALUE, SALT_SIZE, Opening
from custody.formats.share import (
    MAX_LEDGERS,
    MAX_LINE,
    MAX_OBJECT,
    MAX_OBJECTS,
    Head,
    Share,
    SharedEntry,
    SharedLedger,
    format_share,
    parse_share,
)
from tests.formats.values import json_values, nearly, read_back, texts

CASE, ONE, TWO = "ca" * 32, "a1" * 32, "b2" * 32
SALT = bytes(range(SALT_SIZE))
NAME = Opening.of("/name", SALT, {"text": "фото 2.jpg"})
PLACE = Opening.of("/place", SALT, "the flat \U0001f600")

ids = st.binary(min_size=32, max_size=32).map(bytes.hex)
openings = st.builds(Opening.of, texts, st.binary(min_size=SALT_SIZE, max_size=SALT_SIZE), json_values)
entries = st.builds(
    SharedEntry,
    st.binary(max_size=60),
    st.lists(openings, max_size=3, unique_by=lambda one: one.pointer).map(
        lambda some: tuple(sorted(some, key=lambda one: one.pointer))
    ),
)
ledgers = st.builds(SharedLedger, ids, st.lists(entries, min_size=1, max_size=3).map(tuple))


def ascending(some: Iterable[bytes]) -> tuple[bytes, ...]:
    """Objects in their order."""
    return tuple(sorted(some, key=lambda one: hashlib.sha256(one).digest()))


@st.composite
def shares(draw: st.DrawFn) -> Share:
    """Any share file that can be written."""
    carried = tuple(draw(st.lists(ledgers, min_size=1, max_size=3, unique_by=lambda one: one.id)))
    objects = ascending(draw(st.sets(st.binary(max_size=60), max_size=3)))
    head = Head(
        case=draw(ids),
        kind=draw(st.sampled_from(("invitation", "reply", "ledgers", "offer", "answer"))),
        ledgers=len(carried),
        act=draw(st.none() | st.binary(min_size=16, max_size=16).map(bytes.hex)),
        label=draw(st.none() | st.from_regex(r"[A-Z][A-Z0-9]{0,7}", fullmatch=True)),
        objects=len(objects),
    )
    return Share(head, carried, objects)


SHARE = Share(
    Head(case=CASE, kind="offer", ledgers=2, act="0f" * 16, label="JD", objects=2),
    (
        SharedLedger(ONE, (SharedEntry(b"first", (NAME, PLACE)), SharedEntry(b"second"))),
        SharedLedger(TWO, (SharedEntry(b"third"),)),
    ),
    (b"token", b"\x00"),  # SHA-256 3c46…, 6e34…
)


def lines_of(data: bytes) -> Iterator[bytes]:
    """As a file gives them: ended by a line feed, and none longer than is asked for."""
    for line in data.splitlines(keepends=True) if b"\r" not in data else data.replace(b"\n", b"\n\x00").split(b"\x00"):
        yield from (line[at : at + MAX_LINE + 1] for at in range(0, len(line), MAX_LINE + 1))


def read(data: bytes) -> Share:
    """Parse a whole file."""
    return parse_share(lines_of(data))


def write(share: Share) -> bytes:
    """The whole file."""
    carried = [(one.id, len(one.entries), one.entries) for one in share.ledgers]
    return b"".join(format_share(share.head, carried, share.objects))


def ended(lines: list[bytes]) -> bytes:
    """These lines with the last one that fits them: what is wrong with them must be found without it."""
    data = b"".join(lines)
    return data + b'{"sha256":"%b"}\n' % hashlib.sha256(data).hexdigest().encode()


def with_line(number: int, change: Callable[[bytes], bytes]) -> bytes:
    """The example with one line changed, and an end that fits."""
    lines = write(SHARE).splitlines(keepends=True)[:-1]
    return ended([*lines[:number], change(lines[number]), *lines[number + 1 :]])


@given(shares())
def test_share_is_read_back(share: Share) -> None:
    assert read(write(share)) == share


@given(shares())
def test_file_is_lines_of_canonical_json_with_the_digest_of_all_before_it(share: Share) -> None:
    *lines, last = write(share).split(b"\n")[:-1]
    assert [encode(json.loads(line)) for line in lines] == lines
    assert json.loads(last) == {"sha256": hashlib.sha256(b"".join(line + b"\n" for line in lines)).hexdigest()}


@given(nearly(write(SHARE)))
def test_file_that_is_read_is_written_alike(data: bytes) -> None:
    assert read_back(data, read, write) in (data, None)


@given(st.integers(0, 7), st.data())
def test_file_with_a_digest_that_fits_has_one_spelling_too(number: int, data: st.DataObject) -> None:
    lines = write(SHARE).splitlines(keepends=True)[:-1]
    lines[number] = data.draw(nearly(lines[number]))
    assert read_back(ended(lines), read, write) in (ended(lines), None)


def test_example_is_spelt_out() -> None:
    name, place = '{\\"text\\":\\"фото 2.jpg\\"}', '\\"the flat \U0001f600\\"'
    salt = base64.b64encode(SALT).decode()
    expected = (
        f'{{"act":"{"0f" * 16}","case":"{CASE}","kind":"offer","label":"JD","ledgers":2,"objects":2,'
        '"type":"custody-share/v1"}\n'
        f'{{"ledger":"{ONE}","size":2}}\n'
        f'{{"envelope":"Zmlyc3Q=","openings":[{{"pointer":"/name","salt":"{salt}","value":"{name}"}},'
        f'{{"pointer":"/place","salt":"{salt}","value":"{place}"}}]}}\n'
        '{"envelope":"c2Vjb25k","openings":[]}\n'
        f'{{"ledger":"{TWO}","size":1}}\n'
        '{"envelope":"dGhpcmQ=","openings":[]}\n'
        '{"object":"dG9rZW4="}\n'
        '{"object":"AA=="}\n'
    ).encode()
    assert write(SHARE) == ended([expected])


@pytest.mark.parametrize("length", range(len(write(SHARE).splitlines())))
def test_file_that_lost_its_last_lines_is_refused(length: int) -> None:
    with pytest.raises(FormatError, match="cut short"):
        read(b"".join(write(SHARE).splitlines(keepends=True)[:length]))


def test_file_cut_anywhere_is_refused() -> None:
    data = write(SHARE)
    for length in range(len(data)):
        with pytest.raises(FormatError):
            read(data[:length])


def test_file_with_any_one_bit_changed_is_refused() -> None:
    data = write(SHARE)
    for place in range(len(data)):
        with pytest.raises(FormatError):
            read(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])


def swapped(number: int) -> bytes:
    """The example with a line and the next one changed over."""
    lines = write(SHARE).splitlines(keepends=True)[:-1]
    lines[number], lines[number + 1] = lines[number + 1], lines[number]
    return ended(lines)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(swapped(0), id="ledger before head"),
        pytest.param(swapped(1), id="entry before ledger"),
        pytest.param(swapped(3), id="ledger before the last entry"),
        pytest.param(swapped(5), id="object before the last entry"),
        pytest.param(swapped(6), id="objects out of order"),
        pytest.param(write(SHARE) + b"\n", id="line feed after"),
        pytest.param(write(SHARE) + b"{}\n", id="line after"),
        pytest.param(write(SHARE) * 2, id="twice"),
        pytest.param(b"\xef\xbb\xbf" + write(SHARE), id="byte order mark"),
        pytest.param(write(SHARE).replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\n", id="empty line"),
        pytest.param(ended([]), id="only an end"),
        pytest.param(ended(write(SHARE).splitlines(keepends=True)), id="two ends"),
    ],
)
def test_lines_elsewhere_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        read(data)


@pytest.mark.parametrize(
    ("number", "before", "after"),
    [
        pytest.param(0, b'":2', b'":1', id="fewer ledgers than follow"),
        pytest.param(0, b'":2', b'":3', id="more ledgers than follow"),
        pytest.param(0, b'":2', b'":0', id="no ledgers"),
        pytest.param(0, b'":2', b'":2.0', id="fraction"),
        pytest.param(0, b'":2', b'":"2"', id="number as text"),
        pytest.param(0, b'":2', b'":%d' % (MAX_LEDGERS + 1), id="too many ledgers"),
        pytest.param(0, b's":2,"t', b's":1,"t', id="fewer objects than follow"),
        pytest.param(0, b's":2,"t', b's":3,"t', id="more objects than follow"),
        pytest.param(0, b's":2,"t', b's":-1,"t', id="less than no objects"),
        pytest.param(0, b's":2,"t', b's":%d,"t' % (MAX_OBJECTS + 1), id="too many objects"),
        pytest.param(0, b's":2,"t', b's":null,"t', id="objects not counted"),
        pytest.param(0, b',"objects":2', b"", id="count of objects left out"),
        pytest.param(0, b"offer", b"gift", id="no such kind"),
        pytest.param(0, b"share/v1", b"share/v2", id="another type"),
        pytest.param(0, b',"type":"custody-share/v1"', b"", id="no type"),
        pytest.param(0, b"ca" * 32, b"CA" * 32, id="upper-case case id"),
        pytest.param(0, b"ca" * 32, b"ca" * 31, id="short case id"),
        pytest.param(0, b'"JD"', b'"jd"', id="lower-case label"),
        pytest.param(0, b'"JD"', b'"J-D"', id="no label"),
        pytest.param(0, b'"JD"', b'"JD\\n"', id="label with a line feed"),
        pytest.param(0, b'"JD"', b'"\\u004aD"', id="escape that is not needed"),
        pytest.param(0, b'"label":"JD",', b"", id="a member left out"),
        pytest.param(0, b'"0f', b'"0', id="short offer"),
        pytest.param(0, b"{", b'{"a":1,', id="member that is not known"),
        pytest.param(0, b"{", b"{ ", id="space"),
        pytest.param(0, b'"kind":"offer",', b'"kind":"offer","kind":"offer",', id="member twice"),
        pytest.param(1, b'":2', b'":1', id="fewer entries than follow"),
        pytest.param(1, b'":2', b'":3', id="more entries than follow"),
        pytest.param(1, b'":2', b'":0', id="no entries"),
        pytest.param(1, b'":2', b'":-1', id="less than no entries"),
        pytest.param(1, b"a1" * 32, b"b2" * 32, id="a ledger twice"),
        pytest.param(1, b"{", b'{"a":1,', id="ledger with more"),
        pytest.param(2, b"Zmlyc3Q=", b"Zmlyc3Q", id="no padding"),
        pytest.param(2, b"Zmlyc3Q=", b"Zmlyc3R=", id="unused bits"),
        pytest.param(2, b"Zmlyc3Q=", b"Zmly\\nc3Q=", id="line break in base64"),
        pytest.param(2, b'"Zmlyc3Q="', b"null", id="no envelope"),
        pytest.param(2, b'"openings"', b'"opening"', id="another member"),
        pytest.param(2, b"/name", b"/qame", id="openings out of order"),
        pytest.param(2, b"/name", b"/place", id="an opening twice"),
        pytest.param(2, b'{\\"text', b'{ \\"text', id="value in another spelling"),
        pytest.param(2, b'"value":"{', b'"value":"', id="value that is no JSON"),
        pytest.param(2, b'"salt":"AAEC', b'"salt":"', id="short salt"),
        pytest.param(2, b"\xd1\x84", b"\\u0444", id="letter as an escape"),
        pytest.param(2, b"\xd1\x84", b"\xd1", id="not UTF-8"),
        pytest.param(2, "\U0001f600".encode(), b"\\ud83d", id="half a character"),
        pytest.param(2, b"\xd1\x84", b"\\u0000", id="NUL in a value"),
        pytest.param(2, b"/name", b"/na\\u0000me", id="NUL in a pointer"),
        pytest.param(2, b"}]}", b"},null]}", id="no opening"),
        pytest.param(6, b"dG9rZW4=", b"AA==", id="an object twice"),
        pytest.param(6, b"dG9rZW4=", b"dG9rZW5=", id="unused bits in an object"),
        pytest.param(6, b"dG9rZW4=", b"dG9rZW4", id="no padding of an object"),
        pytest.param(6, b'"dG9rZW4="', b"null", id="no object"),
        pytest.param(6, b"{", b'{"digest":"00",', id="object with more"),
        pytest.param(6, b'"object"', b'"envelope"', id="object of another name"),
    ],
)
def test_another_spelling_is_refused_although_its_digest_fits(number: int, before: bytes, after: bytes) -> None:
    line = write(SHARE).splitlines(keepends=True)[number]
    assert before in line
    with pytest.raises(FormatError):
        read(with_line(number, lambda one: one.replace(before, after, 1)))


def test_end_with_something_beside_the_digest_is_refused() -> None:
    with pytest.raises(FormatError):
        read(write(SHARE).removesuffix(b"}\n") + b',"size":4}\n')


def big(value: int, envelope: int) -> Share:
    """A share with a value and an envelope of these sizes."""
    opening = Opening("/text", SALT, b'"' + b"a" * (value - 2) + b'"')
    head = Head(case=CASE, kind="ledgers", ledgers=1)
    return Share(head, (SharedLedger(ONE, (SharedEntry(bytes(envelope), (opening,)),)),))


def test_largest_envelope_and_value_are_read() -> None:
    share = big(MAX_VALUE, MAX_ENVELOPE)
    assert read(write(share)) == share


def with_objects(*some: bytes) -> Share:
    """A share with these objects, as they come."""
    head = Head(case=CASE, kind="ledgers", ledgers=1, objects=len(some))
    return Share(head, (SharedLedger(ONE, (SharedEntry(b"x"),)),), some)


def test_largest_object_is_read() -> None:
    share = with_objects(bytes(MAX_OBJECT))
    assert read(write(share)) == share


def test_object_that_is_too_long_is_refused() -> None:
    with pytest.raises(FormatError, match="object of more"):
        read(write(with_objects(bytes(MAX_OBJECT + 1))))


def test_empty_object_is_one() -> None:
    assert read(write(with_objects(b""))) == with_objects(b"")


def test_file_without_objects_says_so() -> None:
    assert b'"objects":0' in write(with_objects())


def test_envelope_that_is_too_long_is_refused() -> None:
    with pytest.raises(FormatError, match="envelope"):
        read(write(big(3, MAX_ENVELOPE + 1)))


def test_value_that_is_too_long_is_refused() -> None:
    longest = b'\\"' + b"a" * (MAX_VALUE - 2) + b'\\"'
    data = write(big(MAX_VALUE, 1)).splitlines(keepends=True)[:-1]
    assert longest in data[2]
    with pytest.raises(FormatError):
        read(ended([*data[:2], data[2].replace(longest, longest[:-2] + b'a\\"')]))


def test_line_that_is_too_long_is_refused_before_it_is_looked_at() -> None:
    lines = write(SHARE).splitlines(keepends=True)
    long = lines[1].replace(b"{", b"{" + b" " * MAX_LINE)
    with pytest.raises(FormatError, match="too long"):
        read(b"".join([lines[0], long, *lines[2:]]))


@pytest.mark.parametrize("character", ['"', "\\", "\x01"])
def test_value_of_many_escapes_fits_into_a_line(character: str) -> None:
    width = len(encode(character)) - 2
    opening = Opening.of("/text", SALT, character * ((MAX_VALUE - 2) // width))
    head = Head(case=CASE, kind="ledgers", ledgers=1)
    share = Share(head, (SharedLedger(ONE, (SharedEntry(b"x", (opening,)),)),))
    assert read(write(share)) == share


def test_values_of_one_record_fit_into_a_line_together() -> None:
    """A record of ours may seal several long texts (a purpose, a place), each as long as they come."""
    some = tuple(Opening.of(f"/{number}", SALT, "\U0001f600" * 20_000) for number in range(10, 40))
    head = Head(case=CASE, kind="ledgers", ledgers=1)
    share = Share(head, (SharedLedger(ONE, (SharedEntry(bytes(MAX_ENVELOPE), some),)),))
    assert read(write(share)) == share
