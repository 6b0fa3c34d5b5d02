"""The schedule: one line for everything that exists, here or not, and why not; how many of each at the end."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from custody.adapters.pdf.blocks import Block, Blocks, Column, Heading, Paragraph, Span, Table, Together, Words
from custody.adapters.pdf.kinds.common import time_words, told
from custody.adapters.pdf.kinds.shorter import closing, opening
from custody.domain.report.model import Report, ScheduleLine

KINDS: Final = ("item", "failed capture", "working copy", "correction", "earlier disclosure")
"""The kinds that are counted even where there is none, in this order."""

_WHAT: Final = (
    "Everything that the record of this case holds, one line each: items, attempts that failed, working copies, "
    "corrections, and what was disclosed before; whether it is part of this disclosure, or withheld and why. "
    "Descriptions are those of the record, without names unless these were opened on purpose."
)
_COUNTED: Final = "Only what was recorded can be listed here."


def schedule(report: Report) -> Blocks:
    """The table, as a stream: a case may have 10,000 lines."""
    yield from opening(report, "Schedule", _WHAT)
    yield Heading(1, "Lines")
    rest = _not_listed(report)
    if report.schedule or rest:
        yield Table(
            (
                Column("Reference", 0.16, "strong"),
                Column("What it is", 0.16),
                Column("Description", 0.28),
                Column("Date", 0.22),  # in one line: a case may have thousands
                Column("Here, or withheld", 0.18),
            ),
            (_row(line) for lines in (report.schedule, rest) for line in lines),
            "Everything in the record: reference, kind, neutral description, date, here or withheld and why",
        )
    else:
        yield Paragraph("None: nothing is recorded.")
    yield from _counts((*report.schedule, *rest))
    yield from closing(report)


def _not_listed(report: Report) -> tuple[ScheduleLine, ...]:
    """Items that are withheld and have no line of their own: nothing that exists may be missing here."""
    told_of = {line.reference for line in report.schedule}
    return tuple(
        ScheduleLine(reference=number, kind="item", description=None, time="", here=False, why=report.scope.reason)
        for number in report.scope.withheld
        if number not in told_of
    )


def _row(line: ScheduleLine) -> tuple[Words, ...]:
    where: Words = "here" if line.here else (Span("WITHHELD", "strong"), ": ", line.why or "no reason given")
    return (line.reference, line.kind, told(line.description, "none recorded"), time_words(line.time), where)


def _counts(lines: tuple[ScheduleLine, ...]) -> Iterator[Block]:
    here, withheld = Counter[str](), Counter[str]()
    for line in lines:
        (here if line.here else withheld)[line.kind] += 1
    kinds = dict.fromkeys((*KINDS, *here, *withheld))
    rows = [(kind, str(here[kind]), str(withheld[kind]), str(here[kind] + withheld[kind])) for kind in kinds]
    rows.append(("all lines", str(here.total()), str(withheld.total()), str(len(lines))))
    columns = (Column("Kind", 0.4, "strong"), Column("Here", 0.2), Column("Withheld", 0.2), Column("In all", 0.2))
    yield Together(
        (Heading(1, "Counts"), Table(columns, tuple(rows), "How many lines of each kind"), Paragraph(_COUNTED, "small"))
    )
