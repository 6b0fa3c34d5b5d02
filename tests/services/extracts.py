"""Arranges: the signed record of some items of a team's case, taken out of its folder, and judged. Asserts nothing."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from custody import bootstrap
from custody.domain.entry import Entry
from custody.domain.events import Noted
from custody.domain.heads import ClaimedHead
from custody.domain.parties import origin
from custody.domain.statement import PEOPLE, filed_under
from custody.domain.trust import Trust
from custody.formats import canonical
from custody.formats.canonical import Json
from custody.formats.checkpoint import Checkpoint, format_checkpoint
from custody.formats.note import VerifierKey, format_note, sign_note
from custody.formats.record import Record, RecordLedger
from custody.services import looking
from custody.services.auditing.carried.audit import RecordAudit, audit_record
from custody.services.auditing.carried.matching import GivenFile
from custody.services.extracting import extract_record
from tests.builders import ANA, NOW, KeptSigner, new_folder
from tests.histories import Keeper, Team

OWN = Trust(own=frozenset({ANA.key_id}))


@dataclass(frozen=True)
class Clock:
    time: datetime

    def now(self) -> datetime:
        return self.time


def covered(team: Team, items: Sequence[str]) -> list[Entry]:
    """The entries that a report on these items rests on."""
    found = []
    for keeper in team.keepers:
        for entry in keeper.entries:
            filed = filed_under(entry.statement)
            note = filed is None and isinstance(entry.statement.body, Noted)
            if filed == PEOPLE or filed in items or (filed is None and not note):
                found.append(entry)
    return found


def head_of(keeper: Keeper) -> Checkpoint:
    return Checkpoint(origin(keeper.ledger), keeper.size, bytes.fromhex(keeper.head.root))


def note_of(keeper: Keeper, signer: KeptSigner | None = None) -> bytes:
    """The ledger's checkpoint, signed by its owner, or somebody else."""
    by = signer or keeper.signer
    key = VerifierKey(origin(keeper.ledger), by.public.checkpoint_key)
    return format_note(sign_note(format_checkpoint(head_of(keeper)), [(key, by.sign_checkpoint)]))


def extracted(team: Team, folder: Path, *items: str, opened: Sequence[str] = ("/digest", "/size", "/name")) -> bytes:
    """The record of these items, by the lead; what lies under seal at these pointers is opened."""
    files = new_folder(folder)
    team.write(files)
    keepers = [one for one in team.keepers if one.rows]
    entries = covered(team, items or list(team.state.items))
    values: dict[str, dict[str, Json]] = {}
    for keeper in keepers:
        for row in keeper.openings:
            entry = keeper.entries[row.position]
            if entry.statement.item is not None and row.pointer in opened and entry in entries:
                values.setdefault(entry.id, {})[row.pointer] = canonical.parse(row.value)
    with files.ledgers.reading() as reader:
        case = looking.find_case(reader)
    heads = {one.ledger: head_of(one) for one in keepers}
    lead = team.keepers[0]
    return extract_record(files, case, heads, (lead.ledger, note_of(lead)), entries, values)


def judged(
    record: Record,
    home: Path,
    *,
    trust: Trust = OWN,
    given: Sequence[bytes | GivenFile] = (),
    claims: Sequence[ClaimedHead] = (),
    vouched: str | None = ANA.key_id,
    now: datetime = NOW,
) -> RecordAudit:
    """What a reader is told of a record, with these files."""
    world = replace(bootstrap.world(home), clock=Clock(now))
    files = [one if isinstance(one, GivenFile) else given_file(one) for one in given]
    return audit_record(record, world, trust, own_names={}, given=files, claims=claims, vouched=vouched)


def given_file(data: bytes, name: str = "a file", **members: Any) -> GivenFile:
    return GivenFile(name, hashlib.sha256(data).hexdigest(), len(data), **members)


def changed_ledger(record: Record, ledger: str, **members: Any) -> Record:
    """The record with other members of one ledger."""
    ledgers = [msgspec.structs.replace(one, **members) if one.ledger == ledger else one for one in record.ledgers]
    return msgspec.structs.replace(record, ledgers=tuple(ledgers))


def ledger_of(record: Record, ledger: str) -> RecordLedger:
    return next(one for one in record.ledgers if one.ledger == ledger)


def without(record: Record, ledger: str, *positions: int) -> Record:
    """The record with some entries left out."""
    entries = [one for one in ledger_of(record, ledger).entries if one.position not in positions]
    return changed_ledger(record, ledger, entries=tuple(entries))


def with_entry(record: Record, ledger: str, position: int, **members: Any) -> Record:
    """The record with other members of one entry."""
    entries = [
        msgspec.structs.replace(one, **members) if one.position == position else one
        for one in ledger_of(record, ledger).entries
    ]
    return changed_ledger(record, ledger, entries=tuple(entries))
