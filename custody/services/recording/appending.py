"""Appends statements to the writer's own ledger, in signed batches. What they say is the callers' matter."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import msgspec

from custody.domain.events import Body, Collected
from custody.domain.history import fold
from custody.domain.items import split_number
from custody.domain.sealing import Sealer, pooled
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

MAX_SIGNING_S = 0.5  # a slow token must not hold the lock: others wait behind it


class Draft(msgspec.Struct, frozen=True):
    """Something to be said. `new_item` asks for the next number; `item` names one whose newest statement is `prev`."""

    body: Body
    openings: tuple[Opening, ...] = ()
    new_item: bool = False
    item: str | None = None
    act: str | None = None


class Recorded(msgspec.Struct, frozen=True):
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
        self._entropy = pooled(world.entropy)
        self.ledger: Ledger = reading.look(files, world)
        self._key = load_p256(self.ledger.body.lead.spki)
        if self.ledger.opening.statement.signer != signer.public.key_id:
            raise SigningError(
                f"this ledger belongs to another key than {signer.public.name}",
                "choose the key that opened the case with --key, or open a case of your own with custody init",
            )
        with files.ledgers.reading() as reader:
            self._check_followed(reader)

    @property
    def case(self) -> str:
        """The case id."""
        return self.ledger.case

    @property
    def label(self) -> str:
        """The label of the writer's item numbers."""
        return self.ledger.body.label

    def sealer(self, kind: str) -> Sealer:
        """Seals the fields of one statement of this kind."""
        return Sealer(self.case, kind, self._entropy)

    def check_store(self) -> None:
        """Raise StorageError when the evidence of this case has gone: a new store beside it would split the case."""
        if self.files.evidence.present():
            return
        with self.files.ledgers.reading() as reader:
            if reader.rows_of_item(self.ledger.id, f"{self.label}-1"):
                raise StorageError(
                    f"the evidence folder of this case is not there: {self.files.evidence.folder}",
                    "connect the disk that it lies on, or put the folder back; nothing was recorded",
                )

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
                before, frontier = self._bound_frontier(writer)
                counter = self._last_counter(writer, before) if any(draft.new_item for draft in drafts) else None
                recorded, rows, openings = self._sign_batch(writer, frontier, drafts, counter or 0)
            finally:
                syncing.join()
            syncing.check()
            writer.append(self.ledger.id, rows, openings)
        # Without a new item the counter stays, known or not.
        if counter is not None:
            counter += sum(draft.new_item for draft in drafts[: len(recorded)])
        elif before.counted == before.size:
            counter = before.counter
        head = RememberedHead(
            ledger=self.ledger.id,
            case=self.case,
            size=frontier.size,
            root=frontier.root(),
            seen=format_time(self.world.clock.now()),
            counted=before.counted if counter is None else frontier.size,
            counter=before.counter if counter is None else counter,
        )
        # Whatever else is remembered by now was written after ours, by another process, and was looked at there.
        # The batch is committed: a memory that fails now must not pass for a record that failed, or it would be made
        # twice. The next look at the ledger remembers it, or says what is wrong before anything is written.
        with suppress(CustodyError, OSError):
            self.world.heads.remember(head, lambda one: (one.size, one.root) == (before.size, before.root))
        return recorded

    def _bound_frontier(self, writer: LedgerWriter) -> tuple[RememberedHead, Frontier]:
        """The head that is signed next, and the frontier under it, which the remembered root binds.

        The stored tree is an index that anyone can write; signing a root made of it alone would make the signer disown
        their own history. Raises VerificationError, and RuleError for records that this version cannot follow.
        """
        reading.remember_head(writer, self.ledger, self.world)
        before = self.world.heads.get(self.ledger.id)
        size = writer.size(self.ledger.id)
        if before is None or before.size != size:
            self._check_followed(writer)
            raise VerificationError("the ledger is not the one that this computer remembers", "run custody verify")
        frontier = Frontier.of(size, remembering.node_source(writer, self.ledger.id))
        if frontier.root() != before.root:
            raise VerificationError("the stored tree is not that of the records", "run custody verify")
        return before, frontier

    def _check_followed(self, reader: LedgerReader) -> None:
        """Raise RuleError when a record after the remembered head cannot be followed; those before were looked at."""
        before = self.world.heads.get(self.ledger.id)
        why = reading.not_followed(reader, self.ledger, 0 if before is None else before.size)
        if why is not None:
            raise RuleError(why, "install the version of custody that wrote it, or run custody verify")

    def _sign_batch(
        self, writer: LedgerWriter, frontier: Frontier, drafts: Sequence[Draft], counter: int
    ) -> tuple[list[Recorded], list[Row], list[OpeningRow]]:
        state = self._state_for(writer, drafts)
        state.counters[self.label] = counter
        head = Head(size=frontier.size, root=frontier.root().hex())
        moment = format_time(self.world.clock.now())
        clock = self.world.machine.clock_state()
        recorded: list[Recorded] = []
        rows: list[Row] = []
        openings: list[OpeningRow] = []
        started = time.monotonic()
        for position, draft in enumerate(drafts, frontier.size):
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
            openings += opening_rows(position, draft.openings)
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
        """What the rules need to know to judge these drafts, from the rows of their items."""
        state = State()
        fold(state, self.ledger.opening.id, self.ledger.opening.statement)
        for number in dict.fromkeys(draft.item for draft in drafts if draft.item is not None):
            for row in reader.rows_of_item(self.ledger.id, number):
                entry = reading.verified_row(row, self.ledger, self._key)
                fold(state, entry.id, entry.statement)
        return state

    def _last_counter(self, reader: LedgerReader, head: RememberedHead) -> int:
        """The highest counter given so far: that of the newest item, because numbers ascend.

        Found by its own signed record, down to what is remembered, and never by the index of item numbers: whoever
        blanks a cell of that index would make the signer give a number twice.
        """
        for position in range(head.size - 1, max(head.counted, 1) - 1, -1):
            row = next(reader.rows(self.ledger.id, position, position + 1), None)
            if row is None:
                raise VerificationError(f"record {position} is missing", "run custody verify")
            statement = reading.verified_row(row, self.ledger, self._key).statement
            if isinstance(statement.body, Collected) and statement.item is not None:
                return split_number(statement.item)[1]
        return head.counter


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
