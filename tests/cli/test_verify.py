"""`custody verify`: the five answers right after collecting, who signed, and cases that cannot be written."""

import os
import re
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.cli import smallcase
from tests.cli.commandline import open_files, tree, without_root
from tests.cli.smallcase import PHOTO_DIGEST, Place

TRIES = 3  # a loaded machine may let the file be read before the signal is sent

OPEN_ALWAYS = {
    "integrity": "passed",
    "signers": "passed",
    "time": "indeterminate",
    "custody": "passed",
    "completeness": "indeterminate",
}


def verdicts(judgement: dict[str, dict[str, dict[str, str]]]) -> dict[str, str]:
    return {name: answer["verdict"] for name, answer in judgement["questions"].items()}


def codes(judgement: dict[str, dict[str, dict[str, list[dict[str, str]]]]]) -> list[tuple[str, str]]:
    return [(one["code"], one["about"]) for answer in judgement["questions"].values() for one in answer["findings"]]


def test_right_after_collecting_the_answers_are_honest(small: Place) -> None:
    done = small.custody("verify", "--json")
    assert (done.exit, done.err) == (8, "")
    judged = done.json
    ledger = small.custody("status", "--json").json["ledger"]
    (head,) = judged["ledgers"]
    assert re.fullmatch("[0-9a-f]{64}", head.pop("root"))
    assert head == {"origin": f"custody/{ledger}", "size": smallcase.RECORDS}
    assert set(judged) == {"items", "ledgers", "questions", "verdict"}
    assert (judged["verdict"], judged["items"]) == ("indeterminate", {"matching": 3, "total": 3})
    assert verdicts(judged) == OPEN_ALWAYS
    assert codes(judged) == [("nothing-to-compare", "the record"), ("no-outside-time", "all items")] or codes(
        judged
    ) == [("no-outside-time", "all items"), ("nothing-to-compare", "the record")]
    assert judged["questions"]["signers"]["sentence"] == (
        f"All {smallcase.RECORDS} records are signed by your own key ({smallcase.NAME})."
    )
    assert all(answer["limit"] for answer in judged["questions"].values())


def test_in_words_it_frightens_nobody_and_says_what_would_settle_it(small: Place) -> None:
    done = small.custody("verify")
    assert (done.exit, done.err) == (8, "")
    paragraphs = done.out.split("\n\n")
    assert paragraphs[0] == (
        "Are the files unchanged? YES. 3 of 3 items match.\n"
        f"Is it known who signed? YES. All 6 records are signed by your own key ({smallcase.NAME})."
    )
    assert [one.partition(".")[0] for one in paragraphs[1:4]] == [
        "Is there outside evidence of when? OPEN",
        "Is every hand-over accounted for? YES",
        "Is the record whole? OPEN",
    ]
    assert paragraphs[5] == (
        "OPEN is not a fault: it says what nobody could check yet.\n"
        "OPEN: 3 of 3 items match. Nothing was found wrong. Two answers are OPEN: when, whole.\n"
    )
    assert "Limit: " not in done.out
    assert small.custody("verify", "--full").out.count("\n  Limit: ") == 5
    joined = " ".join(done.out.split())
    assert "Whoever keeps the case can have the record stamped (custody timestamp), or hand a report" in joined
    assert "Whoever keeps the case can hand a report or a card to somebody now, and later they can." in joined
    assert max(map(len, done.out.splitlines())) <= 100
    assert re.fullmatch(r"Ledger custody/[0-9a-f]{16}…, 6 records, root [0-9a-f]{16}…", paragraphs[4])


def test_quick_reads_no_file_and_says_so(small: Place) -> None:
    changed = small.case / "evidence" / PHOTO_DIGEST[:2] / PHOTO_DIGEST
    changed.chmod(0o600)
    changed.write_bytes(b"something else")
    done = small.custody("verify", "--quick", "--json")
    assert done.exit == 8
    assert verdicts(done.json) == {**OPEN_ALWAYS, "integrity": "indeterminate"}
    assert ("item-not-read", "all items") in codes(done.json)
    assert done.json["questions"]["integrity"]["sentence"] == "The files of 3 items were not read."


