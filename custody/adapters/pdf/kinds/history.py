"""The history of an item: a table of every record about it, quick to read. Judges nothing."""

from typing import Final

from custody.adapters.pdf.blocks import Blocks, Column, Heading, Paragraph, Span, Table
from custody.adapters.pdf.kinds.common import event_words, record_words, time_words
from custody.domain.report.model import Report, ReportItem
from custody.domain.report.naming import named
from custody.domain.sheet import CLOCK_CHECK

FEW: Final = 6  # records that may stand on one page with all facts of their item
LONG: Final = 300  # characters of a fact that a column of a table still takes; a longer one stands below it


def history(report: Report, item: ReportItem) -> Blocks:
    """What records say alike (the digest of the item, that no clock was checked) is said once, below the table."""
    if not item.events:
        return
    clock = same_clock(item)
    long = [(one, fact) for one in item.events for fact in one.facts if len(fact.text) > LONG]
    besides = {text for text in (clock, item.digest, *(fact.text for _, fact in long)) if text}
    yield Heading(3, f"History of {item.number}")
    yield Table(
        (Column("When", 0.21), Column("Who", 0.16), Column("What happened", 0.34), Column("Record", 0.29)),
        (
            (time_words(one.time), named(report, one.who), event_words(one, besides), record_words(one))
            for one in item.events
        ),
        f"History of {item.number}: every record about it, in order",
    )
    if clock:
        every = "The time is" if len(item.events) == 1 else "Every time is"
        yield Paragraph(f"{every} that of the signer's own computer; clock check: {clock}.", "small")
    for one, fact in long:
        where = f"{fact.label}, in record {one.record} of ledger {one.ledger}: "
        yield Paragraph((Span(where, "quiet"), fact.text))


def is_short(item: ReportItem) -> bool:
    """Whether the history is short enough to stay with the item on one page."""
    return len(item.events) <= FEW and not any(len(fact.text) > LONG for one in item.events for fact in one.facts)


def same_clock(item: ReportItem) -> str:
    """What every record of the item says of the clock of its computer, "" where they differ."""
    said = {next((fact.text for fact in one.facts if fact.label == CLOCK_CHECK), "") for one in item.events}
    return said.pop() if len(said) == 1 else ""
