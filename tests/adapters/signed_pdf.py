"""Small signed reports for tests, and updates of them written by hand, byte for byte. Asserts nothing."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pikepdf
from asn1crypto import keys
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime(2026, 11, 24, 3, 2, 1, tzinfo=UTC)
FILES = {"report.json": b'{"type":"custody-report/v1"}', "custody-record.json": b'{"type":"custody-record/v2"}' * 9}


def drawn(files: Mapping[str, bytes] = FILES, pages: int = 2) -> bytes:
    """A document with these attached files, as our own writer saves it: pages with a text, the first with a link."""
    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.add_blank_page()
    content = b"BT /F1 12 Tf (Integrity report) Tj ET"
    pdf.pages[0].Contents = pdf.make_stream(content)
    goal = pikepdf.Array([pdf.pages[-1].obj, pikepdf.Name.Fit])
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], Dest=goal)
    pdf.pages[0].Annots = pikepdf.Array([pdf.make_indirect(link)])
    for name, data in files.items():
        pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, data, filename=name, mime_type="application/json")
    return saved(pdf)


def saved(pdf: pikepdf.Pdf) -> bytes:
    """As our own writer saves it."""
    output = BytesIO()
    pdf.save(output, object_stream_mode=pikepdf.ObjectStreamMode.disable, deterministic_id=True)
    return output.getvalue()


def writer(pdf: bytes) -> Any:
    """What appends to this document, and leaves its metadata alone."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    class Writer(IncrementalPdfFileWriter):
        def _update_meta(self) -> None:
            pass

    return Writer(BytesIO(pdf))


def written(update: Any) -> bytes:
    """The document with the update."""
    output = BytesIO()
    update.write(output)
    return output.getvalue()


class Stamper:
    """An authority whose certificate and key are in memory: its tokens are real ones."""

    def __init__(self) -> None:
        key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example TSA")])
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        self.certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), 7, NOW - timedelta(days=1), NOW + timedelta(days=99))
            .add_extension(purpose, critical=True)
            .sign(key, SHA256())
            .public_bytes(Encoding.DER)
        )
        self._key = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def client(self) -> Any:
        """For pyHanko."""
        from pyhanko.sign.timestamps import DummyTimeStamper

        return DummyTimeStamper(
            asn1.Certificate.load(self.certificate), keys.PrivateKeyInfo.load(self._key), fixed_dt=NOW
        )

    def prolonged(self, signed: bytes) -> bytes:
        """With a security store and a document time stamp, each in a revision of its own (B-LTA)."""
        return self.stamped(self.stored(signed))

    def stored(self, signed: bytes) -> bytes:
        """With a security store."""
        from pyhanko.pdf_utils.reader import PdfFileReader
        from pyhanko.sign.validation.dss import DocumentSecurityStore

        signature = PdfFileReader(BytesIO(signed)).embedded_signatures[0]
        update = writer(signed)
        kept = [signature.signer_cert, asn1.Certificate.load(self.certificate)]
        DocumentSecurityStore.supply_dss_in_writer(update, signature.pkcs7_content, certs=kept, ocsps=(), crls=())
        return written(update)

    def stamped(self, pdf: bytes) -> bytes:
        """With a document time stamp."""
        from pyhanko.sign.signers import PdfTimeStamper

        output = BytesIO()
        stamper = PdfTimeStamper(self.client())
        asyncio.run(stamper.async_timestamp_pdf(writer(pdf), "sha256", output=output))
        return output.getvalue()


def appended(
    pdf: bytes, objects: Mapping[int, bytes], *, between: bytes = b"", after: bytes = b"", **trailer: Any
) -> bytes:
    """The document with an update of these objects, the table and trailer of which are right.

    `between` stands before the table, `after` at the end; `trailer` overrides what the trailer says.
    """
    from custody.formats.pdfrevisions import Document

    last = Document(pdf, len(pdf)).revisions[-1]
    body, offsets = b"", {}
    for number, value in objects.items():
        offsets[number] = len(pdf) + len(body)
        body += b"%d 0 obj\n%s\nendobj\n" % (number, value)
    body += between
    size = max(last.size, *(number + 1 for number in objects))
    lines = b"".join(b"%d 1\n%010d 00000 n \n" % (number, offsets[number]) for number in sorted(objects))
    root = Document(pdf, len(pdf)).root
    said = {"Root": b"%d 0 R" % root, "Size": b"%d" % size, "Prev": b"%d" % last.table} | trailer
    words = b" ".join(b"/%s %s" % (key.encode(), value) for key, value in said.items() if value)
    table = len(pdf) + len(body)
    return pdf + body + b"xref\n%strailer\n<< %s >>\nstartxref\n%d\n%%%%EOF\n" % (lines, words, table) + after


def body(pdf: bytes, number: int) -> bytes:
    """The newest text of an object, without its stream."""
    from custody.formats.pdfrevisions import Document

    document = Document(pdf, len(pdf))
    found = document.find(number, len(document.revisions) - 1)
    assert found is not None
    text = pdf[found.begin : found.end]
    return text[text.index(b"obj\n") + 4 : text.rindex(b"\nendobj")]
