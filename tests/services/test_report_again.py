"""The same inputs give the same bytes before signing: in other processes, with another environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from custody.domain.report.model import format_report
from tests.adapters.sample_models import realistic
from tests.adapters.test_kinds_forms import EVERY, of

# Draws every model in a folder as the report writer does, and says the digest of each.
DRAW = """
import hashlib, os, sys
from pathlib import Path
os.umask(int(sys.argv[2], 8))
from custody import bootstrap
from custody.domain.report.model import parse_report
for path in sorted(Path(sys.argv[1]).iterdir()):
    data = path.read_bytes()
    drawn = bootstrap.report_writer().draw(parse_report(data), {"report.json": data, "custody-record.json": b"{}"})
    print(path.name, hashlib.sha256(drawn).hexdigest())
"""
ENVIRONMENTS = (
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Kolkata", "LANG": "C", "LC_ALL": "C", "umask": "077"},
    {"PYTHONHASHSEED": "2", "TZ": "America/St_Johns", "LANG": "tr_TR.UTF-8", "LC_ALL": "C.UTF-8", "umask": "000"},
)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same case as each kind of document."""
    folder = tmp_path_factory.mktemp("models")
    for kind in EVERY:
        (folder / kind).write_bytes(format_report(of(kind, realistic())))
    (folder / "integrity").write_bytes(format_report(realistic()))
    return folder


def test_every_kind_has_the_same_bytes_in_two_processes_with_another_environment(models: Path, tmp_path: Path) -> None:
    said = []
    for number, named in enumerate(ENVIRONMENTS):
        home = tmp_path / str(number)
        home.mkdir()
        environment = {**os.environ, **named, "HOME": str(home), "SOURCE_DATE_EPOCH": str(number)}
        run = subprocess.run(
            [sys.executable, "-c", DRAW, models, named["umask"]],
            cwd=home,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        said.append(run.stdout)
    assert said[0] == said[1]
    assert len(said[0].splitlines()) == len(EVERY) + 1
