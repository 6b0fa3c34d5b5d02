"""The form of the Schedule for section 63(4) of the Bharatiya Sakshya Adhiniyam, 2023 (India), word for word.

Filled in are the hash values and their algorithm in Part A. Everything else is for the two people who sign; Part B is
blank. Our own words are in the hash report that is enclosed.
"""

from collections.abc import Iterator
from typing import Final

from custody.adapters.pdf.blocks import (
    Block,
    Blocks,
    Heading,
    NewPage,
    Paragraph,
    Points,
    Quoted,
    Span,
    Ticks,
    Together,
    Words,
    Writing,
)
from custody.adapters.pdf.kinds.declarations import literal
from custody.adapters.pdf.kinds.declarations.facts import hash_report, maker, opening, others, whose
from custody.adapters.pdf.kinds.shorter import closing
from custody.domain.report.model import Report

HASH_REPORT: Final = "Hash report (enclosed)"
_PARTS: Final = (
    "Part A, for the party: where there is an item, the hash values and their algorithm are filled in. Everything else "
    "is for the person who signs it.",
    "Part B, for the expert: blank.",
    "The hash report follows them. It, and what stands before Part A, is in our own words; the words with a bar beside "
    "them are those of the Schedule, untouched.",
)
ENCLOSED: Final = "listed value by value in the enclosed hash report"


def in_63_4(report: Report) -> Blocks:
    """Part A, Part B, and the hash report."""
    yield from opening(
        report,
        "Certificate: form of the Schedule",
        "For section 63(4)(c) of the Bharatiya Sakshya Adhiniyam, 2023, India",
    )
    yield whose(report)
    yield Heading(1, "What is filled in, and what is not")
    yield Points(_PARTS)
    yield Together((Heading(1, "Who computed the values"), maker(report), Paragraph(others(report), "small")))
    yield from closing(report)
    yield NewPage()
    yield Heading(1, literal.INDIA_PART_A)
    yield Quoted(literal.INDIA_SOURCE, tuple(_part_a(report)))
    yield NewPage()
    yield Heading(1, literal.INDIA_PART_B)
    yield Quoted(literal.INDIA_SOURCE, tuple(_part_b()))
    yield NewPage()
    yield from hash_report(report, HASH_REPORT, "hash-report")


def _part_a(report: Report) -> Iterator[Block]:
    yield from _person()
    yield Paragraph(literal.INDIA_PRODUCED_BY_PARTY, before=4)
    yield from _device()
    yield Paragraph(literal.INDIA_CONTROL, before=4)
    yield Ticks(literal.INDIA_RELATIONS)
    yield Paragraph(literal.INDIA_BY_ME)
    yield from _hash(_values(report), ("SHA256",) if report.items else ())
    yield Writing((("name and signature",),), height=34, tone="body")
    yield from _when()


def _part_b() -> Iterator[Block]:
    yield from _person()
    yield Paragraph(literal.INDIA_PRODUCED_BY_EXPERT, before=4)
    yield from _device()
    yield from _hash(None, ())
    yield Writing((("",), ("",)), height=26)
    yield Paragraph(literal.INDIA_EXPERT_SIGNS)
    yield from _when()


def _person() -> Iterator[Block]:
    """The opening sentence: its words are the labels of the lines to write on."""
    *labels, rest = literal.INDIA_PERSON.split("__")
    yield Writing(tuple((label.strip(),) for label in labels), tone="body")
    yield Paragraph(rest.strip())


def _device() -> Iterator[Block]:
    yield Ticks(literal.INDIA_DEVICES)
    model, colour, serial, identity, other = literal.INDIA_DEVICE_FACTS
    yield Writing(((model, colour), (serial,), (identity,), (other,)), tone="body")


def _hash(values: Words | None, ticked: tuple[str, ...]) -> Iterator[Block]:
    """The hash statement; `values` stand in its blank, None leaves a line to write on."""
    before, after = literal.INDIA_HASH.split("__")
    if values is None:
        yield Writing(((before.strip(),),), tone="body")
        yield Paragraph(after)
    else:
        filled = values if isinstance(values, tuple) else (values,)
        yield Paragraph((before, *filled, after), before=4)
    yield Ticks(literal.INDIA_ALGORITHMS, ticked)
    yield Paragraph(literal.INDIA_ENCLOSED)


def _values(report: Report) -> Words | None:
    """What stands in the blank: the value of one item, the list of several, nothing where there is none."""
    if not report.items:
        return None
    one = report.items[0].digest
    if len(report.items) == 1 and one is not None:
        return (Span(one, "fixed"),)
    return (Span(ENCLOSED, "strong"),)


def _when() -> Iterator[Block]:
    yield Writing((("Date (DD/MM/YYYY)", "Time (IST, 24 h)"), ("Place",)), tone="body")
