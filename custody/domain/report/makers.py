"""Asks of what only the maker's computer knew whether it can be so, beside the record. Pure; cannot say that it is so.

Everything else in a document is built again and compared (`differing`). These are the maker's own words: without a
bound, a maker could print any state, any moment, and as much text as it takes to keep a verifier busy for hours.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from custody.domain import findings as codes
from custody.domain.entry import Entry
from custody.domain.events import Collected
from custody.domain.examination import FileState
from custody.domain.fields import is_item_number
from custody.domain.items import split_number
from custody.domain.report.model import Bound, Report, ReportItem, ScheduleLine, Stamp
from custody.domain.report.schedule import withheld_line
from custody.domain.verdict import Judgement, Verdict, combine
from custody.errors import FormatError
from custody.formats.encoding import format_base64, parse_base64, parse_time

MAX_TEXT: Final = 500  # characters of a text that somebody typed into a command, which takes 200, or a program's name
MAX_SAID: Final = 10_000  # characters of a sentence of the judgement; of a list of items only the first are named
MAX_LISTED: Final = 64  # programs, attachments, kinds of fields that are opened: there are a dozen
MAX_WITHHELD: Final = 100_000  # numbers of items; drawing ten thousand takes seconds
MAX_SIDE: Final = 1024  # pixels of a picture; ours have 240
MAX_JPEG: Final = 2**20  # characters of its base64
ZONES: Final = timedelta(hours=15)  # no zone is further from UTC; one hour for a clock that is just put forward

STATES: Final[Mapping[str, bool | None]] = {
    **dict.fromkeys((state.value for state in FileState), None),
    FileState.MATCHES.value: True,
    FileState.CHANGED.value: False,
    FileState.MISSING.value: False,
    FileState.UNREADABLE.value: False,
}
"""What re-reading can give, and whether that is the recorded digest."""


def impossible(
    report: Report, histories: Mapping[str, Sequence[Entry]], stamps: Sequence[Stamp]
) -> Iterator[tuple[str, str]]:
    """What cannot be so, as the field and a sentence; `stamps` are those of the record, `histories` of its items."""
    yield from _lengths(report)
    if report.version == 1 and report.supersedes:
        yield "supersedes", "The document is the first version, and names another that it takes the place of."
    yield from _kind(report)
    yield from _schedule(report)
    yield from _left_out(report, histories)
    yield from _judged(report.judgement, report)
    yield from _local(report)
    for item in report.items:
        if item.number in histories:
            yield from _item(item, histories[item.number], stamps)


def _lengths(report: Report) -> Iterator[tuple[str, str]]:
    """That nothing the maker typed is longer, or more, than a command takes."""
    answers = [answer for _, answer in report.judgement.questions.each()]
    typed = {
        "made for": [report.made_for],
        "stamped by": [report.stamped_by],
        "supersedes": [report.supersedes],
        "generated local": [report.generated_local],
        "version made": [report.version_made],
        "scope": [*report.scope.opened, report.scope.reason],
        "tools": [text for tool in report.tools for text in (tool.name, tool.version)],
        "attached": [text for one in report.attached for text in (one.name, one.what)],
        "stamps": [stamp.note for stamp in report.stamps],
        "schedule": [text for line in report.schedule if not line.here for text in (line.why, line.kind, line.time)],
        "items": [item.state for item in report.items],
    }
    for field, texts in typed.items():
        if any(len(text) > MAX_TEXT for text in texts):
            yield field, f"The document has a text of more than {MAX_TEXT} characters there."
    said = [text for answer in answers for text in (answer.sentence, answer.limit)]
    said += [text for answer in answers for one in answer.findings for text in (one.code, one.about, one.message)]
    if any(len(text) > MAX_SAID for text in said):
        yield "judgement", f"The document has a sentence of more than {MAX_SAID} characters there."
    for field, some in (("tools", report.tools), ("attached", report.attached), ("scope", report.scope.opened)):
        if len(some) > MAX_LISTED:
            yield field, f"The document lists more than {MAX_LISTED} of these."
    withheld = report.scope.withheld
    if len(withheld) > MAX_WITHHELD or not all(is_item_number(one) for one in withheld):
        yield "scope", f"The numbers of withheld items are none, or more than {MAX_WITHHELD}."
    if len(set(withheld)) != len(withheld):
        yield "scope", "It counts a withheld item twice."


def _kind(report: Report) -> Iterator[tuple[str, str]]:
    """That a document is about as much as its kind: else a receipt could leave the hand-over out."""
    if report.kind == "receipt" and len({one.act for one in report.hand_overs}) != 1:
        yield "kind", "A receipt is about one hand-over."
    if report.kind == "custody-form" and len(report.items) != 1:
        yield "kind", "A custody form is about one item."
    if (report.jurisdiction is not None) != (report.kind == "declaration"):
        yield "jurisdiction", "A declaration, and nothing else, is for one jurisdiction."
    if report.final and report.kind != "declaration":
        yield "final", "Only a declaration is a draft, or none."


def _schedule(report: Report) -> Iterator[tuple[str, str]]:
    """What is listed as withheld are the items that the document says to leave out, for the reason that it gives."""
    told: list[ScheduleLine] = [line for line in report.schedule if not line.here]
    expected = [
        withheld_line(number, line.time, report.scope.reason)
        for number, line in zip(report.scope.withheld, told, strict=False)
    ]
    if told != expected or len(told) != len(report.scope.withheld):
        yield "schedule", "What is listed as withheld is not what the document says to leave out, and why."
    if any(line.time and _moment(line.time) is None for line in told):
        yield "schedule", "It has a time that is none."


def _left_out(report: Report, histories: Mapping[str, Sequence[Entry]]) -> Iterator[tuple[str, str]]:
    """Numbers are given without gaps: one that is neither here nor withheld was taken out.

    Or its record does not hold, or waits for another one: then the maker's own judgement, which is printed, says so.
    """
    if report.judgement.verdict is Verdict.FAILED or any(
        one.code == codes.REFERENCE_MISSING.name
        for _, answer in report.judgement.questions.each()
        for one in answer.findings
    ):
        return
    known: dict[str, set[int]] = defaultdict(set)
    for number in (*histories, *report.scope.withheld):
        if is_item_number(number):
            label, count = split_number(number)
            known[label].add(count)
    for label, counts in known.items():
        missing = max(counts) - len(counts)
        if missing:
            first = next(number for number in range(1, max(counts)) if number not in counts)
            yield (
                "scope",
                f"Of the items {label}-1 to {label}-{max(counts)}, {missing} are neither in the document nor listed as "
                f"withheld, {label}-{first} first.",
            )


def _judged(judgement: Judgement, report: Report) -> Iterator[tuple[str, str]]:
    """That the printed answers do not contradict themselves, or the items beside them."""
    answers = judgement.questions.each()
    if judgement.verdict is not combine(answer.verdict for _, answer in answers):
        yield "judgement", "Its result is not that of its five answers."
    for question, answer in answers:
        if answer.verdict is not combine([answer.verdict, *(one.verdict for one in answer.findings)]):
            yield "judgement", f"Its answer to “{question.text}” is better than what it rests on."
    if judgement.questions.signers.verdict is Verdict.PASSED:
        yield "judgement", "It says that it is known who signed, which no maker can confirm of themselves."
    if any(item.matches is False for item in report.items) and (
        judgement.questions.integrity.verdict is not Verdict.FAILED
    ):
        yield "judgement", "It says of no file that it was changed, and an item says so."
    matching = sum(item.matches is True for item in report.items)
    if judgement.items.matching < matching or judgement.items.total < len(report.items):
        yield "judgement", "It counts fewer items than the document has."


def _local(report: Report) -> Iterator[tuple[str, str]]:
    """That both times at which the document says to be made are one."""
    made = _moment(report.generated_at)
    if made is None:
        yield "generated at", "The time at which the document says to be made is none."
        return
    try:
        local = datetime.fromisoformat(report.generated_local[:19]).replace(tzinfo=UTC)
    except ValueError:
        yield "generated local", "The local time at which the document says to be made is none."
        return
    if abs(local - made) > ZONES:
        yield "generated local", "The local time at which the document says to be made is not that of its UTC time."


def _item(item: ReportItem, history: Sequence[Entry], stamps: Sequence[Stamp]) -> Iterator[tuple[str, str]]:
    field = f"item {item.number}"
    body = history[0].statement.body
    if item.state not in STATES or STATES[item.state] is not item.matches:
        yield (
            f"{field}, state",
            "It is none that re-reading a file gives, or says another thing than the mark beside it.",
        )
    if isinstance(body, Collected) and not body.kept and item.matches is True:
        yield f"{field}, state", "It says that the file matches, and only its digest was recorded."
    if item.picture is not None:
        yield from _picture(item, body.form == "file" and body.kept if isinstance(body, Collected) else False)
    yield from _bounds(item, stamps)


def _picture(item: ReportItem, kept: bool) -> Iterator[tuple[str, str]]:
    field, picture = f"item {item.number}, picture", item.picture
    assert picture is not None
    if not kept or item.matches is not True or item.sensitivity == "highly-sensitive":
        yield field, "It is of an item of which no document shows a picture."
    if not (0 < picture.width <= MAX_SIDE and 0 < picture.height <= MAX_SIDE and len(picture.jpeg) <= MAX_JPEG):
        yield field, "It is larger than a document shows."
        return
    try:
        spelled = format_base64(parse_base64(picture.jpeg)) == picture.jpeg
    except FormatError:
        spelled = False
    if not spelled:
        yield field, "It cannot be read."


def _bounds(item: ReportItem, stamps: Sequence[Stamp]) -> Iterator[tuple[str, str]]:
    """No moment is vouched for but by a stamp; the first of all is the earliest, the last the latest that can be.

    A proof that leads to Bitcoin tells no time by itself, so that beside one every moment can be.
    """
    bitcoin = any(stamp.kind == "Bitcoin" for stamp in stamps)
    times = [moment for stamp in stamps if (moment := _moment(stamp.time)) is not None]
    for name, bound in (("not before", item.not_before), ("not after", item.not_after)):
        if bound is None:
            continue
        field, moment = f"item {item.number}, {name}", _moment(bound.time)
        if moment is None or len(bound.word) > MAX_TEXT:
            yield field, "It has a time that is none, or names nobody who could vouch for it."
        elif bitcoin:
            continue
        elif not times:
            yield (
                field,
                "It says that somebody outside vouches for a moment, and the record has no stamp that tells one.",
            )
        elif not _can_be(bound, item, moment, times):
            yield field, f"It says {bound.time}, and no stamp in the record can show that."


def _can_be(bound: Bound, item: ReportItem, moment: datetime, times: Sequence[datetime]) -> bool:
    return moment >= min(times) if bound is item.not_after else moment <= max(times)


def _moment(text: str) -> datetime | None:
    try:
        return parse_time(text)
    except FormatError:
        return None
