"""What fuzzing found stays mended, and a short run of every target finds nothing new."""

import importlib.util
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.seeds import FOUND, right
from tests.fuzz.targets import TARGETS, refused, use

KEPT = sorted(path.relative_to(FOUND).as_posix() for path in FOUND.glob("*/*"))
REPOSITORY = Path(__file__).resolve().parents[2]
SECONDS = 1  # for each target; two at a time, all together stay below a minute


@pytest.mark.parametrize("case", KEPT)
def test_what_was_found_before_raises_nothing_but_errors_of_custody(case: str, tmp_path: Path) -> None:
    use(tmp_path)
    refused(case.partition("/")[0], (FOUND / case).read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_a_right_value_of_each_target_is_not_refused(name: str, tmp_path: Path) -> None:
    use(tmp_path)
    assert [refused(name, data) for data in right(name)].count(False) > 0


def test_what_was_found_is_kept_under_a_target() -> None:
    assert {folder.name for folder in FOUND.iterdir()} - set(TARGETS) == set()


def test_a_short_run_finds_nothing(tmp_path: Path) -> None:
    if importlib.util.find_spec("atheris") is None:
        reason = "atheris is not installed (it has wheels for Linux on x86-64 alone)"
        if os.environ.get("CI") and (sys.platform, platform.machine()) == ("linux", "x86_64"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    jobs = min(os.cpu_count() or 1, 4)
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.run", f"--seconds={SECONDS}", f"--jobs={jobs}", f"--crashes={tmp_path}"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    tried = {line.partition(":")[0] for line in done.stdout.splitlines() if line.endswith(" inputs")}
    assert tried == set(TARGETS)
