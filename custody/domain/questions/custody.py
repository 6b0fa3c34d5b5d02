"""Is every hand-over accounted for? From the replay of every act on every item."""

from collections.abc import Iterator

from custody.domain import findings as codes
from custody.domain.events.acting import has_left, name_of
from custody.domain.examination import Examination
from custody.domain.items import Paper
from custody.domain.questions.parts import failed, findings_on, listed, lost_records, make_answer
from custody.domain.state import State
from custody.domain.verdict import Answer, Finding, Question
from custody.domain.wording import capital

_LIMIT = "This is about what was recorded. It cannot show what was done with an item off the record."


def answer_custody(seen: Examination) -> Answer:
    """From the rules that were broken, and who holds each item."""
    found = list(findings_on(Question.CUSTODY, seen))
    if seen.state.case is None:
        found.append(
            codes.CUSTODY_UNJUDGED.about("the case", "Without the record that opens the case nothing can be followed.")
        )
    if seen.state.not_followed:
        found.append(
            codes.CUSTODY_NOT_FOLLOWED.about(
                "the record",
                "It holds a record of a kind that this version does not know, so what happened after it cannot be "
                "followed. A newer version of custody can settle it.",
            )
        )
    lost = lost_records(seen)
    if lost:
        found.append(
            codes.CUSTODY_NOT_FOLLOWED.about(
                listed(lost),
                "What was recorded there is not known, so what happened to the items cannot be followed. A copy that "
                "still has these records settles it.",
            )
        )
    found += _open_items(seen)
    broken = failed(found)
    if broken:
        subjects = list(dict.fromkeys(finding.about for finding in broken))
        return make_answer(f"A rule of custody is broken at {listed(subjects)}.", _LIMIT, found)
    items = seen.state.items.values()
    waiting = [item.number for item in items if item.offer is not None]
    papers = [item.number for item in items if item.papers]
    if found:
        missing = list(dict.fromkeys(one.about for one in found if one.code == codes.REFERENCE_MISSING.name))
        known = [
            *([f"offered and not answered: {listed(waiting)}"] if waiting else []),
            *([f"records refer to others that are not here: {listed(missing)}"] if missing else []),
            *([f"handed over on paper, to somebody without a key: {listed(papers)}"] if papers else []),
        ]
        words = "; ".join(known) or "not everything that was recorded can be followed"
        return make_answer(f"{capital(words)}.", _LIMIT, found)
    if not items:
        return make_answer("There are no items yet, so nothing was handed over.", _LIMIT, found)
    moved = [item.number for item in items if item.hands]
    if moved:
        return make_answer(f"Handed over, and signed by both sides each time: {listed(moved)}.", _LIMIT, found)
    every, them = ("The 1 item is", "it") if len(items) == 1 else (f"All {len(items)} items are", "them")
    return make_answer(
        f"{every} recorded as still held by whoever collected {them}. No hand-over is recorded.",
        _LIMIT,
        found,
    )


def _receipt(paper: Paper, state: State) -> str:
    """What stands for the receiver's signature, and who says that it does."""
    if paper.receipt is None:
        return "No signed form is here; whoever has it adds it (custody receipt add)."
    words = "The signed form was collected, and can be compared by eye."
    by = name_of(paper.linked_by, state)
    if paper.linked_by != paper.giver:
        return f"{words} It was linked by {by}, who is not the giver."
    if paper.alone:
        return f"{words} It was linked by the giver, {by}, when nobody else in the case could."
    return f"{words} It was linked by the giver, {by}, though others are in the case: one of them can link it too."


def _open_items(seen: Examination) -> Iterator[Finding]:
    """What waits for somebody's answer, rests on paper, or was held by somebody who has left the case."""
    state = seen.state
    left = {one for one in {item.holder for item in state.items.values()} if has_left(one, state.people, state)}
    for item in state.items.values():
        if item.standing == "held" and item.holder in left:
            yield codes.HOLDER_LEFT.about(
                item.number,
                f"It is recorded as held by {name_of(item.holder, state)}, whose key was taken out of the case. The "
                "case lead can settle where it is, who may examine it, give it on or dispose of it in their place.",
            )
        if item.stood_in:
            yield codes.HOLDER_LEFT.about(
                item.number,
                "Its holder had left the case, and the case lead acted in their place; the holder signed nothing.",
            )
        if item.offer is not None:
            receiver = name_of(item.offer.to, state)
            yield codes.OFFER_OPEN.about(
                item.number,
                f"It is offered to {receiver}, who has neither accepted nor declined. It is still held by "
                f"{name_of(item.holder, state)}. {receiver} can settle it: custody accept, or custody decline.",
            )
        for paper in item.papers:
            words = "It was handed over on paper, to somebody without a key."
            yield codes.HANDED_OVER_ON_PAPER.about(item.number, f"{words} {_receipt(paper, state)}")
        for _ in range(item.gaps):
            yield codes.GAP_EXPLAINED.about(
                item.number, "A gap in its history is explained in words; they show no more."
            )
