"""The rules of hand-overs, with a key and on paper: each kept once and broken once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec.structs import replace

from custody.domain.events import Body
from custody.domain.items import Offer, Paper
from custody.errors import RuleError
from custody.formats.seal import Sealed
from tests.builders import ANA, MALLORY, sealed
from tests.histories import (
    Keeper,
    Team,
    declined,
    disposed,
    examined,
    receipted,
    received,
    refusal,
    released,
    released_on_paper,
    replay,
    told,
    withdrawn,
)

OTHER = "cd" * 32


@dataclass
class Desk:
    """The lead, two members, and an item of Ben's."""

    team: Team
    ben: Keeper
    cem: Keeper
    item: str

    @property
    def digest(self) -> str:
        found = self.team.state.items[self.item].body.digest
        assert isinstance(found, str)
        return found

    def act(self, body: Body, by: Keeper | None = None, **members: Any) -> Callable[[], object]:
        """Something that somebody, Ben if nobody is named, says of the item."""
        return lambda: self.team.acts(by or self.ben, self.item, body, **members)


@pytest.fixture
def desk() -> Desk:
    team = Team()
    ben, cem = team.member("Ben"), team.member("Cem")
    return Desk(team, ben, cem, team.collects(ben))


ACTS: dict[str, Callable[[Desk], Body]] = {
    "released": lambda desk: released(desk.cem.key_id, digest=desk.digest),
    "released-on-paper": lambda desk: released_on_paper(digest=desk.digest),
    "examined": lambda desk: examined(digest=desk.digest),
    "withdrawn": lambda desk: withdrawn(),
    "disposed": lambda desk: disposed(),
}
ANSWERS: dict[str, Callable[[Desk], Body]] = {
    "received": lambda desk: received(digest=desk.digest),
    "declined": lambda desk: declined(),
}
ALL = ACTS | ANSWERS
ACT = "ab" * 16


# --- every act ------------------------------------------


@pytest.mark.parametrize("kind", ACTS)
def test_the_holder_acts(kind: str, desk: Desk) -> None:
    before = desk.team.state.items[desk.item]
    entry = desk.team.acts(desk.ben, desk.item, ACTS[kind](desk), act=ACT)
    after = desk.team.state.items[desk.item]
    assert (after.first, after.tip) == (before.first, entry.id)
    assert desk.team.state.acts[entry.id] == desk.item


@pytest.mark.parametrize("kind", ACTS)
def test_nobody_else_acts(kind: str, desk: Desk) -> None:
    assert refusal(desk.team, desk.act(ACTS[kind](desk), by=desk.team.lead, act=ACT)) == "BE-1 is held by BE"


def test_the_refusal_says_who_may_do_it(desk: Desk) -> None:
    with pytest.raises(RuleError) as refused:
        desk.team.examines(desk.cem, desk.item)
    assert refused.value.hint == "only BE can do this, or can hand it over to you"


@pytest.mark.parametrize("kind", [one for one in ACTS if one != "withdrawn"])
def test_the_lead_acts_for_a_holder_who_has_left(kind: str, desk: Desk) -> None:
    desk.team.revokes(desk.ben)
    entry = desk.team.acts(desk.team.lead, desk.item, ACTS[kind](desk), act=ACT)
    after = desk.team.state.items[desk.item]
    assert (after.tip, after.stood_in) == (entry.id, 1)


def test_the_lead_withdraws_nothing_for_a_collector_who_has_left(desk: Desk) -> None:
    desk.team.revokes(desk.ben)
    said = refusal(desk.team, desk.act(withdrawn(), by=desk.team.lead))
    assert said == "BE-1: only its collector withdraws an item, and only before any hand-over"


@pytest.mark.parametrize("kind", ACTS)
def test_nobody_but_the_lead_acts_for_a_holder_who_has_left(kind: str, desk: Desk) -> None:
    desk.team.revokes(desk.ben)
    assert refusal(desk.team, desk.act(ACTS[kind](desk), by=desk.cem, act=ACT)) == "BE-1 is held by BE"


def test_the_lead_does_not_act_before_she_knows_that_the_holder_has_left(desk: Desk) -> None:
    before = desk.team.state.people
    desk.team.revokes(desk.ben)
    body = ACTS["examined"](desk)
    assert refusal(desk.team, desk.act(body, by=desk.team.lead, people=before)) == "BE-1 is held by BE"


