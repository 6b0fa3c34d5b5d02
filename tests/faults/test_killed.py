"""SIGKILL at random moments: what was reported is there, the case verifies, work goes on, no worker is left behind."""

import json
import os
import random
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from custody.ports import Signer
from tests.cli.smallcase import HOW, Place, copied
from tests.faults.kit import Fact, Run, facts_in, goes_on, leftovers, sound, told

KILLS = 100  # of each command, 500 in all
FRESH = 20  # kills that one case bears before it is examined and another one taken: growing cases are slow to examine
MANY = 150  # files; above 100, worker processes take them in
BIG = 32 * 2**20  # bytes


@dataclass
class Repeated:
    """A command that is killed again and again, in a case that is new every so often."""

    name: str
    source: Path
    options: tuple[str, ...] = ()
    made: int = field(default=0)

    def arguments(self, folder: Path) -> list[str | Path]:
        """How it is typed; a report needs a new name each time."""
        self.made += 1
        if self.name == "note":
            return ["note", "JD-1", f"remark {self.made}", "--json"]
        if self.name == "report":
            return ["report", "-o", folder / f"report-{self.made}.pdf", "--json"]
        self._make_anew()
        return ["collect", self.source, *HOW, *self.options, "--json"]

    def _make_anew(self) -> None:
        """Other bytes each time: a later run must not record what an earlier one only reported."""
        if self.name == "big":
            with self.source.open("r+b") as file:
                file.write(b"%09d" % self.made)
            return
        for number in range(MANY):
            (self.source / f"{number:03}.txt").write_bytes(b"%d %d\n" % (self.made, number) * (number + 1))


@pytest.fixture(params=["each", "as-one", "big", "note", "report"])
def command(request: pytest.FixtureRequest, tmp_path: Path) -> Repeated:
    """The command, with what it collects."""
    name: str = request.param
    source = tmp_path / "source"
    if name == "big":
        source.write_bytes(random.Random(4).randbytes(BIG))
    elif name in ("each", "as-one"):
        source.mkdir()
    return Repeated(name, source, (f"--{name}",) if source.is_dir() else ())


@pytest.fixture
def seed() -> int:
    """A new one each run; it is printed when the test fails, and FAULTS_SEED repeats it."""
    seed = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(2**32))
    print(f"FAULTS_SEED={seed}")
    return seed


def test_what_was_reported_before_a_kill_is_recorded_and_the_case_holds(
    command: Repeated, ready: Place, signer: Signer, seed: int, tmp_path: Path
) -> None:
    dice = random.Random(seed)
    to_change, to_end = _measured(command, copied(ready.folder, tmp_path / "measured"), tmp_path)
    died: dict[str, int] = {"untouched": 0, "changed": 0, "ended": 0}
    for round_ in range(KILLS // FRESH):
        place = copied(ready.folder, tmp_path / f"place-{round_}")
        outputs = place.folder / "reports"
        outputs.mkdir()
        reported: set[Fact] = set()
        for number in range(FRESH):
            before = _state(place)
            run = Run(place.custody, place.folder, *command.arguments(outputs))
            if number % 2:  # any moment, most of which lie before the first change
                time.sleep(dice.uniform(0, to_end))
            else:
                _await_change(place, before, run)
                time.sleep(dice.uniform(0, 1.1 * (to_end - to_change)))
            run.kill()
            done = run.end()
            assert done.exit in (0, -9), done
            reported |= _said(done.out)
            died["ended" if done.exit == 0 else "untouched" if _state(place) == before else "changed"] += 1
        _whole(outputs)
        sound(place, reported, killed=True)
        _completes(command, place, reported)
        goes_on(place, signer)
        shutil.rmtree(place.folder)  # many times what was collected
    print(f"{command.name}: {died}")
    assert died["changed"] > 0, "no kill ever met the command at its work"


def _measured(command: Repeated, place: Place, folder: Path) -> tuple[float, float]:
    """Seconds from its start to its first change of the case, and to its end; the second time, when all is warm."""
    for _ in range(2):
        before = _state(place)
        arguments = command.arguments(folder)
        started = time.monotonic()
        run = Run(place.custody, folder, *arguments)
        _await_change(place, before, run)
        changed = time.monotonic()
        assert run.end().exit == 0
        ended = time.monotonic()
    return changed - started, ended - started


def _completes(command: Repeated, place: Place, reported: set[Fact]) -> None:
    """The command itself, left alone, and what people then read."""
    done = place.custody(*command.arguments(place.folder))
    assert done.exit == 0, done
    reported |= told(done)
    sound(place, reported, killed=True)
    assert leftovers(place.case) == []
    listed = {("item", one["number"], one["digest"]) for one in place.custody("items", "--json").json["items"]}
    assert {fact for fact in reported if fact[0] == "item"} <= listed
    assert [one[1] for one in sorted(listed, key=_counter)] == [f"JD-{count}" for count in range(1, len(listed) + 1)]
    judged = place.custody("verify", "--json")
    assert judged.exit == 8, judged
    answers = {name: question["verdict"] for name, question in judged.json["questions"].items()}
    assert (answers["integrity"], answers["signers"], answers["custody"]) == ("passed", "passed", "passed")
    assert judged.json["items"] == {"matching": len(listed), "total": len(listed)}


def _counter(fact: Fact) -> int:
    return int(str(fact[1]).removeprefix("JD-"))


def _said(out: str) -> set[Fact]:
    """What a killed command had reported: its one line is there or not, for it is written at once."""
    return facts_in(json.loads(out)) if out.endswith("}\n") else set()


def _state(place: Place) -> tuple[int, ...]:
    """What changes as soon as anything is written: a file in a folder of the case gets or loses its name."""
    return tuple((place.case / name).stat().st_mtime_ns for name in (".", "evidence", "ledger.db", "openings.db"))


def _await_change(place: Place, before: tuple[int, ...], run: Run) -> None:
    while _state(place) == before and run.process.poll() is None:
        time.sleep(0.0005)


def _whole(folder: Path) -> None:
    """Every report is whole: a name is given to a finished file only."""
    for path in folder.iterdir():
        if not path.name.startswith("."):
            data = path.read_bytes()
            assert data.startswith(b"%PDF-"), path
            assert data.rstrip().endswith(b"%%EOF"), path
