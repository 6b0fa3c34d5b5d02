"""The rules of custody, one by one: what breaks one is refused and changes nothing, what keeps it is accepted."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace as replaced_in

from custody.domain.events import KINDS, Body, Collected, Restored, Unknown
from custody.domain.history import fold
from custody.domain.items import Item
from custody.domain.parties import Member, case_id, ledger_id
from custody.domain.state import State
from custody.errors import RuleError
from custody.formats.encoding import format_base64
from tests.builders import (
    ANA,
    MALLORY,
    NONCE,
    MadeCase,
    attempted,
    case_opened,
    collected,
    noted,
    parts,
    person,
    reported,
)
from tests.histories import (
    WITNESS,
    Team,
    corrected,
    cosigned,
    declined,
    disposed,
    enrolled,
    erased,
    examined,
    exported,
    gap_explained,
    ledger_opened,
    ledger_seen,
    policy_set,
    receipted,
    received,
    released,
    released_on_paper,
    replaced,
    revoked,
    taken_over,
    three_lines,
    timestamped,
    withdrawn,
)

OTHER = "ab" * 32


def _refused(made: MadeCase, body: Body, **members: Any) -> str:
    """The words of the refusal. The state must be what it was before."""
    entry = made.add(body, **members)
    before = copy.deepcopy(made.state)
    with pytest.raises(RuleError) as refusal:
        fold(made.state, entry.id, entry.statement)
    assert made.state == before
    return refusal.value.message


# --- section 9 ------------------------------------------


@pytest.mark.parametrize("body", [collected(), attempted(), noted(), reported(), Unknown(content={"type": "x/v1"})])
def test_nothing_comes_before_the_record_that_opens_the_case(body: Body) -> None:
    assert _refused(MadeCase(), body) == "no record comes before the one that opens the case"


AROUND: dict[str, tuple[dict[str, Any], str]] = {
    "another case": ({"case": OTHER}, "the record belongs to another case"),
    "another signer": ({"signer": MALLORY.key_id}, "the signer is not enrolled in this case"),
    "no register": ({"people": None}, "the record refers to a register of people that is not this case's"),
    "another ledger": (
        {"ledger": OTHER},
        "each person writes only in a ledger that they opened, and the signer did not open this one",
    ),
    "another register": ({"people": OTHER}, "the record refers to a register of people that is not this case's"),
}


@pytest.mark.parametrize("kind", AROUND)
@pytest.mark.parametrize(
    ("body", "item"),
    [(collected(), "JD-1"), (attempted(), None), (reported(), None), (Unknown(content={"type": "x/v1"}), None)],
    ids=["collected", "attempted", "reported", "unknown"],
)
def test_a_record_of_another_case_signer_or_register_is_refused(kind: str, body: Body, item: str | None) -> None:
    members, words = AROUND[kind]
    assert _refused(MadeCase().begin(), body, item=item, **members) == words


def test_replaying_goes_on_after_a_refusal() -> None:
    made = MadeCase().begin()
    _refused(made, collected(), item="JD-1", people=None)
    made.collect()
    assert list(made.state.items) == ["JD-1"]


# --- case-opened ------------------------------------------


def test_opening_a_case_makes_its_lead_the_first_member() -> None:
    made = MadeCase()
    entry = made.open()
    fold(made.state, entry.id, entry.statement)
    assert made.state == State(
        case=made.case,
        lead=ANA.key_id,
        people=entry.id,
        leads=[(0, ANA.key_id)],
        register={entry.id: 0},
        members={
            ANA.key_id: Member(
                key_id=ANA.key_id,
                key=ANA.public.key,
                checkpoint_key=ANA.public.checkpoint_key,
                label="JD",
                ledger=made.ledger,
                enrolled_by=entry.id,
                person=ANA.key_id,
            )
        },
        owners={made.ledger: ANA.key_id},
        policies=[(0, None)],
    )


OPENING: dict[str, tuple[dict[str, Any], str]] = {
    "elsewhere than first": ({"position": 1}, "a case is opened by the first record of its ledger"),
    "by another key": ({"signer": MALLORY.key_id}, "a case is opened by its lead's own key"),
    "under another case id": ({"case": OTHER}, "the case id does not follow from the lead's key and the nonce"),
    "under another ledger id": (
        {"ledger": OTHER},
        "the ledger id does not follow from the case, the lead's key and the nonce",
    ),
    "with an item": ({"item": "JD-1"}, "the record that opens a case refers to nothing before it"),
    "with a record before it": ({"prev": OTHER}, "the record that opens a case refers to nothing before it"),
    "with a register": ({"people": OTHER}, "the record that opens a case refers to nothing before it"),
}


@pytest.mark.parametrize("kind", OPENING)
def test_a_case_is_opened_only_as_its_ids_say(kind: str) -> None:
    members, words = OPENING[kind]
    assert _refused(MadeCase(), case_opened(), **{"people": None, **members}) == words


def test_a_case_is_not_opened_by_somebody_whom_another_names_as_lead() -> None:
    made = MadeCase()
    assert _refused(made, case_opened(ANA, lead=person(MALLORY)), people=None) == (
        "a case is opened by its lead's own key"
    )


def test_another_nonce_makes_another_case() -> None:
    assert _refused(MadeCase(), case_opened(nonce="77" * 32), people=None) == (
        "the case id does not follow from the lead's key and the nonce"
    )


def test_a_case_is_opened_once() -> None:
    made = MadeCase().begin()
    assert _refused(made, case_opened(), position=0) == "a case is opened once"


def test_ids_are_those_of_the_format() -> None:
    import hashlib

    case = hashlib.sha256(f"custody-case/v1\n{ANA.key_id}\n{NONCE}".encode()).hexdigest()
    ledger = hashlib.sha256(f"custody-ledger/v1\n{case}\n{ANA.key_id}\n{NONCE}".encode()).hexdigest()
    assert (case_id(ANA.key_id, NONCE), ledger_id(case, ANA.key_id, NONCE)) == (case, ledger)


# --- collected ------------------------------------------


@pytest.mark.parametrize("body", [collected(), collected(kept=False), collected(form="folder", parts=parts())])
def test_a_collected_item_is_held_by_its_collector(body: Collected) -> None:
    made = MadeCase().begin()
    entry = made.say(body, item="JD-1")
    assert (made.state.items, made.state.counters) == (
        {
            "JD-1": Item(
                number="JD-1",
                body=body,
                ledger=made.ledger,
                position=1,
                collected_by=ANA.key_id,
                holder=ANA.key_id,
                keepers=(ANA.key_id,),
                first=entry.id,
                tip=entry.id,
            )
        },
        {"JD": 1},
    )


COLLECTING: dict[str, tuple[dict[str, Any], str]] = {
    "no number": ({"item": None}, "an item without a number"),
    "a record before it": ({"item": "JD-2", "prev": OTHER}, "JD-2: collecting begins an item's history, so nothing"),
    "another's label": ({"item": "XX-2"}, "XX-2: the label XX belongs to somebody else"),
    "a longer label": ({"item": "JDX-2"}, "JDX-2: the label JDX belongs to somebody else"),
    "the same number": ({"item": "JD-1"}, "JD-1: this number, or a later one, was given before"),
}


@pytest.mark.parametrize("kind", COLLECTING)
def test_an_item_is_collected_only_under_a_new_number_of_ones_own(kind: str) -> None:
    members, words = COLLECTING[kind]
    made = MadeCase().begin()
    made.collect()
    assert _refused(made, collected(), **members).startswith(words)


def test_an_earlier_number_is_refused_after_a_later_one() -> None:
    made = MadeCase().begin()
    made.say(collected(), item="JD-5")
    assert _refused(made, collected(), item="JD-4") == "JD-4: this number, or a later one, was given before"


def test_numbers_are_compared_as_numbers() -> None:
    made = MadeCase().begin()
    made.say(collected(), item="JD-9")
    made.say(collected(), item="JD-10")
    assert made.state.counters == {"JD": 10}


# --- attempted ------------------------------------------


@pytest.mark.parametrize("members", [{"item": "JD-1"}, {"prev": OTHER}, {"item": "JD-1", "prev": OTHER}])
def test_a_failed_attempt_concerns_no_item(members: dict[str, Any]) -> None:
    made = MadeCase().begin()
    assert _refused(made, attempted(), **members) == "a failed attempt makes no item and follows none"


def test_a_failed_attempt_changes_nothing() -> None:
    made = MadeCase().begin()
    before = copy.deepcopy(made.state)
    made.say(attempted())
    assert made.state == before


# --- noted ------------------------------------------


def test_a_note_hangs_on_its_item_and_moves_nothing() -> None:
    made = MadeCase().begin()
    item = made.collect()
    before = made.state.items["JD-1"]
    made.say(noted(), item="JD-1", prev=item.id)
    from msgspec.structs import replace

    assert made.state.items == {"JD-1": replace(before, notes=1)}


NOTING: dict[str, tuple[Callable[[str, str], dict[str, Any]], str]] = {
    "no item": (lambda first, second: {"prev": first}, "a note on the case hangs on no record"),
    "an item that is not there": (lambda first, second: {"item": "JD-3", "prev": first}, "there is no item JD-3"),
    "nothing": (lambda first, second: {"item": "JD-1"}, "JD-1: a remark hangs on a record of the item"),
    "another item's record": (
        lambda first, second: {"item": "JD-1", "prev": second},
        "JD-1: a remark hangs on a record of the item",
    ),
    "a record that is not there": (
        lambda first, second: {"item": "JD-1", "prev": OTHER},
        "JD-1: a remark hangs on a record of the item",
    ),
}


@pytest.mark.parametrize("kind", NOTING)
def test_a_note_on_anything_but_its_item_is_refused(kind: str) -> None:
    members, words = NOTING[kind]
    made = MadeCase().begin()
    first, second = made.collect(), made.collect()
    assert _refused(made, noted(), **members(first.id, second.id)).startswith(words)


def test_a_note_does_not_hang_on_a_note() -> None:
    made = MadeCase().begin()
    item = made.collect()
    note = made.say(noted(), item="JD-1", prev=item.id)
    assert _refused(made, noted(), item="JD-1", prev=note.id).startswith("JD-1: a remark hangs on a record")


# --- reported ------------------------------------------


@pytest.mark.parametrize("members", [{"item": "JD-1"}, {"prev": OTHER}])
def test_a_report_is_no_act_on_an_item(members: dict[str, Any]) -> None:
    made = MadeCase().begin()
    made.collect()
    assert _refused(made, reported(), **members) == "a report is about the record, not an act on an item"


def test_a_report_states_nothing_that_comes_after_it() -> None:
    made = MadeCase().begin()
    assert _refused(made, reported(checkpoint_size=2)) == (
        "a report cannot state a checkpoint of records that come after it"
    )


@pytest.mark.parametrize("size", [0, 1])
def test_a_report_states_what_lay_before_it(size: int) -> None:
    made = MadeCase().begin()
    before = copy.deepcopy(made.state)
    entry = made.say(reported(checkpoint_size=size))
    before.reports[made.ledger] = {1: (1, entry.id)}
    assert made.state == before


def test_reports_and_their_versions_count_from_one() -> None:
    made = MadeCase().begin()
    first = made.say(reported())
    made.say(reported(number=2))
    second = made.say(reported(version=2, supersedes=first.id))
    made.say(reported(version=3, supersedes=second.id))
    made.say(reported(number=3))
    assert {number: version for number, (version, _) in made.state.reports[made.ledger].items()} == {1: 3, 2: 1, 3: 1}


@pytest.mark.parametrize("number", [2, 9999])
def test_a_report_has_the_next_number(number: int) -> None:
    made = MadeCase().begin()
    assert _refused(made, reported(number=number)) == (
        f"report {number:04d} is not the next of this ledger, which is 0001"
    )


def test_a_number_is_given_once() -> None:
    made = MadeCase().begin()
    made.say(reported())
    assert _refused(made, reported()) == "report 0001 is not the next of this ledger, which is 0002"


@pytest.mark.parametrize("members", [{"version": 3}, {"supersedes": OTHER}, {"version": 3, "supersedes": OTHER}])
def test_a_version_follows_the_newest_one(members: dict[str, Any]) -> None:
    made = MadeCase().begin()
    first = made.say(reported())
    body = reported(**{"version": 2, "supersedes": first.id, **members})
    assert _refused(made, body) == "it does not follow the newest version of report 0001"


def test_a_version_of_a_version_that_was_superseded_is_refused() -> None:
    made = MadeCase().begin()
    first = made.say(reported())
    made.say(reported(version=2, supersedes=first.id))
    body = reported(version=2, supersedes=first.id)
    assert _refused(made, body) == "it does not follow the newest version of report 0001"


def test_a_version_of_a_report_that_was_never_made_is_refused() -> None:
    made = MadeCase().begin()
    first = made.say(reported())
    assert _refused(made, reported(number=2, version=2, supersedes=first.id)) == (
        "this ledger has no report 0002 that a later version could be of"
    )


# --- timestamped, cosigned ------------------------------------------


VOUCHED = ["timestamped", "cosigned"]


def _vouched(made: MadeCase, kind: str, **members: Any) -> Body:
    return timestamped(**members) if kind == "timestamped" else cosigned(made.ledger, **members)


@pytest.mark.parametrize("kind", VOUCHED)
@pytest.mark.parametrize("around", [{"item": "JD-1"}, {"prev": OTHER}, {"item": "JD-1", "prev": OTHER}])
def test_what_others_vouch_for_is_no_item(kind: str, around: dict[str, Any]) -> None:
    made = MadeCase().begin()
    made.collect()
    assert _refused(made, _vouched(made, kind), **around) == "what others vouch for is the whole record, not an item"


@pytest.mark.parametrize("kind", VOUCHED)
@pytest.mark.parametrize("size", [0, 3, 2**53 - 1])
def test_others_vouch_for_nothing_and_for_nothing_that_comes_after(kind: str, size: int) -> None:
    made = MadeCase().begin()
    made.collect()
    assert _refused(made, _vouched(made, kind, size=size)) == (
        "others can only have vouched for records that lie before"
    )


@pytest.mark.parametrize("kind", VOUCHED)
@pytest.mark.parametrize("size", [1, 2])
def test_what_others_vouch_for_changes_nothing(kind: str, size: int) -> None:
    made = MadeCase().begin()
    made.collect()
    before = copy.deepcopy(made.state)
    made.say(_vouched(made, kind, size=size))
    assert made.state == before


WRONGLY_COSIGNED: dict[str, Callable[[MadeCase], Body]] = {
    "another ledger": lambda made: cosigned(OTHER),
    "another size": lambda made: replaced_in(cosigned(made.ledger, size=2), size=1),
    "another root": lambda made: replaced_in(cosigned(made.ledger), root=OTHER),
    "another time": lambda made: replaced_in(cosigned(made.ledger), time=1),
    "another key": lambda made: replaced_in(cosigned(made.ledger), key=format_base64(ANA.public.cosignature_key)),
    "no signature": lambda made: cosigned(made.ledger, signature=format_base64(bytes(64))),
    "a signed checkpoint": lambda made: cosigned(
        made.ledger, signature=format_base64(WITNESS.sign(three_lines(made.ledger, 1, "cd" * 32)))
    ),
}


@pytest.mark.parametrize("kind", WRONGLY_COSIGNED)
def test_a_cosignature_of_anything_else_is_refused(kind: str) -> None:
    made = MadeCase().begin()
    assert _refused(made, WRONGLY_COSIGNED[kind](made)) == (
        "the cosignature is not one of this ledger's checkpoint by that key"
    )


def test_the_name_of_a_cosigner_is_not_signed() -> None:
    made = MadeCase().begin()
    made.say(replaced_in(cosigned(made.ledger), cosigner="another.example.org"))


def test_the_key_id_of_a_cosigner_follows_from_name_and_key() -> None:
    import hashlib

    body = cosigned(OTHER)
    blob = b"witness.example.org/w1\n\x04" + WITNESS.public_key().public_bytes_raw()
    assert body.cosigner_key.key_id == hashlib.sha256(blob).digest()[:4]


# --- unknown kinds ------------------------------------------


def test_the_first_unknown_record_is_remembered() -> None:
    made = MadeCase().begin()
    first = made.say(Unknown(content={"type": "cooled/v2"}))
    made.say(Unknown(content={"type": "warmed/v1"}))
    made.collect()
    assert (made.state.not_followed, list(made.state.items)) == (first.id, ["JD-1"])


# --- every kind ------------------------------------------


BEN = Team().newcomer("Ben")
SENTENCES: list[tuple[Body, str]] = [
    (case_opened(), "opened case 2026-031"),
    (ledger_opened(BEN), "opened a ledger, with the label BE"),
    (enrolled(BEN), "took BE into the case (identified in person)"),
    (enrolled(BEN, identified="video"), "took BE into the case (identified by video call)"),
    (enrolled(BEN, identified="telephone"), "took BE into the case (identified by telephone)"),
    (enrolled(BEN, identified="not-checked"), "took BE into the case (not identified)"),
    (revoked(OTHER), "took key abababab… out of the case"),
    (replaced(OTHER, BEN), "replaced a lost key by that of BE"),
    (policy_set("place", "md5", "role"), "demanded place, md5, role"),
    (policy_set(), "demanded nothing any more"),
    (exported(OTHER), "opened the legal name for somebody outside"),
    (exported(OTHER, "/member/name"), "opened 1 sealed field for somebody outside"),
    (exported(OTHER, "/a", "/b"), "opened 2 sealed fields for somebody outside"),
    (taken_over(reason="stolen"), "took the lead over (key stolen)"),
    (collected(), "collected a file"),
    (collected(kept=False), "recorded the digest of a file"),
    (collected(form="text"), "collected a typed note"),
    (collected(form="folder", parts=parts()), "collected a folder"),
    (collected(form="folder", parts=parts(), kept=False), "recorded the digest of a folder"),
    (attempted(), "could not collect a file (not-allowed)"),
    (released(OTHER), "offered it"),
    (released(OTHER, keeps_copy=True), "offered it, keeping a copy"),
    (received(), "received it; its bytes match the record"),
    (declined(), "declined it"),
    (released_on_paper(), "handed it over on paper"),
    (released_on_paper(keeps_copy=True), "handed it over on paper, keeping a copy"),
    (receipted(OTHER, "JD-7", OTHER), "linked the signed receipt JD-7"),
    (examined(), "took a working copy"),
    (corrected(OTHER), "corrected the field tool"),
    (withdrawn(), "withdrew it"),
    (disposed(), "disposed of it (shredded)"),
    (erased(OTHER, "/place"), "erased the field /place"),
    (noted(), "wrote a note"),
    (gap_explained(), "explained a gap"),
    (reported(), "made report 0001 on 1 item (integrity report)"),
    (reported(number=12, items=2, document="receipt"), "made report 0012 on 2 items (receipt)"),
    (reported(version=2, supersedes=OTHER, items=0), "made report 0001 version 2 on 0 items (integrity report)"),
    (ledger_seen(BEN.seen), "took in 1 ledger of other people"),
    (ledger_seen(BEN.seen, Team().lead.seen), "took in 2 ledgers of other people"),
    (Restored(backup_size=3, seen=5), "went on from a backup of 3 records"),
    (timestamped(), "had Example TSA stamp the first 1 record"),
    (timestamped(size=2), "had Example TSA stamp the first 2 records"),
    (cosigned(OTHER), "had witness.example.org/w1 cosign the first 1 record"),
    (cosigned(OTHER, size=2), "had witness.example.org/w1 cosign the first 2 records"),
    (Unknown(content={"type": "x/v2"}), "did something that this version cannot read (x/v2)"),
]


@pytest.mark.parametrize(("body", "sentence"), SENTENCES)
def test_every_kind_says_what_was_done(body: Body, sentence: str) -> None:
    assert body.sentence() == sentence


def test_every_kind_has_a_sentence_here() -> None:
    assert {type(body) for body, _ in SENTENCES} == {*KINDS, Unknown}
