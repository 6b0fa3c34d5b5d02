"""Cosigns somebody else's checkpoint, once it is found to continue what this key cosigned before. Needs no case.

One key signs one history of a ledger: what it signs is remembered, durably, before the signature is made.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from custody.domain.wording import moment_in_words
from custody.errors import FormatError, RuleError, SignatureMismatch, UsageError, VerificationError
from custody.formats.checkpoint import Checkpoint, format_checkpoint
from custody.formats.checkpointfile import CheckpointFile, open_checkpoint
from custody.formats.cosignature import Cosignature, CosignerKey, cosigned_message, format_line, own_cosigner
from custody.formats.encoding import MAX_EXACT_INTEGER
from custody.formats.merkle import verify_consistency
from custody.formats.note import MAX_SIGNATURES, VerifierKey, format_vkey, parse_vkey
from custody.ports import Clock, CosignedHead, CosignedHeads, Signer


@dataclass(frozen=True, slots=True)
class Seen:
    """A checkpoint that may be cosigned: signed by `key`, and continuing what was cosigned before, if anything was."""

    checkpoint: Checkpoint
    key: VerifierKey
    before: CosignedHead | None


def examine(file: CheckpointFile, heads: CosignedHeads, cosigner: CosignerKey, own: Collection[bytes]) -> Seen:
    """What there is to be cosigned. `own` are the checkpoint keys of the person who is asked to cosign.

    Raises VerificationError when the ledger's signature does not hold, another key signed than before, or the ledger
    does not continue what this key cosigned; UsageError when the file lacks what shows that it does; RuleError for the
    person's own ledger.
    """
    return _examine(file, heads.of(file.unverified_checkpoint.origin), cosigner, own)


def cosign(
    file: CheckpointFile, heads: CosignedHeads, clock: Clock, signer: Signer, own: Collection[bytes]
) -> CheckpointFile:
    """The file with this signer's cosignature added, as of now. Raises what `examine` does, StorageError."""
    cosigner = own_cosigner(signer.public.cosignature_key)
    if len(file.note.signatures) >= MAX_SIGNATURES:
        raise FormatError(f"the checkpoint has {MAX_SIGNATURES} signatures already", "ask for the file without them")
    seen = examine(file, heads, cosigner, own)
    time = int(clock.now().timestamp())

    def check(known: Sequence[CosignedHead]) -> None:
        before = _examine(file, known, cosigner, own).before
        if before is not None and time < before.time:
            # It would say that a longer ledger was the longest one at a moment when it was not.
            raise UsageError(
                f"by this computer's clock it is {moment_in_words(time)}, but you cosigned this ledger last at "
                f"{moment_in_words(before.time)}",
                "set the clock right. If it is right now and was wrong then: cosign with another key of yours (--key), "
                "and tell them its eight words",
            )

    point = seen.checkpoint
    head = CosignedHead(cosigner.name, point.origin, point.size, point.root, format_vkey(seen.key), time)
    heads.advance(head, check)
    signature = signer.sign_cosignature(cosigned_message(format_checkpoint(point), time))
    line = format_line(cosigner, Cosignature(time, signature))
    return replace(file, note=replace(file.note, signatures=(*file.note.signatures, line)))


def _examine(
    file: CheckpointFile, known: Sequence[CosignedHead], cosigner: CosignerKey, own: Collection[bytes]
) -> Seen:
    key = _ledger_key(file, known)
    try:
        point = open_checkpoint(file, key)
    except SignatureMismatch as error:
        raise SignatureMismatch(
            "the checkpoint is not signed by the key of its ledger",
            "somebody changed the file, or it was damaged on its way: ask for it again",
        ) from error
    if key.public in own:
        raise RuleError(
            "this is your own ledger, and nobody vouches for themselves", "send the file to somebody outside the case"
        )
    if point.size == 0:
        raise FormatError("the ledger has no records yet", "there is nothing to be cosigned")
    if point.size > MAX_EXACT_INTEGER:  # no ledger gets there; from 2^63 on the database would refuse it with a crash
        raise FormatError("the checkpoint has more records than any ledger can have", "ask for the file again")
    before = next((one for one in known if one.cosigner == cosigner.name), None)
    if before is not None:
        _check_continues(file, point, before)
    return Seen(point, key, before)


def _ledger_key(file: CheckpointFile, known: Sequence[CosignedHead]) -> VerifierKey:
    """The key that signs this ledger's checkpoints: the one that was seen first, by whichever key of the person."""
    if file.key is None and not known:
        raise UsageError(
            "the file does not tell the key of its ledger, and you have not cosigned this ledger before",
            "ask for the file that is written with: custody checkpoint -o FILE",
        )
    for one in known:
        if file.key is not None and format_vkey(file.key) != one.ledger_key:
            raise VerificationError(
                f"the checkpoint is signed by ANOTHER KEY than when you cosigned it on {moment_in_words(one.time)}",
                "do not cosign it. A ledger's key never changes: somebody made another ledger of the same name. Keep "
                "the file, and tell the people of the case by a way that you trust",
            )
    return file.key or parse_vkey(known[0].ledger_key)


def _check_continues(file: CheckpointFile, point: Checkpoint, before: CosignedHead) -> None:
    when = f"on {moment_in_words(before.time)}"
    if point.size < before.size:
        raise VerificationError(
            f"you cosigned {before.size} records of this ledger {when}, and this checkpoint has only {point.size}",
            "either the file is an old one: ask for a new one. Or the ledger lost its newest records, as when an old "
            "copy is put back: then keep the file, and tell the people of the case",
        )
    if point.size == before.size:
        if point.root != before.root:
            raise _two_versions(f"the {point.size} records of this checkpoint are not the {before.size}", when)
        return
    proof = file.proof_from(before.size)
    if proof is None:
        raise UsageError(
            f"the file does not show that its {point.size} records begin with the {before.size} that you cosigned "
            f"{when}",
            f"ask for a file that is written with: custody checkpoint -o FILE --since {before.size}",
        )
    try:
        verify_consistency(old=before.size, new=point.size, proof=proof, old_root=before.root, new_root=point.root)
    except (FormatError, VerificationError) as error:
        # Proofs are not signed: whoever carried the file could make an honest ledger look like two.
        raise VerificationError(
            "TWO VERSIONS OF ONE LEDGER, or a file that was changed on its way: by its proof, the "
            f"{point.size} records of this checkpoint do not begin with the {before.size} that you cosigned {when}",
            "do not cosign it, and keep it. Ask for the file again, in another way. If it stays so, the ledger's key "
            "signed two versions: tell the people of the case, by a way that you trust",
        ) from error


def _two_versions(what: str, when: str) -> VerificationError:
    return VerificationError(
        f"TWO VERSIONS OF ONE LEDGER: {what} that you cosigned {when}",
        "do not cosign it. Keep this file and what you cosigned before: the ledger's key signed both. Tell the people "
        "of the case, by a way that you trust",
    )
