"""Documents for archives, as pikepdf's validator, qpdf, poppler and pypdf see them."""

import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pikepdf
import pikepdf.pdfa
import pypdf
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from custody.adapters import pdfa
from custody.adapters.pdfa import make_pdfa
from custody.domain.report import Report
from custody.errors import FormatError
from custody.ports import Attachment
from tests.adapters.sample_models import empty, hostile, item, model, one
from tests.documents import drawn as draw

Program = Callable[[str], Path]

NOW = datetime(2026, 11, 24, 3, 2, 1, 123456, tzinfo=UTC)
RECORD = b'{"case":"GEN-2026-014","text":"' + "Dvořáková".encode() + b'"}'
ATTACHED = {
    "report.json": Attachment(RECORD, "application/json", "What this report says"),
    "checkpoint.txt": Attachment(b"note\n", "text/plain", "The signed checkpoint"),
}
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"


@pytest.fixture(scope="module")
def drawn() -> bytes:
    return draw(one())


@pytest.fixture(scope="module")
def made(drawn: bytes) -> bytes:
    return make_pdfa(drawn, ATTACHED, now=NOW)


def page(draw: Callable[[Canvas], object]) -> bytes:
    """A PDF of one page on which `draw` draws, with an embedded face called Face."""
    pdfmetrics.registerFont(TTFont("Face", "Vera.ttf"))
    output = BytesIO()
    canvas = Canvas(output, invariant=1, initialFontName="Face")
    canvas.setFont("Face", 12)
    draw(canvas)
    canvas.showPage()
    canvas.save()
    # ReportLab's empty transitions, which an archive may not hold; what is as long leaves every object in its place.
    return re.sub(rb"/Trans\s*<<\s*>>", lambda found: b" " * len(found.group()), output.getvalue())


def changed(pdf: bytes, change: Callable[[pikepdf.Pdf], object]) -> bytes:
    with pikepdf.open(BytesIO(pdf)) as document:
        change(document)
        document.save(output := BytesIO())
    return output.getvalue()


def properties(pdf: bytes) -> dict[str, str]:
    """What the XMP of a document says, by the local names of its properties."""
    with pikepdf.open(BytesIO(pdf)) as document:
        (description,) = ElementTree.fromstring(document.Root.Metadata.read_bytes()).iter(f"{RDF}Description")
    return {one.tag.partition("}")[2]: "".join(one.itertext()).strip() for one in description}


@pytest.mark.parametrize("what", [one(), empty(), hostile()])
def test_what_the_report_writer_draws_is_approved(what: Report) -> None:
    made = make_pdfa(draw(what), ATTACHED, now=NOW)
    assert pikepdf.pdfa.validate_written(BytesIO(made), "3b").summary() == "PDF/A-3b: pass"


def test_the_same_inputs_give_the_same_bytes(drawn: bytes, made: bytes) -> None:
    assert make_pdfa(drawn, ATTACHED, now=NOW) == made


def test_the_zone_of_the_moment_does_not_matter(drawn: bytes, made: bytes) -> None:
    assert make_pdfa(drawn, ATTACHED, now=NOW.astimezone(timezone(timedelta(hours=-7)))) == made


def test_no_date_is_of_the_computers_clock(drawn: bytes) -> None:
    made = make_pdfa(drawn, ATTACHED, now=NOW.replace(year=2031))
    with pikepdf.open(BytesIO(made)) as document:
        dates = {str(document.docinfo.CreationDate), str(document.docinfo.ModDate)}
        for spec in document.attachments.values():
            dates |= {str(spec.get_file().obj.Params.CreationDate), str(spec.get_file().obj.Params.ModDate)}
    said = properties(made)
    assert {date.rstrip("'") for date in dates} == {"D:20311124030201+00'00"}
    assert {said[name] for name in ("CreateDate", "ModifyDate")} == {"2031-11-24T03:02:01+00:00"}
    assert said["MetadataDate"] == "2031-11-24T03:02:01Z"


def test_the_metadata_say_what_the_info_dictionary_says(made: bytes) -> None:
    info = {key: str(value) for key, value in pypdf.PdfReader(BytesIO(made)).metadata.items()}  # type: ignore[union-attr]
    said = properties(made)
    assert (said["part"], said["conformance"]) == ("3", "B")
    assert [said[name] for name in ("title", "creator", "description", "CreatorTool", "Producer")] == [
        info[name] for name in ("/Title", "/Author", "/Subject", "/Creator", "/Producer")
    ]
    assert info["/Author"] == "Jana Dvořáková"


def test_accessibility_is_not_claimed(made: bytes) -> None:
    with pikepdf.open(BytesIO(made)) as document:
        assert b"pdfuaid" not in document.Root.Metadata.read_bytes()


def test_attachments_come_out_byte_for_byte(made: bytes) -> None:
    assert dict(pypdf.PdfReader(BytesIO(made)).attachments) == {name: [one.data] for name, one in ATTACHED.items()}


def test_attachments_say_what_they_are(made: bytes) -> None:
    found = {
        str(file.name): (file.subtype, file.associated_file_relationship, file.size, file.description)
        for file in pypdf.PdfReader(BytesIO(made)).attachment_list
    }
    assert found == {
        "report.json": ("/application/json", "/Data", len(RECORD), "What this report says"),
        "checkpoint.txt": ("/text/plain", "/Data", 5, "The signed checkpoint"),
    }


def test_every_attachment_belongs_to_the_document(made: bytes) -> None:
    with pikepdf.open(BytesIO(made)) as document:
        assert {str(spec.UF) for spec in document.Root.AF} == set(ATTACHED)


