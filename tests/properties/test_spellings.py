"""One value, one spelling, for every format: what is written is read back, and no other bytes are read as the same.

For bytes changed at will, a reader refuses with FormatError, and with nothing else, or gives a value that is written as
exactly those bytes. For bytes that a lenient reader would take for the same value, it refuses.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.adapters.keys.keyfile import Kdf, KeyFile, format_key_file, parse_key_file
from custody.domain.entry import read_entry
from custody.domain.events import KINDS, Body, Unknown, sealed_fields
from custody.domain.opened import Origin
from custody.domain.parts import format_facts, parse_facts
from custody.domain.statement import format_statement, parse_statement
from custody.errors import FormatError, VerificationError
from custody.formats import canonical
from custody.formats.checkpoint import format_checkpoint, parse_checkpoint
from custody.formats.dsse import format_envelope, parse_envelope
from custody.formats.encoding import (
    MAX_DECIMAL_DIGITS,
    format_base64,
    format_time,
    parse_base64,
    parse_decimal,
    parse_hex,
    parse_time,
)
from custody.formats.names import format_name, parse_name
from custody.formats.note import format_note, format_vkey, parse_note, parse_vkey
from custody.formats.partslist import format_line, parse_line, parse_lines
from custody.formats.publickey import certified_key, format_public_key, parse_public_key
from custody.formats.seal import Opening, Sealed, open_seal, read_sealed, seal
from custody.formats.signature import der_from_raw, load_p256, raw_from_der, spki_bytes
from custody.formats.words import format_words, parse_words
from tests.builders import ANA, sign
from tests.formats.values import json_values, texts
from tests.properties import spellings, values
from tests.properties.effort import examples
from tests.properties.spellings import damaged, json_respelled, members_respelled

Bytes = st.SearchStrategy[bytes]


@dataclass(frozen=True)
class Format:
    """Values, their bytes, what bytes give, and other spellings of right bytes."""

    values: st.SearchStrategy[Any]
    write: Callable[[Any], bytes]
    read: Callable[[bytes], Any]
    respelled: Callable[[bytes], Bytes]
    is_json: bool = False


def _text(data: bytes) -> str:
    """Any bytes as text, as it comes from a name or an argument of the operating system."""
    return data.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _chosen(others: Callable[[str], Iterator[str]]) -> Callable[[bytes], Bytes]:
    """One of the listed respellings of a text."""

    def choose(right: bytes) -> Bytes:
        text = right.decode("utf-8", "surrogateescape")
        return st.sampled_from([other for other in others(text) if other != text]).map(_bytes)

    return choose


def _one_line(respelled: Callable[[bytes], Bytes]) -> Callable[[bytes], Bytes]:
    """Another spelling of one line of a list."""

    @st.composite
    def draw_line(draw: st.DrawFn, right: bytes) -> bytes:
        lines = _lines(right)
        if not lines:
            return b"\n"
        index = draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 4)):
            case 0:
                lines.append(lines[index])
            case 1 if len(lines) > 1:
                lines.append(lines.pop(draw(st.integers(0, len(lines) - 2))))
            case _:
                lines[index] = draw(respelled(lines[index]).filter(lambda line: line.endswith(b"\n")))
        return b"".join(lines)

    return draw_line


def _lines(data: bytes) -> list[bytes]:
    """As the evidence store gives them."""
    return [line + b"\n" for line in data.split(b"\n")[:-1]] + (
        [data.split(b"\n")[-1]] if data[-1:] not in b"\n" else []
    )


# --- what readers of each text format might forgive --------------------------------------------------------------


def _checkpoints(text: str) -> Iterator[str]:
    origin, size, root, _ = text.split("\n")
    yield from (f"{origin}\n{other}\n{root}\n" for other in spellings.decimal_respelled(size) if "\n" not in other)
    yield from (f"{origin}\n{size}\n{other}\n" for other in spellings.base64_respelled(root) if other != root)
    yield from (text[:-1], f"{text}\n", f"{text}extension\n", f"\n{text}", text.replace("\n", "\r\n"))


def _notes(text: str) -> Iterator[str]:
    body, _, line = text[:-1].rpartition("\n")
    dash, name, blob = line.split(" ")
    for other in (f"- {name} {blob}", f"{dash}  {name} {blob}", f"{dash}\u00a0{name} {blob}", f"{line} ", f"{line}\r"):
        yield f"{body}\n{other}\n"
    yield from (f"{body}\n{dash} {name} {other}\n" for other in spellings.base64_respelled(blob) if other != blob)
    yield from (text[:-1], f"{text}\n", f"{text}\n\n")


def _verifier_keys(text: str) -> Iterator[str]:
    name, identity, key = text.split("+", 2)
    yield from (f"{name}+{other}+{key}" for other in spellings.hex_respelled(identity))
    yield from (f"{name}+{identity}+{other}" for other in spellings.base64_respelled(key))
    yield from (f" {text}", f"{text}+", f"{name}++{identity}+{key}")


def _part_lines(text: str) -> Iterator[str]:
    """The other spellings that `sha256sum --check` takes: binary mode, upper case, needless escapes, BSD's."""
    mark = "\\" if text.startswith("\\") else ""
    body = text.removeprefix("\\").removesuffix("\n")
    digest, path = body[:64], body[66:]
    yield f"{mark}{digest.upper()}  {path}\n"
    yield f"{mark}{digest} *{path}\n"
    yield f"{mark}{digest} {path}\n"
    yield f"{mark}SHA256 ({path}) = {digest}\n"
    yield from (text[:-1], f"{text}\n", f"{text[:-1]}\0\n", f" {text}")
    if mark:
        yield body + "\n"  # \n and \\ would then be two characters each
    else:
        yield f"\\{text}"


