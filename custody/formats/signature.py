"""ECDSA P-256 in the raw form r‖s, and Ed25519: verify, and change between spellings. Makes no primitive of its own.

Raw r‖s (64 bytes, big-endian) is what DSSE's example, WebCrypto and PKCS#11 speak; OpenSSL speaks DER.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

from custody.errors import FormatError, SignatureMismatch

if TYPE_CHECKING:  # cryptography takes 20 ms to import, and `custody --help` verifies nothing
    from cryptography.hazmat.primitives.asymmetric.ec import (
        ECDSA,
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # SEC 2, section 2.4.2
RAW_SIZE = 64


@lru_cache(maxsize=1)
def _verifying() -> "ECDSA":
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    return ECDSA(SHA256())


@lru_cache(maxsize=1)
def _signing() -> "ECDSA":
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    return ECDSA(SHA256(), deterministic_signing=True)  # RFC 6979: no nonce to get wrong


def raw_from_der(der: bytes) -> bytes:
    """r‖s of a DER signature. Raises FormatError for bytes that are not one, or numbers beyond 32 bytes."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    try:
        r, s = decode_dss_signature(der)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    except (ValueError, OverflowError) as error:
        raise FormatError("not a DER signature of P-256") from error


def der_from_raw(raw: bytes) -> bytes:
    """The DER form of r‖s. Raises FormatError unless it is 64 bytes."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    if len(raw) != RAW_SIZE:
        raise FormatError(f"a raw P-256 signature has {RAW_SIZE} bytes, this has {len(raw)}")
    return encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))


def is_low_s(raw: bytes) -> bool:
    """Whether s lies in the lower half, which makes (r, s) the only one of the two valid spellings we accept."""
    return int.from_bytes(raw[32:], "big") <= P256_ORDER // 2


def sign_p256(key: "EllipticCurvePrivateKey", message: bytes) -> bytes:
    """r‖s over `message` with SHA-256, RFC 6979 nonce, s in the lower half."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    r, s = decode_dss_signature(key.sign(message, _signing()))
    return r.to_bytes(32, "big") + min(s, P256_ORDER - s).to_bytes(32, "big")


def verify_p256(key: "EllipticCurvePublicKey", raw: bytes, message: bytes) -> None:
    """Raise SignatureMismatch unless `raw` (r‖s) is the key's signature of `message` with SHA-256.

    High s passes: it is valid ECDSA (Wycheproof has 70 such cases). The envelope refuses it, not the primitive.
    """
    from cryptography.exceptions import InvalidSignature

    if len(raw) != RAW_SIZE:
        raise SignatureMismatch(f"a raw P-256 signature has {RAW_SIZE} bytes, this has {len(raw)}")
    try:
        key.verify(der_from_raw(raw), message, _verifying())
    except InvalidSignature as error:
        raise SignatureMismatch("the signature does not belong to this key and these bytes") from error


def verify_ed25519(key: bytes, signature: bytes, message: bytes) -> None:
    """Raise SignatureMismatch unless `signature` is the 32-byte key's Ed25519 signature of `message` (RFC 8032)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise SignatureMismatch("the signature does not belong to this key and these bytes") from error


def load_p256(spki: bytes) -> "EllipticCurvePublicKey":
    """The P-256 key of a DER SubjectPublicKeyInfo (RFC 5480). Raises FormatError for any other key or spelling."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm) as error:  # the latter for a curve that OpenSSL does not know
        raise FormatError("not a public key in DER, or not one that can be used here") from error
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise FormatError("not a P-256 public key")
    if spki_bytes(key) != spki:  # a compressed point is the same key under another key id
        raise FormatError("a P-256 public key in another spelling than the uncompressed one")
    return key


def spki_bytes(key: "EllipticCurvePublicKey") -> bytes:
    """The DER SubjectPublicKeyInfo whose SHA-256 is the key id."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
