"""The disk under the case fills up, may not be written or goes away: a clear error, and a case that is as it was."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from custody.ports import Signer
from tests.cli.commandline import Done
from tests.cli.smallcase import HOW, Place
from tests.faults.kit import (
    PATIENCE,
    Command,
    Fact,
    Run,
    clear,
    goes_on,
    holds_to,
    leftovers,
    mount,
    recorded,
    sound,
    told,
)

KIB = 1024
ROOM = (0, 4, 12, 24, 48, 160)  # KiB that are free: for nothing, a page, a journal, a few objects, nearly all
READERS = (("items",), ("show", "JD-1"), ("log",), ("status",), ("verify",), ("checkpoint",))


@dataclass(frozen=True)
class Disk:
    """A small file system, on which some folders of the place lie."""

    folder: Path

    @property
    def _filler(self) -> Path:
        return self.folder / "filler"

    def fill(self, free: int) -> None:
        """Leave so many bytes free."""
        self.empty()
        status = os.statvfs(self.folder)
        with self._filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, status.f_bavail * status.f_frsize - free)

    def empty(self) -> None:
        """Make room."""
        self._filler.unlink(missing_ok=True)


@pytest.fixture
def disk(tmp_path: Path, mounts: list[Path]) -> Disk:
    """Room for all that a test collects, and little more."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=48m", "tmpfs", folder)
    mounts.append(folder)
    return Disk(folder)


def lay_onto(disk: Disk, place: Place, names: tuple[str, ...], mounts: list[Path]) -> None:
    """Have these folders of the place lie on the disk."""
    for name in names:
        shutil.copytree(place.folder / name, disk.folder / name)
        mount("--bind", disk.folder / name, place.folder / name)
        mounts.append(place.folder / name)


@pytest.mark.parametrize("on", [("case",), ("case", "home", "out")], ids="+".join)
@pytest.mark.parametrize("what", ["small", "big", "each", "as-one", "note", "report"])
def test_a_full_disk_is_told_and_leaves_nothing_half_written(
    what: str, on: tuple[str, ...], place: Place, disk: Disk, mounts: list[Path]
) -> None:
    lay_onto(disk, place, on, mounts)
    command = Command(what, place)
    reported: set[Fact] = set()
    refused = 0
    for free in ROOM:
        disk.fill(free * KIB)
        before = recorded(place.case)
        done = command.run()
        holds_to(place, before, done, reported)
        if done.exit != 0:
            refused += 1
            words = done.err + "".join(failure["message"] for failure in done.json.get("failed", ()))
            assert "full" in words or "No space left" in words, done
        disk.empty()
        again = command.run()
        assert again.exit == 0, again
        reported |= told(again)
        sound(place, reported)
    assert refused > 0, "the disk was never full"


def test_on_a_disk_without_a_free_byte_everything_can_be_read(place: Place, disk: Disk, mounts: list[Path]) -> None:
    lay_onto(disk, place, ("case", "home"), mounts)
    disk.fill(0)
    for reader in READERS:
        done = place.custody(*reader)
        assert done.exit == (8 if reader == ("verify",) else 0), done


def test_what_a_full_home_cannot_remember_is_told_by_the_next_command_before_it_records(
    place: Place, disk: Disk, mounts: list[Path]
) -> None:
    lay_onto(disk, place, ("home",), mounts)
    disk.fill(0)
    command = Command("note", place)
    assert command.run().exit == 0  # it is recorded, and what is recorded must not be told to have failed
    before = recorded(place.case)
    done = command.run()
    assert done.exit == 5, done
    holds_to(place, before, done, set())


@pytest.mark.parametrize("what", ["small", "big", "note", "report"])
def test_a_limit_on_the_size_of_files_is_told_and_leaves_nothing_half_written(
    what: str, place: Place, program: Callable[[str], Path]
) -> None:
    command = Command(what, place)
    ledger = (place.case / "ledger.db").stat().st_size
    reported: set[Fact] = set()
    refused = 0
    for limit in (0, 600, 5_000, ledger, ledger + 4096, 100_000):
        before = recorded(place.case)
        limited = place.custody.using(prefix=(str(program("prlimit")), f"--fsize={limit}", "--"))
        done = limited(*command.arguments())
        holds_to(place, before, done, reported)
        refused += done.exit != 0
    assert refused > 0, "no file was ever too large"
    done = command.run()
    assert done.exit == 0, done
    sound(place, reported | told(done))


@pytest.fixture
def read_only(place: Place, mounts: list[Path]) -> Callable[[], None]:
    """Makes the case read-only: a mount, because modes bind nobody here."""

    def make() -> None:
        mount("--bind", place.case, place.case)
        mounts.append(place.case)
        mount("-o", "remount,ro,bind", place.case)

    return make


def test_a_read_only_case_can_be_read(place: Place, read_only: Callable[[], None]) -> None:
    read_only()
    for reader in READERS:
        done = place.custody(*reader)
        assert done.exit == (8 if reader == ("verify",) else 0), done


