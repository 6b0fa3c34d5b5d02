"""Finds the revisions of a PDF and the objects in them, by classic cross-reference tables only. Judges none of them.

ISO 32000-2 sections 7.5.4 to 7.5.6. Reads what our own writers make and refuses the rest: cross-reference streams and
object streams (150 bytes of which fill all memory elsewhere), tables that leave bytes between objects unaccounted for.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from custody.errors import FormatError
from custody.formats.pdfobjects import Budget, Reference, Value, read_value

MAX_REVISIONS = 32  # a signature, and two for each time that its life is prolonged, which is once in some years
MAX_SUBSECTIONS = 64  # of a table; one for each run of objects that a revision writes anew
MAX_ADDED = 256  # objects that one revision adds: a few certificates and revocation lists at most
MAX_TRAILER = 64  # values of a trailer, which has a dozen
MAX_LOOKED_AT = 200_000  # values of all objects that are looked up by their numbers; of ours some hundred
MAX_STREAM = 16 * 2**20  # bytes of a stream that a revision adds: revocation lists can have some millions

_TAIL = re.compile(rb"startxref\n(\d{1,10})\n%%EOF\n")
_TAIL_SIZE = 40
_SUBSECTION = re.compile(rb"(\d{1,10}) (\d{1,10})\n")
_ENTRY = 20  # bytes, fixed by section 7.5.4
_ENTRIES = re.compile(rb"(?:\d{10} \d{5} [fn] \n)*+")
_ADDED = re.compile(rb"(\d{10}) 00000 n \n")
_TRAILER = re.compile(rb"trailer[\n ]")
_OBJECT = re.compile(rb"(\d{1,10}) 0 obj[\n ]")
_ENDOBJ = re.compile(rb"[\n ]endobj\n")
_STREAM = re.compile(rb"[\n ]stream\r?\n")
_ENDSTREAM = re.compile(rb"\n?endstream\nendobj\n")
_FREE_ZERO = b"0000000000 65535 f \n"

_Entries: TypeAlias = list[tuple[int, int, int]]  # of each subsection: first number, count, where its entries begin


@dataclass(frozen=True, slots=True)
class Object:
    """An object: its value, where its bytes begin and end, and between which bytes its stream lies if it has one."""

    value: Value
    begin: int
    end: int
    stream: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision: bytes `begin` to `end` of the file, with its table at `table`.

    `added` says where each object of an incremental update lies; of the first revision the table is used as it is:
    `entries` is where its entries begin.
    """

    begin: int
    table: int
    end: int
    trailer: Mapping[bytes, Value]
    size: int
    entries: int
    added: Mapping[int, int]


