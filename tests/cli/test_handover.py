"""`custody give`, `accept`, `decline`, `receipt`: both sides sign, every byte is compared, and nothing moves before."""

import json
import shutil
from pathlib import Path
from typing import Any

import pypdf
import pytest

from tests.cli.commandline import Custody, ended, tree, without_root
from tests.cli.smallcase import CHAT, HOW, PHOTO, PHOTO_DIGEST, PHOTO_NAME, sha
from tests.cli.team import (
    DESCRIPTION,
    Team,
    answers,
    codes,
    holders,
    holds,
    key_of,
    kinds,
    ok,
    refused,
    result,
    stored,
    verified,
    words_of,
)

PURPOSE = "to be looked at by the laboratory"
ELSEWHERE = ("item-elsewhere", "MKO-1")  # in the lead's folder


def at_the_desk(team: Team) -> Custody:
    """The colleague at the lead's computer: her own key, the lead's folder."""
    return team.mko.custody.using(cwd=team.lead.case)


def offered(team: Team, *items: str, more: tuple[str, ...] = ()) -> Path:
    """The lead offers items to MKO, and the folder to be sent."""
    offer = team.sent / "offer"
    ok(team.lead.custody("give", *items, "--to", "MKO", "--purpose", PURPOSE, "-o", offer, *more))
    return offer


def answered(team: Team, answer: Path) -> None:
    """The lead takes in what came back."""
    ok(team.lead.custody("merge", answer))


def test_at_one_desk_custody_moves_when_both_have_signed(team: Team) -> None:
    done = ok(team.lead.custody("give", "AR-1", "--to", "MKO", "--purpose", PURPOSE))
    assert done.out.startswith("Offered to MKO: AR-1. You stay answerable until MKO has accepted.")
    assert "custody accept" in done.out
    told = ok(at_the_desk(team)("accept")).out
    assert told.startswith("AR-1: matches the record. You hold it now (record ")
    assert holders(team.lead) == {"AR-1": "MKO", "AR-2": "AR", "AR-3": "AR", "MKO-1": "MKO"}
    judged = holds(team.lead, ELSEWHERE)
    assert judged["questions"]["custody"]["sentence"] == "Handed over, and signed by both sides each time: AR-1."
    assert kinds(team.lead, team.mko)[-1] == "received/v1"


def test_at_a_distance_all_items_arrive_with_their_parts_and_the_answer_settles_it(team: Team) -> None:
    offer = offered(team, "AR-1", "AR-2", "AR-3", more=("--medium", "USB stick", "--place", "the harbour café"))
    answer = team.sent / "answer.custody"
    told = ok(team.mko.custody("accept", offer, "-o", answer, "--condition", "box dented", "--json")).json
    assert told == {"file": str(answer), "received": ["AR-1", "AR-2", "AR-3"], "refused": []}
    assert {PHOTO_DIGEST, *(sha(data) for data in CHAT.values())} <= stored(team.mko)
    everything = {"AR-1": "MKO", "AR-2": "MKO", "AR-3": "MKO", "MKO-1": "MKO"}
    assert holders(team.mko) == everything
    assert verified(team.mko)["items"] == {"matching": 4, "total": 4}
    assert answers(verified(team.mko))["integrity"] == "passed"
    assert holders(team.lead)["AR-1"] == "AR → MKO?"
    answered(team, answer)
    assert holders(team.lead) == everything
    judged = verified(team.lead)
    assert "failed" not in answers(judged).values()
    assert answers(judged)["custody"] == "passed"
    shown = ok(team.lead.custody("show", "AR-1")).out
    for words in (PURPOSE, "USB stick", "the harbour café", "box dented", "received it"):
        assert words in shown
    assert "Held by          MKO" in shown


def test_what_is_under_seal_of_a_hand_over_stands_nowhere_in_clear(team: Team) -> None:
    offered(team, "AR-1", more=("--place", "the harbour café"))
    ledger = (team.lead.case / "ledger.db").read_bytes()
    for secret in (PURPOSE, "the harbour café", "laboratory"):
        assert secret.encode() not in ledger