def _ders(right: bytes) -> Bytes:
    """BER's other spellings: a length in two bytes, a number with a zero in front, something after the end."""
    return st.sampled_from(
        [
            b"\x30\x81" + right[1:],
            b"\x30" + bytes([right[1] + 1]) + right[2:3] + bytes([right[3] + 1]) + b"\0" + right[4:],
            right + b"\0",
            b"\x30\x80" + right[2:] + b"\0\0",
        ]
    )


def _public_keys(right: bytes) -> Bytes:
    """The same point, compressed, under the same algorithm (RFC 5480 section 2.2); or something after the end."""
    point = right[-65:]
    header = right[:-66]  # up to the bit string's count of unused bits
    compressed = bytes([2 + point[-1] % 2]) + point[1:33]
    whole = bytes([0x30, right[1] - 32]) + header[2:-1] + bytes([right[24] - 32]) + b"\0" + compressed
    return st.sampled_from([whole, right + b"\0", b"\x30\x81" + right[1:]])


@st.composite
def _entries(draw: st.DrawFn, right: bytes) -> bytes:
    """Another spelling of the envelope, or of the statement inside it."""
    if draw(st.booleans()):
        return draw(members_respelled(right))
    outer = json.loads(right)
    outer["payload"] = format_base64(draw(members_respelled(parse_base64(outer["payload"]))))
    return canonical.encode(outer)


@st.composite
def _file_names(draw: st.DrawFn, right: bytes) -> bytes:
    """Valid Unicode as bytes or as UTF-16, and everything that JSON and base64 allow."""
    value = json.loads(right)
    if "text" not in value or draw(st.booleans()):
        return draw(members_respelled(right))
    text = value["text"]
    others = [{"bytes": format_base64(text.encode())}, {"utf16": format_base64(text.encode("utf-16-le"))}]
    return canonical.encode(draw(st.sampled_from([*others, {**value, **others[0]}])))


def _statements(kind: type[Body]) -> Format:
    known = kind is not Unknown
    return Format(
        values.statements(kind), format_statement, parse_statement, members_respelled if known else json_respelled, True
    )


key_files = st.builds(
    KeyFile,
    public=values.public_keys,
    kdf=st.builds(Kdf, values.exactly(16), st.integers(1, 10), st.integers(1, 16), st.integers(128, 262_144)),
    nonce=values.exactly(12),
    ciphertext=st.binary(min_size=17, max_size=60),
)

