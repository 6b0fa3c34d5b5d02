"""Answers the five questions of a report as a PDF: its signature, the record inside it, and whether it says the same.

Nothing that is printed is believed for being signed: it is compared with the record, and drawn again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from custody.domain import findings as codes
from custody.domain.events.disclosure import DOCUMENTS
from custody.domain.findings import Code
from custody.domain.heads import ClaimedHead
from custody.domain.intervals import Bound, Intervals
from custody.domain.questions.time import TOLERANCE, earliest, latest
from custody.domain.report.building import Known
from custody.domain.report.differing import MAX_DIFFERENCES, LedgerHere, differences
from custody.domain.report.model import RECORD_FILE, REPORT_FILE, Report, Tool, parse_report
from custody.domain.trust import Trust
from custody.domain.verdict import Finding
from custody.domain.wording import capital
from custody.errors import CustodyError, FormatError, VerificationError
from custody.formats.encoding import parse_time
from custody.formats.record import Record, parse_record
from custody.ports import DocumentSignatory, SignedDocument, StampedDigest, World
from custody.services.auditing.anchors import not_believed
from custody.services.auditing.carried.audit import RecordAudit, conclude, remember
from custody.services.auditing.carried.matching import GivenFile
from custody.services.auditing.carried.proofs import ProvenTrees
from custody.services.auditing.carried.records import SeenRecord, examine_record
from custody.services.auditing.seen import SeenLedgers

Draw = Callable[[Report, Mapping[str, bytes]], bytes]
"""Draws a report with these attachments (ports.ReportWriter.draw)."""

REPORT: Final = "the report"
KEEP: Final = "Keep this file as it is, and ask whoever sent it for the report again."
SIGNING: Final = timedelta(minutes=1)  # one moment of the maker's computer is both, rounded to the second in one
_TROUBLES: Final[Mapping[str, Code]] = {
    one.name: one
    for one in (
        codes.PDF_UNSIGNED,
        codes.PDF_SIGNATURES,
        codes.PDF_CERTIFICATE,
        codes.PDF_WEAK,
        codes.PDF_CHANGED,
        codes.PDF_PADDING,
        codes.PDF_ADDED,
        codes.PDF_STRUCTURE,
        codes.PDF_ATTACHMENTS,
    )
}


def audit_document(
    document: SignedDocument,
    draw: Draw,
    versions: Sequence[Tool],
    world: World,
    trust: Trust,
    *,
    own_names: Mapping[str, str],
    given: Sequence[GivenFile] = (),
    claims: Sequence[ClaimedHead] = (),
    file_digest: str = "",
) -> RecordAudit:
    """Examine everything and answer the five questions; `given` are the files to be compared.

    `file_digest` is the hex SHA-256 of the document's file, which may lie among them. `versions` are those of the
    programs that `draw` here. Raises FormatError for a PDF that is no report of ours.
    """
    found = list(_troubles(document))
    record = _read_record(document, found)
    if record is None:
        empty = SeenRecord(SeenLedgers(), ProvenTrees({}, {}), {}, {})
        # Without it there is nothing to compare a file with, and a good one must not be called strange.
        return conclude(empty, trust, own_names=own_names, findings=found)
    signer = None if document.signatory is None else document.signatory.key_id
    seen = examine_record(record, world.heads, trust, world.clock.now(), claims=claims, vouched=signer)
    remember(seen, world)
    found += _signer(document, seen)
    for stamp in (*(() if document.stamp is None else (document.stamp,)), *document.archive):
        found += _stamp(stamp, document.material, trust)
    report = _read_report(document, found)
    if report is not None:
        differs = [*_differences(report, record, seen, signer), *_around(document, report)]
        found += [*differs, *_clock(report, seen), *_whole(report, record, seen)]
        # A stranger's document that is wrong anyway is not drawn: that only lends them this computer.
        if not document.troubles and not differs and signer in seen.seen.state.members:
            found += _drawn(document, report, draw, versions)
    return conclude(seen, trust, own_names=own_names, given=given, findings=found, carrier=file_digest)


def _troubles(document: SignedDocument) -> Iterator[Finding]:
    """What is wrong with the PDF itself; what to do about it is said once, last."""
    for left, one in zip(reversed(range(len(document.troubles))), document.troubles, strict=True):
        code = _TROUBLES.get(one.code, codes.PDF_STRUCTURE)
        yield code.about(REPORT, one.message if left else f"{one.message} {KEEP}")


def _read_record(document: SignedDocument, found: list[Finding]) -> Record | None:
    data = document.attachments.get(RECORD_FILE)
    if data is None and not document.first:
        raise FormatError(
            "this PDF carries no signed record, so it is no report of custody, or has lost what was attached",
            "ask for the file as custody wrote it: a scan, a print-out or a copy by another program is not enough",
        )
    try:
        if data is None:
            raise FormatError("nothing of that name is attached")
        return parse_record(data)
    except FormatError as error:
        found.append(
            codes.RECORD_UNREADABLE.about("the signed record in the report", f"It cannot be read: {error.message}.")
        )
        return None


def _read_report(document: SignedDocument, found: list[Finding]) -> Report | None:
    data = document.attachments.get(REPORT_FILE)
    try:
        if data is None:
            raise FormatError("nothing of that name is attached")
        return parse_report(data)
    except FormatError as error:
        found.append(
            codes.REPORT_DIFFERS.about(REPORT, f"What it says ({REPORT_FILE}) cannot be read: {error.message}.")
        )
        return None


def _signer(document: SignedDocument, seen: SeenRecord) -> Iterator[Finding]:
    """Whether the key that signed the document is one of the case that counts."""
    if document.signatory is None:
        return  # told by the troubles
    key = document.signatory.key_id
    member = seen.seen.state.members.get(key)
    if member is None or member.enrolled_by is None:
        yield codes.REPORT_SIGNER_UNKNOWN.about(
            REPORT, f"It is signed with the key {key[:16]}…, which does not belong to the case that it is about."
        )
    elif member.revoked is not None:
        yield codes.REPORT_SIGNER_LEFT.about(
            REPORT,
            "It is signed with a key that was taken out of the case. When it was signed is the signer's word, unless "
            "somebody independent kept it.",
        )


def _stamp(stamp: StampedDigest, material: Sequence[bytes], trust: Trust) -> Iterator[Finding]:
    """When, by an authority that the reader trusts, the signature existed. Of what it is about, that says nothing."""
    from custody.formats.timestamp import parse_token
    from custody.formats.tokenvalidation import validate_token

    roots = {root: authority for authority in trust.authorities for root in authority.roots}
    about = "the stamp on the report"
    try:
        token = parse_token(stamp.token)
        shown = validate_token(token, digest=stamp.digest, roots=tuple(roots), extra=material)
    except FormatError as error:
        yield codes.TIMESTAMP_UNREADABLE.about(about, f"It cannot be read: {error.message}.")
        return
    except VerificationError as error:
        code, words = not_believed(error)
        yield code.about(about, words)
        return
    authority = roots[shown.chain[-1]].name
    bound = Bound(shown.time + shown.accuracy if shown.accuracy is not None else shown.time, authority)
    yield codes.REPORT_STAMPED.about(REPORT, f"It was signed {latest(bound)}.")


def _differences(report: Report, record: Record, seen: SeenRecord, signer: str | None) -> Iterator[Finding]:
    """Every field of the document that says something else than the record."""
    if signer is not None and report.made_by != signer:
        yield codes.REPORT_DIFFERS.about(f"{REPORT}: made by", "It names another maker than the key that signed it.")
    known = Known.of(seen.seen.state, seen.entries, seen.values)
    ledgers = [LedgerHere(one.ledger, one.size, one.root, one.checkpoint) for one in record.ledgers]
    for told, one in enumerate(differences(report, seen.entries, known, seen.objects, ledgers)):
        if told == MAX_DIFFERENCES:
            yield codes.REPORT_DIFFERS.about(REPORT, "There are more differences, which are not listed.")
            return
        yield codes.REPORT_DIFFERS.about(f"{REPORT}: {one.field}", one.message)


def _whole(report: Report, record: Record, seen: SeenRecord) -> Iterator[Finding]:
    """Whether a document of everything has every record: a correction that is left out is named by no other."""
    for ledger in record.ledgers if report.scope.whole else ():
        missing = ledger.size - len(ledger.entries)
        if missing:
            yield codes.REPORT_NOT_WHOLE.about(
                seen.seen.labels.get(ledger.ledger, REPORT),
                f"It says that it is about everything, and {missing} of {ledger.size} records of this ledger are not "
                "here. Among them may be corrections of items. Ask its maker for one that has them all.",
            )


def _clock(report: Report, seen: SeenRecord) -> Iterator[Finding]:
    """Whether the moment at which the document says to be made lies before what is in it."""
    try:
        made = parse_time(report.generated_at)
    except FormatError:
        return  # told as a difference
    intervals = seen.seen.intervals or Intervals((), ())
    for name, runs in seen.seen.runs.items():
        bounds = [intervals.of(name, first, head).not_before for first, _, head, _ in runs.each()]
        late = max((one for one in bounds if one is not None), key=lambda one: one.time, default=None)
        if late is not None and made < late.time - TOLERANCE:
            words = f"It says that it was made at {report.generated_at}, but a record in it was made {earliest(late)}."
            yield codes.CLOCK_DISAGREES.about(REPORT, words)
            return
    newest = max((entry.statement.time for entry in seen.entries), default="")
    if newest and made < parse_time(newest) - TOLERANCE:
        words = f"It says that it was made at {report.generated_at}, and a record in it at {newest}, which is later."
        yield codes.CLOCK_DISAGREES.about(REPORT, f"{words} One of the two clocks was wrong.")


def _around(document: SignedDocument, report: Report) -> Iterator[Finding]:
    """What programs that show a PDF say of its signature and attachments, beside its pages."""
    if document.signatory is None or document.troubles:
        return  # told by the troubles
    for field, message in (*_attached(document, report), *_signature(document, document.signatory, report)):
        yield codes.REPORT_DIFFERS.about(f"{REPORT}: {field}", message)


def _attached(document: SignedDocument, report: Report) -> Iterator[tuple[str, str]]:
    if sorted(one.name for one in report.attached) != sorted(document.attachments):
        yield "attached", "The files that it says to be inside the PDF are not those that are."


def _signature(document: SignedDocument, by: DocumentSignatory, report: Report) -> Iterator[tuple[str, str]]:
    from custody.formats.certificates import common_name

    try:
        told = abs(parse_time(report.generated_at) - document.signed_at) if document.signed_at is not None else None
    except FormatError:
        told = None
    if told is None or told > SIGNING:
        yield "signed at", "Its signature names another time than the one at which the document says to be made."
    if report.stamped_by and document.stamp is None:
        yield "stamped by", "It names an authority that stamps its signature, and the signature has no stamp."
    person = report.person(report.made_by)
    names = {common_name(by.certificate), *([document.said_name] if document.said_name else [])}
    if person is not None and person.name and names != {person.name}:
        yield "signed by", "Its signature or certificate names somebody else than the record does for the same key."
    if document.said_reason not in ("", f"{capital(DOCUMENTS[report.kind])} {report.name}"):
        yield "reason", "Its signature says that it was signed for something else than what the document is."


def _drawn(document: SignedDocument, report: Report, draw: Draw, versions: Sequence[Tool]) -> Iterator[Finding]:
    """Whether the document is what drawing its values gives: then what is printed are those values."""
    attachments = {name: document.attachments[name] for name in (REPORT_FILE, RECORD_FILE)}
    try:
        same = draw(report, attachments) == document.unsigned
        why = "drawn again from what it says, it has other bytes"
    except (CustodyError, ValueError, TypeError, LookupError, ArithmeticError, OSError) as error:
        # Its maker chose every value, also pictures and names; a drawing library may stumble over any of them.
        same, why = False, f"it cannot be drawn again from what it says: {_words(error)}"
    if same:
        return
    others = _other_versions(report.tools, versions)
    if others:
        yield codes.REPORT_NOT_REDRAWN.about(
            REPORT,
            f"Whether what is printed is what was compared here cannot be shown: {why}; it was made with {others}. "
            "custody of that version, with these programs, can show it.",
        )
    else:
        yield codes.REPORT_DRAWN_OTHERWISE.about(
            REPORT,
            f"{capital(why)}, by the same programs that made it. What is printed in it may be something else than what "
            "was compared here: do not rely on it.",
        )


def _other_versions(made: Sequence[Tool], here: Sequence[Tool]) -> str:
    """In words, what the document was made with and is not here; "" where all is the same."""
    present = {(tool.name, tool.version) for tool in here}
    other = [f"{tool.name} {tool.version}" for tool in made if (tool.name, tool.version) not in present]
    missing = [tool.name for tool in here if tool.name not in {one.name for one in made}]
    return ", ".join([*other, *(f"no {name}" for name in missing)])


def _words(error: Exception) -> str:
    return error.message if isinstance(error, CustodyError) else type(error).__name__
