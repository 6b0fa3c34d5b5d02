"""The statement: one signed fact, as canonical JSON. Reads and writes it; believes nothing and judges nothing.

Statement id = hex SHA-256 of these bytes; every reference in a case is such an id.
"""

import hashlib
import re
from typing import TYPE_CHECKING, Any, Union

import msgspec

from custody.domain.events import KINDS, Body, CaseOpened, LedgerOpened, RegisterBody, Unknown, body_class
from custody.domain.fields import ActId, Count, Hash, Integer, ItemNumber, KeyId, Line, StatementId, Time
from custody.errors import FormatError
from custody.formats import canonical
from custody.formats.dsse import MAX_PAYLOAD
from custody.formats.encoding import check_time

PEOPLE = "people"
"""What statements of the register are filed under in the index of items, so that they are found without reading all."""

PAYLOAD_TYPE = "application/vnd.custody.statement.v1+json"


class ClockState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the signer's computer said of its own clock. A claim: it is never evidence of when."""

    synchronised: bool | None
    source: Line
    offset_ms: Integer | None


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ledger just before this batch, so that each signature vouches for all history before it."""

    size: Count
    root: Hash


class _Common(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    case: Hash
    ledger: Hash
    position: Count
    signer: KeyId
    time: Time
    clock: ClockState
    head: Head
    people: StatementId | None
    act: ActId | None
    item: ItemNumber | None
    prev: StatementId | None


_Kinds = Union[KINDS]  # type: ignore[valid-type]  # noqa: UP007  of as many classes as there are


class Statement(_Common, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who says what, when by their own clock, and after what. All references are statement ids."""

    if TYPE_CHECKING:
        body: Body
    else:
        body: _Kinds  # read by its tag, in one pass with the rest; `Unknown` is made by hand


def filed_under(statement: Statement) -> str | None:
    """What the index of items names for a statement: its item, PEOPLE for the register, or nothing."""
    if isinstance(statement.body, CaseOpened | LedgerOpened | RegisterBody):
        return PEOPLE
    return statement.item


class _Wire(_Common, frozen=True, kw_only=True, forbid_unknown_fields=True):
    body: msgspec.Raw


class _Kind(msgspec.Struct, frozen=True):
    type: str


_TYPE = re.compile(r"[a-z][a-z0-9-]{0,40}/v[1-9][0-9]{0,2}", re.ASCII)
_MEMBER = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)

_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Statement)
_wire_decoder = msgspec.json.Decoder(_Wire)
_kind_decoder = msgspec.json.Decoder(_Kind)


def format_statement(statement: Statement) -> bytes:
    """The canonical bytes that are signed. Raises FormatError when they exceed MAX_PAYLOAD."""
    if isinstance(statement.body, Unknown):
        members = msgspec.to_builtins(msgspec.structs.replace(statement, body=Body()))
        data = canonical.encode({**members, "body": statement.body.content})
    else:
        data = _encoder.encode(statement)
    if len(data) > MAX_PAYLOAD:
        raise FormatError(f"a statement of {len(data)} bytes is larger than {MAX_PAYLOAD}")
    return data


def parse_statement(data: bytes) -> Statement:
    """Read a statement. Raises FormatError for every spelling but the canonical one, and for unknown members.

    A body of an unknown type is kept as it stands (`Unknown`), so that its signature, position and head can be checked.
    """
    if len(data) > MAX_PAYLOAD:
        raise FormatError(f"a statement of {len(data)} bytes is larger than {MAX_PAYLOAD}")
    try:
        statement = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return _parse_slowly(data)  # a kind that is not known, or something to be explained
    if _encoder.encode(statement) != data:
        raise FormatError("a statement that is not in its canonical spelling")
    check_time(statement.time)
    return statement


def reparse_statement(data: bytes) -> Statement:
    """The same for bytes that `parse_statement` has read before: their spelling is not looked at again."""
    try:
        return _decoder.decode(data)
    except msgspec.MsgspecError:
        return _parse_slowly(data)  # a kind that is not known


def _parse_slowly(data: bytes) -> Statement:
    """The same, member by member and the body by itself."""
    try:
        wire = _wire_decoder.decode(data)
        if _encoder.encode(wire) != data:
            raise FormatError("a statement that is not in its canonical spelling")
        body = _parse_body(bytes(wire.body))
        if isinstance(body, Unknown):
            canonical.parse(data)  # the depth counts from the top, and only a kind that is not known can be deep
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise FormatError(f"not a statement: {error}") from error
    check_time(wire.time)
    members = {name: getattr(wire, name) for name in _Common.__struct_fields__}
    return Statement(**members, body=body)


def statement_id(payload: bytes) -> str:
    """Hex SHA-256 of the statement's bytes."""
    return hashlib.sha256(payload).hexdigest()


def _parse_body(data: bytes) -> Body:
    kind = _kind_decoder.decode(data).type
    known = body_class(kind)
    if known is None:
        if not _TYPE.fullmatch(kind):
            raise FormatError("a body whose type is not a name and a version")
        content = canonical.parse(data)
        _check_members(content)
        return Unknown(content=content)
    body = msgspec.json.decode(data, type=known)
    if _encoder.encode(body) != data:
        raise FormatError("a body that is not in its canonical spelling")
    return body


def _check_members(value: Any) -> None:
    match value:
        case dict():
            for name, member in value.items():
                if not _MEMBER.fullmatch(name):
                    raise FormatError("a member name outside [a-z][a-z0-9_]*")
                _check_members(member)
        case list():
            for member in value:
                _check_members(member)
