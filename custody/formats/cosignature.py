"""C2SP cosignatures of a checkpoint: an Ed25519 key that is not the ledger's says that it saw this state, and when.

<https://c2sp.org/tlog-cosignature>, cosignature/v1, algorithm type 04. A cosigner signs one history of a ledger only:
whoever shows two that part has broken that word.
"""

import hashlib
from dataclasses import dataclass

from custody.errors import FormatError
from custody.formats.encoding import parse_hex
from custody.formats.note import NoteSignature, check_key_name, format_typed_key, key_id, parse_typed_key
from custody.formats.publickey import check_ed25519
from custody.formats.signature import verify_ed25519

COSIGNATURE_V1 = 0x04
MAX_TIME = 2**53 - 1  # seconds; as in every statement, no integer is larger
OWN_PREFIX = "custody-cosigner/"
PUBLIC_SIZE = 32
_TIME_SIZE = 8
_SIGNATURE_SIZE = 64


@dataclass(frozen=True, slots=True)
class CosignerKey:
    """A cosigner's name and Ed25519 public key (32 bytes). Raises FormatError for a key that is none to rely on."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        check_key_name(self.name)
        check_ed25519(self.public)

    @property
    def key_id(self) -> bytes:
        """SHA-256(name ‖ 0A ‖ 04 ‖ public key), first four bytes."""
        return key_id(self.name, COSIGNATURE_V1, self.public)

    @property
    def fingerprint(self) -> bytes:
        """What people compare, as eight words."""
        return fingerprint(self.public)


@dataclass(frozen=True, slots=True)
class Cosignature:
    """When a cosigner says that they saw a checkpoint (seconds since 1970, POSIX), and their signature of both."""

    time: int
    signature: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.time <= MAX_TIME:
            raise FormatError("a cosignature's time is a number of seconds below 2^53")
        if len(self.signature) != _SIGNATURE_SIZE:
            raise FormatError(f"a cosignature has {_SIGNATURE_SIZE} bytes")


def fingerprint(public: bytes) -> bytes:
    """SHA-256 of a public key (32 bytes)."""
    return hashlib.sha256(public).digest()


def own_cosigner(public: bytes) -> CosignerKey:
    """The key under the name that custody gives a person's cosignature key: the name tells the whole key.

    So a line in a note can be checked without another file. Who has the key is told nowhere: that is what the eight
    words of its fingerprint are for.
    """
    return CosignerKey(f"{OWN_PREFIX}{public.hex()}", public)


def named_key(name: str) -> CosignerKey | None:
    """The key that such a name tells; None for any other name. Raises FormatError for one that only begins so."""
    if not name.startswith(OWN_PREFIX):
        return None
    return CosignerKey(name, parse_hex(name.removeprefix(OWN_PREFIX), PUBLIC_SIZE))


def cosigned_message(checkpoint: str, time: int) -> bytes:
    """What a cosigner signs of the three lines of a checkpoint."""
    return f"cosignature/v1\ntime {time}\n{checkpoint}".encode()


def verify_cosignature(key: CosignerKey, checkpoint: str, cosignature: Cosignature) -> None:
    """Raise SignatureMismatch unless `key` cosigned the three lines of `checkpoint` at that time."""
    verify_ed25519(key.public, cosignature.signature, cosigned_message(checkpoint, cosignature.time))


def format_line(key: CosignerKey, cosignature: Cosignature) -> NoteSignature:
    """The signature line of a note: the blob is the time in eight bytes, big-endian, and the signature."""
    return NoteSignature(key.name, key.key_id, cosignature.time.to_bytes(_TIME_SIZE, "big") + cosignature.signature)


def parse_line(line: NoteSignature) -> Cosignature:
    """The unverified cosignature of a note's signature line. Raises FormatError for a blob of another size."""
    if len(line.signature) != _TIME_SIZE + _SIGNATURE_SIZE:
        raise FormatError("not a cosignature/v1 line")
    return Cosignature(int.from_bytes(line.signature[:_TIME_SIZE], "big"), line.signature[_TIME_SIZE:])


def format_cosigner(key: CosignerKey) -> str:
    """The vkey: `name+hex(key id)+base64(04 ‖ public key)`."""
    return format_typed_key(key.name, COSIGNATURE_V1, key.public)


def parse_cosigner(text: str) -> CosignerKey:
    """The key of a vkey. Raises FormatError for another key type, or a key id that is not the key's."""
    return CosignerKey(*parse_typed_key(text, COSIGNATURE_V1, "cosigner"))
