"""Checkpoint files: one spelling a value, bounded in all that a stranger chooses, and believed under a key only."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from custody.errors import FormatError, SignatureMismatch
from custody.formats.checkpoint import Checkpoint, format_checkpoint
from custody.formats.checkpointfile import (
    MAX_BLOCKS,
    MAX_FILE,
    CheckpointFile,
    EarlierSize,
    format_checkpoint_file,
    open_checkpoint,
    parse_checkpoint_file,
)
from custody.formats.encoding import format_base64
from custody.formats.note import (
    MAX_SIGNATURES,
    NoteSignature,
    VerifierKey,
    format_note,
    format_vkey,
    parse_note,
    sign_note,
)
from tests.formats.values import nearly, read_back

ORIGIN = "custody/" + "ab" * 32
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes([5]) * 32)
KEY = VerifierKey(ORIGIN, PRIVATE.public_key().public_bytes_raw())
POINT = Checkpoint(ORIGIN, 100, hashlib.sha256(b"root").digest())
NOTE = sign_note(format_checkpoint(POINT), [(KEY, PRIVATE.sign)])
HASHES = tuple(hashlib.sha256(bytes([number])).digest() for number in range(64))
FILE = CheckpointFile(NOTE, KEY, (EarlierSize(3, HASHES[:7]), EarlierSize(64, HASHES[:1])))
DATA = format_checkpoint_file(FILE)
BARE = format_note(NOTE)

earlier = st.lists(st.integers(1, 99), unique=True, max_size=MAX_BLOCKS).flatmap(
    lambda sizes: st.tuples(
        *(
            st.builds(EarlierSize, st.just(size), st.integers(1, 64).map(lambda count: HASHES[:count]))
            for size in sorted(sizes)
        )
    )
)
files = st.builds(CheckpointFile, st.just(NOTE), st.just(KEY), earlier)


def lines(*header: str) -> bytes:
    """A file with this header."""
    return "".join(f"{line}\n" for line in [*header, ""]).encode() + BARE


def test_a_file_is_spelt_out() -> None:
    old = [f"old {one.old}\n" + "".join(f"{format_base64(value)}\n" for value in one.proof) for one in FILE.earlier]
    header = f"custody-checkpoint/v1\nkey {format_vkey(KEY)}\n{old[0]}{old[1]}\n"
    assert header.encode() + BARE == DATA


@given(files)
def test_a_file_is_read_back(file: CheckpointFile) -> None:
    assert parse_checkpoint_file(format_checkpoint_file(file)) == file


@given(nearly(DATA) | nearly(BARE))
def test_bytes_that_are_read_are_written_alike(data: bytes) -> None:
    assert read_back(data, parse_checkpoint_file, format_checkpoint_file) in (data, None)


def test_a_bare_note_is_read_too() -> None:
    assert parse_checkpoint_file(BARE) == CheckpointFile(NOTE)


def test_a_bare_note_is_written_as_it_is() -> None:
    assert format_checkpoint_file(CheckpointFile(NOTE)) == BARE


def test_a_file_cut_at_any_byte_is_refused() -> None:
    read = [end for end in range(len(DATA)) if read_back(DATA[:end], parse_checkpoint_file, format_checkpoint_file)]
    assert read == []


def test_the_checkpoint_is_believed_under_its_key() -> None:
    assert open_checkpoint(parse_checkpoint_file(DATA), KEY) == POINT


def test_the_checkpoint_is_not_believed_under_another_key() -> None:
    with pytest.raises(SignatureMismatch):
        open_checkpoint(FILE, VerifierKey(ORIGIN, bytes([9]) * 32))


def test_the_proof_of_a_size_is_found() -> None:
    assert (FILE.proof_from(64), FILE.proof_from(5)) == (HASHES[:1], None)


VKEY = f"key {format_vkey(KEY)}"
HASH = format_base64(HASHES[0])
HEADER = "custody-checkpoint/v1"
REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "ends with an empty line"),
    "garbage": (bytes(range(256)), "UTF-8"),
    "a header alone": (HEADER.encode() + b"\n", "empty line between its header"),
    "no key": (lines(HEADER), "names the ledger's key"),
    "no key but a proof": (lines(HEADER, "old 3", HASH), "names the ledger's key"),
    "two keys": (lines(HEADER, VKEY, VKEY), 'begins with a line "old"'),
    "another version": (lines("custody-checkpoint/v2", VKEY), "three lines"),
    "a key of another ledger": (lines(HEADER, f"key {format_vkey(replace(KEY, name='a/b'))}"), "another ledger"),
    "a key that is none": (lines(HEADER, "key custody/x"), "base64|Ed25519"),
    "a hash before a size": (lines(HEADER, VKEY, HASH), 'begins with a line "old"'),
    "a proof without hashes": (lines(HEADER, VKEY, "old 3"), "1 to 64 hashes, not 0"),
    "a proof of 65 hashes": (lines(HEADER, VKEY, "old 3", *[HASH] * 65), "1 to 64 hashes, not 65"),
    "a hash of 31 bytes": (lines(HEADER, VKEY, "old 3", format_base64(bytes(31))), "a hash has 32 bytes"),
    "a hash in another spelling": (lines(HEADER, VKEY, "old 3", HASH.rstrip("=")), "base64"),
    "size 0": (lines(HEADER, VKEY, "old 0", HASH), "nothing is shown"),
    "size 03": (lines(HEADER, VKEY, "old 03", HASH), "plain decimal"),
    "size -3": (lines(HEADER, VKEY, "old -3", HASH), "plain decimal"),
    "a size of a thousand digits": (lines(HEADER, VKEY, f"old {'9' * 1000}", HASH), "plain decimal"),
    "the size of the checkpoint": (lines(HEADER, VKEY, "old 100", HASH), "smaller than that of the checkpoint"),
    "a size twice": (lines(HEADER, VKEY, "old 3", HASH, "old 3", HASH), "ascend"),
    "sizes out of order": (lines(HEADER, VKEY, "old 4", HASH, "old 3", HASH), "ascend"),
    "65 proofs": (lines(HEADER, VKEY, *[one for size in range(1, 66) for one in (f"old {size}", HASH)]), "at most 64"),
    "a header of 5,000 lines": (lines(HEADER, VKEY, *["old 3"] * 5000), "longer than any"),
    "other line ends": (DATA.replace(b"\n", b"\r\n"), "control|empty line"),
    "a line more at the end": (DATA + b"\n", "ends with an empty line|signature line"),
    "a huge file": (DATA + bytes(MAX_FILE), "larger than 1048576"),
    "10,000 signatures": (DATA + (DATA.rsplit(b"\n", 2)[1] + b"\n") * 9_999, "1 to 100 signatures, not 10000|larger"),
    "101 signatures": (DATA + (DATA.rsplit(b"\n", 2)[1] + b"\n") * MAX_SIGNATURES, "1 to 100 signatures, not 101"),
    "a note that is no checkpoint": (format_note(sign_note("hello\n", [(KEY, PRIVATE.sign)])), "three lines"),
    "a checkpoint of nobody": (
        format_note(replace(NOTE, signatures=(NoteSignature("a/b", bytes(4), bytes(64)),))),
        "did not sign",
    ),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_with_words_of_its_own(data: bytes, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        parse_checkpoint_file(data)


@pytest.mark.parametrize(
    "make",
    [
        lambda: CheckpointFile(NOTE, None, FILE.earlier),
        lambda: CheckpointFile(replace(NOTE, unverified_text="custody-checkpoint/v1\n" + NOTE.unverified_text[73:])),
    ],
    ids=["proofs without a key", "an origin that looks like the header"],
)
def test_what_would_be_read_as_something_else_cannot_be_made(make: Callable[[], CheckpointFile]) -> None:
    with pytest.raises(FormatError, match="names the ledger's key"):
        make()


def test_a_file_of_more_than_the_most_is_not_written() -> None:
    large = NoteSignature("x" * 900_000, bytes(4), bytes(250_000))
    with pytest.raises(FormatError, match="larger than"):
        format_checkpoint_file(replace(FILE, note=replace(NOTE, signatures=(*NOTE.signatures, large))))


def test_a_note_of_the_largest_size_is_read() -> None:
    name = "x" * 1000
    more = tuple(NoteSignature(name, bytes(4), bytes(72)) for _ in range(MAX_SIGNATURES - 1))
    data = format_note(replace(NOTE, signatures=(*NOTE.signatures, *more)))
    assert parse_checkpoint_file(data).note == parse_note(data)
