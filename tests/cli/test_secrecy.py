"""What must not stand in clear in ledger.db, in any spelling; and what is left when openings.db is gone."""

import base64
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli import smallcase
from tests.cli.smallcase import Place

SECRETS = {
    "title": smallcase.TITLE,
    "lead's name": smallcase.NAME,
    "organisation": smallcase.ORGANISATION,
    "file name": smallcase.PHOTO_NAME,
    "folder name": smallcase.CHAT_NAME,
    "name of a part": "voice-0001.ogg",
    "name of a file that failed": smallcase.MISSING_NAME,
    "path": f"found/{smallcase.PHOTO_NAME}",
    "typed text": smallcase.TYPED,
    "digest of the typed text": smallcase.TYPED_DIGEST,
    "note": smallcase.NOTE,
    "description": smallcase.DESCRIPTION,
    "found at": smallcase.FOUND_AT,
    "persona": smallcase.PERSONA,
    "place": smallcase.PLACE,
}


def base64_forms(data: bytes) -> Iterator[bytes]:
    """The three ways in which bytes show inside a longer base64 text, without the characters that neighbours share."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + data)
        first = -(-before * 8 // 6)
        last = (before + len(data)) * 8 // 6
        yield text[first:last]


def spellings(text: str) -> set[bytes]:
    """The text in every spelling that somebody would search for."""
    found: set[bytes] = set()
    for data in (text.encode(), text.encode("utf-16-le"), json.dumps(text)[1:-1].encode()):
        found |= {data, data.hex().encode(), data.hex().upper().encode(), *base64_forms(data)}
    if len(text) == 64:  # a digest
        raw = bytes.fromhex(text)
        found |= {raw, *base64_forms(raw)}
    return found


def haystack(place: Place) -> bytes:
    """ledger.db as it lies there, every envelope, every decoded payload, and every base64 value in them, decoded."""
    found = [(place.case / "ledger.db").read_bytes()]
    with sqlite3.connect(place.case / "ledger.db") as database:
        envelopes = [bytes(row[0]) for row in database.execute("SELECT envelope FROM entries")]
    assert len(envelopes) == smallcase.RECORDS
    for envelope in envelopes:
        payload = base64.b64decode(json.loads(envelope)["payload"])
        found += [envelope, payload]
        found += [base64.b64decode(text) for text in strings(json.loads(payload)) if is_base64(text)]
    return b"\0\0".join(found)


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def is_base64(text: str) -> bool:
    try:
        return len(text) >= 8 and bool(base64.b64decode(text, validate=True))
    except ValueError:
        return False


@pytest.mark.parametrize("what", SECRETS)
def test_no_secret_stands_in_clear_in_the_ledger(ready_small: Path, what: str) -> None:
    everything = haystack(smallcase.at(ready_small))
    assert [spelling for spelling in spellings(SECRETS[what]) if spelling in everything] == []


@pytest.mark.parametrize("clear", [smallcase.REFERENCE, smallcase.PHOTO_DIGEST, smallcase.TOOL, "image/jpeg"])
def test_what_is_meant_to_be_in_clear_is_found_by_the_same_search(ready_small: Path, clear: str) -> None:
    everything = haystack(smallcase.at(ready_small))
    found = {spelling for spelling in spellings(clear) if spelling in everything}
    assert clear.encode() in found  # in a decoded payload
    assert found & set(base64_forms(clear.encode()))  # in the database itself


def test_the_secrets_are_in_the_openings(ready_small: Path) -> None:
    """Or the test above would pass for values that were never recorded."""
    openings = (smallcase.at(ready_small).case / "openings.db").read_bytes()
    kept = {what for what, secret in SECRETS.items() if any(one in openings for one in spellings(secret))}
    assert kept == set(SECRETS) - {"name of a part", "typed text"}  # those are evidence: a parts list, an object


def test_without_openings_everything_that_is_in_clear_still_verifies(small: Place) -> None:
    (small.case / "openings.db").unlink()
    done = small.custody("verify", "--json")
    assert done.exit == 8
    questions = done.json["questions"]
    assert {name: questions[name]["verdict"] for name in questions} == {
        "integrity": "indeterminate",
        "signers": "passed",
        "time": "indeterminate",
        "custody": "passed",
        "completeness": "indeterminate",
    }
    assert done.json["items"] == {"matching": 2, "total": 3}
    assert questions["integrity"]["sentence"] == (
        "2 of 3 items match. JD-3 cannot be compared: what was recorded can't be read or believed."
    )
    assert [(one["code"], one["about"], one["verdict"]) for one in questions["integrity"]["findings"]] == [
        ("item-unjudged", "JD-3", "indeterminate"),
        ("item-unjudged", "JD-2", "indeterminate"),
        ("object-unrecorded", "the evidence folder", "passed"),
    ]
    assert [(one["code"], one["about"]) for one in questions["completeness"]["findings"]] == [
        ("opening-missing", "openings.db"),
        ("nothing-to-compare", "the record"),
    ]
    assert "A backup of openings.db settles it." in questions["completeness"]["findings"][0]["message"]


def test_without_openings_names_and_texts_are_shown_as_sealed(small: Place) -> None:
    (small.case / "openings.db").unlink()
    status = small.custody("status")
    assert status.exit == 0
    assert "Title    (sealed; openings.db is not here)\n" in status.out
    shown = small.custody("show", "1", "--json").json
    assert (shown["opened"], shown["notes"][0]["text"]) == ({}, None)
    listed = small.custody("items")
    assert listed.exit == 0
    words = small.custody("show", "1")
    assert words.exit == 0
    for secret in (smallcase.PHOTO_NAME, smallcase.NOTE, smallcase.NAME, smallcase.PLACE):
        assert secret not in listed.out + words.out + status.out
