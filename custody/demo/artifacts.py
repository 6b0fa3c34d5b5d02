"""Makes the artifacts that the demonstration records. Writes files into one folder; records nothing.

Everything in them is drawn, written or computed here. Names, addresses and telephone numbers are of the kinds
set aside for fiction: `.example` (RFC 2606, section 2), 203.0.113.0/24 (RFC 5737, section 3), +44 1632 960000
to 960999 (Ofcom's numbers for drama). Together they tell of a job offer that may be exploitation, through
harmless facts only.
"""

import os
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from io import BytesIO
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Literal

from custody.errors import StorageError

if TYPE_CHECKING:
    from PIL import Image, ImageFont

Method = Literal["screenshot", "phone-photo", "download", "saved-page", "export"]
Colour = tuple[int, int, int]
Point = tuple[float, float]

AD_ADDRESS = "https://listings.example/jobs/LX-48213"
INVOICE_ADDRESS = "https://booking.harbour-court.example/invoices/HC-20417.pdf"
TELEPHONE = "+44 1632 960147"
REFERENCE = "LX-48213"

AD_TITLE = "Housekeeping staff wanted, room and transport included"
AD_FACTS = (
    ("Pay", "£9 a room"),
    ("Hours", "6 days a week, 05:30 to 17:00"),
    ("Room", "shared, four beds"),
    ("Start", "at once"),
)
AD_TEXT = (
    "Cleaning of hotel rooms in several towns. No experience and no papers needed.",
    "Travel and room are paid for you and taken from the first wages.",
    "Our driver meets you on arrival. Please bring your passport for the office.",
)
AD_CONTACT = f"Call or message Dana: {TELEPHONE}"
AD_POSTED_FROM = "203.0.113.45"

# (description, quantity, price of one in pence)
INVOICE_LINES = (
    ("Rooms 214 and 215, 3 nights", 6, 5800),
    ("Extra beds, 4 for 3 nights", 12, 1200),
    ("Parking, one van, 3 nights", 3, 1000),
)

# The open North Sea: nobody's home or hotel can be mistaken for the place of a made-up photograph.
_LATITUDE = (54, 30, 7.2)
_LONGITUDE = (3, 0, 11.9)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Artifact:
    """One thing to record, and what its collector would answer about it."""

    path: Path
    method: Method
    tool: str
    found_at: str | None
    captured_at: datetime
    description: str
    as_one: bool


def make_artifacts(folder: Path, now: datetime) -> tuple[Artifact, ...]:
    """Write the five artifacts into `folder`, which exists and is empty, and say what each is.

    `now` is any aware time; the same `now` and the same libraries give the same bytes. Captures lie 24
    minutes to 4 hours before it, in whole seconds of UTC, and are also the files' modification times.
    Nothing is overwritten; files written before an error stay.

    Raises StorageError where the folder cannot be written or already holds one of the names.
    """
    try:
        return _make(folder, now)
    except OSError as error:
        raise StorageError(
            f"the demonstration's files cannot be written into {folder}: {error.strerror or error}",
            hint="choose an empty folder that you may write to, on a disk with a few megabytes free",
        ) from error


def _make(folder: Path, now: datetime) -> tuple[Artifact, ...]:
    start = now.astimezone(UTC).replace(microsecond=0)
    rng = Random(start.isoformat())
    photo_at = start - timedelta(hours=3, minutes=52, seconds=9)
    shot_at = start - timedelta(hours=2, minutes=5, seconds=31)
    page_at = start - timedelta(hours=2, minutes=2, seconds=48)
    chat_at = start - timedelta(hours=1, minutes=10, seconds=20)
    invoice_at = start - timedelta(minutes=24, seconds=3)

    photo = folder / f"IMG_{photo_at:%Y%m%d_%H%M%S}.jpg"
    shot = folder / f"Screenshot from {shot_at:%Y-%m-%d %H-%M-%S}.png"
    page = folder / "Saved page.html"
    chat = folder / "Chat with Dana"
    invoice = folder / "invoice HC-20417.pdf"

    room = _room(rng)
    street = _street(rng)
    _write(photo, _jpeg(room, 88, _exif(photo_at)), photo_at)
    _write(shot, _screenshot(street, shot_at), shot_at)
    _write(page, _saved_page(street, page_at), page_at)
    chat.mkdir()
    for name, data in _chat(street, rng, chat_at).items():
        _write(chat / name, data, chat_at)
    _set_time(chat, chat_at)
    _write(invoice, _invoice(invoice_at), invoice_at)

    return (
        Artifact(photo, "phone-photo", "Android camera", None, photo_at, "Hotel room 214, from the door", False),
        Artifact(
            shot,
            "screenshot",
            "GNOME Screenshot 41",
            AD_ADDRESS,
            shot_at,
            "Job advertisement, as shown",
            False,
        ),
        Artifact(page, "saved-page", "Chromium 128", AD_ADDRESS, page_at, "The same advertisement, saved", False),
        Artifact(chat, "export", "Example Messenger 5.2", None, chat_at, "Chat about the job, with media", True),
        Artifact(invoice, "download", "Firefox 128", INVOICE_ADDRESS, invoice_at, "Hotel invoice HC-20417", False),
    )


def _write(path: Path, data: bytes, at: datetime) -> None:
    with path.open("xb") as file:
        file.write(data)
    _set_time(path, at)


