"""What is recorded of material is what docs/format.md says, read by code that shares nothing with ours."""

import base64
import hashlib
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from custody import bootstrap
from custody.errors import StorageError, UsageError
from custody.formats import canonical
from custody.formats.seal import Opening, seal
from custody.services.recording import (
    Circumstances,
    Collection,
    CollectOptions,
    Recorder,
    Target,
    collect,
    collect_text,
    note,
)
from tests.builders import ANA, new_case
from tests.services import outsider
from tests.services.outsider import Record, b64, sha256

HOW = Circumstances(
    method="download",
    tool="Firefox 128",
    captured_at="2026-11-23T22:00:00.000000Z",
    found_at="https://example.org/post/17",
    persona="persona 3",
    place="Market square",
    description="The van in the second picture",
    sensitivity="sensitive",
)
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0 and so on"
SEALED = {"sealed"}


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return new_case(tmp_path / "case", bootstrap.world(tmp_path / "home"))


@pytest.fixture
def given(tmp_path: Path) -> Path:
    folder = tmp_path / "given"
    folder.mkdir()
    return folder


def _collect(recorder: Recorder, *paths: Path, as_one: bool = False, **options: Any) -> Collection:
    targets = [Target(str(path), as_one=as_one) for path in paths]
    return collect(recorder, targets, CollectOptions(HOW, **options), stop=lambda: False, progress=lambda _: None)


def _records(recorder: Recorder) -> list[Record]:
    return outsider.read(recorder.files.folder)


def _stored(recorder: Recorder, digest: str) -> bytes:
    return recorder.files.folder.joinpath("evidence", digest[:2], digest).read_bytes()


def test_the_case_is_opened_by_its_lead(recorder: Recorder) -> None:
    (opening,) = _records(recorder)
    body = dict(opening.body)
    lead = body.pop("lead")
    assert {name: value for name, value in body.items() if name not in ("nonce", "title")} == {
        "type": "case-opened/v1",
        "reference": "2026-031",
        "label": "JD",
        "legal_name": None,
        "deputies": [],
        "policy": None,
    }
    assert (b64(lead["key"]), b64(lead["checkpoint_key"]), b64(lead["cosignature_key"])) == (
        ANA.public.key,
        ANA.public.checkpoint_key,
        ANA.public.cosignature_key,
    )
    assert {name: value for name, value in opening.values.items() if name != "/lead/certificate"} == {
        "/title": "Market square",
        "/lead/name": ANA.public.name,
        "/lead/organisation": ANA.public.organisation,
    }
    assert b64(opening.values["/lead/certificate"]) == ANA.public.certificate
    around = {name: opening.statement[name] for name in ("position", "people", "act", "item", "prev")}
    assert around == {"position": 0, "people": None, "act": None, "item": None, "prev": None}


def test_a_file_is_recorded_and_kept_as_it_is(recorder: Recorder, given: Path) -> None:
    path = given / "IMG 1.jpg"
    path.write_bytes(JPEG)
    os.utime(path, ns=(0, 1_700_000_000_123_456_000))
    _collect(recorder, path, extra=("md5", "sha1", "sha512"))
    record = _records(recorder)[1]
    body = dict(record.body)
    assert _stored(recorder, sha256(JPEG)) == JPEG
    times = body.pop("file_times")
    hashed_at = body.pop("hashed_at")
    sealed = {name for name, value in body.items() if isinstance(value, dict) and set(value) == SEALED}
    assert sealed == {"name", "path", "found_at", "persona", "place", "time_zone", "machine", "description"}
    assert {name: value for name, value in body.items() if name not in sealed} == {
        "type": "collected/v1",
        "form": "file",
        "kept": True,
        "digest": sha256(JPEG),
        "size": len(JPEG),
        "extra_digests": {
            "md5": hashlib.md5(JPEG).hexdigest(),
            "sha1": hashlib.sha1(JPEG).hexdigest(),
            "sha512": hashlib.sha512(JPEG).hexdigest(),
        },
        "parts": None,
        "media_type": "image/jpeg",
        "media_type_from": "content",
        "derived_from": None,
        "origin": None,
        "method": "download",
        "tool": "Firefox 128",
        "captured_at": "2026-11-23T22:00:00.000000Z",
        "handling": {"basis": None, "review": None, "sensitivity": "sensitive"},
    }
    assert times["modified"] == "2023-11-14T22:13:20.123456Z"
    assert len(hashed_at) == 27
    machine = recorder.world.machine
    assert record.values == {
        "/name": {"text": "IMG 1.jpg"},
        "/path": {"text": str(path)},
        "/found_at": "https://example.org/post/17",
        "/persona": "persona 3",
        "/place": "Market square",
        "/description": "The van in the second picture",
        "/machine": machine.description(),
        "/time_zone": machine.time_zone(),
    }
    around = {name: record.statement[name] for name in ("position", "item", "prev", "people")}
    assert around == {"position": 1, "item": "JD-1", "prev": None, "people": _records(recorder)[0].id}


