"""What one ledger says of others, and of itself after a loss: heads that were seen, and backups that were restored."""

from typing import TYPE_CHECKING, Annotated

import msgspec

from custody.domain.events.base import Body, Place
from custody.domain.fields import Count, Hash
from custody.errors import FormatError, RuleError

if TYPE_CHECKING:
    from custody.domain.state import State

MAX_SEEN = 256  # ledgers in one statement; each costs some 160 of its 48,954 bytes


class SeenHead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ledger as its reader found it, every signature and place checked."""

    ledger: Hash
    size: Count
    root: Hash


class LedgerSeen(Body, frozen=True, kw_only=True, tag="ledger-seen/v1"):
    """The signer has taken in these ledgers of other people: whoever cuts or rewrites one is found by this."""

    ledgers: Annotated[tuple[SeenHead, ...], msgspec.Meta(min_length=1, max_length=MAX_SEEN)]

    def __post_init__(self) -> None:
        names = [one.ledger for one in self.ledgers]
        if names != sorted(set(names)):
            raise FormatError("ledgers out of order, or one twice")

    def check(self, place: Place, state: "State") -> None:
        """About others' ledgers, not about an item."""
        if place.item is not None or place.prev is not None:
            raise RuleError("what was seen of ledgers is about no item")
        if any(one.ledger == place.ledger for one in self.ledgers):
            raise RuleError("a ledger does not vouch for itself")

    def sentence(self) -> str:
        """For the log."""
        count = len(self.ledgers)
        return f"took in {count} ledger{'' if count == 1 else 's'} of other people"


class Restored(Body, frozen=True, kw_only=True, tag="restored/v1"):
    """This ledger goes on from a backup. `missing` counts the records that are known to have been made after it.

    `seen` is the size that others, or this computer, remembered: what lies between is lost, or still somewhere else.
    """

    backup_size: Count
    seen: Count

    def check(self, place: Place, state: "State") -> None:
        """About the signer's own ledger."""
        if place.item is not None or place.prev is not None:
            raise RuleError("a restoration is about no item")
        if self.backup_size > place.position:
            raise RuleError("a backup cannot hold records that come after it")

    def sentence(self) -> str:
        """For the log."""
        return f"went on from a backup of {self.backup_size} records"
