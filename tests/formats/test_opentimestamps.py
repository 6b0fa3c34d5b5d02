"""Proofs are made, merged and upgraded as the format says; whatever else is handed over is refused, and fast."""

import hashlib
import random
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from opentimestamps.core.notary import BitcoinBlockHeaderAttestation, PendingAttestation
from opentimestamps.core.op import OpAppend, OpSHA256
from opentimestamps.core.serialize import BytesSerializationContext
from opentimestamps.core.timestamp import Timestamp

from custody.errors import FormatError, HeaderMismatch, UsageError, WorkTooSmall
from custody.formats.blockheader import HEADER_SIZE
from custody.formats.opentimestamps import (
    MAX_ANSWER,
    MAX_PROOF,
    Bitcoin,
    Pending,
    Unknown,
    calendar_request,
    digest_url,
    make_proof,
    parse_proof,
    timestamp_url,
    upgrade,
    upgrade_requests,
    verify_bitcoin,
)

DIGEST = hashlib.sha256(b"checkpoint").digest()
NONCE = bytes(range(16))
REQUEST = calendar_request(DIGEST, NONCE)
CALENDAR = "https://calendar.example"
MAGIC = b"\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94"
HEAD = MAGIC + b"\x01\x08" + DIGEST

PENDING_TAG = bytes.fromhex("83dfe30d2ef90c8e")
BITCOIN_TAG = bytes.fromhex("0588960d73d71901")
PENDING = b"\x00" + PENDING_TAG + b"\x19\x18" + CALENDAR.encode()
BITCOIN = b"\x00" + BITCOIN_TAG + b"\x03\xf7\xef\x15"  # block 358391
SHA256, SHA1, REVERSE, HEXLIFY = b"\x08", b"\x02", b"\xf2", b"\xf3"


def append(data: bytes) -> bytes:
    assert len(data) < 128
    return b"\xf0" + bytes([len(data)]) + data


def answer(salt: bytes = b"salt", uri: str = CALENDAR) -> bytes:
    """What a calendar answers to a request, written by the library."""
    stamp = Timestamp(REQUEST)
    stamp.ops.add(OpAppend(salt)).ops.add(OpSHA256()).attestations.add(PendingAttestation(uri))
    return written(stamp)


def written(stamp: Timestamp) -> bytes:
    writer = BytesSerializationContext()
    stamp.serialize(writer)
    data: bytes = writer.getbytes()
    return data


def confirmed(commitment: bytes, height: int) -> tuple[bytes, bytes]:
    """What a calendar answers about a commitment once it is in a block, and the block's merkle root."""
    stamp = Timestamp(commitment)
    root = stamp.ops.add(OpAppend(b"other leaf")).ops.add(OpSHA256())
    root.attestations.add(BitcoinBlockHeaderAttestation(height))
    return written(stamp), root.msg


def test_a_calendar_sees_a_digest_that_is_blinded() -> None:
    assert hashlib.sha256(DIGEST + NONCE).digest() == REQUEST


@pytest.mark.parametrize(
    ("digest", "nonce"), [(DIGEST[1:], NONCE), (DIGEST, NONCE[1:]), (DIGEST + b"0", NONCE), (b"", b"")]
)
def test_a_digest_or_nonce_of_another_size_is_refused(digest: bytes, nonce: bytes) -> None:
    with pytest.raises(FormatError, match="32 bytes is blinded with a nonce of 16"):
        calendar_request(digest, nonce)


@pytest.mark.parametrize("calendar", ["https://a.example/x", "https://a.example/x/"])
def test_addresses_lie_below_the_calendars(calendar: str) -> None:
    assert digest_url(calendar) == "https://a.example/x/digest"
    assert timestamp_url(calendar, b"\x01\xff") == "https://a.example/x/timestamp/01ff"


def test_a_proof_is_its_head_the_blinding_and_the_answer() -> None:
    assert make_proof(DIGEST, NONCE, answer()) == HEAD + append(NONCE) + SHA256 + answer()


def test_a_proof_leads_from_the_digest_to_the_commitment() -> None:
    proof = parse_proof(make_proof(DIGEST, NONCE, answer(b"salt")))
    commitment = hashlib.sha256(REQUEST + b"salt").digest()
    assert (proof.hash_name, proof.digest) == ("sha256", DIGEST)
    assert proof.attestations == (Pending(CALENDAR, commitment, upgraded=False),)
    assert proof.state == "pending"


