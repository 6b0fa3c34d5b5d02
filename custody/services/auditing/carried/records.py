"""Examines a signed record that travels by itself: no case folder and no key, whatever its maker says.

Entries are checked by themselves and against the proofs, then the rules, stamps and sightings as in a whole case. What
is withheld is counted. Files are looked at elsewhere.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from custody.domain import findings as codes
from custody.domain.entry import Entry
from custody.domain.events import sealed_fields
from custody.domain.heads import ClaimedHead
from custody.domain.history import fold_register
from custody.domain.ordering import in_order
from custody.domain.parties import origin
from custody.domain.sealing import open_field
from custody.domain.state import State
from custody.domain.statement import PEOPLE, filed_under
from custody.domain.trust import Trust
from custody.domain.verdict import LedgerHead
from custody.errors import FormatError, StorageError, VerificationError
from custody.formats.canonical import Json
from custody.formats.record import Record
from custody.ports import Heads
from custody.services.auditing.anchors import find_anchors, find_believable
from custody.services.auditing.carried.entries import Extracted
from custody.services.auditing.carried.heads import compare_claims, compare_remembered
from custody.services.auditing.carried.proofs import ProvenTrees
from custody.services.auditing.dating import find_wrong_clocks
from custody.services.auditing.folding import Folding
from custody.services.auditing.people import find_people
from custody.services.auditing.seen import SeenLedgers
from custody.services.auditing.sightings import find_sightings
from custody.services.auditing.telling import Telling

_ASK = "Whoever made this can say why it is left out, or show it."


@dataclass(slots=True)
class SeenRecord:
    """What the examination of a record gave: besides what one of a case gives, the entries and what they open.

    `entries` are the believed ones in the order of replay, `values` by statement id and pointer, `objects` by hex
    SHA-256, `trees` the roots that the proofs show, `signed` the ledgers whose owners signed the head that is here.
    """

    seen: SeenLedgers
    trees: ProvenTrees
    objects: Mapping[str, bytes]
    values: Mapping[str, Mapping[str, Json]]
    entries: list[Entry] = field(default_factory=list)
    signed: set[str] = field(default_factory=set)

    def load(self, name: str) -> bytes:
        """The object of this name. Raises StorageError where it is not here."""
        if name not in self.objects:
            raise StorageError(
                f"the authority's answer (object {name[:16]}…) is not here", "whoever made this may have it"
            )
        return self.objects[name]


def examine_record(
    record: Record,
    heads: Heads,
    trust: Trust,
    now: datetime,
    *,
    claims: Sequence[ClaimedHead] = (),
    vouched: str | None = None,
) -> SeenRecord:
    """Examine a record against itself, what this computer remembers, and `claims` that the reader brought.

    `vouched` is the id of a key whose signature over the whole record was found to hold, None for none: the heads of
    ledgers whose owners state none here rest on it.
    """
    seen = SeenLedgers(state=State(extract=True))
    told = {one.ledger: Telling(one.ledger, seen) for one in record.ledgers}
    trees = ProvenTrees({one.ledger: one for one in record.ledgers}, told)
    ledgers = {one.ledger: Extracted(record.case, one, told[one.ledger], seen, trees) for one in record.ledgers}
    if len(ledgers) > 1:
        seen.labels.update((name, one.label) for name, one in ledgers.items() if one.label is not None)
    sound = {name: list(one.sound()) for name, one in ledgers.items()}
    read = {entry.id: entry for one in ledgers.values() for entry in one.read}
    objects = {hashlib.sha256(one).hexdigest(): one for one in record.objects}
    found = SeenRecord(seen, trees, objects, _opened(record, read, told, seen))
    _replay(found, told, ledgers, sound)
    if seen.state.case not in (None, record.case):
        seen.findings.append(codes.RECORD_FOREIGN.about("the record", "It says that it is of another case."))
    _find_unerased(found)
    _check_heads(ledgers, found, vouched)
    for name, one in told.items():
        one.compare_reports(trees)
        seen.heads.append(
            LedgerHead(origin=origin(name), size=ledgers[name].ledger.size, root=ledgers[name].ledger.root.hex())
        )
    sightings, believable = find_sightings(trees, seen), find_believable(trees, seen)
    seen.intervals = find_anchors(believable, found.load, trust, seen, sightings, now)
    if seen.intervals is not None:
        find_wrong_clocks(seen, seen.intervals, told)
    compare_remembered(heads, seen, trees, told)
    compare_claims(claims, seen, trees, told)
    find_people(seen, list(ledgers))
    for one in told.values():
        one.tell_rest()
    return found


def _replay(
    found: SeenRecord,
    told: Mapping[str, Telling],
    ledgers: Mapping[str, Extracted],
    sound: Mapping[str, Sequence[Entry]],
) -> None:
    """The register first, then all in the one order, as in a whole case."""
    entries = {entry.id: entry for some in sound.values() for entry in some}
    steps = [(identity, entry.statement) for identity, entry in entries.items()]
    fold_register(found.seen.state, [step for step in steps if filed_under(step[1]) == PEOPLE])
    folding = Folding(found.seen, _ASK)
    streams = {name: iter([(entry.id, entry.statement) for entry in some]) for name, some in sound.items()}
    for identity, statement in in_order(streams, map(bytes.fromhex, entries)):
        entry, name = entries[identity], statement.ledger
        values = found.values.get(identity, {})
        folding.take(told[name], identity, statement, values, ledgers[name].head_of(entry))
        if identity in found.seen.believed:
            found.entries.append(entry)


def _opened(
    record: Record, read: Mapping[str, Entry], told: Mapping[str, Telling], seen: SeenLedgers
) -> dict[str, dict[str, Json]]:
    """The values that open a seal of an entry here, by statement id and pointer; all others are told."""
    values: dict[str, dict[str, Json]] = {}
    for one in record.openings:
        entry, pointer = read.get(one.statement), one.opening.pointer
        sealed = None if entry is None else sealed_fields(entry.statement.body).get(pointer)
        if entry is None or sealed is None:
            what = f"statement {one.statement[:16]}…"
            seen.findings.append(
                codes.OPENING_STRAY.about(what, f"There is a value {pointer[:80]} that no record here seals.")
            )
            continue
        statement = entry.statement
        try:
            value = open_field(statement, sealed, one.opening)
        except (FormatError, VerificationError):
            tells = told[statement.ledger]
            tells.find(
                codes.OPENING_WRONG,
                tells.named(statement.item, statement.position),
                f"The value of {pointer} is not the one that was sealed and signed. Do not rely on it.",
            )
            continue
        values.setdefault(entry.id, {})[pointer] = value
    seen.opened = sum(len(some) for some in values.values())
    seen.sealed = sum(len(sealed_fields(entry.statement.body)) for entry in read.values())
    return values


def _find_unerased(found: SeenRecord) -> None:
    for identity, pointer in sorted(found.seen.state.erased):
        if pointer in found.values.get(identity, {}):
            found.seen.findings.append(
                codes.OPENING_NOT_ERASED.about(
                    f"statement {identity[:16]}…",
                    f"A record says that {pointer} was erased, but its value is still here.",
                )
            )


def _check_heads(ledgers: Mapping[str, Extracted], found: SeenRecord, vouched: str | None) -> None:
    """Under which heads the proofs are, and on whose word; how many records are not here."""
    seen = found.seen
    member = seen.state.members.get(vouched or "")
    by_maker = member is not None and member.enrolled_by is not None
    taken_in = {(one.ledger, one.size, one.root) for _, _, _, one in seen.sightings}
    for name, one in ledgers.items():
        if one.check_checkpoint():
            found.signed.add(name)
        head = (name, one.ledger.size, one.ledger.root.hex())
        if not (name in found.signed or by_maker or head in taken_in):
            seen.findings.append(
                codes.HEAD_UNSIGNED.about(
                    seen.labels.get(name, "the record"),
                    f"That its ledger had {one.ledger.size} records is nobody's signed word here. Its owner can sign "
                    "it: custody checkpoint.",
                )
            )
        one.tell_withheld()


__all__ = ["SeenRecord", "examine_record"]