def test_some_items_are_accepted_and_the_others_stay_offered(team: Team) -> None:
    offer = offered(team, "AR-1", "AR-2")
    answer = team.sent / "answer.custody"
    ok(team.mko.custody("accept", offer, "AR-2", "-o", answer))
    assert PHOTO_DIGEST not in stored(team.mko)
    answered(team, answer)
    for place in (team.lead, team.mko):
        assert (holders(place)["AR-1"], holders(place)["AR-2"]) == ("AR → MKO?", "MKO")
        assert codes(verified(place), "offer-open") == [("offer-open", "AR-1")]
    ok(team.mko.custody("accept", offer))
    assert holders(team.mko)["AR-1"] == "MKO"


def test_an_open_offer_is_shown_everywhere_and_moves_nothing(team: Team) -> None:
    offered(team, "AR-1")
    items = ok(team.lead.custody("items")).out
    assert "AR → MKO?" in items
    assert "Offered  AR-1 to MKO" in ok(team.lead.custody("status")).out
    assert "Held by          AR → MKO?" in ok(team.lead.custody("show", "AR-1")).out
    judged = holds(team.lead, ELSEWHERE, ("offer-open", "AR-1"))
    assert answers(judged)["custody"] == "indeterminate"
    assert judged["questions"]["custody"]["sentence"] == "Offered and not answered: AR-1."
    (finding,) = judged["questions"]["custody"]["findings"]
    assert "still held by AR" in finding["message"]
    assert "custody accept" in finding["message"]


ACTS = (
    ("give", "AR-1", "--to", "MKO", "--purpose", "again"),
    ("give", "AR-1", "--to", "a policeman", "--on-paper", "--purpose", "again"),
    ("withdraw", "AR-1", "--reason", "a mistake"),
    ("dispose", "AR-1", "--method", "shredded", "--authority", "the court"),
    ("examine", "AR-1", "--purpose", "a look", "-o", "work"),
)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act[0])
def test_while_an_offer_is_open_no_act_is_possible_and_it_says_who_may_do_what(team: Team, act: Any) -> None:
    offered(team, "AR-1")
    before = kinds(team.lead), stored(team.lead)
    done = team.lead.custody(*act)
    refused(done, 3, "AR-1 is offered to MKO, who has not answered yet", "custody accept", "custody decline")
    assert (kinds(team.lead), stored(team.lead)) == before
    assert not (team.lead.case / "work").exists()


def test_remarks_are_possible_while_an_offer_is_open(team: Team) -> None:
    offer = offered(team, "AR-1")
    ok(team.lead.custody("note", "AR-1", "not answered since Monday"))
    ok(team.lead.custody("correct", "AR-1", "--set", "description=three men", "--reason", "a slip"))
    ok(team.mko.custody("accept", offer))


def test_the_giver_does_not_answer_and_nobody_else_does(trio: Team) -> None:
    ok(trio.lead.custody("give", "AR-1", "--to", "MKO", "--purpose", PURPOSE))
    eve = trio.eve.custody.using(cwd=trio.lead.case)
    before = kinds(trio.lead)
    for custody in (trio.lead.custody, eve):
        refused(custody("accept"), 2, "nothing is offered to you", "custody status")
        refused(custody("accept", "AR-1"), 3, "offered to")
        refused(custody("decline", "AR-1", "--reason", "mine"), 3, "offered to")
    refused(trio.mko.custody.using(cwd=trio.lead.case)("accept", "AR-2"), 3, "not offered")
    refused(trio.mko.custody.using(cwd=trio.lead.case)("accept", "AR-9"), 2, "no item")
    assert kinds(trio.lead) == before


def test_with_nothing_offered_the_answer_is_one_object(team: Team) -> None:
    done = team.mko.custody("accept", "--json")
    assert (done.exit, done.error["code"]) == (2, "usage")