def _set_time(path: Path, at: datetime) -> None:
    # Nanoseconds as an integer: a float of this size cannot hold a time exactly.
    nanoseconds = int(at.timestamp()) * 1_000_000_000
    os.utime(path, ns=(nanoseconds, nanoseconds))


def _day(at: datetime) -> str:
    # Own month names: strftime's follow the machine's language.
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def _font_file(bold: bool) -> Path:
    # reportlab ships Vera; Pillow's built-in face has no pound sign.
    import reportlab

    return Path(reportlab.__file__).parent / "fonts" / ("VeraBd.ttf" if bold else "Vera.ttf")


def _font(size: float, bold: bool = False) -> "ImageFont.FreeTypeFont":
    from PIL import ImageFont

    # Basic layout: the other engine is not in every Pillow, and pictures should not differ by it.
    return ImageFont.truetype(str(_font_file(bold)), size, layout_engine=ImageFont.Layout.BASIC)


class _Scene:
    """A picture drawn at twice its size for smooth edges, then lit and given the grain of a small sensor."""

    def __init__(self, width: int, height: int) -> None:
        from PIL import Image, ImageDraw

        self.size = (width, height)
        self._image = Image.new("RGB", (2 * width, 2 * height))
        self._draw = ImageDraw.Draw(self._image)
        self._lights: list[tuple[float, float, float, Colour]] = []

    def shape(self, points: list[Point], colour: Colour, lower: Colour | None = None) -> None:
        """A polygon of one colour, or running to the colour `lower` at its foot."""
        if lower is None:
            self._draw.polygon([(2 * x, 2 * y) for x, y in points], fill=colour)
            return
        from PIL import Image, ImageDraw

        left, top = (int(2 * min(p[axis] for p in points)) for axis in (0, 1))
        right, foot = (int(2 * max(p[axis] for p in points)) for axis in (0, 1))
        size = (right - left + 1, foot - top + 1)
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).polygon([(2 * x - left, 2 * y - top) for x, y in points], fill=255)
        column = Image.new("RGB", (1, 64))
        for row in range(64):
            column.putpixel((0, row), _mix(colour, lower, row / 63))
        self._image.paste(column.resize(size, Image.Resampling.BILINEAR), (left, top), mask)

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: Colour, lower: Colour | None = None) -> None:
        self.shape([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour, lower)

    def rounded(self, x0: float, y0: float, x1: float, y1: float, colour: Colour, radius: float = 12) -> None:
        self._draw.rounded_rectangle((2 * x0, 2 * y0, 2 * x1, 2 * y1), 2 * radius, fill=colour)

    def oval(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        self._draw.ellipse((2 * x0, 2 * y0, 2 * x1, 2 * y1), fill=colour)

    def text(self, x: float, y: float, text: str, size: float, colour: Colour, anchor: str = "lm") -> None:
        self._draw.text((2 * x, 2 * y), text, fill=colour, font=_font(2 * size, bold=True), anchor=anchor)

    def shadow(self, points: list[Point], level: int) -> None:
        """Darken a soft-edged area of what is drawn so far; 255 would leave it as it is."""
        from PIL import Image, ImageChops, ImageDraw, ImageFilter

        # An eighth of the drawn size is enough for something this soft: a sixty-fourth of the pixels to blur.
        blur = self.size[0] / 400
        margin = 3 * blur
        left, top = (int(min(p[axis] for p in points) / 4 - margin) for axis in (0, 1))
        right, foot = (int(max(p[axis] for p in points) / 4 + margin) for axis in (0, 1))
        shade = Image.new("L", (right - left, foot - top), 255)
        ImageDraw.Draw(shade).polygon([(x / 4 - left, y / 4 - top) for x, y in points], fill=level)
        shade = shade.filter(ImageFilter.GaussianBlur(blur))
        area = (8 * left, 8 * top, 8 * right, 8 * foot)
        under = self._image.crop(area)
        shade = shade.resize(under.size, Image.Resampling.BILINEAR)
        self._image.paste(ImageChops.multiply(under, Image.merge("RGB", (shade,) * 3)), area[:2])

    def light(self, x: float, y: float, radius: float, colour: Colour) -> None:
        self._lights.append((x, y, radius, colour))

    def develop(self, rng: Random) -> "Image.Image":
        from PIL import Image, ImageChops, ImageOps

        width, height = self.size
        picture = self._image.reduce(2)
        glow = Image.new("RGB", (width // 4, height // 4))
        for x, y, radius, colour in self._lights:
            side = max(2, int(radius / 2))
            # The square of the fall-off: a lamp is bright near and fades far.
            disc = ImageOps.invert(Image.radial_gradient("L")).point([v * v // 255 for v in range(256)])
            spot = ImageOps.colorize(disc.resize((side, side)), (0, 0, 0), colour)
            layer = Image.new("RGB", glow.size)
            layer.paste(spot, (int(x / 4 - side / 2), int(y / 4 - side / 2)))
            glow = ImageChops.screen(glow, layer)
        picture = ImageChops.screen(picture, glow.resize(self.size))
        corners = Image.radial_gradient("L").point([255 - v * v // 700 for v in range(256)]).resize(self.size)
        picture = ImageChops.multiply(picture, Image.merge("RGB", (corners,) * 3))
        blotch = Image.merge("RGB", [_noise((width // 6, height // 6), 8, rng) for _ in range(3)]).resize(self.size)
        grain = Image.merge("RGB", (_noise(self.size, 15, rng),) * 3)
        picture = ImageChops.add(picture, blotch, 1, -128)
        return ImageChops.add(picture, grain, 1, -128)


def _mix(first: Colour, second: Colour, part: float) -> Colour:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _noise(size: tuple[int, int], amplitude: int, rng: Random) -> "Image.Image":
    """Grey noise around 128. From our own generator: Pillow's `effect_noise` cannot be seeded."""
    from PIL import Image

    width, height = size
    first, second = (Image.frombytes("L", size, rng.randbytes(width * height)) for _ in range(2))
    # Two even spreads added make a triangular one, near enough to a sensor's.
    return Image.blend(first, second, 0.5).point([128 + (v - 128) * amplitude // 128 for v in range(256)])


def _room(rng: Random) -> "Image.Image":
    scene = _Scene(1600, 1200)
    scene.box(0, 0, 1600, 1200, (196, 182, 158), (170, 152, 126))
    for x in range(270, 1600, 44):
        scene.box(x, 110, x + 15, 800, (190, 174, 149), (163, 145, 119))
    scene.shape([(0, 0), (1600, 0), (1600, 110), (260, 110)], (214, 207, 194), (198, 188, 172))
    scene.shape([(0, 0), (260, 110), (260, 800), (0, 1000)], (168, 152, 128), (128, 112, 92))
    scene.shape([(260, 800), (1600, 800), (1600, 1200), (0, 1200), (0, 1000)], (92, 70, 62), (124, 96, 84))
    scene.box(260, 780, 1600, 800, (226, 219, 205))
    scene.shape([(0, 974), (260, 780), (260, 800), (0, 1000)], (198, 188, 172))

    # Window: dusk, a row of houses, lit windows.
    scene.box(352, 192, 768, 628, (232, 226, 214))
    scene.box(366, 206, 754, 614, (52, 72, 118), (226, 150, 104))
    left = 366
    while left < 754:
        right = min(754, left + rng.randrange(34, 74))
        roof = rng.randrange(440, 540)
        scene.box(left, roof, right, 614, (34, 36, 52), (46, 44, 56))
        for x in range(left + 7, right - 8, 13):
            for y in range(roof + 10, 600, 20):
                if rng.random() < 0.35:
                    scene.box(x, y, x + 5, y + 8, (246, 206, 128))
        left = right
    scene.box(554, 206, 566, 614, (232, 226, 214))
    scene.box(366, 330, 754, 339, (232, 226, 214))
    scene.box(338, 614, 782, 634, (240, 235, 225), (206, 198, 184))
    for start, stop in ((296, 402), (718, 824)):
        for fold, x in enumerate(range(start, stop, 18)):
            dark, pale = (92, 54, 58), (128, 78, 78)
            scene.box(x, 160, x + 18, 770, pale if fold % 2 else dark, dark if fold % 2 else (70, 40, 46))
    scene.rounded(276, 148, 844, 160, (84, 66, 50), 6)
    scene.shadow([(290, 640), (840, 640), (840, 800), (290, 800)], 214)

    # Picture on the wall.
    scene.shadow([(1052, 244), (1398, 244), (1398, 428), (1052, 428)], 168)
    scene.box(1040, 226, 1384, 412, (66, 48, 34))
    scene.box(1052, 238, 1372, 400, (236, 232, 222))
    scene.box(1076, 262, 1348, 330, (150, 184, 206), (222, 216, 196))
    scene.box(1076, 330, 1348, 376, (58, 104, 128), (34, 70, 96))
    scene.shape([(1180, 332), (1206, 276), (1206, 332)], (246, 242, 232))
    scene.shape([(1168, 332), (1218, 332), (1208, 342), (1178, 342)], (96, 56, 44))

    # Bedside table, lamp and telephone.
    scene.shadow([(730, 800), (900, 800), (890, 868), (700, 868)], 110)
    scene.box(742, 668, 886, 846, (122, 84, 54), (88, 58, 38))
    scene.box(732, 654, 896, 670, (148, 104, 68))
    for y in (690, 768):
        scene.box(754, y, 874, y + 66, (134, 94, 60), (110, 74, 48))
        scene.oval(808, y + 28, 820, y + 40, (206, 178, 116))
    scene.box(804, 566, 814, 644, (190, 160, 104))
    scene.oval(782, 636, 836, 658, (176, 146, 92))
    scene.shape([(782, 480), (836, 480), (862, 572), (756, 572)], (255, 240, 204), (252, 214, 150))
    scene.rounded(842, 636, 888, 656, (38, 38, 42), 5)
    scene.rounded(838, 628, 892, 638, (52, 52, 56), 5)

    # Bed.
    scene.shadow([(850, 870), (1600, 870), (1600, 1180), (780, 1180)], 70)
    scene.box(906, 478, 1530, 800, (112, 76, 50), (78, 52, 36))
    for x in range(932, 1500, 144):
        scene.box(x, 500, x + 124, 650, (128, 90, 60), (104, 70, 46))
    scene.shape([(912, 702), (1526, 702), (1680, 950), (824, 950)], (232, 229, 222), (212, 208, 200))
    scene.shape([(824, 950), (1680, 950), (1680, 1104), (830, 1104)], (188, 184, 178), (142, 136, 130))
    scene.shape([(876, 812), (1590, 812), (1672, 940), (828, 940)], (74, 92, 112), (58, 74, 94))
    scene.shape([(828, 940), (1672, 940), (1672, 1060), (834, 1060)], (52, 66, 86), (34, 44, 60))
    scene.shape([(838, 1104), (1600, 1104), (1600, 1140), (838, 1140)], (70, 46, 32))
    for x in (944, 1228):
        scene.shadow([(x - 6, 690), (x + 262, 690), (x + 276, 738), (x - 20, 738)], 186)
        scene.rounded(x, 600, x + 258, 716, (216, 212, 204), 40)
        scene.rounded(x + 4, 600, x + 254, 694, (238, 236, 230), 38)
        scene.oval(x + 60, 622, x + 200, 668, (229, 226, 219))

    # A suitcase below the window.
    scene.shadow([(322, 946), (610, 946), (640, 1010), (300, 1010)], 92)
    scene.rounded(420, 706, 500, 790, (40, 40, 44), 8)
    scene.rounded(430, 716, 490, 790, (146, 128, 106), 6)
    scene.rounded(344, 748, 580, 976, (44, 70, 84), 22)
    scene.rounded(352, 754, 572, 966, (60, 92, 108), 18)
    for x in (396, 456, 516):
        scene.box(x, 770, x + 10, 952, (48, 76, 92))
    for x in (368, 536):
        scene.oval(x, 964, x + 22, 990, (24, 24, 26))

    scene.light(809, 540, 820, (178, 122, 56))
    scene.light(809, 526, 230, (255, 226, 168))
    scene.light(560, 420, 620, (46, 46, 66))
    return scene.develop(rng)


def _street(rng: Random) -> "Image.Image":
    scene = _Scene(800, 600)
    scene.box(0, 0, 800, 400, (46, 58, 96), (206, 148, 118))
    for left, right, roof, wall in (
        (0, 150, 150, (84, 70, 72)),
        (150, 290, 110, (104, 84, 74)),
        (290, 590, 70, (132, 108, 90)),
        (590, 700, 130, (90, 78, 78)),
        (700, 800, 170, (74, 66, 72)),
    ):
        scene.box(left, roof, right, 430, wall, _mix(wall, (40, 34, 40), 0.5))
        scene.box(left, roof - 8, right, roof, _mix(wall, (20, 20, 26), 0.6))
        for x in range(left + 18, right - 30, 44):
            for y in range(roof + 24, 340, 58):
                scene.box(x - 3, y - 3, x + 27, y + 39, _mix(wall, (232, 224, 210), 0.4))
                lit = rng.random() < 0.45
                pane: Colour = (248, 208, 138) if lit else (40, 48, 66)
                scene.box(x, y, x + 24, y + 36, pane, _mix(pane, (60, 50, 56), 0.35))
                scene.box(x + 11, y, x + 13, y + 36, (70, 62, 60))
    scene.box(310, 340, 570, 372, (30, 46, 62))
    scene.text(440, 356, "HARBOUR COURT HOTEL", 15, (250, 238, 206), "mm")
    scene.box(404, 372, 476, 430, (250, 220, 160), (216, 168, 104))
    scene.box(438, 372, 442, 430, (66, 48, 36))
    scene.box(0, 430, 800, 462, (126, 116, 112), (98, 90, 90))
    scene.box(0, 462, 800, 600, (54, 52, 60), (38, 37, 44))
    for x in range(20, 800, 130):
        scene.shape([(x + 10, 532), (x + 74, 532), (x + 70, 540), (x, 540)], (176, 172, 160))
    _van(scene, 560, 366)
    scene.box(228, 190, 234, 446, (26, 26, 30))
    scene.rounded(212, 176, 250, 196, (255, 236, 190), 6)
    scene.light(231, 190, 300, (220, 160, 90))
    scene.light(440, 400, 330, (150, 100, 48))
    scene.light(231, 470, 260, (60, 44, 24))
    return scene.develop(rng)


def _van(scene: _Scene, x: float, y: float) -> None:
    scene.shadow([(x - 6, y + 106), (x + 220, y + 106), (x + 236, y + 130), (x - 20, y + 130)], 80)
    scene.shape(
        [(x, y), (x + 150, y), (x + 182, y + 46), (x + 212, y + 58), (x + 214, y + 108), (x, y + 108)],
        (214, 214, 216),
        (150, 150, 156),
    )
    scene.shape([(x + 118, y + 10), (x + 146, y + 10), (x + 172, y + 48), (x + 118, y + 48)], (42, 50, 64))
    scene.box(x + 108, y + 6, x + 110, y + 104, (128, 128, 132))
    scene.box(x, y + 82, x + 214, y + 88, (122, 122, 128))
    scene.box(x + 204, y + 62, x + 213, y + 76, (255, 240, 200))
    for wheel in (x + 26, x + 146):
        scene.oval(wheel, y + 84, wheel + 44, y + 128, (22, 22, 24))
        scene.oval(wheel + 13, y + 97, wheel + 31, y + 115, (132, 132, 136))


def _door(rng: Random) -> "Image.Image":
    scene = _Scene(600, 800)
    scene.box(0, 0, 600, 690, (206, 190, 160), (176, 156, 126))
    scene.box(0, 690, 600, 800, (108, 44, 48), (78, 30, 36))
    scene.box(0, 668, 600, 692, (232, 224, 208))
    scene.box(130, 70, 470, 692, (236, 230, 216), (206, 198, 182))
    scene.box(150, 90, 450, 692, (118, 74, 44), (86, 52, 32))
    for top, foot in ((130, 340), (390, 640)):
        scene.box(186, top, 414, foot, (92, 56, 34))
        scene.box(192, top + 6, 414, foot, (132, 86, 52), (108, 68, 42))
    scene.rounded(258, 182, 342, 234, (210, 182, 116), 6)
    scene.text(300, 208, "214", 30, (58, 40, 24), "mm")
    scene.rounded(410, 350, 434, 422, (196, 190, 180), 8)
    scene.rounded(376, 388, 426, 400, (222, 218, 208), 6)
    scene.oval(417, 360, 427, 370, (70, 180, 90))
    scene.shadow([(150, 90), (172, 90), (172, 692), (150, 692)], 170)
    scene.shadow([(130, 692), (470, 692), (490, 724), (110, 724)], 130)
    scene.light(300, -20, 700, (120, 96, 56))
    return scene.develop(rng)


def _card(rng: Random) -> "Image.Image":
    scene = _Scene(800, 600)
    scene.box(0, 0, 800, 600, (142, 100, 64), (112, 76, 48))
    for y in range(0, 600, 12):
        shift = rng.randrange(-10, 11)
        tone: Colour = (132 + shift, 92 + shift, 58 + shift)
        scene.shape([(0, y), (800, y + rng.randrange(-6, 7)), (800, y + 5), (0, y + 4)], tone)
    scene.shadow([(112, 154), (402, 132), (428, 454), (136, 476)], 120)
    scene.shape([(100, 140), (390, 118), (414, 440), (122, 462)], (244, 240, 226), (230, 224, 208))
    for row, line in enumerate(("Mon  05:30  van", "Rooms 214, 215", "6 beds", "cash, Friday")):
        scene.text(136, 196 + 58 * row, line, 25, (44, 54, 104))
    scene.shadow([(462, 254), (722, 270), (712, 436), (450, 420)], 110)
    scene.shape([(450, 240), (712, 256), (702, 424), (440, 408)], (36, 66, 92), (24, 46, 68))
    scene.shape([(449, 262), (711, 278), (709, 306), (447, 290)], (18, 20, 24))
    scene.text(470, 340, "HARBOUR COURT", 19, (238, 214, 156))
    scene.text(468, 372, "room key", 15, (196, 206, 214))
    scene.light(640, 60, 640, (92, 80, 56))
    return scene.develop(rng)


def _yard(rng: Random) -> "Image.Image":
    scene = _Scene(800, 600)
    scene.box(0, 0, 800, 330, (150, 162, 176), (206, 206, 202))
    scene.box(0, 290, 800, 420, (104, 110, 100), (78, 82, 76))
    for x in range(0, 800, 16):
        scene.box(x, 282, x + 3, 420, (70, 74, 70))
    scene.box(60, 130, 740, 420, (146, 92, 76), (112, 68, 58))
    for row, y in enumerate(range(138, 420, 14)):
        for x in range(60 - (row % 2) * 18, 740, 36):
            if x >= 60 and rng.random() < 0.5:
                shift = rng.randrange(-12, 13)
                scene.box(x, y, min(x + 34, 740), y + 12, (134 + shift, 82 + shift, 68 + shift))
    scene.box(60, 118, 740, 132, (92, 88, 86))
    scene.box(130, 220, 380, 420, (86, 98, 100), (64, 74, 78))
    for y in range(232, 420, 16):
        scene.box(130, y, 380, y + 3, (60, 68, 72))
    scene.text(255, 196, "GATE 3", 24, (240, 236, 224), "mm")
    scene.box(0, 420, 800, 600, (124, 122, 118), (92, 90, 88))
    scene.shape([(0, 500), (800, 470), (800, 476), (0, 507)], (196, 190, 150))
    _van(scene, 440, 350)
    scene.light(420, 20, 900, (50, 52, 56))
    return scene.develop(rng)


def _jpeg(image: "Image.Image", quality: int, exif: "Image.Exif | None" = None) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality, **({"exif": exif} if exif is not None else {}))
    return out.getvalue()


def _exif(at: datetime) -> "Image.Exif":
    """What a telephone writes beside a photograph (Exif 2.32, sections 4.6.4 to 4.6.6)."""
    from PIL import ExifTags, Image
    from PIL.TiffImagePlugin import IFDRational

    base, gps = ExifTags.Base, ExifTags.GPS
    taken = f"{at:%Y:%m:%d %H:%M:%S}"
    exif = Image.Exif()
    exif[base.Make] = "Example"
    exif[base.Model] = "Example Pocket One"
    exif[base.Software] = "Example Camera 4.1"
    exif[base.Orientation] = 1
    exif[base.DateTime] = taken
    exif.get_ifd(ExifTags.IFD.Exif).update(
        {
            base.ExifVersion: b"0232",
            base.DateTimeOriginal: taken,
            base.DateTimeDigitized: taken,
            base.OffsetTimeOriginal: "+00:00",
            base.ExposureTime: IFDRational(1, 30),
            base.FNumber: IFDRational(18, 10),
            base.ISOSpeedRatings: 640,
            base.FocalLength: IFDRational(425, 100),
            base.Flash: 0,
            base.ExifImageWidth: 1600,
            base.ExifImageHeight: 1200,
        }
    )
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {
            gps.GPSVersionID: b"\x02\x03\x00\x00",
            gps.GPSLatitudeRef: "N",
            gps.GPSLatitude: tuple(IFDRational(round(part * 100), 100) for part in _LATITUDE),
            gps.GPSLongitudeRef: "E",
            gps.GPSLongitude: tuple(IFDRational(round(part * 100), 100) for part in _LONGITUDE),
            gps.GPSDateStamp: f"{at:%Y:%m:%d}",
            gps.GPSTimeStamp: tuple(IFDRational(part, 1) for part in (at.hour, at.minute, at.second)),
        }
    )
    return exif


def _screenshot(street: "Image.Image", at: datetime) -> bytes:
    from PIL import Image, ImageDraw

    grey, ink, blue = (104, 110, 120), (32, 36, 44), (24, 92, 156)
    picture = Image.new("RGB", (1280, 900), (255, 255, 255))
    draw = ImageDraw.Draw(picture)

    def text(
        x: float, y: float, words: str, size: float, colour: Colour, bold: bool = False, anchor: str = "lm"
    ) -> None:
        draw.text((x, y), words, fill=colour, font=_font(size, bold), anchor=anchor)

    # The desktop's bar and the browser's.
    draw.rectangle((0, 0, 1280, 28), fill=(28, 28, 32))
    text(640, 14, f"{_day(at)}  {at:%H:%M} UTC", 13, (236, 236, 238), anchor="mm")
    text(16, 14, "Activities", 13, (236, 236, 238))
    draw.rectangle((0, 28, 1280, 66), fill=(222, 225, 230))
    draw.rounded_rectangle((10, 34, 300, 74), 8, fill=(248, 249, 251))
    draw.rounded_rectangle((22, 44, 36, 58), 3, fill=blue)
    text(44, 51, "Housekeeping staff wanted", 12, ink)
    text(282, 51, "×", 14, grey, anchor="mm")
    text(320, 51, "+", 18, grey, anchor="mm")
    draw.rectangle((0, 66, 1280, 108), fill=(248, 249, 251))
    for x, direction in ((26, -1), (58, 1)):
        draw.line((x - 8, 87, x + 8, 87), fill=grey, width=2)
        draw.line((x + 2 * direction, 81, x + 8 * direction, 87, x + 2 * direction, 93), fill=grey, width=2)
    draw.arc((82, 79, 98, 95), 40, 340, fill=grey, width=2)
    draw.rounded_rectangle((116, 73, 1216, 101), 14, fill=(232, 235, 240))
    draw.arc((131, 78, 139, 90), 180, 360, fill=grey, width=2)
    draw.rectangle((129, 84, 141, 94), fill=grey)
    text(152, 87, AD_ADDRESS, 13, ink)
    for y in (81, 87, 93):
        draw.ellipse((1244, y - 2, 1248, y + 2), fill=grey)
    draw.line((0, 108, 1280, 108), fill=(206, 210, 216))

    # The page.
    draw.rectangle((0, 109, 1280, 165), fill=blue)
    text(80, 137, "listings.example", 22, (255, 255, 255), True)
    for x, word in ((760, "Homes"), (860, "Jobs"), (940, "Vehicles"), (1060, "Place an ad")):
        text(x, 137, word, 14, (222, 234, 246), word == "Jobs")
    text(80, 190, "Jobs  ›  Cleaning and hotels  ›  " + REFERENCE, 12, grey)
    text(80, 228, AD_TITLE, 24, ink, True)
    text(80, 260, f"Posted {_day(at - timedelta(days=2))}   ·   seen 318 times", 12, grey)
    picture.paste(street.crop((100, 60, 740, 480)).resize((480, 315), Image.Resampling.LANCZOS), (80, 284))
    for index, tint in enumerate(((206, 214, 222), (216, 206, 196), (200, 212, 202))):
        draw.rectangle((80 + 164 * index, 609, 232 + 164 * index, 663), fill=tint)
        text(156 + 164 * index, 636, f"picture {index + 2}", 11, grey, anchor="mm")
    for row, (name, value) in enumerate(AD_FACTS):
        y = 284 + 44 * row
        draw.rectangle((590, y, 920, y + 43), fill=(245, 247, 250) if row % 2 == 0 else (255, 255, 255))
        text(604, y + 22, name, 13, grey)
        text(672, y + 22, value, 13, ink)
    for row, line in enumerate(AD_TEXT):
        text(80, 696 + 28 * row, line, 14, ink)
    draw.rounded_rectangle((590, 478, 920, 599), 8, fill=(236, 244, 252), outline=(168, 198, 226))
    text(610, 504, "Contact", 15, ink, True)
    text(610, 534, "Dana (call or message)", 13, ink)
    text(610, 568, TELEPHONE, 20, blue, True)
    text(590, 636, f"Reference {REFERENCE}", 14, ink, True)
    draw.line((952, 284, 952, 790), fill=(226, 229, 234))
    text(976, 296, "More from this advertiser", 14, ink, True)
    for row, (name, where) in enumerate(
        (
            ("Packers, night shift", "Northgate"),
            ("Kitchen help, room included", "Exampleton"),
            ("Drivers with van", "all towns"),
        )
    ):
        y = 322 + 92 * row
        draw.rounded_rectangle((976, y, 1200, y + 78), 6, fill=(247, 248, 250), outline=(226, 229, 234))
        text(990, y + 28, name, 13, blue)
        text(990, y + 54, where, 12, grey)
    draw.rectangle((0, 820, 1280, 900), fill=(240, 242, 245))
    text(80, 848, f"Ad {REFERENCE}   ·   posted from {AD_POSTED_FROM}   ·   report this ad", 12, grey)
    text(80, 872, "listings.example is a made-up site for a demonstration.", 12, grey)
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _saved_page(street: "Image.Image", at: datetime) -> bytes:
    """One file, with the line about its origin that browsers put near its top: the address and its length."""
    small = b64encode(_jpeg(street.resize((320, 240)), 78)).decode()
    facts = "\n".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in AD_FACTS)
    text = "\n".join(f"<p>{escape(line)}</p>" for line in AD_TEXT)
    page = f"""<!DOCTYPE html>
<!-- saved from url=({len(AD_ADDRESS):04d}){AD_ADDRESS} -->
<html lang="en"><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8">
<title>{escape(AD_TITLE)} - listings.example</title>
<style>
body {{ margin: 0; font: 16px/1.5 sans-serif; color: #20242c; }}
header {{ background: #185c9c; color: #fff; padding: 14px 24px; font-weight: bold; font-size: 20px; }}
main {{ max-width: 760px; margin: 0 auto; padding: 16px 24px; }}
small, th {{ color: #686e78; font-weight: normal; text-align: left; }}
th, td {{ padding: 6px 18px 6px 0; border-bottom: 1px solid #e2e5ea; }}
.contact {{ background: #ecf4fc; border: 1px solid #a8c6e2; border-radius: 8px; padding: 12px 18px; }}
</style></head>
<body><header>listings.example</header>
<main>
<small>Jobs &rsaquo; Cleaning and hotels &rsaquo; {REFERENCE}</small>
<h1>{escape(AD_TITLE)}</h1>
<small>Posted {_day(at - timedelta(days=2))} &middot; seen 319 times</small>
<p><img src="data:image/jpeg;base64,{small}" width="320" height="240" alt="Street with a hotel"></p>
<table>
{facts}
</table>
{text}
<p class="contact">{escape(AD_CONTACT)}<br>Reference {REFERENCE}</p>
<small>Posted from {AD_POSTED_FROM}. listings.example is a made-up site for a demonstration.</small>
</main></body></html>
"""
    return page.encode()


def _chat(street: "Image.Image", rng: Random, at: datetime) -> dict[str, bytes]:
    """Names and bytes of a messenger's export: the talk as text, what was sent as files beside it."""
    first = (at - timedelta(days=2)).replace(hour=18, minute=4, second=12)
    files: dict[str, bytes] = {}
    lines: list[str] = []

    def said(minutes: int, who: str, words: str) -> None:
        when = first + timedelta(minutes=minutes, seconds=minutes * 7 % 60)
        lines.append(f"[{when:%d/%m/%Y, %H:%M:%S}] {who}: {words}")

    def sent(minutes: int, who: str, name: str, data: bytes) -> None:
        files[name] = data
        # U+200E before a notice: messengers write it, so a reader of exports must show or survive it.
        said(minutes, who, f"\u200e<attached: {name}>")

    def stamped(number: int, kind: str, minutes: int, ending: str) -> str:
        return f"{number:08d}-{kind}-{first + timedelta(minutes=minutes):%Y-%m-%d-%H-%M-%S}.{ending}"

    said(0, "Dana", "\u200eOnly the members of this chat can read it.")
    said(1, "Ana", f"Hello, I saw {REFERENCE}. Is the work still free?")
    said(3, "Dana", "Yes. Hotels, six days. Room and van are arranged.")
    sent(4, "Dana", stamped(4, "PHOTO", 4, "jpg"), _jpeg(street, 80))
    said(6, "Ana", "What does the room cost?")
    said(9, "Dana", "Nothing now. It is taken from your wages, with the travel.")
    sent(10, "Dana", stamped(7, "AUDIO", 10, "wav"), _voice_note(rng))
    said(21, "Ana", "Which hotel is it?")
    sent(23, "Dana", stamped(9, "PHOTO", 23, "jpg"), _jpeg(_door(rng), 80))
    sent(24, "Dana", stamped(10, "PHOTO", 24, "jpg"), _jpeg(_card(rng), 80))
    said(26, "Dana", "Bring your passport. It stays in the office while you work.")
    said(31, "Ana", "My cousin says she has not got hers back 😕")
    sent(32, "Ana", "фото 2.jpg", _jpeg(_yard(rng), 80))
    said(33, "Ana", "She sent me this. Is that your van?")
    said(52, "Dana", f"Call me, do not write. {TELEPHONE}")
    files["_chat.txt"] = ("\r\n".join(lines) + "\r\n").encode()
    return files


def _voice_note(rng: Random) -> bytes:
    """Four seconds that sound like speech behind a wall: a voice's overtones in syllables, no words."""
    import wave
    from array import array
    from math import pi, sin

    rate = 8000
    samples = array("h")
    phase = 0.0
    while len(samples) < 4 * rate:
        length = rng.randrange(rate // 8, rate // 4)
        pitch = rng.uniform(95, 150)
        weights = [rng.uniform(0.2, 1) / overtone for overtone in range(1, 7)]
        loud = 0 if rng.random() < 0.15 else rng.uniform(4000, 8000)
        for step in range(length):
            phase += 2 * pi * pitch * (1 - 0.12 * step / length) / rate
            level = sum(weight * sin(n * phase) for n, weight in enumerate(weights, 1))
            samples.append(int(loud * sin(pi * step / length) * level) + rng.randrange(-90, 91))
    out = BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", "not compressed"))
        file.writeframes(samples[: 4 * rate].tobytes())
    return out.getvalue()


def _invoice(at: datetime) -> bytes:
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    plain, bold = "DemoVera", "DemoVera-Bold"
    registerFont(TTFont(plain, str(_font_file(bold=False))))
    registerFont(TTFont(bold, str(_font_file(bold=True))))
    left, edge, top = 22 * mm, A4[0] - 22 * mm, A4[1] - 24 * mm
    leaving = (at - timedelta(days=1)).replace(hour=9, minute=42, second=5)

    out = BytesIO()
    # Without `invariant` reportlab writes its own clock into the file.
    page = Canvas(out, pagesize=A4, invariant=1, pageCompression=1, initialFontName=plain, lang="en-GB")
    page.setDateFormatter(lambda *_reportlabs_own: f"D:{leaving:%Y%m%d%H%M%S}+00'00'")
    page.setTitle("Invoice HC-20417")
    page.setAuthor("Harbour Court Hotel")
    page.setSubject("Invoice")
    page.setCreator("Example Hotel Desk 3.0")

    def put(x: float, y: float, words: str, size: float = 9.5, font: str = plain, right: bool = False) -> None:
        page.setFont(font, size)
        (page.drawRightString if right else page.drawString)(x, y, words)

    page.setFillColorRGB(0.1, 0.2, 0.3)
    page.rect(0, A4[1] - 12 * mm, A4[0], 12 * mm, stroke=0, fill=1)
    put(left, top, "Harbour Court Hotel", 18, bold)
    put(edge, top, "INVOICE", 18, bold, right=True)
    page.setFillColorRGB(0, 0, 0)
    put(left, top - 7 * mm, "12 Quay Street, Exampleton")
    put(left, top - 12 * mm, "desk@harbour-court.example   +44 1632 960020")
    for row, (name, value) in enumerate(
        (
            ("Invoice number", "HC-20417"),
            ("Date", _day(leaving)),
            ("Arrival", _day(leaving - timedelta(days=3))),
            ("Departure", _day(leaving)),
        )
    ):
        put(edge - 40 * mm, top - (30 + 5.5 * row) * mm, name, right=True)
        put(edge, top - (30 + 5.5 * row) * mm, value, 9.5, bold, right=True)
    for row, line in enumerate(("Northgate Staffing", "3 Mill Lane, Exampleton", f"Booked by telephone, {TELEPHONE}")):
        put(left, top - (30 + 5.5 * row) * mm, line, 9.5, plain if row else bold)

    y = top - 66 * mm
    page.setFillColorRGB(0.92, 0.94, 0.96)
    page.rect(left, y - 2.5 * mm, edge - left, 8 * mm, stroke=0, fill=1)
    page.setFillColorRGB(0, 0, 0)
    columns = (edge - 62 * mm, edge - 32 * mm, edge - 2 * mm)
    put(left + 2 * mm, y, "Description", 9.5, bold)
    for x, word in zip(columns, ("Quantity", "Price", "Amount"), strict=True):
        put(x, y, word, 9.5, bold, right=True)
    total = 0
    for words, quantity, pence in INVOICE_LINES:
        y -= 9 * mm
        total += quantity * pence
        put(left + 2 * mm, y, words)
        for x, word in zip(columns, (str(quantity), _pounds(pence), _pounds(quantity * pence)), strict=True):
            put(x, y, word, right=True)
        page.setStrokeColorRGB(0.85, 0.87, 0.9)
        page.line(left, y - 3 * mm, edge, y - 3 * mm)
    # Prices are with the tax, so at 20 % it is a sixth of the total.
    for name, amount, font in (
        ("Total", total, bold),
        ("of which VAT, 20 %", total // 6, plain),
        ("Paid in cash", total, plain),
    ):
        y -= 8 * mm
        put(columns[1], y, name, 9.5, font, right=True)
        put(columns[2], y, _pounds(amount), 9.5, font, right=True)
    put(left, y - 22 * mm, "Guests are not named on this invoice at the wish of the payer.")
    put(left, 18 * mm, "Harbour Court Hotel is made up for a demonstration.   Page 1 of 1", 8)
    page.showPage()
    page.save()
    return out.getvalue()


def _pounds(pence: int) -> str:
    return f"£{pence // 100}.{pence % 100:02d}"
