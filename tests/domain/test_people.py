"""The rules of the register of people, and of whose ledger is whose: each kept once and broken once."""

from collections.abc import Callable
from typing import Any

import pytest

from custody.domain.events import Body, Noted
from custody.domain.events.membership import MAX_DEPUTIES, people_of
from custody.domain.history import fold, fold_register
from custody.domain.parties import Member, Revocation, ledger_id
from custody.domain.state import State
from custody.errors import FormatError
from custody.formats.encoding import format_base64
from tests.builders import ANA, KeptSigner, case_opened, noted, person
from tests.histories import (
    STOLEN,
    Team,
    enrolled,
    ledger_opened,
    policy_set,
    refusal,
    replaced,
    replay,
    revoked,
    taken_over,
    told,
)

OTHER = "cd" * 32
BEN = KeptSigner("Ben", "Ben")


# --- around every statement ------------------------------------------


def test_a_member_records_in_their_own_ledger() -> None:
    team = Team()
    ben = team.member("Ben")
    assert team.state.items[team.collects(ben)].holder == ben.key_id


def test_somebody_who_opened_no_ledger_and_was_not_taken_in_says_nothing() -> None:
    team = Team()
    mallory = team.newcomer("Mallory")
    assert refusal(team, lambda: team.notes(mallory)) == "the signer is not enrolled in this case"


def test_a_member_who_opened_no_ledger_says_nothing() -> None:
    team = Team()
    ben = team.newcomer("Ben")
    team.enrols(ben)
    assert refusal(team, lambda: team.notes(ben)) == (
        "each person writes only in a ledger that they opened, and the signer did not open this one"
    )


def test_nobody_writes_in_the_ledger_of_another() -> None:
    team = Team()
    ben, cem = team.member("Ben"), team.member("Cem")
    assert refusal(team, lambda: team.notes(ben, signer=cem.key_id)).startswith("each person writes only in a ledger")


def test_nobody_writes_for_the_lead_in_their_own_ledger() -> None:
    team = Team()
    ben = team.member("Ben")
    assert refusal(team, lambda: team.notes(ben, signer=ANA.key_id)).startswith("each person writes only in a ledger")


def test_a_record_from_another_case_is_refused() -> None:
    team = Team()
    ben = team.member("Ben")
    assert refusal(team, lambda: team.notes(ben, case=OTHER)) == "the record belongs to another case"


@pytest.mark.parametrize("people", [None, OTHER])
def test_a_record_that_knows_another_register_is_refused(people: str | None) -> None:
    team = Team()
    ben = team.member("Ben")
    assert refusal(team, lambda: team.notes(ben, people=people)) == (
        "the record refers to a register of people that is not this case's"
    )


def test_a_record_may_know_an_older_register() -> None:
    team = Team()
    first = team.state.people
    ben = team.member("Ben")
    team.collects(ben, people=first)
    assert list(team.state.items) == ["BE-1"]


# --- case-opened ------------------------------------------


def test_deputies_are_known_from_the_start_and_have_no_ledger() -> None:
    team = Team(deputies=("Eva",))
    eva = team.known["Eva"]
    assert (team.state.deputies, team.state.members[eva.key_id]) == (
        (eva.key_id,),
        Member(
            key_id=eva.key_id,
            key=eva.signer.public.key,
            checkpoint_key=eva.signer.public.checkpoint_key,
            label=None,
            ledger=None,
            enrolled_by=team.lead.entries[0].id,
            person=eva.key_id,
        ),
    )


def test_a_case_has_as_many_deputies_as_fit() -> None:
    deputies = tuple(person(KeptSigner(f"deputy {index}")) for index in range(MAX_DEPUTIES))
    assert len(case_opened(deputies=deputies).deputies) == MAX_DEPUTIES


