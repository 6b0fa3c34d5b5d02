"""Answers offers: takes up what matches the record, byte by byte, and declines the rest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from custody.domain.events import Declined, Received
from custody.domain.examination import FileState
from custody.domain.items import Item, split_number
from custody.domain.state import State
from custody.errors import RuleError
from custody.services import listing
from custody.services.auditing.files import examine_files
from custody.services.auditing.wanted import SEALED
from custody.services.recording import Draft, Recorder
from custody.services.recording.appending import Recorded
from custody.services.recording.caring import checked_text, collected, same_digest


@dataclass(frozen=True, slots=True)
class Answered:
    """What was signed for, and what was not because its bytes are not what was recorded: number and state."""

    received: list[Recorded]
    refused: list[tuple[str, FileState]]


def offered_to(recorder: Recorder) -> list[Item]:
    """The items that wait for the signer's answer, in the order of their numbers."""
    items = listing.offers(recorder.files, recorder.whole)
    person = recorder.state().person(recorder.signer.public.key_id)
    return [item for item in items if item.offer is not None and item.offer.to == person]


def accept(
    recorder: Recorder, numbers: Sequence[str], condition: str | None, progress: Callable[[int], None]
) -> Answered:
    """Compare the bytes of offered items with the record, and sign for those that match.

    Raises RuleError when one is not offered to the signer.
    """
    if condition is not None:
        checked_text(condition, "--condition")
    state = recorder.state(numbers)
    items = [_offered(recorder, state, number) for number in numbers]
    states = _compared(recorder, items, progress)
    matching = [item.number for item in items if states[item.number] is FileState.MATCHES]
    drafts = []
    for number in matching:
        sealer = recorder.sealer(Received.type_name())
        body = Received(digest=same_digest(recorder, number, sealer), condition=sealer.seal_if("/condition", condition))
        drafts.append(Draft(body, tuple(sealer.openings), item=number, act=recorder.new_act()))
    refused = [(item.number, states[item.number]) for item in items if item.number not in matching]
    return Answered(recorder.append(drafts), refused)


def decline(recorder: Recorder, numbers: Sequence[str], reason: str) -> list[Recorded]:
    """Sign that the offered items are not taken; they stay with their holder. Raises RuleError."""
    checked_text(reason, "--reason")
    state = recorder.state(numbers)
    drafts = []
    for number in numbers:
        _offered(recorder, state, number)
        sealer = recorder.sealer(Declined.type_name())
        drafts.append(Draft(Declined(reason=sealer.seal("/reason", reason)), tuple(sealer.openings), item=number))
    return recorder.append(drafts)


def matches(recorder: Recorder, number: str, progress: Callable[[int], None]) -> FileState:
    """What comparing the stored bytes of an item with its record gives."""
    return _compared(recorder, [recorder.state([number]).items[number]], progress)[number]


def _offered(recorder: Recorder, state: State, number: str) -> Item:
    item = state.items.get(number)
    if item is None or item.offer is None:
        raise RuleError(f"{number} is not offered to anybody", "custody status lists what is offered to you")
    if item.offer.to != state.person(recorder.signer.public.key_id):
        raise RuleError(f"{number} is offered to somebody else", "only they can answer")
    return item


def _compared(recorder: Recorder, items: Sequence[Item], progress: Callable[[int], None]) -> dict[str, FileState]:
    sealed = {}
    for item in sorted(items, key=lambda one: split_number(one.number)):
        _, _, values = collected(recorder, item.number)
        sealed[item.number] = {pointer: value for pointer, value in values.items() if pointer in SEALED}
    seen = examine_files(
        recorder.files, recorder.world, items, sealed, quick=False, progress=progress, unrecorded=False
    )
    return seen.states
