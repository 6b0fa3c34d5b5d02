"""`custody report`: a signed PDF whose attachment leads to the checkpoint it states, checked without our code."""

import base64
import hashlib
import io
import json
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pypdf
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from custody.cli import reporting
from custody.domain.report.model import Scope
from custody.errors import UsageError
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
    """Check an attached record of one ledger as docs/format.md sections 4 to 7 and 12 say; its statements by id."""
    (ledger,) = record["ledgers"]
    text, _, signature = ledger["checkpoint"].partition("\n\n")
    origin, size, root = text.split("\n")
    assert origin == f"custody/{ledger['ledger']}"
    assert (int(size), base64.b64decode(root).hex()) == (ledger["size"], ledger["root"])
    statements = {}
    for entry in ledger["entries"]:
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
            ledger["ledger"],
        )
    (opening,) = [one for one in statements.values() if one["position"] == 0]
    lead = opening["body"]["lead"]
    key_id = hashlib.sha256(base64.b64decode(lead["key"])).hexdigest()
    nonce = opening["body"]["nonce"]
    assert record["case"] == hashlib.sha256(f"custody-case/v1\n{key_id}\n{nonce}".encode()).hexdigest()
    key = load_der_public_key(base64.b64decode(lead["key"]))
    assert isinstance(key, EllipticCurvePublicKey)
    for entry in ledger["entries"]:
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
    digest = hashlib.sha256(pdf).hexdigest()
    said = dict(done.json)
    told = {name: said.pop(name) for name in ("digest", "file_digest", "file", "record")}
    assert told == {"digest": digest, "file_digest": digest, "file": "../report.pdf", "record": smallcase.RECORDS}
    # All the rest is the model that is in the document.
    (model,) = pypdf.PdfReader(place.folder / "report.pdf").attachments["report.json"]
    assert said == json.loads(model)
    assert canonical(said) == model
    assert done.err == ""


