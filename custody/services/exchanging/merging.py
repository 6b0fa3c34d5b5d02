"""Takes in other people's ledgers unchanged, after checking every signature and place, and signs what was seen.

Nothing is ever overwritten: a ledger that is longer here stays, one that differs is named and kept out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from custody.domain.entry import Entry, read_entry, verify_entry
from custody.domain.events import Erased, LedgerOpened, LedgerSeen, sealed_fields
from custody.domain.events.acting import said_by
from custody.domain.events.exchange import MAX_SEEN, SeenHead
from custody.domain.sealing import open_field
from custody.domain.statement import filed_under
from custody.domain.structure import MAX_BATCH, Stated, Structure
from custody.errors import CustodyError, FormatError, VerificationError
from custody.formats.dsse import reopen_envelope
from custody.formats.merkle import Frontier, Hash, leaf_hash
from custody.formats.share import Share, SharedEntry, SharedLedger
from custody.ports import CaseFiles, OpeningRow, Row, World
from custody.services import listing, looking, remembering, replaying, tokens
from custody.services.exchanging.carried import Carried
from custody.services.looking import Case, Ledger
from custody.services.recording import Draft, Recorder

_ERASED = Erased.type_name().encode()


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of one ledger that was sent: how many records were here, and are here now; in words what is wrong."""

    ledger: str
    label: str
    before: int
    size: int
    wrong: str | None = None


@dataclass(frozen=True, slots=True)
class _Checked:
    """A ledger that holds in itself: its rows, and the root over the first so many entries."""

    ledger: Ledger
    rows: tuple[Row, ...]
    openings: tuple[OpeningRow, ...]
    roots: dict[int, Hash]


def merge(files: CaseFiles, world: World, share: Share, own: str | None) -> list[Merged]:
    """Take in what `share` carries; `own` is the ledger that is written here, which nobody else's copy extends.

    Raises VerificationError when it is of another case. What is wrong with one ledger does not keep the others out.
    The objects that timestamps in it name are on the disk before those records are committed.
    """
    case = looking.look(files, world)
    if share.head.case != case.id:
        raise VerificationError(
            "what was sent belongs to another case", "go to the folder of that case, or ask for the right file"
        )
    merged = []
    carried = Carried(files, share.objects)
    for shared in share.ledgers:
        merged.append(_merge_one(files, case, shared, own, carried))
        case = looking.look(files, world)  # the next one must fit to this one as well
    _follow_erasures(files)
    carried.finish(world.warn)
    return merged


def take_in(recorder: Recorder, share: Share) -> list[Merged]:
    """Take in all that `share` carries. Raises VerificationError when some of it does not hold."""
    if share.objects:
        recorder.check_store()
    merged = merge(recorder.files, recorder.world, share, recorder.ledger.id)
    for one in merged:
        if one.wrong is not None:
            raise VerificationError(
                f"{one.label}: what was sent does not hold: {one.wrong}", "ask for it to be sent again"
            )
    return merged


def see(recorder: Recorder, merged: Sequence[Merged]) -> int | None:
    """Sign which ledgers were taken in, and their heads; the position of that record, None when nothing was new."""
    vouched = _vouched(recorder)
    with recorder.files.ledgers.reading() as reader:
        sizes = {one.ledger: reader.size(one.ledger) for one in merged if one.wrong is None}
    # Not what this merge brought: one that broke off between taking in and signing is made up for by the next.
    new = sorted(one for one, size in sizes.items() if size > vouched.get(one, 0) and one != recorder.ledger.id)
    if not new:
        return None
    with recorder.files.ledgers.reading() as reader:
        heads = [
            SeenHead(
                ledger=ledger,
                size=(size := reader.size(ledger)),
                root=remembering.root_of(reader, ledger, size).hex(),
            )
            for ledger in new
        ]
    drafts = [
        Draft(LedgerSeen(ledgers=tuple(heads[start : start + MAX_SEEN]))) for start in range(0, len(heads), MAX_SEEN)
    ]
    return recorder.append(drafts)[-1].position


def _vouched(recorder: Recorder) -> dict[str, int]:
    """How many records of each ledger the signer has said that they have seen."""
    found: dict[str, int] = {}
    for _, body in listing.of_kind(recorder.files, recorder.ledger.id, LedgerSeen):
        for one in body.ledgers:
            found[one.ledger] = max(one.size, found.get(one.ledger, 0))
    return found


def _merge_one(files: CaseFiles, case: Case, shared: SharedLedger, own: str | None, carried: Carried) -> Merged:
    known = case.ledgers.get(shared.id)
    label = shared.id[:16] if known is None else known.label
    before = _size(files, shared.id)
    try:
        checked = _check(case, shared, before)
        label = checked.ledger.label
        size = _take(files, case, checked, before, own, carried)
    except CustodyError as error:
        return Merged(shared.id, label, before, before, error.message)
    return Merged(shared.id, label, before, size)


