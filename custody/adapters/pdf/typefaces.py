"""The typefaces of a document, and which of them draws a character. Shapes and breaks nothing.

FiraGO for text (Latin, Cyrillic, Greek, Georgian, Hebrew, Arabic, Thai, Devanagari) and Ubuntu Mono for values that
are compared or typed come from the package pymupdf-fonts. Every other script is drawn with the first TrueType face of
the computer that has it (SYSTEM_FACES): no package of the index holds one of a fit licence and size.
"""

import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from custody.domain.visible import escape, visible
from custody.errors import FormatError, StorageError

REGULAR, BOLD, MONO = "figo", "figbo", "ubuntm"  # as pymupdf-fonts calls them

MAX_FACE = 128 << 20  # bytes; the largest of SYSTEM_FACES has 40 MB

SYSTEM_FACES = (
    # Debian, Ubuntu: fonts-wqy-microhei has all of Han, Kana and Hangul; fonts-droid-fallback few syllables of Hangul
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", 0),
    ("/usr/share/fonts/truetype/droid/DroidSansFallback.ttf", 0),
    ("/usr/share/fonts/truetype/nanum/NanumGothic.ttf", 0),
    # Fedora
    ("/usr/share/fonts/google-droid-sans-fonts/DroidSansFallbackFull.ttf", 0),
    ("/usr/share/fonts/wqy-microhei-fonts/wqy-microhei.ttc", 0),
    # macOS
    ("/System/Library/Fonts/Supplemental/Arial Unicode.ttf", 0),
    ("/Library/Fonts/Arial Unicode.ttf", 0),
    ("/System/Library/Fonts/STHeiti Light.ttc", 0),
    ("/System/Library/Fonts/Supplemental/AppleGothic.ttf", 0),
    # Windows
    ("C:/Windows/Fonts/msyh.ttc", 0),
    ("C:/Windows/Fonts/simsun.ttc", 0),
    ("C:/Windows/Fonts/msgothic.ttc", 0),
    ("C:/Windows/Fonts/malgun.ttf", 0),
    ("C:/Windows/Fonts/Nirmala.ttc", 0),
    ("C:/Windows/Fonts/Nirmala.ttf", 0),
)
"""TrueType faces for what FiraGO lacks, in order: file and number in it."""

NOTO_FACES = (
    "/usr/share/fonts/truetype/noto/NotoSans{}-Regular.ttf",  # Debian, Ubuntu: fonts-noto-core
    "/System/Library/Fonts/Supplemental/NotoSans{}-Regular.ttf",
)
"""Where a face for one script is looked for, by the script's name."""

_EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "HALFWIDTH", "FULLWIDTH", "IDEOGRAPHIC"})
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_SHAPED = range(0x0900, 0x1000)  # Devanagari to Thai and Tibetan: no letter of theirs stands by itself


@dataclass(eq=False)
class Typeface:
    """A TrueType face. `widths` in 1/1000 of the size and `glyphs` are of every character, `plain` the widths of those
    that are drawn as they stand, left to right, one glyph each.
    """

    name: str
    data: bytes
    index: int = 0
    face: Any = field(init=False, repr=False)
    font: Any = field(init=False, repr=False)
    glyphs: dict[str, int] = field(init=False, repr=False)
    widths: dict[str, float] = field(init=False, repr=False)
    plain: dict[str, float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        import uharfbuzz

        self.face = uharfbuzz.Face(uharfbuzz.Blob(self.data), self.index)
        if "glyf" not in self.face.table_tags:
            raise ValueError("not a TrueType face")
        self.font = uharfbuzz.Font(self.face)
        self.glyphs, self.widths, self.plain = {}, {}, {}
        if self.name in (REGULAR, BOLD, MONO):
            for code in self.face.unicodes:
                self.learn(chr(code))

    def learn(self, character: str) -> bool:
        """Whether the face has this character, whose glyph and width are known from now on."""
        if character in self.glyphs:
            return True
        glyph = self.font.get_nominal_glyph(ord(character))
        if not glyph:
            return False
        self.glyphs[character] = glyph
        self.widths[character] = width = self.advance(glyph)
        if _is_plain(character):
            self.plain[character] = width
        return True

    def advance(self, glyph: int) -> float:
        """The width of a glyph in 1/1000 of the size."""
        return float(self.font.get_glyph_h_advance(glyph)) * 1000 / float(self.face.upem)


def _is_plain(character: str) -> bool:
    return (
        visible(character) == character
        and unicodedata.bidirectional(character) not in _RIGHT_TO_LEFT
        and ord(character) not in _SHAPED
    )


@lru_cache(maxsize=8)
def own_face(name: str) -> Typeface:
    """A face that is installed with custody. Raises StorageError when it cannot be loaded."""
    try:
        from pymupdf_fonts import fontbuffers

        return Typeface(name, fontbuffers[name]())
    except (ImportError, KeyError, ValueError) as error:
        raise StorageError(
            "the typefaces for the document cannot be loaded", 'install custody again: "pip install custody-recorder"'
        ) from error


@lru_cache(maxsize=64)
def _file_face(path: str, index: int) -> Typeface | None:
    try:
        if Path(path).stat().st_size > MAX_FACE:
            return None
        return Typeface(path, Path(path).read_bytes(), index)
    except (OSError, ValueError):
        return None


def shown(text: str) -> str:
    """`text` with everything unseen written out, and symbols that no face of custody has as well.

    Raises FormatError for a letter of a script that no face of this computer has.
    """
    regular = own_face(REGULAR).glyphs
    clean = visible(text)
    if all(character in regular for character in clean):
        return clean
    mono = own_face(MONO).glyphs
    return "".join(c if c in regular or c in mono or other_face(c) else escape(c) for c in clean)


@lru_cache(maxsize=65_536)
def other_face(character: str) -> Typeface | None:
    """The face of this computer that draws a character which FiraGO lacks, None for a symbol without one.

    Raises FormatError, naming script, character and remedy, for a letter without one: a name that is written out in
    numbers is no name, and nobody would notice in time.
    """
    kind = unicodedata.category(character)[0]
    name = unicodedata.name(character, "")
    script = name.split(" ")[0].split("-")[0]
    eastern = script in _EAST_ASIAN or unicodedata.east_asian_width(character) in "WF"
    if kind not in "LMN" and not eastern:
        return None
    if unicodedata.decomposition(character).startswith("<font>"):  # a letter of mathematics, dressed up
        return None
    if not eastern and script.isalpha() and script.isascii():
        for pattern in NOTO_FACES:
            face = _file_face(pattern.format(script.capitalize()), 0)
            if face is not None and face.learn(character):
                return face
    for path, index in SYSTEM_FACES:
        face = _file_face(path, index)
        if face is not None and face.learn(character):
            return face
    if kind not in "LM":
        return None
    package = "fonts-wqy-microhei" if eastern else "fonts-noto-core"
    raise FormatError(
        f"no typeface on this computer can draw {script.capitalize()} text: U+{ord(character):04X} ({name.lower()})",
        f'install one: on Debian or Ubuntu "apt install {package}"; else any TrueType face that has it',
    )
