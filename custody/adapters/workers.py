"""Runs tasks in worker processes, in order. The parent alone holds keys, signs and commits.

Workers are started from a fresh process (forkserver on Linux, spawn elsewhere), never by forking the parent: a fork
would copy an unlocked key into every worker, and forking a process that has threads is not safe. Measured on two cores
to the first results: fork 7 ms, forkserver 60 to 80, spawn 95; a pool is used only where the work takes much longer.

A worker ends when its parent does, however that ended: it watches a pipe whose other end only the parent holds, and on
Linux has the kernel end it.
"""

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from custody.errors import CustodyError, StorageError
from custody.ports import Task

if TYPE_CHECKING:
    from concurrent.futures import Future
    from multiprocessing.connection import Connection

MAX_WORKERS = 32  # more only compete for the disk; Windows can wait for 61 processes
# Chunks beyond one a worker: as many as workers take in while the parent signs and commits a batch.
LOOK_AHEAD = 8
# Seconds that running tasks are given to end by themselves when nobody wants their results any more: small ones then
# leave nothing half done, and nobody waits for a large one.
GRACE = 2.0


class ProcessWorkers:
    """A pool for each `map`, of `count` processes (None: one a processor that this process may use)."""

    def __init__(self, count: int | None = None) -> None:
        self._count = min(count or _processors(), MAX_WORKERS)

    def map(self, task: Task, chunks: Iterable[bytes], *, alone: bool) -> Iterator[bytes]:
        """The results in the order of the chunks, `count` + LOOK_AHEAD of them ahead at most; `alone` runs here.

        What a task raises is raised here. Raises StorageError when a worker was killed.
        """
        return map(task, chunks) if alone else self._beside(task, iter(chunks))

    def _beside(self, task: Task, chunks: Iterator[bytes]) -> Iterator[bytes]:
        first = next(chunks, None)
        if first is None:
            return
        from concurrent.futures.process import BrokenProcessPool

        with closing(_Pool(self._count, task)) as pool:
            pending = deque([pool.submit(first)])
            try:
                while pending:
                    while len(pending) < self._count + LOOK_AHEAD and (chunk := next(chunks, None)) is not None:
                        pending.append(pool.submit(chunk))
                    yield _result(pending.popleft())
            except BrokenProcessPool as error:
                raise StorageError(
                    "a worker process was stopped from outside, perhaps because memory ran out",
                    "close other programs, then run the command again with --resume",
                ) from error


class _Raised(NamedTuple):
    """An error of ours on its way to the parent: pickle would call its class with too few arguments."""

    kind: type[CustodyError]
    arguments: tuple[object, ...]
    state: dict[str, object]


class _Pool:
    """Worker processes for one task, and the pipe whose end they wait for."""

    def __init__(self, count: int, task: Task) -> None:
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        context = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
        if sys.platform == "linux":
            # Loaded once, before the workers are split off.
            context.set_forkserver_preload(["concurrent.futures.process", __name__, task.__module__])
        self._task = task
        self._watched, self._held = context.Pipe(duplex=False)
        self._executor = ProcessPoolExecutor(count, mp_context=context, initializer=_begin, initargs=(self._watched,))

    def submit(self, chunk: bytes) -> "Future[bytes | _Raised]":
        # This starts workers as they are needed.
        with _interrupts_held(), _program_hidden(self._task):
            return self._executor.submit(_run, self._task, chunk)

    def close(self) -> None:
        """Return when every worker is gone. Tasks that have not begun are dropped."""
        ending = threading.Thread(
            target=self._executor.shutdown, kwargs={"wait": True, "cancel_futures": True}, name="pool-end"
        )
        ending.start()
        try:
            ending.join(GRACE)
        finally:  # a second Ctrl-C does not wait
            self._held.close()
            ending.join()
            self._watched.close()


def _begin(watched: "Connection") -> None:
    """What each worker does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; the parent decides what it means
    threading.Thread(target=_end_with_parent, args=(watched,), name="parent-watch", daemon=True).start()
    if sys.platform == "linux":
        _ask_for_signal(watched)


def _end_with_parent(watched: "Connection") -> None:
    with suppress(EOFError, OSError):
        watched.recv_bytes()  # nothing is ever sent: this returns when the other end is closed
    os._exit(1)  # not sys.exit, which ends this thread only


def _ask_for_signal(watched: "Connection") -> None:
    """Have the kernel send SIGIO, which ends this process, when the other end is closed: no thread need run for that.

    The pipe is opened anew because the owner of signals belongs to an open file, which all workers share.
    PR_SET_PDEATHSIG would not do: workers are children of the fork server, and that lives as long as they.
    """
    import fcntl

    with suppress(OSError):  # no /proc: the thread remains
        descriptor = os.open(f"/proc/self/fd/{watched.fileno()}", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(descriptor, fcntl.F_SETFL, os.O_NONBLOCK | os.O_ASYNC)


def _run(task: Task, chunk: bytes) -> bytes | _Raised:
    try:
        return task(chunk)
    except CustodyError as error:
        return _Raised(type(error), error.args, error.__dict__)


def _result(future: "Future[bytes | _Raised]") -> bytes:
    result = future.result()
    if isinstance(result, _Raised):
        error = result.kind.__new__(result.kind, *result.arguments)
        error.__dict__.update(result.state)
        raise error
    return result


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C waits for the end of the block. New processes inherit this, and never see it even before `_begin`."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _program_hidden(task: Task) -> Iterator[None]:
    """multiprocessing runs the main program's module again in each worker, in case tasks are defined there.

    Ours are not, and loading a command line takes each worker longer than its first chunk.
    """
    if task.__module__ == "__main__":
        yield
        return
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program


def _processors() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))  # a container may allow fewer than the machine has
    return os.cpu_count() or 1
