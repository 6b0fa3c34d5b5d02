"""The pages of the integrity report as pdftotext reads them: page one is one page, and every value is there."""

import re
import subprocess
import unicodedata
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from custody.adapters.pdf.kinds import about, contents
from custody.adapters.pdf.setting import typeset
from custody.domain.findings import CODES
from custody.domain.report.model import Report
from custody.domain.verdict import Verdict
from custody.domain.wording import time_in_words
from tests.adapters.sample_models import (
    FOREIGN,
    SAMPLES,
    empty,
    failed,
    finding,
    folder,
    hand_overs,
    item,
    many,
    model,
    one,
    realistic,
    sealed,
)
from tests.adapters.test_integrity_blocks import FINDINGS, NEVER, REWORDED, values


def read(report: Report, folder: Path, *options: str) -> str:
    """The text of the pages."""
    path = folder / "report.pdf"
    path.write_bytes(typeset(contents(report), about(report)))
    told = subprocess.run(["pdftotext", *options, str(path), "-"], capture_output=True, check=True)
    return told.stdout.decode("utf-8")


@pytest.mark.parametrize("report", [empty(), one(), realistic(), many(40), folder(40), failed(), sealed()])
def test_page_one_is_one_page(report: Report, tmp_path: Path) -> None:
    first, second, *_ = read(report, tmp_path, "-l", "2").split("\f")
    assert "that everything was collected." in " ".join(first.split())
    assert second.lstrip().startswith("The technical page")


def test_more_exceptions_than_a_page_holds_are_counted_on_page_one(tmp_path: Path) -> None:
    report = failed(3)
    found = report.judgement.questions.integrity.findings
    every = tuple(
        msgspec.structs.replace(found[0], about=f"JD-{n}", message=f"JD-{n} is damaged.") for n in range(1, 200)
    )
    answers = report.judgement.questions
    questions = replace(answers, integrity=replace(answers.integrity, findings=every))
    text = read(replace(report, judgement=replace(report.judgement, questions=questions)), tmp_path)
    assert "199 exceptions in the whole record" in " ".join(text.split())
    assert "JD-199 is damaged." in text


def bare(text: str) -> str:
    """Text without spaces, in one spelling: where a line ends says nothing."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


@pytest.mark.parametrize("report", [realistic(), folder(40), failed()], ids=["realistic", "folder", "failed"])
def test_every_value_of_the_model_is_in_the_text_of_the_pages(report: Report, tmp_path: Path) -> None:
    said = bare(read(report, tmp_path, "-raw"))
    missing = []
    for path, value in values(msgspec.to_builtins(report)):
        shaped = value in FOREIGN[1:3]  # Arabic and Devanagari are compared by picture
        if value is None or value == "" or path in REWORDED or FINDINGS.fullmatch(path) or shaped:
            continue
        told = str(value)
        if re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", told):
            told = time_in_words(told)
        if bare(told) not in said and bare(str(value)) not in said:
            missing.append((path, told))
    assert missing == []


def test_no_word_on_the_pages_claims_more_than_is_shown(tmp_path: Path) -> None:
    said = read(realistic(), tmp_path).lower()
    assert [word for word in NEVER if word in said] == []


def test_every_page_names_the_case_and_the_report(tmp_path: Path) -> None:
    pages = read(realistic(), tmp_path).split("\f")[:-1]
    assert [n for n, page in enumerate(pages, 1) if f"Page {n} of {len(pages)}" not in page] == []
    assert all("Case GEN-2026-014" in page and "report 0002 version 2" in page for page in pages)


def test_the_same_model_gives_the_same_bytes() -> None:
    assert len({typeset(contents(realistic()), about(realistic())) for _ in range(2)}) == 1


def test_hostile_values_are_shown_and_end(tmp_path: Path) -> None:
    text = read(SAMPLES["hostile"](), tmp_path)
    assert "\u202e" not in text
    assert "[U+202E]" in text
    assert "<b>bold</b>" in text


def test_a_title_too_long_for_page_one_stands_whole_on_the_technical_page(tmp_path: Path) -> None:
    title = "long " * 60 + "end."
    report = replace(model(), title=title)
    first, second, *_ = read(report, tmp_path, "-l", "2").split("\f")
    assert "end." not in first
    assert "end." in second


def test_an_item_stands_on_one_page_with_its_history(tmp_path: Path) -> None:
    pages = read(many(5), tmp_path).split("\f")
    begun = [page.split("History of")[0] for page in pages if "History of JD-" in page]
    assert [f"JD-{number}\n" in begun[number - 1] for number in range(1, 6)] == [True] * 5


def test_the_technical_page_is_one_page_for_two_ledgers(tmp_path: Path) -> None:
    pages = read(realistic(), tmp_path, "-f", "2", "-l", "3").split("\f")
    assert "custody-record.json" in pages[0]


def test_no_code_of_a_finding_is_broken_inside(tmp_path: Path) -> None:
    report = model(item(1))
    found = tuple(finding(one.name, Verdict.INDETERMINATE, "JD-1", "Found.") for one in CODES)
    questions = report.judgement.questions
    questions = replace(questions, custody=replace(questions.custody, findings=found))
    text = read(replace(report, judgement=replace(report.judgement, questions=questions)), tmp_path)
    assert [one.name for one in CODES if one.name not in text] == []


def test_no_state_of_a_hand_over_is_broken_inside(tmp_path: Path) -> None:
    first = hand_overs()[0]
    states = ("received", "declined", "waiting", "on paper")
    text = read(model(item(1), hand_overs=tuple(replace(first, state=one) for one in states)), tmp_path, "-layout")
    table = text.split("Custody: who had what")[1].split("Hand-over H1")[0]
    assert [one for one in states if one not in table] == []


def test_without_items_custody_follows_on_the_page_that_says_so(tmp_path: Path) -> None:
    pages = read(empty(), tmp_path).split("\f")
    (page,) = [page for page in pages if "\nNo items.\n" in page]
    assert "Custody: who had what" in page
    assert "Stamps from outside" in page
