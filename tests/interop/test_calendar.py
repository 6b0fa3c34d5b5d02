"""From a digest to a verified block over HTTP: a calendar of the library's own making, and an explorer beside it."""

import secrets
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from custody.errors import FormatError, HeaderMismatch, WorkTooSmall
from custody.formats.blockheader import hash_url, header_url, parse_block_hash, parse_served_header
from custody.formats.opentimestamps import (
    MAX_ANSWER,
    Proof,
    calendar_request,
    digest_url,
    make_proof,
    parse_proof,
    timestamp_url,
    upgrade,
    upgrade_requests,
    verify_bitcoin,
)
from tests.servers.calendar import BLOCK_TIME, EASY_TARGET, Calendar, Fault, mine

HEIGHT = 976_000
DIGEST = bytes(range(32))


@pytest.fixture
def calendar() -> Iterator[Calendar]:
    with Calendar() as made:
        yield made


def _ask(url: str, body: bytes | None = None, *, patience: float = 5) -> bytes:
    request = urllib.request.Request(url, data=body, headers={"Accept": "application/vnd.opentimestamps.v1"})
    with urllib.request.urlopen(request, timeout=patience) as reply:
        data: bytes = reply.read(MAX_ANSWER + 1)
        return data


def _stamp(*calendars: Calendar, digest: bytes = DIGEST) -> Proof:
    nonce = secrets.token_bytes(16)
    request = calendar_request(digest, nonce)
    return parse_proof(make_proof(digest, nonce, *(_ask(digest_url(one.url), request) for one in calendars)))


def _upgraded(proof: Proof) -> Proof:
    for uri, commitment in upgrade_requests(proof):
        proof = parse_proof(upgrade(proof, uri, commitment, _ask(timestamp_url(uri, commitment))))
    return proof


def _header(calendar: Calendar) -> bytes:
    block_hash = parse_block_hash(_ask(hash_url(calendar.url, HEIGHT)))
    return parse_served_header(_ask(header_url(calendar.url, block_hash)), block_hash)


def test_a_stamp_is_pending_at_its_calendar_which_never_saw_the_digest(calendar: Calendar) -> None:
    proof = _stamp(calendar)
    assert (proof.state, [uri for uri, _ in upgrade_requests(proof)]) == ("pending", [calendar.url])
    assert calendar.posted != [DIGEST]


def test_a_calendar_says_that_it_waits_for_a_block(calendar: Calendar) -> None:
    [(uri, commitment)] = upgrade_requests(_stamp(calendar))
    with pytest.raises(urllib.error.HTTPError) as caught:
        _ask(timestamp_url(uri, commitment))
    assert (caught.value.code, caught.value.read()) == (404, b"Pending confirmation in Bitcoin blockchain")
    caught.value.close()


@pytest.mark.parametrize("others", [0, 1, 6])
def test_a_stamp_is_upgraded_and_verified_by_the_header_of_its_block(calendar: Calendar, others: int) -> None:
    for number in range(others):
        _stamp(calendar, digest=bytes([number]) * 32)
    proof = _stamp(calendar)
    calendar.confirm(HEIGHT)
    upgraded = _upgraded(proof)
    [attestation] = upgraded.bitcoin
    assert (upgraded.digest, attestation.height) == (DIGEST, HEIGHT)
    assert verify_bitcoin(attestation, _header(calendar), max_target=EASY_TARGET) == datetime.fromtimestamp(
        BLOCK_TIME, UTC
    )


def test_one_of_two_calendars_is_enough(calendar: Calendar) -> None:
    with Calendar() as other:
        proof = _stamp(calendar, other)
        other.confirm(HEIGHT)
        [(uri, commitment)] = [one for one in upgrade_requests(proof) if one[0] == other.url]
        proof = parse_proof(upgrade(proof, uri, commitment, _ask(timestamp_url(uri, commitment))))
        verify_bitcoin(proof.bitcoin[0], _header(other), max_target=EASY_TARGET)
    assert [uri for uri, _ in upgrade_requests(proof)] == [calendar.url]


def test_the_header_of_another_block_does_not_verify_a_stamp(calendar: Calendar) -> None:
    proof = _stamp(calendar)
    calendar.confirm(HEIGHT)
    [attestation] = _upgraded(proof).bitcoin
    with pytest.raises(HeaderMismatch):
        verify_bitcoin(attestation, mine(bytes(32)), max_target=EASY_TARGET)


def test_a_block_that_was_mined_in_a_moment_is_refused_by_the_ordinary_limit(calendar: Calendar) -> None:
    proof = _stamp(calendar)
    header = calendar.confirm(HEIGHT)
    [attestation] = _upgraded(proof).bitcoin
    with pytest.raises(WorkTooSmall):
        verify_bitcoin(attestation, header)


def test_a_header_that_is_not_that_of_the_hash_is_refused(calendar: Calendar) -> None:
    _stamp(calendar)
    calendar.confirm(HEIGHT)
    calendar.fault = "other header"
    with pytest.raises(HeaderMismatch, match="the explorer gave the header of block"):
        _header(calendar)


@pytest.mark.parametrize("fault", ["garbage", "page"])
def test_an_answer_that_is_no_timestamp_makes_no_proof_and_upgrades_none(calendar: Calendar, fault: Fault) -> None:
    proof = _stamp(calendar)
    calendar.confirm(HEIGHT)
    calendar.fault = fault
    with pytest.raises(FormatError):
        _stamp(calendar)
    with pytest.raises(FormatError):
        _upgraded(proof)
    with pytest.raises(FormatError):
        _header(calendar)


def test_a_calendar_that_fails_or_is_slow_is_felt_as_such(calendar: Calendar) -> None:
    calendar.fault = "error"
    with pytest.raises(urllib.error.HTTPError) as caught:
        _stamp(calendar)
    caught.value.close()
    calendar.fault = "slow"
    with pytest.raises(TimeoutError):
        _ask(digest_url(calendar.url), bytes(32), patience=0.05)
