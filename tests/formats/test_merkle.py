"""The fast Merkle tree against the slow one, and against everything that a proof must not be."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.errors import CustodyError, DigestMismatch, FormatError, VerificationError
from custody.formats.merkle import (
    EMPTY_ROOT,
    HASH_SIZE,
    Frontier,
    consistency_proof,
    cover,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    root_at,
    verify_consistency,
    verify_inclusion,
)
from tests.oracles import merkle as oracle

LARGEST = 70
ENTRIES = [b"entry %d" % number for number in range(LARGEST)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
ROOTS = [oracle.tree_hash(ENTRIES[:size]) for size in range(LARGEST + 1)]
SIZES = range(1, LARGEST + 1)


def _rows() -> list[bytes]:
    """What a ledger keeps beside each entry: the nodes that its leaf completes, one after another."""
    frontier = Frontier()
    return [b"".join(frontier.append(leaf)) for leaf in LEAVES]


ROWS = _rows()


def node(level: int, index: int) -> bytes:
    """Node (k, j): 32 bytes at offset 32k of row (j + 1)·2^k − 1."""
    row = ROWS[(index + 1 << level) - 1]
    return row[32 * level : 32 * level + 32]


def flipped(value: bytes, bit: int = 0) -> bytes:
    return (int.from_bytes(value, "big") ^ 1 << bit).to_bytes(len(value), "big")


def _refuses_inclusion(index: int, size: int, proof: Sequence[bytes], *, leaf: bytes, over: bytes) -> bool:
    try:
        verify_inclusion(leaf, index=index, size=size, proof=proof, root=over)
    except (FormatError, VerificationError):
        return True
    return False


def _refuses_consistency(old: int, new: int, proof: Sequence[bytes], *, before: bytes, after: bytes) -> bool:
    try:
        verify_consistency(old=old, new=new, proof=proof, old_root=before, new_root=after)
    except (FormatError, VerificationError):
        return True
    return False


# --- the tree ----------------------------------------------------------------------------------------------------


def test_empty_tree_has_the_hash_of_nothing() -> None:
    assert root([]) == Frontier().root() == EMPTY_ROOT == oracle.tree_hash([])


def test_leaf_and_node_are_hashed_apart() -> None:
    assert leaf_hash(LEAVES[0] + LEAVES[1]) != node_hash(LEAVES[0], LEAVES[1])


def test_roots_of_all_sizes_equal_the_slow_tree() -> None:
    assert [root(LEAVES[:size]) for size in range(LARGEST + 1)] == ROOTS


def test_root_follows_every_append() -> None:
    frontier = Frontier()
    found = [(frontier.size, frontier.root())]
    for leaf in LEAVES:
        frontier.append(leaf)
        found.append((frontier.size, frontier.root()))
    assert found == list(enumerate(ROOTS))


def test_past_roots_are_read_from_stored_nodes() -> None:
    assert [root_at(size, node) for size in range(LARGEST + 1)] == ROOTS


def test_stored_nodes_are_the_perfect_subtrees_of_the_slow_tree() -> None:
    for level in range(LARGEST.bit_length()):
        for index in range(LARGEST >> level):
            assert node(level, index) == oracle.tree_hash(ENTRIES[index << level : (index + 1) << level])


def test_row_holds_the_leaf_and_one_node_for_each_subtree_that_it_completes() -> None:
    # Leaf i completes a subtree of each height up to the number of zero bits at the end of i + 1.
    expected = [((i + 1) & -(i + 1)).bit_length() * HASH_SIZE for i in range(LARGEST)]
    assert [len(row) for row in ROWS] == expected


@pytest.mark.parametrize("size", range(LARGEST + 1))
def test_tree_grows_on_from_stored_nodes(size: int) -> None:
    frontier = Frontier.of(size, node)
    grown = [b"".join(frontier.append(leaf)) for leaf in LEAVES[size:]]
    assert (grown, frontier.root()) == (ROWS[size:], ROOTS[LARGEST])


@pytest.mark.parametrize(("size", "count"), [(0, 1), (1, 0), (1, 2), (3, 1), (4, 2), (7, 4)])
def test_frontier_of_another_number_of_subtrees_is_refused(size: int, count: int) -> None:
    with pytest.raises(FormatError, match="perfect subtrees"):
        Frontier(size, LEAVES[:count])


def test_frontier_keeps_its_own_list() -> None:
    roots = [LEAVES[0]]
    Frontier(1, roots).append(LEAVES[1])
    assert roots == [LEAVES[0]]


@given(st.integers(0, 2**40))
def test_cover_is_gapless_and_of_falling_heights(size: int) -> None:
    spans = [(index << level, (index + 1) << level) for level, index in cover(0, size)]
    assert [start for start, _ in spans] + [size] == [0] + [stop for _, stop in spans]
    assert len(spans) == size.bit_count()


# --- proofs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_inclusion_proofs_equal_the_slow_tree(size: int) -> None:
    made = [inclusion_proof(index, size, node) for index in range(size)]
    assert made == [tuple(oracle.audit_path(index, ENTRIES[:size])) for index in range(size)]


@pytest.mark.parametrize("new", SIZES)
def test_consistency_proofs_equal_the_slow_tree(new: int) -> None:
    made = [consistency_proof(old, new, node) for old in range(1, new + 1)]
    assert made == [tuple(oracle.consistency(old, ENTRIES[:new])) for old in range(1, new + 1)]


@pytest.mark.parametrize("size", SIZES)
def test_inclusion_proofs_of_the_slow_tree_verify(size: int) -> None:
    for index in range(size):
        proof = oracle.audit_path(index, ENTRIES[:size])
        verify_inclusion(LEAVES[index], index=index, size=size, proof=proof, root=ROOTS[size])


@pytest.mark.parametrize("new", SIZES)
def test_consistency_proofs_of_the_slow_tree_verify(new: int) -> None:
    for old in range(1, new + 1):
        proof = oracle.consistency(old, ENTRIES[:new])
        verify_consistency(old=old, new=new, proof=proof, old_root=ROOTS[old], new_root=ROOTS[new])


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (0, 0), (1, 1), (70, 70), (5, -1)])
def test_no_proof_is_made_for_a_leaf_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(FormatError, match="there is no leaf"):
        inclusion_proof(index, size, node)


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 1), (-1, 1), (2, 1), (1, 0)])
def test_no_proof_is_made_from_nothing_or_backwards(old: int, new: int) -> None:
    with pytest.raises(FormatError, match="no consistency proof"):
        consistency_proof(old, new, node)


def test_proofs_in_a_million_leaves_read_few_nodes() -> None:
    size, reads = 999_999, 0

    def counting(level: int, index: int) -> bytes:
        nonlocal reads
        assert (index + 1) << level <= size  # only subtrees that are complete are stored
        reads += 1
        return bytes(32)

    for place in (0, 1, 524_287, 524_288, 777_777, 999_997, 999_998):
        reads = 0
        inclusion_proof(place, size, counting)
        consistency_proof(place + 1, size, counting)
        root_at(size, counting)
        assert reads <= 5 * size.bit_length()


# --- what must be refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", range(2, 34))
def test_inclusion_proof_of_another_place_is_refused(size: int) -> None:
    for index in range(size):
        proof = inclusion_proof(index, size, node)
        for other in range(-1, size + 2):
            if other != index:
                assert _refuses_inclusion(other, size, proof, leaf=LEAVES[index], over=ROOTS[size])


@pytest.mark.parametrize("size", range(1, 34))
def test_inclusion_proof_with_one_change_is_refused(size: int) -> None:
    for index in range(size):
        proof = inclusion_proof(index, size, node)
        leaf, over = LEAVES[index], ROOTS[size]
        assert _refuses_inclusion(index, size, proof, leaf=flipped(leaf), over=over)
        assert _refuses_inclusion(index, size, proof, leaf=leaf, over=flipped(over, 255))
        assert _refuses_inclusion(index, size, proof, leaf=leaf, over=over[:31])
        assert _refuses_inclusion(index, size, [*proof, over], leaf=leaf, over=over)
        assert _refuses_inclusion(index, size, [leaf, *proof], leaf=leaf, over=over)
        for place, value in enumerate(proof):
            rest = (proof[:place], proof[place + 1 :])
            for wrong in ((flipped(value),), (), (value, value), (value[:31],), (value + b"\0",), (b"",)):
                changed = [*rest[0], *wrong, *rest[1]]
                assert _refuses_inclusion(index, size, changed, leaf=leaf, over=over)


@pytest.mark.parametrize("new", range(1, 34))
def test_consistency_proof_with_one_change_is_refused(new: int) -> None:
    for old in range(1, new + 1):
        proof = consistency_proof(old, new, node)
        before, after = ROOTS[old], ROOTS[new]
        assert _refuses_consistency(old, new, proof, before=flipped(before), after=after)
        assert _refuses_consistency(old, new, proof, before=before, after=flipped(after, 255))
        assert _refuses_consistency(old, new, [*proof, after], before=before, after=after)
        assert _refuses_consistency(old, new, [before, *proof], before=before, after=after)
        if old != new:
            assert _refuses_consistency(old, new, proof, before=after, after=before)
            assert _refuses_consistency(old, new, [], before=before, after=after)
        for place, value in enumerate(proof):
            rest = (proof[:place], proof[place + 1 :])
            for wrong in ((flipped(value),), (), (value, value), (value[:31],), (value + b"\0",), (b"",)):
                changed = [*rest[0], *wrong, *rest[1]]
                assert _refuses_consistency(old, new, changed, before=before, after=after)


@pytest.mark.parametrize("new", range(2, 34))
def test_consistency_proof_does_not_fit_a_changed_history(new: int) -> None:
    changed = [flipped(LEAVES[0]), *LEAVES[1:new]]
    for old in range(1, new):
        proof = consistency_proof(old, new, node)
        assert _refuses_consistency(old, new, proof, before=ROOTS[old], after=root(changed))
        assert _refuses_consistency(old, new, proof, before=root(changed[:old]), after=ROOTS[new])


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 5), (-1, 5), (6, 5)])
def test_consistency_from_nothing_or_backwards_is_refused(old: int, new: int) -> None:
    with pytest.raises(FormatError, match="no consistency proof"):
        verify_consistency(old=old, new=new, proof=[], old_root=EMPTY_ROOT, new_root=ROOTS[5])


def test_equal_sizes_with_two_roots_name_both() -> None:
    with pytest.raises(DigestMismatch) as caught:
        verify_consistency(old=5, new=5, proof=[], old_root=ROOTS[5], new_root=ROOTS[6])
    assert (caught.value.expected, caught.value.found) == (ROOTS[5], ROOTS[6])


def test_wrong_leaf_names_the_root_that_was_expected() -> None:
    with pytest.raises(DigestMismatch) as caught:
        verify_inclusion(LEAVES[1], index=0, size=1, proof=[], root=LEAVES[0])
    assert (caught.value.expected, caught.value.found) == (LEAVES[0], LEAVES[1])


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [(flipped(ROOTS[3]), ROOTS[7], "tree of 3"), (ROOTS[3], flipped(ROOTS[7]), "tree of 7")],
)
def test_failed_consistency_names_the_tree(before: bytes, after: bytes, said: str) -> None:
    with pytest.raises(DigestMismatch, match=said):
        verify_consistency(old=3, new=7, proof=consistency_proof(3, 7, node), old_root=before, new_root=after)


def test_proof_of_64_hashes_fits_the_largest_tree() -> None:
    over = LEAVES[0]
    for _ in range(64):
        over = node_hash(over, bytes(32))
    verify_inclusion(LEAVES[0], index=0, size=2**64, proof=[bytes(32)] * 64, root=over)


def test_proof_of_65_hashes_is_refused_unread() -> None:
    proof = [bytes(32)] * 65
    with pytest.raises(FormatError, match="longer than any tree"):
        verify_inclusion(LEAVES[0], index=0, size=2**65, proof=proof, root=ROOTS[1])
    with pytest.raises(FormatError, match="longer than any tree"):
        verify_consistency(old=1, new=2**65, proof=proof, old_root=ROOTS[1], new_root=ROOTS[2])


@given(st.integers(0, 2**70), st.integers(0, 2**70), st.lists(st.sampled_from(LEAVES), max_size=70))
def test_invented_proof_is_refused_and_never_crashes(a: int, b: int, proof: list[bytes]) -> None:
    assert _refuses_inclusion(a, b, proof, leaf=bytes(32), over=ROOTS[9])
    with pytest.raises(CustodyError):
        verify_consistency(old=a, new=b, proof=proof, old_root=bytes(32), new_root=ROOTS[9])