def test_a_changed_byte_is_not_accepted_and_the_other_items_are(team: Team) -> None:
    offer = offered(team, "AR-1", "AR-2", "AR-3")
    stick = offer / "evidence" / PHOTO_DIGEST[:2] / PHOTO_DIGEST
    assert stick.read_bytes() == PHOTO
    stick.chmod(0o600)
    stick.write_bytes(PHOTO[:-1] + b"\xd8")
    answer = team.sent / "answer.custody"
    done = team.mko.custody("accept", offer, "-o", answer, "--json")
    assert done.exit == 1, done
    told = result(done)
    assert told["received"] == ["AR-2", "AR-3"]
    assert [one["item"] for one in told["refused"]] == ["AR-1"]
    answered(team, answer)
    for place in (team.lead, team.mko):
        assert holders(place) == {"AR-1": "AR → MKO?", "AR-2": "MKO", "AR-3": "MKO", "MKO-1": "MKO"}
        assert "failed" not in answers(verified(place)).values()
    words = team.mko.custody("accept", offer)
    refused(words, 1, "1 of 1 items", "custody decline")
    assert "AR-1: NOT accepted" in words.out


def test_a_changed_part_of_a_folder_is_not_accepted(team: Team) -> None:
    offer = offered(team, "AR-1", "AR-2")
    part = sha(CHAT["messages.txt"])
    stick = offer / "evidence" / part[:2] / part
    stick.chmod(0o600)
    stick.write_bytes(b"Dana: they are gone\n")
    done = team.mko.custody("accept", offer)
    assert done.exit == 1, done
    assert holders(team.mko)["AR-1"] == "MKO"
    assert holders(team.mko)["AR-2"] == "AR → MKO?"


def test_bytes_that_changed_at_one_desk_are_not_accepted(team: Team) -> None:
    ok(team.lead.custody("give", "AR-1", "AR-2", "--to", "MKO", "--purpose", PURPOSE))
    kept = team.lead.case / "evidence" / PHOTO_DIGEST[:2] / PHOTO_DIGEST
    kept.chmod(0o600)
    kept.write_bytes(PHOTO[:-1] + b"\xd8")
    done = at_the_desk(team)("accept")
    refused(done, 1, "1 of 2 items", "ask for a good copy")
    assert "AR-1: NOT accepted: its bytes are" in done.out
    assert holders(team.lead)["AR-1"] == "AR → MKO?"
    assert holders(team.lead)["AR-2"] == "MKO"


def test_an_offer_without_its_evidence_is_refused_and_nothing_is_recorded(team: Team) -> None:
    offer = offered(team, "AR-1")
    shutil.rmtree(offer / "evidence")
    before = kinds(team.mko, team.mko)
    done = team.mko.custody("accept", offer)
    assert done.exit in (1, 5), done
    assert "has no evidence in it" in done.err, done
    assert "hint" in done.err
    assert "received/v1" not in kinds(team.mko)
    assert kinds(team.mko, team.mko) == before
    ok(team.mko.custody("decline", offer, "AR-1", "--reason", "there was nothing in it"))


def test_of_a_good_offer_the_good_items_are_accepted_though_another_ones_bytes_are_missing(team: Team) -> None:
    offer = offered(team, "AR-1", "AR-2")
    (offer / "evidence" / PHOTO_DIGEST[:2] / PHOTO_DIGEST).unlink()
    ok(team.mko.custody("accept", offer, "AR-2"))
    assert holders(team.mko)["AR-2"] == "MKO"
    assert holders(team.mko)["AR-1"] == "AR → MKO?"


def test_an_offer_that_was_changed_on_its_way_is_refused(team: Team) -> None:
    offer = offered(team, "AR-1")
    file = offer / "offer.custody"
    data = file.read_bytes()
    before = tree(team.mko.case)
    for changed in (data[:-20], data.replace(b'"kind":"offer"', b'"kind":"reply"')):
        file.write_bytes(changed)
        refused(team.mko.custody("accept", offer), 4, "offer.custody")
        refused(team.mko.custody("decline", offer, "--reason", "x"), 4, "offer.custody")
    assert tree(team.mko.case) == before


