"""The signed report, as pdfsig, qpdf, pypdf and pyHanko's validator see it."""

import asyncio
import hashlib
import socket
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from custody.adapters.pades import FIELD, PadesSigner
from custody.adapters.pdf import PdfReport
from custody.errors import FormatError, SigningError
from custody.formats.publickey import KeySignatures, PublicKey
from custody.formats.signature import sign_p256, spki_bytes
from tests.adapters.sample_report import hostile, report

Program = Callable[[str], Path]

NOW = datetime(2026, 11, 24, 3, 2, 1, tzinfo=UTC)
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


@pytest.fixture(scope="module")
def drawn() -> bytes:
    return PdfReport().draw(report())


@pytest.fixture(scope="module")
def signed(drawn: bytes, signer: OwnSigner) -> bytes:
    return sign(drawn, signer)


def sign(pdf: bytes, signer: OwnSigner, **attachments: bytes) -> bytes:
    files = attachments or {"record.json": RECORD}
    return PadesSigner().sign(pdf, signer=signer, name=NAME, now=NOW, attachments=files)


def validate(pdf: bytes, certificate: bytes) -> Any:
    """What pyHanko's validator says, with this certificate as the only trusted one and no network."""
    from asn1crypto.x509 import Certificate
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    context = ValidationContext(trust_roots=[Certificate.load(certificate)], allow_fetching=False, moment=NOW)
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


def test_the_attachment_comes_out_byte_for_byte(signed: bytes) -> None:
    assert dict(pypdf.PdfReader(BytesIO(signed)).attachments) == {"record.json": [RECORD]}


def test_several_attachments_all_come_out(drawn: bytes, signer: OwnSigner) -> None:
    files = {"a.json": b"{}", "b.json": b"[]" * 50_000, "é.json": b""}
    signed = sign(drawn, signer, **files)
    assert dict(pypdf.PdfReader(BytesIO(signed)).attachments) == {name: [data] for name, data in files.items()}


def test_the_attachment_says_what_it_is(signed: bytes) -> None:
    [file] = list(pypdf.PdfReader(BytesIO(signed)).attachment_list)
    assert (file.subtype, file.associated_file_relationship, file.size) == ("/application/json", "/Data", len(RECORD))
    assert file.description == "The signed record that this report was made from"


def test_the_signed_report_begins_with_the_drawn_one(drawn: bytes, signed: bytes) -> None:
    assert signed[: len(drawn)] == drawn


def test_signing_adds_no_date_of_the_computers_own_clock(drawn: bytes, signed: bytes) -> None:
    before, after = pypdf.PdfReader(BytesIO(drawn)), pypdf.PdfReader(BytesIO(signed))
    assert after.metadata == before.metadata
    assert after.xmp_metadata is None


@pytest.mark.parametrize("make", [report, hostile])
def test_qpdf_finds_nothing_wrong_after_signing(
    program: Program, tmp_path: Path, signer: OwnSigner, make: Callable[[], Any]
) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(sign(PdfReport().draw(make()), signer))
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
