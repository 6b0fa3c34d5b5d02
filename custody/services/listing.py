"""Finds items and the records beside them without reading the whole ledger. By its index, so it verifies nothing.

A case of a million records is looked at as quickly as one of a thousand. Whether the index is right `auditing` says.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from custody.domain.descent import MAX_DEPTH
from custody.domain.entry import Entry, read_entry
from custody.domain.events import Body, Collected, Corrected
from custody.domain.events.membership import people_of
from custody.domain.fields import is_item_number
from custody.domain.items import Item, split_number
from custody.domain.state import State
from custody.domain.statement import PEOPLE
from custody.errors import FormatError, UsageError
from custody.formats.encoding import parse_base64
from custody.ports import CaseFiles, Row
from custody.services import reading, replaying
from custody.services.looking import Case
from custody.services.reading import Unreadable

DERIVED = 5_000  # items, the newest of each ledger, that are looked through for what was made from one
MOVED = 5_000  # items with more than one record that are looked through for open offers
SLICE = 256  # items that are looked up in one view
MIN_RECORD_START = 12  # hexadecimal digits of a record's id; fewer are taken for the beginning of a digest
MIN_DIGEST_START = 6  # hexadecimal digits; fewer are taken for a counter or a slip

_Kind = TypeVar("_Kind", bound=Body)


def numbers(files: CaseFiles, case: Case) -> list[str]:
    """The numbers of all items, by label and counter."""
    with files.ledgers.reading() as reader:
        found = {number for ledger in case.ledgers for number in reader.items(ledger) if is_item_number(number)}
    return sorted(found, key=split_number)


def collected(files: CaseFiles, case: Case, wanted: Sequence[str]) -> Iterator[Entry]:
    """The entries that collected these items, in this order; one that cannot be read or found is passed over."""
    by_label = {ledger.label: ledger.id for ledger in case.ledgers.values()}
    remaining = iter(wanted)
    while some := list(islice(remaining, SLICE)):
        with files.ledgers.reading() as reader:
            found = [reader.rows_of_item(by_label.get(split_number(number)[0], ""), number) for number in some]
        for rows in found:
            for entry in map(_entry, rows[:1]):
                if isinstance(entry, Entry) and isinstance(entry.statement.body, Collected):
                    yield entry


def around(files: CaseFiles, case: Case, number: str) -> dict[str, Entry]:
    """The entries that collected an item, what it was made from (and that from), and what may be made from it.

    No index tells the last, so only the newest DERIVED items are looked through. Not verified.
    """
    found: dict[str, Entry] = {}
    wanted = numbers(files, case)
    for entry in collected(files, case, wanted[-DERIVED:]):
        found[entry.statement.item or ""] = entry
    missing: str | None = number
    for _ in range(MAX_DEPTH + 1):
        if missing is None:
            break
        if missing not in found:
            found |= {entry.statement.item or "": entry for entry in collected(files, case, [missing])}
        missing = None if missing not in found else made_from(found[missing])
    return found


def made_from(entry: Entry) -> str | None:
    """The number of the item from which this entry's item was made."""
    body = entry.statement.body
    derivation = body.derived_from if isinstance(body, Collected) else None
    return None if derivation is None else derivation.item


def parents_of(entries: Iterable[Entry]) -> dict[str, str]:
    """From the numbers of items to those of what they were made from, where both are among these entries.

    A reference is a digest: an item that names another record than the one that collected its parent has none.
    """
    listed = list(entries)
    ids = {entry.statement.item: entry.id for entry in listed}
    found: dict[str, str] = {}
    for entry in listed:
        body, number = entry.statement.body, entry.statement.item
        derivation = body.derived_from if isinstance(body, Collected) else None
        if number is not None and derivation is not None and ids.get(derivation.item) == derivation.record:
            found[number] = derivation.item
    return found


def beside_items(files: CaseFiles, ledger: str) -> Iterator[Entry | Unreadable]:
    """The entries that speak of no item, in their order."""
    with files.ledgers.reading() as reader:
        rows = reader.rows_of_item(ledger, None)
    return map(_entry, rows)


def of_kind(files: CaseFiles, ledger: str, kind: type[_Kind]) -> Iterator[tuple[int, _Kind]]:
    """Position and body of those entries beside items that are of this kind; one that cannot be read is passed over."""
    for entry in beside_items(files, ledger):
        if isinstance(entry, Entry) and isinstance(body := entry.statement.body, kind):
            yield entry.statement.position, body


def newest(files: CaseFiles, ledger: str) -> Entry | Unreadable | None:
    """The last entry of the ledger."""
    with files.ledgers.reading() as reader:
        size = reader.size(ledger)
        return next(map(_entry, reader.rows(ledger, size - 1)), None)


def find_item(files: CaseFiles, case: Case, wanted: str) -> str:
    """The number of the item that a person names: number, bare counter, or the beginning of its digest (6 digits).

    A digest is looked for in every record. Raises UsageError when no item fits, or several do.
    """
    named = wanted.upper().replace("/", "-")
    ledgers = {ledger.label: ledger.id for ledger in case.ledgers.values()}
    possible = [name for name in (named, *(f"{label}-{wanted}" for label in ledgers)) if is_item_number(name)]
    with files.ledgers.reading() as reader:
        fitting = {name for name in possible if reader.rows_of_item(ledgers.get(split_number(name)[0], ""), name)}
    if named in fitting:
        return named
    fitting |= set(_of_digest(files, case, wanted.lower()))
    if len(fitting) == 1:
        return fitting.pop()
    if not fitting:
        raise UsageError(f"there is no item {wanted!r}", "run custody items to see them all")
    first = ", ".join(sorted(fitting, key=split_number)[:10])
    raise UsageError(f"{wanted!r} fits more than one item: {first}", "type the full number")


