"""Finds items and the records beside them without reading the whole ledger. By its index, so it verifies nothing.

A case of a million records is looked at as quickly as one of a thousand. Whether the index is right `auditing` says.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from custody.domain.entry import Entry, read_entry
from custody.domain.events import Collected
from custody.domain.fields import is_item_number
from custody.domain.items import split_number
from custody.errors import FormatError, UsageError
from custody.ports import CaseFiles, Row
from custody.services import reading
from custody.services.reading import Ledger, Unreadable

SLICE = 256  # items that are looked up in one view
MIN_DIGEST_START = 6  # hexadecimal digits; fewer are taken for a counter or a slip


def numbers(files: CaseFiles, ledger: str) -> list[str]:
    """The numbers of all items, by label and counter."""
    with files.ledgers.reading() as reader:
        found = [number for number in reader.items(ledger) if is_item_number(number)]
    return sorted(found, key=split_number)


def collected(files: CaseFiles, ledger: str, wanted: Sequence[str]) -> Iterator[Entry]:
    """The entries that collected these items, in this order; one that cannot be read or found is passed over."""
    remaining = iter(wanted)
    while some := list(islice(remaining, SLICE)):
        with files.ledgers.reading() as reader:
            found = [reader.rows_of_item(ledger, number) for number in some]
        for rows in found:
            for entry in map(_entry, rows[:1]):
                if isinstance(entry, Entry) and isinstance(entry.statement.body, Collected):
                    yield entry


def beside_items(files: CaseFiles, ledger: str) -> Iterator[Entry | Unreadable]:
    """The entries that speak of no item, in their order."""
    with files.ledgers.reading() as reader:
        rows = reader.rows_of_item(ledger, None)
    return map(_entry, rows)


def newest(files: CaseFiles, ledger: str) -> Entry | Unreadable | None:
    """The last entry of the ledger."""
    with files.ledgers.reading() as reader:
        size = reader.size(ledger)
        return next(map(_entry, reader.rows(ledger, size - 1)), None)


def find_item(files: CaseFiles, ledger: Ledger, wanted: str) -> str:
    """The number of the item that a person names: number, bare counter, or the beginning of its digest (6 digits).

    A digest is looked for in every record. Raises UsageError when no item fits, or several do.
    """
    named = wanted.upper().replace("/", "-")
    counter = f"{ledger.body.label}-{wanted}"
    with files.ledgers.reading() as reader:
        fitting = {name for name in (named, counter) if is_item_number(name) and reader.rows_of_item(ledger.id, name)}
    if named in fitting:
        return named
    fitting |= set(_of_digest(files, ledger, wanted.lower()))
    if len(fitting) == 1:
        return fitting.pop()
    if not fitting:
        raise UsageError(f"there is no item {wanted!r}", "run custody items to see them all")
    first = ", ".join(sorted(fitting, key=split_number)[:10])
    raise UsageError(f"{wanted!r} fits more than one item: {first}", "type the full number")


def _of_digest(files: CaseFiles, ledger: Ledger, start: str) -> Iterator[str]:
    if len(start) < MIN_DIGEST_START or not set(start) <= set("0123456789abcdef"):
        return
    entries = (entry for entry in reading.entries(files, ledger.id) if isinstance(entry, Entry))
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
