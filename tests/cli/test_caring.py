"""`custody examine`, `correct`, `withdraw`, `dispose`, `erase`, `explain-gap`: each act, its refusals, its effect."""

import json
import stat
from typing import Any

import pytest

from tests.cli.commandline import tree, without_root
from tests.cli.smallcase import CHAT, CHAT_NAME, HOW, PARTS_LIST, PHOTO, PHOTO_DIGEST, sha
from tests.cli.team import (
    DESCRIPTION,
    LETTER,
    PERSONA,
    TYPED,
    Team,
    answers,
    codes,
    holders,
    holds,
    key_of,
    kinds,
    ok,
    refused,
    stored,
    verified,
)

ELSEWHERE = ("item-elsewhere", "MKO-1")


def last(team: Team) -> dict[str, Any]:
    """The newest record of the lead."""
    key = key_of(team.lead)
    found = [one for one in team.lead.custody("log", "--json").json["records"] if one["signer"] == key][-1]
    assert isinstance(found, dict)
    return found


def written(team: Team, item: str, kind: str, *secrets: str) -> None:
    """The newest record is of this kind and item, and what it seals stands in clear nowhere in the ledger."""
    newest = last(team)
    assert (newest["item"], newest["type"]) == (item, kind)
    ledger = (team.lead.case / "ledger.db").read_bytes()
    shown = ok(team.lead.custody("show", item)).out
    for secret in secrets:
        assert secret.encode() not in ledger
        assert secret in shown


def test_examine_gives_out_a_working_copy_and_the_original_stays(team: Team) -> None:
    work = team.folder / "work"
    before = stored(team.lead)
    done = ok(team.lead.custody("examine", "AR-1", "--purpose", "faces", "-o", work, "--with", "Autopsy 4"))
    assert "A working copy of AR-1 is in" in done.out
    (copy,) = [path for path in work.rglob("*") if path.is_file()]
    assert copy.read_bytes() == PHOTO
    assert stored(team.lead) == before
    written(team, "AR-1", "examined/v1", "faces")
    assert "took a working copy" in ok(team.lead.custody("show", "AR-1")).out
    assert "Autopsy 4" in ok(team.lead.custody("show", "AR-1")).out
    assert holders(team.lead)["AR-1"] == "AR"
    holds(team.lead, ELSEWHERE)


def test_a_working_copy_is_read_only_and_no_link_to_the_original(team: Team) -> None:
    work = team.folder / "work"
    ok(team.lead.custody("examine", "AR-2", "--purpose", "a look", "-o", work))
    files = [path for path in work.rglob("*") if path.is_file()]
    assert {path.read_bytes() for path in files} >= {*CHAT.values(), PARTS_LIST}
    for path in files:
        assert not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH), path
        assert path.stat().st_nlink == 1
    for path in files:
        path.chmod(0o600)
        path.write_bytes(b"changed by the examiner's tool")
    holds(team.lead, ELSEWHERE)


def test_examine_tells_a_program_what_it_did(team: Team) -> None:
    work = team.folder / "work"
    told = ok(team.lead.custody("examine", "AR-3", "--purpose", "a look", "-o", work, "--json")).json
    assert told == {"folder": str(work), "item": "AR-3", "record": last(team)["position"]}
    (copy,) = [path for path in work.rglob("*") if path.is_file()]
    assert copy.read_text() == TYPED


def test_of_changed_bytes_no_working_copy_is_given_out_and_nothing_is_recorded(team: Team) -> None:
    kept = team.lead.case / "evidence" / PHOTO_DIGEST[:2] / PHOTO_DIGEST
    kept.chmod(0o600)
    kept.write_bytes(PHOTO + b"x")
    before = kinds(team.lead)
    done = team.lead.custody("examine", "AR-1", "--purpose", "a look", "-o", team.folder / "work")
    refused(done, 1, "AR-1", "custody verify")
    assert kinds(team.lead) == before
    assert not (team.folder / "work").exists()


