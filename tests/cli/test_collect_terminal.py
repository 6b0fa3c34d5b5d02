"""`custody collect` at a terminal: what is asked, and what Enter means."""

from typing import Any

from tests.cli.commandline import PASSPHRASE, ended, tree
from tests.cli.smallcase import HOW, NAME, Place


def asked(terminal: Any, question: str) -> list[str]:
    """The numbered lines under a question, up to where a number is wanted."""
    terminal.expect_exact(f"{question}\r\n")
    terminal.expect_exact("Number:")
    return [line.strip() for line in terminal.before.replace("\r\n", "\n").splitlines() if line.strip()]


METHODS = [
    "1  screenshot",
    "2  photographed with a telephone",
    "3  downloaded",
    "4  saved page",
    "5  exported",
    "6  received from somebody",
    "7  typed by the collector",
    "8  in another way",
    "9  not known",
]
WITH = "With what, in a few words (such as Firefox 128, or not known):"
WHEN = "When was it captured? (Enter: not known)"
WHERE = "Address it was found at? (Enter: none)"


def answer(terminal: Any, *pairs: tuple[str, str]) -> None:
    """Each question, and what is typed."""
    for question, typed in pairs:
        terminal.expect_exact(question)
        terminal.sendline(typed)


def told(place: Place, item: str) -> tuple[str, str, str | None, object]:
    """How, with what, when and where, as they are recorded."""
    shown = place.custody("show", item, "--json").json
    body = shown["statement"]["body"]
    return body["method"], body["tool"], body["captured_at"], shown["opened"].get("/found_at")


def test_how_with_what_when_and_where_are_asked_and_enter_signs_no_old_answer(opened: Place) -> None:
    photo = opened.file("a.txt")
    first = opened.custody.at_terminal("collect", photo, columns=300)
    assert asked(first, "How was it captured?") == METHODS
    answer(first, ("", "4"), (WITH, ""), (WITH, "Firefox 128"), (WHEN, "24.11.2026 02:10"))
    first.expect_exact("'24.11.2026 02:10' is no time: type it as 2026-11-24 03:02, or with an offset: …T03:02+01:00.")
    answer(first, (WHEN, "2026-11-24 02:10"), (WHERE, "https://photos.example/1"))
    first.expect_exact(
        "You sign: a.txt; saved page; with: Firefox 128; captured 2026-11-24 02:10:00 UTC; "
        "found at https://photos.example/1."
    )
    assert ended(first)[0] == 0
    assert told(opened, "1") == (
        "saved-page",
        "Firefox 128",
        "2026-11-24T02:10:00.000000Z",
        "https://photos.example/1",
    )

    second = opened.custody.at_terminal("collect", photo, opened.file("b.txt"), columns=300)
    assert asked(second, "How was it captured?") == METHODS
    answer(second, ("", ""), ("Type a number from 1 to 9.", "4"))
    assert asked(second, "With what?") == ["1  Firefox 128", "2  something else", "3  not known"]
    answer(second, ("", ""), ("Type a number from 1 to 3.", "1"), (WHEN, ""), (WHERE, ""))
    second.expect_exact("You sign: a.txt and 1 more; saved page; with: Firefox 128; not known when; no address.")
    exit_code, shown = ended(second)
    assert (exit_code, shown.splitlines()[-1]) == (0, "2 items recorded.")
    assert told(opened, "2") == told(opened, "3") == ("saved-page", "Firefox 128", None, None)


def test_all_that_is_signed_is_said_before_the_signature_and_what_stands_in_clear(opened: Place) -> None:
    options = ("--persona", "grey_heron", "--place", "Oslo", "--basis", "consent", "--review", "2030-01-02")
    terminal = opened.custody.at_terminal(
        "collect", opened.file("a.txt"), *HOW, *options, "--description", "a door", "--clear", "place", columns=300
    )
    terminal.expect_exact(
        "not known when; no address; as: grey_heron; place: Oslo; on the basis of: consent; review by: 2030-01-02; "
        "what: a door; in clear, for everybody and for good: place."
    )
    assert ended(terminal)[0] == 0


