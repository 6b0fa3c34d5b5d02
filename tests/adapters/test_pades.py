"""The signed report, as pdfsig, qpdf, pypdf and pyHanko's validator see it."""

import asyncio
import hashlib
import socket
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pikepdf.pdfa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from custody.adapters.pades import FIELD, PadesSigner
from custody.adapters.pdf.kinds import about, contents
from custody.adapters.pdf.setting import typeset
from custody.adapters.pdfa import make_pdfa
from custody.domain.report import Report
from custody.errors import FormatError, SigningError
from custody.formats.publickey import KeySignatures, PublicKey
from custody.formats.signature import sign_p256, spki_bytes
from custody.formats.timestamp import timestamp_request
from custody.ports import Attachment
from tests.adapters.sample_models import hostile, one
from tests.servers.authority import Authority

Program = Callable[[str], Path]

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


@pytest.fixture(scope="module")
def signer() -> OwnSigner:
    return OwnSigner()


def draw(model: Report) -> bytes:
    return typeset(contents(model), about(model))


def archive(pdf: bytes) -> bytes:
    attached = {"record.json": Attachment(RECORD, "application/json", "The record")}
    return make_pdfa(pdf, attached, now=NOW)


@pytest.fixture(scope="module")
def drawn() -> bytes:
    return archive(draw(one()))


@pytest.fixture(scope="module")
def signed(drawn: bytes, signer: OwnSigner) -> bytes:
    return sign(drawn, signer)


def sign(pdf: bytes, signer: OwnSigner, stamp: Stamp | None = None) -> bytes:
    return PadesSigner().sign(pdf, signer=signer, name=NAME, reason=REASON, now=NOW, stamp=stamp)


def validate(pdf: bytes, *trusted: bytes) -> Any:
    """What pyHanko's validator says, with these certificates as the only trusted ones and no network."""
    from asn1crypto.x509 import Certificate
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    roots = [Certificate.load(one) for one in trusted]
    context = ValidationContext(trust_roots=roots, allow_fetching=False, moment=NOW)
    return asyncio.run(async_validate_pdf_signature(PdfFileReader(BytesIO(pdf)).embedded_signatures[0], context))


def pdfsig(program: Program, path: Path, pdf: bytes) -> str:
    path.write_bytes(pdf)
    run = subprocess.run([program("pdfsig"), "-nocert", path], capture_output=True, text=True, check=False)
    return run.stdout


def test_pdfsig_calls_the_signature_valid_over_the_whole_document(
    program: Program, tmp_path: Path, signed: bytes
) -> None:
    said = pdfsig(program, tmp_path / "report.pdf", signed)
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "Signature Type: ETSI.CAdES.detached" in said
    assert f"Signature Field Name: {FIELD}" in said


def test_pyhanko_finds_it_intact_valid_and_trusted(signed: bytes, signer: OwnSigner) -> None:
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    status = validate(signed, signer.public.certificate)
    assert (status.intact, status.valid, status.trusted, status.coverage, status.md_algorithm) == (
        True,
        True,
        True,
        SignatureCoverageLevel.ENTIRE_FILE,
        "sha256",
    )


def test_another_key_of_the_same_name_is_not_trusted(signed: bytes) -> None:
    assert not validate(signed, OwnSigner().public.certificate).trusted


def test_the_signature_is_pades_baseline_b_b(signed: bytes) -> None:
    # ETSI EN 319 142-1 table 1: the certificate is bound by a signed attribute, the time stands in the dictionary.
    from pyhanko.pdf_utils.reader import PdfFileReader

    signature = PdfFileReader(BytesIO(signed)).embedded_signatures[0]
    attributes = {attribute["type"].native for attribute in signature.signer_info["signed_attrs"]}
    assert attributes == {"content_type", "message_digest", "signing_certificate_v2"}
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature.self_reported_timestamp == NOW
    assert (signature.sig_object["/Name"], signature.sig_object["/Reason"]) == (NAME, "Integrity report")


