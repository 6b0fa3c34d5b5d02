"""Brings a file, or the names in a folder, onto the disk. Knows neither what they hold nor what a failure means."""

import os


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
