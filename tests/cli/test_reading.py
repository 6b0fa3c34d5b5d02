"""`custody note`, `items`, `show`, `log`, `status`, `checkpoint`, bare `custody`, `--version`, `--help`."""

import base64
import hashlib
import json
import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import custody
from tests.cli import smallcase
from tests.cli.commandline import Custody, command_paths, tree
from tests.cli.smallcase import CHAT_DIGEST, CHAT_NAME, CHAT_SIZE, HOW, PHOTO, PHOTO_DIGEST, PHOTO_NAME, TYPED, Place

TIME = "2026-01-02 03:04:05 UTC"


def times_out(text: str) -> str:
    """The text with every time replaced by another: columns keep their width."""
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", TIME, text)


def test_items_lists_them(small: Place) -> None:
    done = small.custody("items", "--json")
    assert done.exit == 0
    listed = done.json["items"]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}Z", one.pop("collected_at")) for one in listed)
    assert listed == [
        {
            "digest": PHOTO_DIGEST,
            "derived": [],
            "derived_from": None,
            "form": "file",
            "holder": "JD",
            "kept": True,
            "media_type": "image/jpeg",
            "name": {"text": PHOTO_NAME},
            "number": "JD-1",
            "size": len(PHOTO),
        },
        {
            "digest": CHAT_DIGEST,
            "derived": [],
            "derived_from": None,
            "form": "folder",
            "holder": "JD",
            "kept": True,
            "media_type": "inode/directory",
            "name": {"text": CHAT_NAME},
            "number": "JD-2",
            "size": CHAT_SIZE,
        },
        {
            "digest": smallcase.TYPED_DIGEST,
            "derived": [],
            "derived_from": None,
            "form": "text",
            "holder": "JD",
            "kept": True,
            "media_type": "text/plain",
            "name": None,
            "number": "JD-3",
            "size": len(TYPED),
        },
    ]


def test_items_in_words(small: Place) -> None:
    assert times_out(small.custody("items").out) == (
        f"ITEM  {'RECORDED (own clock)':23}      SIZE  SHA-256        TYPE        NAME\n"
        f"JD-1  {TIME}   10.3 kB  {PHOTO_DIGEST[:12]}…  image/jpeg  {PHOTO_NAME}\n"
        f"JD-2  {TIME}  84 bytes  {CHAT_DIGEST[:12]}…  folder      {CHAT_NAME}\n"
        f"JD-3  {TIME}  29 bytes  {smallcase.TYPED_DIGEST[:12]}…  text/plain  (typed text)\n"
    )


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ("JD-1", "JD-1"),
        ("jd-1", "JD-1"),
        ("JD/1", "JD-1"),
        ("2", "JD-2"),
        (PHOTO_DIGEST[:6], "JD-1"),
        (PHOTO_DIGEST.upper(), "JD-1"),
        (smallcase.TYPED_DIGEST[:8], "JD-3"),
        (PHOTO_DIGEST[:5], None),
        ("4", None),
        ("JD-01", None),
        ("AB-1", None),
        ("\x1b[31m", None),
    ],
)
def test_an_item_is_named_by_number_counter_or_the_beginning_of_its_digest(
    small: Place, wanted: str, number: str | None
) -> None:
    done = small.custody("show", wanted, "--json")
    if number is not None:
        assert (done.exit, done.json["item"]) == (0, number)
    else:
        assert done.exit == 2
        assert done.error == {
            "code": "usage",
            "exit": 2,
            "hint": "run custody items to see them all",
            "message": f"there is no item {wanted!r}",
        }
        assert "\x1b" not in done.err


def test_a_name_that_fits_two_items_is_refused_with_both(opened: Place) -> None:
    opened.custody("collect", opened.file("a.txt", b"same"), opened.file("b.txt", b"same"), *HOW)
    start = hashlib.sha256(b"same").hexdigest()[:10]
    done = opened.custody("note", start, "which?", "--json")
    assert done.exit == 2
    assert done.error == {
        "code": "usage",
        "exit": 2,
        "hint": "type the full number",
        "message": f"'{start}' fits more than one item: JD-1, JD-2",
    }
    assert opened.custody("status", "--json").json["records"] == 3


