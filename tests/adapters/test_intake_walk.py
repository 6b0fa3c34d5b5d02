"""The walk finds everything below a folder once, in the order of the paths' bytes."""

import os
import random
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from custody.adapters.intake import FileIntake
from custody.adapters.intake.walking import LINK_SKIPPED
from custody.ports import Found

posix = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX kinds of files")


def _walk(folder: Path) -> list[Found]:
    return list(FileIntake().walk(str(folder)))


def _make(folder: Path, *names: str | bytes) -> None:
    for name in names:
        path = os.path.join(os.fsencode(folder), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(name if isinstance(name, bytes) else name.encode())


def _summary(found: list[Found]) -> dict[bytes, str]:
    return {one.inside: one.skipped or (one.failed.outcome if one.failed else f"{one.size} bytes") for one in found}


def test_files_are_found_with_both_paths_and_size(tmp_path: Path) -> None:
    _make(tmp_path, "a/b/c.txt")
    path = os.fsencode(tmp_path / "a" / "b" / "c.txt")
    assert _walk(tmp_path) == [Found(path=path, inside=b"a/b/c.txt", size=9, follow=False)]


def test_the_order_is_that_of_the_whole_paths_bytes(tmp_path: Path) -> None:
    _make(tmp_path, "a/b", "a/b-", "a-b", "a.b", "a b", "a0", "ab/a", "ab-", "B", "ä/x", "ä-", "a/b0/c", "A/z")
    inside = [one.inside for one in _walk(tmp_path)]
    assert inside == sorted(inside)
    assert inside.index(b"a-b") < inside.index(b"a/b")
    assert len(inside) == 13


@pytest.mark.parametrize("seed", range(5))
def test_the_order_holds_for_any_tree(tmp_path: Path, seed: int) -> None:
    choose = random.Random(seed)
    names = set()
    for _ in range(300):
        parts = ["".join(choose.choices("a-./0 ", k=choose.randint(1, 3))).replace("/", "") for _ in range(4)]
        names.add("/".join(f"{part}x" for part in parts[: choose.randint(1, 4)]))
    for name in sorted(names):
        if not any(other.startswith(f"{name}/") for other in names):
            _make(tmp_path, name)
    expected = sorted(os.fsencode(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if not path.is_dir())
    assert [one.inside for one in _walk(tmp_path)] == expected


def test_a_folder_without_files_gives_nothing(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert _walk(tmp_path) == []


@posix
def test_links_inside_a_folder_are_skipped_and_said(tmp_path: Path) -> None:
    _make(tmp_path, "folder/file", "outside/secret")
    (tmp_path / "folder" / "to file").symlink_to("file")
    (tmp_path / "folder" / "to folder").symlink_to(tmp_path / "outside")
    (tmp_path / "folder" / "to itself").symlink_to(tmp_path / "folder")
    (tmp_path / "folder" / "to nothing").symlink_to("nothing")
    assert _summary(_walk(tmp_path / "folder")) == {
        b"file": "11 bytes",
        b"to file": LINK_SKIPPED,
        b"to folder": LINK_SKIPPED,
        b"to itself": LINK_SKIPPED,
        b"to nothing": LINK_SKIPPED,
    }


@posix
def test_pipes_and_sockets_are_failures() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:  # the paths of sockets are short
        folder = Path(name)
        _make(folder, "file")
        os.mkfifo(folder / "pipe")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(folder / "socket"))
        assert _summary(_walk(folder)) == {b"file": "4 bytes", b"pipe": "not-a-file", b"socket": "not-a-file"}


@posix
def test_devices_are_failures() -> None:
    found = {one.inside: one.failed.outcome for one in _walk(Path("/dev")) if one.failed}
    assert (found[b"null"], found[b"zero"]) == ("not-a-file", "not-a-file")


@posix
def test_any_names_are_found(tmp_path: Path) -> None:
    names = [b"new\nline", b"invalid \xff", b"\x1b[2J", "ü".encode(), b"fol\xffder/x", b"~", b"a\\b"]
    _make(tmp_path, *names)
    assert [one.inside for one in _walk(tmp_path)] == sorted(names)


@posix
def test_a_folder_that_may_not_be_listed_is_a_failure_and_the_rest_is_found() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        _make(folder, "a", "b/hidden", "b-", "c/d")
        os.chmod(folder, 0o755)
        os.chmod(folder / "b", 0)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)  # nobody: root may list everything
        try:
            found = _walk(folder)
        finally:
            if root:
                os.seteuid(0)
            os.chmod(folder / "b", 0o700)
    assert list(_summary(found).items()) == [
        (b"a", "1 bytes"),
        (b"b-", "2 bytes"),
        (b"b/", "not-allowed"),
        (b"c/d", "3 bytes"),
    ]
    assert found[2].path == os.fsencode(folder / "b")


@posix
def test_very_deep_folders_end_in_a_failure_not_a_crash(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    for _ in range(2100):  # two bytes each: more than the 4096 of a path
        os.mkdir("d", dir_fd=descriptor)
        below = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    os.close(descriptor)
    try:
        found = _walk(tmp_path)
        assert [one.failed.outcome for one in found if one.failed] == ["read-error"]
        assert len(found) == 1
    finally:
        subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)


def test_over_a_thousand_levels_are_walked(tmp_path: Path) -> None:
    path = str(tmp_path)
    for _ in range(1200):  # more than Python's stack has room for
        path += "/d"
        os.mkdir(path)
    _make(Path(path), "file")
    try:
        assert [one.inside for one in _walk(tmp_path)] == [b"d/" * 1200 + b"file"]
    finally:
        subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)  # Python's own removal recurses


