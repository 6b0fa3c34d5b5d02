"""Examines a case and answers the five questions of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from custody.domain import findings as codes
from custody.domain.examination import Comparison, Examination, FileState
from custody.domain.heads import ClaimedHead
from custody.domain.questions import judge
from custody.domain.trust import Trust
from custody.domain.verdict import Judgement
from custody.ports import CaseFiles, World
from custody.services.auditing.dating import date_items
from custody.services.auditing.elsewhere import find_elsewhere
from custody.services.auditing.files import examine_files
from custody.services.auditing.ledgers import examine_ledgers
from custody.services.auditing.stored import find_reports


class AuditProgress(Protocol):
    """Hears how the examination goes."""

    def records(self, count: int) -> None:
        """So many more records were checked."""
        ...

    def read(self, size: int) -> None:
        """So many more bytes of evidence were read."""
        ...


@dataclass(frozen=True, slots=True)
class Audit:
    """The judgement, what it rests on, and the ids of the records that were found to hold."""

    judgement: Judgement
    seen: Examination
    believed: frozenset[str]


def audit(
    files: CaseFiles,
    world: World,
    trust: Trust,
    *,
    quick: bool,
    own_names: Mapping[str, str],
    progress: AuditProgress,
    claims: Sequence[ClaimedHead] = (),
) -> Audit:
    """Examine everything and answer the five questions; `quick` does not read the evidence.

    `own_names` are the reader's own keys, `claims` heads of its ledgers that the reader brought from elsewhere.
    Raises FormatError or StorageError only when the database does not open.
    """
    ledgers = examine_ledgers(files, world, trust, progress.records, claims)
    seen_files = examine_files(
        files,
        world,
        ledgers.state.items.values(),
        ledgers.sealed_values,
        quick=quick,
        progress=progress.read,
        reports=frozenset(body.digest for _, _, body in ledgers.reports),
    )
    if not quick:
        stored = find_reports(files, world, trust, ledgers.state, ledgers.reports, seen_files, progress.read)
        seen_files.findings += stored
        find_elsewhere(ledgers.state, trust, seen_files)
    states = dict(seen_files.states)
    unjudged = sorted(ledgers.filed - states.keys())
    for number in unjudged:
        states[number] = FileState.UNJUDGED
    findings = [
        *ledgers.findings,
        *seen_files.findings,
        *(
            codes.ITEM_UNJUDGED.about(
                number, "The record that says what its bytes were cannot be believed, so there is nothing to compare."
            )
            for number in unjudged
        ),
    ]
    seen = Examination(
        state=ledgers.state,
        trust=trust,
        findings=tuple(findings),
        files=states,
        names={**ledgers.names, **own_names},
        believed=len(ledgers.believed),
        ledgers=tuple(ledgers.heads),
        quick=quick,
        openings_present=files.ledgers.openings_present(),
        sealed=ledgers.sealed,
        opened=ledgers.opened,
        remembered=tuple(Comparison(one.size, one.seen[:10]) for one in ledgers.remembered.values()),
        brought=ledgers.brought,
        dated=None if ledgers.intervals is None else date_items(ledgers, ledgers.intervals),
    )
    return Audit(judge(seen), seen, frozenset(ledgers.believed))
