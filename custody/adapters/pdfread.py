"""Reads a stranger's signed PDF and checks its signature. Trusts nobody, judges no time stamp, draws nothing.

Three things are looked at, each without a PDF library: which bytes are signed (formats/pdfsignature, cmssignature),
whether the document is built as ours are (pdfrevisions), and whether what each later revision adds can be seen
(pdfincrement). The signature's own revision is looked at in the same way as later ones: a signer could otherwise put
another first page over the one that the record bears out.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from custody.errors import FormatError, SignatureMismatch, VerificationError
from custody.formats.cmssignature import CertificateUnusable, SignedMessage, WeakAlgorithm, read_message, verify_message
from custody.formats.embedded import MAX_FILES, embedded_files
from custody.formats.pdfattachments import named_attachments, stream_content, text_string
from custody.formats.pdfincrement import Addition, examine, same
from custody.formats.pdfobjects import Name
from custody.formats.pdfrevisions import Document
from custody.formats.pdfsignature import Gap, find_gaps, looks_signed, signed_message
from custody.ports import MAX_DOCUMENT, DocumentSignatory, SignedDocument, StampedDigest, Trouble

MAX_TRIED = 4  # places that look like the first signature; each may cost as much time as the document has objects
MAX_SAID = 4096  # bytes of a name or reason in the signature
MAX_MATERIAL = 32  # certificates and revocation lists; formats/tokenvalidation looks at no more beside a token
MAX_STORE = 64 * 2**20  # bytes of all of these; a revocation list may have several million

# ISO 32000-2 section 7.9.4, in UTC as ours are.
_DATE = re.compile(rb"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:Z|[+-]00'00'?)")
# PDFDocEncoding (section D.2), as far as it is not Latin-1: our signer writes š and ž so.
_PDF_DOC = dict(
    zip((*range(0x18, 0x20), *range(0x80, 0x9F), 0xA0), "˘ˇˆ˙˝˛˚˜•†‡…—–ƒ⁄‹›−‰„“”‘’‚™ﬁﬂŁŒŠŸŽıłœšž€", strict=True)
)
# The two files of a report, where their names cannot be relied on: canonical JSON begins with what sorts first, so that
# the type is looked for as a whole member.
_TYPES = {b'"type":"custody-report/v1"': "report.json", b'"type":"custody-record/v2"': "custody-record.json"}


@dataclass(frozen=True, slots=True)
class PdfReader:
    """The port DocumentReader."""

    def read(self, pdf: bytes) -> SignedDocument:
        """See the port. Raises FormatError for what is no PDF, or for more than MAX_DOCUMENT bytes."""
        if not pdf.startswith(b"%PDF-"):
            raise FormatError(
                "this is no PDF, or something was put before its beginning", "ask for the file as it was made"
            )
        if len(pdf) > MAX_DOCUMENT:
            raise FormatError(f"a PDF of more than {MAX_DOCUMENT // 2**20} MiB, which no report is")
        return _Reading(pdf).result()


@dataclass(slots=True)
class _Found:
    """What is known so far."""

    first: bytes = b""
    unsigned: bytes = b""
    attachments: Mapping[str, bytes] = field(default_factory=dict)
    message: SignedMessage | None = None
    signed_at: datetime | None = None
    said: tuple[str, str] = ("", "")
    stamp: StampedDigest | None = None
    archive: list[StampedDigest] = field(default_factory=list)
    material: dict[bytes, None] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)


class _Reading:
    def __init__(self, pdf: bytes) -> None:
        self._pdf = pdf
        self._found = _Found(unsigned=pdf)
        self._gaps: tuple[Gap, ...] = ()

    def result(self) -> SignedDocument:
        """Every check is made that can be made, so that a person sees all that is wrong and not the first of it."""
        found = self._found
        gap, document = self._choose()
        if gap is None:
            self._attachments(self._whole(), found.unsigned)
        else:
            found.first = self._pdf[: gap.stop] if gap.stop < len(self._pdf) else self._pdf
            believed = self._signature(gap)
            if document is not None:
                found.unsigned = self._pdf[: document.revisions[0].end]
                self._own(document, gap)
            self._attachments(document, found.first)
            self._later(document, gap)
            if not believed:
                found.message = None
        signatory = None if found.message is None else _signatory(found.message)
        return SignedDocument(
            unsigned=found.unsigned,
            first=found.first,
            attachments=found.attachments,
            signatory=signatory,
            signed_at=found.signed_at,
            stamp=found.stamp,
            archive=tuple(found.archive),
            material=tuple(found.material),
            troubles=tuple(dict.fromkeys(found.troubles)),
            said_name=found.said[0],
            said_reason=found.said[1],
        )

    def _say(self, code: str, message: str) -> None:
        self._found.troubles.append(Trouble(code, message))

    def _choose(self) -> tuple[Gap | None, Document | None]:
        """The first signature, and the document up to it; a text in a note can look like a signature, and is none."""
        try:
            self._gaps = find_gaps(self._pdf)
        except FormatError as error:
            self._say("pdf-structure", _sentence(error))
            return None, None
        reason: FormatError | None = None
        for gap in self._gaps[:MAX_TRIED]:
            try:
                document = Document(self._pdf, gap.stop)
                if len(document.revisions) == 2:
                    return gap, document
            except FormatError as error:
                reason = reason or error
        if self._gaps:
            self._say("pdf-structure", _sentence(reason) if reason else "The PDF was changed before it was signed.")
            return self._gaps[0], None
        if looks_signed(self._pdf):
            self._say(
                "pdf-structure",
                "The PDF has a signature that is damaged, cut short, or was not made by custody.",
            )
        else:
            self._say("pdf-unsigned", "The PDF has no signature. Printing or saving it with another program loses it.")
        return None, None

    def _whole(self) -> Document | None:
        try:
            document = Document(self._pdf, len(self._pdf))
        except FormatError:
            return None
        return document if len(document.revisions) == 1 else None

    def _signature(self, gap: Gap) -> bool:
        """Whether the signature holds over the bytes that it is of."""
        try:
            der, padded = signed_message(gap.contents)
            if not padded:
                self._say("pdf-padding", "The room that is left after the signature was filled with something.")
            message = self._found.message = read_message(der)
            verify_message(message, gap.covered(self._pdf))
        except WeakAlgorithm as error:
            self._say("pdf-weak", _sentence(error))
        except CertificateUnusable as error:
            self._say("pdf-certificate", _sentence(error))
        except SignatureMismatch as error:
            self._say("pdf-changed", _sentence(error))
        except (FormatError, VerificationError) as error:
            self._say("pdf-changed", f"{_sentence(error)} It was changed, or made by another program.")
        else:
            if message.token is not None:
                self._found.stamp = _stamped(message.token, (memoryview(message.signature),))
            return True
        return False

    def _own(self, document: Document, gap: Gap) -> None:
        """That the revision with the signature adds the signature, and nothing that can be seen."""
        try:
            addition = examine(document, 1)
            self._matches(addition, gap, b"Sig", b"ETSI.CAdES.detached")
            assert addition.signature is not None
            self._found.signed_at = _moment(addition.signature.get(b"M"))
            self._found.said = _said(addition.signature.get(b"Name")), _said(addition.signature.get(b"Reason"))
            if addition.streams:
                raise FormatError("the security store came with the signature")
        except FormatError as error:
            self._say("pdf-structure", f"With the signature, something else was put in: {_sentence(error)}")

    def _matches(self, addition: Addition, gap: Gap, kind: bytes, form: bytes) -> None:
        """That the object which the form of the document leads to is the one whose bytes were looked at."""
        signature, place = addition.signature, addition.place
        if signature is None or place is None:
            raise FormatError("no signature of the document's form is there")
        if not (place.begin < gap.begin < gap.end < place.end and signature.get(b"Contents") == gap.contents):
            raise FormatError("the signature is not the one of the document's form")
        if not same(signature.get(b"Type"), Name(kind)) or not same(signature.get(b"SubFilter"), Name(form)):
            raise FormatError("a signature of another kind than a report has")

    def _later(self, document: Document | None, gap: Gap) -> None:
        """What follows the signature: nothing, or what prolongs its life (EN 319 142-1 section 5.5)."""
        pdf = self._pdf
        if gap.stop == len(pdf):
            return
        if any(self._is_signature(later) for later in self._gaps if later.begin > gap.stop):
            self._say("pdf-signatures", "The PDF was signed again after its first signature.")
        try:
            whole = Document(pdf, len(pdf))
            if document is None or whole.revisions[: len(document.revisions)] != document.revisions:
                raise FormatError("what follows the signature does not carry on the signed document")
            for index in range(2, len(whole.revisions)):
                stamped = self._prolonged(whole, index)
            if not stamped:
                raise FormatError("what was added last is under no time stamp")
        except FormatError as error:
            self._say("pdf-added", f"Something was added after the PDF was signed: {_sentence(error)}")

    def _is_signature(self, gap: Gap) -> bool:
        return b"/Type /Sig\n" in self._pdf[gap.end : gap.end + 256]

    def _prolonged(self, document: Document, index: int) -> bool:
        """Whether this revision has a document time stamp. Who made it, and when, is judged elsewhere."""
        from custody.formats.timestamp import parse_token

        addition = examine(document, index)
        self._keep(document, addition)
        if addition.signature is None:
            return False
        gap = next((gap for gap in self._gaps if gap.stop == document.revisions[index].end), None)
        if gap is None:
            raise FormatError("a document time stamp that is not over the whole document")
        self._matches(addition, gap, b"DocTimeStamp", b"ETSI.RFC3161")
        token, padded = signed_message(gap.contents)
        if not padded:
            raise FormatError("the room that is left after a time stamp was filled with something")
        stamped = _stamped(token, gap.covered(self._pdf))
        if parse_token(token).imprint != stamped.digest:
            raise FormatError("the PDF was changed after it was stamped")
        self._found.archive.append(stamped)
        return True

    def _keep(self, document: Document, addition: Addition) -> None:
        """Certificates and revocation lists, which must be such: not the missing part of a page."""
        from custody.formats.certificates import read_certificate
        from custody.formats.revocation import read_crl

        left = MAX_STORE
        for stream in addition.streams:
            content = stream_content(document, stream, left)
            if content is None:
                raise FormatError("the security store holds far too much")
            left -= len(content)
            try:
                read_crl(content)
            except FormatError:
                read_certificate(content)
            self._found.material[content] = None
        if len(self._found.material) > MAX_MATERIAL:
            raise FormatError(f"the security store holds more than {MAX_MATERIAL} certificates and lists")

    def _attachments(self, document: Document | None, unsigned: bytes) -> None:
        """By name; in a PDF that another program wrote anew by what they are, so that the record can be checked."""
        found = self._found
        try:
            if document is not None:
                found.attachments = named_attachments(document, 0)
                return
            found.attachments = _by_content(embedded_files(unsigned))
        except FormatError as error:
            self._say("pdf-attachments", f"The attached files cannot be relied on: {_sentence(error)}")


def _stamped(token: bytes, covered: tuple[memoryview, ...]) -> StampedDigest:
    from custody.formats.timestamp import parse_token
    from custody.formats.timestamptoken import IMPRINTS

    try:
        algorithm = parse_token(token).imprint_algorithm
    except FormatError:
        algorithm = "sha256"  # whoever judges the token says what is wrong with it
    digest = hashlib.new(algorithm if algorithm in IMPRINTS else "sha256")
    for part in covered:
        digest.update(part)
    return StampedDigest(token, digest.digest())


def _by_content(files: tuple[bytes, ...]) -> dict[str, bytes]:
    named: dict[str, bytes] = {}
    for content in files[:MAX_FILES]:
        for mark, name in _TYPES.items():
            if mark in content and content.startswith(b"{"):
                if name in named:
                    raise FormatError(f"two files could be {name}")
                named[name] = content
    return named


def _signatory(message: SignedMessage) -> DocumentSignatory:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from custody.formats.certificates import read_certificate, subject

    certificate = read_certificate(message.certificate)
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return DocumentSignatory(key, hashlib.sha256(key).hexdigest(), message.certificate, subject(message.certificate))


def _moment(value: object) -> datetime | None:
    """When the signer says that it was; None for what cannot be read, as it is only a claim."""
    match = _DATE.fullmatch(value) if isinstance(value, bytes) else None
    if match is None:
        return None
    try:
        return datetime(*map(int, match.groups()), tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError:
        return None


def _said(value: object) -> str:
    """A text string of the signature (ISO 32000-2 section 7.9.2.2), "" for none; one that is none is in the way."""
    if value is None:
        return ""
    if not isinstance(value, bytes) or isinstance(value, Name) or len(value) > MAX_SAID:
        raise FormatError("the signature has a name or reason that is no text")
    if value.startswith((b"\xfe\xff", b"\xef\xbb\xbf")):
        return text_string(value)
    return value.decode("latin-1").translate(_PDF_DOC)


def _sentence(error: Exception) -> str:
    """An error's message as a sentence."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
