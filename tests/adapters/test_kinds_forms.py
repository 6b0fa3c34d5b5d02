"""Forms, receipts, schedules and declarations: what is said, what is left blank, and whose words they are."""

import hashlib
import itertools
import re
import subprocess
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from msgspec.structs import replace

from custody.adapters.pdf import blocks as b
from custody.adapters.pdf.atoms import atoms_of
from custody.adapters.pdf.kinds import DRAFT, about, contents
from custody.adapters.pdf.kinds.declarations import literal
from custody.adapters.pdf.kinds.declarations.uk import exhibit
from custody.adapters.pdf.looks import LOOKS
from custody.adapters.pdf.setting import typeset
from custody.domain.report.model import Event, Fact, HandOver, Jurisdiction, Kind, Report, ScheduleLine
from custody.domain.wording import group_hex, size_in_words, time_in_words
from custody.errors import UsageError
from tests.adapters.sample_models import (
    JANA,
    KIWI,
    ROBIN,
    SAMPLES,
    event,
    hand_overs,
    item,
    many,
    model,
    moment,
    realistic,
    sha256,
)

FORMS: tuple[Kind, ...] = ("custody-form", "receipt", "schedule")
JURISDICTIONS: tuple[Jurisdiction, ...] = ("us-902-13", "us-902-14", "uk-s9", "in-63-4")
EVERY = (*FORMS, *JURISDICTIONS)
NEVER = ("tamper", "admissib", "certif", "guarantee", "prove", "proof")
TITLES = ("Certificate: form of the Schedule",)  # what the Schedule itself calls it
LEGAL = "reference/legal.md"

# What the statutes' words are, so that changing one by accident is seen where the reference is not at hand.
SUMS = {
    "US_INSIDE": "4949520ee32cf9171bfd07e93e4349af4c39c947381449a750c8cc22dc28b9fb",
    "US_OUTSIDE": "33d1e1a1f5335cc7e6abbf33e1ae42e7728f4c1710940d17344d51f64acd62d8",
    "UK_DECLARATION": "335ff916bb36cf8459b240ab6e7bad01b62aa898957e94737fbae1f7fb7c0490",
    "INDIA_PERSON": "256b0eda82f28281888358ea579e87fd1188197565bfc878f0e25f69ea499887",
    "INDIA_PRODUCED_BY_PARTY": "2d6f376f779cb27eaed5f30f422740dcd18b0855bef5930e84375211b3e9f4b3",
    "INDIA_PRODUCED_BY_EXPERT": "9e29dc77c06005012f0f90b08df11fa5cc9e21093bbfd48af464eb23ccea2bb9",
    "INDIA_DEVICES": "f330cff8321fb64027a8ab786b7c5c15825350726883df121764216be094ac15",
    "INDIA_DEVICE_FACTS": "3396b0aaa5be6287e5f0db857c9c8ef96fd2fdf5a27eebec5a65b7ca823e2d98",
    "INDIA_CONTROL": "90ac9722113794687a5ecd8133c69d62a48e0d8d1e8dc5c1f717dda9ffb5616c",
    "INDIA_RELATIONS": "2769c4a714f7467ed4782f37b0f767d2aa60632cb05e8c98c4ae64a412de9d76",
    "INDIA_HASH": "abdafe05dc659c59003b4b5676b58b4620deceb1f0bf29cc5af911cb3282626d",
    "INDIA_ALGORITHMS": "a3512c46f2c425997a5f2d23770f2125ce31102597d800ff1d8750e8f6a5ba38",
    "INDIA_ENCLOSED": "11337cc24467a9903906467cec6411282e87da59ac0b8aec2b989108b3126dcc",
    "INDIA_EXPERT_SIGNS": "515136a0a21c0c3672cd2f2323f82961e3c3078a81bba27e24fd86b5f38d542c",
}


