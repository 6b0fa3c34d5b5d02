"""The typefaces of the report and what they cannot draw. Breaks no lines.

FiraGO for text (Latin, Cyrillic, Greek, Georgian, Hebrew, Arabic, Thai, Devanagari; without shaping, so the last four
stand letter by letter, left to right, in the order of the text) and Ubuntu Mono for values that are compared or typed.
Both come from the package pymupdf-fonts, so that one report looks the same on every computer.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any

from custody.domain.visible import ESCAPE, escape, visible
from custody.errors import StorageError

REGULAR, BOLD, MONO = "custody-regular", "custody-bold", "custody-mono"
_SOURCES = {REGULAR: "figo", BOLD: "figbo", MONO: "ubuntm"}
_AFTER_LINE_FEED = re.compile(r"(?<=\n)(?=.)", re.DOTALL)
ESCAPE_SIZE = 0.88  # of the text around it


@dataclass(frozen=True, slots=True)
class Face:
    """An embedded typeface: the name it is registered under, and the width of each character in 1/1000 of its size."""

    name: str
    widths: dict[int, float]

    def shown(self, text: str) -> str:
        """`text` with everything unseen written out, and whatever this face has no glyph for as well."""
        clean = visible(text)
        if all(ord(character) in self.widths for character in clean):
            return clean
        return "".join(c if ord(c) in self.widths else escape(c) for c in clean)


@lru_cache(maxsize=1)
def faces() -> dict[str, Face]:
    """The three faces, registered with ReportLab. Raises StorageError when they cannot be loaded."""
    try:
        from pymupdf_fonts import fontbuffers
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.ttfonts import TTFError, TTFont

        try:
            fonts: dict[str, Any] = {
                name: TTFont(name, BytesIO(fontbuffers[code]())) for name, code in _SOURCES.items()
            }
        except TTFError as error:
            raise ImportError("not a TrueType face") from error
    except (ImportError, KeyError) as error:
        raise StorageError(
            "the typefaces for the report cannot be loaded", 'install custody again: "pip install custody-recorder"'
        ) from error
    for font in fonts.values():
        pdfmetrics.registerFont(font)
    return {
        name: Face(name, {character: font.face.charWidths[character] for character in font.face.charToGlyph})
        for name, font in fonts.items()
    }


@dataclass(frozen=True, slots=True)
class Style:
    """How text is set: face, size and leading in points, colour as 0xRRGGBB."""

    face: str = REGULAR
    size: float = 9.5
    leading: float = 13.5
    colour: int = 0x1A1A1A


Run = tuple[str, float, str]
"""Face, size and text of a piece of a line."""

Line = tuple[Run, ...]


Text = str | tuple[str, ...]
"""Foreign text; or several, each of which begins a line of its own."""


def break_lines(text: Text, style: Style, width: float) -> list[Line]:
    """The lines of `text` within `width` points, broken at spaces and where need be inside words.

    A line feed inside foreign text is written out and then followed, so that a note of many lines reads well and a
    name with a line feed is not taken for one that was too long. No line is empty: a blank one holds a space.
    """
    face, mono = faces()[style.face], faces()[MONO]
    lines: list[Line] = []
    for own in (text,) if isinstance(text, str) else text:
        for paragraph in _AFTER_LINE_FEED.split(own):
            shown = face.shown(paragraph)
            plain = sum(map(face.widths.__getitem__, map(ord, shown))) * style.size / 1000
            if plain <= width and "[U+" not in shown:
                lines.append(((style.face, style.size, shown or " "),))
            else:
                lines.extend(_fill(shown, style, face, mono, width))
    return lines


def _fill(shown: str, style: Style, face: Face, mono: Face, width: float) -> list[Line]:
    """The lines of one paragraph, filled greedily. An escape is one unit, set in the mono face, never broken."""
    units: list[tuple[str, float, str, float]] = []
    end = 0
    small = style.size * ESCAPE_SIZE
    for found in ESCAPE.finditer(shown):
        units.extend(_units(shown[end : found.start()], style, face))
        escaped = found.group()
        units.append((MONO, small, escaped, sum(mono.widths[ord(c)] for c in escaped) * small / 1000))
        end = found.end()
    units.extend(_units(shown[end:], style, face))
    lines: list[Line] = []
    start, used, space = 0, 0.0, -1
    position = 0
    while position < len(units):
        text, advance = units[position][2:]
        # A space may hang over the edge; the first unit of a line always stays, or nothing would ever fit.
        if used + advance > width and text != " " and position > start:
            stop = space + 1 if space >= start else position
            lines.append(_line(units[start:stop]))
            start, used, space = stop, 0.0, -1
            position = stop
            continue
        if text == " ":
            space = position
        used += advance
        position += 1
    lines.append(_line(units[start:]))
    return lines


def _units(text: str, style: Style, face: Face) -> list[tuple[str, float, str, float]]:
    return [(style.face, style.size, c, face.widths[ord(c)] * style.size / 1000) for c in text]


def _line(units: list[tuple[str, float, str, float]]) -> Line:
    """The runs of one line: neighbours of the same face and size joined."""
    runs: list[Run] = []
    for name, size, text, _ in units:
        if runs and runs[-1][:2] == (name, size):
            runs[-1] = (name, size, runs[-1][2] + text)
        else:
            runs.append((name, size, text))
    return tuple(runs)
