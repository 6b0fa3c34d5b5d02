"""Salted commitments: a field that the ledger fixes without showing it.

`{"sealed": B64 SHA-256(canonical JSON ["custody-seal/v1", case, type, pointer, B64 salt, value])}`. The salt makes a
short value (a telephone number) unguessable; case, type and pointer keep an opening from being used elsewhere.
"""

import hashlib

import msgspec

from custody.errors import FormatError, VerificationError
from custody.formats.canonical import Json, encode
from custody.formats.encoding import format_base64, parse_base64

SALT_SIZE = 16
DOMAIN = "custody-seal/v1"


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sealed field as it stands in a statement."""

    sealed: str

    def __post_init__(self) -> None:
        if len(parse_base64(self.sealed)) != hashlib.sha256().digest_size:
            raise FormatError("a seal is a SHA-256 value")


class Opening(msgspec.Struct, frozen=True):
    """What opens the sealed field at `pointer` (RFC 6901, within the statement's body)."""

    pointer: str
    salt: bytes
    value: Json

    def __post_init__(self) -> None:
        if len(self.salt) != SALT_SIZE:
            raise FormatError(f"a salt has {SALT_SIZE} bytes, this has {len(self.salt)}")


def seal(case: str, kind: str, opening: Opening) -> Sealed:
    """The seal of `opening` in a statement of type `kind` of `case`."""
    content = encode([DOMAIN, case, kind, opening.pointer, format_base64(opening.salt), opening.value])
    return Sealed(format_base64(hashlib.sha256(content).digest()))


def open_seal(sealed: Sealed, case: str, kind: str, opening: Opening) -> Json:
    """The value that was sealed. Raises VerificationError when `opening` is not what was sealed."""
    if seal(case, kind, opening) != sealed:
        raise VerificationError(f"the kept value of {opening.pointer} is not the one that was sealed")
    return opening.value