def of(kind: str, report: Report) -> Report:
    """The same case as a document of another kind; for a form, of its first item."""
    if kind in FORMS:
        items = report.items[6:7] or report.items[:1] if kind == "custody-form" else report.items
        return replace(report, kind=kind, items=items)
    return replace(report, kind="declaration", jurisdiction=kind)


def flat(stream: Iterator[b.Block]) -> Iterator[b.Block]:
    """Blocks one by one."""
    for block in stream:
        if isinstance(block, b.Together | b.Quoted):
            yield from flat(iter(block.blocks))
        else:
            yield block


def words(text: b.Words) -> str:
    """Text without tones."""
    if isinstance(text, str):
        return text
    return text.text if isinstance(text, b.Span) else "".join(map(words, text))


def drawn(report: Report) -> bytes:
    """The document as a PDF."""
    return typeset(contents(report), about(report))


@cache
def sample(name: str, kind: str) -> bytes:
    """A sample as a document of this kind."""
    return drawn(of(kind, SAMPLES[name]()))


def text_of(pdf: bytes) -> str:
    """What pdftotext reads, after NFKC, white space made single."""
    run = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(unicodedata.normalize("NFKC", run.stdout.decode()).split())


def dense(text: str) -> str:
    """Text without white space, so that it does not matter where lines are broken."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


@pytest.fixture(scope="module")
def read(program: Callable[[str], Path]) -> Callable[[str, str], str]:
    """The text of a sample as a document of a kind."""
    program("pdftotext")
    return cache(lambda name, kind: text_of(sample(name, kind)))


def values(kind: str, report: Report) -> Iterator[str]:
    """What a document of this kind has to say of the model."""
    yield from (report.reference, time_in_words(report.generated_at), report.generated_local, report.made_for)
    yield from (report.name, report.supersedes, report.version_made)
    for ledger in report.ledgers:
        yield from (ledger.label, str(ledger.size), ledger.root, ledger.words)
    for attached in report.attached:
        yield from (attached.name, attached.what)
    if kind in JURISDICTIONS or kind == "custody-form":
        for one in report.items:
            yield exhibit(one.number) if kind == "uk-s9" else one.number
            yield from (group_hex(one.digest or ""), size_in_words(one.size or 0), time_in_words(one.recorded_at))[
                : 3 if kind in ("uk-s9", "custody-form") else 2
            ]
            yield (one.description or "").rstrip(".")
    if kind in JURISDICTIONS:
        yield from (JANA.key_id, JANA.words, JANA.name, JANA.organisation, JANA.role)
        yield from (report.scope.withheld[0], report.scope.reason)
    if kind.startswith("us"):
        for tool in report.tools:
            yield from (tool.name, tool.version)
        for _, answer in report.judgement.questions.each():
            yield from (answer.sentence, answer.limit)
    if kind == "schedule":
        for line in report.schedule:
            yield from (line.reference, line.kind, line.description or "", time_in_words(line.time), line.why)
    if kind == "receipt":
        for act in report.hand_overs:
            yield from (act.act, act.medium, time_in_words(act.released_at), act.to_whom or "", act.purpose or "")
            if act.answered_at:
                yield time_in_words(act.answered_at)
            yield from (act.condition or "", act.reason or "" if act.state == "declined" else "")
            for handed in act.items:
                yield from (handed.number, group_hex(handed.released or ""), group_hex(handed.received or ""))
                yield from (handed.statement, handed.answer, handed.what or "", size_in_words(handed.size or 0))
        yield from (ROBIN.words, group_hex(ROBIN.key_id), ROBIN.identified, JANA.words)
    if kind == "custody-form":
        one = report.items[0]
        yield from (one.holder, one.state, one.media_type or "", one.what, JANA.words, ROBIN.words, ROBIN.name)
        yield from (fact.text for group in one.facts for fact in group.facts if fact.label == "Found at")
        yield from (report.hand_overs[0].medium, report.hand_overs[0].condition or "")
        yield from (fact.text for act in one.events for fact in act.facts)


@pytest.mark.parametrize("kind", EVERY)
def test_every_value_that_belongs_there_is_in_the_text(read: Callable[[str, str], str], kind: str) -> None:
    text = dense(read("realistic", kind))
    left_to_right = (one for one in values(kind, of(kind, realistic())) if not re.search("[\u0590-\u0dff]", one))
    expected = set(map(dense, left_to_right))
    assert {value for value in expected if value not in text} == set()


@pytest.mark.parametrize("name", sorted(SUMS))
def test_the_words_of_statutes_are_these(name: str) -> None:
    assert hashlib.sha256(literal.LITERALS[name].encode()).hexdigest() == SUMS[name]


def test_no_words_of_statutes_are_without_a_sum() -> None:
    assert set(literal.LITERALS) == set(SUMS)


@pytest.mark.parametrize("name", sorted(SUMS))
def test_the_words_of_statutes_are_those_of_the_reference(name: str, vectors: Path) -> None:
    reference = vectors.parent / LEGAL
    if not reference.exists():
        return  # the sums above stand for it
    stated = " ".join(reference.read_text("utf-8").replace('"', "").split())
    expected = literal.LITERALS[name]
    if name == "US_OUTSIDE":  # there with "…" for what both have in common
        expected = "… under" + expected.partition(") under")[2]
    if name == "INDIA_PRODUCED_BY_EXPERT":  # there with "…" for what Part A has as well
        expected = expected.partition(" the following")[0] + "…"
    if name == "INDIA_EXPERT_SIGNS":
        assert expected in stated
        return
    assert expected in stated


LITERALS_OF = {
    "us-902-13": ("US_INSIDE", "US_OUTSIDE"),
    "us-902-14": ("US_INSIDE", "US_OUTSIDE"),
    "uk-s9": ("UK_DECLARATION",),
    "in-63-4": tuple(name for name in SUMS if name.startswith("INDIA")),
}


def spelled(name: str) -> list[str]:
    """The pieces of a literal text between its blanks and, in a list, between its boxes."""
    text = literal.LITERALS[name]
    if name in {"INDIA_DEVICES", "INDIA_ALGORITHMS"}:
        return text.split(", ")
    if name == "INDIA_DEVICE_FACTS":
        return text.split("; ")
    if name == "INDIA_RELATIONS":
        return [*text.removesuffix(" by me").split("/"), "by me"]
    return [text] if name == "UK_DECLARATION" else text.split("__")


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, names in LITERALS_OF.items() for name in names], ids="-".join
)
def test_the_words_of_statutes_are_printed_untouched(read: Callable[[str, str], str], kind: str, name: str) -> None:
    assert re.search(".*?".join(re.escape(dense(piece)) for piece in spelled(name)), dense(read("one", kind)))


@pytest.mark.parametrize("kind", JURISDICTIONS)
def test_literal_words_stand_in_quotations_that_name_their_source(kind: str) -> None:
    source = {"u": literal.US_SOURCE, "i": literal.INDIA_SOURCE}[kind[0]] if kind != "uk-s9" else literal.UK_SOURCE
    found = [block.source for block in quotations(of(kind, realistic()))]
    assert set(found) == {source}


def quotations(report: Report) -> Iterator[b.Quoted]:
    """The quotations of a document."""
    for block in contents(report):
        for one in block.blocks if isinstance(block, b.Together) else (block,):
            if isinstance(one, b.Quoted):
                yield one


@pytest.mark.parametrize("kind", JURISDICTIONS)
@pytest.mark.parametrize("final", [False, True])
def test_a_declaration_is_marked_as_a_draft_unless_it_is_final(kind: str, *, final: bool) -> None:
    report = replace(of(kind, SAMPLES["one"]()), final=final)
    assert (about(report).mark, "Draft for legal review" in said(report)) == (("", False) if final else (DRAFT, True))


@pytest.mark.parametrize("kind", JURISDICTIONS)
def test_the_mark_stands_on_every_page(program: Callable[[str], Path], kind: str) -> None:
    program("pdftotext")
    run = subprocess.run(["pdftotext", "-", "-"], input=sample("realistic", kind), capture_output=True, check=True)
    pages = run.stdout.decode().removesuffix("\f").split("\f")
    assert [page.count(DRAFT) for page in pages] == [1] * len(pages)


@pytest.mark.parametrize("kind", FORMS)
def test_other_documents_are_no_drafts(kind: Kind) -> None:
    assert about(of(kind, realistic())).mark == ""


def said(report: Report) -> str:
    """All words of a document in the order of its blocks, a block a line; lines to write on as a bar."""
    found: list[str] = []
    for block in flat(contents(report)):
        match block:
            case b.Heading():
                found.append(block.text)
            case b.Paragraph() | b.Banner():
                found.append(words(block.words))
            case b.Points():
                found.extend(map(words, block.points))
            case b.Facts():
                found.extend(f"{label}: {words(text)}" for label, text in block.facts)
            case b.Table():
                found.extend(" | ".join(map(words, row)) for row in block.rows)
            case b.Writing():
                found.extend("|".join(f"{label}_" for label in line) for line in block.lines)
    return "\n".join(found)


@pytest.mark.parametrize(
    ("kind", "labels"),
    [
        ("us-902-13", ["Occupation_", "Qualification: training_", "Executed on_|Signature_"]),
        ("us-902-14", ["Occupation_", "Qualification: training_", "Executed on_|Signature_"]),
        ("uk-s9", ["Age if under 18_|Occupation_", "Number of pages (filled last)_", "Signature_|Date_"]),
        ("in-63-4", ["I,_", "name and signature_", "Date (DD/MM/YYYY)_|Time (IST, 24 h)_", "Place_"]),
        ("custody-form", ["Witness (name, ID)_|Signature_", "Condition, marks_", "Authority_|Date, time_"]),
    ],
)
def test_what_only_the_signer_can_know_is_a_line_to_write_on(kind: str, labels: list[str]) -> None:
    lines = said(of(kind, realistic())).splitlines()
    assert [label for label in labels if label not in lines] == []


@pytest.mark.parametrize("kind", EVERY)
def test_lines_to_write_on_have_room_for_a_hand(kind: str) -> None:
    for block in flat(contents(of(kind, realistic()))):
        if isinstance(block, b.Writing):
            assert max(map(len, block.lines)) <= 2
            assert block.height >= 20


def test_part_b_holds_nothing_but_words_of_the_schedule() -> None:
    (_, part) = quotations(of("in-63-4", realistic()))
    printed = [
        text
        for block in part.blocks
        for text in (
            [words(block.words)]
            if isinstance(block, b.Paragraph)
            else block.labels
            if isinstance(block, b.Ticks)
            else itertools.chain(*block.lines)
            if isinstance(block, b.Writing)
            else ["?"]
        )
    ]
    pieces = [piece.strip() for name in SUMS for piece in spelled(name)]
    ours = {"", "Date (DD/MM/YYYY)", "Time (IST, 24 h)", "Place"}  # so called in the Schedule as well
    assert [text for text in printed if text.strip() not in pieces and text not in ours] == []


def test_the_algorithm_is_ticked_in_part_a_alone() -> None:
    parts = quotations(of("in-63-4", realistic()))
    ticked = [[block.ticked for block in part.blocks if isinstance(block, b.Ticks)] for part in parts]
    assert ticked == [[(), (), ("SHA256",)], [(), ()]]


def test_a_ticked_box_is_one_for_a_screen_reader() -> None:
    pdf = sample("one", "in-63-4")
    assert (pdf.count(b"/Checked/on"), b"/S/BlockQuote" in pdf) == (1, True)


@pytest.mark.parametrize(("kind", "name"), list(itertools.product(EVERY, sorted(set(SAMPLES) - {"hostile", "many"}))))
def test_nothing_is_claimed_that_a_record_cannot_show(kind: str, name: str) -> None:
    text = said(of(kind, SAMPLES[name]()))
    for ours in (*TITLES, *map(literal.LITERALS.get, SUMS), "Public Prosecutor's Office", "with the certificate"):
        text = text.replace(ours or "", "")
    assert [word for word in NEVER if word in text.lower()] == []


def test_the_search_for_claims_finds_one() -> None:
    assert any(word in said(model(item(1, description="certified"), kind="schedule")).lower() for word in NEVER)


def test_both_closings_are_alternatives() -> None:
    text = said(of("us-902-13", realistic()))
    assert "strike out the one that does not apply" in text
    assert text.count("Executed on_|Signature_") == 2


@pytest.mark.parametrize(("number", "expected"), [("JD-7", "JD/7"), ("ABCD-10", "ABCD/10"), ("x y", "x y"), ("", "")])
def test_exhibits_have_references_of_their_own(number: str, expected: str) -> None:
    assert exhibit(number) == expected


def test_what_another_person_collected_is_told_as_theirs() -> None:
    text = said(of("uk-s9", realistic()))
    assert "KW/1. At 2026-11-23 03:26:01 UTC Kiwi (a pseudonym), as the record says, obtained a file" in text
    assert "I produce it as exhibit KW/1" not in text


def test_a_pseudonym_is_not_printed_as_the_name_of_a_witness() -> None:
    report = replace(of("uk-s9", realistic()), made_by=KIWI.key_id)
    lines = said(report).splitlines()
    assert "Statement of (name)_" in lines
    assert "Statement of: Kiwi" not in lines


def act(state: str) -> HandOver:
    """The hand-over of this state."""
    return next(one for one in hand_overs() if one.state == state)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("received", "RECEIVED. Both sides signed: R. Díaz confirmed at 2026-11-23 06:02:01 UTC."),
        ("declined", "DECLINED by R. Díaz at 2026-11-23 18:02:01 UTC. The items stayed with whoever offered them."),
        (
            "waiting",
            "WAITING. One side signed only: R. Díaz has not answered. Until then this is an offer, not a receipt.",
        ),
        ("on paper", "ON PAPER. Court registry, Brno signs on paper; no signed receipt is recorded yet."),
    ],
)
def test_a_receipt_says_plainly_how_things_stand(state: str, expected: str) -> None:
    report = model(kind="receipt", people=(JANA, ROBIN), hand_overs=(act(state),))
    assert expected in said(report).splitlines()


def test_another_digest_at_the_receiver_is_said_in_front_and_in_its_line() -> None:
    one = act("received")
    other = replace(one, items=(replace(one.items[0], received=sha256("another")), one.items[1]))
    text = said(model(kind="receipt", people=(JANA, ROBIN), hand_overs=(other,)))
    assert "RECEIVED by R. Díaz, BUT ANOTHER VALUE was computed: JD-7" in text
    found = [line.partition(": ")[2] for line in text.splitlines() if line.startswith("Are they the same?")]
    assert found == ["ANOTHER VALUE", "the same"]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("received", "R. Díaz, Police, district office 4. Signed electronically; key in words: earn bottom jungle"),
        ("declined", "DECLINED by R. Díaz"),
        ("waiting", "NOT SIGNED. Offered to R. Díaz, who has not answered."),
        ("on paper", "Court registry, Brno. Signed on paper: see the receipt"),
    ],
)
def test_a_form_says_how_each_side_signed(state: str, expected: str) -> None:
    one = act(state)
    report = model(item(1), kind="custody-form", people=(JANA, ROBIN))
    report = replace(report, hand_overs=(replace(one, items=(replace(one.items[0], number="JD-1"),)),))
    assert expected in said(report)


def test_a_form_has_empty_rows_with_room_for_a_hand() -> None:
    tables = [one for one in flat(contents(of("custody-form", realistic()))) if isinstance(one, b.Table)]
    rows = [row for row in tables[0].rows if not any(map(words, row[1:]))]
    assert (len(rows), tables[0].ruled, tables[0].height >= 34) == (6, True, True)


def test_a_recorded_disposal_is_filled_in() -> None:
    done: Event = event(
        "disposed", "disposed of it (erased)", 900, 40, facts=(Fact(label="Authority", text="Judge Nováková"),)
    )
    report = model(item(1, events=(done,)), kind="custody-form")
    lines = said(report).splitlines()
    assert "Authority: Judge Nováková" in lines
    assert "What was done: disposed of it (erased)" in lines


def test_several_items_have_a_form_each() -> None:
    blocks = flat(contents(model(item(1), item(2), kind="custody-form")))
    found = [one.text for one in blocks if isinstance(one, b.Heading)]
    assert [text for text in found if text.startswith("Item ")] == ["Item JD-1", "Item JD-2"]


def test_a_withheld_item_without_a_line_of_its_own_is_listed() -> None:
    report = realistic()
    scope = replace(report.scope, withheld=("JD-15", "JD-16"))
    text = said(replace(report, kind="schedule", scope=scope))
    assert "JD-16 | item | under seal, not opened in this report | not told | WITHHELD: concerns another person" in text


def test_a_schedule_counts_what_is_here_and_what_is_withheld() -> None:
    line = ScheduleLine(reference="x", kind="working copy", description="", time=moment(1), here=True, why="")
    report = realistic()
    lines = said(replace(report, kind="schedule", schedule=(*report.schedule, line))).splitlines()
    assert [row for row in lines if re.fullmatch(r"[a-z ]+ \| \d+ \| \d+ \| \d+", row)] == [
        "item | 17 | 1 | 18",
        "failed capture | 1 | 0 | 1",
        "working copy | 1 | 0 | 1",
        "correction | 0 | 0 | 0",
        "earlier disclosure | 0 | 0 | 0",
        "all lines | 19 | 1 | 20",
    ]


def test_the_lines_of_a_schedule_are_a_stream() -> None:
    table = next(one for one in flat(contents(of("schedule", many(500)))) if isinstance(one, b.Table))
    assert not isinstance(table.rows, Sequence)
    assert sum(1 for _ in table.rows) == 500


@pytest.mark.parametrize(("kind", "name"), list(itertools.product(EVERY, ["empty", "realistic", "hostile", "sealed"])))
def test_every_document_is_drawn_alike_twice(kind: str, name: str) -> None:
    assert drawn(of(kind, SAMPLES[name]())) == sample(name, kind)


@pytest.mark.parametrize("kind", EVERY)
def test_hostile_text_is_shown_and_does_nothing(read: Callable[[str, str], str], kind: str) -> None:
    text = read("hostile", kind)
    assert "[U+202E]gpj.exe[U+202C]" in text.replace(" ", "")
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Co"} for character in text)


def test_qpdf_finds_nothing_wrong(program: Callable[[str], Path], tmp_path: Path) -> None:
    wrong = []
    for kind in EVERY:
        path = tmp_path / f"{kind}.pdf"
        path.write_bytes(sample("realistic", kind))
        run = subprocess.run([program("qpdf"), "--check", path], capture_output=True, text=True, check=False)
        wrong += [(kind, run.stderr)] if run.returncode else []
    assert wrong == []


@pytest.mark.parametrize("kind", EVERY)
def test_no_heading_ends_a_document_or_what_stands_together(kind: str) -> None:
    blocks = list(contents(of(kind, realistic())))
    assert not isinstance(blocks[-1], b.Heading)
    for block in blocks:
        if isinstance(block, b.Together):
            assert not isinstance(block.blocks[-1], b.Heading)


def test_a_declaration_without_jurisdiction_is_refused() -> None:
    with pytest.raises(UsageError, match="none is named"):
        contents(model(kind="declaration"))


def test_a_name_does_not_turn_our_words_around_it() -> None:
    spans = [(b.Span("إعلان"), LOOKS["body"]), (b.Span("; 2 MB (2,000 bytes)"), LOOKS["body"])]
    assert {atom.level for atom in atoms_of(spans) if atom.text.isascii()} == {0}
