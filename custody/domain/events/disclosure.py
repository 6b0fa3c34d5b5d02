"""Showing the record to others: reports that were made of it."""

from typing import TYPE_CHECKING

from custody.domain.events.base import Body, Place
from custody.domain.fields import Count, Hash
from custody.errors import RuleError

if TYPE_CHECKING:
    from custody.domain.state import State


class Reported(Body, frozen=True, kw_only=True, tag="reported/v1"):
    """A report was made: its digest, and the checkpoint that it states. `whole` says that it covers every item."""

    digest: Hash
    size: Count
    items: Count
    whole: bool
    checkpoint_size: Count
    checkpoint_root: Hash

    def check(self, place: Place, state: "State") -> None:
        """A report states what lay before it, and is no act on an item."""
        if place.item is not None or place.prev is not None:
            raise RuleError("a report is about the record, not an act on an item")
        if self.checkpoint_size > place.position:
            raise RuleError("a report cannot state a checkpoint of records that come after it")

    def sentence(self) -> str:
        """For the log."""
        return f"made a report on {self.items} item{'' if self.items == 1 else 's'}"
