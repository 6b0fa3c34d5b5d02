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


def _three_generations(place: Place) -> None:
    for parent, name, how in (
        ("1", "cut.jpg", "cropped"),
        ("4", "blur\x1b[31m.jpg", "blurred faces"),
        ("1", "b.png", "png"),
    ):
        copy = place.file(name, name.encode())
        done = place.custody("collect", copy, *HOW, "--derived-from", parent, "--transformation", how)
        assert done.exit == 0, done


def test_an_item_shows_the_tree_that_it_stands_in(small: Place) -> None:
    _three_generations(small)
    told = small.custody("show", "JD-4")
    lines = told.out.splitlines()
    at = lines.index("Made from one another")
    assert lines[at + 1].startswith("  JD-1  ")
    assert lines[at + 2] == "  └ JD-4  cropped: cut.jpg  (this item)"
    assert lines[at + 3] == "    └ JD-5  blurred faces: blur[U+001B][31m.jpg"
    assert lines[at + 4] == "History"  # what else was made from JD-1 is no kin of this one
    assert max(map(len, lines[at : at + 5])) <= 100
    first = small.custody("show", "JD-1", "--json").json
    assert (first["derived_from"], first["derived"]) == (None, ["JD-4", "JD-6"])
    last = small.custody("show", "JD-5", "--json").json
    assert (last["derived_from"], last["derived"]) == ("JD-4", [])
    assert "Made from one another" not in small.custody("show", "JD-2").out


def test_items_are_listed_under_what_they_were_made_from(small: Place) -> None:
    _three_generations(small)
    rows = [line.split("  20")[0].rstrip() for line in small.custody("items", "--tree").out.splitlines()[1:]]
    assert rows == ["JD-1", "└ JD-4", "  └ JD-5", "└ JD-6", "JD-2", "JD-3"]
    listed = small.custody("items", "--tree", "--json").json["items"]
    assert [one["number"] for one in listed] == ["JD-1", "JD-4", "JD-5", "JD-6", "JD-2", "JD-3"]
    assert listed[0]["derived"] == ["JD-4", "JD-6"]
    assert small.custody("items", "--tree", "--by", "holder").exit == 2