def test_any_flipped_byte_of_the_signed_range_is_found(program: Program, tmp_path: Path, signed: bytes) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader

    _, first, second, last = PdfFileReader(BytesIO(signed)).embedded_signatures[0].byte_range
    contents = signed.index(b" obj", 1000)  # inside an early page's object
    for place in (9, contents + 60, first // 2, first - 40, second + 40, second + last - 120):
        changed = bytearray(signed)
        changed[place] ^= 1
        assert "Signature is Valid" not in pdfsig(program, tmp_path / "report.pdf", bytes(changed)), place


def test_pyhanko_finds_a_flipped_byte_as_well(signed: bytes, signer: OwnSigner) -> None:
    changed = bytearray(signed)
    changed[signed.index(b"stream", 2000) + 40] ^= 1
    assert not validate(bytes(changed), signer.public.certificate).intact


def test_the_signed_report_begins_with_the_drawn_one(drawn: bytes, signed: bytes) -> None:
    assert signed[: len(drawn)] == drawn


def test_signing_leaves_what_the_document_says_of_itself(drawn: bytes, signed: bytes) -> None:
    before, after = (pikepdf.open(BytesIO(one)) for one in (drawn, signed))
    assert dict(after.docinfo) == dict(before.docinfo)
    assert after.Root.Metadata.read_bytes() == before.Root.Metadata.read_bytes()
    assert after.attachments["record.json"].get_file().read_bytes() == RECORD


@pytest.mark.parametrize("make", [one, hostile])
def test_qpdf_finds_nothing_wrong_after_signing(
    program: Program, tmp_path: Path, signer: OwnSigner, make: Callable[[], Any]
) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(sign(archive(draw(make())), signer))
    run = subprocess.run([program("qpdf"), "--check", path], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


def test_openssl_verifies_the_signature_too(program: Program, tmp_path: Path, signed: bytes, signer: OwnSigner) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader

    signature = PdfFileReader(BytesIO(signed)).embedded_signatures[0]
    start, first, second, last = signature.byte_range
    (tmp_path / "range").write_bytes(signed[start:first] + signed[second : second + last])
    (tmp_path / "cms").write_bytes(signature.pkcs7_content)
    (tmp_path / "pem").write_bytes(x509.load_der_x509_certificate(signer.public.certificate).public_bytes(Encoding.PEM))
    files = ["-in", "cms", "-content", "range", "-certfile", "pem", "-out", "verified"]
    run = subprocess.run(
        [program("openssl"), "cms", "-verify", "-binary", "-inform", "DER", "-noverify", *files],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert hashlib.sha256((tmp_path / "verified").read_bytes()).digest() == signature.compute_digest()


def test_signing_opens_no_connection(drawn: bytes, signer: OwnSigner, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert sign(drawn, signer)


@pytest.mark.parametrize("pdf", [b"", b"not a PDF", b"%PDF-1.4\n", b"%PDF-1.4\nstartxref\n99\n%%EOF\n"])
def test_what_is_no_pdf_is_refused(signer: OwnSigner, pdf: bytes) -> None:
    with pytest.raises(FormatError, match="no readable PDF"):
        sign(pdf, signer)


def test_a_pdf_cut_short_is_refused(drawn: bytes, signer: OwnSigner) -> None:
    with pytest.raises(FormatError):
        sign(drawn[: len(drawn) // 2], signer)


def test_a_certificate_that_cannot_be_read_is_a_signing_error(drawn: bytes, signer: OwnSigner) -> None:
    from dataclasses import replace

    broken = OwnSigner()
    broken.public = replace(broken.public, certificate=b"no certificate")
    with pytest.raises(SigningError, match=f"key {broken.public.key_id[:8]}"):
        sign(drawn, broken)


def test_a_key_that_refuses_to_sign_is_heard(drawn: bytes) -> None:
    class Unplugged(OwnSigner):
        def sign(self, message: bytes) -> bytes:
            raise SigningError("the token was removed")

    with pytest.raises(SigningError, match="the token was removed"):
        sign(drawn, Unplugged())


def test_a_report_that_is_signed_already_can_be_signed_by_no_second_signature_of_that_name(
    signed: bytes, signer: OwnSigner
) -> None:
    with pytest.raises(SigningError):
        sign(signed, signer)


# --- a stamp of an authority, and what keeps a signature for long ----------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    with Authority() as one:
        yield one


def stamp_of(authority: Authority) -> Stamp:
    return lambda digest: authority.reply(timestamp_request(digest, 7))


@pytest.fixture(scope="module")
def stamped(drawn: bytes, signer: OwnSigner, authority: Authority) -> bytes:
    return sign(drawn, signer, stamp_of(authority))


@pytest.fixture(scope="module")
def kept(authority: Authority, signer: OwnSigner) -> dict[str, list[bytes]]:
    """What a long-term signature keeps."""
    certificates = [signer.public.certificate, authority.signer, *authority.between, authority.root]
    return {"certificates": certificates, "revocation_lists": [authority.revoke(None)]}


@pytest.fixture(scope="module")
def prolonged(stamped: bytes, authority: Authority, kept: dict[str, list[bytes]]) -> bytes:
    return PadesSigner().prolong(stamped, stamp=stamp_of(authority), **kept)


def validate_long(pdf: bytes, roots: list[bytes], moment: datetime | None = None) -> Any:
    """What pyHanko's validator says of a long-term signature (ETSI EN 319 102-1 section 5.6.3), with no network."""
    from asn1crypto.x509 import Certificate
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import ades, policy_decl
    from pyhanko_certvalidator.context import CertValidationPolicySpec
    from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
    from pyhanko_certvalidator.registry import SimpleTrustManager

    trusted = SimpleTrustManager.build([Certificate.load(root) for root in roots])
    spec = policy_decl.SignatureValidationSpec(
        CertValidationPolicySpec(trusted, CertRevTrustPolicy(REQUIRE_REVINFO)),
        revinfo_gathering_policy=policy_decl.RevocationInfoGatheringSpec(
            policy_decl.RevinfoOnlineFetchingRule.LOCAL_ONLY
        ),
    )
    signature = PdfFileReader(BytesIO(pdf)).embedded_signatures[0]
    timing = None if moment is None else ades.ValidationTimingInfo(moment, moment, True)
    return asyncio.run(ades.ades_lta_validation(signature, policy_decl.PdfSignatureValidationSpec(spec), timing))


def test_with_a_stamp_pyhanko_finds_the_time_of_the_authority_and_trusts_both(
    stamped: bytes, signer: OwnSigner, authority: Authority
) -> None:
    status = validate(stamped, signer.public.certificate, authority.root)
    assert (status.valid, status.trusted, status.timestamp_validity.valid, status.timestamp_validity.trusted) == (
        True,
        True,
        True,
        True,
    )


def test_a_prolonged_signature_passes_for_long(prolonged: bytes, signer: OwnSigner, authority: Authority) -> None:
    result = validate_long(prolonged, [signer.public.certificate, authority.root])
    assert result.ades_subindic.status.name == "PASSED"
