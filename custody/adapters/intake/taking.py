"""Takes in one file: reads it once and says what was seen of it, or why it was not taken. Signs and records nothing.

A change that is made while the file is read is noticed by size and times, which the file system keeps to its own
precision: a change within the same tick of its clock, or one made through a memory map, can pass unnoticed. The digest
is of what was kept all the same.
"""

import os
from collections.abc import Callable
from datetime import datetime

from custody.adapters.intake.attributes import left_by_browser
from custody.adapters.intake.mediatype import HEAD, media_type
from custody.adapters.intake.opening import SourceFile, open_source
from custody.adapters.intake.refusal import Refusal, changed, refused
from custody.adapters.intake.times import file_times
from custody.errors import StorageError
from custody.formats.digest import Digester, Digests
from custody.formats.encoding import format_time
from custody.ports import EvidenceStore, FileOrder, NotTaken, Outcome, Taken

ATTEMPTS = 2  # a file that is being saved is whole a moment later; a log that is written all the time never is
_STEP = 1024 * 1024


def take(
    order: FileOrder, *, store: EvidenceStore | None, extra: tuple[str, ...], now: Callable[[], datetime]
) -> Outcome:
    """Read a file once: keep its bytes in `store` (None: only digest them) and gather the facts about it.

    What cannot be taken is an answer and no error. FormatError for an unknown extra digest.
    """
    try:
        for _ in range(ATTEMPTS):
            if (taken := _take(order, store, extra, now)) is not None:
                return taken
        raise changed()
    except Refusal as refusal:
        return refusal.answer
    except StorageError as error:
        return NotTaken(outcome="store-error", message=f"{error.message}; {error.hint}")


def _take(
    order: FileOrder, store: EvidenceStore | None, extra: tuple[str, ...], now: Callable[[], datetime]
) -> Taken | None:
    """None when the file changed meanwhile. Raises Refusal and StorageError."""
    with open_source(order.path, follow=order.follow, head_size=HEAD) as file:
        try:
            before = os.fstat(file.fileno())
            digests = _digest(file, extra) if store is None else store.copy_in(file, before.st_size, extra)
            after = os.fstat(file.fileno())
        except OSError as error:
            raise refused(error) from error
        hashed_at = now()
        if _what_changes(before) != _what_changes(after) or digests.size != after.st_size:
            return None
        # A link's own name says nothing of the file; what a browser left lies beside the file.
        path = os.path.realpath(order.path) if order.follow else order.path
        kind, kind_from = media_type(_head(file, digests, store), os.path.basename(path))
        times = file_times(file.fileno(), after)
        return Taken(
            sha256=digests.sha256.hex(),
            size=digests.size,
            extra={name: digest.hex() for name, digest in digests.extra.items()},
            media_type=kind,
            media_type_from=kind_from,
            modified=times.modified,
            changed=times.changed,
            created=times.created,
            origin=left_by_browser(file.fileno(), path),
            hashed_at=format_time(hashed_at),
        )


def _digest(file: SourceFile, extra: tuple[str, ...]) -> Digests:
    digester = Digester(extra)
    while data := file.read(_STEP):
        digester.update(data)
    return digester.finish()


def _head(file: SourceFile, digests: Digests, store: EvidenceStore | None) -> bytes:
    """The first bytes; of what was kept, where the system copied them past us. Raises StorageError."""
    if file.head or digests.size == 0 or store is None:
        return file.head
    with store.open(digests.sha256.hex()) as kept:
        return kept.read(HEAD)


def _what_changes(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