def test_nothing_or_an_empty_file_can_be_attached(drawn: bytes) -> None:
    empty = {"é.json": Attachment(b"", "application/json", "")}
    assert pypdf.PdfReader(BytesIO(make_pdfa(drawn, {}, now=NOW))).attachments == {}
    assert dict(pypdf.PdfReader(BytesIO(make_pdfa(drawn, empty, now=NOW))).attachments) == {"é.json": [b""]}


def test_colours_have_a_profile_and_pages_no_transitions(made: bytes) -> None:
    with pikepdf.open(BytesIO(made)) as document:
        (intent,) = document.Root.OutputIntents
        assert (intent.S, str(intent.OutputConditionIdentifier)) == (pikepdf.Name.GTS_PDFA1, "sRGB")
        assert not any("/Trans" in one.obj for one in document.pages)


def test_it_is_pdf_1_7_with_a_plain_cross_reference_table(made: bytes) -> None:
    assert made.startswith(b"%PDF-1.7\n")
    assert made[int(made.rsplit(b"\n", 3)[-3]) :].startswith(b"xref\n")
    assert b"/ObjStm" not in made


def test_pages_share_their_resources() -> None:
    # Each dictionary is validated once: with one for each page, validation takes half as long again.
    made = make_pdfa(draw(model(*(item(number) for number in range(1, 30)))), {}, now=NOW)
    with pikepdf.open(BytesIO(made)) as document:
        assert len({one.obj.Resources.objgen for one in document.pages}) < len(document.pages) / 2


def test_nothing_is_written_to_the_disk(drawn: bytes, made: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **how: object) -> None:
        raise AssertionError("a temporary file was made")

    monkeypatch.setattr("tempfile._sanitize_params", refuse)
    monkeypatch.setattr("tempfile._get_default_tempdir", refuse)
    assert make_pdfa(drawn, ATTACHED, now=NOW) == made


def test_qpdf_and_poppler_find_nothing_wrong(program: Program, tmp_path: Path, made: bytes) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(made)
    for check in (["qpdf", "--check"], ["pdftotext"], ["pdffonts"]):
        run = subprocess.run([program(check[0]), *check[1:], path], capture_output=True, check=False)
        assert (run.returncode, run.stderr) == (0, b"")


# --- what is refused ------------------------------------------------------------------------------------------------


def test_a_missing_glyph_is_named() -> None:
    lacking = page(lambda canvas: canvas.drawString(50, 700, "漢"))
    with pytest.raises(FormatError, match=r"not written: .*glyph") as caught:
        make_pdfa(lacking, {}, now=NOW)
    assert "typeface" in caught.value.hint


def broken(change: Callable[[pikepdf.Pdf], object]) -> bytes:
    return changed(page(lambda canvas: canvas.drawString(50, 700, "a")), change)


def in_helvetica(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 9)
    canvas.drawString(9, 9, "a")


def in_cyan(canvas: Canvas) -> None:
    canvas.setFillColorCMYK(1, 0, 0, 0)
    canvas.rect(9, 9, 9, 9, fill=1)


def with_script(document: pikepdf.Pdf) -> None:
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    document.Root.OpenAction = document.make_indirect(script)


def with_actions(document: pikepdf.Pdf) -> None:
    document.Root.AA = pikepdf.Dictionary()


@pytest.mark.parametrize(
    ("pdf", "named"),
    [
        (page(in_helvetica), "embedded"),
        (page(in_cyan), "CMYK"),
        (broken(with_script), "/OpenAction"),
        (broken(with_actions), "/AA"),
    ],
    ids=["face", "colour", "script", "actions"],
)
def test_what_an_archive_may_not_hold_is_refused_and_named(pdf: bytes, named: str) -> None:
    with pytest.raises(FormatError, match=rf"no PDF/A-3b and was not written: .*{named}"):
        make_pdfa(pdf, {}, now=NOW)


@pytest.mark.parametrize("pdf", [b"", b"not a PDF", b"%PDF-1.7\n", b"%PDF-1.7\nstartxref\n99\n%%EOF\n"])
def test_what_is_no_pdf_is_refused(pdf: bytes) -> None:
    with pytest.raises(FormatError, match="cannot be read as a PDF"):
        make_pdfa(pdf, {}, now=NOW)


def test_a_pdf_cut_short_is_refused_wherever_it_is_cut() -> None:
    whole = page(lambda canvas: canvas.drawString(50, 700, "a"))
    for end in range(0, len(whole) - 2, 997):
        with pytest.raises(FormatError):
            make_pdfa(whole[:end], {}, now=NOW)


@pytest.mark.parametrize("name", ["", "../a.json", "a\\b", "a\nb", "a\u202eb", "a" * 128, "\ud800"])
def test_a_hostile_file_name_is_refused(drawn: bytes, name: str) -> None:
    with pytest.raises(FormatError, match="cannot be attached under the name"):
        make_pdfa(drawn, {name: Attachment(b"", "text/plain", "")}, now=NOW)


def test_too_many_attachments_are_refused(drawn: bytes) -> None:
    many = {f"{number}.txt": Attachment(b"", "text/plain", "") for number in range(pdfa.MAX_ATTACHMENTS + 1)}
    with pytest.raises(FormatError, match="65 files"):
        make_pdfa(drawn, many, now=NOW)


def test_a_message_names_three_kinds_of_trouble_at_most() -> None:
    def draw(canvas: Canvas) -> None:
        for name in ("Helvetica", "Times-Roman", "Courier", "Helvetica-Bold", "Courier-Bold"):
            canvas.setFont(name, 9)
            canvas.drawString(9, 9, "a")

    with pytest.raises(FormatError) as caught:
        make_pdfa(page(draw), {}, now=NOW)
    assert len(caught.value.message) < 1_000
