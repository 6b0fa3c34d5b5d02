"""How the shorter documents begin and end, and the words that they share. Chooses no contents."""

from collections.abc import Iterator
from typing import Final

from custody.adapters.pdf.blocks import Banner, Block, Facts, Heading, Paragraph, Span, Together, Words
from custody.adapters.pdf.kinds.common import UNSTAMPED, local_words, time_words, told
from custody.domain.questions.parts import counted
from custody.domain.report.front import banner
from custody.domain.report.model import HandedItem, HandOver, Report
from custody.domain.report.naming import introduced, known_as, named

LABELS: Final = 104.0
CHECK: Final = "custody verify THIS.pdf"


def opening(report: Report, title: str, what: str) -> Iterator[Block]:
    """Title, banner, what the document is, and whose: the beginning of every shorter document."""
    yield Heading(0, title)
    if banner(report):
        yield Banner(banner(report))
    yield Paragraph(what)
    yield Facts(tuple(_whose(report)), labels=LABELS)


def _whose(report: Report) -> Iterator[tuple[str, Words]]:
    title = "" if report.title == "" else f": {told(report.title)}"
    yield "Case", f"{report.reference}{title}"
    number = report.name if report.version > 1 else f"{report.name} version 1"
    yield "Document", number + (f"; it takes the place of {report.supersedes}" if report.supersedes else "")
    yield "Made by", introduced(report, report.made_by)
    if report.made_for:
        yield "Made for", report.made_for
    yield "Made at", f"{time_words(report.generated_at)}{local_words(report)}"


def closing(report: Report) -> Iterator[Block]:
    """What the document rests on, in small print: it belongs to every page that may be read alone."""
    attached = "; ".join(f"{one.name} ({one.what})" for one in report.attached) or "nothing"
    opened = "; ".join(report.scope.opened) if report.scope.opened else "nothing but what a check needs"
    facts = (
        *(
            (f"Ledger {one.label}", f"{counted(one.size, 'record')}, root {one.root}; {one.words}")
            for one in report.ledgers
        ),
        ("Stamped by", report.stamped_by or UNSTAMPED),
        ("Inside this PDF", attached),
        ("Opened from seal", opened),
        ("To check it", f"{CHECK}, with custody {report.version_made}"),
    )
    lines = (Paragraph((Span(f"{label}: ", "quiet"), words), "small", before=1) for label, words in facts)
    yield Together((Heading(3, "What this document rests on"), *lines))


def signed_by(report: Report, key_id: str, *, role: bool = True) -> tuple[str | Span, ...]:
    """A name, whom they work for, and that a key signed: its eight words can be compared with those of the person."""
    person = report.person(key_id)
    if person is None:
        return (Span(named(report, key_id), "strong"), Span(" signed electronically", "body"))
    words: list[str | Span] = [Span(known_as(person), "strong")]
    for about in (person.organisation, person.role if role else ""):
        words += [", ", about] if about else []
    words.append(Span(f". Signed electronically; key in words: {person.words}", "body"))
    return tuple(words)


def keeps(act: HandOver) -> str:
    """Whether the giver keeps a copy."""
    return f"the giver keeps {'a' if act.keeps_copy else 'no'} copy"


def compared(act: HandOver, item: HandedItem) -> Span:
    """Whether the digest that the receiver computed is the one that was recorded."""
    if item.received is None:
        why = {
            "received": "not told here",
            "on paper": "not computed: signed on paper",
            "waiting": "not yet: nobody has answered",
            "declined": "not computed: declined",
        }
        return Span(why.get(act.state, "not told here"))
    if item.released is None:
        return Span("cannot be compared here: the recorded value is under seal")
    return Span("the same", "strong") if item.released == item.received else Span("ANOTHER VALUE", "alarm")