@pytest.mark.parametrize("what", ["small", "big", "each", "note", "report"])
def test_a_read_only_case_is_not_written_and_that_is_told(
    what: str, place: Place, read_only: Callable[[], None]
) -> None:
    before = recorded(place.case)
    read_only()
    done = Command(what, place).run()
    assert done.exit == 5, done
    assert "may not be written" in done.err or "read-only" in done.err.lower(), done
    holds_to(place, before, done, set())
    assert recorded(place.case) == before


def test_a_write_that_was_broken_off_is_told_where_it_cannot_be_undone(
    place: Place, shim: Path, read_only: Callable[[], None], mounts: list[Path]
) -> None:
    before = recorded(place.case)
    more = {"LD_PRELOAD": str(shim), "FAULT_BELOW": str(place.case / "ledger.db")}
    killed = place.custody.using(more={**more, "FAULT_CALL": "pwrite", "FAULT_NTH": "2", "FAULT_SIGNAL": "9"})(
        "note", "JD-1", "a remark"
    )
    assert killed.exit == -9, killed
    assert "ledger.db-journal" in leftovers(place.case)
    read_only()
    for reader in READERS:
        done = place.custody(*reader)
        assert done.exit == 5, done
        clear(done)
        assert "write" in done.err, done
    subprocess.run(["umount", mounts.pop()], check=True)
    assert recorded(place.case) == before
    sound(place)


# --- a store that goes away ------------------------------------------------------------------------------------------


def test_without_its_evidence_folder_a_case_takes_nothing_in_and_says_so(place: Place, signer: Signer) -> None:
    before = recorded(place.case)
    away = place.folder / "evidence elsewhere"
    (place.case / "evidence").rename(away)
    judged = place.custody("verify", "--json")
    assert judged.exit == 1, judged
    assert [one["code"] for one in judged.json["questions"]["integrity"]["findings"]] == ["item-missing"]
    done = Command("small", place).run()
    assert done.exit == 5, done
    clear(done)
    assert recorded(place.case) == before
    away.rename(place.case / "evidence")
    sound(place)
    goes_on(place, signer)


def tiny_files(folder: Path, count: int) -> Path:
    """A folder of small files, all different."""
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:05}.txt").write_bytes(b"%d\n" % number)
    return folder


def at_work(place: Place) -> Iterator[Run]:
    """A collect of many files, once it has begun to keep them."""
    evidence = place.case / "evidence"
    before = len(list(evidence.iterdir()))
    # Not from within the case: a worker that starts there when it is gone complains by itself.
    outside = replace(place.custody, cwd=place.folder)
    run = Run(outside, place.folder, "collect", "--case", place.case, place.found / "tiny", *HOW, "--each", "--json")
    end = time.monotonic() + PATIENCE
    while len(list(evidence.iterdir())) < before + 50 and time.monotonic() < end:
        assert run.process.poll() is None, "it ended too soon"
        time.sleep(0.001)
    yield run


def brought_together(away: Path, evidence: Path) -> None:
    """What a person does who finds the store again: its objects, and those that were kept meanwhile, in one folder."""
    for path in away.rglob("*"):
        if path.is_file():
            target = evidence / path.relative_to(away)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)


def ended_well_or_told(done: Done) -> set[Fact]:
    """What it reported. Fails unless it worked, or said what did not."""
    clear(done)
    if "error" not in done.json:
        assert {failure["outcome"] for failure in done.json["failed"]} <= {"store-error"}, done
    return told(done)


def test_an_evidence_folder_that_is_renamed_meanwhile_loses_nothing(place: Place, signer: Signer) -> None:
    tiny_files(place.found / "tiny", 3000)
    away = place.folder / "away"
    for run in at_work(place):
        (place.case / "evidence").rename(away)
        reported = ended_well_or_told(run.end())
    brought_together(away, place.case / "evidence")
    sound(place, reported, killed=True)
    goes_on(place, signer)


def test_an_evidence_disk_that_is_taken_off_meanwhile_loses_nothing(
    place: Place, signer: Signer, mounts: list[Path]
) -> None:
    tiny_files(place.found / "tiny", 3000)
    evidence = place.case / "evidence"
    outside = place.folder / "outside"
    shutil.copytree(evidence, outside)
    mount("--bind", outside, evidence)
    mounts.append(evidence)
    for run in at_work(place):
        subprocess.run(["umount", "-l", mounts.pop()], check=True)
        reported = ended_well_or_told(run.end())
    brought_together(outside, evidence)
    sound(place, reported, killed=True)
    goes_on(place, signer)


def test_a_case_that_is_renamed_meanwhile_loses_nothing_that_was_reported(place: Place, signer: Signer) -> None:
    tiny_files(place.found / "tiny", 3000)
    away = place.folder / "away"
    for run in at_work(place):
        place.case.rename(away)
        done = run.end()
    clear(done)
    assert done.exit in (4, 5), done
    kept = place.case / "evidence"
    if kept.is_dir():  # made anew by a worker, with what it kept
        brought_together(kept, away / "evidence")
        shutil.rmtree(place.case)
    away.rename(place.case)
    sound(place, told(done), killed=True)
    goes_on(place, signer)
