"""What documents say of a case is built from its records alone: the same from a few of them as from all of them."""

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from custody.domain.entry import Entry
from custody.domain.history import fold_register
from custody.domain.parts import PartDigests, PartFacts, format_facts
from custody.domain.report import building
from custody.domain.report.building import UNDER_SEAL, Known
from custody.domain.report.model import Event, FactGroup, HandOver, Part, ReportItem
from custody.domain.state import State
from custody.domain.statement import filed_under
from custody.errors import FormatError
from custody.formats import canonical
from custody.formats.canonical import Json
from custody.formats.partslist import Part as Listed
from custody.formats.partslist import format_line
from tests.builders import TIME, handling, parts, sealed
from tests.histories import Keeper, Team

CAPTURED = "2026-11-24T02:02:01.000000Z"


class Told:
    """A team, and what a document that opens these pointers can know of it."""

    def __init__(self, team: Team, *opened: str) -> None:
        self.team = team
        entries = [entry for keeper in team.keepers for entry in keeper.entries]
        values: dict[str, dict[str, Json]] = {}
        for keeper in team.keepers:
            for row in keeper.openings:
                if row.pointer in opened or (row.pointer.endswith(("/name", "/organisation")) and len(row.pointer) > 6):
                    entry = keeper.entries[row.position]
                    values.setdefault(entry.id, {})[row.pointer] = canonical.parse(row.value)
        state = State()
        fold_register(state, [(one.id, one.statement) for one in entries if filed_under(one.statement) == "people"])
        self.entries = entries
        self.known = Known.of(state, entries, values)

    def history(self, number: str) -> list[Entry]:
        """The records about an item, as they were made."""
        return [one for one in self.entries_in_order() if one.statement.item == number]

    def entries_in_order(self) -> list[Entry]:
        """Every record, in the order in which they were said: what one says of an item follows what it names."""
        waiting = list(self.entries)
        found: dict[str, Entry] = {}
        while waiting:
            one = next(one for one in waiting if one.statement.prev in (None, *found))
            waiting.remove(one)
            found[one.id] = one
        return list(found.values())

    def item(self, number: str, **members: Any) -> ReportItem:
        """The item as a document has it."""
        return building.item_of(self.history(number), self.known, **members)

    def events(self, number: str) -> tuple[Event, ...]:
        """Its history as a document has it."""
        return self.item(number).events

    def hand_overs(self, *numbers: str) -> tuple[HandOver, ...]:
        """The hand-overs as a document has them."""
        return building.hand_overs_of({number: self.history(number) for number in numbers}, self.known)


@pytest.fixture
def team() -> Team:
    """Ana leads, Ben is a member."""
    team = Team()
    team.member("Ben")
    return team


def ben(team: Team) -> Keeper:
    """Ben, and his ledger."""
    return team.keepers[1]


def fact(item: ReportItem, title: str, label: str) -> str | None:
    """What stands beside this label under this heading."""
    group = next((one for one in item.facts if one.title == title), FactGroup(title=title, facts=()))
    return next((one.text for one in group.facts if one.label == label), None)


# --- an item ------------------------------------------


def test_an_item_says_what_stands_in_clear(team: Team) -> None:
    number = team.collects(team.lead, captured_at=CAPTURED, description="A red door")
    item = Told(team).item(number)
    body = team.state.items[number].body
    told = (item.number, item.what, item.digest, item.size, item.captured_at, item.description, item.delay)
    assert told == ("AR-1", "a file", body.digest, body.size, CAPTURED, "A red door", 3600)


def test_what_stays_under_seal_is_none_and_listed(team: Team) -> None:
    number = team.collects(team.lead, hidden=True, description=sealed(), found_at=sealed(), captured_at=sealed())
    item = Told(team).item(number)
    assert (item.name, item.description, item.digest, item.size, item.captured_at, item.delay) == (None,) * 6
    assert fact(item, "Source", UNDER_SEAL) == "Found at, Path"
    assert fact(item, "Method", UNDER_SEAL) == "Machine"


@pytest.mark.parametrize("sealed_text", ["(sealed; what opens it is not here)", "", "None"])
def test_nobody_passes_a_typed_text_off_as_a_seal(team: Team, sealed_text: str) -> None:
    number = team.collects(team.lead, found_at=sealed(), path=None, values={"/found_at": sealed_text})
    item = Told(team, "/found_at").item(number)
    assert fact(item, "Source", UNDER_SEAL) is None
    assert fact(item, "Source", "Found at") == (sealed_text or None)


