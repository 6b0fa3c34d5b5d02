"""Reads the files that people name: so much of each as its kind can have, and no more."""

from pathlib import Path

from custody.errors import StorageError


def read_start(path: Path, most: int, hint: str = "check its name") -> bytes:
    """The first `most` bytes of a file, and one more where there is one, by which too large a file is known.

    Raises StorageError with this hint when it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}", hint) from error


def is_file(typed: str) -> bool:
    """Whether there is a file of this name; what is longer than any name is a key or words, and no file."""
    try:
        return Path(typed).is_file()
    except (OSError, ValueError):
        return False
