"""The order of durability, as the system sees it: bytes synced, then the batch committed, then success reported.

A killed process loses nothing that it gave to the system, so only the order of the calls shows what a power cut would
leave behind.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.smallcase import HOW, REFERENCE, TITLE, Place

Calls = list[tuple[str, str]]
Match = Callable[[str, str], bool]
NEVER = 2**30


def calls_of(place: Place, shim: Path, *arguments: str | Path) -> Calls:
    """The calls that a command makes below the place, in order; paths from there, and "stdout"."""
    log = place.folder.with_name("calls")
    log.unlink(missing_ok=True)
    more = {"LD_PRELOAD": str(shim), "FAULT_BELOW": str(place.folder), "FAULT_LOG": str(log)}
    done = place.custody.using(more=more)(*arguments)
    assert done.exit == 0, done
    lines = (line.split(" ", 1) for line in log.read_text().splitlines())
    return [(call, path.removeprefix(f"{place.folder}/")) for call, path in lines]


def first(calls: Calls, match: Match) -> int:
    """The place of the first call that matches; a large one when there is none, for nothing comes after that."""
    return next((index for index, call in enumerate(calls) if match(*call)), NEVER)


def last(calls: Calls, match: Match) -> int:
    """The place of the last call that matches, which must be there."""
    return max(index for index, call in enumerate(calls) if match(*call))


def is_call(call: str, path: str) -> Match:
    """Whether it is this call on this file."""
    return lambda one, where: (one, where) == (call, path)


def committed(calls: Calls, name: str) -> int:
    """The place of the call that makes the last commit of a database final: its journal loses its name."""
    return last(calls, is_call("unlink", f"case/{name}-journal"))


@pytest.mark.parametrize("size", [2000, 2 * 2**20])
def test_bytes_are_synced_before_their_record_is_committed(place: Place, shim: Path, size: int) -> None:
    calls = calls_of(place, shim, "collect", place.file("new", b"n" * size), *HOW)
    changing = ("write", "pwrite", "copy_file_range", "rename", "mkdir", "ftruncate")
    written = last(calls, lambda call, path: call in changing and path.startswith("case/evidence"))
    synced = first(calls, is_call("syncfs", "case/evidence"))
    rows = first(calls, is_call("pwrite", "case/ledger.db"))
    assert written < synced < rows < committed(calls, "ledger.db")


@pytest.mark.parametrize("what", ["collect", "note", "report"])
def test_a_record_is_durable_before_it_is_reported(place: Place, shim: Path, what: str) -> None:
    arguments: dict[str, tuple[str | Path, ...]] = {
        "collect": ("collect", place.file("new"), *HOW, "--json"),
        "note": ("note", "JD-1", "a remark", "--json"),
        "report": ("report", "-o", place.folder / "report.pdf", "--json"),
    }
    calls = calls_of(place, shim, *arguments[what])
    done = committed(calls, "ledger.db")
    # Without this a power cut could give the journal its name back, which undoes the commit.
    name_gone = done + first(calls[done:], is_call("fdatasync", "case"))
    assert last(calls, is_call("fdatasync", "case/ledger.db")) < done < name_gone < first(calls, is_stdout)


def is_stdout(_call: str, path: str) -> bool:
    """Whether something is said."""
    return path == "stdout"


def test_sealed_values_are_durable_before_the_records_that_need_them(place: Place, shim: Path) -> None:
    calls = calls_of(place, shim, "note", "JD-1", "a remark")
    openings = committed(calls, "openings.db")
    name_gone = openings + first(calls[openings:], is_call("fdatasync", "case"))
    assert openings < name_gone < first(calls, is_call("pwrite", "case/ledger.db"))


def test_a_report_is_kept_then_recorded_then_written(place: Place, shim: Path) -> None:
    calls = calls_of(place, shim, "report", "-o", place.folder / "report.pdf")
    kept = last(calls, lambda call, path: call == "write" and path.startswith("case/evidence/"))
    synced = first(calls, is_call("syncfs", "case/evidence"))
    recorded = committed(calls, "ledger.db")
    name_gone = recorded + first(calls[recorded:], is_call("fdatasync", "case"))
    begun = first(calls, lambda _, path: path.startswith(".report.pdf."))
    assert kept < synced < first(calls, is_call("pwrite", "case/ledger.db")) < recorded < name_gone < begun
    whole = first(calls, lambda call, path: call == "fsync" and path.startswith(".report.pdf."))
    assert whole < first(calls, is_call("link", "report.pdf")) < first(calls, is_call("fsync", str(place.folder)))


def test_a_new_case_is_durable_before_it_is_reported(place: Place, shim: Path) -> None:
    more = ("--reference", REFERENCE, "--title", TITLE)
    calls = calls_of(place, shim, "init", place.folder / "second", *more)
    named = first(calls, is_call("rename", "second"))
    marked = first(calls, lambda call, path: call == "fsync" and path.endswith("/case.toml"))
    folder_synced = named + first(calls[named:], is_call("fsync", str(place.folder)))
    assert marked < named < folder_synced < first(calls, is_stdout)
