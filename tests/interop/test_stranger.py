"""A verifier written from docs/format.md alone and `custody verify` give the same five answers of the same folder."""

import base64
import contextlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from custody import bootstrap
from custody.adapters.machine import SystemClock
from custody.cli import main as custody
from custody.formats.encoding import parse_time
from custody.ports import RememberedHead
from tests.cli import smallcase
from tests.cli.smallcase import HOW
from tests.interop import stranger_verify as stranger
from tests.interop.stranger_write import (
    LEAD_ID,
    OTHER,
    CaseWriter,
    Sealed,
    case_opened,
    noted,
    person,
    sha,
)
from tests.vectors.asking import brought, keep_trust

PROGRAM = Path(stranger.__file__)
CASES = PROGRAM.parent.parent / "vectors" / "cases"
WORDLIST = resources.files("mnemonic") / "wordlist" / "english.txt"
SEEN = "2026-11-24T03:02:01.123456Z"


def answers(verify: Callable[[list[str]], int], *arguments: str) -> dict[str, Any]:
    """Exit code, the verdict of each question, and how many items match: what the two must agree on."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        code = verify(list(arguments))
    told = json.loads(out.getvalue())
    questions = told.get("questions", {})
    verdicts = {name: one if isinstance(one, str) else one["verdict"] for name, one in questions.items()}
    return {"exit": code, "verdict": told.get("verdict"), "questions": verdicts, "items": told.get("items")}


def both(case: Path, lead: str | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    told = [] if lead is None else ["--lead", lead]
    # The stranger first: he writes nothing.
    return answers(stranger.main, str(case), *told), answers(custody, "verify", str(case), "--json", *told)


# --- Cases that the command line made ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case with every kind of record and of item."""
    folder = tmp_path_factory.mktemp("stranger") / "made"
    smallcase.make_opened(folder)
    place = smallcase.at(folder)
    smallcase.fill(place)
    chat = place.found / smallcase.CHAT_NAME
    place.file("known.bin", b"held elsewhere")
    for step in (
        ("collect", place.found / "known.bin", chat, "--as-one", "--hash-only", "--seal", "digest", *HOW),
        ("collect", place.file("b.txt"), "--extra-digest", "md5", "--extra-digest", "sha512", *HOW),
        ("report", "-o", folder / "report.pdf"),
        ("note", "JD-2", "the third voice is not known"),
    ):
        done = place.custody(*step)
        assert done.exit == 0, done
    return folder / "case"


@pytest.fixture(scope="session")
def lead(made: Path) -> str:
    return str(stranger.verify(made)["lead"])


def test_an_undamaged_case_is_answered_alike(made: Path, lead: str) -> None:
    ours, theirs = both(made, lead)
    assert ours == theirs
    assert ours["questions"] == {
        "integrity": "indeterminate",  # of two items only the digest was kept
        "signers": "passed",
        "time": "indeterminate",
        "custody": "passed",
        "completeness": "indeterminate",
    }


@pytest.mark.parametrize("told", [None, "00" * 32])
def test_an_unconfirmed_or_contradicted_lead_is_answered_alike(made: Path, told: str | None) -> None:
    ours, theirs = both(made, told)
    assert ours == theirs
    assert ours["questions"]["signers"] == ("indeterminate" if told is None else "failed")


def test_the_words_of_the_lead_confirm_the_key(made: Path, lead: str) -> None:
    wordlist = WORDLIST.read_text("utf-8").split()
    words = " ".join(stranger.words_of(lead, wordlist))
    ours = answers(stranger.main, str(made), "--lead", words, "--wordlist", str(WORDLIST))
    theirs = answers(custody, "verify", str(made), "--json", "--lead", words)
    assert ours == theirs
    assert ours["questions"]["signers"] == "passed"


