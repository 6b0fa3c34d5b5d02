"""Base64, hexadecimal, decimal and time: one spelling a value."""

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.errors import FormatError
from custody.formats.encoding import (
    MAX_DECIMAL_DIGITS,
    MAX_EXACT_INTEGER,
    format_base64,
    format_time,
    parse_base64,
    parse_decimal,
    parse_hex,
    parse_time,
)

zones = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.binary())
def test_base64_is_read_back(data: bytes) -> None:
    assert parse_base64(format_base64(data)) == data


@given(st.binary())
def test_base64_is_the_standard_librarys(data: bytes) -> None:
    assert format_base64(data) == base64.b64encode(data).decode()


@given(st.text("AQgw+/-_=\n 0é"))
def test_base64_that_is_read_is_written_alike(text: str) -> None:
    try:
        data = parse_base64(text)
    except FormatError:
        return
    assert format_base64(data) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("_-8=", id="url alphabet"),
        pytest.param("+_8=", id="both alphabets"),
        pytest.param("AA", id="no padding"),
        pytest.param("AAA", id="no padding of one"),
        pytest.param("AA=", id="half the padding"),
        pytest.param("AA===", id="too much padding"),
        pytest.param("AAAA=", id="padding where none is due"),
        pytest.param("AAAA====", id="a group of padding"),
        pytest.param("AB==", id="four stray bits"),
        pytest.param("AAB=", id="two stray bits"),
        pytest.param("AAAA\n", id="line feed after"),
        pytest.param("AAAA\r\n", id="carriage return after"),
        pytest.param("AA\nAA", id="line feed inside"),
        pytest.param(" AAAA", id="space before"),
        pytest.param("AA AA", id="space inside"),
        pytest.param("AA==AA==", id="two values"),
        pytest.param("AA==AAAA", id="bytes after padding"),
        pytest.param("=AAA", id="padding first"),
        pytest.param("A", id="one character"),
        pytest.param("AAA\0", id="NUL"),
        pytest.param("AAAé", id="not ASCII"),
        pytest.param("AAA\uff21", id="full-width letter"),
        pytest.param("AAA\ud800", id="lone surrogate"),
    ],
)
def test_base64_in_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_base64(text)


@given(st.binary(max_size=40))
def test_hexadecimal_is_read_back(data: bytes) -> None:
    assert parse_hex(data.hex(), len(data)) == data


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("AB", id="upper case"),
        pytest.param("aB", id="mixed case"),
        pytest.param("a", id="half a byte"),
        pytest.param("abc", id="one and a half"),
        pytest.param("", id="nothing"),
        pytest.param("abab", id="two bytes"),
        pytest.param("ag", id="not a digit"),
        pytest.param("a ", id="space"),
        pytest.param("a\n", id="line feed"),
        pytest.param("ab\n", id="line feed after"),
        pytest.param("0x", id="prefix"),
        pytest.param("\uff11\uff12", id="full-width digits"),
        pytest.param("٣٤", id="Arabic digits"),
    ],
)
def test_hexadecimal_in_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_hex(text, 1)


@given(st.integers(0, 10**MAX_DECIMAL_DIGITS - 1))
def test_decimal_is_read_back(number: int) -> None:
    assert parse_decimal(str(number)) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "-0",
        "+3",
        " 3",
        "3 ",
        "3\n",
        "03",
        "00",
        "3_0",
        "3.0",
        "3e2",
        "0x3",
        "½",
        "²",
        "３",
        "٣",
        "1٣",
        "1" * 21,
    ],
)
def test_decimal_in_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_decimal(text)


def test_long_decimal_is_refused_before_it_is_computed() -> None:
    with pytest.raises(FormatError):
        parse_decimal("1" * 10_000_000)


def test_largest_exact_integer_is_the_last_that_a_double_tells_apart() -> None:
    assert float(MAX_EXACT_INTEGER) != float(MAX_EXACT_INTEGER - 1)
    assert float(MAX_EXACT_INTEGER + 1) == float(MAX_EXACT_INTEGER + 2)


@given(st.datetimes(timezones=st.just(UTC)))
def test_time_is_read_back(moment: datetime) -> None:
    assert parse_time(format_time(moment)) == moment


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=zones))
def test_time_of_any_zone_is_the_same_moment_in_utc(moment: datetime) -> None:
    read = parse_time(format_time(moment))
    assert (read, read.utcoffset()) == (moment, timedelta(0))


