"""Opens and re-reads stored objects. Writes nothing, and follows no link out of the store.

A store that others could reach may hold anything under an object's name: a link to a file elsewhere, which is not kept
here whatever its digest; a pipe, which would wait for ever; a folder.
"""

import errno
import io
import os
import stat
from itertools import zip_longest

from custody.formats.digest import Digester, Digests
from custody.formats.encoding import parse_hex
from custody.ports import CheckOrder, ObjectCheck

BUFFER = 256 * 1024
SLACK = 2**30  # bytes; up to here the digest of what is too large is told too
_READ = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
)


def check_objects(order: CheckOrder) -> list[ObjectCheck]:
    """What re-reading each object gave, in order. Raises FormatError for a name that is no SHA-256."""
    root = os.fsdecode(order.evidence)
    return [
        check_object(root, name, order.extra, most)
        for name, most in zip_longest(order.objects, order.most[: len(order.objects)])
    ]


def check_object(root: str, sha256: str, extra: tuple[str, ...] = (), most: int | None = None) -> ObjectCheck:
    """Re-read one object, with 256 KiB of memory whatever its size. Raises FormatError for a name that is none.

    One that is much larger than the `most` bytes that it can have is not read: a sparse file of 16 TiB costs its
    author nothing, and reading it takes a day.
    """
    try:
        with io.FileIO(open_object(root, sha256)) as file:
            size = os.fstat(file.fileno()).st_size
            if most is not None and size > most + SLACK:
                return ObjectCheck("present", None, size)
            digests = _digest(file, extra)
    except FileNotFoundError:
        return ObjectCheck("missing", None, 0)
    except OSError:
        return ObjectCheck("unreadable", None, 0)
    also = {name: value.hex() for name, value in digests.extra.items()}
    return ObjectCheck("present", digests.sha256.hex(), digests.size, also)


def object_path(root: str, sha256: str) -> str:
    """Where this object belongs. Raises FormatError: a name from a foreign ledger must not lead anywhere else."""
    parse_hex(sha256, 32)
    return os.path.join(root, sha256[:2], sha256)


def open_object(root: str, sha256: str) -> int:
    """A descriptor for reading. Raises OSError, FileNotFoundError only when nothing bears the name, and FormatError."""
    path = object_path(root, sha256)
    # Looked at first, because opening a device may already do something.
    if not stat.S_ISDIR(os.lstat(os.path.dirname(path)).st_mode) or not stat.S_ISREG(os.lstat(path).st_mode):
        raise _not_plain()
    descriptor = os.open(path, _READ)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _not_plain()
    return descriptor


def _not_plain() -> OSError:
    return OSError(errno.EINVAL, "something that is not a plain file lies in its place")


def _digest(file: io.FileIO, extra: tuple[str, ...]) -> Digests:
    digester = Digester(extra)
    view = memoryview(bytearray(min(BUFFER, os.fstat(file.fileno()).st_size + 1)))
    while count := file.readinto(view):
        digester.update(view[:count])
    return digester.finish()