def test_two_answers_are_one_proof_in_either_order() -> None:
    first, second = answer(b"one"), answer(b"two", "https://other.example")
    proof = parse_proof(make_proof(DIGEST, NONCE, first, second))
    assert [one.uri for one in proof.attestations if isinstance(one, Pending)] == [CALENDAR, "https://other.example"]
    assert make_proof(DIGEST, NONCE, second, first) == proof.encoded


def test_no_answer_makes_no_proof() -> None:
    with pytest.raises(FormatError, match="no calendar's answer"):
        make_proof(DIGEST, NONCE)


@pytest.mark.parametrize(
    "given",
    [b"", b"\x00", b"<html>", PENDING[:-1], PENDING + b"\n", b"\xff" + PENDING, bytes(MAX_ANSWER + 1), HEAD + PENDING],
)
def test_an_answer_that_is_no_timestamp_is_refused(given: bytes) -> None:
    with pytest.raises(FormatError, match=r"not a timestamp as calendars give|a calendar's answer of more than"):
        make_proof(DIGEST, NONCE, given)


def test_an_answer_is_as_long_as_the_reference_client_would_read_and_no_longer() -> None:
    step = b"\xf0\x81\x02" + bytes(257) + SHA256
    fits = step * ((MAX_ANSWER - len(PENDING)) // len(step)) + PENDING
    assert parse_proof(make_proof(DIGEST, NONCE, fits)).state == "pending"
    with pytest.raises(FormatError, match="of more than 10000 bytes"):
        make_proof(DIGEST, NONCE, step + fits)


def test_a_confirmation_is_added_and_the_promise_stays() -> None:
    proof = parse_proof(make_proof(DIGEST, NONCE, answer()))
    [(uri, commitment)] = upgrade_requests(proof)
    given, root = confirmed(commitment, 900_000)
    upgraded = parse_proof(upgrade(proof, uri, commitment, given))
    assert upgraded.attestations == (Pending(CALENDAR, commitment, upgraded=True), Bitcoin(900_000, root))
    assert (upgraded.state, upgrade_requests(upgraded)) == ("bitcoin", ())


def test_a_confirmation_by_one_calendar_leaves_the_other_to_be_asked() -> None:
    proof = parse_proof(make_proof(DIGEST, NONCE, answer(b"one"), answer(b"two", "http://other.example")))
    uri, commitment = upgrade_requests(proof)[0]
    given, _ = confirmed(commitment, 900_000)
    upgraded = parse_proof(upgrade(proof, uri, commitment, given))
    assert [one for one, _ in upgrade_requests(upgraded)] == ["http://other.example"]


def test_the_same_confirmation_twice_changes_nothing() -> None:
    proof = parse_proof(make_proof(DIGEST, NONCE, answer()))
    [(uri, commitment)] = upgrade_requests(proof)
    given, _ = confirmed(commitment, 900_000)
    upgraded = parse_proof(upgrade(proof, uri, commitment, given))
    assert upgrade(upgraded, uri, commitment, given) == upgraded.encoded


@pytest.mark.parametrize(
    ("uri", "flip"), [(CALENDAR, 1), ("https://other.example", 0), ("https://calendar.example?a", 0)]
)
def test_what_is_not_pending_there_is_not_upgraded(uri: str, flip: int) -> None:
    proof = parse_proof(make_proof(DIGEST, NONCE, answer()))
    commitment = bytearray(upgrade_requests(proof)[0][1])
    commitment[0] ^= flip
    given, _ = confirmed(bytes(commitment), 900_000)
    with pytest.raises(UsageError, match="nothing pending"):
        upgrade(proof, uri, bytes(commitment), given)


def test_an_answer_that_breaks_off_at_any_byte_upgrades_nothing() -> None:
    proof = parse_proof(make_proof(DIGEST, NONCE, answer()))
    [(uri, commitment)] = upgrade_requests(proof)
    given, _ = confirmed(commitment, 900_000)
    for stop in range(len(given)):
        with pytest.raises(FormatError):
            upgrade(proof, uri, commitment, given[:stop])


def test_proofs_that_are_too_deep_only_together_are_refused() -> None:
    proof = parse_proof(make_proof(DIGEST, NONCE, SHA256 * 200 + PENDING))
    [(uri, commitment)] = upgrade_requests(proof)
    with pytest.raises(FormatError, match="too many steps in a row"):
        upgrade(proof, uri, commitment, SHA1 + SHA256 * 200 + BITCOIN)


def test_only_web_addresses_are_to_be_asked() -> None:
    for uri in ("ftp://calendar.example", "file:///etc/passwd", "HTTP://calendar.example", "calendar.example", ""):
        assert upgrade_requests(parse_proof(make_proof(DIGEST, NONCE, answer(uri=uri)))) == ()


def test_a_header_of_another_root_does_not_match() -> None:
    with pytest.raises(HeaderMismatch, match="the header given for Bitcoin block 5 has another merkle root"):
        verify_bitcoin(Bitcoin(5, bytes(32)), b"\x01" * HEADER_SIZE)


def test_a_message_that_is_no_root_does_not_match() -> None:
    with pytest.raises(HeaderMismatch):
        verify_bitcoin(Bitcoin(5, bytes(31)), bytes(72) + b"\xff\xff\x7f\x20" + bytes(4))


def test_a_header_made_in_a_moment_is_refused() -> None:
    for nonce in range(64):  # one in two meets the easiest difficulty that can be written
        easy = bytes(72) + b"\xff\xff\x7f\x20" + nonce.to_bytes(4, "little")
        with pytest.raises(WorkTooSmall):
            verify_bitcoin(Bitcoin(5, bytes(32)), easy)


def test_a_proof_cut_at_any_byte_is_refused() -> None:
    data = make_proof(DIGEST, NONCE, answer(b"one"), answer(b"two", "https://other.example"))
    for stop in range(len(data)):
        with pytest.raises(FormatError):
            parse_proof(data[:stop])


@pytest.mark.parametrize(
    ("tail", "why"),
    [
        pytest.param(PENDING + b"\x00", "something follows its end", id="something behind"),
        pytest.param(SHA256 * 300 + PENDING, "too many steps in a row", id="too deep"),
        pytest.param(SHA256 * 60_000 + PENDING, "too many steps in a row", id="much too deep"),
        pytest.param((b"\xff" + SHA256 + PENDING) * 1_500 + PENDING, "parts", id="one step many times"),
        pytest.param(b"".join(b"\xff" + append(n.to_bytes(2, "big")) + BITCOIN for n in range(2_500)) + BITCOIN,
                     "parts", id="many branches"),
        pytest.param(HEXLIFY * 8 + PENDING, "a step or attestation", id="a result that grows"),
        pytest.param(b"\xf0\xff\xff\xff\xff\xff\xff\xff\x7f", "a part of", id="a length beyond all"),
        pytest.param(b"\xf0" + b"\xff" * 60_000, "a number that is too long", id="a number without end"),
        pytest.param(b"\xf0" + b"\x80" * 60_000, "a number that is too long", id="a zero without end"),
        pytest.param(b"\xf0\x00" + PENDING, "a part of 0 bytes", id="nothing appended"),
        pytest.param(b"\xf0\x81\x00a" + PENDING, "the one way", id="a number spelled longer"),
        pytest.param(b"\xff" + PENDING + PENDING, "the one way", id="one attestation twice"),
        pytest.param(b"\xff" + SHA256 + PENDING + PENDING, "the one way", id="in another order"),
        pytest.param(b"\xff" * 60_000, "a step or attestation", id="forks of forks"),
        pytest.param(b"\xaa", "a step or attestation", id="a step that is not known"),
        pytest.param(b"\x00" + PENDING_TAG + b"\x05\x04a?b!", "a step or attestation", id="an address with a query"),
        pytest.param(b"\x00" + PENDING_TAG + b"\x05\x03abcd", "a step or attestation", id="an address and more"),
        pytest.param(b"\x00" + PENDING_TAG + b"\x02\x01\xff", "a step or attestation", id="an address that is no text"),
        pytest.param(b"\x00" + BITCOIN_TAG + b"\x05" + b"\xff" * 4 + b"\x7f", "a Bitcoin block beyond",
                     id="a far block"),
        pytest.param(b"\x00" + BITCOIN_TAG + b"\x80\x40" + b"\xff" * 8_191 + b"\x7f", "a Bitcoin block beyond",
                     id="a height of 57,000 bits"),
        pytest.param(b"\x00" + BITCOIN_TAG + b"\x04\xf7\xef\x95\x00", "the one way", id="a height spelled longer"),
    ],
)  # fmt: skip
def test_a_hostile_proof_is_refused_at_once(tail: bytes, why: str) -> None:
    started = time.perf_counter()
    with pytest.raises(FormatError, match=why):
        parse_proof((HEAD + tail)[:MAX_PROOF])
    assert time.perf_counter() - started < 2  # seconds; it takes milliseconds


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "breaks off"),
        (bytes(MAX_PROOF + 1), "larger than 65536 bytes"),
        (bytes(MAX_PROOF), "does not begin as one"),
        (MAGIC + b"\x02\x08" + DIGEST + PENDING, "of version 1"),
        (MAGIC + b"\x01\xf3" + DIGEST + PENDING, "a step or attestation"),
        (MAGIC + b"\x01\xf0\x01a" + DIGEST + PENDING, "a step or attestation"),
        (MAGIC + b"\x81\x00\x08" + DIGEST + PENDING, "the one way"),
        (b"\n" + HEAD + PENDING, "does not begin as one"),
    ],
)
def test_what_has_no_head_of_a_proof_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        parse_proof(data)


