"""What every act on an item shares: only its holder acts, after the newest act, and on an item that is still there."""

from typing import TYPE_CHECKING

from msgspec import structs

from custody.domain.events.base import Place, sealed_fields
from custody.domain.items import Item, Said, split_number
from custody.errors import MissingReference, RuleError
from custody.formats.seal import Sealed

if TYPE_CHECKING:
    from custody.domain.state import State

_GONE = {
    "on-paper": "was handed over on paper, so nobody in the case holds it",
    "withdrawn": "was withdrawn by its collector",
    "disposed": "was disposed of",
}


def item_of(place: Place, state: "State") -> Item:
    """The item that the statement is about. Raises RuleError when there is none."""
    item = state.items.get(place.item or "")
    if item is None:
        raise no_item(place.item, place.prev, place, state, f"there is no item {place.item}")
    return item


def said_by(statement: str, state: "State") -> Said | None:
    """What is known of a record about an item, or of one that opens a ledger; None where there is no such record."""
    item = state.items.get(state.acts.get(statement, ""))
    if item is not None and item.first == statement:
        return Said(item.number, item.ledger, item.position, item.collected_by, tuple(sealed_fields(item.body)))
    return state.said.get(statement)


def no_item(number: str | None, reference: str | None, place: Place, state: "State", refusal: str) -> RuleError:
    """What to say of an item that is not known, and of `reference`, a statement of its history.

    Both may lie in a ledger that is not here, or not here whole. Not so where the item would be the signer's own, whose
    records up to here are here, or where a later number of that label was given.
    """
    if number is None or not state.is_absent(reference):
        return RuleError(refusal)
    label, counter = split_number(number)
    undecided = reference in state.undecided or number in state.undecided_items
    if state.extract and not undecided:  # which has the whole history of each of its items, or none of it
        return RuleError(refusal)
    mine = state.members[place.signer].label == label
    if not undecided and (mine or counter <= state.counters.get(label, 0)):
        return RuleError(refusal)
    return MissingReference(refusal)


def not_in_chain(place: Place, state: "State", item: Item, refusal: str) -> RuleError:
    """What to say of a `prev` that is no act on the item, or not the newest.

    It may be an act that is not here. Not so where nothing follows any more, or where the next act can only be of the
    signer's person, who has no other key: their records up to here are here.
    """
    if not state.is_absent(place.prev):
        return RuleError(refusal)
    if state.extract and place.prev not in state.undecided:
        return RuleError(f"{item.number}: the record that it follows is left out")
    actor = item.holder if item.offer is None else item.offer.to
    own = state.person(place.signer) == actor and sum(one.person == actor for one in state.members.values()) == 1
    if place.prev not in state.undecided and (own or item.standing in ("on-paper", "disposed")):
        return RuleError(refusal)
    return MissingReference(f"the record of {item.number} that it follows is not here")


def check_remark(place: Place, state: "State") -> Item:
    """The item of a remark. Raises RuleError unless it hangs on a statement of the item's chain."""
    item = item_of(place, state)
    if state.acts.get(place.prev or "") != item.number:
        refusal = f"{place.item}: a remark hangs on a record of the item, and this one does not"
        raise not_in_chain(place, state, item, refusal)
    return item


def check_act(place: Place, state: "State", *, digest: str | Sealed | None = None, withdrawn: bool = False) -> Item:
    """The item of an act by its holder, also of one that was `withdrawn`. Raises RuleError, saying who may do it.

    For a holder who has left the case, with all their keys, the lead acts: else what they held would be nobody's to
    give on. Likewise an offer to somebody who has left waits for nobody.
    """
    item = check_there(place, state, digest=digest, withdrawn=withdrawn)
    if item.offer is not None and not has_left(item.offer.to, place.people, state):
        raise RuleError(
            f"{item.number} is offered to {name_of(item.offer.to, state)}, who has not answered yet",
            f"{name_of(item.offer.to, state)} can take it with custody accept, or refuse it with custody decline",
        )
    if state.person(place.signer) != item.holder and not stands_in(place, item, state):
        holder = name_of(item.holder, state)
        raise RuleError(f"{item.number} is held by {holder}", f"only {holder} can do this, or can hand it over to you")
    return item


def has_left(person: str | None, people: str | None, state: "State") -> bool:
    """Whether every key of this person was taken out of the case by the time that the register ended with `people`."""
    known = state.register.get(people or "", -1)
    keys = [one for one in state.members.values() if one.person == person]
    return bool(keys) and all(one.revoked is not None and state.register[one.revoked.by] <= known for one in keys)


def stands_in(place: Place, item: Item, state: "State") -> bool:
    """Whether the signer, as the lead, acts in place of a holder who has left."""
    return place.signer == state.lead_known_to(place.people) and has_left(item.holder, place.people, state)


def check_there(place: Place, state: "State", *, digest: str | Sealed | None = None, withdrawn: bool = False) -> Item:
    """The item of a statement that follows its newest act. Raises RuleError when it is gone, or acted on since.

    Another `digest` is wrong whatever it follows.
    """
    item = item_of(place, state)
    if item.standing != "held" and not (withdrawn and item.standing == "withdrawn"):
        raise RuleError(f"{item.number} {_GONE[item.standing]}")
    if place.prev != item.tip:
        error = not_in_chain(place, state, item, f"{item.number}: it does not follow the newest act on the item")
        if isinstance(error, MissingReference) and digest is not None:
            check_digest(digest, item)
        raise error
    return item


def check_digest(digest: str | Sealed, item: Item) -> None:
    """Raise RuleError for another digest than the recorded one. A sealed one is compared where it can be opened."""
    recorded = item.body.digest
    if isinstance(digest, str) != isinstance(recorded, str):
        raise RuleError(f"{item.number}: the digest is sealed where the item's is, and only there")
    if isinstance(digest, str) and digest != recorded:
        raise RuleError(f"{item.number}: the digest is not the recorded one, so this is about other bytes")


def name_of(person: str | None, state: "State") -> str:
    """A person as the record names them in clear: by label, else by key."""
    labels = [one.label for one in state.members.values() if one.person == person and one.label is not None]
    return labels[-1] if labels else f"key {(person or 'nobody')[:16]}…"


def advance(place: Place, state: "State", **changes: object) -> None:
    """The item after an act: it is the newest of its chain, and `changes` what else is new. An open offer is closed."""
    assert place.item is not None  # checked
    item = state.items[place.item]
    changes = {"offer": None, **changes}
    answers = item.offer is not None and item.offer.to == state.person(place.signer)
    if not answers and stands_in(place, item, state):
        changes["stood_in"] = item.stood_in + 1
    state.items[place.item] = structs.replace(item, tip=place.id, **changes)
    state.acts[place.id] = place.item


def remark(place: Place, state: "State", **changes: object) -> None:
    """The item after a remark."""
    assert place.item is not None  # checked
    item = state.items[place.item]
    state.items[place.item] = structs.replace(item, notes=item.notes + 1, **changes)
