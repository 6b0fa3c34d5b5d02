"""Re-reads stored objects, in chunks that workers share. Compares nothing."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from custody.ports import CaseFiles, CheckOrder, ObjectCheck, World

CHUNK = 128  # objects a task
ALONE = 100  # objects; below, starting processes costs more than it saves
LITTLE = 1000, 2**26  # objects and bytes of them, up to which it does too: all are read in a tenth of a second


class Asked(NamedTuple):
    """What is asked of an object: the names of extra digests to compute, and how many bytes it has at most."""

    extra: tuple[str, ...] = ()
    most: int | None = None


_checks = msgspec.msgpack.Decoder(list[ObjectCheck])


def check_objects(
    files: CaseFiles, world: World, wanted: Mapping[str, Asked], progress: Callable[[int], None]
) -> dict[str, ObjectCheck]:
    """What re-reading each of the named objects gave; `progress` hears the bytes that were read."""
    folder = os.fsencode(files.evidence.folder)
    chunks = list(_chunks(wanted))
    orders = (
        msgspec.msgpack.encode(
            CheckOrder(
                evidence=folder, objects=tuple(names), extra=extra, most=tuple(wanted[name].most for name in names)
            )
        )
        for extra, names in chunks
    )
    found: dict[str, ObjectCheck] = {}
    answers = world.workers.map(world.check_objects, orders, alone=len(wanted) <= ALONE or _is_little(wanted))
    for (_, names), answer in zip(chunks, answers, strict=True):
        for name, check in zip(names, _checks.decode(answer), strict=True):
            found[name] = check
            progress(check.size if check.found is not None else 0)
    return found


def _is_little(wanted: Mapping[str, Asked]) -> bool:
    """Whether no more than LITTLE is read, whatever stands there: of no object more than it may have."""
    sizes = [asked.most for asked in wanted.values() if asked.most is not None]
    return len(wanted) == len(sizes) <= LITTLE[0] and sum(sizes) <= LITTLE[1]


def _chunks(wanted: Mapping[str, Asked]) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    for extra in dict.fromkeys(asked.extra for asked in wanted.values()):
        names = [name for name, asked in wanted.items() if asked.extra == extra]
        yield from ((extra, names[start : start + CHUNK]) for start in range(0, len(names), CHUNK))


def merged(pairs: Iterable[tuple[str, Asked]]) -> dict[str, Asked]:
    """Each object once, with every extra digest that any of its items recorded, and as large as any of them has it."""
    wanted: dict[str, Asked] = {}
    for name, asked in pairs:
        before = wanted.get(name)
        if before is None:
            wanted[name] = Asked(tuple(sorted(asked.extra)), asked.most)
        else:
            most = None if None in (before.most, asked.most) else max(before.most or 0, asked.most or 0)
            wanted[name] = Asked(tuple(sorted({*before.extra, *asked.extra})), most)
    return wanted
