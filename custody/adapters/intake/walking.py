"""Finds the files that a person named, and everything below the folders. Opens and reads no file.

The walk holds the names of one folder at each level, and no path is listed twice: links are not followed, Windows'
junctions among them.
"""

import os
import stat
from collections.abc import Iterator

from custody.adapters.intake.opening import explained
from custody.adapters.intake.refusal import Refusal, not_a_file
from custody.ports import Found

LINK_SKIPPED = "a symbolic link inside a folder is not followed"
_SEPARATOR = os.fsencode(os.sep)


class FileIntake:
    """Finds files on this computer."""

    def absolute(self, path: str) -> bytes:
        """The absolute path, a link at its end not resolved, as the operating system's bytes."""
        # `link/..` is the folder above what the link leads to: taking the two out would name another file, so such a
        # path is resolved, up to its last name. Windows itself takes them out.
        if os.name != "nt" and ".." in path.split(os.sep):
            folder, name = os.path.split(path.rstrip(os.sep))
            if name in ("", ".", ".."):
                return os.fsencode(os.path.realpath(path))
            return os.fsencode(os.path.join(os.path.realpath(folder), name))
        return os.fsencode(os.path.abspath(path))

    def is_folder(self, path: str) -> bool:
        """Whether the named path is a folder, or a link to one."""
        return os.path.isdir(path)

    def followed_link(self, path: bytes) -> bool:
        """Whether the path is itself a symbolic link."""
        return os.path.islink(path)

    def file(self, path: str) -> Found:
        """One file named on the command line; a link is followed."""
        absolute = self.absolute(path)
        size, failed = 0, None
        try:
            size = _size(os.stat(absolute))
        except OSError as error:
            failed = explained(error, absolute).answer
        except Refusal as refusal:
            failed = refusal.answer
        return Found(path=absolute, inside=os.path.basename(absolute), size=size, follow=True, failed=failed)

    def walk(self, folder: str) -> Iterator[Found]:
        """Everything below a folder that is not itself a folder, in the order of the paths' bytes.

        A folder that cannot be listed is found as a failure in its own place, its `inside` ending with `/` (the named
        folder's is empty).
        """
        root = self.absolute(folder)
        levels = [_list(root, b"")]
        while levels:
            entry = next(levels[-1], None)
            if entry is None:
                levels.pop()
            elif isinstance(entry, Found):
                yield entry
            else:
                levels.append(_list(root, entry))


def _list(root: bytes, inside: bytes) -> Iterator[Found | bytes]:
    """What lies in one folder, in order: what is found, and for each folder its own `inside`, ending with `/`."""
    path = _path(root, inside)
    try:
        with os.scandir(path) as entries:
            # A folder sorts as its contents will: "a-b" comes before "a/b", though "a" comes before "a-b".
            listed = sorted((_key(entry), entry) for entry in entries)
    except OSError as error:
        yield Found(path=path, inside=inside, size=0, follow=False, failed=explained(error, path).answer)
        return
    for key, entry in listed:
        yield inside + key if key.endswith(b"/") else _found(root, inside + key, entry)


def _found(root: bytes, inside: bytes, entry: os.DirEntry[bytes]) -> Found:
    size, skipped, failed = 0, None, None
    try:
        if _is_link(entry):
            skipped = LINK_SKIPPED
        else:
            size = _size(entry.stat(follow_symlinks=False))
    except OSError as error:
        failed = explained(error, entry.path).answer
    except Refusal as refusal:
        failed = refusal.answer
    return Found(path=_path(root, inside), inside=inside, size=size, follow=False, skipped=skipped, failed=failed)


def _key(entry: os.DirEntry[bytes]) -> bytes:
    folder = entry.is_dir(follow_symlinks=False) and not _is_link(entry)
    return entry.name + b"/" if folder else entry.name


def _is_link(entry: os.DirEntry[bytes]) -> bool:
    if entry.is_symlink():
        return True
    if os.name != "nt":
        return False
    # A junction leads to another folder, perhaps one above itself; Python 3.11 takes it for a plain folder.
    tag = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0)
    return bool(tag == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None))


def _path(root: bytes, inside: bytes) -> bytes:
    return os.path.join(root, inside.rstrip(b"/").replace(b"/", _SEPARATOR)) if inside else root


def _size(status: os.stat_result) -> int:
    """Raises Refusal for what is not a plain file."""
    if stat.S_ISREG(status.st_mode):
        return status.st_size
    if stat.S_ISDIR(status.st_mode):
        raise not_a_file("a folder")
    raise not_a_file()
