"""Finds the signatures of a PDF by shape: which bytes each is over, and its hexadecimal string. Verifies none.

ISO 32000-2 section 12.8.1: /ByteRange, and /Contents in its gap. Only what our own signer writes is recognised. Both
numbers and the gap must agree to the byte: a range that leaves anything else out would leave room for a change.
"""

import re
from dataclasses import dataclass

from custody.errors import FormatError
from custody.formats.der import value_end

MAX_MARKS = 256  # places that look like a signature and need not be one: a person can type such a text into a note
MAX_CONTENTS = 256 * 1024  # bytes of a signature with its time stamp; ours reserve some 4 to 32 thousand

_CONTENTS = b"/Contents "
_RANGE = re.compile(rb"\n/ByteRange \[0 (\d{1,10}) (\d{1,10}) (\d{1,10})\] *+\n")
_HEX = re.compile(rb"<((?:[0-9A-F]{2})++)>")  # capitals: a second spelling would be a change that nobody finds


@dataclass(frozen=True, slots=True)
class Gap:
    """What a signature leaves out: bytes `begin` to `end`, the string with its brackets; it signs all else to `stop`.

    `contents` are the bytes of the string, padding included.
    """

    begin: int
    end: int
    stop: int
    contents: bytes

    def covered(self, pdf: bytes) -> tuple[memoryview, memoryview]:
        """The two ranges that are signed."""
        view = memoryview(pdf)
        return view[: self.begin], view[self.end : self.stop]


def find_gaps(pdf: bytes) -> tuple[Gap, ...]:
    """The gaps of everything that looks like a signature of ours and is whole, in their order.

    Raises FormatError when there are more than MAX_MARKS.
    """
    found = []
    for count, mark in enumerate(_RANGE.finditer(pdf)):
        if count == MAX_MARKS:
            raise FormatError(f"more than {MAX_MARKS} places that look like a signature")
        begin, end, last = int(mark[1]), int(mark[2]), int(mark[3])
        if mark.start() != end or not len(_CONTENTS) < begin < end <= end + last <= len(pdf):
            continue
        if pdf[begin - len(_CONTENTS) : begin] != _CONTENTS or end - begin > 2 * MAX_CONTENTS:
            continue
        text = _HEX.fullmatch(pdf, begin, end)
        if text is not None:
            found.append(Gap(begin, end, end + last, bytes.fromhex(text[1].decode())))
    return tuple(found)


def looks_signed(pdf: bytes) -> bool:
    """Whether something in it looks like a signature, of whatever shape."""
    return b"/ByteRange" in pdf


def signed_message(contents: bytes) -> tuple[bytes, bool]:
    """The DER value at the beginning of a signature's string, and whether only zeros follow. Raises FormatError.

    A signer reserves more than is needed (section 12.8.1). No digest is over the rest, so that it must be what it was.
    """
    if contents[:1] != b"\x30":
        raise FormatError("a signature that is no CMS message")
    _, end = value_end(contents, 0, len(contents))
    return contents[:end], not any(contents[end:])
