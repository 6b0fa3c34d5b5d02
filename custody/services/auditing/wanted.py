"""What the record of an item says of its bytes, as far as it can be opened here."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from custody.domain import parts as part_facts
from custody.domain.events import Collected
from custody.domain.items import Item
from custody.formats import partslist
from custody.formats.canonical import Json
from custody.formats.digest import EXTRA_ALGORITHMS
from custody.formats.encoding import parse_base64

MOST = 2**53  # bytes; no file has more, and a record may claim any number of parts
SEALED = ("/digest", "/size", "/parts/seed", "/parts/facts")
"""Pointers that are opened to compare an item's bytes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Digest and size of an item, and of a folder the facts object and the seed of its salts; None where sealed."""

    item: Item
    digest: str | None
    size: int | None
    seed: bytes | None = None
    facts: str | None = None

    @property
    def extra(self) -> dict[str, str]:
        """The extra digests that were recorded, by name."""
        return dict(_recorded(self.item.body))

    @property
    def most(self) -> int | None:
        """How many bytes the object under `digest` has at most, as far as that is known."""
        parts = self.item.body.parts
        return self.size if parts is None else min(parts.count * partslist.MAX_LINE, MOST)

    @property
    def most_facts(self) -> int | None:
        """How many bytes the object under `facts` has at most."""
        parts = self.item.body.parts
        return None if parts is None else min(parts.count * part_facts.MAX_LINE, MOST)


def what_is_wanted(items: Iterable[Item], opened: Mapping[str, Mapping[str, Json]]) -> list[Wanted]:
    """For each item; `opened` are the values under SEALED by number, whose kinds were checked when they were opened."""
    return [_wanted(item, opened.get(item.number, {})) for item in items]


def _wanted(item: Item, opened: Mapping[str, Json]) -> Wanted:
    body = item.body
    digest = body.digest if isinstance(body.digest, str) else opened.get("/digest")
    size = body.size if isinstance(body.size, int) else opened.get("/size")
    if body.parts is None:
        return Wanted(item, digest, size)
    seed = opened.get("/parts/seed")
    facts = body.parts.facts if isinstance(body.parts.facts, str) else opened.get("/parts/facts")
    return Wanted(item, digest, size, None if seed is None else parse_base64(seed), facts)


def _recorded(body: Collected) -> Iterator[tuple[str, str]]:
    for name in EXTRA_ALGORITHMS if body.extra_digests is not None else ():
        value = getattr(body.extra_digests, name)
        if value is not None:
            yield name, value
