"""Salted commitments: a field that the ledger fixes without showing it.

`{"sealed": B64 SHA-256(canonical JSON ["custody-seal/v1", case, type, pointer, B64 salt, value])}`. The salt makes a
short value (a telephone number) unguessable; case, type and pointer keep an opening from being used elsewhere.
"""

import hashlib
from functools import lru_cache
from typing import Annotated

import msgspec

from custody.errors import FormatError, VerificationError
from custody.formats.canonical import Json, encode, parse
from custody.formats.encoding import format_base64

MAX_VALUE = 4 * 2**20 - 1  # bytes of canonical JSON; more than a person types, and a certificate has some 1,000
SALT_SIZE = 16
DOMAIN = "custody-seal/v1"

# 32 bytes in standard base64, the unused bits of the last character zero: checked by its pattern, because a statement
# has many seals and a ledger many statements.
_Digest = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\Z")]


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sealed field as it stands in a statement; checked when a statement is read, not when one is made."""

    sealed: _Digest


def read_sealed(value: Json) -> Sealed:
    """The sealed field that `value`, an object of some statement, is. Raises FormatError."""
    try:
        return msgspec.convert(value, Sealed)
    except msgspec.ValidationError as error:
        raise FormatError("not a sealed field") from error


class Opening(msgspec.Struct, frozen=True):
    """What opens the sealed field at `pointer` (RFC 6901, within the statement's body); `encoded` is canonical JSON."""

    pointer: str
    salt: bytes
    encoded: bytes

    @classmethod
    def of(cls, pointer: str, salt: bytes, value: Json) -> "Opening":
        """The opening with this value. Raises FormatError for one that canonical JSON cannot hold."""
        return cls(pointer, salt, encode(value))

    def __post_init__(self) -> None:
        if len(self.salt) != SALT_SIZE:
            raise FormatError(f"a salt has {SALT_SIZE} bytes, this has {len(self.salt)}")
        if len(self.encoded) > MAX_VALUE:
            raise FormatError(f"a sealed value has at most {MAX_VALUE} bytes")


def seal(case: str, kind: str, opening: Opening) -> Sealed:
    """The seal of `opening` in a statement of type `kind` of `case`."""
    start = _start(case, kind, opening.pointer)
    content = b'%b"%b",%b]' % (start, format_base64(opening.salt).encode("ascii"), opening.encoded)
    return Sealed(format_base64(hashlib.sha256(content).digest()))


@lru_cache(maxsize=256)
def _start(case: str, kind: str, pointer: str) -> bytes:
    return encode([DOMAIN, case, kind, pointer])[:-1] + b","


def open_seal(sealed: Sealed, case: str, kind: str, opening: Opening) -> Json:
    """The value that was sealed. Raises VerificationError when `opening` is not what was sealed.

    FormatError when it is, but is not canonical JSON: then it was sealed by a program that does not keep to the format.
    """
    if seal(case, kind, opening) != sealed:
        raise VerificationError(f"the kept value of {opening.pointer} is not the one that was sealed")
    return parse(opening.encoded)
