"""The rules of remarks, corrections, ends, erasures, and of what ledgers say of ledgers: each kept and broken once."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from custody.domain.events import Body
from custody.domain.events.exchange import MAX_SEEN, LedgerSeen, SeenHead
from custody.errors import FormatError
from tests.builders import ANA, MALLORY, noted, parts, sealed
from tests.histories import (
    Keeper,
    Team,
    corrected,
    disposed,
    erased,
    gap_explained,
    ledger_seen,
    refusal,
    replay,
    told,
)

OTHER = "cd" * 32
ZERO = "00" * 32


@pytest.fixture
def team() -> Team:
    """The lead, Ben who holds BE-1, and Cem."""
    made = Team(deputies=("Eva",))
    made.member("Ben")
    made.member("Cem")
    made.collects(_named(made, "BE"))
    return made


def _named(team: Team, label: str) -> Keeper:
    (found,) = [keeper for keeper in team.keepers if keeper.label == label]
    return found


# --- remarks ------------------------------------------

REMARKS: dict[str, Callable[[str], Body]] = {
    "noted": lambda first: noted(),
    "gap-explained": lambda first: gap_explained(),
    "corrected": corrected,
    "erased": erased,
}


@pytest.mark.parametrize("kind", REMARKS)
def test_a_remark_moves_nothing(kind: str, team: Team) -> None:
    before = team.state.items["BE-1"]
    entry = team.acts(_named(team, "BE"), "BE-1", REMARKS[kind](before.tip))
    after = team.state.items["BE-1"]
    assert replace(after, gaps=0, corrections=0) == replace(before, notes=1)
    assert entry.id not in team.state.acts


@pytest.mark.parametrize("kind", REMARKS)
def test_a_remark_is_made_while_an_offer_is_open(kind: str, team: Team) -> None:
    ben, cem = _named(team, "BE"), _named(team, "CE")
    first = team.state.items["BE-1"].tip
    release = team.releases(ben, "BE-1", cem)
    team.acts(ben, "BE-1", REMARKS[kind](first), prev=first)
    assert team.state.items["BE-1"].tip == release.id


@pytest.mark.parametrize("kind", REMARKS)
def test_a_remark_is_made_after_an_item_is_gone(kind: str, team: Team) -> None:
    ben = _named(team, "BE")
    first = team.state.items["BE-1"].tip
    team.disposes(ben, "BE-1")
    team.acts(ben, "BE-1", REMARKS[kind](first))
    assert team.state.items["BE-1"].notes == 1


@pytest.mark.parametrize("prev", ["a remark", "another item", OTHER, None])
@pytest.mark.parametrize("kind", REMARKS)
def test_a_remark_hangs_on_a_record_of_the_items_chain(kind: str, prev: str | None, team: Team) -> None:
    ben = _named(team, "BE")
    second = team.collects(ben)
    real = {"a remark": team.notes(ben, "BE-1").id, "another item": team.state.items[second].tip}
    body = REMARKS[kind](team.state.items["BE-1"].tip)
    assert refusal(team, lambda: team.acts(ben, "BE-1", body, prev=real.get(prev or "", prev))) == (
        "BE-1: a remark hangs on a record of the item, and this one does not"
    )


@pytest.mark.parametrize("kind", REMARKS)
def test_a_remark_on_an_item_that_is_not_there_is_refused(kind: str, team: Team) -> None:
    body = REMARKS[kind](team.state.items["BE-1"].tip)
    assert refusal(team, lambda: team.acts(_named(team, "BE"), "BE-1", body, item="BE-2")) == "there is no item BE-2"


@pytest.mark.parametrize("kind", [kind for kind in REMARKS if kind != "noted"])
def test_only_a_note_is_about_the_case(kind: str, team: Team) -> None:
    body = REMARKS[kind](team.state.items["BE-1"].tip)
    assert refusal(team, lambda: team.say(_named(team, "BE"), body)) == "there is no item None"


def test_a_note_on_the_case_changes_nothing(team: Team) -> None:
    before = dict(team.state.items)
    team.notes(_named(team, "CE"))
    assert team.state.items == before


def test_a_note_on_the_case_hangs_on_nothing(team: Team) -> None:
    first = team.state.items["BE-1"].tip
    assert refusal(team, lambda: team.notes(_named(team, "CE"), prev=first)) == "a note on the case hangs on no record"


@pytest.mark.parametrize("kind", ["noted", "gap-explained"])
def test_any_member_remarks_on_the_item_of_another(kind: str, team: Team) -> None:
    team.acts(_named(team, "CE"), "BE-1", REMARKS[kind](OTHER))
    assert team.state.items["BE-1"].notes == 1


def test_the_explanation_of_a_gap_is_kept_as_one(team: Team) -> None:
    for who in ("CE", "BE"):
        team.explains_gap(_named(team, who), "BE-1")
    assert team.state.items["BE-1"].gaps == 2


# --- examined ------------------------------------------


def test_the_holder_takes_a_working_copy(team: Team) -> None:
    before = team.state.items["BE-1"]
    entry = team.examines(_named(team, "BE"), "BE-1")
    assert team.state.items["BE-1"] == replace(before, tip=entry.id)


# --- corrected ------------------------------------------


def test_a_correction_stands_beside_what_it_corrects(team: Team) -> None:
    before = team.state.items["BE-1"]
    for _ in range(2):
        team.corrects(_named(team, "BE"), "BE-1", field="captured_at")
    assert team.state.items["BE-1"] == replace(before, notes=2, corrections=2)


def test_the_collector_corrects_after_handing_over(team: Team) -> None:
    ben, cem = _named(team, "BE"), _named(team, "CE")
    team.releases(ben, "BE-1", cem)
    team.receives(cem, "BE-1")
    team.corrects(ben, "BE-1")
    assert team.state.items["BE-1"].corrections == 1


def test_the_collector_corrects_with_a_new_key(team: Team) -> None:
    again = team.newcomer("Ben's second key", "B2")
    team.replaces(_named(team, "BE"), again)
    team.opens(again)
    team.corrects(again, "BE-1")
    assert team.state.items["BE-1"].corrections == 1


@pytest.mark.parametrize("who", ["CE", "AR"])
def test_nobody_corrects_what_another_recorded(who: str, team: Team) -> None:
    assert refusal(team, lambda: team.corrects(_named(team, who), "BE-1")) == (
        "BE-1: only its collector corrects what they recorded; anyone may write a note"
    )


@pytest.mark.parametrize("what", ["an act", OTHER])
def test_only_the_record_that_collected_an_item_is_corrected(what: str, team: Team) -> None:
    ben = _named(team, "BE")
    act = team.examines(ben, "BE-1")
    body = corrected(act.id if what == "an act" else what)
    assert refusal(team, lambda: team.acts(ben, "BE-1", body)) == (
        "BE-1: only what the record that collected the item says is corrected"
    )


# --- withdrawn ------------------------------------------


def test_the_collector_takes_a_mistake_back(team: Team) -> None:
    before = team.state.items["BE-1"]
    entry = team.withdraws(_named(team, "BE"), "BE-1")
    assert team.state.items["BE-1"] == replace(before, standing="withdrawn", tip=entry.id)


def test_a_mistake_is_taken_back_after_an_offer_was_declined(team: Team) -> None:
    ben, cem = _named(team, "BE"), _named(team, "CE")
    team.releases(ben, "BE-1", cem)
    team.declines(cem, "BE-1")
    team.withdraws(ben, "BE-1")
    assert team.state.items["BE-1"].standing == "withdrawn"


WITHDRAW = "BE-1: only its collector withdraws an item, and only before any hand-over"


def test_the_receiver_does_not_withdraw(team: Team) -> None:
    ben, cem = _named(team, "BE"), _named(team, "CE")
    team.releases(ben, "BE-1", cem)
    team.receives(cem, "BE-1")
    assert refusal(team, lambda: team.withdraws(cem, "BE-1")) == WITHDRAW


def test_the_collector_does_not_withdraw_what_came_back(team: Team) -> None:
    ben, cem = _named(team, "BE"), _named(team, "CE")
    for giver, taker in ((ben, cem), (cem, ben)):
        team.releases(giver, "BE-1", taker)
        team.receives(taker, "BE-1")
    assert refusal(team, lambda: team.withdraws(ben, "BE-1")) == WITHDRAW


def test_nothing_is_withdrawn_after_a_hand_over_on_paper(team: Team) -> None:
    ben = _named(team, "BE")
    team.releases_on_paper(ben, "BE-1", keeps_copy=True)
    assert refusal(team, lambda: team.withdraws(ben, "BE-1")) == WITHDRAW


# --- disposed ------------------------------------------


@pytest.mark.parametrize("witness", [None, "CE", "a name"])
def test_the_holder_disposes_of_an_item(witness: str | None, team: Team) -> None:
    before = team.state.items["BE-1"]
    members: dict[str, Any] = {"witness": _named(team, "CE").key_id} if witness == "CE" else {}
    if witness == "a name":
        members = {"witness_name": sealed()}
    entry = team.disposes(_named(team, "BE"), "BE-1", **members)
    assert team.state.items["BE-1"] == replace(before, standing="disposed", tip=entry.id)


def test_a_witness_is_a_member(team: Team) -> None:
    assert refusal(team, lambda: team.disposes(_named(team, "BE"), "BE-1", witness=MALLORY.key_id)) == (
        "BE-1: the witness is not a member of this case"
    )


def test_nobody_witnesses_their_own_act(team: Team) -> None:
    ben = _named(team, "BE")
    assert refusal(team, lambda: team.disposes(ben, "BE-1", witness=ben.key_id)) == (
        "BE-1: nobody witnesses their own act"
    )


def test_nobody_witnesses_their_own_act_with_another_key(team: Team) -> None:
    ben, again = _named(team, "BE"), team.newcomer("Ben's second key", "B2")
    team.replaces(ben, again)
    team.opens(again)
    assert refusal(team, lambda: team.disposes(again, "BE-1", witness=ben.key_id)) == (
        "BE-1: nobody witnesses their own act"
    )


def test_a_witness_has_a_key_or_a_name() -> None:
    with pytest.raises(FormatError, match="a witness is named by key or by name, not both"):
        disposed(witness=OTHER, witness_name=sealed())


# --- erased ------------------------------------------


@pytest.mark.parametrize("who", ["BE", "AR"])
def test_the_collector_or_the_lead_erases_a_field(who: str, team: Team) -> None:
    first = team.state.items["BE-1"].tip
    team.erases(_named(team, who), "BE-1", "/path")
    assert team.state.erased == {(first, "/path")}


def test_the_collector_erases_with_a_new_key(team: Team) -> None:
    again = team.newcomer("Ben's second key", "B2")
    team.replaces(_named(team, "BE"), again)
    team.opens(again)
    team.erases(again, "BE-1")
    assert len(team.state.erased) == 1


def test_nobody_else_erases_a_field(team: Team) -> None:
    ben, cem = _named(team, "BE"), _named(team, "CE")
    team.releases(ben, "BE-1", cem)
    team.receives(cem, "BE-1")
    assert refusal(team, lambda: team.erases(cem, "BE-1")) == (
        "BE-1: only its collector or the case lead erases a field"
    )


def test_what_the_lead_erased_before_a_deputy_took_over_stays_erased(team: Team) -> None:
    team.erases(team.lead, "BE-1")
    team.takes_over(team.deputy("Eva"))
    state, refused = replay(team.ledgers())
    assert (told(state).erased, refused) == (team.state.erased, {})


@pytest.mark.parametrize("pointer", ["/description", "/nothing", "name", "/name/text"])
def test_only_a_sealed_field_is_erased(pointer: str, team: Team) -> None:
    assert refusal(team, lambda: team.erases(_named(team, "BE"), "BE-1", pointer)) == (
        f"BE-1: its record seals no field {pointer}"
    )


@pytest.mark.parametrize("pointer", ["/digest", "/size"])
def test_what_the_bytes_are_compared_with_is_not_erased(pointer: str, team: Team) -> None:
    ben = _named(team, "BE")
    item = team.collects(ben, hidden=True)
    assert refusal(team, lambda: team.erases(ben, item, pointer)) == (
        f"{item}: without {pointer} nobody could compare its bytes any more"
    )


@pytest.mark.parametrize("pointer", ["/parts/seed", "/parts/facts"])
def test_what_a_folder_is_compared_with_is_not_erased(pointer: str, team: Team) -> None:
    ben = _named(team, "BE")
    values = {"/parts/seed": "A" * 43 + "=", "/parts/facts": OTHER}
    item = team.collects(ben, hidden=True, form="folder", parts=parts(facts=sealed()), values=values)
    assert refusal(team, lambda: team.erases(ben, item, pointer)) == (
        f"{item}: without {pointer} nobody could compare its bytes any more"
    )


def test_who_signed_a_record_about_an_item_or_the_lead_erases_a_field_of_it(team: Team) -> None:
    ben, cem = _named(team, "BE"), _named(team, "CE")
    act, note = team.examines(ben, "BE-1"), team.notes(cem, "BE-1")
    refused = "BE-1: only who signed a record, or the case lead, erases a field of it"
    assert refusal(team, lambda: team.acts(cem, "BE-1", erased(act.id, "/purpose"))) == refused
    assert refusal(team, lambda: team.acts(ben, "BE-1", erased(note.id, "/text"))) == refused
    team.acts(ben, "BE-1", erased(act.id, "/purpose"))
    team.acts(cem, "BE-1", erased(note.id, "/text"))
    assert team.state.erased == {(act.id, "/purpose"), (note.id, "/text")}
    other = team.notes(cem, "BE-1")
    team.acts(team.lead, "BE-1", erased(other.id, "/text"))
    state, refused_there = replay(team.ledgers())
    assert told(state).erased == team.state.erased
    assert set(refused_there.values()) == {refused}


def test_only_fields_of_records_about_the_item_are_erased(team: Team) -> None:
    ben, ana = _named(team, "BE"), team.lead
    refused = "BE-1: only fields of a record about the item are erased"
    mine, beside = team.collects(ben), team.notes(ben)
    for identity in (team.state.items[mine].tip, beside.id, ana.entries[0].id):
        assert refusal(team, partial(team.acts, ben, "BE-1", erased(identity, "/text"))) == refused


def test_to_whom_an_item_went_and_on_whose_authority_is_not_erased(team: Team) -> None:
    ben = _named(team, "BE")
    paper, gone = team.releases_on_paper(ben, "BE-1", keeps_copy=True), team.disposes(ben, "BE-1")
    for entry, pointer in ((paper, "/to"), (gone, "/authority")):
        assert refusal(team, partial(team.acts, ben, "BE-1", erased(entry.id, pointer))) == (
            "BE-1: to whom it went, and on whose authority, is not erased"
        )


# --- derived_from ------------------------------------------


def test_an_item_is_made_from_another(team: Team) -> None:
    item = team.derives(_named(team, "CE"), "BE-1")
    derivation = team.state.items[item].body.derived_from
    assert derivation is not None
    assert (derivation.item, derivation.record) == ("BE-1", team.state.items["BE-1"].first)


@pytest.mark.parametrize("what", ["item", "record"])
def test_an_item_is_made_only_from_one_that_is_there(what: str, team: Team) -> None:
    team.derives(_named(team, "CE"), "BE-1")
    right = team.state.items["CE-1"].body.derived_from
    assert right is not None
    wrong = replace(right, **({"item": "BE-9"} if what == "item" else {"record": OTHER}))
    assert refusal(team, lambda: team.collects(_named(team, "CE"), derived_from=wrong)) == (
        f"CE-2: there is no item {wrong.item} that it could derive from"
    )


def test_an_item_waits_for_the_record_of_the_one_that_it_was_made_from(team: Team) -> None:
    for who in ("CE", "AR"):
        team.derives(_named(team, who), "BE-1")
    state, refused = replay(team.ledgers())
    assert (told(state), refused) == (team.state, {})


# --- ledger-seen ------------------------------------------


def test_what_was_seen_of_others_changes_nothing(team: Team) -> None:
    before = dict(team.state.items)
    team.sees(_named(team, "BE"), team.lead, _named(team, "CE"))
    assert team.state.items == before


@pytest.mark.parametrize("members", [{"item": "BE-1"}, {"prev": OTHER}], ids=lambda members: next(iter(members)))
def test_what_was_seen_of_others_is_about_no_item(members: dict[str, Any], team: Team) -> None:
    assert refusal(team, lambda: team.sees(_named(team, "BE"), team.lead, **members)) == (
        "what was seen of ledgers is about no item"
    )


def test_a_ledger_does_not_vouch_for_itself(team: Team) -> None:
    ben = _named(team, "BE")
    assert refusal(team, lambda: team.sees(ben, team.lead, ben)) == "a ledger does not vouch for itself"


def _heads(count: int) -> list[SeenHead]:
    return [SeenHead(ledger=f"{index:064x}", size=1, root=ZERO) for index in range(count)]


def test_many_ledgers_are_seen_at_once() -> None:
    assert len(ledger_seen(*_heads(MAX_SEEN)).ledgers) == MAX_SEEN


@pytest.mark.parametrize("heads", [_heads(2)[::-1], _heads(1) * 2], ids=["out of order", "one twice"])
def test_ledgers_are_named_in_order_and_once(heads: list[SeenHead]) -> None:
    with pytest.raises(FormatError, match="ledgers out of order, or one twice"):
        LedgerSeen(ledgers=tuple(heads))


# --- restored ------------------------------------------


@pytest.mark.parametrize("size", [0, 2])
def test_a_ledger_goes_on_from_a_backup(size: int, team: Team) -> None:
    before = dict(team.state.items)
    team.restores(_named(team, "BE"), backup_size=size, seen=9)
    assert team.state.items == before


@pytest.mark.parametrize("members", [{"item": "BE-1"}, {"prev": OTHER}], ids=lambda members: next(iter(members)))
def test_a_restoration_is_about_no_item(members: dict[str, Any], team: Team) -> None:
    assert refusal(team, lambda: team.restores(_named(team, "BE"), backup_size=1, seen=1, **members)) == (
        "a restoration is about no item"
    )


def test_a_backup_holds_nothing_that_came_after_it(team: Team) -> None:
    assert refusal(team, lambda: team.restores(_named(team, "BE"), backup_size=3, seen=3)) == (
        "a backup cannot hold records that come after it"
    )


# --- people whom the lead did not take in ------------------------------------------


def test_somebody_who_waits_for_the_lead_holds_what_they_collect() -> None:
    team = Team()
    mallory = team.joins("Mallory")
    item = team.collects(mallory)
    assert (team.state.items[item].holder, team.state.members[ANA.key_id].person) == (mallory.key_id, ANA.key_id)


@pytest.mark.parametrize("kind", ["noted", "gap-explained"])
def test_somebody_who_waits_for_the_lead_remarks_on_nobody_elses_item(kind: str, team: Team) -> None:
    mallory = team.joins("Mallory")
    own = team.collects(mallory)
    team.acts(mallory, own, REMARKS[kind](OTHER))
    assert refusal(team, lambda: team.acts(mallory, "BE-1", REMARKS[kind](OTHER))) == (
        "the signer is not enrolled in this case, and the item is somebody else's"
    )
