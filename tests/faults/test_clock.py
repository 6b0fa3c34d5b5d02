"""Clocks that jump, run backwards or are not set: recorded as they are, never trusted, never a crash."""

import os
from calendar import timegm
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from custody.domain.entry import Entry
from custody.domain.events import Collected
from custody.domain.statement import ClockState
from custody.services import reading
from tests.cli.smallcase import HOW, NAME, ORGANISATION, REFERENCE, TITLE, Place
from tests.faults.kit import files_of, recorded, sound

MOMENTS = {
    "the beginning of 1970": "1970-01-01T00:00:00",
    "a dead clock battery": "2000-01-01T00:00:05",
    "a leap day": "2024-02-29T23:59:58",
    "the leap day of a century": "2000-02-29T12:00:00",
    "the end of 31 bits": "2038-01-19T03:14:07",
    "a century without leap day": "2100-02-28T23:59:59",
    "the end of 32 bits": "2106-02-07T06:28:15",
    # Linux sets no clock to a later time (TIME_SETTOD_SEC_MAX): 30 years short of 2^63 nanoseconds.
    "the last that a clock is set to": "2232-04-18T23:47:15",
}
AROUND = ("Pacific/Kiritimati", "Etc/GMT+12")  # 14 hours before UTC, 12 hours after


@dataclass(frozen=True)
class Clock:
    """Commands typed at a place, with a clock of our choosing."""

    place: Place
    shim: Path

    def __call__(self, *arguments: str | Path, at: str | None = None, zone: str = "UTC", **more: str) -> str:
        """Run the command; it must work. What it said."""
        done = self.place.custody.using(more={**self.variables(at), "TZ": zone, **more})(*arguments)
        assert done.exit == (8 if arguments[0] == "verify" else 0), done
        return done.out

    def variables(self, at: str | None) -> dict[str, str]:
        """What sets the clock."""
        return {"LD_PRELOAD": str(self.shim), **({"FAULT_TIME": str(seconds(at))} if at else {})}


def seconds(moment: str) -> int:
    """Since 1970."""
    return timegm(datetime.fromisoformat(moment).timetuple())


@pytest.fixture
def clock(place: Place, shim: Path) -> Clock:
    """The clock of a case with one item."""
    return Clock(place, shim)


def entries(place: Place) -> list[Entry]:
    """The records after the first two."""
    files = files_of(place.case)
    with files.ledgers.reading() as reader:
        (ledger,) = reader.ledgers()
    found = list(reading.entries(files, ledger, 2))
    assert all(isinstance(entry, Entry) for entry in found)
    return [entry for entry in found if isinstance(entry, Entry)]


@pytest.mark.parametrize("zone", AROUND)
@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_every_command_works_at_any_moment_and_records_what_the_clock_said(
    clock: Clock, moment: str, zone: str
) -> None:
    place = clock.place
    clock("collect", place.file("a"), *HOW, at=moment, zone=zone)
    clock("note", "JD-2", "a remark", at=moment, zone=zone)
    clock("report", "-o", place.folder / "report.pdf", at=moment, zone=zone)
    for reader in (("show", "JD-2"), ("log",), ("verify",)):
        clock(*reader, at=moment, zone=zone)
    times = [entry.statement.time for entry in entries(place)]
    assert len(times) == 3
    assert all(moment[:10] <= time[:10] for time in times)  # the day may end meanwhile
    assert all(abs(seconds(time[:19]) - seconds(moment)) < 600 for time in times)
    sound(place)


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_a_key_and_a_case_can_be_made_at_any_moment(clock: Clock, moment: str) -> None:
    folder = clock.place.folder / "another"
    made = ("--reference", REFERENCE, "--title", TITLE, "--name", NAME, "--organisation", ORGANISATION)
    clock("init", folder, *made, at=moment, CUSTODY_HOME=str(folder.with_name("its home")))
    another = Clock(Place(folder, clock.place.custody.using(cwd=folder, home=folder.with_name("its home"))), clock.shim)
    another("collect", clock.place.file("a"), *HOW, at=moment)
    another("report", "-o", clock.place.folder / "report.pdf", at=moment)
    another("verify")


def test_a_clock_that_runs_backwards_by_years_is_recorded_and_orders_nothing(clock: Clock) -> None:
    moments = ["2031-05-05T05:05:05", "2020-02-29T00:00:00", "1970-01-01T00:00:00", "2099-12-31T12:00:00"]
    for number, moment in enumerate(moments):
        clock("collect", clock.place.file(f"{number}", b"%d" % number), *HOW, at=moment)
    assert [entry.statement.time[:10] for entry in entries(clock.place)] == [moment[:10] for moment in moments]
    assert [entry.statement.item for entry in entries(clock.place)] == ["JD-2", "JD-3", "JD-4", "JD-5"]
    judged = sound(clock.place).judgement
    assert judged.questions.time.verdict == "indeterminate"
    listed = clock("log").splitlines()
    assert [line.split()[1] for line in listed[-4:]] == [moment[:10] for moment in moments]


