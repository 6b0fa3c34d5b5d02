"""The drawn report, as other people's programs read it."""

import itertools
import re
import subprocess
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pypdf
import pytest

from custody.adapters.pdf import PdfReport
from custody.domain.report import Report
from custody.domain.verdict import Finding
from tests.adapters.sample_report import HOSTILE, WORDS, finding, hostile, item, judgement, report, sha256

Program = Callable[[str], Path]

LEFT, RIGHT, HIGH, LOW = 61.0, 535.0, 60.0, 815.0  # the margins, and the line of the footer; points from the upper left


def draw(drawn: Report) -> bytes:
    return PdfReport().draw(drawn)


@pytest.fixture
def text(program: Program, tmp_path: Path) -> Callable[..., str]:
    """The text of a PDF as pdftotext reads it, white space made single."""
    reader = program("pdftotext")

    def read(pdf: bytes, *options: str) -> str:
        path = tmp_path / "report.pdf"
        path.write_bytes(pdf)
        run = subprocess.run([reader, *options, path, "-"], capture_output=True, check=True)
        return " ".join(run.stdout.decode().split())

    return read


@pytest.mark.parametrize("drawn", [report(), hostile(), report(items=(), attempts=(), checkpoint="", not_shown=())])
def test_qpdf_finds_nothing_wrong(program: Program, tmp_path: Path, drawn: Report) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(draw(drawn))
    run = subprocess.run([program("qpdf"), "--check", path], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("drawn", [report(), hostile()])
def test_every_face_is_an_embedded_subset_of_truetype(program: Program, tmp_path: Path, drawn: Report) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(draw(drawn))
    run = subprocess.run([program("pdffonts"), path], capture_output=True, text=True, check=True)
    kinds = {tuple(re.split(r"\s{2,}|(?<=no|es) ", line.strip())[1:6]) for line in run.stdout.splitlines()[2:]}
    assert {kind[0] for kind in kinds} == {"TrueType"}
    assert {kind[2:5] for kind in kinds} == {("yes", "yes", "yes")}  # embedded, subset, with a way back to Unicode


def test_each_answer_shows_its_word_its_sentence_and_its_limit(text: Callable[..., str]) -> None:
    drawn = report(judgement=judgement(finding(7)))
    shown = text(draw(drawn), "-layout")
    for question, answer in drawn.judgement.questions.each():
        expected = f"{answer.verdict.word} {question.text} Answer {answer.sentence} Limit {answer.limit}"
        assert expected in shown


def test_the_sections_stand_in_their_order(text: Callable[..., str]) -> None:
    shown = text(draw(report()), "-layout")
    titles = [
        "Integrity report",
        "Exceptions",
        "What this does not show",
        "The five answers YES:",
        "Items The SHA-256",
        "Who, when and how JD-1",
        "Failed attempts",
        "How to check without this software",
        "Checkpoint and keys",
        "Attachment Name record.json",
    ]
    places = [shown.find(title) for title in titles]
    assert -1 not in places
    assert places == sorted(places)


def test_each_digest_stands_unbroken_in_the_table_and_with_its_item(text: Callable[..., str]) -> None:
    shown = text(draw(report(how_to_check=())))
    assert [shown.split().count(sha256(str(number))) for number in (1, 2, 3)] == [2, 2, 2]


def test_the_front_page_states_result_and_everything_that_failed(text: Callable[..., str]) -> None:
    drawn = report(judgement=judgement(finding(7), finding(9)))
    front = text(draw(drawn), "-l", "1", "-layout")
    assert drawn.result in front
    for failed in (finding(7), finding(9)):
        assert f"NO: {failed.about} {failed.message}" in front


def test_of_very_many_failures_the_front_page_shows_twenty_and_the_count(text: Callable[..., str]) -> None:
    drawn = draw(report(judgement=judgement(*(finding(number) for number in range(1, 31)))))
    front = text(drawn, "-layout").split("The five answers YES:")[0]
    assert "30 checks failed. The first 20 stand here" in front
    assert front.count("NO: JD-") == 20


def test_with_nothing_failed_the_front_page_says_so(text: Callable[..., str]) -> None:
    assert "Exceptions None. No check failed." in text(draw(report()), "-l", "1")


@pytest.mark.parametrize(
    ("sensitivity", "banner"), [("sensitive", "SENSITIVE."), ("highly-sensitive", "HIGHLY SENSITIVE.")]
)
def test_a_sensitive_report_says_so_first(text: Callable[..., str], sensitivity: str, banner: str) -> None:
    shown = text(draw(report(sensitivity=sensitivity)))
    assert shown.startswith(f"Integrity report {banner} Pass this on only")


def test_a_normal_report_has_no_banner(text: Callable[..., str]) -> None:
    assert "Pass this on" not in text(draw(report()))


def test_every_page_bears_its_number_the_reference_and_the_ledger(text: Callable[..., str]) -> None:
    pdf = draw(report(*(item(number) for number in range(1, 40))))
    count = len(pypdf.PdfReader(BytesIO(pdf)).pages)
    for page in (1, 2, count):
        footer = text(pdf, "-layout", "-f", str(page), "-l", str(page))
        origin = f"custody/{sha256('ledger')[:16]}…"
        assert footer.endswith(f"Page {page} of {count} GEN-2026-014 · {origin} · size 41")


def test_a_command_can_be_copied_with_its_double_space() -> None:
    words = "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(draw(report()))).pages)
    assert f"echo '{sha256('1')}  F' | sha256sum -c" in words


def test_checkpoint_and_fingerprint_are_there_in_full(text: Callable[..., str]) -> None:
    drawn = report()
    shown = text(draw(drawn), "-layout").replace(" ", "")
    for value in (drawn.checkpoint, drawn.made_by.key_id, WORDS, drawn.checkpoint_words, drawn.case_id):
        assert "".join(value.split()) in shown


def test_the_metadata_are_those_of_the_report() -> None:
    reader = pypdf.PdfReader(BytesIO(draw(report())))
    assert reader.metadata is not None
    assert reader.metadata.title == "Integrity report GEN-2026-014"
    assert reader.metadata.author == "Jana Dvořáková"
    assert str(reader.metadata["/CreationDate"]) == "D:20261124030201+00'00'"
    assert str(reader.root_object["/Lang"]) == "en"


def test_the_outline_leads_to_sections_and_items() -> None:
    reader = pypdf.PdfReader(BytesIO(draw(report())))
    flat = [entry for entry in reader.outline if not isinstance(entry, list)]
    nested = itertools.chain.from_iterable(entry for entry in reader.outline if isinstance(entry, list))
    assert [entry.title for entry in flat][:3] == ["Integrity report", "The five answers", "Items"]
    assert [entry.title for entry in nested if not isinstance(entry, list)][-3:] == ["JD-1", "JD-2", "JD-3"]


def test_the_same_report_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from tests.adapters.sample_report import hostile;"
        "from custody.adapters.pdf import PdfReport; Path(sys.argv[1]).write_bytes(PdfReport().draw(hostile()))"
    )
    root = Path(__file__).parents[2]
    for name, seed, epoch in (("a", "1", {}), ("b", "2", {"SOURCE_DATE_EPOCH": "1"})):
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(root), "TZ": f"UTC{seed}", **epoch}
        subprocess.run([sys.executable, "-c", script, tmp_path / name], env=environment, check=True, cwd=tmp_path)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_second_report_from_the_same_process_is_not_changed_by_the_first() -> None:
    first = draw(report())
    draw(hostile())
    assert draw(report()) == first


