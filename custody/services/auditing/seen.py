"""What the examination of all ledgers gave, as it is gathered. Judges nothing."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from custody.domain.events import Cosigned, Reported, Restored, Timestamped
from custody.domain.events.exchange import SeenHead
from custody.domain.examination import Brought
from custody.domain.intervals import Intervals
from custody.domain.state import State
from custody.domain.verdict import Finding, LedgerHead
from custody.formats.canonical import Json
from custody.ports import RememberedHead


@dataclass(frozen=True, slots=True)
class Vouched:
    """A record that tells what somebody outside vouches for: its ledger and position, and how a finding names it."""

    ledger: str
    position: int
    about: str
    body: Timestamped | Cosigned


class Runs:
    """Over which head, and by which clock, each believed record of a ledger was signed: a batch has one of each."""

    __slots__ = ("_heads", "_lasts", "_starts", "_times", "size")

    def __init__(self) -> None:
        self.size = 0  # one more than the position of the last
        self._starts: list[int] = []
        self._lasts: list[int] = []
        self._heads: list[int] = []
        self._times: list[str] = []

    def add(self, position: int, head: int, time: str) -> None:
        """A record; positions ascend."""
        self.size = position + 1
        if not self._starts or (self._heads[-1], self._times[-1]) != (head, time):
            self._starts.append(position)
            self._lasts.append(position)
            self._heads.append(head)
            self._times.append(time)
        self._lasts[-1] = position

    def at(self, position: int) -> tuple[int, str]:
        """The head's size and the claimed time of a record that was added."""
        run = bisect_right(self._starts, position) - 1
        return self._heads[run], self._times[run]

    def each(self) -> Iterator[tuple[int, int, int, str]]:
        """First and last position, head and claimed time of each run."""
        yield from zip(self._starts, self._lasts, self._heads, self._times, strict=True)


MAX_FINDINGS = 1000  # of one kind about one ledger; whoever makes the database chooses how much is wrong with it


@dataclass(slots=True)
class SeenLedgers:
    """What the examination of all ledgers gave.

    `sealed_values` are the opened digest, size and seed of items that seal them, by number; `filed` the item numbers
    that were given, as far as can be told, by records that are not believed or not here. `remembered` are the heads
    that ledgers were compared with; `labels` name ledgers where there are several; `unopened` are records and pointers
    whose openings are not here, by statement id; `sightings` (ledger, position, how a finding names it, what was seen),
    `restored` and `vouched` are statements to compare at the end. `reports` are the documents that were made: how a
    finding names the record, its signer, and what it says. `runs` are the batches of each ledger, `insiders` the
    cosignature keys (base64) of people of the case. `intervals` are what trusted anchors give, if there are any,
    `brought` the heads from elsewhere that ledgers extend.
    """

    state: State = field(default_factory=State)
    findings: list[Finding] = field(default_factory=list)
    heads: list[LedgerHead] = field(default_factory=list)
    believed: set[str] = field(default_factory=set)
    sealed: int = 0
    opened: int = 0
    sealed_values: dict[str, dict[str, Json]] = field(default_factory=dict)
    filed: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    remembered: dict[str, RememberedHead] = field(default_factory=dict)
    ids: Counter[str] = field(default_factory=Counter)
    labels: dict[str, str] = field(default_factory=dict)
    unopened: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    sightings: list[tuple[str, int, str, SeenHead]] = field(default_factory=list)
    vouched: list[Vouched] = field(default_factory=list)
    runs: dict[str, Runs] = field(default_factory=dict)
    insiders: set[str] = field(default_factory=set)
    intervals: Intervals | None = None
    brought: dict[str, Brought] = field(default_factory=dict)
    restored: list[tuple[str, Restored]] = field(default_factory=list)
    reports: list[tuple[str, str, Reported]] = field(default_factory=list)