ALL_KINDS: tuple[type[Body], ...] = (*KINDS, Unknown)
FORMATS: dict[str, Format] = {
    "canonical JSON": Format(json_values, canonical.encode, canonical.parse, json_respelled, True),
    "base64": Format(
        st.binary(max_size=40),
        lambda data: format_base64(data).encode(),
        lambda data: parse_base64(_text(data)),
        _chosen(spellings.base64_respelled),
    ),
    "hexadecimal": Format(
        values.exactly(32),
        lambda data: data.hex().encode(),
        lambda data: parse_hex(_text(data), 32),
        _chosen(spellings.hex_respelled),
    ),
    "decimal": Format(
        st.integers(0, 10**MAX_DECIMAL_DIGITS - 1),
        lambda number: b"%d" % number,
        lambda data: parse_decimal(_text(data)),
        _chosen(spellings.decimal_respelled),
    ),
    "time": Format(
        values.times.map(parse_time),
        lambda moment: format_time(moment).encode(),
        lambda data: parse_time(_text(data)),
        _chosen(spellings.time_respelled),
    ),
    "file name": Format(
        values.file_names.map(lambda name: (parse_name(name), "utf16" in name)),
        lambda value: canonical.encode(format_name(value[0], windows=value[1])),
        lambda data: (parse_name(name := canonical.parse(data)), "utf16" in name),
        _file_names,
        True,
    ),
    "line of a parts list": Format(values.parts, format_line, parse_line, _chosen(_part_lines)),
    "parts list": Format(
        values.part_lists,
        lambda parts: b"".join(map(format_line, parts)),
        lambda data: list(parse_lines(_lines(data))),
        _one_line(_chosen(_part_lines)),
    ),
    "facts of parts": Format(
        values.part_facts,
        lambda facts: b"".join(map(format_facts, facts)),
        lambda data: list(parse_facts(_lines(data))),
        _one_line(lambda line: members_respelled(line[:-1]).map(lambda other: other + b"\n")),
    ),
    "note": Format(values.notes, format_note, parse_note, _chosen(_notes)),
    "verifier key": Format(
        values.verifier_keys,
        lambda key: format_vkey(key).encode(),
        lambda data: parse_vkey(_text(data)),
        _chosen(_verifier_keys),
    ),
    "checkpoint": Format(
        values.checkpoints,
        lambda checkpoint: _bytes(format_checkpoint(checkpoint)),
        lambda data: parse_checkpoint(_text(data)),
        _chosen(_checkpoints),
    ),
    "P-256 key": Format(values.spkis.map(load_p256), spki_bytes, load_p256, _public_keys),
    "DER signature": Format(values.raw_signatures, der_from_raw, raw_from_der, _ders),
    "public key file": Format(values.public_keys, format_public_key, parse_public_key, members_respelled, True),
    "private key file": Format(key_files, format_key_file, parse_key_file, members_respelled, True),
    "envelope": Format(values.envelopes, format_envelope, parse_envelope, members_respelled, True),
    **{kind.type_name(): _statements(kind) for kind in ALL_KINDS},
    "entry": Format(
        st.sampled_from(KINDS).flatmap(values.statements).map(lambda statement: sign(statement, ANA)),
        lambda entry: format_envelope(entry.envelope),
        read_entry,
        _entries,
        True,
    ),
}


FACTS = (
    b'{"changed":null,"created":null,"extra_digests":{},"index":1,"media_type":"a/b","media_type_from":"name",'
    b'"modified":null,"origin":null,"size":0}\n'
)


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
@examples(120)
def test_a_value_is_read_back_and_changed_bytes_are_refused_or_are_another_value(
    name: str, data: st.DataObject
) -> None:
    form = FORMATS[name]
    value = data.draw(form.values)
    right = form.write(value)
    assert form.read(right) == value
    changed = data.draw(damaged(right))
    try:
        found = form.read(changed)
    except FormatError:
        return
    assert form.write(found) == changed
    assert not form.is_json or canonical.encode(canonical.parse(changed)) == changed


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
@examples(120)
def test_a_second_spelling_is_refused(name: str, data: st.DataObject) -> None:
    form = FORMATS[name]
    right = form.write(data.draw(form.values))
    other = data.draw(form.respelled(right))
    assert other != right
    with pytest.raises(FormatError):
        form.read(other)


