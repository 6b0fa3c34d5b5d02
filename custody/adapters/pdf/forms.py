"""What is typed, framed, quoted, written on or ticked: commands, banners, bars, lines and boxes, as strips."""

from collections.abc import Iterable, Sequence

from custody.adapters.pdf.blocks import Banner, Commands, Ticks, Typed, Writing
from custody.adapters.pdf.lines import Line
from custody.adapters.pdf.looks import GREY, TYPED, Look
from custody.adapters.pdf.paper import WIDTH, Paper, Strip
from custody.adapters.pdf.stripping import BASELINE, Under, strips
from custody.adapters.pdf.tagging import Element
from custody.adapters.pdf.typefaces import REGULAR

_LABEL = Look(REGULAR, 8.5, 12, GREY)
_INSIDE = 9.0  # between a frame and what stands in it
_HANGING = 14.0  # indent of the further lines of a command
_BETWEEN = 14.0  # two columns of lines to be typed
_BOX = 8.5  # side of a box to be ticked
_APART = 16.0  # between two labels in one line
_BAR = 10.0  # of a quotation: how far left of the text, in the margin


def commands(paper: Paper, block: Commands, parent: Element | None) -> Iterable[Strip]:
    """Each command is a paragraph on grey; what does not fit in its line goes on in the next, indented."""
    look = paper.looks[block.tone]
    found: list[Strip] = []
    for count, command in enumerate(block.lines):
        element = Element(b"P", parent)
        lines = paper.setter.lines(command, look, WIDTH - 2 * _INSIDE)
        columns = [(element, _INSIDE, lines)]
        if len(lines) > 1:
            lines = paper.setter.lines(command, look, WIDTH - 2 * _INSIDE - _HANGING)
            # The hanging lines are a column of their own, begun one line lower.
            blank = Line((), look.leading, 0.0)
            columns = [(element, _INSIDE, lines[:1]), (element, _INSIDE + _HANGING, [blank, *lines[1:]])]
        found.extend(strips(columns, before=0 if count else 5, pad=1.5, ends=(element,), under=_grey))
    return found