def test_what_others_hold_is_not_examined(team: Team) -> None:
    before = kinds(team.lead)
    done = team.lead.custody("examine", "MKO-1", "--purpose", "a look", "-o", team.folder / "work")
    assert done.exit in (1, 3), done  # its bytes are not here, and it is MKO's
    done = team.mko.custody("examine", "AR-1", "--purpose", "a look", "-o", team.folder / "work")
    assert done.exit in (1, 3), done
    ok(team.lead.custody("give", "AR-1", "--to", "MKO", "--purpose", "a look", "--keeps-copy"))
    ok(team.mko.custody.using(cwd=team.lead.case)("accept"))
    done = team.lead.custody("examine", "AR-1", "--purpose", "a look", "-o", team.folder / "work")
    refused(done, 3, "AR-1 is held by MKO", "only MKO can do this")
    assert "examined/v1" not in kinds(team.lead)[len(before) :]
    assert not (team.folder / "work").exists()


def test_a_folder_for_the_working_copy_that_cannot_be_made_leaves_no_record(team: Team) -> None:
    closed = team.folder / "closed"
    closed.mkdir(mode=0o500)
    before = kinds(team.lead)
    custody = without_root(team.lead.custody)
    done = custody("examine", "AR-1", "--purpose", "a look", "-o", closed / "work")
    assert done.exit == 5, done
    assert kinds(team.lead) == before


EXAMINE = ("examine", "AR-1", "--purpose", "a look", "-o", "work")
CORRECT = ("correct", "AR-1", "--reason", "a slip", "--set", "place=the quay")
WITHDRAW = ("withdraw", "AR-1", "--reason", "a mistake")
DISPOSE = ("dispose", "AR-1", "--method", "shredded", "--authority", "court order 3")
ERASE = ("erase", "AR-1", "persona", "--reason", "it names a source")
EXPLAIN = ("explain-gap", "AR-1", "it lay in the safe")
OF_ALL = pytest.mark.parametrize(
    "command", [EXAMINE, CORRECT, WITHDRAW, DISPOSE, ERASE, EXPLAIN], ids=lambda command: command[0]
)


@OF_ALL
def test_there_is_no_such_item(team: Team, command: tuple[str, ...]) -> None:
    before = tree(team.lead.case)
    refused(team.lead.custody(command[0], "AR-9", *command[2:]), 2, "no item")
    assert tree(team.lead.case) == before


@OF_ALL
def test_a_passphrase_that_was_typed_as_a_reason_is_not_recorded(team: Team, command: tuple[str, ...]) -> None:
    before = tree(team.lead.case)
    typed = [*command[:-1], "correct horse battery staple"] if command[0] == "explain-gap" else list(command)
    for option in ("--reason", "--purpose", "--authority"):
        if option in typed:
            typed[typed.index(option) + 1] = "correct horse battery staple"
    refused(team.lead.custody(*typed), 2, "passphrase")
    assert tree(team.lead.case) == before


@OF_ALL
def test_an_empty_reason_is_refused(team: Team, command: tuple[str, ...]) -> None:
    before = tree(team.lead.case)
    typed = [*command[:-1], " "] if command[0] == "explain-gap" else list(command)
    for option in ("--reason", "--purpose", "--authority"):
        if option in typed:
            typed[typed.index(option) + 1] = " "
    refused(team.lead.custody(*typed), 2, "is empty")
    assert tree(team.lead.case) == before


@pytest.mark.parametrize("command", [EXAMINE, WITHDRAW, DISPOSE], ids=lambda command: command[0])
def test_after_it_is_gone_no_act_is_possible_and_it_says_why(team: Team, command: tuple[str, ...]) -> None:
    ok(team.lead.custody(*DISPOSE))
    before = tree(team.lead.case)
    done = team.lead.custody(*command)
    assert done.exit in (1, 3), done
    if command is not EXAMINE:
        assert "AR-1 was disposed of" in done.err
    assert tree(team.lead.case) == before