def test_the_lead_does_not_act_for_a_holder_who_went_on_with_a_new_key(desk: Desk) -> None:
    again = desk.team.newcomer("Ben's second key", "B2")
    desk.team.replaces(desk.ben, again)
    assert refusal(desk.team, desk.act(ACTS["examined"](desk), by=desk.team.lead)) == "BE-1 is held by B2"


def test_what_the_lead_gives_on_for_a_holder_who_has_left_is_held_by_whoever_received_it(desk: Desk) -> None:
    desk.team.revokes(desk.ben)
    desk.team.releases(desk.team.lead, desk.item, desk.cem)
    desk.team.receives(desk.cem, desk.item)
    item = desk.team.state.items[desk.item]
    assert (item.holder, item.keepers, item.stood_in) == (desk.cem.key_id, (desk.cem.key_id,), 1)


def test_an_answer_of_the_lead_to_somebody_who_left_afterwards_is_her_own(desk: Desk) -> None:
    desk.team.releases(desk.ben, desk.item, desk.team.lead)
    desk.team.revokes(desk.ben)
    desk.team.receives(desk.team.lead, desk.item)
    assert desk.team.state.items[desk.item].stood_in == 0


@pytest.mark.parametrize("kind", ACTS)
def test_an_offer_to_somebody_who_has_left_hinders_nothing_and_is_closed(kind: str, desk: Desk) -> None:
    desk.team.releases(desk.ben, desk.item, desk.cem)
    desk.team.revokes(desk.cem)
    body = released(desk.team.lead.key_id, digest=desk.digest) if kind == "released" else ACTS[kind](desk)
    desk.team.acts(desk.ben, desk.item, body, act=ACT)
    offer = desk.team.state.items[desk.item].offer
    assert (None if offer is None else offer.to) == (desk.team.lead.key_id if kind == "released" else None)


@pytest.mark.parametrize("kind", ALL)
def test_nobody_acts_on_an_item_that_is_not_there(kind: str, desk: Desk) -> None:
    body = ALL[kind](desk)
    assert refusal(desk.team, desk.act(body, item="BE-2", act=ACT)) == "there is no item BE-2"


@pytest.mark.parametrize("kind", ALL)
def test_an_act_is_about_an_item(kind: str, desk: Desk) -> None:
    body = ALL[kind](desk)
    assert refusal(desk.team, desk.act(body, item=None, act=ACT)) == "there is no item None"


@pytest.mark.parametrize("prev", ["the first", OTHER, None])
@pytest.mark.parametrize("kind", ACTS)
def test_an_act_follows_the_newest_one(kind: str, prev: str | None, desk: Desk) -> None:
    first = desk.team.state.items[desk.item].tip
    desk.team.examines(desk.ben, desk.item)
    act = desk.act(ACTS[kind](desk), act=ACT, prev=first if prev == "the first" else prev)
    assert refusal(desk.team, act) == "BE-1: it does not follow the newest act on the item"


def test_a_remark_is_no_act_to_follow(desk: Desk) -> None:
    note = desk.team.notes(desk.ben, desk.item)
    desk.team.examines(desk.ben, desk.item)
    assert refusal(desk.team, desk.act(withdrawn(), prev=note.id)).endswith(
        "does not follow the newest act on the item"
    )


@pytest.mark.parametrize("kind", ACTS)
def test_nobody_acts_on_an_item_that_is_offered(kind: str, desk: Desk) -> None:
    desk.team.releases(desk.ben, desk.item, desk.cem)
    assert refusal(desk.team, desk.act(ACTS[kind](desk), act=ACT)) == (
        "BE-1 is offered to CE, who has not answered yet"
    )


ENDS: dict[str, tuple[Callable[[Desk], object], str]] = {
    "on paper": (
        lambda desk: desk.team.releases_on_paper(desk.ben, desk.item),
        "was handed over on paper, so nobody in the case holds it",
    ),
    "withdrawn": (lambda desk: desk.team.withdraws(desk.ben, desk.item), "was withdrawn by its collector"),
    "disposed": (lambda desk: desk.team.disposes(desk.ben, desk.item), "was disposed of"),
}


@pytest.mark.parametrize(
    ("end", "kind"), [(end, kind) for end in ENDS for kind in ALL if (end, kind) != ("withdrawn", "disposed")]
)
def test_nobody_acts_on_an_item_that_is_gone(end: str, kind: str, desk: Desk) -> None:
    go, words = ENDS[end]
    go(desk)
    body = ALL[kind](desk)
    assert refusal(desk.team, desk.act(body, act=ACT)) == f"BE-1 {words}"


