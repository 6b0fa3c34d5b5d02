"""Turns right bytes into wrong ones: into another spelling of the same value, or into anything. Asserts nothing.

A second spelling is what a lenient reader takes for the same value, and so where two readers come to disagree.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

from tests.formats.values import nearly

BOM = "\ufeff".encode()
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d+|true|false|null|[{}\[\],:]')
_LETTER = re.compile(rb"[a-z]")

# Members whose values are themselves encoded, by how.
_HEX = frozenset({"act", "case", "checkpoint_root", "digest", "facts", "keyid", "ledger", "md5", "nonce", "people"})
_HEX |= {"prev", "root", "sha1", "sha512", "signer"}
_BASE64 = frozenset({"bytes", "certificate", "checkpoint_key", "ciphertext", "cosignature_key", "key", "nonce"})
_BASE64 |= {"payload", "salt", "sealed", "sig", "utf16"}
_TIMES = frozenset(["captured_at", "changed", "created", "hashed_at", "modified", "time"])


@st.composite
def damaged(draw: st.DrawFn, right: bytes) -> bytes:
    """`right` with a few bytes changed, or with what editors, mail and copying do to a text."""
    match draw(st.integers(0, 8)):
        case 0:
            return BOM + right
        case 1:
            return right + draw(st.sampled_from([b"\n", b"\r\n", b" ", b"\0", b"\x1a", right[-1:]]))
        case 2:
            return right.replace(b"\n", b"\r\n") if b"\n" in right else right[:-1]
        case 3:
            return right.upper()
        case 4:
            first, second, third = sorted(draw(st.tuples(*[st.integers(0, len(right))] * 3)))
            return right[:first] + right[second:third] + right[first:second] + right[third:]
        case 5:
            places = [found.start() for found in _LETTER.finditer(right)]
            if not places:
                return right[1:]
            place = draw(st.sampled_from(places))
            return right[:place] + right[place : place + 1].upper() + right[place + 1 :]
        case _:
            return draw(nearly(right))


# --- text encodings ----------------------------------------------------------------------------------------------


def hex_respelled(text: str) -> Iterator[str]:
    """The same bytes to whoever forgives."""
    yield text.upper()
    yield text.capitalize()
    yield f"0x{text}"
    yield f" {text}"
    yield f"{text}\n"
    yield f"{text[:2]} {text[2:]}"
    yield text.translate({ord("0") + digit: ord("\u0660") + digit for digit in range(10)})  # digits, to str.isdigit


def base64_respelled(text: str) -> Iterator[str]:
    """The same bytes to whoever forgives (RFC 4648 sections 3.1, 3.2, 3.5 and 5)."""
    yield f"{text}\n"
    yield f"{text[:4]}\n{text[4:]}"
    yield f"{text}===="
    yield text.rstrip("=")
    yield text.replace("+", "-").replace("/", "_")
    yield text.translate({ord("A"): ord("\u0391")})
    padding = text.count("=")
    if padding:  # the last character carries 2 or 4 bits that say nothing
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        last = text[-padding - 1]
        stray = alphabet[alphabet.index(last) | 1]
        yield f"{text[: -padding - 1]}{stray}{'=' * padding}"


def decimal_respelled(text: str) -> Iterator[str]:
    """The same number to whoever forgives."""
    yield from (f"0{text}", f"+{text}", f" {text}", f"{text}\n", f"{text}.0", f"{text}e0", f"-{text}", f"{text}_0")
    yield text.translate({ord("0") + digit: ord("\u0660") + digit for digit in range(10)})


def time_respelled(text: str) -> Iterator[str]:
    """The same moment in other forms of ISO 8601."""
    yield text.replace("T", " ")
    yield text.lower()
    yield text.replace("Z", "+00:00")
    yield text.replace("Z", "")
    yield text.replace(".", ",")
    yield text.replace("-", "", 2)
    yield f"{text[:-1]}0Z"
    yield f"{text}\n"
    yield f"+00{text}"
    if text[11:13] == "00":
        yield f"{text[:11]}24{text[13:]}"


def base64_of(respelled: Callable[[bytes], st.SearchStrategy[bytes]]) -> Callable[[str], st.SearchStrategy[str]]:
    """Another spelling inside right base64."""
    return lambda text: respelled(base64.b64decode(text)).map(lambda inside: base64.b64encode(inside).decode())


# --- JSON --------------------------------------------------------------------------------------------------------


@st.composite
def json_respelled(draw: st.DrawFn, right: bytes) -> bytes:
    """The same JSON value, written otherwise: space, escapes, numbers, order, a member twice, BOM, UTF-16."""
    tokens = _TOKEN.findall(right.decode())
    ways = ["space", "around", "BOM", "utf-16"]
    texts = [index for index, token in enumerate(tokens) if token[0] == '"' and len(token) > 2]
    numbers = [index for index, token in enumerate(tokens) if token[-1].isdigit()]
    value = json.loads(right, object_pairs_hook=_Members)
    objects = [one for one in _objects(value) if one.pairs]
    ways += ["escape"] * bool(texts) + ["number"] * bool(numbers) + ["twice"] * bool(objects)
    ways += ["order"] * any(len(one.pairs) > 1 for one in objects)
    match draw(st.sampled_from(ways)):
        case "space":
            tokens.insert(draw(st.integers(0, len(tokens))), draw(st.sampled_from([" ", "\n", "\t", "\r"])))
            return "".join(tokens).encode()
        case "around":
            return draw(st.sampled_from([b" %b", b"%b\n", b"%b\r\n", b"\n%b"])) % right
        case "BOM":
            return BOM + right
        case "utf-16":
            return right.decode().encode(draw(st.sampled_from(["utf-16", "utf-16-le", "utf-16-be"])))
        case "escape":
            index = draw(st.sampled_from(texts))
            tokens[index] = draw(_escaped(tokens[index]))
            return "".join(tokens).encode()
        case "number":
            index = draw(st.sampled_from(numbers))
            number = tokens[index]
            tokens[index] = draw(st.sampled_from([f"{number}.0", f"{number}e0", f"{number}E+0"]))
            if number == "0":
                tokens[index] = "-0"
            return "".join(tokens).encode()
        case "twice":
            pairs = draw(st.sampled_from(objects)).pairs
            pairs.append(draw(st.sampled_from(pairs)))
        case _:
            pairs = draw(st.sampled_from([one for one in objects if len(one.pairs) > 1])).pairs
            pairs.append(pairs.pop(draw(st.integers(0, len(pairs) - 2))))
    return _written(value).encode()


@st.composite
def members_respelled(draw: st.DrawFn, right: bytes) -> bytes:
    """The JSON with another spelling inside one of its encoded members; as `json_respelled` where there is none."""
    value = json.loads(right, object_pairs_hook=_Members)
    found = [
        (one, index, spellings)
        for one in _objects(value)
        for index, (name, member) in enumerate(one.pairs)
        if isinstance(member, str) and (spellings := [other for other in _spellings(name, member) if other != member])
    ]
    if not found or draw(st.integers(0, 3)) == 0:
        return draw(json_respelled(right))
    one, index, spellings = draw(st.sampled_from(found))
    one.pairs[index] = (one.pairs[index][0], draw(st.sampled_from(spellings)))
    return _written(value).encode()


def _spellings(name: str, member: str) -> Sequence[str]:
    plain_hex = re.fullmatch(r"[0-9a-f]{32,}", member) is not None
    if name in _HEX and plain_hex:
        return list(hex_respelled(member))
    if name in _BASE64:
        return list(base64_respelled(member))
    if name in _TIMES:
        return list(time_respelled(member))
    return []


class _Members:
    """An object as the list of its members, so that they can stand in any order, and twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = pairs


def _objects(value: Any) -> Iterator[_Members]:
    match value:
        case _Members():
            yield value
            for _, member in value.pairs:
                yield from _objects(member)
        case list():
            for member in value:
                yield from _objects(member)


def _written(value: Any) -> str:
    match value:
        case _Members():
            return "{" + ",".join(f"{_written(name)}:{_written(member)}" for name, member in value.pairs) + "}"
        case list():
            return "[" + ",".join(map(_written, value)) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


@st.composite
def _escaped(draw: st.DrawFn, token: str) -> str:
    """A string of JSON with one character of it escaped that need not be, or escaped otherwise."""
    pieces = re.findall(r"\\u[0-9a-f]{4}|\\.|[^\\]", token[1:-1])
    index = draw(st.integers(0, len(pieces) - 1))
    units = json.loads(f'"{pieces[index]}"').encode("utf-16-be")
    written = "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
    others = [other for other in (written, written.upper().replace("\\U", "\\u")) if other != pieces[index]]
    if pieces[index] == "/":
        others.append("\\/")
    pieces[index] = draw(st.sampled_from(others or ["\\u0041"]))
    return f'"{"".join(pieces)}"'