def test_what_was_declined_stays_with_its_holder_who_can_act_again(team: Team) -> None:
    offer = offered(team, "AR-1", "AR-2")
    answer = team.sent / "answer.custody"
    told = ok(team.mko.custody("decline", offer, "AR-1", "--reason", "no safe here", "-o", answer, "--json")).json
    assert told == {"declined": ["AR-1"], "file": str(answer)}
    answered(team, answer)
    assert (holders(team.lead)["AR-1"], holders(team.lead)["AR-2"]) == ("AR", "AR → MKO?")
    assert "no safe here" in ok(team.lead.custody("show", "AR-1")).out
    assert codes(verified(team.lead), "offer-open") == [("offer-open", "AR-2")]
    refused(team.mko.custody("accept", "AR-1"), 3, "not offered")
    ok(team.lead.custody("give", "AR-1", "--to", "MKO", "--purpose", "once more"))


def test_everything_is_declined_when_no_item_is_named(team: Team) -> None:
    ok(team.lead.custody("give", "AR-1", "AR-2", "--to", "MKO", "--purpose", PURPOSE))
    done = ok(at_the_desk(team)("decline", "--reason", "on leave"))
    assert done.out == "Declined: AR-1, AR-2.\n"
    assert holders(team.lead)["AR-1"] == holders(team.lead)["AR-2"] == "AR"
    holds(team.lead, ELSEWHERE)
    refused(at_the_desk(team)("decline", "--reason", "again"), 2, "nothing is offered")


def test_back_and_forth_each_hand_over_counts(team: Team) -> None:
    ok(team.lead.custody("give", "AR-1", "--to", "maya ko", "--purpose", PURPOSE))
    desk = at_the_desk(team)
    ok(desk("accept"))
    refused(team.lead.custody("give", "AR-1", "--to", "MKO", "--purpose", "x"), 3, "AR-1 is held by MKO")
    ok(desk("give", "AR-1", "--to", key_of(team.lead), "--purpose", "done"))
    ok(team.lead.custody("accept", "AR-1"))
    assert holders(team.lead)["AR-1"] == "AR"
    history = team.lead.custody("show", "AR-1", "--json").json["history"]
    assert [one["type"] for one in history] == [
        "collected/v1",
        "released/v1",
        "received/v1",
        "released/v1",
        "received/v1",
    ]
    holds(team.lead, ELSEWHERE)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("AR-1", "--to", "AR"), 3, "nobody hands over to themselves"),
        (("AR-1", "--to", "nobody"), 2, "nobody in this case is called"),
        (("AR-1", "--to", ""), 2, ""),
        (("AR-9", "--to", "MKO"), 2, "no item"),
        (("MKO-1", "--to", "MKO"), 3, "MKO-1 is held by MKO"),
        (("AR-1", "MKO-1", "--to", "MKO"), 3, "MKO-1 is held by MKO"),
        (("AR-1", "--to", "MKO", "--purpose", " "), 2, "--purpose"),
        (("AR-1", "--to", "MKO", "--medium", ""), 2, "--medium"),
        (("AR-1", "--to", "MKO", "--place", ""), 2, "--place"),
        (("AR-1", "--to", "MKO", "--purpose", "correct horse battery staple"), 2, "passphrase"),
        (("AR-1", "--to", "", "--on-paper", "-o", "../form.pdf"), 2, "--to"),
        (("--to", "MKO"), 2, ""),
    ],
)
def test_what_cannot_be_given_is_not_and_nothing_is_recorded(
    team: Team, arguments: tuple[str, ...], code: int, words: str
) -> None:
    before = tree(team.lead.case)
    refused(team.lead.custody("give", "--purpose", PURPOSE, "-o", team.sent / "offer", *arguments), code, words)
    assert tree(team.lead.case) == before
    assert not (team.sent / "offer").exists()


