"""The checkpoint card: what stands where on the upper half of an A4 page, and the fixed words. Knows no case."""

from collections.abc import Iterable
from io import BytesIO

from reportlab.pdfgen.canvas import Canvas

from custody.adapters.pdf.document import PAGE, fix_date
from custody.adapters.pdf.faces import BOLD, MONO, REGULAR, Style, faces
from custody.adapters.pdf.qrcode import draw_code
from custody.adapters.pdf.rows import RULE, Blank, Cell, Row, colour
from custody.domain.card import CheckpointCard

QUIET = 0x5A5A5A

LEFT = 42.0
WIDTH = PAGE[0] - 2 * LEFT
TOP = 40.0
HALF = PAGE[1] / 2  # where the page is cut
CODE = 176.0  # side of the QR code with its quiet zone: 1.1 mm a module
RAISED = 12.0  # its quiet zone lies beside the margin, not below it
BESIDE = WIDTH - CODE - 8  # width of what stands left of it
DATE = "D:20000101000000+00'00'"  # the day on which a card was made is nobody's business

TITLE = Style(BOLD, size=22, leading=29)
BODY = Style(size=10.5, leading=14.5)
LABEL = Style(size=9, leading=13, colour=QUIET)
WORDS = Style(BOLD, size=16.5, leading=23)
LINES = Style(MONO, size=13, leading=18)
COMMAND = Style(MONO, size=10, leading=14)
WRITTEN = Style(size=10.5, leading=22)

_WHAT = (
    "This card states how a record of evidence stood at one moment. It tells nothing of what is recorded, or by whom. "
    "Keep it, or a photograph of it: it can later show whether any record that was there was removed or changed."
)
_WORDS = "Eight words, a short form that can be read aloud"
_LINES = "The three lines that count; the QR code holds the same: origin, number of records, root"
_CHECK = (
    "To check later, in the folder of the case, type the line below. Instead of the words it takes a file: this card's "
    "PDF, or the three lines as text. Where it matters, compare the three lines: the words are a part of the root."
)


def draw_card(card: CheckpointCard) -> bytes:
    """The card as a PDF, without attachment: the same bytes for the same card."""
    faces()
    output = BytesIO()
    canvas = Canvas(output, pagesize=PAGE, initialFontName=REGULAR, invariant=1, lang="en")
    fix_date(canvas, DATE, "card")
    canvas.setTitle("Checkpoint card")
    canvas.setSubject("How a record of evidence stood at one moment")
    canvas.setAuthor("")
    canvas.setCreator("custody")
    canvas.setProducer("ReportLab")
    draw_code(canvas, card.text, LEFT + WIDTH - CODE, PAGE[1] - TOP - CODE + RAISED, CODE)
    foot = _stack(canvas, _head(card), PAGE[1] - TOP)
    _stack(canvas, _below(card), min(foot, PAGE[1] - TOP - CODE + RAISED))
    canvas.setStrokeColor(colour(RULE))
    canvas.setLineWidth(0.6)
    canvas.setDash(4, 4)
    canvas.line(0, HALF, PAGE[0], HALF)
    canvas.showPage()
    canvas.save()
    return output.getvalue()


def _head(card: CheckpointCard) -> list[Row]:
    words = card.words.split()
    half = len(words) // 2
    return [
        Row(Cell("Checkpoint card", TITLE, 0, BESIDE), after=4),
        Row(Cell(_WHAT, BODY, 0, BESIDE), after=10),
        Row(Cell(_WORDS, LABEL, 0, BESIDE), after=2),
        Row(Cell((" ".join(words[:half]), " ".join(words[half:])), WORDS, 0, BESIDE)),
    ]


def _below(card: CheckpointCard) -> list[Row]:
    return [
        Row(Cell(_LINES, LABEL, 0, WIDTH), before=8, after=1),
        Row(Cell(tuple(card.text.splitlines()), LINES, 8, WIDTH - 16), box=True, after=9),
        Row(Cell(_CHECK, BODY, 0, WIDTH), after=3),
        Row(Cell(f'custody verify --against "{card.words}"', COMMAND, 0, WIDTH), after=8),
        Blank(
            Cell("Given to / seen by", WRITTEN, 0, 98),
            Cell("on (date)", WRITTEN, 342, 52),
            lines=((98, 238), (396, WIDTH - 396)),
        ),
    ]


def _stack(canvas: Canvas, rows: Iterable[Row], top: float) -> float:
    """Draw the rows one below the other from `top` on; where the last one ends."""
    for row in rows:
        _, height = row.wrap(WIDTH, PAGE[1])
        top -= row.getSpaceBefore() + height
        row.drawOn(canvas, LEFT, top)
        top -= row.getSpaceAfter()
    return top
