"""Paints shapes, soft shadows, lamps and a sensor's grain. Knows no scene.

Lengths are pixels of the finished picture, counted from its upper left corner.
"""

from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from custody.demo.fonts import font

Colour = tuple[int, int, int]
Point = tuple[float, float]


class Scene:
    """A picture drawn at twice its size for smooth edges, then lit and given the grain of a small sensor."""

    def __init__(self, width: int, height: int) -> None:
        self.size = (width, height)
        self._image = Image.new("RGB", (2 * width, 2 * height))
        self._draw = ImageDraw.Draw(self._image)
        self._lights: list[tuple[float, float, float, Colour]] = []

    def shape(self, points: list[Point], colour: Colour, lower: Colour | None = None) -> None:
        """A polygon of one colour, or running to the colour `lower` at its foot."""
        if lower is None:
            self._draw.polygon([(2 * x, 2 * y) for x, y in points], fill=colour)
            return
        left, top = (int(2 * min(p[axis] for p in points)) for axis in (0, 1))
        right, foot = (int(2 * max(p[axis] for p in points)) for axis in (0, 1))
        size = (right - left + 1, foot - top + 1)
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).polygon([(2 * x - left, 2 * y - top) for x, y in points], fill=255)
        column = Image.new("RGB", (1, 64))
        for row in range(64):
            column.putpixel((0, row), mix(colour, lower, row / 63))
        self._image.paste(column.resize(size, Image.Resampling.BILINEAR), (left, top), mask)

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: Colour, lower: Colour | None = None) -> None:
        """An upright rectangle, coloured as a shape is."""
        self.shape([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour, lower)

    def rounded(self, x0: float, y0: float, x1: float, y1: float, colour: Colour, radius: float = 12) -> None:
        """A rectangle of one colour with round corners."""
        self._draw.rounded_rectangle((2 * x0, 2 * y0, 2 * x1, 2 * y1), 2 * radius, fill=colour)

    def oval(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        """The ellipse that fills a rectangle."""
        self._draw.ellipse((2 * x0, 2 * y0, 2 * x1, 2 * y1), fill=colour)

    def text(self, x: float, y: float, text: str, size: float, colour: Colour, anchor: str = "lm") -> None:
        """Bold words; `anchor` is Pillow's, by default the middle of their left edge."""
        self._draw.text((2 * x, 2 * y), text, fill=colour, font=font(2 * size, bold=True), anchor=anchor)

    def shadow(self, points: list[Point], level: int) -> None:
        """Darken a soft-edged area of what is drawn so far; 255 would leave it as it is."""
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
        """A lamp's glow, laid over everything when the picture is developed."""
        self._lights.append((x, y, radius, colour))

    def develop(self, rng: Random) -> Image.Image:
        """The picture at its size: lit, darker to its corners, with blotches and grain drawn from `rng`."""
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


def mix(first: Colour, second: Colour, part: float) -> Colour:
    """The colour at `part` of the way, 0 to 1, from the first to the second."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _noise(size: tuple[int, int], amplitude: int, rng: Random) -> Image.Image:
    """Grey noise around 128. From our own generator: Pillow's `effect_noise` cannot be seeded."""
    width, height = size
    first, second = (Image.frombytes("L", size, rng.randbytes(width * height)) for _ in range(2))
    # Two even spreads added make a triangular one, near enough to a sensor's.
    return Image.blend(first, second, 0.5).point([128 + (v - 128) * amplitude // 128 for v in range(256)])
