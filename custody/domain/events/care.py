"""Caring for items: remarks on them. A remark moves nothing and changes nothing."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import structs

from custody.domain import opened
from custody.domain.events.base import Body, Place
from custody.domain.opened import Check
from custody.errors import RuleError
from custody.formats.seal import Sealed

if TYPE_CHECKING:
    from custody.domain.state import State


class Noted(Body, frozen=True, kw_only=True, tag="noted/v1"):
    """A remark that hangs on a statement of an item's chain."""

    text: Sealed

    @classmethod
    def opened_kinds(cls) -> Mapping[str, Check]:
        """For `check_opened`."""
        return {"/text": opened.text}

    def check(self, place: Place, state: "State") -> None:
        """About an item that exists, hanging on a statement of its chain."""
        item = state.items.get(place.item or "")
        if item is None:
            raise RuleError(f"there is no item {place.item}")
        if place.prev not in item.chain:
            raise RuleError(f"{place.item}: a note hangs on a record of the item, and this one does not")

    def apply(self, place: Place, state: "State") -> None:
        """The item carries one more remark."""
        assert place.item is not None  # checked
        item = state.items[place.item]
        state.items[place.item] = structs.replace(item, notes=(*item.notes, place.id))

    def sentence(self) -> str:
        """For the log."""
        return "wrote a note"
