"""`custody timestamp`, and what stamps along, as typed: with two authorities, one that fails, or none at all."""

import json
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from custody.adapters.casefolder import write_addresses
from custody.adapters.trust import TrustFiles
from custody.cli.stamping import in_words
from custody.domain.addresses import Address
from custody.domain.trust import TrustedAuthority
from custody.services.anchoring import Outcome
from tests.cli import smallcase
from tests.cli.commandline import Done
from tests.cli.smallcase import HOW, Place
from tests.servers.authority import Authority
from tests.servers.calendar import Calendar
from tests.servers.web import Fault
from tests.tokens import GEN_TIME

LONG = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1000)


@pytest.fixture(scope="module")
def first() -> Iterator[Authority]:
    with Authority(end=LONG, root_end=LONG) as authority:
        yield authority


@pytest.fixture(scope="module")
def second() -> Iterator[Authority]:
    with Authority(label="Second", algorithm="rsa2048", end=LONG, root_end=LONG) as authority:
        yield authority


@pytest.fixture(scope="module")
def walked(
    ready_opened: Path, tmp_path_factory: pytest.TempPathFactory, first: Authority, second: Authority
) -> tuple[Place, list[Done]]:
    """The whole way, and what each command said. Nothing here changes it."""
    place = online(smallcase.copied(ready_opened, tmp_path_factory.mktemp("walked") / "place"))
    for name, authority in (("first", first), ("second", second)):
        (place.folder / f"{name}.pem").write_bytes(authority.root_pem)
    photo = place.file("photo.jpg", smallcase.PHOTO)
    steps: list[tuple[str | Path, ...]] = [
        ("authority", "add", "first", first.url, "--root", place.folder / "first.pem", "--qualified"),
        ("authority", "add", "second", second.url, "--root", place.folder / "second.pem"),
        ("collect", photo, *HOW, "--timestamp", "--json"),
        ("verify", "--json"),
        ("timestamp", "export", "-o", place.folder / "taken out"),
        ("timestamp", "--renew"),
    ]
    return place, [place.custody(*step) for step in steps]


def online(place: Place) -> Place:
    """The place, whose commands go through no proxy."""
    return Place(place.folder, place.custody.using(more={"no_proxy": "127.0.0.1"}))


def known(place: Place, name: str, authority: Authority) -> None:
    """As `custody authority add` leaves it."""
    TrustFiles(place.home / "trust").add_authority(TrustedAuthority(name, (authority.root,), False))


def test_what_is_collected_is_stamped_by_both_at_once(walked: tuple[Place, list[Done]]) -> None:
    collected = walked[1][2]
    stamps = collected.json["stamps"]
    assert (collected.exit, [(one["authority"], one["record"], one["error"]) for one in stamps]) == (
        0,
        [("first", 2, None), ("second", 3, None)],
    )


def test_verify_says_by_when_it_existed_and_on_whose_word(walked: tuple[Place, list[Done]]) -> None:
    verified = walked[1][3]
    time = verified.json["questions"]["time"]
    assert (time["verdict"], verified.exit) == ("passed", 8)
    assert "no later than" in time["sentence"]
    assert "first, qualified" in time["sentence"]


def test_what_is_exported_is_accepted_by_openssl_with_what_is_printed(walked: tuple[Place, list[Done]]) -> None:
    place, done = walked
    printed = [line.strip() for line in done[4].out.splitlines() if line.startswith("  ")]
    assert len(printed) == 4
    for change, command in zip(printed[::2], printed[1::2], strict=True):
        folder = place.case / shlex.split(change)[1]
        ran = subprocess.run(shlex.split(command), cwd=folder, capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stdout.strip()) == (0, "Verification: OK"), ran


def test_there_is_nothing_to_renew_while_certificates_last(walked: tuple[Place, list[Done]]) -> None:
    renewed = walked[1][5]
    assert (renewed.exit, renewed.out) == (0, "Nothing rests on a certificate that ends within a year.\n")


def test_an_authority_that_fails_is_owed_and_asked_again_alone(opened: Place, first: Authority) -> None:
    place = online(opened)
    with Authority(label="Down", fault=Fault.ERROR_PAGE) as down:
        write_addresses(place.case, [Address("down", "rfc3161", down.url), Address("first", "rfc3161", first.url)])
        known(place, "down", down)
        known(place, "first", first)
        collected = place.custody("collect", place.file("a.txt"), *HOW, "--timestamp")
        assert (collected.exit, "down: no stamp: " in collected.err, "1 stamp is owed" in collected.err) == (
            0,
            True,
            True,
        )
        write_addresses(place.case, [Address("first", "rfc3161", first.url)])
        assert place.custody("status", "--json").json["owed_stamps"] == []  # whoever was removed is not waited for
        write_addresses(place.case, [Address("down", "rfc3161", down.url), Address("first", "rfc3161", first.url)])
        assert place.custody("status", "--json").json["owed_stamps"] == ["down"]
        down.fault = None
        asked = len(first.requests)
        pending = place.custody("timestamp", "--pending", "--json")
        assert (pending.exit, [one["authority"] for one in pending.json["stamps"]]) == (0, ["down"])
        assert len(first.requests) == asked


def test_a_promise_is_fetched_beside_a_later_command_that_is_online(opened: Place) -> None:
    pytest.importorskip("opentimestamps")
    place = online(opened)
    with Calendar() as calendar:
        write_addresses(
            place.case,
            [Address("cal", "opentimestamps", calendar.url), Address("down", "rfc3161", "http://127.0.0.1:1/")],
        )
        stamped = place.custody("timestamp")
        assert (stamped.exit, "down: no stamp: 127.0.0.1:1 could not be reached" in stamped.out) == (6, True)
        calendar.confirm(1_000_000)
        collected = place.custody("collect", place.file("a.txt"), *HOW, "--timestamp")
    assert (collected.exit, "The proof of record 1 now leads to a Bitcoin block" in collected.err) == (0, True)


def test_a_stamp_by_nobody_who_is_trusted_is_not_told_like_others() -> None:
    stamped = Outcome("elsewhere", 7, GEN_TIME)
    assert [("you trust nobody" in words) for words in in_words([stamped, replace(stamped, valid_until=LONG)])] == [
        True,
        False,
    ]


def test_a_case_lead_who_demands_stamps_gets_them_unasked(opened: Place, first: Authority) -> None:
    place = online(opened)
    write_addresses(place.case, [Address("first", "rfc3161", first.url)])
    known(place, "first", first)
    assert place.custody("policy", "set", "--demand", "timestamp").exit == 0
    done = place.custody("collect", place.file("a.txt"), *HOW)
    assert (done.exit, "first: stamped at " in done.err) == (0, True)


def test_a_demand_that_nobody_can_meet_is_a_warning(opened: Place) -> None:
    done = opened.custody("collect", opened.file("a.txt"), *HOW, "--timestamp", "--json")
    assert (done.exit, json.loads(done.out)["stamps"]) == (0, [])
    assert "this case names no time-stamping authority" in done.err
