"""What the case lead demands: said at the beginning or later, asked for, refused, and known by share files."""

import pytest

from tests.cli.commandline import ended, tree
from tests.cli.smallcase import HOW, Place
from tests.cli.team import Team, holds, kinds, ok, refused, words_of


def demanded(place: Place) -> object:
    return place.custody("policy", "show", "--json").json["demands"]


def test_a_case_demands_nothing_unless_it_is_told(opened: Place) -> None:
    assert demanded(opened) == []
    assert ok(opened.custody("policy", "show")).out == "The case lead demands nothing in particular.\n"


def test_a_case_demands_from_its_beginning(opened: Place) -> None:
    told = ("--reference", "GEN-8", "--title", "The quay", "--demand", "place", "--demand", "md5", "--demand", "basis")
    done = ok(opened.custody.using(cwd=opened.folder)("init", "other", *told))
    assert "The case lead demands: basis, place, md5." in done.out
    other = opened.custody.using(cwd=opened.folder / "other")
    assert other("policy", "show", "--json").json["demands"] == ["basis", "place", "md5"]
    assert "basis, place, md5" in ok(other("status")).out


def test_what_is_not_told_is_refused_before_anything_is_written(opened: Place) -> None:
    ok(opened.custody("policy", "set", "--demand", "place", "--demand", "captured_at", "--demand", "review"))
    before = tree(opened.case)
    for what in ((opened.file("a.txt"), *HOW), ("--text", "the van")):
        done = opened.custody("collect", *what, "--place", "the quay")
        refused(done, 3, "demands captured_at, review", "--captured-at", "--review")
    assert tree(opened.case) == before
    told = ("--place", "the quay", "--captured-at", "2026-11-24T03:02Z", "--review", "2027-11-24")
    ok(opened.custody("collect", opened.file("a.txt"), *HOW, *told))
    ok(opened.custody("collect", "--text", "the van", *told))


def test_demanded_digests_are_computed_without_being_asked_for(opened: Place) -> None:
    ok(opened.custody("policy", "set", "--demand", "sha512", "--demand", "md5"))
    ok(opened.custody("collect", opened.file("a.txt"), opened.file("b.txt"), *HOW, "--extra-digest", "sha1"))
    ok(opened.custody("collect", opened.file("c.txt"), *HOW, "--seal", "digest"))
    ok(opened.custody("collect", opened.file("d/e.txt").parent, "--as-one", *HOW))
    digests = opened.custody("show", "JD-2", "--json").json["statement"]["body"]["extra_digests"]
    assert all(digests[name] for name in ("md5", "sha1", "sha512"))
    assert opened.custody("show", "JD-3", "--json").json["statement"]["body"]["extra_digests"] is None
    holds(opened)


def test_at_a_terminal_what_is_demanded_is_asked_for(opened: Place) -> None:
    ok(opened.custody("policy", "set", "--demand", "place", "--demand", "captured_at", "--demand", "review"))
    terminal = opened.custody.at_terminal("collect", opened.file("a.txt"), *HOW, "--place", "the quay", columns=300)
    for question, typed in (
        ("The case lead demands:\r\nWhen was it captured?", "yesterday"),
        ("is no time", "2026-11-24T03:02Z"),
        ("By what day is it to be reviewed (such as 2027-11-24)?", "2027-02-30"),
        ("By what day", "2027-02-28"),
    ):
        terminal.expect_exact(question)
        terminal.sendline(typed)
    assert ended(terminal)[0] == 0
    body = opened.custody("show", "JD-1", "--json").json["statement"]["body"]
    assert (body["captured_at"], body["handling"]["review"]) == ("2026-11-24T03:02:00.000000Z", "2027-02-28")


@pytest.mark.parametrize(
    "typed",
    [(), ("--demand", "colour"), ("--demand", "place", "--no-demands"), ("--demand", "")],
    ids=lambda typed: " ".join(typed) or "nothing",
)
def test_what_cannot_be_demanded_is_refused(opened: Place, typed: tuple[str, ...]) -> None:
    before = tree(opened.case)
    refused(opened.custody("policy", "set", *typed), 2, "captured_at", "role")
    assert tree(opened.case) == before


def test_nothing_is_demanded_any_more(opened: Place) -> None:
    ok(opened.custody("policy", "set", "--demand", "place"))
    ok(opened.custody("policy", "set", "--no-demands"))
    assert demanded(opened) == []
    ok(opened.custody("collect", opened.file("a.txt"), *HOW))
    assert "demanded nothing any more" in ok(opened.custody("log")).out


def test_only_the_lead_demands(team: Team) -> None:
    refused(team.mko.custody("policy", "set", "--demand", "place"), 3, "only the case lead")
    assert "policy-set/v1" not in kinds(team.mko)


def test_a_policy_binds_whoever_has_heard_of_it(team: Team) -> None:
    ok(team.lead.custody("policy", "set", "--demand", "place"))
    ok(team.mko.custody("collect", team.mko.file("a.txt"), *HOW))
    team.both_know()
    assert demanded(team.mko) == ["place"]
    refused(team.mko.custody("collect", team.mko.file("b.txt"), *HOW), 3, "demands place")
    holds(team.lead, ("item-elsewhere", "MKO-1"), ("item-elsewhere", "MKO-2"))


def test_a_demanded_role_is_told_of_whoever_is_taken_in(team: Team) -> None:
    ok(team.lead.custody("policy", "set", "--demand", "role"))
    eve, reply = team.newcomer("Eve Sands", "ES")
    adding = ("member", "add", reply, "--words", words_of(eve), "--identified", "video")
    refused(team.lead.custody(*adding), 3, "demands role", "--role")
    refused(team.lead.custody(*adding, "--role", "a\nb"), 2, "--role")
    assert "ES" not in ok(team.lead.custody("member", "list")).out
    ok(team.lead.custody(*adding, "--role", "investigator"))
    assert "investigator" in ok(team.lead.custody("member", "list")).out
    ok(eve.custody("merge", team.lead.case))
    ok(eve.custody("collect", eve.file("a.txt"), *HOW))
    assert "Eve Sands (ES, investigator)" in ok(eve.custody("show", "ES-1")).out
