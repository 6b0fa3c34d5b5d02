"""What an earlier view of a ledger stands for, on small trees, against a slow tree of its own."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from custody.domain.heads import ClaimedHead, HeadMatch, LedgerHere, Outcome, find_head, roots
from custody.errors import FormatError
from custody.formats.checkpoint import Checkpoint, format_checkpoint
from custody.formats.merkle import leaf_hash
from tests.oracles.merkle import tree_hash

SIZE = 21
ENTRIES = [b"entry %d" % number for number in range(SIZE)]
OTHERS = [b"other %d" % number for number in range(9)]


def ledger(origin: str, entries: list[bytes]) -> LedgerHere:
    return LedgerHere(origin, len(entries), lambda size: tree_hash(entries[:size]), lambda: map(leaf_hash, entries))


def checkpoint(origin: str, size: int, root: bytes) -> ClaimedHead:
    return ClaimedHead("a checkpoint", origin=origin, size=size, root=root)


HERE = (ledger("custody/b", OTHERS), ledger("custody/a", ENTRIES))


def test_every_root_of_a_growing_tree_is_that_of_the_slow_tree() -> None:
    expected = [(size, tree_hash(ENTRIES[:size])) for size in range(1, SIZE + 1)]
    assert list(roots(map(leaf_hash, ENTRIES))) == expected


@pytest.mark.parametrize("size", range(1, SIZE + 1))
def test_a_checkpoint_of_any_earlier_size_is_found(size: int) -> None:
    root = tree_hash(ENTRIES[:size])
    found = find_head(checkpoint("custody/a", size, root), HERE)
    assert found == HeadMatch(Outcome.HERE, "custody/a", size, root)


@pytest.mark.parametrize("size", range(1, SIZE + 1))
def test_the_words_of_any_earlier_root_are_found(size: int) -> None:
    root = tree_hash(ENTRIES[:size])
    found = find_head(ClaimedHead("words", root_start=root[:11]), HERE)
    assert found == HeadMatch(Outcome.HERE, "custody/a", size, root)


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("size", [1, 2, 8, 13, SIZE])
def test_the_digest_of_any_earlier_checkpoint_is_found(size: int, algorithm: str) -> None:
    root = tree_hash(ENTRIES[:size])
    text = format_checkpoint(Checkpoint("custody/a", size, root))
    imprint = hashlib.new(algorithm, text.encode()).digest()
    found = find_head(ClaimedHead("a token", imprint=imprint, imprint_algorithm=algorithm), HERE)
    assert found == HeadMatch(Outcome.HERE, "custody/a", size, root)


@pytest.mark.parametrize("size", [SIZE + 1, 10**12])
def test_a_ledger_that_is_shorter_than_it_was_is_cut_off(size: int) -> None:
    found = find_head(checkpoint("custody/a", size, bytes(32)), HERE)
    assert found == HeadMatch(Outcome.CUT_OFF, "custody/a", size)


@pytest.mark.parametrize("size", [1, 8, SIZE])
def test_a_ledger_with_another_root_at_that_size_is_rewritten(size: int) -> None:
    found = find_head(checkpoint("custody/a", size, bytes(32)), HERE)
    assert found == HeadMatch(Outcome.REWRITTEN, "custody/a", size, tree_hash(ENTRIES[:size]))


@pytest.mark.parametrize(
    ("claim", "size"),
    [
        (checkpoint("custody/c", 3, tree_hash(ENTRIES[:3])), 3),
        (ClaimedHead("words", root_start=tree_hash([b"entry 0", b"changed"])[:11]), None),
        (ClaimedHead("a token", imprint=bytes(32), imprint_algorithm="sha256"), None),
    ],
)
def test_what_fits_to_no_ledger_is_another(claim: ClaimedHead, size: int | None) -> None:
    assert find_head(claim, HERE) == HeadMatch(Outcome.OTHER, claim.origin, size)


def test_the_imprint_of_a_checkpoint_of_another_ledger_with_the_same_root_does_not_fit() -> None:
    text = format_checkpoint(Checkpoint("custody/c", 3, tree_hash(ENTRIES[:3])))
    claim = ClaimedHead("a token", imprint=hashlib.sha256(text.encode()).digest(), imprint_algorithm="sha256")
    assert find_head(claim, HERE).outcome is Outcome.OTHER


def test_nothing_is_walked_for_a_checkpoint_and_not_more_than_needed_for_words() -> None:
    walked = []

    def leaves() -> Iterator[bytes]:
        for entry in ENTRIES:
            walked.append(entry)
            yield leaf_hash(entry)

    here = [LedgerHere("custody/a", SIZE, lambda size: tree_hash(ENTRIES[:size]), leaves)]
    find_head(checkpoint("custody/a", 5, bytes(32)), here)
    assert walked == []
    find_head(ClaimedHead("words", root_start=tree_hash(ENTRIES[:5])[:11]), here)
    assert walked == ENTRIES[:5]


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"origin": "custody/a", "root": bytes(32)},
        {"origin": "custody/a", "size": 3},
        {"root": bytes(32)},
        {"root_start": bytes(11), "imprint": bytes(32), "imprint_algorithm": "sha256"},
        {"imprint": bytes(20), "imprint_algorithm": "sha1"},
        {"imprint": bytes(32)},
    ],
)
def test_a_view_that_is_none_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(FormatError):
        ClaimedHead("a view", **members)
