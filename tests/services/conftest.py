"""Makes once what several test files start from: a case and its lead's home, to be copied."""

from pathlib import Path

import pytest

from custody import bootstrap
from custody.services.recording import Draft
from tests.builders import attempted, new_case


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of `case`, of four records, and `home`. Not to be touched: a copy costs no syncing."""
    folder = tmp_path_factory.mktemp("ready")
    new_case(folder / "case", bootstrap.world(folder / "home")).append([Draft(attempted())] * 3)
    return folder
