"""The signed record that travels with a document: chosen entries of ledgers, and what shows that they stand there.

Canonical JSON. For each ledger its head, each entry with the proof that leads to it, and proofs from earlier heads; the
objects that entries name; what opens the seals that were to be opened. Carried, and believed by nobody for that.
"""

import hashlib
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Final, Literal

import msgspec

from custody.errors import FormatError
from custody.formats import canonical
from custody.formats.dsse import MAX_ENVELOPE
from custody.formats.encoding import MAX_EXACT_INTEGER
from custody.formats.merkle import HASH_SIZE, MAX_PROOF
from custody.formats.note import MAX_NOTE
from custody.formats.seal import MAX_VALUE, Opening
from custody.formats.share import MAX_LEDGERS, MAX_OBJECTS

TYPE: Final = "custody-record/v2"
MAX_RECORD = 256 * 2**20  # bytes: some 60,000 records; read whole, because it travels inside a PDF
MAX_LISTED_OBJECT = 16 * 2**20  # bytes: a token has some kB, a list of a hundred thousand parts some 10 MiB
MAX_POINTER = 1000  # characters; the longest of ours has 30

_Id = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
_Hash = Annotated[bytes, msgspec.Meta(min_length=HASH_SIZE, max_length=HASH_SIZE)]
_Proof = Annotated[tuple[_Hash, ...], msgspec.Meta(max_length=MAX_PROOF)]
_Size = Annotated[int, msgspec.Meta(ge=1, le=MAX_EXACT_INTEGER)]
_Position = Annotated[int, msgspec.Meta(ge=0, lt=MAX_EXACT_INTEGER)]


class ProvenEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An envelope, where it is said to stand, and the proof from there to the ledger's head (RFC 6962, 2.1.1)."""

    envelope: bytes
    position: int
    proof: tuple[bytes, ...]


