"""A report judged by itself: what an honest one shows, and what is found where it says other things than its record."""

import hashlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from asn1crypto import tsp

from custody import bootstrap
from custody.adapters.keys.certificate import make_certificate
from custody.domain.report.model import (
    RECORD_FILE,
    REPORT_FILE,
    Bound,
    Picture,
    Report,
    Tool,
    format_report,
    parse_report,
)
from custody.domain.report.schedule import withheld_line
from custody.domain.trust import Trust, TrustedAuthority
from custody.domain.verdict import ItemCount, Verdict
from custody.errors import CustodyError, FormatError, StorageError
from custody.formats.record import format_record, parse_record
from custody.ports import SignedDocument, StampedDigest, Trouble
from custody.services import reporting
from custody.services.auditing.carried.audit import RecordAudit
from custody.services.auditing.carried.documents import audit_document
from custody.services.auditing.carried.hashing import hash_files
from custody.services.auditing.carried.matching import GivenFile
from custody.services.recording import Circumstances, CollectOptions, Target, collect, note
from tests.builders import ANA, MALLORY, NOW, Quiet, findings, new_case
from tests.tokens import Authority

HOW = Circumstances(method="download", tool="Firefox 128", place="Market square", found_at="https://example.org/1")
VERSIONS = (Tool(name="custody", version="1"), Tool(name="ReportLab", version="4"))
ALWAYS = {"lead-unconfirmed", "no-outside-time", "nothing-to-compare", "records-withheld", "item-not-given"}


@dataclass(frozen=True)
class Made:
    """A real report, and the folder with its files."""

    folder: Path
    pdf: bytes
    document: SignedDocument
    report: Report


