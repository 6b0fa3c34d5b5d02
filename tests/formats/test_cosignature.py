"""C2SP cosignatures: messages, lines and keys are spelt as the specification has them, and as they were written."""

import hashlib
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from custody.errors import FormatError, SignatureMismatch
from custody.formats.cosignature import (
    MAX_TIME,
    Cosignature,
    CosignerKey,
    cosigned_message,
    format_cosigner,
    format_line,
    named_key,
    own_cosigner,
    parse_cosigner,
    parse_line,
    verify_cosignature,
)
from custody.formats.encoding import format_base64
from custody.formats.note import NoteSignature, VerifierKey, format_vkey, parse_note
from tests.formats.values import nearly, read_back

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)
KEY = CosignerKey("witness.example/w1", PRIVATE.public_key().public_bytes_raw())
TIME = 1679315147
# The example of c2sp.org/tlog-cosignature (commit 01194db1). It names no public key: only its framing can be checked.
BODY = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
OWNER = (
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
    "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
WITNESS = (
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe"
    "+mbIUBkBIfZ+qnA==\n"
)
SIGNED = Cosignature(TIME, PRIVATE.sign(cosigned_message(BODY, TIME)))
VKEY = format_cosigner(KEY)

cosignatures = st.builds(Cosignature, st.integers(0, MAX_TIME), st.binary(min_size=64, max_size=64))
publics = st.binary(min_size=31, max_size=31).map(lambda rest: b"\x05" + rest)  # none of small order begins so
keys = st.builds(CosignerKey, st.sampled_from(["w", "a/b", "é", "x" * 200]), publics)


def test_the_published_message_is_spelt_so() -> None:
    assert cosigned_message(BODY, TIME) == f"cosignature/v1\ntime 1679315147\n{BODY}".encode()


def test_the_published_line_is_read() -> None:
    line = parse_note(f"{BODY}\n{OWNER}{WITNESS}".encode()).signatures[1]
    assert (line.name, line.key_id.hex(), parse_line(line).time) == ("witness.example.com/w1", "8d66cf3f", TIME)


def test_the_line_of_the_published_log_itself_is_no_cosignature() -> None:
    with pytest.raises(FormatError, match="not a cosignature/v1 line"):
        parse_line(parse_note(f"{BODY}\n{OWNER}{WITNESS}".encode()).signatures[0])


def test_the_key_id_is_that_of_the_specification() -> None:
    assert KEY.key_id == hashlib.sha256(b"witness.example/w1\n\x04" + KEY.public).digest()[:4]


@given(keys, cosignatures)
def test_a_line_is_read_back(key: CosignerKey, cosignature: Cosignature) -> None:
    line = format_line(key, cosignature)
    assert (line.name, line.key_id, parse_line(line)) == (key.name, key.key_id, cosignature)


@given(st.binary(max_size=80))
def test_a_blob_that_is_read_is_written_alike(blob: bytes) -> None:
    line = NoteSignature(KEY.name, KEY.key_id, blob)
    try:
        cosignature = parse_line(line)
    except FormatError:
        return
    assert format_line(KEY, cosignature) == line


@given(keys)
def test_a_vkey_is_read_back(key: CosignerKey) -> None:
    assert parse_cosigner(format_cosigner(key)) == key


@given(nearly(VKEY.encode()))
def test_a_vkey_that_is_read_is_written_alike(data: bytes) -> None:
    text = data.decode("utf-8", "replace").encode()
    assert read_back(text, lambda one: parse_cosigner(one.decode()), lambda key: format_cosigner(key).encode()) in (
        text,
        None,
    )


@pytest.mark.parametrize("end", range(len(VKEY)))
def test_a_cut_vkey_is_refused(end: int) -> None:
    with pytest.raises(FormatError):
        parse_cosigner(VKEY[:end])


def test_a_checkpoint_key_is_no_cosigner() -> None:
    with pytest.raises(FormatError, match="type 04"):
        parse_cosigner(format_vkey(VerifierKey(KEY.name, KEY.public)))


def test_a_vkey_with_the_id_of_another_name_is_refused() -> None:
    with pytest.raises(FormatError, match="id is not that of its name and key"):
        parse_cosigner("w2" + VKEY.removeprefix(KEY.name))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\tb", "a\x01b", "a\u2028b", "a\ud800b"])
def test_a_key_with_such_a_name_is_refused(name: str) -> None:
    with pytest.raises(FormatError):
        CosignerKey(name, KEY.public)


@pytest.mark.parametrize("size", [0, 31, 33, 1312])
def test_a_key_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(FormatError, match="32 bytes"):
        CosignerKey("w", bytes(size))


@pytest.mark.parametrize("time", [-1, MAX_TIME + 1, 2**63])
def test_a_time_that_no_statement_holds_is_refused(time: int) -> None:
    with pytest.raises(FormatError, match="below 2\\^53"):
        Cosignature(time, bytes(64))


def test_a_key_under_which_anything_passes_as_signed_is_refused() -> None:
    with pytest.raises(FormatError, match="anything passes"):
        CosignerKey("w", bytes(32))


def test_a_line_with_such_a_time_is_refused() -> None:
    with pytest.raises(FormatError, match="below 2\\^53"):
        parse_line(NoteSignature(KEY.name, KEY.key_id, b"\xff" * 8 + bytes(64)))


@pytest.mark.parametrize("size", [0, 63, 65, 2420])
def test_a_signature_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(FormatError, match="64 bytes"):
        Cosignature(0, bytes(size))


def test_a_cosignature_holds_for_its_checkpoint_and_time() -> None:
    verify_cosignature(KEY, BODY, SIGNED)


@pytest.mark.parametrize(
    ("key", "body", "cosignature"),
    [
        (KEY, BODY, replace(SIGNED, time=TIME + 1)),
        (KEY, BODY.replace("20852163", "20852164"), SIGNED),
        (own_cosigner(bytes([9]) * 32), BODY, SIGNED),
        (KEY, BODY, replace(SIGNED, signature=PRIVATE.sign(BODY.encode()))),
    ],
    ids=["other time", "other size", "other key", "signed as a log would"],
)
def test_a_cosignature_holds_for_nothing_else(key: CosignerKey, body: str, cosignature: Cosignature) -> None:
    with pytest.raises(SignatureMismatch):
        verify_cosignature(key, body, cosignature)


@given(publics)
def test_an_own_key_is_told_by_its_name(public: bytes) -> None:
    assert named_key(own_cosigner(public).name) == own_cosigner(public)


def test_another_name_tells_no_key() -> None:
    assert named_key(KEY.name) is None


@pytest.mark.parametrize("rest", ["", "ab", "AB" * 32, "ab" * 31, "ab" * 33, "g" * 64, "ab" * 32 + "/x"])
def test_a_name_that_only_begins_like_an_own_one_is_refused(rest: str) -> None:
    with pytest.raises(FormatError, match="32 bytes of lower-case hexadecimal"):
        named_key(f"custody-cosigner/{rest}")


def test_the_fingerprint_is_that_of_the_public_key() -> None:
    assert KEY.fingerprint == hashlib.sha256(KEY.public).digest()


def test_the_vkey_is_spelt_out() -> None:
    assert f"{KEY.name}+{KEY.key_id.hex()}+{format_base64(bytes([4]) + KEY.public)}" == VKEY
