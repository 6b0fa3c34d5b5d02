"""`custody verify REPORT.pdf [FILE…]`: what a stranger types who has the report, some files, and no case."""

from pathlib import Path

import pytest

from custody.cli.carried import _note_reports, is_carried
from custody.cli.terminal import Terminal
from custody.errors import UsageError
from tests.cli import smallcase
from tests.cli.smallcase import CHAT_NAME, PHOTO, PHOTO_NAME, Place


@pytest.fixture(scope="module")
def reported(ready_small: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place with a report on everything beside the case, and a stranger's home. Not to be changed."""
    place = smallcase.copied(ready_small, tmp_path_factory.mktemp("reported") / "place")
    done = place.custody("report", "-o", "../report.pdf", "--open", "name")
    assert done.exit == 0, done
    stranger = Place(place.folder, place.custody.using(cwd=place.folder, home=place.folder / "stranger"))
    (place.folder / "changed.jpg").write_bytes(PHOTO + b"!")
    return stranger


def test_a_report_and_its_files_are_answered_without_the_case(reported: Place) -> None:
    done = reported.custody("verify", "report.pdf", f"found/{PHOTO_NAME}", f"found/{CHAT_NAME}", "--json")
    verdicts = {name: answer["verdict"] for name, answer in done.json["questions"].items()}
    assert (done.exit, done.json["items"], verdicts) == (
        8,
        {"matching": 2, "total": 3},
        {
            "integrity": "indeterminate",  # nobody can give the text that was typed into the case
            "signers": "indeterminate",
            "time": "indeterminate",
            "custody": "passed",
            "completeness": "indeterminate",
        },
    )


def test_a_changed_file_ends_with_1_and_its_name(reported: Place) -> None:
    done = reported.custody("verify", "report.pdf", "changed.jpg")
    assert done.exit == 1
    assert "changed.jpg is no item of this record." in " ".join(done.out.split())


def test_the_report_itself_may_lie_in_the_folder_that_is_named(reported: Place, tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    for name in ("report.pdf", f"found/{PHOTO_NAME}"):
        (tmp_path / "all" / Path(name).name).write_bytes((reported.folder / name).read_bytes())
    done = reported.custody("verify", tmp_path / "all" / "report.pdf", tmp_path / "all", "--json")
    assert (done.exit, done.json["items"]) == (8, {"matching": 1, "total": 3})


def test_a_changed_report_ends_with_1(reported: Place, tmp_path: Path) -> None:
    data = bytearray((reported.folder / "report.pdf").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "report.pdf").write_bytes(data)
    done = reported.custody("verify", tmp_path / "report.pdf", "--json")
    assert (done.exit, done.json["verdict"]) == (1, "failed")


def test_what_is_no_report_ends_with_4(reported: Place) -> None:
    done = reported.custody("verify", "changed.jpg", "--json")
    assert (done.exit, done.error["message"]) == (4, "changed.jpg is neither a report nor the signed record of one")


def test_a_report_that_is_not_there_is_not_taken_for_a_case(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"rep\.pdf is not there"):
        is_carried(tmp_path / "rep.pdf")


def test_a_second_report_is_not_left_to_look_like_a_changed_item(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "second.pdf").write_bytes(b"%PDF-1.7 (custody-record.json)")
    (tmp_path / "item.pdf").write_bytes(b"%PDF-1.7")
    _note_reports(Terminal(as_json=False), [str(tmp_path / "second.pdf"), str(tmp_path / "item.pdf")])
    said = capsys.readouterr().err
    assert ("second.pdf seems to be a report too" in said, "item.pdf" in said) == (True, False)
