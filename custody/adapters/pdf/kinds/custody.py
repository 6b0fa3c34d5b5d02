"""Custody: the table of hand-overs, each of them, the stamps, failed attempts, what is withheld. Judges nothing."""

from collections.abc import Iterator

from custody.adapters.pdf.blocks import Block, Blocks, Column, Facts, Heading, Paragraph, Span, Table, Together, Words
from custody.adapters.pdf.kinds.common import (
    ATTEMPTS,
    CUSTODY,
    STAMPS,
    WITHHELD,
    Linked,
    event_words,
    record_words,
    size_words,
    time_words,
    told,
)
from custody.domain.report.model import HandedItem, HandOver, Report
from custody.domain.report.naming import SEALED, named, receiver

_TABLE = (
    Column("No.", 0.06),
    Column("Items", 0.15),
    Column("Released by", 0.18),
    Column("To", 0.18),
    Column("Released at", 0.15),
    Column("Answered at", 0.15),
    Column("State", 0.13),
)


def hand_over_table(report: Report) -> Blocks:
    """All hand-overs in one table, then each."""
    yield Heading(1, "Custody: who had what, and when", CUSTODY)
    yield Paragraph(
        "A hand-over has two sides: one person releases, the other receives, and each signs their own record. The "
        "receiver's computer computes the hash again. Until the receiver signs, it counts as offered only."
    )
    link = Linked(report)
    if not report.hand_overs:
        yield Paragraph("No hand-over is recorded: each item is still with whoever collected it.")
    else:
        rows = (_row(report, link, count, act) for count, act in enumerate(report.hand_overs, 1))
        yield Table(_TABLE, rows, "All hand-overs: items, from whom, to whom, when, and whether they were received")
    for count, act in enumerate(report.hand_overs, 1):
        yield from _act(report, link, count, act)


def _anchor(count: int) -> str:
    return f"hand-over-{count}"


def _row(report: Report, link: Linked, count: int, act: HandOver) -> tuple[Words, ...]:
    answered = "" if act.state == "on paper" else "nobody answered yet"
    return (
        Span(f"H{count}", "small", f"#{_anchor(count)}"),
        link.items(item.number for item in act.items),
        named(report, act.released_by),
        receiver(report, act),
        time_words(act.released_at),
        time_words(act.answered_at, answered),
        act.state,
    )


def _act(report: Report, link: Linked, count: int, act: HandOver) -> Iterator[Block]:
    yield Together((Heading(2, f"Hand-over H{count}", _anchor(count)), Facts(tuple(_terms(report, act)))))
    yield Table(
        (Column("Item", 0.11), Column("What", 0.23), Column("Hash at each side", 0.33), Column("Records", 0.33)),
        ((link.item(item.number), _what(item), _hashes(act, item), _records(item)) for item in act.items),
        f"Items of hand-over H{count}, with the hash that was recorded and the one that the receiver computed",
    )


def _terms(report: Report, act: HandOver) -> Iterator[tuple[str, Words]]:
    yield "From", named(report, act.released_by)
    yield "To", receiver(report, act)
    if act.to and report.person(act.to) is None:
        yield "Receiver's key", Span(act.to, "fixed")
    yield "State", act.state
    yield "Released at", time_words(act.released_at)
    if act.answered_at:
        yield "Answered at", time_words(act.answered_at)
    for label, text in (
        ("Purpose", act.purpose),
        ("Medium", act.medium),
        ("Place", act.place),
        ("Condition", act.condition),
        ("Reason", act.reason),
    ):
        if text != "":
            yield label, told(text)
    yield "Keeps a copy", "yes, the giver keeps one" if act.keeps_copy else "no"
    yield "Act", Span(act.act, "fixed")
    yield "See also", Span("all hand-overs", "body", f"#{CUSTODY}")


def _what(item: HandedItem) -> Words:
    return f"{told(item.what)}, {size_words(item.size)}"


