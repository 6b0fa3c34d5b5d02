"""The file of one key: its public part in clear, its private keys encrypted under a passphrase. Does no I/O.

Canonical JSON of `type`, `public` (the exported file's members), `kdf`, `nonce` and `ciphertext`. The passphrase gives
an AES-256-GCM key through Argon2id (RFC 9106); `type`, `public` and `kdf` are authenticated along with the ciphertext.
"""

import unicodedata
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from custody.errors import FormatError, SigningError, UsageError, WrongPassphrase
from custody.formats import canonical
from custody.formats.encoding import format_base64, parse_base64
from custody.formats.publickey import PublicKey, format_public_key, parse_public_key
from custody.formats.signature import spki_bytes
from custody.ports import Entropy

MAX_KEY_FILE = 16_384  # bytes: a public part of at most 8,192 and about a kilobyte of the rest
MIN_PASSPHRASE = 8  # characters; NIST SP 800-63B section 5.1.1.1, for a secret that a person chooses
SALT_SIZE = 16  # RFC 9106 section 4
NONCE_SIZE = 12  # NIST SP 800-38D section 8.2
TAG_SIZE = 16
KEY_SIZE = 32

# RFC 9106 section 4, the second recommended option: about 0.1 s, and fits small computers.
ITERATIONS = 3
LANES = 4
MEMORY_KIB = 65_536

# A file that somebody else wrote must not take a computer's memory or minutes; later versions may ask for more
# than today's values within these.
MAX_ITERATIONS = 10
MAX_LANES = 16
MAX_MEMORY_KIB = 262_144


@dataclass(frozen=True, slots=True)
class Kdf:
    """How the passphrase becomes a key: Argon2id's salt, passes, lanes and KiB of memory."""

    salt: bytes
    iterations: int
    lanes: int
    memory_kib: int


@dataclass(frozen=True, slots=True)
class KeyFile:
    """One stored key. `public` is *unverified* until `decrypt` opened the file."""

    public: PublicKey
    kdf: Kdf
    nonce: bytes
    ciphertext: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """The three private keys. Has no repr of its fields and is never part of a message."""

    key: EllipticCurvePrivateKey
    checkpoint_key: Ed25519PrivateKey
    cosignature_key: Ed25519PrivateKey


class _Kdf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Literal["argon2id"]
    salt: str
    iterations: Annotated[int, msgspec.Meta(ge=1, le=MAX_ITERATIONS)]
    lanes: Annotated[int, msgspec.Meta(ge=1, le=MAX_LANES)]
    memory_kib: Annotated[int, msgspec.Meta(ge=8 * MAX_LANES, le=MAX_MEMORY_KIB)]  # RFC 9106 section 3.1: 8 a lane


class _Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Literal["custody-private-key/v1"]
    public: dict[str, Any]
    kdf: _Kdf
    nonce: str
    ciphertext: str


class _Private(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: str
    checkpoint_key: str
    cosignature_key: str


def format_key_file(file: KeyFile) -> bytes:
    """The file's canonical bytes."""
    return canonical.encode(
        {
            **_authenticated(file.public, file.kdf),
            "nonce": format_base64(file.nonce),
            "ciphertext": format_base64(file.ciphertext),
        }
    )


def parse_key_file(data: bytes) -> KeyFile:
    """Read a key file without opening it. Raises FormatError for any spelling but `format_key_file`'s."""
    if len(data) > MAX_KEY_FILE:
        raise FormatError(f"a key file of more than {MAX_KEY_FILE} bytes")
    try:
        wire = msgspec.convert(canonical.parse(data), _Wire)
    except msgspec.ValidationError as error:
        raise FormatError("not a private key file of custody") from error
    public = parse_public_key(canonical.encode(wire.public))
    kdf = Kdf(parse_base64(wire.kdf.salt), wire.kdf.iterations, wire.kdf.lanes, wire.kdf.memory_kib)
    file = KeyFile(public, kdf, parse_base64(wire.nonce), parse_base64(wire.ciphertext))
    if len(kdf.salt) != SALT_SIZE or len(file.nonce) != NONCE_SIZE or len(file.ciphertext) <= TAG_SIZE:
        raise FormatError("a private key file with a salt, nonce or ciphertext of a wrong length")
    return file


def check_new_passphrase(passphrase: str) -> None:
    """Raise UsageError unless the passphrase is fit for a new key."""
    length = len(_passphrase_text(passphrase))
    if length < MIN_PASSPHRASE:
        raise UsageError(
            "a key needs a passphrase" if not length else f"a passphrase of {length} characters is too short",
            f"take {MIN_PASSPHRASE} characters or more: five or six words that are not a saying are good",
        )


def encrypt(secrets: Secrets, public: PublicKey, passphrase: str, entropy: Entropy) -> KeyFile:
    """The key file of these keys, with a fresh salt and nonce. Raises SigningError where Argon2id cannot run."""
    kdf = Kdf(entropy(SALT_SIZE), ITERATIONS, LANES, MEMORY_KIB)
    nonce = entropy(NONCE_SIZE)
    plain = canonical.encode(
        {
            "key": format_base64(
                secrets.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())  # GCM encrypts it
            ),
            "checkpoint_key": format_base64(secrets.checkpoint_key.private_bytes_raw()),
            "cosignature_key": format_base64(secrets.cosignature_key.private_bytes_raw()),
        }
    )
    cipher = AESGCM(_derive(kdf, passphrase))
    return KeyFile(public, kdf, nonce, cipher.encrypt(nonce, plain, _associated_data(public, kdf)))


