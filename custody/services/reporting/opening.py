"""What a document opens of sealed values: what checking needs, and what its maker names on purpose. Nothing else.

A document is copied on and cannot be taken back. Paths, persona, place, machine and notes help nobody to check an item,
and may expose the volunteer or somebody else; so may an original name, an address or a description.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from custody.domain.entry import Entry
from custody.domain.events import (
    Attempted,
    CaseOpened,
    Collected,
    Corrected,
    GapExplained,
    Noted,
    sealed_fields,
)
from custody.domain.events.membership import people_of
from custody.formats.canonical import Json

FIELDS: Final[Mapping[str, str]] = {
    "name": "original names",
    "description": "descriptions",
    "found-at": "where it was found, and addresses that a browser left",
    "notes": "notes and explanations",
    "title": "the title of the case",
    "persona": "personas",
    "place": "places of collecting",
    "path": "paths",
    "machine": "names of computers",
    "time-zone": "time zones",
    "basis": "on what basis it is kept",
    "terms": "terms of acts: to whom, purpose, place, condition, reason",
}
"""What may be opened on purpose, and how people read of it."""

# What somebody else needs to check an item: its digest and size, and how it came here.
CHECKED: Final = frozenset({"/digest", "/size", "/media_type", "/method", "/tool", "/captured_at"})
_CORRECTED: Final = frozenset({"captured_at", "method", "review", "sensitivity", "tool"})
_COLLECTED: Final[Mapping[str, str]] = {
    "/name": "name",
    "/description": "description",
    "/found_at": "found-at",
    "/origin": "found-at",
    "/persona": "persona",
    "/place": "place",
    "/path": "path",
    "/machine": "machine",
    "/time_zone": "time-zone",
    "/handling/basis": "basis",
}
_OF_CORRECTION: Final[Mapping[str, str]] = {
    "basis": "basis",
    "description": "description",
    "found_at": "found-at",
    "persona": "persona",
    "place": "place",
}


def opened(
    entry: Entry, values: Mapping[str, Json], fields: Collection[str], named: Collection[str], *, whole: bool
) -> dict[str, Json]:
    """Of the values that can be opened of this record, those that the document opens.

    `fields` are names of FIELDS, `named` the key ids of whoever signed what it covers, who are named. `whole` says that
    it is about everything: only then are names of failed captures opened, which are listed in every document.
    """
    wanted = set(_wanted(entry, fields, named, whole=whole))
    return {pointer: value for pointer, value in values.items() if pointer in wanted}


def _wanted(entry: Entry, fields: Collection[str], named: Collection[str], *, whole: bool) -> Iterator[str]:
    body = entry.statement.body
    for pointer, person in people_of(body).items():
        if person.key_id in named:
            yield from (f"{pointer}/name", f"{pointer}/organisation")
    for pointer in sealed_fields(body):
        match body:
            case CaseOpened():
                wanted = pointer == "/title" and "title" in fields
            case Collected():
                wanted = pointer in CHECKED or _COLLECTED.get(pointer) in fields
            case Attempted():
                wanted = pointer in CHECKED or (whole and _COLLECTED.get(pointer) in fields)
            case Corrected() if pointer == "/value":
                wanted = body.field in _CORRECTED or _OF_CORRECTION.get(body.field) in fields
            case Noted() | GapExplained():
                wanted = "notes" in fields and entry.statement.item is not None  # none on the case is printed
            case _ if entry.statement.item is not None:
                wanted = pointer == "/digest" or "terms" in fields
            case _:
                wanted = False  # of people, and of what was opened for somebody else
        if wanted:
            yield pointer


def signers(entries: Iterable[Entry]) -> frozenset[str]:
    """The key ids of whoever signed these records."""
    return frozenset(entry.statement.signer for entry in entries)
