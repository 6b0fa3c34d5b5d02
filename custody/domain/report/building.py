"""Builds the parts of the report model from records that were verified before. Pure; judges and verifies nothing.

Called with the records of a case by whoever makes a document, and with those inside it by whoever checks one: both
must get the same, but for MAKERS_ONLY, which is what the maker's computer alone can know.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from msgspec import structs

from custody.domain.entry import Entry
from custody.domain.events import (
    Attempted,
    Body,
    Collected,
    Corrected,
    Declined,
    Disposed,
    Examined,
    Received,
    Released,
    ReleasedOnPaper,
    Withdrawn,
)
from custody.domain.fields import Sensitivity
from custody.domain.parties import origin
from custody.domain.parts import PartFacts, parse_facts
from custody.domain.report.handovers import hand_overs_of
from custody.domain.report.known import UNDER_SEAL, Known, facts_of, people_of, spelled
from custody.domain.report.model import Event, FactGroup, LedgerState, Part, ReportItem
from custody.domain.report.schedule import schedule_of, withheld_line
from custody.domain.report.stamps import stamps_of
from custody.domain.sheet import (
    CLOCK,
    CLOCK_CHECK,
    FORMS,
    HANDLING,
    METHOD,
    RECORD,
    SOURCE,
    WHO_SAYS,
    Line,
    act_lines,
    clock_in_words,
    item_lines,
    method_text,
    name_text,
    sealed_name,
    size_value,
    text_of,
)
from custody.formats.canonical import Json
from custody.formats.encoding import parse_time
from custody.formats.partslist import parse_lines
from custody.formats.words import format_words

__all__ = [
    "CORRECTED",
    "MAKERS_ONLY",
    "UNDER_SEAL",
    "Known",
    "attempts_of",
    "command_name",
    "event_of",
    "hand_overs_of",
    "highest",
    "item_of",
    "ledger_state",
    "parts_of",
    "people_of",
    "schedule_of",
    "sensitivity_of",
    "stamps_of",
    "withheld_line",
]

MAKERS_ONLY: Final = ("state", "matches", "picture", "not_before", "not_after")
"""Members of an item that no record tells: what re-reading gave, a picture, and when, by whom the maker trusts."""

CORRECTED: Final = "Corrected since"
"""The label of the fact that names the fields of an item which later records correct."""

MAX_PARTS = 20_000  # parts of one item that a document lists; a folder may have millions, and its list has them all
MAX_COMMAND_NAME = 80  # characters of a file's name after the number, as in packages


def item_of(
    history: Sequence[Entry], known: Known, *, parts: bytes | None = None, facts: bytes | None = None
) -> ReportItem:
    """The item of this history: the records about it in the order of their replay, that which collected it first.

    `parts` and `facts` are the objects of a folder's record, None where they are not here; under the seal of the
    folder's name its parts stay too. Raises TypeError for a history that does not begin with collecting, FormatError
    for objects that are no such lists.
    """
    first = history[0]
    statement, body, values = first.statement, first.statement.body, known.opened(first)
    if not isinstance(body, Collected):
        raise TypeError(f"{body.kind} collects nothing")
    number, name = statement.item or "", spelled(name_text(body, values))
    captured = text_of(body.captured_at, values, "/captured_at")
    return ReportItem(
        number=number,
        what=FORMS[body.form],
        media_type=text_of(body.media_type, values, "/media_type"),
        name=name,
        description=text_of(body.description, values, "/description"),
        digest=text_of(body.digest, values, "/digest"),
        size=size_value(body, values),
        state="",
        matches=None,
        collected_by=statement.signer,
        captured_at=captured,
        hashed_at=body.hashed_at,
        recorded_at=statement.time,
        delay=_seconds(captured, body.hashed_at) if captured else None,
        not_before=None,
        not_after=None,
        sensitivity=sensitivity_of(history, known),
        holder=_holder(history, known),
        facts=tuple(_groups(first, body, history, known)),
        events=tuple(event_of(entry, known) for entry in history),
        parts=() if parts is None or name is None else parts_of(parts, facts),
        parts_listed=0 if body.parts is None else body.parts.count,
        command_name=command_name(number, name),
    )


def event_of(entry: Entry, known: Known) -> Event:
    """A record about an item, as one line of its history."""
    statement, body, values = entry.statement, entry.statement.body, known.opened(entry)
    lines = list(act_lines(body, values, known.called))
    digest = _digest(body, values)
    lines += [] if digest == "" else [Line("", "SHA-256", digest, fixed=True)]
    if not statement.clock.synchronised:
        lines.append(Line("", CLOCK_CHECK, clock_in_words(statement.clock)))
    return Event(
        time=statement.time,
        who=statement.signer,
        kind=body.kind.partition("/")[0],
        sentence=body.sentence(),
        facts=facts_of(lines),
        statement=entry.id,
        ledger=known.ledger(statement.ledger),
        record=statement.position,
        corrects=body.statement if isinstance(body, Corrected) else "",
    )


def attempts_of(entries: Iterable[Entry], known: Known) -> tuple[Event, ...]:
    """What was tried and failed, of these records, in their order."""
    return tuple(_attempt(entry, known) for entry in entries if isinstance(entry.statement.body, Attempted))


def _attempt(entry: Entry, known: Known) -> Event:
    body, values = entry.statement.body, known.opened(entry)
    assert isinstance(body, Attempted)
    lines = [
        Line("", "Original name", sealed_name(values, "/name")),
        Line("", "Path", sealed_name(values, "/path")),
        Line("", "How", method_text(body.method, values)),
        Line("", "With", text_of(body.tool, values, "/tool")),
    ]
    return structs.replace(event_of(entry, known), facts=facts_of(lines))


def sensitivity_of(history: Sequence[Entry], known: Known) -> Sensitivity:
    """How sensitive an item is, as last corrected by a correction that the document opens."""
    body = history[0].statement.body
    assert isinstance(body, Collected)
    level: Sensitivity = body.handling.sensitivity
    for entry in history:
        said = entry.statement.body
        if isinstance(said, Corrected) and said.field == "sensitivity":
            match known.opened(entry).get("/value"):
                case "normal" | "sensitive" | "highly-sensitive" as corrected:
                    level = corrected
    return level


def highest(items: Iterable[ReportItem]) -> Sensitivity:
    """How sensitive a document is: as its most sensitive item."""
    levels = {item.sensitivity for item in items}
    order: tuple[Sensitivity, ...] = ("highly-sensitive", "sensitive")
    return next((level for level in order if level in levels), "normal")


def ledger_state(ledger: str, label: str, owner: str, *, size: int, root: bytes, note: bytes | None) -> LedgerState:
    """A ledger as a document found it; `note` is its signed checkpoint, None for somebody else's."""
    return LedgerState(
        label=label,
        owner=owner,
        origin=origin(ledger),
        size=size,
        root=root.hex(),
        words=format_words(root),
        checkpoint="" if note is None else note.decode("utf-8", "replace"),
    )


