"""The chain-of-custody form of one item, after the sample form of NIST: what is recorded, then rows for a pen.

A row says of each side whether they signed electronically, on paper, or not at all. Judges nothing.
"""

from collections.abc import Iterator
from typing import Final

from custody.adapters.pdf.blocks import (
    Block,
    Blocks,
    Column,
    Facts,
    Heading,
    NewPage,
    Paragraph,
    Span,
    Table,
    Together,
    Words,
    Writing,
)
from custody.adapters.pdf.kinds.common import aloud, event_words, size_words, time_words, told
from custody.adapters.pdf.kinds.shorter import LABELS, closing, compared, keeps, opening, signed_by
from custody.domain.report.model import Event, HandedItem, HandOver, Report, ReportItem
from custody.domain.report.naming import SEALED, named, receiver

BLANK_ROWS: Final = 6  # hand-overs that can be written on by hand
ROW: Final = 35.0  # points: a signature, and a number under it
CHAIN: Final = ("collected", "released", "received", "declined", "released-on-paper", "receipted", "disposed")
"""Kinds of record that stand in the chain of the form, or under its disposal."""

_WHAT: Final = (
    "This form follows one item from hand to hand. The first rows are filled from the signed record. The empty rows "
    "are for hand-overs on paper: write every one of them down, at once."
)
_COLUMNS: Final = (
    Column("Item", 0.09, "strong"),
    Column("Date and time", 0.16),
    Column("Released by (signature, ID)", 0.23),
    Column("Received by (signature, ID)", 0.23),
    Column("Comments, location", 0.29),
)


def custody_form(report: Report) -> Blocks:
    """The form; for several items one after the other, each from a new page on."""
    yield from opening(report, "Chain of custody form", _WHAT)
    if not report.items:
        yield Paragraph("The record has no such item: there is nothing to fill in.")
    for count, item in enumerate(report.items):
        if count:
            yield NewPage()
        yield from _form(report, item)
    yield from closing(report)


def _form(report: Report, item: ReportItem) -> Iterator[Block]:
    seized = Facts(tuple(_seized(report, item)), labels=LABELS)
    yield Together((Heading(1, f"Item {item.number}", f"item-{item.number}"), seized))
    yield Facts(tuple(_item(item)), labels=LABELS)
    lines: tuple[tuple[str, ...], ...] = (("Make, model, serial number",), ("Condition, marks",))
    yield Writing(lines if _told_in(item, "Place") else (("Place where it was obtained",), *lines))
    yield Together((Heading(2, "Chain of custody"), Paragraph(_how(report, item), "small")))
    blank = ((item.number, "", "", "", "") for _ in range(BLANK_ROWS))
    yield Table(
        _COLUMNS,
        (row for rows in (_rows(report, item), blank) for row in rows),
        f"Chain of custody of {item.number}: who released, who received, when; then {BLANK_ROWS} rows to be written on",
        ruled=True,
        height=ROW,
    )
    yield from _others(report, item)
    yield from _disposal(report, item)


def _seized(report: Report, item: ReportItem) -> Iterator[tuple[str, Words]]:
    yield "Submitted by", signed_by(report, item.collected_by)
    captured = time_words(item.captured_at)
    yield "Obtained at", f"{captured}, as the collector says" if item.captured_at else captured
    yield "Recorded at", f"{time_words(item.recorded_at)}, by the recorder's own clock"
    for label in ("Found at", "Place"):
        if words := _told_in(item, label):
            yield label, words


def _item(item: ReportItem) -> Iterator[tuple[str, Words]]:
    yield "Quantity", f"1: {item.what}" + (f", {item.parts_listed} parts" if item.parts_listed else "")
    yield "Description", told(item.description, "none recorded")
    if item.name != "":
        yield "Name", told(item.name)
    yield "Type, size", f"{told(item.media_type, 'type not recorded')}; {size_words(item.size)}"
    yield "SHA-256", Span(aloud(item.digest), "fixed" if item.digest is not None else "body")
    state = item.state or "no reason is told"
    yield "Read again", Span(state, "alarm") if item.matches is False else state
    yield "Now with", item.holder or "nobody recorded"


