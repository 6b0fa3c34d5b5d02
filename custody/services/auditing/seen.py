"""What the examination of all ledgers gave, as it is gathered. Judges nothing."""

from dataclasses import dataclass, field

from custody.domain.state import State
from custody.domain.verdict import Finding, LedgerHead
from custody.formats.canonical import Json
from custody.ports import RememberedHead


@dataclass(slots=True)
class SeenLedgers:
    """What the examination of all ledgers gave.

    `sealed_values` are the opened digest, size and seed of items that seal them, by number; `filed` the item numbers
    that were given, as far as can be told, by records that are not believed or not here.
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
    remembered: RememberedHead | None = None
