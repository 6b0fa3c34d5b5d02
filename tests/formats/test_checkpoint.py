"""Checkpoints: three lines, one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.errors import FormatError
from custody.formats.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from custody.formats.encoding import MAX_DECIMAL_DIGITS, format_base64
from tests.formats.values import nearly, read_back

ORIGIN = "custody/" + "cd" * 32
ROOT = format_base64(bytes(range(32)))

checkpoints = st.builds(
    Checkpoint,
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1),
    st.integers(0, 10**MAX_DECIMAL_DIGITS - 1),
    st.binary(min_size=32, max_size=32),
)


@given(checkpoints)
def test_checkpoint_is_read_back(checkpoint: Checkpoint) -> None:
    assert parse_checkpoint(format_checkpoint(checkpoint)) == checkpoint


@given(nearly(f"{ORIGIN}\n1234\n{ROOT}\n".encode()))
def test_text_that_is_read_is_written_alike(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    found = read_back(data, lambda _: parse_checkpoint(text), lambda read: format_checkpoint(read).encode())
    assert found in (text.encode(), None)


def test_checkpoint_is_spelt_out() -> None:
    assert format_checkpoint(Checkpoint(ORIGIN, 7, bytes(range(32)))) == f"{ORIGIN}\n7\n{ROOT}\n"


@pytest.mark.parametrize(
    "size",
    ["", "-1", "-0", "+3", "03", "00", " 3", "3 ", "3_0", "3.0", "1e3", "0x3", "３", "٣", "1٣", "1" * 21, "three"],
)
def test_size_in_another_spelling_is_refused(size: str) -> None:
    with pytest.raises(FormatError, match="plain decimal"):
        parse_checkpoint(f"{ORIGIN}\n{size}\n{ROOT}\n")


@pytest.mark.parametrize(
    "root",
    [
        pytest.param("", id="nothing"),
        pytest.param(format_base64(b"\0"), id="one byte"),
        pytest.param(format_base64(bytes(31)), id="31 bytes"),
        pytest.param(format_base64(bytes(33)), id="33 bytes"),
        pytest.param(bytes(32).hex(), id="hexadecimal"),
        pytest.param(ROOT.rstrip("="), id="no padding"),
        pytest.param(ROOT[:-2] + "9=", id="stray bits"),
        pytest.param(format_base64(b"\xff" * 32).replace("/", "_"), id="url alphabet"),
        pytest.param(ROOT + " ", id="space after"),
    ],
)
def test_root_that_is_not_one_is_refused(root: str) -> None:
    with pytest.raises(FormatError):
        parse_checkpoint(f"{ORIGIN}\n5\n{root}\n")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("\n\n\n", id="three empty lines"),
        pytest.param(f"\n5\n{ROOT}\n", id="no origin"),
        pytest.param(f"5\n{ROOT}\n", id="no origin line"),
        pytest.param(f"{ORIGIN}\n5\n", id="no root"),
        pytest.param(f"{ORIGIN}\n5\n{ROOT}", id="no line feed at the end"),
        pytest.param(f"{ORIGIN}\n5\n{ROOT}\n\n", id="empty line at the end"),
        pytest.param(f"{ORIGIN}\n5\n{ROOT}\nextension\n", id="extension line"),
        pytest.param(f"{ORIGIN}\n5\n{ROOT}\nextension", id="bytes after"),
        pytest.param(f"\n{ORIGIN}\n5\n{ROOT}\n", id="empty line before"),
        pytest.param(f"{ORIGIN}\n\n5\n{ROOT}\n", id="empty line between"),
        pytest.param(f"{ORIGIN}\r\n5\r\n{ROOT}\r\n", id="CRLF"),
        pytest.param(f"{ORIGIN}\n{ROOT}\n5\n", id="lines in another order"),
        pytest.param(f"{ORIGIN}\u20285\u2028{ROOT}\u2028", id="line separators"),
    ],
)
def test_other_than_three_lines_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_checkpoint(text)


@pytest.mark.parametrize(("origin", "size", "root"), [("", 1, 32), ("a\nb", 1, 32), ("a", -1, 32), ("a", 1, 31)])
def test_what_three_lines_cannot_say_is_no_checkpoint(origin: str, size: int, root: int) -> None:
    with pytest.raises(FormatError):
        Checkpoint(origin, size, bytes(root))