@pytest.mark.parametrize(
    ("deputies", "words"),
    [
        ([ANA], "a person is named twice"),
        ([BEN, BEN], "a person is named twice"),
        ([KeptSigner(f"deputy {index}") for index in range(MAX_DEPUTIES + 1)], f"more than {MAX_DEPUTIES} deputies"),
    ],
    ids=["the lead", "one twice", "too many"],
)
def test_deputies_are_few_and_each_another(deputies: list[KeptSigner], words: str) -> None:
    with pytest.raises(FormatError, match=words):
        case_opened(deputies=tuple(person(one) for one in deputies))


# --- ledger-opened ------------------------------------------


def test_anyone_begins_a_ledger_and_waits_for_the_lead() -> None:
    team = Team()
    ben = team.joins("Ben")
    assert (team.state.owners[ben.ledger], team.state.members[ben.key_id]) == (
        ben.key_id,
        Member(
            key_id=ben.key_id,
            key=ben.signer.public.key,
            checkpoint_key=ben.signer.public.checkpoint_key,
            label="BE",
            ledger=ben.ledger,
            enrolled_by=None,
            person=ben.key_id,
        ),
    )


def test_a_member_who_was_taken_in_first_opens_the_ledger_later() -> None:
    team = Team()
    ben = team.newcomer("Ben")
    entry = team.enrols(ben)
    team.opens(ben)
    assert (team.state.members[ben.key_id].enrolled_by, team.state.owners[ben.ledger]) == (entry.id, ben.key_id)


def test_a_deputy_brings_their_own_label() -> None:
    team = Team(deputies=("Eva",))
    eva = team.deputy("Eva")
    member = team.state.members[eva.key_id]
    assert (member.label, member.ledger, member.enrolled_by) == ("EV", eva.ledger, team.lead.entries[0].id)


def test_a_ledger_is_opened_only_by_its_first_record() -> None:
    team = Team()
    ben = team.joins("Ben")
    assert refusal(team, lambda: team.opens(ben)) == "a ledger is opened by its first record"


def test_a_ledger_is_opened_only_by_the_key_that_it_names() -> None:
    team = Team()
    ben, cem = team.newcomer("Ben"), team.newcomer("Cem")
    assert refusal(team, lambda: team.opens(ben, member=person(cem.signer))) == (
        "a ledger is opened by its owner's own key"
    )


@pytest.mark.parametrize("members", [{"ledger": OTHER}, {"nonce": OTHER}], ids=lambda members: next(iter(members)))
def test_a_ledger_has_the_id_that_follows_from_its_owner(members: dict[str, str]) -> None:
    team = Team()
    ben = team.newcomer("Ben")
    assert refusal(team, lambda: team.opens(ben, **members)) == (
        "the ledger id does not follow from the case, the owner's key and the nonce"
    )


@pytest.mark.parametrize("members", [{"item": "BE-1"}, {"prev": OTHER}], ids=lambda members: next(iter(members)))
def test_opening_a_ledger_is_about_no_item(members: dict[str, Any]) -> None:
    team = Team()
    ben = team.newcomer("Ben")
    assert refusal(team, lambda: team.opens(ben, **members)) == "the record that opens a ledger refers to no item"


def test_a_second_ledger_of_the_same_key_is_refused() -> None:
    team = Team()
    ben = team.member("Ben")
    second = team.newcomer("Ben", "BB", ben.signer)
    assert refusal(team, lambda: team.opens(second)) == (
        "the signer has another ledger in this case; each person has one, on one device"
    )


def test_the_lead_opens_no_second_ledger() -> None:
    team = Team()
    second = team.newcomer("Ana", "AA", ANA)
    assert refusal(team, lambda: team.opens(second)).startswith("the signer has another ledger in this case")


def test_another_ledger_than_the_one_that_was_taken_in_is_refused() -> None:
    team = Team()
    ben = team.newcomer("Ben")
    team.enrols(ben)
    second = team.newcomer("Ben", "BB", ben.signer)
    assert refusal(team, lambda: team.opens(second)) == (
        "the signer was enrolled with another ledger; each person has one, on one device"
    )


