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
from custody.domain.report import parse_report
from custody.domain.verdict import Verdict
from custody.errors import RuleError, StorageError, UsageError, VerificationError
from custody.ports import LedgerReader, LedgerStore, LedgerWriter
from custody.services import extracting, reading
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
from custody.services.reporting import copy_report, making
from tests.builders import ANA, attempted, examine, findings, new_case
from tests.documents import Plain, make
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


def _attached(pdf: bytes, name: str) -> bytes:
    import pypdf

    (data,) = pypdf.PdfReader(io.BytesIO(pdf)).attachments[name]
    assert isinstance(data, bytes)
    return data


def _attachment(pdf: bytes) -> dict[str, Any]:
    data = _attached(pdf, "custody-record.json")
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
    make(recorder, tmp_path / "report.pdf", *numbers)
    content = _attachment((tmp_path / "report.pdf").read_bytes())
    envelopes = [record.envelope for record in before]
    assert (content["type"], content["case"]) == ("custody-record/v2", before[0].statement["case"])
    (ledger,) = content["ledgers"]
    assert ledger["ledger"] == before[0].statement["ledger"]
    origin = f"custody/{ledger['ledger']}"
    assert _size_and_root(ledger["checkpoint"], origin) == (6, merkle.tree_hash(envelopes).hex())
    assert ledger["entries"] == [
        {
            "envelope": envelopes[position].decode(),
            "position": position,
            "proof": [base64.b64encode(one).decode() for one in merkle.audit_path(position, envelopes)],
        }
        for position in positions
    ]


def _opened(recorder: Recorder, pdf: Path) -> dict[int, set[str]]:
    """The pointers that a document opens, by position; each value is the one that was sealed."""
    records = {record.id: record for record in outsider.read(recorder.files.folder)}
    opened: dict[int, set[str]] = {}
    for one in _attachment(pdf.read_bytes())["openings"]:
        record = records[one["statement"]]
        assert record.values[one["pointer"]] == one["value"]
        opened.setdefault(record.statement["position"], set()).add(one["pointer"])
    return opened


ALWAYS = {0: {"/lead/name", "/lead/organisation"}, 4: {"/digest", "/size"}}


@pytest.mark.parametrize(("numbers", "missing"), [((), set()), (("JD-1",), {3, 4, 6})])
def test_only_a_report_of_everything_has_every_record(
    recorder: Recorder, tmp_path: Path, numbers: tuple[str, ...], missing: set[int]
) -> None:
    note(recorder, None, "on the case")
    make(recorder, tmp_path / "report.pdf", *numbers, fields=frozenset({"notes"}))
    (ledger,) = _attachment((tmp_path / "report.pdf").read_bytes())["ledgers"]
    assert set(range(7)) - {one["position"] for one in ledger["entries"]} == missing
    assert 6 not in _opened(recorder, tmp_path / "report.pdf")


