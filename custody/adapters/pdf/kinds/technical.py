"""Page two of the integrity report: what an expert compares sign by sign. Explains nothing; the glossary does."""

from collections.abc import Iterator

from custody.adapters.pdf.blocks import (
    Block,
    Blocks,
    Commands,
    Facts,
    Heading,
    Paragraph,
    Span,
    Together,
    Words,
)
from custody.adapters.pdf.kinds import common
from custody.adapters.pdf.kinds.common import TECHNICAL, local_words
from custody.domain.questions.parts import counted
from custody.domain.report.model import LedgerState, Report
from custody.domain.report.naming import named

_SECTIONS = (
    ("What the words mean", common.EXPLAINED),
    ("Timeline", common.TIMELINE),
    ("Items", common.ITEMS),
    ("Custody", common.CUSTODY),
    ("The people", common.PEOPLE),
    ("Stamps", common.STAMPS),
    ("Failed attempts", common.ATTEMPTS),
    ("Withheld", common.WITHHELD),
    ("The five answers in full", common.ANSWERS),
    ("How to check", common.CHECKING),
    ("Glossary", common.GLOSSARY),
)
_SIGNATURE = (
    "This PDF is signed with the key below. A PDF reader will call the signer unknown, because the key's certificate "
    "comes from its holder and from no authority: compare the fingerprint with one that the signer gave you in "
    "another way."
)


def technical_page(report: Report) -> Blocks:
    """Identifiers, keys, ledgers, checkpoints, attachments."""
    yield Heading(1, "The technical page", TECHNICAL)
    links: list[str | Span] = []
    for title, anchor in _SECTIONS:
        links += [" · ", Span(title, "small", f"#{anchor}")] if links else [Span(title, "small", f"#{anchor}")]
    yield Paragraph(("In this document: ", *links), "small")
    yield Facts(tuple(_document(report)))
    yield Heading(2, "Signature of this document")
    yield Paragraph(_SIGNATURE, "small")
    yield Facts(tuple(_signature(report)))
    yield Heading(2, "Ledgers")
    if not report.ledgers:
        yield Paragraph("No ledger was read.")
    for ledger in report.ledgers:
        yield from _ledger(report, ledger)
    heading = Heading(2, "Inside this PDF")
    if not report.attached:
        yield Together((heading, Paragraph("Nothing is attached.")))
        return
    files: tuple[tuple[str, Words], ...] = tuple((one.name, one.what) for one in report.attached)
    yield Together((heading, Facts(files)))


def tool_versions(report: Report) -> Blocks:
    """The programs that took part."""
    yield Heading(1, "Programs and their versions", common.TOOLS)
    yield Facts(tuple((one.name, one.version) for one in report.tools))
    yield Paragraph(f"Made with custody {report.version_made}.", "small", before=4)


def _document(report: Report) -> Iterator[tuple[str, Words]]:
    scope = report.scope
    replaced = f"report {report.supersedes}" if report.supersedes else "no earlier report"
    yield "Report number", f"{report.number:04d}, version {report.version}, in place of {replaced}"
    yield "Case reference", report.reference
    yield "Title", common.told(report.title, "none")
    yield "Case id", Span(report.case, "fixed")
    yield "Made at", f"{report.generated_at}{local_words(report)}"
    yield "Made for", report.made_for or "nobody named"
    yield "Covers", f"{scope.covered} of {scope.total} items{', the whole record' if scope.whole else ''}"
    yield "Sensitivity", report.sensitivity
    yield "Opened from seal", "; ".join(scope.opened) if scope.opened else "only what a check needs"


def _signature(report: Report) -> Iterator[tuple[str, Words]]:
    person = report.person(report.made_by)
    yield "Signer", named(report, report.made_by)
    yield "Fingerprint", Span(report.made_by, "fixed")
    if person is not None:
        yield "In eight words", person.words
    yield "Stamped by", report.stamped_by or common.UNSTAMPED


def _ledger(report: Report, ledger: LedgerState) -> Iterator[Block]:
    facts: list[tuple[str, Words]] = [
        (f"Ledger {ledger.label}", f"of {named(report, ledger.owner)}, {counted(ledger.size, 'record')}"),
        ("Origin", Span(ledger.origin, "fixed")),
        ("Root", Span(ledger.root, "fixed")),
        ("Root in words", ledger.words),
        ("Owner's key", Span(ledger.owner, "fixed")),
    ]
    lines = [line for line in ledger.checkpoint.split("\n") if line]
    if not lines:
        facts.append(("Checkpoint", "none here: only its owner can sign one"))
        yield Facts(tuple(facts))
        return
    yield Together((Facts(tuple(facts)), Paragraph(f"Signed checkpoint of ledger {ledger.label}, line by line:")))
    yield Commands(tuple(lines))
