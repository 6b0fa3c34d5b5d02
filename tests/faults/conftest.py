"""A place to break, made once; the fault-injecting library, built once; disks that can be mounted."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from custody.ports import Signer
from tests.cli import smallcase
from tests.cli.smallcase import HOW, Place, copied
from tests.faults.kit import cannot, signer_of

if sys.platform != "linux":
    collect_ignore_glob = ["test_*.py"]  # mounts, /proc and LD_PRELOAD; the recorder's own rules are tested elsewhere


@pytest.fixture(autouse=True)
def _unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coverage is not measured here: a killed process would leave its measurements half written."""
    for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A case with one item, and a folder `out` for reports. Not to be touched: copy it."""
    folder = tmp_path_factory.mktemp("faults") / "ready"
    smallcase.make_opened(folder)
    place = smallcase.at(folder)
    done = place.custody("collect", place.file("first.txt", b"the first\n"), *HOW)
    assert done.exit == 0, done
    (folder / "out").mkdir()
    return place


@pytest.fixture
def place(ready: Place, tmp_path: Path) -> Place:
    """A copy of the case with one item."""
    return copied(ready.folder, tmp_path / "place")


@pytest.fixture(scope="session")
def signer(ready: Place) -> Signer:
    """The key of every place here."""
    return signer_of(ready)


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory, program: Callable[[str], Path]) -> Path:
    """The library that stands between a command and the system (shim.c says how it is told what to do)."""
    library = tmp_path_factory.mktemp("shim") / "shim.so"
    source = Path(__file__).with_name("shim.c")
    subprocess.run([program("gcc"), "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.fixture
def root() -> None:
    """Mounting is root's."""
    if os.geteuid() != 0:
        cannot("only root can mount")


@pytest.fixture
def mounts(root: None) -> Iterator[list[Path]]:
    """Whatever is put into this list is unmounted at the end."""
    points: list[Path] = []
    yield points
    for point in reversed(points):
        subprocess.run(["umount", "-l", point], check=False, capture_output=True)
