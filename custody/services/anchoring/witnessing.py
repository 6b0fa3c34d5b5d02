"""Has a C2SP witness cosign the ledger's checkpoint over HTTP, and records it. <https://c2sp.org/tlog-witness>"""

from custody.errors import FormatError, RemoteError, UsageError, VerificationError
from custody.formats import witness as wire
from custody.formats.checkpoint import Checkpoint
from custody.formats.cosignature import CosignerKey
from custody.formats.encoding import format_base64
from custody.formats.note import Note, NoteSignature, parse_note
from custody.ports import Web, WebRequest
from custody.services import looking
from custody.services.anchoring import adding, checkpoints
from custody.services.recording import Recorder


def witness(recorder: Recorder, web: Web, url: str, key: CosignerKey) -> adding.Added:
    """Sign a checkpoint, have the witness at `url` (its submission prefix) cosign it with `key`, and record that.

    A witness that saw another size than is recorded here is asked once more, from the size that it names. Raises
    VerificationError when it saw more records than there are, or others; RemoteError when it refuses or fails;
    UsageError for an address that is none. Then nothing is recorded.
    """
    address = _address(url)
    with recorder.files.ledgers.reading() as reader:
        point, data = looking.sign_checkpoint(reader, recorder.ledger, recorder.signer)
    note = parse_note(data)
    old = _last_size(recorder, key)
    answer = _ask(recorder, web, address, point, note, old)
    if isinstance(answer, wire.Conflict) and answer.size is not None:
        if answer.size > point.size:
            raise VerificationError(
                f"the witness saw {answer.size} records of this ledger, and this copy has only {point.size}",
                "this copy is older than what the witness saw, or records were cut off: do not work on with it, and "
                "look for a newer copy of the case folder",
            )
        if answer.size == old:
            raise RemoteError(f"the witness asks for a proof from {old} records, and was given it", _OPERATOR)
        old = answer.size
        answer = _ask(recorder, web, address, point, note, old)
    match answer:
        case wire.Cosignatures(lines=lines):
            pass
        case wire.Unproven() if old == 0:
            raise RemoteError("the witness refuses the first checkpoint that it is shown", _OPERATOR)
        case wire.Unproven():
            raise VerificationError(
                f"by its answer, the witness saw {old} other records than the first {old} here: TWO VERSIONS OF ONE "
                "LEDGER",
                "run custody verify, look for another copy of the case folder, and ask the witness's operator for the "
                "checkpoint that it has",
            )
        case wire.Conflict(size=None):
            raise VerificationError(
                f"by its answer, the witness saw {point.size} other records than these: TWO VERSIONS OF ONE LEDGER",
                "run custody verify, and ask the witness's operator for the checkpoint that it has",
            )
        case wire.Conflict():
            raise RemoteError("the witness names one size after the other as the last that it saw", "try again later")
    return _record(recorder, point, key, lines)


_OPERATOR = "ask its operator"


def _address(url: str) -> str:
    """Where add-checkpoint is, below the submission prefix."""
    if not url.startswith(("https://", "http://")):
        raise UsageError(f"{url!r} is no address of a witness", "it begins with https://")
    return url.rstrip("/") + wire.PATH


def _last_size(recorder: Recorder, key: CosignerKey) -> int:
    """The largest size that this witness cosigned, by what is recorded; a wrong one costs a second request."""
    with recorder.files.ledgers.reading() as reader:
        size = reader.size(recorder.ledger.id)
    public = format_base64(key.public)
    recorded = checkpoints.cosigned(recorder.files, recorder.ledger.id)
    sizes = [one.size for one in recorded if (one.cosigner, one.key) == (key.name, public) and one.size <= size]
    return max(sizes, default=0)


def _ask(recorder: Recorder, web: Web, address: str, point: Checkpoint, note: Note, old: int) -> wire.Answer:
    proof: tuple[bytes, ...] = ()
    if 0 < old < point.size:
        with recorder.files.ledgers.reading() as reader:
            proof = checkpoints.proof_since(reader, recorder.ledger.id, old, point.size, point.root)
    body = wire.format_request(wire.AddCheckpoint(old, proof, note))
    (answer,) = web.ask([WebRequest(address, wire.MAX_ANSWER, body, wire.CONTENT_TYPE)])
    if isinstance(answer, RemoteError):
        raise answer
    return wire.parse_answer(answer.status, answer.content_type, answer.body)


def _record(recorder: Recorder, point: Checkpoint, key: CosignerKey, lines: tuple[NoteSignature, ...]) -> adding.Added:
    # "The client MUST ignore any cosignatures from unknown keys."
    own = [line for line in lines if (line.name, line.key_id) == (key.name, key.key_id)]
    if not own:
        raise RemoteError(
            f"the witness did not cosign with the key that it is known by ({key.name})",
            "compare the key with what the witness's operator publishes",
        )
    try:
        cosignature = adding.Checker(recorder).check(key, own[0], point)
    except (FormatError, VerificationError) as error:
        raise RemoteError(f"the witness answered wrongly: {error.message}", error.hint or _OPERATOR) from error
    return adding.record(recorder, point, key, cosignature)
