"""Opens a file so that opening does nothing else: it waits for nobody, starts nothing, leaves no mark. Reads no byte.

What is not a plain file is refused by looking at it: a pipe that is opened wakes who writes to it, a tape rewinds, a
watchdog starts to count. Somebody who changes the name between the look and the opening could still have a device
opened; it is closed unread.
"""

import io
import os
import stat

from custody.adapters.intake.refusal import Refusal, dangling_link, not_a_file, not_found, refused

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_NO_ATIME = getattr(os, "O_NOATIME", 0)


class SourceFile(io.FileIO):
    """An open file that remembers its first `head_size` bytes as they were read."""

    def __init__(self, descriptor: int, head_size: int) -> None:
        super().__init__(descriptor, "rb")
        self._missing = head_size
        self.head = b""

    def read(self, size: int | None = -1, /) -> bytes:
        """As FileIO."""
        data = super().read(size)
        if self._missing and data:
            self.head += data[: self._missing]
            self._missing = max(0, self._missing - len(data))
        return data


def open_source(path: bytes, *, follow: bool, head_size: int) -> SourceFile:
    """A plain file, open for reading. With `follow` a link at the end of `path` is followed. Raises Refusal."""
    if b"\0" in path:
        raise not_found()  # no system has such a name
    try:
        return SourceFile(open_plain(path, follow=follow), head_size)
    except OSError as error:
        raise explained(error, path) from error


def explained(error: OSError, path: bytes) -> Refusal:
    """As `refused`, telling a link to nothing from nothing at all."""
    if isinstance(error, FileNotFoundError) and os.path.islink(path):
        return dangling_link()
    return refused(error)


def open_plain(path: bytes, *, follow: bool) -> int:
    """As `open_source`, a bare descriptor. Raises OSError as it came, and Refusal for what is not a plain file."""
    _look(os.stat(path, follow_symlinks=follow))
    flags = _FLAGS if follow else _FLAGS | _NO_FOLLOW
    try:
        descriptor = os.open(path, flags | _NO_ATIME)  # the time of the last access is a fact about the file
    except PermissionError:  # Linux allows O_NOATIME to the owner only
        descriptor = os.open(path, flags)
    try:
        _look(os.fstat(descriptor))
    except Refusal:
        os.close(descriptor)
        raise
    return descriptor


def _look(status: os.stat_result) -> None:
    if stat.S_ISREG(status.st_mode):
        return
    if stat.S_ISDIR(status.st_mode):
        raise not_a_file("a folder")
    if stat.S_ISLNK(status.st_mode):
        raise not_a_file("a symbolic link inside a folder")
    raise not_a_file()
