"""Carries the stored bytes of items from one case folder to another: beside an offer, or as a working copy."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress

from custody.domain.events import Collected, Reported
from custody.domain.fields import is_item_number
from custody.errors import FormatError, StorageError
from custody.formats import partslist
from custody.ports import EvidenceStore
from custody.services import replaying, tokens
from custody.services.recording import Recorder
from custody.services.recording.caring import collected


def objects_of(recorder: Recorder, number: str, store: EvidenceStore) -> Iterator[str]:
    """The names of the stored objects of an item; of a folder also those of its parts, read from the list in `store`.

    Raises StorageError when the list is not there, FormatError when it is none.
    """
    _, statement, values = collected(recorder, number)
    body = statement.body
    assert isinstance(body, Collected)  # `collected` looked
    digest = body.digest if isinstance(body.digest, str) else values.get("/digest")
    if not isinstance(digest, str):
        raise FormatError(f"{number}: its digest is sealed, and what opens it is not here")
    if body.parts is None:
        if body.kept:
            yield digest
        return
    yield digest
    facts = body.parts.facts if isinstance(body.parts.facts, str) else values.get("/parts/facts")
    if isinstance(facts, str):
        yield facts
    if body.kept:
        with store.open(digest) as file:
            lines = iter(lambda: file.readline(partslist.MAX_LINE + 1), b"")
            for part in partslist.parse_lines(lines):
                yield part.sha256.hex()


def carry(recorder: Recorder, numbers: Sequence[str], target: EvidenceStore) -> int:
    """Copy the objects of items into another store, durably; how many. Raises StorageError, FormatError."""
    return _copy(recorder, numbers, recorder.files.evidence, target)


def fetch(recorder: Recorder, numbers: Sequence[str], source: EvidenceStore) -> list[str]:
    """Copy the objects of items from another store into the case's, durably; the items of which all are here now.

    An object whose bytes are not those that its name says is not taken over.
    """
    here = []
    for number in numbers:
        with suppress(StorageError, FormatError):
            _copy(recorder, [number], source, recorder.files.evidence)
            here.append(number)
    return here


def _copy(recorder: Recorder, numbers: Sequence[str], source: EvidenceStore, target: EvidenceStore) -> int:
    count = 0
    for number in numbers:
        for name in objects_of(recorder, number, source):
            if source.check(name).found != name:  # before it is copied: else it would stay there under its true name
                raise StorageError(f"{number}: a stored file is missing or changed: {name[:16]}…", "ask for it again")
            with source.open(name) as file:
                try:
                    target.copy_in(file, _size(file.fileno()), ())
                except OSError as error:
                    raise StorageError(f"{name} cannot be read: {error.strerror}") from error
            count += 1
    target.sync()
    return count


def _size(descriptor: int) -> int:
    return os.fstat(descriptor).st_size


def remove(recorder: Recorder, number: str) -> int:
    """Remove the stored objects of a disposed item that no other item still needs; how many. Raises StorageError.

    Nothing is removed while it is not known what another one needs; also an item whose record breaks a rule is one.
    """
    store = recorder.files.evidence
    with recorder.files.ledgers.reading() as reader:
        others = [one for ledger in recorder.whole.ledgers for one in reader.items(ledger) if is_item_number(one)]
    try:
        names = list(objects_of(recorder, number, store))
    except (FormatError, StorageError):
        return 0  # without its list, or what opens its digest, nobody knows which they are
    needed: set[str] = set()
    state = recorder.state(others)
    for other in others:
        known = state.items.get(other)
        if other == number or (known is not None and known.standing == "disposed"):
            continue
        if known is not None and known.body.parts is None and isinstance(known.body.digest, str):
            needed.update({known.body.digest} if known.body.kept else ())  # as most are: nothing is read for it again
            continue
        try:
            needed.update(objects_of(recorder, other, store))
        except StorageError as error:
            if not isinstance(error.__cause__, FileNotFoundError):
                return 0
            # Its list of parts is not in this folder, and so are its parts.
        except FormatError:
            return 0
    with recorder.files.ledgers.reading() as reader:  # a report that was made here, and collected as an item as well
        own = replaying.reports(reader, recorder.ledger, verified=False)
        needed.update(entry.statement.body.digest for entry in own if isinstance(entry.statement.body, Reported))
    needed.update(hashlib.sha256(data).hexdigest() for data in _of_timestamps(recorder, names))
    return sum(store.remove(name) for name in names if name not in needed)


def _of_timestamps(recorder: Recorder, names: Sequence[str]) -> Iterator[bytes]:
    """Those of these objects that timestamps rest on; to be named by one is not enough, anybody could."""
    wanted = tokens.named_in(recorder.files)
    return tokens.held(recorder.files.evidence, {name: wanted[name] for name in names if name in wanted})
