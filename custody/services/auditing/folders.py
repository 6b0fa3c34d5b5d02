"""Compares a folder that is one item with its record: lists, parts, facts, sums, and the tree over salted lines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from custody.domain import parts as part_facts
from custody.domain.parts import PartFacts
from custody.errors import FormatError, StorageError
from custody.formats import partslist
from custody.formats.digest import EXTRA_ALGORITHMS
from custody.formats.partslist import Part, format_line, parts_root
from custody.ports import EvidenceStore, ObjectCheck
from custody.services.auditing.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Lists:
    """The parts of a folder and what was seen of each, in the same order."""

    parts: tuple[Part, ...]
    facts: tuple[PartFacts, ...]


def read_lists(store: EvidenceStore, one: Wanted) -> Lists | str:
    """The two lists of a folder whose objects are as recorded, or in words what is wrong with them."""
    assert one.digest is not None
    try:
        parts = tuple(partslist.parse_lines(_lines(store, one.digest, partslist.MAX_LINE)))
    except (FormatError, StorageError):
        return "Its list of parts cannot be read as one."
    if one.facts is None:
        return Lists(parts, ())
    try:
        facts = tuple(part_facts.parse_facts(_lines(store, one.facts, part_facts.MAX_LINE)))
    except (FormatError, StorageError):
        return "The facts of its parts cannot be read as such."
    if len(facts) != len(parts):
        return f"There are facts of {len(facts)} parts, and {len(parts)} parts."
    return Lists(parts, facts)


def differences(one: Wanted, lists: Lists, found: Mapping[str, ObjectCheck]) -> Iterator[str]:
    """In words, what does not fit the record or the facts; of parts, only those whose bytes match are looked at."""
    claimed = one.item.body.parts
    assert claimed is not None
    if len(lists.parts) != claimed.count:
        yield f"The record says {claimed.count} parts, the list has {len(lists.parts)}."
    size = sum(facts.size for facts in lists.facts)
    if one.facts is not None and one.size not in (None, size):
        yield f"The record says {one.size} bytes in all, the facts of the parts say {size}."
    if one.seed is not None and parts_root(one.seed, map(format_line, lists.parts)).hex() != claimed.root:
        yield "The tree over its salted parts is not the one that was recorded."
    if one.item.body.kept:
        for part, facts in zip(lists.parts, lists.facts, strict=False):
            check = found[part.sha256.hex()]
            if check.found == part.sha256.hex():
                yield from _against_facts(facts, check)


def _against_facts(facts: PartFacts, check: ObjectCheck) -> Iterator[str]:
    if facts.size != check.size:
        yield f"Its facts say that part {facts.index} has {facts.size} bytes; it has {check.size}."
    for name in EXTRA_ALGORITHMS:
        recorded = getattr(facts.extra_digests, name)
        if recorded is not None and check.extra.get(name) != recorded:
            yield f"The recorded {name} of part {facts.index} is not that of its bytes."


def _lines(store: EvidenceStore, digest: str, longest: int) -> Iterator[bytes]:
    with store.open(digest) as file:
        while line := file.readline(longest + 1):
            yield line
