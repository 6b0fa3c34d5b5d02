"""A witness statement for section 9 of the Criminal Justice Act 1967 (England and Wales): facts, one exhibit after the
other, in the first person where the maker acted. The declaration stands in its own words; its page count stays blank.
"""

from collections.abc import Iterator
from typing import Final

from custody.adapters.pdf.blocks import Block, Blocks, Facts, Heading, Paragraph, Quoted, Span, Together, Words, Writing
from custody.adapters.pdf.kinds.common import size_words, time_words, told
from custody.adapters.pdf.kinds.declarations.facts import hash_report, opening, others, result, whose
from custody.adapters.pdf.kinds.declarations.literal import UK_DECLARATION, UK_SOURCE
from custody.adapters.pdf.kinds.shorter import LABELS, closing, keeps
from custody.domain.fields import is_item_number
from custody.domain.report.model import HandOver, Report, ReportItem
from custody.domain.report.naming import named, receiver

SCHEDULE: Final = "Schedule of digests"
INITIALS: Final = "Signature, and of a witness:"


def exhibit(number: str) -> str:
    """The reference of an exhibit: JD/7 for the item JD-7. What is no number of an item stays as it is."""
    return "/".join(number.rsplit("-", 1)) if is_item_number(number) else number


def uk_s9(report: Report) -> Blocks:
    """The statement."""
    yield from opening(
        report,
        "Witness statement",
        "For section 9 of the Criminal Justice Act 1967 and Part 16 of the Criminal Procedure Rules, England and Wales",
    )
    yield whose(report)
    person = report.person(report.made_by)
    role: tuple[tuple[str, Words], ...] = ()
    name: Block = Writing((("Statement of (name)",),))
    if person is not None:
        role = (
            ("Organisation", person.organisation or "not told here"),
            ("Role in the case", person.role or "not told here"),
            ("Key", (f"{person.words}; ", Span(person.key_id, "fixed"))),
        )
        if person.name and not person.pseudonym:
            name = Facts((("Statement of", Span(person.name, "strong")),), labels=LABELS)
    yield name
    yield Facts(role, labels=LABELS)
    yield Writing((("Age if under 18", "Occupation"),))
    yield Together(
        (
            Quoted(UK_SOURCE, (Paragraph(UK_DECLARATION),)),
            Writing((("Number of pages (filled last)",), ("Signature", "Date"))),
        )
    )
    yield from _body(report)
    yield Together(
        (
            Paragraph("I did not (to be completed, for example: change, open or copy an exhibit; or struck out):"),
            Writing((("",), ("",))),
        )
    )
    yield Together(  # a signature never stands alone on a page
        (
            Paragraph("What I can say beyond this of my own knowledge, and my qualification where it matters:"),
            Writing((("",), ("",))),
            Writing((("Signature", "Date"), ("Signature witnessed by", "Name"))),
        )
    )
    yield from hash_report(report, SCHEDULE, "schedule")
    yield from closing(report)


def _body(report: Report) -> Iterator[Block]:
    yield Heading(1, "Statement")
    yield Paragraph(
        "All times are Coordinated Universal Time (UTC). What I state of my own acts I know as the person who did "
        f"them; what I state of others I know from the signed record of the case. {others(report)}"
    )
    if not report.items:
        yield Paragraph("The record has no item: I produce no exhibit.")
    handed: dict[str, list[HandOver]] = {}
    for act in report.hand_overs:
        for one in act.items:
            handed.setdefault(one.number, []).append(act)
    for item in report.items:
        yield Paragraph(tuple(_exhibit(report, item, handed.get(item.number, []))), before=5)


def _exhibit(report: Report, item: ReportItem, handed: list[HandOver]) -> Iterator[str | Span]:
    """How one exhibit was got, its digest, and to whom it went."""
    mine = item.collected_by == report.made_by
    who = "I" if mine else f"{named(report, item.collected_by)}, as the record says,"
    yield Span(f"{exhibit(item.number)}. ", "strong")
    yield f"At {time_words(item.captured_at)} " if item.captured_at else "At a time that is not told here "
    yield f"{who} obtained {item.what}{_how(item)}. "
    yield f"I produce it as exhibit {exhibit(item.number)}" if mine else f"It is exhibit {exhibit(item.number)}"
    if item.description:
        yield ": "
        yield item.description.rstrip(". ")
    if item.name:
        yield ". Its name was "
        yield item.name
    yield f". Its size: {size_words(item.size)}. Its SHA-256 value, calculated at {time_words(item.hashed_at)}, is "
    yield Span(told(item.digest), "fixed" if item.digest is not None else "body")
    yield f". It was recorded at {time_words(item.recorded_at)}. "
    if item.matches is None:
        yield f"The value was not checked again: {item.state or 'no reason is told'}."
    else:
        checked = f"{'I' if mine else 'My computer'} checked the value again at {time_words(report.generated_at)}"
        again = result(item)
        yield f"{checked}; the result: "
        yield again if isinstance(again, str | Span) else ""
        yield "."
    for act in handed:
        yield f" {_passed(report, act, item.number)}"


def _how(item: ReportItem) -> str:
    """With what, how and where it was got, as far as the document says it."""
    told_of = {fact.label: fact.text for group in item.facts for fact in group.facts}
    words = (("", "How"), ("with ", "With"), ("found at ", "Found at"), ("at the place ", "Place"))
    said = ", ".join(f"{before}{told_of[label]}" for before, label in words if told_of.get(label))
    return f" ({said})" if said else ""


def _passed(report: Report, act: HandOver, number: str) -> str:
    mine = act.released_by == report.made_by
    who = "I" if mine else named(report, act.released_by)
    to = receiver(report, act)
    verb = "offered" if act.state in ("waiting", "declined") else "passed"
    words = f"{who} {verb} it to {to} at {time_words(act.released_at)} ({act.medium}; {keeps(act)})"
    match act.state:
        case "received":
            one = next(one for one in act.items if one.number == number)
            same = one.received is not None and one.received == one.released
            said = "and calculated the same value" if same else "and the value that they calculated is not told here"
            if one.received is not None and one.released is not None and not same:
                said = f"and calculated ANOTHER value: {one.received}"
            return f"{words}; they received it at {time_words(act.answered_at)} {said}."
        case "declined":
            return f"{words}; they declined at {time_words(act.answered_at)}."
        case "waiting":
            return f"{words}; they have not answered."
    return f"{words}, on paper."
