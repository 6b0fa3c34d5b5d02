"""The parts list: what `sha256sum` writes and checks, and a salted tree over its lines."""

import hashlib
import hmac
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.errors import FormatError
from custody.formats.merkle import EMPTY_ROOT, verify_inclusion
from custody.formats.partslist import (
    SALT_SIZE,
    SEED_SIZE,
    Part,
    format_line,
    parse_line,
    parse_lines,
    part_leaf,
    parts_root,
    salt_of,
)
from tests.formats.values import nearly, read_back
from tests.oracles import merkle as oracle

DIGEST = hashlib.sha256(b"content").digest()
HEX = DIGEST.hex().encode()
SEED = bytes(range(SEED_SIZE))

paths = st.binary(min_size=1, max_size=40) | st.lists(
    st.sampled_from((b"\\", b"\n", b"\r", b"n", b"r", b"/", b" ", b"a", b"\xff")), min_size=1, max_size=12
).map(b"".join)
paths = paths.filter(lambda path: b"\0" not in path and not {b"", b".", b".."} & set(path.split(b"/")))
parts = st.builds(Part, st.binary(min_size=32, max_size=32), paths)


@given(parts)
def test_line_is_read_back(part: Part) -> None:
    assert parse_line(format_line(part)) == part


@given(parts)
def test_line_is_one_line(part: Part) -> None:
    assert re.fullmatch(rb"[^\n\r]+\n", format_line(part))


@given(nearly(format_line(Part(DIGEST, b"a\\b\nc"))) | nearly(format_line(Part(DIGEST, b"plain"))))
def test_line_that_is_read_is_written_alike(line: bytes) -> None:
    assert read_back(line, parse_line, format_line) in (line, None)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (b"a/b c.jpg", HEX + b"  a/b c.jpg\n"),
        ("фото 2.jpg".encode(), HEX + "  фото 2.jpg\n".encode()),
        (b"a\nb", b"\\" + HEX + b"  a\\nb\n"),
        (b"a\rb", b"\\" + HEX + b"  a\\rb\n"),
        (b"a\\b", b"\\" + HEX + b"  a\\\\b\n"),
        (b"a\\nb", b"\\" + HEX + b"  a\\\\nb\n"),
        (b"\\\n\\", b"\\" + HEX + b"  \\\\\\n\\\\\n"),
        (b"\xff\xfe", HEX + b"  \xff\xfe\n"),
        (b"*star", HEX + b"  *star\n"),
        (b"  two spaces", HEX + b"    two spaces\n"),
    ],
)
def test_line_is_spelt_out(path: bytes, line: bytes) -> None:
    assert format_line(Part(DIGEST, path)) == line


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\n", id="empty line"),
        pytest.param(HEX + b"  a", id="no line feed"),
        pytest.param(HEX + b"  a\r\n", id="CRLF"),
        pytest.param(HEX + b"  a\n\n", id="two line feeds"),
        pytest.param(HEX + b"  a\n" + HEX + b"  b\n", id="two lines"),
        pytest.param(HEX + b"  \n", id="no path"),
        pytest.param(HEX + b"\n", id="digest alone"),
        pytest.param(HEX + b" a\n", id="one space"),
        pytest.param(HEX + b"\ta\n", id="tab"),
        pytest.param(HEX + b" *a\n", id="binary mark"),
        pytest.param(HEX.upper() + b"  a\n", id="upper-case digest"),
        pytest.param(HEX[:-1] + b"  a\n", id="short digest"),
        pytest.param(HEX + b"0  a\n", id="long digest"),
        pytest.param(HEX[:40] + b"  a\n", id="SHA-1"),
        pytest.param(b"g" + HEX[1:] + b"  a\n", id="not hexadecimal"),
        pytest.param(b"\xff" + HEX[1:] + b"  a\n", id="not ASCII"),
        pytest.param(b" " + HEX + b"  a\n", id="space before"),
        pytest.param(b"\xef\xbb\xbf" + HEX + b"  a\n", id="byte order mark"),
        pytest.param(b"# " + HEX + b"  a\n", id="comment"),
        pytest.param(b"SHA256 (a) = " + HEX + b"\n", id="BSD form"),
        pytest.param(b"\\" + HEX + b"  a\n", id="mark without an escape"),
        pytest.param(HEX + b"  a\\nb\n", id="escape without a mark"),
        pytest.param(HEX + b"  a\\\\b\n", id="doubled backslash without a mark"),
        pytest.param(HEX + b"  a\nb\n", id="line feed that is not escaped"),
        pytest.param(b"\\" + HEX + b"  a\rb\\n\n", id="carriage return that is not escaped"),
        pytest.param(b"\\" + HEX + b"  a\\tb\\n\n", id="no such escape"),
        pytest.param(b"\\" + HEX + b"  a\\n\\\n", id="backslash at the end"),
        pytest.param(b"\\\\" + HEX + b"  a\\n\n", id="two marks"),
        pytest.param(HEX + b"  " + b"a" * 69_934 + b"\n", id="too long"),
    ],
)
def test_another_spelling_is_refused(line: bytes) -> None:
    with pytest.raises(FormatError):
        parse_line(line)


def test_line_of_the_largest_length_is_read() -> None:
    line = HEX + b"  " + b"a" * 69_933 + b"\n"
    assert len(line) == 70_000
    assert parse_line(line).path == b"a" * 69_933


