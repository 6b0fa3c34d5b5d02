"""A standard stream that is closed or full loses nothing: what was recorded is told, and no answer is another's."""

import subprocess
import sys
from pathlib import Path

import pytest

from custody.cli.reading import NOT_VERIFIED
from tests.cli.commandline import PROGRAM, TIMEOUT, command_paths
from tests.cli.smallcase import RECORDS, Place

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")


def _typed(place: Place, redirected: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command with redirections as a shell makes them; its output and errors where they are not redirected."""
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {redirected}', "sh", *PROGRAM, *arguments],
        cwd=place.case,
        env=place.custody.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


@pytest.mark.parametrize("redirected", [">&-", ">/dev/full"])
def test_a_record_is_told_as_made_where_it_cannot_be_printed(small: Place, redirected: str) -> None:
    done = _typed(small, redirected, "note", "JD-1", "one more")
    told = done.stderr.splitlines()
    assert (done.returncode, told[0]) == (5, f"Noted on JD-1 (record {RECORDS}).")
    assert told[1].startswith("custody: error: what was to be printed could not be written: ")
    assert told[2:] == ["custody: hint: it stands above; what is said there to be recorded is recorded"]
    assert small.custody("status", "--json").json["records"] == RECORDS + 1


@pytest.mark.parametrize("redirected", [">&-", ">/dev/full"])
def test_what_cannot_be_printed_is_no_answer(small: Place, redirected: str) -> None:
    done = _typed(small, redirected, "verify", "--json")
    assert (done.returncode, done.stderr.count("Traceback")) == (5, 0)
    assert '"verdict": "indeterminate"' in done.stderr


@pytest.mark.parametrize("redirected", ["2>&-", "2>/dev/full"])
def test_nothing_but_the_result_is_printed_where_stderr_is_gone(small: Place, redirected: str) -> None:
    usual = small.custody("verify", "--json")
    done = _typed(small, redirected, "verify", "--json")
    assert (done.returncode, done.stdout) == (usual.exit, usual.out)
    refused = _typed(small, redirected, "show", "JD-99")
    assert (refused.returncode, refused.stdout) == (2, "")


@pytest.mark.parametrize("redirected", [">&-", ">/dev/full", "2>&-", "2>/dev/full", "<&- >&- 2>&-"])
def test_every_command_can_say_what_it_is_for(small: Place, redirected: str) -> None:
    ends = {}
    for command in [(), *[path for path in command_paths() if len(path) == 1][:3]]:
        done = _typed(small, redirected, *command, "--help")
        assert "Traceback" not in done.stderr
        ends[command] = done.returncode
    assert set(ends.values()) == {0 if redirected.startswith("2") else 5}


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
def test_a_pipe_that_is_closed_early_is_no_failure(small: Place) -> None:
    command = f"{PROGRAM[0]} -m custody log | head -c 1; echo"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=small.case,
        env=small.custody.environment(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, f"{NOT_VERIFIED}\n")
