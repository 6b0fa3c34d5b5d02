"""Temporary names in the store, for what is still being copied. Knows no digest.

A process that is killed leaves its temporary file behind. Whether one is still being written is told by a lock that
the writer holds on the open file and that the system drops when the writer is gone, however it went. A process number
in the name would not do: it is given again, and two containers or two computers that share a disk count separately.
Where a file system has no locks the file stays: a leftover costs room, a file taken from its writer costs a copy.
"""

import os
import re
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from custody.adapters.evidence.trouble import in_the_store

if sys.platform != "win32":
    import fcntl

_NAME = re.compile(r"\.incoming-[0-9a-f]{32}", re.ASCII)
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_LOOK = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
MODE = 0o444  # the umask may take away more, never add


class Temporary:
    """A new file in `root`, open for reading and writing; leaving the block removes it unless it was placed.

    Each of the three raises StorageError, and errors from within the block pass through.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self.descriptor = -1
        self._path = ""
        self._placed = False

    def __enter__(self) -> "Temporary":
        with in_the_store():
            self._create()
            while not _lock(self.descriptor):  # `clear_stale` of another process came between opening and lock
                self._close()
                self._create()
        return self

    def place(self, path: str) -> None:
        """Give the file its final name, replacing what bears it."""
        with in_the_store():
            if os.name == "nt":  # renames nothing that is open, and replaces nothing that is read-only
                self._close()
                with suppress(FileNotFoundError):
                    os.chmod(path, stat.S_IWRITE)
            os.replace(self._path, path)
        self._placed = True

    def __exit__(self, *exception: object) -> None:
        # Removed before it is closed: with the lock gone another process may be at it already.
        if not self._placed and os.name != "nt":
            _remove(self._path)
        with in_the_store():  # some network file systems say only now that the disk is full
            self._close()
        if not self._placed and os.name == "nt":
            _remove(self._path)

    def _create(self) -> None:
        self._path = os.path.join(self._root, f".incoming-{secrets.token_hex(16)}")
        self.descriptor = os.open(self._path, _NEW, MODE)

    def _close(self) -> None:
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def clear_stale(root: str) -> None:
    """Remove the temporary files whose writers are gone. Raises OSError when `root` cannot be listed."""
    with os.scandir(root) as entries:
        paths = [entry.path for entry in entries if _NAME.fullmatch(entry.name)]
    for path in paths:
        with suppress(OSError):  # cannot be opened, locked or removed: in use, or not ours to judge
            if os.name == "nt":
                _remove(path)  # Windows refuses while a writer has it open
            else:
                with _unlocked(path):
                    os.unlink(path)


@contextmanager
def _unlocked(path: str) -> Iterator[None]:
    """Holds the lock of a file that nobody writes, so that nobody begins to. Raises OSError when somebody does."""
    descriptor = os.open(path, _LOOK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Lock a new file; False when it was removed before the lock was had."""
    if sys.platform == "win32":
        return True
    with suppress(OSError):  # a file system without locks: `clear_stale` cannot lock there either
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    return os.fstat(descriptor).st_nlink > 0


def _remove(path: str) -> None:
    with suppress(OSError):  # `clear_stale` tries again next time
        if os.name == "nt":
            os.chmod(path, stat.S_IWRITE)
        os.unlink(path)
