"""What draws, signs and reads documents for people."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from custody.domain.card import CheckpointCard
from custody.domain.handform import HandoverForm
from custody.domain.recovery import RecoverySheet
from custody.domain.report import Report
from custody.ports.keys import Signer

MAX_DOCUMENT: Final = 256 * 2**20  # bytes of a PDF that is read; ten thousand items with their record have half of it


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
    (aware), `said_name` and `said_reason` are that person's claims, which programs show. `stamp` is the signature's own
    (B-T), `archive` are the document time stamps (B-LTA) in their order, `material` the certificates and revocation
    lists (DER) kept for all of them. What is in
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
    said_name: str = ""
    said_reason: str = ""


class DocumentReader(Protocol):
    """Reads and checks a signed document that a stranger gave."""

    def read(self, pdf: bytes) -> SignedDocument:
        """What it is and what is wrong with it. Takes time and memory in proportion to the file, whatever is in it.

        Raises FormatError for what is no PDF at all, or too long for one.
        """
        ...
