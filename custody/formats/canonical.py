"""Canonical JSON: RFC 8785 without floating point numbers.

`parse` accepts only what `encode` writes, so every value has one spelling. Limits are those of docs/format.md.
"""

import json
from typing import Any, NoReturn, TypeAlias

from custody.errors import FormatError
from custody.formats.encoding import MAX_EXACT_INTEGER

MAX_DEPTH = 16  # an attacker chooses the nesting; nothing of ours is deeper than 6

Json: TypeAlias = Any  # dict, list, str, bool, int or None, checked by `encode`

_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encode(value: object) -> bytes:
    """The canonical UTF-8 bytes of `value` (dict, list, str, bool, int, None).

    Raises FormatError for a float, an integer of 2^53 or more, a NUL, a lone surrogate, a member name that is not a
    string, another type, or nesting deeper than MAX_DEPTH.
    """
    try:
        return _encoder.encode(_ordered(value, 0)).encode("utf-8")
    except UnicodeEncodeError as error:
        raise FormatError("a lone surrogate has no place in canonical JSON") from error


def parse(data: bytes) -> Any:
    """The value of canonical JSON. Raises FormatError unless `encode(parse(data)) == data`."""
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
            parse_int=_integer,
        )
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise FormatError("not JSON") from error
    except RecursionError as error:
        raise FormatError(f"nested deeper than {MAX_DEPTH}") from error
    if encode(value) != data:
        raise FormatError("JSON that is not in its canonical spelling")
    return value


def _ordered(value: object, depth: int) -> object:
    """`value` checked, with the members of every object in the order of RFC 8785 section 3.2.3 (UTF-16 units)."""
    if isinstance(value, dict | list) and depth == MAX_DEPTH:
        raise FormatError(f"nested deeper than {MAX_DEPTH}")
    match value:
        case bool() | None:
            return value
        case int():
            if abs(value) > MAX_EXACT_INTEGER:
                raise FormatError("an integer of 2^53 or more is written as a decimal string")
            return value
        case str():
            if "\0" in value:
                raise FormatError("a NUL has no place in canonical JSON")
            return value
        case list():
            return [_ordered(member, depth + 1) for member in value]
        case dict():
            return {name: _ordered(value[name], depth + 1) for name in sorted(value, key=_utf16)}
        case _:
            raise FormatError(f"canonical JSON has no {type(value).__name__}")


def _utf16(name: object) -> bytes:
    if not isinstance(name, str) or "\0" in name:
        raise FormatError("a member name must be a string without NUL")
    return name.encode("utf-16-be")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):  # readers differ in which of two equal names they believe
        raise FormatError("a member name occurs twice")
    return members


def _integer(digits: str) -> int:
    if len(digits) > len(str(MAX_EXACT_INTEGER)) + 1:
        raise FormatError("an integer of 2^53 or more is written as a decimal string")
    return int(digits)


def _refuse_number(digits: str) -> NoReturn:
    raise FormatError(f"canonical JSON here has no number like {digits[:20]}")
