"""Makes a drawn PDF one for archives, PDF/A-3b (ISO 19005-3), with files attached. Draws nothing, signs nothing.

pikepdf's validator approves every document before anybody gets it; what it does not know it does not approve. Level B
is what is claimed: tags and text help a reader, and nothing here checks them.
"""

import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from custody.errors import FormatError

if TYPE_CHECKING:
    import pikepdf

    from custody.ports import Attachment

FLAVOUR = "3b"
# PAdES needs 1.7 (ETSI EN 319 142-1 section 5.1), PDF/A-3 allows no more (ISO 19005-3 section 6.1.2).
VERSION = "1.7"
MAX_ATTACHMENTS = 64  # a report has two, and a card one
MAX_NAME = 127  # bytes of a name object (ISO 19005-3 section 6.1.13); file names in reports are short
MAX_FINDINGS = 3  # that a message names: one bad page has hundreds of the same


def make_pdfa(pdf: bytes, attachments: "Mapping[str, Attachment]", *, now: datetime) -> bytes:
    """`pdf` as PDF/A-3b with these files (by file name) associated with it as its data; the same bytes for the same.

    `now` (aware) becomes every date in it; everything else that its Info dictionary says is kept, and said in XMP too.
    Objects stand one by one behind a cross-reference table, so that a simple reader is enough.

    Raises FormatError when `pdf` cannot be read, or is not approved: a glyph that a typeface lacks, a typeface or
    colour that is not embedded, an action, a date or name that cannot be written. Nothing is made then.
    """
    import pikepdf
    from pikepdf import pdfa

    if len(attachments) > MAX_ATTACHMENTS:
        raise FormatError(f"{len(attachments)} files to attach; at most {MAX_ATTACHMENTS} are")
    output = BytesIO()
    try:
        with warnings.catch_warnings(), pikepdf.open(BytesIO(pdf), attempt_recovery=False) as document:
            # qpdf mends what it can and only warns; what we drew ourselves needs no mending.
            warnings.simplefilter("error")
            producer = f"{document.docinfo.get('/Producer', 'custody')}, pikepdf {pikepdf.__version__}"
            _tidy_pages(document)
            for name, attachment in attachments.items():
                _attach(document, name, attachment, now)
            _date(document, now)
            pdfa.prepare(document, FLAVOUR)
            _describe(document, now, producer)
            # Not pdfa.save: it would leave what the report says in a temporary file on the disk for a while.
            document.save(output, **_saving())
    except (pikepdf.PdfError, ValueError, UserWarning) as error:
        raise FormatError(f"the document cannot be read as a PDF: {error}", "make it again") from error
    found = pdfa.validate_written(output, FLAVOUR)
    if found.verdict != "pass":
        raise FormatError(
            f"the document is no PDF/A-3b and was not written: {_findings(found)}",
            "if a character is missing, install a typeface that has it; else this is a fault of custody: report it",
        )
    return output.getvalue()


def _saving() -> dict[str, Any]:
    """How pikepdf writes PDF/A, in the simplest form that a PDF has."""
    import pikepdf
    from pikepdf import pdfa

    return pdfa.resolve_save_kwargs(
        FLAVOUR,
        deterministic_id=True,
        min_version=VERSION,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
    )


def _findings(report: "pikepdf.pdfa.Report") -> str:
    """The first few kinds of trouble in one line: where, and what."""
    kinds = {finding.message: finding for finding in reversed(report.findings)}
    named = [f"{one.message} ({one.where})" for one in reversed(kinds.values())]
    more = f"; and {len(named) - MAX_FINDINGS} more" if len(named) > MAX_FINDINGS else ""
    return "; ".join(named[:MAX_FINDINGS]) + more


def _tidy_pages(document: "pikepdf.Pdf") -> None:
    """Let pages share one dictionary of the same resources.

    Each dictionary is validated once, however many pages have it: 10,000 items have thousands of pages.
    """
    import pikepdf

    shared: dict[bytes, pikepdf.Object] = {}
    for page in document.pages:
        own = page.obj
        resources = own.get("/Resources")
        if isinstance(resources, pikepdf.Dictionary) and not resources.is_indirect:
            key = resources.unparse()
            if key not in shared:
                shared[key] = document.make_indirect(resources)
            own.Resources = shared[key]


def _attach(document: "pikepdf.Pdf", name: str, attachment: "Attachment", now: datetime) -> None:
    """ISO 32000-2 sections 7.11.4 and 14.13; ISO 19005-3 section 6.8. `prepare` lists it in the catalogue's /AF."""
    import pikepdf

    if not name.isprintable() or not 0 < len(name.encode()) <= MAX_NAME or "/" in name or "\\" in name:
        raise FormatError(f"a file cannot be attached under the name {name[:MAX_NAME]!r}")
    when = _pdf_date(now)
    document.attachments[name] = pikepdf.AttachedFileSpec(
        document,
        attachment.data,
        filename=name,
        description=attachment.what,
        mime_type=attachment.media_type,
        creation_date=when,
        mod_date=when,
        relationship=pikepdf.Name.Data,
    )


def _pdf_date(now: datetime) -> str:
    """ISO 32000-1 section 7.9.4, in UTC."""
    return f"{now.astimezone(UTC):D:%Y%m%d%H%M%S+00'00'}"


def _date(document: "pikepdf.Pdf", now: datetime) -> None:
    """With a zone: `prepare` would take the computer's for a date that has none."""
    import pikepdf

    document.docinfo.CreationDate = document.docinfo.ModDate = pikepdf.String(_pdf_date(now))


def _describe(document: "pikepdf.Pdf", now: datetime, producer: str) -> None:
    """Put right what `prepare` writes of itself and of the clock: ISO 19005-3 section 6.6.2, ISO 16684-1."""
    with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=True) as metadata:
        metadata["xmp:MetadataDate"] = f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        metadata["pdf:Producer"] = producer
