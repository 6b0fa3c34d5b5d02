"""Canonical JSON: equal to the slow encoder, read back, and no second spelling read."""

import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.errors import FormatError
from custody.formats.canonical import MAX_DEPTH, encode, parse
from tests.formats.values import integers, json_values, nearly, read_back, texts
from tests.oracles import canonical as oracle

EXAMPLE = {
    "a": ["é😂\u2028", 9007199254740991, -1, 0, True, False, None, {}, [], ""],
    "b": {"\r": '"\\\x7f', "1": "\x1f\n"},
    "\ufb33": 1,
    "😂": 2,  # before U+FB33 by UTF-16 unit, after it by code point
}


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@given(json_values)
def test_encoding_equals_the_slow_encoder(value: Any) -> None:
    assert encode(value) == oracle.encode(value)


@given(json_values)
def test_value_is_read_back(value: Any) -> None:
    assert parse(encode(value)) == value


@given(json_values)
def test_value_is_what_any_json_reader_finds(value: Any) -> None:
    assert json.loads(encode(value)) == value


@given(nearly(encode(EXAMPLE)))
def test_bytes_that_are_read_are_written_alike(data: bytes) -> None:
    assert read_back(data, parse, encode) in (data, None)


@given(st.dictionaries(texts, integers, min_size=2))
def test_members_stand_in_the_order_of_utf16_units(value: dict[str, int]) -> None:
    found = list(parse(encode(value)))
    assert found == sorted(value, key=lambda name: name.encode("utf-16-be"))


def test_members_beyond_the_first_plane_stand_before_its_end() -> None:
    assert encode(EXAMPLE).index("😂".encode(), 20) < encode(EXAMPLE).index("\ufb33".encode())


def test_example_is_spelt_out() -> None:
    assert encode(EXAMPLE).decode() == (
        '{"a":["é😂\u2028",9007199254740991,-1,0,true,false,null,{},[],""],'
        '"b":{"\\r":"\\"\\\\\x7f","1":"\\u001f\\n"},'
        '"😂":2,"\ufb33":1}'
    )


def test_every_ascii_character_is_spelt_as_by_the_slow_encoder() -> None:
    for number in range(1, 0x80):
        assert encode(chr(number)) == oracle.encode(chr(number))


def test_text_is_not_normalised() -> None:
    assert parse(encode("A\u030a")) != parse(encode("\u00c5"))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b" 1", id="space before"),
        pytest.param(b"1 ", id="space after"),
        pytest.param(b"1\n", id="line feed after"),
        pytest.param(b"[1, 2]", id="space after a comma"),
        pytest.param(b'{"a": 1}', id="space after a colon"),
        pytest.param(b"[\t]", id="tab"),
        pytest.param(b"1 2", id="two values"),
        pytest.param(b"{}{}", id="two objects"),
        pytest.param(b"[1]x", id="bytes after"),
        pytest.param(b"[1]\0", id="NUL after"),
        pytest.param(b"[1,]", id="comma at the end"),
        pytest.param(b'{"a":1,}', id="comma at the end of an object"),
        pytest.param(b'{"b":1,"a":2}', id="members out of order"),
        pytest.param('{"\ufb33":1,"😂":2}'.encode(), id="members in the order of code points"),
        pytest.param(b'{"a":1,"a":1}', id="a name twice"),
        pytest.param(b'{"a":1,"a":2}', id="a name twice, two values"),
        pytest.param(b'{"a":{"b":1,"b":1}}', id="a name twice, further in"),
        pytest.param(b'{"a":1,"\\u0061":1}', id="a name twice in two spellings"),
        pytest.param(b"1.0", id="float"),
        pytest.param(b"0.5", id="fraction"),
        pytest.param(b"1e2", id="exponent"),
        pytest.param(b"1E2", id="upper-case exponent"),
        pytest.param(b"1e-2", id="negative exponent"),
        pytest.param(b"-0", id="minus zero"),
        pytest.param(b"-0.0", id="minus zero as a float"),
        pytest.param(b"01", id="leading zero"),
        pytest.param(b"+1", id="plus sign"),
        pytest.param(b"1_0", id="underscore"),
        pytest.param(b"0x1", id="hexadecimal"),
        pytest.param(b"NaN", id="NaN"),
        pytest.param(b"Infinity", id="infinity"),
        pytest.param(b"-Infinity", id="minus infinity"),
        pytest.param(b"9007199254740992", id="2^53"),
        pytest.param(b"-9007199254740992", id="-2^53"),
        pytest.param(b"18446744073709551616", id="2^64"),
        pytest.param("\uff11".encode(), id="full-width digit"),
        pytest.param(b'"\\u00e9"', id="escaped letter"),
        pytest.param(b'"\\u0041"', id="escaped ASCII"),
        pytest.param(b'"\\/"', id="escaped slash"),
        pytest.param(b'"\\u002f"', id="slash by number"),
        pytest.param(b'"\\u000a"', id="line feed by number"),
        pytest.param(b'"\\u001F"', id="upper-case hexadecimal"),
        pytest.param(b'"\\u007f"', id="escaped DEL"),
        pytest.param(b'"\\u2028"', id="escaped line separator"),
        pytest.param(b'"\\ud83d\\ude02"', id="escaped emoji"),
        pytest.param(b'"\\ud800"', id="lone surrogate"),
        pytest.param(b'"\\udc00"', id="lone low surrogate"),
        pytest.param(b'{"\\ud800":1}', id="lone surrogate in a name"),
        pytest.param(b'"\xed\xa0\x80"', id="lone surrogate in UTF-8"),
        pytest.param(b'"\\u0000"', id="escaped NUL"),
        pytest.param(b'{"\\u0000":1}', id="escaped NUL in a name"),
        pytest.param(b'"\0"', id="NUL"),
        pytest.param(b'"\n"', id="line feed within a string"),
        pytest.param(b'"\x1f"', id="control within a string"),
        pytest.param(b'"\\x41"', id="no such escape"),
        pytest.param(b"\xef\xbb\xbf1", id="byte order mark"),
        pytest.param("1".encode("utf-16"), id="UTF-16"),
        pytest.param("1".encode("utf-32-le"), id="UTF-32"),
        pytest.param(b'"\xff"', id="not UTF-8"),
        pytest.param(b'"\xc0\xaf"', id="slash in overlong UTF-8"),
        pytest.param(b'"\xf4\x90\x80\x80"', id="beyond Unicode"),
        pytest.param(b"'a'", id="single quotes"),
        pytest.param(b"{a:1}", id="bare name"),
        pytest.param(b"{1:1}", id="number as a name"),
        pytest.param(b"[1//\n]", id="comment"),
        pytest.param(b"True", id="Python's spelling"),
        pytest.param(b"nul", id="cut short"),
        pytest.param(b'"a', id="string without an end"),
        pytest.param(b"[1", id="array without an end"),
    ],
)
def test_another_spelling_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        parse(data)


