"""Brings a file, or the names in a folder, onto the disk. Knows neither what they hold nor what a failure means."""

import os
from contextlib import suppress
from pathlib import Path


def sync(path: str | os.PathLike[str]) -> None:
    """Return when it is on the disk. Raises OSError.

    Windows does neither for what is open for reading; it keeps names in its journal and gives no way to sync a folder.
    """
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Put `data` in the place of the file `path`, all or nothing; its content is on the disk, its name when `sync`ed.

    `mode` is what the umask leaves of it. Raises OSError; then the file is as it was.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        draft.unlink(missing_ok=True)  # of a process that was killed, and had the same number; or a stranger's link
        with open(draft, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        with suppress(OSError):  # what went wrong first is what is told
            draft.unlink(missing_ok=True)
        raise
