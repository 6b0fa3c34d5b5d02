"""`custody collect --derived-from`: an item that was made from another one points at it."""

import pytest

from tests.cli.smallcase import HOW, Place


def test_a_redacted_copy_points_at_what_it_was_made_from(small: Place) -> None:
    copy = small.file("redacted.jpg", b"\xff\xd8 redacted")
    done = small.custody("collect", copy, *HOW, "--derived-from", "1", "--transformation", "redacted: faces", "--json")
    assert done.exit == 0, done
    assert done.json["items"][0]["number"] == "JD-4"
    shown = small.custody("show", "JD-4")
    assert "Made from" in shown.out
    assert "JD-1: redacted: faces" in shown.out
    listed = {one["number"]: one["derived_from"] for one in small.custody("items", "--json").json["items"]}
    assert listed == {"JD-1": None, "JD-2": None, "JD-3": None, "JD-4": "JD-1"}
    judged = small.custody("verify", "--json")
    assert judged.json["questions"]["custody"]["verdict"] == "passed", judged


@pytest.mark.parametrize(
    "told",
    [
        ("--derived-from", "JD-1"),
        ("--transformation", "cropped"),
        ("--derived-from", "JD-9", "--transformation", "cropped"),
        ("--derived-from", "JD-1", "--transformation", "two\nlines"),
        ("--derived-from", "JD-1", "--transformation", ""),
    ],
)
def test_half_an_origin_is_refused_and_nothing_recorded(small: Place, told: tuple[str, ...]) -> None:
    copy = small.file("redacted.jpg", b"\xff\xd8 redacted")
    done = small.custody("collect", copy, *HOW, *told, "--json")
    assert done.exit == 2, done
    assert len(small.custody("items", "--json").json["items"]) == 3
