"""How an item is to be handled: on what basis it is kept, and by when that is to be reviewed."""

import pytest
from pypdf import PdfReader

from tests.cli.smallcase import HOW, Place
from tests.cli.team import ok, refused

BASIS = "consent of Dana Kern, 3 November"


def due(place: Place) -> list[str]:
    return [one["number"] for one in place.custody("items", "--due", "--json").json["items"]]


@pytest.fixture
def handled(opened: Place) -> Place:
    """Two items: one to be reviewed long ago, the other long from now."""
    ok(opened.custody("collect", opened.file("a.txt"), *HOW, "--basis", BASIS, "--review", "2020-02-29"))
    ok(opened.custody("collect", opened.file("b.txt"), *HOW, "--review", "2999-01-01"))
    return opened


def test_basis_is_sealed_and_review_is_in_clear(handled: Place) -> None:
    shown = handled.custody("show", "JD-1", "--json").json
    handling = shown["statement"]["body"]["handling"]
    assert (list(handling["basis"]), handling["review"]) == (["sealed"], "2020-02-29")
    assert shown["opened"]["/handling/basis"] == BASIS
    assert BASIS.encode() not in (handled.case / "ledger.db").read_bytes()
    words = ok(handled.custody("show", "JD-1")).out
    for text in ("Sensitivity", "Kept on the basis of", BASIS, "To be reviewed by", "2020-02-29"):
        assert text in words


def test_what_was_to_be_reviewed_by_now_is_listed(handled: Place) -> None:
    assert due(handled) == ["JD-1"]
    assert "--set review=DATE" in ok(handled.custody("items", "--due")).out


def test_a_corrected_day_of_review_is_the_one_that_counts(handled: Place) -> None:
    ok(handled.custody("correct", "JD-1", "--set", "review=2998-01-01", "--reason", "reviewed today"))
    ok(handled.custody("correct", "JD-2", "--set", "review=2021-01-01", "--reason", "a slip"))
    assert due(handled) == ["JD-2"]
    ok(handled.custody("correct", "JD-2", "--set", "review=2997-01-01", "--reason", "another"))
    assert due(handled) == []
    assert "No item was to be reviewed by now." in ok(handled.custody("items", "--due")).out


def test_what_was_disposed_of_is_not_to_be_reviewed(handled: Place) -> None:
    ok(handled.custody("dispose", "JD-1", "--method", "deleted", "--authority", "the lead"))
    assert due(handled) == []


def test_basis_and_sensitivity_are_corrected(handled: Place) -> None:
    told = ("--set", "basis=court order 7", "--set", "sensitivity=highly-sensitive")
    ok(handled.custody("correct", "JD-1", *told, "--reason", "asked again"))
    shown = ok(handled.custody("show", "JD-1")).out
    assert "court order 7" in shown
    assert BASIS in shown


@pytest.mark.parametrize("change", ["review=tomorrow", "review=2026-02-30", "review=", "sensitivity=secret"])
def test_what_programs_read_is_not_corrected_into_something_else(handled: Place, change: str) -> None:
    refused(handled.custody("correct", "JD-1", "--set", change, "--reason", "a slip"), 2, "is no ")


@pytest.mark.parametrize("told", [("--review", "2026-02-30"), ("--review", "soon"), ("--basis", " ")])
def test_nothing_is_collected_with_a_handling_that_is_none(opened: Place, told: tuple[str, ...]) -> None:
    refused(opened.custody("collect", opened.file("a.txt"), *HOW, *told), 2, told[0])
    assert opened.custody("items", "--json").json["items"] == []


def test_the_basis_is_erased_by_the_name_that_it_was_told_by(handled: Place) -> None:
    ok(handled.custody("erase", "JD-1", "basis", "--reason", "it names a source"))
    assert BASIS not in ok(handled.custody("show", "JD-1")).out


def test_a_report_is_marked_as_its_items_were_corrected(handled: Place) -> None:
    ok(handled.custody("correct", "JD-1", "--set", "sensitivity=highly-sensitive", "--reason", "children"))
    ok(handled.custody("report", "-o", "../report.pdf"))
    text = PdfReader(handled.case.parent / "report.pdf").pages[0].extract_text()
    assert "highly sensitive" in text.lower()