@pytest.mark.parametrize("step", [-1, -86_400, -40_000_000, 40_000_000])
def test_a_clock_that_jumps_at_each_reading_breaks_nothing(clock: Clock, step: int) -> None:
    place = clock.place
    jumping = {"FAULT_STEP": str(step)}
    for number in range(150):  # enough for worker processes
        place.file(f"many/{number:03}", b"%d" % number)
    clock("collect", place.found / "many", *HOW, "--each", **jumping)
    clock("collect", place.found / "many", *HOW, "--as-one", **jumping)
    clock("note", "JD-1", "a remark", **jumping)
    clock("report", "-o", place.folder / "report.pdf", **jumping)
    clock("verify", **jumping)
    assert len(entries(place)) == 153
    sound(place)


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        ("unsynchronised", ClockState(synchronised=False, source="adjtimex", offset_ms=0), "could not confirm"),
        (
            "synchronised",
            ClockState(synchronised=True, source="adjtimex", offset_ms=-250),
            "set by the network, as adjtimex says",
        ),
        ("refused", ClockState(synchronised=None, source="not known", offset_ms=None), "does not say whether"),
    ],
)
def test_what_the_computer_says_of_its_clock_is_recorded_and_not_believed(
    clock: Clock, answer: str, state: ClockState, words: str
) -> None:
    clock("collect", clock.place.file("a"), *HOW, FAULT_CLOCK=answer)
    (entry,) = entries(clock.place)
    assert entry.statement.clock == state
    assert words in " ".join(clock("show", "JD-2").split())
    questions = sound(clock.place).judgement.questions
    assert questions.time.verdict == "indeterminate"
    assert [finding.code for finding in questions.time.findings] == ["no-outside-time"]


def test_the_time_zone_of_each_moment_is_recorded_and_moves_no_time(clock: Clock) -> None:
    place = clock.place
    zones = {
        "Europe/Berlin": ("2026-10-25T00:59:00", "Europe/Berlin (UTC+02:00)"),  # the hour that comes twice
        "Europe/Berlin ": ("2026-10-25T01:00:00", "Europe/Berlin (UTC+01:00)"),
        "America/New_York": ("2026-03-08T07:00:00", "America/New_York (UTC-04:00)"),  # the hour that is left out
        "Asia/Kathmandu": ("2026-01-01T00:00:00", "Asia/Kathmandu (UTC+05:45)"),
        "Pacific/Kiritimati": ("2026-01-01T00:00:00", "Pacific/Kiritimati (UTC+14:00)"),
        "Nowhere/At_All": ("2026-01-01T00:00:00", "UTC+00:00"),
    }
    for number, (zone, (moment, _)) in enumerate(zones.items()):
        clock("collect", place.file(f"{number}", b"%d" % number), *HOW, at=moment, zone=zone.strip())
    files = files_of(place.case)
    found = list(reading.with_values(files, entries(place)))
    assert [values["/time_zone"] for _, values in found] == [said for _, said in zones.values()]
    assert [entry.statement.time[:10] for entry, _ in found] == [moment[:10] for moment, _ in zones.values()]
    sound(place)


@pytest.mark.parametrize(
    ("typed", "recorded_as"),
    [
        ("2024-02-29 12:00", "2024-02-29T12:00:00.000000Z"),
        ("2024-02-29T23:30-01:00", "2024-03-01T00:30:00.000000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
        ("0001-01-01T00:00Z", "0001-01-01T00:00:00.000000Z"),
        ("1969-07-20T20:17:40Z", "1969-07-20T20:17:40.000000Z"),
        ("2023-02-29 12:00", None),
        ("2100-02-29 12:00", None),
        ("2016-12-31T23:59:60Z", None),  # a leap second: this format has none
        ("0001-01-01T00:00+14:00", None),  # before the first year
        ("9999-12-31T23:59-14:00", None),
        ("10000-01-01", None),
    ],
)
def test_a_typed_time_is_recorded_or_refused(place: Place, typed: str, recorded_as: str | None) -> None:
    before = recorded(place.case)
    done = place.custody("collect", place.file("a"), *HOW, "--captured-at", typed)
    if recorded_as is None:
        assert done.exit == 2, done
        assert "is no time" in done.err, done
        assert recorded(place.case) == before
        return
    assert done.exit == 0, done
    (entry,) = entries(place)
    assert isinstance(entry.statement.body, Collected)
    assert entry.statement.body.captured_at == recorded_as


@pytest.mark.parametrize("stamp", [-(2**31), -1, 0, 2**31, 2**32 + 5, 2**33])
def test_a_file_of_any_age_is_collected(place: Place, stamp: int) -> None:
    file = place.file("old")
    os.utime(file, (stamp, stamp))
    kept = datetime.fromtimestamp(int(file.stat().st_mtime), UTC)  # a file system may know no such time
    done = place.custody("collect", file, *HOW, "--json")
    assert done.exit == 0, done
    (entry,) = entries(place)
    body = entry.statement.body
    assert isinstance(body, Collected)
    assert body.file_times is not None
    assert body.file_times.modified == f"{kept:%Y-%m-%dT%H:%M:%S}.000000Z"
    sound(place)
