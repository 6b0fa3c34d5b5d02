"""transparency-dev/merkle's proofs: one fault a file, and each file says whether it must be refused."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from custody.errors import CustodyError, FormatError, VerificationError
from custody.formats.merkle import verify_consistency, verify_inclusion
from tests.conformance.published import files

INCLUSION = files("merkle/inclusion", "*.json")
CONSISTENCY = files("merkle/consistency", "*.json")

# Published as acceptable, with two equal "roots" of 12 bytes: no tree has such a root, so here it is refused.
NO_HASHES = "merkle/consistency/additional/sizes-are-equal-one-and-proof-is-empty.json"

# An old size of 0 shows nothing, whatever roots and proof stand beside it. The first five have an empty proof: a
# verifier that says "every tree extends the empty one" falls for them.
TRAPS = (
    "additional/sizes-are-equal-zero-and-proof-is-empty",
    "additional/sizes-are-equal-zero-but-roots-are-not",
    "additional/size1-is-zero-and-does-not-equal-size2",
    "additional/size1-is-zero-and-size2-is-not-zero",
    "additional/roots-do-not-match-and-sizes-are-zero",
    "additional/sizes-match-but-proof-is-not-empty-and-sizes-are-zero",
    "additional/consistency-check-on-empty-tree-size1-is-zero-is-useless",
    "1/size1-sub-@1",
    "3/size1-XOR-@2",
)


def _read(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_bytes())
    assert isinstance(content, dict)
    return content


def _bytes(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def _check_inclusion(case: dict[str, Any]) -> None:
    verify_inclusion(
        _bytes(case["leafHash"]),
        index=case["leafIdx"],
        size=case["treeSize"],
        proof=[_bytes(value) for value in case["proof"] or ()],
        root=_bytes(case["root"]),
    )


def _check_consistency(case: dict[str, Any]) -> None:
    verify_consistency(
        old=case["size1"],
        new=case["size2"],
        proof=[_bytes(value) for value in case["proof"] or ()],
        old_root=_bytes(case["root1"]),
        new_root=_bytes(case["root2"]),
    )


@pytest.mark.parametrize("name", INCLUSION)
def test_inclusion_proof_is_judged_as_published(vectors: Path, name: str) -> None:
    case = _read(vectors / name)
    if not case["wantErr"]:
        _check_inclusion(case)
        return
    with pytest.raises((FormatError, VerificationError)):
        _check_inclusion(case)


@pytest.mark.parametrize("name", [name for name in CONSISTENCY if name != NO_HASHES])
def test_consistency_proof_is_judged_as_published(vectors: Path, name: str) -> None:
    case = _read(vectors / name)
    if not case["wantErr"]:
        _check_consistency(case)
        return
    with pytest.raises((FormatError, VerificationError)):
        _check_consistency(case)


@pytest.mark.parametrize("trap", TRAPS)
def test_consistency_from_size_zero_is_refused_for_its_size(vectors: Path, trap: str) -> None:
    case = _read(vectors / "merkle/consistency" / f"{trap}.json")
    assert case["size1"] == 0
    with pytest.raises(FormatError, match=f"no consistency proof from 0 to {case['size2']}"):
        _check_consistency(case)


def test_traps_are_all_the_published_proofs_from_size_zero(vectors: Path) -> None:
    found = {name for name in CONSISTENCY if _read(vectors / name)["size1"] == 0}
    assert found == {f"merkle/consistency/{trap}.json" for trap in TRAPS}


def test_accepted_proofs_are_the_published_happy_paths(vectors: Path) -> None:
    def accepted(name: str) -> bool:
        case = _read(vectors / name)
        try:
            if "leafIdx" in case:
                _check_inclusion(case)
            else:
                _check_consistency(case)
        except CustodyError:
            return False
        return True

    assert sorted(filter(accepted, INCLUSION + CONSISTENCY)) == [
        *(f"merkle/consistency/{number}/happy-path.json" for number in range(5)),
        *(f"merkle/inclusion/{number}/happy-path.json" for number in range(5)),
        "merkle/inclusion/single-entry/matching-root-and-leaf.json",
    ]


def test_equal_sizes_over_roots_that_are_no_hashes_are_refused(vectors: Path) -> None:
    case = _read(vectors / NO_HASHES)
    assert (case["wantErr"], len(_bytes(case["root1"]))) == (False, 12)
    with pytest.raises(FormatError, match="a hash has 32 bytes"):
        _check_consistency(case)


def test_every_published_file_is_tried(vectors: Path) -> None:
    everything = {str(p.relative_to(vectors).as_posix()) for p in (vectors / "merkle").rglob("*") if p.is_file()}
    assert everything == set(INCLUSION + CONSISTENCY)
