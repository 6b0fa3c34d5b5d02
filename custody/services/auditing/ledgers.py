"""Examines the ledgers: every row is read, its leaf hashed, its signature, place, rule and openings checked."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence

import msgspec

from custody.domain import findings as codes
from custody.domain.entry import read_entry, reread_statement
from custody.domain.events import CaseOpened, Collected, Reported
from custody.domain.fields import is_hash, is_item_number
from custody.domain.findings import Code
from custody.domain.history import fold
from custody.domain.parties import origin
from custody.domain.statement import Statement
from custody.domain.structure import Misplaced, Structure
from custody.domain.trust import Trust
from custody.domain.verdict import LedgerHead
from custody.errors import FormatError, RuleError
from custody.ports import CaseFiles, LedgerReader, Row, World
from custody.services import reading, remembering
from custody.services.auditing.checking import NAMES, RowResult, RowsOrder, opened_values, results
from custody.services.auditing.gaps import find_missing_numbers, find_strays
from custody.services.auditing.seen import SeenLedgers
from custody.services.auditing.wanted import SEALED

CHUNK = 256  # rows a task
ALONE = 100  # entries; below, starting processes costs more than it saves
Span = tuple[int, int]
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
    """The examination of one ledger: its rows are checked by workers, then compared with one another here."""

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
        self._owner: str | None = None

    def run(self) -> int:
        """Examine all rows; returns how many positions were seen."""
        found = False
        for (first, last), checked in self._checked_rows():
            found = True
            sound = [one for one in checked if self._take(one)]
            self._replay(first, last, sound)
            self._progress(len(checked))
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

    def _checked_rows(self) -> Iterator[tuple[Span, list[RowResult]]]:
        """Every row, span by span, after its own checks were done by workers."""
        key = b""
        with self._files.ledgers.reading() as reader:
            alone = reader.size(self._ledger) <= ALONE
            opening = next(reader.rows(self._ledger, 0, 1), None)
        state = self._seen.state
        if state.lead is not None:  # the key that a second ledger brings along is nobody's in this case
            self._owner, key = state.lead, state.members[state.lead].key
        elif opening is not None:
            self._owner, key = _key_of_lead(opening) or (None, b"")
        where = self._files.ledgers.where
        waiting: deque[Span] = deque()

        def orders() -> Iterator[bytes]:
            for span in _spans(self._files, self._ledger):
                waiting.append(span)
                yield msgspec.msgpack.encode(RowsOrder(where, self._ledger, *span, self._owner, key))

        for answer in self._world.workers.map(self._world.check_rows, orders(), alone=alone):
            yield waiting.popleft(), results.decode(answer)

    def _take(self, one: RowResult) -> bool:
        """Compare one row with those before it; whether what it says may be folded in."""
        self._misplaced += self._structure.take(one.position, one.filed, one.nodes, one.leaf, one.stated)
        about = self._about(one)
        if one.stated is None:
            self._find(codes.RECORD_UNREADABLE, about, f"The record cannot be read: {one.unreadable}.")
            # Garbling a record whose signature fails must not make the answer about signers any better.
            self._find(codes.SIGNATURE_WRONG, about, "It cannot be read, so there is no signature on it that holds.")
            self._file(one.filed)
            return False
        self._ids[one.id] += 1
        if self._ids[one.id] > 1:
            self._find(codes.RECORD_TWICE, about, "The same record stands in the case twice.")
        elsewhere = (one.stated.ledger, one.stated.position) != (self._ledger, one.position)
        if not elsewhere:  # openings are kept by place, and a copy elsewhere has none
            self._seen.sealed += one.sealed
            self._seen.opened += one.opened
            self._report_openings(about, one)
        if one.holds and not elsewhere:
            return True
        if one.signer != self._owner:
            self._find(
                codes.SIGNER_UNKNOWN,
                about,
                f"It names a signer whose key does not belong to this case ({one.signer[:16]}…).",
            )
        elif not one.holds:
            self._find(
                codes.SIGNATURE_WRONG,
                about,
                "The signature does not fit the record: it was changed after it was signed, or never signed by this "
                "key. What it says is not to be relied on.",
            )
        if not one.holds:
            self._file(one.filed)
        self._file(one.stated.item)
        return False

    def _replay(self, first: int, last: int, sound: Sequence[RowResult]) -> None:
        """Fold in what these rows say, read once more: the parent was told only what was found of them."""
        expected = {one.position: one for one in sound}
        with self._files.ledgers.reading() as reader:
            rows = list(reader.rows(self._ledger, first, last + 1))
        for row in rows:
            one = expected.pop(row.position, None)
            if one is None:
                continue
            try:
                self._fold(one, reread_statement(row.envelope, one.id))
            except FormatError as error:
                self._find(codes.RECORD_UNREADABLE, self._about(one), f"The record cannot be read: {error.message}.")
        for one in expected.values():
            self._find(codes.RECORD_MISSING, self._about(one), "It was taken away while it was examined.")

    def _fold(self, one: RowResult, statement: Statement) -> None:
        try:
            fold(self._seen.state, one.id, statement)
        except RuleError as error:
            self._find(codes.RULE_BROKEN, self._about(one), f"It breaks a rule of custody: {error.message}.")
            self._file(statement.item)
            return
        self._seen.believed.add(one.id)
        body = statement.body
        if isinstance(body, Reported):
            self._reports.append((f"record {one.position}", body))
        elif isinstance(body, Collected) and statement.item is not None:
            if values := opened_values(one, SEALED):
                self._seen.sealed_values[statement.item] = values
        elif isinstance(body, CaseOpened):
            name = opened_values(one, NAMES).get("/lead/name")
            if isinstance(name, str):
                self._seen.names[statement.signer] = name

    def _report_openings(self, about: str, result: RowResult) -> None:
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

    def _about(self, one: RowResult) -> str:
        item = one.filed if one.stated is None else one.stated.item
        return f"{item} (record {one.position})" if is_item_number(item) else f"record {one.position}"

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


def _spans(files: CaseFiles, ledger: str) -> Iterator[Span]:
    """First and last position of each run of CHUNK rows, whatever positions are missing."""
    first = LOWEST
    while True:
        with files.ledgers.reading() as reader:
            last = reader.nth_from(ledger, first, CHUNK)
            if last is None:
                rest = reader.size(ledger) - 1
                if next(reader.rows(ledger, first), None) is not None:
                    yield first, max(rest, first)
                return
        yield first, last
        first = last + 1


def _records(first: int, last: int) -> str:
    return f"record {first}" if first == last else f"records {first} to {last}"