class Document:
    """A PDF as far as `end`, with its revisions, the oldest first."""

    def __init__(self, pdf: bytes, end: int) -> None:
        """Raises FormatError where the revisions are not spelt as our own are."""
        self.pdf = pdf
        self.revisions = _revisions(pdf, end)
        self._budget = Budget(MAX_LOOKED_AT)
        self._known: dict[int, Object] = {}
        roots = {_number(revision.trailer.get(b"Root")) for revision in self.revisions}
        if len(roots) != 1:
            raise FormatError("the document's beginning moves from one revision to the next")
        self.root: int = roots.pop()

    def find(self, number: int, revision: int) -> Object | None:
        """The object of this number as it was after that revision; None if there was none."""
        for index in range(revision, 0, -1):
            offset = self.revisions[index].added.get(number)
            if offset is not None:
                return self._read(number, offset, self.revisions[index].table)
        first = self.revisions[0]
        if not 0 < number < first.size:
            return None
        place = first.entries + number * _ENTRY
        entry = _ADDED.fullmatch(self.pdf, place, place + _ENTRY)
        return None if entry is None else self._read(number, int(entry[1]), first.table)

    def _read(self, number: int, offset: int, limit: int) -> Object:
        """Each once, so that no object is worth more time than it has bytes."""
        if offset not in self._known:
            self._known[offset] = read_object(self.pdf, number, offset, limit, self._budget)
        return self._known[offset]

    def value(self, value: Value, revision: int) -> Value:
        """The value itself, or what it refers to. A reference to a reference is refused, so that none goes round."""
        if not isinstance(value, Reference):
            return value
        found = self.find(value.number, revision)
        if found is None or isinstance(found.value, Reference):
            raise FormatError(f"object {value.number} is not there")
        return found.value

    def dictionary(self, value: Value, revision: int) -> dict[bytes, Value]:
        """The same, and it is a dictionary."""
        found = self.value(value, revision)
        if not isinstance(found, dict):
            raise FormatError("a value that is no dictionary, where there must be one")
        return found

    def array(self, value: Value, revision: int) -> list[Value]:
        """The same, and it is an array."""
        found = self.value(value, revision)
        if not isinstance(found, list):
            raise FormatError("a value that is no array, where there must be one")
        return found

    def offsets(self) -> list[tuple[int, int]]:
        """Where each object of the first revision begins, and its number, in the order of places."""
        first = self.revisions[0]
        found = []
        for number in range(1, first.size):
            place = first.entries + number * _ENTRY
            entry = _ADDED.fullmatch(self.pdf, place, place + _ENTRY)
            if entry is not None:
                found.append((int(entry[1]), number))
        return sorted(found)

    def added(self, revision: int) -> dict[int, Object]:
        """The objects of an incremental update, which are all of its bytes up to its table.

        What lies between them would be read by a program that repairs files, and by no other.
        """
        this = self.revisions[revision]
        if len(this.added) > MAX_ADDED:
            raise FormatError(f"a revision that adds more than {MAX_ADDED} objects")
        place, found = this.begin, {}
        for number, offset in sorted(this.added.items(), key=lambda item: item[1]):
            if offset != place:
                raise FormatError(f"something lies outside every object at byte {place}")
            found[number] = self._read(number, offset, this.table)
            place = found[number].end
        if place != this.table:
            raise FormatError(f"something lies outside every object at byte {place}")
        return found


def read_object(pdf: bytes, number: int, offset: int, limit: int, budget: Budget | None = None) -> Object:
    """The object of this number that begins at `offset` and ends before `limit`. Raises FormatError."""
    head = _OBJECT.match(pdf, offset, limit)
    if head is None or int(head[1]) != number:
        raise FormatError(f"object {number} is not where the table says")
    value, place = read_value(pdf, head.end(), limit, budget)
    end = _ENDOBJ.match(pdf, place, limit)
    if end is not None:
        return Object(value, offset, end.end(), None)
    begin = _STREAM.match(pdf, place, limit)
    length = value.get(b"Length") if isinstance(value, dict) else None
    if begin is None or not isinstance(length, Decimal) or not 0 <= length <= limit or length != int(length):
        raise FormatError(f"object {number} does not end as it should")
    stop = begin.end() + int(length)
    end = _ENDSTREAM.match(pdf, stop, limit)
    if end is None:
        raise FormatError(f"the stream of object {number} has another length than it says")
    return Object(value, offset, end.end(), (begin.end(), stop))


def _revisions(pdf: bytes, end: int) -> tuple[Revision, ...]:
    start = max(0, end - _TAIL_SIZE)
    tail = _TAIL.search(pdf, pdf.rfind(b"startxref", start, end), end) if b"startxref" in pdf[start:end] else None
    if tail is None or tail.end() != end:
        raise FormatError("the PDF does not end as a report does")
    tables: list[tuple[int, _Entries, dict[bytes, Value], int]] = []
    table, limit = int(tail[1]), end
    while True:
        if len(tables) == MAX_REVISIONS:
            raise FormatError(f"the PDF has more than {MAX_REVISIONS} revisions")
        entries, trailer, stop = _table(pdf, table, limit)
        tables.append((table, entries, trailer, stop))
        previous = trailer.get(b"Prev")
        if previous is None:
            break
        if not isinstance(previous, Decimal) or previous != int(previous) or not 0 <= previous < table:
            raise FormatError("the revisions of the PDF do not follow one another")
        table, limit = int(previous), table
    if tables[0][3] != end:
        raise FormatError("something lies after the PDF's last table")
    tables.reverse()
    revisions: list[Revision] = []
    for table, entries, trailer, stop in tables:
        begin = revisions[-1].end if revisions else 0
        if table < begin:
            raise FormatError("the revisions of the PDF overlap")
        revisions.append(_revision(pdf, begin, table, entries, trailer, stop, revisions))
    return tuple(revisions)


