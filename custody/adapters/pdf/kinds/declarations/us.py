"""Declarations for rules 902(13) and 902(14) of the US Federal Rules of Evidence: facts in our words, a closing of
the statute in its own. States no opinion; what only the person who signs can know is left to be written.
"""

from collections.abc import Iterator
from typing import Final

from custody.adapters.pdf.blocks import (
    Block,
    Blocks,
    Facts,
    Heading,
    Paragraph,
    Points,
    Quoted,
    Together,
    Words,
    Writing,
)
from custody.adapters.pdf.kinds.common import time_words
from custody.adapters.pdf.kinds.declarations.facts import (
    comparison,
    exceptions_found,
    hash_report,
    maker,
    opening,
    others,
    whose,
)
from custody.adapters.pdf.kinds.declarations.literal import US_INSIDE, US_OUTSIDE, US_SOURCE
from custody.adapters.pdf.kinds.shorter import LABELS, closing
from custody.domain.questions.parts import counted
from custody.domain.report.front import not_shown
from custody.domain.report.model import Report

SCHEDULE: Final = "Schedule 1: digests"

_STEPS: Final = (
    "Taking in: the file is read without being changed, and its SHA-256 value is computed from every byte. Where the "
    "bytes are kept, they are found by that value.",
    "Recording: a statement of what was taken in, when, how and by whom is signed with the person's own key (ECDSA, "
    "P-256) and added to the end of that person's ledger, a hash tree (RFC 6962), in which a record that is changed or "
    "taken out later changes the root.",
    "Correcting: a mistake is corrected by a further record. The first one stays. A sealed field can be erased, and a "
    "record says that it was.",
    "Checking: to make this document, every record and signature was checked again, and every file that is kept here "
    "was read and its value computed again.",
)


def us_902_13(report: Report) -> Blocks:
    """For a record that an electronic process or system made."""
    yield from opening(
        report,
        "Declaration about an electronic process",
        "For Federal Rule of Evidence 902(13), United States of America",
    )
    yield from _who(report)
    yield from _process(report)
    yield from _compared(report)
    yield from _end(report)


def us_902_14(report: Report) -> Blocks:
    """For data that was copied from a device, a medium or a file."""
    yield from opening(
        report,
        "Declaration about copied electronic data",
        "For Federal Rule of Evidence 902(14), United States of America",
    )
    yield from _who(report)
    yield from _compared(report)
    yield from _process(report)
    yield from _end(report)


def _who(report: Report) -> Iterator[Block]:
    yield whose(report)
    yield Together((Heading(1, "Who I am"), maker(report)))
    yield Writing((("Occupation",), ("Qualification: training",), ("Experience with such systems",), ("",)))
    person = report.person(report.made_by)
    signed = person.signed if person is not None else 0
    known: tuple[Block, ...] = (
        Heading(1, "How I know this"),
        Paragraph(
            "What I state about the files I know from the signed record of this case. I signed "
            f"{counted(signed, 'record')} of it myself. {others(report)}"
        ),
        Writing((("How I know the rest",), ("",))),
    )
    yield Together(known)


def _process(report: Report) -> Iterator[Block]:
    tools = Facts(tuple((tool.name, tool.version) for tool in report.tools), labels=LABELS)
    said = Paragraph("The programs that took part, and their versions:")
    yield Together((Heading(1, "The system, and its process"), said, tools))
    yield Together((Paragraph("The steps of the process:", before=4), Points(_STEPS, numbered=True)))
    yield Together(
        (
            Heading(2, "How I checked that it was working"),
            Paragraph(f"The check of the whole record at {time_words(report.generated_at)} found:"),
            Points(_found(report)),
            Writing((("Beyond this I checked",), ("",))),
        )
    )
    yield Heading(2, "Known limits")
    yield Points(
        (
            *dict.fromkeys(answer.limit for _, answer in report.judgement.questions.each()),
            not_shown().replace("This report", "This document"),
        )
    )
    yield Heading(2, "Exceptions")
    yield from exceptions_found(report)
    failed = counted(len(report.attempts), "attempt")
    yield Paragraph(f"{failed} to collect a file failed." if report.attempts else "No failed attempt is recorded.")


def _found(report: Report) -> tuple[Words, ...]:
    return tuple(f"{one.text} {said.verdict.word}. {said.sentence}" for one, said in report.judgement.questions.each())


def _compared(report: Report) -> Iterator[Block]:
    yield Together(
        (
            Heading(1, "What was compared"),
            Paragraph(
                f"At {time_words(report.generated_at)} the SHA-256 value of each file in Schedule 1 that is kept here "
                "was computed by my computer and compared with the value that was recorded when the file was first "
                f"stored. {' '.join(comparison(report))}"
            ),
        )
    )


def _end(report: Report) -> Iterator[Block]:
    yield Together(
        (
            Heading(1, "Opinion"),
            Paragraph(
                "This document states none: nothing about who made the content of the files, or whether it is true. "
                "What the person who signs wants to say beyond the facts:"
            ),
            Writing((("",), ("",))),
        )
    )
    yield Together(
        (
            Heading(1, "Signature"),
            Paragraph("Two alternatives: strike out the one that does not apply.", "strong"),
            Paragraph("Signed within the United States:", before=4),
            Quoted(US_SOURCE, (Paragraph(US_INSIDE),)),
            Writing((("Executed on", "Signature"),)),
            Paragraph("Signed outside the United States:", before=8),
            Quoted(US_SOURCE, (Paragraph(US_OUTSIDE),)),
            Writing((("Executed on", "Signature"),)),
        )
    )
    yield Together(
        (
            Heading(1, "Notice, and inspection"),
            Paragraph("To be filled in when this document and the record are given to the other side.", "small"),
            Writing((("Notice given to", "On"), ("Open to inspection at", "From"))),
        )
    )
    yield from hash_report(report, SCHEDULE, "schedule-1")
    yield from closing(report)
