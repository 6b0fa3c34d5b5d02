"""`custody collect` at a terminal: what is asked, and what Enter means."""

from typing import Any

from tests.cli.commandline import PASSPHRASE, ended, tree
from tests.cli.smallcase import HOW, NAME, Place


def asked(terminal: Any, question: str) -> list[str]:
    """The numbered lines under a question, up to where a number is wanted."""
    terminal.expect_exact(f"{question}\r\n")
    terminal.expect_exact("Number:")
    return [line.strip() for line in terminal.before.replace("\r\n", "\n").splitlines() if line.strip()]


def test_how_and_with_what_are_asked_and_the_last_answer_is_offered_next_time(opened: Place) -> None:
    photo = opened.file("a.txt")
    first = opened.custody.at_terminal("collect", photo)
    methods = [
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
    assert asked(first, "How was it captured?") == methods
    first.sendline("")  # nothing was answered before, so Enter means nothing
    first.expect_exact("Type a number from 1 to 9.")
    first.sendline("4")
    assert asked(first, "With what?") == ["1  something else", "2  not known"]
    first.sendline("1")
    first.expect_exact("With what, in a few words (such as Firefox 128):")
    first.sendline("Firefox 128")
    assert ended(first)[0] == 0

    second = opened.custody.at_terminal("collect", photo)
    offered = asked(second, "How was it captured?")
    assert offered == [f"{line}   <- Enter" if line.startswith("4") else line for line in methods]
    second.sendline("")
    assert asked(second, "With what?") == ["1  Firefox 128   <- Enter", "2  something else", "3  not known"]
    second.sendline("")
    exit_code, shown = ended(second)
    assert exit_code == 0
    assert shown.splitlines()[-1] == "1 item recorded."
    for number in ("1", "2"):
        body = opened.custody("show", number, "--json").json["statement"]["body"]
        assert (body["method"], body["tool"]) == ("saved-page", "Firefox 128")


def test_not_known_is_an_answer_and_is_not_offered_twice(opened: Place) -> None:
    photo = opened.file("a.txt")
    for offered in (["1  something else", "2  not known"], ["1  something else", "2  not known   <- Enter"]):
        terminal = opened.custody.at_terminal("collect", photo, "--method", "not-known")
        assert asked(terminal, "With what?") == offered
        terminal.sendline("2" if "Enter" not in offered[1] else "")
        assert ended(terminal)[0] == 0
    body = opened.custody("show", "2", "--json").json["statement"]["body"]
    assert (body["method"], body["tool"]) == ("not-known", "not known")


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
    assert exit_code == 130
    assert "custody: stopped" in shown
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
