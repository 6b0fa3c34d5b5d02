"""What the examination of all ledgers gave, as it is gathered. Judges nothing."""

from collections import Counter
from dataclasses import dataclass, field

from custody.domain.events import Restored
from custody.domain.events.exchange import SeenHead
from custody.domain.state import State
from custody.domain.verdict import Finding, LedgerHead
from custody.formats.canonical import Json
from custody.ports import RememberedHead

MAX_FINDINGS = 1000  # of one kind about one ledger; whoever makes the database chooses how much is wrong with it


@dataclass(slots=True)
class SeenLedgers:
    """What the examination of all ledgers gave.

    `sealed_values` are the opened digest, size and seed of items that seal them, by number; `filed` the item numbers
    that were given, as far as can be told, by records that are not believed or not here. `remembered` are the heads
    that ledgers were compared with; `labels` name ledgers where there are several; `unopened` are records and pointers
    whose openings are not here, by statement id; `sightings` and `restored` are statements to compare at the end.
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
    sightings: list[tuple[str, str, SeenHead]] = field(default_factory=list)
    restored: list[tuple[str, Restored]] = field(default_factory=list)
