"""`custody collect` on ordinary material: what is recorded, what is kept, what a person reads."""

import base64
import hashlib
import json
import os
import re
import sqlite3
import sys
from pathlib import Path

import pytest

from custody import bootstrap
from custody.errors import UsageError
from custody.services import recording
from tests.cli.commandline import PASSPHRASE, Done, tree
from tests.cli.smallcase import (
    CAPTURED_AT,
    CHAT,
    CHAT_DIGEST,
    CHAT_NAME,
    CHAT_SIZE,
    DESCRIPTION,
    FOUND_AT,
    HOW,
    PARTS_LIST,
    PERSONA,
    PHOTO,
    PHOTO_DIGEST,
    PHOTO_NAME,
    PLACE,
    TOOL,
    TYPED,
    TYPED_DIGEST,
    Place,
    item,
    sha,
)


def kept(place: Place) -> dict[str, bytes]:
    """The evidence store: bytes by object name."""
    return {path.name: path.read_bytes() for path in (place.case / "evidence").rglob("*") if path.is_file()}


def whole(done: Done, *items: dict[str, object]) -> None:
    """These items were recorded, and nothing else came of it."""
    assert (done.exit, done.err) == (0, "")
    assert done.json == {"already": [], "failed": [], "items": list(items), "skipped": [], "stamps": [], "stopped": False}


def test_a_file_in_words(opened: Place) -> None:
    photo = opened.file(PHOTO_NAME, PHOTO)
    empty = opened.file("empty.txt", b"")
    done = opened.custody("collect", photo, empty, *HOW)
    assert (done.exit, done.err) == (0, "")
    assert done.out == (
        f"JD-1  {PHOTO_DIGEST[:12]}…  10.3 kB  {PHOTO_NAME}\n"
        f"JD-2  {sha(b'')[:12]}…  0 bytes  empty.txt\n"
        "JD-2: the file is empty.\n"
        "2 items recorded.\n"
    )


def test_each_file_of_a_folder_in_the_order_of_paths(opened: Place) -> None:
    for name in ("b/2.txt", "a.txt", "b/1.txt", "b-0.txt"):
        opened.file(f"in/{name}", name.encode())
    done = opened.custody("collect", opened.found / "in", *HOW, "--each", "--json")
    names = ("a.txt", "b-0.txt", "b/1.txt", "b/2.txt")
    whole(
        done,
        *(
            item(f"JD-{number}", name.rpartition("/")[2], name.encode(), "text/plain")
            for number, name in enumerate(names, 1)
        ),
    )
    assert set(kept(opened)) == {sha(name.encode()) for name in names}


def test_a_folder_as_one_item_of_many_parts(opened: Place) -> None:
    for name, data in CHAT.items():
        opened.file(f"{CHAT_NAME}/{name}", data)
    done = opened.custody("collect", opened.found / CHAT_NAME, *HOW, "--as-one", "--json")
    whole(
        done,
        {
            "digest": CHAT_DIGEST,
            "media_type": "inode/directory",
            "name": {"text": CHAT_NAME},
            "number": "JD-1",
            "parts": 2,
            "same_as": None,
            "size": CHAT_SIZE,
            "warnings": [],
        },
    )
    objects = kept(opened)
    assert objects[CHAT_DIGEST] == PARTS_LIST
    # The parts, their list, and the facts of each.
    facts = opened.custody("show", "1", "--json").json["statement"]["body"]["parts"]["facts"]
    assert set(objects) == {CHAT_DIGEST, facts, *map(sha, CHAT.values())}
    assert opened.custody("verify", "--json").json["questions"]["integrity"]["verdict"] == "passed"


def test_folders_and_files_together_and_the_same_folder_again_in_words(opened: Place) -> None:
    for name, data in CHAT.items():
        opened.file(f"{CHAT_NAME}/{name}", data)
    photo = opened.file(PHOTO_NAME, PHOTO)
    command = ("collect", opened.found / CHAT_NAME, photo, *HOW, "--as-one")
    assert opened.custody(*command).out == (
        f"JD-1  {CHAT_DIGEST[:12]}…  84 bytes  {CHAT_NAME}/ (2 parts)\n"
        f"JD-2  {PHOTO_DIGEST[:12]}…   10.3 kB  {PHOTO_NAME}\n"
        "2 items recorded.\n"
    )
    assert opened.custody(*command, "--resume").out == "0 items recorded, 2 recorded before.\n"


