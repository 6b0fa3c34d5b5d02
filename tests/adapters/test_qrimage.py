"""QR codes, as a reader of other people's sees them."""

import random
from collections.abc import Callable

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from custody.adapters.pdf.qrimage import QrImage, qr_image

SIDE = 4  # pixels of a module


def painted(code: QrImage) -> Image.Image:
    """The code as a picture, dark on light, with its quiet zone."""
    width = (code.count + 7) // 8 * 8
    dark = Image.frombytes("1", (width, code.count), bytes(byte ^ 0xFF for byte in code.rows))
    modules = dark.crop((0, 0, code.count, code.count)).resize((SIDE * code.count, SIDE * code.count))
    whole = Image.new("L", (SIDE * (code.count + 8), SIDE * (code.count + 8)), 255)
    whole.paste(modules, (4 * SIDE, 4 * SIDE))
    return whole


def texts(signs: str, rest: str = "") -> list[str]:
    chance = random.Random(1)  # the same texts on every run
    lengths = (1, 2, 13, 14, 15, 26, 40, 61, 80, 106, 122, 180, 213, 400, 700, 1100, 1500, 2300)
    return ["".join(chance.choices(signs, k=length)) + rest for length in lengths]


@pytest.mark.parametrize("text", texts("abcdef 0123456789:/.-?"))
def test_a_text_in_bytes_is_read_as_it_was_written(text: str) -> None:
    (read,) = zxingcpp.read_barcodes(painted(qr_image(text)))
    assert (read.text, read.ec_level) == (text, "M")


@pytest.mark.parametrize("text", texts("0123456789ABCDEF:/.-$%*+ ", "A"))
def test_a_text_in_capitals_and_digits_is_read_as_it_was_written(text: str) -> None:
    (read,) = zxingcpp.read_barcodes(painted(qr_image(text)))
    assert read.text == text


def test_text_of_other_scripts_is_read_as_utf_8() -> None:
    (read,) = zxingcpp.read_barcodes(painted(qr_image("Ωмी日")))
    assert read.text == "Ωмी日"


def test_capitals_and_digits_take_a_smaller_code() -> None:
    assert qr_image("AB12" * 40).count < qr_image("ab12" * 40).count


def test_a_code_with_a_stain_on_it_is_still_read() -> None:
    picture = painted(qr_image("ab12" * 30))
    side = picture.width // 6
    corner = picture.width // 2
    ImageDraw.Draw(picture).rectangle((corner, corner, corner + side, corner + side), fill=255)
    (read,) = zxingcpp.read_barcodes(picture)
    assert read.text == "ab12" * 30


@pytest.mark.parametrize("make", [lambda: "a" * 2332, lambda: "A" * 3392, lambda: "é" * 1166])
def test_a_text_that_fits_into_no_code_is_refused(make: Callable[[], str]) -> None:
    with pytest.raises(ValueError, match="too long"):
        qr_image(make())


def test_the_longest_texts_fit() -> None:
    assert [qr_image("a" * 2331).count, qr_image("A" * 3391).count] == [177, 177]
