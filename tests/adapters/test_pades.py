"""The signed report, as pdfsig, qpdf, pypdf and pyHanko's validator see it."""

import hashlib
import socket
import subprocess
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pikepdf.pdfa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from custody.adapters.pades import FIELD, PadesSigner
from custody.errors import FormatError, RemoteError, SigningError, TimestampMismatch, TimestampRefused
from tests.adapters.sample_models import hostile, one
from tests.adapters.signing import NAME, NOW, RECORD, OwnSigner, archive, holds, sign, stamp_of, validate, validate_long
from tests.documents import drawn as draw
from tests.servers.authority import Authority

Program = Callable[[str], Path]


@pytest.fixture(scope="module")
def signer() -> OwnSigner:
    return OwnSigner()


@pytest.fixture(scope="module")
def drawn() -> bytes:
    return archive(draw(one()))


@pytest.fixture(scope="module")
def signed(drawn: bytes, signer: OwnSigner) -> bytes:
    return sign(drawn, signer)


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


def signed_places(pdf: bytes, count: int) -> list[int]:
    """So many places in what the first signature of `pdf` covers, evenly spread, both its ends among them."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    _, first, second, last = PdfFileReader(BytesIO(pdf)).embedded_signatures[0].byte_range
    covered = [*range(first), *range(second, second + last)]
    return [covered[(len(covered) - 1) * number // (count - 1)] for number in range(count)] + [first - 1, second]


@pytest.mark.parametrize("name", ["signed", "stamped"])
def test_pdfsig_finds_a_changed_byte_wherever_it_is_signed(
    program: Program, tmp_path: Path, request: pytest.FixtureRequest, name: str
) -> None:
    signed = request.getfixturevalue(name)
    for place in signed_places(signed, 8):
        changed = bytearray(signed)
        changed[place] ^= 1
        assert "Signature is Valid" not in pdfsig(program, tmp_path / "report.pdf", bytes(changed)), place


@pytest.mark.parametrize("name", ["signed", "stamped", "prolonged"])
def test_pyhanko_finds_a_changed_byte_wherever_it_is_signed(
    request: pytest.FixtureRequest, signer: OwnSigner, authority: Authority, name: str
) -> None:
    signed = request.getfixturevalue(name)
    for place in signed_places(signed, 10):
        changed = bytearray(signed)
        changed[place] ^= 1
        assert not holds(bytes(changed), signer.public.certificate, authority.root), place


def test_a_changed_signature_is_found(signed: bytes, signer: OwnSigner, program: Program, tmp_path: Path) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader

    value = PdfFileReader(BytesIO(signed)).embedded_signatures[0].signer_info["signature"].native.hex().encode()
    place = signed.lower().index(value) + len(value) - 1
    changed = signed[:place] + b"%x" % (int(signed[place : place + 1], 16) ^ 1) + signed[place + 1 :]
    assert not holds(changed, signer.public.certificate)
    assert "Signature is Valid" not in pdfsig(program, tmp_path / "report.pdf", changed)


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
    result = validate_long(prolonged, signer.public.certificate, authority.root)
    assert result.ades_subindic.status.name == "PASSED"


def test_a_stamped_signature_is_pades_baseline_b_t(stamped: bytes) -> None:
    # ETSI EN 319 142-1 table 1: as B-B, and the stamp on the signature's value as an unsigned attribute.
    from pyhanko.pdf_utils.reader import PdfFileReader

    signature = PdfFileReader(BytesIO(stamped)).embedded_signatures[0]
    (attribute,) = signature.signer_info["unsigned_attrs"]
    token = attribute["values"][0]["content"]["encap_content_info"]["content"].parsed
    value = signature.signer_info["signature"].native
    assert attribute["type"].native == "signature_time_stamp_token"
    assert token["message_imprint"]["hashed_message"].native == hashlib.sha256(value).digest()


def test_pdfsig_accepts_a_stamped_signature(program: Program, tmp_path: Path, stamped: bytes) -> None:
    said = pdfsig(program, tmp_path / "report.pdf", stamped)
    assert "Signature is Valid" in said
    assert "Total document signed" in said


def test_without_revocation_lists_it_does_not_pass_for_long(
    stamped: bytes, signer: OwnSigner, authority: Authority, kept: dict[str, list[bytes]]
) -> None:
    without = PadesSigner().prolong(
        stamped, stamp=stamp_of(authority), certificates=kept["certificates"], revocation_lists=[]
    )
    assert validate_long(without, signer.public.certificate, authority.root).ades_subindic.status.name != "PASSED"


def test_a_prolonged_signature_can_be_prolonged_again(
    prolonged: bytes, signer: OwnSigner, authority: Authority, kept: dict[str, list[bytes]]
) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader

    again = PadesSigner().prolong(prolonged, stamp=stamp_of(authority), **kept)
    names = [one.field_name for one in PdfFileReader(BytesIO(again)).embedded_signatures]
    assert again.startswith(prolonged)
    assert names == [FIELD, "Timestamp1", "Timestamp2"]
    assert validate_long(again, signer.public.certificate, authority.root).ades_subindic.status.name == "PASSED"


def test_each_step_leaves_the_one_before_as_it_was(drawn: bytes, stamped: bytes, prolonged: bytes) -> None:
    assert stamped.startswith(drawn)
    assert prolonged.startswith(stamped)


def test_pdfsig_finds_signature_and_stamp_in_a_prolonged_report(
    program: Program, tmp_path: Path, prolonged: bytes
) -> None:
    said = pdfsig(program, tmp_path / "report.pdf", prolonged)
    assert said.count("Signature is Valid") == 1  # it checks no document time stamps
    assert "Signature Field Name: Timestamp1" in said
    assert "Not total document signed" in said.split("Signature #2")[0]
    assert "  - Total document signed" in said.split("Signature #2")[1]


@pytest.mark.parametrize("name", ["signed", "stamped", "prolonged"])
def test_what_signing_adds_keeps_the_document_pdfa(name: str, request: pytest.FixtureRequest) -> None:
    # The validator knows no signatures: it must find nothing that breaks the standard, only what it does not check;
    # and with the signatures taken out, nothing at all.
    signed = request.getfixturevalue(name)
    report = pikepdf.pdfa.validate_written(BytesIO(signed), "3b")
    assert report.violations == ()
    unchecked = {finding.message for finding in report.unsupported}
    with pikepdf.open(BytesIO(signed)) as pdf:
        assert (pdf.pdf_version, "/Version" in pdf.Root) == ("1.7", False)
        (page,) = {field.P.objgen for field in pdf.Root.AcroForm.Fields}
        for field in pdf.Root.AcroForm.Fields:  # ISO 19005-3 sections 6.3.2, 6.3.3 and 6.4.1
            assert (str(field.Subtype), int(field.F), field.Rect == [0, 0, 0, 0]) == ("/Widget", 4 | 128, True)
            assert not {"/A", "/AA"} & set(field.keys())
        assert "/NeedAppearances" not in pdf.Root.AcroForm
        del pdf.Root.AcroForm
        pdf.get_object(page).Annots = pikepdf.Array()
        assert set(pdf.Root.Extensions.keys()) == {"/ESIC"}
        for key in {"/DSS", "/Extensions"} & set(pdf.Root.keys()):
            del pdf.Root[key]
        pdf.save(output := BytesIO(), object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert pikepdf.pdfa.validate_written(output, "3b").summary() == "PDF/A-3b: pass"
    assert unchecked <= {
        "interactive forms (/AcroForm) are not supported",
        "unrecognized key(s) /DSS are not checked",
        "embedded files are not supported",
    }


def test_qpdf_finds_nothing_wrong_with_a_prolonged_report(program: Program, tmp_path: Path, prolonged: bytes) -> None:
    (tmp_path / "report.pdf").write_bytes(prolonged)
    run = subprocess.run([program("qpdf"), "--check", tmp_path / "report.pdf"], capture_output=True, check=False)
    assert (run.returncode, run.stderr) == (0, b"")


def test_a_stamp_longer_than_the_room_kept_free_is_asked_for_once_more(
    drawn: bytes, signer: OwnSigner, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []

    def stamp(digest: bytes) -> bytes:
        asked.append(digest)
        return stamp_of(authority)(digest)

    monkeypatch.setattr("custody.adapters.pades.stamps.STAMP_ROOM", 100)
    signed = sign(drawn, signer, stamp)
    assert len(asked) == 2
    assert validate(signed, signer.public.certificate, authority.root).timestamp_validity.valid


def test_an_authority_is_asked_once_otherwise(drawn: bytes, signer: OwnSigner, authority: Authority) -> None:
    asked: list[bytes] = []

    def stamp(digest: bytes) -> bytes:
        asked.append(digest)
        return stamp_of(authority)(digest)

    sign(drawn, signer, stamp)
    assert len(asked) == 1


def test_a_stamp_of_something_else_is_refused(drawn: bytes, signer: OwnSigner, authority: Authority) -> None:
    with pytest.raises(TimestampMismatch):
        sign(drawn, signer, lambda _: stamp_of(authority)(bytes(32)))


def test_an_authority_that_gives_none_is_heard(drawn: bytes, signer: OwnSigner, authority: Authority) -> None:
    def away(digest: bytes) -> bytes:
        raise RemoteError("tsa did not answer")

    with pytest.raises(RemoteError, match="tsa did not answer"):
        sign(drawn, signer, away)
    with pytest.raises(TimestampRefused):
        sign(drawn, signer, lambda _: authority.reply(b"not a request"))


@pytest.mark.parametrize("reply", [b"", b"0", bytes(70_000), b"\x30\x03\x02\x01\x00"])
def test_what_is_no_stamp_is_refused(drawn: bytes, signer: OwnSigner, reply: bytes) -> None:
    with pytest.raises(FormatError):
        sign(drawn, signer, lambda _: reply)


def test_a_report_that_is_not_signed_cannot_be_prolonged(drawn: bytes, kept: dict[str, list[bytes]]) -> None:
    with pytest.raises(FormatError, match="without signature"):
        PadesSigner().prolong(drawn, stamp=lambda _: b"", **kept)


@pytest.mark.parametrize(
    "broken", [{"certificates": [b"no certificate"]}, {"revocation_lists": [b"no list"]}, {"certificates": [b""] * 65}]
)
def test_what_cannot_be_read_is_not_put_into_a_report(
    stamped: bytes, authority: Authority, kept: dict[str, list[bytes]], broken: dict[str, list[bytes]]
) -> None:
    with pytest.raises(FormatError):
        PadesSigner().prolong(stamped, stamp=stamp_of(authority), **{**kept, **broken})


def test_a_prolonged_report_cut_short_cannot_be_prolonged(
    prolonged: bytes, authority: Authority, kept: dict[str, list[bytes]]
) -> None:
    with pytest.raises(FormatError):
        PadesSigner().prolong(prolonged[:-40], stamp=stamp_of(authority), **kept)
