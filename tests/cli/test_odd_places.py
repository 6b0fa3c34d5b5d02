"""Commands in odd surroundings: a case whose path is no text, a time zone that is none, a link to itself."""

import os
import shutil
import sqlite3
import sys
from contextlib import closing

import pytest

from tests.cli.smallcase import HOW, NAME, RECORDS, Place


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a name")
def test_a_case_may_lie_where_no_text_says(small: Place) -> None:
    folder = small.folder / os.fsdecode(b"bad\xff")
    shutil.move(small.case, folder)
    file = small.file("more.txt")
    custody = small.custody.using(cwd=folder)
    ends = {
        command[0]: custody(*command).exit
        for command in (
            ("collect", file, *HOW),
            ("collect", small.found, *HOW, "--as-one"),
            ("note", "JD-1", "x"),
            ("verify",),
            ("items",),
            ("status",),
            ("report", "-o", small.folder / "report.pdf"),
        )
    }
    assert ends == {"verify": 8, **dict.fromkeys(("collect", "note", "items", "status", "report"), 0)}


def test_a_time_zone_that_is_none_stops_nothing(small: Place) -> None:
    custody = small.custody.using(more={"TZ": "AAA-99:99"})
    assert custody("collect", "--text", "x").exit == 0
    assert custody("report", "-o", small.folder / "report.pdf").exit == 0


def test_a_link_that_points_at_itself_is_recorded_as_an_attempt(small: Place) -> None:
    (small.found / "loop").symlink_to("loop")
    done = small.custody("collect", small.found / "loop", *HOW, "--json")
    assert (done.exit, [one["outcome"] for one in done.json["failed"]]) == (4, ["dangling-link"])
    assert small.custody("status", "--json").json["records"] == RECORDS + 1


def test_a_report_beside_a_link_that_points_at_itself_is_written(small: Place) -> None:
    (small.folder / "loop").symlink_to("loop")
    assert small.custody("report", "-o", small.folder / "loop").exit == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize("file", ["key", "heads.db"])
def test_a_pipe_among_the_persons_own_files_is_not_waited_for(small: Place, file: str) -> None:
    (key,) = (small.home / "keys").iterdir()
    path = key if file == "key" else small.home / "heads.db"
    path.unlink()
    os.mkfifo(path)
    done = small.custody("note", "JD-1", "x", "--json")
    assert (done.exit, done.error["code"]) == (5, "storage")
    assert done.error["message"].endswith("is not a plain file")
    assert NAME not in done.err


def test_a_path_that_was_typed_drives_no_terminal(small: Place) -> None:
    output = small.folder / "re\x1b[31mport\u202e.pdf"
    said = small.custody("report", "-o", output).out
    assert "re[U+001B][31mport[U+202E].pdf" in said
    opened = small.custody.using(cwd=small.folder)("init", "a\x1b]0;case", "--reference", "R", "--title", "T").out
    assert "a[U+001B]]0;case" in opened
    assert "\x1b" not in said + opened


def test_a_note_tells_of_values_that_are_replaced(small: Place) -> None:
    with closing(sqlite3.connect(small.case / "openings.db", isolation_level=None)) as connection:
        connection.execute(
            "INSERT INTO openings SELECT ledger, ?, pointer, salt, x'22' FROM openings WHERE pointer = '/text'",
            (RECORDS,),
        )
    done = small.custody("note", "JD-1", "x")
    assert (done.exit, done.err.startswith("Note: 1 values of records that are not in the ledger")) == (0, True)
