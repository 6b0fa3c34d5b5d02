"""Compares the stored copies of reports with their records. No evidence rests on them: what is wrong is OPEN.

A report can be written again from its copy; without it, whoever was given the report has it. Ledgers travel without
copies, so one is missed only in the folder of who made it.
"""

from collections.abc import Callable, Sequence

from custody.domain import findings as codes
from custody.domain.events import Reported
from custody.domain.state import State
from custody.domain.trust import Trust
from custody.domain.verdict import Finding
from custody.domain.wording import capital
from custody.ports import CaseFiles, ObjectCheck, World
from custody.services.auditing.elsewhere import keepers_here
from custody.services.auditing.files import SeenFiles
from custody.services.auditing.objects import Asked, check_objects, merged
from custody.services.auditing.seen import MAX_FINDINGS


def find_reports(
    files: CaseFiles,
    world: World,
    trust: Trust,
    state: State,
    reports: Sequence[tuple[str, str, Reported]],
    seen: SeenFiles,
    progress: Callable[[int], None],
) -> list[Finding]:
    """What is wrong with the copies of these reports (how a finding names the record, its signer, what it says)."""
    if len(state.owners) > 1:
        must = keepers_here(state, trust, seen)
        reports = [one for one in reports if state.person(one[1]) in must]
    asked = merged((body.digest, Asked((), body.size)) for _, _, body in reports)
    checked = check_objects(files, world, asked, progress)
    found = [
        finding for about, _, body in reports if (finding := _compared(about, body, checked[body.digest])) is not None
    ]
    left = len(found) - MAX_FINDINGS
    rest = (
        [codes.REPORT_MISSING.about("the evidence folder", f"So it is with {left} more reports.")] if left > 0 else []
    )
    return found[:MAX_FINDINGS] + rest


def _compared(about: str, body: Reported, check: ObjectCheck) -> Finding | None:
    name, other = capital(body.name), "Whoever was given it has it; no item of evidence is affected."
    if check.found == body.digest:
        return None
    if check.result == "missing":
        return codes.REPORT_MISSING.about(about, f"{name} is not in the evidence folder any more. {other}")
    return codes.REPORT_CHANGED.about(about, f"The stored copy of {body.name} is not what was signed. {other}")
