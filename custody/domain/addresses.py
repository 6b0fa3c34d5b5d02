"""Where authorities and witnesses are asked, as a case names them. Addresses only: whom a reader trusts is theirs."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from custody.errors import FormatError
from custody.formats.weburl import check_url

Kind = Literal["opentimestamps", "rfc3161", "witness"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MAX_ADDRESSES = 16  # of one case; each is asked at every stamping
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Address:
    """A server that is asked: what the case calls it, what it speaks, and where it is. Raises FormatError."""

    name: str
    kind: Kind
    url: str

    def __post_init__(self) -> None:
        check_name(self.name)
        check_url(self.url)


def check_name(name: str) -> None:
    """Raise FormatError for what cannot be the name of an authority."""
    if _NAME.fullmatch(name) is None:
        raise FormatError(
            f"{name[:40]!r} cannot be the name of an authority",
            "use up to 32 small letters, digits and hyphens, such as digicert",
        )
