"""A case or keys in a synchronised folder: said on stderr, with what to do, and nothing is refused."""

from pathlib import Path

from tests.cli.commandline import Custody
from tests.cli.smallcase import Place
from tests.cli.team import Team


def warned(err: str) -> bool:
    return "custody: warning:" in err and "custody: hint: move" in err


def test_keys_and_case_in_a_synchronised_folder_are_warned_of_where_they_are_made(tmp_path: Path) -> None:
    cloud = tmp_path / "Dropbox"
    cloud.mkdir()
    custody = Custody(tmp_path, cloud / "home")
    made = custody("key", "create", "--name", "Jo Doe", "--organisation", "Desk", "--json")
    assert made.exit == 0, made
    assert "your keys" in made.err
    assert "CUSTODY_HOME" in made.err
    opened = custody("init", cloud / "case", "--reference", "R-1", "--title", "t", "--json")
    assert opened.exit == 0, opened
    assert opened.json["label"] == "JD"  # nothing else on stdout
    assert opened.err.count("custody: warning:") == 2
    assert "Dropbox" in opened.err
    assert warned(custody.using(cwd=cloud / "case")("status").err)
    assert warned(custody.using(cwd=cloud / "case")().err)
    assert warned(custody().err)  # where there is no case


def test_a_case_that_is_kept_in_step_by_a_mark_above_is_warned_of(small: Place) -> None:
    assert not small.custody("status").err.count("warning")
    (small.folder / ".stfolder").mkdir()
    done = small.custody("status", "--json")
    assert done.exit == 0
    assert "the case (" in done.err
    assert "Syncthing" in done.err
    assert "custody backup" in done.err


def test_whoever_joins_or_restores_into_a_synchronised_folder_is_warned(invited: Team, small: Place) -> None:
    backup = small.custody("backup", "../backups", "--json").json["folder"]
    done = small.custody("restore", backup, "../Nextcloud/case", "--json")
    assert "Nextcloud" in done.err
    other = Custody(invited.folder, invited.folder / "other-home")
    done = other("join", invited.invitation, "OneDrive/case", "--name", "Zed Z", "--organisation", "Desk", "--json")
    assert done.exit == 0, done
    assert "OneDrive" in done.err