def _of_digest(files: CaseFiles, case: Case, start: str) -> Iterator[str]:
    if len(start) < MIN_DIGEST_START or not set(start) <= set("0123456789abcdef"):
        return
    everything = (entry for ledger in case.ledgers for entry in reading.entries(files, ledger))
    entries = (entry for entry in everything if isinstance(entry, Entry))
    items = (entry for entry in entries if isinstance(entry.statement.body, Collected))
    for entry, values in reading.with_values(files, items):
        body = entry.statement.body
        assert isinstance(body, Collected)
        digest = body.digest if isinstance(body.digest, str) else values.get("/digest")
        if isinstance(digest, str) and digest.startswith(start) and entry.statement.item is not None:
            yield entry.statement.item


def _entry(row: Row) -> Entry | Unreadable:
    try:
        return read_entry(row.envelope)
    except FormatError as error:
        return Unreadable(row.position, error.message)


def names(files: CaseFiles, case: Case) -> dict[str, str]:
    """The names of the people of the case by key id, as far as they can be opened here. Not verified."""
    found: dict[str, str] = {}
    with files.ledgers.reading() as reader:
        rows = [row for ledger in case.ledgers for row in reader.rows_of_item(ledger, PEOPLE)]
    entries = [entry for row in rows if isinstance(entry := _entry(row), Entry)]
    values = reading.opened_values(files, entries)
    for entry in entries:
        for pointer, person in people_of(entry.statement.body).items():
            if isinstance(name := values[entry.id].get(f"{pointer}/name"), str):
                found[person.key_id] = name
    return found


def ed25519_keys(files: CaseFiles, case: Case) -> frozenset[bytes]:
    """The Ed25519 keys of everybody whom the register of the case names, whether or not they still count.

    By them a cosigner is known to be of the case. Not verified.
    """
    with files.ledgers.reading() as reader:
        rows = [row for ledger in case.ledgers for row in reader.rows_of_item(ledger, PEOPLE)]
    entries = [entry for row in rows if isinstance(entry := _entry(row), Entry)]
    people = [person for entry in entries for person in people_of(entry.statement.body).values()]
    keys = (key for person in people for key in (person.checkpoint_key, person.cosignature_key))
    return frozenset(map(parse_base64, keys))


def due(files: CaseFiles, case: Case, today: str) -> list[str]:
    """The numbers of the items still here whose day of review, as last corrected, has come: looks at every item.

    `today` is YYYY-MM-DD. A corrected day that cannot be opened here is taken for the one that was recorded first.
    """
    every = numbers(files, case)
    with files.ledgers.reading() as reader:
        state = replaying.replay(reader, case, every, verified=False)
        entries = [
            entry
            for number, item in state.items.items()
            if item.corrections
            for entry in replaying.history_of(reader, case, number)
            if _corrects_review(entry, item, state)
        ]
    values = reading.opened_values(files, entries)
    days = {number: item.body.handling.review for number, item in state.items.items()}
    for entry in entries:
        if isinstance(day := values[entry.id].get("/value"), str):
            days[str(entry.statement.item)] = day
    here = {number for number, item in state.items.items() if item.standing in ("held", "withdrawn")}
    return [number for number in every if number in here and (day := days[number]) is not None and day <= today]


def _corrects_review(entry: Entry, item: Item, state: State) -> bool:
    body, signer = entry.statement.body, state.members.get(entry.statement.signer)
    counts = isinstance(body, Corrected) and (body.statement, body.field) == (item.first, "review")
    return counts and signer is not None and signer.person == state.person(item.collected_by)


def offers(files: CaseFiles, case: Case) -> list[Item]:
    """The items whose release nobody has answered yet, in the order of their numbers.

    Whoever offers an item that they collected or received has another record of it, and the lead, who does so for
    somebody who left, one of an item that is not her own. Only such items are looked at, and of those the newest MOVED.
    """
    with files.ledgers.reading() as reader:
        moved = {number for ledger in case.ledgers for number in reader.items(ledger, 2) if is_item_number(number)}
        for ledger in case.ledgers.values() if len(case.ledgers) > 1 else ():
            filed = [number for number in reader.items(ledger.id) if is_item_number(number)]
            moved.update(number for number in filed if split_number(number)[0] != ledger.label)
        state = replaying.replay(reader, case, sorted(moved, key=split_number)[-MOVED:], verified=False)
    return [item for _, item in sorted(state.items.items(), key=lambda one: split_number(one[0])) if item.offer]


def find_record(files: CaseFiles, case: Case, start: str) -> tuple[str, str] | None:
    """Id and item of the record about an item whose id begins so, looked for in every record; None if none does.

    Raises UsageError when several do.
    """
    if len(start) < MIN_RECORD_START or not set(start) <= set("0123456789abcdef"):
        return None
    everything = (entry for ledger in case.ledgers for entry in reading.entries(files, ledger))
    found = {
        (entry.id, entry.statement.item)
        for entry in everything
        if isinstance(entry, Entry) and entry.id.startswith(start) and entry.statement.item is not None
    }
    if len(found) > 1:
        raise UsageError(f"{start!r} begins the ids of {len(found)} records", "type more of it")
    return found.pop() if found else None
