"""The C2SP tlog-witness call add-checkpoint: what is sent to a witness, and what its answers mean. Sends nothing.

<https://c2sp.org/tlog-witness>, section add-checkpoint.
"""

from dataclasses import dataclass

from custody.errors import FormatError, RemoteError
from custody.formats.checkpoint import parse_checkpoint
from custody.formats.encoding import format_base64, parse_base64, parse_decimal
from custody.formats.merkle import HASH_SIZE
from custody.formats.note import Note, NoteSignature, format_note, parse_note, parse_signatures

PATH = "/add-checkpoint"
CONTENT_TYPE = "text/plain"  # the specification names none
SIZE_TYPE = "text/x.tlog.size"
MAX_PROOF_LINES = 63  # "The client MUST NOT send more than 63 consistency proof lines."
MAX_REQUEST = 2**17  # bytes; proof and checkpoint of an honest log have some thousands
MAX_ANSWER = 2**16  # bytes; a cosignature line has some 200


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request: a signed checkpoint, and the proof from the size that the witness is thought to have seen last."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    def __post_init__(self) -> None:
        size = parse_checkpoint(self.note.unverified_text).size
        if not 0 <= self.old <= size:
            raise FormatError("the old size is not larger than that of the checkpoint")
        if len(self.proof) > MAX_PROOF_LINES or any(len(one) != HASH_SIZE for one in self.proof):
            raise FormatError(f"a proof has at most {MAX_PROOF_LINES} hashes of {HASH_SIZE} bytes")
        if self.proof and self.old in (0, size):
            raise FormatError("from size 0, and between equal sizes, the proof is empty")


@dataclass(frozen=True, slots=True)
class Cosignatures:
    """200: the unverified signature lines of the witness."""

    lines: tuple[NoteSignature, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """409: the witness saw another size last, or (None) another root for this size."""

    size: int | None


@dataclass(frozen=True, slots=True)
class Unproven:
    """422: the proof does not lead from what the witness saw to this checkpoint."""


Answer = Cosignatures | Conflict | Unproven


def format_request(request: AddCheckpoint) -> bytes:
    """The request's body. Raises FormatError when it has more than MAX_REQUEST bytes."""
    lines = [f"old {request.old}", *map(format_base64, request.proof), ""]
    body = "".join(f"{line}\n" for line in lines).encode() + format_note(request.note)
    if len(body) > MAX_REQUEST:
        raise FormatError("the checkpoint is too large for a witness")
    return body


def parse_request(body: bytes) -> AddCheckpoint:
    """The request of a body. Raises FormatError for what a witness answers with 400."""
    if len(body) > MAX_REQUEST:
        raise FormatError(f"a request of more than {MAX_REQUEST} bytes")
    head, _, note = body.partition(b"\n\n")
    try:
        first, *proof = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise FormatError("the old size and the proof are ASCII") from error
    if not first.startswith("old "):
        raise FormatError("a request begins with the old size")
    old = parse_decimal(first.removeprefix("old "))
    if len(proof) > MAX_PROOF_LINES:
        raise FormatError(f"more than {MAX_PROOF_LINES} proof lines")
    return AddCheckpoint(old, tuple(map(parse_base64, proof)), parse_note(note))


def parse_answer(status: int, content_type: str, body: bytes) -> Answer:
    """What the witness answered. Raises RemoteError for a refusal, and for what is no answer of a witness."""
    match status:
        case 200:
            return Cosignatures(_lines(body))
        case 409 if content_type == SIZE_TYPE:
            return Conflict(_size(body))
        case 409:
            return Conflict(None)
        case 422:
            return Unproven()
        case 400:
            message, hint = "the witness did not understand the request", "check that the address is one of a witness"
        case 403:
            message = "the witness knows this ledger under another key than the one that signed"
            hint = "send its operator the key line of: custody checkpoint -o FILE"
        case 404:
            message = "the witness does not know this ledger, or there is no witness at this address"
            hint = "check the address; ask its operator to accept the key line of: custody checkpoint -o FILE"
        case 429:
            message, hint = "the witness was asked too often", "try again later"
        case _ if status >= 500:
            message, hint = f"the witness is in trouble (HTTP {status})", "try again later"
        case _:
            message, hint = f"a witness does not answer so (HTTP {status})", "check the address"
    raise RemoteError(message, hint)


def _lines(body: bytes) -> tuple[NoteSignature, ...]:
    try:
        return parse_signatures(body.decode("utf-8"))
    except (UnicodeDecodeError, FormatError) as error:
        raise RemoteError(
            "what the witness answered is no cosignature", "check that the address is one of a witness"
        ) from error


def _size(body: bytes) -> int:
    try:
        text = body.decode("ascii")
        if not text.endswith("\n"):
            raise FormatError("the size ends with a line feed")
        return parse_decimal(text[:-1])
    except (UnicodeDecodeError, FormatError) as error:
        raise RemoteError("the witness has seen another size, and does not say which", "ask its operator") from error
