"""Reads a case as it stands: its ledger, its items, its sealed values. Checks little; `auditing` checks everything."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from custody.domain.entry import Entry, read_entry, verify_entry
from custody.domain.events import CaseOpened, sealed_fields
from custody.domain.history import fold
from custody.domain.items import Item
from custody.domain.parties import checkpoint_verifier, origin
from custody.domain.state import State
from custody.errors import CustodyError, FormatError, RuleError, UsageError, VerificationError
from custody.formats import canonical
from custody.formats.canonical import Json
from custody.formats.checkpoint import Checkpoint, format_checkpoint
from custody.formats.merkle import leaf_hash
from custody.formats.note import format_note, sign_note
from custody.formats.seal import Opening, open_seal
from custody.formats.signature import load_p256
from custody.ports import CaseFiles, LedgerReader, Row, Signer, World
from custody.services import remembering

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
    with files.ledgers.reading() as reader:
        ledger = find_ledger(reader)
        remember_head(reader, ledger, world)
        return ledger


def remember_head(reader: LedgerReader, ledger: Ledger, world: World) -> None:
    """Remember the present head, if the newest entry is what the ledger's owner signed. Raises VerificationError."""
    size = reader.size(ledger.id)
    before = world.heads.get(ledger.id)
    if before is not None and before.size == size and before.root == remembering.root_of(reader, ledger.id, size):
        return
    _check_newest(reader, ledger, size)
    stands = remembering.remember(world.heads, reader, ledger=ledger.id, case=ledger.case, now=world.clock.now())
    if stands is not None:
        raise remembering.contradiction(stands, size)


def _check_newest(reader: LedgerReader, ledger: Ledger, size: int) -> None:
    """Raise VerificationError unless the newest batch is signed by the owner and follows what lies before it."""
    newest = next(reader.rows(ledger.id, size - 1, size), None)
    if newest is None:
        raise VerificationError(f"record {size - 1} is missing", "run custody verify")
    key = load_p256(ledger.body.lead.spki)
    try:
        head = verify_entry(read_entry(newest.envelope), key).head
        batch = [read_entry(row.envelope) for row in reader.rows(ledger.id, head.size, size)]
        for entry in batch:
            verify_entry(entry, key)
        expected = remembering.root_of(reader, ledger.id, head.size).hex()
        leaf = reader.node(ledger.id, 0, size - 1)
    except FormatError as error:
        raise VerificationError(f"the newest records cannot be read: {error}", "run custody verify") from error
    follows = head.root == expected and all(entry.statement.head == head for entry in batch)
    if not follows or leaf != leaf_hash(newest.envelope):
        raise VerificationError("the newest records do not follow what lies before them", "run custody verify")


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


def replay(files: CaseFiles, ledger: str) -> State:
    """The state after the whole ledger; what cannot be read or breaks a rule is passed over."""
    state = State()
    for entry in entries(files, ledger):
        if isinstance(entry, Entry):
            try:
                fold(state, entry.id, entry.statement)
            except RuleError:
                continue  # changes no state; `auditing` reports it
    return state


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
    by_id = {entry.id: entry for entry in found}
    values: dict[str, dict[str, Json]] = {identity: {} for identity in by_id}
    with files.ledgers.reading() as reader:
        for row in reader.openings(list(by_id)):
            statement = by_id[row.statement].statement
            sealed = sealed_fields(statement.body).get(row.pointer)
            if sealed is None:
                continue
            try:
                opening = Opening(row.pointer, row.salt, canonical.parse(row.value))
                value = open_seal(sealed, statement.case, statement.body.kind, opening)
                statement.body.check_opened(row.pointer, value)
                values[row.statement][row.pointer] = value
            except CustodyError:
                continue  # `auditing` reports it
    return values


def find_item(state: State, digests: dict[str, str], wanted: str) -> Item:
    """The item that `wanted` names: its number, its bare counter, or the beginning of its digest (6 digits or more).

    `digests` are the opened digests of items that seal them. Raises UsageError when none or several fit.
    """
    upper = wanted.upper().replace("/", "-")
    if upper in state.items:
        return state.items[upper]
    fitting = [item for item in state.items.values() if _fits(item, digests.get(item.number), wanted.lower())]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise UsageError(f"there is no item {wanted!r}", "run custody items to see them all")
    numbers = ", ".join(item.number for item in fitting[:10])
    raise UsageError(f"{wanted!r} fits more than one item: {numbers}", "type the full number")


MIN_DIGEST_START = 6  # hexadecimal digits; fewer are taken for a counter or a slip


def _fits(item: Item, digest: str | None, wanted: str) -> bool:
    if item.number.rpartition("-")[2] == wanted:
        return True
    if digest is None and isinstance(item.body.digest, str):
        digest = item.body.digest
    return len(wanted) >= MIN_DIGEST_START and digest is not None and digest.startswith(wanted)


def sign_checkpoint(reader: LedgerReader, ledger: Ledger, signer: Signer) -> tuple[Checkpoint, bytes]:
    """The ledger's present checkpoint, and the signed note that states it (C2SP tlog-checkpoint)."""
    size = reader.size(ledger.id)
    checkpoint = Checkpoint(origin(ledger.id), size, remembering.root_of(reader, ledger.id, size))
    state = State()
    fold(state, ledger.opening.id, ledger.opening.statement)
    verifier = checkpoint_verifier(ledger.id, state.members[ledger.opening.statement.signer])
    note = sign_note(format_checkpoint(checkpoint), [(verifier, signer.sign_checkpoint)])
    return checkpoint, format_note(note)
