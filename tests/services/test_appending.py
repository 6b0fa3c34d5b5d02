"""Appending: numbers without gaps whoever writes at once, bounded batches, and refusals that change nothing."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import groupby
from pathlib import Path

import msgspec
import pytest

from custody import bootstrap
from custody.adapters.casefolder import read_case
from custody.domain.entry import Entry, read_entry
from custody.domain.events import Unknown
from custody.domain.verdict import Verdict
from custody.errors import (
    CustodyError,
    FormatError,
    RuleError,
    SigningError,
    StorageError,
    UsageError,
    VerificationError,
)
from custody.ports import CaseFiles, World
from custody.services import looking, reading
from custody.services.recording import Circumstances, Draft, Recorder, appending, collect_text, note
from tests.builders import (
    ANA,
    MALLORY,
    MadeCase,
    attempted,
    changed,
    collected,
    examine,
    findings,
    new_case,
    new_folder,
    reported,
    sign,
)

HOW = Circumstances(method="typed", tool="keyboard")
WRITERS, ITEMS, AT_ONCE = 8, 25, 5

CHILD = f"""
import sys
from pathlib import Path
from custody import bootstrap
from custody.adapters.casefolder import read_case
from custody.services.recording import Draft, Recorder
from tests.builders import ANA, collected
folder, home = map(Path, sys.argv[1:])
recorder = Recorder(bootstrap.case_files(read_case(folder)), bootstrap.world(home), ANA)
for _ in range({ITEMS // AT_ONCE}):
    for recorded in recorder.append([Draft(collected(), new_item=True)] * {AT_ONCE}):
        print(recorded.item)
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return bootstrap.world(tmp_path / "home")


@pytest.fixture
def recorder(tmp_path: Path, world: World) -> Recorder:
    return new_case(tmp_path / "case", world)


def _statements(files: CaseFiles) -> list[dict[str, object]]:
    """Every statement, read without custody's own code."""
    import base64

    with closing(sqlite3.connect(files.folder / "ledger.db")) as connection:
        rows = connection.execute("SELECT envelope FROM entries ORDER BY position").fetchall()
    return [json.loads(base64.b64decode(json.loads(envelope)["payload"])) for (envelope,) in rows]


def _failed(files: CaseFiles, world: World) -> list[str]:
    judgement = examine(files, world, quick=True).judgement
    return [finding.code for finding in findings(judgement) if finding.verdict is Verdict.FAILED]


def test_eight_processes_at_once_give_dense_and_unique_numbers(recorder: Recorder, tmp_path: Path) -> None:
    here = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here), os.environ.get("PYTHONPATH", "")])}
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, str(recorder.files.folder), str(tmp_path / "home")],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for _ in range(WRITERS)
    ]
    told = [child.communicate()[0].split() for child in children]
    assert [child.returncode for child in children] == [0] * WRITERS
    everything = [f"JD-{counter}" for counter in range(1, WRITERS * ITEMS + 1)]
    assert sorted((number for one in told for number in one), key=lambda number: int(number[3:])) == everything
    statements = _statements(recorder.files)
    assert [statement["item"] for statement in statements[1:]] == everything
    assert [statement["position"] for statement in statements] == list(range(WRITERS * ITEMS + 1))
    # Each writer had the lock for a whole batch.
    sizes = [len(list(batch)) for _, batch in groupby(statements[1:], key=lambda one: one["head"])]
    assert sizes == [AT_ONCE] * (WRITERS * ITEMS // AT_ONCE)
    assert _failed(recorder.files, recorder.world) == []


def test_a_batch_ends_at_its_greatest_length(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appending, "MAX_SIGNING_S", 600)
    heard: list[int] = []
    drafts = [Draft(attempted())] * 2050
    recorded = recorder.append(drafts, reported=lambda one: heard.append(one.position))
    sizes = [len(list(batch)) for _, batch in groupby(_statements(recorder.files)[1:], key=lambda one: one["head"])]
    assert (sizes, [one.position for one in recorded], heard) == (
        [2048, 2],
        list(range(1, 2051)),
        list(range(1, 2051)),
    )
    assert _failed(recorder.files, recorder.world) == []


def test_a_slow_key_ends_its_batch_early(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appending, "MAX_SIGNING_S", 0)
    recorder.append([Draft(attempted())] * 3)
    heads = [statement["head"] for statement in _statements(recorder.files)]
    assert [head["size"] for head in heads if isinstance(head, dict)] == [0, 1, 2, 3]


def test_nothing_to_append_appends_nothing(recorder: Recorder) -> None:
    assert recorder.append([]) == []
    assert len(_statements(recorder.files)) == 1


def test_what_is_appended_is_remembered(recorder: Recorder) -> None:
    recorder.append([Draft(attempted())] * 3)
    head = recorder.world.heads.get(recorder.ledger.id)
    assert head is not None
    assert (head.size, head.case) == (4, recorder.case)


# --- refusals ---------------------------------------------------------


def _refused(recorder: Recorder, drafts: Sequence[Draft], error: type[CustodyError]) -> CustodyError:
    before = _statements(recorder.files)
    with pytest.raises(error) as refusal:
        recorder.append(drafts)
    assert _statements(recorder.files) == before
    return refusal.value


def test_a_draft_that_breaks_a_rule_keeps_its_whole_batch_out(recorder: Recorder) -> None:
    refusal = _refused(
        recorder, [Draft(attempted()), Draft(reported(checkpoint_size=99)), Draft(attempted())], RuleError
    )
    assert refusal.exit_code == 3


def test_a_note_on_an_item_that_is_not_there_is_refused(recorder: Recorder) -> None:
    with pytest.raises(RuleError, match="there is no item JD-1"):
        note(recorder, "JD-1", "text")
    assert len(_statements(recorder.files)) == 1


def test_a_statement_that_could_not_be_read_again_is_refused(recorder: Recorder) -> None:
    assert _refused(recorder, [Draft(attempted(tool="two\nlines"))], FormatError).exit_code == 4


def test_a_store_that_cannot_be_synced_records_nothing(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(recorder.files.evidence, "sync", full)
    _refused(recorder, [Draft(attempted())], StorageError)


@pytest.mark.parametrize("error", [MemoryError, RuntimeError, KeyboardInterrupt])
def test_nothing_is_recorded_whatever_it_was_that_ended_the_syncing(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def ends() -> None:
        raise error

    monkeypatch.setattr(recorder.files.evidence, "sync", ends)
    before = _statements(recorder.files)
    # To the database, too little memory is a page that names a length which nobody has.
    with pytest.raises(FormatError if error is MemoryError else error):
        recorder.append([Draft(attempted())])
    assert _statements(recorder.files) == before


@pytest.mark.parametrize("text", ["", "  \n", "x" * 100_001])
def test_a_note_without_words_or_with_too_many_is_refused(recorder: Recorder, text: str) -> None:
    with pytest.raises(UsageError):
        note(recorder, "JD-1", text)


def test_the_ledger_of_another_key_is_not_written(recorder: Recorder) -> None:
    with pytest.raises(SigningError, match="has no ledger in this case"):
        Recorder(recorder.files, recorder.world, MALLORY)


def _made(tmp_path: Path, made: MadeCase) -> CaseFiles:
    files = new_folder(tmp_path / "made")
    made.write(files)
    return files


UNKNOWN = Unknown(content={"type": "cooled/v2"})


def test_nothing_is_appended_after_a_kind_that_is_not_known(tmp_path: Path, world: World) -> None:
    made = MadeCase().begin()
    made.say(UNKNOWN)
    with pytest.raises(RuleError) as refusal:
        Recorder(_made(tmp_path, made), world, ANA)
    assert (refusal.value.exit_code, refusal.value.message) == (
        3,
        "record 1 is of a kind that this version does not know (cooled/v2)",
    )


def test_nothing_is_appended_after_an_unknown_kind_that_known_ones_follow(tmp_path: Path, world: World) -> None:
    made = MadeCase().begin()
    made.say(UNKNOWN)
    made.collect()
    made.collect()
    files = _made(tmp_path, made)
    for _ in range(2):  # that the head is remembered now makes no difference
        with pytest.raises(RuleError, match="record 1 is of a kind"):
            Recorder(files, world, ANA)


def test_nothing_is_appended_after_an_unknown_kind_that_came_while_this_computer_looked_on(
    tmp_path: Path, world: World
) -> None:
    made = MadeCase().begin()
    files = _made(tmp_path, made)
    recorder = Recorder(files, world, ANA)
    written = len(made.rows)
    made.say(UNKNOWN)
    made.collect()
    with files.ledgers.writing() as writer:
        writer.append(made.ledger, made.rows[written:], [])
    looking.look(files, world)
    assert _refused(recorder, [Draft(attempted())], RuleError).exit_code == 3


def test_a_head_beyond_what_can_be_followed_is_remembered(tmp_path: Path, world: World) -> None:
    """Or whoever adds a record of a later version could have a rewritten ledger pass afterwards."""
    made = MadeCase().begin()
    made.collect()
    made.say(UNKNOWN)
    files = _made(tmp_path, made)
    looking.look(files, world)
    seen = world.heads.get(made.ledger)
    assert seen is not None
    assert (seen.size, seen.followed) == (3, 2)
    _damage(files, "DELETE FROM entries WHERE position > 0")
    with pytest.raises(VerificationError, match=r"has 1 record \(root \w+…\), but on"):
        looking.look(files, world)


def test_what_a_later_version_can_follow_is_followed_then(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = MadeCase().begin()
    made.say(UNKNOWN)
    files = _made(tmp_path, made)
    looking.look(files, world)
    monkeypatch.setattr(looking, "Unknown", ())  # every kind is known
    Recorder(files, world, ANA).append([Draft(attempted())])
    seen = world.heads.get(made.ledger)
    assert seen is not None
    assert (seen.size, seen.followed) == (3, 3)


def test_what_was_followed_before_is_not_read_again(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = MadeCase().begin()
    for _ in range(200):
        made.say(attempted())
    files = _made(tmp_path, made)
    Recorder(files, world, ANA).append([Draft(attempted())])
    looked_at: list[bytes] = []

    def counting(data: bytes) -> Entry:
        looked_at.append(data)
        return read_entry(data)

    monkeypatch.setattr(reading, "read_entry", counting)
    Recorder(files, world, ANA)
    # The opening record, and the newest batch; not all 202 again.
    assert len(looked_at) < 5


def test_nothing_is_appended_to_a_batch_that_another_key_signed(tmp_path: Path, world: World) -> None:
    made = MadeCase().begin()
    files = _made(tmp_path, made)
    recorder = Recorder(files, world, ANA)
    made.add(attempted(), signed_by=MALLORY)
    with files.ledgers.writing() as writer:
        writer.append(made.ledger, made.rows[1:], [])
    before = _statements(files)
    with pytest.raises(VerificationError):
        recorder.append([Draft(attempted())])
    assert _statements(files) == before


@pytest.mark.parametrize("position", [1, 2, 3, 4])
def test_nothing_is_appended_to_a_ledger_with_a_gap_that_is_met(
    recorder: Recorder, tmp_path: Path, position: int
) -> None:
    recorder.append([Draft(collected(), new_item=True), *[Draft(attempted())] * 4])
    elsewhere = Recorder(recorder.files, bootstrap.world(tmp_path / "another home"), ANA)
    _damage(recorder.files, "DELETE FROM entries WHERE position = ?", position + 1)
    before = _statements(recorder.files)
    with pytest.raises(CustodyError):
        elsewhere.append([Draft(collected(), new_item=True)])
    assert _statements(recorder.files) == before


def test_the_last_number_is_remembered_and_its_index_not_believed(recorder: Recorder) -> None:
    recorder.append([Draft(collected(), new_item=True)] * 2)
    recorder.append([Draft(attempted())] * 3)
    _damage(recorder.files, "UPDATE entries SET item = NULL WHERE item = ?", "JD-2")
    assert [one.item for one in recorder.append([Draft(collected(), new_item=True)])] == ["JD-3"]


def test_a_number_is_not_given_twice_when_another_computer_wrote_the_newest(recorder: Recorder, tmp_path: Path) -> None:
    recorder.append([Draft(collected(), new_item=True)])
    elsewhere = Recorder(recorder.files, bootstrap.world(tmp_path / "another home"), ANA)
    elsewhere.append([Draft(collected(), new_item=True), Draft(attempted())])
    elsewhere.append([Draft(attempted())])
    looking.look(recorder.files, recorder.world)  # remembers the head, and of no number
    assert [one.item for one in recorder.append([Draft(collected(), new_item=True)])] == ["JD-3"]


def test_an_item_after_many_notes_costs_no_more_than_before_them(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.append([Draft(collected(), new_item=True)])
    recorder.append([Draft(attempted())] * 500)
    looked_at: list[bytes] = []

    def counting(data: bytes) -> Entry:
        looked_at.append(data)
        return read_entry(data)

    recorder.append([Draft(attempted())])
    monkeypatch.setattr(reading, "read_entry", counting)
    recorder.append([Draft(collected(), new_item=True)])
    assert len(looked_at) < 5


# --- looking ----------------------------------------------------------


def _damage(files: CaseFiles, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(files.folder / "ledger.db", isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(sql, values)
        for _, text in triggers:
            connection.execute(text)


def test_looking_refuses_a_ledger_that_lost_its_newest_records(recorder: Recorder) -> None:
    recorder.append([Draft(attempted())] * 3)
    _damage(recorder.files, "DELETE FROM entries WHERE position = 3")
    with pytest.raises(
        VerificationError,
        match=r"has 3 records \(root \w+…\), but on .* this computer saw 4 records \(root .*: records were taken away",
    ):
        looking.look(recorder.files, recorder.world)


def test_looking_refuses_a_ledger_that_was_rewritten(tmp_path: Path, world: World) -> None:
    first, second = MadeCase().begin(), MadeCase().begin()
    first.collect()
    second.collect(size=99)
    second.collect()
    looking.look(_made(tmp_path / "1", first), world)
    with pytest.raises(VerificationError, match=r"this computer saw 2 records .*: older records were rewritten"):
        looking.look(_made(tmp_path / "2", second), world)


def test_what_does_not_extend_is_never_remembered(recorder: Recorder) -> None:
    recorder.append([Draft(attempted())] * 3)
    before = recorder.world.heads.get(recorder.ledger.id)
    _damage(recorder.files, "DELETE FROM entries WHERE position = 3")
    for act in (lambda: looking.look(recorder.files, recorder.world), lambda: recorder.append([Draft(attempted())])):
        with pytest.raises(VerificationError):
            act()
    assert recorder.world.heads.get(recorder.ledger.id) == before


def test_an_older_copy_is_refused_and_the_newer_one_stays_remembered(tmp_path: Path, world: World) -> None:
    import shutil

    recorder = new_case(tmp_path / "case", world)
    shutil.copytree(tmp_path / "case", tmp_path / "old")
    recorder.append([Draft(attempted())])
    with pytest.raises(VerificationError, match="has 1 record "):
        Recorder(bootstrap.case_files(read_case(tmp_path / "old")), world, ANA)
    recorder.append([Draft(attempted())])


@pytest.mark.parametrize("position", [1, 2, 3])
def test_nothing_is_remembered_when_the_newest_batch_is_not_the_owners(
    tmp_path: Path, world: World, position: int
) -> None:
    made = MadeCase().begin()
    head = made.statement(attempted()).head
    for number in range(1, 4):
        made.add(attempted(), head=head, signed_by=MALLORY if number == position else ANA)
    with pytest.raises(VerificationError):
        looking.look(_made(tmp_path, made), world)
    assert world.heads.get(made.ledger) is None


def test_a_case_that_nobody_opened_is_no_ledger(tmp_path: Path, world: World) -> None:
    made = MadeCase()
    made.add(collected(), people=None)
    files = _made(tmp_path, made)
    with pytest.raises(VerificationError, match="no record here opens a case"):
        looking.look(files, world)


def test_a_case_opened_by_another_key_than_its_leads_is_no_ledger(tmp_path: Path, world: World) -> None:
    made = MadeCase()
    entry = made.open()
    forged = sign(changed(entry.statement, people=None), MALLORY)
    from custody.formats.dsse import format_envelope
    from custody.formats.merkle import leaf_hash

    envelope = format_envelope(forged.envelope)
    made.rows[0] = replace(made.rows[0], envelope=envelope, nodes=leaf_hash(envelope))
    with pytest.raises(VerificationError, match="no record here opens a case"):
        looking.look(_made(tmp_path, made), world)


def test_looking_and_appending_cost_little_in_a_large_ledger(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.contract.test_ledger_store import _Meter

    costs = {}
    for size in (1_000, 20_000):
        files = _large(tmp_path / str(size), world, size).files
        meter = _Meter(monkeypatch)
        costs[size] = [
            *meter.measure(partial(Recorder, files, world, ANA)),
            *meter.measure(partial(Recorder(files, world, ANA).append, [Draft(collected(), new_item=True)])),
        ]
        monkeypatch.undo()
    assert all(large <= 3 * small for small, large in zip(costs[1_000], costs[20_000], strict=True))


def _large(folder: Path, world: World, size: int) -> Recorder:
    """A ledger whose first and last records are signed; those between are readable, and only looked through once."""
    from custody.domain.statement import Head, format_statement
    from custody.formats.dsse import format_envelope
    from custody.formats.merkle import Frontier, leaf_hash
    from custody.ports import Row

    made = MadeCase(nonce=f"{size:064x}").begin()
    frontier = Frontier()
    frontier.append(leaf_hash(made.rows[0].envelope))
    model = sign(made.statement(collected(), item="JD-1"), ANA).envelope
    for position in range(1, size):
        statement = made.statement(collected(), item=f"JD-{position}", position=position)
        unsigned = msgspec.structs.replace(model, unverified_payload=format_statement(statement))
        envelope = format_envelope(unsigned)
        made.rows.append(Row(position, f"JD-{position}", envelope, b"".join(frontier.append(leaf_hash(envelope)))))
    last = made.statement(collected(), item=f"JD-{size}", head=Head(size=size, root=frontier.root().hex()))
    envelope = format_envelope(sign(last, ANA).envelope)
    made.rows.append(Row(size, f"JD-{size}", envelope, b"".join(frontier.append(leaf_hash(envelope)))))
    folder.mkdir()
    files = new_folder(folder / "case")
    made.write(files)
    return Recorder(files, world, ANA)


def test_a_typed_text_is_an_item(recorder: Recorder) -> None:
    item = collect_text(recorder, "+49 151 0000000", HOW)
    assert (item.number, item.size) == ("JD-1", 15)


def _leave(files: CaseFiles, ledger: str, position: int) -> None:
    with closing(sqlite3.connect(files.folder / "openings.db", isolation_level=None)) as connection:
        connection.execute("INSERT INTO openings VALUES (?, ?, '/text', ?, ?)", (ledger, position, bytes(16), b'"x"'))


def test_what_a_broken_off_write_left_is_not_replaced_without_a_word(recorder: Recorder) -> None:
    told: list[str] = []
    recorder.world = replace(recorder.world, warn=told.append)
    recorder.append([Draft(attempted())])
    assert told == []
    _leave(recorder.files, recorder.ledger.id, 2)
    _leave(recorder.files, recorder.ledger.id, 2 + 2047)
    recorder.append([Draft(attempted())])
    assert [text[:14] for text in told] == ["Note: 2 values"]
    recorder.append([Draft(attempted())])
    assert len(told) == 1


def test_values_further_on_than_a_broken_off_write_leaves_them_stop_the_writer(recorder: Recorder) -> None:
    _leave(recorder.files, recorder.ledger.id, 1 + 2048)
    assert "further on" in _refused(recorder, [Draft(attempted())], FormatError).message
