"""A header is 80 bytes that meet the difficulty that they state, and not an easier one than is believed."""

import hashlib
from datetime import UTC, datetime

import pytest

from custody.errors import FormatError, HeaderMismatch, WorkTooSmall
from custody.formats.blockheader import (
    DIFFICULTY_1,
    MAX_TARGET,
    check_work,
    hash_url,
    header_url,
    parse_block_hash,
    parse_header,
    parse_served_header,
)

GENESIS = bytes.fromhex(
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3"
    "888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c"
)
HASH = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"


def _with_bits(bits: int) -> bytes:
    return GENESIS[:72] + bits.to_bytes(4, "little") + GENESIS[76:]


def test_the_fields_of_a_header_are_where_the_protocol_puts_them() -> None:
    header = parse_header(GENESIS)
    assert header.shown_hash == HASH
    assert header.merkle_root == GENESIS[36:68]
    assert header.time == datetime(2009, 1, 3, 18, 15, 5, tzinfo=UTC)
    assert header.target == DIFFICULTY_1


@pytest.mark.parametrize("size", [0, 1, 79, 81, 160, 1_000_000])
def test_a_header_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(FormatError, match="80 bytes"):
        parse_header(bytes(size))


# 0x04923456 is Bitcoin's own example of a negative target; 0x21010000 is 2^256.
@pytest.mark.parametrize(
    "bits", [0, 0x1D000000, 0x01800000, 0x04923456, 0x1DFFFFFF, 0x21010000, 0xFF7FFFFF, 0x02000001]
)
def test_bits_that_stand_for_no_target_are_refused(bits: int) -> None:
    with pytest.raises(FormatError, match="no target"):
        parse_header(_with_bits(bits))


@pytest.mark.parametrize(
    ("bits", "target"),
    [
        (0x1D00FFFF, 0xFFFF << 208),
        (0x207FFFFF, 0x7FFFFF << 232),
        (0x05009234, 0x92340000),
        (0x04123456, 0x12345600),
        (0x03123456, 0x123456),
        (0x02123456, 0x1234),
        (0x01120000, 0x12),
    ],
)
def test_bits_are_a_floating_point_number(bits: int, target: int) -> None:
    assert parse_header(_with_bits(bits)).target == target


def test_a_header_that_states_a_difficulty_and_does_not_meet_it_is_refused() -> None:
    hard = parse_header(_with_bits(0x17000001))
    assert hard.target < MAX_TARGET
    with pytest.raises(WorkTooSmall, match="does not meet the difficulty that it states"):
        check_work(hard)


def test_a_header_changed_in_any_byte_has_no_work_left() -> None:
    for place in range(72):  # what follows is the difficulty itself, and the nonce
        changed = bytearray(GENESIS)
        changed[place] ^= 1
        with pytest.raises(WorkTooSmall):
            check_work(parse_header(bytes(changed)), max_target=DIFFICULTY_1)


def test_a_target_at_the_limit_will_do_and_one_beyond_it_will_not() -> None:
    header = parse_header(GENESIS)
    check_work(header, max_target=header.target)
    with pytest.raises(WorkTooSmall):
        check_work(header, max_target=header.target - 1)


def test_the_limit_is_ten_to_the_thirteenth() -> None:
    assert DIFFICULTY_1 // MAX_TARGET == 10**13


@pytest.mark.parametrize("explorer", ["https://blocks.example/api", "https://blocks.example/api/"])
def test_an_explorer_is_asked_for_a_hash_and_then_for_its_header(explorer: str) -> None:
    assert hash_url(explorer, 358391) == "https://blocks.example/api/block-height/358391"
    assert header_url(explorer, HASH) == f"https://blocks.example/api/block/{HASH}/header"


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_an_explorers_answers_are_read(end: bytes) -> None:
    found = parse_block_hash(HASH.encode() + end)
    assert found == HASH
    assert parse_served_header(GENESIS.hex().encode() + end, found) == GENESIS


def _bad(text: str) -> list[bytes]:
    good = text.encode()
    return [
        *(good[:stop] for stop in range(len(good))),
        good + b"0",
        good + b"\n\n",
        b"\n" + good,
        good + b"\r\n",
        good.upper(),
        good.replace(b"0", "０".encode()),
        good[:-1] + b"\xff",
        b"<!DOCTYPE html><title>502 Bad Gateway</title>",
        b"Block not found",
        b"0" * 1_000_000,
    ]


def test_an_answer_that_is_no_hash_is_refused() -> None:
    for answer in _bad(HASH):
        with pytest.raises(FormatError, match="not the hash of a block"):
            parse_block_hash(answer)


def test_an_answer_that_is_no_header_is_refused() -> None:
    for answer in _bad(GENESIS.hex()):
        with pytest.raises(FormatError, match="not the header of a block"):
            parse_served_header(answer, HASH)


def test_the_header_of_another_block_is_refused() -> None:
    other = hashlib.sha256(b"other").hexdigest()
    with pytest.raises(HeaderMismatch, match=f"the header of block {HASH} for block {other}"):
        parse_served_header(GENESIS.hex().encode(), other)
