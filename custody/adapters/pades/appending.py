"""Opens a PDF to append to it, and embeds files in one that is not signed. Signs nothing.

What was there stays byte for byte (ISO 32000-1 section 7.5.6).
"""

import hashlib
from io import BytesIO
from typing import TYPE_CHECKING, Any

from custody.errors import FormatError

if TYPE_CHECKING:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

NOTE = ("text/plain", "The signed checkpoint that this page states")
MAX_SIGNATURES = 64  # in one document; each prolonging adds one, every few years


def open_to_append(pdf: bytes) -> "IncrementalPdfFileWriter":
    """What appends to this document. Raises FormatError when it cannot be read as a PDF."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.signers.constants import ESIC_EXTENSION_1

    from custody.formats.chains import TROUBLE

    class Writer(IncrementalPdfFileWriter):
        """Leaves the document's own metadata alone: pyHanko would date it by the computer's clock and zone.

        And its version: PDF/A-3 is PDF 1.7 (ISO 19005-3 section 6.1.2), to which PAdES is an extension (ETSI EN 319
        142-1 section 5.6), while pyHanko would declare PDF 2.0 and its extensions.
        """

        def _update_meta(self) -> None:
            pass

        def ensure_output_version(self, version: tuple[int, int]) -> None:
            pass

        def register_extension(self, ext: Any) -> None:
            if ext is ESIC_EXTENSION_1:
                super().register_extension(ext)

    try:
        return Writer(BytesIO(pdf))
    except (PdfError, *TROUBLE) as error:
        raise unreadable(error) from error


def count_signatures(pdf: bytes) -> int:
    """How many signatures and stamps are in it. Raises FormatError when there are none or far too many."""
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader

    from custody.formats.chains import TROUBLE

    try:
        count = len(PdfFileReader(BytesIO(pdf)).embedded_signatures)
    except (PdfError, *TROUBLE) as error:
        raise unreadable(error) from error
    if count == 0:
        raise FormatError("a document without signature cannot be prolonged", "sign it first")
    if count >= MAX_SIGNATURES:
        raise FormatError(f"the document has {count} signatures already; no more than {MAX_SIGNATURES} are made")
    return count


def unreadable(error: Exception) -> FormatError:
    return FormatError(
        f"the document cannot be signed, because it is no readable PDF: {error}", "make the report again"
    )


def attach_notes(pdf: bytes, files: dict[str, bytes]) -> bytes:
    """`pdf` with these texts (file name and bytes) embedded and nothing signed: the same bytes for the same values.

    Raises FormatError when `pdf` cannot be read as a PDF.
    """
    from pyhanko.pdf_utils.generic import ArrayObject, ByteStringObject

    writer = open_to_append(pdf)
    for file, data in files.items():
        _attach(writer, file, data)
    # Of the two ids of a document (ISO 32000-2 section 14.4), pyHanko makes the second one up.
    first, _ = writer._document_id
    digest = hashlib.sha256(b"".join((pdf, *files.values()))).digest()[: len(first)]
    writer._document_id = ArrayObject([first, ByteStringObject(digest)])
    output = BytesIO()
    writer.write(output)  # type: ignore[no-untyped-call]
    return output.getvalue()


def _attach(writer: "IncrementalPdfFileWriter", name: str, data: bytes) -> None:
    """Embed a file (ISO 32000-2 section 7.11.4) without a date, bound to the document as its data (section 14.13)."""
    from pyhanko.pdf_utils import embed, generic

    media_type, description = NOTE
    params = embed.EmbeddedFileParams()
    stream = embed.EmbeddedFileObject.from_file_data(writer, data, params=params, mime_type=media_type)
    spec = embed.FileSpec(
        file_spec_string=name,
        file_name=name,
        embedded_data=stream,
        description=description,
        af_relationship=generic.pdf_name("/Data"),
    )
    embed.embed_file(writer, spec)
