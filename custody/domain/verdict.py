"""Verdicts, findings and answers: the words in which every check is reported. Judges nothing."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """The three outcomes of ETSI EN 319 102-1 section 5.1.3."""

    PASSED = "passed"
    FAILED = "failed"
    INDETERMINATE = "indeterminate"

    @property
    def word(self) -> str:
        """What people read."""
        return {"passed": "YES", "failed": "NO", "indeterminate": "OPEN"}[self.value]


class Question(StrEnum):
    """The five questions that everything that verifies answers, in this order."""

    INTEGRITY = "integrity"
    SIGNERS = "signers"
    TIME = "time"
    CUSTODY = "custody"
    COMPLETENESS = "completeness"

    @property
    def text(self) -> str:
        """The question as people read it."""
        return _TEXTS[self]

    @property
    def short(self) -> str:
        """One word for it, for a list of what is open."""
        return _SHORT[self]


_TEXTS = {
    Question.INTEGRITY: "Are the files unchanged?",
    Question.SIGNERS: "Is it known who signed?",
    Question.TIME: "Is there outside evidence of when?",
    Question.CUSTODY: "Is every hand-over accounted for?",
    Question.COMPLETENESS: "Is the record whole?",
}
_SHORT = {
    Question.INTEGRITY: "unchanged",
    Question.SIGNERS: "who",
    Question.TIME: "when",
    Question.CUSTODY: "hand-overs",
    Question.COMPLETENESS: "whole",
}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was found: its code (docs/commands.md), what it does to the answer, what it is about."""

    code: str
    verdict: Verdict
    about: str
    message: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one question, the limit of that answer, and what it rests on."""

    verdict: Verdict
    sentence: str
    limit: str
    findings: tuple[Finding, ...]


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """The five answers."""

    integrity: Answer
    signers: Answer
    time: Answer
    custody: Answer
    completeness: Answer

    def each(self) -> tuple[tuple[Question, Answer], ...]:
        """Question and answer, in order."""
        return tuple((question, getattr(self, question.value)) for question in Question)


class ItemCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many items match what was recorded of them."""

    matching: int
    total: int


class LedgerHead(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger as it was found; `root` is hexadecimal."""

    origin: str
    size: int
    root: str


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What `verify` says: the overall verdict, the count, the five answers, and of which ledgers."""

    verdict: Verdict
    items: ItemCount
    questions: Answers
    ledgers: tuple[LedgerHead, ...]


def combine(verdicts: Iterable[Verdict]) -> Verdict:
    """Failed if any failed; else indeterminate if any is; else passed."""
    seen = set(verdicts)
    if Verdict.FAILED in seen:
        return Verdict.FAILED
    return Verdict.INDETERMINATE if Verdict.INDETERMINATE in seen else Verdict.PASSED