def test_both_state_the_same_root(made: Path) -> None:
    theirs = io.StringIO()
    with contextlib.redirect_stdout(theirs), contextlib.redirect_stderr(io.StringIO()):
        custody(["verify", str(made), "--json"])
    assert stranger.verify(made)["ledgers"] == json.loads(theirs.getvalue())["ledgers"]


def test_a_signed_checkpoint_is_a_head_of_the_ledger(made: Path, tmp_path: Path) -> None:
    done = smallcase.at(made.parent).custody("checkpoint")
    assert done.exit == 0, done
    checkpoint = tmp_path / "checkpoint"
    checkpoint.write_text(done.out, "utf-8")
    cut = tmp_path / "case"
    shutil.copytree(made, cut)
    assert answers(stranger.main, str(cut), "--remembered", str(checkpoint))["exit"] == 8
    rows(cut, "DELETE FROM entries WHERE position = (SELECT max(position) FROM entries)")
    openings(cut, "DELETE FROM openings WHERE position = (SELECT max(position) FROM openings)")
    assert answers(stranger.main, str(cut))["exit"] == 8  # the ledger alone cannot show it
    assert answers(stranger.main, str(cut), "--remembered", str(checkpoint))["exit"] == 1


def test_the_stranger_runs_without_custody(made: Path) -> None:
    isolated = [sys.executable, "-I", "-c", _WITHOUT_CUSTODY, str(PROGRAM), str(made)]
    done = subprocess.run(isolated, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (8, "")


_WITHOUT_CUSTODY = """
import runpy, sys
sys.modules["custody"] = None  # importing it raises ImportError
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


# --- Damage ----------------------------------------------------------------------------------------------------------

Damage = Callable[[Path], None]
DAMAGES: dict[str, Damage] = {}


def damage(name: str) -> Callable[[Damage], Damage]:
    def keep(one: Damage) -> Damage:
        DAMAGES[name] = one
        return one

    return keep


def rows(case: Path, *steps: str | tuple[str, tuple[object, ...]]) -> None:
    """Changes ledger.db without its triggers, which are there again afterwards."""
    with closing(sqlite3.connect(case / "ledger.db", isolation_level=None)) as database:
        triggers = database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            database.execute(f"DROP TRIGGER {name}")
        for step in steps:
            database.execute(*((step,) if isinstance(step, str) else step))
        for _, sql in triggers:
            database.execute(sql)


def openings(case: Path, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(case / "openings.db", isolation_level=None)) as database:
        database.execute(sql, values)


def envelope(case: Path, position: int) -> Any:
    with closing(sqlite3.connect(case / "ledger.db")) as database:
        ((raw,),) = database.execute("SELECT envelope FROM entries WHERE position = ?", (position,))
    return json.loads(raw)


def put(case: Path, position: int, changed: Any) -> None:
    raw = changed if isinstance(changed, bytes) else stranger.write_json(changed).encode()
    rows(case, ("UPDATE entries SET envelope = ? WHERE position = ?", (raw, position)))


def objects(case: Path) -> Iterator[Path]:
    return iter(sorted((case / "evidence").glob("*/*")))


def turned(raw: bytes, place: int) -> bytes:
    return raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]


def each_entry(name: str, change: Callable[[Path, int], None], *positions: int) -> None:
    for position in positions:
        DAMAGES[f"{name} of {position}"] = lambda case, position=position: change(case, position)  # type: ignore[misc]


def change_payload(case: Path, position: int) -> None:
    changed = envelope(case, position)
    said = base64.b64decode(changed["payload"]).replace(b'"time":"2', b'"time":"1')
    put(case, position, changed | {"payload": base64.b64encode(said).decode()})


def change_signature(case: Path, position: int) -> None:
    changed = envelope(case, position)
    signature = turned(base64.b64decode(changed["signatures"][0]["sig"]), 3)
    changed["signatures"][0]["sig"] = base64.b64encode(signature).decode()
    put(case, position, changed)


def garble(case: Path, position: int) -> None:
    put(case, position, b"{}")


def garble_unfiled(case: Path, position: int) -> None:
    garble(case, position)
    rows(case, ("UPDATE entries SET item = NULL WHERE position = ?", (position,)))


def swap_with_next(case: Path, position: int) -> None:
    move = "UPDATE entries SET position = ? WHERE position = ?"
    rows(case, (move, (-1, position)), (move, (position, position + 1)), (move, (position + 1, -1)))


def sql_of_row(sql: str) -> Callable[[Path, int], None]:
    return lambda case, position: rows(case, (sql, (position,)))


each_entry("payload", change_payload, 0, 1, 5)
each_entry("signature", change_signature, 0, 2, 5)
each_entry("garbled bytes", garble, 0, 1, 2, 5, 8)
each_entry("garbled bytes, filed under no item", garble_unfiled, 1, 3, 5)
each_entry("changed places", swap_with_next, 0, 2)
each_entry("taken away", sql_of_row("DELETE FROM entries WHERE position = ?"), 0, 1, 3)
each_entry("all up to it taken away", sql_of_row("DELETE FROM entries WHERE position <= ?"), 0, 4)
each_entry("nodes", sql_of_row("UPDATE entries SET nodes = x'00' WHERE position = ?"), 0, 3)
each_entry("item column", sql_of_row("UPDATE entries SET item = 'JD-1' WHERE position = ?"), 2, 3)
each_entry("ledger column", sql_of_row("UPDATE entries SET ledger = 'a' WHERE position = ?"), 0, 2)
each_entry("moved far away", sql_of_row("UPDATE entries SET position = 1000000000000 WHERE position = ?"), 1, 3)
each_entry("moved below zero", sql_of_row("UPDATE entries SET position = -4 WHERE position = ?"), 0, 2)

for _name, _sql in {
    "newest record taken away": "DELETE FROM entries WHERE position = (SELECT max(position) FROM entries)",
    "all records taken away": "DELETE FROM entries",
    "record copied to the end": """INSERT INTO entries SELECT ledger, (SELECT max(position) + 1 FROM entries), item,
        envelope, nodes FROM entries WHERE position = 1""",
    "foreign table": "CREATE TABLE more (x)",
    "foreign index": "CREATE INDEX more ON entries (position)",
    "no index": "DROP INDEX ix_entries_item",
    "one more column": "ALTER TABLE entries ADD COLUMN more TEXT",
}.items():
    DAMAGES[_name] = lambda case, sql=_sql: rows(case, sql)  # type: ignore[misc]

for _name, _sql in {
    "another salt": "UPDATE openings SET salt = x'00112233445566778899aabbccddeeff' WHERE pointer = '/text'",
    "a short salt": "UPDATE openings SET salt = x'00' WHERE pointer = '/text'",
    "another value": "UPDATE openings SET value = CAST('\"x\"' AS BLOB) WHERE pointer = '/title'",
    "a value with a space": "UPDATE openings SET value = CAST(value || ' ' AS BLOB) WHERE pointer = '/machine'",
    "a pointer of no field": "UPDATE openings SET pointer = '/text/more' WHERE pointer = '/text'",
    "texts erased": "DELETE FROM openings WHERE pointer = '/text'",
    "digests erased": "DELETE FROM openings WHERE pointer = '/digest'",
    "sizes erased": "DELETE FROM openings WHERE pointer = '/size'",
    "seeds erased": "DELETE FROM openings WHERE pointer = '/parts/seed'",
    "all erased": "DELETE FROM openings",
    "moved behind the ledger": "UPDATE openings SET position = 30 WHERE pointer = '/title'",
    "moved far behind": "UPDATE openings SET position = 5000 WHERE pointer = '/title'",
    "moved below zero": "UPDATE openings SET position = -1 WHERE pointer = '/title'",
    "moved to no ledger": "UPDATE openings SET ledger = 'a' WHERE pointer = '/title'",
    "left by a broken write": """INSERT INTO openings SELECT ledger, 20, '/text', x'00112233445566778899aabbccddeeff',
        CAST('"x"' AS BLOB) FROM openings LIMIT 1""",
    "foreign trigger": "CREATE TRIGGER more BEFORE INSERT ON openings BEGIN SELECT 1; END",
}.items():
    DAMAGES[f"openings: {_name}"] = lambda case, sql=_sql: openings(case, sql)  # type: ignore[misc]


@damage("openings.db gone")
def _(case: Path) -> None:
    (case / "openings.db").unlink()


@damage("openings.db empty")
def _(case: Path) -> None:
    (case / "openings.db").write_bytes(b"")


@damage("ledger.db gone")
def _(case: Path) -> None:
    (case / "ledger.db").unlink()


@damage("ledger.db is something else")
def _(case: Path) -> None:
    (case / "ledger.db").write_bytes(b"no database" * 1000)


@damage("ledger.db cut short")
def _(case: Path) -> None:
    os.truncate(case / "ledger.db", (case / "ledger.db").stat().st_size // 2)


@damage("ledger.db says WAL")
def _(case: Path) -> None:
    raw = (case / "ledger.db").read_bytes()
    (case / "ledger.db").write_bytes(raw[:18] + b"\2\2" + raw[20:])


@damage("evidence gone")
def _(case: Path) -> None:
    shutil.rmtree(case / "evidence")


@damage("objects changed")
def _(case: Path) -> None:
    for one in objects(case):
        one.chmod(0o600)
        one.write_bytes(one.read_bytes() + b"x")


@damage("one object changed")
def _(case: Path) -> None:
    one = next(objects(case))
    one.chmod(0o600)
    one.write_bytes(turned(one.read_bytes(), 0))


@damage("one object gone")
def _(case: Path) -> None:
    next(objects(case)).unlink()


@damage("one object is a folder")
def _(case: Path) -> None:
    one = next(objects(case))
    one.unlink()
    one.mkdir()


@damage("one object more")
def _(case: Path) -> None:
    (case / "evidence" / "00").mkdir(exist_ok=True)
    (case / "evidence" / "00" / ("00" * 32)).write_bytes(b"more")


@pytest.mark.skipif(sys.platform == "win32", reason="links take a privilege on Windows")
@pytest.mark.parametrize("of", ["object", "evidence", "ledger.db"])
def test_a_link_is_answered_alike(made: Path, lead: str, tmp_path: Path, of: str) -> None:
    case = tmp_path / "case"
    shutil.copytree(made, case)
    place = next(objects(case)) if of == "object" else case / of
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    ours, theirs = both(case, lead)
    assert ours == theirs
    assert ours["exit"] in (1, 4)


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_case_is_answered_alike(made: Path, lead: str, tmp_path: Path, name: str) -> None:
    case = tmp_path / "case"
    shutil.copytree(made, case)
    DAMAGES[name](case)
    ours, theirs = both(case, lead)
    assert ours == theirs


# --- Cases that the stranger wrote ------------------------------------------------------------------------------------

Writing = Callable[[CaseWriter], object]
DATA = b"some bytes\n"
PARTS = ((b"a", b"1"), (b"b/c", b"2"))
NULL_DIGESTS = {"md5": None, "sha1": None, "sha512": None}


def opened(write: Writing, **other: object) -> CaseWriter:
    writer = CaseWriter()
    writer.say(case_opened(**other))
    write(writer)
    return writer


def remark(writer: CaseWriter, **other: object) -> None:
    prev = writer.collect(DATA, "JD-1")
    writer.say(noted(), **({"item": "JD-1", "prev": prev} | other))  # type: ignore[arg-type]


def taken(**body: object) -> Writing:
    return lambda writer: writer.collect(DATA, "JD-1", body=body)


def parted(**how: Any) -> Writing:
    return lambda writer: writer.folder(PARTS, **how)


def edited(old: bytes, new: bytes) -> Writing:
    return lambda writer: writer.say(noted(), edit=lambda payload: payload.replace(old, new))


RIGHT: dict[str, Writing] = {
    "nothing but the opening": lambda writer: None,
    "a file": taken(),
    "a remark": remark,
    "a folder": parted(),
    "a folder without files": lambda writer: writer.folder(()),
    "names that are escaped": lambda writer: writer.folder(((b"a\nb", b"1"), (b"a\\b", b"2"), (b"\xff", b"3"))),
    "a typed text": taken(form="text", digest=Sealed(sha(DATA)), size=Sealed(len(DATA))),
    "a head that names an act": lambda writer: writer.collect(DATA, "JD-1", act="ab" * 16),
    "a deputy": lambda writer: None,
}
WRONG: dict[str, Writing] = {
    "a number given twice": lambda writer: [writer.collect(DATA, "JD-1") for _ in range(2)],
    "a gap of numbers": lambda writer: writer.collect(DATA, "JD-4"),
    "another label": lambda writer: writer.collect(DATA, "XX-1"),
    "a remark on a remark's number": lambda writer: remark(writer, item="JD-2"),
    "a remark that hangs on the opening": lambda writer: remark(writer, prev=writer.first),
    "another register": lambda writer: writer.collect(DATA, "JD-1", people="ab" * 32),
    "another case": lambda writer: writer.collect(DATA, "JD-1", case="ab" * 32),
    "another ledger": lambda writer: writer.collect(DATA, "JD-1", ledger="ab" * 32),
    "another position": lambda writer: writer.collect(DATA, "JD-1", position=7),
    "another root": lambda writer: writer.collect(DATA, "JD-1", head={"root": "ab" * 32, "size": 1}),
    "a head of the future": lambda writer: writer.collect(DATA, "JD-1", head={"root": "ab" * 32, "size": 9}),
    "another key": lambda writer: writer.collect(DATA, "JD-1", key=OTHER),
    "another key in the lead's name": lambda writer: writer.collect(DATA, "JD-1", key=OTHER, signer=LEAD_ID),
    "opened again": lambda writer: writer.say(case_opened()),
    "an unknown kind": lambda writer: writer.say({"type": "moved/v2", "to": Sealed("the attic")}),
    "a size in exponents": edited(b'"offset_ms":null', b'"offset_ms":1e2'),
    "minus zero": edited(b'"offset_ms":null', b'"offset_ms":-0'),
    "a member twice": edited(b'"act":null', b'"act":null,"act":null'),
    "a line end after it": edited(b"}", b"}\n"),
    "an escape for nothing": edited(b'"a clock"', b'"\\u0061 clock"'),
    "an integer above 2^53": edited(b'"offset_ms":null', b'"offset_ms":9007199254740992'),
    "another size": taken(size=4),
    "another md5": taken(extra_digests=NULL_DIGESTS | {"md5": "00" * 16}),
    "a sealed name of the wrong type": taken(name=Sealed("a")),
    "a sealed name that is Unicode in bytes": taken(name=Sealed({"bytes": "YQ=="})),
    "a sealed text in another spelling": taken(description=Sealed(b'"\\u0061"')),
    "an address that is too long": taken(
        origin=Sealed({"address": "a" * 8193, "from": "Zone.Identifier", "referrer": None})
    ),
    "parts out of order": parted(edit_list=lambda lines: lines[::-1]),
    "a part that leads out": lambda writer: writer.folder(((b"../a", b"1"),)),
    "a parts list without its last line end": parted(edit_list=lambda lines: [lines[0], lines[1][:-1]]),
    "facts of another size": parted(edit_facts=lambda lines: [lines[0].replace(b'"size":1', b'"size":9'), lines[1]]),
    "facts of one part too few": parted(edit_facts=lambda lines: lines[:1]),
    "facts of another spelling": parted(edit_facts=lambda lines: [lines[0].replace(b":", b": "), lines[1]]),
    "another count of parts": parted(count=3),
    "another root of parts": parted(root="ab" * 32),
    "another root of parts, not kept": parted(root="ab" * 32, body={"kept": False}),
    "a certificate of another key": lambda writer: None,
    "two keys that are one": lambda writer: None,
    # What the page calls a rule of `collected`.
    "a typed text in clear": taken(form="text"),
    "a sealed digest beside a size in clear": taken(digest=Sealed(sha(DATA))),
    "a seed of no bytes": parted(seed=Sealed("")),
    "sealed facts beside a digest in clear": parted(facts=Sealed("00" * 32)),
    "a folder with digests of its own": parted(body={"extra_digests": NULL_DIGESTS | {"md5": "00" * 16}}),
}
LEADS: dict[str, dict[str, object]] = {
    "a deputy": {"deputies": [person(OTHER)]},
    "a certificate of another key": {"lead": person() | {"certificate": person(OTHER)["certificate"]}},
    "two keys that are one": {"lead": person() | {"cosignature_key": person()["checkpoint_key"]}},
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_a_stranger_writes_is_believed(tmp_path: Path, name: str) -> None:
    opened(RIGHT[name], **LEADS.get(name, {})).write(tmp_path / "case")
    ours, theirs = both(tmp_path / "case", LEAD_ID)
    assert ours == theirs
    assert ours["exit"] == 8
    assert "failed" not in ours["questions"].values()


@pytest.mark.parametrize("name", WRONG)
def test_what_a_signer_does_wrong_is_answered_alike(tmp_path: Path, name: str) -> None:
    opened(WRONG[name], **LEADS.get(name, {})).write(tmp_path / "case")
    ours, theirs = both(tmp_path / "case", LEAD_ID)
    assert ours == theirs
    assert ours["exit"] == (8 if name == "an unknown kind" else 1)


def test_nothing_is_read_from_a_case_that_is_none(tmp_path: Path) -> None:
    assert both(tmp_path)[0]["exit"] == both(tmp_path)[1]["exit"] == 2


# --- Kept cases, each with one fault ----------------------------------------------------------------------------------

WORDS = {"passed": "YES", "failed": "NO", "indeterminate": "OPEN"}
KEPT = sorted(path.parent.name for path in CASES.glob("*/expect.json"))


@pytest.mark.skipif(not CASES.is_dir(), reason="there are no kept cases")
@pytest.mark.parametrize("name", KEPT or ["none"])
def test_both_answer_a_kept_case_as_it_expects(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expect = json.loads((CASES / name / "expect.json").read_bytes())
    asked, case = expect["asked"], tmp_path / "case"
    shutil.copytree(CASES / name / "case", case, symlinks=True)
    told = [*(["--quick"] if asked["quick"] else []), *(["--lead", asked["lead"]] if asked["lead"] else [])]
    seen = []
    if head := asked["remembered"]:
        seen = ["--remembered", f"{head['size']}:{head['root']}"]
        known = RememberedHead(head["ledger"], head["case"], head["size"], bytes.fromhex(head["root"]), SEEN)
        bootstrap.heads().remember(known, lambda _: True)
    told += brought(asked, tmp_path)
    if "trust" in asked:
        path = tmp_path / "trust.json"
        path.write_text(json.dumps(asked["trust"]))
        seen += ["--trust", str(path)]
        keep_trust(asked["trust"])
        monkeypatch.setattr(SystemClock, "now", lambda _: parse_time(asked["trust"]["now"]))
    ours = answers(stranger.main, str(case), "--wordlist", str(WORDLIST), *told, *seen)
    theirs = answers(custody, "verify", str(case), "--json", *told)
    assert ours == theirs
    assert ours["exit"] == expect["exit"]
    assert {question: WORDS[one] for question, one in ours["questions"].items()} == (expect["questions"] or {})
