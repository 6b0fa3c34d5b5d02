"""The items: a table of all, a section for each, and an annex for the parts of those that have many. Judges nothing.

Every section is made when it is drawn, and none is kept.
"""

import base64
import binascii
from collections.abc import Iterator
from typing import Final

from custody.adapters.pdf.blocks import (
    Block,
    Blocks,
    Code,
    Column,
    Facts,
    Heading,
    Paragraph,
    Picture,
    Span,
    Table,
    Together,
    Words,
)
from custody.adapters.pdf.kinds.common import (
    ITEMS,
    NOBODY,
    PARTS,
    Linked,
    aloud,
    item_anchor,
    parts_anchor,
    short,
    size_words,
    time_words,
    told,
)
from custody.adapters.pdf.kinds.compact import many_items
from custody.adapters.pdf.kinds.history import history, is_short, same_clock
from custody.domain.report.building import CORRECTED
from custody.domain.report.known import UNDER_SEAL
from custody.domain.report.model import Part, Report, ReportItem
from custody.domain.report.naming import SEALED, delay_words, named
from custody.domain.sheet import PLACE

WHOLE: Final = 500  # items up to which each has codes, pictures and tables; beyond, the same facts in few lines
APART: Final = 100  # items up to which none goes on to the next page where it fits on one; more cost too much paper
CODE_SIDE: Final = 76.0
PICTURE_SIDE: Final = 110.0
_ELSEWHERE: Final = frozenset({CORRECTED, PLACE})  # said above, and in the history
TABLE_TEXT: Final = 120  # characters of a description in the table; its section has all of it

_DIGEST = (
    "The SHA-256 value is that of the file; for a folder it is that of the list of its parts. Compare all 64 signs, or "
    "let a computer do it: see “How to check”."
)


def item_table(report: Report) -> Blocks:
    """All items, a row each; of very many, all that is said of each."""
    if len(report.items) > WHOLE:
        yield from many_items(report)
        return
    yield Heading(1, "Items", ITEMS)
    if not report.items:
        yield Paragraph("No items.")
        return
    yield Paragraph(_DIGEST, "small")
    link = Linked(report)
    yield Table(
        (
            Column("Item", 0.11),
            Column("What", 0.34),
            Column("SHA-256", 0.29, "fixed"),
            Column("Bytes", 0.13),
            Column("Read again", 0.13),
        ),
        (_row(item, link) for item in report.items),
        "All items of this report: number, description, SHA-256 value, size, and what reading it again gave",
    )


def _row(item: ReportItem, link: Linked) -> tuple[Words, ...]:
    words = short(item.description or item.name or item.what, TABLE_TEXT)
    state = Span(item.state, "alarm") if item.matches is False else item.state
    size = SEALED if item.size is None else f"{item.size:,}"
    return (link.item(item.number), words, item.digest or SEALED, size, state)


def item_sections(report: Report) -> Blocks:
    """A section for each item; of very many, the table is sections already."""
    if not 0 < len(report.items) <= WHOLE:
        return
    yield Heading(1, "Each item")
    for item in report.items:
        yield from _section(report, item)


def _section(report: Report, item: ReportItem) -> Iterator[Block]:
    side = (
        Code(item.digest, CODE_SIDE, f"QR code of the SHA-256 value of {item.number}: {item.digest}")
        if item.digest is not None
        else None
    )
    first = (
        Heading(2, item.number, item_anchor(item.number)),
        Facts(tuple(_what(item)), side),
        Facts(tuple(_sums(item))),
    )
    rest = [Facts(tuple(_when(report, item)), _picture(item))]
    if groups := tuple(_groups(item)):
        rest.append(Facts(groups))
    if len(report.items) <= APART and is_short(item):  # a page that can be taken out by itself
        yield Together((*first, *rest, *history(report, item)))
        return
    yield Together(first)
    yield from rest
    yield from history(report, item)


def _groups(item: ReportItem) -> Iterator[tuple[str, Words]]:
    """The facts under their headings: a heading stands beside the first of its own. The history has the rest."""
    clock = same_clock(item)
    sealed: list[str] = []
    for group in item.facts:
        title = group.title
        for fact in group.facts:
            if fact.label == UNDER_SEAL:
                sealed.append(fact.text)
            elif fact.text != clock and fact.label not in _ELSEWHERE:
                yield title, (Span(f"{fact.label}: ", "quiet"), Span(fact.text, "fixed" if fact.fixed else "body"))
                title = ""
    if sealed:
        yield UNDER_SEAL, ", ".join(sealed)


