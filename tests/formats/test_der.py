"""Lengths in DER: in the shortest form, and everything else."""

import pytest

from custody.errors import FormatError
from custody.formats.der import MAX_DEPTH, check_lengths, children


@pytest.mark.parametrize(
    "data",
    [b"\x05\x00", b"\x30\x00", b"\x30\x05\x02\x01\x07\x05\x00", b"\x04\x81\x80" + bytes(128), b"\xa0\x02\x05\x00"],
)
def test_der_passes(data: bytes) -> None:
    check_lengths(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x04\x01",
        b"\x04\x81\x01\x00",  # a longer spelling than needed
        b"\x04\x82\x00\x80" + bytes(128),
        b"\x30\x80\x05\x00\x00\x00",  # of indefinite length
        b"\x04\x85\x00\x00\x00\x00\x01\x00",
        b"\x05\x00\x05\x00",  # two values
        b"\x05\x00\x00",
        b"\x30\x03\x05\x00\x00",
        b"\x30\x04\x05\x00\x00\x00",  # zeros, as padding is
        b"\x30\x02\x04\x01",
        b"\x1f\x1f\x00",  # a tag of several bytes
        b"\x30\x01" * (MAX_DEPTH + 2),
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        check_lengths(data)


def test_depth_is_bounded() -> None:
    data = b""
    for _ in range(MAX_DEPTH + 2):
        data = b"\x30" + (bytes([len(data)]) if len(data) < 128 else b"\x81" + bytes([len(data)])) + data
    with pytest.raises(FormatError):
        check_lengths(data)


def test_the_members_of_a_sequence_are_given_with_their_heads() -> None:
    assert children(b"\x30\x05\x02\x01\x07\x05\x00") == [b"\x02\x01\x07", b"\x05\x00"]


@pytest.mark.parametrize("data", [b"\x04\x00", b"\x30\x00\x00", b"\x30\x02\x05"])
def test_what_holds_no_members_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        children(data)
