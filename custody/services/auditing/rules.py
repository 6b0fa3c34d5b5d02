"""Replays the rules of custody over the records that hold, and keeps what examining files and naming people needs."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from custody.domain import findings as codes
from custody.domain.entry import reread_statement
from custody.domain.events import (
    CaseOpened,
    Collected,
    Cosigned,
    Examined,
    LedgerOpened,
    LedgerSeen,
    MemberEnrolled,
    MemberReplaced,
    Received,
    RegisterBody,
    Released,
    ReleasedOnPaper,
    Reported,
    Restored,
    Timestamped,
)
from custody.domain.events.membership import people_of
from custody.domain.history import Step, fold, fold_register
from custody.domain.ordering import in_order
from custody.domain.statement import Statement
from custody.errors import FormatError, MissingReference, RuleError
from custody.formats.canonical import Json, parse
from custody.ports import CaseFiles
from custody.services.auditing.checking import RowResult
from custody.services.auditing.examining import Examination
from custody.services.auditing.seen import Runs, SeenLedgers, Vouched
from custody.services.auditing.wanted import SEALED

SLICE = 256  # rows that are read again in one view


@dataclass(slots=True)
class _Sound:
    """The records of one ledger that hold, as small as can be: their positions, ids, and the few opened values."""

    examination: Examination
    positions: "array[int]" = field(default_factory=lambda: array("q"))
    ids: bytearray = field(default_factory=bytearray)
    values: dict[int, dict[str, bytes]] = field(default_factory=dict)

    def add(self, one: RowResult) -> None:
        self.positions.append(one.position)
        self.ids += bytes.fromhex(one.id)
        if one.values:
            self.values[one.position] = one.values


class Replay:
    """Folds what holds. Of one ledger while it is still being checked (`overlapped`); of several after all were."""

    def __init__(self, files: CaseFiles, seen: SeenLedgers, *, overlapped: bool) -> None:
        self._files = files
        self._seen = seen
        self._overlapped = overlapped
        self._sound: dict[str, _Sound] = {}
        self._register: list[Step] = []

    def take(self, examination: Examination, first: int, last: int, sound: Sequence[RowResult]) -> None:
        """These rows hold; all others from `first` to `last` do not."""
        known = self._sound.setdefault(examination.ledger, _Sound(examination))
        start = len(known.positions)
        for one in sound:
            known.add(one)
        if self._overlapped:
            for identity, statement in self._steps(known, start):
                self._fold(known, identity, statement)
            self._sound[examination.ledger] = _Sound(examination)
        else:
            self._register += self._read(known, [one for one in sound if one.of_register])

    def finish(self) -> None:
        """Fold what was not folded yet."""
        if self._overlapped:
            return
        fold_register(self._seen.state, self._register)
        streams = {name: self._steps(known, 0) for name, known in self._sound.items()}
        here = (known.ids[at : at + 32] for known in self._sound.values() for at in range(0, len(known.ids), 32))
        for identity, statement in in_order(streams, map(bytes, here)):
            self._fold(self._sound[statement.ledger], identity, statement)

    def _read(self, known: _Sound, wanted: Sequence[RowResult]) -> Iterator[Step]:
        for one in wanted:
            yield from self._reread(known, [one.position], [bytes.fromhex(one.id)])

    def _steps(self, known: _Sound, start: int) -> Iterator[Step]:
        """The statements of these records, read once more: the parent was told only what was found of them."""
        for at in range(start, len(known.positions), SLICE):
            positions = known.positions[at : at + SLICE]
            ids = [bytes(known.ids[32 * index : 32 * index + 32]) for index in range(at, at + len(positions))]
            yield from self._reread(known, list(positions), ids)

    def _reread(self, known: _Sound, positions: Sequence[int], ids: Sequence[bytes]) -> Iterator[Step]:
        examination = known.examination
        expected = dict(zip(positions, ids, strict=True))
        with self._files.ledgers.reading() as reader:
            rows = reader.rows(examination.ledger, positions[0], positions[-1] + 1)
            found = {row.position: row.envelope for row in rows if row.position in expected}
        for position, identity in expected.items():
            about = examination.place(position)
            if position not in found:
                examination.find(codes.RECORD_MISSING, about, "It was taken away while it was examined.")
                continue
            try:
                yield identity.hex(), reread_statement(found[position], identity.hex())
            except FormatError as error:
                examination.find(codes.RECORD_UNREADABLE, about, f"The record cannot be read: {error.message}.")

    def _fold(self, known: _Sound, identity: str, statement: Statement) -> None:
        examination = known.examination
        values = known.values.get(statement.position, {})
        place = examination.place(statement.position)
        about = f"{statement.item} ({place})" if statement.item is not None else place
        try:
            fold(self._seen.state, identity, statement)
        except MissingReference as error:
            examination.find(
                codes.REFERENCE_MISSING,
                about,
                f"It refers to a record that is not here: {error.message}. Merge the newest share of everybody who has "
                "one; until then it changes nothing.",
            )
            if isinstance(statement.body, LedgerOpened):
                examination.find(
                    codes.SIGNER_NOT_ENROLLED, about, "The register of people that its owner knew is not here whole."
                )
            examination.file(statement.item)
            return
        except RuleError as error:
            examination.find(codes.RULE_BROKEN, about, f"It breaks a rule of custody: {error.message}.")
            examination.file(statement.item)
            return
        self._seen.believed.add(identity)
        runs = self._seen.runs.setdefault(examination.ledger, Runs())
        runs.add(statement.position, statement.head.size, statement.time)
        self._keep(examination, identity, statement, {name: parse(value) for name, value in values.items()}, about)

    def _keep(
        self, examination: Examination, identity: str, statement: Statement, values: dict[str, Json], about: str
    ) -> None:
        seen, body = self._seen, statement.body
        match body:
            case Reported():
                examination.report(statement.position, body)
                seen.reports.append((about, statement.signer, body))
            case Collected() if statement.item is not None:
                if wanted := {pointer: value for pointer, value in values.items() if pointer in SEALED}:
                    seen.sealed_values[statement.item] = wanted
            case Released() | Received() | ReleasedOnPaper() | Examined() if "/digest" in values:
                recorded = seen.sealed_values.get(statement.item or "", {}).get("/digest")
                if recorded is not None and recorded != values["/digest"]:
                    examination.find(
                        codes.RULE_BROKEN,
                        about,
                        "It breaks a rule of custody: its sealed digest is not the recorded one.",
                    )
            case CaseOpened() | LedgerOpened() | MemberEnrolled() | MemberReplaced():
                for pointer, person in people_of(body).items():
                    if not isinstance(body, LedgerOpened):  # whoever opens a ledger unasked could name anybody's key
                        seen.insiders.add(person.cosignature_key)
                    if isinstance(name := values.get(f"{pointer}/name"), str):
                        seen.names[person.key_id] = name
            case LedgerSeen() if seen.state.members[statement.signer].enrolled_by is not None:
                seen.sightings += [(examination.ledger, statement.position, about, one) for one in body.ledgers]
            case Timestamped() | Cosigned():
                seen.vouched.append(Vouched(examination.ledger, statement.position, about, body))
            case Restored():
                seen.restored.append((about, body))
        if isinstance(body, RegisterBody | CaseOpened | LedgerOpened):
            seen.labels.update(
                (ledger, label)
                for ledger, owner in seen.state.owners.items()
                if (label := seen.state.members[owner].label) is not None and len(seen.state.owners) > 1
            )
