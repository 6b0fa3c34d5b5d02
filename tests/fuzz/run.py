"""Fuzzes the targets, each in a process of its own, with coverage as the guide (atheris, which is libFuzzer).

    python -m tests.fuzz.run [TARGET…] --seconds N [--jobs N] [--corpus DIR] [--crashes DIR] [--seed N]

Exit 1 when something was found. What was found lies in the folder of crashes, under the target's name: mend it, then
keep the file in tests/vectors/fuzz/TARGET under a name that says what it is.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import atheris

INPUT = 65_536  # bytes, for all but the databases
DATABASES = dict.fromkeys(("ledger-db", "openings-db", "heads-db"), 2**17)
SLOW = 60  # seconds for one input: more is a finding
MEMORY = 1024  # MB of the whole process: more is a finding
GRACE = 120  # seconds beyond its time that a process is given to end

# Only what is imported here is seen by the fuzzer.
with atheris.instrument_imports(include=["custody"]):
    from tests.fuzz.seeds import kept, right
    from tests.fuzz.targets import TARGETS, refused, use


@dataclass
class Job:
    """One target being fuzzed in a process of its own; its files lie in `folder`, in memory where there is such."""

    name: str
    given: argparse.Namespace
    folder: tempfile.TemporaryDirectory[str] = field(init=False)
    process: int = field(init=False)
    end: float = field(init=False)

    def __post_init__(self) -> None:
        memory = Path("/dev/shm")
        self.folder = tempfile.TemporaryDirectory(prefix="custody-fuzz-", dir=memory if memory.is_dir() else None)
        self.crashes.mkdir(parents=True, exist_ok=True)
        self.end = time.monotonic() + self.given.seconds + GRACE
        self.process = os.fork()
        if self.process == 0:
            self._fuzz()

    @property
    def crashes(self) -> Path:
        """Where what is found is kept."""
        return Path(self.given.crashes) / self.name

    @property
    def log(self) -> Path:
        """What the fuzzer says."""
        return self.crashes / "log.txt"

    def ended(self) -> int | None:
        """How the process ended, None while it runs; it is killed when it does not end."""
        done, status = os.waitpid(self.process, os.WNOHANG)
        if not done and time.monotonic() > self.end:
            os.kill(self.process, 9)
            done, status = os.waitpid(self.process, 0)
        return os.waitstatus_to_exitcode(status) if done else None

    def report(self, status: int) -> None:
        """Say how many inputs were tried, and what was found."""
        self.folder.cleanup()
        words = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        runs = re.findall(r"stat::number_of_executed_units: +(\d+)", words)
        print(f"{self.name}: {runs[-1] if runs else 'no'} inputs", flush=True)
        if status != 0:
            print("\n".join(words.splitlines()[-40:]))
            print(f"{self.name}: something was found, see {self.crashes}", flush=True)

    def _fuzz(self) -> None:
        """In the new process: does not return."""
        with self.log.open("wb") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        folder = Path(self.folder.name)
        corpus = folder / "corpus" if self.given.corpus is None else self.given.corpus / self.name
        started, files = folder / "seeds", folder / "files"
        for path in (corpus, started, files):
            path.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate([*right(self.name), *kept(self.name)]):
            (started / f"{number}").write_bytes(seed)
        use(files)
        name = self.name

        def one_input(data: bytes) -> None:
            refused(name, data)

        options = [
            f"-max_total_time={self.given.seconds}",
            f"-rss_limit_mb={MEMORY}",
            f"-timeout={SLOW}",
            f"-max_len={DATABASES.get(name, INPUT)}",
            f"-seed={self.given.seed}",
            f"-artifact_prefix={self.crashes}/",
            "-print_final_stats=1",
        ]
        atheris.Setup([sys.argv[0], *options, str(corpus), str(started)], one_input)
        atheris.Fuzz()
        os._exit(0)


def main() -> int:
    """Fuzz what is named, else everything."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.run")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=10, help="for each target")
    parser.add_argument("--jobs", type=int, default=1, help="targets at the same time")
    parser.add_argument("--corpus", type=Path, help="a folder that keeps what reached new code, by target")
    parser.add_argument("--crashes", type=Path, default=Path(tempfile.gettempdir()) / "custody-fuzz")
    parser.add_argument("--seed", type=int, default=0, help="0: another one each time")
    given = parser.parse_args()
    unknown = set(given.targets) - set(TARGETS)
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    waiting, running, found = deque(given.targets or TARGETS), list[Job](), False
    while waiting or running:
        while waiting and len(running) < given.jobs:
            running.append(Job(waiting.popleft(), given))
        time.sleep(0.02)
        for job in list(running):
            if (status := job.ended()) is not None:
                running.remove(job)
                job.report(status)
                found |= status != 0
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
