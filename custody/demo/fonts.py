"""Finds the demonstration's one typeface, plain and bold. Draws nothing."""

from pathlib import Path

import reportlab
from PIL import ImageFont


def font_file(bold: bool) -> Path:
    """The TrueType file. It comes with reportlab: Pillow's built-in face has no pound sign."""
    return Path(reportlab.__file__).parent / "fonts" / ("VeraBd.ttf" if bold else "Vera.ttf")


def font(size: float, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The face for Pillow, `size` in pixels."""
    # Basic layout: the other engine is not in every Pillow, and pictures should not differ by it.
    return ImageFont.truetype(str(font_file(bold)), size, layout_engine=ImageFont.Layout.BASIC)
