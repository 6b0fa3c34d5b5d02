"""Asks servers over HTTP, all at once and each within a deadline. Believes no answer, and keeps nothing of a server's.

No redirect is followed: an authority that moved is for a person to see. A name that cannot be resolved may take as long
as the system's resolver takes, which has a limit of its own.
"""

import asyncio
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from custody.errors import FormatError, RemoteError
from custody.formats.certificates import printable
from custody.formats.encoding import format_base64
from custody.formats.weburl import check_url, server_of
from custody.ports import WebAnswer, WebRequest

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

DEADLINE = 20.0  # seconds for one request, from the look-up of the name to the last byte
MAX_AT_ONCE = 16  # connections beside one another; more requests wait for these, within their own deadline
CHUNK = 16 * 1024  # bytes
MAX_MEDIA_TYPE = 100  # characters

AGAIN = "try again later; nothing that was recorded depends on it"


class HttpWeb:
    """The port Web. `agent` is what servers are told of this program, `deadline` in seconds for each request."""

    def __init__(self, agent: str, *, deadline: float = DEADLINE) -> None:
        self._agent = agent
        self._deadline = deadline

    def ask(self, requests: Sequence[WebRequest]) -> list[WebAnswer | RemoteError]:
        """As the port says: what went wrong with one request is its result, and stops no other."""
        return asyncio.run(self._ask(requests)) if requests else []

    async def _ask(self, requests: Sequence[WebRequest]) -> list[WebAnswer | RemoteError]:
        import aiohttp

        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=MAX_AT_ONCE, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._deadline),
            # Unpacked, a small answer could fill the memory before its size is known.
            headers={"User-Agent": self._agent, "Accept-Encoding": "identity"},
            auto_decompress=False,
            # Not trust_env: besides proxies it would look up passwords for the server in ~/.netrc.
            trust_env=False,
        ) as session:
            return list(await asyncio.gather(*(self._one(session, request) for request in requests)))

    async def _one(self, session: "ClientSession", request: WebRequest) -> WebAnswer | RemoteError:
        import aiohttp

        try:
            server = server_of(check_url(request.url))
        except FormatError as error:
            return RemoteError(f"a server cannot be asked: {error.message}", error.hint)
        headers = {"Content-Type": request.content_type} if request.content_type else {}
        try:
            proxy, login = _proxy(request.url)
            async with session.request(
                "GET" if request.body is None else "POST",
                request.url,
                data=request.body,
                # An unencrypted request goes to the proxy itself; before an encrypted one it is asked for a tunnel.
                headers=headers | (login if request.url.startswith("http:") else {}),
                proxy=proxy,
                proxy_headers=login,
                allow_redirects=False,
            ) as response:
                return await _answer(response, server, request.limit)
        except TimeoutError:
            return RemoteError(f"{server} did not answer within {self._deadline:g} seconds", AGAIN)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return _trouble(server, error)


async def _answer(response: "ClientResponse", server: str, limit: int) -> WebAnswer | RemoteError:
    body = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK):
        body += chunk
        if len(body) > limit:
            response.close()
            return RemoteError(
                f"{server} sent more than the {limit} bytes that such an answer has",
                "check its address: this may be another server",
            )
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return WebAnswer(response.status, printable(media_type, MAX_MEDIA_TYPE), bytes(body))


def _trouble(server: str, error: Exception) -> RemoteError:
    """In plain words: what people can do differs, and the library's words are for programmers."""
    import aiohttp

    match error:
        case aiohttp.ClientConnectorCertificateError():
            return RemoteError(
                f"{server} did not show that it is {server}: its certificate is not one that this computer trusts",
                "a network that asks for a log-in does this too; use another network, or check the address",
            )
        case aiohttp.ClientSSLError():
            return RemoteError(f"no encrypted connection to {server} came about", "check the address and the network")
        case aiohttp.ClientConnectorDNSError():
            return RemoteError(
                f"the server {server} was not found",
                "this computer may be offline: then try again later; otherwise check the address",
            )
        case aiohttp.ClientConnectorError():
            refused = isinstance(error.os_error, ConnectionRefusedError)
            why = "it refuses connections" if refused else os.strerror(error.os_error.errno or 0)
            return RemoteError(f"{server} could not be reached: {why}", AGAIN)
        case aiohttp.ClientPayloadError() | aiohttp.ServerDisconnectedError() | ConnectionError():
            return RemoteError(f"{server} broke off before its answer was whole", AGAIN)
        case _:
            return RemoteError(
                f"{server} gave no answer that can be read ({type(error).__name__})",
                "check the address, or try again later",
            )


def _proxy(url: str) -> tuple[str | None, dict[str, str]]:
    """The system's proxy for this address (`http_proxy`, `no_proxy`, settings of Windows and macOS), and its log-in."""
    target = urlsplit(url)
    found = getproxies().get(target.scheme)
    if not found or proxy_bypass(target.hostname or ""):
        return None, {}
    parts = urlsplit(found if "://" in found else f"http://{found}")
    proxy = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    if not parts.username:
        return proxy, {}
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return proxy, {"Proxy-Authorization": f"Basic {format_base64(login.encode())}"}