@given(st.text('a\0\x1f\x7f"\\/\u2028é', max_size=6))
@examples(100)
def test_facts_of_parts_that_are_read_are_canonical_json(address: str) -> None:
    (facts,) = parse_facts([FACTS])
    try:
        origin = Origin(address=address, referrer=None, source="Zone.Identifier")
        line = format_facts(msgspec.structs.replace(facts, origin=origin))
        assert list(parse_facts([line]))
    except FormatError:
        assert "\0" in address
        return
    assert canonical.encode(canonical.parse(line[:-1])) + b"\n" == line


# --- words: the one format that forgives, because fingers type it ------------------------------------------------


@given(values.exactly(11), st.data())
@examples(200)
def test_words_forgive_case_and_spacing_only(digest: bytes, data: st.DataObject) -> None:
    right = format_words(digest)
    assert parse_words(right) == digest
    typed = data.draw(damaged(right.encode())).decode("utf-8", "surrogateescape")
    try:
        found = parse_words(typed)
    except FormatError:
        return
    assert format_words(found) == " ".join(typed.lower().split())


# --- seals: no two contents under one ----------------------------------------------------------------------------

_openings = st.builds(Opening.of, texts, values.exactly(16), json_values)
_contents = st.tuples(texts, texts, _openings)


@given(_contents, st.data())
@examples(200)
def test_a_seal_opens_with_nothing_but_what_was_sealed(content: tuple[str, str, Opening], data: st.DataObject) -> None:
    case, kind, opening = content
    sealed = seal(case, kind, opening)
    assert canonical.encode(open_seal(sealed, *content)) == opening.encoded
    same = st.just(case), st.just(kind)
    others = (
        st.tuples(texts, st.just(kind), st.just(opening))
        | st.tuples(st.just(case), texts, st.just(opening))
        # The texts cut elsewhere: their lengths must count.
        | st.just((case + kind[:1], kind[1:], opening))
        | st.tuples(*same, _openings)
        # What lies in openings.db is anybody's, and may be no JSON at all.
        | st.tuples(*same, damaged(opening.encoded).map(lambda data: Opening(opening.pointer, opening.salt, data)))
        | st.tuples(*same, texts.map(lambda pointer: Opening(pointer, opening.salt, opening.encoded)))
    )
    other = data.draw(others.filter(lambda other: other != content))
    with pytest.raises(VerificationError):
        open_seal(sealed, *other)


@given(values.seals, st.data())
@examples(100)
def test_a_seal_has_one_spelling(sealed: Sealed, data: st.DataObject) -> None:
    right = sealed.sealed
    assert read_sealed({"sealed": right}) == sealed
    other = data.draw(st.sampled_from([one for one in spellings.base64_respelled(right) if one != right]))
    with pytest.raises(FormatError):
        read_sealed({"sealed": other})


# --- readers of what others wrote ---------------------------------------------------------------------------------


@given(damaged(ANA.public.certificate) | st.binary(max_size=40))
@examples(400)
def test_a_certificate_that_is_none_is_refused_and_stops_nothing(data: bytes) -> None:
    try:
        load_p256(certified_key(data))
    except FormatError:
        return


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@examples(120)
def test_what_is_found_under_a_seal_is_of_its_kind_or_refused(kind: type[Body], data: st.DataObject) -> None:
    body = data.draw(values.of(kind))
    pointers = sorted(sealed_fields(body))
    if not pointers:
        return
    anything = json_values | values.file_names | st.binary(max_size=40).map(format_base64) | values.hashes
    try:
        body.check_opened(data.draw(st.sampled_from(pointers)), data.draw(anything))
    except FormatError:
        return
