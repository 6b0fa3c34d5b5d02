"""Is every hand-over accounted for? From the replay of every act on every item."""

from custody.domain import findings as codes
from custody.domain.examination import Examination
from custody.domain.questions.parts import counted, failed, findings_on, listed, lost_records, make_answer
from custody.domain.verdict import Answer, Question

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
    broken = failed(found)
    if broken:
        subjects = list(dict.fromkeys(finding.about for finding in broken))
        return make_answer(f"A rule of custody is broken at {listed(subjects)}.", _LIMIT, found)
    if found:
        return make_answer("Not everything that was recorded can be followed.", _LIMIT, found)
    items = seen.state.items.values()
    if not items:
        return make_answer("There are no items yet, so nothing was handed over.", _LIMIT, found)
    moved = [item.number for item in items if item.holder != item.collected_by]
    if moved:
        return make_answer(f"Handed over and accounted for: {listed(moved)}.", _LIMIT, found)
    count = counted(len(items), "item")
    return make_answer(
        f"{'The' if len(items) == 1 else 'All'} {count} {'is' if len(items) == 1 else 'are'} recorded as still held by "
        "whoever collected them. No hand-over is recorded.",
        _LIMIT,
        found,
    )