def _what(item: ReportItem) -> Iterator[tuple[str, Words]]:
    yield "Description", told(item.description, "none recorded")
    if fields := _corrected(item):
        yield CORRECTED, f"{fields}: the history has the new value"
    yield "What", item.what
    yield "Name", told(item.name, "none recorded")
    if item.command_name:
        yield "Its file here", item.command_name
    yield "Media type", told(item.media_type, "none recorded")
    yield "Size", size_words(item.size)
    state = item.state or "no reason is told"
    yield "Read again", Span(state, "alarm") if item.matches is False else state
    if item.parts or item.parts_listed:
        yield "Parts", Span(f"{max(item.parts_listed, len(item.parts))}, listed in the annex", "body", _to_parts(item))


def _corrected(item: ReportItem) -> str:
    """The fields that later records correct: what stands here is what the first one says."""
    said = (fact.text for group in item.facts for fact in group.facts if fact.label == CORRECTED)
    return next(said, "")


def _to_parts(item: ReportItem) -> str:
    return f"#{parts_anchor(item.number)}"


def _sums(item: ReportItem) -> Iterator[tuple[str, Words]]:
    yield "SHA-256", Span(item.digest or SEALED, "fixed")
    if item.digest is not None:
        yield "To read aloud", Span(aloud(item.digest), "fixed")


def _when(report: Report, item: ReportItem) -> Iterator[tuple[str, Words]]:
    yield "Collected by", named(report, item.collected_by)
    captured = time_words(item.captured_at)
    yield "Captured at", f"{captured}, as the collector says" if item.captured_at else captured
    yield "Hashed at", time_words(item.hashed_at)
    if item.delay is not None:
        yield "Capture to hash", delay_words(item.delay)
    yield "Recorded at", f"{time_words(item.recorded_at)}, by the recorder's own clock"
    before, after = item.not_before, item.not_after
    yield "No earlier than", f"{time_words(before.time)} ({before.word})" if before else NOBODY
    yield "No later than", f"{time_words(after.time)} ({after.word})" if after else NOBODY
    yield "Sensitivity", item.sensitivity
    yield "Answers for it now", item.holder or "nobody recorded"
    if item.picture is not None:
        yield "Picture", "made unreadable on purpose" if item.picture.blurred else "small copy, shown on purpose"


def _picture(item: ReportItem) -> Picture | None:
    if item.picture is None:
        return None
    try:
        jpeg = base64.b64decode(item.picture.jpeg, validate=True)
    except (binascii.Error, ValueError):
        return None
    how = "blurred on purpose, so that it shows nothing" if item.picture.blurred else "a small copy of the file"
    return Picture(jpeg, PICTURE_SIDE, f"Picture of {item.number}: {how}")


def parts_annex(report: Report) -> Blocks:
    """The parts of every item that has many, a table each."""
    with_parts = [item for item in report.items if item.parts or item.parts_listed]
    if not with_parts:
        return
    yield Heading(1, "Annex: parts", PARTS)
    link = Linked(report)
    for item in with_parts:
        yield Heading(2, f"Parts of {item.number}", parts_anchor(item.number))
        listed, every = len(item.parts), max(item.parts_listed, len(item.parts))
        left_out = f" {every - listed} of them are not listed here." if every > listed else ""
        yield Paragraph(("Item ", link.item(item.number, "body"), f" has {every} parts.{left_out}"))
        if item.parts:
            yield Table(
                (
                    Column("Part", 0.14),
                    Column("Path in the folder", 0.43),
                    Column("Bytes", 0.14),
                    Column("SHA-256", 0.29, "fixed"),
                ),
                (_part(item.number, count, part) for count, part in enumerate(item.parts, 1)),
                f"Parts of {item.number}: number, path, size and SHA-256 value",
            )


def _part(number: str, count: int, part: Part) -> tuple[Words, ...]:
    size = SEALED if part.size is None else f"{part.size:,}"
    return (f"{number}/{count}", told(part.path), size, part.digest)
