"""Kept public key files: all three keys sign what stands in them, unless that is what is wrong."""

import base64
from typing import Any

from custody.formats import canonical
from custody.formats.dsse import pae
from custody.formats.publickey import (
    MAX_PUBLIC_KEY,
    PUBLIC_KEY_TYPE,
    format_public_key,
    parse_public_key,
    verify_public_key,
)
from custody.formats.signature import P256_ORDER
from tests.vectors.file_fault import FileFault, Format, compact, once
from tests.vectors.fixed import LEAD, OTHER

_KEY = format_public_key(LEAD.public)


def _signed(**members: Any) -> bytes:
    """The lead's file with other members, signed by the lead's keys as it then stands."""
    value = canonical.parse(_KEY) | members
    del value["signatures"]
    message = pae(PUBLIC_KEY_TYPE, canonical.encode(value))
    return canonical.encode(
        value
        | {
            "signatures": {
                "key": _b64(LEAD.sign(message)),
                "checkpoint_key": _b64(LEAD.sign_checkpoint(message)),
                "cosignature_key": _b64(LEAD.sign_cosignature(message)),
            }
        }
    )


def _with_signature(name: str, signature: bytes) -> bytes:
    value = canonical.parse(_KEY)
    value["signatures"][name] = _b64(signature)
    return canonical.encode(value)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _compressed(spki: bytes) -> bytes:
    """The same key with its point compressed."""
    point = bytes([2 + (spki[-1] & 1)]) + spki[-64:-32]
    return bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + point


# The P-384 key whose private number is 5.
_P384 = bytes.fromhex(
    "3076301006072a8648ce3d020106052b810400220362000411de24a2c251c777573cac5ea025e467f208e51dbff98fc54f66"
    "61cbe56583b037882f4a1ca297e60abcdbc3836d84bc8fa696c77440f92d0f5837e90a00e7c5284b447754d5dee88c986533"
    "b6901aeb3177686d0ae8fb33184414abe6c1713a"
)
_SIGNATURES = LEAD.public.signatures
_HIGH = _SIGNATURES.key[:32] + (P256_ORDER - int.from_bytes(_SIGNATURES.key[32:])).to_bytes(32)
_CERTIFICATE = LEAD.public.certificate

PUBLIC_KEY = Format(
    lambda data: format_public_key(verify_public_key(parse_public_key(data))),
    [
        FileFault("good.json", "the lead's own", _KEY, None),
        FileFault("good-signed-again.json", "the same, signed when this was made", _signed(), None),
        FileFault("a-space.json", "a space", _KEY.replace(b":", b": ", 1)),
        FileFault("a-line-feed-at-the-end.json", "a line feed at the end", _KEY + b"\n"),
        FileFault("of-another-version.json", "version 2", _signed(type="custody-public-key/v2")),
        FileFault("unknown-member.json", "a member more", _signed(telephone="1")),
        FileFault("member-missing.json", "no e-mail member", once(_KEY, b'"email":null,', b"")),
        FileFault("too-long.json", "more bytes than are read", _signed(email="x" * MAX_PUBLIC_KEY)),
        FileFault("name-empty.json", "an empty name", _signed(name="")),
        FileFault("name-with-line-feed.json", "a name in two lines", _signed(name="Ana\nRuiz")),
        FileFault("name-turned-around.json", "a name that turns the text around", _signed(name="Ana \u202eziuR")),
        FileFault("name-of-65-characters.json", "a name too long for a certificate", _signed(name="x" * 65)),
        FileFault("email-of-no-kind.json", "no address", _signed(email="ana at example.org")),
        FileFault("key-compressed.json", "the point is compressed", _signed(key=_b64(_compressed(LEAD.public.key)))),
        FileFault("key-of-another-curve.json", "a P-384 key", _signed(key=_b64(_P384))),
        FileFault(
            "key-not-on-the-curve.json", "a point beside the curve", _signed(key=_b64(LEAD.public.key[:-1] + b"\0"))
        ),
        FileFault("checkpoint-key-of-31-bytes.json", "too short", _signed(checkpoint_key=_b64(bytes(range(31))))),
        FileFault(
            "checkpoint-key-of-small-order.json",
            "anything passes as signed",
            _signed(checkpoint_key=_b64(b"\1" + bytes(31))),
        ),
        FileFault(
            "one-key-for-two-uses.json",
            "both Ed25519 keys are one",
            _signed(cosignature_key=_b64(LEAD.public.checkpoint_key)),
        ),
        FileFault("signature-too-short.json", "63 bytes", _with_signature("key", _SIGNATURES.key[:-1])),
        FileFault("high-s.json", "s in the upper half", _with_signature("key", _HIGH)),
        FileFault(
            "name-changed.json",
            "another name than was signed",
            once(_KEY, b'"name":"Ana Ruiz"', b'"name":"Eva Ruiz"'),
            "SignatureMismatch",
        ),
        FileFault(
            "key-signature-changed.json",
            "of the statement key",
            _with_signature("key", bytes(63) + b"\1"),
            "SignatureMismatch",
        ),
        FileFault(
            "checkpoint-signature-changed.json",
            "of the checkpoint key",
            _with_signature("checkpoint_key", bytes(64)),
            "SignatureMismatch",
        ),
        FileFault(
            "cosignature-signature-changed.json",
            "of the cosignature key",
            _with_signature("cosignature_key", bytes(64)),
            "SignatureMismatch",
        ),
        FileFault(
            "certificate-of-another-key.json",
            "for another key",
            _signed(certificate=_b64(OTHER.public.certificate)),
            "VerificationError",
        ),
        FileFault(
            "certificate-of-another-name.json", "for another name", _signed(name="Eva Ruiz"), "VerificationError"
        ),
        FileFault(
            "certificate-of-another-organisation.json",
            "for another organisation",
            _signed(organisation="Nobody"),
            "VerificationError",
        ),
        FileFault(
            "certificate-without-that-email.json",
            "lacks the address",
            _signed(email="ana@example.org"),
            "VerificationError",
        ),
        FileFault(
            "certificate-changed.json",
            "its signature does not hold",
            _signed(certificate=_b64(once(_CERTIFICATE, b"261124030201Z", b"261124030202Z"))),
            "VerificationError",
        ),
        FileFault(
            "certificate-cut-short.json",
            "cannot be read",
            _signed(certificate=_b64(_CERTIFICATE[:-1])),
            "VerificationError",
        ),
        FileFault("certificate-is-none.json", "no certificate at all", _signed(certificate=""), "VerificationError"),
        FileFault(
            "members-out-of-order.json",
            "members in another order",
            compact(dict(reversed(canonical.parse(_KEY).items()))),
        ),
    ],
)
