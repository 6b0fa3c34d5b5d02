"""Records the cosignatures that came back, each checked. Whether a reader trusts a cosigner is the reader's matter."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from custody.domain.events import Cosigned
from custody.domain.fields import is_line
from custody.domain.wording import moment_in_words
from custody.errors import CustodyError, FormatError, RuleError, SignatureMismatch, VerificationError
from custody.formats.checkpoint import Checkpoint, format_checkpoint
from custody.formats.checkpointfile import CheckpointFile
from custody.formats.cosignature import Cosignature, CosignerKey, named_key, parse_line, verify_cosignature
from custody.formats.encoding import format_base64
from custody.formats.note import NoteSignature
from custody.ports import LedgerReader, RememberedHead
from custody.services import listing, remembering
from custody.services.anchoring import checkpoints
from custody.services.looking import Ledger
from custody.services.recording import Draft, Recorder

AHEAD_S = 600  # a cosigner's clock may be so much ahead of ours; more, and one of the two is wrong

Key = tuple[str, bytes]  # as lines name it


@dataclass(frozen=True, slots=True)
class Added:
    """A cosignature of so many records that holds; `position` of its record, None when it was there before."""

    key: CosignerKey
    size: int
    time: int
    position: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the cosignatures of a file: recorded, refused (key name and why), by keys that nothing tells."""

    checkpoint: Checkpoint
    added: tuple[Added, ...]
    refused: tuple[tuple[str, CustodyError], ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Holds:
    key: CosignerKey
    cosignature: Cosignature


def add(
    recorder: Recorder, file: CheckpointFile, cosigners: Sequence[CosignerKey] = (), own: Collection[bytes] = ()
) -> Outcome:
    """Check each cosignature of the file, and record those that hold and are not recorded yet, in one batch.

    A key is told by its name, or is one of `cosigners`; `own` are the person's own cosignature keys, which do not
    count. What is refused stops no other. Raises VerificationError when the checkpoint is not one that this ledger had;
    then nothing is recorded.
    """
    point = file.unverified_checkpoint  # what is recorded is bound to the ledger itself, by `check_was_here`
    with recorder.files.ledgers.reading() as reader:
        check_was_here(reader, recorder.ledger, point)
    known = {(key.name, key.key_id): key for key in cosigners}
    holding: list[_Holds] = []
    refused: list[tuple[str, CustodyError]] = []
    unknown: list[str] = []
    checker = Checker(recorder, own)
    for line in file.note.signatures:
        if line.name == point.origin:
            continue
        try:
            key = _key_of(line, known)
            if key is None:
                unknown.append(line.name)
            else:
                holding.append(_Holds(key, checker.check(key, line, point)))
        except CustodyError as error:
            refused.append((line.name, error))
    return Outcome(point, tuple(_record(recorder, point, holding)), tuple(refused), tuple(dict.fromkeys(unknown)))


class Checker:
    """Checks cosignatures of a recorder's checkpoints, as of now. `own` are keys of the person's, beside their own."""

    def __init__(self, recorder: Recorder, own: Collection[bytes] = ()) -> None:
        self._own = own
        self._members = listing.ed25519_keys(recorder.files, recorder.whole)
        self._now = int(recorder.world.clock.now().timestamp())

    def check(self, key: CosignerKey, line: NoteSignature, point: Checkpoint) -> Cosignature:
        """The cosignature of a line, by somebody outside the case, that holds for this checkpoint.

        Raises FormatError, SignatureMismatch, RuleError for a member's key, VerificationError for an impossible time.
        """
        if not is_line(key.name):
            raise FormatError("a cosigner's name of more than 200 characters, or with some that cannot be seen")
        cosignature = parse_line(line)
        try:
            verify_cosignature(key, format_checkpoint(point), cosignature)
        except SignatureMismatch as error:
            raise SignatureMismatch(
                "the cosignature is not one of this checkpoint by that key",
                "ask the cosigner for the file again; if it stays so, somebody else made it",
            ) from error
        if key.public in self._members:
            raise RuleError(
                "the cosigner is a member of the case, who does not count as outside",
                "ask somebody who has no part in the case",
            )
        if key.public in self._own:
            raise RuleError(
                "the cosigner's key is one of yours, and nobody vouches for themselves", "ask somebody else"
            )
        if cosignature.time == 0:
            raise VerificationError("the cosignature does not say when it was made", "ask for one that does")
        if cosignature.time > self._now + AHEAD_S:
            raise VerificationError(
                f"the cosignature says that it is of a moment still to come ({moment_in_words(cosignature.time)})",
                "the cosigner's clock or this computer's is wrong: set it right; the cosigner then has to sign again, "
                "or you wait",
            )
        return cosignature


def check_was_here(reader: LedgerReader, ledger: Ledger, point: Checkpoint) -> None:
    """Raise VerificationError unless this ledger once had this checkpoint, as its owner's signatures bind it."""
    if point.origin != ledger.verifier.name:
        raise VerificationError(
            "this is the checkpoint of another ledger", "go to its case; each person records cosignatures of their own"
        )
    size = reader.size(ledger.id)
    if point.size > size:
        raise VerificationError(
            f"the checkpoint has {point.size} records, and this copy of the ledger only {size}",
            "this copy is older than what was cosigned, or records were cut off: do not work on with it, and look for "
            "a newer copy of the case folder",
        )
    batch = remembering.newest_batch(reader, ledger.id, ledger.key)
    if point.size < 1 or not remembering.extends(
        reader, ledger.id, batch, RememberedHead(ledger.id, ledger.case, point.size, point.root, seen="")
    ):
        raise VerificationError(
            f"the first {point.size} records here are not the ones of this checkpoint: TWO VERSIONS OF ONE LEDGER",
            "keep this copy and the file, and do not work on with the copy: look for the case folder that the "
            "checkpoint was made in",
        )


def record(recorder: Recorder, point: Checkpoint, key: CosignerKey, cosignature: Cosignature) -> Added:
    """Record one cosignature that a Checker has checked, unless it is there already."""
    (added,) = _record(recorder, point, [_Holds(key, cosignature)])
    return added


def _record(recorder: Recorder, point: Checkpoint, holding: Sequence[_Holds]) -> Iterator[Added]:
    bodies = [
        Cosigned(
            size=point.size,
            root=point.root.hex(),
            cosigner=one.key.name,
            key=format_base64(one.key.public),
            time=one.cosignature.time,
            signature=format_base64(one.cosignature.signature),
        )
        for one in holding
    ]
    there = set(checkpoints.cosigned(recorder.files, recorder.ledger.id)) if bodies else set()
    new = [body for body in dict.fromkeys(bodies) if body not in there]
    recorded = recorder.append([Draft(body) for body in new])
    positions = {body: one.position for body, one in zip(new, recorded, strict=True)}
    for body in dict.fromkeys(bodies):
        yield Added(body.cosigner_key, body.size, body.time, positions.get(body))


def _key_of(line: NoteSignature, known: Mapping[Key, CosignerKey]) -> CosignerKey | None:
    key = known.get((line.name, line.key_id)) or named_key(line.name)
    if key is not None and key.key_id != line.key_id:
        raise FormatError("the line names a key, and is not by it")
    return key
