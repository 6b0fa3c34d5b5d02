"""Draws a report as a PDF with ReportLab. Judges nothing, signs nothing, and interprets no markup in what it prints."""

from custody.domain.report import Report


class PdfReport:
    """The port ReportWriter: A4, every typeface embedded, the same bytes for the same report."""

    def draw(self, report: Report) -> bytes:
        """The report as a PDF without signature (ISO 32000-1).

        Raises StorageError when the typefaces cannot be loaded.
        """
        from custody.adapters.pdf.contents import HEADINGS, contents
        from custody.adapters.pdf.document import build

        return build(report, contents(report), HEADINGS)
