"""The operators of one page (ISO 32000-2 section 7.8.2): text, graphics, and whose they are. Decides no place.

As few operators as will do: each is parsed again whenever the document is checked, and a long report has millions.
"""

from custody.adapters.pdf.lines import Piece
from custody.adapters.pdf.tagging import Element, Tags


class Content:
    """A page's content. What is neither tagged nor an artifact cannot be added."""

    def __init__(self, tags: Tags, page: int) -> None:
        self._tags, self._page = tags, page
        self._key = tags.reserve_page()
        self._parts: list[bytes] = []
        self._marked: list[bytes] = []
        self._element: Element | None = None
        self._text = False  # inside a text object
        self._face = self._colour = b""  # as they were set last
        self._at = (0, 0)  # where the line begins, in hundredths of a point: sums of rounded steps would drift

    def words(self, element: Element, pieces: tuple[Piece, ...], x: float, y: float) -> None:
        """Pieces of a line whose left end and baseline are at (x, y), as content of an element."""
        if element is not self._element:
            self._untag()
            self._begin_text()
            self._tag(element)
        self._show(pieces, x, y)

    def picture(self, element: Element, body: bytes) -> None:
        """Graphics as content of an element."""
        self._end_text()
        self._tag(element)
        self._parts.append(b"q %b Q" % body)
        self._untag()

    def artifact(self, body: bytes, words: list[tuple[tuple[Piece, ...], float, float]], kind: bytes = b"") -> None:
        """Graphics, and then text, that is no content (section 14.8.2.2)."""
        self._end_text()
        self._parts.append(b"/Artifact <<%b>>BDC" % kind if kind else b"/Artifact BMC")
        if body:
            self._parts.append(body)
        for pieces, x, y in words:
            self._begin_text()
            self._show(pieces, x, y)
        if self._text:
            self._parts.append(b"ET")
            self._text = False
        self._parts.append(b"EMC")

    def end_element(self) -> None:
        """Nothing more comes that belongs to the element last added to."""
        self._untag()

    def finish(self) -> tuple[bytes, int]:
        """The content, and the page's key in the parent tree, which is written."""
        self._end_text()
        self._tags.close_page(self._key, self._marked)
        return b"\n".join(self._parts), self._key

    def _show(self, pieces: tuple[Piece, ...], x: float, y: float) -> None:
        height = round(100 * y)
        for piece in pieces:
            face, _, colour = piece.look.partition(b" Tf ")
            if face != self._face:
                self._parts.append(face + b" Tf")
                self._face = face
            if colour != self._colour:
                self._parts.append(colour)
                self._colour = colour
            place, (left, base) = round(100 * (x + piece.x)), self._at
            self._parts.append(b"%g %g Td %b" % ((place - left) / 100, (height - base) / 100, piece.show))
            self._at = (place, height)

    def _tag(self, element: Element) -> None:
        self._element = element
        number = len(self._marked)
        self._marked.append(self._tags.mark(element, self._page, number))
        self._parts.append(b"/%b <</MCID %d>>BDC" % (element.role, number))

    def _untag(self) -> None:
        if self._element is not None:
            self._parts.append(b"EMC")
            self._element = None

    def _begin_text(self) -> None:
        if not self._text:
            self._parts.append(b"BT")
            self._text = True
            self._at = (0, 0)

    def _end_text(self) -> None:
        """Marked content that begins inside a text object ends inside it (section 14.6.1)."""
        self._untag()
        if self._text:
            self._parts.append(b"ET")
            self._text = False
