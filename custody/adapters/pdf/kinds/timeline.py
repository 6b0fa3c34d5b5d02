"""The timeline of collection and custody, drawn to scale in black and white. Judges nothing; a bar is a count."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final

from custody.adapters.pdf.blocks import Blocks, Figure, Heading, Paragraph, Shape
from custody.adapters.pdf.kinds.common import TIMELINE, WIDTH
from custody.adapters.pdf.kinds.ticks import ticks
from custody.domain.questions.parts import counted, listed
from custody.domain.report.model import HandOver, Report, Stamp
from custody.domain.report.naming import named, receiver
from custody.domain.visible import visible
from custody.domain.wording import duration_in_words, time_in_words
from custody.errors import FormatError
from custody.formats.encoding import parse_time

LEFT: Final = 76.0  # of the axis, right of the lanes' names
RIGHT: Final = WIDTH - 4
BINS: Final = 96  # bars side by side, each as wide as a printer still shows apart
BAR: Final = 22.0  # the tallest bar
LANE: Final = 34.0
NUMBERED: Final = 12  # hand-overs or stamps that are drawn one by one; more are counted in bars
ROWS: Final = 3  # numbers are put in turn on so many heights, so that neighbours stay legible
TOP: Final = 14.0  # of the first lane: above it stands what the line of this report is
DOT: Final = 2.3
SINGLE: Final = timedelta(minutes=1)  # before and after a case that has one moment only
ALWAYS: Final = frozenset({"collected", "released", "received", "released-on-paper", "declined", "timestamped"})


@dataclass(frozen=True, slots=True)
class _Scale:
    first: datetime
    last: datetime

    def x(self, time: datetime) -> float:
        return LEFT + (RIGHT - LEFT) * ((time - self.first) / (self.last - self.first))

    def bin(self, time: datetime) -> int:
        return min(BINS - 1, int(BINS * ((time - self.first) / (self.last - self.first))))

    @property
    def wide(self) -> timedelta:
        return (self.last - self.first) / BINS


def timeline(report: Report) -> Blocks:
    """The section: the figure, and how to read it."""
    yield Heading(1, "Timeline", TIMELINE)
    figure = timeline_figure(report)
    if figure is None:
        yield Paragraph("Nothing was collected or handed over, so there is no timeline.")
        return
    yield Paragraph(
        "From left to right: time, in UTC. The taller a bar, the more happened then; the tallest shows its count. H1, "
        "H2 … are hand-overs: an open dot where one was offered, a filled dot where it was received, a cross where it "
        "was declined, a square where it was signed on paper, a broken line where nobody answered. S1, S2 … are stamps "
        "from outside. Times are what each record says; only stamps are the word of somebody else."
    )
    yield figure


def timeline_figure(report: Report) -> Figure | None:
    """The drawing, its alternative text complete; None where the model tells no time of an item or a hand-over."""
    captured = list(_times(item.captured_at for item in report.items))
    collected = list(_times(item.recorded_at for item in report.items))
    other = list(_times(one.time for item in report.items for one in item.events if one.kind not in ALWAYS))
    acts = {f"H{count}": act for count, act in enumerate(report.hand_overs, 1) if _time(act.released_at)}
    stamps = {f"S{count}": stamp for count, stamp in enumerate(report.stamps, 1) if _time(stamp.time)}
    if not (captured or collected or acts):
        return None
    ends = [*_times(act.answered_at for act in acts.values()), *_times(act.released_at for act in acts.values())]
    every = [*captured, *collected, *other, *ends, *_times(one.time for one in stamps.values())]
    every += list(_times([report.generated_at]))
    scale = _Scale(min(every), max(every))
    if scale.first == scale.last:
        scale = _Scale(scale.first - SINGLE, scale.last + SINGLE)
    lanes: list[tuple[str, list[datetime]]] = [("Captured", captured), ("Recorded", collected)]
    if other:
        lanes.append(("Other acts", other))
    shapes: list[Shape] = []
    first, last = _words(min(every)), _words(max(every))
    span = f"from {first} to {last}" if first != last else f"at {first}"
    says = [f"Timeline {span}."]
    top = TOP
    for name, times in lanes:
        shapes += _lane(name, times, scale, top)
        says.append(_counted(name, times, scale))
        top += LANE
    if acts:
        shapes += _acts(acts, scale, top)
        says.append(_acts_in_words(report, acts))
        top += LANE
    if stamps:
        shapes += _stamps(stamps, scale, top)
        says.append(_stamps_in_words(stamps))
        top += LANE
    made = _time(report.generated_at)
    if made is not None:
        x = scale.x(made)
        shapes.append(Shape("line", (x, 2, x, top + 3), weight=1.2))
        shapes.append(Shape("text", (x - 3, 8, 150), "this report", 7, align="right"))
        says.append(f"This report was made at {_words(made)}.")
    shapes += _axis(scale, top + 3)
    shapes.append(Shape("text", (LEFT, top + 28, RIGHT - LEFT), span, 7))
    return Figure(tuple(shapes), WIDTH, top + 34, visible(" ".join(says)))


def _lane(name: str, times: Sequence[datetime], scale: _Scale, top: float) -> Iterator[Shape]:
    yield from _name(name, counted(len(times), "item") if name != "Other acts" else str(len(times)), top)
    yield from _bars(times, scale, top)
    yield _base(top)


def _bars(times: Sequence[datetime], scale: _Scale, top: float) -> Iterator[Shape]:
    """A bar for each part of the axis in which something happened; the tallest says its count."""
    bins = Counter(scale.bin(time) for time in times)
    most, width, foot = max(bins.values(), default=1), (RIGHT - LEFT) / BINS, top + LANE - 6
    said = False
    for place, count in sorted(bins.items()):
        height = BAR * (0.5 if most == 1 else max(0.14, count / most))
        left = LEFT + place * width
        yield Shape("box", (left, foot - height, width * 0.8, height), fill=0.25, weight=0.2)
        if count == most > 1 and not said:
            yield Shape("text", (left - 2, foot - height + 6, 24), str(count), 6.5, align="right")
            said = True


def _acts(acts: Mapping[str, HandOver], scale: _Scale, top: float) -> Iterator[Shape]:
    yield from _name("Hand-overs", str(len(acts)), top)
    yield _base(top)
    if len(acts) > NUMBERED:
        times = list(_times(act.released_at for act in acts.values()))
        yield from _bars(times, scale, top)
        return
    for index, (number, act) in enumerate(acts.items()):
        start, end = _time(act.released_at), _time(act.answered_at)
        if start is None:
            continue
        y = top + 6 + (index % ROWS) * 9
        x = scale.x(start)
        stop = scale.x(end) if end is not None else min(RIGHT, x + 40) if act.state == "waiting" else x
        yield Shape("line", (x, y, stop, y), dashed=end is None, weight=1.0)
        yield Shape("text", (x - 4, y + 2.5, 24), number, 7, bold=True, align="right")
        if act.state == "on paper":
            yield Shape("box", (x - DOT, y - DOT, 2 * DOT, 2 * DOT), fill=0.0)
            continue
        yield Shape("dot", (x, y, DOT), fill=1.0)
        if act.state == "received" and end is not None:
            yield Shape("dot", (max(stop, x + 2 * DOT), y, DOT), fill=0.0)
        elif act.state == "declined":
            yield Shape("line", (stop - DOT, y - DOT, stop + DOT, y + DOT), weight=1.2)
            yield Shape("line", (stop - DOT, y + DOT, stop + DOT, y - DOT), weight=1.2)


def _stamps(stamps: Mapping[str, Stamp], scale: _Scale, top: float) -> Iterator[Shape]:
    yield from _name("Stamps", f"{len(stamps)} with a time", top)
    yield _base(top)
    if len(stamps) > NUMBERED:
        times = list(_times(stamp.time for stamp in stamps.values()))
        yield from _bars(times, scale, top)
        return
    for index, (number, stamp) in enumerate(stamps.items()):
        time = _time(stamp.time)
        if time is None:
            continue
        x, y = scale.x(time), top + 8 + (index % ROWS) * 9
        yield Shape("line", (x, TOP, x, top + LANE - 6), dashed=True, weight=0.6)
        yield Shape("text", (x - 3, y, 24), number, 7, bold=True, align="right")


def _axis(scale: _Scale, y: float) -> Iterator[Shape]:
    yield Shape("line", (LEFT, y, RIGHT, y), weight=1.0)
    for time, words in ticks(scale.first, scale.last):
        x = scale.x(time)
        yield Shape("line", (x, y, x, y + 4), weight=1.0)
        align = "left" if x < LEFT + 24 else "right" if x > RIGHT - 24 else "middle"
        yield Shape("text", (x, y + 13, 80), words, 7, align=align)  # type: ignore[arg-type]


def _name(name: str, below: str, top: float) -> Iterator[Shape]:
    yield Shape("text", (0, top + 16, LEFT - 8), name, 8.5, bold=True)
    yield Shape("text", (0, top + 26, LEFT - 8), below, 7)


def _base(top: float) -> Shape:
    return Shape("line", (LEFT, top + LANE - 6, RIGHT, top + LANE - 6), weight=0.3)


def _counted(name: str, times: Sequence[datetime], scale: _Scale) -> str:
    if not times:
        return f"{name}: none that tells its time."
    most = max(Counter(scale.bin(time) for time in times).values())
    between = f"between {_words(min(times))} and {_words(max(times))}"
    return f"{name}: {len(times)}, {between}; a bar is {duration_in_words(scale.wide)}, at most {most} in one."


def _acts_in_words(report: Report, acts: Mapping[str, HandOver]) -> str:
    told = [
        f"{number} {listed([item.number for item in act.items])} from {named(report, act.released_by)} to "
        f"{receiver(report, act)}, {time_in_words(act.released_at)}, {act.state}"
        + (f" {time_in_words(act.answered_at)}" if act.answered_at else "")
        for number, act in islice(acts.items(), NUMBERED)
    ]
    more = f"; and {len(acts) - NUMBERED} more, all in the custody table" if len(acts) > NUMBERED else ""
    return f"Hand-overs: {'; '.join(told)}{more}."


def _stamps_in_words(stamps: Mapping[str, Stamp]) -> str:
    told = [f"{number} {one.by}, {time_in_words(one.time)}" for number, one in islice(stamps.items(), NUMBERED)]
    more = f"; and {len(stamps) - NUMBERED} more, all in the table of stamps" if len(stamps) > NUMBERED else ""
    return f"Stamps: {'; '.join(told)}{more}."


def _times(texts: Iterable[str | None]) -> Iterator[datetime]:
    return (time for text in texts if (time := _time(text)) is not None)


def _time(text: str | None) -> datetime | None:
    """A time of the model; what is none is not drawn, and stands as text where it belongs."""
    try:
        return parse_time(text) if text else None
    except FormatError:
        return None


def _words(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
