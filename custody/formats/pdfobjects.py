"""Reads the objects of a PDF that programs like ours write: no comments, no object streams. Follows no reference.

ISO 32000-2 section 7.3. What another reader could take in two ways is refused: a key twice, a name in two spellings,
a number that is none. Takes linear time.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from custody.errors import FormatError

MAX_DEPTH = 32  # arrays and dictionaries within one another; ours have five
MAX_VALUES = 1_000_000  # of one object, or of all that share a budget; a long report's pages are in one array
MAX_OBJECT = 4 * 2**20  # bytes of an object without its stream
MAX_NUMBER = 40  # characters: what Decimal computes with grows with it


class Name(bytes):
    """A name without its solidus, decoded (section 7.3.5)."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """Another object, by its number; its generation is 0 in everything that is read here."""

    number: int


Value: TypeAlias = "bool | Decimal | Name | bytes | Reference | list[Value] | dict[bytes, Value] | None"


@dataclass(slots=True)
class Budget:
    """How many values may still be read: each takes fifty times the memory that it took in the file."""

    values: int = MAX_VALUES


_SPACE = rb"[\n\r ]"  # of six kinds of white space the two that are written
_TOKEN = re.compile(
    _SPACE + rb"*+(?:"
    rb"(?P<reference>\d{1,10}" + _SPACE + rb"{1,8}0" + _SPACE + rb"{1,8}R(?![^\0\t\n\f\r ()<>\[\]{}/%]))"
    rb"|(?P<number>[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?![^\0\t\n\f\r ()<>\[\]{}/%]))"
    rb"|/(?P<name>(?:[^\0\t\n\f\r ()<>\[\]{}/%#]|#[0-9A-Fa-f]{2})*+)(?![#])"
    rb"|(?P<mark><<|>>|\[|\])"
    rb"|<(?P<hex>[0-9A-Fa-f]*+)>"
    rb"|(?P<string>\()"
    rb"|(?P<word>true|false|null)(?![^\0\t\n\f\r ()<>\[\]{}/%])"
    rb")"
)
_ESCAPED_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")
_REGULAR = re.compile(rb"[!-~]")
_DELIMITERS = rb"()<>[]{}/%#"
_STRING = re.compile(rb"[^()\\\r]++|\\[0-7]{1,3}|\\\r\n|\\[^0-7]|\r\n?|[()]", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b"", b"\r\n": b""}
_WORDS = {b"true": True, b"false": False, b"null": None}


def read_value(data: bytes, start: int, end: int, budget: Budget | None = None) -> tuple[Value, int]:
    """The value that begins at `start`, with only white space before it, and where it ends, at most `end`.

    Raises FormatError for anything that is not exactly one value in the spellings described above, for one of more
    than MAX_OBJECT bytes, and when the budget is used up.
    """
    return _Reader(data, min(end, start + MAX_OBJECT), budget or Budget()).read(start)


class _Reader:
    def __init__(self, data: bytes, end: int, budget: Budget) -> None:
        self._data = data
        self._end = end
        self._budget = budget

    def read(self, place: int) -> tuple[Value, int]:
        """Without recursion: depth is the maker's choice, Python's stack is not."""
        open_: list[list[Value] | None] = []  # of each array or dictionary what it holds so far
        kinds: list[bytes] = []
        while True:
            match = _TOKEN.match(self._data, place, self._end)
            self._budget.values -= 1
            if self._budget.values < 0:
                raise FormatError("the PDF has more values in one place than a report has")
            if match is None:
                raise FormatError(f"the PDF is not spelt as a report is, at byte {place}")
            place = match.end()
            kind = match.lastgroup
            if kind == "mark":
                mark = match["mark"]
                if mark in (b"<<", b"["):
                    if len(open_) == MAX_DEPTH:
                        raise FormatError(f"values more than {MAX_DEPTH} deep within one another")
                    open_.append([])
                    kinds.append(mark)
                    continue
                if not open_ or kinds.pop() != {b">>": b"<<", b"]": b"["}[mark]:
                    raise FormatError(f"an end without a beginning at byte {place}")
                items = open_.pop()
                assert items is not None
                value: Value = items if mark == b"]" else _dictionary(items)
            elif kind == "string":
                value, place = self._string(place)
            else:
                assert kind is not None
                value = _scalar(kind, match[kind])
            if not open_:
                return value, place
            open_[-1].append(value)  # type: ignore[union-attr]

    def _string(self, place: int) -> tuple[bytes, int]:
        """A literal string (section 7.3.4.2) from after its opening parenthesis."""
        parts: list[bytes] = []
        depth = 1
        while True:
            match = _STRING.match(self._data, place, self._end)
            if match is None:
                raise FormatError("a text that does not end")
            place = match.end()
            part = match[0]
            if part == b"(":
                depth += 1
            elif part == b")":
                depth -= 1
                if not depth:
                    return b"".join(parts), place
            elif part.startswith(b"\\"):
                rest = part[1:]
                part = (
                    bytes([int(rest, 8) & 255]) if rest[:1].isdigit() and rest[:1] < b"8" else _LETTERS.get(rest, rest)
                )
            elif part.startswith(b"\r"):
                part = b"\n"
            parts.append(part)


def _scalar(kind: str, text: bytes) -> Value:
    if kind == "reference":
        return Reference(int(text.split()[0]))
    if kind == "number":
        if len(text) > MAX_NUMBER:
            raise FormatError("a number that is far too long")
        return Decimal(text.decode())
    if kind == "hex":
        return bytes.fromhex((text + b"0" if len(text) % 2 else text).decode())
    if kind == "word":
        return _WORDS[text]
    return Name(_ESCAPED_NAME.sub(_character, text))


def _character(escape: re.Match[bytes]) -> bytes:
    """Only what needs it is written so: not every program knows that /#44SS is /DSS."""
    one = bytes.fromhex(escape[1].decode())
    if one == b"\0" or (_REGULAR.match(one) and one not in _DELIMITERS):
        raise FormatError("a name in a spelling that hides it")
    return one


def _dictionary(items: list[Value]) -> dict[bytes, Value]:
    """Section 7.3.7. A key twice leaves open which one counts: readers differ."""
    if len(items) % 2:
        raise FormatError("a dictionary with a key that has no value")
    found: dict[bytes, Value] = {}
    for key, value in zip(items[::2], items[1::2], strict=True):
        if not isinstance(key, Name) or key in found:
            raise FormatError("a dictionary with a key that is no name, or is there twice")
        found[key] = value
    return found
