"""`custody collect` when it is stopped, when the disk fills up, and when files change under it."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commandline import Custody, Done, open_files
from tests.cli.smallcase import HOW, Place, copied, sha

MANY = 3000  # small files: a dozen chunks of work, of which a few are under way at any time
LARGE = 500_000_000  # bytes that take a while
TRIES = 3  # a loaded machine may let a collect end before the signal reaches it

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and mounts are POSIX")


def fill(folder: Path, count: int) -> dict[str, str]:
    """Small files, all different: digest by name."""
    folder.mkdir()
    made = {}
    for number in range(count):
        data = b"%d\n" % number
        (folder / f"{number:05}.txt").write_bytes(data)
        made[f"{number:05}.txt"] = sha(data)
    return made


def holds(custody: Custody, total: int) -> None:
    """Verified: every file matches, nothing is wrong, and only what is always open is open."""
    judged = custody("verify", "--json")
    assert judged.exit == 8, judged
    assert judged.json["items"] == {"matching": total, "total": total}
    questions = judged.json["questions"]
    assert {name: questions[name]["verdict"] for name in questions} == {
        "integrity": "passed",
        "signers": "passed",
        "time": "indeterminate",
        "custody": "passed",
        "completeness": "indeterminate",
    }


def interrupted(place: Place, folder: Path, *, times: int) -> Done:
    """Collect a folder, with SIGINT once the first files are kept; a second one when the first was answered."""
    process = place.custody.start("collect", folder, *HOW, "--each", "--json")
    evidence = place.case / "evidence"
    while process.poll() is None and sum(1 for _ in evidence.iterdir()) < 100:
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    words = ""
    if times == 2:
        while "Stopping after the current batch; everything so far stays recorded.\n" not in words:
            line = process.stderr.readline()
            words += line
            if not line:
                break
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    return Done(process.returncode, out, words + err)


def test_after_ctrl_c_everything_reported_is_there_and_resume_completes_it(ready_opened: Path, tmp_path: Path) -> None:
    for attempt in range(1, TRIES + 1):
        place = copied(ready_opened, tmp_path / str(attempt))
        folder = place.found / "many"
        files = fill(folder, MANY * attempt)
        stopped = interrupted(place, folder, times=1)
        if stopped.exit != 0:
            break
    assert stopped.exit == 4, stopped
    assert stopped.err == "\nStopping after the current batch; everything so far stays recorded.\n"
    assert (stopped.json["stopped"], stopped.json["failed"]) == (True, [])
    reported = {one["number"]: (one["name"]["text"], one["digest"]) for one in stopped.json["items"]}
    assert 0 < len(reported) < len(files)
    listed = place.custody("items", "--json").json["items"]
    assert {one["number"]: (one["name"]["text"], one["digest"]) for one in listed} == reported
    holds(place.custody, len(reported))

    resumed = place.custody("collect", folder, *HOW, "--each", "--resume", "--json")
    assert (resumed.exit, resumed.json["stopped"]) == (0, False)
    assert len(resumed.json["already"]) == len(reported)
    listed = place.custody("items", "--json").json["items"]
    assert sorted((one["name"]["text"], one["digest"]) for one in listed) == sorted(files.items())
    assert [one["number"] for one in listed] == [f"JD-{number}" for number in range(1, len(files) + 1)]
    holds(place.custody, len(files))


def test_a_second_ctrl_c_breaks_off_and_the_case_holds(ready_opened: Path, tmp_path: Path) -> None:
    """While files are read, it leaves out what is being read; while a batch is written, it ends the command."""
    for attempt in range(1, TRIES + 1):
        place = copied(ready_opened, tmp_path / str(attempt))
        folder = place.found / "many"
        fill(folder, MANY * attempt)
        broken = interrupted(place, folder, times=2)
        if broken.exit != 0:
            break
    assert broken.exit in (4, 130)
    if broken.exit == 130:
        assert broken.out == ""
        assert broken.err.endswith("\ncustody: stopped; what was reported as recorded stays recorded\n")
    assert "Traceback" not in broken.err
    count = place.custody("status", "--json").json["items"]
    if broken.exit == 4:
        assert (broken.json["stopped"], len(broken.json["items"])) == (True, count)
    holds(place.custody, count)


@pytest.mark.skipif(sys.platform != "linux", reason="only /proc says what a process is reading")
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_finishes_a_large_file_and_a_second_one_leaves_it_out(opened: Place, times: int) -> None:
    """What lies before it is recorded both times."""
    small, large, last = opened.file("a.txt"), opened.file("image.dd", b""), opened.file("z.txt")
    os.truncate(large, LARGE)
    process = opened.custody.start("collect", small, large, last, *HOW, "--json")
    while process.poll() is None and str(large) not in open_files(process.pid):
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    words = process.stderr.readline() + process.stderr.readline()
    if times == 2:
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    done = Done(process.returncode, out, words + err)
    holds(opened.custody, 3 - times)
    for path in (opened.case / "evidence").rglob("*"):  # pytest keeps what a test leaves
        if path.is_file() and path.stat().st_size >= LARGE:
            path.unlink()
    assert done.exit == 4
    assert done.err == "\nFinishing image.dd, then stopping. Ctrl-C again: leave it out.\n"
    assert done.json["stopped"] is True
    assert [one["name"]["text"] for one in done.json["items"]] == ["a.txt", "image.dd"][: 3 - times]


def test_a_killed_collect_leaves_a_case_that_verifies_and_can_be_resumed(opened: Place) -> None:
    folder = opened.found / "many"
    files = fill(folder, MANY)
    process = opened.custody.start("collect", folder, *HOW, "--each", "--json")
    evidence = opened.case / "evidence"
    while process.poll() is None and sum(1 for _ in evidence.iterdir()) < 100:
        time.sleep(0.001)
    process.kill()
    process.communicate(timeout=120)
    holds(opened.custody, opened.custody("status", "--json").json["items"])
    assert opened.custody("collect", folder, *HOW, "--each", "--resume").exit == 0
    holds(opened.custody, len(files))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


FULL = (
    "the evidence store does not work: No space left on device; the disk with the case is full: "
    "make room or move the case to a larger disk, then run the command again with --resume"
)


def test_a_disk_that_fills_up_fails_the_files_that_do_not_fit(opened: Place, small_disk: Path) -> None:
    shutil.copytree(opened.case, small_disk / "case")
    custody = opened.custody.using(cwd=small_disk / "case")
    sizes = {"1-fits.bin": 200_000, "2-too-large.bin": 2_000_000, "3-fits.bin": 200_000, "4-too-large.bin": 1_500_000}
    for name, size in sizes.items():
        opened.file(f"in/{name}", name.encode() + bytes(size))
    done = custody("collect", opened.found / "in", *HOW, "--each", "--json")
    assert done.exit == 4
    assert [(one["number"], one["name"]["text"]) for one in done.json["items"]] == [
        ("JD-1", "1-fits.bin"),
        ("JD-2", "3-fits.bin"),
    ]
    assert done.json["failed"] == [
        {"message": FULL, "outcome": "store-error", "path": str(opened.found / "in" / name)}
        for name in ("2-too-large.bin", "4-too-large.bin")
    ]
    holds(custody, 2)
    log = custody("log", "--json").json["records"]
    assert [one["type"] for one in log] == [
        "case-opened/v1",
        "collected/v1",
        "attempted/v1",
        "collected/v1",
        "attempted/v1",
    ]


def test_a_disk_without_room_for_the_record_is_exit_5_and_records_nothing(opened: Place, small_disk: Path) -> None:
    shutil.copytree(opened.case, small_disk / "case")
    custody = opened.custody.using(cwd=small_disk / "case")
    free = shutil.disk_usage(small_disk).free
    (small_disk / "ballast").write_bytes(bytes(free))
    done = custody("collect", opened.file("a.txt", b""), *HOW, "--json")
    assert (done.exit, done.error["code"]) == (5, "storage")
    assert done.error["hint"]
    (small_disk / "ballast").unlink()
    holds_nothing = custody("verify", "--json")
    assert (holds_nothing.exit, holds_nothing.json["items"]) == (8, {"matching": 0, "total": 0})
    assert custody("collect", opened.found / "a.txt", *HOW).exit == 0
    holds(custody, 1)


def test_files_that_come_and_go_meanwhile_each_get_an_outcome(opened: Place) -> None:
    """Another program makes, removes and rewrites files while they are collected; what was recorded verifies."""
    folder = opened.found / "busy"
    fill(folder, 600)
    done = threading.Event()

    def disturb() -> None:
        numbers = iter(range(599, 0, -1))
        while not done.is_set():
            number = next(numbers, None)
            if number is None:
                return
            (folder / f"{number:05}.txt").unlink()

    process = opened.custody.start("collect", folder, *HOW, "--each", "--json")
    while process.poll() is None and not any((opened.case / "evidence").iterdir()):
        time.sleep(0.001)
    other = threading.Thread(target=disturb)
    other.start()
    out, err = process.communicate(timeout=120)
    done.set()
    other.join()
    result = Done(process.returncode, out, err)
    assert result.exit in (0, 4), result
    assert (result.exit == 4) == bool(result.json["failed"])
    assert {one["outcome"] for one in result.json["failed"]} <= {"not-found"}
    assert len(result.json["items"]) + len(result.json["failed"]) <= 600
    holds(opened.custody, len(result.json["items"]))


def test_a_file_that_is_written_all_the_time_is_not_collected(opened: Place) -> None:
    """A large file that grows while it is read changes at both tries."""
    growing = opened.file("recording.mp4", bytes(20_000_000))
    steady = opened.file("steady.txt", b"steady")
    stop = threading.Event()

    def grow() -> None:
        with growing.open("ab", buffering=0) as file:
            while not stop.is_set():
                file.write(b"x")

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        done = opened.custody("collect", growing, steady, *HOW, "--json")
    finally:
        stop.set()
        writer.join()
    assert done.exit == 4
    assert [one["name"]["text"] for one in done.json["items"]] == ["steady.txt"]
    (failed,) = done.json["failed"]
    assert failed == {
        "message": "the file changed while it was read, twice; close the program that writes it, "
        "or make a copy and take the copy in",
        "outcome": "changed-while-read",
        "path": str(growing),
    }
    holds(opened.custody, 1)
