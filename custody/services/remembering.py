"""Remembers the heads of ledgers, so that a ledger that lost or changed a record is noticed on this computer.

Never overwrites a head by one that does not extend it. The stored tree is only an index that anyone can write: every
root here is bound to a signature (the newest batch's `head`) or to the remembered root by a consistency proof.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from custody.domain.entry import read_entry, verify_entry
from custody.domain.structure import MAX_BATCH
from custody.errors import FormatError, VerificationError
from custody.formats.merkle import Frontier, Hash, NodeSource, consistency_proof, leaf_hash, root_at, verify_consistency
from custody.ports import LedgerReader, RememberedHead

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

_SEE = "run custody verify to see what is wrong"


@dataclass(frozen=True, slots=True)
class NewestBatch:
    """The newest batch of a ledger, its signatures verified: where it starts, and the roots from there to its end."""

    start: int
    roots: tuple[Hash, ...]

    @property
    def size(self) -> int:
        """The number of entries of the whole ledger."""
        return self.start + len(self.roots) - 1

    @property
    def root(self) -> Hash:
        """The root over the whole ledger."""
        return self.roots[-1]


def node_source(reader: LedgerReader, ledger: str) -> NodeSource:
    """The stored tree of a ledger."""
    return lambda level, index: reader.node(ledger, level, index)


def root_of(reader: LedgerReader, ledger: str, size: int) -> Hash:
    """The root that the stored tree gives for the first `size` entries, with O(log n) rows read. Unverified."""
    return root_at(size, node_source(reader, ledger))


def newest_batch(reader: LedgerReader, ledger: str, key: "EllipticCurvePublicKey") -> NewestBatch:
    """Verify the newest batch: each signature, position and head, and that the stored tree leads to the signed head.

    Raises VerificationError; reads the batch and O(log n) rows.
    """
    size = reader.size(ledger)
    try:
        newest = next(reader.rows(ledger, size - 1, size), None)
        if newest is None:
            raise VerificationError(f"record {size - 1} is missing", _SEE)
        head = read_entry(newest.envelope).statement.head
        if not max(0, size - MAX_BATCH) <= head.size < size:
            raise VerificationError("the newest record does not say after which others it was signed", _SEE)
        frontier = Frontier.of(head.size, node_source(reader, ledger))
        roots = [frontier.root()]
        for position, row in enumerate(reader.rows(ledger, head.size, size), head.size):
            statement = verify_entry(read_entry(row.envelope), key)
            if (statement.ledger, statement.position, statement.head) != (ledger, position, head):
                raise VerificationError(f"record {position} is not where it was signed", _SEE)
            frontier.append(leaf_hash(row.envelope))
            roots.append(frontier.root())
    except FormatError as error:
        raise VerificationError(f"the newest records cannot be read: {error.message}", _SEE) from error
    if roots[0].hex() != head.root or frontier.size != size:
        raise VerificationError("the newest records do not follow what lies before them", _SEE)
    return NewestBatch(head.size, tuple(roots))


def extends(reader: LedgerReader, ledger: str, batch: NewestBatch, before: RememberedHead) -> bool:
    """Whether the ledger that ends with this batch still begins with what was remembered."""
    if before.size > batch.size:
        return False
    if before.size >= batch.start:
        return batch.roots[before.size - batch.start] == before.root
    try:
        proof = consistency_proof(before.size, batch.start, node_source(reader, ledger))
        verify_consistency(old=before.size, new=batch.start, proof=proof, old_root=before.root, new_root=batch.roots[0])
    except (FormatError, VerificationError):
        return False
    return True


def contradiction(before: RememberedHead, size: int, root: Hash) -> VerificationError:
    """The error for a ledger with this head, which does not extend what was remembered of it."""
    then, now = head_words(before.size, before.root), head_words(size, root)
    if size < before.size:
        why = "records were taken away, or this is an old copy, such as a backup that was put back"
    else:
        why = "older records were rewritten, or a second device or a backup went on from an old copy"
    return VerificationError(
        f"the ledger has {now}, but on {before.seen[:10]} this computer saw {then}: {why}",
        "keep this copy but do not work on with it: look for a newer copy of the case folder and verify that",
    )


def head_words(size: int, root: Hash | None) -> str:
    """A head as people compare it: `12 records (root 0a1b2c3d4e5f6071…)`."""
    shown = "that cannot be computed" if root is None else f"{root.hex()[:16]}…"
    return f"{size} record{'' if size == 1 else 's'} (root {shown})"
