"""Lines and columns of text turned into strips. Chooses no tone and no word."""

from collections.abc import Callable, Sequence

from custody.adapters.pdf.lines import Line, Piece
from custody.adapters.pdf.navigation import may_link
from custody.adapters.pdf.paper import Mark, Strip
from custody.adapters.pdf.tagging import Element

BASELINE = 0.76  # of the leading: where the baseline lies below the upper edge of a line
WHOLE = 6  # lines that are never torn apart

Column = tuple[Element, float, Sequence[Line]]
"""The element of some lines, their x from the left margin, and the lines."""

Under = Callable[[float, float], bytes]


def strips(
    columns: Sequence[Column],
    *,
    before: float = 0,
    pad: float = 0,
    least: float = 0,
    keep: bool = False,
    whole: int = WHOLE,
    ends: tuple[Element, ...] = (),
    under: Callable[[float, bool, bool], Under] | None = None,
) -> list[Strip]:
    """Columns side by side, as one strip if they have at most `whole` lines, else line by line.

    No line stands alone at the head or foot of a page.

    Up to `whole` lines are short. `pad` is room above and below, `least` the least height. `under` is given the height
    of each strip, and whether it is the first and the last, and draws what lies under it.
    """
    links: dict[tuple[int, str], Element] = {}
    rows = max((len(lines) for _, _, lines in columns), default=0)
    if rows <= whole:
        marks: list[Mark] = []
        lowest = 0.0
        deepest = max((BASELINE * lines[0].leading for _, _, lines in columns if lines), default=0.0)
        for element, x, lines in columns:
            top = pad + (deepest - BASELINE * lines[0].leading if lines else 0.0)  # first lines on one baseline
            for line in lines:
                _mark(marks, element, x, top, line, links)
                top += line.leading
            lowest = max(lowest, top)
        height = max(lowest + pad, least)
        drawn = under(height, True, True) if under else None
        return [Strip(height, before, marks, keep, drawn, ends=(*links.values(), *ends))]
    found: list[Strip] = []
    for row in range(rows):
        marks = []
        leading = max(lines[row].leading for _, _, lines in columns if row < len(lines))
        first, last = row == 0, row == rows - 1
        above, below = pad if first else 0, pad if last else 0
        for element, x, lines in columns:
            if row < len(lines):
                _mark(marks, element, x, above, lines[row], links)
        height = above + leading + below
        found.append(
            Strip(
                height,
                before if first else 0,
                marks,
                keep if last else row in {0, rows - 2},
                under(height, first, last) if under else None,
                ends=(*links.values(), *ends) if last else (),
            )
        )
    return found


def _mark(
    marks: list[Mark], element: Element, x: float, top: float, line: Line, links: dict[tuple[int, str], Element]
) -> None:
    """Mark a line as an element's, its links as elements of their own inside (ISO 32000-2 section 14.8.4.7.2)."""
    if not line.pieces:
        return
    baseline = top + BASELINE * line.leading
    if not any(piece.link for piece in line.pieces):
        marks.append((element, x, baseline, line.pieces))
        return
    group: list[Piece] = []
    for piece in line.pieces:
        if not may_link(piece.link):
            group.append(piece._replace(link=""))
            continue
        if group:
            marks.append((element, x, baseline, tuple(group)))
            group = []
        link = links.setdefault((id(element), piece.link), Element(b"Link", element))
        marks.append((link, x, baseline, (piece,)))
    if group:
        marks.append((element, x, baseline, tuple(group)))
