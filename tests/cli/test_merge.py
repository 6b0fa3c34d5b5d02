"""`custody share` and `merge`: records reach others unchanged and checked; what does not hold is named and kept out."""

import base64
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from custody import bootstrap
from custody.adapters.casefolder import read_case
from custody.services import exchanging
from tests.cli.commandline import Done, tree
from tests.cli.smallcase import HOW, PHOTO_NAME, Place, at
from tests.cli.team import (
    DESCRIPTION,
    LETTER_NAME,
    PERSONA,
    TYPED,
    Team,
    answers,
    codes,
    forged,
    holders,
    holds,
    join,
    key_of,
    kinds,
    ok,
    parts_of,
    refused,
    result,
    rewrite,
    someone,
    verified,
)


def told(done: Done) -> dict[str, tuple[int, int]]:
    """Of each ledger that `merge --json` took in, by label: its records before and after."""
    return {one["label"]: (one["before"], one["size"]) for one in result(done)["ledgers"] if one["wrong"] is None}


def wrong(done: Done) -> dict[str, str]:
    """Of each ledger that `merge --json` did not take in: what is wrong with it."""
    return {one["label"]: one["wrong"] for one in result(done)["ledgers"] if one["wrong"] is not None}


def collected(place: Place, name: str, *options: str) -> Done:
    """A new file of this name is collected."""
    return ok(place.custody("collect", place.file(name, f"{name}\n".encode()), *HOW, *options))


def copy_of(place: Place, target: Path) -> Place:
    """Home and case of the same person on another device."""
    shutil.copytree(place.folder, target)
    return at(target)


def test_new_records_are_taken_in_and_that_is_signed(team: Team) -> None:
    collected(team.mko, "second.txt")
    size = len(kinds(team.mko, team.mko))
    done = ok(team.lead.custody("merge", team.send(team.mko, "mko.custody"), "--json"))
    assert told(done) == {"MKO": (size - 1, size)}
    log = team.lead.custody("log", "--json").json["records"]
    (seen,) = [one for one in log if one["position"] == done.json["record"] and one["type"] == "ledger-seen/v1"]
    assert seen["item"] is None
    assert holders(team.lead)["MKO-2"] == "MKO"
    holds(team.lead, ("item-elsewhere", "MKO-1"), ("item-elsewhere", "MKO-2"))


def test_in_words_it_says_of_each_ledger_what_is_new(team: Team) -> None:
    collected(team.mko, "second.txt")
    share = team.send(team.mko, "mko.custody")
    size = len(kinds(team.mko, team.mko))
    assert ok(team.lead.custody("merge", share)).out == f"MKO: 1 new record, {size} in all.\n"
    assert ok(team.lead.custody("merge", share)).out == f"MKO: nothing new, {size} in all.\n"


def test_twice_brings_nothing_new_and_writes_no_record(team: Team) -> None:
    collected(team.mko, "second.txt")
    share = team.send(team.mko, "mko.custody")
    ok(team.lead.custody("merge", share))
    before = tree(team.lead.case)
    for source in (share, team.mko.case):
        done = ok(team.lead.custody("merge", source, "--json"))
        assert done.json["record"] is None
    assert tree(team.lead.case) == before


def test_folders_and_files_are_taken_in_together(trio: Team) -> None:
    collected(trio.eve, "by-eve.txt")
    collected(trio.mko, "by-mko.txt")
    done = ok(trio.lead.custody("merge", trio.send(trio.eve, "eve.custody"), trio.mko.case, "--json"))
    assert told(done)["ES"][1] == len(kinds(trio.eve, trio.eve))
    assert {"ES-1", "MKO-2"} <= set(holders(trio.lead))
    assert kinds(trio.lead, trio.lead)[-1] == "ledger-seen/v1"
    holds(trio.lead, *(("item-elsewhere", number) for number in ("ES-1", "MKO-1", "MKO-2")))


def test_no_evidence_travels_with_records(team: Team) -> None:
    share = team.send(team.lead, "lead.custody")
    assert b"OggS" not in share.read_bytes()
    assert base64.b64encode(TYPED.encode()) not in share.read_bytes()
    assert base64.b64encode(b"\xff\xd8\xff\xe0\x00\x10") not in share.read_bytes()


