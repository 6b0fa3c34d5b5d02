"""The Merkle tree of RFC 6962, written down from the RFC's own recursive definitions. Slow on purpose.

Every function takes the whole list of entries, hashes everything again each time, and keeps nothing.
"""

import hashlib
from collections.abc import Sequence

Entries = Sequence[bytes]


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def split_point(n: int) -> int:
    """Section 2.1: the largest power of two smaller than n, that is k < n <= 2k."""
    k = 1
    while 2 * k < n:
        k = 2 * k
    assert k < n <= 2 * k
    return k


def tree_hash(entries: Entries) -> bytes:
    """MTH(D[n]) of section 2.1."""
    n = len(entries)
    if n == 0:
        return sha256(b"")
    if n == 1:
        return sha256(b"\x00" + entries[0])
    k = split_point(n)
    return sha256(b"\x01" + tree_hash(entries[0:k]) + tree_hash(entries[k:n]))


def audit_path(m: int, entries: Entries) -> list[bytes]:
    """PATH(m, D[n]) of section 2.1.1."""
    n = len(entries)
    assert 0 <= m < n
    if n == 1:
        return []
    k = split_point(n)
    if m < k:
        return [*audit_path(m, entries[0:k]), tree_hash(entries[k:n])]
    return [*audit_path(m - k, entries[k:n]), tree_hash(entries[0:k])]


def consistency(m: int, entries: Entries) -> list[bytes]:
    """PROOF(m, D[n]) of section 2.1.2."""
    return _subproof(m, entries, True)


def _subproof(m: int, entries: Entries, complete: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b): `complete` says that D[m] is a tree whose root the reader already has."""
    n = len(entries)
    assert 0 < m <= n
    if m == n:
        return [] if complete else [tree_hash(entries)]
    k = split_point(n)
    if m <= k:
        return [*_subproof(m, entries[0:k], complete), tree_hash(entries[k:n])]
    return [*_subproof(m - k, entries[k:n], False), tree_hash(entries[0:k])]
