"""QR codes: their modules, and drawing them. Error correction M, with the quiet zone around. Chooses no contents."""

from typing import Any

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

from custody.adapters.pdf.rows import colour

QUIET_ZONE = 4  # modules of white around a QR code (ISO/IEC 18004 section 6.3.8)


def qr_modules(text: str) -> list[list[bool]]:
    """The dark modules of a QR code: error correction M, which bears 15 percent of damage."""
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    return [[bool(module) for module in row] for row in code.modules]


def draw_code(canvas: Any, text: str, x: float, y: float, side: float) -> None:
    """Draw the code of `text` into the square of `side` points whose lower left corner is (x, y), quiet zone included.

    Row by row, neighbouring dark modules as one box; the light ones are the white of the paper.
    """
    modules = qr_modules(text)
    size = side / (len(modules) + 2 * QUIET_ZONE)
    canvas.setFillColor(colour(0))
    for row, line in enumerate(modules):
        start = 0
        while start < len(line):
            stop = start
            while stop < len(line) and line[stop]:
                stop += 1
            if stop > start:
                left, foot = x + (start + QUIET_ZONE) * size, y + side - (row + QUIET_ZONE + 1) * size
                # A hair taller than a module: no seam shows between rows.
                canvas.rect(left, foot, (stop - start) * size, size * 1.02, stroke=0, fill=1)
            start = stop + 1