def test_another_label_than_the_one_that_was_taken_in_is_refused() -> None:
    team = Team()
    ben = team.newcomer("Ben")
    team.enrols(ben)
    assert refusal(team, lambda: team.opens(ben, label="XX")) == ("the signer was enrolled with the label BE, not XX")


def test_the_label_of_another_is_refused() -> None:
    team = Team()
    team.member("Ben")
    mallory = team.newcomer("Mallory", "BE")
    assert refusal(team, lambda: team.opens(mallory)) == "the label BE belongs to somebody else"


# --- the register as a chain ------------------------------------------


REGISTER: dict[str, Callable[[Team], Body]] = {
    "member-enrolled": lambda team: enrolled(team.newcomer("Gil")),
    "member-revoked": lambda team: revoked(team.keepers[1].key_id),
    "member-replaced": lambda team: replaced(team.keepers[1].key_id, team.newcomer("Gil")),
    "policy-set": lambda _: policy_set("place"),
}


def _with_ben() -> Team:
    team = Team()
    team.member("Ben")
    return team


@pytest.mark.parametrize("kind", REGISTER)
def test_the_lead_adds_to_the_register(kind: str) -> None:
    team = _with_ben()
    entry = team.say(team.lead, REGISTER[kind](team))
    assert (team.state.people, team.state.register[entry.id]) == (entry.id, 2)


@pytest.mark.parametrize("kind", REGISTER)
def test_nobody_but_the_lead_adds_to_the_register(kind: str) -> None:
    team = _with_ben()
    cem = team.member("Cem")
    body = REGISTER[kind](team)
    assert refusal(team, lambda: team.say(cem, body)) == "only the case lead writes in the register of people"


@pytest.mark.parametrize("kind", REGISTER)
def test_a_deputy_who_did_not_take_over_adds_nothing_to_the_register(kind: str) -> None:
    team = Team(deputies=("Eva",))
    eva = team.deputy("Eva")
    body = REGISTER[kind](team)
    assert refusal(team, lambda: team.say(eva, body)) == "only the case lead writes in the register of people"


@pytest.mark.parametrize("kind", REGISTER)
@pytest.mark.parametrize("members", [{"item": "AR-1"}, {"prev": OTHER}], ids=lambda members: next(iter(members)))
def test_the_register_is_about_no_item(members: dict[str, Any], kind: str) -> None:
    team = _with_ben()
    body = REGISTER[kind](team)
    assert refusal(team, lambda: team.say(team.lead, body, **members)) == "a record of the register refers to no item"


@pytest.mark.parametrize("kind", REGISTER)
def test_the_register_follows_its_newest_record(kind: str) -> None:
    team = _with_ben()
    body = REGISTER[kind](team)
    first = team.lead.entries[0].id
    assert refusal(team, lambda: team.say(team.lead, body, people=first)) == (
        "it does not follow the newest record of the register of people"
    )


# --- member-enrolled ------------------------------------------


def test_a_person_is_taken_in_and_how_they_were_known_is_kept() -> None:
    team = Team()
    ben = team.joins("Ben")
    entry = team.enrols(ben, identified="telephone")
    assert team.state.members[ben.key_id] == Member(
        key_id=ben.key_id,
        key=ben.signer.public.key,
        checkpoint_key=ben.signer.public.checkpoint_key,
        label="BE",
        ledger=ben.ledger,
        enrolled_by=entry.id,
        person=ben.key_id,
        identified="telephone",
    )


def test_a_key_is_taken_in_once() -> None:
    team = Team()
    ben = team.member("Ben")
    words = f"key {ben.key_id[:16]}… was enrolled in this case before; each key counts once"
    assert refusal(team, lambda: team.enrols(ben)) == words


def test_a_deputy_is_not_taken_in_once_more() -> None:
    team = Team(deputies=("Eva",))
    assert "was enrolled in this case before" in refusal(team, lambda: team.enrols(team.known["Eva"]))


