"""Pages: paper, margins, head and foot, and filling them with strips. Knows nothing of what a strip says.

A strip is the smallest thing that stays on one page. What is written on it is tagged; lines, frames, head and foot
are artifacts (ISO 32000-2 section 14.8.2.2).
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from custody.adapters.pdf.blocks import About, Style
from custody.adapters.pdf.content import Content
from custody.adapters.pdf.lines import Piece, Setter
from custody.adapters.pdf.looks import GREY, Look, looks
from custody.adapters.pdf.navigation import Navigation
from custody.adapters.pdf.pdffile import PdfFile, pdf_date, stream_body, text_string
from custody.adapters.pdf.tagging import Element, Tags
from custody.adapters.pdf.typefaces import BOLD, REGULAR

PAGE: Final = (595.276, 841.89)  # A4 (ISO 216) in points
LEFT: Final = 62.0
WIDTH: Final = PAGE[0] - 2 * LEFT
TOP, BOTTOM = 66.0, 78.0
HEIGHT: Final = PAGE[1] - TOP - BOTTOM
_TOPS: Final[dict[Style, float]] = {"pages": TOP, "dense": 40.0, "half": 40.0}
_BOTTOM_OF_HALF: Final = PAGE[1] / 2 + 20

RULE = b"0.72 G"
_PAGINATION = b"/Type/Pagination"
_FOOT_LINES = 3  # more than these do not fit under a page

_FOOT = Look(REGULAR, 7.5, 10, GREY)
_MARK = Look(BOLD, 15, 19)
_DIGITS = 10  # more pages than this has digits are never drawn
_INITIALS, _INITIAL_LINE = 84.0, 40.0  # where the line for initials begins, and how long each of its two is

Mark = tuple[Element, float, float, tuple[Piece, ...]]
"""The element, x from the left margin, baseline below the strip's upper edge, and the pieces of a line."""


@dataclass(slots=True)
class Strip:
    """What stays together: its `height` and the room `before` it, which is dropped at the top of a page.

    `keep` holds it on the page of the next strip. `under` draws artifacts, `figure` tagged pictures; both are given x
    of the left margin and y of the strip's upper edge. `ends` are the elements that are complete with it.
    """

    height: float
    before: float = 0
    marks: list[Mark] = field(default_factory=list)
    keep: bool = False
    under: Callable[[float, float], bytes] | None = None
    figures: tuple[tuple[Element, Callable[[float, float], bytes]], ...] = ()
    ends: tuple[Element, ...] = ()
    images: tuple[tuple[bytes, int], ...] = ()
    heading: tuple[int, str, str] | None = None  # level, words of the outline, anchor
    anchor: str = ""  # of what is no heading


