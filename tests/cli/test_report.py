"""`custody report`: a signed PDF whose attachment leads to the checkpoint it states, checked without our code."""

import base64
import hashlib
import io
import json
import re
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdf
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.cli import smallcase
from tests.cli.commandline import Done, tree
from tests.cli.smallcase import CHAT_DIGEST, PHOTO_DIGEST, Place


@pytest.fixture(scope="module")
def reported(ready_small: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Done]:
    """A report on everything: the place, and what was said. Not to be changed."""
    place = smallcase.copied(ready_small, tmp_path_factory.mktemp("reported") / "place")
    done = place.custody("report", "-o", "../report.pdf", "--json")
    assert done.exit == 0, done
    return place, done


def attachment(path: Path) -> Any:
    """The attached record, and that it is canonical."""
    (data,) = pypdf.PdfReader(path).attachments["custody-record.json"]
    value = json.loads(data)
    assert canonical(value) == data
    return value


def canonical(value: object) -> bytes:
    """Good enough for records without astral member names: JSON with sorted members and no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def included(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """The root to which an inclusion proof leads: RFC 9162 section 2.1.3.2, word for word."""
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        assert sn != 0
        if fn & 1 or fn == sn:
            r = hashlib.sha256(b"\1" + p + r).digest()
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = hashlib.sha256(b"\1" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    return r


def checked_record(record: Any) -> dict[str, Any]:
    """Check an attached record as docs/format.md sections 4 to 7 and 12 say; its statements by id."""
    text, _, signature = record["checkpoint"].partition("\n\n")
    origin, size, root = text.split("\n")
    assert origin == f"custody/{record['ledger']}"
    statements = {}
    for entry in record["entries"]:
        envelope = json.loads(entry["envelope"])
        payload = base64.b64decode(envelope["payload"])
        statement = json.loads(payload)
        statements[hashlib.sha256(payload).hexdigest()] = statement
        leaf = hashlib.sha256(b"\0" + entry["envelope"].encode()).digest()
        proof = [base64.b64decode(one) for one in entry["proof"]]
        assert included(leaf, entry["position"], int(size), proof) == base64.b64decode(root)
        assert (statement["position"], statement["case"], statement["ledger"]) == (
            entry["position"],
            record["case"],
            record["ledger"],
        )
    (opening,) = [one for one in statements.values() if one["position"] == 0]
    lead = opening["body"]["lead"]
    key_id = hashlib.sha256(base64.b64decode(lead["key"])).hexdigest()
    nonce = opening["body"]["nonce"]
    assert record["case"] == hashlib.sha256(f"custody-case/v1\n{key_id}\n{nonce}".encode()).hexdigest()
    key = load_der_public_key(base64.b64decode(lead["key"]))
    assert isinstance(key, EllipticCurvePublicKey)
    for entry in record["entries"]:
        envelope = json.loads(entry["envelope"])
        payload, kind = base64.b64decode(envelope["payload"]), envelope["payloadType"].encode()
        raw = base64.b64decode(envelope["signatures"][0]["sig"])
        pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
        signature_der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        key.verify(signature_der, pae, ECDSA(SHA256()))
        assert envelope["signatures"][0]["keyid"] == key_id
    checkpoint_key = base64.b64decode(lead["checkpoint_key"])
    blob = base64.b64decode(signature.split(" ")[2])
    Ed25519PublicKey.from_public_bytes(checkpoint_key).verify(blob[4:], f"{text}\n".encode())
    for one in record["openings"]:
        statement = statements[one["statement"]]
        sealed: Any = statement["body"]
        for name in one["pointer"].split("/")[1:]:
            sealed = sealed[name]
        committed = canonical(
            [
                "custody-seal/v1",
                statement["case"],
                statement["body"]["type"],
                one["pointer"],
                one["salt"],
                one["value"],
            ]
        )
        assert sealed == {"sealed": base64.b64encode(hashlib.sha256(committed).digest()).decode()}
    return statements


def test_it_says_what_was_written_and_recorded(reported: tuple[Place, Done]) -> None:
    place, done = reported
    pdf = (place.folder / "report.pdf").read_bytes()
    assert done.json == {
        "digest": hashlib.sha256(pdf).hexdigest(),
        "file": "../report.pdf",
        "items": 3,
        "record": smallcase.RECORDS,
        "verdict": "indeterminate",
    }
    assert done.err == ""


def test_the_record_names_the_pdf_and_the_checkpoint_before_it(reported: tuple[Place, Done]) -> None:
    place, done = reported
    with sqlite3.connect(place.case / "ledger.db") as database:
        rows = database.execute("SELECT envelope FROM entries ORDER BY position").fetchall()
    body = json.loads(base64.b64decode(json.loads(rows[-1][0])["payload"]))["body"]
    note = attachment(place.folder / "report.pdf")["checkpoint"].split("\n")
    assert body == {
        "checkpoint_root": base64.b64decode(note[2]).hex(),
        "checkpoint_size": smallcase.RECORDS,
        "digest": done.json["digest"],
        "items": 3,
        "size": (place.folder / "report.pdf").stat().st_size,
        "type": "reported/v1",
        "whole": True,
    }


def test_pdfsig_finds_the_signature_valid(reported: tuple[Place, Done], program: Callable[[str], Path]) -> None:
    place, _ = reported
    said = subprocess.run(
        [program("pdfsig"), "-nocert", "report.pdf"], cwd=place.folder, capture_output=True, text=True, check=True
    ).stdout
    assert said.count("Signature Validation: Signature is Valid.") == 1
    assert "Total document signed" in said
    assert f"Signer Certificate Common Name: {smallcase.NAME}" in said


def test_a_changed_byte_of_the_pdf_breaks_the_signature(
    reported: tuple[Place, Done], program: Callable[[str], Path], tmp_path: Path
) -> None:
    place, _ = reported
    data = bytearray((place.folder / "report.pdf").read_bytes())
    data[200] ^= 1
    (tmp_path / "changed.pdf").write_bytes(data)
    said = subprocess.run(
        [program("pdfsig"), "-nocert", tmp_path / "changed.pdf"], capture_output=True, text=True, check=False
    ).stdout
    assert "Signature is Valid" not in said


def test_the_attached_record_leads_to_the_checkpoint(reported: tuple[Place, Done]) -> None:
    place, _ = reported
    record = attachment(place.folder / "report.pdf")
    assert set(record) == {"case", "checkpoint", "entries", "ledger", "openings", "type"}
    assert record["type"] == "custody-record/v1"
    statements = checked_record(record)
    assert sorted((one["position"], one["body"]["type"], one["item"]) for one in statements.values()) == [
        (0, "case-opened/v1", None),
        (1, "collected/v1", "JD-1"),
        (2, "collected/v1", "JD-2"),
        (3, "attempted/v1", None),
        (4, "collected/v1", "JD-3"),
        (5, "noted/v1", "JD-1"),
    ]


def test_a_record_with_a_changed_envelope_leads_nowhere(reported: tuple[Place, Done]) -> None:
    """The check above can fail."""
    place, _ = reported
    record = attachment(place.folder / "report.pdf")
    record["entries"][1]["envelope"] = record["entries"][1]["envelope"].replace('"sig":"', '"sig": "')
    with pytest.raises(AssertionError):
        checked_record(record)


def test_paths_persona_place_notes_and_machine_stay_sealed(reported: tuple[Place, Done]) -> None:
    place, _ = reported
    record = attachment(place.folder / "report.pdf")
    assert {one["pointer"] for one in record["openings"]} == {
        "/description",
        "/digest",
        "/found_at",
        "/lead/certificate",
        "/lead/name",
        "/lead/organisation",
        "/name",
        "/size",
        "/title",
    }


def test_the_page_shows_digests_reference_and_the_five_answers(reported: tuple[Place, Done]) -> None:
    place, _ = reported
    text = "".join(page.extract_text() for page in pypdf.PdfReader(place.folder / "report.pdf").pages)
    solid = "".join(text.split())
    for shown in (smallcase.REFERENCE, PHOTO_DIGEST, CHAT_DIGEST, smallcase.PHOTO_NAME, smallcase.NAME):
        assert "".join(shown.split()) in solid
    for question in ("Are the files unchanged?", "Is it known who signed?", "Is the record whole?"):
        assert "".join(question.split()) in solid
    for withheld in (smallcase.PERSONA, smallcase.PLACE, smallcase.NOTE):
        assert "".join(withheld.split()) not in solid


def test_in_words_and_the_case_verifies_afterwards(small: Place) -> None:
    done = small.custody("report", "-o", "../report.pdf")
    assert (done.exit, done.err) == (0, "")
    digest = hashlib.sha256((small.folder / "report.pdf").read_bytes()).hexdigest()
    assert done.out == (
        f"Wrote ../report.pdf, signed by {smallcase.NAME}, and recorded it (record {smallcase.RECORDS}).\n"
        "3 of 3 items match. Nothing was found wrong. Three answers are OPEN: who, when, whole.\n"
        f"SHA-256 of the report: {digest}\n"
        "Next: give ../report.pdf to somebody independent today, and keep their dated receipt.\n"
    )
    status = small.custody("status")
    assert "Reports  1\nNext: custody collect FILE…, or custody items to see what there is\n" in status.out
    judged = small.custody("verify", "--json")
    assert (judged.exit, judged.json["items"]) == (8, {"matching": 3, "total": 3})


def test_a_report_on_chosen_items_says_nothing_of_the_others(small: Place) -> None:
    done = small.custody("report", "-o", "../one.pdf", "JD-2", "2", "--json")
    assert (done.exit, done.json["items"]) == (0, 1)
    record = attachment(small.folder / "one.pdf")
    statements = checked_record(record)
    assert {one["item"] for one in statements.values()} == {None, "JD-2"}
    text = "".join(page.extract_text() for page in pypdf.PdfReader(small.folder / "one.pdf").pages)
    assert smallcase.PHOTO_NAME not in text
    assert PHOTO_DIGEST not in "".join(text.split())
    assert re.search(r"1\s+of\s+the\s+3\s+items", text)


def test_an_unknown_item_is_exit_2_and_leaves_no_file(small: Place) -> None:
    before = tree(small.folder)
    done = small.custody("report", "-o", "../r.pdf", "JD-1", "JD-9", "--json")
    assert done.exit == 2
    assert done.error["message"] == "there is no item 'JD-9'"
    assert tree(small.folder) == before


@pytest.mark.parametrize("taken", ["../report.pdf", "../nowhere/report.pdf"])
def test_it_never_overwrites_and_needs_a_folder(small: Place, taken: str) -> None:
    (small.folder / "report.pdf").write_bytes(b"mine")
    before = tree(small.folder)
    done = small.custody("report", "-o", taken, "--json")
    assert (done.exit, done.error["code"]) == (2, "usage")
    assert done.error["message"] == (
        "../report.pdf exists already, and is not overwritten"
        if taken == "../report.pdf"
        else f"the folder {small.case}/../nowhere is not there"
    )
    assert tree(small.folder) == before


def test_a_report_on_a_changed_file_states_it(small: Place) -> None:
    changed = small.case / "evidence" / PHOTO_DIGEST[:2] / PHOTO_DIGEST
    changed.chmod(0o600)
    changed.write_bytes(b"something else")
    done = small.custody("report", "-o", "../report.pdf", "--json")
    assert (done.exit, done.json["verdict"]) == (0, "failed")
    text = "".join(
        page.extract_text() for page in pypdf.PdfReader(io.BytesIO((small.folder / "report.pdf").read_bytes())).pages
    )
    assert "2 of 3 items match. 1 does not: JD-1." in " ".join(text.split())
    words = small.custody("report", "-o", "../again.pdf")
    assert words.exit == 0
    assert words.out.endswith("\nNext: Something does not hold. Talk to your case lead before you hand this on.\n")


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("report.pdf", "report.pdf would lie in the case folder, which holds the case and nothing else"),
        ("../way-in/r.pdf", "../way-in/r.pdf would lie in the case folder, which holds the case and nothing else"),
        ("../report.doc", "../report.doc does not end in .pdf, and a report is a PDF"),
        ("../report", "../report does not end in .pdf, and a report is a PDF"),
    ],
)
def test_a_report_is_a_pdf_outside_the_case_folder(small: Place, output: str, message: str) -> None:
    (small.folder / "way-in").symlink_to("case")
    before = tree(small.folder)
    done = small.custody("report", "-o", output, "--json")
    assert (done.exit, done.error["message"]) == (2, message)
    assert done.error["hint"]
    assert tree(small.folder) == before
