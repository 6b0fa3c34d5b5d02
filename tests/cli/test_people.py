"""`custody invite`, `join`, `member`: people join at a distance, and their keys end, are replaced, or take the lead."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli import team as people
from tests.cli.commandline import tree
from tests.cli.smallcase import HOW, Place
from tests.cli.team import (
    REFERENCE,
    Team,
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
    rewrite,
    someone,
    verified,
    words_of,
)

OTHER_WORDS = "abandon ability able about above absent absorb abstract"


def add(team: Team, reply: Path, place: Place, *options: str) -> None:
    """The lead takes somebody in."""
    ok(team.lead.custody("member", "add", reply, "--words", words_of(place), "--identified", "in-person", *options))


def test_invitation_tells_what_to_do_next_and_the_words_to_read_out(invited: Team) -> None:
    done = ok(invited.lead.custody("invite", "-o", invited.sent / "second.custody"))
    assert words_of(invited.lead) in done.out
    assert "custody join FILE" in done.out
    assert "custody member add REPLY" in done.out
    told = ok(invited.lead.custody("invite", "-o", invited.sent / "third.custody", "--json")).json
    assert told == {
        "case": invited.lead.custody("status", "--json").json["case"],
        "file": str(invited.sent / "third.custody"),
        "words": words_of(invited.lead),
    }


def test_invitation_carries_the_first_record_alone_and_overwrites_nothing(invited: Team) -> None:
    head, ledger, entry, _ = parts_of(invited.invitation)
    assert json.loads(head)["kind"] == "invitation"
    assert json.loads(head)["label"] == "MKO"
    assert json.loads(ledger)["size"] == 1
    assert b"two men carry" not in entry
    before = invited.invitation.read_bytes()
    refused(invited.lead.custody("invite", "-o", invited.invitation), 2, "exists")
    assert invited.invitation.read_bytes() == before


def test_only_the_lead_invites(team: Team) -> None:
    done = team.mko.custody("invite", "-o", team.sent / "mine.custody")
    refused(done, 3, "only the case lead invites", "ask the case lead")
    assert not (team.sent / "mine.custody").exists()


def test_invitation_with_a_label_that_is_none_is_refused(invited: Team) -> None:
    for label in ("7", "toolongtobealabel", "A-B", ""):
        refused(invited.lead.custody("invite", "-o", invited.sent / "x.custody", "--label", label), 2)
    assert not (invited.sent / "x.custody").exists()


def test_whoever_joins_is_told_whose_words_to_compare_and_can_record_at_once(invited: Team) -> None:
    eve = someone(invited.folder / "eve", "Eve Sands")
    reply = invited.sent / "reply-eve.custody"
    told = join(eve, invited.invitation, reply, "--label", "ES", "--json").json
    assert set(told) == {"case", "file", "folder", "label", "lead_words", "ledger", "words"}
    assert (told["label"], told["words"], told["lead_words"]) == ("ES", words_of(eve), words_of(invited.lead))
    assert (told["folder"], told["file"]) == (str(eve.case), str(reply))
    assert told["case"] == invited.lead.custody("status", "--json").json["case"]
    ok(eve.custody("collect", eve.file("seen.txt"), *HOW))
    assert holders(eve) == {"ES-1": "ES"}
    holds(eve, ("signer-not-enrolled", "ES (Eve Sands)"))


def test_in_words_too_joining_says_both_words_and_the_next_steps(invited: Team) -> None:
    eve = someone(invited.folder / "eve", "Eve Sands")
    out = join(eve, invited.invitation, invited.sent / "reply-eve.custody").out
    assert f"Ask the case lead for her eight words. They must be: {words_of(invited.lead)}" in out
    assert f"read her your eight words: {words_of(eve)}" in out
    assert "Your items will be MKO-1" in out  # what the invitation suggests
    assert "custody collect FILE" in out


def test_joining_makes_a_key_where_there_is_none_and_a_folder_named_after_the_case(invited: Team) -> None:
    place = Place(invited.folder / "new", invited.lead.custody)
    place.folder.mkdir()
    custody = invited.lead.custody.using(cwd=place.folder, home=place.home)
    refused(custody("join", invited.invitation), 2)  # nobody is here to be asked for a name
    assert not list(place.folder.glob("GEN*"))
    ok(custody("join", invited.invitation, "--name", "New Comer", "--organisation", "Harbour Watch"))
    assert (place.folder / REFERENCE / "case.toml").is_file()
    assert (place.folder / "reply-MKO.custody").is_file()
    listed = custody.using(cwd=place.folder / REFERENCE)("member", "list", "--json").json["members"]
    assert [one["name"] for one in listed] == ["Ana Ruiz", "Dee Putnam", "New Comer"]


def test_a_folder_that_is_there_is_not_joined_into(invited: Team) -> None:
    before = tree(invited.mko.case)
    done = invited.mko.custody.using(cwd=invited.mko.folder)("join", invited.invitation, invited.mko.case)
    refused(done, 2)
    assert tree(invited.mko.case) == before


def test_the_lead_does_not_join_and_the_leads_label_is_not_taken(invited: Team) -> None:
    outside = invited.lead.custody.using(cwd=invited.folder)
    refused(outside("join", invited.invitation, "again"), 2, "you are the lead of this case")
    eve = someone(invited.folder / "eve", "Eve Sands")
    custody = eve.custody.using(cwd=eve.folder)
    refused(custody("join", invited.invitation, eve.case, "--label", "AR"), 2, "is the case lead's")
    assert not (invited.folder / "again").exists()
    assert not eve.case.exists()


def test_what_the_lead_shares_invites_as_well(invited: Team) -> None:
    share = invited.send(invited.lead, "lead.custody")
    eve, reply = invited.newcomer("Eve Sands", "ES", share)
    add(invited, reply, eve)
    assert "ES" in ok(invited.lead.custody("member", "list")).out


@pytest.mark.parametrize("at", [0.02, 0.3, 0.6, 0.98])
def test_an_invitation_changed_on_its_way_is_refused(invited: Team, at: float) -> None:
    data = bytearray(invited.invitation.read_bytes())
    data[int(at * len(data))] ^= 1
    invited.invitation.write_bytes(data)
    eve = someone(invited.folder / "eve", "Eve Sands")
    refused(eve.custody.using(cwd=eve.folder)("join", invited.invitation, eve.case), 4, "invitation.custody")
    assert not eve.case.exists()
    assert not list(eve.folder.glob("*.custody"))


def test_an_invitation_whose_record_was_changed_and_its_digest_too_is_refused(invited: Team) -> None:
    rewrite(invited.invitation, 2, forged)
    eve = someone(invited.folder / "eve", "Eve Sands")
    done = eve.custody.using(cwd=eve.folder)("join", invited.invitation, eve.case)
    assert done.exit in (1, 4), done
    assert not eve.case.exists()


def test_somebody_elses_invitation_names_other_words(invited: Team) -> None:
    mallory = someone(invited.folder / "mallory", "Ana Ruiz")
    ok(
        mallory.custody.using(cwd=mallory.folder)(
            "init", mallory.case, "--reference", REFERENCE, "--title", people.TITLE, "--label", "AR"
        )
    )
    ok(mallory.custody("invite", "-o", invited.sent / "false.custody"))
    eve = someone(invited.folder / "eve", "Eve Sands")
    told = join(eve, invited.sent / "false.custody", invited.sent / "r.custody", "--json").json
    assert told["lead_words"] == words_of(mallory) != words_of(invited.lead)


def test_a_member_is_taken_in_by_the_words_that_were_heard(invited: Team) -> None:
    words = words_of(invited.mko)
    told = ok(
        invited.lead.custody("member", "add", invited.reply, "--words", words, "--identified", "video", "--json")
    ).json
    assert (told["key_id"], told["label"]) == (key_of(invited.mko), "MKO")
    (listed,) = [one for one in members(invited.lead) if one["label"] == "MKO"]
    assert listed == {
        "deputy": False,
        "enrolled": True,
        "identified": "video",
        "key_id": key_of(invited.mko),
        "label": "MKO",
        "lead": False,
        "legal_name": None,
        "name": "Maya Ko",
        "pseudonym": False,
        "revoked": False,
        "role": None,
        "words": words,
    }
    refused(invited.lead.custody("member", "add", invited.reply, "--words", words, "--identified", "video"), 3)
    invited.both_know()
    holds(invited.lead, ("item-elsewhere", "MKO-1"))
    assert ("signer-not-enrolled", "MKO (Maya Ko)") not in codes(verified(invited.mko))


def members(place: Place) -> list[dict[str, object]]:
    """The people of the case."""
    found = ok(place.custody("member", "list", "--json")).json["members"]
    assert isinstance(found, list)
    return found


def test_other_words_are_refused_and_nothing_of_the_reply_is_taken_in(invited: Team) -> None:
    before = tree(invited.lead.case)
    for words in (OTHER_WORDS, words_of(invited.lead)):
        done = invited.lead.custody("member", "add", invited.reply, "--words", words, "--identified", "telephone")
        refused(done, 1, "not the words of the key in this reply", "do not take them in")
    assert tree(invited.lead.case) == before


@pytest.mark.parametrize(
    "options",
    [
        pytest.param((), id="not said how"),
        pytest.param(("--identified", "video"), id="no words"),
        pytest.param(("--words", OTHER_WORDS), id="not said how, with words"),
        pytest.param(("--words", "seven words are not eight of them", "--identified", "video"), id="no words of ours"),
        pytest.param(("--words", "abandon ability", "--identified", "video"), id="two words"),
        pytest.param(("--words", "", "--identified", "video"), id="empty words"),
        pytest.param(("--words", OTHER_WORDS, "--identified", "by-smell"), id="no such way"),
    ],
)
def test_without_words_and_how_nobody_is_taken_in(invited: Team, options: tuple[str, ...]) -> None:
    before = tree(invited.lead.case)
    done = invited.lead.custody("member", "add", invited.reply, *options)
    assert done.exit in (2, 4), done
    assert tree(invited.lead.case) == before


def test_who_was_not_identified_is_in_the_case_and_that_stays_open(invited: Team) -> None:
    ok(invited.lead.custody("member", "add", invited.reply, "--identified", "not-checked"))
    assert "not identified" in ok(invited.lead.custody("member", "list")).out
    invited.both_know()
    holds(invited.lead, ("item-elsewhere", "MKO-1"), ("signer-not-identified", "MKO (Maya Ko)"))


def test_a_reply_of_another_case_is_refused(invited: Team) -> None:
    other = someone(invited.folder / "other", "Olga Unger")
    ok(
        other.custody.using(cwd=other.folder)(
            "init", other.case, "--reference", "GEN-8", "--title", "Another", "--label", "OU"
        )
    )
    before = tree(other.case)
    done = other.custody("member", "add", invited.reply, "--words", words_of(invited.mko), "--identified", "video")
    refused(done, 1, "another case")
    assert tree(other.case) == before


def test_what_is_no_reply_is_refused(invited: Team) -> None:
    before = tree(invited.lead.case)
    more = ("--words", words_of(invited.mko), "--identified", "video")
    share = invited.send(invited.mko, "ledger.custody")
    refused(invited.lead.custody("member", "add", share, *more), 2, "is not a reply")
    refused(invited.lead.custody("member", "add", invited.invitation, *more), 2, "is not a reply")
    refused(invited.lead.custody("member", "add", invited.lead.found / "quayside-witness.jpg", *more), 4)
    refused(invited.lead.custody("member", "add", invited.sent / "nothing.custody", *more), 5, "cannot be read")
    assert tree(invited.lead.case) == before


def test_a_label_that_is_taken_is_refused_and_leaves_the_case_as_it_was(team: Team) -> None:
    twin, reply = team.newcomer("Mia Kolb", "MKO")
    judged = codes(verified(team.lead))
    done = team.lead.custody("member", "add", reply, "--words", words_of(twin), "--identified", "video")
    assert done.exit in (1, 3), done
    assert "the label MKO belongs to somebody else" in done.err
    assert codes(verified(team.lead)) == judged


def test_only_the_lead_takes_somebody_in(team: Team) -> None:
    eve, reply = team.newcomer("Eve Sands", "ES")
    judged = codes(verified(team.mko))
    done = team.mko.custody("member", "add", reply, "--words", words_of(eve), "--identified", "video")
    refused(done, 3, "only the case lead")
    assert codes(verified(team.mko)) == judged


def test_members_are_listed_with_what_each_is(team: Team) -> None:
    lines = ok(team.lead.custody("member", "list")).out.splitlines()
    assert lines[0].split() == ["LABEL", "NAME", "KEY", "IS"]
    assert [line.split()[:3] for line in lines[1:2]] == [["AR", "Ana", "Ruiz"]]
    assert lines[1].endswith("lead")
    assert "Dee Putnam" in lines[2]
    assert lines[2].endswith("deputy")
    assert lines[3].startswith("MKO")
    assert lines[3].endswith("identified by video call")
    assert [(one["label"], one["lead"], one["deputy"]) for one in members(team.mko)] == [
        ("AR", True, False),
        (None, False, True),
        ("MKO", False, False),
    ]


def test_what_a_key_signs_after_it_was_taken_out_is_found_and_what_it_signed_before_stands(team: Team) -> None:
    ok(team.lead.custody("member", "revoke", "MKO", "--reason", "left the organisation"))
    ok(team.mko.custody("collect", team.mko.file("later.txt", b"later\n"), *HOW))
    ok(team.lead.custody("merge", team.send(team.mko, "later.custody")))
    judged = verified(team.lead)
    assert judged["verdict"] == "failed"
    broken = codes(judged, "rule-broken")
    assert [about.partition(" ")[0] for _, about in broken] == ["MKO-2"]
    assert holders(team.lead)["MKO-1"] == "MKO"
    assert holders(team.lead)["MKO-2"] == "(custody verify)"
    (listed,) = [one for one in members(team.lead) if one["label"] == "MKO"]
    assert listed["revoked"]


def test_who_was_taken_out_and_hears_of_it_can_record_no_more(team: Team) -> None:
    ok(team.lead.custody("member", "revoke", "MKO", "--reason", "left the organisation"))
    holds(team.lead, ("item-elsewhere", "MKO-1"), ("holder-left", "MKO-1"))
    assert "key taken out" in ok(team.lead.custody("member", "list")).out
    before = kinds(team.mko, team.mko)
    team.mko.custody("merge", team.lead.case)
    refused(team.mko.custody("collect", team.mko.file("later.txt"), *HOW), 3, "taken out of the case")
    assert kinds(team.mko, team.mko) == before
    assert "failed" not in people.answers(verified(team.mko)).values()


def test_a_key_in_other_hands_leaves_its_records_open(team: Team) -> None:
    done = team.lead.custody(
        "member", "revoke", "MKO", "--reason", "stolen", "--compromised-since", "2026-11-01T00:00Z"
    )
    ok(done)
    holds(
        team.lead,
        ("item-elsewhere", "MKO-1"),
        ("signer-revoked", "MKO (Maya Ko)"),
        ("custody-revoked", "MKO (Maya Ko)"),
        ("holder-left", "MKO-1"),
    )


def test_what_somebody_who_left_held_the_lead_gives_on_and_nobody_else_does(trio: Team) -> None:
    for place in (trio.lead, trio.eve):
        shutil.copytree(trio.mko.case / "evidence", place.case / "evidence", dirs_exist_ok=True)
    ok(trio.lead.custody("member", "revoke", "MKO", "--reason", "left"))
    give = ("give", "MKO-1", "--purpose", "to go on", "-o", trio.sent / "offer")
    refused(trio.eve.custody(*give, "--to", "AR"), 3, "held by MKO")
    said = ok(trio.lead.custody(*give, "--to", "ES")).out
    assert "In place of a holder who has left, which stays OPEN for good: MKO-1." in said
    ok(trio.eve.custody("accept", trio.sent / "offer", "-o", trio.sent / "yes.custody"))
    ok(trio.lead.custody("merge", trio.sent / "yes.custody"))
    assert holders(trio.lead)["MKO-1"] == "ES"
    assert ("holder-left", "MKO-1") in codes(verified(trio.lead))


@pytest.mark.parametrize(
    ("who", "more", "code", "words"),
    [
        ("AR", (), 3, "deputy"),
        ("nobody", (), 2, "nobody in this case is called"),
        ("MKO", ("--compromised-since", "yesterday"), 2, ""),
        ("MKO", ("--reason", "correct horse battery staple"), 2, "passphrase"),
    ],
)
def test_what_cannot_be_revoked_is_not(team: Team, who: str, more: tuple[str, ...], code: int, words: str) -> None:
    before = tree(team.lead.case)
    refused(team.lead.custody("member", "revoke", who, "--reason", "left", *more), code, words)
    assert tree(team.lead.case) == before


def test_a_key_is_taken_out_once_and_only_by_the_lead(team: Team) -> None:
    refused(team.mko.custody("member", "revoke", "AR", "--reason", "a coup"), 3, "only the case lead")
    key = key_of(team.mko)
    ok(team.lead.custody("member", "revoke", "maya ko", "--reason", "left"))
    refused(team.lead.custody("member", "revoke", "MKO", "--reason", "left"), 2, "nobody")
    refused(team.lead.custody("member", "revoke", key, "--reason", "left"), 3, "taken out of the case before")


def test_a_new_key_holds_what_the_old_one_held(team: Team) -> None:
    offer = team.sent / "offer"
    ok(team.lead.custody("give", "AR-1", "--to", "MKO", "--purpose", "analysis", "-o", offer))
    ok(team.mko.custody("accept", offer))
    ok(team.lead.custody("merge", team.mko.case))
    new, reply = team.newcomer("Maya Ko", "MKO2")
    words = words_of(new)
    wrong = team.lead.custody(
        "member", "replace", "MKO", reply, "--words", OTHER_WORDS, "--identified", "video", "--reason", "lost"
    )
    refused(wrong, 1, "not the words")
    how = ("--words", words, "--identified", "video", "--reason", "lost")
    told = ok(team.lead.custody("member", "replace", "MKO", reply, *how, "--json")).json
    assert (told["key_id"], told["label"]) == (key_of(new), "MKO2")
    ok(new.custody("merge", team.lead.case))
    ok(new.custody("give", "AR-1", "--to", "AR", "--purpose", "back"))
    ok(team.lead.custody("merge", new.case))
    ok(team.lead.custody("accept", "AR-1"))
    assert holders(team.lead)["AR-1"] == "AR"
    assert holders(team.lead)["MKO-1"] == "MKO2"
    judged = holds(team.lead, ("item-elsewhere", "MKO-1"))
    assert people.answers(judged)["custody"] == "passed"
    refused(team.lead.custody("member", "replace", "MKO2", reply, *how), 3)


def test_a_lost_key_was_in_nobodys_hands_and_the_leads_is_not_replaced(team: Team) -> None:
    new, reply = team.newcomer("Maya Ko", "MKO2")
    how = ("--words", words_of(new), "--identified", "video")
    judged = codes(verified(team.lead))
    since = ("--compromised-since", "2026-11-01T00:00Z")
    done = team.lead.custody("member", "replace", "MKO", reply, *how, "--reason", "lost", *since)
    assert done.exit in (2, 3, 4), done
    done = team.lead.custody("member", "replace", "AR", reply, *how, "--reason", "stolen")
    refused(done, 3, "deputy")
    assert codes(verified(team.lead)) == judged


def test_after_a_theft_what_the_old_key_did_is_open_and_its_later_records_fail(team: Team) -> None:
    new, reply = team.newcomer("Maya Ko", "MKO2")
    how = ("--words", words_of(new), "--identified", "video", "--reason", "stolen")
    ok(team.lead.custody("member", "replace", "MKO", reply, *how, "--compromised-since", "2026-11-01T00:00Z"))
    assert codes(verified(team.lead), "signer-revoked", "custody-revoked") != []
    ok(team.mko.custody("note", "AR-1", "by the thief"))
    ok(team.lead.custody("merge", team.send(team.mko, "thief.custody")))
    judged = verified(team.lead)
    assert judged["verdict"] == "failed"
    assert [about.partition(" ")[0] for _, about in codes(judged, "rule-broken")] == ["AR-1"]


def deputy_joined(team: Team) -> None:
    """The deputy has a folder and everybody's records, and they theirs."""
    reply = team.sent / "reply-DP.custody"
    join(team.deputy, team.invitation, reply, "--label", "DP")
    for source in (team.lead.case, team.mko.case):
        ok(team.deputy.custody("merge", source))
    for place in (team.lead, team.mko):
        ok(place.custody("merge", team.deputy.case))
    ok(team.deputy.custody("merge", team.lead.case, team.mko.case))


