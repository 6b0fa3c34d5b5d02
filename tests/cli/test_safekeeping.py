"""`custody backup` and `restore`: a copy that was read back, going on from it, and what is refused."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.cli.smallcase import RECORDS, Place
from tests.cli.team import Team, ok


def _backed_up(place: Place) -> Path:
    done = place.custody("backup", "../backups", "--json")
    assert done.exit == 0, done
    return Path(place.folder / "case" / done.json["folder"])


def _elsewhere(place: Place) -> Place:
    """Another computer, without a key and a memory."""
    return Place(place.folder, place.custody.using(home=place.folder / "new-home", cwd=place.folder))


def test_a_backup_has_every_record_file_and_key_and_the_copy_verifies(small: Place) -> None:
    done = small.custody("backup", "../backups", "--json")
    told = done.json
    assert (told["records"], told["ledgers"], told["keys"]) == (RECORDS, 1, 1)
    copy = small.case / told["folder"]
    stored = sorted(path.name for path in (small.case / "evidence").rglob("*") if path.is_file())
    assert told["objects"] == len(stored)
    assert sorted(path.name for path in (copy / "case" / "evidence").rglob("*") if path.is_file()) == stored
    assert [path.name for path in (copy / "keys").iterdir()] == [path.name for path in (small.home / "keys").iterdir()]
    judged = small.custody("verify", copy / "case", "--json")
    assert judged.exit == 8, judged
    assert judged.json["items"] == {"matching": 3, "total": 3}


def test_a_backup_goes_on_elsewhere_and_says_that_something_may_be_missing(small: Place) -> None:
    backup = _backed_up(small)
    other = _elsewhere(small)
    done = other.custody("restore", backup, "case-again", "--json")
    assert done.exit == 0, done
    assert done.json["record"] == RECORDS
    again = other.custody.using(cwd=small.folder / "case-again")
    photo = small.file("later.jpg", b"later")
    assert again("collect", photo, "--method", "download", "--tool", "x", "--json").json["items"][0]["number"] == "JD-4"
    judged = again("verify", "--json").json["questions"]["completeness"]
    assert judged["verdict"] == "indeterminate"
    assert "record-restored" in [one["code"] for one in judged["findings"]]


def test_a_computer_that_saw_more_refuses_an_older_backup(small: Place) -> None:
    backup = _backed_up(small)
    assert small.custody("note", "JD-1", "after the backup").exit == 0
    done = small.custody("restore", backup, "../case-again", "--json")
    assert done.exit == 1
    assert f"saw {RECORDS + 1} records" in done.error["message"]
    assert not (small.folder / "case-again").exists()


def test_a_damaged_backup_is_not_restored(small: Place) -> None:
    backup = _backed_up(small)
    stored = next(path for path in (backup / "case" / "evidence").rglob("*") if path.is_file())
    stored.chmod(0o600)
    stored.write_bytes(b"other bytes")
    done = _elsewhere(small).custody("restore", backup, "case-again", "--json")
    assert done.exit == 1, done
    assert "does not hold" in done.error["message"]
    assert not (small.folder / "case-again").exists()
    assert not (small.folder / "new-home" / "keys").exists()


def test_a_damaged_case_gives_no_backup_that_is_called_one(small: Place) -> None:
    with closing(sqlite3.connect(small.case / "ledger.db")) as connection, connection:
        connection.execute("DROP TRIGGER entries_no_update")
        connection.execute("UPDATE entries SET envelope = zeroblob(20) WHERE position = 2")
    done = small.custody("backup", "../backups", "--json")
    assert done.exit != 0, done
    assert done.error["message"]


def test_a_backup_inside_the_case_is_refused(small: Place) -> None:
    done = small.custody("backup", "backups", "--json")
    assert done.exit == 2
    assert not (small.case / "backups").exists()


def test_a_key_that_is_there_already_is_left_as_it_is(small: Place) -> None:
    backup = _backed_up(small)
    (key,) = (small.home / "keys").iterdir()
    before = key.read_bytes(), key.stat().st_mtime_ns
    assert small.custody("restore", backup, "../case-again").exit == 0
    assert (key.read_bytes(), key.stat().st_mtime_ns) == before


def test_what_others_have_seen_of_a_ledger_is_counted_when_it_goes_on_from_a_backup(team: Team) -> None:
    backup = ok(team.mko.custody("backup", "../backups", "--json")).json["folder"]
    ok(team.mko.custody("note", "MKO-1", "after the backup"))
    ok(team.mko.custody("note", "MKO-1", "and once more"))
    ok(team.lead.custody("merge", team.send(team.mko, "newer.custody")))
    sent = team.send(team.lead, "of-the-lead.custody")
    elsewhere = team.mko.custody.using(home=team.folder / "new-home")
    ok(elsewhere("restore", team.mko.case / backup, "../again", "--merge", sent))
    judged = elsewhere.using(cwd=team.mko.case.parent / "again")("verify", "--json").json
    findings = judged["questions"]["completeness"]["findings"]
    (told,) = [one["message"] for one in findings if one["code"] == "record-restored"]
    assert "2 made after it are known of" in told
