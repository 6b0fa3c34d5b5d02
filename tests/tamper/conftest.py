"""The undamaged case, made once a session, and numbered folders for its copies."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.tamper.kit import Copy, Original, make_original


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Original:
    """A case with every kind of record, read once."""
    return make_original(tmp_path_factory.mktemp("original"))


@pytest.fixture
def new_copy(original: Original, tmp_path: Path) -> Callable[[], Copy]:
    """`new_copy()` is a fresh copy of the case."""
    numbers: Iterator[int] = count()
    return lambda: original.copy(tmp_path / str(next(numbers)))
