"""Which ledger and size somebody's earlier view of a case stands for, and what it means when none fits.

Maths and names only: where the view comes from, and whether anything here is believed, is looked at elsewhere.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from custody.errors import FormatError
from custody.formats.checkpoint import Checkpoint, format_checkpoint
from custody.formats.merkle import Frontier, Hash

ALGORITHMS = ("sha256", "sha384", "sha512")  # that an imprint may be of; older ones can be made to collide


@dataclass(frozen=True, slots=True)
class ClaimedHead:
    """What somebody saw of a ledger, unverified. `what` says in words for people where it comes from.

    A checkpoint gives origin, size and root, and `signed_note` (C2SP) where it was signed. Eight words give the first
    11 bytes of a root; they stand for 88 bits of it, so that its owner could have prepared two ledgers of the same
    words. A timestamp gives the digest of a checkpoint's three lines.
    """

    what: str
    origin: str | None = None
    size: int | None = None
    root: Hash | None = None
    root_start: bytes | None = None
    imprint: bytes | None = None
    imprint_algorithm: str | None = None
    signed_note: bytes | None = None

    def __post_init__(self) -> None:
        checkpoint = (self.origin, self.size, self.root)
        if any(one is None for one in checkpoint) and any(one is not None for one in checkpoint):
            raise FormatError("a checkpoint has an origin, a size and a root")
        if sum(one is not None for one in (self.root, self.root_start, self.imprint)) != 1:
            raise FormatError("an earlier view is a checkpoint, the words of a root, or the digest of a checkpoint")
        if self.imprint is not None and self.imprint_algorithm not in ALGORITHMS:
            raise FormatError(f"a digest of a kind that is not used here: {str(self.imprint_algorithm)[:40]!r}")


@dataclass(frozen=True, slots=True)
class LedgerHere:
    """A ledger that is here: `root_at(size)` is the root that it had with so many entries (0 < size ≤ `size`).

    `leaves` begins a new walk over its leaf hashes (formats.merkle.leaf_hash of each envelope), from the first on.
    """

    origin: str
    size: int
    root_at: Callable[[int], Hash]
    leaves: Callable[[], Iterable[Hash]]


class Outcome(Enum):
    """How an earlier view fits to what is here."""

    HERE = "here"
    CUT_OFF = "cut-off"
    """The ledger is here and shorter than it was."""
    REWRITTEN = "rewritten"
    """The ledger is here, long enough, and had another root at that size."""
    OTHER = "other"
    """No ledger of that origin is here, or no ledger ever had this root."""


@dataclass(frozen=True, slots=True)
class HeadMatch:
    """What an earlier view stands for: ledger and size, as far as they are known, and the root of that size here."""

    outcome: Outcome
    origin: str | None = None
    size: int | None = None
    root: Hash | None = None


def find_head(claim: ClaimedHead, ledgers: Sequence[LedgerHere]) -> HeadMatch:
    """Where the claim fits. O(log n) for a checkpoint; for words and imprints every root of every ledger is computed.

    With words and imprints a ledger that was cut off or rewritten cannot be told from another one: OTHER.
    """
    if claim.origin is not None and claim.size is not None:
        return _find_checkpoint(claim, claim.origin, claim.size, ledgers)
    fits = stands_for(claim)
    for ledger in ledgers:
        for size, root in roots(ledger.leaves()):
            if fits(ledger.origin, size, root):
                return HeadMatch(Outcome.HERE, ledger.origin, size, root)
    return HeadMatch(Outcome.OTHER)


def roots(leaves: Iterable[Hash]) -> Iterator[tuple[int, Hash]]:
    """Every size from 1 on, and the root that the tree of these leaf hashes had with it: O(n log n) for all."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
        yield frontier.size, frontier.root()


def _find_checkpoint(claim: ClaimedHead, origin: str, size: int, ledgers: Sequence[LedgerHere]) -> HeadMatch:
    ledger = next((one for one in ledgers if one.origin == origin), None)
    if ledger is None:
        return HeadMatch(Outcome.OTHER, origin, size)
    if size > ledger.size:
        return HeadMatch(Outcome.CUT_OFF, origin, size)
    root = ledger.root_at(size)
    return HeadMatch(Outcome.HERE if root == claim.root else Outcome.REWRITTEN, origin, size, root)


def stands_for(claim: ClaimedHead) -> Callable[[str, int, Hash], bool]:
    """Whether a ledger (its origin), with so many entries and this root, is what the claim means."""
    if claim.root is not None:
        return lambda origin, size, root: (origin, size, root) == (claim.origin, claim.size, claim.root)
    if claim.root_start is not None:
        start = claim.root_start
        return lambda origin, size, root: root.startswith(start)
    imprint, algorithm = claim.imprint, claim.imprint_algorithm or ""

    def stamped(origin: str, size: int, root: Hash) -> bool:
        text = format_checkpoint(Checkpoint(origin, size, root))
        return hashlib.new(algorithm, text.encode()).digest() == imprint

    return stamped
