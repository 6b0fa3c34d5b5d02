"""What a fold of the history knows so far. The containers are the fold's own; the values in them are frozen."""

from dataclasses import dataclass, field

from custody.domain.items import Item
from custody.domain.parties import Member


@dataclass(slots=True)
class State:
    """The case after some statements: its people by key id, its items by number, the last counter of each label.

    `register` are the ids of the membership statements in their order, `people` is the newest of them; `owners` are
    the key ids of those who opened each ledger.
    `not_followed` names the first statement that this version does not know.
    """

    case: str | None = None
    lead: str | None = None
    people: str | None = None
    register: list[str] = field(default_factory=list)
    members: dict[str, Member] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    not_followed: str | None = None
