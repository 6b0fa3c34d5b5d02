"""Whether entries stand where they say: position, batch, head and index columns, against a tree built from scratch.

Looks at one ledger, row by row in order. Signatures and the rules of custody are looked at elsewhere.
"""

from dataclasses import dataclass
from typing import NamedTuple

from custody.domain import findings
from custody.domain.findings import Code
from custody.domain.statement import Statement, filed_under
from custody.formats.merkle import Frontier, Hash

MAX_BATCH = 2048  # entries of one head
MAX_SHOWN = 40  # characters of an index in a message; an item number has at most 19
MAX_MISSING = 1000  # positions of one ledger named one by one; a foreign database may claim position 2^62


@dataclass(frozen=True, slots=True)
class Misplaced:
    """Something wrong with the place of the entry at `position`."""

    code: Code
    position: int
    what: str


class Stated(NamedTuple):
    """Where a statement says that it stands: ledger, position, the head's size and root, and what it is filed under."""

    ledger: str
    position: int
    head_size: int
    head_root: str
    filed: str | None

    @classmethod
    def of(cls, statement: Statement) -> "Stated":
        """What this statement says."""
        return cls(
            statement.ledger, statement.position, statement.head.size, statement.head.root, filed_under(statement)
        )


class Structure:
    """Rebuilds the tree of one ledger and compares. Rows are given to `take` in the order of their positions."""

    def __init__(self, ledger: str, expected_roots: tuple[int, ...] = ()) -> None:
        self._ledger = ledger
        self._frontier = Frontier()
        self._whole = True
        self._next = 0
        self._batch: tuple[int, str] | None = None
        self._lost_start = False
        self._named = 0
        self._wanted = frozenset(expected_roots)
        self.roots: dict[int, Hash] = {}
        self._note_root()

    @property
    def size(self) -> int:
        """How many positions were seen, missing ones included."""
        return self._next

    @property
    def root(self) -> Hash | None:
        """The root over all envelopes, None when one is missing."""
        return self._frontier.root() if self._whole else None

    def take(self, position: int, item: str | None, nodes: bytes, leaf: Hash, stated: Stated | None) -> list[Misplaced]:
        """What is wrong with the place of this row. `stated` is None when the envelope cannot be read."""
        if position < 0:
            return [Misplaced(findings.RECORD_MISPLACED, position, "it stands before the first record")]
        found = []
        if position != self._next:
            named = range(self._next, min(position, self._next + MAX_MISSING - self._named))
            found += [Misplaced(findings.RECORD_MISSING, missing, "the record is missing") for missing in named]
            self._named += len(named)
            self._whole = False  # without the leaf no later root can be computed
            self._lost_start = True
        self._next = position + 1
        starts_batch = stated is not None and stated.head_size == position
        root_before = self._frontier.root() if self._whole and starts_batch else None
        completed = self._frontier.append(leaf)
        if self._whole and b"".join(completed) != nodes:
            found.append(Misplaced(findings.INDEX_WRONG, position, "its stored tree nodes are not those of the record"))
        self._note_root()
        if stated is None:
            self._lost_start = True  # it may have begun the batch that the next records belong to
        else:
            found += self._compare(position, item, stated, root_before)
        return found

    def _compare(self, position: int, item: str | None, stated: Stated, root_before: Hash | None) -> list[Misplaced]:
        found = []
        if stated.position != position or stated.ledger != self._ledger:
            found.append(
                Misplaced(
                    findings.RECORD_MISPLACED,
                    position,
                    f"it was signed as record {stated.position}"
                    + ("" if stated.ledger == self._ledger else f" of another ledger ({stated.ledger[:16]}…)"),
                )
            )
            return found
        if stated.filed != item:
            found.append(
                Misplaced(
                    findings.INDEX_WRONG,
                    position,
                    f"it is filed under {_shown(item)} but belongs under {stated.filed or 'no item'}",
                )
            )
        head = (stated.head_size, stated.head_root)
        if stated.head_size > position:
            found.append(Misplaced(findings.RECORD_DISOWNED, position, _DISOWNED))
        elif stated.head_size == position:
            self._batch, self._lost_start = head, False
            if root_before is not None and stated.head_root != root_before.hex():
                found.append(Misplaced(findings.RECORD_DISOWNED, position, _DISOWNED))
        elif not self._lost_start and (head != self._batch or position - stated.head_size >= MAX_BATCH):
            found.append(Misplaced(findings.RECORD_DISOWNED, position, _DISOWNED))
        return found

    def _note_root(self) -> None:
        size = self._frontier.size
        if self._whole and size in self._wanted:
            self.roots[size] = self._frontier.root()


def _shown(item: str | None) -> str:
    """What an index says, cut short: it may hold anything."""
    return repr(item[:MAX_SHOWN]) if item and len(item) > MAX_SHOWN else item or "no item"


_DISOWNED = "the history before it is not the one that it was signed after"
