"""Keeps bytes as `<folder>/ab/<sha256>`, read-only, so that any tool can check them. Decides nothing about evidence.

A crash may leave a small object cut short under its final name, or a temporary file. The first is found by its digest
and replaced when the same bytes are kept again; the second is no object, and is removed when the store is next written
to.
"""

import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from custody.adapters.evidence.checking import check_object, object_path, open_object
from custody.adapters.evidence.copying import copy_and_digest
from custody.adapters.evidence.durable import Durability
from custody.adapters.evidence.temporary import MODE, Temporary, clear_stale
from custody.adapters.evidence.trouble import in_the_store, trouble
from custody.errors import StorageError
from custody.formats.digest import Digester, Digests
from custody.ports import ObjectCheck

WHOLE = 1024 * 1024  # bytes; up to here one read and one write are quickest, and memory stays bounded

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_SHARD = re.compile(r"[0-9a-f]{2}", re.ASCII)
_OBJECT = re.compile(r"[0-9a-f]{64}", re.ASCII)


_OF_OBJECTS = re.compile("[0-9a-f]{2}")


class EvidenceFolder:
    """The evidence store in `folder`, which is made when something is first kept.

    `linux` chooses between copy_file_range and syncfs on the one hand, and what works everywhere on the other. Several
    processes may keep objects in one folder at the same time.
    """

    def __init__(self, folder: Path, *, linux: bool = sys.platform == "linux") -> None:
        self._folder = folder
        self._root = os.fspath(folder)
        self._linux = linux
        self._durability = Durability(self._root, linux=linux)
        self._shards: set[str] = set()

    @property
    def folder(self) -> Path:
        """Where the objects lie."""
        return self._folder

    def add(self, data: bytes) -> str:
        """Keep a small object; its hex SHA-256. On the disk only after `sync`. Raises StorageError."""
        return self._keep(data, ()).sha256.hex()

    def copy_in(self, file: BinaryIO, size: int, extra: tuple[str, ...]) -> Digests:
        """Copy an open, unbuffered file of about `size` bytes in, in one pass; the digests of what was kept.

        Raises OSError of the source as it came, StorageError for the store's own trouble.
        """
        if size <= WHOLE:
            data = _read_whole(file, size)
            if len(data) <= WHOLE:
                return self._keep(data, extra)
            file.seek(-len(data), os.SEEK_CUR)  # it grew
        self._prepare()
        with Temporary(self._root) as temporary:
            digests = copy_and_digest(file, temporary.descriptor, extra, in_kernel=self._linux)
            self._place(temporary, digests.sha256.hex())
        return digests

    def check(self, sha256: str, extra: tuple[str, ...] = ()) -> ObjectCheck:
        """Re-read an object. Raises FormatError for a name that is no SHA-256, or an unknown extra digest."""
        return check_object(self._root, sha256, extra)

    def open(self, sha256: str) -> BinaryIO:
        """An object for reading. Raises StorageError when it is not there, FormatError for a name that is none."""
        try:
            return os.fdopen(open_object(self._root, sha256), "rb")
        except OSError as error:
            raise StorageError(
                f"the object {sha256} cannot be read from the evidence store: {error.strerror}",
                "run the command verify, and copy the object from a backup of the case",
            ) from error

    def remove(self, sha256: str) -> bool:
        try:
            Path(self._path(sha256)).unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StorageError(f"the object {sha256[:16]}… cannot be removed: {error.strerror}") from error
        return True

    def names(self) -> Iterator[str]:
        """The hex SHA-256 names of all stored objects, ascending; what bears another name is passed over."""
        with in_the_store():
            shards = _listed(self._root, _SHARD) if os.path.isdir(self._root) else []
        for shard in shards:
            path = os.path.join(self._root, shard)
            with in_the_store():
                names = _listed(path, _OBJECT) if stat.S_ISDIR(os.lstat(path).st_mode) else []
            yield from (name for name in names if name.startswith(shard))

    def present(self) -> bool:
        """Whether there is the folder of some object, even if the object is not there any more."""
        try:
            with os.scandir(self._root) as entries:
                return any(_OF_OBJECTS.fullmatch(os.fsdecode(entry.name)) for entry in entries)
        except OSError:
            return False

    def sync(self) -> None:
        """Return when everything kept since the last call is on the disk. Raises StorageError."""
        self._durability.sync()

    def _keep(self, data: bytes, extra: tuple[str, ...]) -> Digests:
        digester = Digester(extra)
        digester.update(data)
        digests = digester.finish()
        name = digests.sha256.hex()
        try:
            self._prepare()
            path = self._path(name)
            try:
                descriptor = os.open(path, _NEW, MODE)
            except FileExistsError:
                if not self._holds(name):
                    with Temporary(self._root) as temporary:
                        _write(temporary.descriptor, data)
                        self._durability.written(temporary.descriptor)
                        temporary.place(path)
            else:
                self._fill(path, descriptor, data)
        except OSError as error:  # as `in_the_store`, which costs more than a small file's bytes
            raise trouble(error) from error
        return digests

    def _fill(self, path: str, descriptor: int, data: bytes) -> None:
        try:
            _write(descriptor, data)
            self._durability.written(descriptor)
        except BaseException:
            _remove_own(path, descriptor)
            raise
        finally:
            os.close(descriptor)

    def _place(self, temporary: Temporary, name: str) -> None:
        with in_the_store():
            path = self._path(name)
            if os.path.lexists(path) and self._holds(name):
                return
            self._durability.written(temporary.descriptor)
            temporary.place(path)

    def _holds(self, name: str) -> bool:
        """Whether the object that bears this name has this digest; then it is as durable as if just written."""
        if check_object(self._root, name).found != name:
            return False
        self._durability.present(object_path(self._root, name))
        return True

    def _prepare(self) -> None:
        """Before the first write: make the folder, and remove what a killed process left. Raises StorageError."""
        if not self._shards:
            with in_the_store():
                os.makedirs(self._root, mode=0o700, exist_ok=True)
                clear_stale(self._root)

    def _path(self, name: str) -> str:
        """Where the object belongs, its folder made. Raises OSError and StorageError."""
        folder = f"{self._root}{os.sep}{name[:2]}"
        if name[:2] not in self._shards:
            with suppress(FileExistsError):
                os.mkdir(folder)
            if not stat.S_ISDIR(os.lstat(folder).st_mode):  # a link would lead the bytes out of the store
                raise StorageError(
                    f"{name[:2]} in the evidence store is not a folder",
                    "move it away, then run the command again with --resume",
                )
            self._shards.add(name[:2])
        return f"{folder}{os.sep}{name}"


def _read_whole(file: BinaryIO, size: int) -> bytes:
    """Up to one byte more than WHOLE. Raises OSError as the file gave it."""
    data = file.read(size + 1)
    if len(data) == size:  # the end was met where it was said to be; who asked `size` looks again afterwards
        return data
    while len(data) <= WHOLE and (more := file.read(WHOLE + 1 - len(data))):
        data += more
    return data


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _remove_own(path: str, descriptor: int) -> None:
    """Remove a file that could not be filled, unless another process has replaced it with a whole one meanwhile."""
    with suppress(OSError):  # a remainder is harmless: its digest is wrong, and it is replaced next time
        if os.path.samestat(os.lstat(path), os.fstat(descriptor)):
            if os.name == "nt":
                os.chmod(path, stat.S_IWRITE)
            os.unlink(path)


def _listed(folder: str, pattern: re.Pattern[str]) -> list[str]:
    return sorted(name for name in os.listdir(folder) if pattern.fullmatch(name))
