"""`custody verify` answers every kept case as it says, and what is kept is what the generator makes."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from custody import bootstrap
from custody.adapters.machine import SystemClock
from custody.cli import main
from custody.domain.findings import CODES
from custody.errors import CustodyError
from custody.formats.encoding import parse_time
from custody.ports import RememberedHead
from tests.vectors.asking import brought, keep_trust
from tests.vectors.case_fault import ALWAYS, FAULTS
from tests.vectors.generate import FORMATS, HERE, generate_case, generate_files

CASES = HERE / "cases"
KEPT = sorted(path.name for path in CASES.iterdir())
OF_THIS_COMPUTER = {"case-replaced", "timestamp-not-checked"}  # what it remembers, and whether a library is there
OF_DOCUMENTS = {  # found in a report or the record inside it, and in no case
    "checkpoint-wrong",
    "copy-not-compared",
    "file-passed-over",
    "file-unknown",
    "head-unsigned",
    "item-not-given",
    "pdf-added",
    "pdf-attachments",
    "pdf-certificate",
    "pdf-changed",
    "pdf-padding",
    "pdf-signatures",
    "pdf-structure",
    "pdf-unsigned",
    "pdf-weak",
    "proof-missing",
    "proof-wrong",
    "record-foreign",
    "records-withheld",
    "report-differs",
    "report-drawn-otherwise",
    "report-not-redrawn",
    "report-not-whole",
    "report-signer-left",
    "report-signer-unknown",
    "report-stamped",
}
SEEN = "2026-11-24T03:02:01.123456Z"


def expected(name: str) -> Any:
    return json.loads((CASES / name / "expect.json").read_bytes())


@pytest.mark.parametrize("name", KEPT)
def test_verify_answers_as_expected(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    expect, case = expected(name), tmp_path / "case"
    shutil.copytree(CASES / name / "case", case)  # verifying may play a journal back
    asked = expect["asked"]
    if asked["remembered"] is not None:
        head = asked["remembered"]
        seen = RememberedHead(head["ledger"], head["case"], head["size"], bytes.fromhex(head["root"]), SEEN)
        bootstrap.heads().remember(seen, lambda _: True)
    arguments = ["--quick"] if asked["quick"] else []
    arguments += [] if asked["lead"] is None else ["--lead", asked["lead"]]
    arguments += brought(asked, tmp_path)
    if "trust" in asked:
        keep_trust(asked["trust"])
        monkeypatch.setattr(SystemClock, "now", lambda _: parse_time(asked["trust"]["now"]))
    before = dict(content(case))
    code = main(["verify", str(case), "--json", *arguments])
    answer = json.loads(capsys.readouterr().out)
    assert (code, answered(answer)) == (expect["exit"], expectation(expect))
    assert dict(content(case)) == before


def answered(answer: Any) -> dict[str, object]:
    """What `--json` said, as far as it is expected."""
    if "error" in answer:
        return {"error": answer["error"]["code"]}
    words = {"passed": "YES", "failed": "NO", "indeterminate": "OPEN"}
    found = {one["code"] for question in answer["questions"].values() for one in question["findings"]}
    return {
        "verdict": answer["verdict"],
        "questions": {question: words[one["verdict"]] for question, one in answer["questions"].items()},
        "codes": sorted(found - ALWAYS),
    }


def expectation(expect: Any) -> dict[str, object]:
    """The same from `expect.json`."""
    if expect["error"] is not None:
        return {"error": expect["error"]}
    codes = sorted([*(expect["code"] or []), *expect["also"]])
    return {"verdict": expect["verdict"], "questions": expect["questions"], "codes": codes}


def test_every_fault_is_kept_and_nothing_else() -> None:
    assert sorted(FAULTS) == KEPT


def test_every_finding_has_a_case() -> None:
    shown = {code for name in KEPT for code in expected(name)["code"] or []}
    assert {code.name for code in CODES} - shown - ALWAYS == OF_THIS_COMPUTER | OF_DOCUMENTS


@pytest.mark.parametrize("name", KEPT)
def test_the_generator_makes_the_same_again(name: str, tmp_path: Path) -> None:
    generate_case(name, tmp_path)
    assert dict(content(tmp_path)) == dict(content(CASES / name))


FILES = sorted(
    (kind, name) for kind in FORMATS for name in json.loads((HERE / "files" / kind / "expect.json").read_bytes())
)


@pytest.mark.parametrize(("kind", "name"), FILES)
def test_a_file_is_read_as_expected(kind: str, name: str) -> None:
    folder = HERE / "files" / kind
    expect, data = json.loads((folder / "expect.json").read_bytes())[name], (folder / name).read_bytes()
    if expect["error"] is None:
        assert FORMATS[kind].read_back(data) == data
        return
    with pytest.raises(CustodyError) as caught:
        FORMATS[kind].read_back(data)
    assert type(caught.value).__name__ == expect["error"]


@pytest.mark.parametrize("kind", FORMATS)
def test_the_generator_makes_the_same_files_again(kind: str, tmp_path: Path) -> None:
    generate_files(kind, tmp_path / kind)
    assert dict(content(tmp_path / kind)) == dict(content(HERE / "files" / kind))


def content(folder: Path) -> Iterator[tuple[str, object]]:
    """Every file by its path: its bytes; of a database the schema and the rows, which no version of SQLite changes."""
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        data = path.read_bytes()
        yield path.relative_to(folder).as_posix(), rows(data) if data.startswith(b"SQLite format 3\0") else data


def rows(data: bytes) -> object:
    """The journal modes, the schema and all rows; of what cannot be read, the bytes but those of SQLite's version."""
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.deserialize(data[:18] + b"\1\1" + data[20:])
        try:
            schema = memory.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").fetchall()
            tables = [name for kind, name, _ in schema if kind == "table"]
            cells = {name: sorted(map(repr, memory.execute(f"SELECT * FROM {name}"))) for name in tables}
        except (sqlite3.Error, UnicodeDecodeError):  # the latter from sqlite3's own message
            return data[:24] + data[28:92] + data[100:]
        return data[18:20], schema, cells
