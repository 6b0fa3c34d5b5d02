"""Times custody beside its peers in one run, and prints ratios: `python -m tests.bench.compare small|big|start FOLDER`.

FOLDER must be new, and lie on the disk that is meant. The order alternates from round to round, the source is read
before each run, every run has a target of its own, and nothing is deleted between runs: ext4 makes files slowly after
a large removal. A peer that is not installed is named and left out. Asserts nothing.
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

SMALL_FILES, FOLDERS = 50_000, 50
BIG = 2 * 2**30  # bytes
BLOCK = 2**20
PASSPHRASE = "correct horse battery staple"
HOW = ("--method", "download", "--tool", "wget")
CUSTODY = Path(sys.executable).with_name("custody")


@dataclass(frozen=True)
class Runner:
    """One contestant: the program that it needs, what is prepared untimed in `at`, and the commands that are timed."""

    name: str
    program: str
    prepare: Callable[[Path], None]
    commands: Callable[[Path], list[list[str]]]
    environment: Mapping[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("small", "big", "start"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    told = parser.parse_args()
    told.folder.mkdir(parents=True)
    folder = told.folder.resolve()
    environment = {
        **os.environ,
        "CUSTODY_HOME": str(folder / "home"),
        "CUSTODY_PASSPHRASE": PASSPHRASE,
        "RESTIC_PASSWORD": PASSPHRASE,
        "BORG_PASSPHRASE": PASSPHRASE,
    }
    source = _source(told.what, folder)
    _run([str(CUSTODY), "key", "create", "--name", "Bench", "--organisation", "Bench"], environment)
    contestants = {"small": _small, "big": _big, "start": _start}[told.what](source, environment)
    here = [one for one in contestants if shutil.which(one.program)]
    for one in contestants:
        if one not in here:
            print(f"not installed, left out: {one.name} ({one.program})")
    seconds: dict[str, list[float]] = {one.name: [] for one in here}
    memory: dict[str, int] = {}
    for number in range(told.rounds):
        for one in here if number % 2 == 0 else reversed(here):
            at = folder / f"{number}-{one.name.replace(' ', '-')}"
            at.mkdir()
            one.prepare(at)
            _warm(source)
            os.sync()
            taken, peak = _timed(one.commands(at), one.environment)
            seconds[one.name].append(taken)
            memory[one.name] = max(peak, memory.get(one.name, 0))
    first = statistics.median(seconds[here[0].name])
    print(
        f"\n| run | median s | all s | against {here[0].name} | peak MB of its first process |\n|---|---|---|---|---|"
    )
    for name, all_of_them in seconds.items():
        median = statistics.median(all_of_them)
        listed = ", ".join(f"{one:.2f}" for one in all_of_them)
        print(f"| {name} | {median:.2f} | {listed} | {median / first:.2f} | {memory[name] / 1024:.0f} |")


def _source(what: str, folder: Path) -> Path:
    """What is taken in, the same in every run."""
    source = folder / "source"
    chosen = random.Random(5)
    source.mkdir()
    if what == "small":
        for number in range(FOLDERS):
            inside = source / f"{number:02}"
            inside.mkdir()
            for file in range(SMALL_FILES // FOLDERS):
                start = b"\xff\xd8\xff\xe0" if file % 3 == 0 else b""
                suffix = "jpg" if file % 3 == 0 else "txt"
                (inside / f"{file:04}.{suffix}").write_bytes(start + chosen.randbytes(chosen.randrange(512, 8192)))
    else:
        with (source / "file.bin").open("wb") as stream:
            for _ in range((BIG if what == "big" else BLOCK) // BLOCK):
                stream.write(chosen.randbytes(BLOCK))
    return source


def _small(source: Path, environment: dict[str, str]) -> list[Runner]:
    def custody(name: str, *options: str) -> Runner:
        return Runner(
            name,
            str(CUSTODY),
            lambda at: _open_case(at, environment),
            lambda at: [[str(CUSTODY), "collect", "--case", str(at / "case"), *options, *HOW, str(source)]],
            environment,
        )

    def collected(at: Path) -> None:
        _open_case(at, environment)
        _run([str(CUSTODY), "collect", "--case", str(at / "case"), "--each", *HOW, str(source)], environment)

    def committed(at: Path) -> None:
        shutil.copytree(source, at / "source")
        _run(["git", "-C", str(at), "init", "-q"], environment)
        for name, value in (("gc.auto", "0"), ("user.name", "b"), ("user.email", "b@example.org")):
            _run(["git", "-C", str(at), "config", name, value], environment)

    bagit = [sys.executable, "-m", "bagit", "--quiet"]

    def bagged(at: Path) -> None:
        shutil.copytree(source, at / "bag")
        _run([*bagit, str(at / "bag")], environment)

    return [
        custody("collect each", "--each"),
        custody("collect as one", "--as-one"),
        Runner(
            "git add and commit",
            "git",
            committed,
            lambda at: [["git", "-C", str(at), "add", "source"], ["git", "-C", str(at), "commit", "-qm", "x"]],
            environment,
        ),
        Runner(
            "restic backup",
            "restic",
            lambda at: _run(["restic", "init", "-q", "-r", str(at / "r")], environment),
            lambda at: [["restic", "backup", "-q", "-r", str(at / "r"), str(source)]],
            environment,
        ),
        Runner(
            "borg create",
            "borg",
            lambda at: _run(["borg", "init", "-e", "repokey", str(at / "b")], environment),
            lambda at: [["borg", "create", f"{at / 'b'}::a", str(source)]],
            environment,
        ),
        Runner("verify", str(CUSTODY), collected, lambda at: [[str(CUSTODY), "verify", str(at / "case")]], environment),
        Runner(
            "bagit validate",
            "bagit.py",
            bagged,
            lambda at: [[*bagit, "--validate", str(at / "bag")]],
            environment,
        ),
    ]


def _big(source: Path, environment: dict[str, str]) -> list[Runner]:
    file = str(source / "file.bin")
    return [
        Runner(
            "cp and sync",
            "cp",
            lambda at: None,
            lambda at: [["cp", file, str(at / "copy")], ["sync", str(at / "copy")]],
            environment,
        ),
        Runner(
            "collect",
            str(CUSTODY),
            lambda at: _open_case(at, environment),
            lambda at: [[str(CUSTODY), "collect", "--case", str(at / "case"), *HOW, file]],
            environment,
        ),
        Runner(
            "openssl sha256",
            "openssl",
            lambda at: None,
            lambda at: [["openssl", "dgst", "-sha256", file]],
            environment,
        ),
    ]


def _start(source: Path, environment: dict[str, str]) -> list[Runner]:
    return [
        Runner(
            "python -c pass",
            sys.executable,
            lambda at: None,
            lambda at: [[sys.executable, "-c", "pass"]],
            environment,
        ),
        Runner("help", str(CUSTODY), lambda at: None, lambda at: [[str(CUSTODY), "--help"]], environment),
        Runner(
            "collect one small file",
            str(CUSTODY),
            lambda at: _open_case(at, environment),
            lambda at: [
                [str(CUSTODY), "collect", "--case", str(at / "case"), *HOW, str(source / "file.bin")],
            ],
            environment,
        ),
    ]


def _open_case(at: Path, environment: Mapping[str, str]) -> None:
    _run([str(CUSTODY), "init", str(at / "case"), "--reference", "B", "--title", "B"], environment)


def _warm(source: Path) -> None:
    for path in source.rglob("*"):
        if path.is_file():
            with path.open("rb", buffering=0) as file:
                while file.read(BLOCK):
                    pass


def _timed(commands: list[list[str]], environment: Mapping[str, str]) -> tuple[float, int]:
    """Seconds, and the peak memory of the largest first process in KiB. `verify` ends with 8: something is OPEN."""
    started = time.perf_counter()
    peak = 0
    for command in commands:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        assert process.stderr is not None
        words = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 8):
            raise SystemExit(f"{command[:2]} ended with {process.returncode}: {words.decode(errors='replace')}")
        peak = max(peak, used.ru_maxrss)
    return time.perf_counter() - started, peak


def _run(command: list[str], environment: Mapping[str, str]) -> None:
    subprocess.run(command, env=environment, check=True, stdin=subprocess.DEVNULL, capture_output=True)


if __name__ == "__main__":
    main()
