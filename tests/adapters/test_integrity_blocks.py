"""The integrity report as blocks: which sections, in which order, and that no value of the model is left out."""

import itertools
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from custody.adapters.pdf import blocks as b
from custody.adapters.pdf.kinds import about, contents
from custody.adapters.pdf.kinds.explained import chain_figure
from custody.adapters.pdf.kinds.ticks import MOST, ticks
from custody.adapters.pdf.kinds.timeline import timeline_figure
from custody.domain.report import checking, front
from custody.domain.report.model import Fact, FactGroup, Report
from custody.domain.wording import size_in_words, time_in_words
from custody.formats.encoding import parse_time
from tests.adapters.sample_models import (
    JANA,
    SAMPLES,
    empty,
    event,
    failed,
    item,
    many,
    model,
    moment,
    realistic,
    sha256,
)

NEVER = ("tamper", "admissib", "certified", "guarantee", "prove", "proof of")


def words(text: b.Words) -> str:
    """Text without tones."""
    if isinstance(text, str):
        return text
    return text.text if isinstance(text, b.Span) else "".join(words(one) for one in text)


def flat(stream: Iterator[b.Block]) -> Iterator[b.Block]:
    """Blocks, those that stay together one by one."""
    for block in stream:
        if isinstance(block, b.Together):
            yield from flat(iter(block.blocks))
        else:
            yield block


def texts(block: b.Block) -> Iterator[str]:
    """Everything that a block says."""
    match block:
        case b.Heading():
            yield block.text
        case b.Paragraph() | b.Banner():
            yield words(block.words)
        case b.Points():
            yield from map(words, block.points)
        case b.Facts():
            for label, text in block.facts:
                yield label
                yield words(text)
        case b.Table():
            yield from (column.title for column in block.columns)
            for row in block.rows:
                yield from map(words, row)
        case b.Commands():
            yield from block.lines
        case b.Figure():
            yield block.alt


def whole(report: Report) -> str:
    """All text of a report, one line each."""
    return "\n".join(text for block in flat(contents(report)) for text in texts(block))


def spans(text: b.Words) -> Iterator[b.Span]:
    """The spans of a text."""
    if isinstance(text, b.Span):
        yield text
    elif isinstance(text, tuple):
        yield from (one for one in text if isinstance(one, b.Span))


def all_links(report: Report) -> set[str]:
    """The anchors that links of a report name."""
    found: set[str] = set()
    for block in flat(contents(report)):
        match block:
            case b.Paragraph():
                every: list[b.Words] = [block.words]
            case b.Points():
                every = list(block.points)
            case b.Facts():
                every = [text for _, text in block.facts]
            case b.Table():
                every = [cell for row in block.rows for cell in row]
            case _:
                every = []
        found |= {span.link for text in every for span in spans(text) if span.link}
    return found


def values(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf of a model with its path, indices left out."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from values(one, f"{path}/{name}")
    elif isinstance(value, list | tuple):
        for one in value:
            yield from values(one, path)
    else:
        yield path, value


def headings(report: Report) -> list[b.Heading]:
    """All headings, in order."""
    return [block for block in flat(contents(report)) if isinstance(block, b.Heading)]


def test_sections_stand_in_the_order_of_reading() -> None:
    titles = [one.text for one in headings(realistic()) if one.level < 2]
    assert titles == [
        "Integrity report",
        "The technical page",
        "What the words mean",
        "Timeline",
        "Items",
        "Each item",
        "Custody: who had what, and when",
        "Stamps from outside",
        "Failed attempts",
        "Withheld",
        "The people",
        "The five answers in full",
        "How to check without this software",
        "Programs and their versions",
        "Glossary",
        "Annex: parts",
        "Annex: SHA256SUMS",
    ]


@pytest.mark.parametrize("name", SAMPLES)
def test_no_heading_skips_a_level(name: str) -> None:
    levels = [one.level for one in headings(SAMPLES[name]())]
    assert levels[0] == 0
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels) if before)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_link_leads_to_a_heading(name: str) -> None:
    report = SAMPLES[name]()
    anchors = [one.anchor for one in headings(report) if one.anchor]
    assert len(anchors) == len(set(anchors))
    assert {link.removeprefix("#") for link in all_links(report)} <= set(anchors)


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "hostile"])
def test_no_word_claims_more_than_is_shown(name: str) -> None:
    said = whole(SAMPLES[name]()).lower()
    assert [word for word in NEVER if word in said] == []