def test_all_of_one_collect_is_one_act_and_one_batch(recorder: Recorder, given: Path) -> None:
    for name in ("a", "b"):
        (given / name).write_bytes(name.encode())
    _collect(recorder, given / "a", given / "none", given / "b")
    _collect(recorder, given / "a")
    statements = [record.statement for record in _records(recorder)]
    acts = [statement["act"] for statement in statements]
    assert acts[0] is None
    assert acts[1] == acts[2] == acts[3] != acts[4]
    assert [statement["head"]["size"] for statement in statements] == [0, 1, 1, 1, 4]


def test_a_file_of_which_only_the_digest_is_wanted_is_not_kept(recorder: Recorder, given: Path) -> None:
    (given / "a").write_bytes(b"held elsewhere")
    _collect(recorder, given / "a", keep=False)
    body = _records(recorder)[1].body
    assert (body["kept"], body["digest"], body["size"]) == (False, sha256(b"held elsewhere"), 14)
    assert list(recorder.files.evidence.names()) == []


def test_a_sealed_digest_stands_nowhere_in_clear(recorder: Recorder, given: Path) -> None:
    (given / "a").write_bytes(b"known picture")
    _collect(recorder, given / "a", seal_digest=True)
    record = _records(recorder)[1]
    assert (record.values["/digest"], record.values["/size"]) == (sha256(b"known picture"), 13)
    assert sha256(b"known picture").encode() not in b64(json.loads(record.envelope)["payload"])


def test_the_same_bytes_twice_are_two_items_and_one_object(recorder: Recorder, given: Path) -> None:
    for name in ("a", "b"):
        (given / name).write_bytes(b"same")
    _collect(recorder, given / "a", given / "b")
    assert [record.statement["item"] for record in _records(recorder)] == [None, "JD-1", "JD-2"]
    assert list(recorder.files.evidence.names()) == [sha256(b"same")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (b"two\nlines", {"text": "two\nlines"}),
        (b"\xff\xfe.jpg", {"bytes": "//4uanBn"}),
        ("é".encode(), {"text": "é"}),
        ("e\u0301".encode(), {"text": "e\u0301"}),
        (b"\xe2\x80\xaegpj.exe", {"text": "\u202egpj.exe"}),
        (b" ", {"text": " "}),
    ],
)
def test_a_name_is_recorded_as_it_is(recorder: Recorder, given: Path, name: bytes, expected: object) -> None:
    path = os.fsencode(given) + b"/" + name
    with open(path, "wb") as file:
        file.write(b"x")
    _collect(recorder, Path(os.fsdecode(path)))
    assert _records(recorder)[1].values["/name"] == expected


def _attempt(recorder: Recorder, path: Path) -> tuple[str, dict[str, Any]]:
    _collect(recorder, path)
    record = _records(recorder)[1]
    assert (record.statement["item"], record.statement["prev"], record.body["type"]) == (None, None, "attempted/v1")
    assert set(record.body) == {"type", "outcome", "name", "path", "method", "tool"}
    return record.body["outcome"], record.values


def test_a_file_that_is_gone_is_an_attempt(recorder: Recorder, given: Path) -> None:
    assert _attempt(recorder, given / "gone.jpg") == (
        "not-found",
        {"/name": {"text": "gone.jpg"}, "/path": {"text": str(given / "gone.jpg")}},
    )


OBSTACLES: dict[str, Callable[[Path], None]] = {
    "not-a-file": os.mkfifo,
    "dangling-link": lambda path: path.symlink_to("nothing"),
}


