"""Every kind of finding: its stable code, the question it bears on, and what it does to the answer.

docs/commands.md explains each code; a test fails when one is missing there.
"""

from dataclasses import dataclass

from custody.domain.verdict import Finding, Question, Verdict


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding."""

    name: str
    question: Question
    verdict: Verdict

    def about(self, subject: str, message: str) -> Finding:
        """This finding about `subject`, with a plain `message`."""
        return Finding(code=self.name, verdict=self.verdict, about=subject, message=message)


def _failed(name: str, question: Question) -> Code:
    return Code(name, question, Verdict.FAILED)


def _open(name: str, question: Question) -> Code:
    return Code(name, question, Verdict.INDETERMINATE)


def _said(name: str, question: Question) -> Code:
    """What is told, and changes no answer."""
    return Code(name, question, Verdict.PASSED)


ITEM_CHANGED = _failed("item-changed", Question.INTEGRITY)
ITEM_MISSING = _failed("item-missing", Question.INTEGRITY)
ITEM_UNREADABLE = _failed("item-unreadable", Question.INTEGRITY)
ITEM_UNJUDGED = _open("item-unjudged", Question.INTEGRITY)
ITEM_NOT_KEPT = _open("item-not-kept", Question.INTEGRITY)
ITEM_ELSEWHERE = _open("item-elsewhere", Question.INTEGRITY)
ITEM_NOT_READ = _open("item-not-read", Question.INTEGRITY)
ITEM_NOT_GIVEN = _open("item-not-given", Question.INTEGRITY)
FILE_UNKNOWN = _failed("file-unknown", Question.INTEGRITY)
FILE_PASSED_OVER = _said("file-passed-over", Question.INTEGRITY)
OBJECT_UNFIT = _open("object-unfit", Question.INTEGRITY)
OBJECT_UNRECORDED = _said("object-unrecorded", Question.INTEGRITY)

SIGNATURE_WRONG = _failed("signature-wrong", Question.SIGNERS)
SIGNER_UNKNOWN = _failed("signer-unknown", Question.SIGNERS)
CASE_UNSIGNED = _failed("case-unsigned", Question.SIGNERS)
LEAD_CONTRADICTED = _failed("lead-contradicted", Question.SIGNERS)
LEAD_UNCONFIRMED = _open("lead-unconfirmed", Question.SIGNERS)
SIGNER_NOT_ENROLLED = _open("signer-not-enrolled", Question.SIGNERS)
SIGNER_NOT_IDENTIFIED = _open("signer-not-identified", Question.SIGNERS)
SIGNER_REVOKED = _open("signer-revoked", Question.SIGNERS)
SIGNERS_NOT_FOLLOWED = _open("signers-not-followed", Question.SIGNERS)

REPORT_SIGNER_UNKNOWN = _failed("report-signer-unknown", Question.SIGNERS)
REPORT_SIGNER_LEFT = _open("report-signer-left", Question.SIGNERS)
PDF_UNSIGNED = _failed("pdf-unsigned", Question.SIGNERS)
PDF_SIGNATURES = _failed("pdf-signatures", Question.SIGNERS)
PDF_CERTIFICATE = _failed("pdf-certificate", Question.SIGNERS)
PDF_WEAK = _failed("pdf-weak", Question.SIGNERS)

NO_OUTSIDE_TIME = _open("no-outside-time", Question.TIME)
OUTSIDE_DISAGREES = _open("outside-disagrees", Question.TIME)
TIMESTAMP_MISSING = _failed("timestamp-missing", Question.TIME)
TIMESTAMP_CHANGED = _failed("timestamp-changed", Question.TIME)
TIMESTAMP_UNREADABLE = _failed("timestamp-unreadable", Question.TIME)
TIMESTAMP_MISMATCH = _failed("timestamp-mismatch", Question.TIME)
TIMESTAMP_SIGNATURE_WRONG = _failed("timestamp-signature-wrong", Question.TIME)
TIMESTAMP_PURPOSE_WRONG = _failed("timestamp-purpose-wrong", Question.TIME)
# What gives no time leaves no answer open by itself: whatever is then dated by nobody is told as no-outside-time.
AUTHORITY_UNKNOWN = _said("authority-unknown", Question.TIME)
TIMESTAMP_EXPIRED = _said("timestamp-expired", Question.TIME)
TIMESTAMP_REVOKED = _said("timestamp-revoked", Question.TIME)
TIMESTAMP_CERTIFICATE_MISSING = _said("timestamp-certificate-missing", Question.TIME)
TIMESTAMP_LAPSED = _said("timestamp-lapsed", Question.TIME)
TIMESTAMP_PENDING = _said("timestamp-pending", Question.TIME)
TIMESTAMP_BLOCK_UNKNOWN = _said("timestamp-block-unknown", Question.TIME)
TIMESTAMP_BLOCK_WRONG = _said("timestamp-block-wrong", Question.TIME)
TIMESTAMP_WEAK = _said("timestamp-weak", Question.TIME)
TIMESTAMP_NOT_CHECKED = _said("timestamp-not-checked", Question.TIME)
COSIGNER_UNKNOWN = _said("cosigner-unknown", Question.TIME)
COSIGNER_IN_CASE = _said("cosigner-in-case", Question.TIME)
TIMESTAMP_EXPIRES = _said("timestamp-expires", Question.TIME)
ITEM_DATED = _said("item-dated", Question.TIME)
REPORT_STAMPED = _said("report-stamped", Question.TIME)
CLOCK_DISAGREES = _said("clock-disagrees", Question.TIME)

RULE_BROKEN = _failed("rule-broken", Question.CUSTODY)
REFERENCE_MISSING = _open("reference-missing", Question.CUSTODY)
CUSTODY_NOT_FOLLOWED = _open("custody-not-followed", Question.CUSTODY)
CUSTODY_REVOKED = _open("custody-revoked", Question.CUSTODY)
HOLDER_LEFT = _open("holder-left", Question.CUSTODY)
OFFER_OPEN = _open("offer-open", Question.CUSTODY)
HANDED_OVER_ON_PAPER = _open("handed-over-on-paper", Question.CUSTODY)
GAP_EXPLAINED = _open("gap-explained", Question.CUSTODY)
CUSTODY_UNJUDGED = _open("custody-unjudged", Question.CUSTODY)

RECORD_UNREADABLE = _failed("record-unreadable", Question.COMPLETENESS)
RECORD_MISSING = _failed("record-missing", Question.COMPLETENESS)
RECORD_MISPLACED = _failed("record-misplaced", Question.COMPLETENESS)
RECORD_TWICE = _failed("record-twice", Question.COMPLETENESS)
RECORD_DISOWNED = _failed("record-disowned", Question.COMPLETENESS)
INDEX_WRONG = _failed("index-wrong", Question.COMPLETENESS)
NUMBER_MISSING = _failed("number-missing", Question.COMPLETENESS)
RECORD_CUT_OFF = _failed("record-cut-off", Question.COMPLETENESS)
RECORD_REWRITTEN = _failed("record-rewritten", Question.COMPLETENESS)
RECORD_REPLACED = _failed("record-replaced", Question.COMPLETENESS)
CASE_REPLACED = _open("case-replaced", Question.COMPLETENESS)
RECORD_COMPARED = _said("record-compared", Question.COMPLETENESS)
COPY_UNSIGNED = _open("copy-unsigned", Question.COMPLETENESS)
DATABASE_FOREIGN = _failed("database-foreign", Question.COMPLETENESS)
OPENING_WRONG = _failed("opening-wrong", Question.COMPLETENESS)
OPENING_STRAY = _failed("opening-stray", Question.COMPLETENESS)
OPENING_MISSING = _open("opening-missing", Question.COMPLETENESS)
OPENING_NOT_ERASED = _failed("opening-not-erased", Question.COMPLETENESS)
LEDGER_FORKED = _failed("ledger-forked", Question.COMPLETENESS)
LEDGER_BEHIND = _open("ledger-behind", Question.COMPLETENESS)
LEDGER_MISSING = _open("ledger-missing", Question.COMPLETENESS)
RECORD_RESTORED = _open("record-restored", Question.COMPLETENESS)
RECORD_UNFINISHED = _open("record-unfinished", Question.COMPLETENESS)
RECORD_FOREIGN = _failed("record-foreign", Question.COMPLETENESS)
PROOF_WRONG = _failed("proof-wrong", Question.COMPLETENESS)
PROOF_MISSING = _open("proof-missing", Question.COMPLETENESS)
CHECKPOINT_WRONG = _failed("checkpoint-wrong", Question.COMPLETENESS)
HEAD_UNSIGNED = _open("head-unsigned", Question.COMPLETENESS)
RECORDS_WITHHELD = _said("records-withheld", Question.COMPLETENESS)
COPY_NOT_COMPARED = _open("copy-not-compared", Question.COMPLETENESS)
REPORT_MISSING = _open("report-missing", Question.COMPLETENESS)
REPORT_CHANGED = _open("report-changed", Question.COMPLETENESS)
PDF_CHANGED = _failed("pdf-changed", Question.COMPLETENESS)
PDF_PADDING = _failed("pdf-padding", Question.COMPLETENESS)
PDF_ADDED = _failed("pdf-added", Question.COMPLETENESS)
PDF_STRUCTURE = _failed("pdf-structure", Question.COMPLETENESS)
PDF_ATTACHMENTS = _failed("pdf-attachments", Question.COMPLETENESS)
REPORT_DIFFERS = _failed("report-differs", Question.COMPLETENESS)
REPORT_DRAWN_OTHERWISE = _failed("report-drawn-otherwise", Question.COMPLETENESS)
REPORT_NOT_REDRAWN = _open("report-not-redrawn", Question.COMPLETENESS)
REPORT_NOT_WHOLE = _open("report-not-whole", Question.COMPLETENESS)
NOTHING_TO_COMPARE = _open("nothing-to-compare", Question.COMPLETENESS)

CODES: tuple[Code, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Code))
