"""The file in which a checkpoint travels to a cosigner and back. It tells origin, size and root of a ledger, no more.

A header (the key that signed the checkpoint, and consistency proofs from earlier sizes) and the signed note exactly as
C2SP has it. A note without header is read too: it lacks what a cosigner needs, and not what others do.
"""

from dataclasses import dataclass

from custody.errors import FormatError
from custody.formats.checkpoint import Checkpoint, parse_checkpoint
from custody.formats.encoding import format_base64, parse_base64, parse_decimal
from custody.formats.merkle import HASH_SIZE, MAX_PROOF
from custody.formats.note import Note, VerifierKey, format_note, format_vkey, open_note, parse_note, parse_vkey

HEADER = "custody-checkpoint/v1"
MAX_FILE = 2**20  # bytes; a file with every proof there may be and a hundred signatures has a fifth of that
MAX_BLOCKS = 64  # earlier sizes; a ledger has a handful of cosigners, each of whom needs one


@dataclass(frozen=True, slots=True)
class EarlierSize:
    """A consistency proof (RFC 6962 section 2.1.2) from `old` entries to those of the checkpoint, unverified."""

    old: int
    proof: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if self.old < 1:
            raise FormatError("from no entries at all nothing is shown")
        if not 1 <= len(self.proof) <= MAX_PROOF:
            raise FormatError(f"a proof of consistency has 1 to {MAX_PROOF} hashes, not {len(self.proof)}")
        if any(len(one) != HASH_SIZE for one in self.proof):
            raise FormatError(f"a hash has {HASH_SIZE} bytes")


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """A read checkpoint file; nothing in it is believed before `open_checkpoint` returned.

    `key` is the checkpoint key that the file names, None for a bare note; `earlier` has ascending sizes.
    """

    note: Note
    key: VerifierKey | None = None
    earlier: tuple[EarlierSize, ...] = ()

    def __post_init__(self) -> None:
        checkpoint = self.unverified_checkpoint
        if self.key is None:
            if self.earlier or checkpoint.origin == HEADER:
                raise FormatError("proofs of consistency stand in a file that names the ledger's key")
        elif self.key.name != checkpoint.origin:
            raise FormatError("the key that the file names is that of another ledger")
        if not any(line.name == checkpoint.origin for line in self.note.signatures):
            raise FormatError("the ledger itself did not sign this checkpoint")
        sizes = [one.old for one in self.earlier]
        if len(sizes) > MAX_BLOCKS:
            raise FormatError(f"a checkpoint file has at most {MAX_BLOCKS} proofs of consistency, not {len(sizes)}")
        if sizes != sorted(set(sizes)) or (sizes and sizes[-1] >= checkpoint.size):
            raise FormatError("earlier sizes ascend, and each is smaller than that of the checkpoint")

    @property
    def unverified_checkpoint(self) -> Checkpoint:
        """What the note says. Raises FormatError when it is no checkpoint; in a made value it is one."""
        return parse_checkpoint(self.note.unverified_text)

    def proof_from(self, old: int) -> tuple[bytes, ...] | None:
        """The unverified proof from that size, None where the file has none."""
        return next((one.proof for one in self.earlier if one.old == old), None)


def open_checkpoint(file: CheckpointFile, key: VerifierKey) -> Checkpoint:
    """The checkpoint, verified to be signed by `key`. Raises SignatureMismatch."""
    return parse_checkpoint(open_note(file.note, [key]))


def format_checkpoint_file(file: CheckpointFile) -> bytes:
    """The file's bytes. Raises FormatError when there would be more than MAX_FILE."""
    lines = [] if file.key is None else [HEADER, f"key {format_vkey(file.key)}"]
    for one in file.earlier:
        lines += [f"old {one.old}", *map(format_base64, one.proof)]
    header = "".join(f"{line}\n" for line in [*lines, ""]) if lines else ""
    return _bounded(header.encode() + format_note(file.note))


def parse_checkpoint_file(data: bytes) -> CheckpointFile:
    """Read a checkpoint file, or a bare signed note, without believing it. Raises FormatError."""
    _bounded(data)
    if not data.startswith(f"{HEADER}\n".encode()):
        return CheckpointFile(parse_note(data))
    header, blank, note = data.partition(b"\n\n")
    if not blank:
        raise FormatError("a checkpoint file has an empty line between its header and the checkpoint")
    try:
        lines = header.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise FormatError("a checkpoint file must be UTF-8") from error
    word, _, vkey = lines[1].partition(" ") if len(lines) > 1 else ("", "", "")
    if word != "key":
        raise FormatError("the second line of a checkpoint file names the ledger's key")
    return CheckpointFile(parse_note(note), parse_vkey(vkey), _parse_earlier(lines[2:]))


def _parse_earlier(lines: list[str]) -> tuple[EarlierSize, ...]:
    if len(lines) > MAX_BLOCKS * (MAX_PROOF + 1):
        raise FormatError("the header of a checkpoint file is longer than any")
    blocks: list[tuple[int, list[bytes]]] = []
    for line in lines:
        if line.startswith("old "):
            blocks.append((parse_decimal(line.removeprefix("old ")), []))
        elif blocks:
            blocks[-1][1].append(parse_base64(line))
        else:
            raise FormatError('a proof of consistency begins with a line "old" and a size')
    return tuple(EarlierSize(old, tuple(proof)) for old, proof in blocks)


def _bounded(data: bytes) -> bytes:
    if len(data) > MAX_FILE:
        raise FormatError(f"a checkpoint file of {len(data)} bytes or more is larger than {MAX_FILE}")
    return data
