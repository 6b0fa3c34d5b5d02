"""Reads a case as it stands: its ledger, its items, its sealed values. Checks little; `auditing` checks everything."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from custody.domain.entry import Entry, read_entry, verify_entry
from custody.domain.events import CaseOpened, Collected, Unknown, sealed_fields
from custody.domain.history import fold
from custody.domain.parties import checkpoint_verifier, origin
from custody.domain.state import State
from custody.errors import CustodyError, FormatError, RuleError, VerificationError
from custody.formats.canonical import Json
from custody.formats.checkpoint import Checkpoint, format_checkpoint
from custody.formats.encoding import format_time
from custody.formats.note import format_note, sign_note
from custody.formats.seal import Opening, open_seal
from custody.formats.signature import load_p256
from custody.ports import CaseFiles, LedgerReader, OpeningRow, RememberedHead, Row, Signer, World
from custody.services import remembering

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

SLICE = 2048  # rows that are read in one view, so that writers never wait long


@dataclass(frozen=True, slots=True)
class Ledger:
    """The case lead's ledger: its id and the entry that opens the case, verified against its own key."""

    id: str
    opening: Entry

    @property
    def case(self) -> str:
        """The case id."""
        return self.opening.statement.case

    @property
    def body(self) -> CaseOpened:
        """What the record that opens the case says."""
        body = self.opening.statement.body
        assert isinstance(body, CaseOpened)
        return body


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row whose envelope cannot be read, and why."""

    position: int
    why: str


def find_ledger(reader: LedgerReader) -> Ledger:
    """The ledger whose first entry opens the case by its own key. Raises VerificationError when there is none."""
    for ledger in reader.ledgers():
        row = next(reader.rows(ledger, 0, 1), None)
        if row is None:
            continue
        try:
            entry = read_entry(row.envelope)
            fold(State(), entry.id, entry.statement)
            body = entry.statement.body
            if isinstance(body, CaseOpened) and entry.statement.ledger == ledger:
                verify_entry(entry, load_p256(body.lead.spki))
                return Ledger(ledger, entry)
        except (FormatError, RuleError, VerificationError):
            continue  # another ledger may open the case; if none does, that is the error
    raise VerificationError(
        "no record here opens a case by its lead's own key",
        "run custody verify to see what is wrong; look for another copy of the case folder",
    )


def look(files: CaseFiles, world: World) -> Ledger:
    """Find the ledger, and remember its head when its newest batch is signed by the lead.

    Every command that sees a ledger begins with this. Raises VerificationError when the ledger does not extend what
    this computer remembers of it.
    """
    try:
        return _look(files, world)
    except VerificationError:
        # Another process may have written, and remembered it, after this view of the ledger began: look again.
        return _look(files, world)


def _look(files: CaseFiles, world: World) -> Ledger:
    with files.ledgers.reading() as reader:
        ledger = find_ledger(reader)
        remember_head(reader, ledger, world)
        return ledger


def remember_head(reader: LedgerReader, ledger: Ledger, world: World) -> None:
    """Remember the present head, bound to the owner's signatures. Raises VerificationError.

    A head is not remembered beyond a record that this version cannot follow: so a writer knows that everything up to
    the remembered head can be followed, without reading it again.
    """
    size = reader.size(ledger.id)
    before = world.heads.get(ledger.id)
    try:
        if before is not None and (before.size, before.root) == (size, remembering.root_of(reader, ledger.id, size)):
            return
    except FormatError as error:
        raise VerificationError(error.message, error.hint) from error
    batch = remembering.newest_batch(reader, ledger.id, load_p256(ledger.body.lead.spki))
    if before is not None and not remembering.extends(reader, ledger.id, batch, before):
        raise remembering.contradiction(before, size)
    if not_followed(reader, ledger, 0 if before is None else before.size) is not None:
        return
    counted, counter = (0, 0) if before is None else (before.counted, before.counter)
    head = RememberedHead(
        ledger.id, ledger.case, batch.size, batch.root, format_time(world.clock.now()), counted, counter
    )
    stands = world.heads.remember(head, lambda one: remembering.extends(reader, ledger.id, batch, one))
    if stands is not None and stands.size <= size:  # a larger one was remembered by another process meanwhile
        raise remembering.contradiction(stands, size)


def not_followed(reader: LedgerReader, ledger: Ledger, start: int) -> str | None:
    """In words, the first record from `start` on that cannot be read or is of an unknown kind; None if all can."""
    for row in reader.rows(ledger.id, start):
        try:
            body = read_entry(row.envelope).statement.body
        except FormatError:
            return f"record {row.position} cannot be read"
        if isinstance(body, Unknown):
            return f"record {row.position} is of a kind that this version does not know ({body.kind})"
    return None


def history_of(files: CaseFiles, ledger: Ledger, number: str) -> list[Entry]:
    """The entries that speak of an item, each verified to be signed by the owner and in its place.

    Raises VerificationError when one is not, or the record that collected it is not among them.
    """
    key = load_p256(ledger.body.lead.spki)
    with files.ledgers.reading() as reader:
        found = [verified_row(row, ledger, key) for row in reader.rows_of_item(ledger.id, number)]
    if not found or found[0].statement.item != number or not isinstance(found[0].statement.body, Collected):
        raise VerificationError(f"the records of {number} are not filed as they should be", "run custody verify")
    return found


def verified_row(row: Row, ledger: Ledger, key: "EllipticCurvePublicKey") -> Entry:
    """The entry of a row, verified to be signed by `key` for this place. Raises VerificationError."""
    try:
        entry = read_entry(row.envelope)
    except FormatError as error:
        raise VerificationError(
            f"record {row.position} cannot be read: {error.message}", "run custody verify"
        ) from error
    statement = verify_entry(entry, key)
    if (statement.ledger, statement.position) != (ledger.id, row.position):
        raise VerificationError(f"record {row.position} is not where it was signed", "run custody verify")
    return entry


def entries(files: CaseFiles, ledger: str, start: int = 0) -> Iterator[Entry | Unreadable]:
    """The entries from `start` on, in order, read but not verified."""
    for row in rows(files, ledger, start):
        try:
            yield read_entry(row.envelope)
        except FormatError as error:
            yield Unreadable(row.position, error.message)


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

    A kept value that is not the one that was sealed is left out, like a missing one: it is never shown.
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
    statement = entry.statement
    sealed = sealed_fields(statement.body).get(row.pointer)
    if sealed is None:
        return
    with suppress(CustodyError):
        value = open_seal(sealed, statement.case, statement.body.kind, Opening(row.pointer, row.salt, row.value))
        statement.body.check_opened(row.pointer, value)
        values[row.pointer] = value


def runs(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and last of each run of neighbours among ascending positions."""
    first = last = positions[0]
    for position in positions[1:]:
        if position != last + 1:
            yield first, last
            first = position
        last = position
    yield first, last


def sign_checkpoint(reader: LedgerReader, ledger: Ledger, signer: Signer) -> tuple[Checkpoint, bytes]:
    """The ledger's present checkpoint, and the signed note that states it (C2SP tlog-checkpoint).

    Raises VerificationError when the stored tree is not the one that the owner's signatures stand for.
    """
    batch = remembering.newest_batch(reader, ledger.id, load_p256(ledger.body.lead.spki))
    checkpoint = Checkpoint(origin(ledger.id), batch.size, batch.root)
    state = State()
    fold(state, ledger.opening.id, ledger.opening.statement)
    verifier = checkpoint_verifier(ledger.id, state.members[ledger.opening.statement.signer])
    note = sign_note(format_checkpoint(checkpoint), [(verifier, signer.sign_checkpoint)])
    return checkpoint, format_note(note)
