"""The kinds of document: from the model to blocks, a function for each kind. Measures and draws nothing.

What every document says of itself stands here too, so that no two kinds differ in it.
"""

from collections.abc import Callable, Mapping
from typing import Final

from custody.adapters.pdf.blocks import About, Blocks
from custody.adapters.pdf.kinds.common import short
from custody.adapters.pdf.kinds.custody_form import custody_form
from custody.adapters.pdf.kinds.declaration import INITIALS, declaration
from custody.adapters.pdf.kinds.integrity import integrity
from custody.adapters.pdf.kinds.receipt import receipt
from custody.adapters.pdf.kinds.schedule import schedule
from custody.domain.report.model import Kind, Report

KINDS: Final[Mapping[Kind, Callable[[Report], Blocks]]] = {
    "integrity": integrity,
    "custody-form": custody_form,
    "receipt": receipt,
    "schedule": schedule,
    "declaration": declaration,
}

TITLES: Final[Mapping[Kind, str]] = {
    "integrity": "Integrity report",
    "custody-form": "Chain of custody form",
    "receipt": "Receipt",
    "schedule": "Schedule",
    "declaration": "Declaration",
}

DRAFT: Final = "DRAFT FOR LEGAL REVIEW"
MAX_REFERENCE: Final = 48  # characters of the case reference in the foot; the first page has all of it


def contents(report: Report) -> Blocks:
    """The document as blocks, by its kind. Raises KeyError for a kind that no function draws."""
    return KINDS[report.kind](report)


def about(report: Report) -> About:
    """What the document says of itself. The foot names case, report and version: a lost page finds its way back."""
    maker = report.person(report.made_by)
    title = TITLES[report.kind]
    name = report.name if report.version > 1 else f"{report.name} version 1"
    case = short(report.reference, MAX_REFERENCE)
    return About(
        title=f"{title} {name}, {report.reference}",
        author=maker.name if maker is not None else report.made_by,
        subject=f"{title} of case {report.reference}",
        creator=f"custody {report.version_made}",
        moment=report.generated_at,
        identity="\n".join((report.case, report.made_by, report.kind, name, report.generated_at)),
        foot=f"Case {case}  ·  {title.lower()} {name}",
        initials=INITIALS if report.kind == "declaration" and report.jurisdiction == "uk-s9" else "",
        mark=DRAFT if report.kind == "declaration" and not report.final else "",
    )