def test_share_names_what_it_wrote_and_overwrites_nothing(team: Team) -> None:
    path = team.send(team.lead, "lead.custody")
    before = path.read_bytes()
    refused(team.lead.custody("share", "-o", path), 2, "exists")
    assert path.read_bytes() == before
    done = ok(team.mko.custody("share", "-o", team.sent / "all.custody", "--all", "--json"))
    assert len(done.json["ledgers"]) == 2
    assert done.json["file"] == str(team.sent / "all.custody")
    assert [
        json.loads(line)["ledger"] for line in parts_of(team.sent / "all.custody") if b'"ledger"' in line
    ] == sorted(done.json["ledgers"])


def test_what_others_recorded_can_be_sent_on(trio: Team) -> None:
    collected(trio.mko, "second.txt")
    ok(trio.lead.custody("merge", trio.mko.case))
    done = ok(trio.eve.custody("merge", trio.send(trio.lead, "all.custody", "--all"), "--json"))
    assert told(done)["MKO"][1] == len(kinds(trio.mko, trio.mko))
    assert holders(trio.eve)["MKO-2"] == "MKO"


def test_an_older_copy_takes_nothing_away(team: Team) -> None:
    old = team.send(team.mko, "old.custody")
    collected(team.mko, "second.txt")
    ok(team.lead.custody("merge", team.mko.case))
    before = tree(team.lead.case)
    done = ok(team.lead.custody("merge", old, "--json"))
    assert done.json["record"] is None
    assert tree(team.lead.case) == before


def test_two_devices_that_went_on_from_one_copy_are_named_and_others_are_taken_in(trio: Team) -> None:
    other = copy_of(trio.mko, trio.folder / "laptop")
    collected(trio.mko, "on-the-phone.txt")
    collected(other, "on-the-laptop.txt")
    ok(trio.lead.custody("merge", trio.mko.case))
    collected(trio.eve, "by-eve.txt")
    size = len(kinds(trio.lead, trio.mko))
    done = trio.lead.custody("merge", trio.send(other, "laptop.custody"), trio.send(trio.eve, "eve.custody"), "--json")
    assert done.exit == 1, done
    assert "two versions of this ledger, which part at record" in wrong(done)["MKO"]
    assert "ES" in told(done)
    assert {"ES-1", "MKO-2"} <= set(holders(trio.lead))
    assert len(kinds(trio.lead, trio.mko)) == size
    words = trio.lead.custody("merge", trio.sent / "laptop.custody", trio.sent / "eve.custody")
    refused(words, 1, "1 of 2 ledgers", "ask its sender")
    assert "MKO: NOT taken in: there are two versions" in words.out
    assert "ES: nothing new" in words.out
    assert answers(verified(trio.lead))["completeness"] == "indeterminate"


def test_a_fork_that_others_vouch_for_is_found_by_verify(trio: Team) -> None:
    """Lead and ES took in different versions of MKO's ledger: what they signed contradicts one of them."""
    other = copy_of(trio.mko, trio.folder / "laptop")
    collected(trio.mko, "on-the-phone.txt")
    collected(other, "on-the-laptop.txt")
    ok(trio.lead.custody("merge", trio.mko.case))
    ok(trio.eve.custody("merge", other.case))
    ok(trio.lead.custody("merge", trio.send(trio.eve, "eve.custody")))
    judged = verified(trio.lead)
    assert codes(judged, "ledger-forked") == [("ledger-forked", "the ledger of MKO")]
    assert judged["verdict"] == "failed"


def test_records_of_ones_own_ledger_by_another_device_are_named(team: Team) -> None:
    other = copy_of(team.mko, team.folder / "laptop")
    collected(other, "on-the-laptop.txt")
    before = tree(team.mko.case)
    done = team.mko.custody("merge", team.send(other, "laptop.custody"), "--json")
    assert done.exit == 1, done
    assert "your own ledger" in wrong(done)["MKO"]
    assert "another device" in wrong(done)["MKO"]
    assert tree(team.mko.case) == before


def test_records_of_another_case_are_refused(team: Team) -> None:
    other = someone(team.folder / "other", "Olga Unger")
    about = ("--reference", "GEN-8", "--title", "Another", "--label", "OU")
    ok(other.custody.using(cwd=other.folder)("init", other.case, *about))
    before = tree(team.lead.case)
    for source in (team.send(other, "other.custody"), other.case):
        refused(team.lead.custody("merge", source), 1, "another case")
    assert tree(team.lead.case) == before


def test_a_ledger_of_another_case_under_this_cases_name_is_named(team: Team) -> None:
    other = someone(team.folder / "other", "Olga Unger")
    about = ("--reference", "GEN-8", "--title", "Another", "--label", "OU")
    ok(other.custody.using(cwd=other.folder)("init", other.case, *about))
    share = team.send(other, "other.custody")
    case = team.lead.custody("status", "--json").json["case"]
    rewrite(share, 0, lambda head: {**head, "case": case})
    before = tree(team.lead.case)
    done = team.lead.custody("merge", share, "--json")
    assert done.exit == 1, done
    assert list(wrong(done).values()) == ["it belongs to another case"]
    assert tree(team.lead.case) == before


