"""A small HTTP server in a thread, on 127.0.0.1 alone, that counts what it is asked and fails as it is told to."""

import enum
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

DRIP = 0.05  # seconds between two bytes of a slow answer
CHUNK = 64 * 1024


class Fault(enum.Enum):
    """How a server fails. REFUSED: nothing listens at its address."""

    SILENT = "never answers"
    SLOW = "a byte now and then"
    GARBAGE = "bytes that mean nothing"
    ERROR_PAGE = "a page of HTML with status 500"
    LOGIN_PAGE = "a page of HTML with status 200"
    ENDLESS = "a body without end"
    REDIRECT = "an address elsewhere"
    CUT = "half of the body, then the connection is closed"
    REFUSED = "no connection"


@dataclass(frozen=True)
class Seen:
    """One request, as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What to answer."""

    body: bytes
    content_type: str = "application/octet-stream"
    status: int = 200


PAGE = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body>Please log in.</body></html>"


class Server:
    """`with Server(answer) as server: server.url …`. `fault` can be set at any time."""

    def __init__(self, answer: Callable[[Seen], Reply], *, fault: Fault | None = None) -> None:
        self.answer = answer
        self.fault = fault
        self.elsewhere = "http://192.0.2.1/"  # where REDIRECT points: TEST-NET-1, which nobody has
        self.requests: list[Seen] = []
        self._closing = threading.Event()
        self._http = _Http(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/"

    def __enter__(self) -> Self:
        if self.fault is Fault.REFUSED:
            self._http.server_close()
        else:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        if self._thread.ident is not None:
            self._http.shutdown()
            self._thread.join()
            self._http.server_close()

    def respond(self, handler: BaseHTTPRequestHandler, seen: Seen) -> None:
        """Answer one request, or fail to."""
        self.requests.append(seen)
        match self.fault:
            case Fault.SILENT:
                self._closing.wait()
            case Fault.GARBAGE:
                send(handler, Reply(b"\x93\x00\xff nothing that means anything \x00" * 10))
            case Fault.ERROR_PAGE:
                send(handler, Reply(PAGE, "text/html; charset=utf-8", 500))
            case Fault.LOGIN_PAGE:
                send(handler, Reply(PAGE, "text/html; charset=utf-8", 200))
            case Fault.REDIRECT:
                handler.send_response(307)
                handler.send_header("Location", self.elsewhere)
                handler.send_header("Content-Length", "0")
                handler.end_headers()
            case Fault.ENDLESS:
                handler.send_response(200)
                handler.end_headers()
                while not self._closing.is_set():
                    handler.wfile.write(bytes(CHUNK))
            case Fault.SLOW | Fault.CUT:
                self._in_part(handler, self.answer(seen))
            case _:
                send(handler, self.answer(seen))

    def _in_part(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        send(handler, reply, body=False)
        if self.fault is Fault.CUT:
            handler.wfile.write(reply.body[: len(reply.body) // 2])
            return
        for position in range(len(reply.body)):
            if self._closing.wait(DRIP):
                return
            handler.wfile.write(reply.body[position : position + 1])
            handler.wfile.flush()


def send(handler: BaseHTTPRequestHandler, reply: Reply, *, body: bool = True) -> None:
    """The whole reply, or only its head."""
    handler.send_response(reply.status)
    handler.send_header("Content-Type", reply.content_type)
    handler.send_header("Content-Length", str(len(reply.body)))
    handler.end_headers()
    if body:
        handler.wfile.write(reply.body)


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what many tests are about."""


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"  # a connection a request: what is open is being answered

        def do_GET(self) -> None:
            self._seen()

        def do_POST(self) -> None:
            self._seen()

        def _seen(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen = Seen(self.command, self.path, {name.lower(): text for name, text in self.headers.items()}, body)
            server.respond(self, seen)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    return Handler