def test_a_changed_file_is_exit_1_and_names_the_item_and_no_other(small: Place) -> None:
    changed = small.case / "evidence" / PHOTO_DIGEST[:2] / PHOTO_DIGEST
    changed.chmod(0o600)
    changed.write_bytes(smallcase.PHOTO[:-1] + b"\xd8")
    done = small.custody("verify", "--json")
    assert done.exit == 1
    assert (done.json["verdict"], done.json["items"]) == ("failed", {"matching": 2, "total": 3})
    assert verdicts(done.json) == {**OPEN_ALWAYS, "integrity": "failed"}
    assert done.json["questions"]["integrity"]["sentence"] == "2 of 3 items match. 1 does not: JD-1."
    words = small.custody("verify")
    assert words.exit == 1
    assert " ".join(words.out.split()).endswith(
        " NO: 2 of 3 items match. 1 does not: JD-1. One answer is NO: unchanged. Two answers are OPEN: when, whole."
    )
    assert "Nothing was found wrong" not in words.out


def test_a_stranger_is_told_that_nobody_confirmed_the_key(small: Place) -> None:
    stranger = small.custody.using(home=small.folder / "stranger", passphrase=None)
    done = stranger("verify", "--json")
    assert done.exit == 8
    assert verdicts(done.json) == {**OPEN_ALWAYS, "signers": "indeterminate"}
    assert ("lead-unconfirmed", "the case lead") in codes(done.json)
    assert smallcase.NAME not in done.out
    # Nothing was seen of this record before: it agrees with itself only.
    assert done.json["questions"]["completeness"]["sentence"] == (
        "The record agrees with itself; there was no earlier copy to compare."
    )


@pytest.mark.parametrize("form", ["words", "shouted words", "key id", "spaced key id"])
def test_a_stranger_who_typed_the_leads_words_or_key_id_knows_who_signed(small: Place, form: str) -> None:
    key = small.custody("key", "show", "--json").json
    lead = {
        "words": key["words"],
        "shouted words": f"  {key['words'].upper()} ",
        "key id": key["key_id"],
        "spaced key id": " ".join(key["key_id"][start : start + 8] for start in range(0, 64, 8)),
    }[form]
    stranger = small.custody.using(home=small.folder / "stranger", passphrase=None)
    done = stranger("verify", "--quick", "--lead", lead, "--json")
    assert (done.exit, done.json["questions"]["signers"]["verdict"]) == (8, "passed")
    assert done.json["questions"]["signers"]["sentence"] == (
        f"All 6 records are signed by the key that you confirmed as the case lead's (key {key['key_id'][:16]}…)."
    )


def test_other_words_contradict_the_lead_whatever_key_one_has(small: Place) -> None:
    stranger = small.custody.using(home=small.folder / "stranger")
    assert stranger("key", "create", "--name", "A. Stranger", "--organisation", "Defence").exit == 0
    done = stranger("verify", "--quick", "--lead", "abandon " * 8, "--json")
    signers = done.json["questions"]["signers"]
    assert (done.exit, signers["verdict"]) == (1, "failed")
    assert [one["code"] for one in signers["findings"]] == ["lead-contradicted"]


@pytest.mark.parametrize("lead", ["abandon", "abandon " * 7 + "xyzzy", "abandon " * 9, "", "0123abcd"])
def test_words_that_are_none_are_exit_2(small: Place, lead: str) -> None:
    done = small.custody("verify", "--lead", lead, "--json")
    assert (done.exit, done.error["code"]) == (2, "usage")
    assert done.error["message"].startswith("--lead: ")
    assert done.error["hint"] == "type the eight words as the case lead read them to you, in quotes"


def test_the_case_is_named_once(small: Place) -> None:
    elsewhere = small.custody.using(cwd=small.folder)
    assert elsewhere("verify", "case", "--quick").exit == 8
    twice = elsewhere("verify", "case", "--case", "case", "--json")
    assert (twice.exit, twice.error["message"]) == (2, "the case is named twice")


