"""Each of the eight documents of a real case, with each kind of signature, as other people's programs take it."""

import subprocess
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pikepdf
import pikepdf.pdfa
import pytest

from custody import bootstrap
from custody.errors import FormatError
from custody.services.auditing.carried.documents import audit_document
from tests.adapters.signing import holds, validate, validate_long
from tests.builders import ANA, findings
from tests.services import eight
from tests.services.eight import EIGHT, Desk

Program = Callable[[str], Path]
LEVELS = ("B-B", "B-T", "B-LTA")
EVERY = [(name, level) for name in EIGHT for level in LEVELS]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, program: Program) -> Iterator[Desk]:
    program("openssl")
    with eight.stamped_desk(tmp_path_factory.mktemp("eight")) as desk:
        yield desk


@pytest.fixture(scope="module")
def made(desk: Desk) -> dict[tuple[str, str], bytes]:
    """The eight, by name and kind of signature."""
    found: dict[tuple[str, str], bytes] = {}
    for name in EIGHT:
        lasting = desk.make(name, long_term=True)
        found |= {(name, "B-B"): desk.make(name).pdf, (name, "B-T"): lasting.first, (name, "B-LTA"): lasting.pdf}
    return found


def pdfsig(program: Program, path: Path, pdf: bytes) -> str:
    path.write_bytes(pdf)
    run = subprocess.run([program("pdfsig"), "-nocert", path], capture_output=True, text=True, check=False)
    return run.stdout


# --- as they were made ------------------------------------------


@pytest.mark.parametrize(("name", "level"), EVERY)
def test_pdfsig_calls_the_signature_valid(
    made: dict[tuple[str, str], bytes], program: Program, tmp_path: Path, name: str, level: str
) -> None:
    said = pdfsig(program, tmp_path / "report.pdf", made[name, level])
    # It checks no document time stamps, and says of the last signature alone that it is over everything.
    told = (said.count("Signature is Valid"), said.count("  - Total document signed"), "Timestamp1" in said)
    assert told == (1, 1, level == "B-LTA"), said


@pytest.mark.parametrize(("name", "level"), EVERY)
def test_qpdf_finds_nothing_wrong(
    made: dict[tuple[str, str], bytes], program: Program, tmp_path: Path, name: str, level: str
) -> None:
    (tmp_path / "report.pdf").write_bytes(made[name, level])
    run = subprocess.run([program("qpdf"), "--check", tmp_path / "report.pdf"], capture_output=True, check=False)
    assert (run.returncode, run.stderr) == (0, b"")


@pytest.mark.parametrize("name", EIGHT)
def test_the_revision_before_the_signature_is_valid_pdf_a_3b(made: dict[tuple[str, str], bytes], name: str) -> None:
    unsigned = bootstrap.document_reader().read(made[name, "B-LTA"]).unsigned
    assert pikepdf.pdfa.validate_written(BytesIO(unsigned), "3b").summary() == "PDF/A-3b: pass"


@pytest.mark.parametrize(("name", "level"), EVERY)
def test_no_signature_adds_what_pdf_a_forbids(made: dict[tuple[str, str], bytes], name: str, level: str) -> None:
    assert pikepdf.pdfa.validate_written(BytesIO(made[name, level]), "3b").violations == ()


@pytest.mark.parametrize(("name", "level"), [one for one in EVERY if one[1] != "B-LTA"])
def test_pyhanko_finds_the_signature_intact_valid_and_trusted(
    made: dict[tuple[str, str], bytes], desk: Desk, name: str, level: str
) -> None:
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    status = validate(made[name, level], ANA.public.certificate, desk.authority.root)
    stamp = status.timestamp_validity
    told = (status.intact, status.valid, status.trusted, status.coverage, stamp and stamp.valid and stamp.trusted)
    assert told == (True, True, True, SignatureCoverageLevel.ENTIRE_FILE, True if level == "B-T" else None)


@pytest.mark.parametrize("name", EIGHT)
def test_pyhanko_lets_a_long_term_signature_pass_for_long(
    made: dict[tuple[str, str], bytes], desk: Desk, name: str
) -> None:
    result = validate_long(made[name, "B-LTA"], ANA.public.certificate, desk.authority.root)
    assert result.ades_subindic.status.name == "PASSED"