def test_what_was_withdrawn_is_disposed_of_by_its_holder(desk: Desk) -> None:
    desk.team.withdraws(desk.ben, desk.item)
    desk.team.disposes(desk.ben, desk.item)
    assert desk.team.state.items[desk.item].standing == "disposed"


DIGESTED: dict[str, Callable[[Desk, str | Sealed], Body]] = {
    "released": lambda desk, digest: released(desk.cem.key_id, digest=digest),
    "released-on-paper": lambda desk, digest: released_on_paper(digest=digest),
    "received": lambda desk, digest: received(digest=digest),
    "examined": lambda desk, digest: examined(digest=digest),
}


def _ready(desk: Desk, kind: str, *, hidden: bool = False) -> Callable[[str | Sealed], Callable[[], object]]:
    """Says that kind of act about an item, with this digest."""
    item = desk.team.collects(desk.ben, hidden=True) if hidden else desk.item
    if kind == "received":
        desk.team.releases(desk.ben, item, desk.cem)
    by = desk.cem if kind == "received" else desk.ben
    return lambda digest: lambda: desk.team.acts(by, item, DIGESTED[kind](desk, digest), act=ACT)


@pytest.mark.parametrize("kind", DIGESTED)
def test_the_digest_of_other_bytes_is_refused(kind: str, desk: Desk) -> None:
    assert refusal(desk.team, _ready(desk, kind)(OTHER)) == (
        "BE-1: the digest is not the recorded one, so this is about other bytes"
    )


@pytest.mark.parametrize("kind", DIGESTED)
def test_a_digest_stays_under_its_seal(kind: str, desk: Desk) -> None:
    assert refusal(desk.team, _ready(desk, kind, hidden=True)(OTHER)) == (
        "BE-2: the digest is sealed where the item's is, and only there"
    )


@pytest.mark.parametrize("kind", DIGESTED)
def test_a_digest_in_clear_is_not_sealed_where_it_could_be_another(kind: str, desk: Desk) -> None:
    assert refusal(desk.team, _ready(desk, kind)(sealed())) == (
        "BE-1: the digest is sealed where the item's is, and only there"
    )


@pytest.mark.parametrize("kind", DIGESTED)
def test_a_sealed_digest_is_repeated_under_a_seal(kind: str, desk: Desk) -> None:
    _ready(desk, kind, hidden=True)(sealed())()
    acts = [item for item in desk.team.state.acts.values() if item == "BE-2"]
    assert len(acts) == (3 if kind == "received" else 2)


# --- released ------------------------------------------


@pytest.mark.parametrize("keeps_copy", [False, True])
def test_an_offer_moves_nothing(keeps_copy: bool, desk: Desk) -> None:
    before = desk.team.state.items[desk.item]
    entry = desk.team.releases(desk.ben, desk.item, desk.cem, keeps_copy=keeps_copy)
    assert desk.team.state.items[desk.item] == replace(
        before,
        tip=entry.id,
        offer=Offer(entry.id, desk.cem.key_id, keeps_copy),
    )


def test_an_item_is_not_offered_to_a_stranger(desk: Desk) -> None:
    body = released(MALLORY.key_id, digest=desk.digest)
    assert refusal(desk.team, desk.act(body, act=ACT)) == "BE-1: the receiver is not a member of this case"


def test_an_item_is_not_offered_to_somebody_whom_the_lead_did_not_take_in(desk: Desk) -> None:
    dan = desk.team.joins("Dan")
    assert refusal(desk.team, lambda: desk.team.releases(desk.ben, desk.item, dan)) == (
        "BE-1: the receiver is not a member of this case"
    )


def test_an_item_is_not_offered_to_a_member_of_whom_the_giver_did_not_know(desk: Desk) -> None:
    known = desk.team.state.people
    dan = desk.team.member("Dan")
    assert refusal(desk.team, lambda: desk.team.releases(desk.ben, desk.item, dan, people=known)) == (
        "BE-1: the receiver is not a member of this case"
    )


def test_an_item_is_offered_to_a_deputy() -> None:
    team = Team(deputies=("Eva",))
    item = team.collects(team.lead)
    team.releases(team.lead, item, team.known["Eva"])
    offer = team.state.items[item].offer
    assert offer is not None
    assert offer.to == team.known["Eva"].key_id


