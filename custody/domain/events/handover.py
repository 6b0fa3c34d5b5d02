"""Hand-overs: an item is released by its holder, and received or declined by the person offered. Both sign."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import structs

from custody.domain import opened
from custody.domain.events.acting import (
    advance,
    check_act,
    check_digest,
    check_remark,
    check_there,
    name_of,
    no_item,
    remark,
)
from custody.domain.events.base import Body, Place
from custody.domain.fields import Hash, ItemNumber, KeyId, Line, StatementId
from custody.domain.items import Item, Offer, Paper
from custody.domain.opened import Check
from custody.errors import RuleError
from custody.formats.seal import Sealed

if TYPE_CHECKING:
    from custody.domain.state import State


class Released(Body, frozen=True, kw_only=True, tag="released/v1"):
    """The holder offers an item to a member. Custody moves when that person has received it, and not before.

    All items of one offer share an `act`. `digest` repeats what was recorded when the item was collected.
    """

    to: KeyId
    digest: Hash | Sealed
    purpose: Sealed
    medium: Line
    place: Sealed | None
    keeps_copy: bool

    @classmethod
    def opened_kinds(cls) -> Mapping[str, Check]:
        """For `check_opened`."""
        return {"/digest": opened.digest, "/purpose": opened.text, "/place": opened.text}

    def check(self, place: Place, state: "State") -> None:
        """By the holder, to another member whose key counts, as part of an act."""
        item = check_act(place, state, digest=self.digest)
        member = state.members.get(self.to)
        known = state.register[place.people or ""]  # the register as the giver knew it
        if member is None or member.enrolled_by is None or state.register[member.enrolled_by] > known:
            raise RuleError(f"{item.number}: the receiver is not a member of this case")
        if member.revoked is not None and state.register[member.revoked.by] <= known:
            raise RuleError(f"{item.number}: the receiver's key was taken out of the case")
        if member.person == item.holder:
            raise RuleError(f"{item.number}: nobody hands over to themselves")
        if place.act is None:
            raise RuleError(f"{item.number}: a release belongs to an offer, and names none")
        check_digest(self.digest, item)

    def apply(self, place: Place, state: "State") -> None:
        """The offer is open."""
        advance(place, state, offer=Offer(place.id, state.members[self.to].person, self.keeps_copy))

    def sentence(self) -> str:
        """For the log."""
        return "offered it" + (", keeping a copy" if self.keeps_copy else "")


class Received(Body, frozen=True, kw_only=True, tag="received/v1"):
    """The person offered has re-hashed the item, found it to be what was recorded, and answers for it from now on."""

    digest: Hash | Sealed
    condition: Sealed | None

    @classmethod
    def opened_kinds(cls) -> Mapping[str, Check]:
        """For `check_opened`."""
        return {"/digest": opened.digest, "/condition": opened.text}

    def check(self, place: Place, state: "State") -> None:
        """By the person offered, on the release, with the digest that was recorded."""
        item = _offered(place, state, self.digest)
        check_digest(self.digest, item)

    def apply(self, place: Place, state: "State") -> None:
        """Custody has moved."""
        assert place.item is not None  # checked
        item = state.items[place.item]
        assert item.offer is not None  # checked
        receiver = state.person(place.signer)
        givers = item.keepers if item.offer.keeps_copy else tuple(one for one in item.keepers if one != item.holder)
        keepers = (*(one for one in givers if one != receiver), receiver)
        advance(place, state, holder=receiver, hands=item.hands + 1, keepers=keepers)

    def sentence(self) -> str:
        """For the log."""
        return "received it; its bytes match the record"


class Declined(Body, frozen=True, kw_only=True, tag="declined/v1"):
    """The person offered does not take the item: it stays with its holder."""

    reason: Sealed

    @classmethod
    def opened_kinds(cls) -> Mapping[str, Check]:
        """For `check_opened`."""
        return {"/reason": opened.text}

    def check(self, place: Place, state: "State") -> None:
        """By the person offered, on the release."""
        _offered(place, state)

    def apply(self, place: Place, state: "State") -> None:
        """The offer is closed."""
        advance(place, state)

    def sentence(self) -> str:
        """For the log."""
        return "declined it"


class ReleasedOnPaper(Body, frozen=True, kw_only=True, tag="released-on-paper/v1"):
    """The holder hands an item to somebody who has no key: a form for wet ink stands for their signature."""

    to: Sealed
    digest: Hash | Sealed
    purpose: Sealed
    medium: Line
    place: Sealed | None
    keeps_copy: bool

    @classmethod
    def opened_kinds(cls) -> Mapping[str, Check]:
        """For `check_opened`."""
        texts = ("/to", "/purpose", "/place")
        return {"/digest": opened.digest, **dict.fromkeys(texts, opened.text)}

    def check(self, place: Place, state: "State") -> None:
        """By the holder, as part of an act."""
        item = check_act(place, state, digest=self.digest)
        if place.act is None:
            raise RuleError(f"{item.number}: a release belongs to a hand-over, and names none")
        check_digest(self.digest, item)

    def apply(self, place: Place, state: "State") -> None:
        """Who keeps a copy goes on holding it; else nobody in the case does."""
        assert place.item is not None  # checked
        item = state.items[place.item]
        papers = (*item.papers, Paper(place.id, state.person(place.signer)))
        if self.keeps_copy:
            advance(place, state, papers=papers)
        else:
            keepers = tuple(one for one in item.keepers if one != item.holder)
            advance(place, state, papers=papers, holder=None, standing="on-paper", keepers=keepers)

    def sentence(self) -> str:
        """For the log."""
        return "handed it over on paper" + (", keeping a copy" if self.keeps_copy else "")


class Receipted(Body, frozen=True, kw_only=True, tag="receipted/v1"):
    """The signed form of a hand-over on paper is among the items: `paper` is its number, `record` what collected it.

    `release` is the statement that the form is of.
    """

    release: StatementId
    paper: ItemNumber
    record: StatementId

    def check(self, place: Place, state: "State") -> None:
        """Any member, on the release; the paper is an item of its own."""
        item = check_remark(place, state)
        if not any(paper.release == self.release for paper in item.papers):
            raise RuleError(f"{item.number}: no hand-over on paper is recorded that this receipt could be of")
        if place.prev != self.release:
            raise RuleError(f"{item.number}: a receipt hangs on the hand-over that it is of")
        refusal = f"there is no item {self.paper} that this record collected"
        paper = state.items.get(self.paper)
        if paper is None:
            if state.is_left_out(self.record):
                return
            raise no_item(self.paper, self.record, place, state, refusal)
        if paper.first != self.record:
            raise RuleError(refusal)
        if self.paper == item.number:
            raise RuleError(f"{item.number}: an item is not its own receipt")

    def references(self) -> tuple[str, ...]:
        """The record of the paper, which may lie in another ledger."""
        return (self.record,)

    def apply(self, place: Place, state: "State") -> None:
        """The hand-over has a receipt. The first one counts, and before it the first that is not the giver's own."""
        assert place.item is not None  # checked
        by = state.person(place.signer)
        alone = not state.others(by, place.people)
        papers = tuple(
            structs.replace(paper, receipt=place.id, linked_by=by, alone=alone)
            if paper.release == self.release and awaits_receipt(paper, by)
            else paper
            for paper in state.items[place.item].papers
        )
        remark(place, state, papers=papers)

    def sentence(self) -> str:
        """For the log."""
        return f"linked the signed receipt {self.paper}"


def awaits_receipt(paper: Paper, person: str) -> bool:
    """Whether a receipt that this person links counts: there is none, or only the giver's own and this is another's."""
    return paper.receipt is None or (paper.linked_by == paper.giver and person != paper.giver)


def _offered(place: Place, state: "State", digest: str | Sealed | None = None) -> Item:
    """The item of an answer to an open offer, by the person offered. Raises RuleError."""
    item = check_there(place, state, digest=digest)
    if item.offer is None or place.prev != item.offer.id:
        raise RuleError(f"{item.number} is not offered to anybody")
    if state.person(place.signer) != item.offer.to:
        raise RuleError(f"{item.number} is offered to {name_of(item.offer.to, state)}, who alone can answer")
    return item