def test_a_correction_stands_beside_the_old_value(team: Team) -> None:
    done = ok(
        team.lead.custody(
            "correct", "AR-1", "--set", "description=three men", "--set", "tool=a Nikon", "--reason", "I looked again"
        )
    )
    assert "Corrected AR-1: description, tool" in done.out
    shown = ok(team.lead.custody("show", "AR-1")).out
    for words in (DESCRIPTION, "three men", "corrected the field description", "a Nikon", "Firefox 128"):
        assert words in shown
    written(team, "AR-1", "corrected/v1", "a Nikon", "I looked again")
    holds(team.lead, ELSEWHERE)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("size=3", "size is not corrected"),
        ("digest=" + "0" * 64, "digest is not corrected"),
        ("name=other.jpg", "name is not corrected"),
        ("description", "empty"),
        ("=three men", ""),
        ("description=", "empty"),
    ],
)
def test_what_a_computer_measured_is_not_corrected(team: Team, change: str, words: str) -> None:
    before = tree(team.lead.case)
    refused(team.lead.custody("correct", "AR-1", "--set", change, "--reason", "a slip"), 2, words)
    assert tree(team.lead.case) == before


def test_of_several_corrections_all_are_recorded_or_none(team: Team) -> None:
    before = tree(team.lead.case)
    two = ("--set", "description=three men", "--set", "size=3")
    refused(team.lead.custody("correct", "AR-1", *two, "--reason", "a slip"), 2, "size is not corrected")
    assert tree(team.lead.case) == before


def test_only_its_collector_corrects_what_they_recorded(team: Team) -> None:
    before = tree(team.lead.case)
    done = team.lead.custody("correct", "MKO-1", "--set", "description=x", "--reason", "y")
    refused(done, 3, "only its collector corrects", "note")
    assert tree(team.lead.case) == before


def test_its_collector_corrects_also_what_others_hold_by_now(team: Team) -> None:
    ok(team.lead.custody("give", "AR-1", "--to", "MKO", "--purpose", "a look"))
    ok(team.mko.custody.using(cwd=team.lead.case)("accept"))
    ok(team.lead.custody(*CORRECT))
    holds(team.lead, ELSEWHERE)


def test_withdrawn_is_withdrawn_and_the_record_of_it_stays(team: Team) -> None:
    before = stored(team.lead)
    assert ok(team.lead.custody(*WITHDRAW)).out == f"Withdrawn: AR-1 (record {last(team)['position']}).\n"
    assert holders(team.lead)["AR-1"] == "(withdrawn)"
    assert "(withdrawn)" in ok(team.lead.custody("items")).out
    assert stored(team.lead) == before
    written(team, "AR-1", "withdrawn/v1", "a mistake")
    holds(team.lead, ELSEWHERE)
    refused(team.lead.custody(*WITHDRAW), 3, "AR-1 was withdrawn by its collector")
    refused(team.lead.custody("give", "AR-1", "--to", "MKO", "--purpose", "x"), 3, "withdrawn")


def test_only_its_collector_withdraws_and_only_before_any_hand_over(team: Team) -> None:
    refused(team.lead.custody("withdraw", "MKO-1", "--reason", "x"), 3, "MKO-1 is held by MKO")
    ok(team.lead.custody("give", "AR-1", "--to", "MKO", "--purpose", "a look"))
    desk = team.mko.custody.using(cwd=team.lead.case)
    ok(desk("accept"))
    refused(desk(*WITHDRAW), 3, "only its collector withdraws")
    ok(desk("give", "AR-1", "--to", "AR", "--purpose", "back"))
    ok(team.lead.custody("accept"))
    refused(team.lead.custody(*WITHDRAW), 3, "only before any hand-over")
    ok(team.lead.custody("give", "AR-2", "--to", "Sgt. Poe", "--on-paper", "--keeps-copy", "--purpose", "x"))
    refused(team.lead.custody("withdraw", "AR-2", "--reason", "x"), 3, "only before any hand-over")


