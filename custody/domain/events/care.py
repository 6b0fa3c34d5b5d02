"""Caring for items: remarks, examinations, corrections, and how an item leaves the case."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from custody.domain import opened
from custody.domain.events.acting import advance, check_act, check_digest, check_remark, item_of, remark, said_by
from custody.domain.events.base import Body, Place
from custody.domain.fields import Hash, KeyId, Line, StatementId
from custody.domain.opened import Check
from custody.errors import FormatError, MissingReference, RuleError
from custody.formats.canonical import Json
from custody.formats.seal import Sealed

if TYPE_CHECKING:
    from custody.domain.state import State

Correctable = Literal[
    "basis", "captured_at", "description", "found_at", "method", "persona", "place", "review", "sensitivity", "tool"
]
"""Fields of `collected` that describe: what a person told, and nothing that a computer measured."""

_KINDS: dict[str, Check] = {"review": opened.date, "sensitivity": opened.sensitivity}
"""What the new value of a field must be that programs read; that of any other is a text."""


class Noted(Body, frozen=True, kw_only=True, tag="noted/v1"):
    """A remark: on a statement of an item's chain, or on the case."""

    text: Sealed

    @classmethod
    def opened_kinds(cls) -> Mapping[str, Check]:
        """For `check_opened`."""
        return {"/text": opened.text}

    def check(self, place: Place, state: "State") -> None:
        """About an item that exists, hanging on a statement of its chain; or about no item at all."""
        if place.item is not None:
            check_remark(place, state)
        elif place.prev is not None:
            raise RuleError("a note on the case hangs on no record")

    def apply(self, place: Place, state: "State") -> None:
        """The item carries one more remark."""
        if place.item is not None:
            remark(place, state)

    def sentence(self) -> str:
        """For the log."""
        return "wrote a note"


class GapExplained(Body, frozen=True, kw_only=True, tag="gap-explained/v1"):
    """A signed explanation of something that the record does not account for: the item stays OPEN, and says why."""

    text: Sealed

    @classmethod
    def opened_kinds(cls) -> Mapping[str, Check]:
        """For `check_opened`."""
        return {"/text": opened.text}

    def check(self, place: Place, state: "State") -> None:
        """Hanging on a statement of an item's chain."""
        check_remark(place, state)

    def apply(self, place: Place, state: "State") -> None:
        """The item carries the explanation."""
        remark(place, state, gaps=item_of(place, state).gaps + 1)

    def sentence(self) -> str:
        """For the log."""
        return "explained a gap"


class Examined(Body, frozen=True, kw_only=True, tag="examined/v1"):
    """A working copy was given out, after the stored bytes were compared with the record."""

    digest: Hash | Sealed
    purpose: Sealed
    tool: Line | None

    @classmethod
    def opened_kinds(cls) -> Mapping[str, Check]:
        """For `check_opened`."""
        return {"/digest": opened.digest, "/purpose": opened.text}

    def check(self, place: Place, state: "State") -> None:
        """By the holder."""
        item = check_act(place, state, digest=self.digest)
        check_digest(self.digest, item)

    def apply(self, place: Place, state: "State") -> None:
        """One more act."""
        advance(place, state)

    def sentence(self) -> str:
        """For the log."""
        return "took a working copy"


class Corrected(Body, frozen=True, kw_only=True, tag="corrected/v1"):
    """A descriptive field of the record that collected an item, as it should have been. The old value stays visible.

    `value` seals the new value, a text: also of a field that stands in clear, whose old value may be the mistake.
    """

    statement: StatementId
    field: Correctable
    value: Sealed
    reason: Sealed

    @classmethod
    def opened_kinds(cls) -> Mapping[str, Check]:
        """For `check_opened`."""
        return {"/value": opened.text, "/reason": opened.text}

    def check_opened(self, pointer: str, value: Json) -> None:
        """Also that the new value is one that the field could have had, where programs read it."""
        super().check_opened(pointer, value)
        if pointer == "/value" and self.field in _KINDS:
            _KINDS[self.field](value)

    def check(self, place: Place, state: "State") -> None:
        """By whoever signed the record that is corrected."""
        item = check_remark(place, state)
        if self.statement != item.first:
            raise RuleError(f"{item.number}: only what the record that collected the item says is corrected")
        if state.person(place.signer) != state.person(item.collected_by):
            raise RuleError(f"{item.number}: only its collector corrects what they recorded; anyone may write a note")

    def apply(self, place: Place, state: "State") -> None:
        """The correction stands beside what it corrects."""
        remark(place, state, corrections=item_of(place, state).corrections + 1)

    def sentence(self) -> str:
        """For the log."""
        return f"corrected the field {self.field}"