def test_a_deputy_joins_without_being_taken_in_again(team: Team) -> None:
    deputy_joined(team)
    ok(team.deputy.custody("collect", team.deputy.file("by-deputy.txt"), *HOW))
    ok(team.lead.custody("merge", team.deputy.case))
    assert [(one["label"], one["enrolled"], one["deputy"]) for one in members(team.lead)] == [
        ("AR", True, False),
        ("DP", True, True),
        ("MKO", True, False),
    ]
    holds(team.lead, ("item-elsewhere", "MKO-1"), ("item-elsewhere", "DP-1"))


def test_a_deputy_takes_the_lead_over_and_the_former_lead_leads_no_more(team: Team) -> None:
    deputy_joined(team)
    told = ok(team.deputy.custody("member", "lead", "--reason", "stolen", "--json")).json
    assert set(told) == {"statement"}
    assert [(one["label"], one["lead"], one["revoked"]) for one in members(team.deputy)] == [
        ("AR", False, True),
        ("DP", True, False),
        ("MKO", False, False),
    ]
    eve, reply = team.newcomer("Eve Sands", "ES")
    how = ("--words", words_of(eve), "--identified", "in-person")
    ok(team.deputy.custody("member", "add", reply, *how))
    ok(team.deputy.custody("invite", "-o", team.sent / "by-deputy.custody"))
    ok(team.mko.custody("merge", team.deputy.case))
    assert [one["label"] for one in members(team.mko) if one["lead"]] == ["DP"]
    assert "failed" not in people.answers(verified(team.mko)).values()
    team.lead.custody("merge", team.deputy.case)
    refused(team.lead.custody("invite", "-o", team.sent / "late.custody"), 3, "only the case lead")
    refused(team.lead.custody("member", "revoke", "MKO", "--reason", "spite"), 3)


