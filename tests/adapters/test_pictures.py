"""Small pictures: of what they show, without what came beside it, and none of what cannot be read or is too large."""

import io
import struct
import zlib
from itertools import pairwise
from typing import Any

import pytest
from PIL import Image, ImageDraw

from custody.adapters import pictures
from custody.adapters.pictures import PillowPictures
from custody.ports import SmallPicture


def image(kind: str = "PNG", size: tuple[int, int] = (600, 300), mode: str = "RGB", **saved: Any) -> bytes:
    """A face-like drawing: dark left half, light right half, thin lines."""
    drawn = Image.new(mode, size, "white")
    draw = ImageDraw.Draw(drawn)
    draw.rectangle((0, 0, size[0] // 2, size[1]), fill="black")
    for x in range(0, size[0], 8):
        draw.line((x, 0, x, size[1]), fill="red")
    output = io.BytesIO()
    drawn.save(output, kind, **saved)
    return output.getvalue()


def small(data: bytes, *, blurred: bool = False) -> SmallPicture | None:
    return PillowPictures().small(data, blurred=blurred)


def opened(picture: SmallPicture | None) -> Image.Image:
    assert picture is not None
    return Image.open(io.BytesIO(picture.jpeg))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF"])
def test_a_picture_of_each_kind_is_a_small_jpeg(kind: str) -> None:
    picture = small(image(kind))
    shown = opened(picture)
    assert picture is not None
    assert (shown.format, shown.size) == ("JPEG", (picture.width, picture.height)) == ("JPEG", (240, 120))


@pytest.mark.parametrize("kind", ["BMP", "PPM", "ICO", "PDF"])
def test_other_kinds_give_none_though_they_could_be_read(kind: str) -> None:
    assert small(image(kind)) is None


def test_the_same_bytes_give_the_same_picture() -> None:
    assert small(image()) == small(image())


def test_what_came_beside_the_picture_does_not_go_along() -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken by Dana Ruiz"
    secret = b"taken by Dana Ruiz"
    data = image("JPEG", exif=exif, comment=secret, icc_profile=secret)
    assert secret in data
    picture = small(data)
    assert picture is not None
    assert secret not in picture.jpeg
    assert opened(picture).getexif() == {}


def test_a_small_picture_is_not_enlarged() -> None:
    picture = small(image(size=(10, 20)))
    assert picture is not None
    assert (picture.width, picture.height) == (10, 20)


def steepest(picture: SmallPicture | None) -> int:
    """The largest step from one pixel to the next along the middle."""
    shown = opened(picture).convert("L")
    row = shown.crop((0, shown.height // 2, shown.width, shown.height // 2 + 1)).tobytes()
    return max(abs(one - other) for one, other in pairwise(row))


def test_a_blurred_picture_has_nothing_finer_than_an_eighth_of_it() -> None:
    assert steepest(small(image(), blurred=True)) < 20 < steepest(small(image()))


def test_a_transparent_picture_stands_on_white() -> None:
    output = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(output, "PNG")
    assert opened(small(output.getvalue())).getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I", "F", "LA"])
def test_pictures_of_every_mode_are_shown(mode: str) -> None:
    output = io.BytesIO()
    Image.new(mode, (20, 20)).save(output, "TIFF")
    assert small(output.getvalue()) is not None


def test_a_picture_that_claims_too_many_pixels_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_PIXELS", 600 * 300 - 1)
    assert small(image()) is None


def test_a_bomb_gives_none() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 200_000, 200_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))
    assert small(bomb + chunk(b"IEND", b"")) is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF"])
def test_a_picture_that_is_cut_anywhere_gives_none_or_a_picture(kind: str) -> None:
    data = image(kind, size=(40, 30))
    for end in range(0, len(data), max(1, len(data) // 60)):
        found = small(data[:end])
        assert found is None or found.width <= 40


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"GIF89a", b"%PDF-1.7", bytes(1000)])
def test_what_is_no_picture_gives_none(data: bytes) -> None:
    assert small(data) is None