def _hashes(act: HandOver, item: HandedItem) -> Words:
    released = ("recorded: ", Span(item.released or SEALED, "fixed"))
    if item.received is None:
        why = {"received": "not told", "on paper": "none, it was signed on paper"}.get(act.state, "none yet")
        return (*released, f"; receiver: {why if act.state != 'declined' else 'none, it was declined'}")
    if item.released is None:
        return (*released, "; receiver: ", Span(item.received, "fixed"))
    if item.released == item.received:
        return (*released, "; the receiver computed ", Span("the same", "strong"))
    return (*released, "; the receiver computed ", Span("ANOTHER: ", "alarm"), Span(item.received, "fixed"))


def _records(item: HandedItem) -> Words:
    words: tuple[str | Span, ...] = ("released: ", Span(item.statement, "fine"))
    return (*words, "; answered: ", Span(item.answer, "fine")) if item.answer else words


def stamp_table(report: Report) -> Blocks:
    """What others vouched for."""
    yield Heading(1, "Stamps from outside", STAMPS)
    if not report.stamps:
        yield Paragraph("None. Every time in this report is what somebody's own computer said.")
        return
    yield Paragraph(
        "Each says that somebody else had seen the first records of a ledger by that time. Whose word counts, you "
        "decide. “Qualified” (eIDAS) is what the maker says: check it with the list of the European Union."
    )
    yield Table(
        (
            Column("No.", 0.07),
            Column("Kind", 0.13),
            Column("By whom", 0.24),
            Column("Time", 0.17),
            Column("Covers", 0.19),
            Column("Remark", 0.20),
        ),
        (
            (
                f"S{count}",
                stamp.kind + (", qualified" if stamp.qualified else ""),
                stamp.by,
                time_words(stamp.time, "none yet"),
                f"the first {stamp.size} records of ledger {stamp.ledger} (told in record {stamp.record})",
                stamp.note or "none",
            )
            for count, stamp in enumerate(report.stamps, 1)
        ),
        "Stamps from outside: kind, by whom, when, which records they cover",
    )


def failed_attempts(report: Report) -> Blocks:
    """What was to be collected and could not be."""
    yield Heading(1, "Failed attempts", ATTEMPTS)
    if not report.attempts:
        yield Paragraph("None. Nothing in the record says that a file could not be collected.")
        return
    yield Paragraph("These were to be collected and could not be. They are not items.")
    yield Table(
        (Column("When", 0.21), Column("Who", 0.18), Column("What happened", 0.32), Column("Record", 0.29)),
        (
            (time_words(one.time), named(report, one.who), event_words(one), record_words(one))
            for one in report.attempts
        ),
        "Failed attempts to collect a file",
    )


def withheld(report: Report) -> Blocks:
    """What exists and is not here."""
    yield Heading(1, "Withheld", WITHHELD)
    scope = report.scope
    told_of = {line.reference for line in report.schedule if not line.here}
    rest = [number for number in scope.withheld if number not in told_of]
    lines = [line for line in report.schedule if not line.here]
    if not (rest or lines):
        yield Paragraph("Nothing: every item of the record is described here.")
    else:
        yield Paragraph(f"Reason given: {scope.reason or 'none'}.")
        whole = ((number, "item", SEALED, "", scope.reason or "no reason given") for number in rest)
        rows = (
            (line.reference, line.kind, told(line.description), time_words(line.time), line.why or "no reason given")
            for line in lines
        )
        yield Table(
            (
                Column("Reference", 0.16),
                Column("Kind", 0.14),
                Column("Description", 0.32),
                Column("Recorded at", 0.17),
                Column("Why", 0.21),
            ),
            (row for each in (rows, whole) for row in each),
            "What exists and is withheld",
        )
    yield Paragraph(
        f"“{SEALED[0].upper()}{SEALED[1:]}” means: the record holds a value there, closed by a hash. It can be opened "
        "later, and then anybody can check that it is the value of that time."
    )
    earlier = [line for line in report.schedule if line.kind == "earlier disclosure"]
    if earlier:
        yield Paragraph("Disclosed before:", "strong")
        yield Table(
            (Column("Reference", 0.25), Column("Description", 0.5), Column("When", 0.25)),
            ((line.reference, told(line.description), time_words(line.time)) for line in earlier),
            "Earlier disclosures",
        )
