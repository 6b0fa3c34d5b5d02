"""Looks at a rollback journal before SQLite plays it back. A case comes from a stranger, and so may its journal.

SQLite follows what a journal says: it cuts or grows the database to the size named there, and deletes the file that is
named as super-journal once it is done with it, whichever file that is.
<https://www.sqlite.org/fileformat2.html#the_rollback_journal>
"""

import os
import re
from pathlib import Path

from custody.errors import FormatError, StorageError

MAGIC = bytes.fromhex("d9d505f920a163d7")
MAX_NAME = 4096  # bytes of a path
_HINT = "nothing was touched; work on with a backup, or with a copy of the case without this file"


def check_journal(database: Path) -> None:
    """Raise FormatError for a journal beside `database` that no writer of this case left behind here.

    StorageError when it was left in another place: moved meanwhile, it would be played back for one database alone.
    """
    journal = database.with_name(f"{database.name}-journal")
    try:
        with journal.open("rb") as file:
            header = file.read(28)
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - 16 - MAX_NAME))
            end = file.read()
    except OSError:
        return  # none there; what cannot be read SQLite says better
    if not header or header[0] == 0:
        return  # no journal to be played back
    if header[:8] != MAGIC:
        return  # SQLite passes over it
    pages, page_size = (int.from_bytes(header[start : start + 4], "big") for start in (16, 24))
    if page_size and pages * page_size > max(database.stat().st_size, page_size):
        raise FormatError(f"{journal.name} would make {database.name} larger than it ever was", _HINT)
    if end.endswith(MAGIC):
        length = int.from_bytes(end[-16:-12], "big")
        _check_super_journal(database, journal, end[-16 - length : -16] if 0 < length <= len(end) - 16 else b"")


def _check_super_journal(database: Path, journal: Path, name: bytes) -> None:
    path = Path(os.fsdecode(name)) if b"\0" not in name else Path()
    if not re.fullmatch(re.escape("ledger.db") + r"-mj[0-9A-F]{9}", path.name):
        raise FormatError(f"{journal.name} names a file that no writer of a case uses, and would delete it", _HINT)
    if path.parent.resolve() != database.parent.resolve():
        raise StorageError(
            f"a write was broken off in {path.parent}, and the case was moved since",
            "move it back there and run custody verify once; then move it again",
        )
