"""Examines one ledger: compares its rows, which workers have checked, with one another and with earlier sights."""

from custody.domain import findings as codes
from custody.domain.fields import is_hash
from custody.domain.findings import Code
from custody.domain.parties import origin
from custody.domain.structure import Misplaced, Structure
from custody.domain.verdict import LedgerHead
from custody.domain.wording import capital
from custody.ports import CaseFiles, World
from custody.services import reading
from custody.services.auditing.checking import MAX_STRAY, RowResult
from custody.services.auditing.seen import SeenLedgers
from custody.services.auditing.telling import Telling
from custody.services.auditing.trees import StoredTrees
from custody.services.remembering import head_words

SHORTER = (
    "Either the newest records were taken away (a rollback); or this is an old copy, such as a backup that was put "
    "back; or the ledger went on elsewhere. A copy with all the records settles it."
)
OTHER = (
    "Either the older records were rewritten; or there are two versions, because two devices went on from one copy (a "
    "fork), or a backup was put back and recorded on. Both were signed with the owner's key, or one is forged: compare "
    "the copies of others."
)


class Examination(Telling):
    """The examination of one ledger. `owner` is the id and key of the only one who may have signed in it."""

    def __init__(
        self, files: CaseFiles, world: World, ledger: str, seen: SeenLedgers, owner: tuple[str, bytes] | None
    ) -> None:
        super().__init__(ledger, seen)
        self.owner = owner
        self._files = files
        self._before = world.heads.get(ledger)
        self._structure = Structure(ledger, () if self._before is None else (self._before.size,))
        self._misplaced: list[Misplaced] = []
        self._met = False

    @property
    def size(self) -> int:
        """How many positions were seen, missing ones included."""
        return self._structure.size

    @property
    def sound(self) -> bool:
        """Whether every record stands where it was signed, so that the stored tree is that of the records."""
        return not self._misplaced

    def take(self, one: RowResult) -> bool:
        """Compare one row with those before it; whether what it says may be folded in."""
        self._met = True
        self._misplaced += self._structure.take(one.position, one.filed, one.nodes, one.leaf, one.stated)
        about = self.about(one)
        if one.stated is None:
            self.find(codes.RECORD_UNREADABLE, about, f"The record cannot be read: {one.unreadable}.")
            # Garbling a record whose signature fails must not make the answer about signers any better.
            self.find(codes.SIGNATURE_WRONG, about, "It cannot be read, so there is no signature on it that holds.")
            self.file(one.filed)
            return False
        self._seen.ids[one.id] += 1
        if self._seen.ids[one.id] > 1:
            self.find(codes.RECORD_TWICE, about, "The same record stands in the case twice.")
        elsewhere = (one.stated.ledger, one.stated.position) != (self.ledger, one.position)
        if not elsewhere:  # openings are kept by place, and a copy elsewhere has none
            self._take_openings(about, one)
        if one.holds and not elsewhere:
            return True
        if self.owner is None or one.signer != self.owner[0]:
            self.find(
                codes.SIGNER_UNKNOWN,
                about,
                f"It names a signer whose key does not belong to this case ({one.signer[:16]}…).",
            )
        elif not one.holds:
            self.find(
                codes.SIGNATURE_WRONG,
                about,
                "The signature does not fit the record: it was changed after it was signed, or never signed by this "
                "key. What it says is not to be relied on.",
            )
        if not one.holds:
            self.file(one.filed)
        self.file(one.item)
        return False

    def finish(self) -> None:
        """Report what can be told only after the last row."""
        if not self._met:
            self.find(
                codes.DATABASE_FOREIGN,
                f"ledger {self.ledger[:16]}…",
                "There are records under a name that is not text, so they cannot be read.",
            )
        self._report_misplaced()
        self._compare_own_reports()
        self._compare_with_remembered()
        self.tell_rest()
        root = self._structure.root
        if is_hash(self.ledger):  # the rows of any other name are misplaced, and the name may be anything
            self._seen.heads.append(
                LedgerHead(origin=origin(self.ledger), size=self.size, root="" if root is None else root.hex())
            )

    def about(self, one: RowResult) -> str:
        """How a finding names a record."""
        return self.named(one.filed if one.stated is None else one.item, one.position)

    def head_words(self) -> str:
        """The ledger's head as it is here, as people compare it."""
        return head_words(self.size, self._structure.root)

    def _take_openings(self, about: str, one: RowResult) -> None:
        self._seen.sealed += one.sealed
        self._seen.opened += one.opened
        for pointer in one.wrong:
            self.find(
                codes.OPENING_WRONG,
                about,
                f"The kept value of {pointer} is not the one that was sealed and signed. Do not rely on it.",
            )
        for pointer in one.stray[:MAX_STRAY]:
            self.find(codes.OPENING_STRAY, about, f"openings.db has a value {pointer} that the record does not seal.")
        if len(one.stray) > MAX_STRAY:
            self.find(codes.OPENING_STRAY, about, "openings.db has still more values that the record does not seal.")
        if one.missing:
            self._seen.unopened[one.id] = (about, one.missing)

    def _report_misplaced(self) -> None:
        """One finding for each run of neighbours with the same trouble."""
        by_kind: dict[tuple[Code, str], list[int]] = {}
        for one in self._misplaced:
            by_kind.setdefault((one.code, one.what), []).append(one.position)
        for (code, what), positions in by_kind.items():
            for first, last in reading.runs(positions):
                self.find(code, self.place(first, last), f"{capital(what)}.")

    def _compare_own_reports(self) -> None:
        if not self.sound or not self._reports:
            return  # the stored tree is not that of the records, and was reported
        with self._files.ledgers.reading() as reader:
            self.compare_reports(StoredTrees(reader, {self.ledger: self}))

    def _compare_with_remembered(self) -> None:
        before = self._before
        if before is None:
            return
        heads = (
            f"On {before.seen[:10]} this computer saw {head_words(before.size, before.root)}. "
            f"Here: {self.head_words()}."
        )
        if self.size < before.size:
            self.find(codes.RECORD_CUT_OFF, self.place(self.size, before.size - 1), f"{heads} {SHORTER}")
        elif self._structure.roots.get(before.size, before.root) != before.root:
            self.find(codes.RECORD_REWRITTEN, self.place(0, before.size - 1), f"{heads} {OTHER}")
        elif before.size in self._structure.roots:
            self._seen.remembered[self.ledger] = before