def test_what_is_opened_on_purpose_is_said(team: Team) -> None:
    number = team.collects(team.lead, hidden=True, place=sealed())
    item = Told(team, "/name", "/digest", "/size", "/place").item(number)
    assert (item.name, fact(item, "Source", "Place")) == ("IMG_0042.jpg", "what place says")
    assert item.digest == hashlib.sha256(b"what AR-1 shows").hexdigest()


def test_an_item_whose_capture_is_told_after_its_hashing_has_a_delay_below_zero(team: Team) -> None:
    number = team.collects(team.lead, captured_at="2026-11-24T03:03:01.123456Z")
    assert Told(team).item(number).delay == -60


def test_facts_stand_under_their_headings_in_this_order(team: Team) -> None:
    number = team.collects(team.lead, found_at="https://example.org", handling=handling(basis="consent"))
    item = Told(team).item(number)
    assert [group.title for group in item.facts] == ["Source", "Method", "Clock", "Handling", "Record"]


def test_a_name_that_is_no_text_is_written_out_so_that_the_model_can_be_written(team: Team) -> None:
    number = team.collects(team.lead, values={"/name": {"bytes": "Zv9vAQ=="}})
    item = Told(team, "/name").item(number)
    assert item.name == "f\\xffo\x01"
    assert canonical.parse(msgspec.json.encode(item, order="sorted"))


@pytest.mark.parametrize(
    ("name", "command"),
    [
        (None, "AR-1"),
        ("IMG_0042.jpg", "AR-1-IMG_0042.jpg"),
        ("a b'c;rm -rf $(x).jpg", "AR-1-a_b_c_rm_-rf_x_.jpg"),
        ("-rf", "AR-1--rf"),
        ("../../etc/passwd", "AR-1-.._.._etc_passwd"),
        ("\u202egpj.exe\n", "AR-1-gpj.exe"),
        ("x" * 300 + ".jpg", f"AR-1-{'x' * 76}.jpg"),
        ("фото", "AR-1"),
    ],
)
def test_commands_call_a_file_by_what_any_shell_takes_as_it_stands(name: str | None, command: str) -> None:
    assert building.command_name("AR-1", name) == command


def test_an_item_is_as_sensitive_as_it_was_corrected_to_be(team: Team) -> None:
    number = team.collects(team.lead)
    team.corrects(team.lead, number, field="sensitivity", values={"/value": "sensitive"})
    team.corrects(team.lead, number, field="tool", values={"/value": "normal"})
    assert Told(team, "/value").item(number).sensitivity == "sensitive"
    assert fact(Told(team).item(number), "Record", "Corrected since") == "sensitivity, tool"


def test_a_history_that_begins_with_something_else_is_no_item(team: Team) -> None:
    number = team.collects(team.lead)
    team.notes(team.lead, number)
    told = Told(team)
    with pytest.raises(TypeError, match="noted/v1 collects nothing"):
        building.item_of(told.history(number)[1:], told.known)


# --- who holds it ------------------------------------------


def held(team: Team, number: str) -> str:
    return Told(team).item(number).holder


def test_the_collector_holds_it_first(team: Team) -> None:
    assert held(team, team.collects(team.lead)) == "Ana Ruiz (AR)"


def test_an_offer_moves_nothing(team: Team) -> None:
    number = team.collects(team.lead)
    team.releases(team.lead, number, ben(team))
    team.notes(team.lead, number)
    assert held(team, number) == "Ana Ruiz (AR); offered to Ben (BE), who has not answered"


def test_who_received_it_holds_it(team: Team) -> None:
    number = team.collects(team.lead)
    team.releases(team.lead, number, ben(team))
    team.receives(ben(team), number)
    assert held(team, number) == "Ben (BE)"


def test_what_was_declined_stays(team: Team) -> None:
    number = team.collects(team.lead)
    team.releases(team.lead, number, ben(team))
    team.declines(ben(team), number)
    assert held(team, number) == "Ana Ruiz (AR)"


@pytest.mark.parametrize(
    ("keeps_copy", "words"), [(True, "Ana Ruiz (AR)"), (False, "nobody in the case: handed over on paper")]
)
def test_what_went_on_paper_is_held_by_who_kept_a_copy(team: Team, keeps_copy: bool, words: str) -> None:
    number = team.collects(team.lead)
    team.releases_on_paper(team.lead, number, keeps_copy=keeps_copy)
    assert held(team, number) == words


