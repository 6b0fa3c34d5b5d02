"""Appends statements to the writer's own ledger, in signed batches. What they say is the callers' matter."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from custody.domain.entry import Entry, read_entry, verify_entry
from custody.domain.events import Body, Unknown
from custody.domain.history import fold
from custody.domain.state import State
from custody.domain.statement import Head, Statement
from custody.domain.structure import MAX_BATCH
from custody.errors import CustodyError, RuleError, SigningError, StorageError, VerificationError
from custody.formats.encoding import format_time
from custody.formats.merkle import Frontier
from custody.formats.seal import Opening
from custody.formats.signature import load_p256
from custody.ports import CaseFiles, LedgerReader, LedgerWriter, OpeningRow, RememberedHead, Row, Signer, World
from custody.services import reading, remembering
from custody.services.reading import Ledger
from custody.services.recording.signing import opening_rows, sign_row

FOLLOWED_STEP = 64  # records; so many are looked through again rather than remembered one by one
MAX_SIGNING_S = 0.5  # a slow token must not hold the lock: others wait behind it


@dataclass(frozen=True, slots=True)
class Draft:
    """Something to be said. `new_item` asks for the next number; `item` names one whose newest statement is `prev`."""

    body: Body
    openings: tuple[Opening, ...] = ()
    new_item: bool = False
    item: str | None = None
    act: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A statement that is in the ledger: its id, position, and item number if it has one."""

    id: str
    position: int
    item: str | None


