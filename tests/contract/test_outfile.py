"""A new file is written whole or not at all, and never over another."""

import os
from pathlib import Path

import pytest

from custody.adapters import outfile
from custody.adapters.outfile import check_new, write_new
from custody.errors import StorageError, UsageError


def test_a_new_file_holds_the_bytes_and_nothing_else_is_there(tmp_path: Path) -> None:
    write_new(tmp_path / "report.pdf", b"\0" * 100_000)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"report.pdf": b"\0" * 100_000}


def _taken(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / "report.pdf"
    match kind:
        case "file":
            path.write_bytes(b"old")
        case "folder":
            path.mkdir()
        case "link to a file":
            (tmp_path / "old").write_bytes(b"old")
            path.symlink_to(tmp_path / "old")
        case _:
            path.symlink_to(tmp_path / "nothing")
    return path


@pytest.mark.parametrize("kind", ["file", "folder", "link to a file", "link to nothing"])
def test_a_name_that_is_taken_is_refused_and_left_alone(tmp_path: Path, kind: str) -> None:
    path = _taken(tmp_path, kind)
    before = [(one.name, one.is_symlink(), one.is_file() and one.read_bytes()) for one in sorted(tmp_path.iterdir())]
    with pytest.raises(UsageError, match="exists already, and is not overwritten"):
        write_new(path, b"new")
    assert before == [
        (one.name, one.is_symlink(), one.is_file() and one.read_bytes()) for one in sorted(tmp_path.iterdir())
    ]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not there"):
        check_new(tmp_path / "none" / "report.pdf")


def test_a_name_taken_in_the_meantime_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(b"old")
    monkeypatch.setattr(outfile, "check_new", lambda _: None)
    with pytest.raises(UsageError, match="exists already"):
        write_new(path, b"new")
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"report.pdf": b"old"}


@pytest.mark.parametrize("call", ["fsync", "link"])
def test_a_disk_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, full)
    if call == "link":  # a file system without links: the name is given by renaming
        monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageError, match="No space left on device"):
        write_new(tmp_path / "report.pdf", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unable(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", unable)
    write_new(tmp_path / "report.pdf", b"new")
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"report.pdf": b"new"}


def test_a_file_system_without_links_gives_no_taken_name_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unable(*_: object) -> None:
        (tmp_path / "report.pdf").write_bytes(b"another's")
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", unable)
    with pytest.raises(UsageError, match="exists already"):
        write_new(tmp_path / "report.pdf", b"new")
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"report.pdf": b"another's"}