def test_the_same_bytes_twice_are_two_items_and_one_object(opened: Place) -> None:
    one, two = opened.file("one.txt", b"same"), opened.file("two.txt", b"same")
    done = opened.custody("collect", one, two, *HOW, "--json")
    second = {**item("JD-2", "two.txt", b"same", "text/plain"), "same_as": "JD-1"}
    whole(done, item("JD-1", "one.txt", b"same", "text/plain"), second)
    assert kept(opened) == {sha(b"same"): b"same"}


def test_bytes_that_are_recorded_already_are_said_to_be_with_a_count_for_many(opened: Place) -> None:
    one, two = opened.file("one.txt", b"same"), opened.file("two.txt", b"same")
    assert "Same bytes" not in opened.custody("collect", one, *HOW, "--seal", "digest").out
    again = opened.custody("collect", two, *HOW)
    assert again.out.splitlines()[1:] == ["Same bytes as JD-1. Recorded again as JD-2.", "1 item recorded."]
    many = opened.custody("collect", one, opened.file("new.txt", b"new"), two, *HOW)
    assert many.out.splitlines()[3:] == [
        "2 of these have the same bytes as an earlier item. Recorded again all the same.",
        "3 items recorded.",
    ]
    assert "Same bytes" not in opened.custody("collect", "--text", TYPED).out
    assert "Same bytes as JD-6. Recorded again as JD-7." in opened.custody("collect", "--text", TYPED).out


def test_bytes_that_no_record_names_are_not_said_to_be_recorded(opened: Place) -> None:
    """What a collect that was broken off left in the store."""
    left = opened.case / "evidence" / sha(b"left")[:2] / sha(b"left")
    left.parent.mkdir()
    left.write_bytes(b"left")
    done = opened.custody("collect", opened.file("a.txt", b"left"), *HOW, "--json")
    whole(done, item("JD-1", "a.txt", b"left", "text/plain"))


@pytest.mark.skipif(sys.platform == "win32", reason="file modes mean little on Windows")
def test_what_is_kept_is_read_only_and_others_cannot_reach_it(opened: Place) -> None:
    opened.custody("collect", opened.file("a.txt"), *HOW)
    (path,) = [path for path in (opened.case / "evidence").rglob("*") if path.is_file()]
    assert path.parent.name == path.name[:2]
    assert path.stat().st_mode & 0o777 == 0o444
    assert (opened.case / "evidence").stat().st_mode & 0o777 == 0o700


