"""Offers items to another member, or hands them over on paper to somebody who has no key."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from custody.domain.events import Body, Receipted, Released, ReleasedOnPaper
from custody.domain.events.acting import name_of
from custody.domain.events.handover import awaits_receipt
from custody.domain.fields import is_line
from custody.domain.items import Paper
from custody.domain.parties import Member
from custody.domain.sealing import Sealer
from custody.domain.state import State
from custody.errors import RuleError, UsageError
from custody.formats.seal import Sealed
from custody.services.recording import Draft, Recorder
from custody.services.recording.appending import Recorded
from custody.services.recording.caring import checked_text, collected, same_digest


@dataclass(frozen=True, slots=True)
class Terms:
    """What an offer says: why, on what medium, where, and whether the giver keeps a copy of the bytes."""

    purpose: str
    medium: str
    place: str | None
    keeps_copy: bool

    def check(self) -> None:
        """Raise UsageError for words that have no place in a record."""
        checked_text(self.purpose, "--purpose")
        if self.place is not None:
            checked_text(self.place, "--place")
        if not is_line(self.medium):
            raise UsageError(
                "--medium is empty, longer than 200 characters, or holds characters that cannot be seen",
                "say it in one line, such as USB stick",
            )


def give(
    recorder: Recorder,
    numbers: Sequence[str],
    to: str,
    terms: Terms,
    before: Callable[[], object] = lambda: None,
) -> tuple[str, list[Recorded]]:
    """Offer items to the member with this key id: the id of the offer, and its records, all or none.

    `before` is done once the rules allow it and before anything is signed: what cannot be carried is not offered.
    Raises RuleError when the signer does not hold one of them, or the receiver is not a member.
    """

    def released(digest: str | Sealed, sealer: Sealer) -> Released:
        return Released(
            to=to,
            digest=digest,
            purpose=sealer.seal("/purpose", terms.purpose),
            medium=terms.medium,
            place=sealer.seal_if("/place", terms.place),
            keeps_copy=terms.keeps_copy,
        )

    return _release(recorder, numbers, terms, Released.type_name(), released, before)


def give_on_paper(
    recorder: Recorder,
    numbers: Sequence[str],
    to: str,
    terms: Terms,
) -> tuple[str, list[Recorded]]:
    """Record a hand-over to somebody without a key, described in words: its id and records, all or none."""
    checked_text(to, "--to")

    def released(digest: str | Sealed, sealer: Sealer) -> ReleasedOnPaper:
        return ReleasedOnPaper(
            to=sealer.seal("/to", to),
            digest=digest,
            purpose=sealer.seal("/purpose", terms.purpose),
            medium=terms.medium,
            place=sealer.seal_if("/place", terms.place),
            keeps_copy=terms.keeps_copy,
        )

    return _release(recorder, numbers, terms, ReleasedOnPaper.type_name(), released)


def _release(
    recorder: Recorder,
    numbers: Sequence[str],
    terms: Terms,
    kind: str,
    made: Callable[[str | Sealed, Sealer], Body],
    before: Callable[[], object] = lambda: None,
) -> tuple[str, list[Recorded]]:
    """One act on all these items; `made` gives the body for an item's digest."""
    terms.check()
    act = recorder.new_act()
    drafts = []
    for number in numbers:
        sealer = recorder.sealer(kind)
        body = made(same_digest(recorder, number, sealer), sealer)
        drafts.append(Draft(body, tuple(sealer.openings), item=number, act=act))
    for number in numbers:
        _check_answer(recorder, number)
    recorder.check(drafts)
    before()
    return act, recorder.append(drafts)


def _check_answer(recorder: Recorder, number: str) -> None:
    """Raise RuleError where somebody who left may have accepted an offer first, in records that are not here."""
    state = recorder.state([number])
    item = state.items.get(number)
    if item is None or item.offer is None:
        return
    with recorder.files.ledgers.reading() as reader:
        for member in state.members.values():
            if member.person == item.offer.to and member.revoked is not None and member.ledger is not None:
                here = reader.size(member.ledger)
                if here < member.revoked.seen:
                    raise RuleError(
                        f"{number} was offered to {name_of(item.offer.to, state)}, of whose records {here} of "
                        f"{member.revoked.seen} are here: they may have accepted it",
                        "merge what whoever took their key out has: custody share --all there, then custody merge",
                    )


def link_receipt(recorder: Recorder, number: str, paper: str) -> Recorded:
    """Link the collected scan of a signed form to the newest hand-over on paper of an item that still waits for one.

    One that only its giver has linked waits for somebody else's link. Raises RuleError when there is no such hand-over.
    """
    release = _waiting(recorder, number, recorder.state([number])).release
    record, _, _ = collected(recorder, paper)
    body = Receipted(release=release, paper=paper, record=record)
    (recorded,) = recorder.append([Draft(body, item=number, prev=release)])
    return recorded


def better_linked_by(recorder: Recorder, number: str) -> list[Member]:
    """The others in the case who could link the receipt, when the signer is who gave the item; else nobody.

    Raises RuleError as `link_receipt` does.
    """
    state = recorder.state([number])
    person = state.person(recorder.signer.public.key_id)
    if _waiting(recorder, number, state).giver != person:
        return []
    return state.others(person, state.people)


def _waiting(recorder: Recorder, number: str, state: State) -> Paper:
    person = state.person(recorder.signer.public.key_id)
    waiting = [paper for paper in state.items[number].papers if awaits_receipt(paper, person)]
    if not waiting:
        raise RuleError(
            f"{number} has no hand-over on paper that waits for a receipt", f"custody show {number} tells its history"
        )
    return waiting[-1]