def test_to_somebody_who_was_not_taken_in_nothing_is_given(invited: Team) -> None:
    ok(invited.lead.custody("merge", invited.mko.case))
    done = invited.lead.custody("give", "AR-1", "--to", "MKO", "--purpose", PURPOSE)
    refused(done, 3, "not a member of this case")


def test_to_a_key_that_was_taken_out_nothing_is_given(team: Team) -> None:
    ok(team.lead.custody("member", "revoke", "MKO", "--reason", "left"))
    done = team.lead.custody("give", "AR-1", "--to", key_of(team.mko), "--purpose", PURPOSE)
    refused(done, 3, "taken out of the case")


def test_a_folder_or_answer_that_is_there_is_not_overwritten_and_nothing_is_recorded(team: Team) -> None:
    (team.sent / "offer").mkdir()
    before = tree(team.lead.case)
    command = ("give", "AR-1", "--to", "MKO", "--purpose", PURPOSE, "-o", team.sent / "offer")
    refused(team.lead.custody(*command), 2, "exists already")
    assert tree(team.lead.case) == before
    (team.sent / "offer").rmdir()
    offer = offered(team, "AR-1")
    before = tree(team.mko.case)
    refused(team.mko.custody("accept", offer, "-o", team.reply), 2, "exists")
    refused(team.mko.custody("decline", offer, "--reason", "x", "-o", team.reply), 2, "exists")
    assert tree(team.mko.case) == before


def test_what_the_giver_does_not_have_is_not_sent_and_nothing_is_recorded(team: Team) -> None:
    (team.lead.case / "evidence" / PHOTO_DIGEST[:2] / PHOTO_DIGEST).unlink()
    before = kinds(team.lead)
    done = team.lead.custody("give", "AR-1", "--to", "MKO", "--purpose", PURPOSE, "-o", team.sent / "offer")
    assert done.exit in (1, 5), done
    assert kinds(team.lead) == before
    assert not (team.sent / "offer" / "offer.custody").exists()


def test_who_keeps_a_copy_must_have_it_and_who_does_not_need_not(team: Team) -> None:
    offer = offered(team, "AR-1", more=("--keeps-copy",))
    answer = team.sent / "answer.custody"
    ok(team.mko.custody("accept", offer, "-o", answer))
    answered(team, answer)
    assert "keeping a copy" in ok(team.lead.custody("show", "AR-1")).out
    holds(team.lead, ELSEWHERE)
    (team.lead.case / "evidence" / PHOTO_DIGEST[:2] / PHOTO_DIGEST).unlink()
    assert codes(verified(team.lead), "item-missing") == [("item-missing", "AR-1")]


def test_the_giver_who_keeps_no_copy_may_remove_the_bytes(team: Team) -> None:
    offer = offered(team, "AR-1")
    answer = team.sent / "answer.custody"
    ok(team.mko.custody("accept", offer, "-o", answer))
    answered(team, answer)
    (team.lead.case / "evidence" / PHOTO_DIGEST[:2] / PHOTO_DIGEST).unlink()
    holds(team.lead, ELSEWHERE, ("item-elsewhere", "AR-1"))


