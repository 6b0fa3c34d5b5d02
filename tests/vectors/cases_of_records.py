"""Cases whose records were changed, taken away, put in, or signed by the wrong key or against a rule."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from custody.domain.events import Unknown
from custody.domain.parties import ledger_id
from custody.domain.statement import PEOPLE, Head
from custody.formats.encoding import format_base64
from custody.formats.signature import P256_ORDER
from tests.builders import MadeCase, changed
from tests.vectors.case_fault import CUSTODY_BAD, RECORD_BAD, SIGNERS_BAD, Make, fault, small, with_report
from tests.vectors.fixed import LEAD, OTHER
from tests.vectors.making import PHOTO, Making, Stored, signed_envelope, with_body


@fault("signature-wrong", "One byte of a signature was changed.", "signature-wrong", answers=SIGNERS_BAD)
def _(it: Making) -> None:
    small(it)
    envelope = json.loads(it.rows()[2].envelope)
    signature = envelope["signatures"][0]["sig"]
    envelope["signatures"][0]["sig"] = ("B" if signature[0] == "A" else "A") + signature[1:]
    it.put_envelope(2, _json(envelope))


@fault(
    "signature-of-another-key",
    "A record in the lead's name was signed by another key.",
    "signature-wrong",
    answers=SIGNERS_BAD,
)
def _(it: Making) -> None:
    small(it)
    it.say(2, OTHER, prev=it.entry(1).id)


@fault(
    "signed-item-changed",
    "A word of a signed record was changed, and the item it speaks of is not believed any more.",
    "signature-wrong",
    also=("item-unjudged", "object-unrecorded"),
    answers="OPEN NO OPEN YES OPEN",
)
def _(it: Making) -> None:
    it.file()
    envelope = json.loads(it.rows()[1].envelope)
    payload = base64.b64decode(envelope["payload"]).replace(b"Firefox 128", b"Firefox 129")
    envelope["payload"] = base64.b64encode(payload).decode()
    it.put_envelope(1, _json(envelope))


@fault(
    "signer-unknown",
    "A record was signed by a key of its own that is not of the case.",
    "signer-unknown",
    answers=SIGNERS_BAD,
)
def _(it: Making) -> None:
    small(it)
    it.say(2, OTHER, signer=OTHER.key_id)


@fault(
    "case-unsigned",
    "The record that opens the case was signed by another key than the one it names.",
    "case-unsigned",
    also=("signature-wrong", "custody-unjudged", "rule-broken", "item-unjudged", "object-unrecorded"),
    answers="OPEN NO OPEN NO OPEN",
)
def _(it: Making) -> None:
    small(it)
    it.sign_again(lambda position, one: (one, OTHER) if position == 0 else one)


fault(
    "lead-contradicted",
    "Nothing in the case: the reader was told another key id than that of this case's lead.",
    "lead-contradicted",
    answers=SIGNERS_BAD,
    lead=OTHER.key_id,
)(small)
fault(
    "lead-unconfirmed",
    "Nothing in the case: nobody has told the reader whose key it is.",
    "lead-unconfirmed",
    answers="YES OPEN OPEN YES OPEN",
    lead=None,
)(small)


@fault(
    "record-of-unknown-kind",
    "A later version wrote a kind of record that this one does not know.",
    "signers-not-followed",
    "custody-not-followed",
    answers="YES OPEN OPEN OPEN OPEN",
)
def _(it: Making) -> None:
    small(it)
    it.say(2, body=Unknown(content={"type": "cooled/v1", "degrees": -18}), item=None, prev=None)
    it.forget(3)


_NEW_NUMBER: dict[str, Any] = {"also": ("item-unjudged",), "answers": "OPEN YES OPEN NO OPEN"}


def _rule(name: str, words: str, make: Make, **more: Any) -> None:
    fault(f"rule-{name}", words, "rule-broken", **{"answers": CUSTODY_BAD, **more})(make)


def _said(like: int, **members: Any) -> Make:
    def make(it: Making) -> None:
        small(it)
        it.say(like, **{name: value(it) if callable(value) else value for name, value in members.items()})

    return make


_rule("item-number-again", "A second item has the number of the first.", _said(1))
_rule(
    "item-without-number",
    "An item was collected without a number.",
    _said(1, item=None),
)
_rule(
    "label-of-somebody-else",
    "An item has a number under a label that is not the signer's.",
    _said(1, item="XX-1"),
    **_NEW_NUMBER,
)
_rule(
    "item-with-a-past",
    "Collecting an item names a record before it.",
    _said(1, item="JD-2", prev=lambda it: it.entry(1).id),
    **_NEW_NUMBER,
)
_rule(
    "note-on-no-item",
    "A note speaks of an item that does not exist.",
    _said(2, item="JD-2"),
    **_NEW_NUMBER,
)
_rule("note-that-hangs-on-nothing", "A note names no record of its item.", _said(2, prev=None))
_rule("note-on-a-note", "A note hangs on another note.", _said(2, prev=lambda it: it.entry(2).id))
_rule("note-without-item", "A note speaks of no item, and hangs on a record of one.", _said(2, item=None))
_rule("other-register", "A record refers to a register of people that is not the case's.", _said(2, people="00" * 32))
_rule(
    "case-opened-again",
    "The case is opened a second time.",
    _said(0, people=None),
)


def _report_of_the_future(it: Making) -> None:
    with_report(it)
    it.sign_last_again(lambda one: with_body(one, checkpoint_size=3))


def _report_with_item(it: Making) -> None:
    with_report(it)
    it.sign_last_again(lambda one: changed(one, item="JD-1"))


def _attempt_with_item(it: Making) -> None:
    it.file()
    it.files_at_once("gone.png")
    it.sign_last_again(lambda one: changed(one, item="JD-1"))


def _report_of_another_case(it: Making) -> None:
    with_report(it)
    it.sign_last_again(lambda one: changed(one, case="00" * 32))


_rule("other-case", "A record says that it belongs to another case.", _report_of_another_case)
_rule("report-of-the-future", "A report states a checkpoint of records that come after it.", _report_of_the_future)
_rule("report-with-item", "A report names an item, which reports do not.", _report_with_item)
_rule("attempt-with-item", "A failed attempt names an item.", _attempt_with_item)


@fault(
    "case-id-of-another-nonce",
    "The case and ledger ids do not follow from the nonce.",
    "rule-broken",
    "case-unsigned",
    also=("custody-unjudged",),
    answers="YES NO OPEN NO OPEN",
)
def _(it: Making) -> None:
    it.sign_again(lambda position, one: with_body(one, nonce="00" * 32))


@fault(
    "custody-not-followed",
    "A note was taken out of the middle of the record, by somebody who cannot sign anew.",
    "custody-not-followed",
    "record-missing",
    "signers-not-followed",
    also=("item-unjudged",),
    answers="OPEN OPEN OPEN OPEN NO",
)
def _(it: Making) -> None:
    small(it)
    it.note(words="and again")
    it.write("DELETE FROM entries WHERE position = 2")


@fault(
    "custody-unjudged",
    "The record that opens the case was taken away.",
    "custody-unjudged",
    "case-unsigned",
    "record-missing",
    also=("custody-not-followed", "item-unjudged", "object-unrecorded", "signer-unknown"),
    answers="OPEN NO OPEN OPEN NO",
)
def _(it: Making) -> None:
    small(it)
    it.write("DELETE FROM entries WHERE position = 0")


_UNREADABLE: dict[str, Any] = {
    "also": ("signature-wrong", "signers-not-followed", "custody-not-followed", "item-unjudged"),
    "answers": "OPEN NO OPEN OPEN NO",
}


@fault(
    "record-unreadable", "The bytes of the newest record were replaced by others.", "record-unreadable", **_UNREADABLE
)
def _(it: Making) -> None:
    with_report(it)
    it.put_envelope(2, b"nothing that can be read")


@fault(
    "record-with-high-s", "A signature in its other valid spelling, with a large s.", "record-unreadable", **_UNREADABLE
)
def _(it: Making) -> None:
    with_report(it)
    envelope = json.loads(it.rows()[2].envelope)
    raw = base64.b64decode(envelope["signatures"][0]["sig"])
    high = raw[:32] + (P256_ORDER - int.from_bytes(raw[32:])).to_bytes(32)
    envelope["signatures"][0]["sig"] = base64.b64encode(high).decode()
    it.put_envelope(2, _json(envelope))


@fault("record-with-a-space", "An envelope in another spelling: one space more.", "record-unreadable", **_UNREADABLE)
def _(it: Making) -> None:
    with_report(it)
    it.put_envelope(2, it.rows()[2].envelope.replace(b":", b": ", 1))


@fault(
    "record-with-two-signatures",
    "An envelope that carries a second signature.",
    "record-unreadable",
    **_UNREADABLE,
)
def _(it: Making) -> None:
    with_report(it)
    envelope = json.loads(it.rows()[2].envelope)
    envelope["signatures"] *= 2
    it.put_envelope(2, _json(envelope))


def _signed_payload(name: str, words: str, edit: Callable[[bytes], bytes]) -> None:
    def make(it: Making) -> None:
        with_report(it)
        it.put_envelope(2, signed_envelope(edit(it.entry(2).envelope.unverified_payload)))

    fault(name, words, "record-unreadable", **_UNREADABLE)(make)


_signed_payload(
    "statement-with-unknown-member",
    "A signed statement with a member that v1 does not have.",
    lambda data: data.replace(b'"act":', b'"aaa":1,"act":', 1),
)
_signed_payload(
    "statement-in-another-order",
    "A signed statement whose members are not in order.",
    lambda data: _json(dict(reversed(json.loads(data).items()))),
)
_signed_payload(
    "statement-of-the-29th-of-february-2026",
    "A signed statement with a day that there is not.",
    lambda data: data.replace(b'"time":"2026-11-24', b'"time":"2026-02-29', 1),
)


@fault(
    "record-unreadable-filed-under-another-item",
    "The bytes of the newest item's record were replaced, and the index files them under the item before.",
    "record-unreadable",
    also=(
        *_UNREADABLE["also"],
        "object-unrecorded",
    ),
    answers="OPEN NO OPEN OPEN NO",
)
def _(it: Making) -> None:
    it.file()
    it.file("door.jpg", PHOTO + b" and the door")
    it.put_envelope(2, b"nothing that can be read")
    it.write("UPDATE entries SET item = 'JD-1' WHERE position = 2")


@fault(
    "record-unfinished",
    "A write was broken off between the two databases: the values of a record are kept, the record is not.",
    "record-unfinished",
)
def _(it: Making) -> None:
    small(it)
    it.write("DELETE FROM entries WHERE position = 2")


@fault(
    "record-missing",
    "A file's record was taken out of the middle.",
    "record-missing",
    "number-missing",
    also=(
        "custody-not-followed",
        "signers-not-followed",
        "item-unjudged",
        "object-unrecorded",
    ),
    answers="OPEN OPEN OPEN OPEN NO",
)
def _(it: Making) -> None:
    it.file()
    it.file("door.jpg", PHOTO + b" and the door")
    it.write("DELETE FROM entries WHERE position = 1")


@fault(
    "record-missing-all",
    "Every record was taken away, and every opening.",
    "record-missing",
    "case-unsigned",
    also=("custody-not-followed", "custody-unjudged", "item-unjudged", "object-unrecorded"),
    answers="OPEN NO OPEN OPEN NO",
)
def _(it: Making) -> None:
    small(it)
    it.write("DELETE FROM entries")
    it.write_openings("DELETE FROM openings")


@fault(
    "record-misplaced",
    "Two records changed places, with what opens them.",
    "record-misplaced",
    also=("index-wrong", "item-unjudged", "object-unrecorded"),
    answers="OPEN YES OPEN YES NO",
)
def _(it: Making) -> None:
    it.file()
    it.file("door.jpg", PHOTO + b" and the door")
    for table, write in (("entries", it.write), ("openings", it.write_openings)):
        write(f"UPDATE {table} SET position = position - 9 WHERE position > 0")
        write(f"UPDATE {table} SET position = 2 WHERE position = -8")
        write(f"UPDATE {table} SET position = 1 WHERE position = -7")


@fault(
    "record-twice",
    "The newest record stands in the ledger a second time, under the next number.",
    "record-twice",
    "record-misplaced",
    answers=RECORD_BAD,
)
def _(it: Making) -> None:
    small(it)
    last = it.rows()[2]
    it.put(replace(last, position=3))
    it.put_envelope(3, last.envelope)


@fault(
    "record-below-zero",
    "A copy of a record lies below the first position.",
    "record-misplaced",
    "record-twice",
    answers=RECORD_BAD,
)
def _(it: Making) -> None:
    small(it)
    it.put(replace(it.rows()[2], position=-1))


@fault(
    "record-disowned",
    "A record says that another history lies before it.",
    "record-disowned",
    answers=RECORD_BAD,
)
def _(it: Making) -> None:
    small(it)
    it.sign_last_again(lambda one: changed(one, head=Head(size=2, root="00" * 32)))


@fault(
    "record-disowned-by-a-head-of-the-future",
    "A record says that more records lie before it than do.",
    "record-disowned",
    answers=RECORD_BAD,
)
def _(it: Making) -> None:
    small(it)
    it.sign_last_again(lambda one: changed(one, head=Head(size=7, root=one.head.root)))


@fault(
    "record-disowned-by-another-batch",
    "A record says that it belongs to the batch of the record before, which has another head.",
    "record-disowned",
    answers=RECORD_BAD,
)
def _(it: Making) -> None:
    small(it)
    it.sign_last_again(lambda one: changed(one, head=Head(size=1, root="00" * 32)))


@fault(
    "record-disowned-by-a-report",
    "A report states a checkpoint that this ledger never had.",
    "record-disowned",
    answers=RECORD_BAD,
)
def _(it: Making) -> None:
    it.file()
    it.report()
    it.sign_last_again(lambda one: with_body(one, checkpoint_root="00" * 32))


@fault(
    "index-wrong-item",
    "The index files a note under another item.",
    "index-wrong",
    answers=RECORD_BAD,
)
def _(it: Making) -> None:
    small(it)
    it.write("UPDATE entries SET item = 'JD-7' WHERE position = 2")


@fault(
    "index-wrong-nodes",
    "A stored node of the tree is not that of the records.",
    "index-wrong",
    answers=RECORD_BAD,
)
def _(it: Making) -> None:
    small(it)
    it.write("UPDATE entries SET nodes = zeroblob(64) WHERE position = 1")


@fault(
    "number-missing",
    "The lead gave an item a number after a gap.",
    "number-missing",
    also=("item-unjudged",),
    answers="OPEN YES OPEN YES NO",
)
def _(it: Making) -> None:
    it.file()
    it.sign_last_again(lambda one: changed(one, item="JD-3"))


@fault(
    "record-cut-off",
    "The newest record was taken away with its openings, and this computer has seen it.",
    "record-cut-off",
    also=("custody-not-followed", "signers-not-followed", "item-unjudged"),
    answers="OPEN OPEN OPEN OPEN NO",
    remembered=lambda it: (3, bytes.fromhex("77" * 32)),
)
def _(it: Making) -> None:
    it.file()


fault(
    "record-rewritten",
    "The lead signed the records anew, and this computer has seen the first ones.",
    "record-rewritten",
    answers=RECORD_BAD,
    remembered=lambda it: (3, bytes.fromhex("77" * 32)),
)(small)


def _foreign(name: str, words: str, sql: str, *, openings: bool = False) -> None:
    def make(it: Making) -> None:
        small(it)
        it.run(sql, openings=openings)

    fault(f"database-foreign-{name}", words, "database-foreign", answers=RECORD_BAD)(make)


_foreign("table", "A table in ledger.db that custody does not make.", "CREATE TABLE more (a)")
_foreign("trigger-dropped", "A trigger of ledger.db is gone.", "DROP TRIGGER entries_no_delete")
_foreign("view-in-openings", "A view in openings.db.", "CREATE VIEW more AS SELECT 1", openings=True)


@fault(
    "ledger-of-somebody-else",
    "A second ledger, of a case of another person, lies in the same table, after the case's own.",
    "database-foreign",
    "signer-unknown",
    also=("opening-missing",),
    answers="YES NO OPEN YES NO",
)
def _(it: Making) -> None:
    small(it)
    _put_foreign(it, first=False)


@fault(
    "ledger-of-somebody-else-first",
    "A second ledger, of a case of another person, lies in the same table, before the case's own.",
    "database-foreign",
    "signer-unknown",
    also=("opening-missing",),
    answers="YES NO OPEN YES NO",
)
def _(it: Making) -> None:
    small(it)
    _put_foreign(it, first=True)


@fault(
    "record-of-another-ledger",
    "A record was signed by the lead for another ledger.",
    "record-misplaced",
    answers=RECORD_BAD,
)
def _(it: Making) -> None:
    small(it)
    it.say(2, ledger=ledger_id(it.recorder.case, LEAD.key_id, "00" * 32))


@fault("opening-wrong", "The kept text of a note was changed.", "opening-wrong", answers=RECORD_BAD)
def _(it: Making) -> None:
    small(it)
    it.write_openings("UPDATE openings SET value = ? WHERE pointer = '/text'", b'"nothing of the kind"')


@fault(
    "opening-wrong-beside-a-copy-of-its-record",
    "The kept text of a note was changed, and a copy of its record lies below the first position.",
    "opening-wrong",
    "record-misplaced",
    "record-twice",
    answers=RECORD_BAD,
)
def _(it: Making) -> None:
    small(it)
    it.write_openings("UPDATE openings SET value = ? WHERE pointer = '/text'", b'"nothing of the kind"')
    it.put(replace(it.rows()[2], position=-1))


@fault("opening-of-another-salt", "The kept salt of a name was changed.", "opening-wrong", answers=RECORD_BAD)
def _(it: Making) -> None:
    small(it)
    it.write_openings("UPDATE openings SET salt = zeroblob(16) WHERE pointer = '/path'")


@fault("opening-with-a-long-salt", "A kept salt is longer than a salt.", "opening-wrong", answers=RECORD_BAD)
def _(it: Making) -> None:
    small(it)
    it.write_openings("UPDATE openings SET salt = zeroblob(17) WHERE pointer = '/path'")


@fault("opening-in-another-spelling", "A kept value has a space before it.", "opening-wrong", answers=RECORD_BAD)
def _(it: Making) -> None:
    small(it)
    it.write_openings("UPDATE openings SET value = CAST(' ' || CAST(value AS TEXT) AS BLOB) WHERE pointer = '/text'")


@fault(
    "opening-of-another-kind",
    "A sealed note opens, and what was sealed is a number.",
    "opening-wrong",
    answers=RECORD_BAD,
)
def _(it: Making) -> None:
    small(it)
    it.seal_again("/text", 7, lambda body, seal: msgspec.structs.replace(body, text=seal))


@fault(
    "opening-is-a-certificate-of-another-key",
    "The sealed certificate of the lead is for another key than the one beside it.",
    "opening-wrong",
    answers=RECORD_BAD,
)
def _(it: Making) -> None:
    it.seal_again(
        "/lead/certificate",
        format_base64(OTHER.public.certificate),
        lambda body, seal: msgspec.structs.replace(body, lead=msgspec.structs.replace(body.lead, certificate=seal)),
    )


@fault(
    "opening-stray",
    "openings.db keeps a value under the name of a ledger that there is not.",
    "opening-stray",
    answers=RECORD_BAD,
)
def _(it: Making) -> None:
    small(it)
    it.write_openings("INSERT INTO openings SELECT ?, position, pointer, salt, value FROM openings LIMIT 1", "ab" * 32)


@fault(
    "opening-moved",
    "What opens the newest record lies after the end of the ledger, as if a write had been broken off.",
    "opening-stray",
    also=("opening-missing",),
    answers=RECORD_BAD,
)
def _(it: Making) -> None:
    small(it)
    it.write_openings("UPDATE openings SET position = 3 WHERE position = 2")


@fault("opening-below-zero", "A kept value of a record below the first.", "opening-stray", answers=RECORD_BAD)
def _(it: Making) -> None:
    small(it)
    it.write_openings("INSERT INTO openings SELECT ledger, -1, pointer, salt, value FROM openings LIMIT 1")


@fault(
    "opening-far-after-the-end",
    "A kept value of a record further on than any write that was broken off leaves one.",
    "opening-stray",
    answers=RECORD_BAD,
)
def _(it: Making) -> None:
    small(it)
    it.write_openings("INSERT INTO openings SELECT ledger, 2051, pointer, zeroblob(16), value FROM openings LIMIT 1")


@fault(
    "opening-of-no-field",
    "A kept value under a pointer that the record does not seal.",
    "opening-stray",
    answers=RECORD_BAD,
)
def _(it: Making) -> None:
    small(it)
    it.write_openings(
        "INSERT INTO openings SELECT ledger, position, '/else', salt, value FROM openings WHERE pointer = '/text'"
    )


@fault("opening-missing", "What opens the text of a note was erased.", "opening-missing")
def _(it: Making) -> None:
    small(it)
    it.write_openings("DELETE FROM openings WHERE pointer = '/text'")


@fault(
    "openings-empty",
    "openings.db is an empty file.",
    "database-foreign",
    also=("opening-missing",),
    answers=RECORD_BAD,
)
def _(it: Making) -> None:
    small(it)
    it.overwrite(it.openings, b"")


@fault("openings-gone", "openings.db was taken away.", "opening-missing")
def _(it: Making) -> None:
    small(it)
    it.openings.unlink()


def _json(value: object) -> bytes:
    """JSON without spaces, members as they stand."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _put_foreign(it: Making, *, first: bool) -> None:
    """Put the first record of another case in, whose ledger id comes before that of the case, or after it."""
    own = it.recorder.ledger.id
    cases = (MadeCase(OTHER, nonce=f"{count:064x}") for count in range(10_000))
    foreign = next(case for case in cases if (case.ledger < own) is first)
    foreign.open()
    row = foreign.rows[0]
    it.put(Stored(foreign.ledger, 0, PEOPLE, row.envelope, row.nodes))
