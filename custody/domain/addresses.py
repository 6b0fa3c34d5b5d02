"""Where authorities and witnesses are asked, as a case names them. Addresses only: whom a reader trusts is theirs."""

import re
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlsplit

from custody.errors import FormatError

Kind = Literal["opentimestamps", "rfc3161", "witness"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MAX_ADDRESSES = 16  # of one case; each is asked at every stamping
MAX_URL = 200  # characters
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Address:
    """A server that is asked: what the case calls it, what it speaks, and where it is."""

    name: str
    kind: Kind
    url: str

    def __post_init__(self) -> None:
        check_name(self.name)


def check_name(name: str) -> None:
    """Raise FormatError for what cannot be the name of an authority."""
    if _NAME.fullmatch(name) is None:
        raise FormatError(
            f"{name[:40]!r} cannot be the name of an authority",
            "use up to 32 small letters, digits and hyphens, such as digicert",
        )


def check_url(url: str) -> None:
    """Raise FormatError for what is no address of a server: it names a host, over http or https, and nobody's password.

    RFC 3986; printable ASCII only, so that what is shown is what is asked.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    fine = parts.scheme in ("http", "https") and parts.hostname and port != 0 and not (parts.username or parts.password)
    if not fine or parts.fragment or len(url) > MAX_URL or not all("!" <= one <= "~" for one in url):
        raise FormatError(f"{url[:60]!r} is not the address of a server", "such as http://timestamp.example.org/tsa")
