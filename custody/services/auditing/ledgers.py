"""Examines the ledgers: every row is read, its leaf hashed, its signature, place, rule and openings checked."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import msgspec

from custody.domain import findings as codes
from custody.domain.entry import Entry, read_entry
from custody.domain.events import CaseOpened, Collected, Reported, sealed_fields
from custody.domain.fields import is_hash, is_item_number
from custody.domain.findings import Code
from custody.domain.history import fold
from custody.domain.parties import origin
from custody.domain.structure import Misplaced, Structure
from custody.domain.trust import Trust
from custody.domain.verdict import LedgerHead
from custody.errors import FormatError, RuleError, VerificationError
from custody.formats.canonical import Json
from custody.formats.seal import Opening, Sealed, open_seal
from custody.ports import CaseFiles, LedgerReader, OpeningRow, Row, World
from custody.services import reading, remembering
from custody.services.auditing.checking import EntriesOrder, EntryOrder, EntryResult, Kept, check_entries, results
from custody.services.auditing.gaps import find_missing_numbers, find_strays
from custody.services.auditing.seen import SeenLedgers
from custody.services.auditing.wanted import SEALED

CHUNK = 256  # entries a task
ALONE = 100  # entries; below, starting processes costs more than it saves
LOWEST = -(2**63)  # the smallest position that SQLite holds: nothing honest lies below 0, and it must not hide there


def examine_ledgers(files: CaseFiles, world: World, trust: Trust, progress: Callable[[int], None]) -> SeenLedgers:
    """Examine every ledger of the case; `progress` hears how many records were checked.

    `trust` chooses among several which one is the case's; whether it is the right one is the answers' matter.
    """
    seen = SeenLedgers()
    for what in files.ledgers.damage():
        seen.findings.append(codes.DATABASE_FOREIGN.about("the database", f"{what}."))
    with files.ledgers.reading() as reader:
        ledgers = sorted(reader.ledgers(), key=lambda ledger: _rank(reader, world, trust, ledger))
    for ledger in ledgers[1:]:
        seen.findings.append(
            codes.DATABASE_FOREIGN.about(
                f"ledger {ledger[:16]}…", "A case has one ledger here. This one was put beside it, whoever made it."
            )
        )
    if not ledgers:
        seen.findings.append(codes.RECORD_MISSING.about("the ledger", "There is not one record in it."))
    ids: Counter[str] = Counter()
    sizes = {ledger: _Examination(files, world, ledger, seen, ids, progress).run() for ledger in ledgers}
    find_missing_numbers(seen)
    find_strays(files, sizes, seen)
    return seen


class _Examination:
    """The examination of one ledger."""

    def __init__(
        self,
        files: CaseFiles,
        world: World,
        ledger: str,
        seen: SeenLedgers,
        ids: Counter[str],
        progress: Callable[[int], None],
    ) -> None:
        self._files = files
        self._world = world
        self._ledger = ledger
        self._seen = seen
        self._ids = ids
        self._progress = progress
        self._before = world.heads.get(ledger)
        self._structure = Structure(ledger, () if self._before is None else (self._before.size,))
        self._misplaced: list[Misplaced] = []
        self._reports: list[tuple[str, Reported]] = []

    def run(self) -> int:
        """Examine all rows; returns how many positions were seen."""
        found = False
        for row, openings, result in self._checked_rows():
            found = True
            self._take(row, openings, result)
        if not found:
            self._find(
                codes.DATABASE_FOREIGN,
                f"ledger {self._ledger[:16]}…",
                "There are records under a name that is not text, so they cannot be read.",
            )
        self._report_misplaced()
        self._compare_reports()
        self._compare_with_remembered()
        root = self._structure.root
        if is_hash(self._ledger):  # the rows of any other name are misplaced, and the name may be anything
            self._seen.heads.append(
                LedgerHead(
                    origin=origin(self._ledger), size=self._structure.size, root="" if root is None else root.hex()
                )
            )
        return self._structure.size

    def _checked_rows(self) -> Iterator[tuple[Row, dict[str, OpeningRow], EntryResult]]:
        """Every row with its openings, after its own checks were done by workers."""
        with self._files.ledgers.reading() as reader:
            alone = reader.size(self._ledger) <= ALONE
            opening = next(reader.rows(self._ledger, 0, 1), None)
        keys = {member.key_id: member.key for member in self._seen.state.members.values()}
        # Only of the first ledger: the key that a second one brings along is nobody's in this case.
        if not keys and opening is not None and (key := _key_of_lead(opening)) is not None:
            keys = {key[0]: key[1]}
        rows = reading.rows(self._files, self._ledger, LOWEST)
        waiting: list[list[tuple[Row, dict[str, OpeningRow]]]] = []

        def chunks() -> Iterator[bytes]:
            for chunk in _chunked(rows):
                with_openings = self._with_openings(chunk)
                waiting.append(with_openings)
                entries = tuple(
                    EntryOrder(
                        row.envelope,
                        tuple(Kept(one.pointer, one.salt, one.value) for one in openings.values()),
                    )
                    for row, openings in with_openings
                )
                yield msgspec.msgpack.encode(EntriesOrder(keys, entries))

        for answer in self._world.workers.map(check_entries, chunks(), alone=alone):
            for (row, openings), result in zip(waiting.pop(0), results.decode(answer), strict=True):
                yield row, openings, result

    def _with_openings(self, chunk: Sequence[Row]) -> list[tuple[Row, dict[str, OpeningRow]]]:
        by_position: dict[int, dict[str, OpeningRow]] = {}
        with self._files.ledgers.reading() as reader:
            for first, last in reading.runs([row.position for row in chunk]):
                for opening in reader.openings(self._ledger, first, last + 1):
                    by_position.setdefault(opening.position, {})[opening.pointer] = opening
        return [(row, by_position.get(row.position, {})) for row in chunk]

    def _take(self, row: Row, openings: dict[str, OpeningRow], result: EntryResult) -> None:
        entry = read_entry(row.envelope) if result.unreadable is None else None
        self._misplaced += self._structure.take(row.position, row.item, row.nodes, result.leaf, entry)
        self._progress(1)
        about = self._about(row, entry)
        if entry is None:
            self._find(codes.RECORD_UNREADABLE, about, f"The record cannot be read: {result.unreadable}.")
            # Garbling a record whose signature fails must not make the answer about signers any better.
            self._find(codes.SIGNATURE_WRONG, about, "It cannot be read, so there is no signature on it that holds.")
            self._file(row.item)
            return
        self._ids[entry.id] += 1
        if self._ids[entry.id] > 1:
            self._find(codes.RECORD_TWICE, about, "The same record stands in the case twice.")
        if not self._is_elsewhere(entry, row):  # openings are kept by place, and a copy elsewhere has none
            self._seen.sealed += result.sealed
            self._seen.opened += result.opened
            self._report_openings(about, result)
        if not result.signer_known:
            self._find(
                codes.SIGNER_UNKNOWN,
                about,
                f"It names a signer whose key does not belong to this case ({entry.statement.signer[:16]}…).",
            )
        elif not result.signature_holds:
            self._find(
                codes.SIGNATURE_WRONG,
                about,
                "The signature does not fit the record: it was changed after it was signed, or never signed by this "
                "key. What it says is not to be relied on.",
            )
        if not (result.signer_known and result.signature_holds):
            self._file(row.item)
            self._file(entry.statement.item)
            return
        if self._is_elsewhere(entry, row):
            self._file(entry.statement.item)
            return
        try:
            fold(self._seen.state, entry.id, entry.statement)
        except RuleError as error:
            self._find(codes.RULE_BROKEN, about, f"It breaks a rule of custody: {error.message}.")
            self._file(entry.statement.item)
            return
        self._seen.believed.add(entry.id)
        self._keep_sealed_values(entry, openings)

    def _is_elsewhere(self, entry: Entry, row: Row) -> bool:
        return entry.statement.position != row.position or entry.statement.ledger != self._ledger

    def _keep_sealed_values(self, entry: Entry, openings: dict[str, OpeningRow]) -> None:
        """The few opened values that examining files and naming signers needs."""
        body = entry.statement.body
        if isinstance(body, Reported):
            self._reports.append((f"record {entry.statement.position}", body))
        if isinstance(body, Collected) and entry.statement.item is not None:
            fields = sealed_fields(body)
            values = {
                pointer: value
                for pointer in SEALED
                if (value := _opened(entry, fields.get(pointer), openings.get(pointer))) is not None
            }
            if values:
                self._seen.sealed_values[entry.statement.item] = values
        elif isinstance(body, CaseOpened):
            name = _opened(entry, body.lead.name, openings.get("/lead/name"))
            if isinstance(name, str):
                self._seen.names[entry.statement.signer] = name

    def _report_openings(self, about: str, result: EntryResult) -> None:
        for pointer in result.wrong:
            self._find(
                codes.OPENING_WRONG,
                about,
                f"The kept value of {pointer} is not the one that was sealed and signed. Do not rely on it.",
            )
        for pointer in result.stray:
            self._find(codes.OPENING_STRAY, about, f"openings.db has a value {pointer} that the record does not seal.")
        if result.missing and self._files.ledgers.openings_present():
            self._find(
                codes.OPENING_MISSING,
                about,
                f"What opens {', '.join(result.missing)} is not in openings.db. A backup of openings.db settles it.",
            )

    def _report_misplaced(self) -> None:
        """One finding for each run of neighbours with the same trouble."""
        by_kind: dict[tuple[Code, str], list[int]] = {}
        for one in self._misplaced:
            by_kind.setdefault((one.code, one.what), []).append(one.position)
        for (code, what), positions in by_kind.items():
            for first, last in reading.runs(positions):
                self._find(code, _records(first, last), f"{what[0].upper()}{what[1:]}.")

    def _compare_reports(self) -> None:
        """Each report that was recorded states a checkpoint; it must be one that this ledger had."""
        if self._misplaced or not self._reports:
            return  # the stored tree is not that of the records, and was reported
        with self._files.ledgers.reading() as reader:
            for about, body in self._reports:
                root = remembering.root_of(reader, self._ledger, body.checkpoint_size)
                if root.hex() != body.checkpoint_root:
                    self._find(
                        codes.RECORD_DISOWNED,
                        about,
                        f"The report that it tells of states a checkpoint of {body.checkpoint_size} records that this "
                        "ledger never had.",
                    )

    def _compare_with_remembered(self) -> None:
        before = self._before
        if before is None:
            return
        size = self._structure.size
        if size < before.size:
            self._find(
                codes.RECORD_CUT_OFF,
                _records(size, before.size - 1),
                f"The ledger has {size} records; on {before.seen[:10]} this computer saw {before.size}. "
                "The newest were taken away, or this is an old copy.",
            )
        elif self._structure.roots.get(before.size, before.root) != before.root:
            self._find(
                codes.RECORD_REWRITTEN,
                _records(0, before.size - 1),
                f"These are not the {before.size} records that this computer saw on {before.seen[:10]}.",
            )
        elif before.size in self._structure.roots:
            self._seen.remembered = before

    def _about(self, row: Row, entry: Entry | None) -> str:
        item = row.item if entry is None else entry.statement.item
        return f"{item} (record {row.position})" if is_item_number(item) else f"record {row.position}"

    def _find(self, code: Code, about: str, message: str) -> None:
        self._seen.findings.append(code.about(about, message))

    def _file(self, item: str | None) -> None:
        if item is not None and is_item_number(item):
            self._seen.filed.add(item)


def _rank(reader: LedgerReader, world: World, trust: Trust, ledger: str) -> tuple[bool, bool, bool]:
    """The ledger that opens a case comes first; of two that do, the one whose lead the reader knows, or has seen."""
    row = next(reader.rows(ledger, 0, 1), None)
    key = _key_of_lead(row) if row is not None else None
    opens = row is not None and key is not None and _is_at_home(row, ledger)
    return not opens, key is None or trust.ground(key[0]) is None, world.heads.get(ledger) is None


def _is_at_home(row: Row, ledger: str) -> bool:
    """Whether a readable row stands in the ledger that it names."""
    return read_entry(row.envelope).statement.ledger == ledger


def _key_of_lead(row: Row) -> tuple[str, bytes] | None:
    """Key id and key of the lead whom this row's envelope names as its signer, unverified."""
    try:
        body = read_entry(row.envelope).statement.body
    except FormatError:
        return None
    return (body.lead.key_id, body.lead.spki) if isinstance(body, CaseOpened) else None


def _opened(entry: Entry, sealed: object, row: OpeningRow | None) -> Json:
    if row is None or not isinstance(sealed, Sealed):
        return None
    try:
        opening = Opening(row.pointer, row.salt, row.value)
        value = open_seal(sealed, entry.statement.case, entry.statement.body.kind, opening)
        entry.statement.body.check_opened(row.pointer, value)
        return value
    except (FormatError, VerificationError):
        return None  # told by `check_entries`


def _chunked(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _records(first: int, last: int) -> str:
    return f"record {first}" if first == last else f"records {first} to {last}"
