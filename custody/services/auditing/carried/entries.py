"""Checks the entries of one ledger of a record: signature, place, proof, and the heads that they were signed over."""

from collections.abc import Iterator

from custody.domain import findings as codes
from custody.domain.entry import Entry, read_entry, verify_entry
from custody.domain.events import CaseOpened, LedgerOpened
from custody.domain.events.people import Person
from custody.domain.parties import origin
from custody.domain.structure import MAX_BATCH
from custody.errors import FormatError, SignatureMismatch, VerificationError
from custody.formats.checkpoint import Checkpoint, parse_checkpoint
from custody.formats.encoding import parse_base64
from custody.formats.merkle import leaf_hash, verify_inclusion
from custody.formats.note import VerifierKey, open_note, parse_note
from custody.formats.record import ProvenEntry, RecordLedger
from custody.services.auditing.carried.proofs import ProvenTrees
from custody.services.auditing.checking import load_key
from custody.services.auditing.seen import SeenLedgers
from custody.services.auditing.telling import Telling


class Extracted:
    """The examination of one ledger's entries. `read` are those that can be read and say that they stand here."""

    def __init__(self, case: str, ledger: RecordLedger, told: Telling, seen: SeenLedgers, trees: ProvenTrees) -> None:
        self.ledger = ledger
        self.read: list[Entry] = []
        self._told = told
        self._seen = seen
        self._trees = trees
        self._entries = [(one, _read(one)) for one in ledger.entries]
        opening = self._entries[0] if self._entries else None
        entry = opening[1] if opening is not None and opening[0].position == 0 else None
        body = entry.statement.body if isinstance(entry, Entry) else None
        self._opening = body if isinstance(body, CaseOpened | LedgerOpened) else None
        self._foreign = isinstance(entry, Entry) and (entry.statement.case, entry.statement.ledger) != (
            case,
            ledger.ledger,
        )

    @property
    def label(self) -> str | None:
        """The label that its owner took, as the first entry says."""
        return None if self._opening is None else self._opening.label

    def sound(self) -> Iterator[Entry]:
        """The entries that hold, in their order; what is wrong with others is told."""
        told = self._told
        if self._foreign:
            told.find(codes.RECORD_FOREIGN, f"ledger {told.ledger[:16]}…", "It does not belong to this case.")
        elif self._opening is None:
            told.find(
                codes.RECORD_MISSING,
                told.place(0),
                "The record that opens this ledger, and says whose it is, is not here.",
            )
        before: Entry | None = None
        for one, entry in self._entries:
            if not isinstance(entry, Entry):
                told.find(codes.RECORD_UNREADABLE, told.place(one.position), f"The record cannot be read: {entry}.")
                # Garbling a record whose signature fails must not make the answer about signers any better.
                told.find(
                    codes.SIGNATURE_WRONG,
                    told.place(one.position),
                    "It cannot be read, so there is no signature on it that holds.",
                )
            elif self._stands(one, entry):
                self.read.append(entry)
                signed = self._is_signed(entry)
                if self._is_proven(one, entry) and signed and not self._foreign:
                    self._check_head(entry, before)
                    before = entry
                    yield entry
                else:
                    told.file(entry.statement.item)

    def head_of(self, entry: Entry) -> int:
        """The size of the head that a sound entry is known to have been signed over, 0 where nothing shows it."""
        head = entry.statement.head
        known = self._trees.root(self.ledger.ledger, head.size)
        return head.size if known is not None and known.hex() == head.root else 0

    def check_checkpoint(self) -> bool:
        """Whether the ledger's head is stated and signed by its owner; told where it is stated and does not hold."""
        note = self.ledger.checkpoint
        if note is None:
            return False
        about = f"the checkpoint of {self._seen.labels.get(self.ledger.ledger, 'this ledger')}"
        try:
            if self._opening is None or self._foreign:
                raise VerificationError("whose ledger it is of is not known")
            key = VerifierKey(origin(self.ledger.ledger), parse_base64(_owner(self._opening).checkpoint_key))
            stated = parse_checkpoint(open_note(parse_note(note), [key]))
        except (FormatError, VerificationError) as error:
            self._told.find(codes.CHECKPOINT_WRONG, about, f"It is not signed by the owner: {error.message}.")
            return False
        if stated != Checkpoint(origin(self.ledger.ledger), self.ledger.size, self.ledger.root):
            self._told.find(codes.CHECKPOINT_WRONG, about, "It is signed, and of another state than the proofs here.")
            return False
        return True

    def tell_withheld(self) -> None:
        """How many records of the ledger are here."""
        here, size = len(self.ledger.entries), self.ledger.size
        if here < size:
            self._told.find(
                codes.RECORDS_WITHHELD,
                self._seen.labels.get(self.ledger.ledger, "the record"),
                f"{here} of {size} records of this ledger are here. The others are withheld; that they exist, and "
                "where, is shown.",
            )

    def _stands(self, one: ProvenEntry, entry: Entry) -> bool:
        """Whether an entry says that it stands where it stands, and stands nowhere else."""
        told, place = self._told, entry.statement
        self._seen.ids[entry.id] += 1
        if self._seen.ids[entry.id] > 1:
            told.find(codes.RECORD_TWICE, told.named(place.item, one.position), "The same record stands here twice.")
        if (place.ledger, place.position) == (self.ledger.ledger, one.position):
            return True
        told.find(
            codes.RECORD_MISPLACED,
            told.place(one.position),
            f"It was signed as record {place.position}"
            + ("." if place.ledger == self.ledger.ledger else f" of another ledger ({place.ledger[:16]}…)."),
        )
        told.file(place.item)
        return False

    def _is_signed(self, entry: Entry) -> bool:
        told, statement = self._told, entry.statement
        about = told.named(statement.item, statement.position)
        owner = None if self._opening is None else _owner(self._opening)
        if owner is None or statement.signer != owner.key_id:
            told.find(
                codes.SIGNER_UNKNOWN,
                about,
                f"It names a signer whose key does not belong to this case ({statement.signer[:16]}…).",
            )
            return False
        try:
            verify_entry(entry, load_key(owner.spki))
        except SignatureMismatch:
            told.find(
                codes.SIGNATURE_WRONG,
                about,
                "The signature does not fit the record: it was changed after it was signed, or never signed by this "
                "key. What it says is not to be relied on.",
            )
            return False
        return True

    def _is_proven(self, one: ProvenEntry, entry: Entry) -> bool:
        ledger = self.ledger
        try:
            verify_inclusion(
                leaf_hash(one.envelope), index=one.position, size=ledger.size, proof=one.proof, root=ledger.root
            )
        except (FormatError, VerificationError) as error:
            self._told.find(
                codes.PROOF_WRONG,
                self._told.named(entry.statement.item, one.position),
                f"What is to show that it stands in the ledger does not hold: {error.message}.",
            )
            return False
        return True

    def _check_head(self, entry: Entry, before: Entry | None) -> None:
        """Each record was signed over the ledger as it was just before its batch; a batch is of one head."""
        statement = entry.statement
        head, position = statement.head, statement.position
        wrong = not head.size <= position < head.size + MAX_BATCH
        if before is not None and before.statement.position >= head.size:  # both are of one batch
            wrong |= before.statement.head != head
        elif before is not None:
            wrong |= before.statement.head.size > head.size
        if wrong or self._trees.had(self.ledger.ledger, head.size, head.root) is False:
            self._told.find(
                codes.RECORD_DISOWNED,
                self._told.named(statement.item, position),
                "The history before it is not the one that it was signed after.",
            )


def _read(one: ProvenEntry) -> Entry | str:
    """The entry, or why it cannot be read."""
    try:
        return read_entry(one.envelope)
    except FormatError as error:
        return error.message


def _owner(body: CaseOpened | LedgerOpened) -> Person:
    return body.lead if isinstance(body, CaseOpened) else body.member