def test_a_tool_is_offered_only_in_its_own_case_and_for_its_own_method(opened: Place) -> None:
    photo = opened.file("a.txt")
    first = opened.custody.at_terminal("collect", photo, "--method", "download")
    answer(first, (WITH, "wget 1.25"), (WHEN, ""), (WHERE, ""))
    assert ended(first)[0] == 0
    elsewhere = opened.custody.using(cwd=opened.folder)
    assert elsewhere("init", "second", "--reference", "R", "--title", "T").exit == 0
    for place, method in ((opened.case, "export"), (opened.folder / "second", "download")):
        terminal = elsewhere.at_terminal("collect", "--case", place, photo, "--method", method)
        terminal.expect_exact(WITH)
        assert "wget" not in terminal.before
        answer(terminal, ("", "x"), (WHEN, ""), (WHERE, ""))
        assert ended(terminal)[0] == 0
    again = opened.custody.at_terminal("collect", photo, "--method", "download")
    assert asked(again, "With what?") == ["1  wget 1.25", "2  something else", "3  not known"]
    answer(again, ("", "2"), (WITH, "curl 8"), (WHEN, ""), (WHERE, ""))
    assert ended(again)[0] == 0
    assert told(opened, "3")[:2] == ("download", "curl 8")


def test_not_known_is_an_answer_in_either_spelling_and_is_not_offered_twice(opened: Place) -> None:
    photo = opened.file("a.txt")
    for typed in ("not known", "Not-known"):
        terminal = opened.custody.at_terminal("collect", photo)
        answer(terminal, ("Number:", "9"), (WITH, typed), (WHEN, ""), (WHERE, ""))
        assert ended(terminal)[0] == 0
    assert opened.custody("collect", photo, "--method", "not-known", "--tool", "not-known").exit == 0
    assert [told(opened, item) for item in "123"] == [("not-known", "not known", None, None)] * 3


def test_what_is_given_as_options_is_not_asked_for(opened: Place) -> None:
    terminal = opened.custody.at_terminal("collect", opened.file("a.txt"), *HOW)
    exit_code, shown = ended(terminal)
    assert (exit_code, "?" in shown) == (0, False)


def test_a_folder_is_asked_about_and_enter_makes_it_one_item(opened: Place) -> None:
    opened.file("in/a.txt")
    opened.file("in/b.txt")
    folder = opened.found / "in"
    terminal = opened.custody.at_terminal("collect", folder, *HOW)
    assert asked(terminal, f"{folder} is a folder.") == [
        "1  one item of many parts (a chat export, a saved page)   <- Enter",
        "2  every file is an item of its own",
    ]
    terminal.sendline("")
    exit_code, shown = ended(terminal)
    assert (exit_code, shown.splitlines()[-2].endswith("in/ (2 parts)")) == (0, True)
    terminal = opened.custody.at_terminal("collect", folder, *HOW)
    asked(terminal, f"{folder} is a folder.")
    terminal.sendline("2")
    exit_code, shown = ended(terminal)
    assert (exit_code, shown.splitlines()[-1]) == (0, "2 items recorded.")


def test_ending_the_input_records_nothing(opened: Place) -> None:
    photo = opened.file("a.txt")
    before = tree(opened.folder)
    terminal = opened.custody.at_terminal("collect", photo)
    asked(terminal, "How was it captured?")
    terminal.sendeof()
    exit_code, shown = ended(terminal)
    assert exit_code == 2
    assert "custody: error: nothing was typed" in shown
    assert tree(opened.folder) == before


def test_ctrl_c_at_a_question_is_exit_130_and_records_nothing(opened: Place) -> None:
    photo = opened.file("a.txt")
    before = tree(opened.folder)
    terminal = opened.custody.at_terminal("collect", photo)
    asked(terminal, "How was it captured?")
    terminal.sendintr()
    exit_code, shown = ended(terminal)
    assert (exit_code, shown.strip()) == (130, "Stopped. Nothing was changed.")
    assert tree(opened.folder) == before


def test_the_passphrase_is_asked_once_and_not_shown(opened: Place) -> None:
    terminal = opened.custody.using(passphrase=None).at_terminal("collect", opened.file("a.txt"), *HOW)
    terminal.expect_exact(f"Passphrase of {NAME}:")
    terminal.sendline(PASSPHRASE)
    exit_code, shown = ended(terminal)
    assert exit_code == 0
    assert PASSPHRASE not in shown
    assert shown.splitlines()[-1] == "1 item recorded."


def test_with_json_nothing_but_the_object_is_on_stdout_even_at_a_terminal(opened: Place) -> None:
    """Words go to stderr; a terminal shows both, so stdout is a pipe here and the rest the terminal."""
    photo = opened.file("a.txt")
    terminal = opened.custody.using(prefix=()).at_terminal("collect", photo, *HOW, "--json")
    exit_code, shown = ended(terminal)
    assert exit_code == 0
    assert shown.startswith('{"already": []')
    assert shown.count("\n") == 1
