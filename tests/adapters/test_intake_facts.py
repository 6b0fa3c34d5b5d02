"""Times, addresses and media types: what the system and the browser say, and nothing that cannot be recorded."""

import os
import plistlib
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import filetype
import msgspec
import pytest

from custody.adapters.intake.attributes import (
    MAX_ADDRESS,
    MAX_ATTRIBUTE,
    Origin,
    left_by_browser,
    parse_where_froms,
    parse_zone_identifier,
)
from custody.adapters.intake.mediatype import _table, media_type
from custody.adapters.intake.times import file_times, format_nanoseconds
from custody.domain.fields import MediaTypeName
from custody.formats.canonical import Json
from custody.formats.canonical import encode as canonical

NOTHING = Origin(None, None)
ADDRESS = "https://listings.example/photo.jpg?size=large"
REFERRER = "https://listings.example/jobs/LX-48213"


# --- times -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nanoseconds", "expected"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (1_764_000_000_123_456_789, "2025-11-24T16:00:00.123456Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (-11_644_473_600 * 10**9, "1601-01-01T00:00:00.000000Z"),
        (-62_135_596_800 * 10**9, "0001-01-01T00:00:00.000000Z"),
        (-62_135_596_800 * 10**9 - 1, None),
        (253_402_300_799_999_999_999, "9999-12-31T23:59:59.999999Z"),
        (253_402_300_800 * 10**9, None),
        (2**63 * 10**9, None),
        (-(2**63) * 10**9, None),
    ],
)
def test_times_are_whole_microseconds_of_the_years_1_to_9999(nanoseconds: int, expected: str | None) -> None:
    assert format_nanoseconds(nanoseconds) == expected


def _open(path: Path) -> int:
    return os.open(path, os.O_RDONLY)


@pytest.fixture
def descriptor(tmp_path: Path) -> int:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    return os.open(path, os.O_RDONLY)


def test_the_time_of_modification_is_the_files(descriptor: int) -> None:
    os.utime(descriptor, ns=(0, 1_764_000_000_123_456_789))
    assert file_times(descriptor, os.fstat(descriptor)).modified == "2025-11-24T16:00:00.123456Z"


