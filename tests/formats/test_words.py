"""Eight words for a digest: the published list, read aloud and typed back."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.errors import FormatError
from custody.formats.words import format_words, near_words, parse_words

digests = st.binary(min_size=32, max_size=32)


def test_list_is_the_english_one_of_bip_39() -> None:
    words = [format_words((number << 77).to_bytes(11, "big")).split(" ")[0] for number in range(2048)]
    lines = "".join(f"{word}\n" for word in words).encode()
    assert hashlib.sha256(lines).hexdigest() == "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"


@given(digests)
def test_words_give_the_first_eleven_bytes(digest: bytes) -> None:
    assert parse_words(format_words(digest)) == digest[:11]


@given(digests)
def test_words_are_eight(digest: bytes) -> None:
    assert len(format_words(digest).split(" ")) == 8


@given(st.lists(st.integers(0, 2047), min_size=8, max_size=8))
def test_each_word_stands_for_eleven_bits(places: list[int]) -> None:
    bits = "".join(f"{place:011b}" for place in places)
    digest = int(bits, 2).to_bytes(11, "big")
    alone = [format_words((place << 77).to_bytes(11, "big")).split(" ")[0] for place in places]
    assert format_words(digest + bytes(21)).split(" ") == alone


@pytest.mark.parametrize(
    ("digest", "words"),
    [
        (bytes(32), "abandon abandon abandon abandon abandon abandon abandon abandon"),
        (b"\xff" * 32, "zoo zoo zoo zoo zoo zoo zoo zoo"),
        (b"\0" * 10 + b"\1" + b"\xff" * 21, "abandon abandon abandon abandon abandon abandon abandon ability"),
    ],
)
def test_words_are_spelt_out(digest: bytes, words: str) -> None:
    assert format_words(digest) == words


@pytest.mark.parametrize(
    "typed",
    [
        "ZOO zoo Zoo zoo zoo zoo zoo zoo",
        "  zoo zoo zoo  zoo\tzoo zoo zoo zoo\n",
        "zoo zoo zoo zoo\r\nzoo zoo zoo zoo\u00a0",
    ],
)
def test_capitals_and_spaces_are_forgiven(typed: str) -> None:
    assert parse_words(typed) == b"\xff" * 11


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "expected 8 words, got 0"),
        ("zoo " * 7, "expected 8 words, got 7"),
        ("zoo " * 9, "expected 8 words, got 9"),
        ("zoo " * 7 + "zooo", "not a word of the list: 'zooo'"),
        ("zoo," * 7 + "zoo", "expected 8 words, got 1"),
        ("zoo " * 7 + "ab", "not a word of the list: 'ab'"),
        ("zoo " * 7 + "x" * 1000, f"not a word of the list: '{'x' * 20}'"),
        ("zoo " * 7 + "\x1b[31m", r"not a word of the list: '\\x1b\[31m'"),
    ],
)
def test_what_is_not_eight_words_is_refused(typed: str, message: str) -> None:
    with pytest.raises(FormatError, match=f"^{message}$"):
        parse_words(typed)


@pytest.mark.parametrize(
    ("typed", "near"),
    [("Abandon", ("abandon",)), ("abandn", ("abandon",)), ("zooo", ("zoo",)), ("§§§§", ()), ("x" * 10**6, ())],
    ids=["right", "letter lost", "letter too many", "nonsense", "long"],
)
def test_a_mistyped_word_is_near_the_one_that_was_meant(typed: str, near: tuple[str, ...]) -> None:
    assert near_words(typed)[:1] == near
