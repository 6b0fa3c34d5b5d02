"""Chooses the records that a document rests on, of all ledgers of the case: only those that were found to hold.

A record that breaks a rule, or whose signature fails, would otherwise be printed and signed.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from custody.domain.entry import Entry
from custody.domain.events import Collected, Noted, Released, ReleasedOnPaper
from custody.domain.items import split_number
from custody.domain.parties import origin
from custody.domain.statement import PEOPLE, filed_under
from custody.domain.verdict import LedgerHead
from custody.errors import FormatError, RuleError, StorageError, UsageError
from custody.formats.checkpoint import Checkpoint
from custody.services import looking, reading, remembering, replaying
from custody.services.auditing import Audit
from custody.services.recording import Recorder


@dataclass(frozen=True, slots=True)
class Heads:
    """The ledgers as the document found them, by id; `note` is the signed one of the maker's own, `own` its id."""

    own: str
    note: bytes
    of: Mapping[str, Checkpoint]


@dataclass(frozen=True, slots=True)
class Chosen:
    """`entries` are all records that a document rests on, in the order of their replay; `histories` those about each
    covered item, by number; `beside` those about no item; `register` those about people. `withheld` are the numbers of
    items that are not covered, with the time at which each was recorded, "" where no believable record says.
    """

    entries: tuple[Entry, ...]
    register: tuple[Entry, ...]
    histories: Mapping[str, Sequence[Entry]]
    beside: tuple[Entry, ...]
    withheld: Mapping[str, str]

    @property
    def whole(self) -> bool:
        """Whether every item is covered."""
        return not self.withheld


def find_heads(recorder: Recorder, found: Sequence[LedgerHead]) -> Heads:
    """The heads of the case's ledgers: the maker's own as it is now, the others as they were examined.

    A ledger whose stored tree is not that of its records is left out: nothing in it could be proven. Raises
    VerificationError where that is the maker's own.
    """
    roots = {head.origin: head for head in found}
    of: dict[str, Checkpoint] = {}
    with recorder.files.ledgers.reading() as reader:
        checkpoint, note = looking.sign_checkpoint(reader, recorder.ledger, recorder.signer)
        for ledger in recorder.whole.ledgers:
            head = roots.get(origin(ledger))
            if ledger == recorder.ledger.id:
                of[ledger] = checkpoint
            elif head is not None and head.root:
                try:
                    stored = remembering.root_of(reader, ledger, head.size)
                except (FormatError, StorageError):
                    continue
                if stored.hex() == head.root:
                    of[ledger] = Checkpoint(head.origin, head.size, stored)
    return Heads(recorder.ledger.id, note, of)


def choose(recorder: Recorder, seen: Audit, heads: Heads, numbers: Collection[str]) -> Chosen:
    """The records for a document about these items (none: all). Raises UsageError for one that is not there."""
    wanted = frozenset(numbers)
    found: list[Entry] = []
    times: dict[str, str] = {}
    for entry in _believed(recorder, seen, heads):
        number = entry.statement.item
        if number is not None and isinstance(entry.statement.body, Collected):
            times[number] = entry.statement.time
        if number is None or not wanted or number in wanted:
            found.append(entry)
    if unknown := wanted - times.keys():
        raise UsageError(f"there is no item {', '.join(sorted(unknown))}", "run custody items to see them all")
    entries = replaying.ordered(found)
    histories: dict[str, list[Entry]] = {number: [] for number in sorted(wanted or times, key=split_number)}
    # Of a number without a record that holds nothing can be said here; the answers tell of it.
    exist = {*times, *seen.seen.files} if wanted else set()
    withheld = {number: times.get(number, "") for number in sorted(exist - histories.keys(), key=split_number)}
    register, beside = [], []
    for entry in entries:
        filed = filed_under(entry.statement)
        if filed == PEOPLE:
            register.append(entry)
        elif filed is None:
            # No document prints a note on the case. One of everything has its record all the same: only where none is
            # missing can a reader see that no correction was left out, which no other record names.
            if not (withheld and isinstance(entry.statement.body, Noted)):
                beside.append(entry)
        elif filed in histories:
            histories[filed].append(entry)
    kept = {entry.id for some in (register, beside, *histories.values()) for entry in some}
    return Chosen(
        tuple(entry for entry in entries if entry.id in kept),
        tuple(register),
        histories,
        tuple(beside),
        withheld,
    )


def newest_hand_over(recorder: Recorder, seen: Audit, heads: Heads, number: str) -> tuple[str, list[str]]:
    """The act of an item's newest hand-over, and the numbers of all items that were given in it.

    Raises RuleError for an item that was never handed over.
    """
    given: dict[str, list[str]] = {}
    about: list[Entry] = []
    for entry in _believed(recorder, seen, heads):
        if isinstance(entry.statement.body, Released | ReleasedOnPaper) and entry.statement.act is not None:
            given.setdefault(entry.statement.act, []).append(entry.statement.item or "")
        if entry.statement.item == number:
            about.append(entry)
    releases = [
        entry for entry in replaying.ordered(about) if isinstance(entry.statement.body, Released | ReleasedOnPaper)
    ]
    if not releases:
        raise RuleError(f"{number} was never handed over, so there is nothing to receipt", "custody give offers it")
    act = releases[-1].statement.act or ""
    return act, given[act]


def _believed(recorder: Recorder, seen: Audit, heads: Heads) -> Iterator[Entry]:
    """Every record that holds, below the heads."""
    for ledger, head in heads.of.items():
        for entry in reading.entries(recorder.files, ledger):
            if not isinstance(entry, Entry) or entry.statement.position >= head.size or entry.id not in seen.believed:
                continue
            yield entry