def test_show_in_words(small: Place) -> None:
    done = small.custody("show", "1")
    assert done.exit == 0
    found = re.fullmatch(r"Item JD-1\n(.*)History\n(.*)\n(This .*)", times_out(done.out), re.DOTALL)
    assert found is not None
    sheet, history, end = found.groups()
    lines = dict(re.split(" {2,}", line.strip(), maxsplit=1) for line in sheet.splitlines() if line[2] != " ")
    expected = {
        "Held by": "JD",
        "Original name": PHOTO_NAME,
        "What": "a file",
        "Media type": "image/jpeg (as its first bytes say)",
        "SHA-256": PHOTO_DIGEST,
        "Size": f"10.3 kB ({len(PHOTO):,} bytes)",
        "Collected by": smallcase.NAME,
        "Recorded at": f"{TIME}, by the recorder's own clock",
        "How": "photographed with a telephone",
        "With": smallcase.TOOL,
        "Place": smallcase.PLACE,
        "Sensitivity": "sensitive",
    }
    assert {label: lines.get(label) for label in expected} == expected
    assert {smallcase.FOUND_AT, smallcase.PERSONA, smallcase.DESCRIPTION} <= set(lines.values())
    assert history == (
        f"  {TIME}  {smallcase.NAME} collected a file\n"
        f"  {TIME}  {smallcase.NAME} wrote a note\n"
        f"{' ' * 27}Text  {smallcase.NOTE}\n"
    )
    assert end == "This shows what is written there. Whether it holds: custody verify\n"


def test_log_has_every_record_in_order(small: Place) -> None:
    records = small.custody("log", "--json").json["records"]
    key_id = small.custody("key", "show", "--json").json["key_id"]
    assert [(one["position"], one["type"], one["item"], one["signer"]) for one in records] == [
        (0, "case-opened/v1", None, key_id),
        (1, "collected/v1", "JD-1", key_id),
        (2, "collected/v1", "JD-2", key_id),
        (3, "attempted/v1", None, key_id),
        (4, "collected/v1", "JD-3", key_id),
        (5, "noted/v1", "JD-1", key_id),
    ]
    assert times_out(small.custody("log").out) == (
        f"RECORD  {'TIME (own clock)':23}  WHO     {'WHAT':36}  ITEM\n"
        f"     0  {TIME}  Jo Doe  opened case {smallcase.REFERENCE}\n"
        f"     1  {TIME}  Jo Doe  collected a file                      JD-1\n"
        f"     2  {TIME}  Jo Doe  collected a folder                    JD-2\n"
        f"     3  {TIME}  Jo Doe  could not collect a file (not-found)\n"
        f"     4  {TIME}  Jo Doe  collected a typed note                JD-3\n"
        f"     5  {TIME}  Jo Doe  wrote a note                          JD-1\n"
    )


def test_status_and_bare_custody_in_a_case_say_the_same(small: Place) -> None:
    status, bare = small.custody("status"), small.custody()
    assert (status.exit, bare.exit, status.err) == (0, 0, "")
    assert bare.out == status.out
    assert times_out(status.out) == (
        f"Case     {smallcase.REFERENCE}\n"
        f"Title    {smallcase.TITLE}\n"
        f"Folder   {small.case}\n"
        f"Lead     {smallcase.NAME} (your key)\n"
        "Items    3, the newest is JD-3\n"
        "Failed   1 files could not be collected (custody log)\n"
        f"Records  6, the newest of {TIME}\n"
        "Reports  0\n"
        "Next: custody verify, then custody report -o ../report.pdf and hand it to somebody independent\n"
    )


def test_status_as_json(small: Place) -> None:
    said = small.custody("status", "--json").json
    ids = {name: said.pop(name) for name in ("case", "ledger")}
    assert all(re.fullmatch("[0-9a-f]{64}", one) for one in ids.values())
    assert re.fullmatch(r"[\dT:.-]{26}Z", said.pop("newest"))
    assert said == {
        "failed_attempts": 1,
        "folder": str(small.case),
        "items": 3,
        "label": "JD",
        "ledgers": 1,
        "offered_to_you": [],
        "open_offers": [],
        "openings_present": True,
        "owed_stamps": [],
        "own": True,
        "records": 6,
        "reference": smallcase.REFERENCE,
        "reports": 0,
        "title": smallcase.TITLE,
    }
    assert small.custody("--json").json == small.custody("status", "--json").json


