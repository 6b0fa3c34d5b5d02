"""C2SP tlog checkpoints: the size and root of a ledger at one moment, in three lines.

<https://c2sp.org/tlog-checkpoint>. Extension lines are refused: nothing of ours writes them.
"""

from dataclasses import dataclass

from custody.errors import FormatError
from custody.formats.encoding import format_base64, parse_base64, parse_decimal
from custody.formats.merkle import HASH_SIZE


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A ledger's origin, its number of entries and its root hash. Raises FormatError for what has no three lines."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin or "\n" in self.origin:
            raise FormatError("a checkpoint's origin is one line, and not empty")
        if self.size < 0:
            raise FormatError("a ledger has no negative number of entries")
        if len(self.root) != HASH_SIZE:
            raise FormatError(f"a root hash has {HASH_SIZE} bytes")


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """The three lines, each ended by a line feed: what is signed, and what timestamps stamp."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{format_base64(checkpoint.root)}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint of exactly three lines. Raises FormatError otherwise."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:
        raise FormatError("a checkpoint has three lines")
    origin, size, root = lines[:3]
    return Checkpoint(origin, parse_decimal(size), parse_base64(root))
