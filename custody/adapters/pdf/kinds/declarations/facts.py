"""What the declarations of all jurisdictions say of the record: maker, comparison, hash report. States facts only.

"I" is the maker of the document. What others did is told as theirs, and what nobody recorded is left to be written.
"""

from collections.abc import Iterator
from typing import Final

from custody.adapters.pdf.blocks import (
    Banner,
    Block,
    Column,
    Facts,
    Heading,
    Paragraph,
    Space,
    Span,
    Table,
    Together,
    Words,
)
from custody.adapters.pdf.kinds.common import local_words, size_words, time_words, told
from custody.adapters.pdf.kinds.shorter import LABELS
from custody.domain.questions.parts import listed
from custody.domain.report.front import banner, exceptions
from custody.domain.report.model import Report, ReportItem
from custody.domain.report.naming import SEALED, known_as

MAX_NAMED: Final = 20  # items named in a sentence; the schedule of digests has them all
MAX_EXCEPTIONS: Final = 20
MAX_WHAT: Final = 120  # characters of a description in the list of digests

DRAFT: Final = (
    "Draft for legal review. The facts are filled in from the signed record of the case. Signature, date, "
    "qualification and opinion are left blank: they are for the person who signs. Sign only what you know yourself; "
    "strike out or correct the rest. Whether this document is the right one, and what "
    "follows from it, is for a lawyer to say."
)
FINAL: Final = (
    "The facts are filled in from the signed record of the case. Signature, date, qualification and opinion are for "
    "the person who signs."
)


def opening(report: Report, title: str, law: str) -> Iterator[Block]:
    """Title, the law it is made for, banner, and what is left to the person who signs."""
    yield Heading(0, title)
    yield Paragraph(law, "quiet")
    if banner(report):
        yield Banner(banner(report))
    yield Paragraph(FINAL if report.final else DRAFT, "small", before=4)
    yield Space(5)


def whose(report: Report) -> Block:
    """The case, and which document of it this is."""
    number = report.name if report.version > 1 else f"{report.name} version 1"
    facts: list[tuple[str, Words]] = [("Case", report.reference)]
    if report.title != "":
        facts.append(("Title", told(report.title)))
    facts.append(("Document", number + (f"; it takes the place of {report.supersedes}" if report.supersedes else "")))
    if report.made_for:
        facts.append(("Made for", report.made_for))
    facts.append(("Prepared at", f"{time_words(report.generated_at)}{local_words(report)}"))
    return Facts(tuple(facts), labels=LABELS)


def maker(report: Report) -> Block:
    """Who the record says that the maker is. A pseudonym says so: a declaration is signed with a name."""
    person = report.person(report.made_by)
    if person is None:
        return Facts((("Key", Span(report.made_by, "fixed")),), labels=LABELS)
    pseudonym = " (a pseudonym: write your legal name by hand)" if person.pseudonym else ""
    facts: tuple[tuple[str, Words], ...] = (
        ("Name", f"{person.name}{pseudonym}" if person.name else "not told here"),
        ("Organisation", person.organisation or "not told here"),
        ("Role in the case", person.role or "not told here"),
        ("Key", (f"{person.words}; ", Span(person.key_id, "fixed"))),
    )
    return Facts(facts, labels=LABELS)


def others(report: Report) -> str:
    """Who else signed records that the document rests on."""
    names = [f"{known_as(one)}: {one.signed}" for one in report.people if one.signed and one.key_id != report.made_by]
    if not names:
        return "No other person signed records that this document rests on."
    return f"Others signed records that this document rests on, so many each: {listed(names)}."


def numbers(some: list[str]) -> str:
    """Numbers of items in a sentence."""
    if len(some) > MAX_NAMED:
        return f"{', '.join(some[:MAX_NAMED])} and {len(some) - MAX_NAMED} more, marked in the list"
    return listed(some)


def result(item: ReportItem) -> Words:
    """What comparing the item again gave."""
    if item.matches is None:
        return f"not compared: {item.state or 'no reason is told'}"
    return "the same value" if item.matches else Span("ANOTHER VALUE", "alarm")


def comparison(report: Report) -> Iterator[str]:
    """How many values were computed again and found to be those that were recorded."""
    items = report.items
    if not items:
        yield "There is no item: nothing was compared."
        return
    good = sum(item.matches is True for item in items)
    if good == len(items) == 1:
        yield "The value of the one item is the same. There is no exception."
        return
    yield f"The values of {good} of {len(items)} item{'' if len(items) == 1 else 's'} are the same."
    bad = [item.number for item in items if item.matches is False]
    unread = [item.number for item in items if item.matches is None]
    if bad:
        yield f"Except: {numbers(bad)}, of which another value was computed."
    if unread:
        yield f"Not compared: {numbers(unread)}; the list says why."
    if not (bad or unread):
        yield "There is no exception."


def exceptions_found(report: Report) -> Iterator[Block]:
    """Everything that failed in the whole record."""
    found = exceptions(report)
    if not found:
        yield Paragraph("No check of the whole record failed.")
        return
    yield Paragraph(
        "Failed in the whole record:"
        if len(found) <= MAX_EXCEPTIONS
        else f"{len(found)} checks of the whole record failed. The first {MAX_EXCEPTIONS}:"
    )
    yield Facts(tuple((one.about, one.message) for one in found[:MAX_EXCEPTIONS]), labels=LABELS)


def hash_report(report: Report, title: str, anchor: str) -> Iterator[Block]:
    """The schedule of digests: both values are one where they are the same, so it says which it is."""
    yield Together(
        (
            Heading(1, title, anchor),
            Paragraph(
                "SHA-256 (FIPS 180-4) of every byte of each file; of a folder, that of the list of its parts. The "
                "value printed is the one that was recorded when the file was first stored. “Again” says what "
                f"computing it anew gave, at {time_words(report.generated_at)}.",
                "small",
            ),
        )
    )
    if not report.items:
        yield Paragraph("No items.")
        return
    yield Table(
        (
            Column("Item", 0.1, "strong"),
            Column("What, size, and when computed", 0.235),
            Column("SHA-256 as recorded", 0.535, "fixed"),  # a value in one line: it is compared and copied whole
            Column("Again", 0.13),
        ),
        (_row(item) for item in report.items),
        f"{title}: number, description and size, SHA-256 value, when it was computed, what computing it again gave",
    )
    if report.scope.withheld:
        withheld = numbers(list(report.scope.withheld))
        why = report.scope.reason or "no reason given"
        yield Paragraph((f"Withheld, and not in this list: {withheld} (", why, ")."))
    yield Paragraph(f"Made with {_tools(report)}.", "small", before=4)


def _tools(report: Report) -> str:
    """Every program, none left out."""
    return ", ".join(f"{tool.name} {tool.version}" for tool in report.tools) or f"custody {report.version_made}"


def _row(item: ReportItem) -> tuple[Words, ...]:
    what = (item.description or "").rstrip(". ") or item.name or item.what
    if len(what) > MAX_WHAT:
        what = f"{what[:MAX_WHAT]} …"
    facts: Words = (what, f"; {size_words(item.size)}; {time_words(item.hashed_at)}")
    return (item.number, facts, item.digest if item.digest is not None else Span(SEALED, "quiet"), result(item))
