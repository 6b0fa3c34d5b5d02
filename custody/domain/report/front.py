"""The sentences of a report's first page, for somebody who never heard of a hash. Draws nothing, names no digest.

Each answer says whose finding it is, what was found, and what that does not show; an expert's page has the rest.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from custody.domain.questions.parts import counted, grouped, listed
from custody.domain.report.model import Report, ReportItem
from custody.domain.report.naming import SEALED, delay_words, introduced, lead_of, named, receiver
from custody.domain.sheet import FORMS
from custody.domain.verdict import Finding, Verdict
from custody.domain.wording import capital, short_size, time_in_words

FOUND_BY = "When this report was made, by the sender's computer: "

MAX_NAMED = 3  # people or hand-overs named in one sentence; the tables have them all
MAX_EXCEPTIONS = 20  # so that the first page stays readable when a whole store is damaged

_FORMS = {
    FORMS["file"]: ("file", "files"),
    FORMS["folder"]: ("folder", "folders"),
    FORMS["text"]: ("typed text", "typed texts"),
}


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer of the first page: the question, a word in front (or ""), sentences, and the limit."""

    question: str
    word: str
    sentences: tuple[str, ...]
    limit: str
    checked: bool = True  # whether a computer found it, so that it is said whose


def answers(report: Report) -> tuple[Answered, ...]:
    """The five answers, in order."""
    return (_what(report), _match(report), _signed(report), _when(report), _missing(report))


@dataclass(frozen=True, slots=True)
class Step:
    """What the reader does next: words, the name of the section that helps, words after it."""

    before: str
    section: str
    after: str = "."


def steps(report: Report) -> tuple[Step, Step, Step]:
    """What the reader does now, in order."""
    lead = named(report, lead_of(report))
    return (
        Step(
            f"Find out who signed. Ask {lead} for the eight words of their key, face to face or "
            "at a telephone number that you had before. Compare them with those under ",
            "The people",
        ),
        Step(
            "Compare the files that you hold with this report. You need no special program. The commands for your "
            "computer stand under ",
            "How to check",
        ),
        Step(
            "Keep this document as it is, and write down when you got it and from whom: later it can show whether the "
            "record was rewritten since. An expert begins with ",
            "The technical page",
        ),
    )


def not_shown() -> str:
    """What no report of this kind can show."""
    return (
        "This report does not show that what an item shows or says is true, who is to be seen in it, whose hand used "
        "a key, what happened to a file before it was recorded, or that everything was collected."
    )


def banner(report: Report) -> str:
    """The words of the banner, "" where none is needed."""
    return {
        "normal": "",
        "sensitive": "SENSITIVE. Pass this on only to people who need it for this case.",
        "highly-sensitive": "HIGHLY SENSITIVE. Pass this on only to people who need it for this case, under lock or "
        "encrypted, and make no copy that you do not need.",
    }[report.sensitivity]


def exceptions(report: Report) -> list[Finding]:
    """Everything that failed in the whole record, whatever the report covers; the same of several once."""
    every = (finding for _, answer in report.judgement.questions.each() for finding in answer.findings)
    return grouped(finding for finding in every if finding.verdict is Verdict.FAILED)


def longest_delay(items: Iterable[ReportItem]) -> ReportItem | None:
    """The item whose digest was computed longest after its capture."""
    told = [item for item in items if item.delay is not None]
    return max(told, key=lambda item: abs(item.delay or 0), default=None)


def _what(report: Report) -> Answered:
    scope, items = report.scope, report.items
    if not scope.total:
        covers = f"The record of case {report.reference} has no items yet."
    elif not items:
        covers = f"None of the {counted(scope.total, 'item')} in the record of case {report.reference}."
    else:
        share = counted(len(items), "item") if len(items) == scope.total else f"{len(items)} of {scope.total} items"
        covers = f"{share} of case {report.reference}: {_forms(items)}{_sizes(items)}."
    sentences = [covers]
    collectors = list(dict.fromkeys(item.collected_by for item in items))
    if collectors:
        sentences.append(f"Collected by {_some([named(report, key) for key in collectors])}.")
    made_for = f" for {report.made_for}" if report.made_for else ""
    sentences.append(f"This report was made{made_for} by {introduced(report, report.made_by)}.")
    sentences += _handed(report)
    return Answered(
        "What is this about?",
        "",
        tuple(sentences),
        "The items are not in this document. It lets you tell whether files that you hold are the same ones.",
        checked=False,
    )


