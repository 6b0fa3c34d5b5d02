"""Starts commands from a process that has loaded what they load: start-up was most of what thousands of them cost.

Each command is still a process of its own, with its own streams, folder and environment, and ends as `python -m
custody` does. What a new interpreter is told before it runs anything cannot be had here (PYTHON* and LD_* variables,
a locale, another program in front): then `run` says None, and the caller starts a new interpreter. One program text
is both sides: imported, it asks; run, it is the process that is asked.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

MESSAGE = 65536  # bytes; a request beyond is left to a new interpreter
KINDS = 4  # of environments that a warm process is kept for
LIBRARIES = (
    "aiohttp",
    "asn1crypto.cms",
    "asn1crypto.tsp",
    "concurrent.futures.process",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "cryptography.hazmat.primitives.ciphers.aead",
    "cryptography.hazmat.primitives.kdf.argon2",
    "cryptography.x509",
    "msgspec",
    "multiprocessing.forkserver",
    "pikepdf.pdfa",
    "pyhanko.sign",
    "pyhanko.sign.validation",
    "sqlmodel",
    "uharfbuzz",
)


def run(
    arguments: Sequence[str | bytes | os.PathLike[str]],
    cwd: Path,
    environment: Mapping[str, str],
    stdin: bytes,
    timeout: float,
) -> tuple[int, bytes, bytes] | None:
    """Exit code, stdout and stderr of `custody ARGUMENTS`; None where only a new interpreter will do.

    Raises subprocess.TimeoutExpired after so many seconds; the command is then killed.
    """
    if sys.platform != "linux" or not cwd.is_dir():
        return None
    asked = _asked(arguments, cwd, environment)
    server = _server_for(environment)
    return None if len(asked) > MESSAGE or server is None else server.run(asked, stdin, timeout)


def _asked(arguments: Sequence[str | bytes | os.PathLike[str]], cwd: Path, environment: Mapping[str, str]) -> bytes:
    mask = os.umask(0)
    os.umask(mask)
    words = [os.fsdecode(one) for one in arguments]
    return json.dumps({"arguments": words, "cwd": str(cwd), "environment": dict(environment), "umask": mask}).encode()


def _of_the_command(name: str) -> bool:
    """Whether a variable says something to the command alone, and nothing to the interpreter or a library's import."""
    return (
        name.startswith(("CUSTODY_", "PYTEST_")) or name in ("COLUMNS", "HOME", "TZ") or name.lower().endswith("_proxy")
    )


