"""Signs documents in tests with a key in memory, and asks pyHanko's validators what they think of the result."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from custody.adapters.pades import PadesSigner
from custody.adapters.pdfa import make_pdfa
from custody.formats.chains import TROUBLE
from custody.formats.publickey import KeySignatures, PublicKey
from custody.formats.signature import sign_p256, spki_bytes
from custody.formats.timestamp import timestamp_request
from custody.ports import Attachment
from tests.servers.authority import Authority

Stamp = Callable[[bytes], bytes]

NOW = datetime.now(UTC).replace(microsecond=0)  # as the authority's, whose stamps come later
REASON = "Integrity report"
NAME = "Jana Dvořáková"
RECORD = b'{"case":"GEN-2026-014","entries":["' + bytes(range(32, 127)).replace(b'"', b"").replace(b"\\", b"") + b'"]}'


class OwnSigner:
    """A real key with a real self-signed certificate, in memory."""

    def __init__(self) -> None:
        self.key = generate_private_key(SECP256R1())
        self.checkpoint_key = Ed25519PrivateKey.generate()
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
        usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=1))
            .not_valid_after(NOW + timedelta(days=3650))
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .sign(self.key, SHA256())
        )
        self.public = PublicKey(
            certificate=certificate.public_bytes(Encoding.DER),
            key=spki_bytes(self.key.public_key()),
            checkpoint_key=self.checkpoint_key.public_key().public_bytes_raw(),
            cosignature_key=bytes(32),
            name=NAME,
            organisation="Helpline Brno",
            email=None,
            signatures=KeySignatures(key=b"", checkpoint_key=b"", cosignature_key=b""),
        )

    def sign(self, message: bytes) -> bytes:
        return sign_p256(self.key, message)

    def sign_checkpoint(self, message: bytes) -> bytes:
        return self.checkpoint_key.sign(message)

    def sign_cosignature(self, message: bytes) -> bytes:
        raise AssertionError("a document is no checkpoint")


def archive(pdf: bytes) -> bytes:
    attached = {"record.json": Attachment(RECORD, "application/json", "The record")}
    return make_pdfa(pdf, attached, now=NOW)


def sign(pdf: bytes, signer: OwnSigner, stamp: Stamp | None = None) -> bytes:
    return PadesSigner().sign(pdf, signer=signer, name=NAME, reason=REASON, now=NOW, stamp=stamp)


def stamp_of(authority: Authority) -> Stamp:
    return lambda digest: authority.reply(timestamp_request(digest, 7))


def validate(pdf: bytes, *trusted: bytes) -> Any:
    """What pyHanko's validator says, with these certificates as the only trusted ones and no network."""
    from asn1crypto.x509 import Certificate
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    roots = [Certificate.load(one) for one in trusted]
    context = ValidationContext(trust_roots=roots, allow_fetching=False, moment=NOW)
    return asyncio.run(async_validate_pdf_signature(PdfFileReader(BytesIO(pdf)).embedded_signatures[0], context))


def holds(pdf: bytes, *trusted: bytes) -> bool:
    """Whether pyHanko finds a first signature, and takes it for valid."""
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.validation.errors import SignatureValidationError

    try:
        status = validate(pdf, *trusted)
    except (PdfError, SignatureValidationError, *TROUBLE):
        return False
    return bool(status.intact and status.valid and status.trusted)


def validate_long(pdf: bytes, *trusted: bytes) -> Any:
    """What pyHanko's validator says of a long-term signature (ETSI EN 319 102-1 section 5.6.3), with no network."""
    from asn1crypto.x509 import Certificate
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import ades, policy_decl
    from pyhanko_certvalidator.context import CertValidationPolicySpec
    from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
    from pyhanko_certvalidator.registry import SimpleTrustManager

    anchors = SimpleTrustManager.build([Certificate.load(root) for root in trusted])
    spec = policy_decl.SignatureValidationSpec(
        CertValidationPolicySpec(anchors, CertRevTrustPolicy(REQUIRE_REVINFO)),
        revinfo_gathering_policy=policy_decl.RevocationInfoGatheringSpec(
            policy_decl.RevinfoOnlineFetchingRule.LOCAL_ONLY
        ),
    )
    signature = PdfFileReader(BytesIO(pdf)).embedded_signatures[0]
    return asyncio.run(ades.ades_lta_validation(signature, policy_decl.PdfSignatureValidationSpec(spec)))
