"""SIGKILL while other people's records and evidence are taken in: nothing is lost, the case verifies, work goes on."""

import os
import random
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli import team as people
from tests.cli.smallcase import HOW, Place
from tests.cli.team import Team, answers, codes, copied, holders, ok, verified
from tests.faults.kit import Run, broken_objects, leftovers, strange

KILLS = 6  # of each command
MANY = 60  # records that are new
BIG = 16 * 2**20  # bytes


@pytest.fixture(scope="session")
def ready_team(tmp_path_factory: pytest.TempPathFactory) -> Team:
    """A lead with many items that her colleague has not heard of, and an offer on its way. Not to be touched."""
    folder = tmp_path_factory.mktemp("together")
    people.make_invited(folder / "invited")
    people.make_team(folder / "team", folder / "invited")
    team = Team(folder / "team")
    for number in range(MANY):
        team.lead.file(f"many/{number:03}.txt", b"%d\n" % number)
    team.lead.file("big.bin", random.Random(7).randbytes(BIG))
    ok(team.lead.custody("collect", team.lead.found / "many", "--each", "--description", "one of many", *HOW))
    ok(team.lead.custody("collect", team.lead.found / "big.bin", *HOW))
    (last,) = [one["number"] for one in _items(team.lead) if one["size"] == BIG]
    offered = ("AR-1", "AR-2", "AR-3", last)
    ok(team.lead.custody("give", *offered, "--to", "MKO", "--purpose", "a look", "-o", team.sent / "offer"))
    return team


@pytest.fixture
def dice() -> random.Random:
    """A new seed each run; it is printed when the test fails, and FAULTS_SEED repeats it."""
    seed = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(2**32))
    print(f"FAULTS_SEED={seed}")
    return random.Random(seed)


@pytest.mark.parametrize("command", ["merge", "accept"])
def test_what_a_killed_command_left_is_sound_and_the_next_one_completes_it(
    command: str, ready_team: Team, dice: random.Random, tmp_path: Path
) -> None:
    source = ready_team.sent / "offer" if command == "accept" else ready_team.lead.case
    arguments: list[str | Path] = [command, source, "--json"]
    own = len(_signed_by(ready_team.mko, ready_team))
    to_change, to_end = _measured(copied(ready_team.folder, tmp_path / "measured").mko, arguments)
    killed = {"untouched": 0, "changed": 0, "ended": 0}
    for number in range(KILLS):
        team = copied(ready_team.folder, tmp_path / f"team-{number}")
        before = _state(team.mko)
        run = Run(team.mko.custody, team.mko.folder, *arguments)
        if number % 3 == 0:
            time.sleep(dice.uniform(0, to_end))
        else:
            _await_change(team.mko, before, run)
            time.sleep(dice.uniform(0, 1.1 * (to_end - to_change)))
        run.kill()
        done = run.end()
        assert done.exit in (0, -9), done
        killed["ended" if done.exit == 0 else "untouched" if _state(team.mko) == before else "changed"] += 1
        _sound(team.mko)
        assert len(_signed_by(team.mko, team)) >= own
        _completes(command, team, arguments)
        if number == KILLS - 1:
            _goes_on(team)
        shutil.rmtree(team.folder)
    print(f"{command}: {killed}")
    assert killed["changed"] > 0, "no kill ever met the command at its work"


def _completes(command: str, team: Team, arguments: list[str | Path]) -> None:
    """The command itself, left alone; then everything is there, each value with its record, and each act once."""
    done = team.mko.custody(*arguments)
    if command == "accept" and done.exit == 2:
        assert "nothing is offered to you" in done.err  # the killed command had signed before it died
    else:
        ok(done)
    judged = _sound(team.mko)
    assert broken_objects(team.mko.case) == []
    assert codes(judged, "opening-missing", "record-unfinished", "ledger-behind") == []
    assert judged["items"]["total"] == len(_items(team.lead))
    assert all(one["name"] is not None for one in _items(team.mko) if one["number"] != "AR-3")
    seen = [one for one in _signed_by(team.mko, team) if one["type"] == "ledger-seen/v1"]
    assert len(seen) > 1, "what was taken in before the kill was never vouched for"  # one is of before
    received = [one["item"] for one in _signed_by(team.mko, team) if one["type"] == "received/v1"]
    if command == "accept":
        assert len(received) == len(set(received)) == 4
        assert judged["items"]["matching"] == 5
        assert {holders(team.mko)[number] for number in ("AR-1", "AR-2", "AR-3")} == {"MKO"}


def _goes_on(team: Team) -> None:
    """More can be recorded, and is believed by others."""
    ok(team.mko.custody("collect", "--text", "what was typed afterwards"))
    assert leftovers(team.mko.case) == []
    ok(team.lead.custody("merge", team.mko.case))
    assert "failed" not in answers(verified(team.lead)).values()


def _sound(place: Place) -> Any:
    """Nothing is found wrong, whatever is not there yet."""
    left = leftovers(place.case)
    assert strange(left) == []
    judged = verified(place)
    assert "failed" not in answers(judged).values(), judged
    return judged


def _items(place: Place) -> list[dict[str, Any]]:
    found = place.custody("items", "--json").json["items"]
    assert isinstance(found, list)
    return found


def _signed_by(place: Place, team: Team) -> list[dict[str, Any]]:
    key = people.key_of(team.mko)
    return [one for one in place.custody("log", "--json").json["records"] if one["signer"] == key]


def _measured(place: Place, arguments: list[str | Path]) -> tuple[float, float]:
    """Seconds from its start to its first change of the case, and to its end."""
    before = _state(place)
    started = time.monotonic()
    run = Run(place.custody, place.folder, *arguments)
    _await_change(place, before, run)
    changed = time.monotonic()
    assert run.end().exit == 0
    return changed - started, time.monotonic() - started


def _state(place: Place) -> tuple[int, ...]:
    """What changes as soon as anything is written: a file in a folder of the case gets or loses its name."""
    return tuple((place.case / name).stat().st_mtime_ns for name in (".", "evidence", "ledger.db", "openings.db"))


def _await_change(place: Place, before: tuple[int, ...], run: Run) -> None:
    while _state(place) == before and run.process.poll() is None:
        time.sleep(0.0005)
