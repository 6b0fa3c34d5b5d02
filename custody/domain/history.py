"""The fold: replays statements in order and keeps to the rules of custody.

What breaks a rule raises RuleError and changes no state: a writer lets it end the command, a verifier reports it and
goes on. Signatures, positions and heads are not looked at here: whoever calls has checked them.
"""

from collections.abc import Iterable, Mapping, Sequence

from custody.domain.events import (
    Body,
    CaseOpened,
    Collected,
    LeadTakenOver,
    LedgerOpened,
    Place,
    RegisterBody,
    sealed_fields,
)
from custody.domain.items import Said
from custody.domain.state import State
from custody.domain.statement import Statement
from custody.errors import MissingReference, RuleError

Step = tuple[str, Statement]
"""A statement with its id."""

NO_REGISTER = "the record refers to a register of people that is not this case's"


def place_of(identity: str, statement: Statement) -> Place:
    """Where `statement`, whose id is `identity`, stands."""
    return Place(
        id=identity,
        case=statement.case,
        ledger=statement.ledger,
        position=statement.position,
        signer=statement.signer,
        people=statement.people,
        item=statement.item,
        prev=statement.prev,
        act=statement.act,
    )


def fold(state: State, identity: str, statement: Statement) -> None:
    """Check `statement` and take it into `state`. Raises RuleError, leaving what it knows of the case as it was.

    Raises MissingReference where a statement that is not here would have to be known, and nothing else is wrong.
    """
    if identity in state.judged:
        if (wrong := state.judged[identity]) is not None:
            raise (MissingReference if identity in state.undecided else RuleError)(wrong)
        return
    state.taken.add(bytes.fromhex(identity))
    try:
        _fold(state, identity, statement)
    except MissingReference:
        state.undecided.add(identity)
        if isinstance(statement.body, Collected) and statement.item is not None:
            state.undecided_items.add(statement.item)
        if isinstance(statement.body, LedgerOpened):
            state.unopened.add(statement.ledger)
        raise


def _fold(state: State, identity: str, statement: Statement) -> None:
    place = place_of(identity, statement)
    if state.case is None:
        if not isinstance(statement.body, CaseOpened):
            raise RuleError("no record comes before the one that opens the case")
    else:
        _check_case(state, place)
        if not isinstance(statement.body, LedgerOpened):
            _check_signer(state, place)
            _check_owner(state, place, early=isinstance(statement.body, RegisterBody))
        if place.people not in state.register:
            _check_without_register(state, place, statement.body)
    statement.body.check(place, state)
    statement.body.apply(place, state)
    opens = isinstance(statement.body, CaseOpened | LedgerOpened)
    if opens or (place.item is not None and not isinstance(statement.body, Collected)):  # that the item keeps
        sealed = tuple(sealed_fields(statement.body))
        state.said[identity] = Said(place.item, place.ledger, place.position, place.signer, sealed)


def fold_register(state: State, steps: Iterable[Step]) -> None:
    """Fold the statements of the register, from whatever ledgers, along their chain, before all others.

    Then what a person recorded before they were enrolled counts, and a former lead's register ends where a deputy took
    over, in whatever order ledgers are read. After them come the statements that open ledgers, those of enrolled people
    first: a stranger's must not take their label away. What is wrong with a statement is kept for `fold` to say.
    """
    after: dict[str | None, list[Step]] = {}
    openings: list[Step] = []
    for identity, statement in steps:
        if isinstance(statement.body, LedgerOpened):
            openings.append((identity, statement))
        else:
            after.setdefault(statement.people, []).append((identity, statement))
    waiting: list[Step] = after.pop(None, [])
    while waiting:
        waiting.sort(key=lambda step: _rank(state, *step))
        linked: list[Step] = []
        for identity, statement in waiting:
            try:
                fold(state, identity, statement)
            except RuleError as error:
                state.judged[identity] = error.message
            else:
                state.judged[identity] = None
                linked += after.pop(identity, [])
        waiting = linked
    _judge_unlinked(state, after)
    for identity, statement in sorted(openings, key=lambda step: (not _is_enrolled(state, step[1]), step[1].ledger)):
        try:
            fold(state, identity, statement)
        except RuleError as error:
            state.judged[identity] = error.message
        else:
            state.judged[identity] = None


