"""Appends statements to the writer's own ledger, in signed batches. What they say is the callers' matter."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

import msgspec

from custody.domain.entry import Entry, read_entry
from custody.domain.events import Body, Collected, Disposed, Place, Reported
from custody.domain.history import fold
from custody.domain.items import split_number
from custody.domain.sealing import Sealer, pooled
from custody.domain.state import State
from custody.domain.statement import Head, Statement
from custody.domain.structure import MAX_BATCH
from custody.errors import CustodyError, FormatError, RuleError, SigningError, StorageError, VerificationError
from custody.formats.encoding import format_time
from custody.formats.merkle import Frontier
from custody.formats.seal import Opening
from custody.ports import (
    CaseFiles,
    LedgerReader,
    LedgerWriter,
    OpeningRow,
    RememberedHead,
    Row,
    Signer,
    World,
)
from custody.services import looking, reading, remembering, replaying
from custody.services.looking import Ledger
from custody.services.recording.signing import opening_rows, sign_row

LOOKED_THROUGH, LOOKED_FOR = 512, 16  # newest records, and the objects of those, to see whether the store is there
MAX_SIGNING_S = 0.5  # a slow token must not hold the lock: others wait behind it


class Draft(msgspec.Struct, frozen=True):
    """Something to be said. `new_item` asks for the next number; `item` names one, and `prev` the statement of it that
    this follows, the newest if None.
    """

    body: Body
    openings: tuple[Opening, ...] = ()
    new_item: bool = False
    item: str | None = None
    act: str | None = None
    prev: str | None = None


class Recorded(msgspec.Struct, frozen=True):
    """A statement that is in the ledger: its id, position, and item number if it has one."""

    id: str
    position: int
    item: str | None


class Recorder:
    """Appends to the signer's own ledger in a case.

    Raises SigningError when they have none here, RuleError when a ledger holds a kind of record that this version does
    not know: what came after it cannot be followed, so nothing may be added.
    """

    def __init__(self, files: CaseFiles, world: World, signer: Signer) -> None:
        self.files = files
        self.world = world
        self._signer = signer
        self._entropy = pooled(world.entropy)
        self.whole = looking.look(files, world)
        own = self.whole.owned_by(signer.public.key_id)
        if own is None:
            raise SigningError(
                f"{signer.public.name} has no ledger in this case",
                "choose the key that opened one with --key, or ask the case lead for an invitation and run "
                "custody join",
            )
        self.ledger: Ledger = own
        with files.ledgers.reading() as reader:
            self._check_followed(reader)

    @property
    def case(self) -> str:
        """The case id."""
        return self.whole.id

    @property
    def signer(self) -> Signer:
        """Whoever signs."""
        return self._signer

    @property
    def label(self) -> str:
        """The label of the writer's item numbers."""
        return self.ledger.label

    def state(self, numbers: Iterable[str] = ()) -> State:
        """What the rules know of the people and of these items now, every record of theirs verified."""
        with self.files.ledgers.reading() as reader:
            return replaying.replay(reader, looking.find_case(reader), numbers)

    def sealer(self, kind: str) -> Sealer:
        """Seals the fields of one statement of this kind."""
        return Sealer(self.case, kind, self._entropy)

    def check_store(self) -> None:
        """Raise StorageError when the evidence of this case has gone: a new store beside it would split the case.

        A folder may be there all the same: an empty one, on which the disk was mounted. One of which only files are
        missing still has their folders.
        """
        if not self.files.evidence.present() and self._newest_kept():
            raise StorageError(
                f"the evidence folder of this case is not there, or is empty: {self.files.evidence.folder}",
                "connect the disk that it lies on, or put the folder back; nothing was recorded",
            )

    def _newest_kept(self) -> list[str]:
        """The names of the objects that were kept last; of what was disposed of since, there are none."""
        with self.files.ledgers.reading() as reader:
            rows = list(reader.rows(self.ledger.id, max(0, reader.size(self.ledger.id) - LOOKED_THROUGH)))
        found: list[tuple[Entry, Collected]] = []
        disposed = set()
        for row in reversed(rows):
            with suppress(FormatError, VerificationError):
                entry = read_entry(row.envelope)
                body = entry.statement.body
                if isinstance(body, Disposed):
                    disposed.add(entry.statement.item)
                elif isinstance(body, Collected) and body.kept and entry.statement.item not in disposed:
                    found.append((reading.verified_row(row, self.ledger.id, self.ledger.key), body))
        newest = found[:LOOKED_FOR]
        values = reading.opened_values(self.files, [entry for entry, _ in newest])
        # Where the digest is in clear, there is nothing to be opened.
        named = [values[entry.id].get("/digest", body.digest) for entry, body in newest]
        return [name for name in named if isinstance(name, str)]

    def new_act(self) -> str:
        """An id for one act, shared by all its statements."""
        return self.world.entropy(16).hex()

    def check(self, drafts: Sequence[Draft]) -> None:
        """Raise RuleError when a rule forbids one of these, each taken by itself: before anything is done for them."""
        named = [draft.item for draft in drafts if draft.item is not None]
        named += [number for draft in drafts for number in replaying.refers_to(draft.body)]
        state = self.state(named)
        with self.files.ledgers.reading() as reader:
            position = reader.size(self.ledger.id)
        for draft in drafts:
            item, prev = self._place(state, draft)
            place = Place(
                id="0" * 64,
                case=self.case,
                ledger=self.ledger.id,
                position=position,
                signer=self._signer.public.key_id,
                people=state.people,
                item=item,
                prev=prev,
                act=draft.act,
            )
            draft.body.check(place, state)

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
            replaced = writer.append(self.ledger.id, rows, openings)
        if replaced:
            self.world.warn(
                f"Note: {replaced} values of records that are not in the ledger were removed from openings.db. Either "
                "a write was broken off there, or the newest records were taken away: compare with another copy."
            )
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
            followed=frontier.size,
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
        looking.remember_head(writer, self.ledger, self.world)
        before = self.world.heads.get(self.ledger.id)
        size = writer.size(self.ledger.id)
        if before is None or before.size != size:
            raise VerificationError("the ledger is not the one that this computer remembers", "run custody verify")
        if before.followed < size:
            self._check_followed(writer)
        frontier = Frontier.of(size, remembering.node_source(writer, self.ledger.id))
        if frontier.root() != before.root:
            raise VerificationError("the stored tree is not that of the records", "run custody verify")
        return before, frontier

    def _check_followed(self, reader: LedgerReader) -> None:
        """Raise RuleError when a record cannot be followed, after those that are remembered as followed."""
        for ledger in self.whole.ledgers.values():
            before = self.world.heads.get(ledger.id)
            why = looking.not_followed(reader, ledger, 0 if before is None else before.followed)
            if why is not None:
                raise RuleError(why, "install the version of custody that wrote it, or run custody verify")

    def _sign_batch(
        self, writer: LedgerWriter, frontier: Frontier, drafts: Sequence[Draft], counter: int
    ) -> tuple[list[Recorded], list[Row], list[OpeningRow]]:
        named = [draft.item for draft in drafts if draft.item is not None]
        named += [number for draft in drafts for number in replaying.refers_to(draft.body)]
        reports_of = self.ledger if any(isinstance(draft.body, Reported) for draft in drafts) else None
        state = replaying.replay(writer, self.whole, named, reports_of=reports_of)
        self._check_register(writer, state, frontier.size)
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

    def _check_register(self, reader: LedgerReader, state: State, size: int) -> None:
        """Raise VerificationError when the register has lost the record that the signer's newest one refers to.

        The register is found by an index that anyone can write: a blanked cell must not bring a revoked key back.
        """
        row = next(reader.rows(self.ledger.id, size - 1, size))
        people = reading.verified_row(row, self.ledger.id, self.ledger.key).statement.people
        if people is not None and people not in state.register:
            raise VerificationError("a record of the register of people is not filed as one", "run custody verify")

    def _place(self, state: State, draft: Draft) -> tuple[str | None, str | None]:
        """The item number and the statement before it that this draft is written with."""
        if draft.new_item:
            return f"{self.label}-{state.counters.get(self.label, 0) + 1}", None
        if draft.item is None:
            return None, None
        item = state.items.get(draft.item)
        if item is None:
            raise RuleError(f"there is no item {draft.item}", "run custody items to see them all")
        return draft.item, draft.prev or item.tip

    def _last_counter(self, reader: LedgerReader, head: RememberedHead) -> int:
        """The highest counter given so far: that of the newest item, because numbers ascend.

        Found by its own signed record, down to what is remembered, and never by the index of item numbers: whoever
        blanks a cell of that index would make the signer give a number twice.
        """
        for position in range(head.size - 1, max(head.counted, 1) - 1, -1):
            row = next(reader.rows(self.ledger.id, position, position + 1), None)
            if row is None:
                raise VerificationError(f"record {position} is missing", "run custody verify")
            statement = reading.verified_row(row, self.ledger.id, self.ledger.key).statement
            if isinstance(statement.body, Collected) and statement.item is not None:
                return split_number(statement.item)[1]
        return head.counter


class _Syncing(threading.Thread):
    """Syncs the evidence store while the batch is signed."""

    def __init__(self, sync: Callable[[], None]) -> None:
        super().__init__(name="evidence-sync")
        self._sync = sync
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Sync, and keep what went wrong for the thread that commits: whatever it was, nothing may be committed."""
        try:
            self._sync()
        except OSError as error:
            self._error = StorageError(f"the evidence store could not be written to the disk: {error.strerror}")
        except BaseException as error:  # noqa: BLE001
            self._error = error

    def check(self) -> None:
        """Raise what went wrong."""
        if self._error is not None:
            raise self._error
