"""Bitcoin block headers: reads the 80 bytes, checks their work, and knows where a block explorer keeps them.

Fetches nothing and knows no chain. One header by itself shows only what it cost to make.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from custody.errors import FormatError, HeaderMismatch, WorkTooSmall
from custody.formats.encoding import parse_hex

HEADER_SIZE = 80
HASH_SIZE = 32
MAX_HEIGHT = 100_000_000  # blocks, nineteen centuries of them
MAX_EXPLORER_ANSWER = 1_024  # bytes; both answers are one short line of hexadecimal
DIFFICULTY_1 = 0xFFFF << 208  # the target of difficulty 1, the easiest that Bitcoin ever had

# Anybody makes a header that meets its own nBits when those are easy, with any root and any date in it. Bitcoin's own
# difficulty has been above 10^13 since the end of 2019, and was above ten times that in 2025; no timestamp of this
# program is older than 2026. One forged header at this limit takes 10^13 * 2^32 = 4.3 * 10^22 hashes on average, which
# is seven years of a miner of 200 terahashes a second. Blocks from before are refused unless the caller says otherwise.
MIN_DIFFICULTY = 10**13
MAX_TARGET = DIFFICULTY_1 // MIN_DIFFICULTY


@dataclass(frozen=True, slots=True)
class BlockHeader:
    """What a header says of its block, unverified. Hashes in the order of the header's bytes, not as explorers show.

    `time` is the miner's clock: after the median of the eleven blocks before, and at most two hours ahead of others.
    `target` is what `block_hash`, read as a little-endian number, must not exceed.
    """

    block_hash: bytes
    merkle_root: bytes
    time: datetime
    target: int

    @property
    def shown_hash(self) -> str:
        """The block's hash as explorers and nodes show it: hexadecimal, bytes reversed."""
        return self.block_hash[::-1].hex()


def parse_header(data: bytes) -> BlockHeader:
    """The unverified header of exactly 80 bytes: version, previous hash, merkle root, nTime, nBits, nonce.

    Raises FormatError for another size, and for nBits that stand for no target.
    """
    if len(data) != HEADER_SIZE:
        raise FormatError(f"a block header has {HEADER_SIZE} bytes, not {len(data)}")
    return BlockHeader(
        block_hash=hashlib.sha256(hashlib.sha256(data).digest()).digest(),
        merkle_root=data[36:68],
        time=datetime.fromtimestamp(int.from_bytes(data[68:72], "little"), UTC),
        target=_target(int.from_bytes(data[72:76], "little")),
    )


def check_work(header: BlockHeader, *, max_target: int = MAX_TARGET) -> None:
    """Raise WorkTooSmall unless the header's hash meets its own target, and that is not easier than `max_target`."""
    if header.target > max_target:
        raise WorkTooSmall(
            f"block {header.shown_hash} asks for a difficulty of {DIFFICULTY_1 / header.target:.4g} only, and "
            f"{DIFFICULTY_1 / max_target:.4g} is the least that is believed",
            "fetch the header of this height from your own node, or from an explorer that you trust",
        )
    if int.from_bytes(header.block_hash, "little") > header.target:
        raise WorkTooSmall(
            f"block {header.shown_hash} does not meet the difficulty that it states",
            "fetch the header of this height from your own node, or from an explorer that you trust",
        )


def _target(bits: int) -> int:
    """The target of compact nBits: a sign bit and 23 bits, times 256 to the power of (first byte minus 3).

    Raises FormatError for a target that is negative, zero or beyond 256 bits, which no node takes for one.
    """
    exponent, mantissa = bits >> 24, bits & 0x7FFFFF
    target = mantissa << 8 * (exponent - 3) if exponent > 3 else mantissa >> 8 * (3 - exponent)
    if bits & 0x800000 or not 0 < target < 2**256:
        raise FormatError("a block header with nBits that stand for no target")
    return target


def hash_url(explorer: str, height: int) -> str:
    """Where an Esplora explorer says which block has this height. `explorer` is its base address."""
    return f"{explorer.rstrip('/')}/block-height/{height}"


def header_url(explorer: str, block_hash: str) -> str:
    """Where an Esplora explorer keeps the header of this block, in hexadecimal."""
    return f"{explorer.rstrip('/')}/block/{block_hash}/header"


def parse_block_hash(answer: bytes) -> str:
    """The unverified hash, as explorers show it, of an answer to `hash_url`. Raises FormatError for anything else."""
    return _hexadecimal(answer, HASH_SIZE, "the hash of a block").hex()


def parse_served_header(answer: bytes, block_hash: str) -> bytes:
    """The 80 bytes of an answer to `header_url`.

    Raises FormatError for anything else, HeaderMismatch when it is not the header of that hash. A right hash shows
    that the explorer agrees with itself; what the header is worth is for `check_work` to say.
    """
    data = _hexadecimal(answer, HEADER_SIZE, "the header of a block")
    found = parse_header(data).shown_hash
    if found != block_hash:
        raise HeaderMismatch(
            f"the explorer gave the header of block {found} for block {block_hash}", "ask another explorer"
        )
    return data


def _hexadecimal(answer: bytes, size: int, what: str) -> bytes:
    """Lower-case hexadecimal, with or without one line feed at its end, as explorers differ in that."""
    try:
        return parse_hex(answer.removesuffix(b"\n").decode("ascii"), size)
    except (UnicodeDecodeError, FormatError) as error:
        raise FormatError(f"the explorer's answer is not {what}") from error
