"""Turns blocks into a tagged PDF: which tone, room and tag each kind of block has. Interprets no text.

The same blocks give the same bytes: no clock, no chance, nothing of the environment but the faces of scripts that
custody has none for (typefaces.py).
"""

from collections.abc import Iterable, Iterator

from custody.adapters.pdf import forms, graphics, tables
from custody.adapters.pdf.blocks import (
    About,
    Aside,
    Banner,
    Block,
    Code,
    Codes,
    Commands,
    Facts,
    Figure,
    Heading,
    NewPage,
    Paragraph,
    Picture,
    Points,
    Quoted,
    Space,
    Table,
    Ticks,
    Together,
    Typed,
    Writing,
)
from custody.adapters.pdf.lines import Beside, Line
from custody.adapters.pdf.looks import GREY, Look
from custody.adapters.pdf.paper import HEIGHT, WIDTH, Paper, Strip
from custody.adapters.pdf.stripping import strips
from custody.adapters.pdf.tagging import Element
from custody.adapters.pdf.typefaces import BOLD, REGULAR

_HEADINGS = (Look(BOLD, 20, 26), Look(BOLD, 14, 19), Look(BOLD, 11, 15), Look(BOLD, 9.5, 13.5))
_BEFORE = (0.0, 20.0, 14.0, 9.0)
_AFTER = (6.0, 4.0, 2.0, 1.0)
_LABEL_SIZE = 8.5
_LABEL_GAP = 6.0
_MAX_LABELS = 512  # that are kept: a label may be foreign
_FINE_FACTS = 20_000  # as many elements take 60 MB in whatever reads the document; an element for each group is lean
_GAP = 4.0  # before a paragraph
_BESIDE = 16.0  # between text and what stands at its right
_INDENT = 16.0  # of a point


def typeset(blocks: Iterable[Block], about: About) -> bytes:
    """The document as a tagged PDF 1.7, ready to become PDF/A-3: the same bytes for the same values.

    Raises FormatError for text in a script that no face of this computer has, and for a picture that is no JPEG;
    StorageError when custody's own faces cannot be loaded; LookupError for a link to an anchor that no heading has.
    """
    return _Setting(about).run(blocks)


