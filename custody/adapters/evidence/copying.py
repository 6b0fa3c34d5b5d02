"""Copies one large file and digests it in the same pass. Names no file.

On Linux the system copies and a thread digests the copy close behind it: the digest is of what was kept, and no byte
passes through Python twice. Elsewhere the bytes are read, digested and written in turn.
"""

import errno
import io
import os
import queue
import threading
from typing import BinaryIO

from custody.adapters.evidence.trouble import in_the_store, trouble
from custody.formats.digest import Digester, Digests

KERNEL_STEP = 8 * 1024 * 1024  # bytes for one copy_file_range(2); larger steps gained nothing
READ_STEP = 1024 * 1024
HASH_BUFFER = 256 * 1024  # stays in the second-level cache
# Steps that the copy may be ahead of the digest: 64 MiB are still in memory when they are read back, and a file larger
# than memory is not read from the disk a second time.
STEPS_AHEAD = 8


def copy_and_digest(source: BinaryIO, target: int, extra: tuple[str, ...], *, in_kernel: bool) -> Digests:
    """Copy `source` from where it stands to its end into `target`, an empty file open for reading and writing.

    Raises OSError as the source gave it, StorageError for the target.
    """
    descriptor = _descriptor(source) if in_kernel and hasattr(os, "copy_file_range") else None
    if descriptor is None:
        return _copy_through_python(source, target, extra)
    behind = _Behind(target, extra)
    try:
        size = _copy_in_kernel(descriptor, target, behind)
        # Whatever stopped the kernel (another file system, an old kernel, a full disk, a bad sector, an early 0 from a
        # file that is made up as it is read), reading and writing in turn either goes on or says whose trouble it is.
        while data := source.read(READ_STEP):
            _write(target, data)
            size += len(data)
            behind.reached(size)
        with in_the_store():
            if os.fstat(target).st_size != size:  # a failed step may have written more than it counted
                os.ftruncate(target, size)
    finally:
        behind.stop()
    return behind.digests()


def _descriptor(source: BinaryIO) -> int | None:
    try:
        return source.fileno()
    except io.UnsupportedOperation:
        return None


def _copy_in_kernel(source: int, target: int, behind: "_Behind") -> int:
    """The number of bytes copied before the end of the file, or before the kernel would not go on."""
    size = 0
    while True:
        try:
            count = os.copy_file_range(source, target, KERNEL_STEP)
        except OSError:
            return size
        if count == 0:
            return size
        size += count
        behind.reached(size)


def _copy_through_python(source: BinaryIO, target: int, extra: tuple[str, ...]) -> Digests:
    digester = Digester(extra)
    while data := source.read(READ_STEP):
        digester.update(data)
        _write(target, data)
    return digester.finish()


def _write(target: int, data: bytes) -> None:
    rest = memoryview(data)
    with in_the_store():
        while rest:
            rest = rest[os.write(target, rest) :]


class _Behind:
    """A thread that digests a growing file, at most STEPS_AHEAD steps behind the one who writes it."""

    def __init__(self, descriptor: int, extra: tuple[str, ...]) -> None:
        self._descriptor = descriptor
        self._digester = Digester(extra)
        self._ends: queue.Queue[int | None] = queue.Queue(STEPS_AHEAD)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="digest", daemon=True)
        self._thread.start()

    def reached(self, size: int) -> None:
        """So many bytes are written. Waits while the digest is too far behind."""
        self._ends.put(size)

    def stop(self) -> None:
        """Nothing more comes; returns when the thread has ended."""
        self._ends.put(None)
        self._thread.join()

    def digests(self) -> Digests:
        """After `stop`. Raises StorageError when the copy could not be read back, else what ended the thread."""
        if isinstance(self._error, OSError):
            raise trouble(self._error) from self._error
        if self._error is not None:
            raise self._error
        return self._digester.finish()

    def _run(self) -> None:
        try:
            self._digest()
        except BaseException as error:  # noqa: BLE001
            self._error = error
            while self._ends.get() is not None:  # or the writer would wait for ever
                pass

    def _digest(self) -> None:
        view = memoryview(bytearray(HASH_BUFFER))
        offset = 0
        while (end := self._ends.get()) is not None:
            while offset < end:
                count = os.preadv(self._descriptor, [view[: end - offset]], offset)
                if count == 0:
                    raise OSError(errno.EIO, "the copy is shorter than what was written")
                self._digester.update(view[:count])
                offset += count
