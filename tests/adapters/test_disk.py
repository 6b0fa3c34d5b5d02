"""What is synced is the file or folder itself, and no descriptor is left open, whatever the disk says."""

import os
from pathlib import Path

import pytest

from custody import disk


@pytest.mark.parametrize("name", ["a file", "a folder"])
def test_what_is_named_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    path = tmp_path / name
    path.mkdir() if name == "a folder" else path.write_bytes(b"x")
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    disk.sync(path)
    assert synced == [path.stat().st_ino]


def test_a_disk_that_fails_is_said_and_leaves_nothing_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def fails(descriptor: int) -> None:
        tried.append(descriptor)
        raise OSError(5, "the disk is dying")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="the disk is dying"):
        disk.sync(tmp_path)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(tried[0])


def test_what_is_not_there_is_not_synced(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        disk.sync(tmp_path / "none")
