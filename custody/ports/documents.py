"""What draws, signs and reads documents for people."""

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something about a signed document that is not as it should be: a stable code, and a sentence for people.

    The codes: `pdf-unsigned` (no signature), `pdf-changed` (not the bytes that were signed, or not by that key),
    `pdf-padding` (the unused rest of the signature is not empty), `pdf-added` (something after the signature that does
    not belong there), `pdf-signatures` (several), `pdf-certificate` (missing, another, or not for signing), `pdf-weak`
    (algorithms or keys not to be relied on), `pdf-structure` (not as our reports are built), `pdf-attachments` (they
    cannot be read, or two have one name).
    """

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class DocumentSignatory:
    """Whose certificate a document was signed with. Nothing here says that anybody vouches for that name.

    `key` is SubjectPublicKeyInfo (DER), `key_id` its SHA-256 (hexadecimal), `certificate` DER, `subject` RFC 4514.
    """

    key: bytes
    key_id: str
    certificate: bytes
    subject: str


@dataclass(frozen=True, slots=True)
class StampedDigest:
    """A time stamp token (DER), unverified, and the digest that it must be of, under the token's own algorithm."""

    token: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """A stranger's signed document, as far as it could be read and checked.

    `unsigned` is the revision before the signature and `first` the one with it; both begin the file. Without a
    signature of ours `unsigned` is the whole file and `first` is empty. `attachments` are those of `unsigned`, by name.
    `signatory` is None, and nothing is to be believed, unless the signature holds over all of `first`; `signed_at`
    (aware) is that person's claim. `stamp` is the signature's own (B-T), `archive` are the document time stamps
    (B-LTA) in their order, `material` the certificates and revocation lists (DER) kept for all of them. What is in
    `troubles` is everything that is not as it should be; empty means: signed, and as it was when it was signed.
    """

    unsigned: bytes
    first: bytes
    attachments: Mapping[str, bytes]
    signatory: DocumentSignatory | None
    signed_at: datetime | None
    stamp: StampedDigest | None
    archive: tuple[StampedDigest, ...]
    material: tuple[bytes, ...]
    troubles: tuple[Trouble, ...]


class DocumentReader(Protocol):
    """Reads and checks a signed document that a stranger gave."""

    def read(self, pdf: bytes) -> SignedDocument:
        """What it is and what is wrong with it. Takes time and memory in proportion to the file, whatever is in it.

        Raises FormatError for what is no PDF at all, or too long for one.
        """
        ...