@pytest.mark.parametrize("outcome", OBSTACLES)
def test_what_is_no_file_is_an_attempt(recorder: Recorder, given: Path, outcome: str) -> None:
    OBSTACLES[outcome](given / "a")
    assert _attempt(recorder, given / "a")[0] == outcome


def test_typed_text_is_kept_and_its_digest_sealed(recorder: Recorder) -> None:
    text = "+49 151 0000000\nÄ"
    collect_text(recorder, text, HOW)
    record = _records(recorder)[1]
    digest = sha256(text.encode())
    assert _stored(recorder, digest) == text.encode()
    assert (record.values["/digest"], record.values["/size"]) == (digest, len(text.encode()))
    assert {name: record.body[name] for name in ("form", "media_type", "media_type_from", "name", "path")} == {
        "form": "text",
        "media_type": "text/plain",
        "media_type_from": "recorder",
        "name": None,
        "path": None,
    }


@pytest.mark.parametrize("text", ["", " \n", "half \ud800"])
def test_a_text_that_is_none_is_refused(recorder: Recorder, text: str) -> None:
    with pytest.raises(UsageError):
        collect_text(recorder, text, HOW)
    assert len(_records(recorder)) == 1


def test_a_note_hangs_on_its_item(recorder: Recorder, given: Path) -> None:
    (given / "a").write_bytes(b"x")
    _collect(recorder, given / "a")
    note(recorder, "JD-1", "from another day")
    _, item, remark = _records(recorder)
    assert remark.body.keys() == {"type", "text"}
    assert (remark.statement["item"], remark.statement["prev"], remark.values) == (
        "JD-1",
        item.id,
        {"/text": "from another day"},
    )


# --- folders ----------------------------------------------------------


def _chat(given: Path) -> dict[bytes, bytes]:
    files = {
        b"messages.txt": b"10:02 they are here\n",
        b"media/voice.opus": b"OggS" + bytes(2000),
        b"media/empty": b"",
        b"back\\slash": b"1",
        b"two\nlines": b"2",
        b"car\rriage": b"3",
        b"\xff.bin": b"4",
        b"media.txt": b"5",
        b"B": b"6",
        b"a b": b"7",
    }
    for name, data in files.items():
        path = os.fsencode(given / "chat") + b"/" + name
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
    return files


def _listing(files: dict[bytes, bytes]) -> list[bytes]:
    lines = []
    for name in sorted(files):
        escaped = name.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r")
        mark = b"\\" if escaped != name else b""
        lines.append(mark + sha256(files[name]).encode() + b"  " + escaped + b"\n")
    return lines


def test_a_folder_is_one_item_of_many_parts(recorder: Recorder, given: Path) -> None:
    files = _chat(given)
    _collect(recorder, given / "chat", as_one=True)
    record = _records(recorder)[1]
    lines = _listing(files)
    body = record.body
    assert (body["form"], body["digest"], body["size"], body["media_type"], body["file_times"]) == (
        "folder",
        sha256(b"".join(lines)),
        sum(map(len, files.values())),
        "inode/directory",
        None,
    )
    assert _stored(recorder, body["digest"]) == b"".join(lines)
    assert body["parts"].keys() == {"count", "root", "seed", "facts", "left_out"}
    assert (body["parts"]["count"], body["parts"]["left_out"]) == (len(files), 0)
    assert body["parts"]["root"] == outsider.parts_root(b64(record.values["/parts/seed"]), lines)
    assert [_stored(recorder, sha256(data)) for data in files.values()] == list(files.values())
    assert (record.values["/name"], record.values["/path"]) == (
        {"text": "chat"},
        {"text": str(given / "chat")},
    )


def test_the_facts_of_the_parts_are_kept_line_by_line(recorder: Recorder, given: Path) -> None:
    from tests.oracles import canonical

    files = _chat(given)
    _collect(recorder, given / "chat", as_one=True, extra=("md5",))
    facts = _stored(recorder, _records(recorder)[1].body["parts"]["facts"])
    lines = [json.loads(line) for line in facts.splitlines()]
    assert b"".join(canonical.encode(line) + b"\n" for line in lines) == facts
    assert [(line["index"], line["size"], line["extra_digests"]) for line in lines] == [
        (index, len(files[name]), {"md5": hashlib.md5(files[name]).hexdigest()})
        for index, name in enumerate(sorted(files), 1)
    ]
    assert {frozenset(line) for line in lines} == {
        frozenset(
            {
                "changed",
                "created",
                "modified",
                "media_type",
                "media_type_from",
                "size",
                "index",
                "extra_digests",
                "origin",
            }
        )
    }


