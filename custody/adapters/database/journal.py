"""Looks at a rollback journal before SQLite plays it back. A case comes from a stranger, and so may its journal.

SQLite follows what a journal says: it cuts or grows the database to the size named there, and deletes the file that is
named as super-journal once it is done with it, whichever file that is. Nothing here ever writes to two databases in
one transaction, so an honest journal names no super-journal, and a case can be moved with its journals beside it. One
that makes a database smaller was left by a write that made it larger, and so brings back page 1 at least, which every
write changes.
<https://www.sqlite.org/fileformat2.html#the_rollback_journal>
"""

import os
from pathlib import Path

from custody.errors import FormatError

MAX_PAGE = 65_536  # bytes; SQLite has no larger pages, and does not follow a journal that names any
MAGIC = bytes.fromhex("d9d505f920a163d7")
_HINT = "nothing was touched; work on with a backup, or with a copy of the case without this file"


def check_journal(database: Path) -> None:
    """Raise FormatError for a journal beside `database` that no writer of a case left behind."""
    journal = database.with_name(f"{database.name}-journal")
    try:
        with journal.open("rb") as file:
            header = file.read(28)
            records, nonce, pages, sector, page_size = _numbers(header)
            file.seek(sector)
            first = file.read(page_size + 8 if page_size <= MAX_PAGE else 0)
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - len(MAGIC)))
            end = file.read()
        present = database.stat().st_size
    except OSError:
        return  # none there; what cannot be read SQLite says better
    if header[:8] != MAGIC:
        return  # none that is played back: SQLite passes over it
    if size > len(header) and end == MAGIC:  # the end of a super-journal's name
        raise FormatError(f"{journal.name} names a file that no writer of a case uses, and would delete it", _HINT)
    if page_size == 0 or pages * page_size > max(present, page_size):
        raise FormatError(f"{journal.name} would make {database.name} larger than it ever was", _HINT)
    if pages * page_size < present and (pages == 0 or records == 0 or not _brings_back(first, nonce, pages)):
        raise FormatError(f"{journal.name} would cut {database.name} off, and brings nothing back", _HINT)


def _numbers(header: bytes) -> list[int]:
    """Number of records, nonce of the checksums, size of the database in pages, sector size, page size."""
    return [int.from_bytes(header[start : start + 4], "big") for start in range(8, 28, 4)]


def _brings_back(record: bytes, nonce: int, pages: int) -> bool:
    """Whether the first record is one that SQLite plays back: of a page that was there, with the right checksum."""
    number, page, checksum = int.from_bytes(record[:4], "big"), record[4:-4], int.from_bytes(record[-4:], "big")
    return 0 < number <= pages and (nonce + sum(page[len(page) - 200 : 0 : -200])) & 0xFFFFFFFF == checksum