def test_a_case_that_cannot_be_written_verifies(small: Place) -> None:
    """Read-only media: no journal, no temporary file, no changed time."""
    custody = without_root(small.custody)
    everything = [small.case, *small.case.rglob("*")]
    for path in everything:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        before = tree(small.case)
        done = custody("verify", "--json")
        refused = custody("collect", "--text", "x", "--json")
    finally:
        for path in everything:
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert (done.exit, verdicts(done.json)) == (8, OPEN_ALWAYS)
    assert (refused.exit, refused.error["code"]) == (5, "storage")
    after = tree(small.case)
    assert {name: content for name, (_, content) in after.items()} == {
        name: content for name, (_, content) in before.items()
    }


@pytest.mark.parametrize("there", [True, False])
def test_a_home_that_cannot_be_written_is_no_reason_not_to_look(small: Place, there: bool) -> None:
    """What is remembered is a help to whoever looks; whoever records must be able to remember it."""
    custody = without_root(small.custody)
    (small.home / "heads.db").unlink()
    if not there:
        custody = custody.using(home=Path("/proc/nowhere"))
    small.home.chmod(0o500)
    try:
        verified, status = custody("verify"), custody("status", "--json")
        refused = custody("note", "JD-1", "x", "--json")
    finally:
        small.home.chmod(0o700)
    note = (
        f"Note: {custody.home} cannot be written.\n"
        "What was seen of this case is not remembered: records that go later are not missed.\n"
    )
    assert (verified.exit, verified.err, status.exit, status.err) == (8, note, 0, note)
    assert verified.out.splitlines()[-1].startswith("OPEN: 3 of 3 items match.")
    assert refused.exit == (5 if there else 7)
    assert small.custody("status", "--json").json["records"] == smallcase.RECORDS


def test_what_is_the_same_of_several_items_is_said_once(small: Place) -> None:
    shutil.rmtree(small.case / "evidence")
    words = " ".join(small.custody("verify").out.split())
    assert words.count("in the evidence folder any more") == 3  # of the files, of the folder's two lists
    assert (
        "- JD-1 and JD-3: It is not in the evidence folder any more. This cannot say how, when or by whom, or whether "
        "by accident. There is no copy of it here: look for another (a backup, or whoever gave it to you)."
    ) in words
    assert "Keep this copy" not in words
    assert ("item-missing", "JD-3") in codes(small.custody("verify", "--json").json)


@pytest.mark.skipif(sys.platform != "linux", reason="only /proc says what a process is reading")
def test_ctrl_c_says_that_nothing_was_changed(small: Place) -> None:
    """Broken off while it reads a file that takes it a while."""
    source = small.file("large.bin", b"")
    os.truncate(source, 300_000_000)
    (item,) = small.custody("collect", source, *smallcase.HOW, "--json").json["items"]
    large = small.case / "evidence" / item["digest"][:2] / item["digest"]
    before = tree(small.home)
    try:
        for _ in range(TRIES):
            process = small.custody.start("verify")
            while process.poll() is None and str(large) not in open_files(process.pid):
                time.sleep(0.001)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=120)
            if process.returncode == 130:
                break
    finally:
        large.unlink()  # pytest keeps what a test leaves
    assert (process.returncode, out, err) == (130, "", "\nStopped. Nothing was changed.\n")
    assert tree(small.home) == before


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ("format = 2", "format", "{case}/case.toml is of a format that this version does not know"),
        ("not toml [", "format", None),
        ('format = 1\nledger = "../x.db"', "format", "{case}/case.toml: ledger leads out of the case folder"),
    ],
)
def test_an_unusable_case_file_is_exit_4(small: Place, change: str, code: str, message: str | None) -> None:
    (small.case / "case.toml").write_text(change)
    done = small.custody("verify", small.case, "--json")
    assert (done.exit, done.error["code"]) == (4, code)
    assert done.error["hint"]
    if message is not None:
        assert done.error["message"] == message.format(case=small.case)


def test_a_database_that_is_none_is_an_error_with_a_hint(small: Place) -> None:
    (small.case / "ledger.db").write_bytes(b"this is not a database" * 100)
    for command in ("verify", "status", "items"):
        done = small.custody(command, "--json")
        assert done.exit in (4, 5)
        assert done.error["hint"]
