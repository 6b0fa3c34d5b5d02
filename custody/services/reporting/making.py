"""Makes a document: examines, builds, draws, signs; keeps the signed revision, records it, and writes the file last.

A crash before the record leaves an object that no record names, and after it a record whose file can be written again
from the store (`copy_report`).
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from custody.domain.entry import Entry
from custody.domain.events import Reported
from custody.domain.events.disclosure import DOCUMENTS, MAX_REPORTS
from custody.domain.questions import judge
from custody.domain.report.building import Known
from custody.domain.report.model import RECORD_FILE, REPORT_FILE, Report, Tool, format_report
from custody.domain.trust import Trust
from custody.domain.wording import capital
from custody.errors import CustodyError, RuleError, StorageError, UsageError, VerificationError
from custody.formats.embedded import MAX_TOTAL
from custody.ports import MAX_DOCUMENT, CaseFiles, DocumentSigner, Pictures, ReportWriter, Signer
from custody.services import looking, reading, replaying
from custody.services.anchoring import DocumentStamper, LongTerm
from custody.services.auditing import Audit, AuditProgress, audit
from custody.services.extracting import extract_record
from custody.services.recording import Draft, Recorder
from custody.services.reporting.choosing import Heads, choose, find_heads, newest_hand_over
from custody.services.reporting.modelling import Material, Named, Order, make_model
from custody.services.reporting.opening import opened, signers

SIGNATURE: Final = 2**20  # bytes left for signature, stamps and what makes them last
_ONE_ITEM: Final = "this document is about one hand-over or one item"


@dataclass(frozen=True, slots=True)
class Tools:
    """What draws, signs and stamps a document.

    `stamper` is None where no authority is asked; with `lasting`, what its stamps are checked with later, the signature
    is made to last (B-LTA).
    """

    writer: ReportWriter
    signer: DocumentSigner
    pictures: Pictures
    versions: tuple[Tool, ...]
    stamper: DocumentStamper | None = None
    lasting: LongTerm | None = None


@dataclass(frozen=True, slots=True)
class MadeReport:
    """A document that was written and recorded: its model, the digest of its first signed revision and of the file,
    the record that tells of it, and what was examined for it.
    """

    report: Report
    digest: str
    file_digest: str
    record: int
    audit: Audit


def make_report(
    recorder: Recorder, trust: Trust, order: Order, *, output: Path, tools: Tools, progress: AuditProgress
) -> MadeReport:
    """Make the document, record it, and write it to `output`.

    `trust` says whose folder this is and whom its owner believes. The five answers rest on nobody's confirming a key: a
    sender cannot confirm themselves. Raises UsageError for an unknown item, a taken name, or items that are left out
    without a reason; before the record is made, nothing is left of what failed.
    """
    recorder.world.check_new(output)
    own = recorder.signer.public
    names = {own.key_id: own.name}
    seen = audit(recorder.files, recorder.world, trust, quick=False, own_names=names, progress=progress)
    heads = find_heads(recorder, seen.judgement.ledgers)
    act, numbers = None, order.numbers
    if order.kind == "receipt":
        (number,) = order.numbers
        act, given = newest_hand_over(recorder, seen, heads, number)
        numbers = tuple(given)
    chosen = choose(recorder, seen, heads, numbers)
    if order.kind in ("receipt", "custody-form"):
        order = replace(order, withheld=order.withheld or _ONE_ITEM)
    if chosen.withheld and not order.withheld:
        raise UsageError(
            f"{len(chosen.withheld)} item{'' if len(chosen.withheld) == 1 else 's'} would be left out without a reason",
            'say why with --withheld "…", or leave out the item numbers to report on all of them',
        )
    named = _name(recorder, order)
    signed_by = signers(chosen.entries)
    values = {
        entry.id: some
        for entry, every in reading.with_values(recorder.files, chosen.entries)
        if (some := opened(entry, every, order.fields, signed_by, whole=chosen.whole))
    }
    known = Known.of(seen.seen.state, chosen.entries, values)
    judgement = judge(replace(seen.seen, trust=Trust()))
    stamped_by = "" if tools.stamper is None else tools.stamper.authority
    material = Material(chosen, known, seen, judgement, heads, act, tools.versions, stamped_by)
    now = recorder.world.clock.now()
    report = make_model(recorder, order, named, material, tools.pictures, now)
    record = extract_record(recorder.files, recorder.whole, heads.of, (heads.own, heads.note), chosen.entries, values)
    attachments = {REPORT_FILE: format_report(report), RECORD_FILE: record}
    _check_size("what it carries", sum(map(len, attachments.values())), MAX_TOTAL)
    drawn = tools.writer.draw(report, attachments)
    _check_size("the document", len(drawn), MAX_DOCUMENT - SIGNATURE)
    signed, file = _sign(drawn, recorder.signer, report, tools, now)
    body = _body(report, named, heads, drawn, signed, items=len(chosen.histories), whole=chosen.whole)
    position = _keep(recorder, body, signed)
    _write(recorder, output, file, report)
    file_digest = hashlib.sha256(file).hexdigest()
    return MadeReport(report, body.digest, file_digest, position, replace(seen, judgement=judgement))


def _check_size(what: str, size: int, most: int) -> None:
    """Before anything is signed: no reader would take a larger one. Raises UsageError."""
    if size > most:
        raise UsageError(
            f"{what} has {size // 2**20} MiB, and nobody reads more than {most // 2**20} of a report",
            "make several reports, each on some of the items",
        )


def _name(recorder: Recorder, order: Order) -> Named:
    """The next number of the maker's ledger; or the next version, and what it supersedes. Raises UsageError."""
    with recorder.files.ledgers.reading() as reader:
        told = list(replaying.reports(reader, recorder.ledger))
    newest: dict[int, tuple[Entry, Reported]] = {}
    for entry in told:
        if isinstance(entry.statement.body, Reported):
            newest[entry.statement.body.number] = (entry, entry.statement.body)
    if order.supersedes is None:
        if len(newest) >= MAX_REPORTS:
            raise UsageError(f"{MAX_REPORTS} reports were made, and their numbers have four digits", "")
        return Named(len(newest) + 1, 1, None, "")
    if order.supersedes not in newest:
        raise UsageError(f"you made no report {order.supersedes:04d}", "custody log shows the reports that were made")
    entry, body = newest[order.supersedes]
    _check_next(order, body)
    return Named(body.number, body.version + 1, entry.id, f"{body.number:04d} version {body.version}")


