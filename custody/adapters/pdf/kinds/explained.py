"""One page that explains hash, signature, record and stamp once, with a drawing of this very case. Judges nothing."""

from dataclasses import dataclass
from typing import Final

from custody.adapters.pdf.blocks import Blocks, Figure, Heading, Paragraph, Shape
from custody.adapters.pdf.kinds.common import EXPLAINED, WIDTH, short
from custody.domain.report.model import LedgerState, Report, ReportItem, Stamp
from custody.domain.report.naming import named
from custody.domain.visible import visible
from custody.domain.wording import short_size, time_in_words

BOXES: Final = 5
GAP: Final = 16.0
BOX: Final = (WIDTH - (BOXES - 1) * GAP) / BOXES
TALL: Final = 58.0
BELOW: Final = 40.0  # the box of this report, under the others
PAD: Final = 4.0
DIGITS: Final = 8  # of a value, in a box that has no room for 64

_WORDS: Final = (
    (
        "1 and 2. A file and its hash",
        "A hash is a value computed from every byte of a file: here SHA-256, 64 of the signs 0 to 9 and a to f. The "
        "same file gives the same value on every computer. If one letter or one dot of a picture is changed, the value "
        "is quite different. Nobody knows a way to make another file with the same value. So whoever has the value can "
        "tell later whether a file is still the same.",
    ),
    (
        "3. A signed record",
        "Each step is written down as a record: who, what, when, and the hash of the item. The person's computer signs "
        "it with a key that only they should have. Anybody can check which key signed, and that no letter of the "
        "record was changed since. Who the key belongs to must be learnt from the person: no computer can tell.",
    ),
    (
        "4. The ledger and its root",
        "Records are only ever added at the end of a list, the ledger; none is changed or taken out. A mistake is "
        "corrected by a further record. One value, the root, is computed from all of them, as a hash is from a file. A "
        "record that is changed, taken out or put in later gives another root, and whoever has the earlier root can "
        "see it.",
    ),
    (
        "5. A stamp from outside",
        "The clock of a computer can be wrong, and its owner can set it. So somebody independent is asked to sign the "
        "root together with their own time. They learn nothing else. Everything up to that root existed by then. "
        "Without a stamp, the times here are only what people's computers said.",
    ),
)


@dataclass(frozen=True, slots=True)
class _Station:
    """A box of the chain: its title, and lines (text, in the mono face)."""

    title: str
    lines: tuple[tuple[str, bool], ...]


def explanation(report: Report) -> Blocks:
    """The page: the drawing, then a paragraph for each of its stations."""
    yield Heading(1, "What the words mean", EXPLAINED)
    yield Paragraph("From a file to this report. The drawing shows values of this case; the numbers lead to the text.")
    yield chain_figure(report)
    for title, text in _WORDS:
        yield Heading(2, title)
        yield Paragraph(text)
    yield Heading(2, "What this cannot do")
    yield Paragraph(
        "A hash shows that two files are the same. It says nothing of who made the file, whether what it shows is "
        "true, or what happened before the hash was computed. A signature shows a key, not a hand. A ledger holds "
        "what was recorded, not what was left out."
    )


def chain_figure(report: Report) -> Figure:
    """File, hash, record, ledger, stamp, and this report under them: with values of the first item that tells its own.

    Its alternative text says every word of the drawing.
    """
    stations = _stations(report)
    shapes: list[Shape] = []
    for index, station in enumerate(stations):
        left = index * (BOX + GAP)
        shapes.append(Shape("box", (left, 0, BOX, TALL), fill=1.0, weight=0.9))
        shapes.append(Shape("text", (left + PAD, 12, BOX - 2 * PAD), station.title, 8.5, bold=True))
        for row, (words, fixed) in enumerate(station.lines):
            shapes.append(Shape("text", (left + PAD, 26 + 11 * row, BOX - 2 * PAD), words, 7, fixed=fixed))
        if index:
            shapes.append(Shape("arrow", (left - GAP + 2, TALL / 2, left - 2, TALL / 2)))
    top, foot = TALL + 22, TALL + 22 + BELOW
    for index in (1, 2, 3, 4):
        middle = index * (BOX + GAP) + BOX / 2
        shapes.append(Shape("arrow", (middle, TALL + 2, middle, top - 2), dashed=index == 4 and not _dated(report)))
    shapes.append(Shape("box", (BOX + GAP, top, WIDTH - BOX - GAP, BELOW), fill=0.93, weight=1.3))
    maker = short(named(report, report.made_by))
    title = f"This report, {report.name}"
    shapes.append(Shape("text", (BOX + GAP + PAD, top + 14, WIDTH - BOX - GAP - 2 * PAD), title, 9, bold=True))
    says = f"prints the hashes, carries the records and stamps inside, and is signed by {maker}"
    shapes.append(Shape("text", (BOX + GAP + PAD, top + 28, WIDTH - BOX - GAP - 2 * PAD), says, 7.5))
    steps = "; then ".join(f"{one.title}: {', '.join(words for words, _ in one.lines)}" for one in stations)
    alt = f"A chain of five boxes, each with an arrow to the next. {steps}. Below, with arrows from 2 to 5: {title}, "
    return Figure(tuple(shapes), WIDTH, foot + 4, visible(f"{alt}which {says}."))


def _stations(report: Report) -> tuple[_Station, ...]:
    item = next((one for one in report.items if one.digest is not None), None)
    first = item if item is not None else report.items[0] if report.items else None
    return (_file(first), _hash(first), _record(report, first), _ledger(_chosen(report, first)), _stamp(report))


def _file(item: ReportItem | None) -> _Station:
    if item is None:
        return _Station("1 File", (("no item yet", False),))
    size = "size under seal" if item.size is None else short_size(item.size)
    return _Station("1 File", ((f"item {short(item.number)}", False), (size, False)))


def _hash(item: ReportItem | None) -> _Station:
    if item is None:
        return _Station("2 Hash", (("64 digits", False),))
    if item.digest is None:
        return _Station("2 Hash", (("under seal", False),))
    begins = f"{item.digest[:DIGITS]} {item.digest[DIGITS : 2 * DIGITS]}"
    return _Station("2 Hash", (("SHA-256 begins", False), (begins, True), ("16 of 64 digits", False)))


def _record(report: Report, item: ReportItem | None) -> _Station:
    event = item.events[0] if item is not None and item.events else None
    if event is None:
        return _Station("3 Signed record", (("who, what, when", False),))
    return _Station(
        "3 Signed record",
        (
            (f"record {event.record} of {short(event.ledger)}", False),
            (f"key {event.who[:DIGITS]}", True),
            (short(named(report, event.who)), False),
        ),
    )


def _chosen(report: Report, item: ReportItem | None) -> LedgerState | None:
    label = item.events[0].ledger if item is not None and item.events else None
    return next((one for one in report.ledgers if label in (None, one.label)), None)


def _ledger(ledger: LedgerState | None) -> _Station:
    if ledger is None:
        return _Station("4 Ledger", (("no ledger read", False),))
    return _Station(
        "4 Ledger",
        ((f"{ledger.size} records", False), ("root begins", False), (ledger.root[:DIGITS], True)),
    )


def _stamp(report: Report) -> _Station:
    stamp = _dated(report)
    if stamp is None:
        return _Station("5 Stamp", (("none with a time", False), ("in this report", False)))
    day, hour = time_in_words(stamp.time)[:10], time_in_words(stamp.time)[11:]
    return _Station("5 Stamp", ((short(stamp.by), False), (day, False), (hour, False)))


def _dated(report: Report) -> Stamp | None:
    return next((one for one in report.stamps if one.time), None)