def decrypt(file: KeyFile, passphrase: str) -> Secrets:
    """The private keys. Raises WrongPassphrase when the passphrase does not open exactly this file."""
    try:
        plain = AESGCM(_derive(file.kdf, passphrase)).decrypt(
            file.nonce, file.ciphertext, _associated_data(file.public, file.kdf)
        )
    except InvalidTag as error:
        raise WrongPassphrase(
            f"the passphrase does not open the key of {file.public.name}",
            "type it again, with an eye on Caps Lock and the keyboard's language; if you are sure of it, the key "
            "file was changed or damaged, and only a copy of it from before helps",
        ) from error
    return _parse_secrets(plain, file.public)


def _parse_secrets(plain: bytes, public: PublicKey) -> Secrets:
    """The keys in `plain`, once they are seen to belong to `public`."""
    # Every cause is cut off (`from None`): an error of a parser may quote what it was parsing.
    try:
        private = msgspec.convert(canonical.parse(plain), _Private)
        key = load_der_private_key(parse_base64(private.key), password=None)
        checkpoint_key = Ed25519PrivateKey.from_private_bytes(parse_base64(private.checkpoint_key))
        cosignature_key = Ed25519PrivateKey.from_private_bytes(parse_base64(private.cosignature_key))
    except (FormatError, msgspec.ValidationError, ValueError, UnsupportedAlgorithm):
        raise FormatError(f"the private part of the key of {public.name} cannot be read") from None
    if (
        not isinstance(key, EllipticCurvePrivateKey)
        or spki_bytes(key.public_key()) != public.key
        or checkpoint_key.public_key().public_bytes_raw() != public.checkpoint_key
        or cosignature_key.public_key().public_bytes_raw() != public.cosignature_key
    ):
        raise FormatError(f"the private part of the key of {public.name} belongs to another public part")
    return Secrets(key, checkpoint_key, cosignature_key)


def _authenticated(public: PublicKey, kdf: Kdf) -> dict[str, object]:
    return {
        "type": "custody-private-key/v1",
        "public": canonical.parse(format_public_key(public)),
        "kdf": {
            "name": "argon2id",
            "salt": format_base64(kdf.salt),
            "iterations": kdf.iterations,
            "lanes": kdf.lanes,
            "memory_kib": kdf.memory_kib,
        },
    }


def _associated_data(public: PublicKey, kdf: Kdf) -> bytes:
    """Without it, a file could be given another person's name, or another file's private keys, unnoticed."""
    return canonical.encode(_authenticated(public, kdf))


def _derive(kdf: Kdf, passphrase: str) -> bytes:
    secret = _passphrase_text(passphrase).encode("utf-8")
    try:
        return Argon2id(
            salt=kdf.salt,
            length=KEY_SIZE,
            iterations=kdf.iterations,
            lanes=kdf.lanes,
            memory_cost=kdf.memory_kib,
        ).derive(secret)
    except (MemoryError, UnsupportedAlgorithm) as error:
        raise SigningError(
            f"this computer could not turn the passphrase into a key (Argon2id, {kdf.memory_kib} KiB of memory)",
            "close other programs; if that does not help, install cryptography from its own wheel",
        ) from error


def _passphrase_text(passphrase: str) -> str:
    """NFC: keyboards differ in whether é is one character or an e and an accent, and the person cannot see which.

    Not NFKC: it would make passphrases equal that their owner sees to be different (² and 2).
    """
    text = unicodedata.normalize("NFC", passphrase)
    if any("\ud800" <= character <= "\udfff" for character in text):  # what undecodable bytes become (PEP 383)
        raise UsageError("the passphrase holds bytes that are not text", "save or send it as UTF-8")
    return text
