"""The case folder: makes one, finds one, and says where its parts lie. Reads no evidence.

`case.toml` holds addresses only; nothing in it is trusted. A case comes from a stranger, so its parts are looked at
before anything opens them: a pipe, a device or a link in the place of a file would hang or mislead what reads it.
"""

import os
import re
import stat
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from custody import disk
from custody.domain.addresses import MAX_ADDRESSES, Address
from custody.errors import FormatError, StorageError, UsageError

MARK = "case.toml"
MAX_MARK = 8192  # bytes; ours has some 170, and 300 an authority; tomllib takes the square of a dotted key's length
_RESTORE = "copy it from a backup of the case"
_COPY = "copy the case again, with its files, or work on with a backup"
_CONTENT = """\
# A case of custody. This file holds addresses only; nothing in it is trusted.
format = 1
ledger = "ledger.db"
openings = "openings.db"
evidence = "evidence"
"""
_AUTHORITIES = "authorities"
_BARE = re.compile(r"[A-Za-z0-9_-]+")  # TOML 1.0.0, section Keys


@dataclass(frozen=True, slots=True)
class CaseFolder:
    """Where the parts of a case lie."""

    folder: Path
    ledger: Path
    openings: Path
    evidence: Path


def find_case(start: Path) -> CaseFolder | None:
    """The case at `start` or in the nearest folder above it; None when there is none."""
    start = start.absolute()
    for folder in (start, *start.parents):
        if os.path.lexists(folder / MARK):
            return read_case(folder)
    return None


def read_case(folder: Path) -> CaseFolder:
    """The case in exactly this folder.

    Raises UsageError when it is none, FormatError when case.toml or what it names cannot be what a case has there,
    StorageError when it may not be read.
    """
    mark = folder / MARK
    content = _content(mark)
    version = content.get("format")
    if version != 1 or type(version) is not int:  # to Python, true and 1.0 are equal to it
        raise FormatError(
            f"{mark} is of a format that this version does not know", "install a newer version of custody"
        )
    ledger, openings, evidence = (_address(folder, content, name) for name in ("ledger", "openings", "evidence"))
    _check_apart(folder, (ledger, openings), evidence)
    for database in (ledger, openings):
        _check_kind(database, stat.S_ISREG, "file")
        _check_kind(_beside(database, "-journal"), stat.S_ISREG, "file")  # SQLite opens it before the database
        if os.path.lexists(_beside(database, "-wal")):  # SQLite reads it, whatever the database says of its journal
            raise FormatError(
                f"{_beside(database, '-wal')}: another program has left a part of {database.name} there",
                "keep this copy with every file beside it, and work on with a backup",
            )
    _check_kind(evidence, stat.S_ISDIR, "folder")
    return CaseFolder(folder, ledger, openings, evidence)


def read_addresses(folder: Path) -> tuple[Address, ...]:
    """The authorities and witnesses that the case in this folder names, by name.

    Raises FormatError for what names none; whoever gave us the case may have written anything there.
    """
    listed = _content(folder / MARK).get(_AUTHORITIES, {})
    try:
        if not isinstance(listed, dict):
            raise FormatError("the authorities are no table")
        if len(listed) > MAX_ADDRESSES:
            raise FormatError(f"it names more than {MAX_ADDRESSES} authorities")
        return tuple(_authority(name, listed[name]) for name in sorted(listed))
    except FormatError as error:
        raise FormatError(f"{folder / MARK}: {error.message}", _RESTORE) from error


def write_addresses(folder: Path, addresses: Sequence[Address]) -> None:
    """Have the case in this folder name these authorities and witnesses, and no others, durably.

    Comments are lost, other keys kept. Of two commands that change it at the same moment the later one wins: it holds
    what people can type again. Raises FormatError for too many, StorageError when it cannot be written; then the file
    is as it was.
    """
    if len(addresses) > MAX_ADDRESSES:
        raise FormatError(f"a case names up to {MAX_ADDRESSES} authorities", "remove one: custody authority remove")
    mark = folder / MARK
    content = {name: value for name, value in _content(mark).items() if name != _AUTHORITIES}
    lines = [
        f"{name if _BARE.fullmatch(name) else _literal(name)} = {_literal(value)}" for name, value in content.items()
    ]
    for one in sorted(addresses, key=lambda one: one.name):
        lines += ["", f"[{_AUTHORITIES}.{one.name}]", f"kind = {_literal(one.kind)}", f"url = {_literal(one.url)}"]
    data = "\n".join([_CONTENT.splitlines()[0], *lines, ""]).encode()
    if len(data) > MAX_MARK:
        raise FormatError(f"{mark} would be larger than any {MARK} is", "take out of it what is not from custody")
    try:
        disk.replace(mark, data)
        disk.sync(folder)
    except OSError as error:
        raise StorageError(f"{mark} cannot be written: {error.strerror}", "check that the folder is yours") from error


def _authority(name: str, value: object) -> Address:
    match value:
        case {"kind": ("opentimestamps" | "rfc3161" | "witness") as kind, "url": str(url), **rest} if not rest:
            return Address(name, kind, url)
    raise FormatError(f"what it says of the authority {name[:40]!r} cannot be read")


def _literal(value: object) -> str:
    """A key or value as TOML (1.0.0, sections Keys, String, Integer): what is not printable ASCII is escaped."""
    if isinstance(value, str):
        return f'"{"".join(map(_toml_character, value))}"'
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise FormatError(f"{MARK} holds what no version of custody writes there", _RESTORE)


def _toml_character(one: str) -> str:
    return one if " " <= one <= "~" and one not in '"\\' else f"\\U{ord(one):08x}"


