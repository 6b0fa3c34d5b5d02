"""DSSE 1.0 envelopes in a declared strict subset: one signature, one base64 alphabet, no unknown member.

The envelope is canonical JSON of exactly `payload`, `payloadType` and `signatures: [{keyid, sig}]`, with one ECDSA
P-256 signature whose s lies in the lower half. Knows nothing of what the payload says.
"""

import re
from typing import TYPE_CHECKING

import msgspec

from custody.errors import FormatError
from custody.formats.encoding import parse_hex
from custody.formats.signature import RAW_SIZE, is_low_s, verify_p256

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

MAX_ENVELOPE = 65_535  # C2SP tlog-tiles entry bundles carry uint16 lengths
MAX_PAYLOAD = 48_954  # what base64 leaves of MAX_ENVELOPE with our payload type


def pae(payload_type: str, payload: bytes) -> bytes:
    """Pre-authentication encoding (DSSE protocol, "Signature Definition"): the bytes that are signed."""
    kind = payload_type.encode("utf-8")  # lengths count bytes, not characters
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A read envelope. Its payload is *unverified* until `open_envelope` returned it."""

    payload_type: str
    unverified_payload: bytes
    key_id: str
    signature: bytes


# msgspec writes bytes as standard padded base64, and may read other spellings: what was read is written again, and
# compared as a whole.
class _Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keyid: str
    sig: bytes


class _Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"payload_type": "payloadType"}):
    payload: bytes
    payload_type: str
    signatures: tuple[_Signature]


class _Payload(msgspec.Struct, frozen=True):
    payload: bytes


_NOT_CANONICAL = re.compile("[\0\ud800-\udfff]")  # msgspec writes a NUL; canonical JSON here has none

_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(_Wire)
_payload_decoder = msgspec.json.Decoder(_Payload)


def format_envelope(envelope: Envelope) -> bytes:
    """The canonical bytes. Raises FormatError when they exceed MAX_ENVELOPE, or for what `parse_envelope` refuses."""
    _check(envelope)
    data = _encoder.encode(
        _Wire(
            payload=envelope.unverified_payload,
            payload_type=envelope.payload_type,
            signatures=(_Signature(envelope.key_id, envelope.signature),),
        )
    )
    if len(data) > MAX_ENVELOPE:
        raise FormatError(f"an envelope of {len(data)} bytes is larger than {MAX_ENVELOPE}")
    return data


def parse_envelope(data: bytes) -> Envelope:
    """Read an envelope without believing it. Raises FormatError for every spelling but the canonical one."""
    if len(data) > MAX_ENVELOPE:
        raise FormatError(f"an envelope of {len(data)} bytes is larger than {MAX_ENVELOPE}")
    try:
        wire = _decoder.decode(data)
        canonical = _encoder.encode(wire)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise FormatError("not an envelope") from error
    if canonical != data:
        raise FormatError("an envelope that is not in its canonical spelling")
    (signature,) = wire.signatures
    envelope = Envelope(
        payload_type=wire.payload_type,
        unverified_payload=wire.payload,
        key_id=signature.keyid,
        signature=signature.sig,
    )
    _check(envelope)
    return envelope


def reopen_envelope(data: bytes) -> bytes:
    """The payload of an envelope, none of whose members is checked: whoever asks compares the payload's digest.

    Raises FormatError for what has no payload.
    """
    try:
        return _payload_decoder.decode(data).payload
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise FormatError("not an envelope") from error


def open_envelope(envelope: Envelope, key: "EllipticCurvePublicKey") -> bytes:
    """The verified payload. Raises SignatureMismatch unless `key` signed exactly this type and payload.

    `key` is chosen by the caller: `key_id` is a hint from a stranger (DSSE protocol, "Verification").
    """
    message = pae(envelope.payload_type, envelope.unverified_payload)
    verify_p256(key, envelope.signature, message)
    return envelope.unverified_payload


def _check(envelope: Envelope) -> None:
    parse_hex(envelope.key_id, 32)
    if len(envelope.signature) != RAW_SIZE:
        raise FormatError(f"a signature of {len(envelope.signature)} bytes, not {RAW_SIZE}")
    if not is_low_s(envelope.signature):  # the other valid spelling would give the same statement another envelope
        raise FormatError("a signature whose s lies in the upper half")
    if _NOT_CANONICAL.search(envelope.payload_type):
        raise FormatError("a payload type with a NUL or a lone surrogate")
