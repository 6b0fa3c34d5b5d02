"""The declaration, by jurisdiction. Chooses no words."""

from collections.abc import Callable, Mapping
from typing import Final

from custody.adapters.pdf.blocks import Blocks
from custody.adapters.pdf.kinds.declarations.india import in_63_4
from custody.adapters.pdf.kinds.declarations.uk import INITIALS, uk_s9
from custody.adapters.pdf.kinds.declarations.us import us_902_13, us_902_14
from custody.domain.report.model import Jurisdiction, Report
from custody.errors import UsageError

__all__ = ["DECLARATIONS", "INITIALS", "declaration"]

DECLARATIONS: Final[Mapping[Jurisdiction, Callable[[Report], Blocks]]] = {
    "us-902-13": us_902_13,
    "us-902-14": us_902_14,
    "uk-s9": uk_s9,
    "in-63-4": in_63_4,
}


def declaration(report: Report) -> Blocks:
    """The draft for the report's jurisdiction. Raises UsageError where it names none."""
    if report.jurisdiction is None:
        raise UsageError(
            "a declaration is made for one jurisdiction, and none is named",
            f"name one: --jurisdiction {' | '.join(DECLARATIONS)}",
        )
    return DECLARATIONS[report.jurisdiction](report)
