"""What an examination of a case saw: the facts that the five questions are answered from. Judges nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from custody.domain.intervals import Interval
from custody.domain.state import State
from custody.domain.trust import Trust
from custody.domain.verdict import Finding, LedgerHead


class FileState(StrEnum):
    """What re-reading the bytes of one item gave."""

    MATCHES = "matches"
    CHANGED = "changed"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    NOT_KEPT = "not kept"
    NOT_READ = "not read"
    UNJUDGED = "cannot be judged"
    DISPOSED = "disposed of"
    ELSEWHERE = "kept elsewhere"
    NOT_GIVEN = "not given here"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A head that this computer remembered, and the day (YYYY-MM-DD) it was seen; how many entries it had."""

    size: int
    day: str


@dataclass(frozen=True, slots=True)
class Brought:
    """An earlier head that the reader brought, and that a ledger extends: its number of entries, and what shows it."""

    size: int
    what: str


@dataclass(frozen=True, slots=True)
class Dated:
    """Between which moments an item's record was made, and what the recorder's clock said (27-character UTC)."""

    interval: Interval
    claimed: str


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything that was seen.

    `findings` are all of them but those that answering itself brings up; `files` is the state of each item by number
    (numbers whose record cannot be believed included); `names` are names by key id, as far as they are known here;
    `believed` counts the records whose signature holds and that break no rule; `remembered` is what the ledgers were
    compared with, `brought` by ledger what the reader had of them from elsewhere. `dated` is what others vouch for of
    each item, None if nobody vouches for anything.
    """

    state: State
    trust: Trust
    findings: tuple[Finding, ...]
    files: Mapping[str, FileState]
    names: Mapping[str, str]
    believed: int
    ledgers: tuple[LedgerHead, ...]
    quick: bool
    openings_present: bool
    sealed: int = 0
    opened: int = 0
    remembered: tuple[Comparison, ...] = ()
    brought: Mapping[str, Brought] = field(default_factory=dict)
    dated: Mapping[str, Dated] | None = None
