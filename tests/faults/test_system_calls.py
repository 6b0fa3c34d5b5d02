"""Each system call of a command goes wrong in turn, or is its last: an error in words, or a case that is as it was."""

import shutil
from collections import Counter
from collections.abc import Sequence
from errno import EDQUOT, EIO, ENOSPC
from pathlib import Path
from signal import SIGKILL

import pytest

from custody.ports import Signer
from tests.cli.smallcase import Place, copied
from tests.faults.kit import Command, Fact, goes_on, holds_to, recorded, sound, told

MOST = 16  # calls of one kind that are tried, spread over all of them

HOWS = {
    "fails": {"FAULT_ERRNO": str(EIO)},
    "finds-the-disk-full": {"FAULT_ERRNO": str(ENOSPC), "FAULT_LASTING": "1"},
    "finds-the-quota-used-up": {"FAULT_ERRNO": str(EDQUOT), "FAULT_LASTING": "1"},
    "writes-half": {"FAULT_ERRNO": "0"},
    "is-the-last": {"FAULT_ERRNO": str(EIO), "FAULT_SIGNAL": str(int(SIGKILL))},
}

# What is done, in which folder the call is, which call, and what comes of it.
FAULTS = [
    *(("small", "case", call, "fails") for call in ("open", "read", "pread", "write", "pwrite", "fdatasync")),
    *(("small", "case", call, "fails") for call in ("syncfs", "mkdir", "unlink")),
    *(("big", "case", call, "fails") for call in ("open", "pread", "copy_file_range", "rename")),
    *(("note", "case", call, "fails") for call in ("open", "pread", "pwrite", "fdatasync", "unlink", "syncfs")),
    *(("report", "case", call, "fails") for call in ("pwrite", "fdatasync", "unlink")),
    *(("report", "out", call, "fails") for call in ("open", "write", "fsync", "link", "unlink")),
    *(("note", "home", call, "fails") for call in ("open", "pread", "pwrite", "fdatasync", "unlink")),
    *(("small", "case", call, "finds-the-disk-full") for call in ("write", "pwrite", "mkdir")),
    ("big", "case", "copy_file_range", "finds-the-disk-full"),
    ("report", "out", "write", "finds-the-disk-full"),
    ("note", "home", "pwrite", "finds-the-disk-full"),
    *(("small", "case", call, "finds-the-quota-used-up") for call in ("write", "pwrite")),
    *(("small", "case", call, "writes-half") for call in ("write", "pwrite")),
    *(("small", "case", call, "is-the-last") for call in ("open", "write", "pwrite", "fdatasync", "unlink")),
    *(("big", "case", call, "is-the-last") for call in ("copy_file_range", "rename")),
    *(("note", "case", call, "is-the-last") for call in ("pwrite", "fdatasync", "unlink")),
    *(("report", "out", call, "is-the-last") for call in ("write", "fsync", "link", "unlink")),
    *(("note", "home", call, "is-the-last") for call in ("pwrite", "unlink")),
]


@pytest.mark.parametrize(("what", "where", "call", "how"), FAULTS, ids=["-".join(fault) for fault in FAULTS])
def test_a_fault_at_a_system_call_leaves_a_case_that_holds_and_an_error_that_is_true(
    what: str, where: str, call: str, how: str, place: Place, shim: Path, signer: Signer
) -> None:
    command = Command(what, place)
    variables = {"LD_PRELOAD": str(shim), "FAULT_BELOW": str(place.folder / where), "FAULT_CALL": call}
    count = _counted(command, variables)[call]
    assert count > 0, "the command makes no such call"
    reported: set[Fact] = set()
    wrong = []
    for nth in _chosen(count):
        try:
            if how == "is-the-last":
                _dies(command, variables | HOWS[how] | {"FAULT_NTH": str(nth)}, reported)
            else:
                may_stay = call == "unlink" or "FAULT_LASTING" in HOWS[how]
                _bears(command, variables | HOWS[how] | {"FAULT_NTH": str(nth)}, reported, may_stay=may_stay)
        except AssertionError as error:
            wrong.append(f"{call} {nth} of {count}: {error}")
    assert not wrong, "\n".join(wrong)
    goes_on(place, signer)
    done = command.run()
    assert done.exit == 0, done
    # What a kill cut short under its final name stays until the same bytes are kept again.
    sound(place, reported | told(done), killed=how == "is-the-last")


def _counted(command: Command, variables: dict[str, str]) -> Counter[str]:
    """How often the undisturbed command makes each call; the second time, because the first one makes folders."""
    log = command.place.folder / "calls"
    for _ in range(2):
        log.unlink(missing_ok=True)
        done = command.run(**variables, FAULT_LOG=str(log))
        assert done.exit == 0, done
    return Counter(line.split(" ", 1)[0] for line in log.read_text().splitlines() if not line.endswith(" stdout"))


def _chosen(count: int) -> Sequence[int]:
    """All of them, or as many as there is time for, the first and the last among them."""
    return sorted({1 + index * (count - 1) // (MOST - 1) for index in range(MOST)})


def _bears(command: Command, variables: dict[str, str], reported: set[Fact], *, may_stay: bool) -> None:
    """Run the command with the fault; then the case holds, and has of this command what the command says it has."""
    before = recorded(command.place.case)
    holds_to(command.place, before, command.run(**variables), reported, may_stay=may_stay)


def _dies(command: Command, variables: dict[str, str], reported: set[Fact]) -> None:
    """Run the command until the call kills it; then the case holds, and a copy that lies elsewhere as well."""
    place = command.place
    done = command.run(**variables)
    assert done.exit in (0, -SIGKILL), done
    if done.out:
        reported |= told(done)
    shutil.rmtree(place.folder.with_name("moved"), ignore_errors=True)
    moved = copied(place.folder, place.folder.with_name("moved"))
    for one in (place, moved):
        sound(one, reported, killed=True)
    for report in (place.folder / "out").glob("[!.]*"):
        assert report.read_bytes().rstrip().endswith(b"%%EOF"), report
