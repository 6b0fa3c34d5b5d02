"""What draws and signs documents for people."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from custody.domain.card import CheckpointCard
from custody.domain.handform import HandoverForm
from custody.domain.recovery import RecoverySheet
from custody.domain.report import Report
from custody.ports.keys import Signer


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a PDF: its bytes, media type (RFC 6838: "application/json"), and what it is, for people."""

    data: bytes
    media_type: str
    what: str


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

    def draw(self, report: Report, attachments: Mapping[str, bytes]) -> bytes:
        """The report as a PDF without signature, with these files (name and bytes) in it: the same bytes for the same
        values.
        """
        ...


class DocumentSigner(Protocol):
    """Signs PDFs (PAdES, ETSI EN 319 142-1), each time by appending: what was signed is the beginning of the result."""

    def sign(
        self,
        pdf: bytes,
        *,
        signer: Signer,
        name: str,
        reason: str,
        now: datetime,
        stamp: Callable[[bytes], bytes] | None,
    ) -> bytes:
        """The PDF signed by `signer`: B-T with `stamp`, else B-B.

        `stamp` gives for a SHA-256 digest the whole reply of an authority (RFC 3161); what it raises is raised.
        """
        ...

    def prolong(
        self,
        pdf: bytes,
        *,
        stamp: Callable[[bytes], bytes],
        certificates: Sequence[bytes],
        revocation_lists: Sequence[bytes],
    ) -> bytes:
        """The signed PDF with these (DER) in it under a stamp on the whole: B-LTA. Nothing is fetched."""
        ...