def test_what_cannot_be_taken_from_a_folder_is_counted_and_recorded_before_it(recorder: Recorder, given: Path) -> None:
    _chat(given)
    os.mkfifo(given / "chat" / "pipe")
    (given / "chat" / "link").symlink_to("messages.txt")
    result = _collect(recorder, given / "chat", as_one=True)
    _, attempt, item = _records(recorder)
    assert (attempt.body["outcome"], item.body["parts"]["left_out"], item.body["parts"]["count"]) == (
        "not-a-file",
        1,
        10,
    )
    assert [os.path.basename(one.path) for one in result.skipped] == [b"link"]


def test_an_empty_folder_is_an_item_without_parts(recorder: Recorder, given: Path) -> None:
    (given / "chat").mkdir()
    _collect(recorder, given / "chat", as_one=True)
    record = _records(recorder)[1]
    assert (record.body["digest"], record.body["size"], record.body["parts"]["root"]) == (
        sha256(b""),
        0,
        outsider.parts_root(b"", []),
    )


def test_a_folder_may_be_an_item_for_each_of_its_files(recorder: Recorder, given: Path) -> None:
    files = _chat(given)
    _collect(recorder, given / "chat")
    records = _records(recorder)[1:]
    assert [record.body["digest"] for record in records] == [sha256(files[name]) for name in sorted(files)]


def test_sha256sum_reads_the_parts_list(recorder: Recorder, given: Path, program: Callable[[str], Path]) -> None:
    import subprocess

    _chat(given)
    _collect(recorder, given / "chat", as_one=True)
    listing = _stored(recorder, _records(recorder)[1].body["digest"])
    # coreutils before 9.0 does not know the escape of a carriage return
    listing = b"".join(line for line in listing.splitlines(keepends=True) if b"\\r" not in line)
    done = subprocess.run(
        [program("sha256sum"), "--check", "--quiet", "-"],
        input=listing,
        cwd=given / "chat",
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, b"")


# --- stopping and going on --------------------------------------------


def test_what_is_recorded_already_is_passed_over(recorder: Recorder, given: Path) -> None:
    for name in ("a", "b"):
        (given / name).write_bytes(name.encode())
    _collect(recorder, given / "a")
    result = _collect(recorder, given / "a", given / "b", resume=True)
    assert ([item.number for item in result.items], [os.path.basename(one.path) for one in result.already]) == (
        ["JD-2"],
        [b"a"],
    )


def test_resume_keeps_the_bytes_of_what_only_has_its_digest_recorded(recorder: Recorder, given: Path) -> None:
    (given / "a").write_bytes(b"a")
    assert len(_collect(recorder, given / "a", keep=False).items) == 1
    assert len(_collect(recorder, given / "a", keep=False, resume=True).already) == 1
    assert [item.number for item in _collect(recorder, given / "a", resume=True).items] == ["JD-2"]
    assert len(_collect(recorder, given / "a", resume=True).already) == 1


def test_resume_does_not_believe_a_record_that_nobody_signed(recorder: Recorder, given: Path) -> None:
    """Whoever can write the database but has no key puts a record there, of a file that is to be passed over."""
    (given / "a").write_bytes(b"a")
    _collect(recorder, given / "a")
    note(recorder, "JD-1", "so that the newest record is another")
    (given / "crucial").write_bytes(b"crucial")
    path, salt = {"text": str(given / "crucial")}, bytes(16)
    opening = Opening.of("/path", salt, path)
    database = recorder.files.folder / "ledger.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER entries_no_update")
        ((envelope,),) = connection.execute("SELECT envelope FROM entries WHERE position = 1").fetchall()
        outer = json.loads(envelope)
        statement = json.loads(b64(outer["payload"]))
        statement["body"]["digest"] = sha256(b"crucial")
        statement["body"]["path"] = {"sealed": seal(recorder.case, "collected/v1", opening).sealed}
        outer["payload"] = base64.b64encode(canonical.encode(statement)).decode()
        connection.execute("UPDATE entries SET envelope = ? WHERE position = 1", (canonical.encode(outer),))
        connection.execute(
            "CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries"
            " BEGIN SELECT raise(ABORT, 'entries are never changed'); END"
        )
    with closing(sqlite3.connect(recorder.files.folder / "openings.db", isolation_level=None)) as connection:
        connection.execute(
            "UPDATE openings SET salt = ?, value = ? WHERE position = 1 AND pointer = '/path'", (salt, opening.encoded)
        )
    assert [item.number for item in _collect(recorder, given / "crucial", resume=True).items] == ["JD-2"]


