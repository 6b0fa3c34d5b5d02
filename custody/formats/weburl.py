"""Addresses of servers (RFC 3986) as people type them: only plain ones, on which all parsers agree.

Resolves no name and asks nobody.
"""

import re
from urllib.parse import urlsplit

from custody.errors import FormatError

MAX_URL = 200  # characters
_PLAIN = re.compile(r"[!#-;=?-\[\]_a-z~]+")  # ASCII without space, quotes, <, >, \, ^, `, {, |, }
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?|\[[0-9A-Fa-f:.]+\]")


def check_url(text: str) -> str:
    """The address itself, if it is a plain one: http or https, a host, no user name, no fragment, at most MAX_URL long.

    Raises FormatError otherwise.
    """
    if len(text) > MAX_URL:
        raise FormatError(f"an address of {len(text)} characters; at most {MAX_URL} are used")
    if not _PLAIN.fullmatch(text):
        raise FormatError(
            "an address with characters that no address has",
            "give it in plain letters, as in https://tsa.example/; for a name in other letters its form with xn--",
        )
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise FormatError("an address that cannot be read", "give it as in https://tsa.example/") from error
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise FormatError(
            "an address that begins neither with http:// nor with https://", "give it as in https://tsa.example/"
        )
    if "@" in parts.netloc:
        raise FormatError("an address with a user name in it", "leave out what stands before the @")
    host = parts.netloc.rpartition(":")[0] if port is not None else parts.netloc
    if not _HOST.fullmatch(host) or port == 0:
        raise FormatError("an address without a host that can be one")
    if "#" in text:
        raise FormatError("an address with a # in it, which no server sees")
    return text


def server_of(url: str) -> str:
    """Which server a checked address names: `tsa.example`, `127.0.0.1:8080`."""
    return urlsplit(url).netloc
