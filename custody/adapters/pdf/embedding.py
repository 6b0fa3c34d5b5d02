"""The faces of one document as they are embedded: codes, widths, and the glyphs that were used. Measures no line.

Every face is one composite font with two-byte codes (ISO 32000-2 section 9.7), so that a shaped glyph, which has no
character, is shown like any other.
"""

from typing import Any

from custody.adapters.pdf.pdffile import PdfFile
from custody.adapters.pdf.typefaces import Typeface

_SPECIAL = frozenset(b"()\\\r")  # bytes that would have to be escaped in a string: no code holds one (section 7.3.4.2)
_DROPPED = ("GSUB", "GPOS", "GDEF", "GASP", "gasp", "name", "post", "cmap", "OS/2", "STAT", "DSIG", "kern", "morx")
_MAX_CODE = 0xFFFF


class _Codes(dict[int, str]):
    """The code of each character that was shown, as a character of its own, for str.translate."""

    def __init__(self, font: "Font") -> None:
        super().__init__()
        self._font = font

    def __missing__(self, character: int) -> str:
        code = self._font.take(self._font.face.glyphs[chr(character)], chr(character))
        self[character] = code
        return code


class Font:
    """A face in one document, named /F1, /F2 … in the order of use."""

    def __init__(self, face: Typeface, name: bytes) -> None:
        self.face, self.name = face, name
        self._codes = _Codes(self)
        self._next = 1
        self._used: list[tuple[int, int, str]] = []  # code, glyph, character
        self._shaped: dict[tuple[int, str], str] = {}

    def take(self, glyph: int, character: str = "") -> str:
        """A new code for a glyph, which stands for `character`."""
        code = self._next
        while code >> 8 in _SPECIAL or code & 0xFF in _SPECIAL:
            code += 1
        if code > _MAX_CODE:
            raise OverflowError("more than 65,000 different glyphs of one face")
        self._next = code + 1
        self._used.append((code, glyph, character))
        return chr(code)

    def encode(self, text: str) -> bytes:
        """The codes of characters that this face has, without the brackets of a string."""
        return text.translate(self._codes).encode("utf-16-be", "surrogatepass")

    def encode_glyph(self, glyph: int, text: str = "") -> bytes:
        """The code of a glyph that shaping chose; `text` is what it stands for, where that is told glyph by glyph."""
        code = self._shaped.get((glyph, text))
        if code is None:
            code = self._shaped[glyph, text] = self.take(glyph, text)
        return code.encode("utf-16-be", "surrogatepass")

    def embed(self, file: PdfFile) -> int:
        """Write the font, its descriptor and the glyphs that were used; the number of the font."""
        program, numbers = _subset(self.face, {glyph for _, glyph, _ in self._used})
        name = b"%b+%b" % (_tag(int(self.name[2:])), _postscript_name(self.face))
        packed = file.stream(program, b"/Length1 %d" % len(program))
        extents = self.face.font.get_font_extents("ltr")
        scale = 1000 / self.face.face.upem
        up, down = round(extents.ascender * scale), round(extents.descender * scale)
        fixed = 1 if b"Mono" in name else 0
        descriptor = file.add(
            b"<</Type/FontDescriptor/FontName/%b/Flags %d/FontBBox[-1000 %d 3000 %d]/ItalicAngle 0/Ascent %d/Descent %d"
            b"/CapHeight %d/StemV 80/FontFile2 %d 0 R>>" % (name, 4 | fixed, down, up, up, down, up, packed)
        )
        places = bytearray(2 * self._next)
        widths = []
        for code, glyph, _ in self._used:
            places[2 * code : 2 * code + 2] = numbers[glyph].to_bytes(2, "big")
            widths.append(b"%d[%.0f]" % (code, self.face.advance(glyph)))
        descendant = file.add(
            b"<</Type/Font/Subtype/CIDFontType2/BaseFont/%b/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
            b"/Supplement 0>>/FontDescriptor %d 0 R/CIDToGIDMap %d 0 R/DW 1000/W[%b]>>"
            % (name, descriptor, file.stream(bytes(places)), b"".join(widths))
        )
        return file.add(
            b"<</Type/Font/Subtype/Type0/BaseFont/%b/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>"
            % (name, descendant, file.stream(self._to_unicode()))
        )

    def _to_unicode(self) -> bytes:
        """The character of each code (section 9.10.3); a shaped glyph has that of the face's own table, if any."""
        back: dict[int, str] = {}
        if self._shaped:
            for code in self.face.face.unicodes:
                back.setdefault(self.face.font.get_nominal_glyph(code), chr(code))
        pairs = [
            b"<%04X><%b>" % (code, text.encode("utf-16-be").hex().upper().encode())
            for code, glyph, character in self._used
            if (text := character or back.get(glyph, ""))
        ]
        blocks = []
        for start in range(0, len(pairs), 100):  # at most 100 in one block
            block = pairs[start : start + 100]
            blocks.append(b"%d beginbfchar\n%b\nendbfchar\n" % (len(block), b"\n".join(block)))
        return (
            b"/CIDInit/ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            b"/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n/CMapName/Adobe-Identity-UCS def\n"
            b"/CMapType 2 def\n1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n%b"
            b"endcmap\nCMapName currentdict/CMap defineresource pop\nend\nend" % b"".join(blocks)
        )


def _subset(face: Typeface, glyphs: set[int]) -> tuple[bytes, dict[int, int]]:
    """A TrueType program of these glyphs alone, and the number that each has in it."""
    import uharfbuzz

    wanted = uharfbuzz.SubsetInput()
    wanted.glyph_set.update(sorted(glyphs))
    wanted.drop_table_tag_set.update([int.from_bytes(tag.encode(), "big") for tag in _DROPPED])
    flags = uharfbuzz.SubsetFlags
    wanted.flags = flags.NO_HINTING | flags.NO_LAYOUT_CLOSURE | flags.NOTDEF_OUTLINE
    plan: Any = uharfbuzz.SubsetPlan(face.face, wanted)
    numbers = plan.old_to_new_glyph_mapping
    return bytes(plan.execute().blob.data), {glyph: int(numbers[glyph]) for glyph in glyphs}


def _tag(number: int) -> bytes:
    """Six capital letters before the name of a subset (section 9.9.2)."""
    return b"CUST" + bytes((65 + number // 26 % 26, 65 + number % 26))


def _postscript_name(face: Typeface) -> bytes:
    import uharfbuzz

    name = face.face.get_name(uharfbuzz.OTNameIdPredefined.POSTSCRIPT_NAME) or "Face"
    return "".join(c for c in name if c.isascii() and (c.isalnum() or c == "-")).encode()
