"""An entry of a ledger: the statement in an envelope. Reading one is not believing it."""

from typing import TYPE_CHECKING

import msgspec

from custody.domain.statement import PAYLOAD_TYPE, Statement, parse_statement, reparse_statement, statement_id
from custody.errors import FormatError
from custody.formats.dsse import Envelope, open_envelope, parse_envelope, reopen_envelope

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey


class Entry(msgspec.Struct, frozen=True):
    """A statement with its id and its envelope."""

    id: str
    statement: Statement
    envelope: Envelope


def read_entry(data: bytes) -> Entry:
    """Read an envelope and its statement without checking the signature.

    Raises FormatError for what cannot be read, another payload type, or a key id that is not the signer's.
    """
    envelope = parse_envelope(data)
    if envelope.payload_type != PAYLOAD_TYPE:
        raise FormatError(f"an envelope of another type: {envelope.payload_type[:80]}")
    statement = parse_statement(envelope.unverified_payload)
    if envelope.key_id != statement.signer:
        raise FormatError("the envelope and the statement name different signers")
    return Entry(statement_id(envelope.unverified_payload), statement, envelope)


def verify_entry(entry: Entry, key: "EllipticCurvePublicKey") -> Statement:
    """The statement, once its signature is found to be `key`'s. Raises SignatureMismatch."""
    open_envelope(entry.envelope, key)
    return entry.statement


def reread_statement(data: bytes, identity: str) -> Statement:
    """The statement of an envelope that `read_entry` has read before, in half the time.

    Raises FormatError unless it is the statement of this id: then every check that was made of that one holds.
    """
    payload = reopen_envelope(data)
    if statement_id(payload) != identity:
        raise FormatError("it is not the one that was there a moment ago")
    return reparse_statement(payload)
