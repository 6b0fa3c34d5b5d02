"""Arranges: documents, drawn in full or as one blank page with the attachments in it. Asserts nothing."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from custody import bootstrap
from custody.adapters.pdf.kinds import about, contents
from custody.adapters.pdf.setting import typeset
from custody.domain.report import Report
from custody.domain.trust import Trust
from custody.ports import ReportWriter
from custody.services import reporting
from custody.services.recording import Recorder
from custody.services.reporting import MadeReport, Order, Tools
from tests.builders import Quiet


def drawn(model: Report) -> bytes:
    """The pages of a document, without anything attached."""
    return typeset(contents(model), about(model))


class Plain:
    """A PDF of one page with the attachments in it, in a hundredth of the time (ports.ReportWriter).

    `first` is what somebody else does meanwhile.
    """

    def __init__(self, first: Callable[[], object] = lambda: None) -> None:
        self._first = first

    def draw(self, report: Report, attachments: Mapping[str, bytes]) -> bytes:
        import pikepdf

        self._first()
        document = pikepdf.new()
        document.add_blank_page()
        for name, data in attachments.items():
            document.attachments[name] = pikepdf.AttachedFileSpec(document, data, filename=name)
        output = io.BytesIO()
        document.save(output, static_id=True)
        return output.getvalue()


def make(
    recorder: Recorder, output: Path, *numbers: str, writer: ReportWriter | None = None, **asked: Any
) -> MadeReport:
    """A document by the recorder's own key, as plain as can be unless a writer is given."""
    if numbers:
        asked.setdefault("withheld", "somebody else's business")
    return reporting.make_report(
        recorder,
        Trust(own=frozenset({recorder.signer.public.key_id})),
        Order(numbers=numbers, **asked),
        output=output,
        tools=Tools(
            writer=writer or Plain(),
            signer=bootstrap.document_signer(),
            pictures=bootstrap.pictures(),
            versions=(),
        ),
        progress=Quiet(),
    )
