"""Writes a new file: whole or not at all, and never over another."""

import os
from contextlib import suppress
from pathlib import Path

from custody import disk
from custody.errors import StorageError, UsageError


def write_new(path: Path, data: bytes) -> None:
    """Write `data` to `path`, durable when this returns.

    Raises UsageError when something has that name already, StorageError when it cannot be written; then nothing is
    left behind.
    """
    check_new(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _into_place(draft, path)
        try:
            disk.sync(path.absolute().parent)
        except OSError:
            discard(path)
            raise
    except FileExistsError as error:
        draft.unlink(missing_ok=True)
        raise _taken(path) from error
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise StorageError(
            f"{path} cannot be written: {error.strerror}", "nothing was written; try another folder"
        ) from error


def check_new(path: Path) -> None:
    """Raise UsageError when `path` is taken or its folder is not there: better said before long work than after."""
    if path.exists() or path.is_symlink():
        raise _taken(path)
    if not path.absolute().parent.is_dir():
        raise UsageError(f"the folder {path.absolute().parent} is not there", "make it first, or choose another")


def _taken(path: Path) -> UsageError:
    return UsageError(f"{path} exists already, and is not overwritten", "choose another name")


def discard(path: Path) -> None:
    """Remove a file that `write_new` has just written, because what it is about did not come to be."""
    with suppress(OSError):
        path.unlink()


def _into_place(draft: Path, path: Path) -> None:
    """Give the draft its name, unless that was taken meanwhile: then FileExistsError.

    A hard link refuses a taken name. On a file system without links the name is claimed with an empty file, which
    refuses a taken name too, and only that claim is replaced.
    """
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:
        path.open("xb").close()
        try:
            draft.replace(path)
        except OSError:
            path.unlink(missing_ok=True)
            raise
        return
    draft.unlink()