def test_an_item_is_not_offered_to_a_key_that_was_taken_out(desk: Desk) -> None:
    desk.team.revokes(desk.cem)
    assert refusal(desk.team, lambda: desk.team.releases(desk.ben, desk.item, desk.cem)) == (
        "BE-1: the receiver's key was taken out of the case"
    )


def test_an_offer_to_a_key_of_whose_end_the_giver_did_not_know_stands(desk: Desk) -> None:
    known = desk.team.state.people
    desk.team.revokes(desk.cem)
    desk.team.releases(desk.ben, desk.item, desk.cem, people=known)
    assert replay(desk.team.ledgers())[1] == {}


def test_nobody_hands_over_to_themselves(desk: Desk) -> None:
    assert refusal(desk.team, lambda: desk.team.releases(desk.ben, desk.item, desk.ben)) == (
        "BE-1: nobody hands over to themselves"
    )


def test_nobody_hands_over_to_their_own_new_key(desk: Desk) -> None:
    again = desk.team.newcomer("Ben's second key", "B2")
    desk.team.replaces(desk.ben, again, seen=9)
    assert refusal(desk.team, lambda: desk.team.releases(desk.ben, desk.item, again)) == (
        "BE-1: nobody hands over to themselves"
    )


def test_an_offer_is_an_act_that_its_items_share(desk: Desk) -> None:
    assert refusal(desk.team, lambda: desk.team.releases(desk.ben, desk.item, desk.cem, act=None)) == (
        "BE-1: a release belongs to an offer, and names none"
    )


def test_a_second_release_before_an_answer_is_refused(desk: Desk) -> None:
    desk.team.releases(desk.ben, desk.item, desk.cem)
    assert refusal(desk.team, lambda: desk.team.releases(desk.ben, desk.item, desk.team.lead)) == (
        "BE-1 is offered to CE, who has not answered yet"
    )


# --- received, declined ------------------------------------------


def test_custody_moves_when_the_receiver_signs(desk: Desk) -> None:
    desk.team.releases(desk.ben, desk.item, desk.cem)
    before = desk.team.state.items[desk.item]
    entry = desk.team.receives(desk.cem, desk.item)
    assert desk.team.state.items[desk.item] == replace(
        before,
        holder=desk.cem.key_id,
        keepers=(desk.cem.key_id,),
        offer=None,
        hands=1,
        tip=entry.id,
    )


def test_a_giver_who_keeps_a_copy_has_the_bytes_too(desk: Desk) -> None:
    desk.team.releases(desk.ben, desk.item, desk.cem, keeps_copy=True)
    assert desk.team.state.items[desk.item].keepers == (desk.ben.key_id,)
    desk.team.receives(desk.cem, desk.item)
    assert desk.team.state.items[desk.item].keepers == (desk.ben.key_id, desk.cem.key_id)


def test_whoever_hands_on_what_they_kept_a_copy_of_before_has_no_more(desk: Desk) -> None:
    ben, cem = desk.ben, desk.cem
    for giver, taker, keeps_copy in ((ben, cem, True), (cem, ben, False), (ben, cem, False)):
        desk.team.releases(giver, desk.item, taker, keeps_copy=keeps_copy)
        desk.team.receives(taker, desk.item)
    assert desk.team.state.items[desk.item].keepers == (cem.key_id,)


def test_what_is_declined_stays_with_its_holder(desk: Desk) -> None:
    desk.team.releases(desk.ben, desk.item, desk.cem)
    before = desk.team.state.items[desk.item]
    entry = desk.team.declines(desk.cem, desk.item)
    assert desk.team.state.items[desk.item] == replace(before, offer=None, tip=entry.id)


def test_an_item_goes_on_from_hand_to_hand(desk: Desk) -> None:
    desk.team.releases(desk.ben, desk.item, desk.cem)
    desk.team.receives(desk.cem, desk.item)
    desk.team.releases(desk.cem, desk.item, desk.team.lead)
    desk.team.receives(desk.team.lead, desk.item)
    item = desk.team.state.items[desk.item]
    assert (item.holder, item.hands, item.collected_by) == (ANA.key_id, 2, desk.ben.key_id)


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_item_that_is_not_offered_is_not_answered(kind: str, desk: Desk) -> None:
    assert refusal(desk.team, desk.act(ANSWERS[kind](desk), by=desk.cem)) == "BE-1 is not offered to anybody"