# What is said in other words, or is a switch; everything else stands as it is.
REWORDED = {
    "/type", "/kind", "/jurisdiction", "/final", "/version", "/number", "/judgement/verdict",
    "/items/matches", "/items/delay", "/items/parts/size", "/items/size", "/hand_overs/items/size",
    "/items/picture/jpeg", "/items/picture/width", "/items/picture/height", "/items/picture/blurred",
    "/scope/whole", "/people/pseudonym", "/hand_overs/keeps_copy", "/schedule/here", "/schedule/reference",
    "/stamps/qualified",
    "/items/events/kind", "/attempts/kind", "/schedule/kind", "/ledgers/checkpoint",
    "/items/facts/facts/fixed", "/items/events/facts/fixed", "/attempts/facts/fixed",
}  # fmt: skip
FINDINGS = re.compile(r"/judgement/.*")


@pytest.mark.parametrize("name", ["one", "realistic", "failed", "folder", "sealed", "empty"])
def test_every_value_of_the_model_is_said(name: str) -> None:
    report = SAMPLES[name]()
    said = unicodedata.normalize("NFKC", whole(report))
    missing = []
    for path, value in values(msgspec.to_builtins(report)):
        if value is None or value == "" or path in REWORDED or FINDINGS.fullmatch(path):
            continue
        text = str(value)
        shown = {text}
        if re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", text):
            shown.add(time_in_words(text))
        if not any(unicodedata.normalize("NFKC", one) in said for one in shown):
            missing.append((path, text))
    assert missing == []


@pytest.mark.parametrize("name", ["one", "realistic", "failed"])
def test_every_finding_is_said_in_full(name: str) -> None:
    report = SAMPLES[name]()
    said = whole(report)
    for _, answer in report.judgement.questions.each():
        assert answer.sentence in said
        assert answer.limit in said
        assert all(one.message in said and one.code in said for one in answer.findings)


def test_every_size_is_said_to_the_byte() -> None:
    report = realistic()
    said = whole(report)
    assert all(size_in_words(one.size) in said for one in report.items if one.size is not None)


def test_every_line_of_a_checkpoint_is_said() -> None:
    report = realistic()
    said = whole(report).split("\n")
    assert [line for line in report.ledgers[0].checkpoint.split("\n") if line and line not in said] == []


def test_page_one_names_no_digest() -> None:
    page = []
    for block in flat(contents(realistic())):
        if isinstance(block, b.NewPage):
            break
        page += list(texts(block))
    assert re.search(r"[0-9a-f]{16}", " ".join(page)) is None


def test_each_answer_that_a_computer_found_says_whose_finding_it_is() -> None:
    answers = [text for block in contents(realistic()) if isinstance(block, b.Facts) for text in texts(block)]
    assert sum(text.startswith(front.FOUND_BY) for text in answers) == 4


def test_exceptions_stand_in_full_on_page_one() -> None:
    report = failed()
    page: list[str] = []
    for block in flat(contents(report)):
        if isinstance(block, b.NewPage):
            break
        page += list(texts(block))
    messages = [one.message for one in report.judgement.questions.integrity.findings]
    assert [one for one in messages if one not in page] == []


def test_one_item_that_does_not_match_makes_the_answer_no() -> None:
    assert front.answers(model(item(1), item(2, matches=False, state="changed")))[1].word == "NO"


def test_an_item_that_was_not_compared_leaves_the_answer_open() -> None:
    assert front.answers(model(item(1), item(2, matches=None, state="not read")))[1].word == "OPEN"


def test_an_exception_elsewhere_in_the_record_is_not_hidden_by_the_choice_of_items() -> None:
    whole_case = failed()
    assert front.answers(replace(whole_case, items=whole_case.items[5:]))[1].word == "NO"


def test_the_longest_delay_is_named_with_its_item() -> None:
    assert "Longest delay between capture and hashing: 2 days 2 hours (JD-7)." in whole(realistic())


def test_a_capture_told_after_its_hashing_is_called_wrong() -> None:
    assert "BEFORE the told time of capture" in whole(model(item(1, delay=-90)))


