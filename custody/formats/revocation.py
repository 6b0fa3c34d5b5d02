"""Revocation lists (RFC 5280 section 5) that are kept beside a timestamp: where they lie, and what they say of a chain.

A list can only take trust away, so one that cannot be used is left out. Fetches nothing. Lists that one authority signs
for another (indirect ones) are not used.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from custody.errors import FormatError, TimestampRevoked
from custody.formats.certificates import read_certificate, subject, unreadable

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    _E = TypeVar("_E", bound=x509.ExtensionType)

MAX_CRL = 1024 * 1024  # bytes; about 25,000 entries, and lists of timestamp authorities hold a handful
MAX_REVOCATION_URLS = 4  # the makers of certificates choose these addresses
MAX_POINTS = 16  # of one certificate that are looked at
MAX_URL = 200  # characters


def parse_crl(data: bytes) -> bytes:
    """A revocation list (RFC 5280 section 5) in DER; PEM is turned into it. Unverified. Raises FormatError."""
    if len(data) > MAX_CRL:
        raise FormatError(f"a revocation list of {len(data)} bytes; at most {MAX_CRL} are read")
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        if not data.startswith(b"-----BEGIN"):
            return x509.load_der_x509_crl(data).public_bytes(Encoding.DER)
        return x509.load_pem_x509_crl(data).public_bytes(Encoding.DER)
    except unreadable() as error:
        raise FormatError("not a revocation list (X.509 CRL)") from error


def revocation_urls(certificates: Iterable[bytes]) -> list[str]:
    """Where the revocation lists of these DER certificates lie, by what they say: plain http addresses, at most four.

    Lists are signed, so http does; other schemes are left out, and so is what cannot be read.
    """
    from cryptography import x509

    urls: dict[str, None] = {}
    for certificate in certificates:
        try:
            points = _extension(read_certificate(certificate).extensions, x509.CRLDistributionPoints)
        except FormatError:
            continue
        except unreadable():
            continue
        for point in list(points or ())[:MAX_POINTS]:
            for name in point.full_name or ():
                if isinstance(name, x509.UniformResourceIdentifier) and _is_plain(name.value):
                    urls[name.value] = None
    return list(urls)[:MAX_REVOCATION_URLS]


def _is_plain(url: str) -> bool:
    return url.startswith("http://") and len(url) <= MAX_URL and url.isascii() and url.isprintable() and " " not in url


def check_revocation(chain: Sequence[bytes], lists: Iterable[bytes], moment: datetime) -> None:
    """Raise TimestampRevoked if a list says that a certificate of the chain was revoked at `moment`.

    `chain` is DER, signer first, root last, validated; a list counts when the certificate's issuer signed it. A later
    revocation also counts where the key was stolen, and for the signer where no reason is given: RFC 3161 section 4
    says that all tokens are then invalid. Raises FormatError for a list that cannot be read.
    """
    read = [read_certificate(one) for one in chain]
    usable = [read_crl(one) for one in lists]
    for index, (certificate, issuer) in enumerate(pairwise(read)):
        for crl in usable:
            if _is_by(crl, issuer):
                _check_entry(crl, certificate, moment, is_signer=index == 0)


def is_list_of(data: bytes, chain: Iterable[bytes]) -> bool:
    """Whether one of these DER certificates issued this DER revocation list. Raises FormatError for what is neither."""
    crl = read_crl(data)
    return any(_is_by(crl, read_certificate(one)) for one in chain)


def read_crl(data: bytes) -> "x509.CertificateRevocationList":
    """A DER revocation list, unverified. Raises FormatError."""
    from cryptography import x509

    try:
        return x509.load_der_x509_crl(data)
    except unreadable() as error:
        raise FormatError("not a revocation list (X.509 CRL)") from error


def is_crl(data: bytes) -> bool:
    """Whether this can be read as a DER revocation list."""
    try:
        read_crl(data)
    except FormatError:
        return False
    return True


def _is_by(crl: "x509.CertificateRevocationList", issuer: "x509.Certificate") -> bool:
    """Issued by that certificate, which may do so (RFC 5280 section 6.3.3 f, g), about its own certificates."""
    from cryptography import x509

    try:
        # First the signature: a stranger's list can have a megabyte of names as its issuer, and reading those is slow.
        if not crl.is_signature_valid(issuer.public_key()) or crl.issuer != issuer.subject:  # type: ignore[arg-type]
            return False
        usage = _extension(issuer.extensions, x509.KeyUsage)
        point = _extension(crl.extensions, x509.IssuingDistributionPoint)
    except unreadable():
        return False
    return (usage is None or usage.crl_sign) and (point is None or not point.indirect_crl)


def _check_entry(
    crl: "x509.CertificateRevocationList", certificate: "x509.Certificate", moment: datetime, *, is_signer: bool
) -> None:
    from cryptography import x509

    try:
        entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
    except unreadable() as error:
        raise FormatError("a revocation list that cannot be read to its end") from error
    if entry is None:
        return
    try:
        given = _extension(entry.extensions, x509.CRLReason)
    except unreadable():
        given = None
    reason = None if given is None else given.reason
    if reason is x509.ReasonFlags.remove_from_crl:
        return
    compromised = (x509.ReasonFlags.key_compromise, x509.ReasonFlags.ca_compromise, x509.ReasonFlags.aa_compromise)
    if entry.revocation_date_utc <= moment or reason in compromised or (is_signer and reason is None):
        said = "no reason given" if reason is None else reason.value
        when = f"{entry.revocation_date_utc:%Y-%m-%d %H:%M:%S} UTC"
        raise TimestampRevoked(
            f"the certificate of {subject(certificate.public_bytes(_der()))} was revoked on {when} ({said}); "
            f"the timestamp is of {moment:%Y-%m-%d %H:%M:%S} UTC",
            "rely on another timestamp of the same record, or on one of a later record",
        )


def _extension(extensions: "x509.Extensions", kind: "type[_E]") -> "_E | None":
    from cryptography import x509

    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _der() -> "Encoding":
    from cryptography.hazmat.primitives.serialization import Encoding

    return Encoding.DER
