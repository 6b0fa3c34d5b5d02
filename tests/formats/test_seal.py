"""Seals: opened by exactly what was sealed, in exactly the place where it was."""

import base64
import hashlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.errors import FormatError, VerificationError
from custody.formats.seal import MAX_VALUE, Opening, Sealed, open_seal, read_sealed, seal
from tests.formats.values import json_values, texts
from tests.oracles import canonical as oracle

CASE = "ab" * 32
KIND = "collected/v1"
SALT = bytes(range(16))
OPENING = Opening.of("/name", SALT, {"text": "фото 2.jpg"})
SEALED = seal(CASE, KIND, OPENING)

salts = st.binary(min_size=16, max_size=16)


@given(texts, texts, texts, salts, json_values)
def test_seal_is_the_hash_that_the_format_names(case: str, kind: str, pointer: str, salt: bytes, value: Any) -> None:
    content = oracle.encode(["custody-seal/v1", case, kind, pointer, base64.b64encode(salt).decode(), value])
    expected = Sealed(base64.b64encode(hashlib.sha256(content).digest()).decode())
    assert seal(case, kind, Opening.of(pointer, salt, value)) == expected


@given(texts, salts, json_values)
def test_sealed_value_is_returned(pointer: str, salt: bytes, value: Any) -> None:
    opening = Opening.of(pointer, salt, value)
    assert open_seal(seal(CASE, KIND, opening), CASE, KIND, opening) == value


@pytest.mark.parametrize("encoded", [b' "x"', b"1.0", b'{"b":1,"a":2}', b"", b'"\xff"'])
def test_a_sealed_value_in_another_spelling_is_no_value(encoded: bytes) -> None:
    opening = Opening("/name", SALT, encoded)
    with pytest.raises(FormatError):
        open_seal(seal(CASE, KIND, opening), CASE, KIND, opening)


@pytest.mark.parametrize(
    ("case", "kind", "opening"),
    [
        pytest.param("cd" * 32, KIND, OPENING, id="another case"),
        pytest.param(CASE, "noted/v1", OPENING, id="another type"),
        pytest.param(CASE, KIND, Opening.of("/note", SALT, {"text": "фото 2.jpg"}), id="another field"),
        pytest.param(CASE, KIND, Opening.of("/name", bytes(16), {"text": "фото 2.jpg"}), id="another salt"),
        pytest.param(CASE, KIND, Opening.of("/name", SALT, {"text": "фото 3.jpg"}), id="another value"),
        pytest.param(CASE, KIND, Opening.of("/name", SALT, "фото 2.jpg"), id="the value in another shape"),
        pytest.param(CASE, KIND, Opening.of("/name", SALT, None), id="no value"),
        pytest.param(CASE + KIND, "", OPENING, id="type moved into the case"),
    ],
)
def test_seal_is_not_opened_by_anything_else(case: str, kind: str, opening: Opening) -> None:
    with pytest.raises(VerificationError, match="is not the one that was sealed"):
        open_seal(SEALED, case, kind, opening)


@pytest.mark.parametrize(("value", "twin"), [(True, 1), (False, 0), (1, "1"), (None, "null"), ([], {}), ("", [])])
def test_values_that_look_alike_have_other_seals(value: Any, twin: Any) -> None:
    assert seal(CASE, KIND, Opening.of("/a", SALT, value)) != seal(CASE, KIND, Opening.of("/a", SALT, twin))


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_salt_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(FormatError, match="a salt has 16 bytes"):
        Opening.of("/name", bytes(size), None)


@pytest.mark.parametrize("value", [1.5, 2**53, "\0", "\ud800", b"bytes"])
def test_value_without_a_canonical_form_is_not_sealed(value: Any) -> None:
    with pytest.raises(FormatError):
        seal(CASE, KIND, Opening.of("/name", SALT, value))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(base64.b64encode(bytes(31)).decode(), id="31 bytes"),
        pytest.param(base64.b64encode(bytes(33)).decode(), id="33 bytes"),
        pytest.param(base64.b64encode(bytes(32)).decode().rstrip("="), id="no padding"),
        pytest.param(base64.urlsafe_b64encode(b"\xff" * 32).decode(), id="url alphabet"),
        pytest.param(bytes(32).hex(), id="hexadecimal"),
        pytest.param(SEALED.sealed + "\n", id="line feed after"),
    ],
)
def test_seal_that_is_no_sha_256_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        read_sealed({"sealed": text})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode({"sealed": text}), type=Sealed)


def test_seal_is_read_back() -> None:
    assert msgspec.json.decode(msgspec.json.encode(SEALED), type=Sealed) == SEALED


def test_a_value_that_is_too_long_to_be_kept_opens_nothing() -> None:
    Opening("/text", SALT, bytes(MAX_VALUE))
    with pytest.raises(FormatError, match="at most"):
        Opening("/text", SALT, bytes(MAX_VALUE + 1))
