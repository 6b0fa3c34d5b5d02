"""The network as the tests need it (ports.Web): one request after the other, on this computer alone."""

from collections.abc import Sequence
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from custody.errors import RemoteError
from custody.ports import WebAnswer, WebRequest

TIMEOUT_S = 10


class PlainWeb:
    """Asks servers with the standard library."""

    def ask(self, requests: Sequence[WebRequest]) -> list[WebAnswer | RemoteError]:
        return [_ask(request) for request in requests]


def _ask(request: WebRequest) -> WebAnswer | RemoteError:
    headers = {} if request.content_type is None else {"Content-Type": request.content_type}
    assert request.url.startswith("http://127.0.0.1:")
    try:
        opener = build_opener(ProxyHandler({}))
        with opener.open(Request(request.url, request.body, headers), timeout=TIMEOUT_S) as answer:
            return WebAnswer(answer.status, answer.headers.get_content_type(), answer.read(request.limit))
    except HTTPError as error:
        with error:
            return WebAnswer(error.code, error.headers.get_content_type(), error.read(request.limit))
    except URLError as error:
        return RemoteError(f"{request.url} does not answer: {error.reason}")
