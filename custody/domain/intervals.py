"""Between which moments a record was made, on the word of others outside: computed from what they vouch for.

Pure: whether an anchor holds, and whether its maker is trusted, was settled before. The recorder's own clock has no
part in it.
"""

import heapq
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Bound:
    """A moment (UTC), and on whose word."""

    time: datetime
    word: str


@dataclass(frozen=True, slots=True)
class Interval:
    """No earlier than, and no later than; None where nobody vouches."""

    not_before: Bound | None
    not_after: Bound | None


@dataclass(frozen=True, slots=True)
class Anchor:
    """Somebody outside saw the first `size` records of a ledger between two moments; record `recorded` of it says so.

    What the outsider signed cannot have been known before they signed it. So the record that holds their answer, and
    every one that was signed over it, was made after `earliest`; and the first `size` records before `latest`.
    """

    ledger: str
    size: int
    recorded: int
    earliest: datetime
    latest: datetime
    word: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """Record `position` of a ledger holds the root hash over the first `size` records of another, `of`."""

    ledger: str
    position: int
    of: str
    size: int


class Intervals:
    """The intervals that anchors give, over the ledgers that saw one another.

    Whoever stamps a ledger stamps what it says that it saw of others: a hash in a stamped record was there, and so was
    what it is the hash of (the argument of Haber and Stornetta, "How to time-stamp a digital document", section 5).
    """

    def __init__(self, anchors: Iterable[Anchor], sightings: Iterable[Sighting]) -> None:
        anchors, sightings = tuple(anchors), tuple(sightings)
        self._latest = _latest(anchors, sightings)
        self._earliest, self._own = _earliest(anchors, sightings)

    def of(self, ledger: str, position: int, head: int) -> Interval:
        """Of the record at `position`, which was signed over the first `head` records of its ledger."""
        return Interval(self._not_before(ledger, position, head), self._not_after(ledger, position))

    def known_before(self, ledger: str, moment: datetime) -> int:
        """How many records, from the first on, existed before `moment`."""
        steps = self._latest.get(ledger, _NONE)
        at = bisect_left(steps.bounds, moment, key=lambda one: one.time)
        return steps.places[at - 1] if at else 0

    def _not_after(self, ledger: str, position: int) -> Bound | None:
        """The earliest word of those who saw more than `position` records."""
        steps = self._latest.get(ledger, _NONE)
        at = bisect_left(steps.places, position + 1)
        return steps.bounds[at] if at < len(steps.places) else None

    def _not_before(self, ledger: str, position: int, head: int) -> Bound | None:
        """The latest word that stands in this record, or in one that it was signed over."""
        steps = self._earliest.get(ledger, _NONE)
        at = bisect_left(steps.places, 1 - head)
        found = [steps.bounds[at]] if at < len(steps.places) else []
        if (own := self._own.get((ledger, position))) is not None:
            found.append(own)
        return max(found, key=lambda one: one.time, default=None)


@dataclass(slots=True)
class _Steps:
    """Bounds of one ledger, none of which another makes superfluous, by ascending place."""

    places: list[int] = field(default_factory=list)
    bounds: list[Bound] = field(default_factory=list)

    def add(self, place: int, bound: Bound) -> bool:
        """Whether it says more than those before it, all of which were at least as good where they hold."""
        if self.places and place <= self.places[-1]:
            return False
        self.places.append(place)
        self.bounds.append(bound)
        return True


_NONE = _Steps()


def _latest(anchors: Iterable[Anchor], sightings: Iterable[Sighting]) -> dict[str, _Steps]:
    """By ledger: how many records existed by when. Earliest first (Dijkstra's order), so that each sighting of another
    ledger is followed once, by the best word that covers it.
    """
    made_by: dict[str, list[Sighting]] = defaultdict(list)
    for one in sorted(sightings, key=lambda one: -one.position):
        made_by[one.ledger].append(one)
    found: dict[str, _Steps] = defaultdict(_Steps)
    waiting = [(one.latest, one.ledger, one.size, one.word) for one in anchors]
    heapq.heapify(waiting)
    while waiting:
        time, ledger, size, word = heapq.heappop(waiting)
        if found[ledger].add(size, Bound(time, word)):
            seen = made_by[ledger]
            while seen and seen[-1].position < size:
                one = seen.pop()
                heapq.heappush(waiting, (time, one.of, one.size, word))
    return dict(found)


def _earliest(
    anchors: Iterable[Anchor], sightings: Iterable[Sighting]
) -> tuple[dict[str, _Steps], dict[tuple[str, int], Bound]]:
    """By ledger: from which record on (negative, so that places ascend) nothing signed over it is older than when.

    And by ledger and position, than when a record is not older for what it holds itself. Latest first.
    """
    own: dict[tuple[str, int], Bound] = {}
    seen_of: dict[str, list[Sighting]] = defaultdict(list)
    for one in sorted(sightings, key=lambda one: one.size):
        seen_of[one.of].append(one)
    found: dict[str, _Steps] = defaultdict(_Steps)
    waiting = [(-one.earliest.timestamp(), one.ledger, one.recorded, one.earliest, one.word) for one in anchors]
    heapq.heapify(waiting)
    while waiting:
        rank, ledger, recorded, time, word = heapq.heappop(waiting)
        own.setdefault((ledger, recorded), Bound(time, word))
        if found[ledger].add(-recorded, Bound(time, word)):
            seen = seen_of[ledger]
            while seen and seen[-1].size > recorded:
                one = seen.pop()
                heapq.heappush(waiting, (rank, one.ledger, one.position, time, word))
    return dict(found), own
