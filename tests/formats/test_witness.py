"""The call add-checkpoint: spelt as C2SP has it, and each answer of a witness means one thing."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.errors import FormatError, RemoteError
from custody.formats.note import NoteSignature, format_note, format_signatures, parse_note, parse_signatures
from custody.formats.witness import (
    MAX_REQUEST,
    AddCheckpoint,
    Answer,
    Conflict,
    Cosignatures,
    Unproven,
    format_request,
    parse_answer,
    parse_request,
)
from tests.formats.test_cosignature import BODY, OWNER, WITNESS
from tests.formats.values import nearly, read_back

NOTE = parse_note(f"{BODY}\n{OWNER}".encode())
HASHES = tuple(hashlib.sha256(bytes([number])).digest() for number in range(64))
# The example of c2sp.org/tlog-witness (commit 055270b5), with one signature.
EXAMPLE = f"""old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

{BODY}
{OWNER}""".encode()
FIRST = AddCheckpoint(0, (), NOTE)


def test_the_published_request_is_read() -> None:
    request = parse_request(EXAMPLE)
    assert (request.old, len(request.proof), request.note) == (20852014, 4, NOTE)


@given(st.integers(1, 20852162), st.integers(0, 63))
def test_a_request_is_read_back(old: int, count: int) -> None:
    request = AddCheckpoint(old, HASHES[:count], NOTE)
    assert parse_request(format_request(request)) == request


@given(nearly(EXAMPLE))
def test_a_request_that_is_read_is_written_alike(body: bytes) -> None:
    assert read_back(body, parse_request, format_request) in (body, None)


def test_the_first_request_has_no_proof() -> None:
    assert format_request(FIRST) == b"old 0\n\n" + format_note(NOTE)


def test_a_request_cut_at_any_byte_is_refused() -> None:
    read = [end for end in range(len(EXAMPLE)) if read_back(EXAMPLE[:end], parse_request, format_request)]
    assert read == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff" * 100,
        EXAMPLE.replace(b"old ", b"new "),
        EXAMPLE.replace(b"old 2", b"old 02"),
        EXAMPLE.replace(b"old 20852014", b"old 20852164"),
        EXAMPLE.replace(b"old 20852014", b"old 0"),
        EXAMPLE.replace(b"old 20852014", b"old 20852163"),
        EXAMPLE.replace(b"\n\n", b"\n" + b"PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n" * 60 + b"\n", 1),
        EXAMPLE.replace(b"PlRNCrwH", b"PlRN"),
        EXAMPLE + bytes(MAX_REQUEST),
    ],
    ids=[
        "empty",
        "garbage",
        "another word",
        "a leading zero",
        "larger than the checkpoint",
        "a proof from nothing",
        "a proof between equal sizes",
        "64 proof lines",
        "a short hash",
        "huge",
    ],
)
def test_such_a_request_is_refused(body: bytes) -> None:
    with pytest.raises(FormatError):
        parse_request(body)


def test_a_request_that_is_too_large_is_not_written() -> None:
    large = NoteSignature("x" * MAX_REQUEST, bytes(4), bytes(64))
    with pytest.raises(FormatError, match="too large for a witness"):
        format_request(replace(FIRST, note=replace(NOTE, signatures=(*NOTE.signatures, large))))


@pytest.mark.parametrize(
    ("status", "content_type", "body", "answer"),
    [
        (200, "", WITNESS.encode(), Cosignatures(parse_signatures(WITNESS))),
        (200, "text/plain", (WITNESS * 2).encode(), Cosignatures(parse_signatures(WITNESS * 2))),
        (409, "text/x.tlog.size", b"20852014\n", Conflict(20852014)),
        (409, "text/x.tlog.size", b"0\n", Conflict(0)),
        (409, "text/plain", b"20852014\n", Conflict(None)),
        (422, "text/html", b"<html>", Unproven()),
    ],
)
def test_an_answer_means(status: int, content_type: str, body: bytes, answer: Answer) -> None:
    assert parse_answer(status, content_type, body) == answer


REFUSALS = [
    (200, "", b"", "is no cosignature"),
    (200, "text/html", b"<html>Log in</html>", "is no cosignature"),
    (200, "", b"\xff\xfe", "is no cosignature"),
    (200, "", WITNESS.encode()[:-1], "is no cosignature"),
    (200, "", (WITNESS * 101).encode(), "is no cosignature"),
    (409, "text/x.tlog.size", b"", "does not say which"),
    (409, "text/x.tlog.size", b"50", "does not say which"),
    (409, "text/x.tlog.size", b"050\n", "does not say which"),
    (409, "text/x.tlog.size", b"\xb2\n", "does not say which"),
    (409, "text/x.tlog.size", b"9" * 10_000 + b"\n", "does not say which"),
    (400, "", b"", "did not understand"),
    (403, "", b"", "under another key"),
    (404, "", b"", "does not know this ledger"),
    (429, "", b"", "too often"),
    (500, "", b"", r"in trouble \(HTTP 500\)"),
    (302, "", b"", r"does not answer so \(HTTP 302\)"),
    (204, "", b"", r"does not answer so \(HTTP 204\)"),
]


@pytest.mark.parametrize(("status", "content_type", "body", "words"), REFUSALS)
def test_a_refusal_has_words_of_its_own(status: int, content_type: str, body: bytes, words: str) -> None:
    with pytest.raises(RemoteError, match=words):
        parse_answer(status, content_type, body)


def test_signature_lines_are_read_back() -> None:
    assert format_signatures(parse_signatures(WITNESS + OWNER)) == WITNESS + OWNER
