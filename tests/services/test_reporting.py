"""The record that a report carries is what docs/format.md says, read by code that shares nothing with ours."""

import base64
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from custody import bootstrap
from custody.adapters.database import connection
from custody.domain.entry import Entry
from custody.domain.events import Reported
from custody.domain.trust import Trust
from custody.errors import StorageError, UsageError
from custody.ports import LedgerReader, LedgerStore, LedgerWriter
from custody.services import reading, reporting
from custody.services.recording import (
    Circumstances,
    CollectOptions,
    Draft,
    Recorder,
    Target,
    collect,
    collect_text,
    note,
)
from custody.services.reporting import MadeReport
from tests.builders import ANA, Quiet, attempted, new_case
from tests.oracles import canonical, merkle
from tests.services import outsider

HOW = Circumstances(method="download", tool="Firefox 128", place="Market square", found_at="https://example.org/1")


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    """Two files, a failed attempt, a typed text, a note on the first file."""
    recorder = new_case(tmp_path / "case", bootstrap.world(tmp_path / "home"))
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(name.encode())
    targets = [Target(str(tmp_path / name)) for name in ("a", "gone", "b")]
    collect(recorder, targets, CollectOptions(HOW), stop=lambda: False, progress=lambda _: None)
    collect_text(recorder, "+49 151 0000000", HOW)
    note(recorder, "JD-1", "from another day")
    return recorder


def _report(recorder: Recorder, output: Path, *numbers: str) -> MadeReport:
    return reporting.make_report(
        recorder,
        ANA,
        Trust(own=frozenset({ANA.key_id})),
        numbers=numbers,
        output=output,
        writer=bootstrap.report_writer(),
        document_signer=bootstrap.document_signer(),
        progress=Quiet(),
    )


def _attachment(pdf: bytes) -> dict[str, Any]:
    import pypdf

    (data,) = pypdf.PdfReader(io.BytesIO(pdf)).attachments["custody-record.json"]
    assert isinstance(data, bytes)
    content = json.loads(data)
    assert canonical.encode(content) == data
    assert isinstance(content, dict)
    return content


def _size_and_root(note_text: str, origin: str) -> tuple[int, str]:
    """What the signed note says (section 6), its signature checked."""
    text, _, signatures = note_text.partition("\n\n")
    lines = text.split("\n")
    assert lines[0] == origin
    dash, name, blob = signatures.removesuffix("\n").split(" ")
    raw = base64.b64decode(blob)
    key = ANA.public.checkpoint_key
    assert (dash, name) == ("—", origin)
    assert raw[:4] == hashlib.sha256(name.encode() + b"\n\x01" + key).digest()[:4]
    Ed25519PublicKey.from_public_bytes(key).verify(raw[4:], f"{text}\n".encode())
    return int(lines[1]), base64.b64decode(lines[2]).hex()


@pytest.mark.parametrize(
    ("numbers", "positions"),
    [((), [0, 1, 2, 3, 4, 5]), (("JD-1",), [0, 1, 2, 5]), (("JD-3", "JD-2"), [0, 2, 3, 4])],
)
def test_a_report_carries_the_signed_record_of_what_it_covers(
    recorder: Recorder, tmp_path: Path, numbers: tuple[str, ...], positions: list[int]
) -> None:
    before = outsider.read(recorder.files.folder)
    _report(recorder, tmp_path / "report.pdf", *numbers)
    content = _attachment((tmp_path / "report.pdf").read_bytes())
    envelopes = [record.envelope for record in before]
    assert {name: content[name] for name in ("type", "case", "ledger")} == {
        "type": "custody-record/v1",
        "case": before[0].statement["case"],
        "ledger": before[0].statement["ledger"],
    }
    origin = f"custody/{content['ledger']}"
    assert _size_and_root(content["checkpoint"], origin) == (6, merkle.tree_hash(envelopes).hex())
    assert content["entries"] == [
        {
            "envelope": envelopes[position].decode(),
            "position": position,
            "proof": [base64.b64encode(one).decode() for one in merkle.audit_path(position, envelopes)],
        }
        for position in positions
    ]


def test_a_report_opens_what_helps_to_check_and_nothing_that_exposes(recorder: Recorder, tmp_path: Path) -> None:
    records = {record.id: record for record in outsider.read(recorder.files.folder)}
    _report(recorder, tmp_path / "report.pdf")
    opened: dict[int, set[str]] = {}
    for one in _attachment((tmp_path / "report.pdf").read_bytes())["openings"]:
        record = records[one["statement"]]
        assert record.values[one["pointer"]] == one["value"]
        opened.setdefault(record.statement["position"], set()).add(one["pointer"])
    # Nothing of the failed attempt (2) and the note (5), no path and no place.
    assert opened == {
        0: {"/title", "/lead/certificate", "/lead/name", "/lead/organisation"},
        1: {"/name", "/found_at"},
        3: {"/name", "/found_at"},
        4: {"/digest", "/size", "/found_at"},
    }


