"""The receipt of a hand-over: what was offered, and what the receiver answered. Says plainly what is not signed."""

from collections.abc import Iterator
from typing import Final

from custody.adapters.pdf.blocks import (
    Banner,
    Block,
    Blocks,
    Facts,
    Heading,
    NewPage,
    Paragraph,
    Span,
    Together,
    Words,
)
from custody.adapters.pdf.kinds.common import aloud, size_words, time_words, told
from custody.adapters.pdf.kinds.shorter import LABELS, closing, compared, opening, signed_by
from custody.domain.questions.parts import counted
from custody.domain.report.model import HandedItem, HandOver, Report
from custody.domain.report.naming import introduced, named, receiver

_WHAT: Final = (
    "A hand-over has two sides, and each signs their own record: one person offers, the other receives or declines. "
    "The receiver's computer computes the SHA-256 value of each item again, from every byte of it."
)


def receipt(report: Report) -> Blocks:
    """The receipt; for several hand-overs one after the other, each from a new page on."""
    yield from opening(report, "Receipt for evidence handed over", _WHAT)
    if not report.hand_overs:
        yield Paragraph("The record has no such hand-over: there is nothing to confirm.")
    for count, act in enumerate(report.hand_overs):
        if count:
            yield NewPage()
        yield from _receipt(report, act)
    yield from closing(report)


def _receipt(report: Report, act: HandOver) -> Iterator[Block]:
    count = counted(len(act.items), "item")
    title = f"{count} from {named(report, act.released_by)} to {receiver(report, act)}"
    yield Together((Heading(1, title), Banner(_state(report, act))))
    yield Together((Heading(2, "The offer"), Facts(tuple(_offer(report, act)), labels=LABELS)))
    yield Together((Heading(2, "The answer"), Facts(tuple(_answer(report, act)), labels=LABELS)))
    if not act.items:
        yield Paragraph("It names no item.")
    for item in act.items:
        yield Together((Heading(2, f"Item {item.number}"), Facts(tuple(_item(act, item)), labels=LABELS)))


def _state(report: Report, act: HandOver) -> Words:
    to = receiver(report, act)
    match act.state:
        case "received":
            differing = [one.number for one in act.items if compared(act, one).tone == "alarm"]
            if differing:
                return (f"RECEIVED by {to}, BUT ANOTHER VALUE was computed: {', '.join(differing)}",)
            return f"RECEIVED. Both sides signed: {to} confirmed at {time_words(act.answered_at)}."
        case "declined":
            return f"DECLINED by {to} at {time_words(act.answered_at)}. The items stayed with whoever offered them."
        case "waiting":
            return f"WAITING. One side signed only: {to} has not answered. Until then this is an offer, not a receipt."
    if act.answered_at:
        return f"ON PAPER. {to} signed on paper; the signed receipt was recorded at {time_words(act.answered_at)}."
    return f"ON PAPER. {to} signs on paper; no signed receipt is recorded yet."


def _offer(report: Report, act: HandOver) -> Iterator[tuple[str, Words]]:
    yield "Released by", signed_by(report, act.released_by)
    yield "Released at", f"{time_words(act.released_at)}, by the clock of that person's computer"
    for label, text in (("Purpose", act.purpose), ("Medium", act.medium), ("Place", act.place)):
        yield label, told(text, "not told")
    yield "Keeps a copy", "yes, the giver keeps one" if act.keeps_copy else "no, the giver keeps none"
    yield "Hand-over", Span(act.act, "fixed")


def _answer(report: Report, act: HandOver) -> Iterator[tuple[str, Words]]:
    person = report.person(act.to) if act.to else None
    if act.state == "waiting":
        yield "Offered to", introduced(report, act.to) if person else receiver(report, act)
        yield "Answer", Span("none yet", "strong")
    elif act.state == "declined":
        yield "Declined by", signed_by(report, act.to) if act.to else receiver(report, act)
        yield "Declined at", time_words(act.answered_at)
        yield "Reason", told(act.reason, "not told")
    elif act.state == "received":
        yield "Received by", signed_by(report, act.to) if act.to else receiver(report, act)
        yield "Received at", f"{time_words(act.answered_at)}, by the clock of that person's computer"
        yield "Condition", told(act.condition, "not told")
    else:
        yield "Handed to", receiver(report, act)
        yield "Receipt", f"recorded at {time_words(act.answered_at)}" if act.answered_at else "not recorded yet"
    if act.to:
        yield "Receiver's key", Span(aloud(act.to), "fixed")
        if person is not None and person.identified:
            yield "How known", person.identified


def _item(act: HandOver, item: HandedItem) -> Iterator[tuple[str, Words]]:
    """A value each in a line of its own: so it is compared by eye, and copied whole."""
    yield "What", (told(item.what, "not told"), f"; {size_words(item.size)}")
    yield "SHA-256 recorded", Span(aloud(item.released), "fixed" if item.released else "body")
    if item.received:
        yield "SHA-256 received", Span(aloud(item.received), "fixed")
    yield "Are they the same?", compared(act, item)
    yield "Record of the offer", Span(item.statement, "fixed")
    yield "Record of the answer", Span(item.answer, "fixed") if item.answer else "none"