def make_case(folder: Path) -> "NewCaseFolder":
    """A new case folder, made beside its place until it is complete. Raises UsageError when the place is taken."""
    # `..` is taken out as the system does: it would be taken for a folder inside what it leads out of. A link at the
    # end is not followed.
    folder = folder.resolve() if folder.name in ("", "..") else folder.parent.resolve() / folder.name
    if folder.is_dir() and not any(folder.iterdir()):
        pass
    elif folder.exists() or folder.is_symlink():
        raise UsageError(f"{folder} exists and is not an empty folder", "choose another name for the case folder")
    if (above := find_case(folder.parent)) is not None:
        raise UsageError(f"{folder} would lie inside another case, {above.folder}", "choose a place outside of it")
    return NewCaseFolder(folder)


class NewCaseFolder:
    """A case folder in the making: leaving the block without an error puts it in its place, else it is removed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._draft = folder.with_name(f".{folder.name}.{os.getpid()}.new")

    def __enter__(self) -> CaseFolder:
        import shutil

        try:
            self._draft.mkdir(parents=True, mode=0o700)
            (self._draft / "evidence").mkdir(mode=0o700)
            (self._draft / MARK).write_text(_CONTENT, encoding="utf-8", newline="\n")
            disk.sync(self._draft / MARK)
        except OSError as error:
            shutil.rmtree(self._draft, ignore_errors=True)
            raise StorageError(
                f"{self._folder} cannot be made: {error.strerror}", "choose a place where you may write"
            ) from error
        return read_case(self._draft)

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        import shutil

        if kind is not None:
            shutil.rmtree(self._draft, ignore_errors=True)
            return
        try:
            if self._folder.exists():
                self._folder.rmdir()  # empty, as `make_case` saw; Windows renames onto nothing that exists
            disk.sync(self._draft)
            self._draft.rename(self._folder)
            disk.sync(self._folder.parent)
        except OSError as error:
            shutil.rmtree(self._draft, ignore_errors=True)
            raise StorageError(f"{self._folder} cannot be made: {error.strerror}") from error


def _content(mark: Path) -> dict[str, object]:
    """What case.toml says. Nothing but a regular file is opened, and no more of it is read than it can have."""
    try:
        status = _status(mark)
        if status is None:
            raise UsageError(f"{mark.parent} is not a case: it has no {MARK}", "name the folder of a case with --case")
        _check_kind(mark, stat.S_ISREG, "file")
        with mark.open("rb") as file:
            if not os.path.samestat(status, os.fstat(file.fileno())):
                raise StorageError(f"{mark} was changed while it was read", "run it again")
            data = file.read(MAX_MARK + 1)
    except OSError as error:
        raise StorageError(f"{mark} cannot be read: {error.strerror}", "check that the folder is yours") from error
    if len(data) > MAX_MARK:
        raise FormatError(f"{mark} is larger than any {MARK} is", _RESTORE)
    try:
        return tomllib.loads(data.decode())
    except RecursionError as error:
        raise FormatError(f"{mark} cannot be read: it is nested too deep", _RESTORE) from error
    except ValueError as error:  # neither UTF-8 nor TOML, or a number of too many digits
        raise FormatError(f"{mark} cannot be read: {error}", _RESTORE) from error


def _address(folder: Path, content: dict[str, object], name: str) -> Path:
    """An address within the case folder: case.toml comes from whoever gave us the case, and must not lead elsewhere."""
    value = content.get(name)
    if not isinstance(value, str) or not value:
        raise FormatError(f"{folder / MARK} does not say where {name} lies", _RESTORE)
    path = Path(value)
    if not path.parts or path.is_absolute() or path.drive or ".." in path.parts:
        raise FormatError(f"{folder / MARK}: {name} leads out of the case folder", _RESTORE)
    try:
        for above in reversed((folder / path).parents[: len(path.parts) - 1]):
            _check_kind(above, stat.S_ISDIR, "folder")
        _status(_beside(folder / path, "-journal"))  # the longest name that is asked for
        # A junction of Windows is no link to `lstat`.
        inside = (folder / path).is_symlink() or (folder / path).resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError) as error:  # too long, a NUL, a loop
        raise FormatError(f"{folder / MARK}: {name} cannot be looked up: no file has such a name", _RESTORE) from error
    if not inside:
        raise FormatError(f"{folder / path} leads out of the case folder", _COPY)
    return folder / path


def _check_apart(folder: Path, databases: tuple[Path, ...], evidence: Path) -> None:
    """Raise FormatError when two addresses are one file, or one is where SQLite looks for another's journal.

    Names are compared without case, as macOS and Windows do; hard links by what they lead to.
    """
    names = [folder / MARK, evidence, *databases]
    names += [_beside(database, suffix) for database in databases for suffix in ("-journal", "-wal", "-shm")]
    states = [(status.st_dev, status.st_ino) for path in (*databases, evidence) if (status := _status(path))]
    if len({str(name).casefold() for name in names}) < len(names) or len(set(states)) < len(states):
        raise FormatError(
            f"{folder / MARK} names one file for two of the ledger, the openings and the evidence", _RESTORE
        )


def _check_kind(path: Path, is_kind: Callable[[int], bool], kind: str) -> None:
    """Raise FormatError for what is there and is a link, or not of this kind."""
    status = _status(path)
    if status is None or is_kind(status.st_mode):
        return
    if stat.S_ISLNK(status.st_mode):
        raise FormatError(f"{path} is a link, and a case has none there", _COPY)
    raise FormatError(f"{path} is not a {kind}, and nothing else belongs there", _COPY)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
