"""The recovery sheet: what stands where, and the fixed words. One page for a key as it usually is."""

from collections.abc import Iterator
from typing import Final

from custody.adapters.pdf.blocks import (
    About,
    Banner,
    Block,
    Codes,
    Facts,
    Heading,
    Paragraph,
    Points,
    Span,
    Typed,
    Writing,
)
from custody.adapters.pdf.setting import typeset
from custody.domain.recovery import RecoverySheet
from custody.domain.wording import group_hex, time_in_words

_LABELS: Final = 84.0  # width of the column of labels, in points
_GROUP: Final = 8  # characters of a line that stand together

_WHAT: Final = (
    "This is a copy of the encrypted private key with which the person named here signs in custody. If the computer is "
    "lost, the key can be put back from this sheet; to sign with it, the passphrase is needed as ever."
)
_WARNING: Final = (
    "WITH ITS PASSPHRASE, THIS IS THE KEY. Whoever has both can sign as this person. Keep this sheet locked up, and "
    "apart from the passphrase, which is not printed here. Without the passphrase the sheet is of no use, even to its "
    "owner."
)
_STEPS: Final = (
    "Scan each of the QR codes with a telephone, or type the lines below, and save the text as one file. The order "
    "does not matter, and a typing error is found in its line.",
    ("On the computer that is to have the key:  ", Span("custody key restore FILE", "code")),
    (
        "See that the eight words are those above:  ",
        Span("custody key list", "code"),
        ", and ",
        Span("custody key show", "code"),
    ),
)


def draw_sheet(sheet: RecoverySheet) -> bytes:
    """The sheet as a PDF: the same bytes for the same sheet.

    Raises FormatError for a name in a script that no face of this computer has, StorageError without custody's own
    faces.
    """
    key = sheet.owner.key_id
    about = About(
        title=f"Recovery sheet of the key {key[:16]}",
        author=sheet.owner.name,
        subject="Encrypted private key",
        creator="custody",
        moment=sheet.made_at,
        identity=f"recovery sheet\n{key}\n{sheet.made_at}",
        foot=f"key {key[:16]}",
        style="dense",
    )
    return typeset(_blocks(sheet), about)


def _blocks(sheet: RecoverySheet) -> Iterator[Block]:
    owner = sheet.owner
    yield Heading(0, "Recovery sheet of a key")
    yield Paragraph(_WHAT)
    yield Facts(
        (
            ("Whose", f"{owner.name}, {owner.organisation}" if owner.organisation else owner.name),
            ("Eight words", Span(owner.words, "strong")),
            ("Fingerprint", Span(group_hex(owner.key_id), "fixed")),
            ("Sheet made", time_in_words(sheet.made_at)),
        ),
        labels=_LABELS,
    )
    yield Banner(_WARNING)
    yield Writing((("Where the passphrase is kept:",),), height=14, tone="body")
    yield Heading(3, "To restore the key")
    yield Points(_STEPS, numbered=True)
    yield Codes(tuple((text, f"QR code {number}") for number, text in enumerate(sheet.codes, 1)))
    yield Typed(tuple(_spaced(line) for line in sheet.lines))


def _spaced(line: str) -> str:
    number, data, check = line.split("-")
    return " ".join([number, *(data[start : start + _GROUP] for start in range(0, len(data), _GROUP)), check])