def _told_in(item: ReportItem, label: str) -> str:
    """What a fact of this label says, wherever it stands, "" where none does."""
    for group in item.facts:
        for fact in group.facts:
            if fact.label == label and fact.text:
                return fact.text
    return ""


def _how(report: Report, item: ReportItem) -> str:
    count = sum(item.number == one.number for act in report.hand_overs for one in act.items)
    if not count:
        return "No hand-over is recorded: the item is still with whoever collected it."
    return (
        "“Signed electronically” means that the person's key signed a record of it: compare the eight words with the "
        "person. Whoever receives computes the SHA-256 value again."
    )


def _rows(report: Report, item: ReportItem) -> Iterator[tuple[Words, ...]]:
    yield (
        item.number,
        f"Collected {time_words(item.recorded_at)}",
        "(collected, from nobody of this case)",
        signed_by(report, item.collected_by, role=False),
        "The item comes into the record.",
    )
    for act in report.hand_overs:
        for one in act.items:
            if one.number == item.number:
                yield _hand_over(report, act, one)


def _hand_over(report: Report, act: HandOver, item: HandedItem) -> tuple[Words, ...]:
    answered = {"received": "Received", "declined": "Declined", "on paper": "Receipt recorded"}
    times = f"Released {time_words(act.released_at)}"
    if act.answered_at:
        times += f". {answered.get(act.state, 'Answered')} {time_words(act.answered_at)}"
    return (
        item.number,
        times,
        signed_by(report, act.released_by, role=False),
        _receiver(report, act),
        tuple(_comments(act, item)),
    )


def _receiver(report: Report, act: HandOver) -> Words:
    match act.state:
        case "received":
            return signed_by(report, act.to, role=False) if act.to else receiver(report, act)
        case "declined":
            who = signed_by(report, act.to, role=False) if act.to else (receiver(report, act),)
            return (Span("DECLINED by ", "strong"), *who)
        case "waiting":
            return (Span("NOT SIGNED. ", "strong"), "Offered to ", receiver(report, act), ", who has not answered.")
    return (Span(receiver(report, act), "strong"), ". Signed on paper: see the receipt")


def _comments(act: HandOver, item: HandedItem) -> Iterator[str | Span]:
    yield act.medium
    yield f"; {keeps(act)}"
    answer = {"received": ("Condition", act.condition), "declined": ("Reason", act.reason)}.get(act.state, ("", ""))
    for label, text in (("Place", act.place), ("Purpose", act.purpose), answer):
        if text != "":
            yield f". {label}: "
            yield told(text)
    yield ". The receiver's SHA-256: "
    yield compared(act, item)


def _others(report: Report, item: ReportItem) -> Iterator[Block]:
    """What else was recorded of the item: working copies, corrections, notes."""
    others = [event for event in item.events if event.kind not in CHAIN]
    if not others:
        return
    yield Heading(2, "Also recorded")
    yield Table(
        (Column("When", 0.2), Column("Who", 0.2), Column("What", 0.6)),
        ((time_words(one.time), named(report, one.who), event_words(one)) for one in others),
        f"What else is recorded of {item.number}",
    )


def _disposal(report: Report, item: ReportItem) -> Iterator[Block]:
    """The end of the item: as recorded, else lines to write on."""
    title = Heading(2, "Final disposal")
    done = [event for event in item.events if event.kind == "disposed"]
    if done:
        yield Together((title, Facts(tuple(_disposed(report, done[-1])), labels=LABELS)))
        lines: tuple[tuple[str, ...], ...] = (("Signature", "Witness, signature"),)
    else:
        lines = (
            ("What was done, and how",),
            ("Authority", "Date, time"),
            ("Carried out by (name, ID)", "Signature"),
            ("Witness (name, ID)", "Signature"),
        )
        yield Together((title, Paragraph("Nothing is recorded. To be filled in by hand.", "small"), Writing(lines)))
        return
    yield Writing(lines)


def _disposed(report: Report, event: Event) -> Iterator[tuple[str, Words]]:
    yield "What was done", event.sentence
    yield "When", time_words(event.time)
    yield "By", signed_by(report, event.who)
    for fact in event.facts:
        if fact.text:
            yield fact.label, fact.text
    if not any(fact.label == "Witness" for fact in event.facts):
        yield "Witness", f"none told here, or {SEALED}"