def parts_of(parts: bytes, facts: bytes | None) -> tuple[Part, ...]:
    """The first MAX_PARTS parts of a parts list, with their sizes where `facts` is here.

    Raises FormatError for bytes that are no such list.
    """
    listed = islice(parse_lines(parts.splitlines(keepends=True)), MAX_PARTS)
    sizes: Iterator[PartFacts] = iter(()) if facts is None else parse_facts(facts.splitlines(keepends=True))
    found = []
    for part in listed:
        told = next(sizes, None)
        path = spelled(part.path.decode("utf-8", "surrogateescape"))
        found.append(Part(path=path, size=None if told is None else told.size, digest=part.sha256.hex()))
    return tuple(found)


def command_name(number: str, name: str | None) -> str:
    """The name by which commands call an item's file: its number, and of its name what any shell takes as it stands."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name or "").strip("_")[-MAX_COMMAND_NAME:]
    return f"{number}-{plain}" if plain else number


def _groups(first: Entry, body: Collected, history: Sequence[Entry], known: Known) -> Iterator[FactGroup]:
    """What the record says beside what the item has members for, under its headings."""
    lines = list(item_lines(first, known.opened(first), known.called(first.statement.signer)))
    lines.append(Line(METHOD, "Media type is", WHO_SAYS[body.media_type_from] if body.form == "file" else ""))
    lines.append(Line(HANDLING, "Kept", "" if body.kept else "only its digest was recorded"))
    fields = [entry.statement.body.field for entry in history if isinstance(entry.statement.body, Corrected)]
    lines.append(Line(RECORD, CORRECTED, ", ".join(dict.fromkeys(fields))))
    for title in (SOURCE, METHOD, CLOCK, HANDLING, RECORD):
        if facts := facts_of(line for line in lines if line.group == title):
            yield FactGroup(title=title, facts=facts)


def _holder(history: Sequence[Entry], known: Known) -> str:
    """Who answers for the item after all of this, in words."""
    holder = known.person_of(history[0].statement.signer)
    words, offered = "", ""
    for entry in history:
        body, values = entry.statement.body, known.opened(entry)
        match body:
            case Released():
                offered = f"; offered to {known.called(body.to)}, who has not answered"
                continue
            case Received():
                holder = known.person_of(entry.statement.signer)
            case ReleasedOnPaper() if not body.keeps_copy:
                to = text_of(body.to, values, "/to")
                words = "nobody in the case: handed over on paper" + (f" to {to}" if to else "")
            case Withdrawn():
                words = f"{known.called_person(holder)}; withdrawn by its collector"
            case Disposed():
                words = f"nobody: disposed of ({body.method})"
            case Collected() | Declined() | Examined() | ReleasedOnPaper():
                pass
            case _:  # a remark moves nothing
                continue
        offered = ""
    return words or f"{known.called_person(holder)}{offered}"


def _digest(body: Body, values: Mapping[str, Json]) -> str | None:
    """The digest that an act states, "" for one that states none, None where it is sealed and not opened."""
    match body:
        case Released() | Received() | ReleasedOnPaper() | Examined():
            return text_of(body.digest, values, "/digest")
    return ""


def _seconds(captured: str, hashed: str) -> int:
    """Whole seconds from one moment to another, below 0 where the second comes first."""
    return int((parse_time(hashed) - parse_time(captured)).total_seconds())