def _table(pdf: bytes, table: int, limit: int) -> tuple[_Entries, dict[bytes, Value], int]:
    """The subsections, the trailer, and where the revision ends whose table is there."""
    if not pdf.startswith(b"xref\n", table):
        raise FormatError("the PDF has another kind of table than a report has")
    place = table + 5
    entries: _Entries = []
    while (head := _SUBSECTION.match(pdf, place, limit)) is not None:
        first, count = int(head[1]), int(head[2])
        place = head.end() + count * _ENTRY
        if len(entries) == MAX_SUBSECTIONS or place > limit or not _ENTRIES.fullmatch(pdf, head.end(), place):
            raise FormatError("a table of the PDF is damaged")
        entries.append((first, count, head.end()))
    mark = _TRAILER.match(pdf, place, limit)
    if mark is None:
        raise FormatError("a table of the PDF is damaged")
    trailer, place = read_value(pdf, mark.end(), limit, Budget(MAX_TRAILER))
    tail = _TAIL.match(pdf, place + 1, limit)
    if not isinstance(trailer, dict) or pdf[place : place + 1] != b"\n" or tail is None or int(tail[1]) != table:
        raise FormatError("a trailer of the PDF is damaged")
    if trailer.keys() - {b"Root", b"Info", b"Size", b"ID", b"Prev"}:  # /Encrypt, /XRefStm
        raise FormatError("the PDF is encrypted, or has another kind of table than a report has")
    return entries, trailer, tail.end()


def _revision(
    pdf: bytes,
    begin: int,
    table: int,
    entries: _Entries,
    trailer: dict[bytes, Value],
    end: int,
    before: list[Revision],
) -> Revision:
    size = trailer.get(b"Size")
    if not isinstance(size, Decimal) or size != int(size):
        raise FormatError("a trailer of the PDF is damaged")
    if not before:
        if len(entries) != 1 or entries[0][:2] != (0, int(size)):
            raise FormatError("the PDF's first table is not that of a whole document")
        return Revision(begin, table, end, trailer, int(size), entries[0][2], {})
    last = before[-1]
    if size < last.size or any(trailer.get(key) != last.trailer.get(key) for key in (b"Root", b"Info")):
        raise FormatError("a trailer of the PDF is not the one before it, carried on")
    return Revision(begin, table, end, trailer, int(size), 0, _added(pdf, entries, int(size)))


def _added(pdf: bytes, entries: _Entries, size: int) -> dict[int, int]:
    """Where each object lies that an incremental update adds. One that takes an object away is none of ours."""
    found: dict[int, int] = {}
    for first, count, place in entries:
        if count > MAX_ADDED or first + count > size:
            raise FormatError(f"a revision that adds more than {MAX_ADDED} objects, or more than it says")
        for number in range(first, first + count):
            entry = _ADDED.match(pdf, place)
            if entry is not None and number and number not in found:
                found[number] = int(entry[1])
            elif number or not pdf.startswith(_FREE_ZERO, place):
                raise FormatError("a revision of the PDF takes objects away, or writes one twice")
            place += _ENTRY
    return found


def _number(root: Value) -> int:
    if not isinstance(root, Reference):
        raise FormatError("a trailer of the PDF is damaged")
    return root.number