@pytest.mark.parametrize(
    ("name", "code"), [("found", 2), ("found/letter-from-dana.txt", 4), ("nothing.custody", 5), ("home", 2)]
)
def test_what_is_neither_share_nor_case_is_refused_before_anything(team: Team, name: str, code: int) -> None:
    collected(team.mko, "second.txt")
    before = tree(team.lead.case)
    refused(team.lead.custody("merge", team.mko.case, team.mko.folder / name), code, Path(name).name)
    assert tree(team.lead.case) == before


def test_a_share_that_was_changed_or_cut_on_its_way_is_refused(team: Team) -> None:
    collected(team.mko, "second.txt")
    share = team.send(team.mko, "mko.custody")
    data = share.read_bytes()
    before = tree(team.lead.case)
    for changed in (
        data[:-1],
        data[: len(data) // 2],
        data.replace(b"envelope", b"envelopf", 1),
        b"".join(parts_of(share)[:-1]),
    ):
        share.write_bytes(changed)
        refused(team.lead.custody("merge", share), 4, "mko.custody", "ask for it to be sent again")
    assert tree(team.lead.case) == before


def other_opening(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry whose first opening has another value."""
    first, *rest = entry["openings"]
    return {**entry, "openings": [{**first, "value": '"what was never sealed"'}, *rest]}


def moved_opening(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry with an opening of a field that its record does not seal."""
    return {**entry, "openings": [{**entry["openings"][0], "pointer": "/aaa"}, *entry["openings"]]}


@pytest.mark.parametrize("change", [forged, other_opening, moved_opening])
def test_a_ledger_whose_record_does_not_hold_is_kept_out_and_others_are_taken_in(trio: Team, change: Any) -> None:
    collected(trio.eve, "by-eve.txt")
    collected(trio.mko, "second.txt")
    share = trio.send(trio.mko, "mko.custody")
    rewrite(share, len(parts_of(share)) - 2, change)
    size = len(kinds(trio.lead, trio.mko))
    done = trio.lead.custody("merge", share, trio.eve.case, "--json")
    assert done.exit == 1, done
    assert "MKO" in wrong(done)
    assert "ES" in told(done)
    assert len(kinds(trio.lead, trio.mko)) == size
    assert "MKO-2" not in holders(trio.lead)
    holds(trio.lead, ("item-elsewhere", "ES-1"), ("item-elsewhere", "MKO-1"))
    assert told(ok(trio.lead.custody("merge", trio.mko.case, "--json")))["MKO"] == (size, size + 1)


def test_records_left_out_in_the_middle_are_found(team: Team) -> None:
    collected(team.mko, "second.txt")
    collected(team.mko, "third.txt")
    share = team.send(team.mko, "mko.custody")
    rewrite(share, 1, lambda ledger: {**ledger, "size": ledger["size"] - 1})
    lines = parts_of(share)
    share.write_bytes(b"".join([*lines[:-3], *lines[-2:]]))  # the last but one entry
    rewrite(share, 0, lambda head: head)
    before = tree(team.lead.case)
    done = team.lead.custody("merge", share, "--json")
    assert done.exit == 1, done
    assert "does not hold" in wrong(done)["MKO"]
    assert tree(team.lead.case) == before


def test_sealed_share_tells_no_names_and_a_full_one_brings_them_later(team: Team) -> None:
    collected(team.mko, "witness-dana.txt", "--description", "her brother's list")
    share = team.send(team.mko, "sealed.custody", "--sealed")
    for secret in (b"witness-dana", b"her brother", b"Maya Ko"):
        assert secret not in share.read_bytes()
    assert {tuple(json.loads(line).get("openings", ())) for line in parts_of(share)} == {()}
    ok(team.lead.custody("merge", share))
    shown = ok(team.lead.custody("show", "MKO-2")).out
    assert "witness-dana" not in shown
    assert "her brother" not in shown
    assert "Original name    (sealed" in shown
    assert codes(verified(team.lead), "opening-missing") != []
    done = ok(team.lead.custody("merge", team.send(team.mko, "full.custody"), "--json"))
    assert done.json["record"] is None
    shown = ok(team.lead.custody("show", "MKO-2")).out
    assert "witness-dana.txt" in shown
    assert "her brother's list" in shown
    assert codes(verified(team.lead), "opening-missing") == []


def test_sealed_share_hides_the_digest_of_a_typed_text(team: Team) -> None:
    """A short text can be guessed from its digest, and a plate number is one."""
    ok(team.mko.custody("collect", "--text", TYPED))
    ok(team.lead.custody("merge", team.send(team.mko, "sealed.custody", "--sealed")))
    (text,) = [one for one in team.lead.custody("items", "--json").json["items"] if one["number"] == "MKO-2"]
    assert (text["digest"], text["size"], text["name"]) == (None, None, None)
    judged = verified(team.lead)
    assert "failed" not in answers(judged).values()
    assert answers(judged)["integrity"] == "indeterminate"


def openings_of(place: Place) -> bytes:
    """All that openings.db holds, also in pages that SQLite has let go of."""
    return (place.case / "openings.db").read_bytes()


@pytest.mark.parametrize("way", ["file", "folder", "all"])
def test_an_erased_field_is_erased_at_others_and_no_merge_brings_it_back(team: Team, way: str) -> None:
    assert PERSONA.encode() in openings_of(team.mko)
    old = team.send(team.lead, "old.custody")
    everything = team.send(team.mko, "everything.custody", "--all")
    older = copy_of(team.lead, team.folder / "old")
    ok(team.lead.custody("erase", "AR-1", "persona", "--reason", "it names a source"))
    ok(team.mko.custody("merge", team.lead.case))
    for place in (team.lead, team.mko):
        assert PERSONA.encode() not in openings_of(place)
        assert PERSONA not in ok(place.custody("show", "AR-1")).out
    source = {"file": old, "folder": older.case, "all": everything}[way]
    for place in (team.mko, team.lead):
        ok(place.custody("merge", source))
        assert PERSONA.encode() not in openings_of(place)
        assert DESCRIPTION.encode() in openings_of(place)
        assert codes(verified(place), "opening-not-erased", "opening-missing") == []


def test_somebody_who_joins_later_gets_no_erased_field(team: Team) -> None:
    old = team.send(team.mko, "old.custody", "--all")
    ok(team.lead.custody("erase", "AR-1", "persona", "--reason", "it names a source"))
    late, _ = team.newcomer("Late Comer", "LC")
    ok(late.custody("merge", team.send(team.lead, "new.custody")))
    ok(late.custody("merge", old))
    assert DESCRIPTION.encode() in openings_of(late)
    assert PERSONA.encode() not in openings_of(late)
    assert PERSONA not in ok(late.custody("show", "AR-1")).out


def test_in_one_merge_the_erasure_counts_whichever_file_comes_first(trio: Team) -> None:
    collected(trio.mko, "secret.txt", "--place", "the flat above the bakery")
    before = trio.send(trio.mko, "before.custody")
    ok(trio.mko.custody("erase", "MKO-2", "place", "--reason", "a home"))
    after = trio.send(trio.mko, "after.custody")
    ok(trio.lead.custody("merge", before, after))
    ok(trio.eve.custody("merge", after, before))
    for place in (trio.lead, trio.eve):
        assert b"the flat above the bakery" not in openings_of(place)
        assert codes(verified(place), "opening-not-erased", "opening-missing") == []


@pytest.mark.parametrize("first", ["note", "erasure"])
def test_an_erased_note_is_erased_at_others_whichever_comes_first(trio: Team, first: str) -> None:
    text = "her sister lives at the old mill"
    note = ok(trio.mko.custody("note", "AR-1", text, "--json")).json["statement"]
    before = trio.send(trio.mko, "before.custody")
    if first == "note":
        ok(trio.eve.custody("merge", before))
        done = trio.eve.custody("erase", note, "text", "--reason", "x")
        refused(done, 3, "only who signed a record, or the case lead")
    ok(trio.lead.custody("merge", before))
    assert text.encode() in openings_of(trio.lead)
    ok(trio.lead.custody("erase", note[:16], "text", "--reason", "a home"))
    assert text.encode() not in openings_of(trio.lead)
    assert text not in ok(trio.lead.custody("show", "AR-1")).out
    after = trio.send(trio.lead, "after.custody")
    ok(trio.eve.custody("merge", *((before, after) if first == "note" else (after, before))))
    if first == "erasure":  # also one after the other
        other, _ = trio.newcomer("Late Comer", "LC")
        ok(other.custody("merge", after))
        ok(other.custody("merge", before))
        assert text.encode() not in openings_of(other)
    for place in (trio.lead, trio.eve):
        assert text.encode() not in openings_of(place)
        assert codes(verified(place), "opening-not-erased", "opening-missing", "rule-broken", "reference-missing") == []


def test_an_erasure_that_came_before_what_it_erases_counts(team: Team) -> None:
    old = team.send(team.mko, "old.custody")
    ok(team.lead.custody("erase", "MKO-1", "description", "--reason", "it names a source"))
    late, _ = team.newcomer("Late Comer", "LC")
    ok(late.custody("merge", team.send(team.lead, "lead.custody")))
    ok(late.custody("merge", old))
    assert b"a letter in ink" not in openings_of(late)
    assert codes(verified(late), "opening-not-erased", "opening-missing") == []


def test_an_erasure_counts_once_the_register_that_it_was_made_under_is_here(team: Team) -> None:
    late, _ = team.newcomer("Late Comer", "LC")
    ok(late.custody("merge", team.send(team.mko, "old.custody")))
    ok(team.lead.custody("member", "revoke", key_of(team.deputy), "--reason", "moved away"))
    ok(team.mko.custody("merge", team.lead.case))
    ok(team.mko.custody("erase", "MKO-1", "description", "--reason", "it names a source"))
    ok(late.custody("merge", team.send(team.mko, "mko.custody")))
    ok(late.custody("merge", team.send(team.lead, "lead.custody")))
    assert b"a letter in ink" not in openings_of(late)
    assert codes(verified(late), "opening-not-erased", "opening-missing") == []


def test_a_stranger_to_the_item_cannot_have_others_erase(team: Team) -> None:
    refused(team.mko.custody("erase", "AR-1", "persona", "--reason", "x"), 3, "only its collector or the case lead")
    assert PERSONA.encode() in openings_of(team.mko)


def test_the_passphrase_is_needed_to_sign_what_was_seen(team: Team) -> None:
    collected(team.mko, "second.txt")
    before = tree(team.lead.case)
    refused(team.lead.custody.using(passphrase="not the passphrase")("merge", team.mko.case), 7)
    assert tree(team.lead.case) == before


def test_an_old_copy_that_goes_on_is_found_by_what_others_have_seen(team: Team) -> None:
    old = copy_of(team.mko, team.folder / "old")
    collected(team.mko, "second.txt")
    collected(team.mko, "third.txt")
    ok(team.lead.custody("merge", team.mko.case))
    old.custody("merge", team.send(team.lead, "lead.custody"))
    assert codes(verified(old), "ledger-behind", "ledger-forked") != []


def test_what_was_taken_in_before_a_command_died_is_vouched_for_by_the_next_one(team: Team) -> None:
    collected(team.mko, "second.txt")
    files = bootstrap.case_files(read_case(team.lead.case))
    share = exchanging.parse(team.send(team.mko, "mko.custody"))
    exchanging.merge(files, bootstrap.world(team.lead.home), share, None)  # and it died before it signed
    done = ok(team.lead.custody("merge", team.mko.case, "--json"))
    assert done.json["record"] is not None
    assert kinds(team.lead, team.lead)[-1] == "ledger-seen/v1"
    assert ok(team.lead.custody("merge", team.mko.case, "--json")).json["record"] is None


def test_two_strangers_with_one_label_are_not_both_taken_in_from_one_file(team: Team) -> None:
    replies = []
    for name in ("Mal One", "Mal Two"):
        place = someone(team.folder / name, name)
        replies.append(team.sent / f"{name}.custody")
        join(place, team.invitation, replies[-1], "--label", "ZZ")
    one, other = (parts_of(reply) for reply in replies)
    both = team.sent / "both.custody"
    both.write_bytes(b"".join([*one[:-1], *other[1:]]))
    rewrite(both, 0, lambda head: {**head, "ledgers": 2})
    done = refused(team.lead.custody("merge", both), 1, "1 of 2 ledgers were not taken in")
    assert "the label ZZ belongs to somebody else here" in done.out
    assert codes(verified(team.lead), "rule-broken") == []


def test_a_pipe_is_not_waited_for(team: Team) -> None:
    pipe = team.sent / "pipe"
    os.mkfifo(pipe)
    refused(team.lead.custody("merge", pipe), 5, "is not a file")
    refused(team.lead.custody("member", "add", pipe, "--identified", "not-checked"), 5, "is not a file")


def test_name_of_a_photograph_is_known_to_all_members(team: Team) -> None:
    assert PHOTO_NAME in ok(team.mko.custody("items")).out
    assert LETTER_NAME in ok(team.lead.custody("items")).out
