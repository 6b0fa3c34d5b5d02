"""Draws reports, forms, sheets and cards as PDF with ReportLab. Judges and signs nothing, interprets no markup."""

from collections.abc import Callable
from dataclasses import dataclass

from custody.domain.card import CheckpointCard
from custody.domain.handform import HandoverForm
from custody.domain.recovery import RecoverySheet
from custody.domain.report import Report

CARD_ATTACHMENT = "checkpoint.txt"


class PdfReport:
    """The port ReportWriter: A4, every typeface embedded, the same bytes for the same report."""

    def draw(self, report: Report) -> bytes:
        """The report as a PDF without signature (ISO 32000-1).

        Raises StorageError when the typefaces cannot be loaded.
        """
        from custody.adapters.pdf.contents import HEADINGS, contents
        from custody.adapters.pdf.document import build

        return build(report, contents(report), HEADINGS)


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
        """The sheet as a PDF to be printed. Raises StorageError when the typefaces cannot be loaded."""
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
