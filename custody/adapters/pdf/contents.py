"""From the report to rows: what stands where, and the fixed words. Measures no text and judges nothing."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from custody.adapters.pdf.document import HEIGHT, TABLE, WIDTH, Heading, turn
from custody.adapters.pdf.faces import BOLD, MONO, Style, Text, faces
from custody.adapters.pdf.rows import Cell, Row, flow
from custody.domain.questions.parts import grouped
from custody.domain.report import Report, ReportItem
from custody.domain.verdict import Answer, Finding, Question, Verdict

QUIET, ALARM = 0x5A5A5A, 0x8A1C1C  # alarm is dark enough to read as black on a grey printer

BODY = Style()
LABEL = Style(size=8.5, colour=QUIET)
STRONG = Style(BOLD)
NO = Style(BOLD, colour=ALARM)
SMALL = Style(size=8.5, leading=12)
VALUE = Style(MONO, size=9, leading=12.5)
CODE = Style(MONO, size=8.2, leading=11.5)
TITLE = Style(BOLD, size=22, leading=28)
HEADING = Style(BOLD, size=14, leading=19)
SUBHEADING = Style(BOLD, size=11, leading=15.5)
RESULT = Style(size=15, leading=21)

LABELS = 104.0  # width of the column of labels
GAP = 10.0
KEEP = HEIGHT * 0.45  # a block of up to this height is not split; a longer one begins where a third of a page is free

FRONT_EXCEPTIONS = 20  # so that the front page stays readable when a whole store is damaged
TABLE_TEXT = 160  # characters of a cell of the table; a longer text stands whole with its item

BOX = 8.0  # between the frame of the banner and its words

WHAT_X = 66.0
HEADINGS: tuple[Heading, ...] = (
    (0.0, "Number"),
    (WHAT_X, "What, and SHA-256"),
    (282.0, "Size"),
    (356.0, "State when read again"),
)

_DIGEST_MEANING = (
    "The SHA-256 value is 64 hexadecimal digits computed from every byte of a file. The same file gives the same "
    "value on any computer; a file that differs in a single bit gives another one. For an item that is a folder it "
    "is the value of its list of parts."
)
_CHECKPOINT_MEANING = (
    "The checkpoint states how much the ledger held and the hash over all of it, signed by the ledger's owner. Keep "
    "it: a later copy of the ledger has to agree with it. A line that is too long for the page goes on in the next."
)
_ATTACHMENT_MEANING = (
    "It is a JSON file inside this PDF: the signed record that this report was made from, so that a program can check "
    "again what this report says. A PDF reader lists it under attachments. This command saves it in the current folder:"
)
_SIGNATURE_MEANING = (
    "This PDF is signed with the key below. The signature shows whether the document was changed after it was signed. "
    "A PDF reader will call the signer unknown, because the key's certificate comes from its holder and from no "
    "authority: compare the fingerprint with one that you received from the signer in another way."
)


Block = list[Row]


def contents(report: Report) -> list[Any]:
    """All flowables of the report, in order."""
    after = chain(_items(report), _attempts(report), _checks(report), _record(report))
    return [
        *flow(_front(report), KEEP),
        *turn(),
        *flow(_answers(report), KEEP),
        *turn(TABLE),
        *flow(_table(report), KEEP),
        *turn(),
        *flow(after, KEEP),
    ]


def _front(report: Report) -> Iterator[Block]:
    yield [Row(Cell("Integrity report", TITLE, 0, WIDTH), after=6, outline=(0, "Integrity report"))]
    if report.sensitivity != "normal":
        words = report.sensitivity.replace("-", " ").upper()
        text = f"{words}. Pass this on only to people who need it for this case."
        yield [Row(Cell(text, STRONG, BOX, WIDTH - 2 * BOX), before=8, after=10, box=True)]
    by = report.made_by
    origin, size = [*report.checkpoint.split("\n"), ""][:2]
    yield [
        _pair("Case", report.reference),
        _pair("Title", report.title),
        _pair("Made by", f"{by.name}, {by.organisation}" if by.organisation else by.name),
        _pair("Covers", report.scope),
        _pair("Generated", (f"{report.generated_at} (UTC)", f"{report.generated_local} (local)")),
        _pair("Ledger", (origin, f"size {size}; in words: {report.checkpoint_words}")),
    ]
    yield [Row(Cell(report.result, RESULT, 0, WIDTH), before=16, after=12)]
    yield _summary(report)
    yield from _exceptions(report)
    yield _heading("What this does not show")
    for text in report.not_shown:
        yield [Row(Cell("–", BODY, 0, GAP), Cell(text, BODY, GAP, WIDTH - GAP), after=2)]


def _summary(report: Report) -> Block:
    """The five answers, a line each."""
    rows = [
        Row(
            Cell(answer.verdict.word, _tone(answer.verdict), 0, LABELS - GAP),
            Cell(question.text, BODY, LABELS, WIDTH - LABELS),
            rule=True,
        )
        for question, answer in report.judgement.questions.each()
    ]
    text = "Each answer follows with its reasons and its limit under “The five answers”."
    return [*rows, Row(Cell(text, LABEL, LABELS, WIDTH - LABELS), rule=True)]


def _exceptions(report: Report) -> Iterator[Block]:
    """Everything that failed, on the front page."""
    failed = [
        finding
        for _, answer in report.judgement.questions.each()
        for finding in answer.findings
        if finding.verdict is Verdict.FAILED
    ]
    yield _heading("Exceptions")
    if not failed:
        yield [Row(Cell("None. No check failed.", BODY, 0, WIDTH))]
    elif len(failed) > FRONT_EXCEPTIONS:
        text = f"{len(failed)} checks failed. The first {FRONT_EXCEPTIONS} stand here, all under “The five answers”."
        yield [Row(Cell(text, STRONG, 0, WIDTH), after=4)]
    for finding in failed[:FRONT_EXCEPTIONS]:
        yield _finding(finding)


def _answers(report: Report) -> Iterator[Block]:
    yield _section("The five answers")
    text = (
        "YES: what was checked holds. NO: something does not hold. OPEN: what is at hand cannot settle it; the answer "
        "says what would."
    )
    yield [Row(Cell(text, LABEL, 0, WIDTH), after=6)]
    for question, answer in report.judgement.questions.each():
        yield _answer(question, answer)
        for finding in grouped(answer.findings):
            yield _finding(finding)


def _answer(question: Question, answer: Answer) -> Block:
    word = replace(SUBHEADING, colour=_tone(answer.verdict).colour)
    heading = Row(
        Cell(answer.verdict.word, word, 0, LABELS - GAP),
        Cell(question.text, SUBHEADING, LABELS, WIDTH - LABELS),
        before=14,
        after=3,
        rule=True,
        outline=(1, f"{question.text} {answer.verdict.word}"),
    )
    return [heading, _pair("Answer", answer.sentence), _pair("Limit", answer.limit)]


def _finding(finding: Finding) -> Block:
    failed = finding.verdict is Verdict.FAILED
    about = f"{finding.verdict.word}: {finding.about}" if finding.verdict is not Verdict.PASSED else finding.about
    label = replace(LABEL, face=BOLD, colour=ALARM if failed else BODY.colour)
    return [
        Row(
            Cell(about, label, 0, LABELS - GAP),
            Cell((finding.message, f"Code: {finding.code}"), BODY, LABELS, WIDTH - LABELS),
            before=3,
            after=1.5,
        )
    ]


def _table(report: Report) -> Iterator[Block]:
    yield _section("Items")
    yield [Row(Cell(_DIGEST_MEANING, LABEL, 0, WIDTH), after=8)]
    ends = [x for x, _ in HEADINGS[1:]] + [WIDTH + GAP]
    column = replace(LABEL, face=BOLD)
    cells = [Cell(text, column, x, end - x - GAP) for (x, text), end in zip(HEADINGS, ends, strict=True)]
    yield [Row(*cells, after=2, heading=True)]
    if not report.items:
        yield [Row(Cell("No items.", BODY, 0, WIDTH), rule=True)]
    for item in report.items:
        texts = (item.number, item.what, item.size, item.state)
        styles = (STRONG, SMALL, SMALL, NO if item.matches is False else SMALL)
        cells = [
            Cell(_cut(text), style, x, end - x - GAP)
            for text, style, (x, _), end in zip(texts, styles, HEADINGS, ends, strict=True)
        ]
        yield [Row(*cells, rule=True), Row(Cell(item.digest, VALUE, WHAT_X, WIDTH - WHAT_X), after=4)]


def _cut(text: str) -> str:
    """A text of the table; what is left out stands under “Who, when and how”."""
    return text if len(text) <= TABLE_TEXT else text[:TABLE_TEXT] + " … (in full with the item)"


def _items(report: Report) -> Iterator[Block]:
    yield _section("Who, when and how")
    if not report.items:
        yield [Row(Cell("No items.", BODY, 0, WIDTH))]
    for item in report.items:
        yield _item(item)


def _item(item: ReportItem) -> Block:
    title = faces()[BOLD].shown(item.number)
    facts = (("What", item.what), ("Name", item.name), ("Size", item.size), ("State", item.state), *item.facts)
    rows = [_pair(label, text) for label, text in facts if text]
    rows.insert(-len(item.facts) or len(rows), _pair("SHA-256", item.digest, VALUE))
    return [
        Row(Cell(item.number, SUBHEADING, 0, WIDTH), before=12, after=2, rule=True, outline=(1, title)),
        *rows,
    ]


def _attempts(report: Report) -> Iterator[Block]:
    yield _section("Failed attempts")
    if not report.attempts:
        yield [Row(Cell("None. Nothing in the record says that a file could not be collected.", BODY, 0, WIDTH))]
        return
    text = "These files were to be collected and could not be. They are no items of this report."
    yield [Row(Cell(text, BODY, 0, WIDTH), after=4)]
    for attempt in report.attempts:
        yield [_pair(f"Record {attempt.record}", (attempt.outcome, attempt.time))]


def _checks(report: Report) -> Iterator[Block]:
    yield _section("How to check without this software")
    text = "A command that does not fit on a line goes on in the next; type it as one."
    yield [Row(Cell(text, LABEL, 0, WIDTH))]
    for way in report.how_to_check:
        rows = [Row(Cell(way.shows, BODY, 0, WIDTH), before=8, after=3)]
        rows.extend(Row(Cell(command, CODE, GAP, WIDTH - GAP)) for command in way.commands)
        yield rows


def _record(report: Report) -> Iterator[Block]:
    yield _section("Checkpoint and keys")
    lines = tuple(report.checkpoint.removesuffix("\n").split("\n"))
    yield [
        Row(Cell(_CHECKPOINT_MEANING, BODY, 0, WIDTH), after=5),
        Row(Cell(lines, CODE, GAP, WIDTH - GAP), after=6),
        _pair("In words", report.checkpoint_words),
        _pair("Case id", report.case_id, VALUE),
    ]
    for head in report.judgement.ledgers:
        yield [_pair("Ledger read", (head.origin, f"size {head.size}", f"root {head.root}"), VALUE)]
    by = report.made_by
    yield [
        Row(Cell(_SIGNATURE_MEANING, BODY, 0, WIDTH), before=12, after=5),
        _pair("Signer", f"{by.name}, {by.organisation}" if by.organisation else by.name),
        _pair("Fingerprint", by.key_id, VALUE),
        _pair("In words", by.words),
    ]
    yield _section("Attachment")
    yield [
        _pair("Name", report.attachment),
        Row(Cell(_ATTACHMENT_MEANING, BODY, 0, WIDTH), before=3, after=3),
        Row(Cell("pdfdetach -saveall FILE.pdf", CODE, GAP, WIDTH - GAP), after=8),
        Row(Cell(f"Made with custody {report.version}.", LABEL, 0, WIDTH), before=6),
    ]


def _tone(verdict: Verdict) -> Style:
    return NO if verdict is Verdict.FAILED else STRONG


def _section(title: str) -> Block:
    return [Row(Cell(title, HEADING, 0, WIDTH), before=22, after=6, heading=True, outline=(0, title))]


def _heading(title: str) -> Block:
    return [Row(Cell(title, SUBHEADING, 0, WIDTH), before=16, after=4, heading=True)]


def _pair(label: str, text: Text, style: Style = BODY) -> Row:
    return Row(Cell(label, LABEL, 0, LABELS - GAP), Cell(text, style, LABELS, WIDTH - LABELS), after=1.5)