def test_the_bytes_of_a_withdrawn_item_can_still_be_disposed_of(team: Team) -> None:
    """What was collected by mistake may be the very thing that must not be kept."""
    ok(team.lead.custody(*WITHDRAW))
    ok(team.lead.custody(*DISPOSE))
    assert PHOTO_DIGEST not in stored(team.lead)


def test_disposed_of_the_bytes_are_gone_and_the_history_stays(team: Team) -> None:
    done = ok(team.lead.custody(*DISPOSE, "--witnessed-by", "mko"))
    assert done.out == f"Disposed of AR-1; 1 stored file was removed (record {last(team)['position']}).\n"
    assert PHOTO_DIGEST not in stored(team.lead)
    assert holders(team.lead)["AR-1"] == "(disposed)"
    shown = ok(team.lead.custody("show", "AR-1")).out
    for words in ("disposed of it (shredded)", "court order 3", "Maya Ko (MKO)", PHOTO_DIGEST):
        assert words in shown
    written(team, "AR-1", "disposed/v1", "court order 3")
    judged = holds(team.lead, ELSEWHERE)
    assert "AR-1 was disposed of." in judged["questions"]["integrity"]["sentence"]


def test_a_folder_is_disposed_of_with_its_parts_and_lists(team: Team) -> None:
    before = stored(team.lead)
    ok(team.lead.custody("dispose", "AR-2", "--method", "deleted", "--authority", "its owner"))
    assert stored(team.lead) == {PHOTO_DIGEST, sha(TYPED.encode())} < before
    assert holds(team.lead, ELSEWHERE)["items"]["total"] == 4


def test_what_another_item_needs_stays(team: Team) -> None:
    """One part of the folder AR-2 is an item of its own, AR-4; AR-2's other objects go."""
    part = "messages.txt"
    ok(team.lead.custody("collect", team.lead.found / CHAT_NAME / part, *HOW))
    ok(team.lead.custody("dispose", "AR-2", "--method", "deleted", "--authority", "its owner"))
    assert stored(team.lead) == {PHOTO_DIGEST, sha(TYPED.encode()), sha(CHAT[part])}
    holds(team.lead, ELSEWHERE)
    ok(team.lead.custody("dispose", "AR-4", "--method", "deleted", "--authority", "its owner"))
    assert stored(team.lead) == {PHOTO_DIGEST, sha(TYPED.encode())}
    holds(team.lead, ELSEWHERE)


def test_a_folder_stays_whole_when_the_item_that_is_its_part_is_disposed_of(team: Team) -> None:
    ok(team.lead.custody("collect", team.lead.found / CHAT_NAME / "messages.txt", *HOW))
    before = stored(team.lead)
    ok(team.lead.custody("dispose", "AR-4", "--method", "deleted", "--authority", "its owner"))
    assert stored(team.lead) == before
    holds(team.lead, ELSEWHERE)


def test_two_items_of_the_same_bytes_share_them_until_both_are_gone(team: Team) -> None:
    ok(team.lead.custody("collect", team.lead.file("again.jpg", PHOTO), *HOW))
    ok(team.lead.custody(*DISPOSE))
    assert PHOTO_DIGEST in stored(team.lead)
    holds(team.lead, ELSEWHERE)
    ok(team.lead.custody("dispose", "AR-4", *DISPOSE[2:]))
    assert PHOTO_DIGEST not in stored(team.lead)
    holds(team.lead, ELSEWHERE)


def test_bytes_come_back_when_they_are_collected_again_after_a_disposal(team: Team) -> None:
    ok(team.lead.custody(*DISPOSE))
    ok(team.lead.custody("collect", team.lead.file("again.jpg", PHOTO), *HOW))
    assert PHOTO_DIGEST in stored(team.lead)
    holds(team.lead, ELSEWHERE)