def _lines(*names: bytes) -> list[bytes]:
    return [format_line(Part(DIGEST, name)) for name in names]


def test_lines_in_the_order_of_their_bytes_are_read() -> None:
    names = (b"A", b"B", b"a", b"a b", b"a/b", b"a\\", b"\x80", b"\xff")
    assert [part.path for part in parse_lines(_lines(*names))] == list(names)


@pytest.mark.parametrize("names", [(b"b", b"a"), (b"a", b"a"), (b"a", b"c", b"b"), (b"a/b", b"a b"), (b"\xff", b"a")])
def test_lines_in_another_order_are_refused(names: tuple[bytes, ...]) -> None:
    with pytest.raises(FormatError, match="not in the order"):
        list(parse_lines(_lines(*names)))


def test_lines_are_ordered_by_path_and_not_by_its_escapes() -> None:
    # As bytes: line feed, then '!', although its escape begins with a backslash.
    assert [part.path for part in parse_lines(_lines(b"\n", b"!"))] == [b"\n", b"!"]


# --- the salted tree ---------------------------------------------------------------------------------------------


@given(st.binary(min_size=32, max_size=32), st.integers(1, 10**9))
def test_salt_is_half_an_hmac_of_the_number(seed: bytes, index: int) -> None:
    assert salt_of(seed, index) == hmac.new(seed, b"%d" % index, hashlib.sha256).digest()[:SALT_SIZE]


def _entries(lines: list[bytes]) -> list[bytes]:
    """The entries of the tree as the format names them, salted from 1 on."""
    return [b"custody-part/v1\n" + salt_of(SEED, index) + line for index, line in enumerate(lines, 1)]


@pytest.mark.parametrize("count", range(1, 20))
def test_root_is_that_of_the_slow_tree(count: int) -> None:
    lines = _lines(*(b"%03d" % number for number in range(count)))
    assert parts_root(SEED, lines) == oracle.tree_hash(_entries(lines))


def test_no_parts_have_the_empty_root() -> None:
    assert parts_root(SEED, []) == EMPTY_ROOT


def test_one_part_is_shown_by_its_salt_line_and_path() -> None:
    lines = _lines(*(b"%03d" % number for number in range(11)))
    verify_inclusion(
        part_leaf(salt_of(SEED, 5), lines[4]),
        index=4,
        size=11,
        proof=oracle.audit_path(4, _entries(lines)),
        root=parts_root(SEED, lines),
    )


def test_another_seed_gives_another_root() -> None:
    assert parts_root(SEED, _lines(b"a")) != parts_root(bytes(SEED_SIZE), _lines(b"a"))


# --- the real sha256sum ------------------------------------------------------------------------------------------

PLAIN = [b"a", b"a b", b" space first", b"space last ", b"*star", b"#hash", b"- dash", b"--zero", b"=", b"(a) = b"]
PLAIN += ["фото 2.jpg".encode(), "😂".encode(), b"a\nb", b"a\\nb", b"\\", b"\\\\", b"\n", b"back\\slash\nand\\line"]
PLAIN += [b"folder/part", b"folder/\n", b"tab\tname", b"\x1b[31m", b"\xe2\x80\xae.txt", HEX + b"  a", b"\\" + HEX]
NOT_UTF8 = [b"\xff", b"caf\xe9", b"\xed\xa0\x80", b"\xff\\\n"]
WITH_CR = [b"a\rb", b"\r", b"end\r", b"\\\r\n"]

linux = pytest.mark.skipif(sys.platform != "linux", reason="this file system does not keep every byte in names")


def _coreutils(program: Callable[[str], Path], least: int) -> str:
    """GNU sha256sum of at least this major version; others escape less."""
    found = str(program("sha256sum"))
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"sha256sum \(GNU coreutils\) (\d+)\.", said)
    if version is None or int(version[1]) < least:
        pytest.skip(f"sha256sum of GNU coreutils {least} or newer is needed")
    return found


def _check(sha256sum: str, folder: Path, names: list[bytes]) -> None:
    """Our list equals what the program writes, and the program accepts ours and finds a changed file."""
    names = sorted(names)
    root = os.fsencode(folder)
    made = b""
    for number, name in enumerate(names):
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(b"%d" % number)
        made += format_line(Part(hashlib.sha256(b"%d" % number).digest(), name))
    written = subprocess.run([sha256sum, "--", *names], cwd=root, capture_output=True, check=True)
    assert made == written.stdout
    command = [sha256sum, "--check", "--strict", "--status"]
    assert subprocess.run(command, input=made, cwd=root, check=False).returncode == 0
    with open(os.path.join(root, names[-1]), "wb") as file:
        file.write(b"changed")
    assert subprocess.run(command, input=made, cwd=root, check=False).returncode == 1


@linux
def test_sha256sum_writes_and_accepts_the_same_list(program: Callable[[str], Path], tmp_path: Path) -> None:
    _check(_coreutils(program, 8), tmp_path, PLAIN)


@linux
def test_sha256sum_agrees_on_names_that_are_not_utf8(program: Callable[[str], Path], tmp_path: Path) -> None:
    _check(_coreutils(program, 8), tmp_path, NOT_UTF8)


@linux
def test_sha256sum_agrees_on_names_with_carriage_returns(program: Callable[[str], Path], tmp_path: Path) -> None:
    _check(_coreutils(program, 9), tmp_path, WITH_CR)