class Recorder:
    """Appends to the ledger of the signer's own case.

    Raises SigningError when the ledger is somebody else's, RuleError when it holds a kind of record that this version
    does not know: what came after it cannot be followed, so nothing may be added.
    """

    def __init__(self, files: CaseFiles, world: World, signer: Signer) -> None:
        self.files = files
        self.world = world
        self._signer = signer
        self.ledger: Ledger = reading.look(files, world)
        if self.ledger.opening.statement.signer != signer.public.key_id:
            raise SigningError(
                f"this ledger belongs to another key than {signer.public.name}",
                "choose the key that opened the case with --key, or open a case of your own with custody init",
            )
        self._followed = self._followed_kept = self._known_to_be_followed()
        for entry in reading.entries(files, self.ledger.id, self._followed):
            if isinstance(entry, Entry):  # what cannot be read is a matter for `auditing`
                _check_known(entry)
                self._followed = entry.statement.position + 1

    @property
    def case(self) -> str:
        """The case id."""
        return self.ledger.case

    @property
    def label(self) -> str:
        """The label of the writer's item numbers."""
        return self.ledger.body.label

    def new_act(self) -> str:
        """An id for one act, shared by all its statements."""
        return self.world.entropy(16).hex()

    def append(self, drafts: Sequence[Draft], *, reported: Callable[[Recorded], None] | None = None) -> list[Recorded]:
        """Record the drafts in order; returns when they are durable. `reported` hears of each committed one at once.

        Raises RuleError when one breaks a rule, StorageError when it cannot be kept: earlier batches stay recorded,
        of the failing batch nothing is.
        """
        recorded: list[Recorded] = []
        while len(recorded) < len(drafts):
            batch = self._append_batch(drafts[len(recorded) : len(recorded) + MAX_BATCH])
            recorded += batch
            if reported is not None:
                for one in batch:
                    reported(one)
        return recorded

    def _append_batch(self, drafts: Sequence[Draft]) -> list[Recorded]:
        with self.files.ledgers.writing() as writer:
            syncing = _Syncing(self.files.evidence.sync)
            try:
                recorded, rows, openings = self._sign_batch(writer, drafts)
            finally:
                syncing.join()
            syncing.check()
            writer.append(self.ledger.id, rows, openings)
        with self.files.ledgers.reading() as reader:
            stands = remembering.remember(
                self.world.heads, reader, ledger=self.ledger.id, case=self.case, now=self.world.clock.now()
            )
            if stands is not None:
                raise remembering.contradiction(stands, reader.size(self.ledger.id))
            self._followed = recorded[-1].position + 1
            self._keep_followed(reader)
        return recorded

    def _sign_batch(
        self, writer: LedgerWriter, drafts: Sequence[Draft]
    ) -> tuple[list[Recorded], list[Row], list[OpeningRow]]:
        size = writer.size(self.ledger.id)
        self._check_followed(writer, size)
        state = self._state_for(writer, drafts)
        frontier = Frontier.of(size, lambda level, index: writer.node(self.ledger.id, level, index))
        head = Head(size=size, root=frontier.root().hex())
        moment = format_time(self.world.clock.now())
        clock = self.world.machine.clock_state()
        recorded: list[Recorded] = []
        rows: list[Row] = []
        openings: list[OpeningRow] = []
        started = time.monotonic()
        for position, draft in enumerate(drafts, size):
            item, prev = self._place(state, draft)
            statement = Statement(
                case=self.case,
                ledger=self.ledger.id,
                position=position,
                signer=self._signer.public.key_id,
                time=moment,
                clock=clock,
                head=head,
                people=state.people,
                act=draft.act,
                item=item,
                prev=prev,
                body=draft.body,
            )
            identity, row = sign_row(self._signer, statement, frontier)
            fold(state, identity, statement)
            rows.append(row)
            openings += opening_rows(identity, draft.openings)
            recorded.append(Recorded(identity, position, item))
            if time.monotonic() - started > MAX_SIGNING_S:
                break
        return recorded, rows, openings

    def _place(self, state: State, draft: Draft) -> tuple[str | None, str | None]:
        """The item number and the statement before it that this draft is written with."""
        if draft.new_item:
            return f"{self.label}-{state.counters.get(self.label, 0) + 1}", None
        if draft.item is None:
            return None, None
        item = state.items.get(draft.item)
        if item is None:
            raise RuleError(f"there is no item {draft.item}", "run custody items to see them all")
        return draft.item, item.tip

    def _state_for(self, reader: LedgerReader, drafts: Sequence[Draft]) -> State:
        """What the rules need to know to judge these drafts, from O(log n) rows and the rows of their items."""
        state = State()
        fold(state, self.ledger.opening.id, self.ledger.opening.statement)
        for number in dict.fromkeys(draft.item for draft in drafts if draft.item is not None):
            for row in reader.rows_of_item(self.ledger.id, number):
                entry = read_entry(row.envelope)
                fold(state, entry.id, entry.statement)
        if any(draft.new_item for draft in drafts):
            state.counters[self.label] = self._last_counter(reader)
        return state

    def _last_counter(self, reader: LedgerReader) -> int:
        """The highest counter given so far: numbers are dense, so a search by doubling and halving finds it."""

        def given(counter: int) -> bool:
            return bool(reader.rows_of_item(self.ledger.id, f"{self.label}-{counter}"))

        high = 1
        while given(high):
            high *= 2
        low = high // 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if given(middle) else (low, middle)
        return low

    def _check_followed(self, reader: LedgerReader, size: int) -> None:
        """Refuse to write after what this version cannot follow, or after records that are not the owner's.

        Only what was added since this recorder last looked is read.
        """
        before = self.world.heads.get(self.ledger.id)
        if before is None or not remembering.extends(reader, before):
            raise VerificationError("the ledger changed while it was being written", "run custody verify")
        key = load_p256(self.ledger.body.lead.spki)
        newest = reader.rows(self.ledger.id, max(0, min(before.size, self._followed, size) - 1), size)
        for row in newest:
            entry = read_entry(row.envelope)
            verify_entry(entry, key)
            _check_known(entry)

    @property
    def _followed_name(self) -> str:
        """Where the memory of this computer keeps how far the ledger was followed."""
        return f"{self.ledger.id}, followed"

    def _known_to_be_followed(self) -> int:
        """How many of the first records are known to be of known kinds."""
        before = self.world.heads.get(self._followed_name)
        if before is None:
            return 0
        with self.files.ledgers.reading() as reader:
            return before.size if self._begins_with(reader, before) else 0

    def _keep_followed(self, reader: LedgerReader) -> None:
        if self._followed - self._followed_kept < FOLLOWED_STEP:
            return
        size = self._followed
        root = remembering.root_of(reader, self.ledger.id, size)
        now = format_time(self.world.clock.now())
        self.world.heads.remember(
            RememberedHead(self._followed_name, self.case, size, root, now),
            lambda before: before.size <= size or not self._begins_with(reader, before),
        )
        self._followed_kept = size

    def _begins_with(self, reader: LedgerReader, before: RememberedHead) -> bool:
        ledger = self.ledger.id
        return reader.size(ledger) >= before.size and remembering.root_of(reader, ledger, before.size) == before.root


def _check_known(entry: Entry) -> None:
    body = entry.statement.body
    if isinstance(body, Unknown):
        raise RuleError(
            f"record {entry.statement.position} is of a kind that this version does not know ({body.kind})",
            "install the version of custody that wrote it",
        )


class _Syncing(threading.Thread):
    """Syncs the evidence store while the batch is signed."""

    def __init__(self, sync: Callable[[], None]) -> None:
        super().__init__(name="evidence-sync")
        self._sync = sync
        self._error: CustodyError | None = None
        self.start()

    def run(self) -> None:
        """Sync, and keep what went wrong for the thread that commits."""
        try:
            self._sync()
        except CustodyError as error:
            self._error = error
        except OSError as error:
            self._error = StorageError(f"the evidence store could not be written to the disk: {error.strerror}")

    def check(self) -> None:
        """Raise what went wrong."""
        if self._error is not None:
            raise self._error