def test_on_paper_the_item_leaves_the_case_and_that_stays_open_until_a_receipt_is_linked(team: Team) -> None:
    told = ok(
        team.lead.custody("give", "AR-1", "--to", "Sgt. Poe, harbour police, 4471", "--on-paper", "--purpose", PURPOSE)
    )
    assert "AR-1 handed over on paper" in told.out
    assert "custody receipt add" in told.out
    assert holders(team.lead)["AR-1"] == "(on paper)"
    shown = ok(team.lead.custody("show", "AR-1")).out
    assert "Sgt. Poe, harbour police, 4471" in shown
    assert b"Sgt. Poe" not in (team.lead.case / "ledger.db").read_bytes()
    judged = holds(team.lead, ELSEWHERE, ("handed-over-on-paper", "AR-1"))
    assert "No signed form is here" in judged["questions"]["custody"]["findings"][0]["message"]
    for act in ACTS:
        refused(team.lead.custody(*act), 3, "AR-1 was handed over on paper")
    scan = team.lead.file("form.png", b"\x89PNG\r\n\x1a\n signed")
    ok(team.lead.custody("collect", scan, *HOW))
    before = tree(team.lead.case)
    done = team.lead.custody("receipt", "add", "AR-1", "--paper", "AR-4")
    refused(done, 3, "you handed it over yourself", "Who could: Maya Ko (MKO).", "--myself")
    assert tree(team.lead.case) == before
    linked = ok(team.lead.custody("receipt", "add", "AR-1", "--paper", "AR-4", "--myself"))
    assert "Who could: Maya Ko (MKO)." in linked.err
    assert "AR-4 is linked as the receipt for AR-1" in linked.out
    judged = holds(team.lead, ELSEWHERE, ("handed-over-on-paper", "AR-1"))
    assert "The signed form was collected" in judged["questions"]["custody"]["findings"][0]["message"]
    assert "receipt AR-4" in ok(team.lead.custody("show", "AR-1")).out
    refused(team.lead.custody("receipt", "add", "AR-1", "--paper", "AR-4"), 3, "no hand-over on paper that waits")


def test_another_member_links_the_receipt(team: Team) -> None:
    ok(team.lead.custody("give", "AR-1", "--to", "Sgt. Poe", "--on-paper", "--purpose", PURPOSE))
    ok(team.mko.custody("merge", team.lead.case))
    told = ok(team.mko.custody("receipt", "add", "AR-1", "--paper", "MKO-1", "--json")).json
    assert (told["item"], told["paper"]) == ("AR-1", "MKO-1")
    ok(team.lead.custody("merge", team.mko.case))
    for place in (team.lead, team.mko):
        judged = verified(place)
        assert "failed" not in answers(judged).values()
        message = judged["questions"]["custody"]["findings"][0]["message"]
        assert "The signed form was collected" in message
        assert "linked by MKO, who is not the giver" in message


def test_another_member_links_what_the_giver_has_linked_and_that_counts(team: Team) -> None:
    ok(team.lead.custody("give", "AR-1", "--to", "Sgt. Poe", "--on-paper", "--purpose", PURPOSE))
    ok(team.lead.custody("receipt", "add", "AR-1", "--paper", "AR-2", "--myself"))
    assert "linked by the giver, AR, though others" in str(verified(team.lead)["questions"]["custody"])
    ok(team.mko.custody("merge", team.lead.case))
    told = ok(team.mko.custody("receipt", "add", "AR-1", "--paper", "MKO-1"))
    assert told.err == ""
    refused(team.mko.custody("receipt", "add", "AR-1", "--paper", "MKO-1"), 3, "no hand-over on paper that waits")
    assert "linked by MKO, who is not the giver" in str(verified(team.mko)["questions"]["custody"])


def test_at_a_terminal_the_giver_is_asked_before_they_link_it_themselves(team: Team) -> None:
    ok(team.lead.custody("give", "AR-1", "--to", "Sgt. Poe", "--on-paper", "--purpose", PURPOSE))
    for typed, code in (("n", 3), ("y", 0)):
        terminal = team.lead.custody.at_terminal("receipt", "add", "AR-1", "--paper", "AR-2")
        terminal.expect(r"Who could: Maya Ko \(MKO\)")
        terminal.expect("Link it yourself all the same")
        terminal.sendline(typed)
        assert ended(terminal)[0] == code


@pytest.mark.parametrize(
    ("item", "paper", "code", "words"),
    [
        ("AR-2", "AR-3", 3, "no hand-over on paper"),
        ("AR-1", "AR-1", 3, "not its own receipt"),
        ("AR-1", "AR-9", 2, "no item"),
        ("AR-9", "AR-1", 2, "no item"),
    ],
)
def test_what_is_no_receipt_is_refused(team: Team, item: str, paper: str, code: int, words: str) -> None:
    ok(team.lead.custody("give", "AR-1", "--to", "Sgt. Poe", "--on-paper", "--purpose", PURPOSE))
    before = tree(team.lead.case)
    refused(team.lead.custody("receipt", "add", item, "--paper", paper, "--myself"), code, words)
    assert tree(team.lead.case) == before


