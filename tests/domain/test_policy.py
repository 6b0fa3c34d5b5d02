"""What the case lead demands: who says it, whom it binds, and what it asks of records and enrolments."""

from typing import Any

import pytest

from custody.domain.policy import DIGESTS, FIELDS, ROLE, Policy, demands
from custody.errors import FormatError
from tests.builders import TIME, collected, handling, sealed
from tests.builders import parts as folder_parts
from tests.histories import Team, policy_set, refusal, replaced

MD5 = {"md5": "ab" * 16, "sha1": None, "sha512": None}


def _demanding(*names: str) -> Team:
    team = Team()
    team.say(team.lead, policy_set(*names))
    return team


TOLD: dict[str, dict[str, Any]] = {
    "basis": {"handling": handling(basis=sealed("basis"))},
    "captured_at": {"captured_at": TIME},
    "description": {"description": sealed("d")},
    "found_at": {"found_at": sealed("f")},
    "persona": {"persona": sealed("p")},
    "place": {"place": sealed("p")},
    "review": {"handling": handling(review="2027-01-01")},
}


def test_every_field_that_can_be_demanded_is_tried_here() -> None:
    assert set(TOLD) == set(FIELDS)


@pytest.mark.parametrize("name", FIELDS)
def test_an_item_without_a_demanded_field_is_refused(name: str) -> None:
    team = _demanding(name)
    assert refusal(team, lambda: team.say(team.lead, collected(), item="AR-1")) == (
        f"AR-1: the policy of the case demands {name}"
    )
    team.say(team.lead, collected(**TOLD[name]), item="AR-1")


def test_everything_that_is_missing_is_named() -> None:
    team = _demanding("place", "basis", "sha1")
    words = refusal(team, lambda: team.say(team.lead, collected(), item="AR-1"))
    assert words.endswith("demands basis, place, sha1")


@pytest.mark.parametrize("name", DIGESTS)
def test_a_file_without_a_demanded_digest_is_refused(name: str) -> None:
    from custody.domain.events.collection import ExtraDigests

    team = _demanding(name)
    sizes = {"md5": 16, "sha1": 20, "sha512": 64}
    digests: dict[str, str | None] = {one: "ab" * size if one != name else None for one, size in sizes.items()}
    other = collected(extra_digests=ExtraDigests(**digests))
    assert refusal(team, lambda: team.say(team.lead, other, item="AR-1")).endswith(f"demands {name}")
    digests[name] = "ab" * sizes[name]
    team.say(team.lead, collected(extra_digests=ExtraDigests(**digests)), item="AR-1")


@pytest.mark.parametrize(
    "members",
    [
        {"form": "text", "digest": sealed("d"), "size": sealed("s")},
        {"form": "file", "digest": sealed("d"), "size": sealed("s")},
        {"form": "folder", "parts": folder_parts()},
    ],
    ids=["text", "sealed", "folder"],
)
def test_what_can_have_no_other_digests_needs_none(members: dict[str, Any]) -> None:
    team = _demanding("md5", "sha512")
    team.say(team.lead, collected(**members), item="AR-1")


def test_a_case_may_demand_from_its_beginning() -> None:
    team = Team(policy=demands(["place"]))
    assert refusal(team, lambda: team.collects(team.lead)).endswith("demands place")


def test_a_policy_binds_only_who_knew_of_it() -> None:
    team = Team()
    ben = team.member("Ben")
    before = team.state.people
    team.say(team.lead, policy_set("place"))
    assert refusal(team, lambda: team.collects(ben)).endswith("demands place")
    team.collects(ben, people=before)


def test_the_newest_policy_is_the_one_that_counts() -> None:
    team = _demanding("place")
    team.say(team.lead, policy_set("basis"))
    assert refusal(team, lambda: team.collects(team.lead)).endswith("demands basis")
    team.say(team.lead, policy_set())
    team.collects(team.lead)


def test_where_roles_are_demanded_nobody_is_taken_in_without_one() -> None:
    team = _demanding(ROLE)
    ben = team.joins("Ben")
    assert refusal(team, lambda: team.enrols(ben)) == "BE: the policy of the case demands role"
    team.enrols(ben, role="investigator")
    assert team.state.members[ben.key_id].role == "investigator"


def test_where_roles_are_demanded_no_key_is_replaced_without_one() -> None:
    team = Team()
    ben = team.member("Ben")
    team.say(team.lead, policy_set(ROLE))
    again = team.newcomer("Ben's second key", "B2")
    without = replaced(ben.key_id, again)
    assert refusal(team, lambda: team.say(team.lead, without)) == "B2: the policy of the case demands role"
    team.say(team.lead, replaced(ben.key_id, again, role="investigator"))
    assert team.state.members[again.key_id].role == "investigator"


@pytest.mark.parametrize(
    "members",
    [
        {"fields": ("place", "basis")},
        {"fields": ("place", "place")},
        {"digests": ("sha512", "md5")},
        {"digests": ("md5", "md5")},
        {},
    ],
)
def test_a_policy_has_one_spelling(members: dict[str, Any]) -> None:
    with pytest.raises(FormatError):
        Policy(**{"fields": (), "digests": (), "roles": False, "timestamps": False, **members})


def test_what_is_demanded_is_told_by_its_names() -> None:
    policy = demands(["role", "sha1", "place", "md5", "basis", "place"])
    assert policy is not None
    assert policy.names == ("basis", "place", "md5", "sha1", "role")
    assert demands([]) is None
    with pytest.raises(FormatError, match="colour, size"):
        demands(["size", "place", "colour"])