class Withdrawn(Body, frozen=True, kw_only=True, tag="withdrawn/v1"):
    """The collector takes back a mistake. The record of it stays, and so do its bytes until they are disposed of."""

    reason: Sealed

    @classmethod
    def opened_kinds(cls) -> Mapping[str, Check]:
        """For `check_opened`."""
        return {"/reason": opened.text}

    def check(self, place: Place, state: "State") -> None:
        """By the collector, before any hand-over."""
        item = check_act(place, state)
        if item.hands or item.papers or state.person(item.collected_by) != state.person(place.signer):
            raise RuleError(f"{item.number}: only its collector withdraws an item, and only before any hand-over")

    def apply(self, place: Place, state: "State") -> None:
        """The item is out of use."""
        advance(place, state, standing="withdrawn")

    def sentence(self) -> str:
        """For the log."""
        return "withdrew it"


class Disposed(Body, frozen=True, kw_only=True, tag="disposed/v1"):
    """The holder no longer has it: destroyed, or given back, on somebody's authority. Bytes are removed after this."""

    method: Line
    authority: Sealed
    witness: KeyId | None
    witness_name: Sealed | None

    def __post_init__(self) -> None:
        if self.witness is not None and self.witness_name is not None:
            raise FormatError("a witness is named by key or by name, not both")

    @classmethod
    def opened_kinds(cls) -> Mapping[str, Check]:
        """For `check_opened`."""
        return {"/authority": opened.text, "/witness_name": opened.text}

    def check(self, place: Place, state: "State") -> None:
        """By the holder; a witness by key is another member."""
        item = check_act(place, state, withdrawn=True)
        if self.witness is not None:
            member = state.members.get(self.witness)
            enrolled = None if member is None else state.register.get(member.enrolled_by or "")
            if enrolled is None or enrolled > state.register[place.people or ""]:
                raise RuleError(f"{item.number}: the witness is not a member of this case")
            if state.person(self.witness) == state.person(place.signer):
                raise RuleError(f"{item.number}: nobody witnesses their own act")

    def apply(self, place: Place, state: "State") -> None:
        """The item is gone, its history stays."""
        advance(place, state, standing="disposed")

    def sentence(self) -> str:
        """For the log."""
        return f"disposed of it ({self.method})"


class Erased(Body, frozen=True, kw_only=True, tag="erased/v1"):
    """What opens a sealed field of a record about an item was destroyed: its value is gone for good.

    `field` is the pointer within the body. The seal stays: it shows that there was a value, and no longer which.
    """

    statement: StatementId
    field: Line
    reason: Sealed

    @classmethod
    def opened_kinds(cls) -> Mapping[str, Check]:
        """For `check_opened`."""
        return {"/reason": opened.text}

    def check(self, place: Place, state: "State") -> None:
        """By who signed that record and keeps the opening, or the lead; a field that is sealed there, and no digest."""
        item = check_remark(place, state)
        said = said_by(self.statement, state)
        if said is None or said.item != item.number:
            refusal = f"{item.number}: only fields of a record about the item are erased"
            raise MissingReference(refusal) if state.is_absent(self.statement) else RuleError(refusal)
        if self.field not in said.sealed:
            raise RuleError(
                f"{item.number}: its record seals no field {self.field}",
                "what stands in clear is part of the record, and stays in every copy of it",
            )
        if self.field in ("/to", "/authority"):
            raise RuleError(f"{item.number}: to whom it went, and on whose authority, is not erased")
        if self.field in ("/digest", "/size", "/parts/seed", "/parts/facts"):
            raise RuleError(f"{item.number}: without {self.field} nobody could compare its bytes any more")
        if place.signer != state.lead_known_to(place.people) and state.person(place.signer) != state.person(
            said.signer
        ):
            raise RuleError(
                f"{item.number}: only its collector or the case lead erases a field"
                if self.statement == item.first
                else f"{item.number}: only who signed a record, or the case lead, erases a field of it"
            )

    def references(self) -> tuple[str, ...]:
        """The record whose field is erased, which may lie in another ledger."""
        return (self.statement,)

    def apply(self, place: Place, state: "State") -> None:
        """The opening must be absent from here on."""
        state.erased.add((self.statement, self.field))
        remark(place, state)

    def sentence(self) -> str:
        """For the log."""
        return f"erased the field {self.field}"
