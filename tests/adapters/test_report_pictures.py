"""Words of scripts that are shaped, as the pages of a report show them, beside the same words set by HarfBuzz itself.

pdftotext gives no readable order for them; so pictures are compared: where ink is, within a small tolerance.
"""

import re
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from msgspec.structs import replace
from PIL import Image, ImageChops, ImageFilter, ImageOps

from custody.adapters.pdf import typefaces
from tests.adapters.sample_models import item, model
from tests.documents import drawn

Program = Callable[[str], Path]

DPI = 600
SIZE = (240, 80)  # pixels, to which both words are brought
CLOSE = 0.1  # of the ink of both; antialiasing alone gives 0.05, letters that are not shaped 0.5
WORDS = {"Arabic": "مستند", "Devanagari": "क्षत्रिय", "a conjunct and a matra before it": "विद्यार्थी"}


def ink(picture: Image.Image) -> Image.Image:
    """What is black on white, cut out and brought to one size."""
    dark = ImageOps.invert(picture.convert("L"))
    box = dark.point(lambda value: 255 if value > 100 else 0).getbbox()
    assert box is not None, "there is no ink"
    return dark.crop(box).resize(SIZE, Image.Resampling.BOX)


def apart(one: Image.Image, other: Image.Image) -> float:
    """How much of the ink of both is not in the same place, from 0 to 1; a pixel away counts as the same."""
    wide = [it.filter(ImageFilter.MaxFilter(3)) for it in (one, other)]
    lost = [ImageChops.subtract(it, around) for it, around in ((one, wide[1]), (other, wide[0]))]
    whole = sum(sum(it.tobytes()) for it in (one, other))
    return float(sum(sum(it.tobytes()) for it in lost) / whole)


def shape(picture: Image.Image) -> float:
    """Width by height of the ink."""
    box = ImageOps.invert(picture.convert("L")).point(lambda value: 255 if value > 100 else 0).getbbox()
    assert box is not None
    return (box[2] - box[0]) / (box[3] - box[1])


def from_report(word: str, program: Program, folder: Path) -> Image.Image:
    """The word where a report describes its only item with it, cut out of the page."""
    path = folder / "report.pdf"
    path.write_bytes(drawn(model(replace(item(1), description=word))))
    told = subprocess.run([program("pdftotext"), "-bbox", path, "-"], capture_output=True, check=True).stdout.decode()
    for page, text in enumerate(told.split("<page ")[1:], 1):
        for *edges, shown in re.findall(r'xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*?)</word>', text):
            if any(character in word for character in shown):
                left, top, right, foot = (float(edge) * DPI / 72 for edge in edges)
                break
        else:
            continue
        cut = ("-x", left - 20, "-y", top - 20, "-W", right - left + 40, "-H", foot - top + 40)
        arguments = [str(round(one)) if isinstance(one, float) else one for one in cut]
        only = ("-f", str(page), "-l", str(page), "-r", str(DPI), "-png", "-gray")
        done = subprocess.run([program("pdftoppm"), *only, *arguments, path], capture_output=True, check=True)
        return Image.open(BytesIO(done.stdout))
    raise AssertionError("the word is on no page")


def by_harfbuzz(word: str, program: Program, folder: Path, *options: str) -> Image.Image:
    """The word set by hb-view in the same face."""
    face = folder / "face.ttf"
    face.write_bytes(typefaces.own_face(typefaces.REGULAR).data)
    arguments: list[str | Path] = [
        program("hb-view"),
        "--output-format=png",
        "--font-size=200",
        "--margin=20",
        *options,
    ]
    done = subprocess.run([*arguments, f"--font-file={face}", f"--text={word}"], capture_output=True, check=True)
    return Image.open(BytesIO(done.stdout))


@pytest.mark.parametrize("script", WORDS)
def test_a_shaped_word_on_the_page_is_the_picture_that_harfbuzz_gives(
    script: str, program: Program, tmp_path: Path
) -> None:
    page = from_report(WORDS[script], program, tmp_path)
    right = by_harfbuzz(WORDS[script], program, tmp_path)
    assert shape(page) == pytest.approx(shape(right), rel=0.04)
    assert apart(ink(page), ink(right)) < CLOSE


@pytest.mark.parametrize("script", WORDS)
def test_the_same_letters_unshaped_are_another_picture(script: str, program: Program, tmp_path: Path) -> None:
    """The comparison above can fail."""
    page = from_report(WORDS[script], program, tmp_path)
    wrong = by_harfbuzz(WORDS[script], program, tmp_path, "--shapers=fallback")
    assert apart(ink(page), ink(wrong)) > 3 * CLOSE
