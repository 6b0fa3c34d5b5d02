"""QR codes as images of one bit a module (ISO/IEC 18004), error correction M, one mask for all. Chooses no contents.

segno knows how a code of each version looks, and makes one in 2 ms; a report of 10,000 items needs one for each. So its
plan of a version is kept, and only what differs is computed here: the codewords, and the module that each bit goes to.
"""

from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

QUIET_ZONE = 4  # modules of white around a QR code (section 6.3.8)
_MASK = 2  # any of the eight can be read (section 7.8): choosing the best one takes eight times as long
_LEVEL_M = 0  # segno's number of the error correction that bears 15 percent of damage
_MAX_VERSION = 40
_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"  # section 7.4.5
_FIELD = 0x11D  # the polynomial of the field of 256 elements (section 7.5.2)


@dataclass(frozen=True, slots=True)
class QrImage:
    """`count` modules a side, a bit each, dark ones 1, each row filled up to whole bytes."""

    count: int
    rows: bytes


@dataclass(frozen=True, slots=True)
class _Plan:
    """What all codes of a version share: where each bit of the picture comes from, and what is added to it."""

    count: int
    blocks: tuple[int, ...]  # data codewords of each block
    checks: int  # error correction codewords of each block
    order: itemgetter  # type: ignore[type-arg]  # of the bits of all codewords, with a 0 after them, into the picture
    added: int


def qr_image(text: str) -> QrImage:
    """The smallest code of `text`. Raises ValueError where it fits into none (about 2,300 bytes)."""
    compact = all(character in _ALPHANUMERIC for character in text)
    payload = _alphanumeric(text) if compact else _bytes(text.encode())
    length = len(text) if compact else len(text.encode())
    plan, head = _fitting(len(payload), length, compact=compact)
    room = 8 * sum(plan.blocks)
    bits = head + payload + "0000"[: room - len(head) - len(payload)]  # the terminator may be cut (section 7.4.9)
    bits += "0" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8, "big")
    data += (b"\xec\x11" * (len(data) // 2 + room))[: room // 8 - len(data)]  # padding (section 7.4.10)
    words = _interleaved(data, plan)
    stream = format(int.from_bytes(words, "big"), f"0{8 * len(words)}b") + "0"
    picture = int("".join(plan.order(stream)), 2) ^ plan.added
    return QrImage(plan.count, picture.to_bytes(plan.count * ((plan.count + 7) // 8), "big"))


def _bytes(data: bytes) -> str:
    return "".join(f"{byte:08b}" for byte in data)


def _alphanumeric(text: str) -> str:
    """Pairs of signs in 11 bits, a single one in 6 (section 7.4.5)."""
    values = [_ALPHANUMERIC.index(character) for character in text]
    pairs = [f"{left * 45 + right:011b}" for left, right in zip(values[::2], values[1::2], strict=False)]
    return "".join(pairs) + (f"{values[-1]:06b}" if len(values) % 2 else "")


def _fitting(bits: int, length: int, *, compact: bool) -> tuple[_Plan, str]:
    """The plan of the smallest version that holds so many bits; the indicators of mode and length (section 7.4.1)."""
    consts, _ = _tables()

    for version in range(1, _MAX_VERSION + 1):
        step = (version > 9) + (version > 26)
        size = (9, 11, 13)[step] if compact else (8, 16, 16)[step]
        if 4 + size + bits <= consts.SYMBOL_CAPACITY[version][_LEVEL_M]:
            return _plan(version), ("0010" if compact else "0100") + format(length, f"0{size}b")
    raise ValueError("too long for a QR code")


def _tables() -> tuple[Any, Any]:
    """segno's tables of the standard, and how it draws the patterns of a version; without types."""
    from segno import consts, encoder

    return consts, encoder


@lru_cache(maxsize=_MAX_VERSION)
def _plan(version: int) -> _Plan:
    import segno

    consts, encoder = _tables()

    pattern = segno.make_qr("0", version=version, error="m", mask=_MASK, boost_error=False).matrix
    count = len(pattern)
    free = encoder.make_matrix(count, count)  # 2 where neither a pattern nor format or version information stands
    encoder.add_finder_patterns(free, count, count)
    encoder.add_alignment_patterns(free, count, count)
    places: dict[tuple[int, int], int] = {}
    for column in _columns(count):  # two modules wide, upwards and downwards in turn (section 7.7.3)
        for row, side in column:
            if free[row][side] == 2:
                places[row, side] = len(places)
    groups = consts.ECC[version][_LEVEL_M]
    blocks = tuple(group.num_data for group in groups for _ in range(group.num_blocks))
    checks = groups[0].num_total - groups[0].num_data
    total = 8 * (sum(blocks) + checks * len(blocks))
    order, added = [], []
    for row in range(count):
        for side in range((count + 7) // 8 * 8):
            place = places.get((row, side))
            # What is no bit of a codeword (a few modules at the end, the patterns, the filling) comes from the last 0.
            order.append(place if place is not None and place < total else total)
            if place is not None:
                added.append("1" if side % 3 == 0 else "0")  # the mask 010 (section 7.8.2)
            else:
                added.append("1" if side < count and pattern[row][side] else "0")
    return _Plan(count, blocks, checks, itemgetter(*order), int("".join(added), 2))


def _columns(count: int) -> list[list[tuple[int, int]]]:
    found = []
    right, upwards = count - 1, True
    while right > 0:
        if right == 6:  # the column of the timing pattern
            right -= 1
        rows = range(count - 1, -1, -1) if upwards else range(count)
        found.append([(row, side) for row in rows for side in (right, right - 1)])
        right, upwards = right - 2, not upwards
    return found


def _interleaved(data: bytes, plan: _Plan) -> bytes:
    """The codewords of all blocks in turn, then those of their error correction (section 7.6)."""
    table, mask, top = _table(plan.checks), (1 << 8 * plan.checks) - 1, 8 * (plan.checks - 1)
    blocks, corrections = [], []
    start = 0
    for length in plan.blocks:
        block = data[start : start + length]
        start += length
        rest = 0
        for byte in block:
            rest = (rest << 8 & mask) ^ table[rest >> top ^ byte]
        blocks.append(block)
        corrections.append(rest.to_bytes(plan.checks, "big"))
    shorter = min(plan.blocks)
    words = bytearray(len(data))
    many = len(blocks)
    for index, block in enumerate(blocks):
        words[index : shorter * many : many] = block[:shorter]
    words[shorter * many :] = b"".join(block[shorter:] for block in blocks)
    checks = bytearray(plan.checks * many)
    for index, correction in enumerate(corrections):
        checks[index::many] = correction
    return bytes(words + checks)


@lru_cache(maxsize=32)
def _table(checks: int) -> tuple[int, ...]:
    """What each byte that leaves the shift register adds: the generator polynomial times it (section 7.5.2)."""
    generator = [1]
    root = 1
    for _ in range(checks):
        longer = [*generator, 0]
        for index, value in enumerate(generator):
            longer[index + 1] ^= _times(value, root)
        generator, root = longer, _times(root, 2)
    return tuple(int.from_bytes(bytes(_times(value, byte) for value in generator[1:]), "big") for byte in range(256))


def _times(left: int, right: int) -> int:
    """The product of two elements of the field."""
    product = 0
    while right:
        if right & 1:
            product ^= left
        left, right = left << 1, right >> 1
        if left & 0x100:
            left ^= _FIELD
    return product