def test_what_the_former_lead_writes_in_the_register_after_that_fails(team: Team) -> None:
    deputy_joined(team)
    ok(team.deputy.custody("member", "lead", "--reason", "stolen"))
    ok(team.lead.custody("member", "revoke", "MKO", "--reason", "by the thief"))
    ok(team.mko.custody("merge", team.deputy.case))
    ok(team.mko.custody("merge", team.send(team.lead, "thief.custody")))
    judged = verified(team.mko)
    assert judged["verdict"] == "failed"
    assert len(codes(judged, "rule-broken")) == 1
    (maya,) = [one for one in members(team.mko) if one["label"] == "MKO"]
    assert not maya["revoked"]
    ok(team.mko.custody("note", "MKO-1", "still in the case"))


def test_nobody_else_takes_the_lead_over(team: Team) -> None:
    before = tree(team.mko.case), tree(team.lead.case)
    refused(team.mko.custody("member", "lead", "--reason", "lost"), 3, "only a deputy")
    refused(team.lead.custody("member", "lead", "--reason", "lost"), 3, "deputy")
    assert (tree(team.mko.case), tree(team.lead.case)) == before


def test_a_key_outside_the_case_writes_nothing(team: Team) -> None:
    stranger = someone(team.folder / "stranger", "Stan Ger")
    custody = stranger.custody.using(cwd=team.lead.case)
    before = tree(team.lead.case)
    for command in (
        ("invite", "-o", team.sent / "x.custody"),
        ("member", "revoke", "MKO", "--reason", "x"),
        ("merge", team.mko.case),
        ("give", "AR-1", "--to", "MKO", "--purpose", "x"),
    ):
        refused(custody(*command), 7)
    refused(custody("share", "-o", team.sent / "x.custody"), 2, "--key")
    assert not (team.sent / "x.custody").exists()
    assert tree(team.lead.case) == before


def test_whoever_joined_twice_is_refused_the_second_time(invited: Team) -> None:
    """With one key a person has one ledger; a second one would break the rules, and stay."""
    ok(invited.lead.custody("member", "add", invited.reply, "--identified", "not-checked"))
    shutil.rmtree(invited.mko.case)
    again = invited.sent / "again.custody"
    join(invited.mko, invited.invitation, again)
    judged = codes(verified(invited.lead))
    refused(invited.lead.custody("member", "add", again, "--identified", "not-checked"), 1, "has another ledger here")
    assert codes(verified(invited.lead)) == judged


def test_who_is_in_a_case_already_does_not_join_it_once_more_and_no_folder_is_made(team: Team) -> None:
    before = sorted(team.mko.folder.iterdir())
    done = team.mko.custody.using(cwd=team.mko.folder)("join", team.invitation, "again", "-o", "again.custody")
    refused(done, 2, "you are in this case already")
    assert "custody restore" in done.err
    assert sorted(team.mko.folder.iterdir()) == before
    assert team.mko.custody("status").exit == 0
