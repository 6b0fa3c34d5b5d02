"""Histories that refer to what is not here: a stranger, who reads docs/format.md alone, answers them alike."""

from pathlib import Path

import pytest

from tests.builders import new_folder
from tests.interop.test_stranger import both
from tests.tamper.test_histories import FORGED, LACKING, MISSING, Scene, busy, scene_of, shorten

REFERRING = [
    name for name, (expected, _) in FORGED.items() if expected & MISSING or "not here" in name or "chain" in name
]


def _both(scene: Scene, folder: Path) -> None:
    scene.team.write(new_folder(folder / "case"))
    ours, theirs = both(folder / "case")
    assert ours == theirs


@pytest.mark.parametrize("lacking", LACKING)
@pytest.mark.parametrize("whole", [False, True])
def test_a_case_without_somebodys_newest_records_is_answered_alike(lacking: str, whole: bool, tmp_path: Path) -> None:
    scene, before = busy()
    shorten(scene, lacking, {} if whole else before)
    _both(scene, tmp_path)


@pytest.mark.parametrize("fault", REFERRING)
def test_a_forged_reference_is_answered_alike(fault: str, tmp_path: Path) -> None:
    scene = scene_of()
    FORGED[fault][1](scene)
    _both(scene, tmp_path)
