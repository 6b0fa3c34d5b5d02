"""The fold: replays statements in order and keeps to the rules of custody.

What breaks a rule raises RuleError and changes no state: a writer lets it end the command, a verifier reports it and
goes on. Signatures, positions and heads are not looked at here: whoever calls has checked them.
"""

from collections.abc import Iterable

from custody.domain.events import CaseOpened, LeadTakenOver, LedgerOpened, Place, RegisterBody
from custody.domain.state import State
from custody.domain.statement import Statement
from custody.errors import RuleError

Step = tuple[str, Statement]
"""A statement with its id."""


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
    """Check `statement` and take it into `state`. Raises RuleError, leaving `state` as it was."""
    if identity in state.judged:
        if (wrong := state.judged[identity]) is not None:
            raise RuleError(wrong)
        return
    place = place_of(identity, statement)
    if state.case is None:
        if not isinstance(statement.body, CaseOpened):
            raise RuleError("no record comes before the one that opens the case")
    else:
        _check_case(state, place)
        if not isinstance(statement.body, LedgerOpened):
            _check_signer(state, place)
            _check_owner(state, place, early=isinstance(statement.body, RegisterBody))
    statement.body.check(place, state)
    statement.body.apply(place, state)


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
    for identity, _ in (step for steps in after.values() for step in steps):
        state.judged[identity] = "it does not follow the newest record of the register of people"
    for identity, statement in sorted(openings, key=lambda step: (not _is_enrolled(state, step[1]), step[1].ledger)):
        try:
            fold(state, identity, statement)
        except RuleError as error:
            state.judged[identity] = error.message
        else:
            state.judged[identity] = None


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
    if place.people not in state.register:
        raise RuleError("the record refers to a register of people that is not this case's")


def _check_signer(state: State, place: Place) -> None:
    member = state.members.get(place.signer)
    if member is None:
        raise RuleError("the signer is not enrolled in this case")
    item = state.items.get(place.item or "")
    if member.enrolled_by is None and item is not None and state.person(item.collected_by) != member.person:
        raise RuleError("the signer is not enrolled in this case, and the item is somebody else's")
    if member.revoked is not None and place.position >= member.revoked.seen:
        raise RuleError("the signer's key was taken out of the case, and nobody had seen this record before")


def _check_owner(state: State, place: Place, *, early: bool) -> None:
    """Each person writes only in their own ledger. The register is read `early`, before ledgers are opened."""
    own = state.members[place.signer].ledger in (None, place.ledger)
    if not (own and early) and state.owners.get(place.ledger) != place.signer:
        raise RuleError("each person writes only in a ledger that they opened, and the signer did not open this one")


__all__ = ["RegisterBody", "Step", "fold", "fold_register", "place_of"]
