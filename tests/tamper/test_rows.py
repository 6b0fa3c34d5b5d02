"""Rows that are taken away, exchanged, cut off or put in are found, and the other items keep their answer."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import combinations
from pathlib import Path

import pytest

from custody import bootstrap
from custody.adapters.casefolder import read_case
from custody.domain import structure
from custody.domain.entry import read_entry
from custody.domain.events import Body, Collected
from custody.domain.statement import Head, Statement, filed_under
from custody.domain.verdict import Verdict
from custody.formats.dsse import format_envelope
from custody.formats.merkle import Frontier, leaf_hash
from custody.services.auditing import ledgers, telling
from custody.services.auditing.seen import MAX_FINDINGS
from tests.builders import (
    ANA,
    MALLORY,
    KeptSigner,
    MadeCase,
    case_opened,
    changed,
    examine,
    findings,
    noted,
    sign,
)
from tests.tamper.kit import Copy, Original, complaint, wrong

NewCopy = Callable[[], Copy]
RECORDS = 11
INSERT_OPENING = "INSERT INTO openings VALUES (?, ?, ?, ?, ?)"
INSERT = "INSERT INTO entries (ledger, position, item, envelope, nodes) VALUES (?, ?, ?, ?, ?)"


@pytest.mark.parametrize("position", range(RECORDS))
def test_a_removed_record_is_found(position: int, new_copy: NewCopy) -> None:
    copy = new_copy()
    copy.write("DELETE FROM entries WHERE position = ?", position)
    assert complaint(copy, positions=[position], others=position > 0) is None


@pytest.mark.parametrize("position", range(1, RECORDS))
def test_a_removed_record_makes_no_answer_better(position: int, original: Original, new_copy: NewCopy) -> None:
    copy = new_copy()
    copy.write("DELETE FROM entries WHERE position = ?", position)
    before = examine(bootstrap.case_files(read_case(original.folder)), original.world)
    rank = [Verdict.FAILED, Verdict.INDETERMINATE, Verdict.PASSED]
    better = [
        question
        for (question, was), (_, now) in zip(
            before.judgement.questions.each(), copy.examine().judgement.questions.each(), strict=True
        )
        if rank.index(now.verdict) > rank.index(was.verdict)
    ]
    assert better == []


def test_two_exchanged_records_are_found(original: Original, new_copy: NewCopy) -> None:
    complaints = {}
    for first, second in combinations(range(RECORDS), 2):
        copy = new_copy()
        copy.write("UPDATE entries SET position = -1 - position WHERE position IN (?, ?)", first, second)
        copy.write("UPDATE entries SET position = ? WHERE position = ?", second, -1 - first)
        copy.write("UPDATE entries SET position = ? WHERE position = ?", first, -1 - second)
        complaints[f"{first}, {second}"] = complaint(copy, positions=[first, second], others=first > 0)
    assert wrong(complaints) == ""


def test_two_exchanged_envelopes_are_found(original: Original, new_copy: NewCopy) -> None:
    complaints = {}
    for first, second in combinations(range(RECORDS), 2):
        copy = new_copy()
        copy.set("envelope", first, original.entries[second].envelope)
        copy.set("envelope", second, original.entries[first].envelope)
        complaints[f"{first}, {second}"] = complaint(copy, positions=[first, second], others=first > 0)
    assert wrong(complaints) == ""


@pytest.mark.parametrize("left", range(1, RECORDS))
def test_records_cut_off_the_end_are_found_by_whoever_saw_them(
    left: int, original: Original, new_copy: NewCopy
) -> None:
    copy = new_copy()
    copy.write("DELETE FROM entries WHERE position >= ?", left)
    # Its openings too: nothing but the memory of this computer can tell.
    copy.write_openings("DELETE FROM openings WHERE position >= ?", left)
    assert complaint(copy, positions=range(left, RECORDS)) is None


def test_an_empty_ledger_is_found_by_anyone(original: Original, new_copy: NewCopy, tmp_path: Path) -> None:
    copy = new_copy()
    copy.write("DELETE FROM entries")
    copy.write_openings("DELETE FROM openings")
    judgement = examine(copy.files, bootstrap.world(tmp_path / "another home")).judgement
    codes = [one.code for one in findings(judgement) if one.verdict is Verdict.FAILED]
    assert codes == ["case-unsigned", "record-missing"]


def test_a_copy_of_a_record_under_another_number_is_found(original: Original, new_copy: NewCopy) -> None:
    complaints = {}
    for row in original.entries:
        for position in (RECORDS, RECORDS + 1, 2**62, 2**63 - 1, -1, -(2**63)):
            copy = new_copy()
            copy.write(INSERT, row.ledger, position, row.item, row.envelope, row.nodes)
            positions = {row.position, position}
            complaints[f"{row.position} at {position}"] = complaint(copy, positions=positions, code="record-misplaced")
    assert wrong(complaints) == ""


@pytest.mark.parametrize("ledger", ["", "0" * 64, "f" * 64, "not a ledger"])
def test_a_copy_of_a_record_in_another_ledger_is_found(ledger: str, original: Original, new_copy: NewCopy) -> None:
    complaints = {}
    for row in original.entries:
        copy = new_copy()
        copy.write(INSERT, ledger, row.position, row.item, row.envelope, row.nodes)
        complaints[str(row.position)] = complaint(copy, positions=[row.position])
    assert wrong(complaints) == ""


def _next(original: Original, body: Body, **members: object) -> Statement:
    """A statement that might follow the last record, right in every member that is not named."""
    last = read_entry(original.entries[-1].envelope).statement
    frontier = _frontier(original)
    right = {
        "position": RECORDS,
        "head": Head(size=RECORDS, root=frontier.root().hex()),
        "act": None,
        "item": None,
        "prev": None,
        "body": body,
        **members,
    }
    return changed(last, **right)


def _frontier(original: Original) -> Frontier:
    frontier = Frontier()
    for row in original.entries:
        frontier.append(leaf_hash(row.envelope))
    return frontier


def _append(copy: Copy, statement: Statement, signer: KeptSigner, position: int = RECORDS) -> None:
    envelope = format_envelope(sign(statement, signer).envelope)
    nodes = b"".join(_frontier(copy.original).append(leaf_hash(envelope)))
    copy.write(INSERT, copy.original.entries[0].ledger, position, filed_under(statement), envelope, nodes)


def _item(original: Original) -> Collected:
    body = read_entry(original.entries[1].envelope).statement.body
    assert isinstance(body, Collected)
    return body


def test_the_statement_that_the_wrong_ones_are_made_from_is_right(original: Original, new_copy: NewCopy) -> None:
    copy = new_copy()
    _append(copy, _next(original, noted(), item="JD-1", prev=original.entries[1].id), ANA)
    judgement = copy.examine().judgement
    assert [one.code for one in findings(judgement) if one.verdict is Verdict.FAILED] == []


FORGED: dict[str, Callable[[Original], tuple[Statement, KeptSigner]]] = {
    "a note signed by another key": lambda it: (_next(it, noted(), item="JD-1", prev=it.entries[1].id), MALLORY),
    "an item signed by another key": lambda it: (_next(it, _item(it), item="JD-8"), MALLORY),
    "a note by another key in its own name": lambda it: (
        _next(it, noted(), item="JD-1", prev=it.entries[1].id, signer=MALLORY.key_id),
        MALLORY,
    ),
    "a wrong root": lambda it: (_next(it, _item(it), item="JD-8", head=Head(size=RECORDS, root="00" * 32)), ANA),
    "a head of another size": lambda it: (
        _next(it, _item(it), item="JD-8", head=Head(size=RECORDS - 1, root=_frontier(it).root().hex())),
        ANA,
    ),
    "a head of the batch before": lambda it: (
        _next(it, _item(it), item="JD-8", head=Head(size=1, root="00" * 32)),
        ANA,
    ),
    "a head from the future": lambda it: (
        _next(it, _item(it), item="JD-8", head=Head(size=RECORDS + 5, root=_frontier(it).root().hex())),
        ANA,
    ),
    "another position": lambda it: (_next(it, _item(it), item="JD-8", position=RECORDS + 1), ANA),
    "another ledger": lambda it: (_next(it, _item(it), item="JD-8", ledger="0" * 64), ANA),
    "another case": lambda it: (_next(it, _item(it), item="JD-8", case="0" * 64), ANA),
    "no register": lambda it: (_next(it, _item(it), item="JD-8", people=None), ANA),
    "another register": lambda it: (_next(it, _item(it), item="JD-8", people=it.entries[1].id), ANA),
    "an item number again": lambda it: (_next(it, _item(it), item="JD-7"), ANA),
    "an item number left out": lambda it: (_next(it, _item(it), item="JD-9"), ANA),
    "an item number far away": lambda it: (_next(it, _item(it), item="JD-9999999999"), ANA),
    "another's label": lambda it: (_next(it, _item(it), item="XX-1"), ANA),
    "an item with a past": lambda it: (_next(it, _item(it), item="JD-8", prev=it.entries[1].id), ANA),
    "an item without a number": lambda it: (_next(it, _item(it)), ANA),
    "a note on the case that hangs on a record": lambda it: (_next(it, noted(), prev=it.entries[1].id), ANA),
    "a note on no item": lambda it: (_next(it, noted(), item="JD-8", prev=it.entries[1].id), ANA),
    "a note on another item's record": lambda it: (_next(it, noted(), item="JD-1", prev=it.entries[2].id), ANA),
    "a note hanging on a note": lambda it: (_next(it, noted(), item="JD-2", prev=it.entries[8].id), ANA),
    "a note that hangs on nothing": lambda it: (_next(it, noted(), item="JD-1"), ANA),
    "the case opened again": lambda it: (_next(it, case_opened(ANA), people=None), ANA),
    "a report with an item": lambda it: (
        _next(it, read_entry(it.entries[9].envelope).statement.body, item="JD-1"),
        ANA,
    ),
    "an attempt with an item": lambda it: (
        _next(it, read_entry(it.entries[3].envelope).statement.body, item="JD-1"),
        ANA,
    ),
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_record_that_may_not_be_there_is_found(kind: str, original: Original, new_copy: NewCopy) -> None:
    statement, signer = FORGED[kind](original)
    copy = new_copy()
    _append(copy, statement, signer)
    assert complaint(copy, positions=[RECORDS], items=_new_items(statement)) is None


def _new_items(statement: Statement) -> Sequence[str]:
    """Item numbers that the undamaged case does not have; that they are counted as unjudged is right."""
    number = statement.item or ""
    label, _, counter = number.partition("-")
    if label == "JD" and counter.isdecimal() and int(counter) > 8:
        return [f"JD-{one}" for one in range(8, min(int(counter), 1100) + 1)] + [number]
    return [number] if number in ("JD-8", "XX-1") else []


def test_a_batch_longer_than_the_longest_is_found(tmp_path: Path) -> None:
    from custody.domain.structure import MAX_BATCH
    from tests.builders import new_folder

    made = MadeCase().begin()
    item = made.collect()
    head = made.statement(noted()).head
    for _ in range(MAX_BATCH + 1):
        made.add(noted(), head=head, item="JD-1", prev=item.id)
    files = new_folder(tmp_path / "case")
    made.write(files)
    judgement = examine(files, bootstrap.world(tmp_path / "home"), quick=True).judgement
    disowned = [one.about for one in findings(judgement) if one.code == "record-disowned"]
    assert disowned == [f"record {2 + MAX_BATCH}"]


@pytest.mark.parametrize("nonce", ["00" * 32, "11" * 32, "22" * 32, "33" * 32])
def test_a_foreign_ledger_is_found_and_changes_no_item(nonce: str, original: Original, new_copy: NewCopy) -> None:
    foreign = MadeCase(MALLORY, nonce=nonce).begin()
    foreign.collect()
    copy = new_copy()
    for row in foreign.rows:
        copy.write(INSERT, foreign.ledger, row.position, row.item, row.envelope, row.nodes)
    assert complaint(copy, positions=[0, 1]) is None


def test_the_key_of_a_foreign_ledger_signs_nothing_here(original: Original, new_copy: NewCopy) -> None:
    foreign = MadeCase(MALLORY).begin()
    copy = new_copy()
    for row in foreign.rows:
        copy.write(INSERT, foreign.ledger, row.position, row.item, row.envelope, row.nodes)
    _append(copy, _next(original, _item(original), item="JD-8", signer=MALLORY.key_id), MALLORY)
    assert complaint(copy, positions=[RECORDS], items=["JD-8"]) is None


def test_a_ledger_of_another_case_in_place_of_this_one_is_not_the_readers(
    original: Original, new_copy: NewCopy
) -> None:
    foreign = MadeCase(MALLORY).begin()
    copy = new_copy()
    copy.write("DELETE FROM entries")
    copy.write_openings("DELETE FROM openings")
    for row in foreign.rows:
        copy.write(INSERT, foreign.ledger, row.position, row.item, row.envelope, row.nodes)
    answer = copy.examine().judgement.questions.signers
    assert (answer.verdict, [one.code for one in answer.findings]) == (Verdict.INDETERMINATE, ["lead-unconfirmed"])


@pytest.mark.parametrize("position", range(1, RECORDS))
def test_a_record_signed_anew_by_the_right_key_is_found_by_whoever_saw_the_first(
    position: int, original: Original, new_copy: NewCopy
) -> None:
    """The holder of the key rewrites one record, and everything that the database knows of it."""
    copy = new_copy()
    entry = read_entry(original.entries[position].envelope)
    frontier = Frontier()
    for row in original.entries:
        envelope = row.envelope
        if row.position == position:
            envelope = format_envelope(sign(changed(entry.statement, act="99" * 16), ANA).envelope)
            copy.set("envelope", position, envelope)
        copy.set("nodes", row.position, b"".join(frontier.append(leaf_hash(envelope))))
    # The record is rewritten for its neighbours' heads.
    assert complaint(copy, positions=[position]) is None


def test_a_removed_opening_is_open_and_not_failed(original: Original, new_copy: NewCopy) -> None:
    verdicts = {}
    for row in original.openings:
        copy = new_copy()
        copy.write_openings("DELETE FROM openings WHERE position = ? AND pointer = ?", row.position, row.pointer)
        answer = copy.examine().judgement.questions.completeness
        found = [(one.code, one.verdict, f"record {row.position}" in one.about) for one in answer.findings]
        verdicts[f"{row.position}{row.pointer}"] = (answer.verdict, found[0])
    expected = (Verdict.INDETERMINATE, ("opening-missing", Verdict.INDETERMINATE, True))
    assert verdicts == dict.fromkeys(verdicts, expected)


def test_without_any_opening_nothing_fails(original: Original, new_copy: NewCopy) -> None:
    copy = new_copy()
    copy.openings.unlink()
    judgement = copy.examine().judgement
    assert (judgement.verdict, [one.about for one in findings(judgement) if one.code == "opening-missing"]) == (
        Verdict.INDETERMINATE,
        ["openings.db"],
    )


def test_a_stray_opening_is_found(original: Original, new_copy: NewCopy) -> None:
    copy = new_copy()
    row = original.openings[0]
    copy.write_openings(INSERT_OPENING, "ab" * 32, row.position, row.pointer, row.salt, row.value)
    assert complaint(copy, stray=True) is None


def test_a_second_opening_of_a_record_is_found(original: Original, new_copy: NewCopy) -> None:
    row = original.openings[0]
    copy = new_copy()
    copy.write_openings(INSERT_OPENING, row.ledger, row.position, "/else", row.salt, row.value)
    assert complaint(copy, positions=[row.position]) is None


def test_what_a_broken_off_write_left_is_open_and_not_failed(original: Original, new_copy: NewCopy) -> None:
    copy = new_copy()
    for number, row in enumerate(original.openings[:5]):
        salt = bytes([number]) * 16
        copy.write_openings(INSERT_OPENING, row.ledger, RECORDS + number, "/name", salt, row.value)
    answer = copy.examine().judgement.questions.completeness
    assert [(one.code, one.verdict) for one in answer.findings][:1] == [("record-unfinished", Verdict.INDETERMINATE)]
    assert answer.verdict is Verdict.INDETERMINATE


def test_whoever_adds_many_openings_does_not_choose_how_much_is_said(original: Original, new_copy: NewCopy) -> None:
    copy = new_copy()
    copy.write_openings(
        "WITH RECURSIVE places(at) AS (SELECT 10000 UNION ALL SELECT at + 1 FROM places LIMIT 3000)"
        " INSERT INTO openings SELECT ?, at, '/name', zeroblob(16), x'' FROM places",
        original.openings[0].ledger,
    )
    found = copy.examine().judgement.questions.completeness.findings
    assert {one.code for one in found} == {"opening-stray"}
    assert len(found) == MAX_FINDINGS + 1
    assert "2000 more records" in found[-1].message


def test_an_opening_that_was_moved_after_the_end_is_not_taken_for_a_broken_off_write(
    original: Original, new_copy: NewCopy
) -> None:
    copy = new_copy()
    row = original.openings[3]
    copy.write_openings("UPDATE openings SET position = ? WHERE position = ?", RECORDS, row.position)
    assert complaint(copy, stray=True) is None


@pytest.mark.parametrize(("pointer", "salt"), [("/te\0xt", bytes(16)), ("/name", b"")])
def test_what_can_open_nothing_was_not_left_by_a_broken_off_write(
    pointer: str, salt: bytes, original: Original, new_copy: NewCopy
) -> None:
    copy = new_copy()
    copy.write_openings(INSERT_OPENING, original.entries[0].ledger, RECORDS, pointer, salt, b"1")
    answer = copy.examine().judgement.questions.completeness
    assert (answer.verdict, answer.findings[0].code) == (Verdict.FAILED, "opening-stray")


def test_much_that_is_wrong_is_counted_and_not_listed(
    original: Original, new_copy: NewCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "MAX_FINDINGS", 20)
    monkeypatch.setattr(structure, "MAX_MISSING", 5)
    copy = new_copy()
    with closing(sqlite3.connect(copy.ledger, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER entries_next")
        rows = [(original.entries[0].ledger, RECORDS + 2 * index, None, b"", b"") for index in range(50)]
        connection.executemany(INSERT, rows)
    judgement = copy.examine().judgement
    told = Counter(one.code for one in findings(judgement))
    assert (told["record-unreadable"], told["signature-wrong"], told["record-missing"]) == (21, 21, 5)
    assert "So it is with 30 more records." in [one.message for one in findings(judgement)]


def test_many_values_that_a_record_does_not_seal_are_a_few_findings(original: Original, new_copy: NewCopy) -> None:
    copy = new_copy()
    with closing(sqlite3.connect(copy.openings, isolation_level=None)) as connection:
        rows = [(original.entries[1].ledger, 1, f"/{index}{'x' * 9000}", b"", b"") for index in range(50)]
        connection.executemany(INSERT_OPENING, rows)
    answer = copy.examine().judgement.questions.completeness
    stray = [one for one in answer.findings if one.code == "opening-stray"]
    assert (len(stray), stray[-1].message) == (17, "openings.db has still more values that the record does not seal.")
    assert max(len(one.message) for one in stray) < 200
    assert "opening-missing" not in {one.code for one in answer.findings}


def test_more_left_values_than_a_record_has_were_not_left_by_a_broken_off_write(
    original: Original, new_copy: NewCopy
) -> None:
    copy = new_copy()
    with closing(sqlite3.connect(copy.openings, isolation_level=None)) as connection:
        rows = [(original.entries[0].ledger, RECORDS, f"/{index}", bytes(16), b"1") for index in range(257)]
        connection.executemany(INSERT_OPENING, rows)
    assert complaint(copy, stray=True, code="opening-stray") is None


def test_of_very_many_ledgers_the_first_are_examined(
    original: Original, new_copy: NewCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledgers, "MAX_LEDGERS", 10)
    copy = new_copy()
    for index in range(20):
        copy.write(INSERT, f"{index:064x}", 0, None, b"{}", b"")
    told = Counter(one.about for one in findings(copy.examine().judgement))
    assert (told["the ledgers"], sum("ledger 0000" in about for about in told)) == (1, 1)
    assert complaint(copy, positions=[0]) is None
