"""Checks that lengths are spelt as DER has it (X.690 sections 8.1.3 and 10.1), throughout. Knows no types.

Libraries read longer spellings as well; of what no digest is over, such a byte could be another one unnoticed.
"""

from custody.errors import FormatError

MAX_VALUES = 20_000  # a signature has some hundred
MAX_DEPTH = 64  # constructed values within one another

_CONSTRUCTED = 0x20
_LONG_TAG = 0x1F  # a tag of several bytes, which nothing here uses


def value_end(data: bytes, begin: int, limit: int) -> tuple[int, int]:
    """Where the contents begin and end of the value that begins at `begin`. Raises FormatError unless it is DER."""
    # Tag 0 ends a value of indefinite length (section 8.1.5), and DER has none: zeros are no values.
    if begin + 2 > limit or data[begin] & _LONG_TAG == _LONG_TAG or not data[begin]:
        raise FormatError("a value in DER that is cut short or of an unknown kind")
    length, start = data[begin + 1], begin + 2
    if length & 0x80:
        count = length & 0x7F
        start, length = start + count, int.from_bytes(data[start : min(start + count, limit)])
        if not 1 <= count <= 4 or start > limit or length < max(0x80, 1 << 8 * (count - 1)):
            raise FormatError("a length that is not spelt as DER has it")
    if start + length > limit:
        raise FormatError("a value in DER that is cut short")
    return start, start + length


def children(data: bytes) -> list[bytes]:
    """The values within the one constructed value that these bytes are. Raises FormatError."""
    place, end = value_end(data, 0, len(data))
    if end != len(data) or not data[0] & _CONSTRUCTED:
        raise FormatError("a value in DER that is followed by something, or that should hold others")
    found: list[bytes] = []
    while place < end:
        if len(found) == MAX_VALUES:
            raise FormatError(f"more than {MAX_VALUES} values in DER")
        begin = place
        _, place = value_end(data, begin, end)
        found.append(data[begin:place])
    return found


def check_lengths(data: bytes) -> None:
    """Raise FormatError unless these bytes are one value in DER, as far as its lengths go."""
    if not data:
        raise FormatError("no value in DER")
    ends = [len(data)]
    place = 0
    for _ in range(MAX_VALUES):
        while ends and place == ends[-1]:
            ends.pop()
        if not ends:
            return
        if len(ends) > MAX_DEPTH or (len(ends) == 1 and place):
            raise FormatError("a value in DER that is followed by something, or far too deep")
        start, end = value_end(data, place, ends[-1])
        if data[place] & _CONSTRUCTED:
            ends.append(end)
            place = start
        else:
            place = end
    raise FormatError(f"more than {MAX_VALUES} values in DER")