@pytest.mark.parametrize("data", [b'{"a":1,"a":1}', b'{"a":1,"a":2}', b'[{"b":{"\\n":1,"\\n":1}}]'])
def test_name_that_occurs_twice_is_told_as_the_fault(data: bytes) -> None:
    with pytest.raises(FormatError, match="occurs twice"):
        parse(data)


@pytest.mark.parametrize("number", [2**53 - 1, -(2**53) + 1, 0, -1])
def test_integers_below_2_to_the_53_are_written(number: int) -> None:
    assert encode(number) == str(number).encode()


@pytest.mark.parametrize("number", [2**53, -(2**53), 2**64, 10**400])
def test_integers_of_2_to_the_53_are_not_written(number: int) -> None:
    with pytest.raises(FormatError, match="decimal string"):
        encode(number)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(1.0, id="float"),
        pytest.param(float("nan"), id="NaN"),
        pytest.param(float("inf"), id="infinity"),
        pytest.param("a\0b", id="NUL"),
        pytest.param({"\0": 1}, id="NUL in a name"),
        pytest.param("\ud800", id="lone surrogate"),
        pytest.param({"\udfff": 1}, id="lone surrogate in a name"),
        pytest.param(["\ud83d", "\ude02"], id="halves of an emoji"),
        pytest.param({1: 2}, id="number as a name"),
        pytest.param({None: 2}, id="null as a name"),
        pytest.param(b"bytes", id="bytes"),
        pytest.param((1, 2), id="tuple"),
        pytest.param({1, 2}, id="set"),
        pytest.param([object()], id="object"),
    ],
)
def test_value_without_a_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(FormatError):
        encode(value)


def test_sixteen_levels_are_read() -> None:
    assert MAX_DEPTH == 16
    assert encode(parse(nested(16))) == nested(16)


@pytest.mark.parametrize("data", [nested(17), b'{"a":' * 17 + b"1" + b"}" * 17, b'[{"a":' * 9 + b"[]" + b"}]" * 9])
def test_seventeen_levels_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match="deeper than 16"):
        parse(data)


@pytest.mark.parametrize(
    "data", [nested(100_000), b"[" * 100_000, b'{"a":' * 100_000, b'[{"a":' * 100_000 + b"1" + b"}]" * 100_000]
)
def test_deep_nesting_is_refused_without_a_crash(data: bytes) -> None:
    with pytest.raises(FormatError):
        parse(data)


def test_value_that_contains_itself_is_refused() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(FormatError, match="deeper than 16"):
        encode(value)


def test_integer_of_a_million_digits_is_refused_at_once() -> None:
    with pytest.raises(FormatError, match="decimal string"):
        parse(b"1" * 1_000_000)


def test_printable_ascii_stands_as_itself() -> None:
    plain = string.ascii_letters + string.digits + " !#$%&'()*+,-./:;<=>?@[]^_`{|}~"
    assert encode(plain) == b'"' + plain.encode() + b'"'