def test_three_hundred_small_files_get_dense_numbers(opened: Place) -> None:
    """More than a hundred: worker processes take them in."""
    files = {f"{number:03}.txt": b"%d" % (number // 2) for number in range(300)}
    for name, data in files.items():
        opened.file(f"in/{name}", data)
    done = opened.custody("collect", opened.found / "in", *HOW, "--each", "--json")
    expected = [item(f"JD-{n}", name, data, "text/plain") for n, (name, data) in enumerate(files.items(), 1)]
    for first, second in zip(expected[::2], expected[1::2], strict=True):
        second["same_as"] = first["number"]
    whole(done, *expected)
    assert set(kept(opened)) == {sha(data) for data in files.values()}
    judged = opened.custody("verify", "--json")
    assert (judged.exit, judged.json["items"]) == (8, {"matching": 300, "total": 300})


def test_a_long_list_is_cut_and_counted(opened: Place) -> None:
    for number in range(25):
        opened.file(f"in/{number:02}.txt", b"%d" % number)
    lines = opened.custody("collect", opened.found / "in", *HOW, "--each").out.splitlines()
    assert len(lines) == 22
    assert lines[-2:] == ["… and 5 more (custody items)", "25 items recorded."]


def test_hash_only_keeps_no_bytes_of_the_material(opened: Place) -> None:
    """Of a folder the list of its parts is kept: without it nobody could say what the digest is of."""
    for name, data in CHAT.items():
        opened.file(f"{CHAT_NAME}/{name}", data)
    photo = opened.file(PHOTO_NAME, PHOTO)
    done = opened.custody("collect", photo, opened.found / CHAT_NAME, *HOW, "--as-one", "--hash-only", "--json")
    assert [one["digest"] for one in done.json["items"]] == [PHOTO_DIGEST, CHAT_DIGEST]
    facts = opened.custody("show", "2", "--json").json["statement"]["body"]["parts"]["facts"]
    objects = kept(opened)
    assert set(objects) == {CHAT_DIGEST, facts}
    assert objects[CHAT_DIGEST] == PARTS_LIST
    assert not any(data in b"".join(objects.values()) for data in CHAT.values())
    judged = opened.custody("verify", "--json")
    assert judged.exit == 8
    assert judged.json["items"] == {"matching": 0, "total": 2}
    integrity = judged.json["questions"]["integrity"]
    assert integrity["verdict"] == "indeterminate"
    assert integrity["sentence"] == (
        "0 of 2 items match. Of JD-1 and JD-2 only the digest was recorded, so there is no file here to compare."
    )
    assert [(one["code"], one["about"]) for one in integrity["findings"]] == [
        ("item-not-kept", "JD-1"),
        ("item-not-kept", "JD-2"),
    ]
    assert "of which only the digest was recorded" in opened.custody("show", "1").out


def test_extra_digests_are_recorded_and_shown(opened: Place) -> None:
    photo = opened.file(PHOTO_NAME, PHOTO)
    extra = ("--extra-digest", "md5", "--extra-digest", "sha512")
    assert opened.custody("collect", photo, *HOW, *extra).exit == 0
    body = opened.custody("show", "1", "--json").json["statement"]["body"]
    expected = {"md5": hashlib.md5(PHOTO).hexdigest(), "sha1": None, "sha512": hashlib.sha512(PHOTO).hexdigest()}
    assert (body["digest"], body["extra_digests"]) == (PHOTO_DIGEST, expected)


def test_seal_digest_leaves_no_digest_in_the_ledger(opened: Place) -> None:
    photo = opened.file(PHOTO_NAME, PHOTO)
    done = opened.custody("collect", photo, *HOW, "--seal", "digest", "--json")
    whole(done, item("JD-1", PHOTO_NAME, PHOTO, "image/jpeg"))
    shown = opened.custody("show", PHOTO_DIGEST[:6], "--json").json
    assert set(shown["statement"]["body"]["digest"]) == set(shown["statement"]["body"]["size"]) == {"sealed"}
    assert (shown["opened"]["/digest"], shown["opened"]["/size"]) == (PHOTO_DIGEST, len(PHOTO))
    assert opened.custody("verify", "--json").json["items"] == {"matching": 1, "total": 1}
    with sqlite3.connect(opened.case / "ledger.db") as database:
        (payload,) = database.execute("SELECT envelope FROM entries WHERE item = 'JD-1'").fetchone()
    opened_payload = base64.b64decode(json.loads(payload)["payload"])
    assert bytes.fromhex(PHOTO_DIGEST) not in opened_payload
    assert PHOTO_DIGEST.encode() not in opened_payload
    assert base64.b64encode(bytes.fromhex(PHOTO_DIGEST)) not in opened_payload
    assert b"%d" % len(PHOTO) not in opened_payload


@pytest.mark.parametrize("from_stdin", [False, True])
def test_typed_text_is_an_item_of_its_own(opened: Place, from_stdin: bool) -> None:
    text = f"{TYPED}\r\nКиїв"
    if from_stdin:
        done = opened.custody("collect", "--text", "-", "--json", stdin=text)
    else:
        done = opened.custody("collect", "--text", text, "--json")
    data = text.encode()
    whole(done, {**item("JD-1", "", data, "text/plain"), "name": None})
    assert kept(opened) == {sha(data): data}
    body = opened.custody("show", "1", "--json").json["statement"]["body"]
    assert (body["form"], body["method"], body["tool"], body["media_type_from"], body["name"]) == (
        "text",
        "typed",
        "keyboard",
        "recorder",
        None,
    )


def test_typed_text_in_words(opened: Place) -> None:
    assert opened.custody("collect", "--text", TYPED).out == (
        f"JD-1  {TYPED_DIGEST[:12]}…  {len(TYPED)} bytes  (typed text)\n1 item recorded.\n"
    )


@pytest.mark.parametrize(
    ("zone", "told", "recorded"),
    [
        ("America/New_York", "2026-07-01 08:30", "2026-07-01T12:30:00.000000Z"),
        ("Asia/Kathmandu", "2026-07-01T00:00:01.5", "2026-06-30T18:15:01.500000Z"),
        ("America/New_York", "2026-07-01T08:30+02:00", "2026-07-01T06:30:00.000000Z"),
        ("America/New_York", "2026-07-01T08:30Z", "2026-07-01T08:30:00.000000Z"),
    ],
)
def test_captured_at_is_local_time_unless_an_offset_is_given(
    opened: Place, zone: str, told: str, recorded: str
) -> None:
    custody = opened.custody.using(more={"TZ": zone})
    assert custody("collect", "--text", TYPED, "--captured-at", told).exit == 0
    shown = custody("show", "1", "--json").json
    assert shown["statement"]["body"]["captured_at"] == recorded
    assert shown["opened"]["/time_zone"].startswith(zone)


def test_a_captured_at_in_the_future_is_recorded_and_said(opened: Place) -> None:
    done = opened.custody("collect", "--text", TYPED, "--captured-at", "2126-01-02T03:04+00:00")
    assert done.exit == 0
    assert done.err == (
        "Note: --captured-at is in the future by this computer's clock (2126-01-02 03:04 UTC). "
        "It is recorded as you typed it.\n"
    )
    assert "BEFORE the told time of capture: one of the two is wrong" in " ".join(
        opened.custody("show", "1").out.split()
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name the files to collect, or give --text"),
        (("a.txt", "--text", "x", *HOW), "name the files to collect, or give --text"),
        (("a.txt", "--as-one", "--each", *HOW), "--as-one and --each exclude each other"),
        (("--text", "x", "--hash-only"), "--text makes one item of what you type"),
        (("--text", " "), "the text is empty"),
        (("../a.txt", "--tool", "x"), "how was it captured?"),
        (("../a.txt", "--method", "other"), "with what was it captured?"),
        (("../found/in", *HOW), "../found/in is a folder: is it one item, or is each of its files one?"),
        (("a.txt", "--method", "stolen", "--tool", "x"), None),
        (
            ("../a.txt", "--method", "other", "--tool", "x\ty"),
            "--tool is empty, longer than 200 characters, or holds characters that cannot be seen",
        ),
        (
            ("../a.txt", "--method", "other", "--tool", b"half \xff"),
            "--tool is empty, longer than 200 characters, or holds characters that cannot be seen",
        ),
        (("a.txt", *HOW, "--captured-at", "yesterday"), "'yesterday' is no time"),
        (("a.txt", *HOW, "--captured-at", "2026-02-30"), "'2026-02-30' is no time"),
        (("a.txt", *HOW, "--sensitivity", "secret"), None),
        (("a.txt", *HOW, "--extra-digest", "crc32"), None),
        (("../a.txt", *HOW, "--place", ""), "--place is empty, too long (over 20000) or holds a NUL"),
        (("../a.txt", *HOW, "--persona", b"\xff"), "--persona holds half a character"),
        ((".", *HOW, "--each"), ". holds the case itself"),
        (("..", *HOW, "--as-one"), ".. holds the case itself"),
        (("evidence", *HOW, "--each"), "evidence lies in the case folder"),
        (("openings.db", *HOW), "openings.db lies in the case folder"),
        (("case.toml", *HOW), "case.toml lies in the case folder"),
        (("a.txt", *HOW), "a.txt lies in the case folder"),
        (("../found/link-into-the-case", *HOW), "../found/link-into-the-case lies in the case folder"),
        (("link-to-the-case", *HOW, "--each"), "link-to-the-case holds the case itself"),
        (("../home/keys", *HOW, "--each"), "../home/keys lies in the folder of your keys"),
    ],
)
def test_what_is_not_understood_is_exit_2_and_records_nothing(
    opened: Place, arguments: tuple[str | bytes, ...], message: str | None
) -> None:
    (opened.case / "a.txt").write_bytes(b"mine")
    (opened.found / "in").mkdir()
    (opened.found / "link-into-the-case").symlink_to(opened.case / "a.txt")
    (opened.case / "link-to-the-case").symlink_to(".")
    before = tree(opened.folder)
    done = opened.custody("collect", *arguments, "--json")
    assert (done.exit, done.error["code"]) == (2, "usage")
    assert done.error["hint"] or "--place" in arguments or "--persona" in arguments
    if message is not None:
        assert done.error["message"] == message
    assert tree(opened.folder) == before


def test_what_lies_in_the_case_folder_is_refused_by_the_service_too(opened: Place) -> None:
    """Whatever calls it: openings.db would be kept as readable evidence."""
    store = bootstrap.key_store(opened.home)
    signer = store.unlock(store.find(None), PASSPHRASE)
    files = bootstrap.case_files(bootstrap.read_case(opened.case))
    recorder = recording.Recorder(files, bootstrap.world(opened.home), signer)
    before = tree(opened.folder)
    for name in ("case.toml", "openings.db", "not-there", "../case/evidence", ".."):
        target = recording.Target(str(opened.case / name), as_one=True)
        options = recording.CollectOptions(recording.Circumstances(method="other", tool="x"))
        with pytest.raises(UsageError, match=r"lies in the case folder$|holds the case itself$"):
            recording.collect(recorder, [target], options, stop=lambda: False, progress=lambda _: None)
    assert tree(opened.folder) == before


@pytest.mark.parametrize("data", [b"half \xff a character", b"x" * 400_001, b"x" * 100_001])
def test_text_from_stdin_that_is_no_text_or_too_long_is_refused(opened: Place, data: bytes) -> None:
    before = tree(opened.folder)
    text = data.decode("utf-8", "surrogateescape")
    done = opened.custody("collect", "--text", "-", "--json", stdin=text)
    assert (done.exit, done.error["code"]) == (2, "usage")
    assert tree(opened.folder) == before


def test_everything_told_is_recorded_and_shown(small: Place) -> None:
    shown = small.custody("show", "JD-1", "--json").json
    body, values = shown["statement"]["body"], shown["opened"]
    clear = {name: body[name] for name in ("captured_at", "form", "kept", "media_type", "media_type_from", "method")}
    assert clear == {
        "captured_at": CAPTURED_AT,
        "form": "file",
        "kept": True,
        "media_type": "image/jpeg",
        "media_type_from": "content",
        "method": "phone-photo",
    }
    assert (body["tool"], body["handling"]["sensitivity"], body["origin"]) == (TOOL, "sensitive", None)
    assert {name: values[name] for name in ("/description", "/found_at", "/name", "/persona", "/place")} == {
        "/description": DESCRIPTION,
        "/found_at": FOUND_AT,
        "/name": {"text": PHOTO_NAME},
        "/persona": PERSONA,
        "/place": PLACE,
    }
    assert values["/path"]["text"].endswith(f"/found/{PHOTO_NAME}")
    assert Path(values["/path"]["text"]).is_absolute()
    assert all(
        re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}Z", body["file_times"][k]) for k in ("modified", "changed")
    )


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="only Linux keeps the address in extended attributes")
def test_the_address_that_a_browser_left_is_recorded_under_seal(opened: Place) -> None:
    photo = opened.file(PHOTO_NAME, PHOTO)
    try:
        os.setxattr(photo, "user.xdg.origin.url", b"https://photos.example/1")
    except OSError:
        pytest.skip("this file system keeps no extended attributes")
    assert opened.custody("collect", photo, *HOW).exit == 0
    assert opened.custody("show", "1", "--json").json["opened"]["/origin"] == {
        "address": "https://photos.example/1",
        "from": "user.xdg.origin.url",
        "referrer": None,
    }
