"""Puts the model of a document together: what its records say, and what this computer alone can know of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from custody import __version__
from custody.domain.entry import Entry
from custody.domain.events import Collected
from custody.domain.examination import FileState
from custody.domain.intervals import Bound as Vouched
from custody.domain.report import building
from custody.domain.report.building import Known
from custody.domain.report.makers import STATES
from custody.domain.report.model import (
    RECORD_FILE,
    REPORT_FILE,
    Attached,
    Bound,
    HandOver,
    Jurisdiction,
    Kind,
    LedgerState,
    Picture,
    Report,
    ReportItem,
    ScheduleLine,
    Scope,
    Stamp,
    Tool,
)
from custody.domain.sheet import text_of
from custody.domain.verdict import Judgement
from custody.errors import FormatError, StorageError
from custody.formats.encoding import format_base64, format_time
from custody.ports import CaseFiles, Machine, Pictures
from custody.services import tokens
from custody.services.auditing import Audit
from custody.services.recording import Recorder
from custody.services.reporting.choosing import Chosen, Heads
from custody.services.reporting.opening import FIELDS

MAX_LIST = 2**26  # bytes of a folder's list of parts, or of their facts, that are read for a document
MAX_PICTURES = 100  # items with pictures in one document; of more, nobody finds one by its picture
MAX_PICTURE = 2**26  # bytes of a file that a picture is made of


_ATTACHED = (
    Attached(name=REPORT_FILE, what="all that this document says, for programs"),
    Attached(name=RECORD_FILE, what="the signed records behind it"),
)


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for. `numbers` are the items (none: all), of a receipt the one whose newest hand-over is meant.

    `fields` of FIELDS are opened; `withheld` says why items are left out; `supersedes` is the number of the report of
    which this is the next version.
    """

    kind: Kind = "integrity"
    jurisdiction: Jurisdiction | None = None
    final: bool = False
    numbers: tuple[str, ...] = ()
    made_for: str = ""
    fields: frozenset[str] = frozenset()
    show_images: bool = False
    withheld: str = ""
    supersedes: int | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """Number and version of a document, the statement that it supersedes, and how people read of that one."""

    number: int
    version: int
    supersedes: str | None
    before: str


@dataclass(frozen=True, slots=True)
class Material:
    """What a model is made of: the records, what is known beside them, what the examination saw, the heads.

    `act` is the one hand-over that a receipt is about; `tools` are what makes the document, `stamped_by` who will
    stamp its signature.
    """

    chosen: Chosen
    known: Known
    seen: Audit
    judgement: Judgement
    heads: Heads
    act: str | None
    tools: tuple[Tool, ...]
    stamped_by: str


def make_model(
    recorder: Recorder, order: Order, named: Named, material: Material, pictures: Pictures, now: datetime
) -> Report:
    """The whole model of the document."""
    chosen, known = material.chosen, material.known
    items = tuple(_items(recorder.files, order, material, pictures))
    title = known.opened(chosen.register[0]).get("/title") if chosen.register else None
    return Report(
        kind=order.kind,
        jurisdiction=order.jurisdiction,
        final=order.final,
        number=named.number,
        version=named.version,
        supersedes=named.before,
        case=recorder.case,
        reference=recorder.whole.body.reference,
        title=title if isinstance(title, str) else None,
        generated_at=format_time(now),
        generated_local=_local(now, recorder.world.machine if "time-zone" in order.fields else None),
        made_by=recorder.signer.public.key_id,
        made_for=order.made_for,
        stamped_by=material.stamped_by,
        sensitivity=building.highest(items),
        scope=_scope(order, chosen),
        judgement=material.judgement,
        people=building.people_of(chosen.entries, known),
        items=items,
        hand_overs=_hand_overs(material),
        attempts=building.attempts_of(chosen.beside, known),
        schedule=building.schedule_of(items, chosen.histories, chosen.beside, known, _withheld(order, chosen)),
        stamps=_stamps(recorder.files, chosen.beside, known),
        ledgers=_ledgers(recorder, material.heads),
        tools=material.tools,
        attached=_ATTACHED,
        version_made=__version__,
    )


def _items(files: CaseFiles, order: Order, material: Material, pictures: Pictures) -> list[ReportItem]:
    pictured = len(material.chosen.histories) <= MAX_PICTURES
    found = []
    for number, history in material.chosen.histories.items():
        item = _item(files, number, history, material)
        if pictured and (picture := _picture(files, item, history[0], pictures, blurred=not order.show_images)):
            item = msgspec.structs.replace(item, picture=picture)
        found.append(item)
    return found


