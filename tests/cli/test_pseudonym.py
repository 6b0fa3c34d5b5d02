"""Pseudonyms: the legal name opens for whom its owner chose, and stands in no file besides."""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.cli import team as people
from tests.cli.smallcase import HOW, Place, at
from tests.cli.team import Team, codes, ok, refused, verified
from tests.cli.test_secrecy import spellings

LEGAL = "Miriam Falkenstein"
OTHER_NAME = "M. Falke"
COURT = ("--to", "Court, file 3 KLs 12/26", "--reason", "the court asked")


def joined(team: Team, *, legal: str | None = LEGAL) -> tuple[Place, Path]:
    """Somebody who has an ordinary key as well, and joined by a pseudonym; and what they sent."""
    place = people.someone(team.folder / "falke", "Mira Other")
    given: tuple[str | Path, ...] = ()
    if legal is not None:
        secret = place.folder / "legal-name.txt"
        secret.write_text(f"{legal}\n", encoding="utf-8")
        given = ("--legal-name-file", secret)
    reply = team.sent / "reply-MF.custody"
    people.join(place, team.invitation, reply, "--label", "MF", "--pseudonym", OTHER_NAME, *map(str, given))
    (place.folder / "legal-name.txt").unlink(missing_ok=True)
    return place, reply


@pytest.fixture
def falke(team: Team) -> Place:
    """Somebody by a pseudonym, whom the lead has taken in."""
    place, reply = joined(team)
    ok(team.lead.custody("member", "add", reply, "--identified", "not-checked"))
    ok(place.custody("merge", team.lead.case))
    return place


def listed(place: Place, label: str) -> dict[str, object]:
    """A person as `member list` has them."""
    (found,) = [one for one in place.custody("member", "list", "--json").json["members"] if one["label"] == label]
    assert isinstance(found, dict)
    return found


def disclosed(team: Team, falke: Place) -> Path:
    """The file for the court."""
    file = team.sent / "to-court.custody"
    ok(falke.custody("member", "disclose", "MF", *COURT, "-o", file))
    return file


def texts(path: Path) -> Iterator[bytes]:
    """A file's bytes, and those of every stream in it that inflates (PDF)."""
    data = path.read_bytes()
    yield data
    if data.startswith(b"%PDF"):
        for part in data.split(b"stream\n")[1:]:
            with suppress(zlib.error):
                yield zlib.decompressobj().decompress(part)


def with_the_name(*folders: Path) -> set[str]:
    """The files below these folders in which the legal name can be read, in any spelling."""
    needles = spellings(LEGAL) | spellings(LEGAL.split()[1])
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {
        str(path.relative_to(folders[0]))
        for path in files
        if any(needle in text for text in texts(path) for needle in needles)
    }


def test_the_legal_name_stands_in_no_file_but_its_owners_openings_and_the_disclosure(team: Team, falke: Place) -> None:
    mine = falke.custody
    ok(mine("collect", falke.file("plan.txt"), *HOW, "--description", "a plan"))
    team.send(falke, "mine.custody")
    team.send(falke, "all.custody", "--all")
    ok(team.lead.custody("merge", team.sent / "mine.custody"))
    ok(team.lead.custody("merge", falke.case))
    ok(mine("give", "MF-1", "--to", "AR", "--purpose", "to read", "--medium", "stick", "-o", team.sent / "offer"))
    ok(mine("report", "-o", team.sent / "report.pdf"))
    ok(mine("checkpoint", "-o", team.sent / "checkpoint.txt"))
    team.send(team.lead, "from-lead.custody", "--all")
    assert with_the_name(team.folder) == {"falke/case/openings.db"}
    for command in (["member", "list"], ["log"], ["items"], ["show", "MF-1"], ["status"], ["verify"]):
        for done in (mine(*command), mine(*command, "--json")):
            assert LEGAL not in done.out + done.err
    disclosed(team, falke)
    assert with_the_name(team.folder) == {"falke/case/openings.db", "sent/to-court.custody"}
    ok(mine("backup", team.folder / "stick"))
    assert all(one.endswith(("openings.db", "to-court.custody")) for one in with_the_name(team.folder))


def test_a_pseudonym_is_a_key_of_its_own_that_names_nothing_else(team: Team, falke: Place) -> None:
    keys = falke.custody("key", "list", "--json").json["keys"]
    ours = {one["name"]: one for one in keys}
    assert set(ours) == {OTHER_NAME, "Mira Other"}
    assert (ours[OTHER_NAME]["organisation"], ours[OTHER_NAME]["email"]) == ("", None)
    theirs = listed(team.lead, "MF")
    assert (theirs["key_id"], theirs["name"]) == (ours[OTHER_NAME]["key_id"], OTHER_NAME)
    assert (theirs["pseudonym"], theirs["legal_name"]) == (True, None)
    assert listed(team.lead, "AR")["pseudonym"] is False


def test_the_key_of_the_pseudonym_signs_in_its_case_and_in_no_other(team: Team, falke: Place) -> None:
    ok(falke.custody("note", "case", "hello"))  # the key that has a ledger here, though there are two
    elsewhere = falke.custody.using(cwd=falke.folder)
    told = ("--reference", "GEN-8", "--title", "Another")
    refused(elsewhere("init", falke.folder / "other", *told, "--key", OTHER_NAME), 7, "for one case alone")
    assert not (falke.folder / "other").exists()
    ok(elsewhere("init", falke.folder / "other", *told))  # the only one that is no pseudonym
    assert listed(at_case(falke, "other"), "MO")["name"] == "Mira Other"