def test_a_key_that_was_taken_out_does_not_come_back() -> None:
    team = Team()
    ben = team.member("Ben")
    team.revokes(ben)
    assert "was enrolled in this case before" in refusal(team, lambda: team.enrols(ben))


def test_a_label_is_given_once() -> None:
    team = _with_ben()
    cem = team.newcomer("Cem")
    assert refusal(team, lambda: team.enrols(cem, label="BE")) == "the label BE belongs to somebody else"


def test_a_ledger_has_one_owner() -> None:
    team = Team()
    ben = team.member("Ben")
    cem = team.newcomer("Cem")
    assert refusal(team, lambda: team.say(team.lead, enrolled(cem, ledger=ben.ledger))) == (
        "this ledger belongs to somebody else"
    )


def test_the_label_of_somebody_whom_nobody_took_in_can_be_given_to_another() -> None:
    team = Team()
    team.joins("Mallory", "BE")
    team.enrols(team.newcomer("Ben"))
    assert [one.label for one in team.state.members.values() if one.enrolled_by] == ["AR", "BE"]


# --- member-revoked ------------------------------------------


def test_a_key_that_was_taken_out_counts_no_longer() -> None:
    team = Team()
    ben = team.member("Ben")
    entry = team.revokes(ben, compromised_since=STOLEN)
    assert team.state.members[ben.key_id].revoked == Revocation(by=entry.id, seen=1, compromised_since=STOLEN)


def test_what_was_seen_before_a_key_was_taken_out_counts() -> None:
    team = Team()
    ben = team.member("Ben")
    team.revokes(ben, seen=2)
    team.collects(ben)
    assert list(team.state.items) == ["BE-1"]


def test_what_nobody_had_seen_before_a_key_was_taken_out_is_refused() -> None:
    team = Team()
    ben = team.member("Ben")
    team.revokes(ben)
    assert refusal(team, lambda: team.collects(ben)) == (
        "the signer's key was taken out of the case, and nobody had seen this record before"
    )


def _ways_to_end(team: Team, key: str) -> dict[str, Body]:
    return {"revoked": revoked(key), "replaced": replaced(key, team.newcomer("Gil"))}


@pytest.mark.parametrize("kind", ["revoked", "replaced"])
def test_only_a_key_that_was_taken_in_is_taken_out(kind: str) -> None:
    team = Team()
    body = _ways_to_end(team, BEN.key_id)[kind]
    assert refusal(team, lambda: team.say(team.lead, body)) == f"key {BEN.key_id[:16]}… is not enrolled in this case"


@pytest.mark.parametrize("kind", ["revoked", "replaced"])
def test_only_a_key_that_the_lead_took_in_is_taken_out(kind: str) -> None:
    team = Team()
    ben = team.joins("Ben")
    body = _ways_to_end(team, ben.key_id)[kind]
    assert refusal(team, lambda: team.say(team.lead, body)) == f"key {ben.key_id[:16]}… is not enrolled in this case"


@pytest.mark.parametrize("kind", ["revoked", "replaced"])
def test_a_key_is_taken_out_once(kind: str) -> None:
    team = Team()
    ben = team.member("Ben")
    team.revokes(ben)
    body = _ways_to_end(team, ben.key_id)[kind]
    words = f"key {ben.key_id[:16]}… was taken out of the case before"
    assert refusal(team, lambda: team.say(team.lead, body)) == words


@pytest.mark.parametrize("kind", ["revoked", "replaced"])
def test_the_lead_does_not_take_out_the_own_key(kind: str) -> None:
    team = Team()
    body = _ways_to_end(team, ANA.key_id)[kind]
    assert refusal(team, lambda: team.say(team.lead, body)) == (
        f"the lead's own key is {kind} by a deputy who takes the lead over"
    )


# --- member-replaced ------------------------------------------