@posix
def test_a_file_that_went_away_meanwhile_is_not_found(tmp_path: Path) -> None:
    _make(tmp_path, "a", "b")
    walk = FileIntake().walk(str(tmp_path))
    assert next(walk).inside == b"a"
    (tmp_path / "b").unlink()
    assert _summary(list(walk)) == {b"b": "not-found"}


def test_a_folder_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    assert _summary(_walk(tmp_path / "missing")) == {b"": "not-found"}


@posix
def test_a_folder_named_by_a_link_is_walked_under_the_links_name(tmp_path: Path) -> None:
    _make(tmp_path, "folder/file")
    (tmp_path / "link").symlink_to("folder")
    assert [one.path for one in _walk(tmp_path / "link")] == [os.fsencode(tmp_path / "link" / "file")]


# --- what is named on the command line -------------------------------------------------------------------------------


def test_a_named_file_is_found_with_its_name_and_size(tmp_path: Path) -> None:
    _make(tmp_path, "file")
    path = os.fsencode(tmp_path / "file")
    assert FileIntake().file(str(tmp_path / "file")) == Found(path=path, inside=b"file", size=4, follow=True)


@pytest.mark.parametrize(
    ("name", "outcome"),
    [("missing", "not-found"), ("dangling", "dangling-link"), ("circle", "dangling-link"), ("folder", "not-a-file")],
)
def test_a_named_path_that_is_no_file_is_a_failure(tmp_path: Path, name: str, outcome: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling").symlink_to("nothing")
    (tmp_path / "circle").symlink_to("circle")
    failed = FileIntake().file(str(tmp_path / name)).failed
    assert failed is not None
    assert failed.outcome == outcome


def test_a_named_link_is_followed(tmp_path: Path) -> None:
    _make(tmp_path, "file")
    (tmp_path / "link").symlink_to("file")
    found = FileIntake().file(str(tmp_path / "link"))
    assert (found.inside, found.size, found.follow, found.failed) == (b"link", 4, True, None)
    assert FileIntake().followed_link(found.path)


def test_a_plain_file_is_no_followed_link(tmp_path: Path) -> None:
    _make(tmp_path, "file")
    assert not FileIntake().followed_link(os.fsencode(tmp_path / "file"))


@pytest.mark.parametrize(("name", "folder"), [("folder", True), ("link", True), ("file", False), ("missing", False)])
def test_folders_and_links_to_them_are_folders(tmp_path: Path, name: str, folder: bool) -> None:
    _make(tmp_path, "file", "folder/x")
    (tmp_path / "link").symlink_to("folder")
    assert FileIntake().is_folder(str(tmp_path / name)) is folder


def test_paths_are_absolute_without_resolving_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _make(tmp_path, "folder/file")
    (tmp_path / "link").symlink_to("folder")
    monkeypatch.chdir(tmp_path)
    assert FileIntake().absolute("./link//file") == os.fsencode(tmp_path / "link" / "file")


@posix
def test_a_path_through_the_parent_of_a_links_target_names_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _make(tmp_path, "a/b/x", "a/file", "file")  # link/../file is a/file
    (tmp_path / "link").symlink_to("a/b")
    monkeypatch.chdir(tmp_path)
    assert os.path.samefile(FileIntake().absolute("link/../file"), tmp_path / "a" / "file")


@posix
def test_names_that_are_no_unicode_come_back_as_their_bytes(tmp_path: Path) -> None:
    _make(tmp_path, b"\xff")
    assert FileIntake().file(f"{tmp_path}/{os.fsdecode(bytes([255]))}").inside == b"\xff"
