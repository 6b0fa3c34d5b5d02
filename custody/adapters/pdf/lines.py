"""Words broken into lines of a given width, each piece with its place and the codes that show it. Knows no page.

Plain text (Latin, Greek, Cyrillic: one glyph a character, left to right) takes a short way, since nearly all of a
long report is such; everything else is split into atoms, shaped, and set in the order in which it is read.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from custody.adapters.pdf.blocks import Span, Tone, Words
from custody.adapters.pdf.embedding import Font
from custody.adapters.pdf.pdffile import text_string
from custody.adapters.pdf.shaping import clusters, face_for, levels, script_of, shape, visual_order
from custody.adapters.pdf.typefaces import BOLD, MONO, REGULAR, Typeface, own_face, shown
from custody.domain.visible import ESCAPE

_AFTER_LINE_FEED = re.compile(r"(?<=\n)(?=.)", re.DOTALL)
_GROUPED_HEX = re.compile(r"(?:[0-9a-f]{8} )+[0-9a-f]{0,8}")  # as domain/wording groups a digest
_WORDS = re.compile(r" +|[^ ]+")
_ESCAPE_SIZE = 0.88  # of the text around it

INK, GREY, RED = b"0.1 g", b"0.32 g", b"0.55 0.06 0.06 rg"


@dataclass(frozen=True, slots=True)
class Look:
    """How a tone is set: face, size and leading in points, colour."""

    face: str
    size: float
    leading: float
    colour: bytes = INK


LOOKS: Final[dict[Tone, Look]] = {
    "body": Look(REGULAR, 9.5, 13.5),
    "strong": Look(BOLD, 9.5, 13.5),
    "quiet": Look(REGULAR, 9, 13, GREY),
    "small": Look(REGULAR, 8, 11),
    "result": Look(BOLD, 14, 19),
    "alarm": Look(BOLD, 10, 14, RED),
    "fixed": Look(MONO, 9, 13),
    "code": Look(MONO, 9, 13),
    "fine": Look(REGULAR, 7, 9.2, GREY),
}


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


@dataclass(frozen=True, slots=True)
class _Atom:
    """Text that is set in one look, face and direction, and is broken only where nothing else helps."""

    text: str
    look: Look
    face: Typeface
    width: float
    link: str = ""
    level: int = 0
    plain: bool = True
    space: bool = False
    loose: bool = False  # a line may end before and after it


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

    def lines(self, words: Words, look: Look, width: float) -> list[Line]:
        """The lines of `words` within `width` points; a string without a tone of its own takes `look`.

        A line feed inside foreign text is written out and then followed. No text overflows: what has no space is
        broken where the line is full. Raises FormatError for text that no face can draw.
        """
        if isinstance(words, str):
            plain = own_face(look.face).plain
            try:
                wide = sum(map(plain.__getitem__, words)) * look.size / 1000
            except KeyError:
                pass
            else:
                if wide <= width:
                    return [Line((self._plain(words, look, own_face(look.face), wide),), look.leading, wide)]
                if look.face != MONO:
                    return self._fill(_plain_atoms(words, look, own_face(look.face)), width, look)
            words = Span(words)
            return self._paragraphs(((words, look),), width, look)
        if isinstance(words, Span):
            if not words.link:
                return self.lines(words.text, look if words.tone == "body" else LOOKS[words.tone], width)
            words = (words,)
        spans = [
            (Span(span), look) if isinstance(span, str) else (span, look if span.tone == "body" else LOOKS[span.tone])
            for span in words
        ]
        return self._paragraphs(spans, width, look)

    def width(self, text: str, look: Look) -> float:
        """The width of text in one line, in points."""
        return self.lines(text, look, float("inf"))[0].width

    def _plain(self, text: str, look: Look, face: Typeface, width: float, x: float = 0) -> Piece:
        font = self.font(face)
        show = b"(%b)Tj" % font.encode(text)
        if look.face == MONO and _GROUPED_HEX.fullmatch(text):  # copied from the page, it is the value again
            show = b"/Span<</ActualText(%b)>>BDC %b EMC" % (text.replace(" ", "").encode(), show)
        return Piece(x, _set(font, look), show, width)

    def _paragraphs(self, spans: Iterable[tuple[Span, Look]], width: float, look: Look) -> list[Line]:
        paragraphs: list[list[tuple[Span, Look]]] = [[]]
        for span, own in spans:
            for count, part in enumerate(_AFTER_LINE_FEED.split(span.text)):
                if count:
                    paragraphs.append([])
                paragraphs[-1].append((replace(span, text=shown(part)), own))
        return [line for spans in paragraphs for line in self._fill(_atoms(spans), width, look)]

    def _fill(self, atoms: list[_Atom], width: float, look: Look) -> list[Line]:
        """Fill lines greedily. A space may hang over the edge."""
        lines: list[Line] = []
        waiting = atoms[::-1]
        line: list[_Atom] = []
        used = 0.0
        while waiting:
            atom = waiting.pop()
            if used + atom.width <= width or atom.space:
                line.append(atom)
                used += atom.width
                continue
            stop = _break(line, atom)
            if stop:
                waiting.append(atom)
                waiting.extend(reversed(line[stop:]))
                line = line[:stop]
            else:
                first, rest = _split(atom, width - used, force=not line)
                if first is not None:
                    line.append(first)
                waiting.extend(part for part in (rest,) if part is not None)
            lines.append(self._line(line, look))
            line, used = [], 0.0
        if line or not lines:
            lines.append(self._line(line, look))
        return lines

    def _line(self, atoms: list[_Atom], look: Look) -> Line:
        """The pieces of one line, in the order in which they stand."""
        end = len(atoms)
        while end and atoms[end - 1].space:
            end -= 1
        if end < len(atoms) and atoms[end].level == 0:
            end += 1  # so that words do not grow together when a line is read on or copied
        atoms = atoms[:end]
        runs: list[_Atom] = []
        for atom in atoms:
            if runs and _joins(runs[-1], atom):
                runs[-1] = replace(
                    runs[-1],
                    text=runs[-1].text + atom.text,
                    width=runs[-1].width + atom.width,
                    plain=runs[-1].plain and atom.plain,
                )
            else:
                runs.append(atom)
        pieces: list[Piece] = []
        x = 0.0
        for index in visual_order([run.level for run in runs]):
            run = runs[index]
            if run.plain:
                piece = self._plain(run.text, run.look, run.face, run.width, x)
            else:
                piece = self._shaped(run, x)
            pieces.append(piece._replace(link=run.link, words=run.text) if run.link else piece)
            x += piece.width
        if not pieces:  # an empty cell is a cell
            pieces.append(self._plain("", look, own_face(look.face), 0.0))
        leading = max([look.leading, *(run.look.leading for run in runs)])
        return Line(tuple(pieces), leading, x)

    def _shaped(self, run: _Atom, x: float) -> Piece:
        """A run of shaped glyphs, with the text that it stands for (ISO 32000-2 section 14.9.4)."""
        font = self.font(run.face)
        parts: list[bytes] = []
        codes = b""
        pen = place = rise = 0.0  # where the next glyph would stand by itself, and where it is to stand
        for glyph in shape(run.text, run.face, right_to_left=run.level % 2 == 1):
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
            codes += font.encode_glyph(glyph.number)
            pen += run.face.advance(glyph.number)
            place += glyph.advance
        parts.append(b"[(%b)]TJ" % codes)
        if rise:
            parts.append(b"0 Ts")
        show = b"/Span<</ActualText%b>>BDC %b EMC" % (text_string(run.text), b" ".join(parts))
        return Piece(x, _set(font, run.look), show, place * run.look.size / 1000)


def _set(font: Font, look: Look) -> bytes:
    return b"%b %g Tf %b" % (font.name, look.size, look.colour)


def _joins(before: _Atom, atom: _Atom) -> bool:
    return (
        before.face is atom.face
        and before.look == atom.look
        and before.link == atom.link
        and before.level == atom.level
        and (before.plain == atom.plain or atom.space or before.space)
        and (before.plain or script_of(before.text[0]) == script_of(atom.text[0]) or atom.space)
    )


def _plain_atoms(text: str, look: Look, face: Typeface, link: str = "") -> list[_Atom]:
    plain, scale = face.plain, look.size / 1000
    return [
        _Atom(word, look, face, sum(map(plain.__getitem__, word)) * scale, link, space=word[0] == " ")
        for word in _WORDS.findall(text)
    ]


def _atoms(spans: list[tuple[Span, Look]]) -> list[_Atom]:
    """The atoms of a paragraph, whose text is ready to be shown."""
    whole = "".join(span.text for span, _ in spans)
    escapes = [found.span() for found in ESCAPE.finditer(whole)] if "[U+" in whole else []
    embedded = levels(whole, escapes)
    inside = {place for start, stop in escapes for place in range(start, stop)}
    starts = dict(escapes)
    atoms: list[_Atom] = []
    begin = 0
    for span, look in spans:
        stop = begin + len(span.text)
        place = begin
        preferred = own_face(look.face)
        while place < stop:
            if place in starts:
                text, level = whole[place : starts[place]], embedded[place]
                small = replace(look, face=MONO, size=look.size * _ESCAPE_SIZE)
                mono = own_face(MONO)
                width = sum(map(mono.widths.__getitem__, text)) * small.size / 1000
                atoms.append(_Atom(text, small, mono, width, span.link, level, loose=True))
                place = starts[place]
                continue
            face, level = face_for(whole[place], preferred), embedded[place]
            script, space = script_of(whole[place]), whole[place] == " "
            loose = face is not preferred and not face.name.startswith("fig") and script in _LOOSE
            end = place + 1
            while end < stop and end not in inside and embedded[end] == level and not loose:
                character = whole[end]
                if (character == " ") != space or face_for(character, preferred) is not face:
                    break
                own = script_of(character)
                if own and script and own != script:
                    break
                script = script or own
                end += 1
            atoms.append(_measured(whole[place:end], look, face, span.link, level, space, loose))
            place = end
        begin = stop
    return atoms


_LOOSE = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})


def _measured(text: str, look: Look, face: Typeface, link: str, level: int, space: bool, loose: bool) -> _Atom:
    plain = level % 2 == 0 and (all(c in face.plain or c == "[" for c in text))
    if plain:
        width = sum(map(face.widths.__getitem__, text))
    else:
        width = sum(glyph.advance for glyph in shape(text, face, right_to_left=level % 2 == 1))
    return _Atom(text, look, face, width * look.size / 1000, link, level, plain, space, loose)


def _break(line: list[_Atom], atom: _Atom) -> int:
    """How many atoms stay in a line that `atom` does not fit into; 0 where it can be broken nowhere."""
    if not line:
        return 0
    if line[-1].space or line[-1].loose or atom.loose:
        return len(line)
    for index in range(len(line) - 1, 0, -1):
        if line[index - 1].space or line[index - 1].loose or line[index].loose:
            return index
    return 0


def _split(atom: _Atom, room: float, *, force: bool) -> tuple[_Atom | None, _Atom | None]:
    """What of an atom fits into `room` points, and the rest; with `force` at least one cluster fits."""
    if ESCAPE.fullmatch(atom.text):
        return (atom, None) if force else (None, atom)
    scale = atom.look.size / 1000
    if atom.plain:
        parts = [(character, atom.face.widths[character]) for character in atom.text]
    else:
        parts = clusters(atom.text, atom.face, right_to_left=atom.level % 2 == 1)
    used, count = 0.0, 0
    for _, width in parts:
        if used + width * scale > room and (count or not force):
            break
        used += width * scale
        count += 1
    first, rest = "".join(text for text, _ in parts[:count]), "".join(text for text, _ in parts[count:])
    return (
        replace(atom, text=first, width=used) if first else None,
        replace(atom, text=rest, width=max(atom.width - used, 0.0)) if rest else None,
    )
