"""What the computer says of itself is one plain line or state each, and never an exception."""

import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from custody.adapters import machine
from custody.adapters.machine import MAX_DESCRIPTION, SystemClock, ThisMachine, plain_line
from custody.domain.statement import ClockState


def test_the_clock_is_aware_and_in_utc() -> None:
    now = SystemClock().now()
    assert now.utcoffset() == timedelta(0)
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.skipif(sys.platform != "linux", reason="adjtimex is Linux's")
def test_linux_says_whether_its_clock_is_synchronised() -> None:
    state = ThisMachine().clock_state()
    assert state.source == "adjtimex"
    assert isinstance(state.synchronised, bool)
    assert isinstance(state.offset_ms, int)


@pytest.mark.skipif(sys.platform != "linux", reason="adjtimex is Linux's")
def test_the_clock_state_is_what_other_programs_are_told() -> None:
    code = (
        "import ctypes\n"
        "buffer = ctypes.create_string_buffer(1024)\n"
        "state = ctypes.CDLL(None).adjtimex(buffer)\n"
        "print(state != 5 and not int.from_bytes(buffer.raw[40:44], 'little') & 0x40)\n"
    )
    if sys.maxsize < 2**32 or sys.byteorder != "little":
        pytest.skip("the test knows the layout of 64-bit little-endian systems")
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert str(ThisMachine().clock_state().synchronised) == told.stdout.strip()


def test_where_the_kernel_may_not_be_asked_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    import ctypes

    def refuses(*arguments: object, **options: object) -> None:
        raise OSError("no C library")

    monkeypatch.setattr(ctypes, "CDLL", refuses)
    assert ThisMachine().clock_state() == ClockState(synchronised=None, source="not known", offset_ms=None)


def test_the_description_names_computer_and_system() -> None:
    if sys.platform == "win32":
        pytest.skip("POSIX names")
    host = os.uname()
    assert ThisMachine().description() == plain_line(f"{host.nodename}, {host.sysname} {host.release}")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("desk, Linux 6.1", "desk, Linux 6.1"),
        ("a\nb\x1b[2Jc\x00d\u202ee\u2028f\x7f", "ab[2Jcdef"),
        ("\udcff" + "ü", "ü"),
        ("\n", "not known"),
        ("x" * 300, "x" * MAX_DESCRIPTION),
    ],
)
def test_a_description_is_one_printable_line(text: str, line: str) -> None:
    assert plain_line(text) == line


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> "pytest.MonkeyPatch":
    if not hasattr(time, "tzset"):
        pytest.skip("the zone is set through TZ on POSIX only")
    return monkeypatch


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("Asia/Kathmandu", r"Asia/Kathmandu \(UTC\+05:45\)"),
        (":Asia/Kathmandu", r"Asia/Kathmandu \(UTC\+05:45\)"),
        ("/usr/share/zoneinfo/Asia/Kathmandu", r"Asia/Kathmandu \(UTC\+05:45\)"),
        ("Europe/Berlin", r"Europe/Berlin \(UTC\+0[12]:00\)"),
        ("America/Argentina/Buenos_Aires", r"America/Argentina/Buenos_Aires \(UTC-03:00\)"),
        ("UTC", r"UTC \(UTC\+00:00\)"),
        ("XYZ-3:30", r"UTC\+03:30"),
        ("Europe/Nowhere", r"UTC\+00:00"),
        ("", r"UTC\+00:00"),
        ("../../etc/passwd", r"UTC\+00:00"),
        ("\x1b[2J", r"UTC\+00:00"),
        ("AAA-99:99", r"not known"),
    ],
)
def test_the_time_zone_is_named_where_its_name_is_sure(zone: pytest.MonkeyPatch, setting: str, expected: str) -> None:
    zone.setenv("TZ", setting)
    time.tzset()
    try:
        assert re.fullmatch(expected, ThisMachine().time_zone())
    finally:
        zone.undo()
        time.tzset()


def test_a_name_that_disagrees_with_the_clock_is_not_given(zone: pytest.MonkeyPatch) -> None:
    zone.setenv("TZ", "XYZ-3:30")
    time.tzset()
    try:
        zone.setattr(machine, "_zone_name", lambda: "Asia/Kathmandu")
        assert ThisMachine().time_zone() == "UTC+03:30"
    finally:
        zone.undo()
        time.tzset()


def test_without_tz_the_systems_link_is_read(zone: pytest.MonkeyPatch) -> None:
    zone.delenv("TZ", raising=False)
    zone.setattr(os.path, "realpath", lambda path: "/var/db/timezone/zoneinfo/Asia/Kathmandu")
    assert machine._zone_name() == "Asia/Kathmandu"


def test_asking_is_cheap() -> None:
    this = ThisMachine()
    this.clock_state(), this.description(), this.time_zone()  # what is loaded once
    quickest = 1.0
    for _ in range(20):
        before = time.perf_counter()
        this.clock_state(), this.description(), this.time_zone()
        quickest = min(quickest, time.perf_counter() - before)
    assert quickest < 0.005
