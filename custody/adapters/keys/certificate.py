"""Makes the X.509 certificate of a key: self-signed, so it says only what its holder claims. Checks nothing."""

import warnings
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

YEARS = 10  # a case may reach court years after it was recorded, and a report is still signed then


def make_certificate(
    key: EllipticCurvePrivateKey, *, name: str, organisation: str, email: str | None, now: datetime
) -> bytes:
    """A certificate in DER (RFC 5280, version 3), valid from the second of `now` for YEARS years.

    An empty organisation is left out. It may sign documents and nothing else: no certificates (basicConstraints), no
    servers (RFC 9336 purpose).
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    # No allowance for slow clocks: a certificate that says "valid before it was made" would need explaining.
    start = now.astimezone(UTC).replace(microsecond=0)  # RFC 5280 section 4.1.2.5.1: no fractions of a second
    with warnings.catch_warnings():
        # RFC 5280 appendix A.1 allows a name of 64 characters; the library counts bytes, which leaves a name in
        # Devanagari 21. check_holder has counted characters.
        warnings.simplefilter("ignore", UserWarning)
        common_name = x509.NameAttribute(NameOID.COMMON_NAME, name, _validate=False)
    holder = x509.Name(
        [common_name, *([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)] if organisation else [])]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(holder)
        .issuer_name(holder)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(_years_later(start))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(
            x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")]),  # RFC 9336: id-kp-documentSigning
            critical=False,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if email is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(email)]), critical=False)
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


def _years_later(start: datetime) -> datetime:
    try:
        return start.replace(year=start.year + YEARS)
    except ValueError:  # 29 February, and no such day YEARS later
        return start.replace(year=start.year + YEARS, day=28)
