"""Looks at a rollback journal before SQLite plays it back. A case comes from a stranger, and so may its journal.

SQLite follows what a journal says: it cuts or grows the database to the size named there, and deletes the file that is
named as super-journal once it is done with it, whichever file that is. Nothing here ever writes to two databases in
one transaction, so an honest journal names no super-journal, and a case can be moved with its journals beside it.
<https://www.sqlite.org/fileformat2.html#the_rollback_journal>
"""

import os
from pathlib import Path

from custody.errors import FormatError

MAGIC = bytes.fromhex("d9d505f920a163d7")
_HINT = "nothing was touched; work on with a backup, or with a copy of the case without this file"


def check_journal(database: Path) -> None:
    """Raise FormatError for a journal beside `database` that no writer of a case left behind."""
    journal = database.with_name(f"{database.name}-journal")
    try:
        with journal.open("rb") as file:
            header = file.read(28)
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - len(MAGIC)))
            end = file.read()
        present = database.stat().st_size
    except OSError:
        return  # none there; what cannot be read SQLite says better
    if header[:8] != MAGIC:
        return  # none that is played back: SQLite passes over it
    pages, page_size = (int.from_bytes(header[start : start + 4], "big") for start in (16, 24))
    if page_size and pages * page_size > max(present, page_size):
        raise FormatError(f"{journal.name} would make {database.name} larger than it ever was", _HINT)
    if size > len(header) and end == MAGIC:  # the end of a super-journal's name
        raise FormatError(f"{journal.name} names a file that no writer of a case uses, and would delete it", _HINT)
