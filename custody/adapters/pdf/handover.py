"""The form for wet ink: what stands where, and the fixed words. One page for up to eight items."""

from collections.abc import Iterator

from custody.adapters.pdf.document import HEIGHT, WIDTH, Metadata, shorten, typeset
from custody.adapters.pdf.faces import BOLD, MONO, REGULAR, Style, faces
from custody.adapters.pdf.rows import Blank, Cell, Row, flow
from custody.domain.handform import FormItem, HandoverForm
from custody.domain.wording import group_hex, time_in_words

QUIET = 0x5A5A5A

TITLE = Style(BOLD, size=18, leading=23)
HEADING = Style(BOLD, size=10.5, leading=14)
BODY = Style(size=9, leading=11.5)
LABEL = Style(size=8, leading=11.5, colour=QUIET)
STRONG = Style(BOLD, size=9, leading=11.5)
VALUE = Style(MONO, size=9, leading=11.5)
SMALL = Style(MONO, size=7, leading=9, colour=QUIET)
FINE = Style(size=7, leading=9, colour=QUIET)
CODE = Style(MONO, size=8.2, leading=11)
WRITTEN = Style(size=8, leading=18, colour=QUIET)  # the label of a line to be written on, with room for a hand

LABELS = 84.0
GAP = 14.0
HALF = (WIDTH - GAP) / 2
SIDE_LABELS = 66.0
NUMBER = 66.0  # width of the column of item numbers
MAX_REFERENCE = 48  # characters of the case reference in the footer
MAX_WHAT = 200  # characters of a name and description

_SIGNED = (
    "By signing, the two people named below say that the items listed on this form, and no others, passed from one to "
    "the other at the time and place written here. The SHA-256 value of an item is computed from every byte of it: "
    "whoever receives the item can compute it again, and finds another value if a single bit differs."
)
_SEALED = "under seal, not printed here; the statement below commits to it"
_NEXT = (
    "For whoever released them: give the receiver a copy of the signed form, scan it, and record the scan, a receipt "
    "for each item. Best done by another member of the case than the giver."
)


def draw_form(form: HandoverForm) -> bytes:
    """The form as a PDF."""
    regular = faces()[REGULAR]
    reference = shorten(regular.shown(form.reference), MAX_REFERENCE)
    return typeset(
        list(flow(_rows(form), HEIGHT * 0.45)),
        f"{reference}   ·   form {form.number}",
        Metadata(
            title=f"Receipt for evidence handed over, form {form.number}",
            author=regular.shown(form.released_by.name),
            subject="Receipt for evidence handed over",
            creator="custody",
            moment=form.recorded_at,
            kind="form",
        ),
        initials="Initials of both:",
    )


def _rows(form: HandoverForm) -> Iterator[list[Row]]:
    yield [Row(Cell("Receipt for evidence handed over", TITLE, 0, WIDTH), after=4)]
    yield [Row(Cell(_SIGNED, BODY, 0, WIDTH), after=6)]
    copy = "keeps a copy" if form.keeps_copy else "keeps no copy"
    yield [
        _pair("Case", form.reference),
        _pair("Form number", form.number, VALUE),
        _pair("Purpose", form.purpose or "not known here"),
        _pair("How", f"{form.medium}; whoever released them {copy}"),
        _pair("Place", form.place or ""),
        _pair("Recorded", f"{time_in_words(form.recorded_at)}, by the clock of the recorder's computer"),
    ]
    yield list(_parties(form))
    yield [
        Row(Cell(_NEXT, LABEL, 0, WIDTH), before=8),
        Row(Cell("custody collect SCAN.pdf --method export", CODE, GAP, WIDTH - GAP)),
        Row(Cell(f"custody receipt add {form.items[0].number} --paper ITEM-OF-THE-SCAN", CODE, GAP, WIDTH - GAP)),
    ]
    count = len(form.items)
    yield [Row(Cell(f"{count} item{'' if count == 1 else 's'}", HEADING, 0, WIDTH), before=8, after=2, heading=True)]
    for item in form.items:
        yield _item(item)


def _parties(form: HandoverForm) -> Iterator[Row]:
    """Both sides beside each other: what is known is printed, the rest is written by hand."""
    by = form.released_by
    name, rank, organisation, number = form.receiver
    yield Row(
        Cell("Released by", HEADING, 0, HALF), Cell("Received by", HEADING, HALF + GAP, HALF), before=8, rule=True
    )
    yield _both(("Name", by.name or f"key {by.key_id[:16]}"), ("Name", name))
    yield _both(("Organisation", by.organisation), ("Rank", rank))
    yield _both(("Key in words", by.words), ("Organisation", organisation))
    yield _both(("", ""), ("Number", number))
    for label, other in (("Date, time", "Date, time"), ("Place", "Condition"), ("Signature", "Signature")):
        yield _lines(label, other)
    yield Blank(Cell("Comments", WRITTEN, 0, SIDE_LABELS), lines=((SIDE_LABELS, WIDTH - SIDE_LABELS),))
    yield Blank(Cell(" ", WRITTEN, 0, SIDE_LABELS), lines=((0, WIDTH),))


def _both(left: tuple[str, str], right: tuple[str, str]) -> Row:
    """A printed row for both sides; where the receiver's is not known, a line to be written on."""
    x, width = HALF + GAP, HALF - SIDE_LABELS
    cells = [
        Cell(left[0], LABEL, 0, SIDE_LABELS),
        Cell(left[1], BODY, SIDE_LABELS, width),
        Cell(right[0], LABEL, x, SIDE_LABELS),
        Cell(right[1], BODY, x + SIDE_LABELS, width),
    ]
    return Row(*cells) if right[1] else Blank(*cells, lines=((x + SIDE_LABELS, width),))


def _lines(left: str, right: str) -> Row:
    x, width = HALF + GAP, HALF - SIDE_LABELS
    return Blank(
        Cell(left, WRITTEN, 0, SIDE_LABELS),
        Cell(right, WRITTEN, x, SIDE_LABELS),
        lines=((SIDE_LABELS, width), (x + SIDE_LABELS, width)),
    )


def _item(item: FormItem) -> list[Row]:
    """Number, size and what it is; the digest in groups, for reading aloud; the statement that released it."""
    facts = item.size or "size under seal"
    if item.what:
        facts += f": {shorten(faces()[REGULAR].shown(item.what), MAX_WHAT)}"
    digest = Cell(_SEALED, BODY, NUMBER, WIDTH - NUMBER)
    if item.digest is not None:
        digest = Cell(group_hex(item.digest), VALUE, NUMBER, WIDTH - NUMBER)
    return [
        Row(Cell(item.number, STRONG, 0, NUMBER - 4), Cell(facts, BODY, NUMBER, WIDTH - NUMBER), rule=True),
        Row(Cell("SHA-256", LABEL, 0, NUMBER), digest),
        Row(Cell("Statement", FINE, 0, NUMBER), Cell(item.statement, SMALL, NUMBER, WIDTH - NUMBER), after=1),
    ]


def _pair(label: str, text: str, style: Style = BODY) -> Row:
    if text:
        return Row(Cell(label, LABEL, 0, LABELS), Cell(text, style, LABELS, WIDTH - LABELS))
    return Blank(Cell(label, LABEL, 0, LABELS), lines=((LABELS, WIDTH - LABELS),))