@pytest.mark.parametrize(
    "report",
    [
        model(item(1, captured_at="", recorded_at=moment(1440))),
        model(item(1, minutes=-60 * 24 * 365 * 5), item(2)),
        model(item(1, captured_at="0001-01-01T00:00:00.000000Z"), item(2)),
        model(item(1, captured_at="9999-12-31T23:59:59.999999Z"), item(2)),
        many(500),
        realistic(),
    ],
    ids=["one moment", "years", "year 1", "year 9999", "500 items", "realistic"],
)
def test_everything_of_the_timeline_lies_inside_it(report: Report) -> None:
    figure = timeline_figure(report)
    assert figure is not None
    for shape in figure.shapes:
        assert -0.1 <= shape.at[0] <= figure.width + 0.1
        assert -0.1 <= shape.at[1] <= figure.height + 0.1
        if shape.kind in ("line", "arrow"):
            assert shape.at[2] <= figure.width + 4
            assert shape.at[3] <= figure.height + 0.1


def test_nothing_collected_has_no_timeline() -> None:
    assert timeline_figure(empty()) is None


def test_the_timeline_of_two_thousand_items_has_few_shapes() -> None:
    figure = timeline_figure(many(2_000))
    assert figure is not None
    assert len(figure.shapes) < 400


def test_the_timeline_says_in_words_what_it_draws() -> None:
    figure = timeline_figure(realistic())
    assert figure is not None
    for said in ("Recorded: 17,", "H1 JD-7 and JD-8 from Jana Dvořáková to R. Díaz", "S1 DigiCert", "declined"):
        assert said in figure.alt


@pytest.mark.parametrize("last", ["2026-11-23T03:02:02", "2026-11-24T00:00:00", "2031-01-01T00:00:00"])
def test_marks_of_an_axis_are_few_and_inside(last: str) -> None:
    first, end = parse_time("2026-11-23T03:02:01.123456Z"), parse_time(f"{last}.000000Z")
    found = ticks(first, end)
    assert 1 <= len(found) <= MOST
    assert all(first <= time <= end for time, _ in found)


def test_the_drawing_of_the_chain_shows_values_of_this_case() -> None:
    report = realistic()
    alt = chain_figure(report).alt
    digest = report.items[0].digest or ""
    assert digest[:8] in alt
    assert report.ledgers[0].root[:8] in alt
    assert "DigiCert" in alt


@pytest.mark.parametrize("name", SAMPLES)
def test_a_name_that_a_shell_could_expand_is_never_in_a_command(name: str) -> None:
    items = [one for one in SAMPLES[name]().items if one.digest is not None]
    for system in checking.file_checks(items[:10]):
        assert all("rm -rf" not in command and "$(" not in command for command in system.commands)


def test_the_list_of_values_is_what_sha256sum_reads() -> None:
    lines = checking.sums(realistic()).splitlines()
    assert lines[0] == f"{realistic().items[0].digest}  JD-1.jpg"
    assert all(re.fullmatch(r"[0-9a-f]{64}  [A-Za-z0-9._-]+", line) for line in lines)


def test_an_item_of_many_parts_has_its_parts_in_the_annex() -> None:
    said = whole(realistic())
    assert "JD-4/12" in said
    assert "chat/2026-11/12.html" in said


@pytest.fixture(scope="module")
def very_many() -> Report:
    report = many(501)
    odd = replace(
        report.items[400], matches=False, state="changed", delay=None, sensitivity="sensitive", facts=(), parts_listed=7
    )
    return replace(report, items=(*report.items[:400], odd, *report.items[401:]))


def test_the_sections_of_very_many_items_say_all_the_same(very_many: Report) -> None:
    said = whole(very_many)
    assert "no codes to scan" in said
    for one in very_many.items[::100]:
        for value in (one.digest, one.events[0].statement, one.holder, one.description, one.name, one.sensitivity):
            assert str(value) in said
        assert all(fact.text in said for group in one.facts for fact in group.facts)


def test_of_very_many_items_one_says_what_it_has_instead_of_what_most_have(very_many: Report) -> None:
    facts = {one.anchor: one.facts for one in contents(very_many) if isinstance(one, b.Facts) and one.anchor}
    usual, odd = (" ".join(words(text) for _, text in facts[f"item-JD-{number}"]) for number in (400, 401))
    assert "Sensitivity" not in usual
    assert "Read again" not in usual
    assert "Sensitivity: sensitive" in odd
    assert "Read again: changed" in odd
    assert "Capture to hash: not told" in odd or "Capture to hash" not in whole(very_many)
    assert "How: not told" in odd
    assert "7 parts, listed in the annex" in odd


