"""The case folder: makes one, finds one, and says where its parts lie. Reads no evidence.

`case.toml` holds addresses only; nothing in it is trusted.
"""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from custody.errors import FormatError, StorageError, UsageError

MARK = "case.toml"
MAX_MARK = 65_536  # bytes
_CONTENT = """\
# A case of custody. This file holds addresses only; nothing in it is trusted.
format = 1
ledger = "ledger.db"
openings = "openings.db"
evidence = "evidence"
"""


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
        if (folder / MARK).is_file():
            return read_case(folder)
    return None


def read_case(folder: Path) -> CaseFolder:
    """The case in exactly this folder. Raises UsageError when it is none, FormatError for an unusable case.toml."""
    mark = folder / MARK
    try:
        if mark.stat().st_size > MAX_MARK:
            raise FormatError(f"{mark} is larger than any case.toml is")
        content = tomllib.loads(mark.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(
            f"{folder} is not a case: it has no {MARK}", "name the folder of a case with --case"
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FormatError(f"{mark} cannot be read: {error}", "copy it from a backup of the case") from error
    except OSError as error:
        raise StorageError(f"{mark} cannot be read: {error.strerror}", "check that the folder is yours") from error
    if content.get("format") != 1:
        raise FormatError(
            f"{mark} is of a format that this version does not know", "install a newer version of custody"
        )
    return CaseFolder(folder, *(_inside(folder, content, name) for name in ("ledger", "openings", "evidence")))


def make_case(folder: Path) -> "NewCaseFolder":
    """A new case folder, made beside its place until it is complete. Raises UsageError when the place is taken."""
    folder = folder.absolute()
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
            self._draft.rename(self._folder)
        except OSError as error:
            shutil.rmtree(self._draft, ignore_errors=True)
            raise StorageError(f"{self._folder} cannot be made: {error.strerror}") from error


def _inside(folder: Path, content: dict[str, object], name: str) -> Path:
    """An address within the case folder: case.toml comes from whoever gave us the case, and must not lead elsewhere."""
    value = content.get(name)
    if not isinstance(value, str) or not value:
        raise FormatError(f"{folder / MARK} does not say where {name} lies", "copy it from a backup of the case")
    path = Path(value)
    if path.is_absolute() or path.drive or ".." in path.parts:
        raise FormatError(f"{folder / MARK}: {name} leads out of the case folder", "copy it from a backup of the case")
    if not (folder / path).resolve().is_relative_to(folder.resolve()):
        raise FormatError(f"{folder / path} is a link out of the case folder", "copy the case again, with its files")
    return folder / path
