"""Remembered heads: an older copy of the case, put back in its place, is refused on the computer that saw the newer."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.commandline import tree
from tests.cli.smallcase import RECORDS, Place, at, copied

HINT = "keep this copy but do not work on with it: look for a newer copy of the case folder and verify that"


@pytest.fixture(scope="module")
def ready_restored(ready_small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case that was one note further, and was then replaced by the older copy. Not to be touched: copy it."""
    place = copied(ready_small, tmp_path_factory.mktemp("restored") / "place")
    assert place.custody("note", "JD-1", "one more").exit == 0
    shutil.rmtree(place.case)
    shutil.copytree(at(ready_small).case, place.case)
    return place.folder


@pytest.fixture
def restored(ready_restored: Path, tmp_path: Path) -> Place:
    """A place with that case."""
    return copied(ready_restored, tmp_path / "place")


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("items",),
        ("log",),
        ("show", "1"),
        ("collect", "--text", "x"),
        ("note", "JD-1", "again"),
        ("checkpoint", "-o", "point.txt"),
        ("report", "-o", "../report.pdf"),
    ],
    ids=lambda command: command[0],
)
def test_every_command_refuses_an_older_copy_and_writes_nothing(restored: Place, command: tuple[str, ...]) -> None:
    before = tree(restored.folder)
    done = restored.custody(*command, "--json")
    assert done.exit == 1
    error = done.error
    assert (error["code"], error["exit"], error["hint"]) == ("verification", 1, HINT)
    assert error["message"].startswith(f"the ledger has {RECORDS} records (root ")
    assert f" this computer saw {RECORDS + 1} records (root " in error["message"]
    assert error["message"].endswith(
        "records were taken away, or this is an old copy, such as a backup that was put back"
    )
    assert tree(restored.folder) == before


def test_verify_answers_no_and_forgets_nothing(restored: Place) -> None:
    before = tree(restored.folder)
    done = restored.custody("verify", "--json")
    assert done.exit == 1
    completeness = done.json["questions"]["completeness"]
    assert completeness["verdict"] == "failed"
    assert [one["code"] for one in completeness["findings"] if one["verdict"] == "failed"] == ["record-cut-off"]
    # Who signed what was taken away cannot be told any more; that the rest holds is no YES.
    assert done.json["questions"]["signers"]["verdict"] == "indeterminate"
    assert tree(restored.folder) == before


def test_a_history_that_went_another_way_is_refused(restored: Place) -> None:
    """On another computer, which never saw the newer copy, the older one was worked on: two histories."""
    other = restored.custody.using(home=restored.folder / "other")
    shutil.copytree(restored.home / "keys", restored.folder / "other" / "keys")
    for text in ("another way", "and further"):
        assert other("note", "JD-1", text).exit == 0
    before = tree(restored.folder)
    done = restored.custody("status", "--json")
    assert (done.exit, done.error["hint"]) == (1, HINT)
    assert f"this computer saw {RECORDS + 1} records (root " in done.error["message"]
    assert "older records were rewritten, or a second device or a backup went on" in done.error["message"]
    judged = restored.custody("verify", "--json")
    assert judged.exit == 1
    assert "record-rewritten" in {one["code"] for one in judged.json["questions"]["completeness"]["findings"]}
    assert tree(restored.folder) == before


def test_the_newer_copy_is_still_accepted(restored: Place) -> None:
    """A stranger's computer sees the older copy first and then the newer one: that is how records grow."""
    stranger = restored.custody.using(home=restored.folder / "stranger")
    assert stranger("status").exit == 0
    shutil.copytree(restored.home / "keys", restored.folder / "stranger" / "keys")
    assert stranger("note", "JD-1", "next").exit == 0
    assert stranger("status", "--json").json["records"] == RECORDS + 1


def test_a_case_that_something_is_wrong_with_is_remembered_all_the_same(small: Place) -> None:
    """Or whoever damages a case before it is first seen could rewrite it afterwards."""
    stranger = small.custody.using(home=small.folder / "stranger")
    damage(small, "UPDATE entries SET item = NULL WHERE position = 1")
    assert stranger("verify").exit == 1
    damage(small, f"DELETE FROM entries WHERE position = {RECORDS - 1}")
    judged = stranger("verify", "--json")
    assert "record-cut-off" in {one["code"] for one in judged.json["questions"]["completeness"]["findings"]}


def damage(place: Place, sql: str) -> None:
    """Write to the ledger's database without its triggers."""
    with closing(sqlite3.connect(place.case / "ledger.db", isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(sql)
        for _, text in triggers:
            connection.execute(text)
