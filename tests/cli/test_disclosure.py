"""`collect --seal` and `--clear`: what stands in clear, what does not, and that both forms are shown alike."""

import pytest

from tests.cli.commandline import tree
from tests.cli.smallcase import HOW, Place
from tests.cli.team import holds, ok, refused

SEALED = ("captured_at", "digest", "media_type", "method", "tool")
CLEAR = ("basis", "description", "found_at", "machine", "name", "persona", "place", "time_zone")
TOLD = {
    "basis": "consent of Dana Kern",
    "description": "a van at the gate",
    "found_at": "https://photos.example/9",
    "persona": "grey_heron_82",
    "place": "the flat above the bakery",
}
GIVEN = [word for name, text in TOLD.items() for word in (f"--{name.replace('_', '-')}", text)]
WHEN = ("--captured-at", "2026-11-20T10:00Z")


def each(option: str, names: tuple[str, ...]) -> list[str]:
    return [word for name in names for word in (option, name)]


@pytest.fixture
def turned(opened: Place) -> Place:
    """An item of which all is sealed that stands in clear by itself, and in clear what is sealed."""
    photo = opened.file("van at gate.gif", b"GIF89a" + bytes(20))
    veils = [*each("--seal", SEALED), *each("--clear", CLEAR)]
    ok(opened.custody("collect", photo, *HOW, *WHEN, *GIVEN, *veils))
    return opened


def test_each_field_stands_as_it_was_asked_for(turned: Place) -> None:
    body = turned.custody("show", "JD-1", "--json").json["statement"]["body"]
    assert all(list(body[name]) == ["sealed"] for name in SEALED)
    assert body["name"] == "van at gate.gif"
    assert {name: body[name] for name in TOLD if name != "basis"} | {"basis": body["handling"]["basis"]} == TOLD
    assert isinstance(body["machine"], str)
    assert isinstance(body["time_zone"], str)
    ledger = (turned.case / "ledger.db").read_bytes()
    for secret in (b"Firefox 128", b"image/gif", b"2026-11-20", b'"download"'):
        assert secret not in ledger
    holds(turned)


def test_what_is_shown_is_the_same_in_either_form(turned: Place) -> None:
    words = ok(turned.custody("show", "JD-1")).out
    for text in (*TOLD.values(), "van at gate.gif", "Firefox 128", "image/gif", "downloaded", "2026-11-20 10:00:00"):
        assert text in words
    (listed,) = turned.custody("items", "--json").json["items"]
    assert (listed["name"], listed["media_type"]) == ({"text": "van at gate.gif"}, "image/gif")
    assert "van at gate.gif" in ok(turned.custody("items")).out
    ok(turned.custody("report", "-o", turned.folder / "report.pdf"))


def test_without_openings_what_is_sealed_says_so(turned: Place) -> None:
    (turned.case / "openings.db").unlink()
    words = ok(turned.custody("show", "JD-1")).out
    assert "Firefox 128" not in words
    assert words.count("(sealed; what opens it is not here)") > len(SEALED)
    (listed,) = turned.custody("items", "--json").json["items"]
    assert listed["media_type"] is None
    assert "(sealed)" in ok(turned.custody("items")).out


def test_what_stands_in_clear_is_corrected_and_never_erased(turned: Place) -> None:
    done = turned.custody("erase", "JD-1", "description", "--reason", "too much")
    refused(done, 3, "its record seals no field /description", "stays in every copy")
    ok(turned.custody("correct", "JD-1", "--set", "description=two vans", "--reason", "I looked again"))
    ok(turned.custody("erase", "JD-1", "tool", "--reason", "a name in it"))
    holds(turned)


def test_the_tool_of_what_could_not_be_collected_is_sealed_too(opened: Place) -> None:
    done = opened.custody("collect", opened.found / "gone.txt", *HOW, "--seal", "tool", "--seal", "method")
    assert done.exit == 4
    assert b"Firefox 128" not in (opened.case / "ledger.db").read_bytes()
    holds(opened)


def test_what_is_sealed_is_given_as_the_policy_demands(opened: Place) -> None:
    ok(opened.custody("policy", "set", "--demand", "captured_at", "--demand", "place"))
    told = ("--place", "the quay", "--clear", "place", "--seal", "captured_at", *WHEN)
    ok(opened.custody("collect", opened.file("a.txt"), *HOW, *told))
    holds(opened)


def test_a_name_that_is_no_line_stays_sealed_and_that_is_said(opened: Place) -> None:
    done = ok(opened.custody("collect", opened.file("a\u202egnp.exe"), *HOW, "--clear", "name"))
    assert "its name is no line of text, and was sealed" in done.out
    body = opened.custody("show", "JD-1", "--json").json["statement"]["body"]
    assert list(body["name"]) == ["sealed"]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (("--seal", "size"), ("--seal size", "captured_at, digest, media_type, method, tool")),
        (("--seal", "name"), ("--seal name",)),
        (("--clear", "tool"), ("--clear tool", "basis, description, found_at")),
        (("--clear", "path"), ("--clear path",)),
        (("--description", "a\nb", "--clear", "description"), ("--description", "in clear")),
        (("--place", "x" * 201, "--clear", "place"), ("--place", "in clear")),
        (("--seal", "digest", "--extra-digest", "md5"), ("--seal digest",)),
    ],
)
def test_what_cannot_stand_so_is_refused(opened: Place, told: tuple[str, ...], words: tuple[str, ...]) -> None:
    before = tree(opened.case)
    refused(opened.custody("collect", opened.file("a.txt"), *HOW, *told), 2, *words)
    assert tree(opened.case) == before
