"""Hashes the files that a reader was given: whole folders too, and large files in one pass. Compares nothing."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import msgspec

from custody.domain.visible import visible
from custody.errors import StorageError, UsageError
from custody.ports import FileOrder, Found, Intake, NotTaken, Outcome, TakeOrder, World
from custody.services.auditing.carried.matching import GivenFile

CHUNK = 64  # files a task
ALONE = 100  # files; below, starting processes costs more than it saves
HINT = "nothing was compared; name files that are here and that you may read"
MAX_GIVEN = 1_000_000  # files; more are not given to somebody by hand

_outcomes = msgspec.msgpack.Decoder(list[Outcome])


def hash_files(paths: Sequence[str], intake: Intake, world: World, progress: Callable[[int], None]) -> list[GivenFile]:
    """Every file of these, and of the folders among them; links in folders are passed over.

    `progress` hears the bytes that were read. Raises UsageError for a path that is not there, StorageError for a file
    that cannot be read: a comparison that leaves one out must not look like one of all.
    """
    named = list(islice(_found(paths, intake), MAX_GIVEN + 1))
    if len(named) > MAX_GIVEN:
        raise UsageError(f"more than {MAX_GIVEN} files were given", "name the folder of one case's evidence")
    files = [one for one in named if one[0].skipped is None]
    waiting: deque[list[tuple[Found, str | None]]] = deque()

    def orders() -> Iterator[bytes]:
        remaining = iter(files)
        while some := list(islice(remaining, CHUNK)):
            waiting.append(some)
            yield msgspec.msgpack.encode(
                TakeOrder(
                    evidence=None,
                    extra=(),
                    files=tuple(FileOrder(path=one.path, follow=one.follow) for one, _ in some if one.failed is None),
                )
            )

    given: list[GivenFile] = []
    for answer in world.workers.map(world.take, orders(), alone=len(files) <= ALONE):
        outcomes = iter(_outcomes.decode(answer))
        for one, folder in waiting.popleft():
            outcome = one.failed if one.failed is not None else next(outcomes)
            name = _name(one, folder)
            if isinstance(outcome, NotTaken):
                raise StorageError(f"{visible(name)} cannot be read: {outcome.message}", HINT)
            given.append(GivenFile(name, outcome.sha256, outcome.size, folder, one.inside if folder else b""))
            progress(outcome.size)
    return given


def _found(paths: Iterable[str], intake: Intake) -> Iterator[tuple[Found, str | None]]:
    """What is there, with the folder that was named where it came from one."""
    return chain.from_iterable(
        ((one, path) for one in intake.walk(path)) if intake.is_folder(path) else [(intake.file(path), None)]
        for path in paths
    )


def _name(one: Found, folder: str | None) -> str:
    """How people name a file: as they typed it, or below the folder that they typed."""
    inside = os.fsdecode(one.inside if folder else one.path.rpartition(os.fsencode(os.sep))[2])
    text = f"{Path(folder).name}/{inside}" if folder else inside
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
