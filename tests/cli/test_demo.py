"""`custody demo`: on made-up evidence, and on a person's own files."""

import re
from pathlib import Path

import pytest

from tests.cli.commandline import Custody, tree


@pytest.fixture
def custody(tmp_path: Path) -> Custody:
    """A person with nothing."""
    (tmp_path / "here").mkdir()
    return Custody(cwd=tmp_path / "here", home=tmp_path / "home", passphrase=None)


def test_it_shows_everything_and_says_where_it_lies_and_what_to_type_next(custody: Custody) -> None:
    done = custody("demo")
    assert (done.exit, done.err) == (0, "")
    steps = re.findall(r"^(\d+)\. (.*)$", done.out, re.MULTILINE)
    assert [number for number, _ in steps] == [str(number) for number in range(1, 12)]
    joined = " ".join(done.out.split())
    assert "5 of 5 items match. Nothing was found wrong. Two answers are OPEN: when, whole." in joined
    assert "4 of 5 items match. 1 does not: DV-1. One answer is NO: unchanged." in joined
    (lead,) = re.findall('--lead "(.*)"', done.out)
    assert done.out.endswith(
        "\nThe case lies in    custody-demo/case\n"
        "The report lies in  custody-demo/report.pdf\n"
        "Next, one of:\n"
        "  custody items --case custody-demo/case\n"
        f'  custody verify custody-demo/case --lead "{lead}"\n'
        "  custody verify custody-demo/report.pdf     as whoever was given it does\n"
        '  custody init DIR --reference … --title "…"     a case of your own\n'
    )
    samples = sorted(one.name for one in (custody.cwd / "custody-demo" / "documents").iterdir())
    assert samples == [
        "custody-form.pdf",
        "declaration-in-63-4.pdf",
        "declaration-uk-s9.pdf",
        "declaration-us-902-13.pdf",
        "declaration-us-902-14.pdf",
        "receipt.pdf",
        "schedule.pdf",
    ]
    # What it says to type works; the person's own home stays as it was.
    assert tree(custody.home) == {}
    receipt = custody("verify", "custody-demo/documents/receipt.pdf", "--lead", lead).out
    assert "Is every hand-over accounted for? YES. Handed over, and signed by both sides each time: DV-1." in receipt
    assert len(custody("items", "--case", "custody-demo/case", "--json").json["items"]) == 5
    words = custody("verify", "custody-demo/case", "--lead", lead).out
    assert words.endswith("5 of 5 items match. Nothing was found wrong. Two answers are OPEN: when, whole.\n")
    judged = custody("verify", "custody-demo/case", "--json")
    assert (judged.exit, judged.json["items"]) == (8, {"matching": 5, "total": 5})
    assert custody("verify", "custody-demo/changed-copy", "--json").json["items"] == {"matching": 4, "total": 5}
    assert (custody.cwd / "custody-demo" / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_it_does_the_same_with_a_file_and_a_folder(custody: Custody) -> None:
    (custody.cwd / "mine.txt").write_text("my own file")
    (custody.cwd / "folder").mkdir()
    (custody.cwd / "folder" / "a.txt").write_text("a")
    (custody.cwd / "custody-demo").mkdir()  # the name is taken
    done = custody("demo", "folder", "mine.txt", "--json")
    assert done.exit == 0
    said = done.json
    folder = custody.cwd / "custody-demo-2"
    assert {name: said[name] for name in ("case", "changed_item", "folder", "items", "report")} == {
        "case": str(folder / "case"),
        "changed_item": "DV-2",
        "folder": str(folder),
        "items": 2,
        "report": str(folder / "report.pdf"),
    }
    assert (said["judgement"]["verdict"], said["judgement"]["items"]) == ("indeterminate", {"matching": 2, "total": 2})
    assert (said["changed"]["verdict"], said["changed"]["items"]) == ("failed", {"matching": 1, "total": 2})
    assert (custody.cwd / "mine.txt").read_text() == "my own file"
    assert list((custody.cwd / "custody-demo").iterdir()) == []


@pytest.mark.parametrize("name", ["gone.txt", "gone/\x1b[31m"])
def test_a_file_that_is_not_there_is_exit_2_and_makes_nothing(custody: Custody, name: str) -> None:
    done = custody("demo", name, "--json")
    assert done.exit == 2
    assert done.error == {
        "code": "usage",
        "exit": 2,
        "hint": "name files that exist, or none for made-up ones",
        "message": f"{name} is not there",
    }
    assert "\x1b" not in done.err
    assert list(custody.cwd.iterdir()) == []


@pytest.mark.parametrize("name", [".", ".."])
def test_the_folder_in_which_it_would_lie_is_exit_2_and_makes_nothing(custody: Custody, name: str) -> None:
    done = custody("demo", name, "--json")
    assert (done.exit, done.error["message"]) == (2, f"the demonstration would lie in {name} itself")
    assert list(custody.cwd.iterdir()) == []


def test_a_folder_alone_can_be_shown_too(custody: Custody) -> None:
    (custody.cwd / "folder").mkdir()
    (custody.cwd / "folder" / "a.txt").write_text("a")
    done = custody("demo", "folder", "--json")
    assert done.exit == 0
    assert (done.json["changed_item"], done.json["changed"]["verdict"]) == ("DV-1", "failed")
