"""Which items were made from which, as a tree: where an item comes from, and what was made from it.

Records refer to one another by digest, so no item honestly descends from itself. What is read here is not verified,
so a tree is bounded all the same, and names no item twice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

MAX_DEPTH = 20  # generations up, and as many down
MAX_SHOWN = 200  # items of one tree


@dataclass(frozen=True, slots=True)
class Branch:
    """An item in a tree, so many generations below its first."""

    number: str
    depth: int


def ancestors(number: str, parents: Mapping[str, str]) -> list[str]:
    """Where an item comes from, the first original before all; at most MAX_DEPTH of the nearest."""
    found = [number]
    while (parent := parents.get(found[-1])) is not None and parent not in found and len(found) <= MAX_DEPTH:
        found.append(parent)
    return found[:0:-1]


def children(parents: Mapping[str, str]) -> dict[str, list[str]]:
    """What was made directly from each item, in the order of `parents`."""
    found: dict[str, list[str]] = {}
    for child, parent in parents.items():
        found.setdefault(parent, []).append(child)
    return found


def descent(number: str, parents: Mapping[str, str]) -> list[Branch]:
    """The line that leads to an item, the item, and all that was made from it; at most MAX_SHOWN items."""
    line = ancestors(number, parents)
    below = children({child: parent for child, parent in parents.items() if child not in line})
    told = [Branch(one, depth) for depth, one in enumerate(line)]
    for branch in _walk([number], below, len(line)):
        if len(told) == MAX_SHOWN:
            break
        told.append(branch)
    return told


def forest(numbers: Sequence[str], parents: Mapping[str, str]) -> list[Branch]:
    """All these items, each once, under the one that it was made from where that is among them."""
    among = set(numbers)
    inside = {child: parents[child] for child in numbers if parents.get(child) in among}
    below = children(inside)
    told = list(_walk([one for one in numbers if one not in inside], below, 0))
    seen = {branch.number for branch in told}
    return told + [Branch(one, 0) for one in numbers if one not in seen]  # in a circle, or too deep


def _walk(first: Iterable[str], below: Mapping[str, Sequence[str]], depth: int) -> Iterator[Branch]:
    waiting = [Branch(one, depth) for one in reversed(list(first))]
    seen: set[str] = set()
    while waiting:
        branch = waiting.pop()
        if branch.number in seen:
            continue
        seen.add(branch.number)
        yield branch
        if branch.depth < depth + MAX_DEPTH:
            waiting += [Branch(one, branch.depth + 1) for one in reversed(below.get(branch.number, ()))]
