"""Values for the properties: text, JSON, and bytes that are nearly right. Asserts nothing."""

from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st

from custody.errors import FormatError
from custody.formats.encoding import MAX_EXACT_INTEGER

T = TypeVar("T")

# What encoders get wrong: controls, DEL, C1, the line separators, the end of the BMP, emoji (two UTF-16 units).
AWKWARD = '\x01\x08\t\n\x0b\x0c\r\x1f "/\\\x7f\x80\x9f\xa0é\u2028\u2029\ud7ff\ue000\ufb33\ufeff\uffff😂\U0010ffff'

characters = st.sampled_from(AWKWARD) | st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.text(characters, max_size=30)
integers = st.integers(-MAX_EXACT_INTEGER, MAX_EXACT_INTEGER)

json_values = st.recursive(
    st.none() | st.booleans() | integers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@st.composite
def nearly(draw: st.DrawFn, right: bytes) -> bytes:
    """`right` with one to three bytes changed, put in, taken out or doubled."""
    data = bytearray(right)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(("change", "insert", "remove", "double"))):
            case "change":
                data[place : place + 1] = bytes([draw(st.integers(0, 255))])
            case "insert":
                data[place:place] = draw(st.sampled_from((b" ", b"\n", b"\0", b"=", b"0", b",", b"\xff", b"\\u0041")))
            case "remove":
                del data[place : place + draw(st.integers(1, 4))]
            case _:
                data[place:place] = data[place : place + draw(st.integers(1, 40))]
    return bytes(data)


def read_back(data: bytes, parse: Callable[[bytes], T], write: Callable[[T], bytes]) -> bytes | None:
    """`write(parse(data))`, or None where the parser refuses. Every other error passes through."""
    try:
        value = parse(data)
    except FormatError:
        return None
    return write(value)
