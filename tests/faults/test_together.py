"""Eight processes of one writer at once lose nothing; a copy taken meanwhile verifies, or says what is wrong."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from custody import bootstrap
from tests.cli.commandline import Done
from tests.cli.smallcase import HOW, Place, sha
from tests.faults.kit import Fact, Run, files_of, leftovers, members, numbers, recorded, sound, told

WRITERS = 8
COPIES = 8


def start(place: Place, each: int) -> tuple[list[Run], dict[str, int]]:
    """Eight collects of so many tiny files each; with them the digests of the files."""
    runs = []
    digests: dict[str, int] = {}
    for writer in range(WRITERS):
        said = place.folder / f"writer-{writer}"
        source = place.found / f"of-{writer}"
        said.mkdir()
        source.mkdir()
        for number in range(each):
            data = b"writer %d, file %d\n" % (writer, number)
            (source / f"{number:04}.txt").write_bytes(data)
            digests[sha(data)] = writer
        runs.append((said, source))
    return [Run(place.custody, said, "collect", source, *HOW, "--each", "--json") for said, source in runs], digests


def end(runs: Sequence[Run]) -> set[Fact]:
    """What they reported, each without a failure."""
    done = [run.end() for run in runs]
    assert [(one.exit, one.err) for one in done] == [(0, "")] * len(runs), done
    return {fact for one in done for fact in told(one)}


def test_eight_processes_of_one_writer_lose_nothing_and_give_no_number_twice(place: Place) -> None:
    runs, digests = start(place, 1000)
    reported = end(runs)
    assert len(reported) == len(digests) == 8000
    assert numbers(reported) == list(range(2, 8002))
    assert {digest for _, _, digest in reported} == digests.keys()
    sound(place, reported)
    judged = place.custody("verify", "--json")
    assert judged.exit == 8, judged
    assert judged.json["items"] == {"matching": 8001, "total": 8001}


def test_a_copy_taken_while_writers_stand_still_verifies(place: Place) -> None:
    dice = random.Random()
    ledger = ledger_of(place)
    runs, _ = start(place, 400)
    copies: list[tuple[Path, int]] = []
    journals = 0
    for number in range(COPIES):
        time.sleep(dice.uniform(0, 0.8))
        known = remembered(place, ledger)  # not below: one that stands still may hold a lock
        if number % 2:
            await_write(place)
        with standing_still(runs):
            copies.append((copied_case(place, number), known))
        journals += any(name.endswith("-journal") for name in leftovers(copies[-1][0]))
    reported = end(runs)
    print(f"{journals} of {COPIES} copies caught a write under way")
    for copy, known in copies:
        facts = recorded(copy)
        assert len([fact for fact in facts if fact[0] == "record"]) >= known
        assert facts <= recorded(place.case)
        judged = judged_elsewhere(place, copy)
        assert judged.exit == 8, judged
        assert failures(judged) == []
        assert judged.json["items"] == {"matching": len(numbers(facts)), "total": len(numbers(facts))}
    sound(place, reported)


def test_a_copy_taken_while_writers_go_on_never_passes_with_records_missing(place: Place) -> None:
    ledger = ledger_of(place)
    runs, _ = start(place, 400)
    copies: list[tuple[Path, int]] = []
    while len(copies) < COPIES:
        known = remembered(place, ledger)
        copies.append((copied_case(place, len(copies)), known))
        time.sleep(0.2)
    reported = end(runs)
    answers = []
    for copy, known in copies:
        judged = judged_elsewhere(place, copy)
        answers.append(judged.exit)
        if judged.exit in (4, 5):
            assert judged.error["hint"], judged
        elif judged.exit == 8:
            assert failures(judged) == []
            assert judged.json["ledgers"][0]["size"] >= known
            items = judged.json["items"]
            assert items["matching"] == items["total"] == len(numbers(recorded(copy)))
            assert recorded(copy) <= recorded(place.case)
        else:
            assert judged.exit == 1, judged
            assert failures(judged) != []
    print(f"exits of verify on copies taken under way: {answers}")
    sound(place, reported)


def test_writers_wait_for_one_that_stands_still_and_then_go_on(place: Place) -> None:
    """A writer that is stopped while it holds the lock is waited for; its records and the others' are dense."""
    runs, _ = start(place, 150)
    for run in runs[::2]:
        stop(run)
        time.sleep(0.2)
        proceed(run)
    reported = end(runs)
    assert numbers(reported) == list(range(2, 2 + WRITERS * 150))
    sound(place, reported)


@contextmanager
def standing_still(runs: Sequence[Run]) -> Iterator[None]:
    """Every process of every run is stopped, wherever it was."""
    try:
        while not all_stopped(runs):
            # vfork(2): whoever waits for a child that was stopped before its exec cannot be stopped itself.
            for run in runs:
                proceed(run)
        yield
    finally:
        for run in runs:
            proceed(run)


def all_stopped(runs: Sequence[Run]) -> bool:
    """Stop them all; whether they soon stand still."""
    for run in runs:
        stop(run)
    end = time.monotonic() + 1
    while not all(is_stopped(process) for run in runs for process in members(run.process.pid)):
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def await_write(place: Place) -> None:
    """Return while a transaction is being committed, or when none comes."""
    end = time.monotonic() + 1
    while not (place.case / "ledger.db-journal").exists() and time.monotonic() < end:
        pass


def stop(run: Run) -> None:
    """Stop a command and its workers, unless they have ended."""
    _tell(run, signal.SIGSTOP)


def proceed(run: Run) -> None:
    """Let them go on; also workers that were stopped while their command was ending, and outlive it."""
    _tell(run, signal.SIGCONT)


def _tell(run: Run, what: signal.Signals) -> None:
    if members(run.process.pid):
        with suppress(ProcessLookupError):
            os.killpg(run.process.pid, what)


def is_stopped(process: int) -> bool:
    """Whether a process stands still, or is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] in "TZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def copied_case(place: Place, number: int) -> Path:
    """A copy of the case folder as any program would take it."""
    copy = place.folder / f"copy-{number}"
    copied = subprocess.run(["cp", "-a", place.case, copy], capture_output=True, text=True, check=False)
    # A journal may be gone before it is copied, and cp says so.
    assert all("No such file" in line for line in copied.stderr.splitlines()), copied.stderr
    return copy


def remembered(place: Place, ledger: str) -> int:
    """How many records the writers' computer has seen in the ledger."""
    head = bootstrap.heads(place.home).get(ledger)
    assert head is not None
    return head.size


def ledger_of(place: Place) -> str:
    """The id of the one ledger; asked before anybody who is stopped may hold its lock."""
    with files_of(place.case).ledgers.reading() as reader:
        (ledger,) = reader.ledgers()
    return ledger


def judged_elsewhere(place: Place, copy: Path) -> Done:
    """What `verify` says of a copy on a computer that never saw the case."""
    home = copy.with_name(f"{copy.name}-home")
    home.mkdir()
    done = place.custody.using(cwd=copy, home=home, passphrase=None)("verify", "--json")
    shutil.rmtree(home)
    return done


def failures(judged: Done) -> list[str]:
    """The codes of what failed."""
    answers = judged.json["questions"].values()
    return [one["code"] for answer in answers for one in answer["findings"] if one["verdict"] == "failed"]


@pytest.fixture(autouse=True)
def _none_left() -> Iterator[None]:
    """A failing test must not leave stopped processes behind."""
    yield
    for run in Run.all_of_them:
        proceed(run)
        if run.process.poll() is None:
            run.process.kill()
            run.process.wait()
    Run.all_of_them.clear()
