"""Small signed reports for tests, and updates of them written by hand, byte for byte. Asserts nothing."""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pikepdf
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from custody.adapters.pades import PadesSigner
from custody.formats.pdfrevisions import Document
from custody.formats.signature import P256_ORDER, der_from_raw, raw_from_der
from custody.formats.timestamp import timestamp_request
from custody.ports import Signer

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


def sign(pdf: bytes, signer: Signer, stamp: Callable[[bytes], bytes] | None = None) -> bytes:
    """Signed by our own signer: B-B, or B-T with a stamp."""
    return PadesSigner().sign(pdf, signer=signer, name="Jana Dvořáková", reason="Report", now=NOW, stamp=stamp)


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
    """An authority whose certificate and key are in memory: its tokens are real ones. Call it to stamp a digest."""

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

    def __call__(self, digest: bytes) -> bytes:
        from asn1crypto import tsp

        request = tsp.TimeStampReq.load(timestamp_request(digest, nonce=7))
        reply: bytes = self._client().request_tsa_response(request).dump()
        return reply

    def _client(self) -> Any:
        from asn1crypto import keys
        from asn1crypto import x509 as asn1
        from pyhanko.sign.timestamps import DummyTimeStamper

        own = asn1.Certificate.load(self.certificate), keys.PrivateKeyInfo.load(self._key)
        return DummyTimeStamper(*own, fixed_dt=NOW)

    def stamped(self, pdf: bytes) -> bytes:
        """With a document time stamp and nothing else."""
        from pyhanko.sign.signers import PdfTimeStamper

        output = BytesIO()
        PdfTimeStamper(self._client(), field_name="Only").timestamp_pdf(writer(pdf), "sha256", output=output)
        return output.getvalue()

    def prolonged(self, signed: bytes, *certificates: bytes) -> bytes:
        """With these certificates and a document time stamp (B-LTA)."""
        kept = [self.certificate, *certificates]
        return PadesSigner().prolong(signed, stamp=self, certificates=kept, revocation_lists=[])


def appended(
    pdf: bytes, objects: Mapping[int, bytes], *, between: bytes = b"", after: bytes = b"", **trailer: Any
) -> bytes:
    """The document with an update of these objects, the table and trailer of which are right.

    `between` stands before the table, `after` at the end; `trailer` overrides what the trailer says.
    """
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
    document = Document(pdf, len(pdf))
    found = document.find(number, len(document.revisions) - 1)
    assert found is not None
    text = pdf[found.begin : found.end]
    return text[text.index(b"obj\n") + 4 : text.rindex(b"\nendobj")]


class Key:
    """A key of any kind with a certificate of its own, which signs PDFs by hand: what no signer of ours would write."""

    def __init__(self, key: Any, *, usage: bool = True) -> None:
        self.key = key
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Somebody")])
        may_sign = x509.KeyUsage(usage, False, not usage, False, False, False, False, False, False)
        self.certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), 9, NOW - timedelta(days=1), NOW + timedelta(days=99))
            .add_extension(may_sign, critical=True)
            .sign(key, SHA256())
            .public_bytes(Encoding.DER)
        )

    def message(self, covered: bytes, digest: str = "sha256", **changes: Any) -> bytes:
        """The CMS message over these bytes, with these members of its SignedData or SignerInfo changed."""
        from asn1crypto import cms, tsp
        from asn1crypto import x509 as asn1

        own = asn1.Certificate.load(changes.pop("named", self.certificate))
        kinds: dict[str, HashAlgorithm] = {
            "sha1": SHA1(),
            "sha256": SHA256(),
            "sha384": SHA384(),
            "sha512": SHA512(),
        }
        kind = kinds[digest]
        ess = tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(own.dump()).digest()}]})
        values = {
            "content_type": "data",
            "message_digest": hashlib.new(digest, covered).digest(),
            "signing_certificate_v2": ess,
        }
        attributes = cms.CMSAttributes([{"type": name, "values": [value]} for name, value in values.items()])
        if isinstance(self.key, rsa.RSAPrivateKey):
            signature, name = self.key.sign(attributes.dump(), padding.PKCS1v15(), kind), "rsa"
        else:
            signature, name = self.key.sign(attributes.dump(), ec.ECDSA(kind)), "ecdsa"
            if self.key.curve.name == "secp256r1":
                raw = raw_from_der(signature)
                s = int.from_bytes(raw[32:])
                signature = der_from_raw(raw[:32] + min(s, P256_ORDER - s).to_bytes(32))
        info = {
            "version": "v1",
            "sid": {"issuer_and_serial_number": {"issuer": own.issuer, "serial_number": own.serial_number}},
            "digest_algorithm": {"algorithm": digest},
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": f"{digest}_{name}"},
            "signature": signature,
        }
        data = {
            "version": "v1",
            "digest_algorithms": [{"algorithm": digest}],
            "encap_content_info": {"content_type": "data"},
            "certificates": [asn1.Certificate.load(self.certificate)],
        }
        for member, value in changes.items():
            (info if member in info or member == "unsigned_attrs" else data)[member] = value
        signed = cms.SignedData(data | {"signer_infos": [info]})
        der: bytes = cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()
        return der

    def sign(self, pdf: bytes, replaced: Callable[[dict[int, bytes]], None] = lambda _: None, **changes: Any) -> bytes:
        """`pdf` with a signature as our own signer writes it, but for what `replaced` does to the objects added."""
        document = Document(pdf, len(pdf))
        size, page = document.revisions[0].size, first_page(pdf)
        form, field, signature = size, size + 1, size + 2
        annotated = re.sub(rb"/Annots \[ ([^]]*)\]", rb"/Annots [ \1 %d 0 R ]" % field, body(pdf, page))
        objects = {
            document.root: body(pdf, document.root).replace(b"<<", b"<< /AcroForm %d 0 R" % form, 1),
            page: annotated,
            form: b"<< /Fields [ %d 0 R ] /SigFlags 3 >>" % field,
            field: b"<< /FT /Sig /T (Signature1) /Type /Annot /Subtype /Widget /F 132 /Rect [ 0 0 0 0 ] "
            b"/P %d 0 R /V %d 0 R >>" % (page, signature),
            signature: b"<<\n/Contents <%s>\n/ByteRange [0 0 0 0]%s\n/Type /Sig\n/Filter /Adobe.PPKLite\n"
            b"/SubFilter /ETSI.CAdES.detached\n/M (D:20261124030201Z)\n>>" % (b"00" * 4096, b" " * 40),
        }
        replaced(objects)
        made = appended(pdf, objects)
        begin = made.index(b"/Contents <00") + 10
        end = made.index(b">", begin) + 1
        numbers = b"[0 %d %d %d]" % (begin, end, len(made) - end)
        made = made.replace(b"[0 0 0 0]" + b" " * 40, numbers.ljust(49))
        text = self.message(made[:begin] + made[end:], **changes).hex().upper().encode()
        return made[: begin + 1] + text.ljust(end - begin - 2, b"0") + made[end - 1 :]


def first_page(pdf: bytes) -> int:
    """The number of an object that is a page with annotations."""
    for number in range(1, Document(pdf, len(pdf)).revisions[0].size):
        found = body(pdf, number)
        if b"/Type /Page " in found and b"/Annots" in found:
            return number
    raise AssertionError("no page")