@pytest.mark.parametrize("answered", ["receives", "declines"])
@pytest.mark.parametrize("kind", ANSWERS)
def test_an_offer_is_answered_once(kind: str, answered: str, desk: Desk) -> None:
    desk.team.releases(desk.ben, desk.item, desk.cem)
    getattr(desk.team, answered)(desk.cem, desk.item)
    assert refusal(desk.team, desk.act(ANSWERS[kind](desk), by=desk.cem)) == "BE-1 is not offered to anybody"


@pytest.mark.parametrize("who", ["giver", "lead"])
@pytest.mark.parametrize("kind", ANSWERS)
def test_only_the_person_offered_answers(kind: str, who: str, desk: Desk) -> None:
    desk.team.releases(desk.ben, desk.item, desk.cem)
    by = desk.ben if who == "giver" else desk.team.lead
    assert refusal(desk.team, desk.act(ANSWERS[kind](desk), by=by)) == "BE-1 is offered to CE, who alone can answer"


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_follows_the_release(kind: str, desk: Desk) -> None:
    first = desk.team.state.items[desk.item].tip
    desk.team.releases(desk.ben, desk.item, desk.cem)
    assert refusal(desk.team, desk.act(ANSWERS[kind](desk), by=desk.cem, prev=first)) == (
        "BE-1: it does not follow the newest act on the item"
    )


@pytest.mark.parametrize("answer", ["receives", "declines"])
def test_the_person_offered_answers_with_a_new_key(answer: str, desk: Desk) -> None:
    again = desk.team.newcomer("Cem's second key", "C2")
    desk.team.releases(desk.ben, desk.item, desk.cem)
    desk.team.replaces(desk.cem, again)
    desk.team.opens(again)
    getattr(desk.team, answer)(again, desk.item)
    assert desk.team.state.items[desk.item].holder == (desk.cem if answer == "receives" else desk.ben).key_id


def test_some_of_an_offer_are_accepted_and_the_others_wait(desk: Desk) -> None:
    second, third = desk.team.collects(desk.ben), desk.team.collects(desk.ben)
    desk.team.offers(desk.ben, [desk.item, second, third], desk.cem)
    desk.team.receives(desk.cem, second)
    desk.team.declines(desk.cem, third)
    items = desk.team.state.items
    holders = [items[number].holder for number in (desk.item, second, third)]
    assert holders == [desk.ben.key_id, desk.cem.key_id, desk.ben.key_id]
    assert [items[number].offer is not None for number in (desk.item, second, third)] == [True, False, False]


# --- released-on-paper ------------------------------------------


def test_after_a_hand_over_on_paper_nobody_in_the_case_holds_the_item(desk: Desk) -> None:
    before = desk.team.state.items[desk.item]
    entry = desk.team.releases_on_paper(desk.ben, desk.item)
    assert desk.team.state.items[desk.item] == replace(
        before,
        holder=None,
        keepers=(),
        standing="on-paper",
        papers=(Paper(entry.id, desk.ben.key_id),),
        tip=entry.id,
    )


def test_whoever_keeps_a_copy_goes_on_holding_it(desk: Desk) -> None:
    before = desk.team.state.items[desk.item]
    entry = desk.team.releases_on_paper(desk.ben, desk.item, keeps_copy=True)
    assert desk.team.state.items[desk.item] == replace(before, papers=(Paper(entry.id, desk.ben.key_id),), tip=entry.id)


def test_a_hand_over_on_paper_is_an_act_that_its_items_share(desk: Desk) -> None:
    assert refusal(desk.team, lambda: desk.team.releases_on_paper(desk.ben, desk.item, act=None)) == (
        "BE-1: a release belongs to a hand-over, and names none"
    )


# --- receipted ------------------------------------------


def test_the_signed_form_is_linked_by_another_member(desk: Desk) -> None:
    release = desk.team.releases_on_paper(desk.ben, desk.item)
    before = desk.team.state.items[desk.item]
    paper = desk.team.collects(desk.cem)
    entry = desk.team.links_receipt(desk.cem, desk.item, paper)
    linked = Paper(release.id, desk.ben.key_id, entry.id, desk.cem.key_id)
    assert desk.team.state.items[desk.item] == replace(before, papers=(linked,), notes=1)


