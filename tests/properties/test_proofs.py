"""The fast Merkle tree against the slow one for trees of any size and shape, and no proof of what is not so.

Entries often repeat here: equal leaves in many places are what a proof must still tell apart by position.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from custody.errors import FormatError, VerificationError
from custody.formats.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    root_at,
    verify_consistency,
    verify_inclusion,
)
from tests.oracles import merkle as oracle
from tests.properties.effort import examples

LARGEST = 300
HASHES = [leaf_hash(b"%d" % number) for number in range(3)]


@dataclass(frozen=True)
class Tree:
    """Entries, and what a ledger stores beside each of them (docs/format.md section 10)."""

    entries: list[bytes]
    rows: list[bytes]

    @property
    def size(self) -> int:
        return len(self.entries)

    def node(self, level: int, index: int) -> bytes:
        """32 bytes at offset 32k of row (j + 1)·2^k − 1."""
        stored = self.rows[(index + 1 << level) - 1][32 * level : 32 * level + 32]
        assert len(stored) == 32
        return stored

    def root(self, size: int) -> bytes:
        """By the slow tree."""
        return oracle.tree_hash(self.entries[:size])


@st.composite
def trees(draw: st.DrawFn, least: int = 0) -> Tree:
    """A tree of up to LARGEST entries, of which few or all are different."""
    size = draw(st.integers(least, LARGEST))
    period = draw(st.sampled_from([1, 2, 3, 8, LARGEST]))
    entries = [b"entry %d" % (number % period) for number in range(size)]
    frontier = Frontier()
    return Tree(entries, [b"".join(frontier.append(leaf_hash(entry))) for entry in entries])


@given(trees(), st.data())
@examples(150)
def test_any_root_and_any_growth_equal_the_slow_tree(tree: Tree, data: st.DataObject) -> None:
    size = data.draw(st.integers(0, tree.size))
    frontier = Frontier.of(size, tree.node)
    assert (frontier.size, frontier.root(), root_at(size, tree.node)) == (size, tree.root(size), tree.root(size))
    grown = [b"".join(frontier.append(leaf_hash(entry))) for entry in tree.entries[size:]]
    assert (grown, frontier.root()) == (tree.rows[size:], tree.root(tree.size))
    assert root(map(leaf_hash, tree.entries)) == tree.root(tree.size)


@given(trees(), st.data())
@examples(60)
def test_every_stored_node_is_the_root_of_its_perfect_subtree(tree: Tree, data: st.DataObject) -> None:
    level = data.draw(st.integers(0, tree.size.bit_length()))
    for index in range(tree.size >> level):
        assert tree.node(level, index) == oracle.tree_hash(tree.entries[index << level : (index + 1) << level])


@given(trees(least=1), st.data())
@examples(150)
def test_proofs_equal_the_slow_trees_and_hold(tree: Tree, data: st.DataObject) -> None:
    new = data.draw(st.integers(1, tree.size))
    index = data.draw(st.integers(0, new - 1))
    path = inclusion_proof(index, new, tree.node)
    assert path == tuple(oracle.audit_path(index, tree.entries[:new]))
    verify_inclusion(leaf_hash(tree.entries[index]), index=index, size=new, proof=path, root=tree.root(new))
    old = data.draw(st.integers(1, new))
    proof = consistency_proof(old, new, tree.node)
    assert proof == tuple(oracle.consistency(old, tree.entries[:new]))
    verify_consistency(old=old, new=new, proof=proof, old_root=tree.root(old), new_root=tree.root(new))


@st.composite
def _nearly(draw: st.DrawFn, proof: Sequence[bytes], others: Sequence[bytes]) -> list[bytes]:
    """A proof as it is, or with a hash changed, put in, left out, doubled or moved."""
    changed = list(proof)
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(changed)))
        match draw(st.integers(0, 4)):
            case 0:
                changed.insert(place, draw(st.sampled_from(others)))
            case 1:
                changed[place : place + 1] = [draw(st.sampled_from(others))]
            case 2:
                del changed[place : place + 1]
            case 3:
                changed.reverse()
            case _ if place < len(changed):
                flip = draw(st.integers(0, 255))
                changed[place] = (int.from_bytes(changed[place], "big") ^ 1 << flip).to_bytes(32, "big")
    return changed


@given(trees(least=1), st.data())
@examples(300)
def test_an_inclusion_proof_that_holds_shows_what_is_so(tree: Tree, data: st.DataObject) -> None:
    """Whatever place, leaf and path are claimed under a right root: accepted only when that leaf stands there."""
    places = st.integers(0, tree.size - 1)
    index, shown, from_place = data.draw(places), data.draw(places), data.draw(places)
    leaf = leaf_hash(tree.entries[shown])
    right = inclusion_proof(from_place, tree.size, tree.node)
    proof = data.draw(_nearly(right, [*HASHES, leaf, *right]))
    try:
        verify_inclusion(leaf, index=index, size=tree.size, proof=proof, root=tree.root(tree.size))
    except (FormatError, VerificationError):
        # Refused, so it is not the one proof that this place has.
        assert (tree.entries[shown], proof) != (
            tree.entries[index],
            oracle.audit_path(index, tree.entries),
        )
        return
    assert leaf == leaf_hash(tree.entries[index])
    assert proof == oracle.audit_path(index, tree.entries)


@given(trees(least=1), st.data())
@examples(300)
def test_a_consistency_proof_that_holds_shows_what_is_so(tree: Tree, data: st.DataObject) -> None:
    """Whatever size, old root and path are claimed under a right new root: accepted only for what was that root."""
    sizes = st.integers(1, tree.size)
    old, root_of, proof_of = data.draw(sizes), data.draw(sizes), data.draw(sizes)
    old_root, new_root = tree.root(root_of), tree.root(tree.size)
    right = consistency_proof(proof_of, tree.size, tree.node)
    proof = data.draw(_nearly(right, [*HASHES, old_root, new_root, *right]))
    try:
        verify_consistency(old=old, new=tree.size, proof=proof, old_root=old_root, new_root=new_root)
    except (FormatError, VerificationError):
        assert (old_root, proof) != (tree.root(old), oracle.consistency(old, tree.entries))
        return
    assert old_root == tree.root(old)
    assert proof == oracle.consistency(old, tree.entries)
