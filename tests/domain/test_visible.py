"""What a stranger typed is shown as it is, and what cannot be seen is written out."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.domain.visible import ESCAPE, MAX_MARKS, visible


@pytest.mark.parametrize(
    "text", ["", "IMG_2041 (1).jpg", "two  spaces", "Dvořáková", "Ж Ω 漢字 ไทย", "العربية", "e\u0301", "[1] a [b", "😀"]
)
def test_text_that_can_be_seen_is_left_alone(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", "a[U+000A]b"),
        ("\x1b[31m", "[U+001B][31m"),
        ("\x7f\x85", "[U+007F][U+0085]"),
        ("photo\u202egpj.exe", "photo[U+202E]gpj.exe"),
        ("\u2066\u2067\u2068\u2069", "[U+2066][U+2067][U+2068][U+2069]"),
        ("\u200e\u200f\u061c", "[U+200E][U+200F][U+061C]"),
        ("a\u200bb\ufeffc\u2060d\u00ade", "a[U+200B]b[U+FEFF]c[U+2060]d[U+00AD]e"),
        ("a\u2028b\u2029c", "a[U+2028]b[U+2029]c"),
        ("3\u202fPM\u00a0", "3[U+202F]PM[U+00A0]"),
        ("\u3164\u2800\ufe0f", "[U+3164][U+2800][U+FE0F]"),
        ("\ud800 \ue000 \uffff \U000e0041", "[U+D800] [U+E000] [U+FFFF] [U+E0041]"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_typed_escape_is_told_from_a_real_one() -> None:
    assert visible("[U+202E]") == "[U+005B]U+202E]"


def test_a_mark_without_a_letter_is_written_out() -> None:
    assert visible("\u0336x") == "[U+0336]x"


def test_a_pile_of_marks_ends_after_the_most_that_a_letter_needs() -> None:
    assert visible("a" + "\u0336" * (MAX_MARKS + 2)) == "a" + "\u0336" * MAX_MARKS + "[U+0336]" * 2


@given(st.text(st.characters()))
def test_different_texts_never_look_the_same(text: str) -> None:
    def read(shown: str) -> str:
        return ESCAPE.sub(lambda found: chr(int(found.group()[3:-1], 16)), shown)

    assert read(visible(text)) == text


@given(st.text(st.characters()))
def test_the_result_holds_no_control_or_format_character(text: str) -> None:
    assert not [c for c in visible(text) if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
