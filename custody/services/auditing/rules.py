"""Replays the rules of custody over the records that hold, and keeps what examining files and naming people needs."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from custody.domain import findings as codes
from custody.domain.entry import reread_statement
from custody.domain.history import Step, fold_register
from custody.domain.ordering import in_order
from custody.domain.statement import Statement
from custody.errors import FormatError
from custody.formats.canonical import parse
from custody.ports import CaseFiles
from custody.services.auditing.checking import RowResult
from custody.services.auditing.examining import Examination
from custody.services.auditing.folding import Folding
from custody.services.auditing.seen import SeenLedgers

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
        self._folding = Folding(seen)

    def take(self, examination: Examination, first: int, last: int, sound: Sequence[RowResult]) -> None:
        """These rows hold; all others from `first` to `last` do not."""
        known = self._sound.setdefault(examination.ledger, _Sound(examination))
        start = len(known.positions)
        for one in sound:
            known.add(one)
        if self._overlapped:
            for identity, statement in self._steps(known, start):
                self._take(known, identity, statement)
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
            self._take(self._sound[statement.ledger], identity, statement)

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

    def _take(self, known: _Sound, identity: str, statement: Statement) -> None:
        values = {name: parse(value) for name, value in known.values.get(statement.position, {}).items()}
        self._folding.take(known.examination, identity, statement, values)
