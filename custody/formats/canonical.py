"""Canonical JSON: RFC 8785 without floating point numbers.

`parse` accepts only what `encode` writes, so every value has one spelling. Limits are those of docs/format.md.
"""

import json
from typing import Any, NoReturn, TypeAlias

import msgspec

from custody.errors import FormatError
from custody.formats.encoding import MAX_EXACT_INTEGER

MAX_DEPTH = 16  # an attacker chooses the nesting; nothing of ours is deeper than 6

Json: TypeAlias = Any  # dict, list, str, bool, int or None, checked by `encode`

# Sorts by code point, which is the order of RFC 8785 for ASCII names, and writes strings as that says. `_slowly` writes
# what has other names; tests hold both against an encoder of their own (tests/oracles).
_encoder = msgspec.json.Encoder(order="sorted")
_slow_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encode(value: object) -> bytes:
    """The canonical UTF-8 bytes of `value` (dict, list, str, bool, int, None).

    Raises FormatError for a float, an integer of 2^53 or more, a NUL, a lone surrogate, a member name that is not a
    string, another type, or nesting deeper than MAX_DEPTH.
    """
    try:
        return _encoder.encode(value) if _check(value, 0) else _slowly(value)
    except UnicodeEncodeError as error:
        raise FormatError("a lone surrogate has no place in canonical JSON") from error


def parse(data: bytes) -> Any:
    """The value of canonical JSON. Raises FormatError unless `encode(parse(data)) == data`."""
    try:
        value = msgspec.json.decode(data)
        if encode(value) == data:
            return value
    except (msgspec.MsgspecError, UnicodeError, RecursionError, FormatError):
        pass  # `_explain` says why
    raise _explain(data)


def _check(value: object, depth: int) -> bool:
    """Whether every member name is ASCII. Raises FormatError for what has no place in canonical JSON."""
    kind = type(value)
    if kind is str:
        if "\0" in value:  # type: ignore[operator]
            raise FormatError("a NUL has no place in canonical JSON")
        return True
    if kind is int:
        if abs(value) > MAX_EXACT_INTEGER:  # type: ignore[arg-type]
            raise FormatError("an integer of 2^53 or more is written as a decimal string")
        return True
    if kind is bool or value is None:
        return True
    if isinstance(value, dict | list):
        if depth == MAX_DEPTH:
            raise FormatError(f"nested deeper than {MAX_DEPTH}")
        if isinstance(value, list):
            return _all_of([_check(member, depth + 1) for member in value])
        return _all_of([_check(member, depth + 1) & _check_name(name) for name, member in value.items()])
    raise FormatError(f"canonical JSON has no {kind.__name__}")


def _all_of(checked: list[bool]) -> bool:
    """As `all`, of a whole list: that of a generator would leave the rest unchecked."""
    return all(checked)


def _check_name(name: object) -> bool:
    if not isinstance(name, str) or "\0" in name:
        raise FormatError("a member name must be a string without NUL")
    return name.isascii()


def _slowly(value: object) -> bytes:
    return _slow_encoder.encode(_ordered(value)).encode("utf-8")


def _ordered(value: object) -> object:
    """`value` with the members of every object in the order of RFC 8785 section 3.2.3 (UTF-16 units)."""
    match value:
        case list():
            return [_ordered(member) for member in value]
        case dict():
            return {name: _ordered(value[name]) for name in sorted(value, key=lambda one: one.encode("utf-16-be"))}
        case _:
            return value


def _explain(data: bytes) -> FormatError:
    """What is wrong with bytes that are not canonical JSON."""
    try:
        encode(
            json.loads(
                data.decode("utf-8"),
                object_pairs_hook=_unique,
                parse_float=_refuse_number,
                parse_constant=_refuse_number,
                parse_int=_integer,
            )
        )
    except (UnicodeDecodeError, json.JSONDecodeError):
        return FormatError("not JSON")
    except RecursionError:
        return FormatError(f"nested deeper than {MAX_DEPTH}")
    except FormatError as error:
        return error
    return FormatError("JSON that is not in its canonical spelling")


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