@pytest.mark.parametrize(("name", "level"), [one for one in EVERY if one[1] != "B-T"])
def test_custody_finds_nothing_wrong_and_the_pages_as_the_record_has_them(
    made: dict[tuple[str, str], bytes], desk: Desk, name: str, level: str
) -> None:
    audit = audit_document(
        bootstrap.document_reader().read(made[name, level]),
        bootstrap.report_writer().draw,
        bootstrap.tool_versions(),
        bootstrap.world(desk.folder / "reader"),
        desk.trust,
        own_names={},
    )
    assert [one for one in findings(audit.judgement) if one.verdict == "failed"] == []


# --- changed ------------------------------------------

# Where a PDF says how it is to be read; each once at least in what is signed, the last in what signing adds.
MARKS = (
    b"%PDF-",
    b" 0 obj",
    b"/Type",
    b"/Length",
    b"stream\n",
    b"endstream",
    b"endobj",
    b"xref\n",
    b"0000000000 65535 f",
)
TAIL = (b"trailer", b"/Size", b"/Root", b"/Prev", b"startxref", b"%%EOF", b"/ByteRange", b"/Contents", b"/SubFilter")


def places(pdf: bytes, spread: int) -> list[int]:
    """Places in what the signature is over: evenly spread, at marks of structure, and at both edges of the gap."""
    gap = pdf.index(b"/Contents <") + 10
    end = pdf.index(b">", gap)
    found = {place for place in range(0, len(pdf), len(pdf) // spread) if not gap <= place <= end}
    found |= {pdf.index(mark) + len(mark) // 2 for mark in MARKS}
    found |= {pdf.rindex(mark) + 2 for mark in (*MARKS[1:], *TAIL)}
    numbers = {pdf.rindex(b"/ByteRange [") + 13, pdf.rindex(b"startxref") + 11}
    return sorted(found | numbers | {gap - 1, end + 1, len(pdf) - 1})


def flipped(pdf: bytes, place: int) -> bytes:
    """With the lowest bit of one byte changed; of a hexadecimal digit, of its value."""
    changed = bytearray(pdf)
    changed[place] ^= 1
    return bytes(changed)


def found_by_custody(pdf: bytes) -> bool:
    """Whether `verify` finds that something is wrong with the PDF itself."""
    try:
        return bool(bootstrap.document_reader().read(pdf).troubles)
    except FormatError:
        return True


def test_a_changed_byte_is_found_by_custody_pdfsig_and_pyhanko_wherever_it_is_signed(
    made: dict[tuple[str, str], bytes], desk: Desk, program: Program, tmp_path: Path
) -> None:
    for level in ("B-B", "B-T"):
        pdf = made["schedule", level]
        missed = []
        for place in places(pdf, 12):
            changed = flipped(pdf, place)
            told = {
                "custody": found_by_custody(changed),
                "pdfsig": "Signature is Valid" not in pdfsig(program, tmp_path / "report.pdf", changed),
                "pyhanko": not holds(changed, ANA.public.certificate, desk.authority.root),
            }
            missed += [(level, place, tool) for tool, found in told.items() if not found]
        assert missed == []


def hexadecimal(pdf: bytes) -> tuple[int, int, int]:
    """Where the CMS message begins and ends, and where the padding ends, in hexadecimal digits."""
    begin = pdf.index(b"/Contents <") + 11
    return begin, begin + 2 * (4 + int(pdf[begin + 4 : begin + 8], 16)), pdf.index(b">", begin)


def other_digit(pdf: bytes, place: int) -> bytes:
    """With another hexadecimal digit, in the same case."""
    return pdf[:place] + b"%X" % (int(pdf[place : place + 1], 16) ^ 1) + pdf[place + 1 :]


@pytest.mark.parametrize("level", LEVELS)
def test_a_changed_digit_of_the_padding_is_found_by_custody(made: dict[tuple[str, str], bytes], level: str) -> None:
    pdf = made["receipt", level]
    _, end, close = hexadecimal(pdf)
    places = [*range(end, close, (close - end) // 20), close - 1]
    assert [place for place in places if not found_by_custody(other_digit(pdf, place))] == []


def test_custody_finds_every_changed_digit_of_the_message_that_signs(made: dict[tuple[str, str], bytes]) -> None:
    pdf = made["receipt", "B-B"]
    begin, end, _ = hexadecimal(pdf)
    assert [place for place in range(begin, end, 7) if not found_by_custody(other_digit(pdf, place))] == []


def test_pdfsig_takes_another_name_in_the_certificate_and_custody_and_pyhanko_do_not(
    made: dict[tuple[str, str], bytes], desk: Desk, program: Program, tmp_path: Path
) -> None:
    # The certificate lies in the message, which no digest of the document is over: only the signed attribute that
    # names its digest (ESSCertIDv2, RFC 5035) binds it, and pdfsig does not look at that.
    pdf = made["receipt", "B-B"]
    name = b"Ana Ruiz".hex().upper().encode()
    subject = pdf.index(name, pdf.index(name) + 1)  # after the issuer
    changed = pdf[:subject] + b"Eva Ruiz".hex().upper().encode() + pdf[subject + len(name) :]
    said = pdfsig(program, tmp_path / "report.pdf", changed)
    assert "Signature is Valid" in said
    assert "Signer Certificate Common Name: Eva Ruiz" in said
    assert not holds(changed, ANA.public.certificate, desk.authority.root)
    assert found_by_custody(changed)


def test_pyhanko_takes_another_list_of_digests_in_the_message_and_custody_does_not(
    made: dict[tuple[str, str], bytes], desk: Desk
) -> None:
    # SignedData.digestAlgorithms (RFC 5652 section 5.1) says nothing that the signature is over.
    pdf = made["receipt", "B-B"]
    begin, _, _ = hexadecimal(pdf)
    changed = other_digit(pdf, begin + 2 * 38 + 1)
    assert holds(changed, ANA.public.certificate, desk.authority.root)
    assert found_by_custody(changed)


def told(desk: Desk, pdf: bytes) -> set[str]:
    """The codes of everything that `verify` finds wrong, by a reader who believes the authority."""
    document = bootstrap.document_reader().read(pdf)
    world = bootstrap.world(desk.folder / "reader")
    audit = audit_document(document, lambda *_: document.unsigned, (), world, desk.trust, own_names={})
    return {one.code for one in findings(audit.judgement) if one.verdict == "failed"}


def test_a_stamp_that_was_changed_is_found_by_custody(made: dict[tuple[str, str], bytes], desk: Desk) -> None:
    # pdfsig does not look at it. Of the certificates that a stamp carries, those that its check does not need are
    # under no signature: nobody finds a byte changed in them, and nothing rests on it.
    pdf = made["receipt", "B-T"]
    begin, end, _ = hexadecimal(pdf)
    token = bytes.fromhex(pdf[begin:end].decode())
    imprint = token.index(bytes.fromhex("0420"), token.index(bytes.fromhex("060b2a864886f70d0109100104"))) + 2
    assert told(desk, pdf) == set()
    assert told(desk, other_digit(pdf, begin + 2 * imprint + 1)) == {"timestamp-mismatch"}
    assert told(desk, other_digit(pdf, end - 1)) == {"timestamp-signature-wrong"}


def test_a_stamp_that_was_taken_off_is_found_because_the_pages_say_that_there_is_one(
    made: dict[tuple[str, str], bytes], desk: Desk
) -> None:
    from asn1crypto import cms

    pdf = made["receipt", "B-T"]
    begin, end, close = hexadecimal(pdf)
    message = cms.ContentInfo.load(bytes.fromhex(pdf[begin:end].decode()))
    del message["content"]["signer_infos"][0]["unsigned_attrs"]
    bare = message.dump(force=True).hex().upper().encode()
    assert told(desk, pdf[:begin] + bare.ljust(close - begin, b"0") + pdf[close:]) == {"report-differs"}