def _check_next(order: Order, before: Reported) -> None:
    """Refuse a next version that is another document, or would silently tell of everything where the one before did
    not: what was given out cannot be taken back. Raises UsageError.
    """
    if order.kind != before.document:
        raise UsageError(
            f"{before.name} is of another kind: {DOCUMENTS[before.document]}",
            f"add --kind {before.document}, or leave out --supersedes to make a new document",
        )
    if not before.whole and not order.numbers:
        raise UsageError(
            f"{before.name} left items out, and this would tell of all of them",
            "name the items: custody report ITEM… --supersedes NUMBER; or leave out --supersedes",
        )


def _sign(drawn: bytes, signer: Signer, report: Report, tools: Tools, now: datetime) -> tuple[bytes, bytes]:
    """The first signed revision, and the file: the same, or prolonged."""
    signed = tools.signer.sign(
        drawn,
        signer=signer,
        name=signer.public.name,
        reason=f"{capital(DOCUMENTS[report.kind])} {report.name}",
        now=now,
        stamp=tools.stamper,
    )
    if tools.stamper is None or tools.lasting is None:
        return signed, signed
    return signed, tools.signer.prolong(
        signed,
        stamp=tools.stamper,
        certificates=tools.lasting.certificates,
        revocation_lists=tools.lasting.revocation_lists,
    )


def _body(
    report: Report, named: Named, heads: Heads, drawn: bytes, signed: bytes, *, items: int, whole: bool
) -> Reported:
    stated = heads.of[heads.own]
    return Reported(
        number=named.number,
        version=named.version,
        supersedes=named.supersedes,
        document=report.kind,
        unsigned_digest=hashlib.sha256(drawn).hexdigest(),
        unsigned_size=len(drawn),
        digest=hashlib.sha256(signed).hexdigest(),
        size=len(signed),
        items=items,
        whole=whole,
        checkpoint_size=stated.size,
        checkpoint_root=stated.root.hex(),
    )


def _keep(recorder: Recorder, body: Reported, signed: bytes) -> int:
    """Keep the signed revision, and record it: the position of the record."""
    store = recorder.files.evidence
    store.add(signed)
    try:
        (recorded,) = recorder.append([Draft(body)])
    except BaseException as error:
        if not _is_named(recorder, body):  # what is raised after a commit, or about it, does not undo it
            with suppress(CustodyError, OSError):
                store.remove(body.digest)
        if isinstance(error, RuleError):
            raise RuleError(error.message, "another report was made meanwhile: make this one again") from error
        raise
    return recorded.position


def _write(recorder: Recorder, output: Path, file: bytes, report: Report) -> None:
    try:
        recorder.world.write_new(output, file)
    except CustodyError as error:
        raise type(error)(
            f"{error.message}; report {report.name} is made and recorded all the same",
            f"write it somewhere else: custody report --copy {report.number} -o FILE.pdf",
        ) from error


def _is_named(recorder: Recorder, body: Reported) -> bool:
    """Whether a record names this document."""
    with suppress(CustodyError, OSError), recorder.files.ledgers.reading() as reader:
        reports = replaying.reports(reader, recorder.ledger, verified=False)
        return any(entry.statement.body == body for entry in reports)
    return False


def copy_report(files: CaseFiles, ledger: looking.Ledger, number: int) -> tuple[Reported, bytes]:
    """The newest version of a recorded report of this ledger, from the store: its record, and its first signed
    revision.

    Raises UsageError where there is none of this number, StorageError where its copy is gone, VerificationError where
    it is not what was signed.
    """
    with files.ledgers.reading() as reader:
        found = [
            entry.statement.body
            for entry in replaying.reports(reader, ledger)
            if isinstance(entry.statement.body, Reported) and entry.statement.body.number == number
        ]
    if not found:
        raise UsageError(f"there is no report {number:04d}", "custody log shows the reports that were made")
    body = found[-1]
    try:
        with files.evidence.open(body.digest) as file:
            data = file.read(min(body.size, MAX_DOCUMENT) + 1)
    except (StorageError, OSError) as error:
        raise StorageError(f"the copy of {body.name} is not here", "whoever was given it has it") from error
    if hashlib.sha256(data).hexdigest() != body.digest:
        raise VerificationError(f"the copy of {body.name} is not what was signed", "whoever was given it has it")
    return body, data
