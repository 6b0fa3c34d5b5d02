"""Drawings, pictures and QR codes: the operators that draw them, and their elements. Places nothing on a page."""

import math
from collections.abc import Callable, Iterator
from io import BytesIO

from custody.adapters.pdf.blocks import Code, Codes, Figure, Picture, Shape
from custody.adapters.pdf.looks import INK, Look
from custody.adapters.pdf.paper import HEIGHT, WIDTH, Paper, Strip
from custody.adapters.pdf.pdffile import text_string
from custody.adapters.pdf.qrimage import QUIET_ZONE, qr_image
from custody.adapters.pdf.tagging import Element
from custody.adapters.pdf.typefaces import BOLD, MONO, REGULAR
from custody.domain.visible import visible
from custody.errors import FormatError

_ARROW, _HALF_ARROW = 5.0, 2.1  # length and half the width of an arrow's head
_CAPTION = Look(REGULAR, 7, 8.4, INK)
_APART = 14.0  # between two codes
_LEAST_SIZE = 4.0  # of words in a drawing, in points; those that do not fit at that are cut, and are in its `alt`
_SPACES = {1: b"/DeviceGray", 3: b"/DeviceRGB"}

Draw = Callable[[float, float], bytes]


def hang(
    paper: Paper, block: Figure | Picture | Code, strip: Strip, parent: Element | None, x: float, down: float
) -> Element:
    """Hang a drawing, picture or code onto a strip, `x` from the left margin and `down` below its upper edge."""
    width, height = size(block)
    element = Element(b"Figure", parent)
    if isinstance(block, Figure):
        body = _figure(paper, block, width / block.width)
    elif isinstance(block, Picture):
        name, number, sides = _picture(paper, block)
        strip.images = (*strip.images, (name, number))
        body = b"%.2f 0 0 %.2f 0 %.2f cm /%b Do" % (*sides, -sides[1], name)
    else:
        body = _code(block.text, block.side)

    def draw(left: float, top: float) -> bytes:
        left, top = left + x, top - down
        element.entries = b"/Alt%b/A<</O/Layout/Placement/Block/BBox[%.2f %.2f %.2f %.2f]>>" % (
            text_string(visible(block.alt)),
            left,
            top - height,
            left + width,
            top,
        )
        return b"1 0 0 1 %.2f %.2f cm %b" % (left, top, body)

    strip.figures = (*strip.figures, (element, draw))
    strip.ends = (element, *strip.ends)
    return element


def codes(paper: Paper, block: Codes, parent: Element | None) -> Iterator[Strip]:
    """Rows of codes, each code with its caption, which begins in its quiet zone."""
    side = WIDTH / block.across - _APART
    for start in range(0, len(block.codes), block.across):
        strip = Strip(side + 4, 4)
        for index, (text, alt) in enumerate(block.codes[start : start + block.across]):
            left = index * WIDTH / block.across
            hang(paper, Code(text, side, alt), strip, parent, left, 0.0)
            caption = Element(b"P", parent)
            (line,) = paper.setter.lines(alt, _CAPTION, side)
            strip.marks.append((caption, left + (side - line.width) / 2, side + 4, line.pieces))
            strip.ends = (*strip.ends, caption)
        yield strip


def size(block: Figure | Picture | Code) -> tuple[float, float]:
    """Width and height in points; a drawing larger than a page is made smaller."""
    if isinstance(block, Figure):
        scale = min(1.0, WIDTH / block.width, HEIGHT / block.height)
        return block.width * scale, block.height * scale
    return block.side, block.side


def _figure(paper: Paper, figure: Figure, scale: float) -> bytes:
    return b"%.4f 0 0 %.4f 0 0 cm 0.1 G %b" % (scale, scale, b" ".join(_shape(paper, s) for s in figure.shapes))


