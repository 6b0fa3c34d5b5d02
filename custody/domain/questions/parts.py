"""What the five answers share: gathering findings, and plain lists of numbers."""

from collections.abc import Iterable, Sequence

import msgspec

from custody.domain import findings as codes
from custody.domain.examination import Examination
from custody.domain.verdict import Answer, Finding, Question, Verdict, combine

_QUESTION_OF = {code.name: code.question for code in codes.CODES}
SHOWN = 12  # names in one sentence; the findings have them all


def findings_on(question: Question, seen: Examination) -> tuple[Finding, ...]:
    """The findings that bear on one question, in the order in which they were found."""
    return tuple(finding for finding in seen.findings if _QUESTION_OF[finding.code] is question)


def make_answer(sentence: str, limit: str, findings: Sequence[Finding]) -> Answer:
    """An answer whose verdict follows from its findings alone."""
    return Answer(
        verdict=combine(finding.verdict for finding in findings),
        sentence=sentence,
        limit=limit,
        findings=tuple(findings),
    )


def failed(findings: Iterable[Finding]) -> list[Finding]:
    """Those that make the answer NO."""
    return [finding for finding in findings if finding.verdict is Verdict.FAILED]


def lost_records(seen: Examination) -> list[str]:
    """The records that are gone or cannot be read, so that nobody can say what they were about."""
    lost = {code.name for code in (codes.RECORD_MISSING, codes.RECORD_UNREADABLE, codes.RECORD_CUT_OFF)}
    return [one.about for one in seen.findings if one.code in lost]


def listed(names: Sequence[str]) -> str:
    """`a, b and c`, or the first few and a count."""
    if len(names) > SHOWN:
        return f"{', '.join(names[:SHOWN])} and {len(names) - SHOWN} more"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def grouped(found: Iterable[Finding]) -> list[Finding]:
    """What is the same of several is said once, of all of them, in the order in which it was found first."""
    about: dict[Finding, list[str]] = {}
    for finding in found:
        about.setdefault(msgspec.structs.replace(finding, about=""), []).append(finding.about)
    return [msgspec.structs.replace(one, about=listed(names)) for one, names in about.items()]


def counted(count: int, noun: str) -> str:
    """`1 item`, `17 items`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
