"""Base64, hexadecimal, decimal and time with exactly one spelling a value; any other spelling is refused.

Two spellings of one value are two byte strings that a reader takes for the same thing, which is where signature
and digest comparisons go wrong.
"""

import binascii
import re
from datetime import UTC, datetime

from custody.errors import FormatError

MAX_EXACT_INTEGER = 2**53 - 1  # RFC 7493 section 2.2: what every JSON reader holds exactly

# Hour 24 is a second spelling of the next midnight, which newer Pythons read. Only whether a month has a 29th, 30th or
# 31st day is left to be looked up.
_TIME = re.compile(
    r"(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8]|(29|30|31))T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z",
    re.ASCII,
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DECIMAL = re.compile(r"0|[1-9][0-9]*", re.ASCII)
_HEX = re.compile(r"[0-9a-f]*", re.ASCII)
MAX_DECIMAL_DIGITS = 20  # 2^64 has 20; int() of a foreign string costs the square of its length


def format_base64(data: bytes) -> str:
    """Standard padded base64 (RFC 4648 section 4)."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def parse_base64(text: str) -> bytes:
    """The bytes of standard padded base64. Raises FormatError for any other alphabet, padding or trailing bits."""
    try:
        data = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise FormatError("not standard padded base64") from error
    if format_base64(data) != text:  # unused trailing bits: RFC 4648 section 3.5
        raise FormatError("base64 with stray bits in its last character")
    return data


def parse_hex(text: str, length: int) -> bytes:
    """Exactly `length` bytes from lower-case hexadecimal. Raises FormatError otherwise."""
    if len(text) != 2 * length or not _HEX.fullmatch(text):
        raise FormatError(f"not {length} bytes of lower-case hexadecimal")
    return bytes.fromhex(text)


def parse_decimal(text: str) -> int:
    """A non-negative integer without sign, leading zero or space. Raises FormatError otherwise."""
    if len(text) > MAX_DECIMAL_DIGITS or not _DECIMAL.fullmatch(text):
        raise FormatError("not a plain decimal number")
    return int(text)


def format_time(moment: datetime) -> str:
    """A moment as 27 characters of UTC, `2026-11-24T03:02:01.123456Z`.

    Raises FormatError for a naive datetime, and for one that UTC puts outside the years 1 to 9999.
    """
    if moment.tzinfo is not UTC:
        if moment.utcoffset() is None:
            raise FormatError("a time without a zone has no place on a record")
        try:
            moment = moment.astimezone(UTC)
        except OverflowError as error:
            raise FormatError(f"no such time in UTC: {moment}") from error
    return f"{moment.isoformat(timespec='microseconds')[:26]}Z"


def check_time(text: str) -> None:
    """Raise FormatError unless `text` is a 27-character UTC time; leap seconds are none."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise FormatError("not a UTC time of 27 characters such as 2026-11-24T03:02:01.123456Z")
    if match[1]:
        _moment(text)


def check_date(text: str) -> None:
    """Raise FormatError unless `text` is a real calendar date, YYYY-MM-DD."""
    if _DATE.fullmatch(text) is None:
        raise FormatError("not a date such as 2026-11-24")
    _moment(f"{text}T00:00:00Z")


def parse_time(text: str) -> datetime:
    """The moment of a 27-character UTC time. Raises FormatError for every other spelling, leap seconds included."""
    check_time(text)
    return _moment(text)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text[:-1]).replace(tzinfo=UTC)
    except ValueError as error:
        raise FormatError(f"no such time: {text}") from error
