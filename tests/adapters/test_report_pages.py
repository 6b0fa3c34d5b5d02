"""Where the words of every kind of document stand: inside the margins, not over one another, no heading alone.

The cases are those that break pages: none, one and 500 items, 3,000 parts, very long and hostile text.
"""

import re
import subprocess
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from html import unescape
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from msgspec.structs import replace

from custody.adapters.pdf.paper import BOTTOM, LEFT, PAGE, TOP
from custody.domain.report.model import Fact, FactGroup, Report
from tests.adapters.sample_models import SAMPLES, event, hand_overs, item, model
from tests.adapters.test_kinds_forms import EVERY, dense, of
from tests.documents import drawn

NAME = "".join(chr(97 + index % 26) for index in range(296)) + ".jpg"  # 300 characters without a space
NOTE = " ".join(f"word{number:04}" for number in range(556))[:5000]
ALL = ("integrity", *EVERY)
LISTING = ("integrity", "schedule", "us-902-13", "uk-s9", "in-63-4")
SHOWN = [
    *(
        (kind, name)
        for kind in ALL
        for name in ("empty", "one", "hostile", "long")
        if (kind, name) not in {("custody-form", "empty")}
    ),
    *((kind, "many") for kind in LISTING),
    ("receipt", "handed"),
    *((kind, "folder") for kind in ("integrity", "custody-form")),
]


def long() -> Report:
    """A name of 300 characters without a space, and a note of 5,000, on one item."""
    noted = event("noted", "wrote a note", 9, 9, facts=(Fact(label="Text", text=NOTE),))
    base = item(1)
    facts = (*base.facts, FactGroup(title="Source", facts=(Fact(label="Original name", text=NAME),)))
    return model(replace(base, name=NAME, description=NOTE, facts=facts, events=(*base.events, noted)))


def handed() -> Report:
    """A hand-over of 500 items."""
    act = hand_overs()[0]
    items = tuple(replace(act.items[0], number=f"JD-{number}") for number in range(1, 501))
    return replace(SAMPLES["realistic"](), hand_overs=(replace(act, items=items),))


CASES = {**SAMPLES, "long": long, "handed": handed}


@cache
def pdf_of(kind: str, name: str) -> bytes:
    """A sample as a document of this kind."""
    report = CASES[name]()
    return drawn(report if kind == "integrity" else of(kind, report))


@dataclass(frozen=True)
class Word:
    """A word on a page: its edges in points from the upper left corner."""

    left: float
    top: float
    right: float
    foot: float
    text: str


@cache
def pages_of(kind: str, name: str) -> list[list[Word]]:
    """The words on each page."""
    run = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf_of(kind, name), capture_output=True, check=True)
    found = []
    for page in run.stdout.decode().split("<page ")[1:]:
        words = re.findall(r'<word xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*?)</word>', page)
        found.append([Word(float(a), float(b), float(c), float(d), unescape(text)) for a, b, c, d, text in words])
    return found


@pytest.fixture(scope="module", autouse=True)
def _programs(program: Callable[[str], Path]) -> None:
    program("pdftotext")


@pytest.mark.parametrize(("kind", "name"), SHOWN)
def test_no_word_stands_outside_the_margins(kind: str, name: str) -> None:
    # A point and a half for what hangs over by design of the letters.
    outside = [
        (number, word)
        for number, page in enumerate(pages_of(kind, name), 1)
        for word in page
        if word.left < LEFT - 1.5 or word.right > PAGE[0] - LEFT + 1.5 or word.top < 20 or word.foot > PAGE[1] - 12
    ]
    assert outside == []


@pytest.mark.parametrize(("kind", "name"), SHOWN)
def test_the_body_of_a_page_ends_above_its_foot(kind: str, name: str) -> None:
    foot = PAGE[1] - BOTTOM + 22
    across = [
        (word.text, word.top, word.foot)
        for page in pages_of(kind, name)
        for word in page
        if word.top < foot < word.foot
    ]
    assert across == []


@pytest.mark.parametrize(("kind", "name"), SHOWN)
def test_no_two_words_are_printed_over_each_other(kind: str, name: str) -> None:
    found = []
    for number, page in enumerate(pages_of(kind, name), 1):
        words = sorted(page, key=lambda word: word.top)
        for index, one in enumerate(words):
            for other in words[index + 1 :]:
                if other.top >= one.foot - 3:
                    break
                wide = min(one.right, other.right) - max(one.left, other.left)
                high = min(one.foot, other.foot) - max(one.top, other.top)
                if wide > 2 and high > 0.5 * min(one.foot - one.top, other.foot - other.top):
                    found.append((number, one, other))
    assert found == []


def headings(pdf: bytes) -> Iterator[tuple[int, float, str]]:
    """The page, the edge in points from its top, and the words of every heading, as the outline leads there."""

    def walk(entries: list[pikepdf.OutlineItem]) -> Iterator[pikepdf.OutlineItem]:
        for entry in entries:
            yield entry
            yield from walk(entry.children)

    with pikepdf.open(BytesIO(pdf)) as opened, opened.open_outline() as outline:
        numbers = {page.obj.objgen: number for number, page in enumerate(opened.pages)}
        for entry in walk(list(outline.root)):
            place = entry.destination
            assert isinstance(place, pikepdf.Array)
            yield numbers[place[0].objgen], PAGE[1] - float(place[3]), str(entry.title)


@pytest.mark.parametrize(("kind", "name"), [one for one in SHOWN if one[1] != "hostile"])
def test_no_heading_stands_alone_at_the_foot_of_a_page(kind: str, name: str) -> None:
    pages = pages_of(kind, name)
    alone = [
        (number, title)
        for number, top, title in headings(pdf_of(kind, name))
        if not any(top + 24 < word.top < PAGE[1] - BOTTOM for word in pages[number])
    ]
    assert alone == []


@pytest.mark.parametrize("kind", ["integrity", "custody-form"])
def test_a_name_of_300_characters_and_a_note_of_5000_are_printed_whole(kind: str) -> None:
    body = [word for page in pages_of(kind, "long") for word in page if TOP - 3 < word.top < PAGE[1] - BOTTOM]
    text = dense("".join(word.text for word in body))
    assert NAME in text
    missing = [word for word in NOTE.split(" ")[:-1] if word not in text]
    assert missing == []


@pytest.mark.parametrize("kind", LISTING)
def test_every_one_of_500_items_is_listed(kind: str) -> None:
    words = {unicodedata.normalize("NFKC", word.text).strip(",;.:") for page in pages_of(kind, "many") for word in page}
    spelled = {f"JD/{n}" if kind == "uk-s9" else f"JD-{n}" for n in range(1, 501)}
    assert spelled - words == set()


def test_every_one_of_3000_parts_is_listed() -> None:
    words = {word.text for page in pages_of("integrity", "folder") for word in page}
    assert {f"JD-1/{n}" for n in range(1, 3001)} - words == set()
