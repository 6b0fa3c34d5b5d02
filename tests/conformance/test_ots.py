"""The reference client's own OpenTimestamps proofs, and real Bitcoin headers: read, written again, and believed."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from custody.errors import FormatError, HeaderMismatch, WorkTooSmall
from custody.formats.blockheader import DIFFICULTY_1, check_work, parse_header
from custody.formats.opentimestamps import (
    Attestation,
    Bitcoin,
    Pending,
    Proof,
    Unknown,
    parse_proof,
    upgrade_requests,
    verify_bitcoin,
)
from tests.conformance.published import files

PROOFS = [path for path in files("ots", "*.ots") if "/invalid/" not in path]

# Block 358391, and its hash as explorers show it. The header vouches for itself: 67 leading zero bits, and the root
# that hello-world.txt.ots leads to.
BLOCK_358391 = bytes.fromhex(
    "02000000b96394585a281b7e5f438fd1c9ed492645a1fd61cb3802040000000000000000007ee445d23ad061af4a36b809501fab1ac4f2d7"
    "e7a739817dd0cbb7ec661b8a1e376755f58616186272def6"
)
HASH_358391 = "000000000000000003e892881a8cdcdc117c06d444057c98b6f04a9ee75a2319"
DIFFICULTY_2015 = DIFFICULTY_1 // 48_000_000_000

# A block of September 2023, at a difficulty of 5.4 * 10^13, and the very first one.
BLOCK_2023 = bytes.fromhex(
    "00001733539613a8d931b08f0d3f746879572a6d3e12623b16d20000000000000000000034f521522fba52c2c5c75609d261b490ee620661"
    "319ab23c68f24d756ff4ced801230265ae32051718d9aadb"
)
BLOCK_0 = bytes.fromhex(
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3"
    "888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c"
)


def _proof(vectors: Path, name: str) -> Proof:
    return parse_proof((vectors / "ots" / name).read_bytes())


@pytest.mark.parametrize("path", PROOFS)
def test_a_published_proof_is_read_and_is_spelled_in_the_one_way(vectors: Path, path: str) -> None:
    assert parse_proof((vectors / path).read_bytes()).attestations


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("bad-major-version.ots", "of version 1"),
        ("exceeds-max-msg-length.ots", "a step or attestation that is not allowed"),
        ("invalid-file-digest-type.ots", "a step or attestation that is not allowed"),
    ],
)
def test_an_invalid_proof_is_refused(vectors: Path, name: str, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        _proof(vectors, f"invalid/{name}")


@pytest.mark.parametrize("path", PROOFS)
def test_a_proof_is_of_the_file_beside_it(vectors: Path, path: str) -> None:
    proof = _proof(vectors, path.removeprefix("ots/"))
    beside = vectors / path.removesuffix(".ots")
    if beside.is_file():
        assert (proof.hash_name, hashlib.sha256(beside.read_bytes()).digest()) == ("sha256", proof.digest)


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_proof_of_a_sha1_is_of_both_files_that_collide(vectors: Path, name: str) -> None:
    proof = _proof(vectors, "sha1/a-or-b.ots")
    digest = hashlib.sha1((vectors / "ots/sha1" / name).read_bytes()).digest()
    assert (proof.hash_name, proof.digest) == ("sha1", digest)


def _kinds(attestations: tuple[Attestation, ...]) -> list[str | int | bytes]:
    found: list[str | int | bytes] = []
    for one in attestations:
        match one:
            case Pending():
                found.append(one.uri)
            case Bitcoin():
                found.append(one.height)
            case Unknown():
                found.append(one.tag)
    return found


ALICE = "https://alice.btc.calendar.opentimestamps.org"
BOB = "https://bob.btc.calendar.opentimestamps.org"
UNKNOWN = bytes(range(1, 9))
ETHEREUM = bytes.fromhex("30fe8087b5c7ead7")


@pytest.mark.parametrize(
    ("name", "state", "attestations"),
    [
        ("hello-world.txt.ots", "bitcoin", [358391]),
        ("bad-stamp.txt.ots", "bitcoin", [358391]),
        ("incomplete.txt.ots", "pending", [ALICE]),
        ("two-calendars.txt.ots", "pending", [ALICE, BOB]),
        ("unknown-notary.txt.ots", "unknown", [UNKNOWN]),
        ("known-and-unknown-notary.txt.ots", "pending", [BOB, UNKNOWN]),
        (
            "different-blockchains.txt.ots",
            "bitcoin",
            ["https://eth.ots.eternitywall.com", ETHEREUM, "https://ots.eternitywall.it", 455605],
        ),
        ("gdp2q25-2nd.pdf.ots", "bitcoin", [912095]),
    ],
)
def test_a_published_proof_claims_what_it_claims(
    vectors: Path, name: str, state: str, attestations: list[str | int | bytes]
) -> None:
    proof = _proof(vectors, name)
    assert (proof.state, _kinds(proof.attestations)) == (state, attestations)


def test_a_proof_of_two_calendars_is_upgraded_at_both(vectors: Path) -> None:
    proof = _proof(vectors, "two-calendars.txt.ots")
    assert [(uri, commitment.hex()) for uri, commitment in upgrade_requests(proof)] == [
        (ALICE, "57d46515fdd8c2334c77b1f204338bb2178d73e523988d7dcda13259d3a099f31623755deadd66b1688d5574"),
        (BOB, "57d4651676e9ac3b3b57c1584828ea5162979c96483a03c87c69a1b8614d1cbaf387e0f5647b90ea1b270a97"),
    ]


def test_a_calendar_that_led_to_a_bitcoin_block_is_not_asked_again(vectors: Path) -> None:
    proof = _proof(vectors, "different-blockchains.txt.ots")
    assert [uri for uri, _ in upgrade_requests(proof)] == ["https://eth.ots.eternitywall.com"]


def test_the_header_of_block_358391_verifies_its_proof(vectors: Path) -> None:
    [attestation] = _proof(vectors, "hello-world.txt.ots").bitcoin
    assert parse_header(BLOCK_358391).shown_hash == HASH_358391
    found = verify_bitcoin(attestation, BLOCK_358391, max_target=DIFFICULTY_2015)
    assert found == datetime(2015, 5, 28, 15, 41, 18, tzinfo=UTC)


def test_a_proof_that_leads_elsewhere_does_not_match_the_header(vectors: Path) -> None:
    [attestation] = _proof(vectors, "bad-stamp.txt.ots").bitcoin
    with pytest.raises(HeaderMismatch, match=r"expected 921f81b9.*, found 007ee445"):
        verify_bitcoin(attestation, BLOCK_358391, max_target=DIFFICULTY_2015)


def test_a_header_of_2015_took_too_little_work_for_a_timestamp_of_today(vectors: Path) -> None:
    [attestation] = _proof(vectors, "hello-world.txt.ots").bitcoin
    with pytest.raises(WorkTooSmall, match=r"a difficulty of 4\.881e\+10 only, and 1e\+13 is the least"):
        verify_bitcoin(attestation, BLOCK_358391)


def test_a_header_of_2023_took_enough_work() -> None:
    attestation = Bitcoin(807_500, parse_header(BLOCK_2023).merkle_root)
    assert verify_bitcoin(attestation, BLOCK_2023) == datetime(2023, 9, 13, 21, 0, 49, tzinfo=UTC)


def test_the_first_block_meets_the_difficulty_of_its_day_and_not_of_ours() -> None:
    header = parse_header(BLOCK_0)
    assert header.shown_hash == "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
    check_work(header, max_target=DIFFICULTY_1)
    with pytest.raises(WorkTooSmall, match="a difficulty of 1 only"):
        check_work(header)