def test_a_file_that_changed_is_collected_again(recorder: Recorder, given: Path) -> None:
    (given / "a").write_bytes(b"1")
    _collect(recorder, given / "a")
    (given / "a").write_bytes(b"2")
    assert [item.number for item in _collect(recorder, given / "a", resume=True).items] == ["JD-2"]


def test_stopping_keeps_what_was_recorded(recorder: Recorder, given: Path) -> None:
    for number in range(300):
        (given / str(number)).write_bytes(b"x" * number)
    calls = iter(range(1000))
    result = collect(
        recorder,
        [Target(str(given))],
        CollectOptions(HOW),
        stop=lambda: next(calls) > 1,
        progress=lambda _: None,
    )
    assert result.stopped
    assert 0 < len(result.items) < 300
    assert len(_records(recorder)) == len(result.items) + 1
    again = _collect(recorder, given, resume=True)
    assert len(again.items) + len(result.items) == 300


@pytest.mark.parametrize(
    "told",
    [
        {"tool": ""},
        {"tool": "two\nlines"},
        {"tool": "\ud800"},
        {"place": ""},
        {"place": " "},
        {"description": "a\0b"},
        {"description": "x" * 20_001},
        {"found_at": "\ud800"},
    ],
)
def test_circumstances_that_have_no_place_in_a_record_are_refused_before_anything_is_read(
    recorder: Recorder, given: Path, told: dict[str, Any]
) -> None:
    import msgspec

    (given / "a").write_bytes(b"x")
    options = CollectOptions(msgspec.structs.replace(HOW, **told))
    with pytest.raises(UsageError):
        collect(recorder, [Target(str(given / "a"))], options, stop=lambda: False, progress=lambda _: None)
    assert (len(_records(recorder)), list(recorder.files.evidence.names())) == (1, [])


def test_nothing_that_is_sealed_stands_in_the_ledger_in_clear(recorder: Recorder, given: Path) -> None:
    import base64

    (given / "secret-name.jpg").write_bytes(JPEG)
    _collect(recorder, given / "secret-name.jpg")
    _collect(recorder, given, as_one=True)
    note(recorder, "JD-1", "a witness said so")
    ledger = (recorder.files.folder / "ledger.db").read_bytes()
    for record in _records(recorder):
        ledger += base64.b64decode(json.loads(record.envelope)["payload"])
    words = ("secret-name", str(given), "witness", "Market square", "persona 3", "example.org", "The van", "Ana Ruiz")
    assert [word for word in words if word.encode() in ledger] == []


def test_nothing_is_taken_in_where_the_disk_of_the_store_is_not_mounted(recorder: Recorder, given: Path) -> None:
    store = recorder.files.folder / "evidence"
    (given / "a").write_bytes(b"a")
    _collect(recorder, given / "a", keep=False)  # of which no bytes are to be there
    collect_text(recorder, "typed", Circumstances(method="typed", tool="keyboard"))
    _collect(recorder, given / "a")
    store.rename(given / "the disk")
    store.mkdir()
    (store / "lost+found").mkdir()
    before = len(_records(recorder))
    with pytest.raises(StorageError, match="is not there, or is empty"):
        _collect(recorder, given / "a")
    with pytest.raises(StorageError, match="is not there, or is empty"):
        collect_text(recorder, "more", Circumstances(method="typed", tool="keyboard"))
    assert len(_records(recorder)) == before
    assert sorted(path.name for path in store.iterdir()) == ["lost+found"]


def test_a_lost_object_among_others_keeps_nobody_from_collecting(recorder: Recorder, given: Path) -> None:
    (given / "a").write_bytes(b"a")
    (given / "b").write_bytes(b"b")
    digest = _collect(recorder, given / "a", given / "b").items[1].digest
    recorder.files.folder.joinpath("evidence", digest[:2], digest).unlink()
    assert len(_collect(recorder, given / "b", resume=True).already) == 1
    assert _stored(recorder, digest) == b"b"