def test_a_disposed_item_with_an_item_whose_bytes_are_elsewhere_is_removed_all_the_same(team: Team) -> None:
    """The lead has none of MKO's bytes, also not of her folder; that is no reason to keep her own."""
    folder = team.mko.file("her-chat/one.txt", b"one\n").parent
    ok(team.mko.custody("collect", folder, "--as-one", *HOW))
    ok(team.lead.custody("merge", team.mko.case))
    ok(team.lead.custody(*DISPOSE))
    assert PHOTO_DIGEST not in stored(team.lead)


def test_witnesses_are_members_or_named_and_never_oneself(team: Team) -> None:
    before = tree(team.lead.case)
    refused(team.lead.custody(*DISPOSE, "--witnessed-by", "AR"), 3, "nobody witnesses their own act")
    refused(team.lead.custody(*DISPOSE, "--witnessed-by", " "), 2, "--witnessed-by")
    assert tree(team.lead.case) == before
    ok(team.lead.custody(*DISPOSE, "--witnessed-by", "Judge Hana Orr"))
    written(team, "AR-1", "disposed/v1", "Judge Hana Orr")


@pytest.mark.parametrize("method", ["", "two\nlines", "x" * 201])
def test_the_method_is_a_line(team: Team, method: str) -> None:
    before = tree(team.lead.case)
    refused(team.lead.custody("dispose", "AR-1", "--method", method, "--authority", "x"), 2, "--method")
    assert tree(team.lead.case) == before


def test_only_the_holder_disposes(team: Team) -> None:
    before = tree(team.lead.case)
    refused(team.lead.custody("dispose", "MKO-1", *DISPOSE[2:]), 3, "MKO-1 is held by MKO")
    assert tree(team.lead.case) == before


def test_what_the_receiver_disposed_of_the_giver_need_not_have_either(team: Team) -> None:
    offer = team.sent / "offer"
    ok(team.lead.custody("give", "AR-1", "--to", "MKO", "--purpose", "a look", "-o", offer))
    ok(team.mko.custody("accept", offer))
    ok(team.mko.custody(*DISPOSE, "--witnessed-by", "AR"))
    assert PHOTO_DIGEST not in stored(team.mko)
    ok(team.lead.custody("merge", team.mko.case))
    for place in (team.lead, team.mko):
        assert holders(place)["AR-1"] == "(disposed)"
        assert "failed" not in answers(verified(place)).values()


def test_erased_is_gone_from_the_folder_and_from_what_is_shown(team: Team) -> None:
    assert PERSONA.encode() in (team.lead.case / "openings.db").read_bytes()
    done = ok(team.lead.custody(*ERASE))
    assert "Erased persona of AR-1 here" in done.out
    for path in team.lead.case.rglob("*"):
        if path.is_file():
            assert PERSONA.encode() not in path.read_bytes(), path
    assert PERSONA not in ok(team.lead.custody("show", "AR-1")).out
    assert "persona" not in team.lead.custody("show", "AR-1", "--json").json["opened"]
    written(team, "AR-1", "erased/v1", "it names a source")
    assert "erased the field" in ok(team.lead.custody("show", "AR-1")).out
    assert DESCRIPTION in ok(team.lead.custody("show", "AR-1")).out
    holds(team.lead, ELSEWHERE)


def test_erased_twice_is_refused_or_harmless(team: Team) -> None:
    ok(team.lead.custody(*ERASE))
    team.lead.custody(*ERASE)
    assert "failed" not in answers(verified(team.lead)).values()


@pytest.mark.parametrize("field", ["digest", "size", "colour", "method", "place", "", "parts/seed"])
def test_what_is_not_sealed_or_is_needed_to_compare_bytes_is_not_erased(team: Team, field: str) -> None:
    before = tree(team.lead.case)
    for item in ("AR-1", "AR-3") if field in ("digest", "size") else ("AR-1", "AR-2"):
        done = team.lead.custody("erase", item, field, "--reason", "x")
        assert done.exit in (2, 3), done
    assert tree(team.lead.case) == before


