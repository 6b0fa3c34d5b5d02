"""A signed record that travels by itself: what an honest one shows, and what a hostile expert can do to it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from custody import bootstrap
from custody.domain.events.exchange import SeenHead
from custody.domain.heads import ClaimedHead
from custody.domain.trust import TrustedAuthority
from custody.formats.record import Record, RecordOpening, format_record, parse_record
from custody.formats.seal import Opening
from custody.ports import RememberedHead
from custody.services.auditing.carried.audit import RecordAudit
from tests.builders import TIME, findings, verdicts
from tests.histories import Keeper, Team, ledger_seen
from tests.services import extracts
from tests.services.extracts import changed_ledger, extracted, given_file, judged, ledger_of, with_entry, without
from tests.tokens import Authority

TSA = Authority()
TRUSTED = replace(extracts.OWN, authorities=(TrustedAuthority("TSA", (TSA.root,), False),))
ZEROS = (bytes(32),)


def codes(audit: RecordAudit) -> set[str]:
    """The findings but for those that every small record has."""
    always = {"no-outside-time", "nothing-to-compare", "records-withheld", "item-not-given"}
    return {one.code for one in findings(audit.judgement)} - always


def said(audit: RecordAudit, code: str) -> list[str]:
    return [f"{one.about}: {one.message}" for one in findings(audit.judgement) if one.code == code]


@pytest.fixture(scope="module")
def team() -> Team:
    """Ana leads, Ben is a member: AR-1 went to him, AR-2 stayed with her, AR-3 was made of AR-1, BE-1 is his own."""
    made = Team()
    ben = made.member("Ben")
    first = made.collects(made.lead)
    made.collects(made.lead, hidden=True)
    made.notes(made.lead)
    made.sees(ben, made.lead)
    made.releases(made.lead, first, ben)
    made.receives(ben, first)
    made.stamps(ben, TSA.reply)
    made.derives(ben, first)
    made.sees(made.lead, ben)
    made.stamps(made.lead, TSA.reply)
    return made


@pytest.fixture(scope="module")
def whole(team: Team, tmp_path_factory: pytest.TempPathFactory) -> Record:
    """The record of all items."""
    return parse_record(extracted(team, tmp_path_factory.mktemp("whole") / "case"))


@pytest.fixture(scope="module")
def one(team: Team, tmp_path_factory: pytest.TempPathFactory) -> Record:
    """The record of AR-1 alone."""
    return parse_record(extracted(team, tmp_path_factory.mktemp("one") / "case", "AR-1"))


@pytest.fixture
def ana(team: Team) -> Keeper:
    return team.keepers[0]


@pytest.fixture
def ben(team: Team) -> Keeper:
    return team.keepers[1]


# --- honest ------------------------------------------


def test_an_honest_record_of_all_items_has_nothing_wrong(whole: Record, tmp_path: Path) -> None:
    assert codes(judged(whole, tmp_path)) == {"authority-unknown"}


def test_an_honest_record_of_one_item_has_nothing_wrong(one: Record, tmp_path: Path) -> None:
    assert codes(judged(one, tmp_path)) == {"authority-unknown"}


def test_it_is_the_same_when_it_is_written_again(whole: Record) -> None:
    assert parse_record(format_record(whole)) == whole


def test_an_item_is_dated_by_the_stamps_that_come_along(one: Record, tmp_path: Path) -> None:
    audit = judged(one, tmp_path, trust=TRUSTED)
    assert audit.judgement.questions.time.sentence.startswith("The one item was recorded no later than")


def test_a_stamp_of_what_a_record_was_signed_over_dates_it_from_below(whole: Record, tmp_path: Path) -> None:
    (dated,) = [text for text in said(judged(whole, tmp_path, trust=TRUSTED), "item-dated") if text.startswith("BE-1")]
    assert dated.startswith("BE-1: No earlier than ")


def test_the_files_that_were_given_are_matched(team: Team, one: Record, tmp_path: Path) -> None:
    audit = judged(one, tmp_path, given=[b"what AR-1 shows"])
    assert audit.judgement.questions.integrity.sentence == "1 of 1 item matches."


def test_items_for_which_no_file_was_given_are_open_and_counted(whole: Record, tmp_path: Path) -> None:
    answer = judged(whole, tmp_path, given=[b"what AR-1 shows"]).judgement.questions.integrity
    assert (answer.verdict, answer.sentence) == (
        "indeterminate",
        "1 of 3 items match. Of AR-2 and BE-1 no file was given to compare.",
    )


def test_a_sealed_digest_that_is_opened_is_compared(whole: Record, tmp_path: Path) -> None:
    audit = judged(whole, tmp_path, given=[b"what AR-2 shows"])
    assert audit.seen.files["AR-2"] == "matches"


def test_a_file_that_is_of_no_item_is_told_by_its_name(one: Record, tmp_path: Path) -> None:
    audit = judged(one, tmp_path, given=[given_file(b"other", "photos/IMG_0042.jpg")])
    (told,) = said(audit, "file-unknown")
    assert told.startswith("photos/IMG_0042.jpg: No item of this record has these bytes")
    assert told.endswith("It has the name of AR-1, and other bytes.")


def test_what_is_withheld_is_counted(one: Record, tmp_path: Path) -> None:
    assert {text.partition(" are here")[0] for text in said(judged(one, tmp_path), "records-withheld")} == {
        "AR: 6 of 8 records of this ledger",
        "BE: 4 of 5 records of this ledger",
    }


def test_a_parent_that_is_withheld_leaves_the_item_standing_and_custody_open(team: Team, tmp_path: Path) -> None:
    record = parse_record(extracted(team, tmp_path / "case", "BE-1"))
    audit = judged(record, tmp_path / "home", given=[b"what BE-1 shows"])
    assert audit.judgement.questions.integrity.verdict == "passed"
    assert [text.partition(",")[0] for text in said(audit, "reference-missing")] == [
        "BE-1 (record 4 of BE): The record of AR-1"
    ]


def test_a_head_that_the_reader_brought_is_compared(team: Team, whole: Record, tmp_path: Path) -> None:
    heads = [extracts.head_of(one) for one in team.keepers]
    claims = [ClaimedHead("my card", origin=one.origin, size=one.size, root=one.root) for one in heads]
    assert judged(whole, tmp_path, claims=claims).judgement.questions.completeness.verdict == "passed"


# --- hostile ------------------------------------------

Attack = Callable[[Team, Record], Record]


def the_note(team: Team, record: Record, note: bytes | None) -> Record:
    return changed_ledger(record, team.keepers[0].ledger, checkpoint=note)


def of_another_case(team: Team, record: Record) -> Record:
    other = Team(reference="2026-099")
    other.collects(other.lead)
    envelope = other.lead.rows[1].envelope
    return with_entry(record, team.keepers[0].ledger, 2, envelope=envelope)


def ledger_of_another_case(team: Team, record: Record) -> Record:
    other = Team(reference="2026-099", deputies=())
    keeper = other.keepers[0]
    entry = ledger_of(record, team.keepers[0].ledger).entries[0]
    foreign = msgspec.structs.replace(
        ledger_of(record, team.keepers[0].ledger),
        ledger=keeper.ledger,
        size=1,
        root=bytes.fromhex(keeper.head.root),
        checkpoint=extracts.note_of(keeper),
        entries=(msgspec.structs.replace(entry, envelope=keeper.rows[0].envelope, proof=()),),
        consistency=(),
    )
    ledgers = sorted((*record.ledgers, foreign), key=lambda one: one.ledger)
    return msgspec.structs.replace(record, ledgers=tuple(ledgers))


def proof_for_another(team: Team, record: Record) -> Record:
    ledger = team.keepers[0].ledger
    return with_entry(record, ledger, 2, proof=ledger_of(record, ledger).entries[3].proof)


def moved(team: Team, record: Record) -> Record:
    """An entry at the place of another, with the proof of that place."""
    ledger = team.keepers[0].ledger
    return with_entry(record, ledger, 3, envelope=ledger_of(record, ledger).entries[2].envelope)


def garbled(team: Team, record: Record) -> Record:
    return with_entry(record, team.keepers[0].ledger, 2, envelope=b"{}")


def resigned(team: Team, record: Record) -> Record:
    """Signed by another key over the same statement: the tree is not that of the proof any more, either."""
    ledger = team.keepers[0].ledger
    envelope = ledger_of(record, ledger).entries[2].envelope
    at = envelope.rindex(b'"sig":"') + 7
    other = b"B" if envelope[at : at + 1] == b"A" else b"A"
    return with_entry(record, ledger, 2, envelope=envelope[:at] + other + envelope[at + 1 :])


def without_the_release(team: Team, record: Record) -> Record:
    return without(record, team.keepers[0].ledger, 5)


def without_the_register(team: Team, record: Record) -> Record:
    return without(record, team.keepers[0].ledger, 1)


def without_the_opening(team: Team, record: Record) -> Record:
    return without(record, team.keepers[0].ledger, 0)


def without_bens_opening(team: Team, record: Record) -> Record:
    return without(record, team.keepers[1].ledger, 0)


def without_bens_ledger(team: Team, record: Record) -> Record:
    ledgers = [one for one in record.ledgers if one.ledger != team.keepers[1].ledger]
    return msgspec.structs.replace(record, ledgers=tuple(ledgers))


def without_proofs_of_heads(team: Team, record: Record) -> Record:
    return changed_ledger(record, team.keepers[0].ledger, consistency=())


def another_root(team: Team, record: Record) -> Record:
    ledger = team.keepers[0].ledger
    first, *rest = ledger_of(record, ledger).consistency
    return changed_ledger(record, ledger, consistency=(msgspec.structs.replace(first, root=bytes(32)), *rest))


def another_head(team: Team, record: Record) -> Record:
    return changed_ledger(record, team.keepers[0].ledger, root=bytes(32))


def shorter(team: Team, record: Record) -> Record:
    """The ledger is said to be shorter than the note says."""
    ledger = team.keepers[0].ledger
    return changed_ledger(record, ledger, size=ledger_of(record, ledger).size + 1)


def note_of_another_ledger(team: Team, record: Record) -> Record:
    return the_note(team, record, extracts.note_of(team.keepers[1]))


def note_by_another(team: Team, record: Record) -> Record:
    return the_note(team, record, extracts.note_of(team.keepers[0], signer=team.keepers[1].signer))


def note_that_is_none(team: Team, record: Record) -> Record:
    return the_note(team, record, b"a note\n")


def another_name(team: Team, record: Record) -> Record:
    """Another name for an item than was sealed."""
    names = [one for one in record.openings if one.opening.pointer == "/name"]
    values = {id(names[0]): b'{"text":"IMG_0043.jpg"}', id(names[1]): names[0].opening.encoded}
    openings = [
        RecordOpening(
            one.statement,
            Opening(one.opening.pointer, one.opening.salt, values.get(id(one), one.opening.encoded)),
        )
        for one in record.openings
    ]
    return msgspec.structs.replace(record, openings=tuple(openings))


def stray_opening(team: Team, record: Record) -> Record:
    stray = RecordOpening("f" * 64, Opening("/name", bytes(16), b'"x"'))
    return msgspec.structs.replace(record, openings=(*record.openings, stray))


def without_tokens(team: Team, record: Record) -> Record:
    return msgspec.structs.replace(record, objects=())


def of_another_case_id(team: Team, record: Record) -> Record:
    return msgspec.structs.replace(record, case="ab" * 32)


ATTACKS: dict[Attack, set[str]] = {
    of_another_case: {"record-misplaced"},
    ledger_of_another_case: {"record-foreign"},
    proof_for_another: {"proof-wrong"},
    moved: {"record-misplaced", "record-twice"},
    garbled: {"record-unreadable", "signature-wrong"},
    resigned: {"proof-wrong", "signature-wrong"},
    without_the_release: {"rule-broken"},
    without_the_register: {"rule-broken"},
    without_the_opening: {"case-unsigned", "signer-unknown", "record-missing"},
    without_bens_opening: {"signer-unknown", "record-missing"},
    without_bens_ledger: {"ledger-missing", "ledger-behind"},
    without_proofs_of_heads: {"proof-missing"},
    another_root: {"proof-wrong"},
    another_head: {"proof-wrong", "checkpoint-wrong"},
    shorter: {"proof-wrong", "checkpoint-wrong"},
    note_of_another_ledger: {"checkpoint-wrong"},
    note_by_another: {"checkpoint-wrong"},
    note_that_is_none: {"checkpoint-wrong"},
    another_name: {"opening-wrong"},
    stray_opening: {"opening-stray"},
    without_tokens: {"timestamp-missing"},
    of_another_case_id: {"record-foreign"},
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: one.__name__)
def test_what_was_done_to_a_record_is_found(attack: Attack, team: Team, whole: Record, tmp_path: Path) -> None:
    hurt = attack(team, whole)
    assert parse_record(format_record(hurt)) == hurt
    assert ATTACKS[attack] <= codes(judged(hurt, tmp_path))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: one.__name__)
def test_taking_away_never_improves_an_answer(attack: Attack, team: Team, whole: Record, tmp_path: Path) -> None:
    rank = {"NO": 0, "OPEN": 1, "YES": 2}
    files = [text.encode() for text in ("what AR-1 shows", "what AR-2 shows", "what BE-1 shows")]
    before = verdicts(judged(whole, tmp_path / "a", trust=TRUSTED, given=files).judgement)
    after = verdicts(judged(attack(team, whole), tmp_path / "b", trust=TRUSTED, given=files).judgement)
    assert all(rank[after[name]] <= rank[word] for name, word in before.items())


def test_without_a_word_for_the_heads_they_are_open(whole: Record, team: Team, tmp_path: Path) -> None:
    audit = judged(the_note(team, whole, None), tmp_path, vouched=None)
    assert [text.partition(":")[0] for text in said(audit, "head-unsigned")] == ["AR"]


def test_a_head_that_an_owner_signed_is_remembered(whole: Record, ana: Keeper, tmp_path: Path) -> None:
    judged(whole, tmp_path)
    head = bootstrap.world(tmp_path).heads.get(ana.ledger)
    assert head is not None
    assert (head.size, head.root.hex()) == (ana.size, ana.head.root)


def test_a_ledger_that_had_another_root_is_told_by_what_is_remembered(
    whole: Record, team: Team, ana: Keeper, tmp_path: Path
) -> None:
    heads = bootstrap.world(tmp_path).heads
    heads.remember(RememberedHead(ana.ledger, team.case, 2, bytes(32), TIME), lambda one: True)
    assert "record-rewritten" in codes(judged(whole, tmp_path))


def test_what_is_remembered_of_a_later_day_is_no_fault(whole: Record, team: Team, ana: Keeper, tmp_path: Path) -> None:
    heads = bootstrap.world(tmp_path).heads
    later = RememberedHead(ana.ledger, team.case, 99, bytes(32), TIME)
    heads.remember(later, lambda one: True)
    assert (codes(judged(whole, tmp_path)), heads.get(ana.ledger)) == ({"authority-unknown"}, later)


def test_a_claim_of_another_root_is_a_failure(whole: Record, ana: Keeper, tmp_path: Path) -> None:
    head = extracts.head_of(ana)
    claim = ClaimedHead("my card", origin=head.origin, size=head.size, root=bytes(32))
    assert "record-rewritten" in codes(judged(whole, tmp_path, claims=[claim]))


def test_a_claim_that_no_proof_settles_is_open(whole: Record, ana: Keeper, tmp_path: Path) -> None:
    claim = ClaimedHead("my card", origin=f"custody/{ana.ledger}", size=99, root=bytes(32))
    assert "copy-not-compared" in codes(judged(whole, tmp_path, claims=[claim]))


def test_eight_words_are_tried_on_every_root_that_is_shown(whole: Record, ana: Keeper, tmp_path: Path) -> None:
    early = ledger_of(whole, ana.ledger).consistency[0]
    claim = ClaimedHead("the eight words", root_start=early.root[:11])
    assert said(judged(whole, tmp_path, claims=[claim]), "record-compared") == [
        f"AR: Its first {early.size} record{' is that' if early.size == 1 else 's are those'} of the eight words."
    ]


def test_a_stamp_that_no_proof_connects_dates_nothing(whole: Record, team: Team, tmp_path: Path) -> None:
    hurt = whole
    for keeper in team.keepers:
        hurt = changed_ledger(hurt, keeper.ledger, consistency=())
    audit = judged(hurt, tmp_path, trust=TRUSTED)
    assert audit.judgement.questions.time.sentence == "No outside evidence of when."


def test_a_head_that_no_proof_connects_gives_no_lower_bound(whole: Record, ben: Keeper, tmp_path: Path) -> None:
    ledger = ledger_of(whole, ben.ledger)
    stamped = [one for one in ledger.consistency if one.size == 3]  # what was stamped, and no head after it
    audit = judged(changed_ledger(whole, ben.ledger, consistency=tuple(stamped)), tmp_path, trust=TRUSTED)
    assert audit.seen.dated is not None
    assert audit.seen.dated["BE-1"].interval.not_before is None


def test_two_versions_of_a_ledger_are_found_by_what_a_colleague_saw(tmp_path: Path) -> None:
    team = Team()
    ben = team.member("Ben")
    team.collects(team.lead)
    team.say(ben, ledger_seen(SeenHead(ledger=team.lead.ledger, size=2, root="cd" * 32)))
    record = parse_record(extracted(team, tmp_path / "case"))
    assert "ledger-forked" in codes(judged(record, tmp_path / "home"))


def test_the_paper_of_a_receipt_may_be_withheld(tmp_path: Path) -> None:
    team = Team()
    item, paper = team.collects(team.lead), team.collects(team.lead)
    team.releases_on_paper(team.lead, item)
    team.links_receipt(team.lead, item, paper)
    record = parse_record(extracted(team, tmp_path / "case", item))
    audit = judged(record, tmp_path / "home")
    assert codes(audit) == {"reference-missing", "handed-over-on-paper"}


def test_a_value_that_was_erased_and_is_still_opened_is_a_failure(tmp_path: Path) -> None:
    team = Team()
    item = team.collects(team.lead)
    team.erases(team.lead, item, forget=False)
    record = parse_record(extracted(team, tmp_path / "case"))
    assert "opening-not-erased" in codes(judged(record, tmp_path / "home"))


def test_a_record_of_no_items_has_nothing_wrong(tmp_path: Path) -> None:
    record = parse_record(extracted(Team(), tmp_path / "case"))
    assert codes(judged(record, tmp_path / "home")) == set()


def test_whoever_was_not_taken_in_does_not_vouch_for_heads(whole: Record, team: Team, tmp_path: Path) -> None:
    audit = judged(the_note(team, whole, None), tmp_path, vouched="ab" * 32)
    assert "head-unsigned" in codes(audit)


def test_a_record_that_goes_back_in_its_batch_is_found(tmp_path: Path) -> None:
    team = Team()
    item = team.collects(team.lead)
    earlier = team.lead.head
    team.notes(team.lead, item)
    team.notes(team.lead, item)
    team.notes(team.lead, item, head=earlier)  # a head that the ledger had, but not the one of its batch
    record = parse_record(extracted(team, tmp_path / "case"))
    assert said(judged(record, tmp_path / "home"), "record-disowned") == [
        "AR-1 (record 4): The history before it is not the one that it was signed after."
    ]


def test_a_file_of_another_size_than_was_recorded_is_a_failure(tmp_path: Path) -> None:
    team = Team()
    team.collects(team.lead, size=7)
    record = parse_record(extracted(team, tmp_path / "case"))
    audit = judged(record, tmp_path / "home", given=[b"what AR-1 shows"])
    assert said(audit, "item-changed") == ["AR-1: The record says 7 bytes; a file has 15."]
