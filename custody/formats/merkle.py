"""The Merkle tree of RFC 6962 section 2.1: roots, inclusion and consistency proofs, and their checks.

Maths only: nodes come from a function that the caller gives, so that the tree may lie in a database, a list or a
package. Node (level, index) is the root of the perfect subtree over leaves index·2^level … (index+1)·2^level − 1.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

from custody.errors import DigestMismatch, FormatError, VerificationError

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
MAX_PROOF = 64  # hashes; a tree of 2^64 leaves needs no more

Hash = bytes
NodeSource = Callable[[int, int], Hash]


def leaf_hash(data: bytes) -> Hash:
    """SHA-256(00 ‖ data)."""
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: Hash, right: Hash) -> Hash:
    """SHA-256(01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Frontier:
    """The roots of the perfect subtrees of a growing tree, largest first: all that appending needs, O(log n)."""

    def __init__(self, size: int = 0, roots: Sequence[Hash] = ()) -> None:
        if len(roots) != size.bit_count():
            raise FormatError(f"a tree of {size} leaves has {size.bit_count()} perfect subtrees, not {len(roots)}")
        self.size = size
        self._roots = list(roots)

    @classmethod
    def of(cls, size: int, node: NodeSource) -> "Frontier":
        """The frontier of the tree's first `size` leaves, with popcount(size) nodes read from `node`."""
        return cls(size, [node(level, index) for level, index in cover(0, size)])

    def append(self, leaf: Hash) -> tuple[Hash, ...]:
        """Add a leaf hash; returns it and the root of every perfect subtree that it completes, by level."""
        completed = [leaf]
        count = self.size
        while count & 1:
            completed.append(node_hash(self._roots.pop(), completed[-1]))
            count >>= 1
        self._roots.append(completed[-1])
        self.size += 1
        return tuple(completed)

    def root(self) -> Hash:
        """The tree's root; of the empty tree SHA-256("")."""
        return _fold(self._roots)


def root(leaves: Iterable[Hash]) -> Hash:
    """The root over leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def root_at(size: int, node: NodeSource) -> Hash:
    """The root that the tree had when it had `size` leaves."""
    return Frontier.of(size, node).root()


def cover(start: int, stop: int) -> list[tuple[int, int]]:
    """The fewest perfect subtrees (level, index) that cover leaves start … stop − 1, left to right.

    `start` must be a multiple of the largest power of two that fits, as it is wherever RFC 6962 splits.
    """
    nodes = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def inclusion_proof(index: int, size: int, node: NodeSource) -> tuple[Hash, ...]:
    """The audit path of leaf `index` in the tree of `size` leaves (section 2.1.1).

    Raises FormatError when the leaf is not in the tree.
    """
    if not 0 <= index < size:
        raise FormatError(f"there is no leaf {index} in a tree of {size}")
    path = []
    start, stop = 0, size
    while stop - start > 1:
        split = start + _largest_power_below(stop - start)
        if index < split:
            path.append(_subroot(split, stop, node))
            stop = split
        else:
            path.append(_subroot(start, split, node))
            start = split
    return tuple(reversed(path))


def consistency_proof(old: int, new: int, node: NodeSource) -> tuple[Hash, ...]:
    """The proof that the tree of `old` leaves is a prefix of the tree of `new` (section 2.1.2).

    Raises FormatError for sizes out of order, and for old = 0: every tree extends the empty one, so it shows nothing.
    """
    if not 0 < old <= new:
        raise FormatError(f"no consistency proof from {old} to {new}")
    path = []
    start, stop, whole = 0, new, True
    while old != stop:
        split = start + _largest_power_below(stop - start)
        if old <= split:
            path.append(_subroot(split, stop, node))
            stop = split
        else:
            path.append(_subroot(start, split, node))
            start, whole = split, False
    if not whole:
        path.append(_subroot(start, stop, node))
    return tuple(reversed(path))


def verify_inclusion(leaf: Hash, *, index: int, size: int, proof: Sequence[Hash], root: Hash) -> None:
    """Raise unless `leaf` is leaf `index` of the tree of `size` leaves under `root` (RFC 9162 section 2.1.3.2).

    FormatError for a proof that cannot be one, DigestMismatch for one that leads to another root.
    """
    if not 0 <= index < size:
        raise FormatError(f"there is no leaf {index} in a tree of {size}")
    _check_hashes(proof, leaf, root)
    position, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise VerificationError("the inclusion proof is longer than its tree is high")
        if position & 1 or position == last:
            value = node_hash(sibling, value)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise VerificationError("the inclusion proof is shorter than its tree is high")
    if value != root:
        raise DigestMismatch(f"leaf {index} is not in the tree of {size}", expected=root, found=value)


def verify_consistency(*, old: int, new: int, proof: Sequence[Hash], old_root: Hash, new_root: Hash) -> None:
    """Raise unless the tree of `old` leaves is a prefix of the tree of `new` (RFC 9162 section 2.1.4.2).

    FormatError for sizes or hashes that cannot be, VerificationError otherwise; from size 0 nothing is shown: refused.
    """
    if not 0 < old <= new:
        raise FormatError(f"no consistency proof from {old} to {new}")
    _check_hashes(proof, old_root, new_root)
    if old == new:
        if proof:
            raise VerificationError("a proof between equal sizes must be empty")
        if old_root != new_root:
            raise DigestMismatch(f"two trees of {old} leaves differ", expected=old_root, found=new_root)
        return
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        raise VerificationError("the consistency proof is empty")
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_value = new_value = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise VerificationError("the consistency proof is longer than its tree is high")
        if position & 1 or position == last:
            old_value = node_hash(sibling, old_value)
            new_value = node_hash(sibling, new_value)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new_value = node_hash(new_value, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise VerificationError("the consistency proof is shorter than its tree is high")
    if old_value != old_root:
        raise DigestMismatch(f"the proof does not lead to the tree of {old}", expected=old_root, found=old_value)
    if new_value != new_root:
        raise DigestMismatch(f"the proof does not lead to the tree of {new}", expected=new_root, found=new_value)


def _largest_power_below(count: int) -> int:
    """The largest power of two smaller than `count` (section 2.1: where a tree is split)."""
    return 1 << (count - 1).bit_length() - 1


def _subroot(start: int, stop: int, node: NodeSource) -> Hash:
    return _fold([node(level, index) for level, index in cover(start, stop)])


def _fold(roots: Sequence[Hash]) -> Hash:
    if not roots:
        return EMPTY_ROOT
    value = roots[-1]
    for left in reversed(roots[:-1]):
        value = node_hash(left, value)
    return value


def _check_hashes(proof: Sequence[Hash], *others: Hash) -> None:
    if len(proof) > MAX_PROOF:
        raise FormatError(f"a proof of {len(proof)} hashes is longer than any tree is high")
    if any(len(value) != HASH_SIZE for value in (*proof, *others)):
        raise FormatError(f"a hash has {HASH_SIZE} bytes")
