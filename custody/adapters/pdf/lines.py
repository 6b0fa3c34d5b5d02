"""Words broken into lines of a given width, each piece with its place and the codes that show it. Knows no page.

Plain text (Latin, Greek, Cyrillic: one glyph a character, left to right) takes a short way, since nearly all of a
long report is such; everything else is split into atoms, shaped, and set in the order in which it is read.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from typing import Final, NamedTuple

from custody.adapters.pdf.atoms import WORDS, Atom, atoms_of, break_before, joins, split
from custody.adapters.pdf.blocks import Span, Words
from custody.adapters.pdf.embedding import Font
from custody.adapters.pdf.looks import Look, toned
from custody.adapters.pdf.pdffile import text_string
from custody.adapters.pdf.shaping import shape, visual_order
from custody.adapters.pdf.typefaces import MONO, Typeface, own_face, shown

_AFTER_LINE_FEED = re.compile(r"(?<=\n)(?=.)", re.DOTALL)
_GROUPED_HEX = re.compile(r"(?:[0-9a-f]{8} )+[0-9a-f]{0,8}")  # as domain/wording groups a digest


class Beside(NamedTuple):
    """What stands at the right of the first lines: its height, and the width that it leaves them, in points."""

    height: float
    width: float


NOTHING: Final = Beside(0.0, 0.0)


class Piece(NamedTuple):
    """Part of a line: its place from the left, what sets face, size and colour, what shows it, and what it links to.

    Lengths in points. `words` is the text of a linked piece.
    """

    x: float
    look: bytes
    show: bytes
    width: float
    link: str = ""
    words: str = ""


class Line(NamedTuple):
    """A line of pieces from left to right, with the height of the line and its width in points."""

    pieces: tuple[Piece, ...]
    leading: float
    width: float


class Setter:
    """Sets the text of one document, whose fonts it collects."""

    def __init__(self) -> None:
        self.fonts: dict[str, Font] = {}

    def font(self, face: Typeface) -> Font:
        """The font of a face in this document."""
        font = self.fonts.get(face.name)
        if font is None:
            font = self.fonts[face.name] = Font(face, b"/F%d" % (len(self.fonts) + 1))
        return font

    def lines(self, words: Words, look: Look, width: float, beside: Beside = NOTHING) -> list[Line]:
        """The lines of `words` within `width` points; a string without a tone of its own takes `look`.

        A line feed inside foreign text is written out and then followed. No text overflows: what has no space is
        broken where the line is full. The first lines leave room for what stands `beside` them. Raises FormatError
        for text that no face can draw.
        """
        if isinstance(words, str):
            face = own_face(look.face)
            try:
                if "[U+" in words:  # what is written like an escape is set apart
                    raise KeyError
                wide = sum(map(face.plain.__getitem__, words)) * look.size / 1000
            except KeyError:
                words = (Span(words),)
            else:
                if wide <= (beside.width if beside.height > 0 else width):
                    return [Line((self._plain(words, look, face, wide),), look.leading, wide)]
                return self._fill_plain(words, look, face, width, beside)
        elif isinstance(words, Span):
            if not words.link:
                return self.lines(words.text, toned(words.tone, look), width, beside)
            words = (words,)
        spans = [(Span(span), look) if isinstance(span, str) else (span, toned(span.tone, look)) for span in words]
        return self._paragraphs(spans, look, width, beside)

    def width(self, text: str, look: Look) -> float:
        """The width of text in one line, in points."""
        return self.lines(text, look, float("inf"))[0].width

    def _plain(self, text: str, look: Look, face: Typeface, width: float, x: float = 0) -> Piece:
        font = self.font(face)
        show = b"(%b)Tj" % font.encode(text)
        if look.face == MONO and _GROUPED_HEX.fullmatch(text):  # copied from the page, it is the value again
            show = b"/Span<</ActualText(%b)>>BDC %b EMC" % (text.replace(" ", "").encode(), show)
        return Piece(x, _set(font, look), show, width)

    def _paragraphs(self, spans: Iterable[tuple[Span, Look]], look: Look, width: float, beside: Beside) -> list[Line]:
        paragraphs: list[list[tuple[Span, Look]]] = [[]]
        for span, own in spans:
            for count, part in enumerate(_AFTER_LINE_FEED.split(span.text)):
                if count:
                    paragraphs.append([])
                paragraphs[-1].append((replace(span, text=shown(part)), own))
        lines: list[Line] = []
        for paragraph in paragraphs:
            filled = self._fill(atoms_of(paragraph), look, width, beside)
            beside = Beside(beside.height - sum(line.leading for line in filled), beside.width)
            lines.extend(filled)
        return lines

    def _fill_plain(self, text: str, look: Look, face: Typeface, full: float, beside: Beside) -> list[Line]:
        """The lines that `_fill` gives for plain text in one look, made without an atom for each word."""
        plain, scale = face.plain, look.size / 1000
        lines: list[Line] = []
        width = beside.width if beside.height > 0 else full
        line: list[str] = []
        used = 0.0
        for word in WORDS.findall(text):
            rest: str = word
            wide = sum(map(plain.__getitem__, word)) * scale
            while rest:
                if used + wide <= width or rest[0] == " ":
                    line.append(rest)
                    used += wide
                    break
                if not line:  # the word is wider than the line
                    first, more = split(Atom(rest, look, face, wide), width, force=True)
                    line, used = [first.text if first else ""], first.width if first else 0.0
                    rest, wide = (more.text, more.width) if more else ("", 0.0)
                lines.append(Line((self._plain("".join(line), look, face, used),), look.leading, used))
                line, used = [], 0.0
                width = beside.width if beside.height > len(lines) * look.leading else full
        if line or not lines:
            lines.append(Line((self._plain("".join(line), look, face, used),), look.leading, used))
        return lines

    def _fill(self, atoms: list[Atom], look: Look, full: float, beside: Beside) -> list[Line]:
        """Fill lines greedily. A space may hang over the edge."""
        lines: list[Line] = []
        down = 0.0
        width = beside.width if beside.height > 0 else full
        waiting = atoms[::-1]
        line: list[Atom] = []
        used = 0.0
        while waiting:
            atom = waiting.pop()
            if used + atom.width <= width or atom.space:
                line.append(atom)
                used += atom.width
                continue
            stop = break_before(line, atom)
            if stop:
                waiting.append(atom)
                waiting.extend(reversed(line[stop:]))
                line = line[:stop]
            else:
                first, rest = split(atom, width - used, force=not line)
                if first is not None:
                    line.append(first)
                waiting.extend(part for part in (rest,) if part is not None)
            lines.append(self._line(line, look))
            line, used = [], 0.0
            down += lines[-1].leading
            width = beside.width if beside.height > down else full
        if line or not lines:
            lines.append(self._line(line, look))
        return lines

    def _line(self, atoms: list[Atom], look: Look) -> Line:
        """The pieces of one line, in the order in which they stand."""
        end = len(atoms)
        while end and atoms[end - 1].space:
            end -= 1
        if end < len(atoms) and atoms[end].level == 0:
            end += 1  # so that words do not grow together when a line is read on or copied
        atoms = atoms[:end]
        runs = [_joined(some) for some in _alike(atoms)]
        pieces: list[Piece] = []
        x = 0.0
        for run in _in_order(runs):
            plain = run.plain
            piece = self._plain(run.text, run.look, run.face, run.width, x) if plain else self._shaped(run, x)
            pieces.append(piece._replace(link=run.link, words=run.text) if run.link else piece)
            x += piece.width
        if not pieces:  # an empty cell is a cell
            pieces.append(self._plain("", look, own_face(look.face), 0.0))
        leading = max([look.leading, *(run.look.leading for run in runs)])
        return Line(tuple(pieces), leading, x)

    def _shaped(self, run: Atom, x: float) -> Piece:
        """A run of shaped glyphs, with the text that it stands for (ISO 32000-2 section 14.9.4).

        From right to left every glyph tells its own letters, and the run says that it stands in reverse (section
        14.8.2.5.3): readers turn such text round by themselves, and would turn a replacement text as well.
        """
        backwards = run.level % 2 == 1
        font = self.font(run.face)
        parts: list[bytes] = []
        codes = b""
        pen = place = rise = 0.0  # where the next glyph would stand by itself, and where it is to stand
        glyphs = shape(run.text, run.face, right_to_left=backwards, marks_apart=backwards)
        letters = _letters(run.text, [glyph.cluster for glyph in glyphs])
        for glyph in glyphs:
            gap = pen - place - glyph.right
            if glyph.up != rise:
                if codes or abs(gap) > 0.5:
                    parts.append(b"[(%b)%.0f]TJ" % (codes, gap))
                    pen, gap, codes = place + glyph.right, 0.0, b""
                rise = glyph.up
                parts.append(b"%.2f Ts" % (rise * run.look.size / 1000))
            if abs(gap) > 0.5:
                codes += b")%.0f(" % gap
                pen = place + glyph.right
            codes += font.encode_glyph(glyph.number, letters.pop(glyph.cluster, ""))
            pen += run.face.advance(glyph.number)
            place += glyph.advance
        parts.append(b"[(%b)]TJ" % codes)
        if rise:
            parts.append(b"0 Ts")
        kind = b"/ReversedChars BMC" if backwards else b"/Span<</ActualText%b>>BDC" % text_string(run.text)
        show = b"%b %b EMC" % (kind, b" ".join(parts))
        return Piece(x, _set(font, run.look), show, place * run.look.size / 1000)


def _in_order(runs: list[Atom]) -> list[Atom]:
    """Runs as they stand from left to right: spans one after another, and inside each what its text demands."""
    if not any(run.level for run in runs):
        return runs
    parts = [list(group) for _, group in groupby(runs, key=lambda run: run.part)]
    return [part[index] for part in parts for index in visual_order([run.level for run in part])]


def _letters(text: str, starts: list[int]) -> dict[int, str]:
    """What each cluster stands for, by the place of its first character."""
    places = sorted(set(starts))
    return {start: text[start:stop] for start, stop in zip(places, [*places[1:], len(text)], strict=True)}


def _set(font: Font, look: Look) -> bytes:
    return b"%b %g Tf %b" % (font.name, look.size, look.colour)


def _alike(atoms: list[Atom]) -> list[list[Atom]]:
    """The atoms of a line, those that are drawn as one together."""
    found: list[list[Atom]] = []
    plain = True
    for atom in atoms:
        first = found[-1][0] if found else None
        if first is None:
            same = False
        elif plain and atom.plain and atom.look is first.look and atom.face is first.face:
            same = atom.link == first.link and atom.level == first.level
        else:
            same = joins(first if first.plain == plain else replace(first, plain=plain), atom)
        if same:
            found[-1].append(atom)
            plain = plain and atom.plain
        else:
            found.append([atom])
            plain = atom.plain
    return found


def _joined(atoms: list[Atom]) -> Atom:
    if len(atoms) == 1:
        return atoms[0]
    return replace(
        atoms[0],
        text="".join([atom.text for atom in atoms]),
        width=sum([atom.width for atom in atoms]),
        plain=all(atom.plain for atom in atoms),
    )
