"""`custody init`: opens a case, or leaves nothing behind."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.cli.commandline import Custody, ended, tree
from tests.cli.smallcase import NAME, Place

NEEDED = ("--reference", "GEN-1", "--title", "A title")


def test_it_makes_the_key_too_and_says_so(tmp_path: Path) -> None:
    custody = Custody(cwd=tmp_path, home=tmp_path / "home")
    done = custody("init", "one", *NEEDED, "--name", "Élodie van der Berg", "--organisation", "Watch")
    assert (done.exit, done.err) == (0, "")
    assert done.out == (
        "Made a key for Élodie van der Berg.\n"
        "Case GEN-1 is open in one.\n"
        "Your items will be EVDB-1, EVDB-2 and so on.\n"
        f"Keep a copy of this folder and of your key ({tmp_path / 'home'}) somewhere safe.\n"
        "Next: cd one, then: custody collect FILE…\n"
    )
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == [
        "case.toml",
        "evidence",
        "ledger.db",
        "openings.db",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "one"]
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o700
    assert custody("key", "list").out.startswith("Élodie van der Berg  Watch  ")


def test_json_names_case_ledger_label_and_folder(opened: Place) -> None:
    custody = opened.custody.using(cwd=opened.folder)
    done = custody("init", "second", *NEEDED, "--label", "xy9", "--json")
    assert done.exit == 0
    status = custody("status", "--case", "second", "--json").json
    assert done.json == {
        "case": status["case"],
        "folder": str(opened.folder / "second"),
        "label": "XY9",
        "ledger": status["ledger"],
    }
    assert (status["label"], status["records"], status["items"], status["own"]) == ("XY9", 1, 0, True)
    assert (status["reference"], status["title"]) == ("GEN-1", "A title")


def test_two_dots_lead_out_of_the_case_in_which_one_stands_and_a_link_into_it_does_not(opened: Place) -> None:
    (opened.case / "inner").mkdir()
    (opened.folder / "way-in").symlink_to("case/inner")
    done = opened.custody("init", "../second", *NEEDED, "--json")
    assert (done.exit, done.json["folder"]) == (0, str(opened.folder / "second"))
    refused = opened.custody.using(cwd=opened.folder)("init", "way-in/../third", *NEEDED, "--json")
    assert refused.error["message"] == f"{opened.case}/third would lie inside another case, {opened.case}"


def test_an_empty_folder_is_taken(opened: Place) -> None:
    (opened.folder / "empty").mkdir()
    custody = opened.custody.using(cwd=opened.folder)
    assert custody("init", "empty", *NEEDED).exit == 0
    assert (opened.folder / "empty" / "ledger.db").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("full", *NEEDED), "{folder}/full exists and is not an empty folder"),
        (("file", *NEEDED), "{folder}/file exists and is not an empty folder"),
        (("dangling", *NEEDED), "{folder}/dangling exists and is not an empty folder"),
        (("case/inner/deep", *NEEDED), "{folder}/case/inner/deep would lie inside another case, {folder}/case"),
        (("new", *NEEDED[2:]), "--reference is needed to open a case"),
        (("new", *NEEDED[:2]), "--title is needed to open a case"),
        (("new", "--reference", " ", *NEEDED[2:]), "--reference is needed to open a case"),
        (("new", *NEEDED, "--label", "9A"), "'9A' is no label"),
        (("new", *NEEDED, "--label", "ABCDEFGHI"), "'ABCDEFGHI' is no label"),
        (("new", *NEEDED, "--label", "J-D"), "'J-D' is no label"),
        (
            ("new", "--reference", "GEN\x1b[31m", *NEEDED[2:]),
            "the reference is empty, longer than 200 characters, or holds characters that cannot be seen",
        ),
        (
            ("new", "--reference", "GEN\u202e1", *NEEDED[2:]),
            "the reference is empty, longer than 200 characters, or holds characters that cannot be seen",
        ),
        (
            ("new", "--reference", "G" * 201, *NEEDED[2:]),
            "the reference is empty, longer than 200 characters, or holds characters that cannot be seen",
        ),
        (
            ("new", *NEEDED[:2], "--title", b"half a character \xff"),
            "the title is empty, longer than 200 characters, or holds characters that cannot be seen",
        ),
        (
            ("new", *NEEDED, "--name", "Somebody Else"),
            "you have a key already; --name, --organisation and --email are for a new one",
        ),
    ],
)
def test_what_cannot_be_opened_is_exit_2_and_leaves_nothing(
    opened: Place, arguments: tuple[str | bytes, ...], message: str
) -> None:
    (opened.folder / "full").mkdir()
    (opened.folder / "full" / "diary.txt").write_text("mine")
    (opened.folder / "file").write_text("mine")
    (opened.folder / "dangling").symlink_to("nowhere")
    before = tree(opened.folder)
    done = opened.custody.using(cwd=opened.folder)("init", *arguments, "--json")
    assert (done.exit, done.error["code"]) == (2, "usage")
    assert done.error["message"] == message.format(folder=opened.folder)
    assert done.error["hint"]
    assert tree(opened.folder) == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file sizes")
@pytest.mark.parametrize("blocks", [0, 8])
def test_a_disk_that_fills_up_leaves_no_folder(opened: Place, blocks: int) -> None:
    """RLIMIT_FSIZE fails like a full disk: 0 blocks at case.toml, 8 (of 512 bytes) at the first record."""
    before = tree(opened.case, opened.home)
    limited = opened.custody.using(
        cwd=opened.folder,
        prefix=("sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh"),
        more={"COVERAGE_PROCESS_CONFIG": ""},  # what coverage would write falls under the same limit
    )
    done = limited("init", "new", *NEEDED, "--json")
    assert (done.exit, done.error["code"]) == (5, "storage")
    assert sorted(path.name for path in opened.folder.iterdir()) == ["case", "found", "home"]
    assert tree(opened.case, opened.home) == before


def test_a_wrong_passphrase_leaves_no_folder(opened: Place) -> None:
    before = tree(opened.folder)
    done = opened.custody.using(cwd=opened.folder, passphrase="not this one")("init", "new", *NEEDED)
    assert (done.exit, done.out) == (7, "")
    assert tree(opened.folder) == before


def test_a_place_that_cannot_be_written_is_exit_5(opened: Place) -> None:
    (opened.folder / "file").write_text("mine")
    done = opened.custody.using(cwd=opened.folder)("init", "file/new", *NEEDED, "--json")
    assert (done.exit, done.error["code"]) == (5, "storage")


def test_at_a_terminal_reference_and_title_are_asked(opened: Place) -> None:
    shutil.rmtree(opened.case)
    terminal = opened.custody.using(cwd=opened.folder).at_terminal("init", "case")
    terminal.expect_exact("Reference of the case (not secret):")
    terminal.sendline("GEN-7")
    terminal.expect_exact("What it is about (kept under seal):")
    terminal.sendline("Typed title")
    terminal.expect_exact("(Enter: nobody):")
    terminal.sendline("")
    exit_code, shown = ended(terminal)
    assert exit_code == 0
    assert "Case GEN-7 is open in case." in shown
    assert NAME.split()[0] not in shown  # the key was there: nothing is said of making one
    assert opened.custody("status", "--json").json["title"] == "Typed title"


def test_a_bad_label_is_refused_before_a_key_is_made(tmp_path: Path) -> None:
    custody = Custody(cwd=tmp_path, home=tmp_path / "home")
    done = custody("init", "one", *NEEDED, "--label", "7", "--name", "Ana", "--organisation", "Watch")
    assert (done.exit, (tmp_path / "home").exists()) == (2, False)


def test_a_passphrase_typed_as_the_title_is_refused_before_a_key_is_made(tmp_path: Path) -> None:
    custody = Custody(cwd=tmp_path, home=tmp_path / "home")
    who = ("--name", "Ana", "--organisation", "Watch")
    done = custody("init", "one", "--reference", "GEN-1", "--title", str(custody.passphrase), *who)
    assert (done.exit, (tmp_path / "home").exists(), (tmp_path / "one").exists()) == (2, False, False)
    assert "You typed your passphrase at the title. Nothing was recorded." in done.err