def test_with_a_copy_kept_on_paper_the_item_is_still_held(team: Team) -> None:
    ok(team.lead.custody("give", "AR-1", "--to", "Sgt. Poe", "--on-paper", "--keeps-copy", "--purpose", PURPOSE))
    assert holders(team.lead)["AR-1"] == "AR"
    ok(team.lead.custody("give", "AR-1", "--to", "MKO", "--purpose", PURPOSE))
    ok(at_the_desk(team)("accept"))
    assert holders(team.lead)["AR-1"] == "MKO"
    holds(team.lead, ELSEWHERE, ("handed-over-on-paper", "AR-1"))


def test_an_offer_carries_the_records_and_nothing_but_the_items_bytes(team: Team) -> None:
    offer = offered(team, "AR-1")
    assert {path.name for path in (offer / "evidence").rglob("*") if path.is_file()} == {PHOTO_DIGEST}
    head = json.loads((offer / "offer.custody").read_bytes().splitlines()[0])
    assert (head["kind"], head["ledgers"]) == ("offer", 2)
    assert PHOTO_NAME.encode() not in b"".join(path.name.encode() for path in offer.rglob("*"))


def test_whoever_answers_at_a_distance_after_a_colleague_did_not_know_is_not_heard_twice(team: Team) -> None:
    """MKO accepts at a distance; the answer comes in twice, and once more after the lead accepted it back."""
    offer = offered(team, "AR-1")
    answer = team.sent / "answer.custody"
    ok(team.mko.custody("accept", offer, "-o", answer))
    answered(team, answer)
    size = len(kinds(team.lead))
    answered(team, answer)
    assert len(kinds(team.lead)) == size
    refused(team.mko.custody("accept", offer), 2, "nothing is offered to you")


# --- the form for wet ink ------------------------------------------

POE = "Sgt. Poe, sergeant, harbour police, 4471"


def pdf_text(path: Path) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(path).pages).split())


def test_the_form_tells_what_was_handed_over_and_nothing_under_the_items_seals(team: Team) -> None:
    form = team.sent / "form.pdf"
    told = ok(
        team.lead.custody("give", "AR-1", "AR-3", "--to", POE, "--on-paper", "--purpose", PURPOSE, "-o", form, "--json")
    ).json
    assert (told["form"], told["folder"], told["items"]) == (str(form), None, ["AR-1", "AR-3"])
    shown = pdf_text(form)
    assert f"Form number {told['act'][:16]}" in shown
    for words in ("Ana Ruiz", "Harbour Watch", words_of(team.lead), "Sgt. Poe", "4471", PURPOSE, "2 items"):
        assert words in shown
    assert PHOTO_DIGEST in shown.replace(" ", "")
    assert "under seal, not printed here" in shown  # AR-3 was typed
    assert PHOTO_NAME not in shown
    assert DESCRIPTION not in shown
    ids = {one["id"] for one in team.lead.custody("log", "--json").json["records"] if "on-paper" in one["type"]}
    assert len(ids) == 2
    assert all(one in shown for one in ids)


def test_the_form_is_made_again_from_the_record_with_the_same_bytes_and_without_a_key(team: Team) -> None:
    form, again, named = (team.sent / name for name in ("form.pdf", "again.pdf", "named.pdf"))
    ok(team.lead.custody("give", "AR-1", "AR-2", "--to", POE, "--on-paper", "--purpose", PURPOSE, "-o", form))
    before = tree(team.lead.case)
    told = ok(team.lead.custody("receipt", "form", "AR-2", "-o", again, "--json")).json
    assert told["items"] == ["AR-1", "AR-2"]
    assert again.read_bytes() == form.read_bytes()
    assert tree(team.lead.case) == before
    ok(team.lead.custody("receipt", "form", "AR-1", "-o", named, "--with-names"))
    assert DESCRIPTION in pdf_text(named)
    ok(team.mko.custody("merge", team.lead.case))
    ok(team.mko.custody("receipt", "form", "AR-1", "-o", team.sent / "mko.pdf"))
    assert (team.sent / "mko.pdf").read_bytes() == form.read_bytes()