def test_a_thousand_items_are_drawn_in_time_and_whole(text: Callable[..., str]) -> None:
    start = time.monotonic()
    pdf = draw(report(*(item(number) for number in range(1, 1001))))
    assert time.monotonic() - start < 15
    words = set(text(pdf).split())
    assert {sha256(str(number)) for number in range(1, 1001)} <= words


def test_foreign_markup_and_controls_are_shown_not_obeyed(text: Callable[..., str]) -> None:
    shown = text(draw(report(item(1, name=HOSTILE))))
    for piece in (
        "<b>bold</b> <a href='x'>&amp; & %s %(a)s \\ ) (",
        "[U+202E]gpj.exe[U+202C]",
        "[U+0007][U+0000][U+001B][2J",
    ):
        assert piece in shown


def test_a_character_that_the_face_lacks_is_written_out(text: Callable[..., str]) -> None:
    shown = text(draw(report(item(1, name="Ж Ω ქ 漢 😀"))))
    assert "Name Ж Ω ქ [U+6F22] [U+1F600]" in shown


def test_a_line_feed_in_a_name_is_seen(text: Callable[..., str]) -> None:
    assert "Name one[U+000A] two" in text(draw(report(item(1, name="one\ntwo"))), "-layout")


def test_a_name_without_spaces_is_broken_and_complete(text: Callable[..., str]) -> None:
    name = "".join(f"{number:03}" for number in range(100))
    assert name in text(draw(report(item(1, name=name)))).replace(" ", "")


def test_a_text_cut_in_the_table_is_complete_with_its_item(text: Callable[..., str]) -> None:
    what = " ".join(f"w{number}" for number in range(1000))
    shown = text(draw(report(item(1, what=what))), "-layout")
    assert "(in full with the item)" in shown
    assert {f"w{number}" for number in range(1000)} <= set(shown.split())


def test_nothing_is_drawn_outside_the_margins(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(draw(hostile()))
    run = subprocess.run([program("pdftotext"), "-bbox", path, "-"], capture_output=True, text=True, check=True)
    boxes = [
        tuple(map(float, box)) for box in re.findall(r'xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)"', run.stdout)
    ]
    outside = [b for b in boxes if b[0] < LEFT or b[1] < HIGH or b[2] > RIGHT or b[3] > LOW]
    assert len(boxes) > 1000
    assert outside == []


def test_a_finding_that_changes_no_answer_is_no_exception(text: Callable[..., str]) -> None:
    from custody.domain.verdict import Verdict

    note = Finding(code="object-unrecorded", verdict=Verdict.PASSED, about="ab12", message="An object of no item.")
    assert text(draw(report(judgement=judgement(note))), "-l", "1").count("An object of no item.") == 0


def test_no_word_claims_more_than_was_checked(text: Callable[..., str]) -> None:
    assert not re.search(r"tamper|admissib|guarant|certif(?!icate)|prove|proof", text(draw(report())), re.IGNORECASE)


def test_the_libraries_are_loaded_only_to_draw_or_sign() -> None:
    script = (
        "import sys, custody.adapters.pdf, custody.adapters.pades;"
        "print(sorted({'reportlab', 'pyhanko', 'pymupdf_fonts', 'asn1crypto', 'cryptography'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
