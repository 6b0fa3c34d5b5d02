"""Finds the case and its ledgers, and remembers their heads. Every command that sees a case begins here."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from custody.domain.entry import Entry, read_entry, verify_entry
from custody.domain.events import CaseOpened, LedgerOpened, Unknown
from custody.domain.events.people import Person
from custody.domain.parties import case_id, ledger_id, origin
from custody.errors import FormatError, RuleError, VerificationError
from custody.formats.checkpoint import Checkpoint, format_checkpoint
from custody.formats.encoding import format_time, parse_base64
from custody.formats.note import VerifierKey, format_note, sign_note
from custody.formats.signature import load_p256
from custody.ports import CaseFiles, LedgerReader, PlaceSeen, RememberedHead, Signer, World
from custody.services import remembering

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class Ledger:
    """One person's ledger: its id and its first entry, found to be signed by the owner whom its id commits to."""

    id: str
    opening: Entry

    @property
    def case(self) -> str:
        """The case id."""
        return self.opening.statement.case

    @property
    def owner(self) -> str:
        """The owner's key id."""
        return self.opening.statement.signer

    @property
    def body(self) -> CaseOpened | LedgerOpened:
        """What the first entry says."""
        body = self.opening.statement.body
        assert isinstance(body, CaseOpened | LedgerOpened)
        return body

    @property
    def label(self) -> str:
        """The label of the item numbers that the owner gives."""
        return self.body.label

    @property
    def key(self) -> "EllipticCurvePublicKey":
        """The owner's statement key."""
        return load_p256(_owner_of(self.body).spki)

    @property
    def verifier(self) -> VerifierKey:
        """The key that checkpoints of this ledger are verified with (C2SP: its name equals the origin)."""
        return VerifierKey(origin(self.id), parse_base64(_owner_of(self.body).checkpoint_key))


@dataclass(frozen=True, slots=True)
class Case:
    """The ledgers of a case, by their ids; `lead` is the one that opened it."""

    lead: Ledger
    ledgers: Mapping[str, Ledger]

    @property
    def id(self) -> str:
        """The case id."""
        return self.lead.case

    @property
    def body(self) -> CaseOpened:
        """What the record that opens the case says."""
        body = self.lead.body
        assert isinstance(body, CaseOpened)
        return body

    def owned_by(self, key_id: str) -> Ledger | None:
        """The ledger of this key."""
        return next((ledger for ledger in self.ledgers.values() if ledger.owner == key_id), None)


def find_case(reader: LedgerReader) -> Case:
    """The case that one of the ledgers opens, and the ledgers that belong to it.

    What else is there is passed over here, and told by `auditing`. Raises VerificationError when none opens a case, or
    two do: whoever put the second one there must not choose which case a command is about.
    """
    found = [ledger for name in reader.ledgers() if (ledger := _ledger(reader, name)) is not None]
    leads = [ledger for ledger in found if isinstance(ledger.body, CaseOpened)]
    if not leads:
        raise VerificationError(
            "no record here opens a case by its lead's own key",
            "run custody verify to see what is wrong; look for another copy of the case folder",
        )
    if len(leads) > 1:
        raise VerificationError(
            "two ledgers here open a case, so it is not clear which one is meant",
            "run custody verify to see which; look for another copy of the case folder",
        )
    (lead,) = leads
    return Case(lead, {one.id: one for one in found if one is lead or _belongs(one, lead)})


def _belongs(one: Ledger, lead: Ledger) -> bool:
    return isinstance(one.body, LedgerOpened) and one.case == lead.case


def _ledger(reader: LedgerReader, name: str) -> Ledger | None:
    """The ledger of this name, if its first entry is one that opens it by the key that its name commits to."""
    row = next(reader.rows(name, 0, 1), None)
    try:
        entry = None if row is None else read_entry(row.envelope)
        return None if entry is None else open_ledger(entry, name)
    except (FormatError, RuleError, VerificationError):
        return None


def open_ledger(entry: Entry, name: str) -> Ledger:
    """The ledger that `entry` opens under this name.

    Raises VerificationError unless it is the first entry, signed by the key that case id and ledger id commit to.
    """
    statement, body = entry.statement, entry.statement.body
    if not isinstance(body, CaseOpened | LedgerOpened) or statement.position != 0:
        raise VerificationError("the first record of a ledger does not open one")
    owner = _owner_of(body)
    if statement.signer != owner.key_id or statement.ledger != name:
        raise VerificationError("the first record of a ledger is not by its owner")
    if name != ledger_id(statement.case, owner.key_id, body.nonce):
        raise VerificationError("the id of a ledger does not follow from its owner's key")
    if isinstance(body, CaseOpened) and statement.case != case_id(owner.key_id, body.nonce):
        raise VerificationError("the case id does not follow from the lead's key")
    verify_entry(entry, load_p256(owner.spki))
    return Ledger(name, entry)


