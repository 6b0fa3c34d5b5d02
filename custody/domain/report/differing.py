"""Compares what a document says with what the records inside it say, field by field. Pure; believes no document."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from custody.domain.entry import Entry
from custody.domain.events import CaseOpened, Collected
from custody.domain.items import split_number
from custody.domain.report import building
from custody.domain.report.building import MAKERS_ONLY, Known
from custody.domain.report.makers import impossible
from custody.domain.report.model import HandOver, LedgerState, Part, Report, ReportItem, ScheduleLine, Stamp
from custody.domain.statement import PEOPLE, filed_under
from custody.errors import FormatError

MAX_DIFFERENCES: Final = 1000  # that are told; whoever writes a document chooses how much it says
MAX_SHOWN: Final = 80  # characters of a value in a message


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of the document, and in words what it says and what the record says."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class LedgerHere:
    """A ledger of the record: its id, the number of records and the root that the proofs lead to, and its note."""

    ledger: str
    size: int
    root: bytes
    note: bytes | None


def differences(
    report: Report,
    entries: Sequence[Entry],
    known: Known,
    objects: Mapping[str, bytes],
    ledgers: Iterable[LedgerHere],
) -> Iterator[Difference]:
    """What the document says otherwise than the records, which are all that the record has, in the order of replay.

    `objects` are those of the record, by hex SHA-256. Of what the maker's computer alone could know, what cannot be.
    """
    built = _Built(entries, known, objects)
    pairs: tuple[tuple[str, Any, Any], ...] = (
        *_case(report, built),
        ("people", report.people, building.people_of(entries, known)),
        *_items(report, built),
        ("hand-overs", *_hand_overs(report, built)),
        ("attempts", report.attempts, building.attempts_of(built.beside, known)),
        ("schedule", *_schedule(report, built)),
        ("stamps", tuple(map(_as_recorded, report.stamps)), tuple(map(_as_recorded, built.stamps))),
        ("ledgers", report.ledgers, tuple(_ledgers(ledgers, entries, known))),
    )
    for field, told, recorded in pairs:
        yield from _compare(field, told, recorded)
    for field, message in impossible(report, built.histories, built.stamps):
        yield Difference(field, message)


class _Built:
    """The same parts of a model, made of the records."""

    def __init__(self, entries: Sequence[Entry], known: Known, objects: Mapping[str, bytes]) -> None:
        self.known = known
        self.opening = next((one for one in entries if isinstance(one.statement.body, CaseOpened)), None)
        self.beside = [entry for entry in entries if filed_under(entry.statement) is None]
        self.stamps = building.stamps_of(self.beside, known, objects)
        found: dict[str, list[Entry]] = {}
        for entry in entries:
            filed = filed_under(entry.statement)
            if filed is not None and filed != PEOPLE:
                found.setdefault(filed, []).append(entry)
        begun = {
            number: history for number, history in found.items() if isinstance(history[0].statement.body, Collected)
        }
        self.histories = {number: begun[number] for number in sorted(begun, key=split_number)}
        self._parts: dict[str, tuple[Part, ...]] = {}  # once: a record may name one long list for all of its items
        self.items = tuple(self._item(history, objects) for history in self.histories.values())

    def _item(self, history: Sequence[Entry], objects: Mapping[str, bytes]) -> ReportItem:
        body = history[0].statement.body
        assert isinstance(body, Collected)
        item = building.item_of(history, self.known)
        if body.parts is None or item.name is None or item.digest is None or item.digest not in objects:
            return item
        return msgspec.structs.replace(item, parts=self._listed(item.digest, objects[item.digest]))

    def _listed(self, digest: str, data: bytes) -> tuple[Part, ...]:
        if digest not in self._parts:
            try:
                self._parts[digest] = building.parts_of(data, None)
            except FormatError:  # an object of that digest which is no list of parts: nothing is printed of it
                self._parts[digest] = ()
        return self._parts[digest]


def _case(report: Report, built: _Built) -> Iterator[tuple[str, Any, Any]]:
    yield "case", report.case, built.known.state.case
    if built.opening is not None and isinstance(built.opening.statement.body, CaseOpened):
        yield "reference", report.reference, built.opening.statement.body.reference
        yield "title", report.title, built.known.opened(built.opening).get("/title")
    yield "sensitivity", report.sensitivity, building.highest(built.items)
    yield "items covered", report.scope.covered, len(built.items)
    yield "items in all", report.scope.total, report.scope.covered + len(report.scope.withheld)
    yield "all items covered", report.scope.whole, not report.scope.withheld
    yield "items both covered and withheld", sorted(built.histories.keys() & set(report.scope.withheld)), []
    maker = built.known.state.members.get(report.made_by)
    earlier = built.known.state.reports.get((maker and maker.ledger) or "", {})
    if report.version == 1:
        yield "number", report.number, len(earlier) + 1
        yield "supersedes", report.supersedes, ""
    else:
        yield "version", report.version, earlier.get(report.number, (0, ""))[0] + 1
        yield "supersedes", report.supersedes, f"{report.number:04d} version {report.version - 1}"


def _items(report: Report, built: _Built) -> Iterator[tuple[str, Any, Any]]:
    yield "items", tuple(item.number for item in report.items), tuple(item.number for item in built.items)
    by_number = {item.number: item for item in built.items}
    for told in report.items:
        recorded = by_number.get(told.number)
        if recorded is None:
            continue
        makers = {name: getattr(told, name) for name in MAKERS_ONLY}
        # What re-reading gave says whether parts are listed at all; their sizes stand in an object that is not here.
        listed = tuple(msgspec.structs.replace(part, size=None) for part in told.parts)
        makers["parts"] = recorded.parts if listed else ()
        yield (
            f"item {told.number}",
            msgspec.structs.replace(told, parts=listed),
            msgspec.structs.replace(recorded, **makers),
        )


def _hand_overs(report: Report, built: _Built) -> tuple[tuple[HandOver, ...], tuple[HandOver, ...]]:
    """A receipt is of one hand-over, all other documents of all of them."""
    recorded = building.hand_overs_of(built.histories, built.known)
    if report.kind == "receipt":
        acts = {one.act for one in report.hand_overs}
        recorded = tuple(one for one in recorded if one.act in acts)
    return report.hand_overs, recorded


def _schedule(report: Report, built: _Built) -> tuple[tuple[ScheduleLine, ...], tuple[ScheduleLine, ...]]:
    recorded = building.schedule_of(built.items, built.histories, built.beside, built.known)
    return tuple(line for line in report.schedule if line.here), recorded


def _as_recorded(stamp: Stamp) -> Stamp:
    return msgspec.structs.replace(stamp, qualified=False, note="")


def _ledgers(ledgers: Iterable[LedgerHere], entries: Iterable[Entry], known: Known) -> Iterator[LedgerState]:
    owners = {entry.statement.ledger: entry.statement.signer for entry in entries}
    for one in sorted(ledgers, key=lambda one: known.ledger(one.ledger)):
        label, owner = known.ledger(one.ledger), owners.get(one.ledger, "")
        yield building.ledger_state(one.ledger, label, owner, size=one.size, root=one.root, note=one.note)


def _compare(field: str, told: Any, recorded: Any) -> Iterator[Difference]:
    """The smallest fields that differ."""
    if told == recorded:
        return
    if isinstance(told, msgspec.Struct) and type(told) is type(recorded):
        for name in told.__struct_fields__:
            yield from _compare(f"{field}, {name.replace('_', ' ')}", getattr(told, name), getattr(recorded, name))
    elif isinstance(told, tuple) and isinstance(recorded, tuple) and len(told) == len(recorded):
        for number, (one, other) in enumerate(zip(told, recorded, strict=True), 1):
            yield from _compare(f"{field} {number}", one, other)
    elif isinstance(told, tuple) and isinstance(recorded, tuple):
        yield Difference(field, f"The document has {len(told)} of these, the record {len(recorded)}.")
    else:
        yield Difference(field, f"The document says {_shown(told)}, the record {_shown(recorded)}.")


def _shown(value: object) -> str:
    if value is None or value == "":
        return "nothing"
    text = value if isinstance(value, str) else str(value)
    return f"“{text[:MAX_SHOWN]}…”" if len(text) > MAX_SHOWN else f"“{text}”"
