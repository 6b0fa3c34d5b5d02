"""Finds what the first revision of a PDF refers to and does not have: something could take its place later.

Reads each object, and no two may share bytes: else each could be read again for all the others.
"""

import re
from itertools import pairwise

from custody.formats.pdfobjects import Reference, Value
from custody.formats.pdfrevisions import Document, read_object

_TEXT = rb"\((?:[^()\\]|\\.)*+\)"
# Without comments and without texts that hold parentheses, texts and references are seen at a glance, in a tenth of the
# time. A stream may well look so too: then something in it is taken for a reference, and no reference for something.
_PLAIN = re.compile(rb"(?:[^%()<>]++|" + _TEXT + rb"|<<|>>|<[0-9A-Fa-f]*+>)*+", re.DOTALL)
_FOUND = re.compile(_TEXT + rb"|(\d{1,10})[\0\t\n\f\r ]++\d++[\0\t\n\f\r ]++R", re.DOTALL)


def lost_references(document: Document) -> set[int]:
    """The numbers beyond its table that the first revision refers to. Raises FormatError for what cannot be read."""
    first, pdf = document.revisions[0], document.pdf
    places = [*document.offsets(), (first.table, 0)]
    found: set[int] = set()
    for (offset, number), (limit, _) in pairwise(places):
        if _PLAIN.fullmatch(pdf, offset, limit):
            found.update(int(one) for one in _FOUND.findall(pdf, offset, limit) if one)
        else:
            found |= references(read_object(pdf, number, offset, limit).value)
    return {number for number in found if number >= first.size}


def references(value: Value) -> set[int]:
    """The numbers of all objects that a value refers to."""
    found: set[int] = set()
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Reference):
            found.add(one.number)
        elif isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, dict):
            waiting.extend(one.values())
    return found
