"""Ready-made places for the tests of the command line: each is made once a run, and copied for each test."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli import smallcase
from tests.cli import team as people
from tests.cli.smallcase import Place
from tests.cli.team import Team


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process at a time; the kernel lets go when a process ends, however."""
    if sys.platform == "win32":
        import msvcrt

        with lock.open("a") as file:
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
            yield
        return
    import fcntl

    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name`, made by whichever test process needs it first."""
    base = factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base  # xdist gives each worker its own below one
    folder = shared / name
    with _alone(shared / f"{name}.lock"):
        if not folder.exists():
            draft = shared / f"{name}.draft"
            shutil.rmtree(draft, ignore_errors=True)
            make(draft)
            draft.rename(folder)
    return folder


@pytest.fixture(scope="session")
def ready_opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and an empty case. Not to be touched: copy it."""
    return _once(tmp_path_factory, "ready-opened", smallcase.make_opened)


@pytest.fixture(scope="session")
def ready_small(tmp_path_factory: pytest.TempPathFactory, ready_opened: Path) -> Path:
    """A key and the small case. Not to be touched: copy it."""

    def make(draft: Path) -> None:
        smallcase.fill(smallcase.copied(ready_opened, draft))

    return _once(tmp_path_factory, "ready-small", make)


@pytest.fixture
def opened(ready_opened: Path, tmp_path: Path) -> Place:
    """A place with a key and an empty case."""
    return smallcase.copied(ready_opened, tmp_path / "place")


@pytest.fixture
def small(ready_small: Path, tmp_path: Path) -> Place:
    """A place with a key and the small case."""
    return smallcase.copied(ready_small, tmp_path / "place")


@pytest.fixture(scope="session")
def ready_invited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lead's case, and a colleague who joined. Not to be touched: copy it."""
    return _once(tmp_path_factory, "ready-invited", people.make_invited)


@pytest.fixture(scope="session")
def ready_team(tmp_path_factory: pytest.TempPathFactory, ready_invited: Path) -> Path:
    """The same, and the colleague was taken in. Not to be touched: copy it."""
    return _once(tmp_path_factory, "ready-team", lambda draft: people.make_team(draft, ready_invited))


@pytest.fixture(scope="session")
def ready_trio(tmp_path_factory: pytest.TempPathFactory, ready_team: Path) -> Path:
    """The same with a third member. Not to be touched: copy it."""
    return _once(tmp_path_factory, "ready-trio", lambda draft: people.make_trio(draft, ready_team))


@pytest.fixture
def invited(ready_invited: Path, tmp_path: Path) -> Team:
    """A case lead, and a colleague whom nobody has taken in yet."""
    return people.copied(ready_invited, tmp_path / "team")


@pytest.fixture
def team(ready_team: Path, tmp_path: Path) -> Team:
    """A case lead and a colleague of one case, who have each other's records."""
    return people.copied(ready_team, tmp_path / "team")


@pytest.fixture
def trio(ready_trio: Path, tmp_path: Path) -> Team:
    """Three people of one case, who have each other's records."""
    return people.copied(ready_trio, tmp_path / "team")
