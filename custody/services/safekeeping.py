"""Copies a case record by record and object by object: for a backup, and back from one.

What is copied is read through the same checks as any case, and a copy is judged like any case before it is called one.
"""

from collections.abc import Callable
from dataclasses import dataclass

from custody.domain.events import LedgerSeen, Restored
from custody.domain.structure import MAX_BATCH
from custody.errors import StorageError, VerificationError
from custody.ports import CaseFiles
from custody.services import listing
from custody.services.recording import Draft, Recorder
from custody.services.recording.appending import Recorded


@dataclass(frozen=True, slots=True)
class Copied:
    """How many records of how many ledgers, and how many stored objects, a copy has."""

    ledgers: int
    records: int
    objects: int


def copy_case(source: CaseFiles, target: CaseFiles, progress: Callable[[int], None]) -> Copied:
    """Copy what is recorded now into an empty case folder, durably; `progress` hears the bytes of each object.

    Records first: an object that is added meanwhile belongs to a later record. Raises StorageError, VerificationError.
    """
    with source.ledgers.reading() as reader:
        sizes = {ledger: reader.size(ledger) for ledger in reader.ledgers()}
    target.ledgers.create()
    for ledger, size in sizes.items():
        for start in range(0, size, MAX_BATCH):
            _copy_rows(source, target, ledger, start, min(size, start + MAX_BATCH))
    objects = 0
    for name in source.evidence.names():
        with source.evidence.open(name) as file:
            try:
                copied = target.evidence.copy_in(file, 0, ())
            except OSError as error:
                raise StorageError(f"the stored file {name[:16]}… cannot be read: {error.strerror}") from error
        objects += 1
        progress(copied.size)
    target.evidence.sync()
    return Copied(len(sizes), sum(sizes.values()), objects)


def _copy_rows(source: CaseFiles, target: CaseFiles, ledger: str, start: int, stop: int) -> None:
    with source.ledgers.reading() as reader:
        rows = list(reader.rows(ledger, start, stop))
        openings = list(reader.openings(ledger, start, stop))
    if [row.position for row in rows] != list(range(start, stop)):
        raise VerificationError(f"records from {start} to {stop - 1} are not all there", "run custody verify")
    with target.ledgers.writing() as writer:
        writer.append(ledger, rows, openings)


def tell_restored(recorder: Recorder) -> Recorded:
    """Sign that the ledger goes on from a backup, and how many records of it others say that they have seen."""
    with recorder.files.ledgers.reading() as reader:
        size = reader.size(recorder.ledger.id)
    seen = [size]
    for ledger in recorder.whole.ledgers:
        for _, body in listing.of_kind(recorder.files, ledger, LedgerSeen):
            seen += [one.size for one in body.ledgers if one.ledger == recorder.ledger.id]
    (recorded,) = recorder.append([Draft(Restored(backup_size=size, seen=max(seen)))])
    return recorded
