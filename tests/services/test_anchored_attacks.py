"""Rollback, truncation, fork and substitution of a whole case, each found from anything that somebody outside holds."""

import hashlib
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from custody import bootstrap
from custody.domain.card import CheckpointCard
from custody.domain.trust import Trust
from custody.domain.verdict import Answer
from custody.formats.checkpoint import format_checkpoint
from custody.formats.cosignature import Cosignature, cosigned_message, format_line, own_cosigner
from custody.formats.note import Note, format_note, parse_note
from custody.formats.timestamp import MEDIA_TYPE_QUERY, timestamp_request
from custody.formats.words import format_words
from custody.ports import CaseFiles, WebRequest
from custody.services import looking
from custody.services.auditing import audit
from custody.services.auditing.claims import read_claims
from custody.services.recording import Circumstances, Recorder, collect_text
from tests import documents
from tests.builders import ANA, MALLORY, Quiet, new_case
from tests.servers.authority import Authority

HOW = Circumstances(method="download", tool="Firefox 128")
HELD = ("report.pdf", "card.pdf", "checkpoint.txt", "cosigned.txt", "reply.tsr", "words")
ATTACKS = ("rollback", "truncation", "fork", "substitution")


@dataclass(frozen=True)
class Made:
    """A folder with the case as it is, its attacked copies, and what was handed out of an earlier state of it."""

    folder: Path
    words: str

    def held(self, name: str) -> str:
        return self.words if name == "words" else str(self.folder / name)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("attacks")
    world = bootstrap.world(folder / "home")
    recorder = new_case(folder / "honest", world)
    collect_text(recorder, "one", HOW)
    shutil.copytree(folder / "honest", folder / "rollback")
    shutil.copytree(folder / "honest", folder / "fork")
    collect_text(recorder, "two", HOW)
    words = _hand_out(folder, recorder)
    collect_text(recorder, "three", HOW)
    shutil.copytree(folder / "honest", folder / "truncation")
    _cut(folder / "truncation", 2)
    forged = Recorder(_files(folder / "fork"), bootstrap.world(folder / "home of the fork"), ANA)
    for text in ("another two", "another three", "another four"):
        collect_text(forged, text, HOW)
    other = new_case(folder / "substitution", bootstrap.world(folder / "home of the other"))
    for text in ("one", "two", "three"):
        collect_text(other, text, HOW)
    return Made(folder, words)


def _files(folder: Path) -> CaseFiles:
    return bootstrap.case_files(bootstrap.read_case(folder))


def _hand_out(folder: Path, recorder: Recorder) -> str:
    """A report, a card, a checkpoint, a cosignature and a timestamp of the present state; its eight words."""
    with recorder.files.ledgers.reading() as reader:
        point, note = looking.sign_checkpoint(reader, recorder.ledger, ANA)
    text = format_checkpoint(point)
    (folder / "card.pdf").write_bytes(bootstrap.card_writer().draw(CheckpointCard(point, note)))
    (folder / "checkpoint.txt").write_bytes(note)
    outsider = own_cosigner(MALLORY.public.cosignature_key)
    cosignature = Cosignature(1_795_555_367, MALLORY.sign_cosignature(cosigned_message(text, 1_795_555_367)))
    lines = (*parse_note(note).signatures, format_line(outsider, cosignature))
    (folder / "cosigned.txt").write_bytes(format_note(Note(text, lines)))
    with Authority() as authority:
        request = timestamp_request(hashlib.sha256(text.encode()).digest(), 1)
        (answer,) = bootstrap.web().ask([WebRequest(authority.url, 65_536, request, MEDIA_TYPE_QUERY)])
    (folder / "reply.tsr").write_bytes(answer.body)  # type: ignore[union-attr]
    documents.make(recorder, folder / "report.pdf")
    return format_words(point.root)


def _cut(folder: Path, size: int) -> None:
    """Take the newest records away, and what opens their seals."""
    with closing(sqlite3.connect(folder / "ledger.db", isolation_level=None)) as connection:
        for name, sql in connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
            if "delete" not in sql.lower():
                connection.execute(sql)
                continue
            connection.execute("DELETE FROM entries WHERE position >= ?", (size,))
            connection.execute(sql)
    with closing(sqlite3.connect(folder / "openings.db", isolation_level=None)) as connection:
        connection.execute("DELETE FROM openings WHERE position >= ?", (size,))


def _whole(made: Made, case: str, home: str, *held: str) -> Answer:
    """What a reader with this home answers on whether the record is whole, with what they hold."""
    claims = [claim for one in held for claim in read_claims(made.held(one))]
    world = bootstrap.world(made.folder / home)
    files = _files(made.folder / case)
    found = audit(files, world, Trust(), quick=False, own_names={}, progress=Quiet(), claims=claims)
    return found.judgement.questions.completeness


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("attack", ATTACKS)
def test_whoever_holds_anything_of_an_earlier_state_finds_the_attack(made: Made, attack: str, held: str) -> None:
    answer = _whole(made, attack, "stranger", held)
    assert answer.verdict.word == "NO", answer


@pytest.mark.parametrize("held", HELD)
def test_the_record_that_goes_on_from_it_is_whole(made: Made, held: str) -> None:
    assert _whole(made, "honest", "stranger", held).verdict.word == "YES"


@pytest.mark.parametrize("attack", ["rollback", "truncation", "fork"])
def test_the_computer_that_saw_it_finds_the_attack(made: Made, attack: str) -> None:
    assert _whole(made, attack, "home").verdict.word == "NO"


@pytest.mark.parametrize("case", ["honest", *ATTACKS])
def test_without_anything_earlier_it_is_open(made: Made, case: str) -> None:
    answer = _whole(made, case, "stranger")
    assert (answer.verdict.word, answer.sentence) == (
        "OPEN",
        "The record agrees with itself; there was no earlier copy to compare.",
    )


def test_the_computer_that_saw_another_case_in_this_folder_says_so(made: Made, tmp_path: Path) -> None:
    shutil.copytree(made.folder / "honest", tmp_path / "case")
    world = bootstrap.world(tmp_path / "home")
    looking.look(_files(tmp_path / "case"), world)
    shutil.rmtree(tmp_path / "case")
    shutil.copytree(made.folder / "substitution", tmp_path / "case")
    found = audit(_files(tmp_path / "case"), world, Trust(), quick=False, own_names={}, progress=Quiet())
    assert "case-replaced" in [one.code for one in found.judgement.questions.completeness.findings]
