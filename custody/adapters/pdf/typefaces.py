"""The typefaces of a document, and which of them draws a character. Shapes and breaks nothing.

FiraGO for text (Latin, Cyrillic, Greek, Georgian, Hebrew, Arabic, Thai, Devanagari) and Ubuntu Mono for values that
are compared or typed come from the package pymupdf-fonts. Every other script is drawn with the first TrueType face of
the computer that has it (SYSTEM_FACES): no package of the index holds one of a fit licence and size.
"""

import hashlib
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from custody.domain.visible import escape, visible
from custody.errors import FormatError, StorageError

REGULAR, BOLD, MONO = "figo", "figbo", "ubuntm"  # as pymupdf-fonts calls them

MAX_FACE = 128 << 20  # bytes; the largest of SYSTEM_FACES has 40 MB

BEGINNING = 2**16  # bytes; the directories of a collection of faces have some thousand

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
    "/usr/share/fonts/truetype/noto/NotoSerif{}-Regular.ttf",
    "/System/Library/Fonts/Supplemental/NotoSans{}-Regular.ttf",
)
"""Where a face for one script is looked for, by the script's name."""

_EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "HALFWIDTH", "FULLWIDTH", "IDEOGRAPHIC"})
# Living scripts of which fonts-noto-core has a face under just this name. A letter of any other script is written out:
# a name in signs of a dead one must not be able to stop a report.
_NOTO = frozenset(
    {"ARMENIAN", "BENGALI", "CHEROKEE", "ETHIOPIC", "GUJARATI", "GURMUKHI", "JAVANESE", "KANNADA", "KHMER", "LAO"}
    | {"MALAYALAM", "MONGOLIAN", "MYANMAR", "ORIYA", "SINHALA", "SYRIAC", "TAMIL", "TELUGU", "THAANA", "TIBETAN"}
    | {"TIFINAGH"}
)
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
# Devanagari to Tibetan, Myanmar, Khmer, Mongolian, Javanese: letters change with those beside them.
_SHAPED = frozenset(chain(range(0x0900, 0x10A0), range(0x1700, 0x18B0), range(0xA800, 0xAC00)))


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


def of_computer() -> str:
    """The first 16 digits of SHA-256 over the faces that this computer has beside custody's own, "none" if it has none.

    With other faces, the same values are drawn with other bytes: who accuses somebody of the difference must know that
    there is none. Of each file its size and beginning, where a TrueType face has the checksums of all of its tables.
    """
    paths = [path for path, _ in SYSTEM_FACES]
    paths += [pattern.format(script.capitalize()) for pattern in NOTO_FACES for script in sorted(_NOTO)]
    digest, found = hashlib.sha256(), False
    for number, path in enumerate(paths):
        try:
            with Path(path).open("rb") as file:
                beginning, size = file.read(BEGINNING), file.seek(0, 2)
        except OSError:
            continue
        found = True
        digest.update(f"{number} {size} {hashlib.sha256(beginning).hexdigest()}\n".encode())
    return digest.hexdigest()[:16] if found else "none"


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
    """The face of this computer that draws a character which FiraGO lacks; None: it is to be written out.

    Raises FormatError, naming script, character and remedy, for a letter of a living script of which the computer has
    no face at all: a name of which every letter is a number is no name, and nobody would notice in time. A single
    letter or mark that a face lacks is written out, or one odd file name could stop every report.
    """
    name = unicodedata.name(character, "")
    script = name.split(" ")[0].split("-")[0]
    eastern = script in _EAST_ASIAN or unicodedata.east_asian_width(character) in "WF"
    if not eastern and script not in _NOTO:
        return None
    faces = [face for path, index in SYSTEM_FACES if (face := _file_face(path, index)) is not None]
    if script in _NOTO:
        paths = (pattern.format(script.capitalize()) for pattern in NOTO_FACES)
        faces = [*(face for path in paths if (face := _file_face(path, 0)) is not None), *faces]
    for face in faces:
        if face.learn(character):
            return face
    sample = _SAMPLES.get(script, character)
    if unicodedata.category(character)[0] != "L" or any(face.learn(sample) for face in faces):
        return None
    package = "fonts-wqy-microhei" if eastern else "fonts-noto-core"
    raise FormatError(
        f"no typeface on this computer can draw {script.capitalize()} text: U+{ord(character):04X} ({name.lower()})",
        f'install one: on Debian or Ubuntu "apt install {package}"; else any TrueType face that has it',
    )


_SAMPLES = {
    "CJK": "一", "HIRAGANA": "あ", "KATAKANA": "ア", "HANGUL": "각", "BOPOMOFO": "ㄅ", "ARMENIAN": "ա", "BENGALI": "ক",
    "CHEROKEE": "Ꭰ", "ETHIOPIC": "ሀ", "GUJARATI": "ક", "GURMUKHI": "ਕ", "JAVANESE": "ꦏ", "KANNADA": "ಕ", "KHMER": "ក",
    "LAO": "ກ", "MALAYALAM": "ക", "MONGOLIAN": "ᠠ", "MYANMAR": "က", "ORIYA": "କ", "SINHALA": "ක", "SYRIAC": "ܐ",
    "TAMIL": "க", "TELUGU": "క", "THAANA": "ހ", "TIBETAN": "ཀ", "TIFINAGH": "ⴰ",
}  # fmt: skip
"""A letter that every face of a script has."""
