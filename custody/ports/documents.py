"""What draws and signs documents for people."""

from datetime import datetime
from typing import Protocol

from custody.domain.card import CheckpointCard
from custody.domain.handform import HandoverForm
from custody.domain.recovery import RecoverySheet
from custody.domain.report import Report
from custody.ports.keys import Signer


class SheetWriter(Protocol):
    """Draws recovery sheets of keys."""

    def draw(self, sheet: RecoverySheet) -> bytes:
        """The sheet as a PDF to be printed."""
        ...


class CardWriter(Protocol):
    """Draws checkpoint cards."""

    def draw(self, card: CheckpointCard) -> bytes:
        """The card as a PDF to be printed, with its signed note attached: the same bytes for the same card."""
        ...


class FormWriter(Protocol):
    """Draws the form of a hand-over on paper."""

    def draw(self, form: HandoverForm) -> bytes:
        """The form as a PDF to be printed: the same bytes for the same form."""
        ...


class ReportWriter(Protocol):
    """Draws a report."""

    def draw(self, report: Report) -> bytes:
        """The report as a PDF without signature."""
        ...


class DocumentSigner(Protocol):
    """Signs PDFs."""

    def sign(self, pdf: bytes, *, signer: Signer, name: str, now: datetime, attachments: dict[str, bytes]) -> bytes:
        """The PDF with the attachments embedded and a PAdES signature (ETSI EN 319 142-1, B-B) by `signer`."""
        ...
