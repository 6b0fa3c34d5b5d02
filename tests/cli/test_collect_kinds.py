"""`custody collect` on what is no ordinary file, and on names that nobody would choose."""

import os
import socket
import sys
from pathlib import Path

import pytest

from tests.cli.commandline import ended, without_root
from tests.cli.smallcase import HOW, Place, item, sha

NOT_A_FILE = (
    "this is something that is not a file (a pipe, a socket or a device); "
    "leave it out, or save what comes out of it and take that in"
)
NOT_ALLOWED = "you are not allowed to read this; ask whoever owns it, or have them copy it to where you may read"
DANGLING = "this is a link that leads nowhere; name the file that is meant"
NOT_FOUND = "there is nothing of this name; check the spelling, or whether it was moved"
SKIPPED = "a symbolic link inside a folder is not followed"

posix = pytest.mark.skipif(sys.platform == "win32", reason="these do not exist on Windows")


def left_out(path: Path | str, outcome: str, message: str) -> dict[str, str]:
    return {"message": message, "outcome": outcome, "path": str(path)}


def make_odd_folder(place: Place, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """A folder with one of each kind that is no plain file, a link, and two plain files around them."""
    folder = place.found / "odd"
    folder.mkdir()
    names = ("a-plain.txt", "dangling", "link.txt", "pipe", "sock", "z-plain.txt")
    paths = {name: folder / name for name in names}
    paths["a-plain.txt"].write_bytes(b"a")
    paths["z-plain.txt"].write_bytes(b"z")
    paths["dangling"].symlink_to("nowhere")
    paths["link.txt"].symlink_to("a-plain.txt")
    os.mkfifo(paths["pipe"])
    monkeypatch.chdir(folder)  # the path of a socket is at most 107 bytes long (unix(7))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("sock")
    return paths


@posix
def test_inside_a_folder_links_are_skipped_and_other_kinds_are_failures(
    opened: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = make_odd_folder(opened, monkeypatch)
    done = opened.custody("collect", opened.found / "odd", *HOW, "--each", "--json")
    assert done.exit == 4
    assert done.json == {
        "already": [],
        "failed": [left_out(paths[name], "not-a-file", NOT_A_FILE) for name in ("pipe", "sock")],
        "items": [item("JD-1", "a-plain.txt", b"a", "text/plain"), item("JD-2", "z-plain.txt", b"z", "text/plain")],
        "skipped": [left_out(paths[name], "skipped", SKIPPED) for name in ("dangling", "link.txt")],
        "stamps": [],
        "stopped": False,
    }
    records = opened.custody("log", "--json").json["records"]
    assert [(one["type"], one["item"]) for one in records] == [
        ("case-opened/v1", None),
        ("collected/v1", "JD-1"),
        ("attempted/v1", None),
        ("attempted/v1", None),
        ("collected/v1", "JD-2"),
    ]
    assert opened.custody("status", "--json").json["failed_attempts"] == 2


@posix
def test_named_on_the_command_line_a_link_is_followed_and_said_and_the_rest_fails(
    opened: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = make_odd_folder(opened, monkeypatch)
    named = [paths["pipe"], paths["sock"], Path("/dev/zero"), paths["dangling"], paths["link.txt"], Path("../gone")]
    done = opened.custody("collect", *named, *HOW)
    assert (done.exit, done.err) == (4, "")
    assert done.out == (
        f"JD-1  {sha(b'a')[:12]}…  1 byte  link.txt\n"
        "JD-1: the name is a link; the file that it points to was collected.\n"
        f"NOT collected: {paths['pipe']}: {NOT_A_FILE}\n"
        f"NOT collected: {paths['sock']}: {NOT_A_FILE}\n"
        f"NOT collected: /dev/zero: {NOT_A_FILE}\n"
        f"NOT collected: {paths['dangling']}: {DANGLING}\n"
        f"NOT collected: {opened.folder / 'gone'}: {NOT_FOUND}\n"
        "1 item recorded, 5 could not be collected (also recorded).\n"
    )
    assert "Failed   5 files could not be collected (custody log)" in opened.custody("status").out
    log = opened.custody("log").out
    assert [log.count(f"({outcome})") for outcome in ("not-a-file", "dangling-link", "not-found")] == [3, 1, 1]


@posix
def test_what_may_not_be_read_is_a_failure_and_the_rest_goes_on(opened: Place) -> None:
    custody = without_root(opened.custody)
    locked, closed = opened.file("in/locked.txt"), opened.found / "in" / "closed"
    opened.file("in/open.txt", b"open")
    closed.mkdir()
    locked.chmod(0o000)
    closed.chmod(0o000)
    try:
        done = custody("collect", opened.found / "in", *HOW, "--each", "--json")
    finally:
        closed.chmod(0o700)
    assert done.exit == 4
    assert done.json["failed"] == [
        left_out(closed, "not-allowed", NOT_ALLOWED),
        left_out(locked, "not-allowed", NOT_ALLOWED),
    ]
    assert done.json["items"] == [item("JD-1", "open.txt", b"open", "text/plain")]


@posix
def test_an_unreadable_file_that_is_named_is_recorded_as_an_attempt_also_at_a_terminal(opened: Place) -> None:
    custody = without_root(opened.custody)
    locked, inside = opened.file("locked.txt"), opened.file("closed/inside.txt")
    locked.chmod(0o000)
    inside.parent.chmod(0o000)
    try:
        done = custody("collect", locked, inside, *HOW, "--json")
        exit_code, shown = ended(custody.at_terminal("collect", locked, inside, *HOW))
    finally:
        inside.parent.chmod(0o700)
    assert (done.exit, exit_code) == (4, 4)
    assert done.json["failed"] == [left_out(path, "not-allowed", NOT_ALLOWED) for path in (locked, inside)]
    assert shown.endswith("0 items recorded, 2 could not be collected (also recorded).\n")
    assert shown.count("\n") > 3  # broken into lines, between words
    assert " ".join(shown.split()).startswith(f"NOT collected: {locked}: {NOT_ALLOWED} NOT collected: {inside}: ")
    assert opened.custody("status", "--json").json["failed_attempts"] == 4


@posix
def test_a_folder_as_one_says_how_many_files_it_lacks(opened: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    make_odd_folder(opened, monkeypatch)
    done = opened.custody("collect", opened.found / "odd", *HOW, "--as-one", "--json")
    assert done.exit == 4
    (one,) = done.json["items"]
    assert (one["number"], one["parts"], one["warnings"]) == ("JD-1", 2, ["2 of its files could not be taken in"])
    body = opened.custody("show", "1", "--json").json["statement"]["body"]
    assert (body["parts"]["count"], body["parts"]["left_out"]) == (2, 2)
    assert opened.custody("verify", "--json").json["questions"]["integrity"]["verdict"] == "passed"


@posix
def test_strange_names_go_in_exactly_and_are_shown_safely(opened: Place) -> None:
    names = {
        b"\xff\xfe.bin": {"bytes": "//4uYmlu"},
        b"-rf": {"text": "-rf"},
        b"two\nlines.txt": {"text": "two\nlines.txt"},
        b"\x1b[31mred.txt": {"text": "\x1b[31mred.txt"},
        "photo_\u202egpj.exe".encode(): {"text": "photo_\u202egpj.exe"},
    }
    folder = os.fsencode(opened.found / "in")
    os.mkdir(folder)
    for name in names:
        with open(os.path.join(folder, name), "wb") as file:
            file.write(name)
    done = opened.custody("collect", opened.found / "in", *HOW, "--each", "--json")
    assert done.exit == 0
    found = {bytes.fromhex(one["digest"]): one["name"] for one in done.json["items"]}
    assert found == {bytes.fromhex(sha(name)): value for name, value in names.items()}
    listed = opened.custody("items")
    shown = sorted(line.split("  ")[-1].strip() for line in listed.out.splitlines()[1:])
    assert shown == [
        "-rf",
        "[U+001B][31mred.txt",
        "[U+DCFF][U+DCFE].bin",
        "photo_[U+202E]gpj.exe",
        "two[U+000A]lines.txt",
    ]
    assert not {"\x1b", "\u202e"} & set(listed.out)
    # The parts list of the same folder escapes as sha256sum does, and verifies.
    assert opened.custody("collect", opened.found / "in", *HOW, "--as-one").exit == 0
    assert opened.custody("verify", "--json").json["items"] == {"matching": 6, "total": 6}


def test_a_name_with_a_leading_dash_is_named_after_two_dashes(opened: Place) -> None:
    opened.file("-x.txt", b"dash")
    custody = opened.custody.using(cwd=opened.found)
    done = custody("collect", "--case", opened.case, *HOW, "--json", "--", "-x.txt")
    assert done.json["items"] == [item("JD-1", "-x.txt", b"dash", "text/plain")]


@posix
def test_a_name_that_is_no_text_can_be_named_on_the_command_line(opened: Place) -> None:
    path = os.path.join(os.fsencode(opened.found), b"\xff.bin")
    with open(path, "wb") as file:
        file.write(b"x")
    done = opened.custody.using(cwd=opened.found)("collect", "--case", opened.case, b"\xff.bin", b"\xfe.bin", *HOW)
    assert done.exit == 4
    assert f"JD-1  {sha(b'x')[:12]}…  1 byte  [U+DCFF]\n" not in done.out
    assert done.out.splitlines()[0] == f"JD-1  {sha(b'x')[:12]}…  1 byte  [U+DCFF].bin"
    assert done.out.splitlines()[1].startswith(f"NOT collected: {opened.found}/[U+DCFE].bin: {NOT_FOUND}")


@posix
def test_words_that_the_terminal_cannot_write_are_spelled_out(opened: Place) -> None:
    opened.file("Київ.txt", b"x")
    custody = opened.custody.using(more={"PYTHONIOENCODING": "ascii:strict"})
    done = custody("collect", opened.found / "Київ.txt", *HOW)
    assert done.exit == 0
    assert done.out.startswith(f"JD-1  {sha(b'x')[:12]}\\u2026  1 byte  \\u041a\\u0438")


def test_a_file_with_extra_digests_that_is_also_a_part_of_a_folder_still_matches(opened: Place) -> None:
    single = opened.file("single.txt", b"x")
    opened.file("folder/part.txt", b"x")
    assert opened.custody("collect", opened.found / "folder", *HOW, "--as-one").exit == 0
    assert opened.custody("collect", single, *HOW, "--extra-digest", "md5").exit == 0
    judged = opened.custody("verify", "--json")
    assert judged.json["items"] == {"matching": 2, "total": 2}
    assert judged.json["questions"]["integrity"]["verdict"] == "passed"