class _Setting:
    def __init__(self, about: About) -> None:
        self.paper = Paper(about)
        self._section: Element | None = None
        self._width = WIDTH  # of headings and paragraphs
        self._room = 0.0  # before the next strip
        self._facts_drawn = 0
        self._labels: dict[tuple[str, float], list[Line]] = {}

    def run(self, blocks: Iterable[Block]) -> bytes:
        paper = self.paper
        for block in blocks:
            if isinstance(block, NewPage):
                paper.settle()
                if not paper.at_top:
                    paper.turn()
                self._room = 0.0
            elif isinstance(block, Table):
                self._table(block)
            else:
                paper.place(self._spaced(self._strips(block)))
                if isinstance(block, Banner | Commands | Figure | Picture | Code):
                    self._room = _GAP
        paper.settle()
        if self._section is not None:
            paper.tags.close(self._section)
        return paper.finish()

    def _table(self, table: Table) -> None:
        """Draw a table as a stream: the column headings come again on every page that it goes on to."""
        paper = self.paper
        stream = tables.strips_of(paper, table, self._section)
        head = next(stream)
        paper.place(self._spaced([head]))
        for strip in stream:
            paper.place([strip])
            if not strip.keep:
                paper.repeated = head
        paper.repeated = None
        self._room = _GAP

    def _spaced(self, found: Iterable[Strip]) -> Iterator[Strip]:
        for strip in found:
            strip.before += self._room
            self._room = 0.0
            yield strip

    def _strips(self, block: Block) -> Iterable[Strip]:
        if isinstance(block, Facts):
            return self._facts(block)
        if isinstance(block, Heading):
            return self._heading(block)
        if isinstance(block, Paragraph):
            return self._paragraph(block)
        if isinstance(block, Points):
            return self._points(block)
        if isinstance(block, Figure | Picture | Code):
            return self._figure(block)
        if isinstance(block, Together):
            return self._together(block)
        if isinstance(block, Table):
            return tables.strips_of(self.paper, block, self._section)
        if isinstance(block, Commands):
            return forms.commands(self.paper, block, self._section)
        if isinstance(block, Typed):
            return forms.typed(self.paper, block, self._section)
        if isinstance(block, Codes):
            return graphics.codes(self.paper, block, self._section)
        if isinstance(block, Aside):
            return self._aside(block)
        if isinstance(block, Banner):
            return forms.banner(self.paper, block, self._section)
        if isinstance(block, Writing):
            return forms.writing(self.paper, block, self._section)
        if isinstance(block, Ticks):
            return forms.ticks(self.paper, block, self._section)
        if isinstance(block, Quoted):
            return self._quoted(block)
        if isinstance(block, Space):
            self._room += block.height
        return ()

    def _heading(self, heading: Heading) -> Iterable[Strip]:
        level = min(heading.level, len(_HEADINGS) - 1)
        if heading.level == 1:
            self.paper.settle()
            if self._section is not None:
                self.paper.tags.close(self._section)
            self._section = Element(b"Sect", None)
        element = Element(b"H%d" % min(heading.level + 1, 6), self._section)
        lines = self.paper.setter.lines(heading.text, _HEADINGS[level], self._width)
        found = strips([(element, 0.0, lines)], before=_BEFORE[level], keep=True, ends=(element,))
        for strip in found:
            strip.keep = True
        found[0].heading = (heading.level, heading.mark or heading.text, heading.anchor)
        found[-1].height += _AFTER[level]
        return found

    def _paragraph(self, paragraph: Paragraph) -> Iterable[Strip]:
        element = Element(b"P", self._section)
        lines = self.paper.setter.lines(paragraph.words, self.paper.looks[paragraph.tone], self._width)
        return strips([(element, 0.0, lines)], before=paragraph.before or _GAP, ends=(element,))

    def _points(self, points: Points) -> Iterable[Strip]:
        whole = Element(
            b"L", self._section, b"/A<</O/List/ListNumbering%b>>" % (b"/Decimal" if points.numbered else b"/Disc")
        )
        look, setter = self.paper.looks["body"], self.paper.setter
        found: list[Strip] = []
        for count, words in enumerate(points.points, 1):
            item = Element(b"LI", whole)
            label, body = Element(b"Lbl", item), Element(b"LBody", item)
            sign = f"{count}. " if points.numbered else "– "
            columns = [
                (label, 0.0, setter.lines(sign, look, WIDTH)),
                (body, _INDENT, setter.lines(words, look, WIDTH - _INDENT)),
            ]
            found.extend(strips(columns, before=_GAP if count == 1 else 2, ends=(label, body, item)))
        if found:
            found[-1].ends = (*found[-1].ends, whole)
        return found

    def _facts(self, facts: Facts) -> Iterable[Strip]:
        """Each fact is one paragraph: its label, and what stands beside it. In a very long document, each group is."""
        setter, section, x = self.paper.setter, self._section, facts.labels
        wide, deep = graphics.size(facts.side) if facts.side else (0.0, 0.0)
        narrow = WIDTH - wide - _BESIDE if facts.side else WIDTH
        body = self.paper.looks["body"]
        found: list[Strip] = []
        height = 0.0
        group = Element(b"P", section) if self._facts_drawn > _FINE_FACTS else None
        self._facts_drawn += len(facts.facts)
        for label, words in facts.facts:
            element = group or Element(b"P", section)
            columns = [
                (element, 0.0, self._label(label, x)),
                (element, x, setter.lines(words, body, WIDTH - x, Beside(deep - height, narrow - x))),
            ]
            for strip in strips(columns, before=0 if found else _GAP, ends=() if group else (element,)):
                if height < deep:
                    strip.keep = True
                height += strip.height
                found.append(strip)
        if group and found:
            found[-1].ends = (*found[-1].ends, group)
        if facts.anchor and found:
            found[0].anchor, found[0].keep = facts.anchor, len(found) > 1
        if facts.side:
            if height < deep:
                found.append(Strip(deep - height))
            found[-1].keep = False
            graphics.hang(self.paper, facts.side, found[0], section, WIDTH - wide, 0.0)
        return found

    def _label(self, label: str, width: float) -> list[Line]:
        """The lines of a label: the same few stand at every item."""
        lines = self._labels.get((label, width))
        if lines is None:
            look = Look(REGULAR, _LABEL_SIZE, self.paper.looks["body"].leading, GREY)
            lines = self.paper.setter.lines(label + " ", look, width - _LABEL_GAP)
            if len(self._labels) < _MAX_LABELS:
                self._labels[label, width] = lines
        return lines

    def _figure(self, block: Figure | Picture | Code) -> Iterable[Strip]:
        strip = Strip(graphics.size(block)[1], 6.0)
        graphics.hang(self.paper, block, strip, self._section, 0.0, 0.0)
        return [strip]

    def _aside(self, aside: Aside) -> Iterable[Strip]:
        """What stands at the right belongs to the first strip, and all of them stay together."""
        wide, deep = graphics.size(aside.side)
        self._width = WIDTH - wide - _BESIDE
        found = [strip for block in aside.blocks for strip in self._spaced(self._strips(block))]
        self._width = WIDTH
        height = sum(strip.before + strip.height for strip in found)
        found.append(Strip(max(deep - height, 0.0)))
        for strip in found[:-1]:
            strip.keep = True
        graphics.hang(self.paper, aside.side, found[0], self._section, WIDTH - wide, 0.0)
        return found

    def _quoted(self, quoted: Quoted) -> Iterable[Strip]:
        """A quotation, headed by its source."""
        around, whole = self._section, Element(b"BlockQuote", self._section)
        self._section = whole
        source = Paragraph(f"Literal words: {quoted.source}", "quiet", before=8)
        found = [strip for block in (source, *quoted.blocks) for strip in self._spaced(self._strips(block))]
        found[0].keep = True
        self._section = around
        return forms.quotation(found, whole)

    def _together(self, together: Together) -> Iterable[Strip]:
        found = [strip for block in together.blocks for strip in self._spaced(self._strips(block))]
        if sum(strip.before + strip.height for strip in found) <= HEIGHT:
            for strip in found[:-1]:
                strip.keep = True
        return found
