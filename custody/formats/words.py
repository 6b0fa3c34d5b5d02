"""Eight words for a digest, to be read aloud and typed: the first 88 bits, 11 bits a word (BIP-39 English list).

Unlike a BIP-39 mnemonic there is no checksum: the words are compared with a digest that the reader has.
"""

from functools import lru_cache

from custody.errors import FormatError

COUNT = 8
BITS = 11


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
