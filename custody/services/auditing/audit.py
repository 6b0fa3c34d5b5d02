"""Examines a case and answers the five questions of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from custody.domain.examination import Examination
from custody.domain.heads import ClaimedHead
from custody.domain.trust import Trust
from custody.domain.verdict import Judgement
from custody.ports import CaseFiles, World
from custody.services.auditing.answering import answer
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
    judgement, seen = answer(
        ledgers,
        seen_files.states,
        (*ledgers.findings, *seen_files.findings),
        trust,
        own_names=own_names,
        quick=quick,
        openings_present=files.ledgers.openings_present(),
    )
    return Audit(judgement, seen, frozenset(ledgers.believed))
