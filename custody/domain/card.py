"""The checkpoint card: what the printed half page says of a ledger, and nothing of its case. Draws nothing."""

from dataclasses import dataclass

from custody.formats.checkpoint import Checkpoint, format_checkpoint
from custody.formats.words import format_words


@dataclass(frozen=True, slots=True)
class CheckpointCard:
    """A ledger's checkpoint, and the signed note that states it (C2SP tlog-checkpoint).

    Neither a date nor a name: whoever finds the card learns that somebody keeps a ledger, and how long it was.
    """

    checkpoint: Checkpoint
    note: bytes

    @property
    def text(self) -> str:
        """The three lines, each ended by a line feed: what is printed, and what the QR code holds."""
        return format_checkpoint(self.checkpoint)

    @property
    def words(self) -> str:
        """The eight words of the root. They stand for its first 88 bits; the three lines for all of it."""
        return format_words(self.checkpoint.root)
