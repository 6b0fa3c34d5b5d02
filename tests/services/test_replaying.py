"""Replaying a few items from disk gives what replaying everything gives."""

from pathlib import Path

from custody import bootstrap
from custody.services import looking, replaying
from tests.builders import examine, new_folder
from tests.histories import Team


def _two_laptops() -> Team:
    """Ben acts on BE-1 with both of his keys, after the same act; with the old one after he answered Cem."""
    for number in range(1000):
        team = Team(reference=f"case {number}")
        ben, again, cem = team.member("Ben"), team.newcomer("Ben's second key", "B2"), team.member("Cem")
        if ben.ledger < again.ledger < cem.ledger:  # so that the old ledger waits for Cem's, and the new one does not
            break
    item, other = team.collects(ben), team.collects(cem)
    team.releases(cem, other, ben)
    with team.forging():
        team.receives(ben, other)
        team.disposes(ben, item)
    team.replaces(ben, again, seen=ben.size)
    team.opens(again)
    with team.forging():
        team.examines(again, item)
    return team


def test_an_item_with_two_acts_after_one_is_judged_by_a_writer_as_by_a_verifier(tmp_path: Path) -> None:
    files, world = new_folder(tmp_path / "case"), bootstrap.world(tmp_path / "home")
    _two_laptops().write(files)
    judged = examine(files, world).seen.state.items["BE-1"]
    with files.ledgers.reading() as reader:
        state = replaying.replay(reader, looking.find_case(reader), ["BE-1"])
    assert (state.items["BE-1"].standing, state.items["BE-1"].tip) == (judged.standing, judged.tip)


def test_an_item_without_a_fork_is_judged_from_its_own_records(tmp_path: Path) -> None:
    team = Team()
    ben = team.member("Ben")
    item = team.collects(ben)
    team.releases(ben, item, team.lead)
    team.receives(team.lead, item)
    files, world = new_folder(tmp_path / "case"), bootstrap.world(tmp_path / "home")
    team.write(files)
    with files.ledgers.reading() as reader:
        state = replaying.replay(reader, looking.find_case(reader), [item])
    assert state.items[item] == examine(files, world).seen.state.items[item]