def test_the_form_is_that_of_the_newest_hand_over(team: Team) -> None:
    for to in ("first receiver", "second receiver"):
        ok(team.lead.custody("give", "AR-1", "--to", to, "--on-paper", "--keeps-copy", "--purpose", PURPOSE))
    ok(team.lead.custody("receipt", "form", "AR-1", "-o", team.sent / "form.pdf"))
    assert "second receiver" in pdf_text(team.sent / "form.pdf")


@pytest.mark.parametrize(
    ("output", "more", "words"),
    [
        ("form.txt", (), "does not end in .pdf"),
        ("nowhere/form.pdf", (), "is not there"),
        ("../lead/case/form.pdf", (), "in the case folder"),
        ("taken.pdf", (), "exists already"),
    ],
)
def test_a_form_that_cannot_be_written_there_is_refused_before_anything_is_recorded(
    team: Team, output: str, more: tuple[str, ...], words: str
) -> None:
    (team.sent / "taken.pdf").write_bytes(b"")
    before = tree(team.lead.case)
    command = ("give", "AR-1", "--to", POE, "--on-paper", "--purpose", PURPOSE, *more)
    refused(team.lead.custody(*command, "-o", team.sent / output), 2, words)
    assert tree(team.lead.case) == before


def test_when_the_form_cannot_be_written_the_hand_over_stays_recorded_and_it_says_how(team: Team) -> None:
    shut = team.sent / "shut"
    shut.mkdir()
    shut.chmod(0o500)
    done = without_root(team.lead.custody)(
        "give", "AR-1", "--to", POE, "--on-paper", "--purpose", PURPOSE, "-o", shut / "form.pdf"
    )
    shut.chmod(0o700)
    refused(done, 5, "stays recorded", "custody receipt form AR-1 -o FORM.pdf", "cannot be written")
    assert holders(team.lead)["AR-1"] == "(on paper)"
    ok(team.lead.custody("receipt", "form", "AR-1", "-o", shut / "form.pdf"))


def test_without_a_hand_over_on_paper_there_is_no_form(team: Team) -> None:
    refused(team.lead.custody("receipt", "form", "AR-1", "-o", team.sent / "f.pdf"), 3, "not handed over on paper")
    done = team.lead.custody("give", "AR-1", "--to", "MKO", "--purpose", PURPOSE, "--with-names")
    refused(done, 2, "add --on-paper")
    assert not (team.sent / "f.pdf").exists()


def test_at_a_terminal_the_form_is_written_beside_the_case_unless_a_name_is_given(team: Team) -> None:
    terminal = team.lead.custody.at_terminal("give", "AR-1", "--to", POE, "--on-paper", "--purpose", PURPOSE)
    terminal.expect("On what does it go to them")
    terminal.sendline("")
    code, shown = ended(terminal)
    assert code == 0
    (form,) = team.lead.case.parent.glob("receipt-AR-1-*.pdf")
    assert form.name in shown
    assert "Sgt. Poe" in pdf_text(form)
    assert "not told" in pdf_text(form)


def test_in_a_script_no_form_is_written_without_a_name_and_it_says_how(team: Team) -> None:
    before = set(team.lead.case.parent.iterdir())
    done = ok(team.lead.custody("give", "AR-1", "--to", POE, "--on-paper", "--purpose", PURPOSE))
    assert "custody receipt form AR-1 -o FORM.pdf" in done.out
    assert set(team.lead.case.parent.iterdir()) == before
