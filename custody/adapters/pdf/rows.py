"""The one thing that a report page is made of: a row of columns of text. Chooses no words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.platypus.flowables import CondPageBreak, Flowable

from custody.adapters.pdf.faces import Line, Style, Text, break_lines

RULE = 0xB9B9B9
INK = 0x1A1A1A  # of a line to be written on
MIN_LINES = 2  # a row is not split so that a single line stays behind


@dataclass(frozen=True, slots=True)
class Cell:
    """Text in a column: `x` and `width` in points from the left margin."""

    text: Text
    style: Style
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class _Column:
    style: Style
    x: float
    lines: Sequence[Line]


class Row(Flowable):  # type: ignore[misc]  # ReportLab has no types
    """Columns of text side by side, line under line, which may be split between any two lines.

    So nothing is ever too tall or too wide for a page. `rule` draws a thin line above, `box` a frame around;
    a `heading` stays on the page of what follows; `outline` puts the row into the outline of the document, at a level.
    """

    def __init__(
        self,
        *cells: Cell,
        before: float = 0,
        after: float = 0,
        rule: bool = False,
        box: bool = False,
        heading: bool = False,
        outline: tuple[int, str] | None = None,
    ) -> None:
        super().__init__()
        self.columns = [_Column(c.style, c.x, break_lines(c.text, c.style, c.width)) for c in cells]
        self.leading = max(cell.style.leading for cell in cells)
        self.pad = 7.0 if box else 4.0 if rule else 0.0
        self.rule, self.box, self.heading, self.outline = rule, box, heading, outline
        self.spaceBefore, self.spaceAfter = before, after

    @property
    def count(self) -> int:
        """The number of lines."""
        return max(len(column.lines) for column in self.columns)

    @property
    def tall(self) -> float:
        """The height in points, with what lies above and below."""
        return float(self._height + self.spaceBefore + self.spaceAfter)

    @property
    def _height(self) -> float:
        return self.count * self.leading + self.pad * (2 if self.box else 1)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """ReportLab asks how large the row is."""
        self._width = width
        return width, self._height

    def split(self, width: float, height: float) -> list[Any]:
        """ReportLab asks for two rows, of which the first fits; none when too little would stay."""
        fits = int((height - self.pad * (2 if self.box else 1)) / self.leading)
        if fits < MIN_LINES or fits >= self.count:
            return []
        first, second = self._part(0, fits), self._part(fits, self.count)
        first.spaceAfter = second.spaceBefore = 0
        second.outline, second.rule, second.pad = None, False, self.pad if self.box else 0.0
        return [first, second]

    def _part(self, start: int, stop: int) -> "Row":
        part = Row.__new__(Row)
        part.__dict__.update(self.__dict__)
        part.__dict__.pop("_postponed", None)  # ReportLab's mark of a flowable that was refused once already
        part.columns = [_Column(c.style, c.x, c.lines[start:stop]) for c in self.columns]
        return part

    def draw(self) -> None:
        """Draw at the origin that ReportLab set, upwards from the lower left corner."""
        canvas = self.canv
        top = self._height
        if self.outline:
            level, title = self.outline
            key = canvas.next_key()
            canvas.bookmarkHorizontal(key, 0, top)
            canvas.addOutlineEntry(title, key, level, closed=level == 0)
        if self.rule or self.box:
            canvas.setStrokeColor(colour(RULE))
            canvas.setLineWidth(0.5)
            if self.box:
                canvas.rect(0, 0, self._width, top)
            else:
                canvas.line(0, top, self._width, top)
        for column in self.columns:
            text = canvas.beginText(column.x, top - self.pad - 0.76 * self.leading)
            text.setFillColor(colour(column.style.colour))
            for line in column.lines:
                for name, size, piece in line:
                    text.setFont(name, size, self.leading)
                    text.textOut(piece)
                text.textLine()
            canvas.drawText(text)


class Blank(Row):
    """A row with lines to be written on, each from `x` on and `width` points long."""

    def __init__(self, *cells: Cell, lines: tuple[tuple[float, float], ...]) -> None:
        super().__init__(*cells)
        self.written = lines

    def draw(self) -> None:
        """The labels, and the lines at their foot."""
        super().draw()
        canvas = self.canv
        canvas.setStrokeColor(colour(INK))
        canvas.setLineWidth(0.6)
        for x, width in self.written:
            canvas.line(x, 2, x + width, 2)


def colour(value: int) -> Any:
    """ReportLab's colour of 0xRRGGBB."""
    return HexColor(value)


def flow(blocks: Iterable[Sequence[Row]], keep: float) -> Iterator[Any]:
    """The rows of all blocks for ReportLab, each block begun on a new page rather than torn apart.

    A block taller than `keep` points is only begun where that much room is left. A block that ends with a heading
    belongs to the next.
    """
    waiting: list[Row] = []
    for block in blocks:
        waiting.extend(block)
        if waiting and not waiting[-1].heading:
            yield CondPageBreak(min(keep, sum(row.tall for row in waiting)))
            yield from waiting
            waiting = []
    yield from waiting
