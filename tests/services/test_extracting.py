"""Taking a signed record out of a case: what goes along, what is refused, and how long writers wait."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from custody import bootstrap
from custody.domain.entry import Entry
from custody.domain.events import Collected
from custody.errors import UsageError, VerificationError
from custody.formats import canonical
from custody.formats.checkpoint import Checkpoint
from custody.formats.record import Record, parse_record
from custody.ports import CaseFiles, LedgerReader
from custody.services import looking, reading
from custody.services.extracting import extract_record
from custody.services.recording import Circumstances, CollectOptions, Recorder, Target, collect
from tests.builders import ANA, new_case
from tests.histories import Team
from tests.services import extracts

HOW = Circumstances(method="download", tool="Firefox 128")


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    """A file, and a folder of two files as one item."""
    recorder = new_case(tmp_path / "case", bootstrap.world(tmp_path / "home"))
    (tmp_path / "folder").mkdir()
    for name in ("a", "folder/x", "folder/y"):
        (tmp_path / name).write_bytes(name.encode())
    for target in (Target(str(tmp_path / "a")), Target(str(tmp_path / "folder"), as_one=True)):
        collect(recorder, [target], CollectOptions(HOW), stop=lambda: False, progress=lambda _: None)
    return recorder


def entries(recorder: Recorder) -> list[Entry]:
    return [one for one in reading.entries(recorder.files, recorder.ledger.id) if isinstance(one, Entry)]


def extracted(recorder: Recorder, *pointers: str, files: CaseFiles | None = None, **changes: Any) -> Record:
    """The record of everything, these pointers of items opened."""
    with recorder.files.ledgers.reading() as reader:
        point, note = looking.sign_checkpoint(reader, recorder.ledger, ANA)
    opened = {
        entry.id: {pointer: value for pointer, value in values.items() if pointer in pointers}
        for entry, values in reading.with_values(recorder.files, entries(recorder))
        if isinstance(entry.statement.body, Collected)
    }
    told = {"heads": {recorder.ledger.id: point}, "opened": opened, **changes}
    data = extract_record(
        files or recorder.files,
        recorder.whole,
        told["heads"],
        (recorder.ledger.id, note),
        entries(recorder),
        told["opened"],
    )
    return parse_record(data)


def test_the_list_of_parts_goes_along_where_the_folders_name_is_opened(recorder: Recorder) -> None:
    (item,) = [one for one in entries(recorder) if getattr(one.statement.body, "form", "") == "folder"]
    (parts,) = extracted(recorder, "/name").objects
    assert hashlib.sha256(parts).hexdigest() == item.statement.body.digest  # type: ignore[attr-defined]


def test_the_names_of_parts_stay_here_where_the_folders_does(recorder: Recorder) -> None:
    assert extracted(recorder, "/path").objects == ()


def test_a_list_of_parts_that_was_changed_stays_here(recorder: Recorder) -> None:
    (item,) = [one for one in entries(recorder) if getattr(one.statement.body, "form", "") == "folder"]
    digest = item.statement.body.digest  # type: ignore[attr-defined]
    path = recorder.files.evidence.folder / digest[:2] / digest
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b"!")
    assert extracted(recorder, "/name").objects == ()


def test_only_what_was_asked_for_is_opened(recorder: Recorder) -> None:
    assert {one.opening.pointer for one in extracted(recorder, "/name").openings} == {"/name"}


def test_an_entry_that_no_head_covers_is_refused(recorder: Recorder) -> None:
    point = Checkpoint(f"custody/{recorder.ledger.id}", 1, bytes(32))
    with pytest.raises(UsageError):
        extracted(recorder, heads={recorder.ledger.id: point})


def test_a_head_that_the_ledger_never_had_is_refused(recorder: Recorder) -> None:
    point = Checkpoint(f"custody/{recorder.ledger.id}", 3, bytes(32))
    with pytest.raises(VerificationError):
        extracted(recorder, heads={recorder.ledger.id: point})


def test_a_stored_tree_that_is_not_that_of_the_records_is_refused(recorder: Recorder) -> None:
    database = recorder.files.folder / "ledger.db"
    with recorder.files.ledgers.reading() as reader:
        point, note = looking.sign_checkpoint(reader, recorder.ledger, ANA)
    some = entries(recorder)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE entries SET nodes = zeroblob(length(nodes)) WHERE position = 0")
    with pytest.raises(VerificationError, match="the stored tree is not that of the records"):
        extract_record(
            recorder.files, recorder.whole, {recorder.ledger.id: point}, (recorder.ledger.id, note), some, {}
        )


def test_a_value_that_is_not_what_is_kept_is_refused(recorder: Recorder) -> None:
    first = entries(recorder)[1]
    with pytest.raises(VerificationError, match="what opens /name"):
        extracted(recorder, opened={first.id: {"/name": {"text": "another"}}})


def test_writers_never_wait_for_more_than_a_slice(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each view of the database reads no more entries than a slice has."""
    monkeypatch.setattr(reading, "SLICE", 1)
    views = []

    class Counting:
        @contextmanager
        def reading(self) -> Iterator[LedgerReader]:
            views.append(1)
            with recorder.files.ledgers.reading() as reader:
                yield reader

    files = replace(recorder.files, ledgers=Counting())  # type: ignore[arg-type]
    extracted(recorder, "/name", files=files)
    assert len(views) == 3 + 2 + 2  # entries, earlier heads, and entries that are opened


def test_every_head_that_somebody_named_can_be_followed(tmp_path: Path) -> None:
    team = Team()
    ben = team.member("Ben")
    item = team.collects(team.lead)
    team.sees(ben, team.lead)
    team.notes(team.lead, item)
    record = parse_record(extracts.extracted(team, tmp_path / "case"))
    sizes = {one.size for one in extracts.ledger_of(record, team.lead.ledger).consistency}
    assert sizes == {1, 2, 3}


def test_what_is_opened_is_the_kept_value(recorder: Recorder) -> None:
    found = {one.statement: canonical.parse(one.opening.encoded) for one in extracted(recorder, "/name").openings}
    assert sorted(value["text"] for value in found.values()) == ["a", "folder"]
