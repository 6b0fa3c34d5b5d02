"""`custody verify` as a person runs it, on one case of each kind of damage."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tamper.kit import Change, Copy, Original, flipped

NewCopy = Callable[[], Copy]
TIMEOUT_S = 60  # a healthy run takes one; more is a hang


def _verify(copy: Copy, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CUSTODY_")}
    return subprocess.run(
        [sys.executable, "-m", "custody", "verify", *options, str(copy.folder)],
        env={**environment, "CUSTODY_HOME": str(copy.original.home)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def _change_object(copy: Copy) -> None:
    name = next(name for name, items in copy.original.objects.items() if items == {"JD-2"})
    data = copy.object(name).read_bytes()
    copy.object(name).unlink()
    copy.object(name).write_bytes(flipped(data, 0))


def _exchange(copy: Copy) -> None:
    copy.set("envelope", 4, copy.original.entries[5].envelope)
    copy.set("envelope", 5, copy.original.entries[4].envelope)


FAILING: dict[str, tuple[Change, str]] = {
    "envelope": (lambda it: it.set("envelope", 4, flipped(it.original.entries[4].envelope, 500)), "record 4"),
    "nodes": (lambda it: it.set("nodes", 4, bytes(32)), "record 4"),
    "item": (lambda it: it.set("item", 4, "JD-1"), "record 4"),
    "position": (lambda it: it.set("position", 4, 2**63 - 1), "record 4"),
    "ledger": (lambda it: it.set("ledger", 4, "\x1b[31mfoo\0"), "record 4"),
    "removed": (lambda it: it.write("DELETE FROM entries WHERE position = 4"), "record 4"),
    "cut off": (lambda it: it.write("DELETE FROM entries WHERE position = 10"), "record 10"),
    "exchanged": (_exchange, "records 4 to 5"),
    "value": (lambda it: it.set_opening("value", it.original.openings[0], b'"x"'), "record "),
    "salt": (lambda it: it.set_opening("salt", it.original.openings[0], bytes(15)), "record "),
    "pointer": (lambda it: it.set_opening("pointer", it.original.openings[0], "\x1b[2J"), "record "),
    "place": (lambda it: it.set_opening("ledger", it.original.openings[0], "\x1b[2J"), "openings.db"),
    "object": (_change_object, "JD-2"),
    "store": (lambda it: shutil.rmtree(it.folder / "evidence"), "JD-2"),
    "trigger": (lambda it: it.write("CREATE TABLE more (a)"), "the database"),
}


@pytest.mark.parametrize("kind", FAILING)
def test_damage_ends_with_exit_1_and_names_what_is_concerned(kind: str, new_copy: NewCopy) -> None:
    damage, about = FAILING[kind]
    copy = new_copy()
    damage(copy)
    done = _verify(copy, "--json")
    answers = json.loads(done.stdout)
    failed = [
        finding["about"]
        for answer in answers["questions"].values()
        for finding in answer["findings"]
        if finding["verdict"] == "failed"
    ]
    assert (done.returncode, answers["verdict"]) == (1, "failed")
    assert any(about in one for one in failed), failed
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("kind", ["ledger", "pointer", "place", "position"])
def test_what_is_shown_of_foreign_text_drives_no_terminal(kind: str, new_copy: NewCopy) -> None:
    copy = new_copy()
    FAILING[kind][0](copy)
    done = _verify(copy)
    assert done.returncode == 1
    assert not set("\x1b\0") & set(done.stdout + done.stderr)


def _overwrite(path: Path) -> None:
    path.write_bytes(b"This is not a database.\n" * 500)


UNREADABLE: dict[str, tuple[Change, int]] = {
    "text": (lambda it: _overwrite(it.ledger), 4),
    "text for openings": (lambda it: _overwrite(it.openings), 4),
    "empty": (lambda it: os.truncate(it.ledger, 0), 4),
    "half": (lambda it: os.truncate(it.ledger, it.ledger.stat().st_size // 2), 4),
    "gone": (lambda it: it.ledger.unlink(), 5),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_file_that_no_longer_opens_ends_with_exit_4_or_5_and_its_name(kind: str, new_copy: NewCopy) -> None:
    damage, code = UNREADABLE[kind]
    copy = new_copy()
    damage(copy)
    done = _verify(copy, "--json")
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["exit"]) == (code, code)
    assert "openings.db" in error["message"] or "ledger.db" in error["message"]
    assert "Traceback" not in done.stderr


def test_an_undamaged_copy_has_open_answers_only(original: Original, new_copy: NewCopy) -> None:
    done = _verify(new_copy(), "--json")
    verdicts = {name: answer["verdict"] for name, answer in json.loads(done.stdout)["questions"].items()}
    assert (done.returncode, verdicts) == (
        8,
        {
            "integrity": "indeterminate",  # of one item only the digest was recorded
            "signers": "indeterminate",  # this home holds no key
            "time": "indeterminate",
            "custody": "passed",
            "completeness": "indeterminate",
        },
    )