def test_a_person_with_a_new_key_holds_what_they_held() -> None:
    team = Team()
    ben = team.member("Ben")
    item = team.collects(ben)
    again = team.newcomer("Ben's second key", "B2")
    entry = team.replaces(ben, again, reason="stolen", compromised_since=STOLEN)
    team.opens(again)
    team.examines(again, item)
    assert (
        team.state.members[ben.key_id].revoked,
        team.state.members[again.key_id].person,
        team.state.members[again.key_id].identified,
        team.state.items[item].holder,
    ) == (Revocation(entry.id, 2, STOLEN), ben.key_id, "video", ben.key_id)


def test_a_person_with_a_third_key_is_the_same_person() -> None:
    team = Team()
    ben = team.member("Ben")
    second, third = team.newcomer("second", "B2"), team.newcomer("third", "B3")
    team.replaces(ben, second)
    team.replaces(second, third)
    assert team.state.person(third.key_id) == ben.key_id


def test_the_old_key_says_nothing_more_after_it_was_replaced() -> None:
    team = Team()
    ben = team.member("Ben")
    team.replaces(ben, team.newcomer("second", "B2"))
    assert refusal(team, lambda: team.notes(ben)).startswith("the signer's key was taken out of the case")


NEW_KEYS: dict[str, tuple[dict[str, Any], str]] = {
    "label": ({"label": "BE"}, "the label BE belongs to somebody else"),
    "ledger": ({"ledger": "Ben"}, "this ledger belongs to somebody else"),
    "key": ({"member": "Cem"}, "was enrolled in this case before; each key counts once"),
}


@pytest.mark.parametrize("what", NEW_KEYS)
def test_a_new_key_brings_a_new_ledger_and_label(what: str) -> None:
    members, words = NEW_KEYS[what]
    team = Team()
    ben, cem = team.member("Ben"), team.member("Cem")
    real = {"Ben": ben.ledger, "Cem": person(cem.signer)}
    body = replaced(ben.key_id, team.newcomer("second", "B2"), **{k: real.get(v, v) for k, v in members.items()})
    assert refusal(team, lambda: team.say(team.lead, body)).endswith(words)


@pytest.mark.parametrize("make", [lambda **m: replaced(OTHER, Team().newcomer("Ben"), **m), taken_over])
def test_a_key_that_was_only_lost_was_not_in_other_hands(make: Callable[..., Body]) -> None:
    make(reason="stolen", compromised_since=STOLEN)
    with pytest.raises(FormatError, match="a key that was only lost was not compromised"):
        make(reason="lost", compromised_since=STOLEN)


@pytest.mark.parametrize(
    "make",
    [
        lambda **m: revoked(OTHER, **m),
        lambda **m: replaced(OTHER, Team().newcomer("Ben"), reason="stolen", **m),
        lambda **m: taken_over(reason="stolen", **m),
    ],
)
def test_since_when_a_key_was_in_other_hands_is_a_real_time(make: Callable[..., Body]) -> None:
    make(compromised_since=STOLEN)
    with pytest.raises(FormatError):
        make(compromised_since="2026-02-30T00:00:00.000000Z")


# --- lead-taken-over ------------------------------------------


def test_a_deputy_takes_the_lead_over() -> None:
    team = Team(deputies=("Eva",))
    eva = team.deputy("Eva")
    entry = team.takes_over(eva, reason="stolen", compromised_since=STOLEN)
    assert (team.state.lead, team.state.members[ANA.key_id].revoked, team.state.people) == (
        eva.key_id,
        Revocation(entry.id, 1, STOLEN),
        entry.id,
    )


def test_the_ledger_in_which_a_deputy_took_over_is_the_deputys_own_before_it_is_read() -> None:
    team = Team(deputies=("Eva",))
    eva = team.deputy("Eva")
    over = team.takes_over(eva)
    state = State()
    fold_register(state, [(one.id, one.statement) for one in (team.keepers[0].entries[0], over)])
    assert (state.lead, state.members[eva.key_id].ledger) == (eva.key_id, eva.ledger)


