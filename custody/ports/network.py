"""The only way out onto the network: requests and what servers answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from custody.errors import RemoteError


@dataclass(frozen=True, slots=True)
class WebRequest:
    """One request over HTTP or HTTPS. `limit` is the most bytes of an answer that are read; a GET has no body."""

    url: str
    limit: int
    body: bytes | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """What a server answered, unverified: status code, media type (lower case, no parameters) and body."""

    status: int
    content_type: str
    body: bytes


def body_of(answer: WebAnswer | RemoteError, who: str) -> bytes:
    """The body of an answer that says that it is one (status 200); `who` was asked. Raises RemoteError."""
    if isinstance(answer, RemoteError):
        raise answer
    if answer.status != 200:
        raise RemoteError(f"{who} answered with the status {answer.status}", "ask again later, or check the address")
    return answer.body


class Web(Protocol):
    """Asks servers. The only way out onto the network."""

    def ask(self, requests: Sequence[WebRequest]) -> list[WebAnswer | RemoteError]:
        """Ask all at once, beside one another; for each the answer, or why there is none. In bounded time."""
        ...
