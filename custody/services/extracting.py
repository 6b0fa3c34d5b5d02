"""Takes the signed record of chosen entries out of a case: envelopes, proofs, what dates them, what opens them.

Judges nothing and chooses no entry: whoever calls says which ones, under which heads, and what is opened. What leads
from an entry to a head is checked before it leaves, because the stored tree is only an index that anyone can write.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from custody.domain.entry import Entry
from custody.domain.events import Collected, Cosigned, LedgerSeen, Reported, Timestamped
from custody.errors import FormatError, StorageError, UsageError, VerificationError
from custody.formats import canonical
from custody.formats.canonical import Json
from custody.formats.checkpoint import Checkpoint
from custody.formats.dsse import format_envelope
from custody.formats.merkle import (
    Hash,
    NodeSource,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_at,
    verify_consistency,
    verify_inclusion,
)
from custody.formats.record import (
    MAX_LISTED_OBJECT,
    ProvenEntry,
    ProvenRoot,
    Record,
    RecordLedger,
    RecordOpening,
    format_record,
)
from custody.formats.seal import Opening
from custody.formats.share import MAX_OBJECTS
from custody.ports import CaseFiles, EvidenceStore, LedgerReader
from custody.services import reading, tokens
from custody.services.looking import Case

_WRONG_TREE = "the stored tree is not that of the records"


def extract_record(
    files: CaseFiles,
    case: Case,
    heads: Mapping[str, Checkpoint],
    note: tuple[str, bytes],
    entries: Sequence[Entry],
    opened: Mapping[str, Mapping[str, Json]],
) -> bytes:
    """A record (docs/format.md, section 12) of exactly these entries, each proven under the head of its ledger.

    `heads` are the ledgers of the record by id, `note` the maker's ledger and the signed note over its head; `opened`
    are the values to be opened, by statement id and pointer. The objects that `timestamped` entries name go along, and
    the parts list of a folder whose name is opened. Read slice by slice: under a head, a proof is the same in every
    view. Raises UsageError for an entry that no head covers, VerificationError where the stored tree, or an opening, is
    not that of the records.
    """
    by_ledger: dict[str, list[Entry]] = {ledger: [] for ledger in sorted(heads)}
    for entry in entries:
        place = entry.statement
        if place.ledger not in heads or place.position >= heads[place.ledger].size:
            raise UsageError(f"record {place.position} is in none of the ledgers that are reported on", "verify again")
        by_ledger[place.ledger].append(entry)
    sizes = _sizes(entries)
    return format_record(
        Record(
            case=case.id,
            ledgers=tuple(
                _ledger(files, ledger, heads[ledger], note[1] if note[0] == ledger else None, some, sizes.get(ledger))
                for ledger, some in by_ledger.items()
            ),
            objects=tuple(_objects(files.evidence, entries, opened)),
            openings=tuple(_openings(files, entries, opened)),
        )
    )


def _sizes(entries: Iterable[Entry]) -> dict[str, set[int]]:
    """By ledger: with how many entries somebody saw it, as these entries say; from there a proof leads to the head."""
    found: dict[str, set[int]] = {}
    for entry in entries:
        statement = entry.statement
        own = found.setdefault(statement.ledger, set())
        own.add(statement.head.size)
        match statement.body:
            case Timestamped(size=size) | Cosigned(size=size) | Reported(checkpoint_size=size):
                own.add(size)
            case LedgerSeen(ledgers=ledgers):
                for one in ledgers:
                    found.setdefault(one.ledger, set()).add(one.size)
    return found


def _ledger(
    files: CaseFiles,
    ledger: str,
    head: Checkpoint,
    note: bytes | None,
    entries: Sequence[Entry],
    sizes: Iterable[int] | None,
) -> RecordLedger:
    tree = _Tree(ledger)
    earlier = sorted(size for size in sizes or () if 0 < size < head.size)
    try:
        return RecordLedger(
            ledger=ledger,
            size=head.size,
            root=head.root,
            checkpoint=note,
            entries=tuple(_proven(files, tree, head, sorted(entries, key=lambda one: one.statement.position))),
            consistency=tuple(_consistent(files, tree, head, earlier)),
        )
    except (FormatError, VerificationError) as error:
        raise VerificationError(f"{_WRONG_TREE}: {error.message}", "run custody verify") from error


class _Tree:
    """The stored tree of a ledger, each node read once: under a head none changes."""

    def __init__(self, ledger: str) -> None:
        self._ledger = ledger
        self._known: dict[tuple[int, int], Hash] = {}

    def nodes(self, reader: LedgerReader) -> NodeSource:
        """Reads in this view what was not read before."""

        def node(level: int, index: int) -> Hash:
            if (level, index) not in self._known:
                self._known[level, index] = reader.node(self._ledger, level, index)
            return self._known[level, index]

        return node


def _proven(files: CaseFiles, tree: _Tree, head: Checkpoint, entries: Iterable[Entry]) -> Iterator[ProvenEntry]:
    remaining = iter(entries)
    while some := list(islice(remaining, reading.SLICE)):
        with files.ledgers.reading() as reader:
            node = tree.nodes(reader)
            proofs = [inclusion_proof(entry.statement.position, head.size, node) for entry in some]
        for entry, proof in zip(some, proofs, strict=True):
            envelope, position = format_envelope(entry.envelope), entry.statement.position
            verify_inclusion(leaf_hash(envelope), index=position, size=head.size, proof=proof, root=head.root)
            yield ProvenEntry(envelope=envelope, position=position, proof=proof)


def _consistent(files: CaseFiles, tree: _Tree, head: Checkpoint, sizes: Iterable[int]) -> Iterator[ProvenRoot]:
    remaining = iter(sizes)
    while some := list(islice(remaining, reading.SLICE)):
        with files.ledgers.reading() as reader:
            node = tree.nodes(reader)
            found = [(size, root_at(size, node), consistency_proof(size, head.size, node)) for size in some]
        for size, root, proof in found:
            verify_consistency(old=size, new=head.size, proof=proof, old_root=root, new_root=head.root)
            yield ProvenRoot(size=size, root=root, proof=proof)


def _openings(
    files: CaseFiles, entries: Iterable[Entry], opened: Mapping[str, Mapping[str, Json]]
) -> list[RecordOpening]:
    found = []
    remaining = iter(sorted((entry for entry in entries if opened.get(entry.id)), key=_place))
    while some := list(islice(remaining, reading.SLICE)):
        with files.ledgers.reading() as reader:
            for entry in some:
                wanted = opened[entry.id]
                ledger, position = _place(entry)
                rows = {row.pointer: row for row in reader.openings(ledger, position, position + 1)}
                for pointer, value in wanted.items():
                    row = rows.get(pointer)
                    if row is None or row.value != canonical.encode(value):
                        raise VerificationError(
                            f"what opens {pointer} of record {position} is not here any more", "run custody verify"
                        )
                    found.append(RecordOpening(entry.id, Opening(pointer, row.salt, row.value)))
    return sorted(found, key=lambda one: (one.statement, one.opening.pointer))


def _place(entry: Entry) -> tuple[str, int]:
    return entry.statement.ledger, entry.statement.position


def _objects(
    store: EvidenceStore, entries: Iterable[Entry], opened: Mapping[str, Mapping[str, Json]]
) -> Iterator[bytes]:
    """What stamps rest on, as far as it is here unchanged, and lists of parts; by SHA-256."""
    stamps = tokens.named(
        format_envelope(one.envelope) for one in entries if isinstance(one.statement.body, Timestamped)
    )
    found = {hashlib.sha256(data).digest(): data for data in tokens.held(store, stamps)}
    for entry in entries:
        name = _parts_list(entry, opened.get(entry.id, {}))
        if name is not None and (parts := _read_list(store, name)) is not None:
            found[bytes.fromhex(name)] = parts
    for digest in sorted(found)[:MAX_OBJECTS]:
        yield found[digest]


def _parts_list(entry: Entry, opened: Mapping[str, Json]) -> str | None:
    """The digest of a folder's list of parts, where the folder's name is open: the list names the parts."""
    body = entry.statement.body
    if not isinstance(body, Collected) or body.parts is None:
        return None
    named = isinstance(body.name, str) or "/name" in opened
    digest = body.digest if isinstance(body.digest, str) else opened.get("/digest")
    return digest if named and isinstance(digest, str) else None


def _read_list(store: EvidenceStore, digest: str) -> bytes | None:
    """The list, or None where it is too large to go along, or not here as it was recorded: the audit told of that."""
    try:
        with store.open(digest) as file:
            data = file.read(MAX_LISTED_OBJECT + 1)
    except (StorageError, OSError):
        return None
    fits = len(data) <= MAX_LISTED_OBJECT and hashlib.sha256(data).hexdigest() == digest
    return data if fits else None
