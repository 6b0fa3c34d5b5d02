"""What may lie under a seal: the kinds of values that opened fields have. A value of another kind opens nothing."""

from collections.abc import Callable
from typing import Annotated, Literal

import msgspec

from custody.domain.fields import Count, Hash, Line, MediaTypeName, Method, Sensitivity
from custody.errors import FormatError
from custody.formats.canonical import Json
from custody.formats.encoding import check_date, check_time, parse_base64
from custody.formats.names import parse_name
from custody.formats.partslist import SEED_SIZE

Check = Callable[[Json], None]
"""Raises FormatError for a value of another kind."""

Address = Annotated[str, msgspec.Meta(max_length=8192)]


class Origin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"source": "from"}):
    """What a browser left with a file: where it came from, the page that led there, and what said so."""

    address: Address | None
    referrer: Address | None
    source: Literal["user.xdg.origin.url", "kMDItemWhereFroms", "Zone.Identifier"]

    def __post_init__(self) -> None:
        if "\0" in (self.address or "") + (self.referrer or ""):  # canonical JSON has none
            raise FormatError("an address with a NUL")


def text(value: Json) -> None:
    """Any string."""
    if not isinstance(value, str):
        raise FormatError("not a text")


def date(value: Json) -> None:
    """A calendar date."""
    if not isinstance(value, str):
        raise FormatError("not a date")
    check_date(value)


def time(value: Json) -> None:
    """A UTC time."""
    if not isinstance(value, str):
        raise FormatError("not a time")
    check_time(value)


def line(value: Json) -> None:
    """A text of one line."""
    _convert(value, Line)


def method(value: Json) -> None:
    """One of the words for how something was captured."""
    _convert(value, Method)


def media_type(value: Json) -> None:
    """A media type."""
    _convert(value, MediaTypeName)


def sensitivity(value: Json) -> None:
    """One of the words for how sensitive something is."""
    _convert(value, Sensitivity)


def file_name(value: Json) -> None:
    """A file name in its one spelling."""
    parse_name(value)


def base64_text(value: Json) -> None:
    """Base64 of any bytes."""
    text(value)
    parse_base64(value)


def seed(value: Json) -> None:
    """Base64 of the seed of part salts."""
    text(value)
    if len(parse_base64(value)) != SEED_SIZE:
        raise FormatError(f"a seed has {SEED_SIZE} bytes")


def origin(value: Json) -> None:
    """What a browser left."""
    _convert(value, Origin)


def digest(value: Json) -> None:
    """A hexadecimal SHA-256 value."""
    _convert(value, Hash)


def count(value: Json) -> None:
    """A number of bytes."""
    _convert(value, Count)


def _convert(value: Json, kind: object) -> None:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise FormatError(str(error)) from error
