"""Replays the history: of a few items, as a writer needs it, without reading the whole case."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from custody.domain.entry import Entry, read_entry
from custody.domain.events import Body, Collected, Receipted, Reported
from custody.domain.history import Step, fold, fold_register
from custody.domain.ordering import in_order
from custody.domain.state import State
from custody.domain.statement import PEOPLE, filed_under
from custody.errors import FormatError, RuleError, VerificationError
from custody.formats.dsse import reopen_envelope
from custody.ports import CaseFiles, LedgerReader
from custody.services.looking import Case, Ledger
from custody.services.reading import Unreadable, entries, verified_row

_REPORTED = Reported.type_name().encode()
MAX_GENERATIONS = 100  # an item that derives from an item that derives from …


def history_of(reader: LedgerReader, case: Case, number: str) -> list[Entry]:
    """The entries about an item in all ledgers, each verified, in the order in which they are replayed.

    Raises VerificationError when one is not signed by its ledger's owner, or is not where it was signed, or the record
    that collected the item is not the first of them.
    """
    found = {entry.id: entry for entry in _entries(reader, case, [number])}
    ordered = [found[identity] for identity, _ in _ordered(list(found.values()))]
    if not ordered or ordered[0].statement.item != number or not isinstance(ordered[0].statement.body, Collected):
        raise VerificationError(f"the records of {number} are not filed as they should be", "run custody verify")
    return ordered


def diary(files: CaseFiles, case: Case) -> Iterator[Entry | Unreadable]:
    """Every entry of every ledger, in the order in which they are replayed; those that cannot be read come first."""
    if len(case.ledgers) == 1:
        yield from entries(files, case.lead.id)
        return
    found: dict[str, Entry] = {}
    for ledger in case.ledgers:
        for one in entries(files, ledger):
            if isinstance(one, Entry):
                found[one.id] = one
            else:
                yield one
    yield from (found[identity] for identity, _ in _ordered(list(found.values())))


def replay(
    reader: LedgerReader,
    case: Case,
    numbers: Iterable[str] = (),
    *,
    reports_of: Ledger | None = None,
    verified: bool = True,
) -> State:
    """What the rules know of the people of the case, and of these items; items that they derive from included.

    Also of the documents that were made, if `reports_of` says in which ledger. By the index, so one that is filed
    wrongly is not found; what a writer signs on top of that breaks a rule, and is not written.
    Raises VerificationError as `history_of` does; not `verified`, what does not hold is passed over. So is what breaks
    a rule: `auditing` reports it.
    """
    known_entries = {entry.id: entry for entry in _entries(reader, case, [PEOPLE], verified=verified)}
    wanted = list(dict.fromkeys(numbers))
    known = {PEOPLE}
    for _ in range(MAX_GENERATIONS):
        wanted = [number for number in wanted if number not in known]
        if not wanted:
            break
        found = list(_entries(reader, case, wanted, verified=verified))
        known.update(wanted)
        known_entries |= {entry.id: entry for entry in found}
        wanted = [number for entry in found for number in refers_to(entry.statement.body)]
    if reports_of is not None:
        known_entries |= {entry.id: entry for entry in reports(reader, reports_of, verified=verified)}
    state, forked = _folded(list(known_entries.values()))
    if not forked:
        return state
    # Two acts follow one: which of them counts depends on the order of everything, as a verifier replays it.
    everything = {
        entry.id: entry for ledger in case.ledgers.values() for entry in _all(reader, ledger, verified=verified)
    }
    return _folded(list(everything.values()))[0]


def reports(reader: LedgerReader, ledger: Ledger, *, verified: bool = True) -> Iterator[Entry]:
    """The entries of this ledger that tell of a document, in order. Raises VerificationError, or passes over."""
    for row in reader.rows_of_item(ledger.id, None):
        with suppress(*(() if verified else (FormatError, VerificationError))):
            if _REPORTED not in reopen_envelope(row.envelope):  # most are told apart by their bytes alone
                continue
            entry = verified_row(row, ledger.id, ledger.key) if verified else read_entry(row.envelope)
            if isinstance(entry.statement.body, Reported):
                yield entry


def _folded(entries: Sequence[Entry]) -> tuple[State, bool]:
    """The state after these entries, and whether an act was passed over because another one follows the same."""
    state = State()
    steps = [(entry.id, entry.statement) for entry in entries]
    fold_register(state, [step for step in steps if filed_under(step[1]) == PEOPLE])
    forked = False
    for identity, statement in _ordered(entries):
        try:
            fold(state, identity, statement)
        except RuleError:
            item = state.items.get(statement.item or "")
            if item is not None and statement.prev != item.tip:
                forked |= state.acts.get(statement.prev or "") == item.number
    return state, forked


def _all(reader: LedgerReader, ledger: Ledger, *, verified: bool) -> Iterator[Entry]:
    for row in reader.rows(ledger.id):
        with suppress(*(() if verified else (FormatError, VerificationError))):
            yield verified_row(row, ledger.id, ledger.key) if verified else read_entry(row.envelope)


def _entries(reader: LedgerReader, case: Case, filed: Iterable[str], *, verified: bool = True) -> Iterator[Entry]:
    keys = {ledger.id: ledger.key for ledger in case.ledgers.values()}
    for name in filed:
        for ledger, key in keys.items():
            for row in reader.rows_of_item(ledger, name):
                try:
                    yield verified_row(row, ledger, key) if verified else read_entry(row.envelope)
                except (FormatError, VerificationError):
                    if verified:
                        raise


def ordered(entries: Sequence[Entry]) -> list[Entry]:
    """These entries of several ledgers in the order in which they are replayed: it depends on no others."""
    by_id = {entry.id: entry for entry in entries}
    return [by_id[identity] for identity, _ in _ordered(list(by_id.values()))]


def _ordered(entries: Sequence[Entry]) -> Iterator[Step]:
    return in_order(_by_ledger(entries), (bytes.fromhex(entry.id) for entry in entries))


def _by_ledger(entries: Iterable[Entry]) -> dict[str, Iterator[Step]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.statement.ledger, []).append(entry)
    return {
        ledger: iter([(one.id, one.statement) for one in sorted(some, key=lambda one: one.statement.position)])
        for ledger, some in found.items()
    }


def refers_to(body: Body) -> Iterator[str]:
    """Other items that must be known before this statement can be judged."""
    match body:
        case Collected(derived_from=derivation) if derivation is not None:
            yield derivation.item
        case Receipted(paper=paper):
            yield paper
