"""Draws reports, forms, sheets and cards as tagged PDF. Judges and signs nothing, interprets no markup."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from custody.domain.card import CheckpointCard
from custody.domain.handform import HandoverForm
from custody.domain.recovery import RecoverySheet
from custody.domain.report import Report
from custody.domain.wording import capital
from custody.formats.encoding import parse_time
from custody.ports import Attachment

CARD_ATTACHMENT = "checkpoint.txt"


class Archive(Protocol):
    """Makes a drawn PDF one for archives, with files attached: `custody.adapters.pdfa.make_pdfa`."""

    def __call__(self, pdf: bytes, attachments: Mapping[str, Attachment], *, now: datetime) -> bytes: ...


@dataclass(frozen=True, slots=True)
class PdfReport:
    """The port ReportWriter: a tagged PDF/A, every typeface embedded, the same bytes for the same values."""

    archive: Archive

    def draw(self, report: Report, attachments: Mapping[str, bytes]) -> bytes:
        """The document without signature, with these files (name and JSON) in it.

        Raises StorageError when the typefaces cannot be loaded, FormatError for text that none of them has, and what
        `archive` raises.
        """
        from custody.adapters.pdf.kinds import about, contents
        from custody.adapters.pdf.setting import typeset

        what = {one.name: capital(one.what) for one in report.attached}
        files = {name: Attachment(data, "application/json", what.get(name, name)) for name, data in attachments.items()}
        return self.archive(typeset(contents(report), about(report)), files, now=parse_time(report.generated_at))


class PdfForm:
    """The port FormWriter: A4, one page for few items, the same bytes for the same form."""

    def draw(self, form: HandoverForm) -> bytes:
        """The form as a PDF to be printed.

        Raises StorageError when the typefaces cannot be loaded, FormatError for a script that no face here has.
        """
        from custody.adapters.pdf.handover import draw_form

        return draw_form(form)


class PdfRecoverySheet:
    """The port SheetWriter: A4, one page for a key as it usually is."""

    def draw(self, sheet: RecoverySheet) -> bytes:
        """The sheet as a PDF to be printed.

        Raises StorageError when the typefaces cannot be loaded, FormatError for a script that no face here has.
        """
        from custody.adapters.pdf.recovery import draw_sheet

        return draw_sheet(sheet)


@dataclass(frozen=True, slots=True)
class PdfCard:
    """The port CardWriter: the upper half of an A4 page. `attach` embeds files (name and text) into a PDF."""

    attach: Callable[[bytes, dict[str, bytes]], bytes]

    def draw(self, card: CheckpointCard) -> bytes:
        """The card as a PDF, the signed note attached. Raises StorageError when the typefaces cannot be loaded."""
        from custody.adapters.pdf.card import draw_card

        return self.attach(draw_card(card), {CARD_ATTACHMENT: card.note})
