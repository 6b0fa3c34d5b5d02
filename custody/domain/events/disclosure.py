"""Showing the record to others: reports that were made of it, and sealed fields that were opened for somebody."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

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


DocumentKind = Literal["integrity", "custody-form", "receipt", "schedule", "declaration"]
DOCUMENTS: dict[DocumentKind, str] = {
    "integrity": "integrity report",
    "custody-form": "custody form",
    "receipt": "receipt",
    "schedule": "schedule",
    "declaration": "declaration",
}
MAX_REPORTS = 9999  # of one ledger, and versions of one: they are named by four digits
MAX_FIELDS = 64  # sealed fields that are opened by one statement


class Reported(Body, frozen=True, kw_only=True, tag="reported/v1", rename={"document": "kind"}):
    """A document about the record was made: its number and version, and the checkpoint that it states.

    `unsigned_digest` and `unsigned_size` (bytes) are of the document as it was drawn, `digest` and `size` of its first
    signed revision, which begins with it. `supersedes` is the statement of the version before, `document` the kind.
    `whole` says that it covers every item, `items` how many it covers.
    """

    number: Annotated[int, msgspec.Meta(ge=1, le=MAX_REPORTS)]
    version: Annotated[int, msgspec.Meta(ge=1, le=MAX_REPORTS)]
    supersedes: StatementId | None
    document: DocumentKind
    unsigned_digest: Hash
    unsigned_size: Count
    digest: Hash
    size: Count
    items: Count
    whole: bool
    checkpoint_size: Count
    checkpoint_root: Hash

    def __post_init__(self) -> None:
        if (self.version == 1) != (self.supersedes is None):
            raise FormatError("a later version supersedes the one before it, and a first one supersedes none")
        if self.unsigned_size > self.size:
            raise FormatError("a document does not get smaller by being signed")

    def check(self, place: Place, state: "State") -> None:
        """A report states what lay before it, is no act on an item, and follows the reports of its ledger."""
        if place.item is not None or place.prev is not None:
            raise RuleError("a report is about the record, not an act on an item")
        if self.checkpoint_size > place.position:
            raise RuleError("a report cannot state a checkpoint of records that come after it")
        reports = state.reports.get(place.ledger, {})
        if self.supersedes is None:
            if self.number != len(reports) + 1:
                raise RuleError(
                    f"report {self.number:04d} is not the next of this ledger, which is {len(reports) + 1:04d}"
                )
            return
        newest = reports.get(self.number)
        if newest is None:
            raise RuleError(f"this ledger has no report {self.number:04d} that a later version could be of")
        if (self.version, self.supersedes) != (newest[0] + 1, newest[1]):
            raise RuleError(f"it does not follow the newest version of report {self.number:04d}")

    def apply(self, place: Place, state: "State") -> None:
        """The number is given, and this is its newest version."""
        state.reports.setdefault(place.ledger, {})[self.number] = (self.version, place.id)

    @property
    def name(self) -> str:
        """What it is called: `report 0001`, `report 0001 version 2`."""
        return f"report {self.number:04d}" + (f" version {self.version}" if self.version > 1 else "")

    def sentence(self) -> str:
        """For the log."""
        return f"made {self.name} on {self.items} item{'' if self.items == 1 else 's'} ({DOCUMENTS[self.document]})"


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
