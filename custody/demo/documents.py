"""The sample documents of the demonstration: one of every kind. Draws and signs nothing itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, get_args

from custody import bootstrap
from custody.domain.report.model import Jurisdiction
from custody.domain.trust import Trust
from custody.services import reporting
from custody.services.auditing import AuditProgress
from custody.services.recording import Recorder

# Made-up finds name nobody; of somebody's own files the names stand on their own screen already.
OPENED: Final = frozenset({"name", "title", "description", "found-at", "terms"})


def make_documents(
    recorder: Recorder, trust: Trust, numbers: Sequence[str], folder: Path, progress: AuditProgress
) -> tuple[Path, tuple[Path, ...]]:
    """The integrity report, `report.pdf`, and one document of every other kind in `documents`, both in `folder`.

    `numbers` are the items; form and receipt are about the first, which was handed over. Raises what
    `reporting.make_report` raises.
    """
    tools = reporting.Tools(
        writer=bootstrap.report_writer(),
        signer=bootstrap.document_signer(),
        pictures=bootstrap.pictures(),
        versions=bootstrap.tool_versions(),
    )
    others = folder / "documents"
    others.mkdir()
    report = folder / "report.pdf"
    orders = {report: reporting.Order(fields=OPENED)}
    if numbers:
        orders[others / "custody-form.pdf"] = reporting.Order(
            kind="custody-form", numbers=tuple(numbers[:1]), fields=OPENED
        )
        orders[others / "receipt.pdf"] = reporting.Order(kind="receipt", numbers=tuple(numbers[:1]), fields=OPENED)
    orders[others / "schedule.pdf"] = reporting.Order(kind="schedule", fields=OPENED)
    for one in get_args(Jurisdiction):
        orders[others / f"declaration-{one}.pdf"] = reporting.Order(kind="declaration", jurisdiction=one, fields=OPENED)
    for output, order in orders.items():
        reporting.make_report(recorder, trust, order, output=output, tools=tools, progress=progress)
    return report, tuple(output for output in orders if output != report)