def test_what_was_withdrawn_or_disposed_of_says_so(team: Team) -> None:
    number = team.collects(team.lead)
    team.withdraws(team.lead, number)
    assert held(team, number) == "Ana Ruiz (AR); withdrawn by its collector"
    team.disposes(team.lead, number)
    assert held(team, number) == "nobody: disposed of (shredded)"


def test_a_person_with_a_new_key_is_the_same_holder(team: Team) -> None:
    number = team.collects(ben(team))
    team.replaces(ben(team), team.joins("Ben again", "BB"))
    assert held(team, number) == "Ben again (BB)"


# --- its history ------------------------------------------


def test_every_record_about_an_item_is_an_event_in_order(team: Team) -> None:
    number = team.collects(team.lead)
    team.corrects(team.lead, number)
    team.examines(team.lead, number)
    team.releases(team.lead, number, ben(team))
    team.receives(ben(team), number)
    told = Told(team)
    assert [(one.kind, one.record, one.ledger) for one in told.events(number)] == [
        ("collected", 2, "AR"),
        ("corrected", 3, "AR"),
        ("examined", 4, "AR"),
        ("released", 5, "AR"),
        ("received", 1, "BE"),
    ]
    assert told.events(number)[1].corrects == told.events(number)[0].statement


def test_an_event_says_with_which_digest_and_what_stays_under_seal(team: Team) -> None:
    number = team.collects(team.lead)
    team.releases(team.lead, number, ben(team))
    event = Told(team).events(number)[1]
    assert {one.label: one.text for one in event.facts} == {
        "To": "Ben (BE)",
        "Medium": "sealed envelope, USB stick",
        "SHA-256": hashlib.sha256(b"what AR-1 shows").hexdigest(),
        UNDER_SEAL: "Purpose",
    }


def test_a_note_is_said_only_where_it_is_opened(team: Team) -> None:
    number = team.collects(team.lead)
    team.notes(team.lead, number)
    assert [one.text for one in Told(team).events(number)[1].facts] == ["Text"]
    assert [one.text for one in Told(team, "/text").events(number)[1].facts] == ["what text says"]


# --- hand-overs ------------------------------------------


def test_items_that_were_given_and_answered_alike_are_one_hand_over(team: Team) -> None:
    numbers = [team.collects(team.lead) for _ in range(3)]
    team.offers(team.lead, numbers, ben(team))
    team.receives(ben(team), numbers[0])
    team.receives(ben(team), numbers[1])
    team.declines(ben(team), numbers[2])
    found = [(one.state, [item.number for item in one.items]) for one in Told(team).hand_overs(*numbers)]
    assert found == [("declined", ["AR-3"]), ("received", ["AR-1", "AR-2"])]


def test_a_hand_over_has_both_digests_and_both_records(team: Team) -> None:
    number = team.collects(team.lead)
    release = team.releases(team.lead, number, ben(team))
    answer = team.receives(ben(team), number, condition=sealed())
    (one,) = Told(team, "/condition").hand_overs(number)
    digest = team.state.items[number].body.digest
    (item,) = one.items
    assert (item.released, item.received, item.statement, item.answer) == (digest, digest, release.id, answer.id)
    assert (one.released_by, one.to, one.condition, one.purpose) == (
        team.lead.key_id,
        ben(team).key_id,
        "what condition says",
        None,
    )


def test_an_offer_that_nobody_answered_is_waiting(team: Team) -> None:
    number = team.collects(team.lead)
    team.releases(team.lead, number, ben(team))
    (one,) = Told(team).hand_overs(number)
    assert (one.state, one.answered_at, one.items[0].received, one.items[0].answer) == ("waiting", "", None, "")


def test_a_hand_over_on_paper_names_its_receipt(team: Team) -> None:
    number = team.collects(team.lead)
    team.releases_on_paper(team.lead, number)
    receipt = team.links_receipt(team.lead, number, team.collects(team.lead))
    (one,) = Told(team, "/to").hand_overs(number)
    assert (one.state, one.to, one.to_whom, one.items[0].answer) == ("on paper", "", "what to says", receipt.id)


# --- people, attempts, schedule, stamps ------------------------------------------


def test_people_are_those_who_signed_and_the_lead(team: Team) -> None:
    team.member("Carla")
    team.collects(ben(team))
    told = Told(team)
    some = [one for one in told.entries if one.statement.signer == ben(team).key_id]
    (lead, member) = building.people_of(some, told.known)
    assert (lead.label, lead.standing, lead.signed) == ("AR", "case lead", 0)
    assert (member.label, member.name, member.organisation, member.identified, member.standing, member.signed) == (
        "BE",
        "Ben",
        "Rights Watchers",
        "identified in person",
        "member",
        2,
    )


