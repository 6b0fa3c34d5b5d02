"""The share file: ledgers on their way from one person to another. It is carried, never trusted.

Lines of canonical JSON, each ended by a line feed: a head; for each ledger a line that names it, and one line an entry,
from the first on without a gap; the objects that timestamps in them name, one a line; a last line with the SHA-256 of
all bytes before it, so that a file that was cut short is known for that. Who takes a ledger in checks every signature
and place of it, and takes no object that no record names.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

import msgspec

from custody.errors import FormatError
from custody.formats import canonical
from custody.formats.dsse import MAX_ENVELOPE
from custody.formats.seal import MAX_VALUE, Opening

TYPE = "custody-share/v1"
MAX_LEDGERS = 1000
MAX_OBJECT = 2**20  # bytes: a timestamp or a certificate has some kB, the largest revocation lists some hundred
MAX_OBJECTS = 100_000  # two timestamps a day for over a hundred years; fewer than would fill a small disk as they come
MAX_LINE = 16 * 2**20  # bytes: the largest envelope and value, in base64 and as escaped text, and room for others
_Id = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Kind = Literal["invitation", "reply", "ledgers", "offer", "answer", "disclosure"]


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag=TYPE):
    """What the file is for. `act` names an offer, `label` is suggested to somebody who is invited."""

    case: _Id
    kind: Kind
    ledgers: Annotated[int, msgspec.Meta(ge=1, le=MAX_LEDGERS)]
    act: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")] | None = None
    label: Annotated[str, msgspec.Meta(pattern=r"\A[A-Z][A-Z0-9]{0,7}\Z")] | None = None
    objects: Annotated[int, msgspec.Meta(ge=0, le=MAX_OBJECTS)] = 0


class SharedEntry(msgspec.Struct, frozen=True):
    """An envelope, and what opens its seals as far as the sender chose to tell."""

    envelope: bytes
    openings: tuple[Opening, ...] = ()


class SharedLedger(msgspec.Struct, frozen=True):
    """The first entries of a ledger, none left out."""

    id: str
    entries: tuple[SharedEntry, ...]


class Share(msgspec.Struct, frozen=True):
    """What a share file carries. `objects` ascend by SHA-256, none twice."""

    head: Head
    ledgers: tuple[SharedLedger, ...]
    objects: tuple[bytes, ...] = ()


class _LedgerLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ledger: _Id
    size: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]


class _OpeningLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pointer: str
    salt: bytes
    value: str  # canonical JSON, as text


class _EntryLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    envelope: bytes
    openings: tuple[_OpeningLine, ...]


class _ObjectLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    object: bytes


class _EndLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sha256: _Id


_encoder = msgspec.json.Encoder(order="sorted")


def format_share(
    head: Head, ledgers: Iterable[tuple[str, int, Iterable[SharedEntry]]], objects: Iterable[bytes] = ()
) -> Iterator[bytes]:
    """The lines of a share file: for each ledger its id, size and entries; then the objects, ascending by SHA-256.

    `head.ledgers` and `head.objects` say how many there are.
    """
    digest = hashlib.sha256()
    for line in _lines(head, ledgers, objects):
        data = _encoder.encode(line) + b"\n"
        digest.update(data)
        yield data
    yield _encoder.encode(_EndLine(sha256=digest.hexdigest())) + b"\n"


def _lines(
    head: Head, ledgers: Iterable[tuple[str, int, Iterable[SharedEntry]]], objects: Iterable[bytes]
) -> Iterator[msgspec.Struct]:
    yield head
    for ledger, size, entries in ledgers:
        yield _LedgerLine(ledger=ledger, size=size)
        for entry in entries:
            yield _EntryLine(
                envelope=entry.envelope,
                openings=tuple(
                    _OpeningLine(pointer=one.pointer, salt=one.salt, value=one.encoded.decode("utf-8"))
                    for one in entry.openings
                ),
            )
    for data in objects:
        yield _ObjectLine(object=data)


def parse_share(lines: Iterator[bytes]) -> Share:
    """Read a share file, line by line. Raises FormatError for every spelling but the one that `format_share` writes.

    `lines` are ended by a line feed each; one of more than MAX_LINE bytes is refused.
    """
    reader = _Lines(lines)
    head = reader.next(Head)
    ledgers = tuple(_parse_ledger(reader) for _ in range(head.ledgers))
    objects = tuple(_parse_objects(reader, head.objects))
    found = reader.digest.hexdigest()
    if reader.next(_EndLine).sha256 != found:
        raise FormatError("a share file that was changed on its way, or written wrongly")
    reader.end()
    if len({ledger.id for ledger in ledgers}) != len(ledgers):
        raise FormatError("a share file that has one ledger twice")
    return Share(head, ledgers, objects)


def _parse_objects(reader: "_Lines", count: int) -> Iterator[bytes]:
    before = b""
    for _ in range(count):
        data: bytes = reader.next(_ObjectLine).object
        if len(data) > MAX_OBJECT:
            raise FormatError(f"an object of more than {MAX_OBJECT} bytes")
        digest = hashlib.sha256(data).digest()
        if digest <= before:
            raise FormatError("objects out of order, or one twice")
        before = digest
        yield data


def _parse_ledger(reader: "_Lines") -> SharedLedger:
    line = reader.next(_LedgerLine)
    return SharedLedger(line.ledger, tuple(_parse_entry(reader) for _ in range(line.size)))


def _parse_entry(reader: "_Lines") -> SharedEntry:
    line = reader.next(_EntryLine)
    if len(line.envelope) > MAX_ENVELOPE:
        raise FormatError(f"an envelope of more than {MAX_ENVELOPE} bytes")
    openings = []
    for one in line.openings:
        encoded = one.value.encode("utf-8")
        if len(encoded) > MAX_VALUE:
            raise FormatError(f"a sealed value of more than {MAX_VALUE} bytes")
        canonical.parse(encoded)
        if "\0" in one.pointer:
            raise FormatError("a pointer with a NUL")
        openings.append(Opening(one.pointer, one.salt, encoded))
    pointers = [one.pointer for one in openings]
    if pointers != sorted(set(pointers)):
        raise FormatError("openings out of order, or one twice")
    return SharedEntry(line.envelope, tuple(openings))


class _Lines:
    """Takes lines one by one, each in its one spelling, and digests them."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self.digest = hashlib.sha256()

    def next(self, kind: type[Any]) -> Any:
        """The next line as this kind of struct."""
        line = next(self._lines, b"")
        if not line.endswith(b"\n"):
            raise FormatError("a share file that was cut short" if len(line) <= MAX_LINE else "a line that is too long")
        try:
            value = msgspec.json.decode(line[:-1], type=kind)
            spelling = _encoder.encode(value) + b"\n"
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise FormatError(f"not a share file: {error}") from error
        if spelling != line:
            raise FormatError("a share file that is not in its one spelling")
        self.digest.update(line)
        return value

    def end(self) -> None:
        """Raise FormatError when there is more."""
        if next(self._lines, b""):
            raise FormatError("a share file with something after its end")
