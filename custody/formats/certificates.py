"""X.509 certificates as files: reads them within limits and says whom they name. Trusts none and validates no chain."""

import binascii
import re
import warnings
from typing import TYPE_CHECKING

from custody.errors import FormatError
from custody.formats.encoding import format_base64

if TYPE_CHECKING:
    from cryptography import x509

MAX_ROOTS = 16  # in one file; a chain of three or four is usual
MAX_ROOTS_FILE = 256 * 1024  # bytes
MAX_NAME = 200  # characters of a certificate's subject that are shown

# RFC 7468 section 3; text before and between is allowed, as `openssl` writes it.
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----\s([A-Za-z0-9+/=\s]+?)-----END \1-----")
_CERTIFICATE_LABELS = (b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE")


def to_pem(certificate: bytes) -> bytes:
    """A DER certificate in PEM (RFC 7468 section 5)."""
    text = format_base64(certificate)
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""]).encode()


def load_roots(data: bytes) -> tuple[bytes, ...]:
    """The DER certificates of a PEM or DER file, each once, in its order: 1 to 16 of them.

    Raises FormatError for anything else; for a private key says so, because the file should not be passed around.
    """
    if len(data) > MAX_ROOTS_FILE:
        raise FormatError(f"a file of certificates of {len(data)} bytes; at most {MAX_ROOTS_FILE} are read")
    if b"PRIVATE KEY-----" in data:
        raise FormatError(
            "this file holds a private key, and no authority gives theirs away",
            "take the file with the authority's root certificate; keep this one to yourself",
        )
    found = _pem_certificates(data) if b"-----BEGIN " in data else [data]
    roots = tuple(dict.fromkeys(found))
    if not 1 <= len(roots) <= MAX_ROOTS:
        raise FormatError(f"a file with {len(roots)} certificates; there must be 1 to {MAX_ROOTS}")
    for root in roots:
        read_certificate(root)
    return roots


def _pem_certificates(data: bytes) -> list[bytes]:
    blocks = _PEM.findall(data)
    if len(blocks) != data.count(b"-----BEGIN "):
        raise FormatError("a PEM file with a block that is cut short or damaged")
    if any(label not in _CERTIFICATE_LABELS for label, _ in blocks):
        raise FormatError("a PEM file with something else than certificates in it")
    try:
        return [binascii.a2b_base64(b"".join(body.split()), strict_mode=True) for _, body in blocks]
    except binascii.Error as error:
        raise FormatError("a PEM file with a block that is damaged") from error


def unreadable() -> tuple[type[Exception], ...]:
    """What cryptography raises over certificates and lists that are not what they claim to be."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    return (
        TypeError,
        UnsupportedAlgorithm,
        ValueError,
        x509.DuplicateExtension,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    )


def read_certificate(data: bytes) -> "x509.Certificate":
    """A DER certificate, unverified. Raises FormatError."""
    from cryptography import x509

    try:
        with warnings.catch_warnings():
            # Roots with the serial number 0 are in use; that RFC 5280 forbids it is no news for who runs a command.
            warnings.simplefilter("ignore")
            return x509.load_der_x509_certificate(data)
    except unreadable() as error:
        raise FormatError("not a certificate (X.509)", "give a file in PEM or DER with the root certificate") from error


def subject(certificate: bytes) -> str:
    """Whom a DER certificate names, in one printable line (RFC 4514). Raises FormatError."""
    try:
        return printable(read_certificate(certificate).subject.rfc4514_string(), MAX_NAME)
    except unreadable() as error:
        raise FormatError("a certificate whose subject cannot be read") from error


def common_name(certificate: bytes) -> str:
    """The name in a DER certificate (X.520 commonName), "" if it has none or several. Raises FormatError."""
    from cryptography.x509.oid import NameOID

    try:
        found = read_certificate(certificate).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except unreadable() as error:
        raise FormatError("a certificate whose subject cannot be read") from error
    return str(found[0].value) if len(found) == 1 else ""


def printable(text: str, limit: int) -> str:
    """Foreign text in one line of at most `limit` characters; what does not show is a question mark."""
    shown = "".join(character if character.isprintable() else "?" for character in text[: limit + 1])
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"