class ProvenRoot(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier head: its number of entries, its root, and the proof from there to the ledger's head (2.1.2)."""

    size: int
    root: bytes
    proof: tuple[bytes, ...]


class RecordLedger(msgspec.Struct, frozen=True, kw_only=True):
    """Chosen entries of one ledger under its head; `checkpoint` is the head's signed note (C2SP), if there is one."""

    ledger: str
    size: int
    root: bytes
    checkpoint: bytes | None
    entries: tuple[ProvenEntry, ...]
    consistency: tuple[ProvenRoot, ...]


class RecordOpening(msgspec.Struct, frozen=True):
    """What opens a sealed field of the statement of this id."""

    statement: str
    opening: Opening


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What was extracted of a case. Ledgers ascend by id, entries by position, objects by SHA-256, none twice."""

    case: str
    ledgers: tuple[RecordLedger, ...]
    objects: tuple[bytes, ...] = ()
    openings: tuple[RecordOpening, ...] = ()


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    envelope: Annotated[str, msgspec.Meta(max_length=MAX_ENVELOPE)]
    position: _Position
    proof: _Proof


class _Root(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    size: _Size
    root: _Id
    proof: _Proof


class _Ledger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    checkpoint: Annotated[str, msgspec.Meta(max_length=MAX_NOTE)] | None
    consistency: tuple[_Root, ...]
    entries: tuple[_Entry, ...]
    ledger: _Id
    root: _Id
    size: _Size


class _Opening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pointer: Annotated[str, msgspec.Meta(max_length=MAX_POINTER)]
    salt: bytes
    statement: _Id
    value: msgspec.Raw


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    case: _Id
    ledgers: Annotated[tuple[_Ledger, ...], msgspec.Meta(min_length=1, max_length=MAX_LEDGERS)]
    objects: Annotated[tuple[bytes, ...], msgspec.Meta(max_length=MAX_OBJECTS)]
    openings: tuple[_Opening, ...]
    type: Literal["custody-record/v2"]


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(_Record)


def format_record(record: Record) -> bytes:
    """The canonical bytes. Raises FormatError for values that are not in their order, or larger than MAX_RECORD."""
    _check(record)
    wire = _Record(
        type=TYPE,
        case=record.case,
        ledgers=tuple(_format_ledger(one) for one in record.ledgers),
        objects=record.objects,
        openings=tuple(
            _Opening(
                statement=one.statement,
                pointer=one.opening.pointer,
                salt=one.opening.salt,
                value=msgspec.Raw(one.opening.encoded),
            )
            for one in record.openings
        ),
    )
    data = _encoder.encode(wire)
    if len(data) > MAX_RECORD:
        raise FormatError(f"a record of {len(data)} bytes is larger than {MAX_RECORD}", "take fewer items at once")
    return data


def parse_record(data: bytes) -> Record:
    """Read a record; envelopes and notes in it are not read. Raises FormatError for every spelling but the one."""
    if len(data) > MAX_RECORD:
        raise FormatError(f"a record of {len(data)} bytes is larger than {MAX_RECORD}")
    try:
        wire = _decoder.decode(data)
        if _encoder.encode(wire) != data:
            raise FormatError("a record that is not in its canonical spelling")
        record = Record(
            case=wire.case,
            ledgers=tuple(_parse_ledger(one) for one in wire.ledgers),
            objects=wire.objects,
            openings=tuple(_parse_opening(one) for one in wire.openings),
        )
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise FormatError(f"not a signed record: {error}") from error
    _check(record)
    return record


def _format_ledger(one: RecordLedger) -> _Ledger:
    return _Ledger(
        ledger=one.ledger,
        size=one.size,
        root=one.root.hex(),
        checkpoint=None if one.checkpoint is None else one.checkpoint.decode("utf-8"),
        entries=tuple(
            _Entry(envelope=entry.envelope.decode("utf-8"), position=entry.position, proof=entry.proof)
            for entry in one.entries
        ),
        consistency=tuple(
            _Root(size=earlier.size, root=earlier.root.hex(), proof=earlier.proof) for earlier in one.consistency
        ),
    )


def _parse_ledger(one: _Ledger) -> RecordLedger:
    return RecordLedger(
        ledger=one.ledger,
        size=one.size,
        root=bytes.fromhex(one.root),
        checkpoint=None if one.checkpoint is None else one.checkpoint.encode("utf-8"),
        entries=tuple(
            ProvenEntry(envelope=entry.envelope.encode("utf-8"), position=entry.position, proof=entry.proof)
            for entry in one.entries
        ),
        consistency=tuple(
            ProvenRoot(size=earlier.size, root=bytes.fromhex(earlier.root), proof=earlier.proof)
            for earlier in one.consistency
        ),
    )


def _parse_opening(one: _Opening) -> RecordOpening:
    encoded = bytes(one.value)
    if len(encoded) > MAX_VALUE:
        raise FormatError(f"a sealed value of more than {MAX_VALUE} bytes")
    canonical.parse(encoded)
    if "\0" in one.pointer:
        raise FormatError("a pointer with a NUL")
    return RecordOpening(one.statement, Opening(one.pointer, one.salt, encoded))


def _check(record: Record) -> None:
    """Raise FormatError for what is out of order, twice, or outside of its ledger."""
    _check_order([one.ledger for one in record.ledgers], "ledgers")
    _check_order([hashlib.sha256(one).digest() for one in record.objects], "objects")
    _check_order([(one.statement, one.opening.pointer) for one in record.openings], "openings")
    if any(len(one) > MAX_LISTED_OBJECT for one in record.objects):
        raise FormatError(f"an object of more than {MAX_LISTED_OBJECT} bytes")
    for ledger in record.ledgers:
        _check_order([one.position for one in ledger.entries], "entries")
        _check_order([one.size for one in ledger.consistency], "consistency proofs")
        if ledger.entries and ledger.entries[-1].position >= ledger.size:
            raise FormatError("an entry beyond the end of its ledger")
        if ledger.consistency and ledger.consistency[-1].size >= ledger.size:  # between equal sizes roots are compared
            raise FormatError("a consistency proof from a size that is not an earlier one")


def _check_order(keys: Sequence[Any], what: str) -> None:
    if any(before >= after for before, after in pairwise(keys)):
        raise FormatError(f"a record whose {what} are out of order, or one twice")
