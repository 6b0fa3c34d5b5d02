"""File names: whatever a file system held comes back, and has one spelling."""

import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.errors import FormatError
from custody.formats.canonical import Json, encode, parse
from custody.formats.encoding import format_base64
from custody.formats.names import format_name, parse_name

units = st.lists(
    st.integers(1, 0xFFFF) | st.integers(0xD800, 0xDFFF) | st.sampled_from((0xD83D, 0xDE02, 0x2F, 0xFFFE)), max_size=12
).map(lambda found: b"".join(unit.to_bytes(2, "little") for unit in found))
posix_names = st.binary(max_size=40).map(lambda raw: raw.replace(b"\0", b"").decode("utf-8", "surrogateescape"))
windows_names = units.map(lambda raw: raw.decode("utf-16-le", "surrogatepass"))


@given(posix_names)
def test_posix_name_is_read_back(name: str) -> None:
    assert parse_name(parse(encode(format_name(name)))) == name


@given(windows_names)
def test_windows_name_is_read_back(name: str) -> None:
    assert parse_name(parse(encode(format_name(name, windows=True)))) == name


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_valid_unicode_is_text_on_either_system(name: str) -> None:
    assert format_name(name) == format_name(name, windows=True) == {"text": name}


@pytest.mark.skipif(sys.platform == "win32", reason="file names are UTF-16 on Windows")
@given(st.binary(max_size=40))
def test_posix_name_keeps_its_exact_bytes(raw: bytes) -> None:
    assert os.fsencode(parse_name(format_name(os.fsdecode(raw)))) == raw


@pytest.mark.parametrize(
    ("name", "windows", "value"),
    [
        ("фото 2.jpg", False, {"text": "фото 2.jpg"}),
        ("a\nb", False, {"text": "a\nb"}),
        ("caf\udce9", False, {"bytes": format_base64(b"caf\xe9")}),
        ("\udced\udca0\udc80", False, {"bytes": format_base64(b"\xed\xa0\x80")}),
        ("a\ud800b", True, {"utf16": format_base64(b"a\0\0\xd8b\0")}),
        ("a\udce9", True, {"utf16": format_base64(b"a\0\xe9\xdc")}),
    ],
)
def test_name_is_spelt_out(name: str, windows: bool, value: Json) -> None:
    assert format_name(name, windows=windows) == value


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({}, id="nothing"),
        pytest.param("name", id="bare text"),
        pytest.param(None, id="null"),
        pytest.param([{"text": "a"}], id="list"),
        pytest.param({"text": "a", "bytes": "AA=="}, id="two spellings at once"),
        pytest.param({"text": "a", "note": "b"}, id="extra member"),
        pytest.param({"utf16": "ANg=", "windows": True}, id="extra member beside utf16"),
        pytest.param({"name": "a"}, id="another member"),
        pytest.param({"text": 1}, id="text that is a number"),
        pytest.param({"text": None}, id="text that is null"),
        pytest.param({"bytes": [1]}, id="bytes that are a list"),
        pytest.param({"bytes": format_base64(b"plain")}, id="bytes that are text"),
        pytest.param({"bytes": ""}, id="no bytes"),
        pytest.param({"bytes": format_base64("é".encode())}, id="bytes that are text beyond ASCII"),
        pytest.param({"bytes": "_w=="}, id="bytes in the url alphabet"),
        pytest.param({"bytes": "/w"}, id="bytes without padding"),
        pytest.param({"bytes": "/x=="}, id="bytes with stray bits"),
        pytest.param({"utf16": format_base64("plain".encode("utf-16-le"))}, id="UTF-16 that is text"),
        pytest.param({"utf16": format_base64("😂".encode("utf-16-le"))}, id="UTF-16 with a whole pair"),
        pytest.param({"utf16": format_base64(b"\0\xd8\0")}, id="half a unit"),
        pytest.param({"utf16": ""}, id="no units"),
        pytest.param({"text": "\udce9"}, id="text with an undecodable byte"),
        pytest.param({"text": "\ud800"}, id="text with a lone surrogate"),
    ],
)
def test_another_spelling_is_refused(value: Json) -> None:
    with pytest.raises(FormatError):
        parse_name(value)


def test_surrogate_that_stands_for_no_byte_is_refused() -> None:
    with pytest.raises(FormatError, match="stands for no byte"):
        format_name("a\ud800")