def test_the_record_names_the_pdf_and_the_checkpoint_before_it(reported: tuple[Place, Done]) -> None:
    place, done = reported
    with sqlite3.connect(place.case / "ledger.db") as database:
        rows = database.execute("SELECT envelope FROM entries ORDER BY position").fetchall()
    body = json.loads(base64.b64decode(json.loads(rows[-1][0])["payload"]))["body"]
    (ledger,) = attachment(place.folder / "report.pdf")["ledgers"]
    unsigned = (place.folder / "report.pdf").read_bytes()[: body["unsigned_size"]]
    assert unsigned.endswith(b"%%EOF\n")
    assert body == {
        "checkpoint_root": ledger["root"],
        "checkpoint_size": smallcase.RECORDS,
        "digest": done.json["digest"],
        "items": 3,
        "kind": "integrity",
        "number": 1,
        "supersedes": None,
        "unsigned_digest": hashlib.sha256(unsigned).hexdigest(),
        "unsigned_size": len(unsigned),
        "version": 1,
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
    assert set(record) == {"case", "ledgers", "objects", "openings", "type"}
    assert record["type"] == "custody-record/v2"
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
    entry = record["ledgers"][0]["entries"][1]
    entry["envelope"] = entry["envelope"].replace('"sig":"', '"sig": "')
    with pytest.raises(AssertionError):
        checked_record(record)


def test_nothing_is_opened_but_what_checking_needs_and_who_signed(reported: tuple[Place, Done]) -> None:
    place, _ = reported
    record = attachment(place.folder / "report.pdf")
    assert {one["pointer"] for one in record["openings"]} == {
        "/digest",
        "/lead/name",
        "/lead/organisation",
        "/size",
    }


def test_the_page_shows_digests_reference_and_the_five_answers(reported: tuple[Place, Done]) -> None:
    place, _ = reported
    text = "".join(page.extract_text() for page in pypdf.PdfReader(place.folder / "report.pdf").pages)
    solid = "".join(text.split())
    for shown in (smallcase.REFERENCE, PHOTO_DIGEST, CHAT_DIGEST, smallcase.NAME):
        assert "".join(shown.split()) in solid
    for question in ("Are the files unchanged?", "Is it known who signed?", "Is the record whole?"):
        assert "".join(question.split()) in solid
    for withheld in (
        smallcase.CHAT_NAME,
        smallcase.DESCRIPTION,
        smallcase.FOUND_AT,
        smallcase.MISSING_NAME,
        smallcase.NOTE,
        smallcase.PERSONA,
        smallcase.PHOTO_NAME,
        smallcase.PLACE,
        smallcase.TITLE,
        smallcase.TYPED,
    ):
        assert "".join(withheld.split()) not in solid


def test_in_words_and_the_case_verifies_afterwards(small: Place) -> None:
    done = small.custody("report", "-o", "../report.pdf")
    assert (done.exit, done.err) == (0, "")
    digest = hashlib.sha256((small.folder / "report.pdf").read_bytes()).hexdigest()
    words = small.custody("key", "show", "--json").json["words"]
    assert done.out == (
        f"Wrote ../report.pdf: integrity report 0001, signed by {smallcase.NAME}, and recorded it (record "
        f"{smallcase.RECORDS}).\n"
        "It tells of 3 items. Opened beyond what checking needs: nothing.\n"
        "3 of 3 items match. Nothing was found wrong. Three answers are OPEN: who, when, whole.\n"
        f"SHA-256 of the file: {digest}\n"
        "Next: give ../report.pdf to somebody independent today, and keep their dated receipt.\n"
        f"When they call you, read them the eight words of your key: {words}\n"
    )
    status = small.custody("status")
    assert "Reports  1\nNext: custody collect FILE…, or custody items to see what there is\n" in status.out
    judged = small.custody("verify", "--json")
    assert (judged.exit, judged.json["items"]) == (8, {"matching": 3, "total": 3})
    copied = small.custody("report", "--copy", "0001", "-o", "../copy.pdf")
    assert (copied.exit, copied.out) == (0, "Wrote ../copy.pdf: report 0001, as it was signed (integrity report).\n")
    assert (small.folder / "copy.pdf").read_bytes() == (small.folder / "report.pdf").read_bytes()


def test_a_report_on_chosen_items_says_nothing_of_the_others(small: Place) -> None:
    why = ("--withheld", "the others are being translated", "--open", "description,name")
    done = small.custody("report", "-o", "../one.pdf", "JD-2", "2", *why, "--json")
    assert (done.exit, [one["number"] for one in done.json["items"]]) == (0, ["JD-2"])
    record = attachment(small.folder / "one.pdf")
    statements = checked_record(record)
    assert {one["item"] for one in statements.values()} == {None, "JD-2"}
    text = "".join(page.extract_text() for page in pypdf.PdfReader(small.folder / "one.pdf").pages)
    assert smallcase.PHOTO_NAME not in text
    assert PHOTO_DIGEST not in "".join(text.split())
    assert smallcase.CHAT_NAME in " ".join(text.split())
    assert "the others are being translated" in " ".join(text.split())


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
    assert (done.exit, done.json["judgement"]["verdict"]) == (0, "failed")
    text = "".join(
        page.extract_text() for page in pypdf.PdfReader(io.BytesIO((small.folder / "report.pdf").read_bytes())).pages
    )
    assert "2 of 3 items match. 1 does not: JD-1." in " ".join(text.split())
    words = small.custody("report", "-o", "../again.pdf", "--supersedes", "1")
    assert words.exit == 0
    assert "integrity report 0001 version 2" in words.out
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


FIELDS = "some of: name, description, found-at, notes, title, persona, place, path, machine, time-zone, basis, terms"


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"kind": "letter"}, "there is no kind 'letter'", "one of: integrity, custody-form, receipt"),
        ({"kind": "custody-form"}, "a custody form is about one item", "custody report ITEM --kind custody-form"),
        ({"kind": "receipt", "items": ["1", "2"]}, "a receipt is about one item", "custody report ITEM --kind receipt"),
        ({"kind": "declaration"}, "a declaration is for one jurisdiction", "--jurisdiction us-902-13|us-902-14|uk-s9"),
        ({"kind": "declaration", "jurisdiction": "fr"}, "a declaration is for one jurisdiction", "--jurisdiction"),
        ({"jurisdiction": "uk-s9"}, "--jurisdiction and --final are for declarations", "add --kind declaration"),
        ({"final": True}, "--jurisdiction and --final are for declarations", "add --kind declaration"),
        ({"opened": "name,faces"}, "--open: there is no field 'faces'", FIELDS),
        ({"opened": "name,,"}, "this folder", ""),  # the options are fine
        ({"copy": "1", "final": True}, "--copy writes a report again as it was made", "leave out every other option"),
        ({"copy": "1", "items": ["JD-1"]}, "--copy writes a report again as it was made", "leave out every other"),
        ({"copy": "1", "made_for": "x"}, "--copy writes a report again as it was made", "leave out every other"),
        ({"made_for": "a\nb"}, "the text of --for is empty, longer than 200", "type it in one line"),
        ({"withheld": "x"}, "--withheld says why items are left out, and none is", "name the items"),
        ({"withheld": "", "items": ["1"]}, "the text of --withheld is empty", "type it in one line"),
    ],
)
def test_options_that_do_not_go_together_are_refused_before_anything_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], message: str, hint: str
) -> None:
    def no_case(case: Path | None) -> None:
        raise UsageError("this folder was looked at")

    monkeypatch.setattr(reporting, "the_case", no_case)
    with pytest.raises(UsageError) as raised:
        reporting.report(tmp_path / "r.pdf", **options)
    assert raised.value.message.startswith(message)
    assert raised.value.hint.startswith(hint)


def _report(**asked: Any) -> Any:
    """As much of a model as the words about it are made of."""
    scope = Scope(whole=False, covered=1, total=3, opened=("original names",), withheld=("JD-2", "JD-3"), reason="x")
    return SimpleNamespace(scope=scope, number=7, **asked)


def test_whoever_made_a_document_is_told_what_it_gives_out() -> None:
    told = reporting._told_of(_report())
    assert told == "It tells of 1 item, and lists 2 by number as left out. You opened: original names."


@pytest.mark.parametrize(
    ("final", "told"),
    [(False, "Next: have a lawyer read d.pdf."), (True, "Next: d.pdf is filled in, dated and signed by hand")],
)
def test_a_declaration_goes_to_a_lawyer_before_it_goes_out(final: bool, told: str) -> None:
    first, *_ = reporting._next(_report(kind="declaration", final=final), Path("d.pdf"), "words")
    assert first.startswith(told)


@pytest.mark.parametrize("typed", ["", "x", "0", "00001", "-1", "1.0", "\u0661"])
def test_the_number_of_a_report_has_up_to_four_digits(typed: str) -> None:
    assert reporting._number("0012", "--copy") == 12
    with pytest.raises(UsageError, match="is no number of a report"):
        reporting._number(typed, "--copy")