@pytest.mark.parametrize("fields", [frozenset(), frozenset({"time-zone"})])
def test_a_report_tells_where_the_maker_sits_only_where_time_zones_are_opened(
    recorder: Recorder, tmp_path: Path, fields: frozenset[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(recorder.world.machine), "time_zone", lambda _: "Europe/Kyiv")
    report = make(recorder, tmp_path / "report.pdf", fields=fields).report
    assert ("Kyiv" in report.generated_local) == bool(fields)


def test_a_report_opens_what_checking_needs_and_nothing_else(recorder: Recorder, tmp_path: Path) -> None:
    make(recorder, tmp_path / "report.pdf")
    assert _opened(recorder, tmp_path / "report.pdf") == ALWAYS


@pytest.mark.parametrize(
    ("field", "opened"),
    [
        ("name", {1: {"/name"}, 2: {"/name"}, 3: {"/name"}}),
        ("found-at", {1: {"/found_at"}, 3: {"/found_at"}, 4: {"/found_at"}}),
        ("notes", {5: {"/text"}}),
        ("title", {0: {"/title"}}),
        ("place", {1: {"/place"}, 3: {"/place"}, 4: {"/place"}}),
        ("path", {1: {"/path"}, 2: {"/path"}, 3: {"/path"}}),
        ("machine", {1: {"/machine"}, 3: {"/machine"}, 4: {"/machine"}}),
        ("time-zone", {1: {"/time_zone"}, 3: {"/time_zone"}, 4: {"/time_zone"}}),
        ("terms", {}),
    ],
)
def test_a_field_that_is_named_is_opened_and_no_other(
    recorder: Recorder, tmp_path: Path, field: str, opened: dict[int, set[str]]
) -> None:
    make(recorder, tmp_path / "report.pdf", fields=frozenset({field}))
    expected = {at: ALWAYS.get(at, set()) | opened.get(at, set()) for at in {*ALWAYS, *opened}}
    assert _opened(recorder, tmp_path / "report.pdf") == expected


def test_names_of_failed_captures_stay_sealed_where_items_were_chosen(recorder: Recorder, tmp_path: Path) -> None:
    make(recorder, tmp_path / "report.pdf", "JD-1", fields=frozenset({"name", "path"}))
    assert _opened(recorder, tmp_path / "report.pdf") == {0: ALWAYS[0], 1: {"/name", "/path"}}


def test_a_report_is_recorded_after_the_checkpoint_that_it_states(recorder: Recorder, tmp_path: Path) -> None:
    before = outsider.read(recorder.files.folder)
    made = make(recorder, tmp_path / "report.pdf", "JD-2")
    pdf = (tmp_path / "report.pdf").read_bytes()
    record = outsider.read(recorder.files.folder)[-1]
    size = record.body["unsigned_size"]
    assert record.body == {
        "type": "reported/v1",
        "number": 1,
        "version": 1,
        "supersedes": None,
        "kind": "integrity",
        "unsigned_digest": hashlib.sha256(pdf[:size]).hexdigest(),
        "unsigned_size": size,
        "digest": hashlib.sha256(pdf).hexdigest(),
        "size": len(pdf),
        "items": 1,
        "whole": False,
        "checkpoint_size": 6,
        "checkpoint_root": merkle.tree_hash([one.envelope for one in before]).hex(),
    }
    assert (made.digest, made.record) == (record.body["digest"], record.statement["position"])


def test_reports_are_numbered_and_versions_follow(recorder: Recorder, tmp_path: Path) -> None:
    names = [
        make(recorder, tmp_path / f"{index}.pdf", supersedes=before).report.name
        for index, before in enumerate([None, None, 1, 1, None])
    ]
    assert names == ["0001", "0002", "0001 version 2", "0001 version 3", "0003"]


def test_a_report_that_was_never_made_has_no_next_version(recorder: Recorder, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="you made no report 0007"):
        make(recorder, tmp_path / "report.pdf", supersedes=7)


def test_the_next_version_of_a_partial_report_never_tells_of_everything_by_oversight(
    recorder: Recorder, tmp_path: Path
) -> None:
    make(recorder, tmp_path / "first.pdf", "JD-1")
    with pytest.raises(UsageError, match="report 0001 left items out, and this would tell of all of them"):
        make(recorder, tmp_path / "second.pdf", supersedes=1)
    assert make(recorder, tmp_path / "third.pdf", "JD-1", supersedes=1).report.name == "0001 version 2"


def test_the_model_in_a_report_is_the_one_that_was_made(recorder: Recorder, tmp_path: Path) -> None:
    made = make(recorder, tmp_path / "report.pdf")
    assert parse_report(_attached((tmp_path / "report.pdf").read_bytes(), "report.json")) == made.report


def test_items_are_left_out_only_with_a_reason(recorder: Recorder, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="2 items would be left out without a reason"):
        make(recorder, tmp_path / "report.pdf", "JD-1", withheld="")
    assert not (tmp_path / "report.pdf").exists()


def test_what_is_left_out_is_listed_with_its_reason_and_nothing_more(recorder: Recorder, tmp_path: Path) -> None:
    report = make(recorder, tmp_path / "report.pdf", "JD-1").report
    assert (report.scope.covered, report.scope.total, report.scope.withheld) == (1, 3, ("JD-2", "JD-3"))
    lines = [(one.reference, one.description, one.why) for one in report.schedule if not one.here]
    assert lines == [(number, None, "somebody else's business") for number in ("JD-2", "JD-3")]


def test_a_receipt_of_what_was_never_handed_over_is_refused(recorder: Recorder, tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="JD-1 was never handed over"):
        make(recorder, tmp_path / "report.pdf", "JD-1", kind="receipt")


def test_a_copy_is_known_and_written_again_from_the_store(recorder: Recorder, tmp_path: Path) -> None:
    make(recorder, tmp_path / "report.pdf")
    body, data = copy_report(recorder.files, recorder.ledger, 1)
    assert (data, body.number) == ((tmp_path / "report.pdf").read_bytes(), 1)
    codes = {one.code for one in findings(examine(recorder.files, recorder.world).judgement)}
    assert codes & {"object-unrecorded", "report-missing", "report-changed"} == set()


@pytest.mark.parametrize(("data", "code"), [(None, "report-missing"), (b"%PDF-1.7 another", "report-changed")])
def test_a_copy_that_is_gone_or_changed_leaves_completeness_open_and_touches_no_item(
    recorder: Recorder, tmp_path: Path, data: bytes | None, code: str
) -> None:
    made = make(recorder, tmp_path / "report.pdf")
    copy = recorder.files.evidence.folder / made.digest[:2] / made.digest
    copy.unlink()
    if data is not None:
        copy.write_bytes(data)
    questions = examine(recorder.files, recorder.world).judgement.questions
    assert code in [one.code for one in questions.completeness.findings]
    assert (questions.completeness.verdict, questions.integrity.verdict) == (Verdict.INDETERMINATE, Verdict.PASSED)
    with pytest.raises((StorageError, VerificationError), match="the copy of report 0001"):
        copy_report(recorder.files, recorder.ledger, 1)


@pytest.mark.parametrize("numbers", [("JD-9",), ("JD-1", "XX-1")])
def test_a_report_on_an_item_that_is_not_there_is_neither_written_nor_recorded(
    recorder: Recorder, tmp_path: Path, numbers: tuple[str, ...]
) -> None:
    before = len(outsider.read(recorder.files.folder))
    with pytest.raises(UsageError, match="there is no item"):
        make(recorder, tmp_path / "report.pdf", *numbers)
    assert not (tmp_path / "report.pdf").exists()
    assert len(outsider.read(recorder.files.folder)) == before


def test_a_report_over_another_file_is_neither_written_nor_recorded(recorder: Recorder, tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(b"old")
    before = len(outsider.read(recorder.files.folder))
    with pytest.raises(UsageError, match="exists already"):
        make(recorder, tmp_path / "report.pdf")
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

    def begin(*arguments: Any) -> bytes:
        hooked.before_view = record
        return extracting.extract_record(*arguments)

    monkeypatch.setattr(making, "extract_record", begin)
    made = make(recorder, tmp_path / "report.pdf")
    (ledger,) = _attachment((tmp_path / "report.pdf").read_bytes())["ledgers"]
    assert [entry["position"] for entry in ledger["entries"]] == list(range(6))
    # Before each entry of the record was read.
    assert len(recorded) >= len(ledger["entries"])
    assert recorded == list(range(6, made.record))


@pytest.mark.parametrize("error", [KeyboardInterrupt(), StorageError("nothing was recorded")])
def test_a_report_that_could_not_be_recorded_is_not_left(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def stop() -> None:
        raise error

    before = sorted(recorder.files.evidence.names())
    monkeypatch.setattr(recorder.files.evidence, "sync", stop)
    with pytest.raises(type(error)):
        make(recorder, tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()
    assert _named(recorder) == []
    assert sorted(recorder.files.evidence.names()) == before


@pytest.mark.parametrize("error", [KeyboardInterrupt(), StorageError("it may be recorded all the same")])
def test_a_report_that_a_record_names_can_be_written_again_whatever_happened_after(
    recorder: Recorder, tmp_path: Path, error: BaseException
) -> None:
    def stop() -> None:
        raise error

    hooked = _Hooked(recorder.files.ledgers)
    hooked.after_write = stop
    recorder.files = replace(recorder.files, ledgers=hooked)
    with pytest.raises(type(error)):
        make(recorder, tmp_path / "report.pdf")
    hooked.after_write = lambda: None
    (name,) = _named(recorder)
    assert hashlib.sha256(copy_report(recorder.files, recorder.ledger, 1)[1]).hexdigest() == name


def test_a_report_whose_file_cannot_be_written_is_recorded_and_says_how_to_write_it(
    recorder: Recorder, tmp_path: Path
) -> None:
    def write(path: Path, data: bytes) -> None:
        raise StorageError(f"{path.name} cannot be written: the disk is full")

    recorder.world = replace(recorder.world, write_new=write)
    with pytest.raises(StorageError, match="report 0001 is made and recorded all the same") as raised:
        make(recorder, tmp_path / "report.pdf")
    assert raised.value.hint == "write it somewhere else: custody report --copy 1 -o FILE.pdf"
    assert len(_named(recorder)) == 1


@pytest.mark.parametrize(("limit", "least"), [("MAX_TOTAL", 1_000), ("MAX_DOCUMENT", 2**20 + 1_000)])
def test_a_report_that_no_reader_would_take_is_not_signed(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, least: int
) -> None:
    before = sorted(recorder.files.evidence.names())
    monkeypatch.setattr(f"custody.services.reporting.making.{limit}", least)
    with pytest.raises(UsageError, match="nobody reads more than"):
        make(recorder, tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()
    assert (_named(recorder), sorted(recorder.files.evidence.names())) == ([], before)


def test_two_reports_at_once_do_not_get_one_number(recorder: Recorder, tmp_path: Path) -> None:
    other = Recorder(recorder.files, recorder.world, ANA)
    writer = Plain(lambda: make(other, tmp_path / "first.pdf"))
    with pytest.raises(RuleError, match="report 0001 is not the next") as raised:
        make(recorder, tmp_path / "second.pdf", writer=writer)
    assert raised.value.hint == "another report was made meanwhile: make this one again"
    assert not (tmp_path / "second.pdf").exists()


def _named(recorder: Recorder) -> list[str]:
    """The digests of the reports that the ledger tells of."""
    bodies = [
        one.statement.body for one in reading.entries(recorder.files, recorder.ledger.id) if isinstance(one, Entry)
    ]
    return [body.digest for body in bodies if isinstance(body, Reported)]
