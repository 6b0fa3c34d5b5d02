"""Assembles the parts list of a folder, its salted tree and the facts of each part, as objects of the store."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from custody.domain.opened import Origin
from custody.domain.parts import PartDigests, PartFacts, format_facts
from custody.errors import StorageError
from custody.formats.partslist import SEED_SIZE, Part, format_line, parts_root
from custody.ports import Taken
from custody.services.recording.appending import Recorder

MAX_PARTS_LIST = 256 * 2**20  # bytes; some two million parts. More is collected with --each


@dataclass(frozen=True, slots=True)
class AssembledParts:
    """What a folder's statement says of its parts; `digest` is that of the parts list, `facts` of the facts list."""

    digest: str
    facts: str
    count: int
    size: int
    root: bytes
    seed: bytes
    left_out: int


def assemble_parts(recorder: Recorder, taken: Sequence[tuple[bytes, Taken]], left_out: int) -> AssembledParts:
    """Keep parts list and facts list (domain/parts) of the taken files, by their paths inside the folder.

    They are kept also when the files themselves are not: without the list nobody could say what the digest is of.

    """
    ordered = sorted(taken, key=lambda one: one[0])
    lines = [format_line(Part(bytes.fromhex(seen.sha256), inside)) for inside, seen in ordered]
    facts = b"".join(format_facts(_facts(index, seen)) for index, (_, seen) in enumerate(ordered, 1))
    listing = b"".join(lines)
    if max(len(listing), len(facts)) > MAX_PARTS_LIST:
        raise StorageError("the folder has too many files for one item", "collect it with --each")
    seed = recorder.world.entropy(SEED_SIZE)
    store = recorder.files.evidence
    return AssembledParts(
        digest=store.add(listing),
        facts=store.add(facts),
        count=len(lines),
        size=sum(seen.size for _, seen in ordered),
        root=parts_root(seed, lines),
        seed=seed,
        left_out=left_out,
    )


def _facts(index: int, seen: Taken) -> PartFacts:
    return PartFacts(
        index=index,
        size=seen.size,
        media_type=seen.media_type,
        media_type_from=seen.media_type_from,
        changed=seen.changed,
        created=seen.created,
        modified=seen.modified,
        origin=None if seen.origin is None else msgspec.convert(seen.origin, Origin),
        extra_digests=PartDigests(**seen.extra),
    )
