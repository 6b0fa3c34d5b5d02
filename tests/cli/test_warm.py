"""A command that a warm process starts does what it does in a new interpreter; the other tests rest on that."""

import subprocess
import sys

import pytest

from custody import bootstrap
from tests.cli import warm
from tests.cli.commandline import PROGRAM
from tests.cli.smallcase import HOW, Place

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every command is a new interpreter")


def cold(place: Place, *arguments: str | bytes, stdin: bytes = b"") -> tuple[int, bytes, bytes]:
    done = subprocess.run(
        [*PROGRAM, *arguments],
        cwd=place.case,
        env=place.custody.environment(),
        input=stdin,
        capture_output=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def warmed(place: Place, *arguments: str | bytes, stdin: bytes = b"") -> tuple[int, bytes, bytes]:
    done = warm.run(arguments, place.case, place.custody.environment(), stdin, 60)
    assert done is not None
    return done


@pytest.mark.parametrize(
    "arguments",
    [
        ("items",),
        ("verify", "--json"),
        ("log",),
        ("collect", b"lost-\xff", *HOW),
        ("collect", "--text", "two words", "--frobnicate"),
        ("note", "JD-9", "no such item"),
    ],
    ids=lambda arguments: str(arguments[0]),
)
def test_exit_code_and_both_streams_are_those_of_a_new_interpreter(
    small: Place, arguments: tuple[str | bytes, ...]
) -> None:
    assert warmed(small, *arguments) == cold(small, *arguments)


def test_what_is_piped_in_is_read_to_its_end(small: Place) -> None:
    long = b"a line that was piped in\n" * 3000  # more than a pipe holds at once
    assert warmed(small, "collect", "--text", "-", "--json", stdin=long)[0] == 0
    assert warmed(small, "items", "--json") == cold(small, "items", "--json")


def test_a_command_that_takes_too_long_is_killed(small: Place) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        warm.run(["items"], small.case, small.custody.environment(), b"", -1)
    assert warmed(small, "items") == cold(small, "items")


@pytest.mark.parametrize("name", ["PYTHONIOENCODING", "LD_PRELOAD", "LC_ALL"])
def test_what_an_interpreter_is_told_is_left_to_a_new_one(
    small: Place, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "KINDS", 0)
    monkeypatch.setattr(warm, "_servers", dict(warm._servers))
    assert warm.run(["items"], small.case, {**small.custody.environment(), name: "x"}, b"", 60) is None


def test_nothing_is_carried_from_one_command_to_the_next(small: Place) -> None:
    before = bootstrap.key_store(small.home).all_keys()
    nobody = {**small.custody.environment(), "CUSTODY_HOME": str(small.folder / "nobody")}
    done = warm.run(["key", "list", "--json"], small.folder, nobody, b"", 60)
    assert done is not None
    assert before[0].key_id.encode() not in done[1]
    assert before[0].key_id.encode() in warmed(small, "key", "list", "--json")[1]
