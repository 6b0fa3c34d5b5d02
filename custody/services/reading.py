"""Reads what stands in the ledgers of a case: rows, entries, sealed values. Checks little; `auditing` checks all."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from custody.domain.entry import Entry, read_entry, verify_entry
from custody.domain.events import sealed_fields
from custody.domain.events.membership import withheld
from custody.domain.sealing import open_field
from custody.errors import CustodyError, FormatError, VerificationError
from custody.formats.canonical import Json
from custody.formats.seal import Opening
from custody.ports import CaseFiles, OpeningRow, Row

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

SLICE = 2048  # rows that are read in one view, so that writers never wait long


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row whose envelope cannot be read, and why."""

    position: int
    why: str
    ledger: str = ""


def verified_row(row: Row, ledger: str, key: "EllipticCurvePublicKey") -> Entry:
    """The entry of a row, verified to be signed by `key` for this place. Raises VerificationError."""
    try:
        entry = read_entry(row.envelope)
    except FormatError as error:
        raise VerificationError(
            f"record {row.position} cannot be read: {error.message}", "run custody verify"
        ) from error
    statement = verify_entry(entry, key)
    if (statement.ledger, statement.position) != (ledger, row.position):
        raise VerificationError(f"record {row.position} is not where it was signed", "run custody verify")
    return entry


def entries(files: CaseFiles, ledger: str, start: int = 0) -> Iterator[Entry | Unreadable]:
    """The entries from `start` on, in order, read but not verified."""
    for row in rows(files, ledger, start):
        try:
            yield read_entry(row.envelope)
        except FormatError as error:
            yield Unreadable(row.position, error.message, ledger)


def rows(files: CaseFiles, ledger: str, start: int = 0) -> Iterator[Row]:
    """The rows from `start` on, in short views of the database, whatever positions are missing."""
    while True:
        with files.ledgers.reading() as reader:
            some = list(islice(reader.rows(ledger, start), SLICE))
        yield from some
        if len(some) < SLICE:
            return
        start = some[-1].position + 1


def with_values(files: CaseFiles, found: Iterable[Entry]) -> Iterator[tuple[Entry, dict[str, Json]]]:
    """Each entry with its sealed values that can be opened here, by pointer; read slice by slice."""
    remaining = iter(found)
    while some := list(islice(remaining, SLICE)):
        values = opened_values(files, some)
        for entry in some:
            yield entry, values[entry.id]


def opened_values(files: CaseFiles, found: Iterable[Entry]) -> dict[str, dict[str, Json]]:
    """The sealed values of these entries that can be opened here, by statement id and pointer.

    A kept value that is not the one that was sealed is left out, like a missing one: it is never shown. So is what is
    withheld, but for `withheld_value`.
    """
    values: dict[str, dict[str, Json]] = {}
    by_place: dict[str, dict[int, Entry]] = {}
    for entry in found:
        values[entry.id] = {}
        by_place.setdefault(entry.statement.ledger, {})[entry.statement.position] = entry
    with files.ledgers.reading() as reader:
        for ledger, entries_there in by_place.items():
            for first, last in runs(sorted(entries_there)):
                for row in reader.openings(ledger, first, last + 1):
                    _open_row(entries_there[row.position], row, values[entries_there[row.position].id])
    return values


def _open_row(entry: Entry, row: OpeningRow, values: dict[str, Json]) -> None:
    """Put what `row` opens into `values`, if it opens anything; what it does not open `auditing` reports."""
    sealed = sealed_fields(entry.statement.body).get(row.pointer)
    if sealed is None or row.pointer in withheld(entry.statement.body):
        return
    with suppress(CustodyError):
        values[row.pointer] = open_field(entry.statement, sealed, Opening(row.pointer, row.salt, row.value))


def withheld_value(files: CaseFiles, entry: Entry, pointer: str) -> str | None:
    """What is sealed at this pointer and withheld elsewhere, if it can be opened here."""
    sealed = sealed_fields(entry.statement.body).get(pointer)
    if sealed is None:
        return None
    position = entry.statement.position
    with files.ledgers.reading() as reader:
        rows = [
            one for one in reader.openings(entry.statement.ledger, position, position + 1) if one.pointer == pointer
        ]
    for row in rows:
        with suppress(CustodyError):
            value = open_field(entry.statement, sealed, Opening(row.pointer, row.salt, row.value))
            return value if isinstance(value, str) else None
    return None


def runs(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and last of each run of neighbours among ascending positions."""
    first = last = positions[0]
    for position in positions[1:]:
        if position != last + 1:
            yield first, last
            first = position
        last = position
    yield first, last
