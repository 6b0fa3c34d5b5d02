"""The outline of a document, the places that links go to, and the links (ISO 32000-2 section 12.3 and 12.5.6.5)."""

import re

from custody.adapters.pdf.pdffile import PdfFile, text_string
from custody.domain.visible import visible

_WEB = re.compile(r"(?:https?://|mailto:)[!-~]{1,2000}")  # nothing else is followed from a page: no javascript, no file


class _Entry:
    __slots__ = ("kids", "level", "number", "place", "words")

    def __init__(self, level: int, words: str, place: bytes, number: int) -> None:
        self.level, self.words, self.place, self.number = level, words, place, number
        self.kids: list[_Entry] = []


class Navigation:
    """Collects headings and links while pages are drawn, and writes them at the end."""

    def __init__(self, file: PdfFile) -> None:
        self._file = file
        self._root = _Entry(-1, "", b"", 0)
        self._open: list[_Entry] = [self._root]
        self._anchors: dict[str, bytes] = {}
        self._links: list[tuple[int, bytes, str]] = []

    def heading(self, level: int, words: str, anchor: str, page: int, y: float) -> None:
        """Put a heading into the outline, and into the places that links can go to."""
        place = self.place(anchor, page, y)
        level = max(level - 1, 0)  # the title does not hold all the rest
        while self._open[-1].level >= level:
            self._open.pop()
        entry = _Entry(level, words, place, self._file.reserve())
        self._open[-1].kids.append(entry)
        self._open.append(entry)

    def place(self, anchor: str, page: int, y: float) -> bytes:
        """Put a place of a page into those that links can go to, if it has an anchor; the destination."""
        place = b"[%d 0 R/XYZ 0 %.0f null]" % (page, y)
        if anchor:
            self._anchors.setdefault(anchor, place)
        return place

    def link(
        self, number: int, key: int, page: int, target: str, words: str, box: tuple[float, float, float, float]
    ) -> None:
        """A link at `box` of a page; `key` is that of its element in the parent tree."""
        body = b"/Type/Annot/Subtype/Link/Rect[%.2f %.2f %.2f %.2f]/Border[0 0 0]/F 4/P %d 0 R/StructParent %d" % (
            *box,
            page,
            key,
        )
        self._links.append((number, body + b"/Contents" + text_string(words), target))

    def finish(self) -> bytes:
        """Write outline and links; what the catalog says of the outline. Raises LookupError for an unknown anchor."""
        for number, body, target in self._links:
            if target.startswith("#"):
                action = b"/Dest" + self._anchors[target[1:]]
            else:
                action = b"/A<</S/URI/URI(%b)>>" % re.sub(r"([()\\])", r"\\\1", target).encode()
            self._file.put(number, b"<<%b%b>>" % (body, action))
        if not self._root.kids:
            return b""
        self._root.number = self._file.reserve()
        self._write(self._root)
        return b"/Outlines %d 0 R/PageMode/UseOutlines" % self._root.number

    def _write(self, entry: _Entry) -> None:
        kids = entry.kids
        inside = b""
        if kids:
            opened = entry.level < 0
            count = len(kids) if opened else -len(kids)
            inside = b"/First %d 0 R/Last %d 0 R/Count %d" % (kids[0].number, kids[-1].number, count)
        if entry.level < 0:
            self._file.put(entry.number, b"<</Type/Outlines%b>>" % inside)
        for index, kid in enumerate(kids):
            before = b"/Prev %d 0 R" % kids[index - 1].number if index else b""
            after = b"/Next %d 0 R" % kids[index + 1].number if index + 1 < len(kids) else b""
            own = b"/Title%b/Parent %d 0 R/Dest%b%b%b" % (
                text_string(visible(kid.words)),
                entry.number,
                kid.place,
                before,
                after,
            )
            if kid.kids:
                own += b"/First %d 0 R/Last %d 0 R/Count %d" % (
                    kid.kids[0].number,
                    kid.kids[-1].number,
                    -len(kid.kids),
                )
            self._file.put(kid.number, b"<<%b>>" % own)
            self._write(kid)


def may_link(target: str) -> bool:
    """Whether a link goes there: to an anchor of the document, or to an address of the web in ASCII."""
    return target.startswith("#") or bool(_WEB.fullmatch(target))