def test_the_new_lead_takes_people_in() -> None:
    team = Team(deputies=("Eva",))
    team.takes_over(team.deputy("Eva"))
    ben = team.member("Ben")
    assert team.state.members[ben.key_id].enrolled_by == team.state.people


def test_the_former_lead_says_nothing_more() -> None:
    team = Team(deputies=("Eva",))
    ana = team.lead
    team.takes_over(team.deputy("Eva"))
    assert refusal(team, lambda: team.enrols(team.newcomer("Ben"), by=ana)).startswith("the signer's key was taken out")


def test_the_former_lead_writes_no_register_even_where_more_of_the_ledger_was_seen() -> None:
    team = Team(deputies=("Eva",))
    ana = team.lead
    team.takes_over(team.deputy("Eva"), seen=9)
    assert refusal(team, lambda: team.enrols(team.newcomer("Ben"), by=ana)) == (
        "only the case lead writes in the register of people"
    )


def test_a_member_who_is_no_deputy_does_not_take_over() -> None:
    team = _with_ben()
    ben = team.keepers[1]
    assert refusal(team, lambda: team.say(ben, taken_over())) == (
        "only a deputy who was named when the case was opened takes the lead over"
    )


def test_the_lead_does_not_take_over_from_herself() -> None:
    team = Team(deputies=("Eva",))
    eva = team.deputy("Eva")
    team.takes_over(eva)
    assert refusal(team, lambda: team.say(eva, taken_over())) == "the signer has the lead already"


def test_a_deputy_whose_key_was_taken_out_does_not_take_over() -> None:
    team = Team(deputies=("Eva",))
    eva = team.deputy("Eva")
    team.revokes(eva, seen=9)
    assert refusal(team, lambda: team.say(eva, taken_over())).endswith("was taken out of the case before")


@pytest.mark.parametrize("members", [{"item": "AR-1"}, {"prev": OTHER}], ids=lambda members: next(iter(members)))
def test_taking_over_is_about_no_item(members: dict[str, Any]) -> None:
    team = Team(deputies=("Eva",))
    eva = team.deputy("Eva")
    assert refusal(team, lambda: team.say(eva, taken_over(), **members)) == "a record of the register refers to no item"


def test_a_deputy_takes_over_after_the_newest_record_of_the_register() -> None:
    team = Team(deputies=("Eva",))
    eva = team.deputy("Eva")
    first = team.state.people
    team.member("Ben")
    assert refusal(team, lambda: team.say(eva, taken_over(), people=first)) == (
        "it does not follow the newest record of the register of people"
    )


# --- the register before all else ------------------------------------------


def test_what_a_person_recorded_before_they_were_taken_in_counts() -> None:
    team = Team()
    ben = team.joins("Ben")
    team.collects(ben)
    team.enrols(ben)
    assert replay(team.ledgers())[1] == {}
    assert told(replay(team.ledgers())[0]) == team.state


def test_the_register_of_the_former_lead_ends_where_a_deputy_took_over() -> None:
    team = Team(deputies=("Eva",))
    ana, eva, gil = team.lead, team.deputy("Eva"), team.newcomer("Gil")
    with team.forging():  # at the same time, and neither knows of the other
        late = team.enrols(gil)
        over = team.say(eva, taken_over(seen=ana.size))
    state, refused = replay(team.ledgers())
    assert (state.lead, list(state.register), refused) == (
        eva.key_id,
        [ana.entries[0].id, over.id],
        {late.id: "only the case lead writes in the register of people"},
    )


def test_of_two_deputies_who_take_over_at_once_the_one_named_first_has_the_lead() -> None:
    team = Team(deputies=("Eva", "Dora"))
    dora, eva = team.deputy("Dora"), team.deputy("Eva")
    with team.forging():
        second, first = team.say(dora, taken_over(seen=1)), team.say(eva, taken_over(seen=1))
    state, refused = replay(team.ledgers())
    assert (state.lead, state.people, list(refused)) == (eva.key_id, first.id, [second.id])


