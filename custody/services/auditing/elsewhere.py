"""Tells bytes that are missing from bytes that somebody else keeps: ledgers travel without evidence.

In the folder of a reader who belongs to the case, what they keep must be there, and only that. A stranger does not know
whose folder it is: of a person of whom an item is here that never left their hands, everything must be.
"""

from collections.abc import Set as AbstractSet

from custody.domain import findings as codes
from custody.domain.events.acting import name_of
from custody.domain.examination import FileState
from custody.domain.state import State
from custody.domain.trust import Trust
from custody.services.auditing.files import SeenFiles

_PRESENT = (FileState.MATCHES, FileState.CHANGED, FileState.UNREADABLE)


def find_elsewhere(state: State, trust: Trust, seen: SeenFiles) -> None:
    """Turn the findings on items that need not be here into what they are."""
    if len(state.owners) < 2:
        return
    must = keepers_here(state, trust, seen)
    away = {
        number
        for number, found in seen.states.items()
        if found is FileState.MISSING and not must & set(state.items[number].keepers)
    }
    if not away:
        return
    missing = {codes.ITEM_MISSING.name, codes.OBJECT_UNRECORDED.name}
    seen.findings = [one for one in seen.findings if one.code not in missing or one.about.split("/")[0] not in away]
    for number in sorted(away):
        seen.states[number] = FileState.ELSEWHERE
        keepers = ", ".join(name_of(person, state) for person in state.items[number].keepers) or "nobody in the case"
        seen.findings.append(
            codes.ITEM_ELSEWHERE.about(number, f"Its bytes are not in this folder; {keepers} can compare them.")
        )


def keepers_here(state: State, trust: Trust, seen: SeenFiles) -> AbstractSet[str]:
    """The persons whose folder this may be: what they keep must be in it."""
    own = {member.person for member in state.members.values() if member.key_id in trust.own}
    if own:
        return own
    here = {number for number, found in seen.states.items() if found in _PRESENT}
    items = (item for item in state.items.values() if item.number in here and not item.hands and not item.papers)
    return {state.person(item.collected_by) for item in items}