@given(st.datetimes(timezones=st.just(UTC)))
def test_time_has_27_characters(moment: datetime) -> None:
    assert len(format_time(moment)) == 27


@given(st.lists(st.datetimes(timezones=st.just(UTC)), min_size=2))
def test_times_sort_as_their_text_does(moments: list[datetime]) -> None:
    assert [format_time(moment) for moment in sorted(moments)] == sorted(format_time(moment) for moment in moments)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 24, 3, 2, 1, 123456, UTC), "2026-11-24T03:02:01.123456Z"),
        (datetime(2026, 11, 24, tzinfo=UTC), "2026-11-24T00:00:00.000000Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000000Z"),
        (datetime(2024, 2, 29, 23, 59, 59, 999999, UTC), "2024-02-29T23:59:59.999999Z"),
        (datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))), "2025-12-31T18:45:00.000000Z"),
    ],
)
def test_time_is_written_in_utc(moment: datetime, text: str) -> None:
    assert format_time(moment) == text


def test_time_without_a_zone_is_refused() -> None:
    with pytest.raises(FormatError, match="without a zone"):
        format_time(datetime(2026, 11, 24))


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=1))),
    ],
)
def test_time_outside_the_years_of_utc_is_refused(moment: datetime) -> None:
    with pytest.raises(FormatError, match="no such time in UTC"):
        format_time(moment)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("2026-11-24T03:02:01.123456z", id="lower-case z"),
        pytest.param("2026-11-24t03:02:01.123456Z", id="lower-case t"),
        pytest.param("2026-11-24 03:02:01.123456Z", id="space for T"),
        pytest.param("2026-11-24T03:02:01.123456+00:00", id="offset of zero"),
        pytest.param("2026-11-24T03:02:01.123456-00:00", id="offset of minus zero"),
        pytest.param("2026-11-24T05:02:01.123456+02:00", id="another zone"),
        pytest.param("2026-11-24T03:02:01.123456", id="no zone"),
        pytest.param("2026-11-24T03:02:01Z", id="no microseconds"),
        pytest.param("2026-11-24T03:02:01.123Z", id="milliseconds"),
        pytest.param("2026-11-24T03:02:01.1234567Z", id="seven digits"),
        pytest.param("2026-11-24T03:02:01,123456Z", id="decimal comma"),
        pytest.param("2026-11-24T03:02:01.12345 Z", id="space inside"),
        pytest.param("2026-11-24T24:00:00.000000Z", id="hour 24"),
        pytest.param("2026-12-31T24:00:00.000000Z", id="hour 24 at the end of the year"),
        pytest.param("2026-11-24T25:00:00.000000Z", id="hour 25"),
        pytest.param("2026-11-24T03:60:00.000000Z", id="minute 60"),
        pytest.param("2016-12-31T23:59:60.000000Z", id="leap second"),
        pytest.param("2026-02-30T03:02:01.123456Z", id="30 February"),
        pytest.param("2026-02-29T03:02:01.123456Z", id="29 February of no leap year"),
        pytest.param("1900-02-29T03:02:01.123456Z", id="29 February 1900"),
        pytest.param("2026-00-24T03:02:01.123456Z", id="month 0"),
        pytest.param("2026-13-24T03:02:01.123456Z", id="month 13"),
        pytest.param("2026-11-00T03:02:01.123456Z", id="day 0"),
        pytest.param("0000-11-24T03:02:01.123456Z", id="year 0"),
        pytest.param("-026-11-24T03:02:01.123456Z", id="negative year"),
        pytest.param("+2026-11-24T03:02:01.12345Z", id="signed year"),
        pytest.param("2026-1-24T03:02:01.1234567Z", id="one-digit month"),
        pytest.param("20261124T030201.123456Z", id="basic form"),
        pytest.param("2026-W48-2T03:02:01.123456Z", id="week date"),
        pytest.param("2026-328T03:02:01.1234567Z", id="day of the year"),
        pytest.param("٢٠٢٦-11-24T03:02:01.123456Z", id="Arabic digits"),
        pytest.param("２０２６-11-24T03:02:01.123456Z", id="full-width digits"),
        pytest.param("2026-11-24T03:02:01.123456Z\n", id="line feed after"),
        pytest.param(" 2026-11-24T03:02:01.123456Z", id="space before"),
        pytest.param("", id="nothing"),
    ],
)
def test_time_in_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_time(text)
