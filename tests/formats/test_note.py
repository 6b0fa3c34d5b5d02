"""Signed notes and verifier keys: read as they were written, and believed only under an expected key."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from custody.errors import FormatError, SignatureMismatch
from custody.formats.encoding import format_base64
from custody.formats.note import (
    MAX_NOTE,
    MAX_SIGNATURES,
    Note,
    NoteSignature,
    VerifierKey,
    format_note,
    format_vkey,
    open_note,
    parse_note,
    parse_vkey,
    sign_note,
)
from tests.formats.values import nearly, read_back

Signer = tuple[VerifierKey, Callable[[bytes], bytes]]

NAME = "custody/" + "ab" * 32


def signer(number: int, name: str = NAME) -> Signer:
    private = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    return VerifierKey(name, private.public_key().public_bytes_raw()), private.sign


OWNER = signer(11)
OTHER = signer(2, "example.org/other")
TEXT = "first line\n\nthird line\n"
NOTE = sign_note(TEXT, [OWNER])
DATA = format_note(NOTE)
BODY, LINE = DATA.decode().removesuffix("\n").rsplit("\n\n", 1)

names = st.text(st.characters(min_codepoint=0x21, exclude_categories=["Cs", "Zs", "Zl", "Zp"]), min_size=1).filter(
    lambda name: "+" not in name and not any(character.isspace() for character in name)
)
note_texts = st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs"]) | st.just("\n")).map(
    lambda text: text + "\n"
)
signatures = st.builds(NoteSignature, names, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80))
notes = st.builds(Note, note_texts, st.lists(signatures, min_size=1, max_size=5).map(tuple))


@given(notes)
def test_note_is_read_back(note: Note) -> None:
    assert parse_note(format_note(note)) == note


@given(nearly(DATA))
def test_bytes_that_are_read_are_written_alike(data: bytes) -> None:
    assert read_back(data, parse_note, format_note) in (data, None)


@given(nearly(DATA))
def test_changed_note_never_verifies_over_another_text(data: bytes) -> None:
    with suppress(FormatError, SignatureMismatch):
        assert open_note(parse_note(data), [OWNER[0]]) == TEXT


def test_note_is_spelt_out() -> None:
    expected = f"{TEXT}\n— {NAME} {format_base64(NOTE.signatures[0].key_id + NOTE.signatures[0].signature)}\n"
    assert format_note(NOTE) == expected.encode()


@given(note_texts)
def test_text_is_returned_to_whoever_expects_its_key(text: str) -> None:
    assert open_note(parse_note(format_note(sign_note(text, [OWNER]))), [OTHER[0], OWNER[0]]) == text


def test_text_ends_at_the_last_empty_line() -> None:
    forged = f"{TEXT}\n{LINE}\n"
    assert parse_note(format_note(sign_note(forged, [OTHER]))).unverified_text == forged


def test_signature_lines_within_the_text_sign_nothing() -> None:
    note = parse_note(format_note(sign_note(f"{TEXT}\n{LINE}\n", [OTHER])))
    with pytest.raises(SignatureMismatch, match="none of the expected keys"):
        open_note(note, [OWNER[0]])


def test_unknown_keys_are_passed_over() -> None:
    note = sign_note(TEXT, [OTHER, OWNER, signer(3)])
    assert open_note(note, [OWNER[0]]) == TEXT


def test_note_of_unknown_keys_alone_is_refused() -> None:
    with pytest.raises(SignatureMismatch, match="none of the expected keys"):
        open_note(NOTE, [OTHER[0]])


def test_note_without_an_expected_key_is_refused() -> None:
    with pytest.raises(SignatureMismatch, match="none of the expected keys"):
        open_note(NOTE, [])


def _of_wrong_text(who: Signer) -> NoteSignature:
    return sign_note("something else\n", [who]).signatures[0]


@pytest.mark.parametrize("wrong_first", [True, False])
def test_one_wrong_signature_of_a_known_key_refuses_the_note(wrong_first: bool) -> None:
    lines = (_of_wrong_text(OTHER), NOTE.signatures[0])
    note = Note(TEXT, lines if wrong_first else lines[::-1])
    with pytest.raises(SignatureMismatch, match="does not belong"):
        open_note(note, [OWNER[0], OTHER[0]])


def test_wrong_signature_of_an_unknown_key_is_passed_over() -> None:
    assert open_note(Note(TEXT, (_of_wrong_text(OTHER), NOTE.signatures[0])), [OWNER[0]]) == TEXT


def test_key_of_the_same_name_and_another_id_is_unknown() -> None:
    with pytest.raises(SignatureMismatch, match="none of the expected keys"):
        open_note(NOTE, [signer(3)[0]])


def test_key_of_the_same_bytes_and_another_name_is_unknown() -> None:
    with pytest.raises(SignatureMismatch, match="none of the expected keys"):
        open_note(NOTE, [VerifierKey("another", OWNER[0].public)])


def test_signature_of_another_length_is_refused() -> None:
    line = NoteSignature(NAME, OWNER[0].key_id, NOTE.signatures[0].signature + b"\0")
    with pytest.raises(SignatureMismatch):
        open_note(Note(TEXT, (line,)), [OWNER[0]])


@pytest.mark.parametrize("count", [1, 16, MAX_SIGNATURES])
def test_notes_of_many_signatures_are_read(count: int) -> None:
    note = Note(TEXT, NOTE.signatures * count)
    assert parse_note(format_note(note)) == note


@pytest.mark.parametrize("count", [0, MAX_SIGNATURES + 1])
def test_too_many_signatures_or_none_are_refused(count: int) -> None:
    with pytest.raises(FormatError):
        parse_note(format_note(Note(TEXT, NOTE.signatures * count)))
    with pytest.raises(FormatError, match=f"not {count}"):
        sign_note(TEXT, [OWNER] * count)


def test_note_of_a_million_bytes_is_read_and_of_one_more_is_not() -> None:
    text = "a" * (MAX_NOTE - len(DATA) + len(TEXT) - 1) + "\n"
    full = format_note(Note(text, NOTE.signatures))
    assert (len(full), parse_note(full).unverified_text) == (MAX_NOTE, text)
    with pytest.raises(FormatError, match="larger than"):
        parse_note(b"a" + full)


@pytest.mark.parametrize("text", ["", "no line feed", "tab\t\n", "cr\r\n", "nul\0\n", "unit\x1f\n", "\ud800\n"])
def test_text_that_no_note_can_hold_is_not_signed(text: str) -> None:
    with pytest.raises(FormatError):
        sign_note(text, [OWNER])


BLOB = LINE.rsplit(" ", 1)[1]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(DATA[:-1], id="no line feed at the end"),
        pytest.param(DATA + b"\n", id="empty line at the end"),
        pytest.param(DATA.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(TEXT.encode(), id="no signature"),
        pytest.param(TEXT.encode() + b"\n", id="an empty line and no signature"),
        pytest.param(TEXT.encode().replace(b"\n\n", b"\n") + f"{LINE}\n".encode(), id="no empty line"),
        pytest.param(f"{LINE}\n".encode(), id="no text"),
        pytest.param(f"\n{LINE}\n".encode(), id="no text and an empty line"),
        pytest.param(DATA.replace("—".encode(), b"-"), id="hyphen"),
        pytest.param(DATA.replace("—".encode(), "–".encode()), id="en dash"),
        pytest.param(DATA.replace("—".encode(), b"\x97"), id="em dash of Windows"),
        pytest.param(DATA.replace("— ".encode(), "—".encode()), id="no space after the dash"),
        pytest.param(DATA.replace("— ".encode(), "—  ".encode()), id="two spaces after the dash"),
        pytest.param(DATA.replace("— ".encode(), "—\u00a0".encode()), id="no-break space"),
        pytest.param(DATA.replace(b"ab ", b"ab  "), id="two spaces after the name"),
        pytest.param(DATA.replace(b"ab ", b"ab\t"), id="tab after the name"),
        pytest.param(DATA[:-1] + b" \n", id="space at the end"),
        pytest.param(DATA[:-1] + b" more\n", id="a fourth word"),
        pytest.param(f"{BODY}\n\n— {NAME}\n".encode(), id="no base64"),
        pytest.param(f"{BODY}\n\n— {BLOB}\n".encode(), id="no name"),
        pytest.param(f"{BODY}\n\n— a+b {BLOB}\n".encode(), id="plus sign in the name"),
        pytest.param(f"{BODY}\n\n— a\u2028b {BLOB}\n".encode(), id="line separator in the name"),
        pytest.param(f"{BODY}\n\n— a\u3000b {BLOB}\n".encode(), id="ideographic space in the name"),
        pytest.param(f"{BODY}\n\n— a\x01b {BLOB}\n".encode(), id="control in the name"),
        pytest.param(f"{BODY}\n\n— a\0b {BLOB}\n".encode(), id="NUL in the name"),
        pytest.param(f"{BODY}\n\n— {NAME} {BLOB.rstrip('=')}\n".encode(), id="no padding"),
        pytest.param(f"{BODY}\n\n— {NAME} -_-_{BLOB}\n".encode(), id="url alphabet"),
        pytest.param(f"{BODY}\n\n— {NAME} {format_base64(bytes(4))}\n".encode(), id="key id alone"),
        pytest.param(f"{BODY}\n\n— {NAME} {format_base64(bytes(3))}\n".encode(), id="half a key id"),
        pytest.param(f"{BODY}\n\n— {NAME} \n".encode(), id="empty base64"),
        pytest.param(DATA + LINE.encode(), id="second line without a line feed"),
        pytest.param(DATA + b"not a signature\n", id="second line that is no signature"),
        pytest.param(b"\0" + DATA, id="NUL in the text"),
        pytest.param(b"\t" + DATA, id="tab in the text"),
        pytest.param(b"\x1b[31m" + DATA, id="terminal escape in the text"),
        pytest.param(b"\xff" + DATA, id="not UTF-8"),
        pytest.param(b"\xed\xa0\x80" + DATA, id="lone surrogate"),
    ],
)
def test_another_spelling_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        parse_note(data)


# --- verifier keys -----------------------------------------------------------------------------------------------


@given(names, st.binary(min_size=32, max_size=32))
def test_verifier_key_is_read_back(name: str, public: bytes) -> None:
    key = VerifierKey(name, public)
    assert parse_vkey(format_vkey(key)) == key


@given(nearly(format_vkey(OWNER[0]).encode()))
def test_verifier_key_that_is_read_is_written_alike(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    found = read_back(data, lambda _: parse_vkey(text), lambda key: format_vkey(key).encode())
    assert found in (data, None)


IDENTITY = OWNER[0].key_id.hex()
assert IDENTITY.upper() != IDENTITY
KEY = format_base64(b"\1" + OWNER[0].public)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(f"{NAME}+{IDENTITY}", id="no key"),
        pytest.param(f"{IDENTITY}+{KEY}", id="no name"),
        pytest.param(f"+{IDENTITY}+{KEY}", id="empty name"),
        pytest.param(f"{NAME}x+{IDENTITY}+{KEY}", id="another name"),
        pytest.param(f"a b+{IDENTITY}+{KEY}", id="space in the name"),
        pytest.param(f"{NAME}+{OTHER[0].key_id.hex()}+{KEY}", id="another key id"),
        pytest.param(f"{NAME}+{IDENTITY.upper()}+{KEY}", id="upper-case key id"),
        pytest.param(f"{NAME}+{IDENTITY[:6]}+{KEY}", id="short key id"),
        pytest.param(f"{NAME}+{IDENTITY}+{KEY}\n", id="line feed after"),
        pytest.param(f" {NAME}+{IDENTITY}+{KEY}", id="space before"),
        pytest.param(f"{NAME}+{IDENTITY}+{KEY}=", id="padding where none is due"),
        pytest.param(f"{NAME}+{IDENTITY}+{format_base64(OWNER[0].public)}", id="no key type"),
        pytest.param(f"{NAME}+{IDENTITY}+{format_base64(bytes([4]) + OWNER[0].public)}", id="cosignature key"),
        pytest.param(f"{NAME}+{IDENTITY}+{format_base64(bytes([1]) + OWNER[0].public[:31])}", id="short key"),
        pytest.param(f"{NAME}+{IDENTITY}+{format_base64(bytes([1]) + OWNER[0].public + b'0')}", id="long key"),
        pytest.param(f"a\udcff+{IDENTITY}+{KEY}", id="undecodable byte typed in the name"),
        pytest.param(f"a\x07+{IDENTITY}+{KEY}", id="control in the name"),
    ],
)
def test_verifier_key_in_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_vkey(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\u2028b", "a\0b", "a\x1bb", "a\ud800b"])
def test_name_that_no_key_can_have_is_refused(name: str) -> None:
    with pytest.raises(FormatError, match="a key name"):
        VerifierKey(name, bytes(32))


@pytest.mark.parametrize("size", [0, 31, 33])
def test_key_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(FormatError, match="32 bytes"):
        VerifierKey(NAME, bytes(size))


def test_keys_whose_base64_has_a_plus_sign_are_read() -> None:
    key = VerifierKey("a", b"\xff\xfb\xef\xbe" * 8)
    assert "+" in format_vkey(key).split("+", 2)[2]
    assert parse_vkey(format_vkey(key)) == key