@pytest.mark.skipif(sys.platform != "linux", reason="statx is Linux's")
def test_the_time_of_birth_is_what_the_system_tells(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    said = subprocess.run(["stat", "--format=%W", path], check=True, capture_output=True, text=True).stdout.strip()
    if said in ("0", "-"):
        pytest.skip("this file system keeps no time of birth")
    os.utime(path, ns=(0, 0))
    descriptor = _open(path)
    created = file_times(descriptor, os.fstat(descriptor)).created
    os.close(descriptor)
    assert created is not None
    assert created[:19] == format_nanoseconds(int(said) * 10**9)[:19]  # type: ignore[index]


def test_linux_without_a_birth_time_says_none(descriptor: int) -> None:
    status = os.fstat(descriptor)
    assert file_times(descriptor, status, system="freebsd").created in (None, file_times(descriptor, status).created)


def test_on_windows_the_time_called_change_is_the_birth(descriptor: int) -> None:
    status = os.fstat(descriptor)
    times = file_times(descriptor, status, system="win32")
    assert (times.changed, times.created) == (None, format_nanoseconds(status.st_ctime_ns))


def test_on_macos_the_birth_is_part_of_the_status(descriptor: int) -> None:
    class Status:
        st_mtime_ns = 0
        st_ctime_ns = 1000
        st_birthtime = 1_764_000_000.25

    times = file_times(descriptor, Status(), system="darwin")  # type: ignore[arg-type]
    assert times == (
        "1970-01-01T00:00:00.000000Z",
        "1970-01-01T00:00:00.000001Z",
        "2025-11-24T16:00:00.250000Z",
    )


# --- what browsers leave ---------------------------------------------------------------------------------------------


def _origin(path: Path, system: str = sys.platform) -> Json:
    descriptor = _open(path)
    try:
        return left_by_browser(descriptor, os.fsencode(path), system=system)
    finally:
        os.close(descriptor)


@pytest.fixture
def set_attribute(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """Sets an extended attribute of a file and returns the file."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"")
    if sys.platform != "linux":
        pytest.skip("Linux's extended attributes")
    try:
        os.setxattr(path, "user.probe", b"")
    except OSError:
        pytest.skip("this file system keeps no extended attributes")

    def set_it(name: str, value: bytes) -> Path:
        os.setxattr(path, name, value)
        return path

    return set_it


def test_a_file_without_marks_has_no_origin(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert [_origin(tmp_path / "file", system) for system in ("linux", "darwin", "win32")] == [None] * 3


def test_linux_attributes_are_read(set_attribute: Callable[[str, bytes], Path]) -> None:
    set_attribute("user.xdg.referrer.url", REFERRER.encode())
    path = set_attribute("user.xdg.origin.url", ADDRESS.encode())
    assert _origin(path) == {"address": ADDRESS, "referrer": REFERRER, "from": "user.xdg.origin.url"}


def test_one_of_the_two_attributes_is_enough(set_attribute: Callable[[str, bytes], Path]) -> None:
    path = set_attribute("user.xdg.referrer.url", REFERRER.encode())
    assert _origin(path) == {"address": None, "referrer": REFERRER, "from": "user.xdg.origin.url"}


@pytest.mark.parametrize("value", [b"", b"a\0b", b"\xff\xfe", b"x" * (MAX_ADDRESS + 1), b"\xed\xa0\x80"])
def test_a_linux_attribute_that_cannot_be_recorded_is_dropped(
    set_attribute: Callable[[str, bytes], Path], value: bytes
) -> None:
    try:
        path = set_attribute("user.xdg.origin.url", value)
    except OSError:
        pytest.skip("this file system holds no attribute of that size")
    assert _origin(path) is None


def _plist(value: list[object] | dict[str, object] | str) -> bytes:
    return plistlib.dumps(value, fmt=plistlib.FMT_BINARY)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (_plist([ADDRESS, REFERRER]), Origin(ADDRESS, REFERRER)),
        (_plist([ADDRESS]), Origin(ADDRESS, None)),
        (_plist(["", REFERRER, "more"]), Origin(None, REFERRER)),
        (_plist(["a\0b", "ü"]), Origin(None, "ü")),
        (_plist(["x" * (MAX_ADDRESS + 1), 7]), NOTHING),
        (_plist([]), NOTHING),
        (_plist({"a": "b"}), NOTHING),
        (_plist("text"), NOTHING),
        (plistlib.dumps([ADDRESS]), NOTHING),  # XML: macOS writes the binary form only
        (b"", NOTHING),
        (b"bplist00", NOTHING),
        (b"bplist00" + b"\xff" * 64, NOTHING),
    ],
)
def test_the_macos_list_is_read(data: bytes, expected: Origin) -> None:
    assert parse_where_froms(data) == expected


def test_a_list_within_itself_a_thousandfold_is_no_crash() -> None:
    value: list[object] = []
    for _ in range(400):
        value = [value]
    deep = _plist(value)
    # each of 20,000 lists holds the next: far deeper than Python's stack
    count = 20_000
    objects = b"".join(b"\xa1" + (number + 1).to_bytes(2, "big") for number in range(count)) + b"\xa0"
    table = b"".join((8 + 3 * number).to_bytes(4, "big") for number in range(count + 1))
    trailer = (
        bytes(6) + bytes([4, 2]) + (count + 1).to_bytes(8, "big") + bytes(8) + (8 + len(objects)).to_bytes(8, "big")
    )
    assert parse_where_froms(deep) == NOTHING
    assert parse_where_froms(b"bplist00" + objects + table + trailer) == NOTHING


@pytest.mark.parametrize("seed", range(300))
def test_broken_macos_lists_never_raise(seed: int) -> None:
    choose = random.Random(seed)
    data = bytearray(_plist([ADDRESS, REFERRER, {"a": [1, 2.5, b"x"]}]))
    for _ in range(choose.randint(1, 6)):
        data[choose.randrange(8, len(data))] = choose.randrange(256)
    for text in parse_where_froms(bytes(data)):
        canonical(text)


ZONE = f"[ZoneTransfer]\r\nZoneId=3\r\nReferrerUrl={REFERRER}\r\nHostUrl={ADDRESS}\r\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (ZONE.encode(), Origin(ADDRESS, REFERRER)),
        (ZONE.encode("utf-8-sig"), Origin(ADDRESS, REFERRER)),
        (ZONE.encode("utf-16"), Origin(ADDRESS, REFERRER)),
        (ZONE.replace("\r\n", "\n").lower().encode(), Origin(ADDRESS.lower(), REFERRER.lower())),
        (b"[ZoneTransfer]\r\nZoneId=3\r\n", NOTHING),
        (b"HostUrl=https://a.example\r\n", NOTHING),
        (b"[Other]\nHostUrl=https://a.example\n[ZoneTransfer]\nZoneId=3\n", NOTHING),
        (b"[ZoneTransfer]\nHostUrl=https://a.example/?a=b\nHostUrl=https://second.example\n",
         Origin("https://a.example/?a=b", None)),
        (b"[ZoneTransfer]\nHostUrl=https://\xff.example\nReferrerUrl=about:internet\n", Origin(None, "about:internet")),
        (b"[ZoneTransfer]\nHostUrl=a\0b\n", NOTHING),
        (b"[ZoneTransfer]\nHostUrl=" + b"x" * (MAX_ADDRESS + 1), NOTHING),
        (b"\xff\xfe\x00", NOTHING),
        (b"\xff\xfe\x00\xd8[\x00", NOTHING),
        (b"", NOTHING),
    ],
)  # fmt: skip
def test_the_windows_stream_is_read(data: bytes, expected: Origin) -> None:
    assert parse_zone_identifier(data) == expected


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_the_stream_that_became_a_file_beside_it_is_read(tmp_path: Path, system: str) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"")
    (tmp_path / "photo.jpg:Zone.Identifier").write_text(ZONE)
    assert _origin(tmp_path / "photo.jpg", system) == {
        "address": ADDRESS,
        "referrer": REFERRER,
        "from": "Zone.Identifier",
    }


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX kinds of files")
@pytest.mark.parametrize("what", ["pipe", "folder", "link", "large"])
def test_what_only_looks_like_the_stream_is_left_alone(tmp_path: Path, what: str) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"")
    beside = tmp_path / "photo.jpg:Zone.Identifier"
    match what:
        case "pipe":
            os.mkfifo(beside)
        case "folder":
            beside.mkdir()
        case "link":
            (tmp_path / "zone").write_text(ZONE)
            beside.symlink_to("zone")
        case "large":
            beside.write_bytes(ZONE.encode().ljust(MAX_ATTRIBUTE + 1))
    before = time.monotonic()
    assert _origin(tmp_path / "photo.jpg", "linux") is None
    assert time.monotonic() - before < 5


# --- media types -----------------------------------------------------------------------------------------------------

_valid = msgspec.json.Decoder(MediaTypeName)


@pytest.mark.parametrize(
    ("head", "name", "expected"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", b"photo.txt", ("image/jpeg", "content")),
        (b"%PDF-1.7", b"invoice", ("application/pdf", "content")),
        (b"PK\3\4" + bytes(60), b"page.wacz", ("application/zip", "content")),
        (b"Hello", b"chat.TXT", ("text/plain", "name")),
        (b"<html>", b"page.html", ("text/html", "name")),
        (b"a,b", b"batch.csv", ("text/csv", "name")),
        (b"{}", b"export.json", ("application/json", "name")),
        (b"MIME-Version: 1.0", b"page.mhtml", ("message/rfc822", "name")),
        (b"x = 1", b"script.js", ("text/javascript", "name")),
        (b"BEGIN:VCARD", b"person.vcf", ("text/vcard", "name")),
        (b"WARC/1.0", b"page.warc", ("application/warc", "name")),
        (b"", b"empty.txt", ("text/plain", "name")),
        (b"", b"empty", ("application/octet-stream", "nothing")),
        (b"Hello", b"no suffix", ("application/octet-stream", "nothing")),
        (b"Hello", b".txt", ("application/octet-stream", "nothing")),
        (b"Hello", b"data:text.weird", ("application/octet-stream", "nothing")),
        (b"Hello", b"\xff.t\xffxt", ("application/octet-stream", "nothing")),
        (b"Hello", b"\xff.txt", ("text/plain", "name")),
    ],
)
def test_content_speaks_before_the_name(head: bytes, name: bytes, expected: tuple[str, str]) -> None:
    assert media_type(head, name) == expected


def test_every_type_that_can_be_answered_can_be_recorded() -> None:
    answers = {kind.mime for kind in filetype.types} | set(_table().values())
    assert {_valid.decode(msgspec.json.encode(answer)) for answer in answers} == answers


def test_the_systems_own_table_is_not_asked() -> None:
    # Debian's mime.types has hundreds of these; Python's own table has none
    assert [suffix for suffix in _table() if re.search(r"^\.(pcap|kicad|gsf|torrent|apk)$", suffix)] == []


@pytest.mark.parametrize("seed", range(300))
def test_no_bytes_make_the_type_fail(seed: int) -> None:
    choose = random.Random(seed)
    beginnings = [
        b"",
        b"PK\3\4",
        b"\0\0\0\x18ftyp",
        b"RIFF\0\0\0\0",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\x1aE\xdf\xa3",
    ]
    head = choose.choice(beginnings) + choose.randbytes(choose.choice([0, 1, 5, 30, 600, 8192]))
    name, where = media_type(head[: choose.randint(0, len(head))], b"x")
    assert (_valid.decode(msgspec.json.encode(name)), where in ("content", "nothing")) == (name, True)
