"""How a SQLite file is opened: journal, locks, and what SQLite's own errors mean to a person.

A rollback journal, never WAL: a case at rest is one file that can be copied, and read from read-only media.
"""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from math import inf
from pathlib import Path
from typing import Any

from custody.adapters.database.journal import check_journal
from custody.errors import FormatError, StorageError

_MAGIC = b"SQLite format 3\0"  # file format, section 1.3
_ROLLBACK = b"\x01\x01"  # write and read version: legacy, not WAL
BUSY_TIMEOUT_S = 60  # rows are never locked while files are hashed, so a minute is far more than a batch takes
CACHE_KIB = 32 * 1024  # holds a batch: what does not fit is written, and the journal synced, before the commit
MAX_CELL = 2**28  # bytes that SQLite takes into memory for one cell or row; no honest row has 5 MB

# Steps of SQLite's machine that one statement may take. Honest reads take at most 0.3 a byte of the file, and the
# longest of a small file some thousands; pages that name one another have no end, or one that nobody lives to see.
STEPS = 1_000_000
STEPS_A_BYTE = 3
_LOOK = 10_000  # steps between looks


class _Bounded(sqlite3.Connection):
    """A connection whose statements end: one that takes more steps than its file can ask for is refused."""

    allowed = STEPS
    _left: float = STEPS

    def bound(self, size: int) -> None:
        """Bound every statement by the size of the file."""
        self.allowed = STEPS + STEPS_A_BYTE * size
        self.set_progress_handler(self._look, _LOOK)

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        self._left = self.allowed
        return super().execute(sql, values)

    def executemany(self, sql: str, rows: Any, /) -> sqlite3.Cursor:
        self._left = inf  # as many steps as there are rows to be written
        return super().executemany(sql, rows)

    def _look(self) -> bool:
        self._left -= _LOOK
        return self._left < 0


@contextmanager
def reading(path: Path, *, own: bool = False) -> Iterator[sqlite3.Connection]:
    """One consistent view of a database. Raises FormatError and StorageError, also for what happens in the block.

    `own` is for the person's own files, beside which no stranger leaves a journal.
    """
    with translated(path), closing(_connect(path, read_only=True, own=own)) as connection:
        connection.execute("BEGIN")
        yield connection


@contextmanager
def writing(path: Path, *, page_size: int = 4096, own: bool = False) -> Iterator[sqlite3.Connection]:
    """A database locked for writing; whoever has it commits, and what is not committed is undone at the end.

    `page_size` (bytes) is for a file that is made by this; `own` as for `reading`.

    Raises FormatError and StorageError, also for what happens in the block.
    """
    with translated(path), closing(_connect(path, read_only=False, own=own)) as connection:
        connection.execute(f"PRAGMA page_size = {page_size}")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def _connect(path: Path, *, read_only: bool, own: bool) -> sqlite3.Connection:
    _check_header(path)
    if not own:
        check_journal(path)
    connection = sqlite3.connect(
        _file_uri(path, read_only=read_only),
        uri=True,
        isolation_level=None,
        timeout=BUSY_TIMEOUT_S,
        factory=_Bounded,
    )
    connection.bound(path.stat().st_size if path.exists() else 0)
    connection.text_factory = _text
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_CELL)
    # A case comes from a stranger: its schema must not call functions, nor its pages lie about their cells.
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "recursive_triggers = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _file_uri(path: Path, *, read_only: bool) -> str:
    """The SQLite URI of a file; `mode` keeps a reader from creating what is not there.

    A journal left by a crash must be rolled back before anything can be read, so that reader may write.
    """
    mode = "rwc"
    if read_only:
        mode = "rw" if path.with_name(f"{path.name}-journal").exists() else "ro"
    return f"{path.absolute().as_uri()}?mode={mode}"


def _check_header(path: Path) -> None:
    """Raise FormatError for a file that is no SQLite database, or one in WAL mode, whose newest rows lie elsewhere."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise StorageError(f"{path} is not a plain file", "move it away, or put back a copy from a backup")
        with path.open("rb") as file:
            header = file.read(20)
    except OSError:
        return  # SQLite says it better
    if header and not header.startswith(_MAGIC):
        raise FormatError(
            f"{path.name} is not a readable database", "keep this copy as it is, and work on with a backup"
        )
    if header and header[18:] != _ROLLBACK:
        raise FormatError(
            f"{path.name} was changed to another journal mode by another program, so part of it may lie in other files",
            "keep this copy with every file beside it, and work on with a backup",
        )


def _text(data: bytes) -> str:
    """Text as it is stored. What is not UTF-8 becomes other text (`\\xff`), so that one damaged cell hides no row."""
    return data.decode("utf-8", "backslashreplace")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about `path` into ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise _ours(path, error) from error
    except (UnicodeDecodeError, MemoryError) as error:
        # What SQLite says of a damaged schema quotes it, and Python reads that as UTF-8; or a page names a length that
        # nobody has.
        raise FormatError(
            f"{path.name} is not a readable database", "keep this copy as it is, and work on with a backup"
        ) from error


def _ours(path: Path, cause: sqlite3.Error) -> FormatError | StorageError:
    words = str(cause)
    match getattr(cause, "sqlite_errorname", ""):
        case "SQLITE_NOTADB" | "SQLITE_CORRUPT" | "SQLITE_CORRUPT_INDEX" | "SQLITE_CORRUPT_VTAB":
            return FormatError(
                f"{path.name} is not a readable database: {words}",
                "keep this copy as it is, and work on with a backup",
            )
        case "SQLITE_TOOBIG":
            return FormatError(
                f"{path.name} holds a cell that is larger than any of custody's",
                "keep this copy as it is, and work on with a backup",
            )
        case "SQLITE_INTERRUPT":  # by `_Bounded`
            return FormatError(
                f"{path.name} is not a readable database: reading it does not come to an end",
                "keep this copy as it is, and work on with a backup",
            )
        case "SQLITE_FULL":
            return StorageError(f"the disk is full: {path.name} was left as it was", "free some space and run it again")
        case "SQLITE_READONLY" | "SQLITE_READONLY_DIRECTORY" | "SQLITE_PERM" | "SQLITE_READONLY_DBMOVED":
            return StorageError(f"{path.name} may not be written", "copy the case to a disk that can be written")
        case "SQLITE_IOERR_DIR_FSYNC":
            return StorageError(
                f"the disk did not confirm that {path.name} is written; it may be recorded all the same",
                "check the disk, and look at custody log before you do it again",
            )
        case "SQLITE_BUSY":
            return StorageError(
                f"{path.name} is in use by another program", "wait until it has finished, then run it again"
            )
        case "SQLITE_CANTOPEN":
            return StorageError(f"{path.name} cannot be opened", f"check that {path.parent} is there and yours")
    return StorageError(f"{path.name}: {words}", "nothing was recorded; check the disk, then run it again")