def _check(case: Case, shared: SharedLedger, before: int) -> _Checked:
    """Every record of a ledger that was sent, each signed by its owner and in its place. Raises CustodyError."""
    first = read_entry(shared.entries[0].envelope)
    ledger = looking.open_ledger(first, shared.id)
    if ledger.case != case.id:
        raise VerificationError("it belongs to another case")
    if shared.id != case.lead.id and not isinstance(ledger.body, LedgerOpened):
        raise VerificationError("it opens a case of its own")
    _check_place_in_case(case, ledger)
    size = len(shared.entries)
    structure = Structure(shared.id, (min(before, size), size))
    frontier = Frontier()
    rows: list[Row] = []
    openings: list[OpeningRow] = []
    for position, one in enumerate(shared.entries):
        entry = read_entry(one.envelope)
        verify_entry(entry, ledger.key)
        leaf = leaf_hash(one.envelope)
        nodes = b"".join(frontier.append(leaf))
        filed = filed_under(entry.statement)
        if wrong := structure.take(position, filed, nodes, leaf, Stated.of(entry.statement)):
            raise VerificationError(f"record {position} of it does not hold: {wrong[0].what}")
        rows.append(Row(position, filed, one.envelope, nodes))
        openings += _opened(entry, one)
    return _Checked(ledger, tuple(rows), tuple(openings), structure.roots)


def _check_place_in_case(case: Case, ledger: Ledger) -> None:
    """Raise VerificationError for a ledger that would make the case fail: it is kept out rather than found later."""
    for other in case.ledgers.values():
        if other.id != ledger.id and other.owner == ledger.owner:
            raise VerificationError("its owner has another ledger here; each person has one, on one device")
        if other.id != ledger.id and other.label == ledger.label:
            raise VerificationError(f"the label {ledger.label} belongs to somebody else here; they join with another")


def _opened(entry: Entry, one: SharedEntry) -> Iterator[OpeningRow]:
    """What was sent to open its seals. Raises VerificationError, FormatError for what opens none."""
    statement = entry.statement
    fields = sealed_fields(statement.body)
    for opening in one.openings:
        if opening.pointer not in fields:
            raise VerificationError(f"record {statement.position} of it seals no {opening.pointer}")
        open_field(statement, fields[opening.pointer], opening)
        yield OpeningRow(statement.position, opening.pointer, opening.salt, opening.encoded)


def _take(files: CaseFiles, case: Case, checked: _Checked, before: int, own: str | None, carried: Carried) -> int:
    """Add what is new of a ledger; how many records are here then. Raises VerificationError for one that differs."""
    name, rows = checked.ledger.id, checked.rows
    common = min(before, len(rows))
    if common:
        with files.ledgers.reading() as reader:
            if remembering.root_of(reader, name, common) != checked.roots[common]:
                here = reader.rows(name, 0, common)
                at = next((row.position for row, theirs in zip(here, rows, strict=False) if row != theirs), common)
                raise VerificationError(
                    f"there are two versions of this ledger, which part at record {at}: it was rewritten, or two "
                    "devices went on from one copy"
                )
    if name == own and len(rows) > before:
        raise VerificationError(
            f"it has {len(rows)} records of your own ledger, and here are {before}: another device wrote on, or this "
            "is an old copy"
        )
    carried.keep(tokens.named(row.envelope for row in rows))
    for start in range(common, len(rows), MAX_BATCH):
        some = rows[start : start + MAX_BATCH]
        with files.ledgers.writing() as writer:
            if writer.size(name) != start:
                raise VerificationError("another process took it in meanwhile", "run the command again")
            stop = start + len(some)
            writer.append(name, some, [row for row in checked.openings if start <= row.position < stop])
    if late := _late(files, case, checked, common):
        with files.ledgers.writing() as writer:
            writer.keep(name, late)
    return max(before, len(rows))


def _follow_erasures(files: CaseFiles) -> None:
    """Destroy here what any record says was erased, where the rules let its signer say so.

    Not only what came now may say it: the ledger with the field may come after the erasure, and so may the register
    that lets somebody erase.
    """
    with files.ledgers.reading() as reader:
        case = looking.find_case(reader)
        items = {item for ledger in case.ledgers for row in reader.rows(ledger) if (item := _erasure(row)) is not None}
        if not items:
            return
        state = replaying.replay(reader, case, sorted(items))
        records = [(said_by(one, state), pointer) for one, pointer in state.erased]
        places = [(said.ledger, said.position, pointer) for said, pointer in records if said is not None]
    if places:
        with files.ledgers.writing() as writer:
            for place in places:
                writer.erase(*place)


def _erasure(row: Row) -> str | None:
    """The item of which this record erases a field. All rows are asked: most are told apart by their bytes alone."""
    try:
        if row.item is None or _ERASED not in reopen_envelope(row.envelope):
            return None
        statement = read_entry(row.envelope).statement
    except FormatError:
        return None  # verify tells of it
    return statement.item if isinstance(statement.body, Erased) else None


def _late(files: CaseFiles, case: Case, checked: _Checked, common: int) -> list[OpeningRow]:
    """What opens seals of records that were here before, and was neither kept nor erased here."""
    with files.ledgers.reading() as reader:
        known = {(row.position, row.pointer) for row in reader.openings(checked.ledger.id, 0, common)}
        late = [row for row in checked.openings if row.position < common and (row.position, row.pointer) not in known]
        entries = {row.position: read_entry(checked.rows[row.position].envelope) for row in late}
        items = {entry.statement.item for entry in entries.values() if entry.statement.item is not None}
        erased = replaying.replay(reader, case, sorted(items)).erased
    return [row for row in late if (entries[row.position].id, row.pointer) not in erased]


def _size(files: CaseFiles, ledger: str) -> int:
    with files.ledgers.reading() as reader:
        return reader.size(ledger)
