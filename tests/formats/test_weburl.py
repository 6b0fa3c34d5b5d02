"""Addresses: the plain ones are taken as they are, and every other is refused."""

import pytest

from custody.errors import FormatError
from custody.formats.weburl import MAX_URL, check_url, server_of


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("https://freetsa.example/tsr", "freetsa.example"),
        ("http://tsa.example", "tsa.example"),
        ("http://127.0.0.1:8080/", "127.0.0.1:8080"),
        ("http://[::1]:8080/a?b=c&d=%20", "[::1]:8080"),
        ("http://[2001:db8::1]/", "[2001:db8::1]"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("https://tsa.example./", "tsa.example."),
        ("http://t/" + "a" * (MAX_URL - 9), "t"),
    ],
)
def test_plain_address_is_taken(url: str, server: str) -> None:
    assert server_of(check_url(url)) == server


@pytest.mark.parametrize(
    "url",
    [
        "",
        "tsa.example",
        "//tsa.example/",
        "ftp://tsa.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https:tsa.example",
        "https://",
        "https:///path",
        "https://user@tsa.example/",
        "https://user:word@tsa.example/",
        "https://good.example@bad.example/",
        "https://tsa.example:port/",
        "https://tsa.example:0/",
        "https://tsa.example:65536/",
        "https://tsa.example:/",
        "https://tsa.example/#part",
        "https://tsa.example/#",
        "https://tsa.example/a b",
        "https://tsa.example/\n",
        "https://tsa.example/\r\nHost: other",
        "https://tsa.example\\@bad.example/",
        "https://tsa.example/\x1b[2J",
        "https://tsa.example/\u202e",
        "https://b\u00fccher.example/",
        "https://.example/",
        "https://-tsa.example/",
        "https://[::1/",
        "https://[zz]/",
        "https://%65xample/",
        "http://t/" + "a" * (MAX_URL - 8),
    ],
)
def test_address_that_is_not_plain_is_refused(url: str) -> None:
    with pytest.raises(FormatError):
        check_url(url)
