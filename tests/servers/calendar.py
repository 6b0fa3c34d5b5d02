"""A small OpenTimestamps calendar and block explorer for tests: real proofs, and blocks that are mined in a moment.

Speaks the HTTP of the reference calendar (`POST /digest`, `GET /timestamp/HEX`) and of Esplora (`GET /block-height/N`,
`GET /block/HASH/header`) on 127.0.0.1. Asserts nothing.
"""

import hashlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal

from opentimestamps.core.notary import BitcoinBlockHeaderAttestation, PendingAttestation
from opentimestamps.core.op import OpAppend, OpPrepend, OpSHA256
from opentimestamps.core.serialize import BytesSerializationContext
from opentimestamps.core.timestamp import Timestamp, cat_sha256d, make_merkle_tree

EASY_BITS = 0x207FFFFF  # one hash in two meets it
EASY_TARGET = 0x7FFFFF << 232
BLOCK_TIME = 1_795_500_000  # seconds since 1970: 24 November 2026, 06:40 UTC
MAX_REQUEST = 64  # bytes, as the reference calendar takes

Fault = Literal["error", "garbage", "page", "slow", "other header"]


def mine(merkle_root: bytes, *, time: int = BLOCK_TIME, bits: int = EASY_BITS) -> bytes:
    """A header of this root that meets its own, easy difficulty."""
    target = (bits & 0x7FFFFF) << 8 * ((bits >> 24) - 3)
    start = bytes(4) + bytes(32) + merkle_root + time.to_bytes(4, "little") + bits.to_bytes(4, "little")
    for nonce in range(1 << 20):
        header = start + nonce.to_bytes(4, "little")
        if int.from_bytes(_sha256d(header), "little") <= target:
            return header
    raise AssertionError("no nonce meets these bits soon")


@dataclass
class Calendar:
    """The calendar, from `with Calendar() as calendar` on. `fault` is what it does wrong with the next requests."""

    fault: Fault | None = None
    delay: float = 5.0  # seconds, of the fault "slow"; never longer than the server lives
    asked: list[str] = field(default_factory=list)
    posted: list[bytes] = field(default_factory=list)
    headers: dict[int, bytes] = field(default_factory=dict)
    _stamps: dict[bytes, Timestamp] = field(default_factory=dict)
    _waiting: list[Timestamp] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Calendar":
        calendar = self

        class Handler(_Handler):
            owner = calendar

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The address of the calendar, and of the explorer."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def confirm(self, height: int) -> bytes:
        """Put all commitments that wait into one block; its header, which the explorer then shows at this height."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            tip = make_merkle_tree([stamp.ops.add(OpSHA256()) for stamp in waiting])
            output = tip.ops.add(OpPrepend(b"\x01\x00\x00\x00 a transaction \x6a\x20")).ops.add(OpAppend(bytes(4)))
            transaction = output.ops.add(OpSHA256()).ops.add(OpSHA256())
            root = cat_sha256d(Timestamp(hashlib.sha256(b"coinbase").digest()), transaction)
            root.attestations.add(BitcoinBlockHeaderAttestation(height))
            self.headers[height] = mine(root.msg)
            return self.headers[height]

    def submit(self, digest: bytes) -> bytes:
        """What is answered to a digest: steps to a commitment, and the promise to keep it."""
        with self._lock:
            self.posted.append(digest)
            number = len(self.posted)
            salted = Timestamp(digest)
            salt = hashlib.sha256(f"{self.url} {number}".encode()).digest()[:16]
            inner = salted.ops.add(OpAppend(salt)).ops.add(OpSHA256())
            stamp = inner.ops.add(OpPrepend(BLOCK_TIME.to_bytes(4, "big"))).ops.add(OpAppend(number.to_bytes(8, "big")))
            stamp.attestations.add(PendingAttestation(self.url))
            answer = _written(salted)
            kept = Timestamp(stamp.msg)
            self._stamps[stamp.msg] = kept
            self._waiting.append(kept)
            return answer

    def timestamp(self, commitment: bytes) -> bytes | str:
        """What came of a commitment, or why there is nothing yet."""
        with self._lock:
            stamp = self._stamps.get(commitment)
            if stamp is None:
                return "Not found"
            if stamp in self._waiting:
                return "Pending confirmation in Bitcoin blockchain"
            return _written(stamp)

    def explore(self, path: str) -> str | None:
        """What the explorer shows at a path, None where there is nothing."""
        match path.strip("/").split("/"):
            case ["block-height", height] if height.isdecimal() and int(height) in self.headers:
                return _shown(self.headers[int(height)])
            case ["block", block_hash, "header"]:
                found = {_shown(header): header for header in self.headers.values()}.get(block_hash)
                if found is not None and self.fault == "other header":
                    found = mine(bytes(32))
                return None if found is None else found.hex()
        return None


class _Handler(BaseHTTPRequestHandler):
    owner: Calendar

    def do_POST(self) -> None:
        self.owner.asked.append(f"POST {self.path}")
        length = int(self.headers.get("Content-Length", "0"))
        digest = self.rfile.read(min(length, MAX_REQUEST + 1))
        if self._faulty():
            return
        if self.path != "/digest" or not 0 < length <= MAX_REQUEST:
            self._answer(400, "text/plain", b"digest too long")
            return
        self._answer(200, "application/vnd.opentimestamps.v1", self.owner.submit(digest))

    def do_GET(self) -> None:
        self.owner.asked.append(f"GET {self.path}")
        if self._faulty():
            return
        if self.path.startswith("/timestamp/"):
            try:
                found = self.owner.timestamp(bytes.fromhex(self.path.removeprefix("/timestamp/")))
            except ValueError:
                self._answer(400, "text/plain", b"commitment must be hex-encoded bytes")
                return
            if isinstance(found, str):
                self._answer(404, "text/plain", found.encode())
            else:
                self._answer(200, "application/vnd.opentimestamps.v1", found)
            return
        shown = self.owner.explore(self.path)
        self._answer(404 if shown is None else 200, "text/plain", (shown or "Block not found").encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Tests say what they need themselves."""

    def _faulty(self) -> bool:
        match self.owner.fault:
            case "error":
                self._answer(500, "text/plain", b"Internal Server Error")
            case "garbage":
                self._answer(200, "application/vnd.opentimestamps.v1", bytes(range(256)) * 8)
            case "page":
                self._answer(200, "text/html", b"<!DOCTYPE html><title>Please sign in to this network</title>")
            case "slow":
                self.owner._ended.wait(self.owner.delay)
                self.close_connection = True
            case _:
                return False
        return True

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _sha256d(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def _shown(header: bytes) -> str:
    return _sha256d(header)[::-1].hex()


def _written(stamp: Timestamp) -> bytes:
    writer = BytesSerializationContext()
    stamp.serialize(writer)
    data: bytes = writer.getbytes()
    return data
