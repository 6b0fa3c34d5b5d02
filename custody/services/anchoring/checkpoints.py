"""Makes the checkpoint files that go out to cosigners. Records nothing."""

from collections.abc import Iterable, Iterator

from custody.domain.events import Cosigned
from custody.errors import FormatError, UsageError, VerificationError
from custody.formats.checkpointfile import CheckpointFile, EarlierSize
from custody.formats.merkle import Hash, consistency_proof, verify_consistency
from custody.formats.note import parse_note
from custody.ports import CaseFiles, LedgerReader
from custody.services import listing, looking, remembering
from custody.services.recording import Recorder

MAX_EARLIER = 32  # of the sizes that were cosigned, the newest; a cosigner remembers one


def cosigned(files: CaseFiles, ledger: str) -> Iterator[Cosigned]:
    """The cosignatures that are recorded in a ledger, in their order. Not verified."""
    return (body for _, body in listing.of_kind(files, ledger, Cosigned))


def make_file(recorder: Recorder, since: Iterable[int] = ()) -> CheckpointFile:
    """The ledger's checkpoint, signed now, with proofs from every size that was cosigned, and from those of `since`.

    Raises UsageError for a size of `since` that the ledger never had, VerificationError when the stored tree is not the
    one that the owner's signatures stand for.
    """
    ledger = recorder.ledger
    wanted = set(since)
    if len(wanted) > MAX_EARLIER:
        raise UsageError(f"more than {MAX_EARLIER} earlier sizes are asked for", "write one file for each cosigner")
    newest = list(dict.fromkeys(body.size for body in cosigned(recorder.files, ledger.id)))[-MAX_EARLIER:]
    with recorder.files.ledgers.reading() as reader:
        point, note = looking.sign_checkpoint(reader, ledger, recorder.signer)
        for size in sorted(wanted):
            if not 1 <= size <= point.size:
                raise UsageError(
                    f"this ledger has {point.size} records, so there is nothing to show since {size}",
                    "look at the number once more. If somebody did see more records than are here, this copy is an old "
                    "one, or records were cut off: look for a newer copy of the case folder",
                )
        # Between equal sizes there is nothing to prove: the roots are compared.
        sizes = sorted(size for size in wanted.union(newest) if 1 <= size < point.size)
        earlier = tuple(
            EarlierSize(size, proof_since(reader, ledger.id, size, point.size, point.root)) for size in sizes
        )
    return CheckpointFile(parse_note(note), ledger.verifier, earlier)


def proof_since(reader: LedgerReader, ledger: str, old: int, size: int, root: Hash) -> tuple[Hash, ...]:
    """The proof from `old` records to those under `root`, made of the stored tree and found to hold; O(log n) rows.

    Raises VerificationError when the stored tree is not that of `root`.
    """
    node = remembering.node_source(reader, ledger)
    proof = consistency_proof(old, size, node)
    try:
        verify_consistency(
            old=old, new=size, proof=proof, old_root=remembering.root_of(reader, ledger, old), new_root=root
        )
    except (FormatError, VerificationError) as error:
        raise VerificationError("the stored tree is not that of the records", "run custody verify") from error
    return proof
