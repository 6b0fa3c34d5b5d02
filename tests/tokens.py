"""Makes RFC 3161 replies, the same bytes in every run: right ones, and ones with a single fault. Asserts nothing.

Shares no code with the package or with openssl: structures by asn1crypto, certificates and signatures by cryptography.
Everything is derived from a seed, and the signatures are deterministic ones (RFC 6979).
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

GEN_TIME = datetime(2026, 11, 24, 3, 2, 1, tzinfo=UTC)  # the moment of tests/builders, without its fraction
FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
POLICY = "1.3.6.1.4.1.99999.1"
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (FIPS 186-4, D.1.2.3)
_ECDSA = {"algorithm": "sha256_ecdsa"}


def derived_key(seed: str) -> ec.EllipticCurvePrivateKey:
    """The P-256 key of this seed."""
    return ec.derive_private_key(
        int.from_bytes(hashlib.sha512(seed.encode()).digest()) % (_ORDER - 1) + 1, ec.SECP256R1()
    )


class Authority:
    """A time-stamping authority: a root, perhaps an intermediate, and a certificate for timestamps.

    `purposes` and `critical` are those of its extended key usage (None: it has none), `first` and `last` when its own
    certificate begins and ends; those above it always hold. `serial` is that of its certificate.
    """

    def __init__(
        self,
        seed: str = "Example TSA",
        *,
        between: bool = False,
        purposes: Sequence[x509.ObjectIdentifier] | None = (ExtendedKeyUsageOID.TIME_STAMPING,),
        critical: bool = True,
        first: datetime = FIRST,
        last: datetime = LAST,
        serial: int = 3,
    ) -> None:
        self.seed = seed
        self._key = derived_key(f"{seed}, timestamps")
        root_key = derived_key(f"{seed}, root")
        root = _certificate(f"{seed} Root", root_key, None, 1, _MAY_ISSUE)
        self._issuer, self._issuer_key = root, root_key
        self._between: tuple[x509.Certificate, ...] = ()
        if between:
            key = derived_key(f"{seed}, between")
            self._issuer = _certificate(f"{seed} Issuing", key, (root, root_key), 2, _MAY_ISSUE)
            self._issuer_key, self._between = key, (self._issuer,)
        usage = () if purposes is None else ((x509.ExtendedKeyUsage(purposes), critical),)
        self._own = _certificate(
            seed, self._key, (self._issuer, self._issuer_key), serial, (*_MAY_SIGN, *usage), first, last
        )
        self.root = _der(root)

    @cached_property
    def certificate(self) -> bytes:
        """DER: the one for timestamps."""
        return _der(self._own)

    @cached_property
    def chain(self) -> tuple[bytes, ...]:
        """DER: what a reply carries, the signer's first; the root is not among them."""
        return (self.certificate, *map(_der, self._between))

    @cached_property
    def look_alike(self) -> bytes:
        """DER: a stranger's certificate of the same names and serial number as the one for timestamps."""
        stranger = derived_key("a stranger")
        return _der(
            _certificate(self.seed, stranger, (self._issuer, stranger), self._own.serial_number, (*_MAY_SIGN, _STAMPS))
        )

    def revokes(self, moment: datetime, reason: x509.ReasonFlags | None = None) -> bytes:
        """DER: a revocation list that says since when the certificate for timestamps is not to be relied on."""
        entry = x509.RevokedCertificateBuilder(self._own.serial_number, moment)
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        made = x509.CertificateRevocationListBuilder(
            issuer_name=self._issuer.subject,
            last_update=moment,
            next_update=moment + timedelta(days=7),
            revoked_certificates=[entry.build()],
        )
        return made.sign(self._issuer_key, hashes.SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)

    def reply(
        self,
        text: bytes,
        *,
        at: datetime = GEN_TIME,
        accuracy: timedelta | None = None,
        nonce: int | None = 7,
        serial: int = 1,
        policy: str = POLICY,
        imprint: str = "sha256",
        certificates: Iterable[bytes] | None = None,
        spoiled: bool = False,
    ) -> bytes:
        """A whole TimeStampResp about `text`, granted.

        `imprint` names the digest of the text (`sha1` is a weak one, and `md2` nobody can compute here). `certificates`
        are DER, carried in this order in place of the chain; `spoiled`: one bit of the signature is another.
        """
        info: dict[str, Any] = {
            "version": "v1",
            "policy": policy,
            "message_imprint": {
                "hash_algorithm": {"algorithm": imprint},
                "hashed_message": _digest(imprint, text),
            },
            "serial_number": serial,
            "gen_time": at,
        }
        if accuracy is not None:
            info["accuracy"] = {"seconds": accuracy.seconds, "millis": accuracy.microseconds // 1000 or None}
        if nonce is not None:
            info["nonce"] = nonce
        content = tsp.TSTInfo(info).dump()
        attributes = self._attributes(content, at)
        signature = self._key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        if spoiled:
            signature = signature[:-1] + bytes([signature[-1] ^ 1])
        own = asn1.Certificate.load(self.certificate)
        token = {
            "version": "v3",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(content)},
            "certificates": _in_order(self.chain if certificates is None else certificates),
            "signer_infos": [
                {
                    "version": "v1",
                    "sid": {"issuer_and_serial_number": {"issuer": own.issuer, "serial_number": own.serial_number}},
                    "digest_algorithm": {"algorithm": "sha256"},
                    "signed_attrs": attributes,
                    "signature_algorithm": _ECDSA,
                    "signature": signature,
                }
            ],
        }
        content_info = {"content_type": "signed_data", "content": cms.SignedData(token)}
        reply: bytes = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": content_info}).dump()
        return reply

    def _attributes(self, content: bytes, at: datetime) -> cms.CMSAttributes:
        """The signed ones: RFC 5652 section 11, and ESSCertIDv2 (RFC 5816)."""
        named = tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(self.certificate).digest()}]})
        values = {
            "content_type": "tst_info",
            "signing_time": cms.Time({"utc_time": at}),
            "message_digest": hashlib.sha256(content).digest(),
            "signing_certificate_v2": named,
        }
        return cms.CMSAttributes([{"type": name, "values": [value]} for name, value in values.items()])


