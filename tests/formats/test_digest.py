"""Digests in one pass, against hashlib over the whole."""

import array
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.errors import FormatError
from custody.formats.digest import EXTRA_ALGORITHMS, Digester, Digests


def _expected(data: bytes, extra: tuple[str, ...] = ()) -> Digests:
    return Digests(hashlib.sha256(data).digest(), len(data), {name: hashlib.new(name, data).digest() for name in extra})


@given(st.lists(st.binary(max_size=300)), st.lists(st.sampled_from(EXTRA_ALGORITHMS), unique=True).map(tuple))
def test_pieces_give_the_digests_of_the_whole(pieces: list[bytes], extra: tuple[str, ...]) -> None:
    digester = Digester(extra)
    for piece in pieces:
        digester.update(piece)
    assert digester.finish() == _expected(b"".join(pieces), extra)


def test_nothing_has_the_digests_of_nothing() -> None:
    assert Digester(EXTRA_ALGORITHMS).finish() == _expected(b"", EXTRA_ALGORITHMS)


def test_digests_stand_in_the_order_that_was_asked_for() -> None:
    assert list(Digester(("sha512", "md5")).finish().extra) == ["sha512", "md5"]


def test_more_than_a_buffer_is_digested() -> None:
    data = bytes(range(256)) * 20_000
    digester = Digester(EXTRA_ALGORITHMS)
    for start in range(0, len(data), 262_144):
        digester.update(memoryview(data)[start : start + 262_144])
    assert digester.finish() == _expected(data, EXTRA_ALGORITHMS)


def test_size_counts_bytes_not_elements() -> None:
    numbers = array.array("I", range(100))
    digester = Digester()
    digester.update(memoryview(numbers))
    assert digester.finish() == _expected(numbers.tobytes())


def test_digests_so_far_do_not_end_the_stream() -> None:
    digester = Digester(("md5",))
    digester.update(b"a")
    assert digester.finish() == _expected(b"a", ("md5",))
    digester.update(b"b")
    assert digester.finish() == _expected(b"ab", ("md5",))


@pytest.mark.parametrize("name", ["sha256", "MD5", "sha3_256", "blake2b", "", "md5 "])
def test_other_algorithms_are_refused(name: str) -> None:
    with pytest.raises(FormatError, match="no such extra digest"):
        Digester(("md5", name))
