"""Damage to any object of the evidence store is found, names its item, and leaves the other items matching."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from custody.domain.verdict import Verdict
from tests.builders import findings
from tests.tamper.kit import REPORT, Copy, Original, complaint, flipped, wrong

NewCopy = Callable[[], Copy]


def _rewrite(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


def _flip_first(path: Path) -> None:
    _rewrite(path, flipped(path.read_bytes() or b"\0", 0))


def _flip_last(path: Path) -> None:
    data = path.read_bytes() or b"\0"
    _rewrite(path, flipped(data, len(data) - 1, 7))


def _truncate(path: Path) -> None:
    _rewrite(path, path.read_bytes()[:-1] or b"x")


def _empty(path: Path) -> None:
    _rewrite(path, b"" if path.stat().st_size else b"\0")


def _extend(path: Path) -> None:
    _rewrite(path, path.read_bytes() + b"\0")


def _remove(path: Path) -> None:
    path.unlink()


def _remove_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def _link_to_a_copy(path: Path) -> None:
    """The right bytes, but kept elsewhere: nothing holds them still."""
    elsewhere = path.with_name("elsewhere")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def _link_to_nothing(path: Path) -> None:
    path.unlink()
    path.symlink_to("/nonexistent/file")


def _link_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _file_for_folder(path: Path) -> None:
    shutil.rmtree(path.parent)
    path.parent.write_bytes(b"")


DAMAGE: dict[str, Callable[[Path], None]] = {
    "first bit": _flip_first,
    "last bit": _flip_last,
    "one byte less": _truncate,
    "empty": _empty,
    "one byte more": _extend,
    "removed": _remove,
    "removed with its folder": _remove_folder,
    "a link to the right bytes": _link_to_a_copy,
    "a link to nothing": _link_to_nothing,
    "a link to itself": _link_to_itself,
    "a pipe": _pipe,
    "a folder": _folder,
    "a device": _device,
    "a file in place of its folder": _file_for_folder,
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_to_an_object_is_found_and_concerns_its_item_alone(
    kind: str, original: Original, new_copy: NewCopy
) -> None:
    complaints = {}
    for name, items in original.objects.items():
        copy = new_copy()
        DAMAGE[kind](copy.object(name))
        complaints[name] = complaint(copy, items=items)
    assert wrong(complaints) == ""


def test_an_object_with_the_bytes_of_another_is_found(original: Original, new_copy: NewCopy) -> None:
    names = list(original.objects)
    complaints = {}
    for name, other in zip(names, names[1:] + names[:1], strict=True):
        copy = new_copy()
        _rewrite(copy.object(name), original.folder.joinpath("evidence", other[:2], other).read_bytes())
        complaints[name] = complaint(copy, items=original.objects[name])
    assert wrong(complaints) == ""


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_to_the_copy_of_a_report_is_told_and_concerns_no_item(kind: str, new_copy: NewCopy) -> None:
    copy = new_copy()
    DAMAGE[kind](copy.object(REPORT))
    judgement = copy.examine().judgement
    told = {one.code for one in judgement.questions.completeness.findings} & {"report-missing", "report-changed"}
    assert (len(told), judgement.items.matching, judgement.verdict) == (1, 6, Verdict.INDETERMINATE)


def test_every_item_that_was_kept_has_an_object_here(original: Original) -> None:
    assert frozenset().union(*original.objects.values()) == {"JD-1", "JD-2", "JD-3", "JD-4", "JD-5", "JD-7"}


def test_a_store_that_is_gone_fails_for_every_kept_item(new_copy: NewCopy) -> None:
    copy = new_copy()
    shutil.rmtree(copy.folder / "evidence")
    judgement = copy.examine().judgement
    missing = {one.about.split(",")[0] for one in findings(judgement) if one.code == "item-missing"}
    assert (judgement.items.matching, sorted(missing)) == (0, ["JD-1", "JD-2", "JD-3", "JD-4", "JD-5", "JD-7"])


def test_a_part_of_a_folder_is_named_by_its_number(original: Original, new_copy: NewCopy) -> None:
    copy = new_copy()
    (voice,) = [name for name in original.objects if copy.object(name).stat().st_size == 4 + 256 * 20]
    _flip_first(copy.object(voice))
    failed = [one.about for one in findings(copy.examine().judgement) if one.verdict is Verdict.FAILED]
    assert failed == ["JD-4/2"]


@pytest.mark.parametrize("kind", ["first bit", "a link to the right bytes"])
def test_a_digest_that_cannot_be_opened_hides_no_altered_object(
    kind: str, original: Original, new_copy: NewCopy
) -> None:
    (typed,) = [name for name, items in original.objects.items() if items == {"JD-5"}]
    copy = new_copy()
    copy.write_openings("DELETE FROM openings WHERE pointer = '/digest'")
    assert "object-unfit" not in [one.code for one in findings(copy.examine().judgement)]
    DAMAGE[kind](copy.object(typed))
    answer = copy.examine().judgement.questions.integrity
    assert ("object-unfit", f"evidence/{typed[:2]}/{typed[:8]}…") in [(one.code, one.about) for one in answer.findings]
    assert answer.verdict is Verdict.INDETERMINATE


def test_an_object_far_larger_than_recorded_is_found_without_reading_it(original: Original, new_copy: NewCopy) -> None:
    complaints = {}
    for name, items in original.objects.items():
        copy = new_copy()
        copy.object(name).chmod(0o600)
        os.truncate(copy.object(name), 2**42)  # sparse; to read it takes hours
        complaints[name] = complaint(copy, items=items)
    assert wrong(complaints) == ""


def test_a_file_that_nobody_recorded_fails_nothing(original: Original, new_copy: NewCopy) -> None:
    copy = new_copy()
    copy.files.evidence.add(b"left by a collect that was broken off")
    judgement = copy.examine().judgement
    assert (judgement.questions.integrity.verdict, judgement.items.matching) == (Verdict.INDETERMINATE, 6)
    assert "object-unrecorded" in [one.code for one in findings(judgement)]
