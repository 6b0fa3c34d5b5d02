"""Signs a PDF and attaches files to it, with pyHanko. Draws nothing, checks no signature, and uses no network.

PAdES baseline B-B (ETSI EN 319 142-1 section 6): the signing time is the maker's own claim, there is no time stamp.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from custody.errors import FormatError, SigningError

if TYPE_CHECKING:
    from asn1crypto.x509 import Certificate
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    from custody.ports import Signer

FIELD = "Signature1"
REASON = "Integrity report"
RECORD = ("application/json", "The signed record that this report was made from")
NOTE = ("text/plain", "The signed checkpoint that this page states")
# Two INTEGERs of up to 33 bytes with their headers, in a SEQUENCE (X.690 section 8.3, RFC 3279 section 2.2.3).
MAX_DER = 72


@dataclass(frozen=True, slots=True)
class PadesSigner:
    """The port DocumentSigner."""

    def sign(self, pdf: bytes, *, signer: "Signer", name: str, now: datetime, attachments: dict[str, bytes]) -> bytes:
        """`pdf` with the attachments (file name and JSON bytes) and a signature over all of it, appended to `pdf`.

        `name` and `now` (aware) are what the signature says of the signer and of the time; both are claims.
        Raises FormatError when `pdf` cannot be read as a PDF, SigningError when it cannot be signed.
        """
        from pyhanko.pdf_utils.misc import PdfError

        writer = _writer(pdf)
        try:
            for file, data in attachments.items():
                _attach(writer, file, data, now, RECORD)
            signed = _signed(writer, signer, name, now)
        except (PdfError, ValueError) as error:  # pyHanko's SigningError is a ValueError
            raise SigningError(
                f"the report cannot be signed with key {signer.public.key_id[:8]}: {error}",
                'look at the key with "custody key show", and make the report again',
            ) from error
        # An incremental update leaves the drawn document as it is; a verifier may hash it up to here.
        if not signed.startswith(pdf):
            raise SigningError(
                "the signed report does not begin with the report that was drawn", "make the report again"
            )
        return signed


def attach_notes(pdf: bytes, files: dict[str, bytes]) -> bytes:
    """`pdf` with these texts (file name and bytes) embedded and nothing signed: the same bytes for the same values.

    Raises FormatError when `pdf` cannot be read as a PDF.
    """
    from pyhanko.pdf_utils.generic import ArrayObject, ByteStringObject

    writer = _writer(pdf)
    for file, data in files.items():
        _attach(writer, file, data, None, NOTE)
    # Of the two ids of a document (ISO 32000-2 section 14.4), pyHanko makes the second one up.
    first, _ = writer._document_id
    digest = hashlib.sha256(b"".join((pdf, *files.values()))).digest()[: len(first)]
    writer._document_id = ArrayObject([first, ByteStringObject(digest)])
    output = BytesIO()
    writer.write(output)  # type: ignore[no-untyped-call]
    return output.getvalue()


def _writer(pdf: bytes) -> "IncrementalPdfFileWriter":
    """What appends to this document. Raises FormatError when it cannot be read as a PDF."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.misc import PdfError

    class Writer(IncrementalPdfFileWriter):
        """Leaves the document's own metadata alone: pyHanko would date it by the computer's clock and zone."""

        def _update_meta(self) -> None:
            pass

    try:
        return Writer(BytesIO(pdf))
    except (PdfError, ValueError) as error:
        raise FormatError(
            f"the document cannot be signed, because it is no readable PDF: {error}", "make the report again"
        ) from error


@contextmanager
def _zone_named(name: str) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = name
    try:
        yield
    finally:
        del os.environ["TZ"]
        if before is not None:
            os.environ["TZ"] = before


def _attach(
    writer: "IncrementalPdfFileWriter", name: str, data: bytes, now: datetime | None, what: tuple[str, str]
) -> None:
    """Embed a file (ISO 32000-2 section 7.11.4), bound to the document as its data (section 14.13).

    `what` is its media type and description; without `now` it has no date.
    """
    from pyhanko.pdf_utils import embed, generic

    media_type, description = what
    params = embed.EmbeddedFileParams(creation_date=now, modification_date=now)
    stream = embed.EmbeddedFileObject.from_file_data(writer, data, params=params, mime_type=media_type)
    spec = embed.FileSpec(
        file_spec_string=name,
        file_name=name,
        embedded_data=stream,
        description=description,
        af_relationship=generic.pdf_name("/Data"),
    )
    embed.embed_file(writer, spec)


def _signed(writer: "IncrementalPdfFileWriter", signer: "Signer", name: str, now: datetime) -> bytes:
    """All bytes of the signed document."""
    from asn1crypto.x509 import Certificate
    from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
    from pyhanko.sign.signers import pdf_cms, pdf_signer

    from custody.formats.signature import der_from_raw

    class KeySigner(pdf_cms.Signer):
        """Lets the key behind our port sign; the key itself stays where it is."""

        def __init__(self, certificate: "Certificate") -> None:
            super().__init__(signing_cert=certificate, embed_roots=False)

        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
            """A DER signature of `data`; in a dry run only as many bytes as one may take."""
            if digest_algorithm != "sha256":
                raise ValueError(f"the key signs with SHA-256, not with {digest_algorithm}")
            return bytes(MAX_DER) if dry_run else der_from_raw(signer.sign(data))

    class DatedSigner(pdf_signer.PdfSigner):
        """Dates the signature `now`: pyHanko would read the computer's clock itself."""

        def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:
            with _zone_named("UTC"):  # pyHanko looks for the computer's, and gives up on one that has no name
                session = super().init_signing_session(*args, **kwargs)
            session.system_time = now
            return session

    metadata = pdf_signer.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        name=name,
        reason=REASON,
        subfilter=SigSeedSubFilter.PADES,
    )
    output = BytesIO()
    DatedSigner(
        metadata,
        KeySigner(Certificate.load(signer.public.certificate, strict=True)),
        new_field_spec=SigFieldSpec(FIELD),
    ).sign_pdf(writer, output=output)
    return output.getvalue()
