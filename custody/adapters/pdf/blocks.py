"""What a page is made of, as values: headings, paragraphs, facts, tables, figures. Measures and draws nothing.

A document is a stream of blocks; `typeset` (setting.py) gives each its place and its tag (ISO 32000-2 section 14.8), so
that a screen reader follows it. Every text is foreign: it is shown as it is, never interpreted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Tone = Literal["body", "strong", "quiet", "small", "result", "alarm", "fixed", "code", "fine", "plate"]
"""How text is set: `result` is large, `alarm` bold and dark red, `fixed` and `code` in the mono face, `plate` large in
it, `fine` small.
"""

Style = Literal["pages", "dense", "half"]
"""`dense` is for a single sheet with much on it; `half` is the upper half of a page, to be cut off, without a foot."""


@dataclass(frozen=True, slots=True)
class Span:
    """Text in one tone. `link` is an address of the web or, after `#`, the anchor of a heading or facts."""

    text: str
    tone: Tone = "body"
    link: str = ""


Words = str | Span | tuple[str | Span, ...]
"""Text; a plain string takes the tone of what it stands in."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading (level 0 is the document's title). `anchor` is what links name it by; `mark` puts it into the outline
    under other words. It never stands at the foot of a page without what follows.
    """

    level: int
    text: str
    anchor: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text. `before` is in points."""

    words: Words
    tone: Tone = "body"
    before: float = 0


@dataclass(frozen=True, slots=True)
class Points:
    """A list of points, numbered or with dashes."""

    points: tuple[Words, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels with what stands beside each. `side` stands at the right of them (a picture or a code), if any.

    `anchor` is what links name them by: they are found like a heading, but are not in the outline.
    """

    facts: tuple[tuple[str, Words], ...]
    side: "Figure | Picture | Code | None" = None
    labels: float = 104.0  # width of the column of labels, in points
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading and its share of the width. All tones are smaller in a table."""

    title: str
    share: float
    tone: Tone = "body"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under column headings, which are repeated on every page. `summary` tells a screen reader what it is.

    `rows` may be a stream: a table of 10,000 rows is never held whole. `ruled` draws lines to write between the rows.
    """

    columns: tuple[Column, ...]
    rows: Iterable[tuple[Words, ...]]
    summary: str
    ruled: bool = False
    height: float = 0  # least height of a row, in points: room for a hand


@dataclass(frozen=True, slots=True)
class Commands:
    """Commands to be typed, one a line, in the mono face; a long one goes on in the next line, indented."""

    lines: tuple[str, ...]
    tone: Tone = "code"


@dataclass(frozen=True, slots=True)
class Typed:
    """Many short lines to be typed off, very small, in two columns: down the left one, then down the right one."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Banner:
    """Words in a frame over the whole width."""

    words: Words
    tone: Tone = "strong"


@dataclass(frozen=True, slots=True)
class Shape:
    """A piece of a vector drawing. Coordinates in points from the figure's upper left corner, y downwards.

    `line` (x1, y1, x2, y2), `box` (x, y, width, height), `arrow` like a line with its head at the end, `dot` (x, y,
    radius), `text` (x, y of the baseline, width to fit) with `words` and `size`; `dashed` lines; `fill` a grey from 0
    to 1, or None.
    """

    kind: Literal["line", "box", "arrow", "dot", "text"]
    at: tuple[float, ...]
    words: str = ""
    size: float = 8.0
    bold: bool = False
    fixed: bool = False
    align: Literal["left", "middle", "right"] = "left"
    fill: float | None = None
    dashed: bool = False
    weight: float = 0.7


@dataclass(frozen=True, slots=True)
class Figure:
    """A vector drawing, `width` by `height` points; `alt` says in words all that it shows."""

    shapes: tuple[Shape, ...]
    width: float
    height: float
    alt: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG, within a square of `side` points."""

    jpeg: bytes
    side: float
    alt: str


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code of this text in a square of `side` points."""

    text: str
    side: float
    alt: str


@dataclass(frozen=True, slots=True)
class Codes:
    """QR codes beside each other, as large as the width allows, each with the words of its `alt` under it."""

    codes: tuple[tuple[str, str], ...]  # text and alt of each
    across: int = 3


@dataclass(frozen=True, slots=True)
class Aside:
    """Headings and paragraphs with something at their right."""

    blocks: tuple["Heading | Paragraph", ...]
    side: "Figure | Picture | Code"


@dataclass(frozen=True, slots=True)
class Writing:
    """Lines to be written on by hand, each with its label; several labels share a line, side by side.

    Labels are small and grey, but for a `tone`.
    """

    lines: tuple[tuple[str, ...], ...]
    height: float = 22.0
    tone: Tone | None = None


@dataclass(frozen=True, slots=True)
class Ticks:
    """Boxes to be ticked by hand, each with its label; those in `ticked` are ticked already."""

    labels: tuple[str, ...]
    ticked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words of somebody else, literally, with a bar beside all of them. `source` says whose."""

    source: str
    blocks: tuple["Block", ...]


@dataclass(frozen=True, slots=True)
class Together:
    """Blocks that stay on one page, where they fit on one."""

    blocks: tuple["Block", ...]


@dataclass(frozen=True, slots=True)
class NewPage:
    """What follows begins a page."""


@dataclass(frozen=True, slots=True)
class Space:
    """Room, in points; none at the top of a page."""

    height: float


Block = (
    Heading
    | Paragraph
    | Points
    | Facts
    | Table
    | Commands
    | Typed
    | Banner
    | Figure
    | Picture
    | Code
    | Codes
    | Aside
    | Writing
    | Ticks
    | Quoted
    | Together
    | NewPage
    | Space
)

Blocks = Iterator[Block]


@dataclass(frozen=True, slots=True)
class About:
    """What the document says of itself, and the foot of every page: "Page x of y", then `foot`.

    `moment` is a 27-character UTC time; `identity` what the document's id is computed from. `initials` are words for a
    line to be initialled, on every page but the first; `mark` stands large at the head of every page ("DRAFT …").
    """

    title: str
    author: str
    subject: str
    creator: str
    moment: str
    identity: str
    foot: str
    initials: str = ""
    mark: str = ""
    language: str = "en"
    style: Style = "pages"