def test_links_of_very_many_items_lead_somewhere(very_many: Report) -> None:
    anchors = [one.anchor for one in flat(contents(very_many)) if isinstance(one, b.Heading | b.Facts) and one.anchor]
    assert len(anchors) == len(set(anchors))
    assert {link.removeprefix("#") for link in all_links(very_many)} <= set(anchors)


def test_a_record_says_what_it_corrects() -> None:
    corrected = event("corrected", "corrected JD-1", 5, 9, corrects="c" * 64)
    assert f"corrects the record {'c' * 64}" in whole(model(item(1, events=(corrected,))))


def test_the_foot_names_case_report_and_version() -> None:
    assert about(realistic()).foot == "Case GEN-2026-014  ·  integrity report 0002 version 2"


def test_a_person_that_the_model_lacks_is_called_by_the_key() -> None:
    assert f"key {JANA.key_id[:16]}…" in whole(model(item(1), people=()))


def rows_of(stream: Iterator[b.Block], heading: str) -> list[str]:
    """The words of each row of the table under this heading."""
    found = iter(list(flat(stream)))
    assert any(isinstance(block, b.Heading) and block.text == heading for block in found), heading
    table = next(block for block in found if isinstance(block, b.Table))
    return [" | ".join(map(words, row)) for row in table.rows]


UNSURE = Fact(label="Clock check", text="this computer could not confirm its clock")


def test_what_every_record_of_an_item_says_of_the_clock_is_said_once_below_its_history() -> None:
    events = tuple(event(kind, f"{kind} it", at, at, facts=(UNSURE,)) for at, kind in enumerate(("collected", "noted")))
    report = model(replace(item(1), events=events, facts=()))
    assert [row for row in rows_of(contents(report), "History of JD-1") if UNSURE.text in row] == []
    assert whole(report).count(UNSURE.text) == 1


def test_where_the_clocks_of_records_differ_each_says_its_own() -> None:
    events = (event("collected", "collected it", 1, 1, facts=(UNSURE,)), event("noted", "noted it", 2, 2))
    report = model(replace(item(1), events=events, facts=()))
    assert [UNSURE.text in row for row in rows_of(contents(report), "History of JD-1")] == [True, False]


def test_the_item_s_own_digest_is_not_repeated_in_its_history_and_another_one_is() -> None:
    one, other = item(1), sha256("another")
    facts = tuple(Fact(label="SHA-256", text=text, fixed=True) for text in (str(one.digest), other))
    report = model(replace(one, events=(event("received", "received it", 1, 1, facts=facts),)))
    (row,) = rows_of(contents(report), "History of JD-1")
    assert (str(one.digest) in row, other in row) == (False, True)


def test_a_long_note_stands_below_the_history_in_full() -> None:
    note = "A long note. " * 100
    noted = event("noted", "wrote a note", 1, 7, facts=(Fact(label="Text", text=note),))
    report = model(replace(item(1), events=(noted,)))
    assert note not in "".join(rows_of(contents(report), "History of JD-1"))
    assert f"Text, in record 7 of ledger JD: {note}" in whole(report)


def test_a_corrected_field_is_told_beside_the_value_that_it_corrects() -> None:
    said = FactGroup(title="Record", facts=(Fact(label="Corrected since", text="description"),))
    section = next(
        {label: words(text) for label, text in block.facts}
        for block in flat(contents(model(replace(item(1), facts=(said,)))))
        if isinstance(block, b.Facts) and block.facts[0][0] == "Description"
    )
    assert section["Corrected since"] == "description: the history has the new value"


def test_local_time_is_told_only_where_it_is_another() -> None:
    utc = model(generated_at=moment(0), generated_local="2026-11-23 03:02:01, Etc/UTC (UTC+00:00)")
    assert "Etc/UTC" not in whole(utc)
    assert "(2026-11-23 04:02:01, Europe/Prague)" in whole(
        replace(utc, generated_local="2026-11-23 04:02:01, Europe/Prague")
    )
