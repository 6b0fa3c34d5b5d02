"""A small real witness after C2SP tlog-witness, on this computer alone: what it checks, it checks with code of its own.

Of custody's code it uses none but the signature lines' key type. `canned` answers come before what is true, for tests
of what a client makes of a server that does not keep to the specification.
"""

import base64
import hashlib
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from custody.formats.cosignature import CosignerKey

Answer = tuple[int, str, bytes]
MAX_BODY = 100_000
LINE = re.compile("— ([^ +\n]+) ([A-Za-z0-9+/=]+)")


class Refusal(Exception):
    """What is answered instead of a cosignature."""

    def __init__(self, status: int, content_type: str = "text/plain", body: bytes = b"") -> None:
        super().__init__(status)
        self.answer = (status, content_type, body)


@dataclass
class Witness:
    """A witness: its key, the public keys of the logs it knows by their origin, and what it saw last of each."""

    name: str = "witness.example/w1"
    time: int = 1_795_000_000
    logs: dict[str, bytes] = field(default_factory=dict)
    seen: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    canned: list[Answer] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(self.name.encode()).digest())

    @property
    def key(self) -> CosignerKey:
        """The key that its operator publishes."""
        return CosignerKey(self.name, self.private.public_key().public_bytes_raw())

    def answer(self, path: str, body: bytes) -> Answer:
        """What is answered to a POST of this body."""
        with self.lock:  # look and change in one step, as the specification demands
            self.requests.append(body)
            if self.canned:
                return self.canned.pop(0)
            try:
                return 200, "text/plain", self._add_checkpoint(path, body)
            except Refusal as refusal:
                return refusal.answer

    def cosign(self, text: bytes, time: int | None = None) -> bytes:
        """A cosignature line of a checkpoint's text."""
        when = self.time if time is None else time
        signature = self.private.sign(b"cosignature/v1\ntime %d\n%b" % (when, text))
        public = self.private.public_key().public_bytes_raw()
        key_id = hashlib.sha256(self.name.encode() + b"\n\x04" + public).digest()[:4]
        blob = base64.b64encode(key_id + when.to_bytes(8, "big") + signature)
        return f"— {self.name} ".encode() + blob + b"\n"

    def _add_checkpoint(self, path: str, body: bytes) -> bytes:
        if not path.endswith("/add-checkpoint"):
            raise Refusal(404)
        old, proof, text, signatures = _read(body)
        origin, size_line, root_line = text.decode().splitlines()
        size, root = int(size_line), base64.b64decode(root_line, validate=True)
        if origin not in self.logs:
            raise Refusal(404)
        if not any(name == origin and self._signed(origin, blob, text) for name, blob in signatures):
            raise Refusal(403)
        if old > size:
            raise Refusal(400)
        last, last_root = self.seen.get(origin, (0, b""))
        if old != last:
            raise Refusal(409, "text/x.tlog.size", b"%d\n" % last)
        if old == size and root != last_root:
            raise Refusal(409)
        if old in (0, size):
            if proof:
                raise Refusal(422)
        elif consistent(old, size, last_root, proof) != (last_root, root):
            raise Refusal(422)
        self.seen[origin] = (size, root)
        return self.cosign(text)

    def _signed(self, origin: str, blob: bytes, text: bytes) -> bool:
        public = self.logs[origin]
        if blob[:4] != hashlib.sha256(origin.encode() + b"\n\x01" + public).digest()[:4]:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(blob[4:], text)
        except InvalidSignature:
            return False
        return True


def _read(body: bytes) -> tuple[int, list[bytes], bytes, list[tuple[str, bytes]]]:
    """Old size, proof, the checkpoint's text, and its signature lines."""
    try:
        head, text, block = body.split(b"\n\n")
        first, *lines = head.decode("ascii").split("\n")
        found = re.fullmatch("old (0|[1-9][0-9]*)", first)
        if found is None or len(lines) > 63 or not block.endswith(b"\n"):
            raise Refusal(400)
        proof = [base64.b64decode(line, validate=True) for line in lines]
        signatures = [LINE.fullmatch(line) for line in block.decode().splitlines()]
        pairs = [(one[1], base64.b64decode(one[2], validate=True)) for one in signatures if one]
        if len(pairs) != len(signatures) or text.count(b"\n") != 2:
            raise Refusal(400)
    except ValueError as error:
        raise Refusal(400) from error
    return int(found[1]), proof, text + b"\n", pairs


def consistent(old: int, new: int, old_root: bytes, proof: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """The roots of both trees to which a proof leads, by undoing SUBPROOF of RFC 6962 section 2.1.2 step by step."""
    left = list(proof)

    def undo(m: int, n: int, complete: bool) -> tuple[bytes, bytes]:
        if m == n:
            value = old_root if complete else left.pop()
            return value, value
        k = 1
        while 2 * k < n:
            k *= 2
        other = left.pop()
        if m <= k:
            first, second = undo(m, k, complete)
            return first, _node(second, other)
        first, second = undo(m - k, n - k, False)
        return _node(other, first), _node(other, second)

    try:
        roots = undo(old, new, True)
    except IndexError:
        return None
    return None if left else roots


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@contextmanager
def serving(witness: Witness) -> Iterator[str]:
    """The submission prefix at which the witness answers."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            status, content_type, body = (
                (413, "text/plain", b"") if length > MAX_BODY else witness.answer(self.path, self.rfile.read(length))
            )
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/w1"
        finally:
            server.shutdown()
            thread.join()
