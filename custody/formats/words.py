"""Eight words for a digest, to be read aloud and typed: the first 88 bits, 11 bits a word (BIP-39 English list).

Unlike a BIP-39 mnemonic there is no checksum: the words are compared with a digest that the reader has.
"""

from functools import lru_cache

from custody.errors import FormatError

COUNT = 8
BITS = 11
MAX_WORD = 20  # characters of a typed word that are looked at; the longest of the list has 8


@lru_cache(maxsize=1)
def _words() -> tuple[str, ...]:
    from mnemonic import Mnemonic

    return tuple(Mnemonic("english").wordlist)


def format_words(digest: bytes) -> str:
    """The eight words of a digest of at least 11 bytes, separated by spaces."""
    number = int.from_bytes(digest[: COUNT * BITS // 8], "big")
    words = _words()
    return " ".join(words[number >> BITS * place & 2**BITS - 1] for place in reversed(range(COUNT)))


def parse_words(text: str) -> bytes:
    """The first 11 bytes of the digest from typed words; case and spacing are forgiven, as fingers are.

    Raises FormatError for another count of words or a word that is not on the list.
    """
    typed = text.lower().split()
    if len(typed) != COUNT:
        raise FormatError(f"expected {COUNT} words, got {len(typed)}")
    words = _words()
    number = 0
    for word in typed:
        if word not in words:
            raise FormatError(f"not a word of the list: {word[:20]!r}")
        number = number << BITS | words.index(word)
    return number.to_bytes(COUNT * BITS // 8, "big")


def near_words(word: str) -> tuple[str, ...]:
    """Up to three words of the list that are most like this one, best first; the word alone when it is on the list."""
    from difflib import get_close_matches

    typed = word.lower()[:MAX_WORD]
    words = _words()
    return (typed,) if typed in words else tuple(get_close_matches(typed, words, 3, 0.6))