@pytest.mark.parametrize(
    ("linkers", "counts"),
    [("bc", 1), ("cb", 0), ("bb", 0), ("ca", 0), ("ac", 0), ("bcb", 1), ("bca", 1)],
)
def test_the_first_receipt_counts_and_another_persons_before_the_givers_own(
    desk: Desk, linkers: str, counts: int
) -> None:
    release = desk.team.releases_on_paper(desk.ben, desk.item)
    paper = desk.team.collects(desk.cem)
    people = {"a": desk.team.lead, "b": desk.ben, "c": desk.cem}
    entries = [desk.team.links_receipt(people[one], desk.item, paper) for one in linkers]
    item = desk.team.state.items[desk.item]
    assert [(one.release, one.receipt) for one in item.papers] == [(release.id, entries[counts].id)]
    assert item.papers[0].linked_by == people[linkers[counts]].key_id
    assert not item.papers[0].alone
    assert item.notes == len(entries)


def test_a_giver_who_is_alone_in_the_case_is_known_to_have_been() -> None:
    team = Team()
    item = team.collects(team.lead)
    team.releases_on_paper(team.lead, item)
    team.links_receipt(team.lead, item, team.collects(team.lead))
    team.member("Ben")  # too late to have linked it
    assert team.state.items[item].papers[0].alone


def test_others_who_could_link_it_are_in_the_case_and_can_write(desk: Desk) -> None:
    team = desk.team
    assert [one.key_id for one in team.state.others(desk.ben.key_id, team.state.people)] == [
        team.lead.key_id,
        desk.cem.key_id,
    ]
    team.revokes(desk.cem)
    assert [one.key_id for one in team.state.others(desk.ben.key_id, team.state.people)] == [team.lead.key_id]


def test_each_of_two_hand_overs_has_its_own_receipt(desk: Desk) -> None:
    first = desk.team.releases_on_paper(desk.ben, desk.item, keeps_copy=True)
    second = desk.team.releases_on_paper(desk.ben, desk.item)
    paper = desk.team.collects(desk.cem)
    entry = desk.team.links_receipt(desk.cem, desk.item, paper)
    papers = desk.team.state.items[desk.item].papers
    assert [(one.release, one.receipt) for one in papers] == [(first.id, None), (second.id, entry.id)]


def _receipt(desk: Desk, what: str) -> Callable[[], object]:
    """A receipt for the item, wrong in one respect."""
    collected = desk.team.state.items[desk.item].tip
    release = desk.team.releases_on_paper(desk.ben, desk.item).id
    paper = desk.team.collects(desk.cem)
    record = desk.team.state.items[paper].tip
    body = {
        "of nothing": receipted(collected, paper, record),
        "elsewhere": receipted(release, paper, record),
        "no item": receipted(release, "CE-9", record),
        "another record": receipted(release, paper, release),
        "itself": receipted(release, desk.item, collected),
    }[what]
    return desk.act(body, by=desk.cem, prev=collected if what in ("of nothing", "elsewhere") else release)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("of nothing", "BE-1: no hand-over on paper is recorded that this receipt could be of"),
        ("elsewhere", "BE-1: a receipt hangs on the hand-over that it is of"),
        ("no item", "there is no item CE-9 that this record collected"),
        ("another record", "there is no item CE-1 that this record collected"),
        ("itself", "BE-1: an item is not its own receipt"),
    ],
)
def test_a_receipt_is_a_collected_paper_of_a_hand_over_on_paper(what: str, words: str, desk: Desk) -> None:
    assert refusal(desk.team, _receipt(desk, what)) == words


def test_a_receipt_waits_for_the_record_of_its_paper(desk: Desk) -> None:
    desk.team.releases_on_paper(desk.ben, desk.item)
    entry = desk.team.links_receipt(desk.team.lead, desk.item, desk.team.collects(desk.cem))
    assert entry.statement.body.references() == (desk.team.state.items["CE-1"].first,)
    state, refused = replay(desk.team.ledgers())
    assert (told(state), refused) == (desk.team.state, {})


# --- conflicts ------------------------------------------


def test_of_two_releases_that_follow_the_same_act_one_counts(desk: Desk) -> None:
    with desk.team.forging():
        first = desk.team.releases(desk.ben, desk.item, desk.cem)
        second = desk.team.releases(desk.ben, desk.item, desk.team.lead)
    state, refused = replay(desk.team.ledgers())
    assert (state.items[desk.item].tip, refused) == (
        first.id,
        {second.id: "BE-1: it does not follow the newest act on the item"},
    )
