"""Files on their way in, and the plain bytes that are kept of them.

What crosses to worker processes are msgspec structs, because only bytes travel between processes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal, Protocol

import msgspec

from custody.domain.events.collection import FailedOutcome
from custody.formats.canonical import Json
from custody.formats.digest import Digests


class ObjectCheck(msgspec.Struct, frozen=True):
    """What re-reading one stored object gave. `found` is the hex SHA-256 of the bytes, None when they were not read.

    `extra` are the further digests that were asked for, hexadecimal by name.
    """

    result: Literal["present", "missing", "unreadable"]
    found: str | None
    size: int
    extra: dict[str, str] = {}


class EvidenceStore(Protocol):
    """Plain bytes, named by their SHA-256."""

    @property
    def folder(self) -> Path:
        """Where the objects lie, for tasks in worker processes."""
        ...

    def add(self, data: bytes) -> str:
        """Keep a small object; its hex SHA-256. Durable only after `sync`. Raises StorageError."""
        ...

    def copy_in(self, file: BinaryIO, size: int, extra: tuple[str, ...]) -> Digests:
        """Copy an open, unbuffered file of about `size` bytes in, in one pass; the digests of what was kept.

        Raises OSError of the source as it came; StorageError for the store's own trouble.
        """
        ...

    def check(self, sha256: str, extra: tuple[str, ...] = ()) -> ObjectCheck:
        """Re-read an object; `extra` digests are computed in the same pass."""
        ...

    def open(self, sha256: str) -> BinaryIO:
        """An object for reading. Raises StorageError when it is not there."""
        ...

    def remove(self, sha256: str) -> bool:
        """Remove an object for good; whether it was there. Raises StorageError."""
        ...

    def names(self) -> Iterator[str]:
        """The hex SHA-256 names of all stored objects; what bears another name is passed over."""
        ...

    def present(self) -> bool:
        """Whether the store is there, and was ever used."""
        ...

    def sync(self) -> None:
        """Return when everything kept since the last call is on the disk. Raises StorageError."""
        ...


class FileOrder(msgspec.Struct, frozen=True):
    """A file to take in: its path as the operating system's bytes, and whether a link at its end is followed."""

    path: bytes
    follow: bool


class Taken(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What was seen of a file while it was taken in. Times are 27-character UTC; `origin` is what a browser left."""

    sha256: str
    size: int
    extra: dict[str, str]
    media_type: str
    media_type_from: Literal["content", "name", "nothing"]
    modified: str | None
    changed: str | None
    created: str | None
    origin: Json
    hashed_at: str


class NotTaken(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Why a file was not taken in: an outcome of `attempted`, and a plain sentence."""

    outcome: FailedOutcome
    message: str


Outcome = Taken | NotTaken


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the walk met. `skipped` says why it is left out without being a failure (a link in a folder).

    `path` is absolute; `inside` is the path below the folder that was named, `/` between names; both as the operating
    system's bytes. `size` is a first look, in bytes.
    """

    path: bytes
    inside: bytes
    size: int
    follow: bool
    skipped: str | None = None
    failed: NotTaken | None = None


class Intake(Protocol):
    """Finds files. Taking them in is a worker's task."""

    def absolute(self, path: str) -> bytes:
        """The absolute path, a link at its end not resolved, as the operating system's bytes."""
        ...

    def is_folder(self, path: str) -> bool:
        """Whether the named path is a folder, or a link to one."""
        ...

    def followed_link(self, path: bytes) -> bool:
        """Whether the path is itself a symbolic link."""
        ...

    def file(self, path: str) -> Found:
        """One file named on the command line; a link is followed."""
        ...

    def walk(self, folder: str) -> Iterator[Found]:
        """Everything below a folder that is not itself a folder, in the order of the paths' bytes."""
        ...


class TakeOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The message to `World.take`: keep copies in this folder (the system's bytes of its path), or (None) only hash."""

    evidence: bytes | None
    extra: tuple[str, ...]
    files: tuple[FileOrder, ...]


class CheckOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The message to `World.check_objects`: re-read these objects of this folder (the operating system's bytes).

    `most` says of each object how many bytes it has at most, as far as that is known; one that is far larger is not
    what was recorded, and is not read.
    """

    evidence: bytes
    objects: tuple[str, ...]
    extra: tuple[str, ...] = ()
    most: tuple[int | None, ...] = ()
