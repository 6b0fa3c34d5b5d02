"""The recovery sheet: what stands where, and the fixed words."""

from collections.abc import Iterator
from typing import Any

from reportlab.platypus.flowables import Flowable

from custody.adapters.pdf.document import HEIGHT, WIDTH, Metadata, typeset
from custody.adapters.pdf.faces import BOLD, MONO, REGULAR, Style, faces
from custody.adapters.pdf.qrcode import draw_code
from custody.adapters.pdf.rows import Cell, Row, flow
from custody.domain.recovery import RecoverySheet
from custody.domain.wording import group_hex, time_in_words

QUIET = 0x5A5A5A

TITLE = Style(BOLD, size=18, leading=24)
BODY = Style(size=9, leading=12)
STRONG = Style(BOLD, size=9, leading=12)
LABEL = Style(size=8, leading=12, colour=QUIET)
VALUE = Style(MONO, size=8.5, leading=12)
TYPED = Style(MONO, size=7.8, leading=7.9)  # 53 characters in half the width
CODE = Style(MONO, size=8.5, leading=12)

LABELS = 84.0
GAP = 14.0
HALF = (WIDTH - GAP) / 2
BOX = 8.0
CODES = 3  # QR codes beside each other
GROUP = 8  # characters of a line that stand together

_WHAT = (
    "This is a copy of the encrypted private key with which the person named here signs in custody. If the computer is "
    "lost, the key can be put back from this sheet; to sign with it, the passphrase is needed as ever."
)
_WARNING = (
    "WITH ITS PASSPHRASE, THIS IS THE KEY. Whoever has both can sign as this person. Keep this sheet locked up, and "
    "apart from the passphrase, which is not printed here. Without the passphrase the sheet is of no use, even to its "
    "owner."
)
_STEPS = (
    "1.  Scan each of the QR codes with a telephone, or type the lines below, and save the text as one file. The order "
    "does not matter, and a typing error is found in its line.",
    "2.  On the computer that is to have the key:",
    "3.  See that the eight words are those above:",
)
_COMMANDS = ("custody key restore FILE", "custody key list, and custody key show")


class Codes(Flowable):  # type: ignore[misc]  # ReportLab has no types
    """A row of QR codes, dark on the white of the paper, each with its number under it."""

    def __init__(self, texts: tuple[str, ...], first: int) -> None:
        super().__init__()
        self.side = (WIDTH - 3 * GAP) / CODES
        self.texts, self.first = texts, first

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """ReportLab asks how large it is."""
        return width, self.side + 4

    def draw(self) -> None:
        """Draw each code, and its number under it."""
        canvas = self.canv
        for index, text in enumerate(self.texts):
            left = index * WIDTH / CODES
            draw_code(canvas, text, left, 4, self.side)
            canvas.setFont(REGULAR, 7)
            canvas.drawCentredString(left + self.side / 2, 0, f"QR code {self.first + index}")


def draw_sheet(sheet: RecoverySheet) -> bytes:
    """The sheet as a PDF."""
    name = faces()[REGULAR].shown(sheet.owner.name)
    metadata = Metadata(
        title=f"Recovery sheet of the key {sheet.owner.key_id[:16]}",
        author=name,
        subject="Encrypted private key",
        creator="custody",
        moment=sheet.made_at,
        kind="recovery sheet",
    )
    flowables = [*flow(_head(sheet), HEIGHT), *_codes(sheet), *flow(_lines(sheet), HEIGHT)]
    return typeset(flowables, f"key {sheet.owner.key_id[:16]}", metadata)


def _head(sheet: RecoverySheet) -> Iterator[list[Row]]:
    owner = sheet.owner
    yield [Row(Cell("Recovery sheet of a key", TITLE, 0, WIDTH), after=3)]
    yield [Row(Cell(_WHAT, BODY, 0, WIDTH), after=5)]
    yield [
        _pair("Whose", f"{owner.name}, {owner.organisation}" if owner.organisation else owner.name),
        _pair("Eight words", owner.words, STRONG),
        _pair("Fingerprint", group_hex(owner.key_id), VALUE),
        _pair("Sheet made", time_in_words(sheet.made_at)),
    ]
    yield [Row(Cell(_WARNING, STRONG, BOX, WIDTH - 2 * BOX), before=4, after=4, box=True)]
    yield [Row(Cell("Where the passphrase is kept: " + "_" * 62, BODY, 0, WIDTH), before=2, after=3)]
    yield [Row(Cell("To restore the key", STRONG, 0, WIDTH))]
    yield [
        Row(Cell(_STEPS[0], BODY, 0, WIDTH)),
        Row(Cell(_STEPS[1], BODY, 0, 2 * LABELS + 40), Cell(_COMMANDS[0], CODE, 2 * LABELS + 40, WIDTH / 2)),
        Row(Cell(_STEPS[2], BODY, 0, 2 * LABELS + 40), Cell(_COMMANDS[1], CODE, 2 * LABELS + 40, WIDTH / 2)),
    ]


def _codes(sheet: RecoverySheet) -> Iterator[Any]:
    for start in range(0, len(sheet.codes), CODES):
        yield Codes(sheet.codes[start : start + CODES], start + 1)


def _lines(sheet: RecoverySheet) -> Iterator[list[Row]]:
    """The lines in two columns: down the left one, then down the right one."""
    rows = -(-len(sheet.lines) // 2)
    for left in range(rows):
        cells = [Cell(_spaced(sheet.lines[left]), TYPED, 0, HALF)]
        if left + rows < len(sheet.lines):
            cells.append(Cell(_spaced(sheet.lines[left + rows]), TYPED, HALF + GAP, HALF))
        yield [Row(*cells, before=5 if left == 0 else 0)]


def _spaced(line: str) -> str:
    number, data, check = line.split("-")
    return " ".join([number, *(data[start : start + GROUP] for start in range(0, len(data), GROUP)), check])


def _pair(label: str, text: str, style: Style = BODY) -> Row:
    return Row(Cell(label, LABEL, 0, LABELS), Cell(text, style, LABELS, WIDTH - LABELS))