def test_of_two_records_that_follow_the_same_one_the_earlier_counts() -> None:
    team = Team()
    with team.forging():
        first, second = team.enrols(team.newcomer("Ben")), team.enrols(team.newcomer("Cem"))
    state, refused = replay(team.ledgers())
    assert (state.people, refused) == (
        first.id,
        {second.id: "it does not follow the newest record of the register of people"},
    )


def test_a_register_that_hangs_on_nothing_is_refused() -> None:
    team = Team()
    with team.forging():
        entry = team.enrols(team.newcomer("Ben"), people=OTHER)
    state, refused = replay(team.ledgers())
    assert (list(state.register), refused) == (
        [team.lead.entries[0].id],
        {entry.id: "it does not follow the newest record of the register of people"},
    )


def test_a_record_of_the_register_is_taken_in_once() -> None:
    team = _with_ben()
    state, _ = replay(team.ledgers())
    before = dict(state.register)
    entry = team.lead.entries[-1]
    fold(state, entry.id, entry.statement)
    assert state.register == before


def test_the_register_of_the_lead_counts_only_in_her_own_ledger() -> None:
    team = Team()
    second = team.newcomer("Ana", "AA", ANA)
    with team.forging():
        team.opens(second)
        entry = team.enrols(team.newcomer("Ben"), by=second)
    state, refused = replay(team.ledgers())
    assert (list(state.register), entry.id in refused) == ([team.lead.entries[0].id], True)


def test_a_stranger_does_not_take_the_label_of_a_deputy() -> None:
    team = Team(deputies=("Eva",))
    eva = team.known["Eva"]
    mallory = team.newcomer("Mallory", "EV")
    while mallory.ledger > eva.ledger:  # ledgers are read in the order of their ids, and anyone can try nonces
        mallory.nonce = f"{int(mallory.nonce, 16) + 1 & 2**256 - 1:064x}"
        mallory.ledger = ledger_id(team.case, mallory.key_id, mallory.nonce)
    with team.forging():
        team.opens(mallory)
        team.opens(eva)
    state, refused = replay(team.ledgers())
    assert (state.owners.get(eva.ledger), list(refused)) == (eva.key_id, [mallory.entries[0].id])


# --- certificates ------------------------------------------


NAMING: dict[str, tuple[str, Callable[[Team], Body]]] = {
    "case-opened": ("/deputies/0", lambda team: case_opened(ANA, deputies=(person(BEN),))),
    "ledger-opened": ("/member", lambda team: ledger_opened(team.newcomer("Ben"))),
    "member-enrolled": ("/member", lambda team: enrolled(team.newcomer("Ben"))),
    "member-replaced": ("/member", lambda team: replaced(OTHER, team.newcomer("Ben"))),
}


@pytest.mark.parametrize("kind", NAMING)
def test_a_certificate_is_for_the_key_beside_it(kind: str) -> None:
    pointer, make = NAMING[kind]
    body = make(Team())
    body.check_opened(f"{pointer}/certificate", format_base64(BEN.public.certificate))
    with pytest.raises(FormatError, match="the certificate is for another key than the one that stands beside it"):
        body.check_opened(f"{pointer}/certificate", format_base64(ANA.public.certificate))


@pytest.mark.parametrize("kind", NAMING)
def test_a_name_under_seal_is_a_text(kind: str) -> None:
    pointer, make = NAMING[kind]
    body = make(Team())
    body.check_opened(f"{pointer}/name", "Ben")
    with pytest.raises(FormatError):
        body.check_opened(f"{pointer}/name", 5)


def test_a_statement_that_names_nobody_has_no_people() -> None:
    body = noted()
    assert (type(body), people_of(body)) == (Noted, {})
