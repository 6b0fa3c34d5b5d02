"""What the use cases expect of BlockHeaders, on the file: a kept header stays, and only what custody wrote is read."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from custody import disk
from custody.adapters import blocks
from custody.adapters.blocks import MAX_FILE, BlockHeadersFile
from custody.errors import FormatError, HeaderMismatch, StorageError, UsageError
from custody.formats.blockheader import MAX_HEIGHT
from custody.ports import BlockHeaders


def _header(number: int) -> bytes:
    return bytes(36) + number.to_bytes(32, "big") + bytes(4) + b"\xff\xff\x7f\x20" + bytes(4)


FIRST, OTHER = _header(1), _header(2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "trust" / "blocks.json"


@pytest.fixture
def headers(path: Path) -> BlockHeaders:
    return BlockHeadersFile(path)


def test_nothing_is_kept_at_first_and_asking_creates_nothing(headers: BlockHeaders, tmp_path: Path) -> None:
    assert headers.get(5) is None
    assert list(tmp_path.iterdir()) == []


def test_a_header_is_kept_for_its_height_alone(headers: BlockHeaders) -> None:
    headers.keep(5, FIRST)
    assert (headers.get(5), headers.get(4), headers.get(-5)) == (FIRST, None, None)


def test_another_process_finds_what_was_kept(headers: BlockHeaders, path: Path) -> None:
    headers.keep(5, FIRST)
    headers.keep(10, OTHER)
    found = BlockHeadersFile(path)
    assert (found.get(5), found.get(10)) == (FIRST, OTHER)


def test_a_kept_header_is_never_replaced_by_another(headers: BlockHeaders) -> None:
    headers.keep(5, FIRST)
    with pytest.raises(HeaderMismatch, match="is given for height 5, and block"):
        headers.keep(5, OTHER)
    assert headers.get(5) == FIRST


def test_keeping_the_same_header_again_writes_nothing(headers: BlockHeaders, path: Path) -> None:
    headers.keep(5, FIRST)
    before = path.stat()
    headers.keep(5, FIRST)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("height", [-1, MAX_HEIGHT + 1])
def test_a_height_that_no_block_has_is_refused(headers: BlockHeaders, height: int) -> None:
    with pytest.raises(UsageError, match="no Bitcoin block has the height"):
        headers.keep(height, FIRST)


@pytest.mark.parametrize("header", [b"", FIRST[:-1], FIRST + b"\0", bytes(80)])
def test_what_is_no_header_is_not_kept(headers: BlockHeaders, path: Path, header: bytes) -> None:
    with pytest.raises(FormatError):
        headers.keep(5, header)
    assert not path.exists()


def test_the_file_is_canonical_and_alone_in_its_folder(headers: BlockHeaders, path: Path) -> None:
    headers.keep(10, OTHER)
    headers.keep(9, FIRST)
    assert path.read_bytes() == b'{"10":"%s","9":"%s"}' % (OTHER.hex().encode(), FIRST.hex().encode())
    assert list(path.parent.iterdir()) == [path]


GOOD = b'{"5":"%s"}' % FIRST.hex().encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"\x00" * 100,
        GOOD + b"\n",
        b" " + GOOD,
        GOOD.replace(b":", b": "),
        GOOD.replace(b'"5"', b'"05"'),
        GOOD.replace(b'"5"', b'"-5"'),
        GOOD.replace(b'"5"', b'"5.0"'),
        GOOD.replace(b'"5"', b'""'),
        GOOD.replace(b'"5"', b'"%d"' % (MAX_HEIGHT + 1)),
        GOOD.replace(b'"5"', b'"' + b"9" * 5_000 + b'"'),
        GOOD[:-1] + b"," + GOOD[1:],
        b'{"5":null}',
        b'{"5":[]}',
        b'{"5":"' + b"0" * 160 + b'"}',
        GOOD.replace(b"ff", b"FF"),
        GOOD.replace(b'00"', b'"'),
        b"[" * 100_000,
    ],
)
def test_a_file_that_custody_did_not_write_is_named_and_left_alone(
    headers: BlockHeaders, path: Path, content: bytes
) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    acts: list[Callable[[], object]] = [lambda: headers.get(5), lambda: headers.keep(6, OTHER)]
    for act in acts:
        with pytest.raises(FormatError, match=r"blocks\.json holds what custody did not write there"):
            act()
    assert path.read_bytes() == content


def test_a_file_that_is_too_long_is_not_parsed(headers: BlockHeaders, path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b" " * (MAX_FILE + 1))
    with pytest.raises(FormatError, match=f"more than {MAX_FILE} bytes"):
        headers.get(5)


def test_a_file_cut_at_any_byte_is_refused(headers: BlockHeaders, path: Path) -> None:
    headers.keep(5, FIRST)
    for stop in range(len(GOOD)):
        path.write_bytes(GOOD[:stop])
        with pytest.raises(FormatError):
            headers.get(5)


def test_a_full_file_takes_no_more(headers: BlockHeaders, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MAX_HEADERS", 2)
    headers.keep(1, FIRST)
    headers.keep(2, OTHER)
    with pytest.raises(StorageError, match="holds 2 headers already"):
        headers.keep(3, _header(3))
    assert len(json.loads(path.read_bytes())) == 2


def test_as_many_headers_as_are_allowed_fit_into_the_file() -> None:
    member = len(f'"{MAX_HEIGHT}":"",') + len(FIRST.hex())
    assert blocks.MAX_HEADERS * member < MAX_FILE


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_a_pipe_or_folder_in_place_of_the_file_is_refused(headers: BlockHeaders, path: Path, kind: str) -> None:
    path.parent.mkdir(parents=True)
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    with pytest.raises(StorageError, match="is not a plain file"):
        headers.get(5)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_fails_leaves_what_was_kept(
    headers: BlockHeaders, path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    headers.keep(5, FIRST)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os if call == "fsync" else Path, call, full)
    with pytest.raises(StorageError, match="No space left on device"):
        headers.keep(6, OTHER)
    monkeypatch.undo()
    assert (headers.get(5), headers.get(6), list(path.parent.iterdir())) == (FIRST, None, [path])


def test_a_new_name_that_does_not_reach_the_disk_is_an_error(
    headers: BlockHeaders, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(disk, "sync", broken)
    with pytest.raises(StorageError, match="Input/output error"):
        headers.keep(5, FIRST)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_bytes(b"a file")
    with pytest.raises(StorageError, match=r"blocks\.json cannot be"):
        BlockHeadersFile(tmp_path / "home" / "trust" / "blocks.json").keep(5, FIRST)