def test_a_proof_of_many_large_results_is_read_in_moderate_time() -> None:
    fill = b"\xf0\xa0\x1f" + bytes(4_000)
    branches = [append(n.to_bytes(1, "big")) + b"\x00" + bytes(8) + b"\x00" for n in range(200)]
    data = HEAD + fill + b"".join(b"\xff" + one for one in branches[:-1]) + branches[-1]
    started = time.perf_counter()
    assert len(parse_proof(data).attestations) == 200
    assert time.perf_counter() - started < 2


def test_attestations_of_other_kinds_are_unknown() -> None:
    litecoin = bytes.fromhex("06869a0d73d71b45")
    proof = parse_proof(HEAD + b"\xff\x00" + bytes(8) + b"\x03abc" + b"\x00" + litecoin + b"\x01\x05")
    assert proof.attestations == (Unknown(bytes(8), DIGEST), Unknown(litecoin, DIGEST))
    assert (proof.state, proof.bitcoin, upgrade_requests(proof)) == ("unknown", (), ())


def test_a_reversed_message_is_followed_without_a_warning() -> None:
    proof = parse_proof(HEAD + REVERSE + BITCOIN)
    assert proof.attestations == (Bitcoin(358_391, DIGEST[::-1]),)
    assert parse_proof(make_proof(DIGEST, NONCE, REVERSE + BITCOIN)).bitcoin == (Bitcoin(358_391, REQUEST[::-1]),)


