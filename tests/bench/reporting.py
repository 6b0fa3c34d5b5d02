"""Times whole `custody report` commands, and the memory they take: `python -m tests.bench.reporting FOLDER`.

FOLDER must be new. Beside each report stands `custody verify` of the same case, which every report runs first. Asserts
nothing.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

PASSPHRASE = "correct horse battery staple"
CUSTODY = str(Path(sys.executable).with_name("custody"))
SIZES = (100, 1_000, 10_000)
ROUNDS = {100: 5, 1_000: 3, 10_000: 2}
KINDS = ("integrity", "schedule")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--items", type=int, nargs="*", default=SIZES)
    told = parser.parse_args()
    told.folder.mkdir(parents=True)
    folder = told.folder.resolve()
    os.environ |= {"CUSTODY_HOME": str(folder / "home"), "CUSTODY_PASSPHRASE": PASSPHRASE}
    print("| items | command | s | peak MB | MB written |\n|---|---|---|---|---|")
    for items in told.items:
        case = _case(folder, items)
        rows: dict[str, list[tuple[float, float, float]]] = {}
        for number in range(ROUNDS.get(items, 2)):
            for kind in KINDS:
                output = folder / f"{items}-{kind}-{number}.pdf"
                command = [CUSTODY, "report", "--case", str(case), "--kind", kind, "-o", str(output)]
                rows.setdefault(f"report --kind {kind}", []).append((*_timed(command), output.stat().st_size / 1e6))
            rows.setdefault("verify", []).append((*_timed([CUSTODY, "verify", str(case)]), 0))
        for name, runs in rows.items():
            seconds, memory, written = (statistics.median(column) for column in zip(*runs, strict=True))
            print(f"| {items} | `{name}` | {seconds:.2f} | {memory:.0f} | {written:.1f} |", flush=True)


def _case(folder: Path, items: int) -> Path:
    """A case of this many small text files, each an item."""
    case, source = folder / f"case-{items}", folder / f"files-{items}"
    source.mkdir()
    for number in range(items):
        (source / f"message-{number:05d}.txt").write_text(f"Message {number}: the flat is free from Monday on.\n" * 8)
    made = ("--reference", "B", "--title", "B", "--name", "Jane Doe", "--organisation", "B")
    _run([CUSTODY, "init", str(case), *(made if items == SIZES[0] else made[:4])])
    told = ("--method", "export", "--tool", "Example Messenger 5.2", "--captured-at", "2026-11-24 01:31+00:00")
    _run([CUSTODY, "collect", "--case", str(case), "--each", *told, str(source)])
    return case


def _timed(command: Sequence[str]) -> tuple[float, float]:
    """Seconds, and the peak of the first process's memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) not in (0, 8):
        assert process.stderr is not None
        raise SystemExit(f"{command}: {process.stderr.read().decode()}")
    return seconds, usage.ru_maxrss / 1000


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command}: {done.stderr}")


if __name__ == "__main__":
    main()