def _forms(items: Sequence[ReportItem]) -> str:
    counts = Counter(_FORMS.get(item.what, ("other item", "other items")) for item in items)
    return listed([f"{count} {names[0] if count == 1 else names[1]}" for names, count in counts.items()])


def _sizes(items: Sequence[ReportItem]) -> str:
    sizes = [item.size for item in items if item.size is not None]
    if not sizes:
        return ""
    hidden = len(items) - len(sizes)
    total = short_size(sum(sizes)) + (" in all" if len(items) > 1 else "")
    return f", {total}" + (f" (the size of {hidden} is {SEALED})" if hidden else "")


def _handed(report: Report) -> Iterator[str]:
    """From whom to whom, as both sides signed or a paper says."""
    pairs: dict[tuple[str, str], set[str]] = {}
    for act in report.hand_overs:
        if act.state in ("received", "on paper"):
            pair = (named(report, act.released_by), receiver(report, act))
            pairs.setdefault(pair, set()).update(item.number for item in act.items)
    told = [f"{counted(len(items), 'item')} from {giver} to {taker}" for (giver, taker), items in pairs.items()]
    if told:
        yield f"Handed over: {_some(told, '; ')}."


def _match(report: Report) -> Answered:
    items = report.items
    good = sum(item.matches is True for item in items)
    bad = [item.number for item in items if item.matches is False]
    unread = [item for item in items if item.matches is None]
    failed = exceptions(report)
    sentences = [
        f"{good} of {counted(len(items), 'item')} match{'es' if len(items) == 1 else ''} what was recorded."
        if items
        else "There is nothing to compare."
    ]
    if bad:
        sentences.append(f"{listed(bad)} {'does' if len(bad) == 1 else 'do'} not match.")
    states: dict[str, list[str]] = {}
    for item in unread:
        states.setdefault(item.state or "no reason is told", []).append(item.number)
    sentences += [f"Not compared: {listed(numbers)} ({state})." for state, numbers in states.items()]
    if not failed:
        sentences.append("No exceptions.")
    elif len(failed) > MAX_EXCEPTIONS:
        sentences.append(f"{len(failed)} exceptions in the whole record. The first {MAX_EXCEPTIONS}:")
    else:
        sentences.append(f"{counted(len(failed), 'exception')} in the whole record, in full:")
    word = "NO" if bad or failed else "YES" if items and not unread else "OPEN"
    return Answered(
        "Do they match?",
        word if items or failed else "",
        tuple(sentences),
        "A match means that the bytes are those that were recorded. It does not say that they tell the truth.",
    )


def _signed(report: Report) -> Answered:
    signers = [one for one in report.people if one.signed]
    lead = lead_of(report)
    told = []
    for one in signers:
        # What the lead says of herself confirms nothing.
        how = one.identified if one.key_id != lead else ""
        words = counted(one.signed, "record") + (f"; {how}" if how else "")
        told.append(f"{introduced(report, one.key_id)} ({words})")
    sentences = [
        f"{counted(sum(one.signed for one in signers), 'record')} signed with {counted(len(signers), 'key')}:"
        if signers
        else "No record of this document is signed."
    ]
    if told:
        sentences.append(f"{_some(told, '; ')}.")
    failed = report.judgement.questions.signers.verdict is Verdict.FAILED
    if failed:
        sentences.insert(0, report.judgement.questions.signers.sentence)
    if any(one.identified for one in signers if one.key_id != lead):
        sentences.append(f"How they were identified is what {named(report, lead)} wrote down.")
    theirs = {0: "who sent this", 1: "whether this is their key"}.get(len(signers), "whether these are their keys")
    sentences.append(f"For you to confirm: {theirs}. A sender cannot confirm herself. See step 1.")
    return Answered(
        "Who signed?",
        "NO" if failed else "",
        tuple(sentences),
        "A signature shows which key was used. It does not show whose hand used it.",
    )