def test_the_lead_erases_what_others_collected_and_they_follow(team: Team) -> None:
    ok(team.lead.custody("erase", "MKO-1", "description", "--reason", "it names a source"))
    assert "a letter in ink" in ok(team.mko.custody("show", "MKO-1")).out
    ok(team.mko.custody("merge", team.lead.case))
    assert "a letter in ink" not in ok(team.mko.custody("show", "MKO-1")).out
    assert codes(verified(team.mko), "opening-missing", "opening-not-erased") == []


def test_others_do_not_erase(team: Team) -> None:
    before = tree(team.mko.case)
    refused(team.mko.custody(*ERASE), 3, "only its collector or the case lead erases")
    assert tree(team.mko.case) == before


def test_an_explained_gap_stays_open_with_its_explanation(team: Team) -> None:
    assert ok(team.mko.custody(*EXPLAIN)).out.startswith("Recorded for AR-1")  # anybody may
    ok(team.lead.custody("merge", team.mko.case))
    assert "it lay in the safe" in ok(team.lead.custody("show", "AR-1")).out
    assert b"it lay in the safe" not in (team.lead.case / "ledger.db").read_bytes()
    judged = holds(team.lead, ELSEWHERE, ("gap-explained", "AR-1"))
    assert answers(judged)["custody"] == "indeterminate"
    assert holders(team.lead)["AR-1"] == "AR"
    ok(team.lead.custody("give", "AR-1", "--to", "MKO", "--purpose", "x"))


@pytest.mark.parametrize("command", [WITHDRAW, DISPOSE, ERASE, EXPLAIN], ids=lambda command: command[0])
def test_a_program_is_told_item_record_and_statement(team: Team, command: tuple[str, ...]) -> None:
    told = ok(team.lead.custody(*command, "--json")).json
    newest = last(team)
    assert told == {"item": "AR-1", "record": newest["position"], "statement": newest["id"]}


def test_a_program_is_told_the_records_of_corrections(team: Team) -> None:
    told = ok(team.lead.custody(*CORRECT, "--set", "tool=a Nikon", "--json")).json
    newest = last(team)["position"]
    assert told == {"item": "AR-1", "records": [newest - 1, newest]}


def test_notes_hang_on_an_item_a_record_or_the_case(team: Team) -> None:
    ok(team.lead.custody("give", "AR-1", "--to", "MKO", "--purpose", "a look"))
    act = last(team)["id"]
    assert ok(team.lead.custody("note", act, "by courier", "--json")).json["item"] == "AR-1"
    assert ok(team.lead.custody("note", "case", "the hearing is in May", "--json")).json["item"] is None
    assert "by courier" in ok(team.lead.custody("show", "AR-1")).out
    refused(team.lead.custody("note", "0" * 64, "x"), 2, "no item")
    holds(team.lead, ELSEWHERE, ("offer-open", "AR-1"))


def test_the_letter_of_mko_was_never_here(team: Team) -> None:
    """What the other tests take for granted."""
    assert sha(LETTER) not in stored(team.lead)
    assert json.dumps(holders(team.lead)) == '{"AR-1": "AR", "AR-2": "AR", "AR-3": "AR", "MKO-1": "MKO"}'


def test_nothing_is_removed_while_it_is_not_known_what_another_item_needs(team: Team) -> None:
    ok(team.lead.custody("collect", team.lead.found / CHAT_NAME / "messages.txt", *HOW))
    listing = sha(PARTS_LIST)
    path = team.lead.case / "evidence" / listing[:2] / listing
    path.unlink()
    path.mkdir()  # it is there, and cannot be read
    done = ok(team.lead.custody("dispose", "AR-4", "--method", "deleted", "--authority", "its owner"))
    assert "0 stored files were removed" in done.out
    assert sha(CHAT["messages.txt"]) in stored(team.lead)
