"""Asking servers: every way in which one can fail is an answer in plain words, within the deadline."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from custody import __version__, bootstrap
from custody.adapters.web import HttpWeb
from custody.errors import RemoteError
from custody.ports import WebAnswer, WebRequest
from tests.servers.web import Fault, Reply, Seen, Server

LIMIT = 10_000
AGENT = "custody/test"

Servers = Callable[..., Server]


@pytest.fixture
def servers() -> Iterator[Servers]:
    """`servers(fault=…)` is a server that says back what it is sent."""

    def echo(seen: Seen) -> Reply:
        return Reply(seen.body or b"hello", "Text/Plain; charset=utf-8")

    with ExitStack() as running:
        yield lambda answer=echo, **settings: running.enter_context(Server(answer, **settings))


def _ask(*requests: WebRequest, deadline: float = 5) -> list[WebAnswer | RemoteError]:
    return HttpWeb(AGENT, deadline=deadline).ask(requests)


def _refusal(request: WebRequest, *, deadline: float = 5) -> str:
    (answer,) = _ask(request, deadline=deadline)
    assert isinstance(answer, RemoteError)
    return answer.message


def _server(server: Server) -> str:
    return server.url.removeprefix("http://").rstrip("/")


def test_body_is_posted_and_the_answer_is_returned(servers: Servers) -> None:
    server = servers()
    assert _ask(WebRequest(server.url, LIMIT, b"\x00body", "application/timestamp-query")) == [
        WebAnswer(200, "text/plain", b"\x00body")
    ]
    assert (server.requests[0].method, server.requests[0].headers["content-type"]) == (
        "POST",
        "application/timestamp-query",
    )


def test_nothing_to_send_is_a_get(servers: Servers) -> None:
    server = servers()
    assert _ask(WebRequest(server.url + "crl?a=b", LIMIT)) == [WebAnswer(200, "text/plain", b"hello")]
    assert (server.requests[0].method, server.requests[0].path) == ("GET", "/crl?a=b")


def test_server_is_told_the_program_and_nothing_of_the_person(servers: Servers) -> None:
    server = servers()
    _ask(WebRequest(server.url, LIMIT, b"x"))
    assert server.requests[0].headers.keys() == {
        "host",
        "accept",
        "accept-encoding",
        "connection",
        "user-agent",
        "content-type",
        "content-length",
    }
    assert server.requests[0].headers["user-agent"] == AGENT


def test_program_says_its_name_and_version(servers: Servers) -> None:
    server = servers()
    bootstrap.web().ask([WebRequest(server.url, LIMIT)])
    assert server.requests[0].headers["user-agent"] == f"custody/{__version__}"


def test_nobody_to_ask_is_no_answer() -> None:
    assert _ask() == []


@pytest.mark.parametrize("status", [201, 400, 404, 409, 503])
def test_other_status_is_an_answer(servers: Servers, status: int) -> None:
    server = servers(lambda _: Reply(b"why", "text/plain", status))
    assert _ask(WebRequest(server.url, LIMIT, b"x")) == [WebAnswer(status, "text/plain", b"why")]


def test_page_with_status_500_is_an_answer_for_who_asks_to_refuse(servers: Servers) -> None:
    (answer,) = _ask(WebRequest(servers(fault=Fault.ERROR_PAGE).url, LIMIT, b"x"))
    assert isinstance(answer, WebAnswer)
    assert (answer.status, answer.content_type) == (500, "text/html")


@pytest.mark.parametrize("body", [None, b"x"])
def test_redirect_is_not_followed(servers: Servers, body: bytes | None) -> None:
    elsewhere = servers()
    server = servers(fault=Fault.REDIRECT)
    server.elsewhere = elsewhere.url
    assert _ask(WebRequest(server.url, LIMIT, body)) == [WebAnswer(307, "", b"")]
    assert elsewhere.requests == []


def test_answers_come_in_the_order_of_the_questions_and_a_failure_stops_none(servers: Servers) -> None:
    good, down, bad = servers(), servers(fault=Fault.REFUSED), servers(fault=Fault.GARBAGE)
    answers = _ask(*(WebRequest(one.url, LIMIT, b"x") for one in (down, good, bad)))
    assert [type(one) for one in answers] == [RemoteError, WebAnswer, WebAnswer]


def test_servers_are_asked_beside_one_another(servers: Servers) -> None:
    def late(_: Seen) -> Reply:
        time.sleep(0.3)
        return Reply(b"late")

    requests = [WebRequest(servers(late).url, LIMIT, b"x") for _ in range(4)]
    start = time.monotonic()
    assert _ask(*requests) == [WebAnswer(200, "application/octet-stream", b"late")] * 4
    assert time.monotonic() - start < 0.9


def test_each_server_is_asked_once(servers: Servers) -> None:
    server = servers(fault=Fault.CUT)
    _ask(WebRequest(server.url, LIMIT, b"x" * 100))
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.SLOW])
def test_server_that_takes_too_long_is_given_up(servers: Servers, fault: Fault) -> None:
    server = servers(fault=fault)
    start = time.monotonic()
    said = _refusal(WebRequest(server.url, LIMIT, b"x" * 200), deadline=0.3)
    assert said == f"{_server(server)} did not answer within 0.3 seconds"
    assert time.monotonic() - start < 2


def test_server_that_is_down_is_said(servers: Servers) -> None:
    server = servers(fault=Fault.REFUSED)
    assert _refusal(WebRequest(server.url, LIMIT)) == f"{_server(server)} could not be reached: it refuses connections"


def test_answer_without_end_is_broken_off(servers: Servers) -> None:
    server = servers(fault=Fault.ENDLESS)
    assert "more than the 10000 bytes" in _refusal(WebRequest(server.url, LIMIT, b"x"))


def test_answer_of_the_limit_is_read_and_one_byte_more_is_not(servers: Servers) -> None:
    server = servers()
    assert _ask(WebRequest(server.url, 100, b"x" * 100)) == [WebAnswer(200, "text/plain", b"x" * 100)]
    assert "more than the 100 bytes" in _refusal(WebRequest(server.url, 100, b"x" * 101))


def test_packed_answer_is_not_unpacked(servers: Servers) -> None:
    def packed(seen: Seen) -> Reply:
        import gzip

        return Reply(gzip.compress(bytes(1_000_000)))

    (answer,) = _ask(WebRequest(servers(packed).url, LIMIT, b"x"))
    assert isinstance(answer, WebAnswer)
    assert len(answer.body) < LIMIT


def test_answer_cut_short_is_none(servers: Servers) -> None:
    server = servers(fault=Fault.CUT)
    assert _refusal(WebRequest(server.url, LIMIT, b"x" * 100)) == (
        f"{_server(server)} broke off before its answer was whole"
    )


def test_unencrypted_server_under_https_is_said(servers: Servers) -> None:
    server = servers()
    assert "no encrypted connection" in _refusal(WebRequest(server.url.replace("http:", "https:"), LIMIT, b"x"))


def test_name_that_nobody_has_is_said() -> None:
    assert _refusal(WebRequest("http://nobody.invalid/", LIMIT)) == "the server nobody.invalid was not found"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://user:word@host/", "http://host/\r\nX: y", ""])
def test_address_that_is_none_is_not_asked(url: str) -> None:
    assert _refusal(WebRequest(url, LIMIT)).startswith("a server cannot be asked")


def test_words_of_an_error_say_nothing_of_the_address_beyond_its_server(servers: Servers) -> None:
    server = servers(fault=Fault.REFUSED)
    assert "secret" not in _refusal(WebRequest(server.url + "secret", LIMIT))


def test_proxy_of_the_environment_is_used(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = servers()
    monkeypatch.setenv("http_proxy", proxy.url.replace("//", "//me:word@"))
    assert _ask(WebRequest("http://tsa.invalid/tsr", LIMIT)) == [WebAnswer(200, "text/plain", b"hello")]
    assert (proxy.requests[0].path, proxy.requests[0].headers["proxy-authorization"]) == (
        "http://tsa.invalid/tsr",
        "Basic bWU6d29yZA==",
    )


def test_proxy_is_left_out_where_the_environment_says_so(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, server = servers(), servers()
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    _ask(WebRequest(server.url, LIMIT))
    assert (len(proxy.requests), len(server.requests)) == (0, 1)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "http://[", "http://127.0.0.1:port", "nonsense://"])
def test_proxy_that_cannot_be_used_is_a_failure_and_no_crash(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    assert "tsa.invalid" in _refusal(WebRequest("http://tsa.invalid/", LIMIT))


def test_passwords_kept_for_other_programs_are_not_sent(
    servers: Servers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "netrc"
    file.write_text("machine 127.0.0.1 login me password word\n")
    file.chmod(0o600)
    monkeypatch.setenv("NETRC", str(file))
    server = servers()
    _ask(WebRequest(server.url, LIMIT))
    assert "authorization" not in server.requests[0].headers