def _item(files: CaseFiles, number: str, history: Sequence[Entry], material: Material) -> ReportItem:
    state = material.seen.seen.files.get(number, FileState.UNJUDGED)
    body = history[0].statement.body
    parts = facts = None
    if isinstance(body, Collected) and body.parts is not None and state in (FileState.MATCHES, FileState.NOT_KEPT):
        values = material.known.opened(history[0])
        parts = _object(files, text_of(body.digest, values, "/digest"))
        facts = _object(files, body.parts.facts)
    try:
        item = building.item_of(history, material.known, parts=parts, facts=facts)
    except FormatError:  # it matched a moment ago; whatever it is now is not printed
        item = building.item_of(history, material.known)
    dated = None if material.seen.seen.dated is None else material.seen.seen.dated.get(number)
    interval = None if dated is None else dated.interval
    return msgspec.structs.replace(
        item,
        state=state.value,
        matches=STATES[state.value],
        not_before=None if interval is None or interval.not_before is None else _bound(interval.not_before),
        not_after=None if interval is None or interval.not_after is None else _bound(interval.not_after),
    )


def _bound(bound: Vouched) -> Bound:
    return Bound(time=format_time(bound.time), word=bound.word)


def _object(files: CaseFiles, digest: object) -> bytes | None:
    """A stored object of not too many bytes, None where it is not here or not known."""
    if not isinstance(digest, str):
        return None
    try:
        with files.evidence.open(digest) as file:
            data = file.read(MAX_LIST + 1)
    except (StorageError, OSError):
        return None
    return data if len(data) <= MAX_LIST else None


def _picture(files: CaseFiles, item: ReportItem, entry: Entry, pictures: Pictures, *, blurred: bool) -> Picture | None:
    """A small picture of an item, as far as it is one that may be shown."""
    body = entry.statement.body
    assert isinstance(body, Collected)
    shown = body.form == "file" and body.kept and item.matches is True and item.digest is not None
    if not shown or item.sensitivity == "highly-sensitive" or not (item.media_type or "").startswith("image/"):
        return None
    if (item.size or 0) > MAX_PICTURE:
        return None
    try:
        with files.evidence.open(item.digest or "") as file:
            small = pictures.small(file.read(MAX_PICTURE), blurred=blurred)
    except (StorageError, OSError):
        return None
    if small is None:
        return None
    return Picture(jpeg=format_base64(small.jpeg), width=small.width, height=small.height, blurred=blurred)


def _scope(order: Order, chosen: Chosen) -> Scope:
    covered = len(chosen.histories)
    return Scope(
        whole=chosen.whole,
        covered=covered,
        total=covered + len(chosen.withheld),
        opened=tuple(words for field, words in FIELDS.items() if field in order.fields),
        withheld=tuple(chosen.withheld),
        reason=order.withheld if chosen.withheld else "",
    )


def _withheld(order: Order, chosen: Chosen) -> list[ScheduleLine]:
    return [building.withheld_line(number, time, order.withheld) for number, time in chosen.withheld.items()]


def _hand_overs(material: Material) -> tuple[HandOver, ...]:
    found = building.hand_overs_of(material.chosen.histories, material.known)
    return found if material.act is None else tuple(one for one in found if one.act == material.act)


def _stamps(files: CaseFiles, beside: Sequence[Entry], known: Known) -> tuple[Stamp, ...]:
    named = {
        getattr(entry.statement.body, "token", "") for entry in beside if entry.statement.body.kind == "timestamped/v1"
    }
    objects = {name: data for name in named if (data := tokens.read(files.evidence, name)) is not None}
    return building.stamps_of(beside, known, objects)


def _ledgers(recorder: Recorder, heads: Heads) -> tuple[LedgerState, ...]:
    ledgers = recorder.whole.ledgers
    return tuple(
        building.ledger_state(
            ledger,
            ledgers[ledger].label,
            ledgers[ledger].owner,
            size=head.size,
            root=head.root,
            note=heads.note if ledger == heads.own else None,
        )
        for ledger, head in sorted(heads.of.items(), key=lambda one: ledgers[one[0]].label)
    )


def _local(now: datetime, machine: Machine | None) -> str:
    """The moment as a clock on the wall shows it, and the zone; in UTC where the computer's zone is no zone.

    So too where zones are not opened: the maker's own says in which part of the world they sit.
    """
    try:
        if machine is None:
            return f"{now:%Y-%m-%d %H:%M:%S}, UTC"
        return f"{now.astimezone():%Y-%m-%d %H:%M:%S}, {machine.time_zone()}"
    except (ValueError, OverflowError, OSError):
        return f"{now:%Y-%m-%d %H:%M:%S}, UTC"