class _Server:
    """A warm process with this environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            # Pipes, as its commands will have: a stream is told by what it was opened on.
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(other.fileno())],
                cwd="/",
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[other.fileno()],
            )
        if self._socket.recv(1) != b"!":
            raise RuntimeError(f"no warm process: {self._process.communicate()[1].decode()}")
        atexit.register(self.close)

    def close(self) -> None:
        """Let the process end, and what it measured be written."""
        self._socket.close()
        self._process.communicate()

    def run(self, asked: bytes, stdin: bytes, timeout: float) -> tuple[int, bytes, bytes]:
        (theirs_in, ours_in), (ours_out, theirs_out), (ours_err, theirs_err) = os.pipe(), os.pipe(), os.pipe()
        theirs = (theirs_in, theirs_out, theirs_err)
        reply, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with reply:
            with other:
                socket.send_fds(self._socket, [asked], [*theirs, other.fileno()])
            for descriptor in theirs:
                os.close(descriptor)
            process = int(reply.recv(32))
            out, err = _talk(ours_in, ours_out, ours_err, stdin, time.monotonic() + timeout) or (None, None)
            if out is None or err is None:
                os.kill(process, signal.SIGKILL)
                raise subprocess.TimeoutExpired(asked.decode(), timeout)
            return int(reply.recv(32)), out, err


def _talk(stdin: int, stdout: int, stderr: int, given: bytes, end: float) -> tuple[bytes, bytes] | None:
    """What was said until both streams were closed; None when it lasts too long. All three are closed."""
    said = {stdout: bytearray(), stderr: bytearray()}
    opened = {stdin, stdout, stderr}
    os.set_blocking(stdin, False)
    with selectors.DefaultSelector() as ready:
        for stream in said:
            ready.register(stream, selectors.EVENT_READ)
        ready.register(stdin, selectors.EVENT_WRITE)
        try:
            while opened - {stdin}:
                if time.monotonic() > end:
                    return None
                for key, _ in ready.select(1):
                    if key.fd == stdin:
                        try:
                            data = given = given[os.write(stdin, given) :] if given else b""
                        except BrokenPipeError:
                            data = b""
                    else:
                        data = os.read(key.fd, 65536)
                        said[key.fd] += data
                    if not data:
                        ready.unregister(key.fd)
                        os.close(key.fd)
                        opened.remove(key.fd)
            return bytes(said[stdout]), bytes(said[stderr])
        finally:
            for stream in opened:
                os.close(stream)


_servers: dict[frozenset[tuple[str, str]], _Server] = {}
_starting = threading.Lock()


def _server_for(environment: Mapping[str, str]) -> _Server | None:
    kept = {name: value for name, value in environment.items() if not _of_the_command(name)}
    kind = frozenset(kept.items())
    with _starting:
        if kind not in _servers and len(_servers) < KINDS:
            _servers[kind] = _Server(kept)
        return _servers.get(kind)


# --- the warm process --------------------------------------------------------------------------------------------


def _load() -> None:
    """The libraries that commands import; no thread, no open file that would be inherited.

    Our own modules are not loaded: each command imports them in its own order, as for people, so that a circular
    or failing import is found, and coverage counts what ran.
    """
    for name in LIBRARIES:
        importlib.import_module(name)
    assert threading.active_count() == 1, threading.enumerate()
    gc.collect()
    gc.freeze()


def _serve(control: socket.socket) -> dict[str, object] | None:
    """Start what is asked for: returns the request in the process that is to be the command, and None at the end."""
    control.send(b"!")
    running: dict[int, tuple[int, socket.socket]] = {}  # by the descriptor that says that the process has ended
    with selectors.DefaultSelector() as ready:
        ready.register(control, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                if key.fd in running:
                    process, reply = running.pop(key.fd)
                    ready.unregister(key.fd)
                    os.close(key.fd)
                    with reply, suppress(OSError):  # nobody waits for one that took too long
                        reply.send(b"%d" % os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
                    continue
                asked, descriptors, _, _ = socket.recv_fds(control, 2 * MESSAGE, 4)
                if not asked:
                    return None
                process = os.fork()
                if process == 0:
                    for number, stream in enumerate(descriptors[:3]):
                        os.dup2(stream, number)
                    for descriptor in [*descriptors, *running]:
                        os.close(descriptor)
                    control.close()
                    found: dict[str, object] = json.loads(asked)
                    return found
                for stream in descriptors[:3]:
                    os.close(stream)
                reply = socket.socket(fileno=descriptors[3])
                reply.send(b"%d" % process)
                ended = os.pidfd_open(process)
                running[ended] = process, reply
                ready.register(ended, selectors.EVENT_READ)


def _become(asked: dict[str, object]) -> None:
    """Be `python -m custody` in this folder with this environment."""
    folder, environment, words, mask = asked["cwd"], asked["environment"], asked["arguments"], asked["umask"]
    assert isinstance(folder, str)
    assert isinstance(environment, dict)
    assert isinstance(words, list)
    assert isinstance(mask, int)
    os.umask(mask)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv[:] = ["-m", *words]
    sys.path[0] = os.getcwd()
    try:
        runpy.run_module("custody", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if not isinstance(end.code, int):
            raise
        _end(end.code)


def _end(code: int) -> None:
    """As an interpreter ends, without taking apart all that was loaded."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.path[0] = ""  # not the tests' folder, which would go before the installed package
    _load()
    _request = _serve(socket.socket(fileno=int(sys.argv[1])))
    if _request is not None:
        _become(_request)
