"""Pages around the contents: paper, margins, footer, page numbers, metadata. Knows none of the contents."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus.doctemplate import BaseDocTemplate, NextPageTemplate, PageTemplate
from reportlab.platypus.flowables import PageBreak
from reportlab.platypus.frames import Frame

from custody.adapters.pdf.faces import BOLD, REGULAR
from custody.adapters.pdf.rows import RULE, colour

PAGE = (595.276, 841.89)  # A4 (ISO 216) in points
LEFT = 62.0
WIDTH = PAGE[0] - 2 * LEFT
TOP, BOTTOM = 66.0, 78.0
HEIGHT = PAGE[1] - TOP - BOTTOM

PLAIN, TABLE = "plain", "table"
HEADINGS = 20.0  # room for the column headings of the table pages

FOOTER_SIZE = 7.5
MAX_REFERENCE = 48  # characters of the case reference in the footer; the front page has all of it
ORIGIN_BEGINNING = 24  # "custody/" and 16 hexadecimal digits: enough to tell ledgers apart at a glance

INITIALS, INITIAL_LINE = 120.0, 46.0  # where the line for initials begins, and how long each of its two is

Heading = tuple[float, str]
"""Where a column begins, in points from the left margin, and its heading."""


class _Canvas(Canvas):  # type: ignore[misc]  # ReportLab has no types
    """A canvas that draws the number of pages into every footer once it is known, without a second pass."""

    TOTAL = "number-of-pages"
    _keys = 0

    def next_key(self) -> str:
        """A name for the next entry of the outline."""
        self._keys += 1
        return f"outline-{self._keys}"

    def save(self) -> None:
        """Define the form that all footers refer to, then write the document."""
        self.beginForm(self.TOTAL, 0, -FOOTER_SIZE, 10 * FOOTER_SIZE, FOOTER_SIZE)
        self.setFont(REGULAR, FOOTER_SIZE)
        self.setFillColor(colour(0x5A5A5A))
        self.drawString(0, 0, str(self.getPageNumber() - 1))
        self.endForm()
        super().save()


def turn(then: str = PLAIN) -> list[Any]:
    """Go on upon a new plain page; the pages after it are of the kind `then`."""
    return [NextPageTemplate(PLAIN), PageBreak(), NextPageTemplate(then)]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the document says of itself. `moment` is a 27-character UTC time, `kind` names the kind of document."""

    title: str
    author: str
    subject: str
    creator: str
    moment: str
    kind: str


def typeset(
    flowables: list[Any], right: str, metadata: Metadata, headings: tuple[Heading, ...] = (), initials: str = ""
) -> bytes:
    """A document of these flowables: the same bytes for the same values. `right` stands at the right of each footer.

    `initials` are words for a line to be initialled, in the footer of every page but the first.
    """

    def footer(canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setStrokeColor(colour(RULE))
        canvas.setLineWidth(0.5)
        canvas.line(LEFT, BOTTOM - 22, PAGE[0] - LEFT, BOTTOM - 22)
        canvas.setFont(REGULAR, FOOTER_SIZE)
        canvas.setFillColor(colour(0x5A5A5A))
        base = BOTTOM - 34
        page = f"Page {canvas.getPageNumber()} of "
        canvas.drawString(LEFT, base, page)
        canvas.drawRightString(PAGE[0] - LEFT, base, right)
        if initials and canvas.getPageNumber() > 1:
            canvas.drawString(LEFT + INITIALS, base, initials)
            start = LEFT + INITIALS + canvas.stringWidth(initials, REGULAR, FOOTER_SIZE) + 6
            for x in (start, start + INITIAL_LINE + 10):
                canvas.line(x, base - 2, x + INITIAL_LINE, base - 2)
        canvas.translate(LEFT + canvas.stringWidth(page, REGULAR, FOOTER_SIZE), base)
        canvas.doForm(_Canvas.TOTAL)
        canvas.restoreState()

    def headed(canvas: Any, document: Any) -> None:
        footer(canvas, document)
        canvas.saveState()
        canvas.setFont(BOLD, FOOTER_SIZE)
        canvas.setFillColor(colour(0x5A5A5A))
        for x, heading in headings:
            canvas.drawString(LEFT + x, PAGE[1] - TOP - 9, heading)
        canvas.restoreState()

    output = BytesIO()
    document = BaseDocTemplate(
        output,
        pagesize=PAGE,
        pageTemplates=[_template(PLAIN, 0, footer), _template(TABLE, HEADINGS, headed)],
        title=metadata.title,
        author=metadata.author,
        subject=metadata.subject,
        creator=metadata.creator,
        producer="ReportLab",
        lang="en",
        displayDocTitle=True,
        initialFontName=REGULAR,
        invariant=1,
    )
    stamp = _pdf_date(metadata.moment)

    def begin() -> None:
        fix_date(document.canv, stamp, metadata.kind)

    document.beforeDocument = begin
    document.build(flowables, canvasmaker=_Canvas)
    return output.getvalue()


def fix_date(canvas: Any, stamp: str, kind: str) -> None:
    """Date the document `stamp` (a PDF date) and give it the id of its `kind`, before anything is drawn.

    ReportLab's `invariant` alone would date every document 2000-01-01, and take SOURCE_DATE_EPOCH into its id.
    """
    canvas.setDateFormatter(lambda *parts: stamp)
    canvas._doc.signature = hashlib.md5(f"custody {kind}".encode(), usedforsecurity=False)


def shorten(shown: str, limit: int) -> str:
    """Text that is ready to show, cut to about `limit` characters, never inside an escape."""
    if len(shown) <= limit:
        return shown
    kept = shown[:limit]
    opened = kept.rfind("[U+")
    if opened >= 0 and "]" not in kept[opened:]:
        kept = kept[:opened]
    return kept + "…"


def _template(name: str, above: float, draw: Callable[[Any, Any], None]) -> Any:
    frame = Frame(
        LEFT,
        BOTTOM,
        WIDTH,
        HEIGHT - above,
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )
    return PageTemplate(name, [frame], onPage=draw)


def _pdf_date(moment: str) -> str:
    """A 27-character UTC time as a PDF date (ISO 32000-1 section 7.9.4)."""
    return f"D:{''.join(c for c in moment[:19] if c.isdigit())}+00'00'"
