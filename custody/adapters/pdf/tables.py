"""Tables: columns, their headings, and rows as strips, one after another. Holds no table whole."""

from collections.abc import Iterator

from custody.adapters.pdf.blocks import Table
from custody.adapters.pdf.looks import INK, LOOKS, Look, toned
from custody.adapters.pdf.paper import WIDTH, Paper, Strip
from custody.adapters.pdf.pdffile import text_string
from custody.adapters.pdf.stripping import WHOLE, Under, strips
from custody.adapters.pdf.tagging import Element
from custody.adapters.pdf.typefaces import BOLD

_HEAD = Look(BOLD, 8, 11, INK)
_HEAD_LINES = 12  # of a column heading, which is custody's own word: it comes again on every page
_CELL = LOOKS["small"]
_GUTTER = 8.0  # between columns
_FORM_ROWS = 16  # lines of a row of a form that are never torn apart: a hand signs beside them
_PAD = 3.0  # above and below the text of a row


def strips_of(paper: Paper, table: Table, parent: Element | None) -> Iterator[Strip]:
    """The strip of the column headings, which stays with the first row, then those of every row."""
    whole = Element(b"Table", parent, b"/A<</O/Table/Summary%b>>" % text_string(table.summary))
    total = sum(column.share for column in table.columns)
    places: list[tuple[float, float, Look]] = []
    x = 0.0
    for column in table.columns:
        width = WIDTH * column.share / total
        places.append((x, width - _GUTTER, toned(column.tone, _CELL)))
        x += width
    row = Element(b"TR", whole)
    heads = [Element(b"TH", row, b"/A<</O/Table/Scope/Column>>") for _ in table.columns]
    columns = [
        (head, x, paper.setter.lines(column.title, _HEAD, width)[:_HEAD_LINES])
        for head, column, (x, width, _) in zip(heads, table.columns, places, strict=True)
    ]
    (head,) = strips(columns, before=8.0, pad=_PAD, whole=_HEAD_LINES, ends=(*heads, row), under=_head_rule)
    head.keep = True
    yield head
    under = _ruled if table.ruled else _thin
    whole_rows = _FORM_ROWS if table.height else WHOLE
    waiting: Strip | None = None
    for cells in table.rows:
        row = Element(b"TR", whole)
        elements = [Element(b"TD", row) for _ in cells]
        columns = [
            (element, x, paper.setter.lines(cell, look, width))
            for element, cell, (x, width, look) in zip(elements, cells, places, strict=True)
        ]
        for strip in strips(
            columns, pad=_PAD, least=table.height, whole=whole_rows, ends=(*elements, row), under=under
        ):
            if waiting is not None:
                yield waiting
            waiting = strip
    if waiting is None:  # nothing but the headings
        waiting = Strip(0.0)
    waiting.ends = (*waiting.ends, whole)
    yield waiting


def _head_rule(height: float, first: bool, last: bool) -> Under:
    return lambda x, y: b"0.1 G 0.8 w %.2f %.2f m %.2f %.2f l S" % (x, y - height, x + WIDTH, y - height)


def _thin(height: float, first: bool, last: bool) -> Under:
    return _rule(b"0.78 G 0.4 w", height, last)


def _ruled(height: float, first: bool, last: bool) -> Under:
    return _rule(b"0.1 G 0.6 w", height, last)


def _rule(pen: bytes, height: float, last: bool) -> Under:
    if not last:
        return lambda x, y: b""
    return lambda x, y: b"%b %.2f %.2f m %.2f %.2f l S" % (pen, x, y - height, x + WIDTH, y - height)