def look(files: CaseFiles, world: World) -> Case:
    """Find the case, and remember the head of every ledger whose newest batch is signed by its owner.

    Every command that sees a case begins with this. Raises VerificationError when a ledger does not extend what this
    computer remembers of it; the heads of the others are remembered all the same.
    """
    try:
        return _look(files, world)
    except VerificationError:
        # Another process may have written, and remembered it, after this view of the ledgers began: look again.
        return _look(files, world)


def _look(files: CaseFiles, world: World) -> Case:
    with files.ledgers.reading() as reader:
        case = find_case(reader)
        wrong = []
        for ledger in case.ledgers.values():
            try:
                remember_head(reader, ledger, world)
            except VerificationError as error:
                wrong.append(error)
        if wrong:
            raise wrong[0]
    world.heads.remember_place(PlaceSeen(place_of(files), case.id, format_time(world.clock.now())))
    return case


def place_of(files: CaseFiles) -> str:
    """Where a case lies, as this computer remembers it: the absolute path, links resolved, odd bytes escaped."""
    return os.fsencode(files.folder.resolve()).decode("utf-8", "backslashreplace")


def remember_head(reader: LedgerReader, ledger: Ledger, world: World) -> None:
    """Remember the present head, bound to the owner's signatures, whatever else is wrong. Raises VerificationError.

    Beside it, how many records from the first on this version can follow: so a writer knows it without reading them
    again.
    """
    size = reader.size(ledger.id)
    before = world.heads.get(ledger.id)
    seen = followed(reader, ledger, 0 if before is None else before.followed)
    try:
        same = before is not None and (before.size, before.root) == (size, remembering.root_of(reader, ledger.id, size))
    except FormatError as error:
        raise VerificationError(error.message, error.hint) from error
    if before is not None and same and before.followed >= seen:
        return
    batch = remembering.newest_batch(reader, ledger.id, ledger.key)
    if before is not None and not remembering.extends(reader, ledger.id, batch, before):
        raise remembering.contradiction(before, size, batch.root)
    counted, counter = (0, 0) if before is None else (before.counted, before.counter)
    head = RememberedHead(
        ledger.id, ledger.case, batch.size, batch.root, format_time(world.clock.now()), counted, counter, seen
    )
    stands = world.heads.remember(head, lambda one: remembering.extends(reader, ledger.id, batch, one))
    if stands is not None and stands.size <= size:  # a larger one was remembered by another process meanwhile
        raise remembering.contradiction(stands, size, batch.root)


def followed(reader: LedgerReader, ledger: Ledger, start: int) -> int:
    """How many records from the first on can be followed, if the first `start` can."""
    return next((position for position, _ in _not_followed(reader, ledger, start)), max(start, reader.size(ledger.id)))


def not_followed(reader: LedgerReader, ledger: Ledger, start: int) -> str | None:
    """In words, the first record from `start` on that cannot be read or is of an unknown kind; None if all can."""
    return next((why for _, why in _not_followed(reader, ledger, start)), None)


def _not_followed(reader: LedgerReader, ledger: Ledger, start: int) -> Iterator[tuple[int, str]]:
    for expected, row in enumerate(reader.rows(ledger.id, start), start):
        if row.position != expected:
            yield expected, f"record {expected} is missing"
        try:
            body = read_entry(row.envelope).statement.body
        except FormatError:
            yield row.position, f"record {row.position} cannot be read"
            continue
        if isinstance(body, Unknown):
            yield row.position, f"record {row.position} is of a kind that this version does not know ({body.kind})"


def sign_checkpoint(reader: LedgerReader, ledger: Ledger, signer: Signer) -> tuple[Checkpoint, bytes]:
    """The ledger's present checkpoint, and the signed note that states it (C2SP tlog-checkpoint).

    Raises VerificationError when the stored tree is not the one that the owner's signatures stand for.
    """
    batch = remembering.newest_batch(reader, ledger.id, ledger.key)
    checkpoint = Checkpoint(origin(ledger.id), batch.size, batch.root)
    note = sign_note(format_checkpoint(checkpoint), [(ledger.verifier, signer.sign_checkpoint)])
    return checkpoint, format_note(note)


def _owner_of(body: CaseOpened | LedgerOpened) -> Person:
    return body.lead if isinstance(body, CaseOpened) else body.member
