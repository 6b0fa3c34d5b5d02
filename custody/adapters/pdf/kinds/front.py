"""Page one of the integrity report: five answers, three steps. No digest, no root: the next page has these."""

from collections.abc import Iterator
from typing import Final

from custody.adapters.pdf.blocks import Banner, Block, Blocks, Facts, Heading, Paragraph, Points, Span, Table, Words
from custody.adapters.pdf.blocks import Column as Col
from custody.adapters.pdf.kinds.common import (
    ANSWERS,
    CHECKING,
    FRONT,
    PEOPLE,
    TECHNICAL,
    Linked,
    local_words,
    short,
    time_words,
)
from custody.domain.report import front
from custody.domain.report.model import Report

MAX_TITLE: Final = 120  # characters of reference and title here; the technical page has all of both


def first_page(report: Report) -> Blocks:
    """Everything that a reader in a hurry needs, in the order in which they ask."""
    yield Heading(0, "Integrity report", FRONT)
    if banner := front.banner(report):
        yield Banner(banner)
    yield Facts(tuple(_head(report)))
    for number, answer in enumerate(front.answers(report)):
        yield Facts(tuple(_answer(answer, asked=number > 0)))
        if number == 1:
            yield from _exceptions(report)
    yield Heading(2, "What to do now")
    yield Points(_steps(report), numbered=True)
    yield Paragraph(front.not_shown(), "small", before=6)


def _head(report: Report) -> Iterator[tuple[str, Words]]:
    yield "Case", _case(report)
    replaced = f", in place of report {report.supersedes}" if report.supersedes else ""
    yield "Report", f"{report.name}{replaced}"
    yield "Made at", f"{time_words(report.generated_at)}{local_words(report)}"


def _case(report: Report) -> Words:
    reference = short(report.reference, MAX_TITLE)
    return f"{reference}: {short(report.title, MAX_TITLE)}" if report.title else reference


def _answer(answer: front.Answered, *, asked: bool) -> Iterator[tuple[str, Words]]:
    words: list[str | Span] = []
    if asked:
        words.append(Span(front.FOUND_BY, "quiet"))
    if answer.word:
        words.append(Span(f"{answer.word}. ", "alarm" if answer.word.startswith("NO") else "strong"))
    first, *rest = answer.sentences
    words.append(Span(first, "strong"))
    if rest:
        words.append(" " + " ".join(rest))
    yield answer.question, tuple(words)
    yield "", Span(answer.limit, "small")


def _exceptions(report: Report) -> Iterator[Block]:
    found = front.exceptions(report)
    if not found:
        return
    link = Linked(report)
    rows = ((link.item(one.about), one.message) for one in found[: front.MAX_EXCEPTIONS])
    yield Table((Col("Exception", 0.25, "alarm"), Col("What was found", 0.75)), rows, "Exceptions: what failed")
    if len(found) > front.MAX_EXCEPTIONS:
        yield Paragraph(Span("All of them stand under “The five answers in full”.", "strong", f"#{ANSWERS}"))


def _steps(report: Report) -> tuple[Words, ...]:
    targets = (PEOPLE, CHECKING, TECHNICAL)
    return tuple(
        (step.before, Span(step.section, "body", f"#{anchor}"), step.after)
        for step, anchor in zip(front.steps(report), targets, strict=True)
    )