def typed(paper: Paper, block: Typed, parent: Element | None) -> Iterable[Strip]:
    """Each line is a paragraph; a strip has one of either column."""
    rows = -(-len(block.lines) // 2)
    for row in range(rows):
        columns = [
            (Element(b"P", parent), side * (WIDTH + _BETWEEN) / 2, paper.setter.lines(line, TYPED, WIDTH / 2))
            for side, line in enumerate(block.lines[row::rows])
        ]
        yield from strips(columns, before=0 if row else 5, ends=tuple(element for element, _, _ in columns))


def banner(paper: Paper, block: Banner, parent: Element | None) -> Iterable[Strip]:
    """Words in a frame."""
    element = Element(b"P", parent)
    lines = paper.setter.lines(block.words, paper.looks[block.tone], WIDTH - 2 * _INSIDE)
    weight = 1.6 if block.tone in {"alarm", "result"} else 0.8

    def under(height: float, first: bool, last: bool) -> Under:
        return lambda x, y: _frame(x, y, height, weight, first, last)

    return strips([(element, _INSIDE, lines)], before=8, pad=6, ends=(element,), under=under)


def writing(paper: Paper, block: Writing, parent: Element | None) -> Iterable[Strip]:
    """Labels with a line after each; those of one line share its width."""
    found: list[Strip] = []
    look = paper.looks[block.tone] if block.tone else _LABEL
    for count, labels in enumerate(block.lines):
        width = WIDTH / max(len(labels), 1)
        strip = Strip(block.height, 6 if count == 0 else 0)
        lines: list[tuple[float, float]] = []
        for index, label in enumerate(labels):
            element = Element(b"P", parent)
            left, right = index * width, (index + 1) * width - (_APART if index + 1 < len(labels) else 0)
            label_lines = paper.setter.lines(label, look, (right - left) * 0.6)
            top = block.height - look.leading * len(label_lines) - 1
            used = 0.0
            for line in label_lines:
                strip.marks.append((element, left, top + BASELINE * line.leading, line.pieces))
                top += line.leading
                used = max(used, line.width)
            strip.height = max(strip.height, look.leading * len(label_lines) + 2)
            lines.append((left + (used + 5 if label else 0), right))
            strip.ends = (*strip.ends, element)
        strip.under = _written(tuple(lines), strip.height)
        found.append(strip)
    return found


def ticks(paper: Paper, block: Ticks, parent: Element | None) -> Iterable[Strip]:
    """Boxes with their labels, as many in a line as fit."""
    look = paper.looks["body"]
    found: list[Strip] = []
    rows: list[list[tuple[float, list[Line], bool]]] = [[]]
    x = 0.0
    for label in block.labels:
        lines = paper.setter.lines(label, look, WIDTH - _BOX - 6)
        width = _BOX + 6 + max(line.width for line in lines)
        if rows[-1] and x + width > WIDTH:
            rows.append([])
            x = 0.0
        rows[-1].append((x, lines, label in block.ticked))
        x += width + _APART
    for count, row in enumerate(rows):
        elements = [Element(b"P", parent, b"/A<</O/PrintField/Role/cb/Checked/%b>>" % _state(on)) for _, _, on in row]
        columns = [(element, x + _BOX + 6, lines) for element, (x, lines, _) in zip(elements, row, strict=True)]
        under = _boxes(tuple((x, on) for x, _, on in row))
        found.extend(strips(columns, before=5 if count == 0 else 2, pad=1, ends=tuple(elements), under=under))
    return found


def quotation(found: Sequence[Strip], whole: Element) -> Sequence[Strip]:
    """The strips of a quotation, with a bar in the margin beside all of them."""
    for strip in found:
        strip.under = _barred(strip.under, strip.height, 0.0 if strip is found[0] else strip.before)
    if found:
        found[-1].ends = (*found[-1].ends, whole)
    return found


def _barred(inner: Under | None, height: float, above: float) -> Under:
    def under(x: float, y: float) -> bytes:
        bar = b"0.1 G 2.4 w %.2f %.2f m %.2f %.2f l S" % (x - _BAR, y + above, x - _BAR, y - height)
        return bar if inner is None else b"%b %b" % (bar, inner(x, y))

    return under


def _grey(height: float, first: bool, last: bool) -> Under:
    return lambda x, y: b"q 0.94 g %.2f %.2f %.2f %.2f re f Q" % (x, y - height, WIDTH, height)


def _frame(x: float, y: float, height: float, weight: float, first: bool, last: bool) -> bytes:
    """A frame that is open where it goes on on another page."""
    right, foot = x + WIDTH, y - height
    sides = [(x, y, x, foot), (right, y, right, foot)]
    if first:
        sides.append((x, y, right, y))
    if last:
        sides.append((x, foot, right, foot))
    drawn = b" ".join(b"%.2f %.2f m %.2f %.2f l S" % side for side in sides)
    return b"0.1 G %.1f w 2 J %b 0 J" % (weight, drawn)


def _written(lines: tuple[tuple[float, float], ...], height: float) -> Under:
    def under(x: float, y: float) -> bytes:
        foot = y - height + 2
        drawn = (b"%.2f %.2f m %.2f %.2f l S" % (x + left, foot, x + right, foot) for left, right in lines)
        return b"0.1 G 0.6 w " + b" ".join(drawn)

    return under


def _state(ticked: bool) -> bytes:
    return b"on" if ticked else b"off"


def _boxes(places: tuple[tuple[float, bool], ...]) -> "_Boxes":
    return _Boxes(places)


def _box(x: float, y: float, ticked: bool) -> bytes:
    """A box, and in it a cross where it is ticked."""
    box = b"%.2f %.2f %.2f %.2f re S" % (x, y, _BOX, _BOX)
    if not ticked:
        return box
    low, high = 1.8, _BOX - 1.8
    strokes = ((low, low, high, high), (low, high, high, low))
    cross = (b"%.2f %.2f m %.2f %.2f l S" % (x + a, y + b, x + c, y + d) for a, b, c, d in strokes)
    return b"%b 1.3 w %b 0.7 w" % (box, b" ".join(cross))


class _Boxes:
    """Draws boxes at the first line of a strip."""

    def __init__(self, places: tuple[tuple[float, bool], ...]) -> None:
        self._places = places

    def __call__(self, height: float, first: bool, last: bool) -> Under:
        if not first:
            return lambda x, y: b""
        boxes = self._places
        return lambda x, y: b"0.1 G 0.7 w " + b" ".join(_box(x + place, y - 4 - _BOX, on) for place, on in boxes)
