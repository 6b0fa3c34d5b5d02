"""The fold: replays statements in order and keeps to the rules of custody.

What breaks a rule raises RuleError and changes no state: a writer lets it end the command, a verifier reports it and
goes on. Signatures, positions and heads are not looked at here: whoever calls has checked them.
"""

from custody.domain.events import CaseOpened, Place
from custody.domain.state import State
from custody.domain.statement import Statement
from custody.errors import RuleError


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
    )


def fold(state: State, identity: str, statement: Statement) -> None:
    """Check `statement` and take it into `state`. Raises RuleError, leaving `state` as it was."""
    place = place_of(identity, statement)
    if state.case is None:
        if not isinstance(statement.body, CaseOpened):
            raise RuleError("no record comes before the one that opens the case")
    else:
        _check_membership(state, place)
    statement.body.check(place, state)
    statement.body.apply(place, state)


def _check_membership(state: State, place: Place) -> None:
    if place.case != state.case:
        raise RuleError("the record belongs to another case")
    if place.signer not in state.members:
        raise RuleError("the signer is not enrolled in this case")
    if state.owners.get(place.ledger) != place.signer:
        raise RuleError("each person writes only in a ledger that they opened, and the signer did not open this one")
    if place.people not in state.register:
        raise RuleError("the record refers to a register of people that is not this case's")