def at_case(place: Place, name: str) -> Place:
    """The same person in another case folder of theirs."""
    return Place(place.folder, place.custody.using(cwd=place.folder / name))


def test_nobody_misses_the_name_behind_a_pseudonym(team: Team, falke: Place) -> None:
    assert codes(verified(team.lead), "opening-missing", "opening-wrong") == []
    assert codes(verified(falke), "opening-missing", "opening-wrong") == []


def test_a_court_reads_the_legal_name_and_loses_nothing(team: Team, falke: Place) -> None:
    ok(falke.custody("note", "case", "after"))
    ok(team.lead.custody("merge", team.send(falke, "mine.custody")))
    with closing(sqlite3.connect(team.lead.case / "ledger.db")) as database:
        before = database.execute("SELECT * FROM entries ORDER BY ledger, position").fetchall()
    ok(team.lead.custody("merge", disclosed(team, falke)))
    with closing(sqlite3.connect(team.lead.case / "ledger.db")) as database:
        after = database.execute("SELECT * FROM entries ORDER BY ledger, position").fetchall()
    assert set(before) <= set(after)
    assert listed(team.lead, "MF")["legal_name"] == LEGAL
    assert f"{OTHER_NAME}, legal name: {LEGAL}" in team.lead.custody("member", "list").out
    assert codes(verified(team.lead), "opening-wrong", "ledger-forked", "rule-broken") == []
    team.send(team.lead, "on.custody", "--all")
    assert with_the_name(team.sent) == {"to-court.custody"}


def test_a_court_that_has_not_seen_the_ledger_takes_the_rest_in_later(team: Team, falke: Place) -> None:
    ok(falke.custody("note", "case", "after"))
    ok(team.mko.custody("merge", disclosed(team, falke)))
    assert listed(team.mko, "MF")["legal_name"] == LEGAL
    ok(team.mko.custody("merge", team.send(falke, "mine.custody")))
    assert listed(team.mko, "MF")["legal_name"] == LEGAL


def test_a_disclosure_with_another_name_is_not_taken_in(team: Team, falke: Place) -> None:
    file = disclosed(team, falke)

    def lie(entry: dict[str, list[dict[str, str]]]) -> object:
        for one in entry["openings"]:
            if one["pointer"] == "/legal_name":
                one["value"] = '"Somebody Else"'
        return entry

    people.rewrite(file, 2, lie)
    refused(team.lead.custody("merge", file), 1)
    assert listed(team.lead, "MF")["legal_name"] is None


def test_only_its_owner_discloses_a_name_and_it_is_recorded(team: Team, falke: Place) -> None:
    file = team.sent / "to-court.custody"
    refused(team.lead.custody("member", "disclose", "MF", *COURT, "-o", file), 3, "your label is AR")
    refused(team.lead.custody("member", "disclose", *COURT, "-o", file), 3, "is no pseudonym")
    assert not file.exists()
    disclosed(team, falke)
    assert "opened the legal name for somebody outside" in falke.custody("log").out
    refused(falke.custody("member", "disclose", *COURT, "-o", file), 2)


def test_a_legal_name_may_be_left_out_and_then_nothing_can_be_disclosed(team: Team) -> None:
    place, reply = joined(team, legal=None)
    ok(team.lead.custody("member", "add", reply, "--identified", "not-checked"))
    assert listed(team.lead, "MF")["pseudonym"] is True
    file = team.sent / "to-court.custody"
    refused(place.custody("member", "disclose", *COURT, "-o", file), 3, "no legal name was sealed")
    assert not file.exists()


@pytest.mark.parametrize(("content", "code"), [(b"", 2), (b"a\nb", 2), (b"\xff\xfe", 2), (b"x" * 20_000, 2), (None, 5)])
def test_a_file_without_a_name_is_refused_before_a_key_is_made(
    content: bytes | None, code: int, team: Team, tmp_path: Path
) -> None:
    place = at(tmp_path / "new")
    place.folder.mkdir()
    file = place.folder / "name.txt"
    if content is not None:
        file.write_bytes(content)
    custody = place.custody.using(cwd=place.folder)
    refused(custody("join", team.invitation, place.case, "--pseudonym", "X", "--legal-name-file", file), code)
    assert custody("key", "list", "--json").json["keys"] == []
    assert not place.case.exists()


def test_a_lead_opens_a_case_by_a_pseudonym(tmp_path: Path) -> None:
    place = at(tmp_path / "lead")
    place.folder.mkdir()
    custody = place.custody.using(cwd=place.folder)
    ok(custody("init", place.case, "--reference", "G", "--title", "T", "--pseudonym", OTHER_NAME))
    assert listed(place, "MF")["pseudonym"] is True
    refused(custody("init", place.folder / "two", "--reference", "G", "--title", "T", "--key", OTHER_NAME), 7)
    refused(custody("init", place.folder / "two", "--reference", "G", "--title", "T", "--legal-name-file", "x"), 2)


def test_a_backup_of_another_case_has_no_key_of_a_pseudonym(team: Team, falke: Place) -> None:
    ok(falke.custody.using(cwd=falke.folder)("init", "other", "--reference", "G-2", "--title", "t", "--label", "MO"))
    ok(falke.custody.using(cwd=falke.folder / "other")("backup", falke.folder / "stick"))
    kept = [path.name for path in (falke.folder / "stick").rglob("keys/*")]
    assert len(kept) == 1
    assert not kept[0].startswith(str(listed(team.lead, "MF")["key_id"]))
