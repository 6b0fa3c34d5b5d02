"""The signed note that C2SP's specification prints: it verifies, and no changed byte of it does."""

from pathlib import Path

import pytest

from custody.errors import CustodyError, FormatError, SignatureMismatch
from custody.formats.note import VerifierKey, format_note, format_vkey, open_note, parse_note, parse_vkey

TEXT = "This is an example message.\n"


@pytest.fixture
def note(vectors: Path) -> bytes:
    return (vectors / "signed-note/example.note").read_bytes()


@pytest.fixture
def key(vectors: Path) -> VerifierKey:
    return parse_vkey((vectors / "signed-note/example.vkey").read_text(encoding="utf-8").strip())


def test_published_note_verifies(note: bytes, key: VerifierKey) -> None:
    assert open_note(parse_note(note), [key]) == TEXT


def test_published_note_is_written_alike(note: bytes) -> None:
    assert format_note(parse_note(note)) == note


def test_published_key_is_written_alike(vectors: Path, key: VerifierKey) -> None:
    assert format_vkey(key) == (vectors / "signed-note/example.vkey").read_text(encoding="utf-8").strip()


def test_published_key_has_the_published_name_and_id(key: VerifierKey) -> None:
    assert (key.name, key.key_id.hex()) == ("example.com/foo", "530d903a")


def test_no_other_value_of_any_byte_verifies(note: bytes, key: VerifierKey) -> None:
    accepted = []
    for place in range(len(note)):
        for value in range(256):
            if value == note[place]:
                continue
            changed = note[:place] + bytes([value]) + note[place + 1 :]
            try:
                open_note(parse_note(changed), [key])
            except (FormatError, SignatureMismatch):
                continue
            accepted.append((place, value))
    assert accepted == []


def test_no_note_short_of_a_byte_verifies(note: bytes, key: VerifierKey) -> None:
    for place in range(len(note)):
        with pytest.raises(CustodyError):
            open_note(parse_note(note[:place] + note[place + 1 :]), [key])


def test_no_cut_note_verifies(note: bytes, key: VerifierKey) -> None:
    for stop in range(len(note)):
        with pytest.raises(FormatError):
            open_note(parse_note(note[:stop]), [key])


@pytest.mark.parametrize("addition", [b"\n", b" ", b"\0", b"x", b"\n\n", b"\xe2\x80\x94 \n"])
def test_no_lengthened_note_verifies(note: bytes, key: VerifierKey, addition: bytes) -> None:
    with pytest.raises(FormatError):
        open_note(parse_note(note + addition), [key])


def test_no_other_bit_of_the_key_verifies(note: bytes, key: VerifierKey) -> None:
    for bit in range(256):
        other = (int.from_bytes(key.public, "big") ^ 1 << bit).to_bytes(32, "big")
        with pytest.raises(SignatureMismatch, match="none of the expected keys"):
            open_note(parse_note(note), [VerifierKey(key.name, other)])