class Paper:
    """The pages of one document, filled from top to bottom."""

    def __init__(self, about: About) -> None:
        self.file = PdfFile()
        self.setter = Setter()
        self.tags = Tags(self.file)
        self.navigation = Navigation(self.file)
        self.repeated: Strip | None = None  # the column headings of the table that is being drawn
        self.looks = looks(about.style)
        self._about = about
        self._bottom = _BOTTOM_OF_HALF if about.style == "half" else BOTTOM
        self._pages: list[int] = []
        self._tree, self._fonts, self._total = self.file.reserve(), self.file.reserve(), self.file.reserve()
        self._waiting: list[Strip] = []
        self._drawn: dict[bytes, tuple[bytes, int]] = {}
        self._page = 0
        self._y = 0.0

    @property
    def at_top(self) -> bool:
        """Whether nothing stands on the page as yet."""
        return not self._page or self._fresh

    def place(self, strips: Iterable[Strip]) -> None:
        """Put strips one below the other, on as many pages as they need."""
        for strip in strips:
            self._waiting.append(strip)
            if not strip.keep:
                self.settle()

    def settle(self) -> None:
        """Put the strips that wait for what follows them."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        height = sum(strip.before + strip.height for strip in waiting) - (waiting[0].before if self.at_top else 0)
        if not self.at_top and height > self.room:
            self.turn()
        for strip in waiting:
            if not self.at_top and strip.before + strip.height > self.room:  # taller than a page
                self.turn()
            self._put(strip)

    @property
    def room(self) -> float:
        """The points that are left on the page."""
        return self._y - self._bottom if self._page else HEIGHT

    def turn(self) -> None:
        """Begin a page."""
        self._close()
        self._open()
        if self.repeated is not None:
            strip = self.repeated
            words = [(pieces, LEFT + x, self._y - below) for _, x, below, pieces in strip.marks]
            self._content.artifact(strip.under(LEFT, self._y) if strip.under else b"", words, _PAGINATION)
            self._y -= strip.height
            self._fresh = True

    def _open(self) -> None:
        self._page = self.file.reserve()
        self._pages.append(self._page)
        self._content = Content(self.tags, self._page)
        self._underlined: list[bytes] = []
        self._annotations: list[int] = []
        self._images: dict[bytes, int] = {}
        self._y = PAGE[1] - _TOPS[self._about.style]
        self._fresh = True
        if self._about.mark:
            (line,) = self.setter.lines(self._about.mark, _MARK, float("inf"))
            frame = b"0.1 G 1.2 w %.2f %.2f %.2f 24 re S" % (LEFT, PAGE[1] - 50, line.width + 16)
            words = [(line.pieces, LEFT + 8, PAGE[1] - 43)]
            self._content.artifact(frame, words, b"/Type/Pagination/Subtype/Header")

    def _close(self) -> None:
        if not self._page:
            return
        self._foot()
        if self._underlined:
            self._content.artifact(b"0.1 G 0.4 w " + b" ".join(self._underlined), [])
        images = b"".join(b"/%b %d 0 R" % entry for entry in self._images.items())
        body, key = self._content.finish()
        content = self.file.stream(body)
        notes = b"/Annots[%b]" % b" ".join(b"%d 0 R" % number for number in self._annotations)
        self.file.put(
            self._page,
            b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 %g %g]/Contents %d 0 R/StructParents %d/Tabs/S"
            b"/Resources<</Font %d 0 R/XObject<</T %d 0 R%b>>>>%b>>"
            % (
                self._tree,
                *PAGE,
                content,
                key,
                self._fonts,
                self._total,
                images,
                notes if self._annotations else b"",
            ),
        )
        self._page = 0

    def _put(self, strip: Strip) -> None:
        if not self._page:
            self._open()
        if not self.at_top:
            self._y -= strip.before
        top = self._y
        self._fresh = False
        if strip.heading is not None:
            self.navigation.heading(*strip.heading, self._page, top + 4)
        if strip.anchor:
            self.navigation.place(strip.anchor, self._page, top + 4)
        if strip.under is not None:
            self._content.artifact(strip.under(LEFT, top), [])
        self._images.update(strip.images)
        for element, draw in strip.figures:
            self._content.picture(element, draw(LEFT, top))
        for element, x, below, pieces in strip.marks:
            y = top - below
            self._content.words(element, pieces, LEFT + x, y)
            for piece in pieces:
                if piece.link:
                    left, right = LEFT + x + piece.x, LEFT + x + piece.x + piece.width
                    self._underlined.append(b"%.2f %.2f m %.2f %.2f l S" % (left, y - 1.6, right, y - 1.6))
                    self._link(element, piece, (left, y - 3, right, y + 9))
        if strip.ends:
            self._content.end_element()
            for element in strip.ends:
                self.tags.close(element)
        self._y -= strip.height

    def _link(self, element: Element, piece: Piece, box: tuple[float, float, float, float]) -> None:
        number = self.file.reserve()
        key = self.tags.annotate(element, self._page, number)
        self._annotations.append(number)
        self.navigation.link(number, key, self._page, piece.link, piece.words, box)

    def _foot(self) -> None:
        """Number of the page, words of the document, the line for initials; the total is drawn at the end, once.

        Where half a page is to be cut off: a line for the scissors, and no foot.
        """
        if self._about.style == "half":
            cut = b"q %b 0.6 w [4 4] 0 d 0 %.2f m %.2f %.2f l S Q" % (RULE, PAGE[1] / 2, PAGE[0], PAGE[1] / 2)
            self._content.artifact(cut, [], _PAGINATION)
            return
        base = BOTTOM - 34
        (page,) = self.setter.lines(f"Page {len(self._pages)} of ", _FOOT, float("inf"))
        about = self._about
        body = [b"%b 0.5 w %.2f %.2f m %.2f %.2f l S" % (RULE, LEFT, BOTTOM - 22, PAGE[0] - LEFT, BOTTOM - 22)]
        words = [(page.pieces, LEFT, base)]
        start = _INITIALS
        if about.initials and len(self._pages) > 1:
            (line,) = self.setter.lines(about.initials, _FOOT, float("inf"))
            words.append((line.pieces, LEFT + _INITIALS, base))
            first = LEFT + _INITIALS + line.width + 6
            for x in (first, first + _INITIAL_LINE + 10):
                body.append(b"0.1 G 0.6 w %.2f %.2f m %.2f %.2f l S" % (x, base - 2, x + _INITIAL_LINE, base - 2))
            start = first - LEFT + 2 * _INITIAL_LINE + 20
        foot = self.setter.lines(about.foot, _FOOT, WIDTH - start)
        for count, line in enumerate(foot[:_FOOT_LINES]):
            words.append((line.pieces, LEFT + WIDTH - line.width, base - count * _FOOT.leading))
        body.append(b"q 1 0 0 1 %.2f %.2f cm /T Do Q" % (LEFT + page.width, base))
        self._content.artifact(b"\n".join(body), words, b"/Type/Pagination/Subtype/Footer")

    def image(self, data: bytes, entries: bytes) -> tuple[bytes, int]:
        """Name and number of an image, which is written once however often it is drawn."""
        digest = hashlib.sha256(data).digest()
        if digest not in self._drawn:
            number = self.file.stream(data, entries, packed=True)
            self._drawn[digest] = (b"I%d" % number, number)
        return self._drawn[digest]

    def finish(self) -> bytes:
        """Write the last page and all that belongs to the whole document."""
        self.settle()
        if not self._pages:
            self._open()
        self._close()
        file, about = self.file, self._about
        (line,) = self.setter.lines(str(len(self._pages)), _FOOT, float("inf"))
        piece = line.pieces[0]
        file.put(
            self._total,
            stream_body(
                b"BT %b %b ET" % (piece.look, piece.show),
                b"/Type/XObject/Subtype/Form/BBox[0 -3 %d 9]/Resources<</Font %d 0 R>>" % (5 * _DIGITS, self._fonts),
            ),
        )
        root = self.tags.finish()
        outline = self.navigation.finish()
        fonts = b"".join(b"/%b %d 0 R" % (font.name[1:], font.embed(file)) for font in self.setter.fonts.values())
        file.put(self._fonts, b"<<%b>>" % fonts)
        kids = b" ".join(b"%d 0 R" % number for number in self._pages)
        file.put(self._tree, b"<</Type/Pages/Count %d/Kids[%b]>>" % (len(self._pages), kids))
        catalog = file.add(
            b"<</Type/Catalog/Pages %d 0 R/Lang%b/MarkInfo<</Marked true>>/StructTreeRoot %d 0 R"
            b"/ViewerPreferences<</DisplayDocTitle true>>%b>>"
            % (self._tree, text_string(about.language), root, outline)
        )
        moment = pdf_date(about.moment)
        told = ((b"Title", about.title), (b"Author", about.author), (b"Subject", about.subject))
        info = file.add(
            b"<<%b/Creator%b/Producer(custody)/CreationDate%b/ModDate%b>>"
            % (
                b"".join(b"/%b%b" % (name, text_string(text)) for name, text in told),
                text_string(about.creator),
                moment,
                moment,
            )
        )
        return file.finish(catalog, info, about.identity)
