"""Re-reads stored objects, in chunks that workers share. Compares nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from custody.ports import CaseFiles, CheckOrder, ObjectCheck, World

CHUNK = 128  # objects a task
ALONE = 100  # objects; below, starting processes costs more than it saves

Extra = tuple[str, ...]
"""The names of the extra digests to compute of an object."""

_checks = msgspec.msgpack.Decoder(list[ObjectCheck])


def check_objects(
    files: CaseFiles, world: World, wanted: Mapping[str, Extra], progress: Callable[[int], None]
) -> dict[str, ObjectCheck]:
    """What re-reading each of the named objects gave; `progress` hears the bytes that were read."""
    folder = str(files.evidence.folder)
    chunks = list(_chunks(wanted))
    orders = (
        msgspec.msgpack.encode(CheckOrder(evidence=folder, objects=tuple(names), extra=extra))
        for extra, names in chunks
    )
    found: dict[str, ObjectCheck] = {}
    answers = world.workers.map(world.check_objects, orders, alone=len(wanted) <= ALONE)
    for (_, names), answer in zip(chunks, answers, strict=True):
        for name, check in zip(names, _checks.decode(answer), strict=True):
            found[name] = check
            progress(check.size)
    return found


def _chunks(wanted: Mapping[str, Extra]) -> Iterator[tuple[Extra, list[str]]]:
    for extra in dict.fromkeys(wanted.values()):
        names = [name for name, has in wanted.items() if has == extra]
        yield from ((extra, names[start : start + CHUNK]) for start in range(0, len(names), CHUNK))


def merged(pairs: Iterable[tuple[str, Extra]]) -> dict[str, Extra]:
    """Each object once, with every extra digest that any of its items recorded."""
    wanted: dict[str, Extra] = {}
    for name, extra in pairs:
        wanted[name] = tuple(sorted({*wanted.get(name, ()), *extra}))
    return wanted