def test_a_key_in_other_hands_is_said(team: Team) -> None:
    team.revokes(ben(team), compromised_since="2026-11-20T00:00:00.000000Z")
    told = Told(team)
    (_, member) = building.people_of(told.entries, told.known)
    assert member.standing == "taken out of the case; in other hands since 2026-11-20"


def test_a_failed_capture_keeps_its_name_under_seal(team: Team) -> None:
    team.fails(team.lead)
    told = Told(team)
    (attempt,) = building.attempts_of(told.entries, told.known)
    assert attempt.sentence == "could not collect a file (not-allowed)"
    assert (attempt.facts[-1].label, attempt.facts[-1].text) == (UNDER_SEAL, "Original name, Path")


def test_the_schedule_has_a_line_for_everything(team: Team) -> None:
    number = team.collects(team.lead, description="A red door")
    team.fails(team.lead)
    team.examines(team.lead, number)
    team.corrects(team.lead, number)
    told = Told(team)
    histories = {number: told.history(number)}
    beside = [one for one in told.entries if filed_under(one.statement) is None]
    withheld = [building.withheld_line("AR-2", TIME, "somebody's address")]
    lines = building.schedule_of([told.item(number)], histories, beside, told.known, withheld)
    assert [(one.reference, one.kind, one.here, one.why) for one in lines] == [
        ("AR-1", "item", True, ""),
        ("AR-2", "item", False, "somebody's address"),
        ("record 3 of AR", "failed capture", True, ""),
        ("AR-1, record 4 of AR", "working copy", True, ""),
        ("AR-1, record 5 of AR", "correction", True, ""),
    ]


def test_stamps_say_what_they_are_of_and_what_keeps_them_from_counting(team: Team) -> None:
    team.stamps(team.lead)
    team.has_cosigned(team.lead, at=1_764_000_000)
    team.stamps(team.lead, lambda _: b"no token")
    told = Told(team)
    found = building.stamps_of(told.entries, told.known, team.evidence)
    assert [(one.kind, one.size, one.time, one.note) for one in found] == [
        ("Bitcoin", 2, "", "it shows a time only with the Bitcoin block that it leads to"),
        ("cosignature", 3, "2025-11-24T16:00:00.000000Z", "the time is the cosigner's own word"),
        ("timestamp", 4, "", "the authority's answer cannot be read"),
    ]
    assert building.stamps_of(told.entries, told.known, {})[2].note == "the authority's answer is not here"


# --- parts of a folder ------------------------------------------


def listed(*paths: bytes) -> bytes:
    return b"".join(format_line(Listed(hashlib.sha256(path).digest(), path)) for path in paths)


def told_of(sizes: Sequence[int]) -> bytes:
    return b"".join(
        format_facts(
            PartFacts(
                index=index,
                size=size,
                media_type="image/jpeg",
                media_type_from="content",
                changed=None,
                created=None,
                modified=None,
                origin=None,
                extra_digests=PartDigests(),
            )
        )
        for index, size in enumerate(sizes, 1)
    )


def test_parts_have_their_sizes_where_their_facts_are_here() -> None:
    digests = [hashlib.sha256(path).hexdigest() for path in (b"a", b"\xff")]
    assert building.parts_of(listed(b"a", b"\xff"), told_of([1, 2])) == (
        Part(path="a", size=1, digest=digests[0]),
        Part(path="\\xff", size=2, digest=digests[1]),
    )
    assert [one.size for one in building.parts_of(listed(b"a", b"\xff"), None)] == [None, None]


def test_parts_stay_under_the_seal_of_their_folder(team: Team) -> None:
    number = team.collects(team.lead, form="folder", parts=parts(count=2))
    assert Told(team).item(number, parts=listed(b"a", b"b")).parts == ()
    assert [one.path for one in Told(team, "/name").item(number, parts=listed(b"a", b"b")).parts] == ["a", "b"]


@pytest.mark.parametrize("data", [b"x", b"\0" * 80, listed(b"b") + listed(b"a")])
def test_what_is_no_parts_list_is_an_error(data: bytes) -> None:
    with pytest.raises(FormatError):
        building.parts_of(data, None)


def test_a_folder_counts_its_parts_also_where_they_are_not_listed(team: Team) -> None:
    number = team.collects(team.lead, form="folder", parts=parts(count=3000))
    item = Told(team).item(number)
    assert (item.what, item.parts, item.parts_listed) == ("a folder of many parts", (), 3000)
