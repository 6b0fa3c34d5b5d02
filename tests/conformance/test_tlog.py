"""tessera's own test log: entries in, and every published leaf hash, root and signed checkpoint must come out."""

from itertools import pairwise
from pathlib import Path

import pytest

from custody.errors import SignatureMismatch
from custody.formats.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from custody.formats.merkle import (
    HASH_SIZE,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    root_at,
    verify_consistency,
    verify_inclusion,
)
from custody.formats.note import Note, NoteSignature, format_note, open_note, parse_note, parse_vkey
from tests.oracles import merkle as oracle

# Published beside the log, in tessera's testdata/build_log.sh.
LOG_KEY = parse_vkey("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
SIZES = range(16)
PARTIAL = range(1, 16)  # widths of the partial tiles and bundles; the empty log has neither


def _entries(bundle: bytes) -> list[bytes]:
    """The entries of a bundle: each after its length in two bytes, big-endian (C2SP tlog-tiles, "Log Entries")."""
    entries = []
    while bundle:
        stop = 2 + int.from_bytes(bundle[:2], "big")
        assert len(bundle) >= stop
        entries.append(bundle[2:stop])
        bundle = bundle[stop:]
    return entries


def _bundle(vectors: Path, width: int) -> list[bytes]:
    return _entries((vectors / "tlog/tile/entries/000.p" / str(width)).read_bytes())


def _checkpoint(vectors: Path, size: int) -> Checkpoint:
    note = parse_note((vectors / "tlog" / f"checkpoint.{size}").read_bytes())
    return parse_checkpoint(open_note(note, [LOG_KEY]))


class _Tree:
    """Every node of the full log, kept as appending gives them."""

    def __init__(self, leaves: list[bytes]) -> None:
        self._nodes: dict[tuple[int, int], bytes] = {}
        frontier = Frontier()
        for position, leaf in enumerate(leaves):
            for level, value in enumerate(frontier.append(leaf)):
                self._nodes[level, position >> level] = value

    def node(self, level: int, index: int) -> bytes:
        return self._nodes[level, index]


@pytest.fixture
def leaves(vectors: Path) -> list[bytes]:
    return [leaf_hash(entry) for entry in _bundle(vectors, 15)]


@pytest.fixture
def tree(leaves: list[bytes]) -> _Tree:
    return _Tree(leaves)


def test_all_sixteen_roots_follow_from_the_entries(vectors: Path) -> None:
    computed = [root(leaf_hash(entry) for entry in _bundle(vectors, 15)[:size]) for size in SIZES]
    assert computed == [_checkpoint(vectors, size).root for size in SIZES]


def test_all_sixteen_roots_follow_from_stored_nodes(vectors: Path, tree: _Tree) -> None:
    assert [root_at(size, tree.node) for size in SIZES] == [_checkpoint(vectors, size).root for size in SIZES]


def test_reference_tree_gives_the_published_roots(vectors: Path) -> None:
    computed = [oracle.tree_hash(_bundle(vectors, 15)[:size]) for size in SIZES]
    assert computed == [_checkpoint(vectors, size).root for size in SIZES]


def test_checkpoints_state_their_origin_and_size(vectors: Path) -> None:
    found = [(c.origin, c.size) for c in (_checkpoint(vectors, size) for size in SIZES)]
    assert found == [("example.com/log/testdata", size) for size in SIZES]


@pytest.mark.parametrize("width", PARTIAL)
def test_entry_bundle_is_a_prefix_of_the_full_one(vectors: Path, width: int) -> None:
    assert _bundle(vectors, width) == _bundle(vectors, 15)[:width]


@pytest.mark.parametrize("width", PARTIAL)
def test_tile_holds_our_leaf_hashes(vectors: Path, leaves: list[bytes], width: int) -> None:
    tile = (vectors / "tlog/tile/0/000.p" / str(width)).read_bytes()
    assert tile == b"".join(leaves[:width])
    assert len(tile) == width * HASH_SIZE


def test_every_leaf_has_a_proof_in_every_published_tree(vectors: Path, leaves: list[bytes], tree: _Tree) -> None:
    for size in SIZES:
        published = _checkpoint(vectors, size).root
        for index in range(size):
            proof = inclusion_proof(index, size, tree.node)
            verify_inclusion(leaves[index], index=index, size=size, proof=proof, root=published)


def test_every_published_tree_extends_every_smaller_one(vectors: Path, tree: _Tree) -> None:
    roots = {size: _checkpoint(vectors, size).root for size in SIZES}
    for new in SIZES:
        for old in range(1, new + 1):
            proof = consistency_proof(old, new, tree.node)
            verify_consistency(old=old, new=new, proof=proof, old_root=roots[old], new_root=roots[new])


@pytest.mark.parametrize("size", SIZES)
def test_checkpoint_is_written_as_published(vectors: Path, size: int) -> None:
    published = (vectors / "tlog" / f"checkpoint.{size}").read_bytes()
    note = parse_note(published)
    text = format_checkpoint(parse_checkpoint(note.unverified_text))
    assert format_note(Note(text, note.signatures)) == published


def test_the_newest_checkpoint_is_the_largest(vectors: Path) -> None:
    assert (vectors / "tlog/checkpoint").read_bytes() == (vectors / "tlog/checkpoint.15").read_bytes()


@pytest.mark.parametrize(("signed", "shown"), list(pairwise(SIZES)))
def test_signature_of_one_checkpoint_does_not_fit_the_next(vectors: Path, signed: int, shown: int) -> None:
    signatures: tuple[NoteSignature, ...] = parse_note(
        (vectors / "tlog" / f"checkpoint.{signed}").read_bytes()
    ).signatures
    with pytest.raises(SignatureMismatch):
        open_note(Note(format_checkpoint(_checkpoint(vectors, shown)), signatures), [LOG_KEY])
