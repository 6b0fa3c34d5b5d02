"""Answers the five questions of a signed record that travels by itself, and of files that were given with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from custody.domain.events import Collected
from custody.domain.examination import Examination
from custody.domain.heads import ClaimedHead
from custody.domain.sheet import name_text
from custody.domain.trust import Trust
from custody.domain.verdict import Finding, Judgement
from custody.formats.record import Record
from custody.ports import World
from custody.services.auditing.answering import answer
from custody.services.auditing.carried.heads import remember_heads
from custody.services.auditing.carried.matching import GivenFile, match_files
from custody.services.auditing.carried.records import SeenRecord, examine_record


@dataclass(frozen=True, slots=True)
class RecordAudit:
    """The judgement, what it rests on, and what was seen of the record itself."""

    judgement: Judgement
    seen: Examination
    record: SeenRecord


def audit_record(
    record: Record,
    world: World,
    trust: Trust,
    *,
    own_names: Mapping[str, str],
    given: Sequence[GivenFile] = (),
    claims: Sequence[ClaimedHead] = (),
    vouched: str | None = None,
    file_digest: str = "",
) -> RecordAudit:
    """Examine everything and answer the five questions; `given` are the files to be compared, among which may be that
    of the record itself, whose hex SHA-256 is `file_digest`.

    `own_names` are the reader's own keys, `claims` heads that the reader brought from elsewhere; `vouched` is the id of
    the key whose signature over the whole record was found to hold, None for none.
    """
    found = examine_record(record, world.heads, trust, world.clock.now(), claims=claims, vouched=vouched)
    remember(found, world)
    return conclude(found, trust, own_names=own_names, given=given, carrier=file_digest)


def remember(found: SeenRecord, world: World) -> None:
    """Remember the heads that owners signed, of a case whose id follows from its lead's key."""
    if found.seen.state.case is not None:
        remember_heads(world, found.seen.state.case, found.signed & found.seen.state.owners.keys(), found.trees)


def conclude(
    found: SeenRecord,
    trust: Trust,
    *,
    own_names: Mapping[str, str],
    given: Sequence[GivenFile] = (),
    findings: Sequence[Finding] = (),
    carrier: str = "",
) -> RecordAudit:
    """The answers from what was seen of a record; `findings` are of what carried it, and `carrier` its hex SHA-256."""
    seen = found.seen
    documents = {body.digest: f"{body.name}, as {about} tells" for about, _, body in seen.reports}
    if carrier:
        documents[carrier] = "the document itself"
    items = seen.state.items.values()
    matches = match_files(items, seen.sealed_values, dict(_names(found)), found.objects, given, documents)
    told = (*findings, *seen.findings, *matches.findings)
    return RecordAudit(*answer(seen, matches.states, told, trust, own_names=own_names), found)


def _names(found: SeenRecord) -> Iterator[tuple[str, str]]:
    """The names of items as far as they are open, by number."""
    for entry in found.entries:
        body, number = entry.statement.body, entry.statement.item
        if not isinstance(body, Collected) or number is None:
            continue
        if name := name_text(body, found.values.get(entry.id, {})):
            yield number, name
