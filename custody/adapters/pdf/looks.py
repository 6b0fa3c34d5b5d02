"""The tones of a document: face, size, leading and colour of each. Legible in black and white. Measures nothing."""

from dataclasses import dataclass
from typing import Final

from custody.adapters.pdf.blocks import Style, Tone
from custody.adapters.pdf.typefaces import BOLD, MONO, REGULAR

_LEAST = 6.5  # points: nothing is set smaller

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
    "quiet": Look(REGULAR, 9, 13.5, GREY),
    "small": Look(REGULAR, 8, 11),
    "result": Look(BOLD, 14, 19),
    "alarm": Look(BOLD, 10, 14, RED),
    "fixed": Look(MONO, 9, 13.5),
    "code": Look(MONO, 9, 13.5),
    "fine": Look(REGULAR, 7, 9.2, GREY),
    "plate": Look(MONO, 12, 17),
}
TYPED: Final = Look(MONO, 7.8, 7.9)  # two lines of a recovery sheet, of 53 characters each, stand beside each other


def looks(style: Style) -> dict[Tone, Look]:
    """The look of every tone in a document of this style."""
    if style != "dense":
        return LOOKS
    return {tone: Look(look.face, look.size * 0.95, look.leading * 0.87, look.colour) for tone, look in LOOKS.items()}


def toned(tone: Tone, around: Look) -> Look:
    """The look of a tone inside text of a look: smaller where that is smaller than body text."""
    if tone == "body":
        return around
    look, body = LOOKS[tone], LOOKS["body"]
    if around.size >= body.size:
        return look
    size = max(look.size * around.size / body.size, _LEAST)
    return Look(look.face, size, max(around.leading, size * 1.2), look.colour)