def _judge_unlinked(state: State, after: Mapping[str | None, Sequence[Step]]) -> None:
    """What follows no accepted statement breaks a rule; but for what hangs, over however many, on one not here."""
    unlinked = {
        identity: "it does not follow the newest record of the register of people"
        for steps in after.values()
        for identity, _ in steps
    }
    waiting = [link for link in after if link not in unlinked and state.is_absent(link)]
    while waiting:
        for identity, statement in after.get(waiting.pop(), ()):
            try:
                fold(state, identity, statement)
            except MissingReference as error:
                unlinked[identity] = error.message
                waiting.append(identity)
            except RuleError as error:
                unlinked[identity] = error.message
    state.judged.update(unlinked)


def _is_enrolled(state: State, statement: Statement) -> bool:
    member = state.members.get(statement.signer)
    return member is not None and member.enrolled_by is not None


def _rank(state: State, identity: str, statement: Statement) -> tuple[bool, int, str]:
    """Of several that follow the same one, a deputy who takes over comes first; else the ledger's order decides."""
    takes_over = isinstance(statement.body, LeadTakenOver) and statement.signer in state.deputies
    order = state.deputies.index(statement.signer) if takes_over else statement.position
    return not takes_over, order, identity


def _check_case(state: State, place: Place) -> None:
    if place.case != state.case:
        raise RuleError("the record belongs to another case")
    if place.people not in state.register and not state.is_absent(place.people):
        raise RuleError(NO_REGISTER)


def _check_signer(state: State, place: Place) -> None:
    member = state.members.get(place.signer)
    if member is None:
        _check_opened(state, place)
        raise RuleError("the signer is not enrolled in this case")
    item = state.items.get(place.item or "")
    known = place.people in state.register
    if known and member.enrolled_by is None and item is not None and state.person(item.collected_by) != member.person:
        raise RuleError("the signer is not enrolled in this case, and the item is somebody else's")
    if member.revoked is not None and place.position >= member.revoked.seen:
        raise RuleError("the signer's key was taken out of the case, and nobody had seen this record before")


def _check_owner(state: State, place: Place, *, early: bool) -> None:
    """Each person writes only in their own ledger. The register is read `early`, before ledgers are opened."""
    own = state.members[place.signer].ledger in (None, place.ledger)
    if not (own and early) and state.owners.get(place.ledger) != place.signer:
        _check_opened(state, place)
        raise RuleError("each person writes only in a ledger that they opened, and the signer did not open this one")


def _check_opened(state: State, place: Place) -> None:
    """Raise MissingReference where whether somebody opened this ledger cannot be said."""
    if place.ledger in state.unopened:
        raise MissingReference("what opened its ledger cannot be judged")


def _check_without_register(state: State, place: Place, body: Body) -> None:
    """The register that the signer knew is not here whole. Raises MissingReference, or RuleError where that is settled.

    What the lead wrote herself is in her own ledger, which is here up to this record: for her, only a deputy who took
    over can have gone on with the register, and she writes in it no more then.
    """
    if isinstance(body, RegisterBody) and (place.signer == state.lead or place.signer not in state.deputies):
        raise RuleError("it does not follow the newest record of the register of people")
    if place.signer == state.lead and not [one for one in state.deputies if one != state.lead]:
        raise RuleError(NO_REGISTER)
    if isinstance(body, LedgerOpened):
        body.check(place, state)
    raise MissingReference(NO_REGISTER)


__all__ = ["RegisterBody", "Step", "fold", "fold_register", "place_of"]