def test_the_case_is_the_option_else_the_environment_else_the_folder_upwards(opened: Place) -> None:
    deep = opened.case / "a" / "b"
    deep.mkdir(parents=True)
    expected = opened.custody("status", "--json").json
    elsewhere = opened.custody.using(cwd=opened.folder)
    assert opened.custody.using(cwd=deep)("status", "--json").json == expected
    by_environment = elsewhere.using(more={"CUSTODY_CASE": str(opened.case)})
    assert by_environment("status", "--json").json == expected
    assert {**elsewhere("status", "--case", "case", "--json").json, "folder": ""} == {**expected, "folder": ""}
    wrong = by_environment("status", "--case", opened.found, "--json")
    assert (wrong.exit, wrong.error["message"]) == (2, f"{opened.found} is not a case: it has no case.toml")


def test_outside_of_a_case_bare_custody_says_what_to_type(opened: Place) -> None:
    done = opened.custody.using(cwd=opened.folder)()
    assert (done.exit, done.err) == (0, "")
    assert done.out == (
        "custody records digital evidence so that a stranger can check it years later.\n"
        "\n"
        "There is no case in this folder.\n"
        f"Your key: {smallcase.NAME}\n"
        "\n"
        "Next, one of:\n"
        "  custody demo                 see it work on made-up evidence, in a minute\n"
        '  custody init DIR --reference GEN-2026-014 --title "…"     open a case\n'
        "  custody join FILE            join a case that you are invited to\n"
        "  cd DIR                       go to a case that you have\n"
        "  custody --help               all commands\n"
    )


def test_without_a_key_bare_custody_says_so(opened: Place) -> None:
    nobody = Custody(cwd=opened.folder, home=opened.folder / "nobody")
    assert "\nYou have no key yet.\n" in nobody().out
    assert nobody("--json").json == {"case": None, "keys": []}
    assert tree(opened.folder / "nobody") == {}


@pytest.mark.parametrize("command", ["items", "log", "status", "verify", "checkpoint"])
def test_outside_of_a_case_commands_are_exit_2(opened: Place, command: str) -> None:
    done = opened.custody.using(cwd=opened.folder)(command, "--json")
    assert done.exit == 2
    assert done.error == {
        "code": "usage",
        "exit": 2,
        "hint": "go to a case folder, name one with --case DIR, or open one with custody init DIR",
        "message": "there is no case here or in a folder above",
    }


def test_a_note_is_signed_numbered_and_shown(small: Place) -> None:
    done = small.custody("note", "3", "ещё раз", "--json")
    assert done.exit == 0
    assert (done.json["item"], done.json["record"]) == ("JD-3", 6)
    shown = small.custody("show", "3", "--json").json
    assert shown["history"][-1]["id"] == done.json["statement"]
    assert [one["text"] for one in shown["notes"]] == ["ещё раз"]
    assert small.custody("note", "JD-3", "second").out == "Noted on JD-3 (record 7).\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" ", "the note is empty"),
        ("x" * 100_001, "the note has 100001 characters, more than 100000"),
        (b"half \xff", "the note holds half a character"),
    ],
)
def test_a_note_without_a_place_in_a_record_is_exit_2(small: Place, text: str | bytes, message: str) -> None:
    before = tree(small.folder)
    done = small.custody("note", "1", text, "--json")
    assert (done.exit, done.error["code"], done.error["message"]) == (2, "usage", message)
    assert done.error["hint"]
    assert tree(small.folder) == before