def _when(report: Report) -> Answered:
    items = report.items
    captured = sorted(item.captured_at for item in items if item.captured_at)
    recorded = sorted(item.recorded_at for item in items if item.recorded_at)
    sentences: list[str] = []
    if captured:
        sentences.append(f"Captured {_between(captured)}, as the collectors say.")
    hidden = sum(item.captured_at is None for item in items)
    untold = sum(item.captured_at == "" for item in items)
    if hidden:
        sentences.append(f"The time of capture of {counted(hidden, 'item')} is {SEALED}.")
    if untold:
        sentences.append(f"No time of capture was told for {counted(untold, 'item')}.")
    if recorded:
        sentences.append(f"Recorded {_between(recorded)}, by the recorders' own clocks.")
    late = longest_delay(items)
    if late is not None and late.delay is not None:
        words = delay_words(late.delay)
        sentences.append(f"Longest delay between capture and hashing: {words} ({late.number}).")
    sentences += _outside(report)
    failed = report.judgement.questions.time.verdict is Verdict.FAILED
    if failed:
        sentences.insert(0, report.judgement.questions.time.sentence)
    return Answered(
        "Between when and when?",
        "NO" if failed else "",
        tuple(sentences),
        "That an item is unchanged is shown from its hashing on, not from its capture. A stamp shows that a record "
        "existed by then, not that what it tells happened then.",
    )


def _outside(report: Report) -> Iterator[str]:
    """What others vouch for, in one sentence."""
    if not report.items:
        yield "There is no item yet, and so no time."
        return
    bound = [item.not_after for item in report.items if item.not_after is not None]
    if not bound:
        yield "Nobody outside vouches for a time."
        return
    last = max(bound, key=lambda one: one.time)
    count = "Every item" if len(bound) == len(report.items) else f"{len(bound)} of {counted(len(report.items), 'item')}"
    yield f"{count}: recorded no later than {time_in_words(last.time)}, as {last.word} vouches."


def _missing(report: Report) -> Answered:
    scope = report.scope
    sentences: list[str] = []
    if scope.withheld:
        why = scope.reason or "no reason is given"
        sentences.append(f"Withheld: {listed(scope.withheld)} ({why}).")
    else:
        sentences.append("No item is withheld.")
    captures = counted(len(report.attempts), "attempt")
    sentences.append(f"{captures} to collect a file failed." if report.attempts else "No failed attempt is recorded.")
    whole, custody = report.judgement.questions.completeness, report.judgement.questions.custody
    sentences += [custody.sentence, whole.sentence]
    sentences.append(
        f"Of what is under seal, this report opens: {'; '.join(scope.opened)}."
        if scope.opened
        else "What is under seal stays closed, but for what a check needs."
    )
    failed = Verdict.FAILED in (whole.verdict, custody.verdict)
    return Answered(
        "What is missing or withheld?",
        "NOT ALL IS IN ORDER" if failed else "",
        tuple(capital(one) for one in sentences),
        "Only what was recorded can be counted.",
    )


def _between(times: Sequence[str]) -> str:
    first, last = time_in_words(times[0]), time_in_words(times[-1])
    return f"at {first}" if first == last else f"between {first} and {last}"


def _some(names: Sequence[str], between: str = ", ") -> str:
    """The first few names, and how many more."""
    if len(names) > MAX_NAMED:
        return f"{between.join(names[:MAX_NAMED])}{between}and {len(names) - MAX_NAMED} more"
    return between.join(names) if between != ", " else listed(names)
