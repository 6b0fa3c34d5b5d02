"""Showing the record to others: reports that were made of it, and sealed fields that were opened for somebody."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import msgspec

from custody.domain import opened
from custody.domain.events.acting import said_by
from custody.domain.events.base import Body, Place
from custody.domain.events.membership import LEGAL_NAME
from custody.domain.fields import Count, Hash, Line, StatementId
from custody.domain.opened import Check
from custody.errors import FormatError, RuleError
from custody.formats.seal import Sealed

if TYPE_CHECKING:
    from custody.domain.state import State


MAX_FIELDS = 64  # sealed fields that are opened by one statement


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


class Exported(Body, frozen=True, kw_only=True, tag="exported/v1"):
    """Sealed fields of a record were opened for somebody outside the case, who is named under seal, as is why."""

    statement: StatementId
    fields: Annotated[tuple[Line, ...], msgspec.Meta(min_length=1, max_length=MAX_FIELDS)]
    to: Sealed
    reason: Sealed

    def __post_init__(self) -> None:
        if list(self.fields) != sorted(set(self.fields)):
            raise FormatError("fields out of order, or one twice")

    @classmethod
    def opened_kinds(cls) -> Mapping[str, Check]:
        """For `check_opened`."""
        return {"/to": opened.text, "/reason": opened.text}

    def references(self) -> tuple[str, ...]:
        """The record whose fields are opened."""
        return (self.statement,)

    def check(self, place: Place, state: "State") -> None:
        """Of the record that opened the signer's own ledger; only what is sealed there."""
        if place.item is not None or place.prev is not None:
            raise RuleError("opening a field for somebody outside is no act on an item")
        said = said_by(self.statement, state)
        if said is None or said.item is not None:
            raise RuleError("the record whose field is opened is none that opened a ledger of this case")
        if said.signer != place.signer:
            raise RuleError("only the owner of a ledger opens for somebody outside what its first record seals")
        if missing := [one for one in self.fields if one not in said.sealed]:
            raise RuleError(f"that record seals no field {missing[0]}")

    def sentence(self) -> str:
        """For the log."""
        count = len(self.fields)
        what = "the legal name" if self.fields == (LEGAL_NAME,) else f"{count} sealed field{'' if count == 1 else 's'}"
        return f"opened {what} for somebody outside"
