"""`--json`: exactly one object on stdout, for errors as for results; all words on stderr.

That every command's result is one object, the tests of each command show by reading it (`Done.json`).
"""

import pytest

from tests.cli.commandline import command_paths
from tests.cli.smallcase import Place


@pytest.mark.parametrize("path", command_paths(), ids=" ".join)
def test_an_error_of_any_command_is_one_object(opened: Place, path: tuple[str, ...]) -> None:
    done = opened.custody(*path, "--json", "--frobnicate")
    assert done.exit == 2
    error = done.error
    assert set(error) == {"code", "exit", "hint", "message"}
    assert (error["code"], error["exit"]) == ("usage", 2)
    assert done.err == f"custody: error: {error['message']}\ncustody: hint: {error['hint']}\n"


def test_before_the_command_it_is_refused_rather_than_ignored(opened: Place) -> None:
    done = opened.custody("--json", "items")
    assert (done.exit, done.error["message"], done.error["hint"]) == (
        2,
        "--json goes after the command",
        "custody items --json",
    )


def test_an_error_of_the_operating_system_is_one_object_too(opened: Place) -> None:
    (opened.case / "ledger.db").unlink()
    done = opened.custody("status", "--json")
    assert done.exit in (4, 5)
    assert set(done.error) == {"code", "exit", "hint", "message"}