def test_a_report_is_recorded_after_the_checkpoint_that_it_states(recorder: Recorder, tmp_path: Path) -> None:
    before = outsider.read(recorder.files.folder)
    made = _report(recorder, tmp_path / "report.pdf", "JD-2")
    pdf = (tmp_path / "report.pdf").read_bytes()
    record = outsider.read(recorder.files.folder)[-1]
    assert record.body == {
        "type": "reported/v1",
        "digest": hashlib.sha256(pdf).hexdigest(),
        "size": len(pdf),
        "items": 1,
        "whole": False,
        "checkpoint_size": 6,
        "checkpoint_root": merkle.tree_hash([one.envelope for one in before]).hex(),
    }
    assert (made.digest, made.record, made.items) == (record.body["digest"], record.statement["position"], 1)


@pytest.mark.parametrize("numbers", [("JD-9",), ("JD-1", "XX-1")])
def test_a_report_on_an_item_that_is_not_there_is_neither_written_nor_recorded(
    recorder: Recorder, tmp_path: Path, numbers: tuple[str, ...]
) -> None:
    before = len(outsider.read(recorder.files.folder))
    with pytest.raises(UsageError, match="there is no item"):
        _report(recorder, tmp_path / "report.pdf", *numbers)
    assert not (tmp_path / "report.pdf").exists()
    assert len(outsider.read(recorder.files.folder)) == before


def test_a_report_over_another_file_is_neither_written_nor_recorded(recorder: Recorder, tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(b"old")
    before = len(outsider.read(recorder.files.folder))
    with pytest.raises(UsageError, match="exists already"):
        _report(recorder, tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes() == b"old"
    assert len(outsider.read(recorder.files.folder)) == before


# --- beside other writers, and broken off -----------------------------


class _Hooked:
    """A ledger store of which others hear: before each view of it, and after each write."""

    def __init__(self, ledgers: LedgerStore) -> None:
        self._ledgers = ledgers
        self.before_view: Callable[[], object] = lambda: None
        self.after_write: Callable[[], object] = lambda: None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledgers, name)

    @contextmanager
    def reading(self) -> Iterator[LedgerReader]:
        self.before_view()
        with self._ledgers.reading() as reader:
            yield reader

    @contextmanager
    def writing(self) -> Iterator[LedgerWriter]:
        with self._ledgers.writing() as writer:
            yield writer
        self.after_write()


def test_others_record_between_any_two_slices_of_what_a_report_reads(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_S", 0.05)
    monkeypatch.setattr(reading, "SLICE", 1)
    other = Recorder(recorder.files, recorder.world, ANA)
    hooked = _Hooked(recorder.files.ledgers)
    recorder.files = replace(recorder.files, ledgers=hooked)
    recorded: list[int] = []

    def record() -> None:
        recorded.append(other.append([Draft(attempted())])[0].position)

    made_record = reporting._record

    def begin(*arguments: Any) -> bytes:
        record()
        hooked.before_view = record
        return made_record(*arguments)

    monkeypatch.setattr(reporting, "_record", begin)
    made = _report(recorder, tmp_path / "report.pdf")
    entries = _attachment((tmp_path / "report.pdf").read_bytes())["entries"]
    assert [entry["position"] for entry in entries] == list(range(6))
    # Before the record is read, and before each entry of it.
    assert len(recorded) >= 1 + len(entries)
    assert recorded == list(range(6, made.record))


@pytest.mark.parametrize("error", [KeyboardInterrupt(), StorageError("nothing was recorded")])
def test_a_report_that_could_not_be_recorded_is_not_left(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def stop() -> None:
        raise error

    monkeypatch.setattr(recorder.files.evidence, "sync", stop)
    with pytest.raises(type(error)):
        _report(recorder, tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()
    assert _named(recorder) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt(), StorageError("it may be recorded all the same")])
def test_a_report_that_a_record_names_stays_whatever_happened_after(
    recorder: Recorder, tmp_path: Path, error: BaseException
) -> None:
    def stop() -> None:
        raise error

    hooked = _Hooked(recorder.files.ledgers)
    hooked.after_write = stop
    recorder.files = replace(recorder.files, ledgers=hooked)
    with pytest.raises(type(error)):
        _report(recorder, tmp_path / "report.pdf")
    assert _named(recorder) == [hashlib.sha256((tmp_path / "report.pdf").read_bytes()).hexdigest()]


def _named(recorder: Recorder) -> list[str]:
    """The digests of the reports that the ledger tells of."""
    bodies = [
        one.statement.body for one in reading.entries(recorder.files, recorder.ledger.id) if isinstance(one, Entry)
    ]
    return [body.digest for body in bodies if isinstance(body, Reported)]