def _shape(paper: Paper, shape: Shape) -> bytes:
    """One shape, in a system of coordinates whose y goes up from 0 at the figure's upper edge."""
    if shape.kind == "text":
        return _text(paper, shape)
    begin = b"%.2f w %b d" % (shape.weight, b"[3 2] 0" if shape.dashed else b"[] 0")
    fill = b"%.2f g " % shape.fill if shape.fill is not None else b""
    if shape.kind == "box":
        x, y, width, height = shape.at
        return b"%b %b%.2f %.2f %.2f %.2f re %b" % (begin, fill, x, -y - height, width, height, b"B" if fill else b"S")
    if shape.kind == "dot":
        x, y, radius = shape.at
        return b"%b %b%b %b" % (begin, fill or b"0.1 g ", _circle(x, -y, radius), b"B")
    x1, y1, x2, y2 = shape.at
    line = b"%b %.2f %.2f m %.2f %.2f l S" % (begin, x1, -y1, x2, -y2)
    if shape.kind == "line":
        return line
    angle = math.atan2(y1 - y2, x2 - x1)
    along, across = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))
    base = (x2 - _ARROW * along[0], -y2 - _ARROW * along[1])
    return b"%b [] 0 d 0.1 g %.2f %.2f m %.2f %.2f l %.2f %.2f l f" % (
        line,
        x2,
        -y2,
        base[0] + _HALF_ARROW * across[0],
        base[1] + _HALF_ARROW * across[1],
        base[0] - _HALF_ARROW * across[0],
        base[1] - _HALF_ARROW * across[1],
    )


def _text(paper: Paper, shape: Shape) -> bytes:
    x, y, room = shape.at
    face = MONO if shape.fixed else BOLD if shape.bold else REGULAR
    colour = b"%.2f g" % shape.fill if shape.fill is not None else b"0.1 g"
    words, look = shape.words, Look(face, shape.size, shape.size * 1.3, colour)
    width = paper.setter.width(words, look) if words else 0.0
    if width > room > 0:
        look = Look(face, max(shape.size * room / width * 0.999, _LEAST_SIZE), shape.size, colour)
        kept = words
        while kept and paper.setter.width(words, look) > room:
            kept = kept[: len(kept) * 9 // 10]
            words = kept + "…"
    (line,) = paper.setter.lines(words, look, float("inf"))[:1]
    left = x - {"left": 0.0, "middle": 0.5, "right": 1.0}[shape.align] * line.width
    pieces = b" ".join(
        b"%b 1 0 0 1 %.2f %.2f Tm %b" % (piece.look, left + piece.x, -y, piece.show) for piece in line.pieces
    )
    return b"BT %b ET" % pieces


def _circle(x: float, y: float, radius: float) -> bytes:
    """A circle of four curves (each at most 0.03 percent off)."""
    k = 0.5523 * radius
    curves = [
        (x + radius, y + k, x + k, y + radius, x, y + radius),
        (x - k, y + radius, x - radius, y + k, x - radius, y),
        (x - radius, y - k, x - k, y - radius, x, y - radius),
        (x + k, y - radius, x + radius, y - k, x + radius, y),
    ]
    return b"%.2f %.2f m %b" % (x + radius, y, b" ".join(b"%.2f %.2f %.2f %.2f %.2f %.2f c" % c for c in curves))


def _picture(paper: Paper, picture: Picture) -> tuple[bytes, int, tuple[float, float]]:
    """Name and number of the image of a JPEG, which is embedded as it is, and the sides that it is drawn with.

    Raises FormatError for bytes that are no JPEG in grey or RGB.
    """
    from PIL import Image

    try:
        with Image.open(BytesIO(picture.jpeg), formats=("JPEG",)) as image:
            width, height = image.size
            space = _SPACES.get(len(image.getbands()))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise FormatError("a picture of the report is no JPEG that can be read") from error
    if space is None:
        raise FormatError("a picture of the report is a JPEG of inks (CMYK), which a PDF/A of this kind cannot hold")
    scale = picture.side / max(width, height)
    name, number = paper.image(
        picture.jpeg,
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace%b/Filter/DCTDecode"
        % (width, height, space),
    )
    return name, number, (width * scale, height * scale)


def _code(text: str, side: float) -> bytes:
    """A QR code as an image in the content itself, the quiet zone left free."""
    image = qr_image(text)
    module = side / (image.count + 2 * QUIET_ZONE)
    drawn, edge = image.count * module, QUIET_ZONE * module
    return b"0 g %.3f 0 0 %.3f %.3f %.3f cm BI /W %d /H %d /BPC 1 /IM true /D [1 0] /F /AHx ID %b> EI" % (
        drawn,
        drawn,
        edge,
        -drawn - edge,
        image.count,
        image.count,
        image.rows.hex().encode(),
    )