def _digest(name: str, text: bytes) -> bytes:
    try:
        return hashlib.new(name, text, usedforsecurity=False).digest()
    except (ValueError, TypeError):
        return bytes(16)


_SIGNS = dict.fromkeys(
    (
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "encipher_only",
        "decipher_only",
    ),
    False,
)
_Extensions = Sequence[tuple[x509.ExtensionType, bool]]
_MAY_ISSUE: _Extensions = (
    (x509.BasicConstraints(ca=True, path_length=None), True),
    (x509.KeyUsage(digital_signature=False, key_cert_sign=True, crl_sign=True, **_SIGNS), True),
)
_MAY_SIGN: _Extensions = (
    (x509.BasicConstraints(ca=False, path_length=None), True),
    (x509.KeyUsage(digital_signature=True, key_cert_sign=False, crl_sign=False, **_SIGNS), True),
)
_STAMPS = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None,
    serial: int,
    extensions: _Extensions,
    first: datetime = FIRST,
    last: datetime = LAST,
) -> x509.Certificate:
    """A certificate, self-signed where it has no issuer."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    above, signer = (subject, key) if issuer is None else (issuer[0].subject, issuer[1])
    made = x509.CertificateBuilder(above, subject, key.public_key(), serial, first, last)
    for extension, critical in extensions:
        made = made.add_extension(extension, critical=critical)
    return made.sign(signer, hashes.SHA256(), ecdsa_deterministic=True)


def _in_order(certificates: Iterable[bytes]) -> cms.CertificateSet | None:
    """The certificates as they were given: DER would sort the SET, and some authorities do not."""
    encoded = b"".join(certificates)
    return cms.CertificateSet(contents=encoded) if encoded else None


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
