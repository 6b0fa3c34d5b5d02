"""`custody authority`, as typed: who is asked is in the case, who is believed stays on this computer."""

from pathlib import Path

import pytest

from custody.adapters.casefolder import read_addresses
from custody.adapters.trust import TrustFiles
from tests.cli.smallcase import Place
from tests.servers.authority import DER, issue, key, pem
from tests.servers.calendar import mine

URL = "https://tsa.example/tsr"
CA = bytes.fromhex("0603551d130101ff040530030101ff")  # basic constraints, as they stand in a certificate


@pytest.fixture(scope="module")
def root() -> bytes:
    own = key("p256", "Authority Root")
    return pem(issue("Authority Root", own, "Authority Root", own, ca=True))


@pytest.fixture
def place(opened: Place, root: bytes) -> Place:
    (opened.folder / "root.pem").write_bytes(root)
    return opened


def left(place: Place) -> tuple[object, object]:
    """Who is asked and who is believed."""
    return read_addresses(place.case), TrustFiles(place.home / "trust").authorities()


@pytest.mark.parametrize(
    ("typed", "exit_code", "said"),
    [
        (("tsa", URL), 2, "--root FILE"),
        (("tsa", URL, "--root", "../key.pem"), 4, "private key"),
        (("tsa", "ftp://tsa.example/", "--root", "../root.pem"), 4, "https://"),
        (("Tsa_1", URL, "--root", "../root.pem"), 4, "small letters"),
        (("tsa", URL, "--root", "../nothing.pem"), 5, "nothing.pem"),
        (("tsa", URL, "--root", "../damaged.der"), 4, "is damaged"),
        (("cal", "--calendar"), 2, "address"),
        (("she", "--cosigner", "a" * 300), 4, "--cosigner: "),
    ],
)
def test_what_cannot_be_added_is_said_and_changes_nothing(
    place: Place, typed: tuple[str, ...], exit_code: int, said: str
) -> None:
    (place.folder / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    damaged = (
        issue("R", own := key("p256", "R"), "R", own, ca=True)
        .public_bytes(DER)
        .replace(CA, CA[:-5] + b"\x31" + CA[-4:])
    )
    (place.folder / "damaged.der").write_bytes(damaged)
    done = place.custody("authority", "add", *typed)
    assert (done.exit, said in done.err, left(place)) == (exit_code, True, ((), ())), done


def test_who_is_added_is_listed_and_who_is_removed_is_not(place: Place) -> None:
    place.custody("authority", "add", "tsa", URL, "--root", place.folder / "root.pem", "--qualified")
    (listed,) = place.custody("authority", "list", "--json").json["authorities"]
    assert (listed["name"], listed["url"], listed["kind"], listed["qualified"], listed["trusted"]) == (
        "tsa",
        URL,
        "rfc3161",
        True,
        True,
    )
    assert place.custody("authority", "remove", "tsa", "--json").json == {
        "asked": True,
        "name": "tsa",
        "trusted": True,
    }
    assert left(place) == ((), ())


def test_removing_says_that_trust_ends_in_every_case(place: Place) -> None:
    place.custody("authority", "add", "tsa", "--root", place.folder / "root.pem")
    said = place.custody("authority", "remove", "tsa").out
    assert said == (
        "Removed tsa; on this computer nobody trusts it any more, in any case. What it stamped stays recorded.\n"
    )


def test_whom_a_case_names_is_believed_by_nobody_for_that(place: Place, tmp_path: Path) -> None:
    place.custody("authority", "add", "tsa", URL, "--root", place.folder / "root.pem")
    other = place.custody.using(home=tmp_path / "other home")
    (listed,) = other("authority", "list", "--json").json["authorities"]
    assert (listed["url"], listed["trusted"], listed["roots"]) == (URL, False, None)


def test_the_header_of_an_easy_block_is_not_kept(place: Place) -> None:
    """Anybody mines one in a moment, with any time in it."""
    done = place.custody("authority", "block", "1000000", mine(bytes(32)).hex(), "--json")
    assert (done.exit, done.error["code"]) == (1, "work-too-small")
