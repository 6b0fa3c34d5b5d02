"""Keeps tests off the person's own keys and finds the programs and vectors they need. Makes no test data."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import hypothesis
import pytest

if TYPE_CHECKING:
    from tests.servers.authority import Authority

REPOSITORY = Path(__file__).resolve().parent.parent

# Last, so that `from tests.… import …` works (in spawned worker processes too) while `custody` stays the
# installed package.
sys.path.append(str(REPOSITORY))

# Two loaded cores and coverage make single runs slow: a deadline would fail healthy examples.
hypothesis.settings.register_profile("custody", deadline=None, print_blob=True)
hypothesis.settings.load_profile("custody")

# Debian packages that are not named as their programs are.
DEBIAN_PACKAGES = {
    "hb-view": "libharfbuzz-bin",
    "pdfdetach": "poppler-utils",
    "pdffonts": "poppler-utils",
    "pdfsig": "poppler-utils",
    "pdftoppm": "poppler-utils",
    "pdftotext": "poppler-utils",
}


def pytest_report_header() -> str:
    """Say which copy of the package is under test: the installed one, or the tree."""
    import custody

    return f"custody {custody.__version__} from {Path(custody.__file__).parent}"


def _missing(reason: str) -> NoReturn:
    """Skip on a person's machine; fail in CI, where a skipped check would pass for a check that held."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def custody_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty CUSTODY_HOME for each test, and none of the person's own settings or proxies. Returns the folder."""
    for name in [name for name in os.environ if name.startswith("CUSTODY_") and name != "CUSTODY_VECTORS"]:
        monkeypatch.delenv(name)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    home = tmp_path_factory.mktemp("custody-home")
    monkeypatch.setenv("CUSTODY_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def program() -> Callable[[str], Path]:
    """`program("qpdf")` is the path of a system program; without it the test is skipped (CI: fails)."""

    def find(name: str) -> Path:
        found = shutil.which(name)
        if found is None:
            package = DEBIAN_PACKAGES.get(name, name)
            _missing(f"the program {name} is not installed (Debian: apt-get install {package})")
        return Path(found)

    return find


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of published test vectors; where there is none the test is skipped (CI: fails)."""
    named = os.environ.get("CUSTODY_VECTORS")
    if not named:
        _missing("CUSTODY_VECTORS names no folder of test vectors (docs/format.md says where to get them)")
    folder = Path(named)
    if not folder.is_dir():
        _missing(f"CUSTODY_VECTORS names {folder}, which is not a folder")
    return folder


@pytest.fixture
def authorities(program: Callable[[str], Path]) -> "Iterator[Callable[..., Authority]]":
    """`authorities(algorithm="rsa2048", …)` is a real timestamp authority on 127.0.0.1, until the end of the test."""
    program("openssl")
    from tests.servers.authority import Authority

    with ExitStack() as running:
        yield lambda **settings: running.enter_context(Authority(**settings))
