"""The checkpoint card: what stands where on the upper half of an A4 page, and the fixed words. Knows no case."""

from collections.abc import Iterator
from typing import Final

from custody.adapters.pdf.blocks import About, Aside, Block, Code, Commands, Heading, Paragraph, Writing
from custody.adapters.pdf.setting import typeset
from custody.domain.card import CheckpointCard

_CODE: Final = 160.0  # side of the QR code with its quiet zone, in points: 1 mm a module
_DATE: Final = "2000-01-01T00:00:00.000000Z"  # the day on which a card was made is nobody's business

_WHAT: Final = (
    "This card states how a record of evidence stood at one moment. It tells nothing of what is recorded, or by whom. "
    "Keep it, or a photograph of it: it can later show whether any record that was there was removed or changed."
)
_WORDS: Final = "Eight words, a short form that can be read aloud"
_LINES: Final = "The three lines that count; the QR code holds the same: origin, number of records, root"
_CHECK: Final = (
    "To check later, in the folder of the case, type the line below. Instead of the words it takes a file: this card's "
    "PDF, or the three lines as text. Where it matters, compare the three lines: the words are a part of the root."
)


def draw_card(card: CheckpointCard) -> bytes:
    """The card as a PDF, without attachment: the same bytes for the same card.

    Raises StorageError when custody's own faces cannot be loaded.
    """
    about = About(
        title="Checkpoint card",
        author="",
        subject="How a record of evidence stood at one moment",
        creator="custody",
        moment=_DATE,
        identity="card",
        foot="",
        style="half",
    )
    return typeset(_blocks(card), about)


def _blocks(card: CheckpointCard) -> Iterator[Block]:
    words = card.words.split()
    half = len(words) // 2
    yield Aside(
        (
            Heading(0, "Checkpoint card"),
            Paragraph(_WHAT),
            Paragraph(_WORDS, "quiet", before=8),
            Paragraph(" ".join(words[:half]), "result"),
            Paragraph(" ".join(words[half:]), "result"),
        ),
        Code(card.text, _CODE, "QR code of the three lines"),
    )
    yield Paragraph(_LINES, "quiet", before=8)
    yield Commands(tuple(card.text.splitlines()), "plate")
    yield Paragraph(_CHECK, before=6)
    yield Commands((f'custody verify --against "{card.words}"',))
    yield Writing((("Given to / seen by", "on (date)"),), height=26, tone="body")
