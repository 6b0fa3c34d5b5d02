"""The signed record: one spelling, in order, nothing twice, nothing without bounds."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from custody.errors import FormatError
from custody.formats import record as records
from custody.formats.record import (
    ProvenEntry,
    ProvenRoot,
    Record,
    RecordLedger,
    RecordOpening,
    format_record,
    parse_record,
)
from custody.formats.seal import Opening
from tests.oracles import canonical

A, B, C = ("a" * 64, "b" * 64, "c" * 64)
HASHES = tuple(hashlib.sha256(bytes([one])).digest() for one in range(5))
OBJECTS = tuple(sorted((b"a token", b"a list"), key=lambda one: hashlib.sha256(one).digest()))
RECORD = Record(
    case=C,
    ledgers=(
        RecordLedger(
            ledger=A,
            size=9,
            root=HASHES[0],
            checkpoint="custody/…\n".encode(),
            entries=(
                ProvenEntry(envelope=b'{"payload":"a \\" b"}', position=0, proof=HASHES),
                ProvenEntry(envelope=b"{}", position=8, proof=()),
            ),
            consistency=(
                ProvenRoot(size=1, root=HASHES[1], proof=HASHES[:2]),
                ProvenRoot(size=8, root=HASHES[2], proof=HASHES[:1]),
            ),
        ),
        RecordLedger(ledger=B, size=1, root=HASHES[3], checkpoint=None, entries=(), consistency=()),
    ),
    objects=OBJECTS,
    openings=(
        RecordOpening(A, Opening("/name", bytes(16), b'{"text":"IMG.jpg"}')),
        RecordOpening(A, Opening("/size", bytes(16), b"5")),
        RecordOpening(B, Opening("/digest", bytes(range(16)), b'"ab"')),
    ),
)
DATA = format_record(RECORD)


def test_what_is_written_is_read() -> None:
    assert parse_record(DATA) == RECORD


def test_it_is_canonical_json() -> None:
    assert canonical.encode(json.loads(DATA)) == DATA


def test_what_it_is_stands_at_its_end() -> None:
    assert DATA.endswith(b',"type":"custody-record/v2"}')


def test_it_is_refused_wherever_it_is_cut_short() -> None:
    for length in range(len(DATA)):
        with pytest.raises(FormatError):
            parse_record(DATA[:length])


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"null", b"\xff", b"[" * 100_000, DATA + b"\n", b" " + DATA])
def test_what_is_no_record_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        parse_record(data)


def first(content: dict[str, Any]) -> Any:
    return content["ledgers"][0]


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another type": lambda it: it.update(type="custody-record/v1"),
    "no type": lambda it: it.pop("type"),
    "a member more": lambda it: it.update(more=1),
    "no ledger": lambda it: it.update(ledgers=[]),
    "ledgers out of order": lambda it: it["ledgers"].reverse(),
    "a ledger twice": lambda it: it["ledgers"].append(it["ledgers"][1]),
    "a case that is no id": lambda it: it.update(case="A" * 64),
    "a ledger that is no id": lambda it: first(it).update(ledger="../x"),
    "a root that is none": lambda it: first(it).update(root="ab"),
    "an empty ledger": lambda it: it["ledgers"][1].update(size=0),
    "a size below none": lambda it: it["ledgers"][1].update(size=-1),
    "a size beyond all numbers": lambda it: it["ledgers"][1].update(size=2**53),
    "a size with a fraction": lambda it: it["ledgers"][1].update(size=1.5),
    "a size that is true": lambda it: it["ledgers"][1].update(size=True),
    "a note that is none": lambda it: first(it).update(checkpoint=5),
    "a member more of a ledger": lambda it: first(it).update(more=1),
    "entries out of order": lambda it: first(it)["entries"].reverse(),
    "an entry twice": lambda it: first(it)["entries"].append(first(it)["entries"][1]),
    "an entry beyond the end": lambda it: first(it)["entries"][1].update(position=9),
    "an entry before the first": lambda it: first(it)["entries"][0].update(position=-1),
    "an entry without a proof": lambda it: first(it)["entries"][0].pop("proof"),
    "a proof of a short hash": lambda it: first(it)["entries"][0]["proof"].append("AAAA"),
    "a proof longer than any tree": lambda it: first(it)["entries"][0].update(
        proof=[base64.b64encode(bytes(32)).decode()] * 65
    ),
    "a proof in another spelling": lambda it: first(it)["entries"][0].update(
        proof=[base64.b64encode(bytes(32)).decode()[:-2] + "B="]
    ),
    "an envelope that is too long": lambda it: first(it)["entries"][0].update(envelope="x" * 65_536),
    "proofs of sizes out of order": lambda it: first(it)["consistency"].reverse(),
    "a proof from the end": lambda it: first(it)["consistency"][1].update(size=9),
    "a proof from nothing": lambda it: first(it)["consistency"][0].update(size=0),
    "objects out of order": lambda it: it["objects"].reverse(),
    "an object twice": lambda it: it["objects"].append(it["objects"][1]),
    "an object in another alphabet": lambda it: it.update(objects=["-_-_"]),
    "openings out of order": lambda it: it["openings"].reverse(),
    "an opening twice": lambda it: it["openings"].append(it["openings"][2]),
    "a short salt": lambda it: it["openings"][0].update(salt="AAAA"),
    "a statement that is no id": lambda it: it["openings"][0].update(statement=""),
    "a value that canonical JSON has not": lambda it: it["openings"][0].update(value=1.5),
    "a value that is nested too deeply": lambda it: it["openings"][0].update(value=json.loads("[" * 20 + "]" * 20)),
    "a pointer with a NUL": lambda it: it["openings"][0].update(pointer="/a\0"),
    "a pointer that is too long": lambda it: it["openings"][0].update(pointer="/" + "a" * 1000),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_record_with_one_fault_is_refused(what: str) -> None:
    content = json.loads(DATA)
    CHANGES[what](content)
    with pytest.raises(FormatError):
        parse_record(json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())


def test_a_half_character_is_refused() -> None:
    with pytest.raises(FormatError):
        parse_record(DATA.replace(b"IMG.jpg", b"\\ud800"))


def test_too_much_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_RECORD", len(DATA) - 1)
    with pytest.raises(FormatError, match="is larger than"):
        parse_record(DATA)


def test_too_much_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_RECORD", len(DATA) - 1)
    with pytest.raises(FormatError, match="is larger than"):
        format_record(RECORD)


def test_an_object_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_LISTED_OBJECT", 6)
    with pytest.raises(FormatError, match="an object of more than"):
        parse_record(DATA)