def draw(report: Report, attachments: Mapping[str, bytes]) -> bytes:
    """Stands for the drawing: other values, other bytes. The real one is compared once, below."""
    return hashlib.sha256(format_report(report) + attachments[RECORD_FILE]).digest()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Two files, a folder of two, a failed attempt, a note; reported with all names."""
    folder = tmp_path_factory.mktemp("documents")
    recorder = new_case(folder / "case", bootstrap.world(folder / "home"))
    (folder / "files" / "folder").mkdir(parents=True)
    for name in ("a", "b", "folder/x", "folder/y", "folder/z"):
        (folder / "files" / name).write_bytes(name.encode())
    targets = [Target(str(folder / "files" / name)) for name in ("a", "gone", "b")]
    targets.append(Target(str(folder / "files" / "folder"), as_one=True))
    collect(recorder, targets, CollectOptions(HOW), stop=lambda: False, progress=lambda _: None)
    note(recorder, "JD-1", "from another day")
    tools = reporting.Tools(
        writer=bootstrap.report_writer(),
        signer=bootstrap.document_signer(),
        pictures=bootstrap.pictures(),
        versions=bootstrap.tool_versions(),
    )
    order = reporting.Order(fields=frozenset({"name", "terms"}))
    trust = Trust(own=frozenset({ANA.key_id}))
    reporting.make_report(recorder, trust, order, output=folder / "r.pdf", tools=tools, progress=Quiet())
    pdf = (folder / "r.pdf").read_bytes()
    document = bootstrap.document_reader().read(pdf)
    return Made(folder, pdf, document, parse_report(document.attachments[REPORT_FILE]))


@pytest.fixture
def given(made: Made, tmp_path: Path) -> Path:
    """A copy of the files."""
    shutil.copytree(made.folder / "files", tmp_path / "files")
    return tmp_path / "files"


def judged(
    made: Made,
    *,
    document: SignedDocument | None = None,
    report: Report | None = None,
    printed: Report | None = None,
    versions: tuple[Tool, ...] = VERSIONS,
    given: tuple[GivenFile, ...] = (),
    trust: Trust | None = None,
    file_digest: str = "",
    **changes: Any,
) -> RecordAudit:
    """What a stranger is told of the report with these changes; `report` is what it says, `printed` what was drawn."""
    says = msgspec.structs.replace(report or made.report, tools=VERSIONS)
    files = {**made.document.attachments, REPORT_FILE: format_report(says)}
    shown = replace(made.document, attachments=files)
    on_paper = msgspec.structs.replace(printed or says, tools=VERSIONS)
    shown = replace(shown, unsigned=draw(on_paper, files), **changes)
    world = bootstrap.world(made.folder / "reader")
    members: dict[str, Any] = {"own_names": {}, "given": given, "file_digest": file_digest}
    return audit_document(document or shown, draw, versions, world, trust or Trust(), **members)


def codes(audit: RecordAudit) -> set[str]:
    return {one.code for one in findings(audit.judgement)} - ALWAYS


def said(audit: RecordAudit, code: str) -> list[str]:
    return [f"{one.about}: {one.message}" for one in findings(audit.judgement) if one.code == code]


def hashed(*paths: Path) -> tuple[GivenFile, ...]:
    world = bootstrap.world(paths[0].parent / "reader")
    return tuple(hash_files([str(one) for one in paths], bootstrap.intake(), world, lambda _: None))


def test_a_real_report_drawn_again_is_the_same_and_has_nothing_wrong(made: Made) -> None:
    audit = audit_document(
        made.document,
        bootstrap.report_writer().draw,
        bootstrap.tool_versions(),
        bootstrap.world(made.folder / "reader"),
        Trust(),
        own_names={},
    )
    assert codes(audit) == set()


def test_a_report_that_says_what_its_record_says_has_nothing_wrong(made: Made) -> None:
    assert codes(judged(made)) == set()


# --- what it says ------------------------------------------


def of_item(report: Report, **members: Any) -> Report:
    first, *rest = report.items
    return msgspec.structs.replace(report, items=(msgspec.structs.replace(first, **members), *rest))


Change = Callable[[Report], Report]
CHANGES: dict[str, Change] = {
    "the report: item JD-1, digest": lambda one: of_item(one, digest="ab" * 32),
    "the report: item JD-1, size": lambda one: of_item(one, size=7),
    "the report: item JD-1, name": lambda one: of_item(one, name="c"),
    "the report: item JD-1, media type": lambda one: of_item(one, media_type="image/png"),
    "the report: item JD-1, description": lambda one: of_item(one, description="a kiss"),
    "the report: item JD-1, collected by": lambda one: of_item(one, collected_by="ab" * 32),
    "the report: item JD-1, hashed at": lambda one: of_item(one, hashed_at="2020-01-01T00:00:00.000000Z"),
    "the report: item JD-1, recorded at": lambda one: of_item(one, recorded_at="2020-01-01T00:00:00.000000Z"),
    "the report: item JD-1, captured at": lambda one: of_item(one, captured_at="2020-01-01T00:00:00.000000Z"),
    "the report: item JD-1, delay": lambda one: of_item(one, delay=5),
    "the report: item JD-1, holder": lambda one: of_item(one, holder="the police"),
    "the report: item JD-1, sensitivity": lambda one: of_item(one, sensitivity="sensitive"),
    "the report: item JD-1, facts": lambda one: of_item(one, facts=()),
    "the report: item JD-1, events": lambda one: of_item(one, events=one.items[0].events[:-1]),
    "the report: item JD-1, events 1, time": lambda one: of_item(
        one,
        events=(
            msgspec.structs.replace(one.items[0].events[0], time="2020-01-01T00:00:00.000000Z"),
            *one.items[0].events[1:],
        ),
    ),
    "the report: items": lambda one: msgspec.structs.replace(one, items=one.items[:-1]),
    "the report: items covered": lambda one: msgspec.structs.replace(
        one, scope=msgspec.structs.replace(one.scope, covered=2, total=2)
    ),
    "the report: all items covered": lambda one: msgspec.structs.replace(
        one, scope=msgspec.structs.replace(one.scope, withheld=("JD-9",), total=4)
    ),
    "the report: case": lambda one: msgspec.structs.replace(one, case="ab" * 32),
    "the report: reference": lambda one: msgspec.structs.replace(one, reference="another"),
    "the report: title": lambda one: msgspec.structs.replace(one, title="a title"),
    "the report: sensitivity": lambda one: msgspec.structs.replace(one, sensitivity="highly-sensitive"),
    "the report: number": lambda one: msgspec.structs.replace(one, number=2),
    "the report: supersedes": lambda one: msgspec.structs.replace(one, supersedes="0003 version 1"),
    "the report: version": lambda one: msgspec.structs.replace(one, version=3),
    "the report: made by": lambda one: msgspec.structs.replace(one, made_by="ab" * 32),
    "the report: people 1, name": lambda one: msgspec.structs.replace(
        one, people=(msgspec.structs.replace(one.people[0], name="Somebody"),)
    ),
    "the report: people 1, standing": lambda one: msgspec.structs.replace(
        one, people=(msgspec.structs.replace(one.people[0], standing="deputy"),)
    ),
    "the report: attempts": lambda one: msgspec.structs.replace(one, attempts=()),
    "the report: schedule": lambda one: msgspec.structs.replace(one, schedule=()),
    "the report: ledgers 1, size": lambda one: msgspec.structs.replace(
        one, ledgers=(msgspec.structs.replace(one.ledgers[0], size=99),)
    ),
    "the report: ledgers 1, words": lambda one: msgspec.structs.replace(
        one, ledgers=(msgspec.structs.replace(one.ledgers[0], words="abandon"),)
    ),
}


@pytest.mark.parametrize("field", CHANGES)
def test_a_field_that_is_not_what_the_record_says_is_named(field: str, made: Made) -> None:
    audit = judged(made, report=CHANGES[field](made.report))
    assert field in {
        text.partition(": The document")[0].partition(": It names")[0] for text in said(audit, "report-differs")
    }


def test_a_part_of_a_folder_that_is_not_in_its_list_is_named(made: Made) -> None:
    *before, last = made.report.items
    part = msgspec.structs.replace(last.parts[0], digest="ab" * 32)
    changed = msgspec.structs.replace(last, parts=(part, *last.parts[1:]))
    audit = judged(made, report=msgspec.structs.replace(made.report, items=(*before, changed)))
    (told,) = said(audit, "report-differs")
    assert told.startswith("the report: item JD-3, parts 1, digest: The document says “abab")


def test_what_only_the_makers_computer_knew_is_not_compared(made: Made) -> None:
    assert codes(judged(made, report=of_item(made.report, state="not read", matches=None))) == set()


# --- what only the maker's computer knew, and what it cannot have known ------------------------------------------


def of_scope(report: Report, **members: Any) -> Report:
    return msgspec.structs.replace(report, scope=msgspec.structs.replace(report.scope, **members))


def of_answer(report: Report, question: str, **members: Any) -> Report:
    questions = report.judgement.questions
    answer = msgspec.structs.replace(getattr(questions, question), **members)
    judgement = msgspec.structs.replace(
        report.judgement, questions=msgspec.structs.replace(questions, **{question: answer})
    )
    return msgspec.structs.replace(report, judgement=judgement)


def vouched(time: str) -> Bound:
    return Bound(time=time, word="D-Trust, qualified")


LONG = "x" * 501
EARLY = "2019-01-01T00:00:00.000000Z"
PIXEL = Picture(jpeg="AAAA", width=1, height=1, blurred=True)
LIES: dict[str, tuple[str, Change]] = {
    "a state in words of the maker": ("item JD-1, state", lambda one: of_item(one, state="sealed by a court")),
    "a state beside another mark": ("item JD-1, state", lambda one: of_item(one, state="changed", matches=True)),
    "a moment that nobody vouches for": ("item JD-1, not after", lambda one: of_item(one, not_after=vouched(EARLY))),
    "a moment that is none": ("item JD-1, not before", lambda one: of_item(one, not_before=vouched("then"))),
    "a picture of what is none": ("item JD-1, picture", lambda one: of_item(one, picture=PIXEL, matches=None)),
    "an earlier version of the first": ("supersedes", lambda one: msgspec.structs.replace(one, supersedes="0009")),
    "a withheld item that is nowhere else": (
        "schedule",
        lambda one: msgspec.structs.replace(one, schedule=(*one.schedule, withheld_line("JD-9", "", "by law"))),
    ),
    "a withheld item that is not listed": (
        "schedule",
        lambda one: of_scope(one, withheld=("JD-4",), total=4, whole=False),
    ),
    "a withheld item that counts twice": ("scope", lambda one: of_scope(one, withheld=("JD-4", "JD-4"))),
    "a receipt of no hand-over": ("kind", lambda one: msgspec.structs.replace(one, kind="receipt")),
    "a form of all items": ("kind", lambda one: msgspec.structs.replace(one, kind="custody-form")),
    "a declaration for nobody": ("jurisdiction", lambda one: msgspec.structs.replace(one, kind="declaration")),
    "a report that is final": ("final", lambda one: msgspec.structs.replace(one, final=True)),
    "two local times": (
        "generated local",
        lambda one: msgspec.structs.replace(one, generated_local="2019-01-01 00:00:00, UTC"),
    ),
    "a local time that is none": ("generated local", lambda one: msgspec.structs.replace(one, generated_local="then")),
    "made at another time than it was signed": (
        "signed at",
        lambda one: msgspec.structs.replace(one, generated_at=EARLY, generated_local="2019-01-01 00:00:00, UTC"),
    ),
    "made at no time": ("generated at", lambda one: msgspec.structs.replace(one, generated_at="then")),
    "a stamp that is not there": ("stamped by", lambda one: msgspec.structs.replace(one, stamped_by="D-Trust")),
    "a file that is not attached": ("attached", lambda one: msgspec.structs.replace(one, attached=one.attached[:1])),
    "confirmed by the maker": ("judgement", lambda one: of_answer(one, "signers", verdict=Verdict.PASSED)),
    "an answer better than its findings": (
        "judgement",
        lambda one: of_answer(one, "completeness", verdict=Verdict.PASSED),
    ),
    "an item that the answers do not tell of": ("judgement", lambda one: of_item(one, state="changed", matches=False)),
    "fewer files than match": (
        "judgement",
        lambda one: msgspec.structs.replace(
            one, judgement=msgspec.structs.replace(one.judgement, items=ItemCount(matching=0, total=0))
        ),
    ),
    "a receiver without end": ("made for", lambda one: msgspec.structs.replace(one, made_for=LONG)),
    "a reason without end": ("scope", lambda one: of_scope(one, reason=LONG)),
    "an authority without end": ("stamped by", lambda one: msgspec.structs.replace(one, stamped_by=LONG)),
    "a sentence without end": ("judgement", lambda one: of_answer(one, "time", sentence="x" * 10_001)),
    "more kinds of fields than there are": ("scope", lambda one: of_scope(one, opened=("names",) * 65)),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_a_maker_cannot_have_known_is_named(lie: str, made: Made) -> None:
    field, change = LIES[lie]
    told = said(judged(made, report=change(made.report)), "report-differs")
    assert any(text.startswith(f"the report: {field}: ") for text in told)


def test_an_item_that_is_neither_here_nor_withheld_is_told(made: Made) -> None:
    record = parse_record(made.document.attachments[RECORD_FILE])
    (ledger,) = record.ledgers
    about = {event.record for event in made.report.items[0].events}
    entries = tuple(one for one in ledger.entries if one.position not in about)
    without = msgspec.structs.replace(record, ledgers=(msgspec.structs.replace(ledger, entries=entries),))
    files = {**made.document.attachments, RECORD_FILE: format_record(without)}
    told = said(judged(made, attachments=files), "report-differs")
    assert any("1 are neither in the document nor listed as withheld, JD-1 first" in text for text in told)


@pytest.mark.parametrize("said", [{"said_name": "A Judge"}, {"said_reason": "Admitted by the court"}])
def test_a_signature_that_says_more_than_the_document_is_told(said: dict[str, Any], made: Made) -> None:
    assert "report-differs" in codes(judged(made, **said))


def test_a_certificate_of_the_right_key_in_another_name_is_told(made: Made) -> None:
    assert made.document.signatory is not None
    other = make_certificate(ANA.key, name="A Judge", organisation="The court", email=None, now=NOW)
    signatory = replace(made.document.signatory, certificate=other)
    assert said(judged(made, signatory=signatory), "report-differs") == [
        "the report: signed by: Its signature or certificate names somebody else than the record does for the same key."
    ]


def test_a_document_that_says_to_be_older_than_a_record_in_it_is_told(made: Made) -> None:
    old = msgspec.structs.replace(made.report, generated_at=EARLY)
    (told,) = said(judged(made, report=old), "clock-disagrees")
    assert told.startswith(f"the report: It says that it was made at {EARLY}, and a record in it at 20")


def test_a_document_that_says_what_cannot_be_is_not_drawn(made: Made) -> None:
    audit = judged(made, report=of_item(made.report, state="x"), printed=made.report)
    assert "report-drawn-otherwise" not in codes(audit)


def test_a_model_that_cannot_be_read_is_told(made: Made) -> None:
    files = {**made.document.attachments, REPORT_FILE: b"{}"}
    assert codes(judged(made, attachments=files)) == {"report-differs"}


# --- what is printed ------------------------------------------


def test_other_bytes_by_the_same_programs_are_a_failure(made: Made) -> None:
    printed = of_item(made.report, digest="ab" * 32)
    assert codes(judged(made, printed=printed)) == {"report-drawn-otherwise"}


def test_other_bytes_by_other_programs_are_open_and_the_programs_named(made: Made) -> None:
    audit = judged(made, printed=of_item(made.report, digest="ab" * 32), versions=(VERSIONS[0],))
    (told,) = said(audit, "report-not-redrawn")
    assert "it was made with ReportLab 4" in told


def test_the_same_bytes_by_other_programs_are_fine(made: Made) -> None:
    assert codes(judged(made, versions=())) == set()


@pytest.mark.parametrize("error", [FormatError("no such sign"), StorageError("no typeface"), ValueError(), KeyError()])
def test_what_cannot_be_drawn_again_is_told(error: Exception, made: Made) -> None:
    def stumble(report: Report, attachments: Mapping[str, bytes]) -> bytes:
        raise error

    world = bootstrap.world(made.folder / "reader")
    audit = audit_document(made.document, stumble, made.report.tools, world, Trust(), own_names={})
    assert codes(audit) == {"report-drawn-otherwise"}


def test_a_document_that_is_wrong_anyway_is_not_drawn(made: Made) -> None:
    printed = of_item(made.report, digest="ab" * 32)
    audit = judged(made, printed=printed, troubles=(Trouble("pdf-changed", "It was changed."),))
    assert codes(audit) == {"pdf-changed"}


# --- who signed ------------------------------------------


def test_a_key_that_is_none_of_the_case_is_told(made: Made) -> None:
    assert made.document.signatory is not None
    audit = judged(made, signatory=replace(made.document.signatory, key_id=MALLORY.key_id))
    assert {"report-signer-unknown", "report-differs"} <= codes(audit)


@pytest.mark.parametrize(
    "code",
    [
        "pdf-unsigned",
        "pdf-changed",
        "pdf-padding",
        "pdf-added",
        "pdf-signatures",
        "pdf-certificate",
        "pdf-weak",
        "pdf-structure",
        "pdf-attachments",
    ],
)
def test_every_trouble_with_the_pdf_is_a_failure(code: str, made: Made) -> None:
    audit = judged(made, troubles=(Trouble(code, "So it is."),), signatory=None)
    assert (code in codes(audit), audit.judgement.verdict) == (True, "failed")


@pytest.mark.parametrize("where", ["stamp", "archive"])
def test_a_stamp_on_a_report_is_told(where: str, made: Made) -> None:
    authority = Authority()
    text = b"the signature"
    token = tsp.TimeStampResp.load(authority.reply(text))["time_stamp_token"].dump()
    stamp = StampedDigest(token, hashlib.sha256(text).digest())
    trust = Trust(authorities=(TrustedAuthority("TSA", (authority.root,), False),))
    changes = {"stamp": stamp} if where == "stamp" else {"archive": (stamp,)}
    (told,) = said(judged(made, trust=trust, **changes), "report-stamped")
    assert told.startswith("the report: It was signed no later than ")


def test_a_stamp_of_something_else_on_a_report_is_a_failure(made: Made) -> None:
    authority = Authority()
    token = tsp.TimeStampResp.load(authority.reply(b"another"))["time_stamp_token"].dump()
    stamp = StampedDigest(token, hashlib.sha256(b"the signature").digest())
    trust = Trust(authorities=(TrustedAuthority("TSA", (authority.root,), False),))
    assert codes(judged(made, stamp=stamp, trust=trust)) == {"timestamp-mismatch"}


# --- the record ------------------------------------------


def test_a_pdf_without_a_record_is_no_report(made: Made) -> None:
    with pytest.raises(FormatError) as caught:
        judged(made, attachments={}, first=b"", signatory=None)
    assert "no signed record" in caught.value.message


def test_a_signed_pdf_whose_record_cannot_be_read_fails(made: Made) -> None:
    files = {**made.document.attachments, RECORD_FILE: b"{}"}
    audit = judged(made, attachments=files)
    assert (codes(audit) >= {"record-unreadable", "case-unsigned"}, audit.judgement.verdict) == (True, "failed")


def test_without_its_record_no_file_that_was_given_is_called_strange(made: Made) -> None:
    files = {**made.document.attachments, RECORD_FILE: b"{}"}
    audit = judged(made, attachments=files, given=(GivenFile("a.jpg", "0" * 64, 1),))
    assert audit.judgement.questions.integrity.verdict == "indeterminate"
    assert "file-unknown" not in codes(audit)


def test_a_record_without_an_entry_that_the_report_prints_is_told(made: Made) -> None:
    record = parse_record(made.document.attachments[RECORD_FILE])
    (ledger,) = record.ledgers
    entries = [one for one in ledger.entries if one.position != 2]
    shorter = msgspec.structs.replace(record, ledgers=(msgspec.structs.replace(ledger, entries=tuple(entries)),))
    files = {**made.document.attachments, RECORD_FILE: format_record(shorter)}
    assert "report-differs" in codes(judged(made, attachments=files))


def test_a_document_of_everything_without_a_remark_is_told(made: Made) -> None:
    record = parse_record(made.document.attachments[RECORD_FILE])
    (ledger,) = record.ledgers
    remark = made.report.items[0].events[-1].record
    entries = tuple(one for one in ledger.entries if one.position != remark)
    without = msgspec.structs.replace(record, ledgers=(msgspec.structs.replace(ledger, entries=entries),))
    item = made.report.items[0]
    says = of_item(made.report, events=item.events[:-1])
    audit = judged(
        made,
        report=says,
        attachments={
            **made.document.attachments,
            REPORT_FILE: format_report(msgspec.structs.replace(says, tools=VERSIONS)),
            RECORD_FILE: format_record(without),
        },
    )
    assert "report-not-whole" in codes(audit)


# --- the files ------------------------------------------


def test_files_and_folder_that_were_given_match(made: Made, given: Path) -> None:
    audit = judged(made, given=hashed(given))
    assert audit.judgement.questions.integrity.sentence == "3 of 3 items match."


def test_one_file_of_three_items_leaves_the_others_open(made: Made, given: Path) -> None:
    answer = judged(made, given=hashed(given / "b")).judgement.questions.integrity
    assert (answer.verdict, answer.sentence) == (
        "indeterminate",
        "1 of 3 items match. Of JD-1 and JD-3 no file was given to compare.",
    )


def test_a_changed_file_is_a_failure_with_its_name(made: Made, given: Path) -> None:
    (given / "a").write_bytes(b"A")
    answer = judged(made, given=hashed(given / "a", given / "b")).judgement.questions.integrity
    assert (answer.verdict, answer.sentence) == (
        "failed",
        "1 of 3 items match. Of JD-1 and JD-3 no file was given to compare. a is no item of this record.",
    )


def test_a_changed_part_of_a_folder_is_a_failure_that_names_it(made: Made, given: Path) -> None:
    (given / "folder" / "x").write_bytes(b"X")
    audit = judged(made, given=hashed(given / "folder"))
    (told,) = said(audit, "item-changed")
    assert told.startswith("JD-3: Its part x differs from what was recorded")


def test_a_folder_without_one_of_its_parts_is_open_and_counted(made: Made, given: Path) -> None:
    (given / "folder" / "x").unlink()
    audit = judged(made, given=hashed(given / "folder"))
    (told,) = [text for text in said(audit, "item-not-given") if text.startswith("JD-3")]
    assert told == "JD-3: 2 of its 3 parts were given, and match; others not."


def test_the_report_itself_among_the_files_is_passed_over(made: Made, given: Path) -> None:
    shutil.copy(made.folder / "r.pdf", given)
    audit = judged(made, given=hashed(given), file_digest=hashlib.sha256(made.pdf).hexdigest())
    assert said(audit, "file-passed-over") == ["files/r.pdf: It is the document itself, and was passed over."]
    assert audit.judgement.questions.integrity.verdict == "passed"


def test_what_a_system_leaves_in_a_folder_is_passed_over(made: Made, given: Path) -> None:
    (given / ".DS_Store").write_bytes(b"\0")
    assert codes(judged(made, given=hashed(given))) == {"file-passed-over"}


def test_a_file_that_was_added_to_a_folder_is_a_failure(made: Made, given: Path) -> None:
    (given / "folder" / "new").write_bytes(b"new")
    (told,) = said(judged(made, given=hashed(given)), "file-unknown")
    assert told.startswith("files/folder/new: ")


def test_a_file_that_is_not_there_is_no_comparison(given: Path) -> None:
    with pytest.raises(CustodyError):
        hashed(given / "gone")
