"""Brings what was kept onto the disk. The one place that knows which system does it in which way.

Linux: one syncfs(2) covers everything written to the file system, by this process or another; since Linux 5.8 it
reports what failed to be written since its descriptor was opened. Elsewhere each file is synced by the process that
wrote it, before that process reports it, and `sync` adds the folders that name the files.
"""

import os
import sys
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import cache

from custody import disk
from custody.adapters.evidence.trouble import in_the_store

if sys.platform != "win32":
    import fcntl


class Durability:
    """For the store in `root`; `linux` chooses the way, so that both can be tried on one system."""

    def __init__(self, root: str, *, linux: bool) -> None:
        self._root = root
        self._syncfs = _find_syncfs() if linux else None
        self._descriptor: int | None = None
        if self._syncfs is not None and os.path.isdir(root):
            self._open()

    def written(self, descriptor: int) -> None:
        """All bytes of this file are written; its descriptor is open for writing. Raises OSError."""
        if self._syncfs is None:
            os.fsync(descriptor)

    def present(self, path: str) -> None:
        """This file was there already, perhaps left by a run that never got as far as syncing. Raises OSError."""
        if self._syncfs is None:
            disk.sync(path)

    def sync(self) -> None:
        """Return when all that was kept is on the disk. Raises StorageError."""
        with in_the_store():
            if self._syncfs is not None:
                self._syncfs(self._open())
            else:
                _sync_folders(self._root)

    def _open(self) -> int:
        # Kept open from the start: only failures since the opening are sure to be reported.
        if self._descriptor is None:
            self._descriptor = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            weakref.finalize(self, os.close, self._descriptor)
        return self._descriptor


@cache
def _find_syncfs() -> Callable[[int], None] | None:
    """syncfs(2) of the C library, raising OSError; None where Python cannot reach it."""
    try:
        import ctypes

        function = ctypes.CDLL(None, use_errno=True).syncfs
    except (ImportError, OSError, AttributeError):
        return None
    function.argtypes = [ctypes.c_int]

    def syncfs(descriptor: int) -> None:
        if function(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    return syncfs


def _sync_folders(root: str) -> None:
    with os.scandir(root) as entries:
        shards = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    for folder in (*shards, os.path.dirname(os.path.abspath(root)), root):
        disk.sync(folder)
    _empty_the_cache_of_the_drive(root)


def _empty_the_cache_of_the_drive(root: str) -> None:
    # macOS: fsync(2) leaves bytes in the drive's own cache, F_FULLFSYNC empties that for the whole drive; network
    # file systems do not know it, and keep to what fsync(2) did.
    if sys.platform == "win32" or not hasattr(fcntl, "F_FULLFSYNC"):
        return
    descriptor = os.open(root, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    finally:
        os.close(descriptor)