def test_a_proof_that_is_read_deep_in_a_program_is_read_or_refused() -> None:
    data = HEAD + SHA256 * 250 + PENDING
    found = set()

    def down(levels: int) -> bool:
        if levels:
            return down(levels - 1)
        try:
            return parse_proof(data).encoded == data
        except FormatError as error:
            return "too many steps in a row" not in error.message

    for levels in range(0, sys.getrecursionlimit() - 300, 50):
        found.add(down(levels))
    assert found == {True, False}


def test_flipped_bytes_are_read_and_written_as_they_are_or_refused() -> None:
    data = make_proof(DIGEST, NONCE, answer(b"one"), answer(b"two", "https://other.example"))
    chosen = random.Random(5)
    for _ in range(3_000):
        changed = bytearray(data)
        for _ in range(chosen.choice([1, 1, 1, 2, 8])):
            changed[chosen.randrange(len(changed))] = chosen.randrange(256)
        try:
            proof = parse_proof(bytes(changed))
        except FormatError:
            continue
        assert proof.encoded == bytes(changed)


def test_a_hash_that_this_computer_lacks_is_named_as_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(name: str, data: bytes) -> object:
        raise ValueError(f"unsupported hash type {name}")

    monkeypatch.setattr(hashlib, "new", lacking)
    with pytest.raises(FormatError, match="that can be followed here: a hash that this computer lacks"):
        parse_proof(HEAD + b"\x03" + PENDING)


def test_equal_proofs_are_equal_values() -> None:
    first, second = (parse_proof(make_proof(DIGEST, NONCE, answer())) for _ in range(2))
    assert first == second
    assert replace(first, digest=bytes(32)) != second


@pytest.mark.parametrize(
    "act",
    [
        lambda: parse_proof(HEAD + PENDING),
        lambda: make_proof(DIGEST, NONCE, PENDING),
    ],
)
def test_without_the_library_it_is_said_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]
) -> None:
    monkeypatch.setitem(sys.modules, "opentimestamps.core.notary", None)
    with pytest.raises(UsageError) as caught:
        act()
    assert caught.value.hint == "pip install custody-recorder[opentimestamps]"
