"""Answers the five questions of a report as a PDF: its signature, the record inside it, and whether it says the same.

Nothing that is printed is believed for being signed: it is compared with the record, and drawn again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from custody.domain import findings as codes
from custody.domain.findings import Code
from custody.domain.heads import ClaimedHead
from custody.domain.intervals import Bound
from custody.domain.questions.time import latest
from custody.domain.report.building import Known
from custody.domain.report.differing import MAX_DIFFERENCES, LedgerHere, differences
from custody.domain.report.model import RECORD_FILE, REPORT_FILE, Report, Tool, parse_report
from custody.domain.trust import Trust
from custody.domain.verdict import Finding
from custody.domain.wording import capital
from custody.errors import CustodyError, FormatError, VerificationError
from custody.formats.record import Record, parse_record
from custody.ports import SignedDocument, StampedDigest, World
from custody.services.auditing.anchors import not_believed
from custody.services.auditing.carriedaudit import RecordAudit, conclude, remember
from custody.services.auditing.matching import GivenFile
from custody.services.auditing.proven import ProvenTrees
from custody.services.auditing.records import SeenRecord, examine_record
from custody.services.auditing.seen import SeenLedgers

Draw = Callable[[Report, Mapping[str, bytes]], bytes]
"""Draws a report with these attachments (ports.ReportWriter.draw)."""

REPORT: Final = "the report"
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
) -> RecordAudit:
    """Examine everything and answer the five questions; `given` are the files to be compared.

    `versions` are those of the programs that `draw` here. Raises FormatError for a PDF that is no report of ours.
    """
    found = [_trouble(one.code, one.message) for one in document.troubles]
    record = _read_record(document, found)
    if record is None:
        empty = SeenRecord(SeenLedgers(), ProvenTrees({}, {}), {}, {})
        return conclude(empty, trust, own_names=own_names, given=given, findings=found)
    signer = None if document.signatory is None else document.signatory.key_id
    seen = examine_record(record, world.heads, trust, world.clock.now(), claims=claims, vouched=signer)
    remember(seen, world)
    found += _signer(document, seen)
    for stamp in (*(() if document.stamp is None else (document.stamp,)), *document.archive):
        found += _stamp(stamp, document.material, trust)
    report = _read_report(document, found)
    if report is not None:
        found += _differences(report, record, seen, signer)
        if report.stamped_by and document.stamp is None and document.signatory is not None:
            found.append(
                codes.REPORT_DIFFERS.about(
                    REPORT, f"It says that its signature is stamped by {report.stamped_by}, and no stamp is on it."
                )
            )
        # A stranger's document that is wrong anyway is not drawn: that only lends them this computer.
        if not document.troubles and signer in seen.seen.state.members:
            found += _drawn(document, report, draw, versions)
    return conclude(seen, trust, own_names=own_names, given=given, findings=found)


def _trouble(code: str, message: str) -> Finding:
    return _TROUBLES.get(code, codes.PDF_STRUCTURE).about(REPORT, message)


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