def test_the_checkpoint_verifies_with_a_few_lines_of_cryptography(small: Place) -> None:
    """C2SP signed-note and tlog-checkpoint, RFC 6962 section 2.1, as docs/format.md section 6 says."""
    done = small.custody("checkpoint", "--json")
    assert done.exit == 0
    said = done.json
    text, _, signature_line = said["checkpoint"].partition("\n\n")
    origin, size, root = text.split("\n")
    ledger = small.custody("status", "--json").json["ledger"]
    assert (origin, int(size)) == (f"custody/{ledger}", smallcase.RECORDS)
    assert (said["origin"], said["size"], said["root"], said["file"]) == (
        origin,
        smallcase.RECORDS,
        base64.b64decode(root).hex(),
        None,
    )
    dash, name, blob = signature_line.rstrip("\n").split(" ")
    assert (dash, name) == ("—", origin)
    small.custody("key", "export", "-o", "jo.json")
    key = base64.b64decode(json.loads((small.case / "jo.json").read_text())["checkpoint_key"])
    raw = base64.b64decode(blob)
    assert raw[:4] == hashlib.sha256(origin.encode() + b"\n\x01" + key).digest()[:4]
    Ed25519PublicKey.from_public_bytes(key).verify(raw[4:], f"{text}\n".encode())
    with sqlite3.connect(small.case / "ledger.db") as database:
        rows = database.execute("SELECT envelope FROM entries ORDER BY position").fetchall()
    assert base64.b64decode(root) == tree_hash([bytes(row[0]) for row in rows])


def tree_hash(entries: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return hashlib.sha256(b"\1" + tree_hash(entries[:k]) + tree_hash(entries[k:])).digest()


def test_a_checkpoint_in_a_file_is_the_one_on_the_terminal_and_never_overwrites(small: Place) -> None:
    printed = small.custody("checkpoint")
    written = small.custody("checkpoint", "-o", "point.txt")
    assert (written.exit, written.err) == (0, "")
    header, note = (small.case / "point.txt").read_text().split("\n\n", 1)
    assert (header.splitlines()[0], note) == ("custody-checkpoint/v1", printed.out)
    assert re.match(r"Wrote point\.txt: 6 records, in eight words:( [a-z]+){8}\n", written.out)
    before = tree(small.folder)
    again = small.custody("checkpoint", "-o", "point.txt", "--json")
    assert (again.exit, again.error["message"]) == (2, "point.txt exists already, and is not overwritten")
    assert tree(small.folder) == before


def test_version(tmp_path: Path) -> None:
    done = Custody(cwd=tmp_path, home=tmp_path / "home")("--version")
    assert (done.exit, done.out, done.err) == (0, f"custody {custody.__version__}\n", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", command_paths(), ids=" ".join)
def test_every_command_has_help(opened: Place, path: tuple[str, ...]) -> None:
    done = opened.custody(*path, "--help")
    assert (done.exit, done.err) == (0, "")
    assert done.out.startswith(f"Usage: {' '.join(('custody', *path))} ")
    assert "--json" in done.out or path in {
        ("authority",),
        ("cosign",),
        ("key",),
        ("member",),
        ("policy",),
        ("receipt",),
    }


@pytest.mark.parametrize(
    ("arguments", "message", "where"),
    [
        (("frob",), "No such command 'frob'.", "custody"),
        (("key",), "Missing command.", "custody key"),
        (("key", "frob"), "No such command 'frob'.", "custody key"),
        (("show",), "Missing argument 'ITEM'.", "custody show"),
        (("items", "extra"), "Got unexpected extra argument(s) (extra)", "custody items"),
    ],
)
def test_what_is_not_understood_says_where_help_is(
    opened: Place, arguments: tuple[str, ...], message: str, where: str
) -> None:
    done = opened.custody(*arguments)
    assert (done.exit, done.out) == (2, "")
    assert done.err == f"custody: error: {message}\ncustody: hint: {where} --help shows what can be typed\n"


def test_a_pipe_that_is_closed_early_is_no_complaint_and_no_verdict(small: Place) -> None:
    """`custody log | head`: silent; and `verify` keeps its exit code."""
    sh = shutil.which("bash")
    if sh is None:
        pytest.skip("the program bash is not installed")
    piped = small.custody.using(prefix=(sh, "-c", '"$@" | true; exit ${PIPESTATUS[0]}', sh))
    log, verify = piped("log", "--json"), piped("verify", "--json")
    assert (log.exit, log.err) == (0, "")
    assert (verify.exit, verify.err) == (8, "")
