"""Is there outside evidence of when? The recorder's own clock is never evidence."""

from collections.abc import Iterator
from datetime import timedelta

from custody.domain import findings as codes
from custody.domain.examination import Examination
from custody.domain.intervals import Bound, Interval
from custody.domain.questions.parts import failed, findings_on, listed, lost_records, make_answer
from custody.domain.verdict import Answer, Finding, Question
from custody.domain.wording import capital

TOLERANCE = timedelta(seconds=5)  # between two clocks that are both right for all that people do with them
_LIMIT = (
    "A stamp shows that a record existed by then, not that what it tells happened then. The times in the record are "
    "what the recorder's own clock said: a claim, and shown as one."
)
_SETTLED = (
    "Whoever keeps the case can have the record stamped (custody timestamp), or hand a report or a card (custody "
    "checkpoint --card) to somebody independent and keep their dated receipt. Either is evidence for everything "
    "recorded up to then. For the time before, it is too late."
)
_STILL = "There is no 'no later than' yet: whoever keeps the case can have it stamped (custody timestamp)."


def answer_time(seen: Examination) -> Answer:
    """From what others vouch for: of each item, the moments between which its record was made."""
    found = list(findings_on(Question.TIME, seen))
    found += _items(seen)
    wrong = failed(found)
    if wrong:
        subjects = list(dict.fromkeys(one.about for one in wrong))
        return make_answer(f"What is said to be outside evidence does not hold: {listed(subjects)}.", _LIMIT, found)
    return make_answer(_sentence(seen), _LIMIT, found)


def earliest(bound: Bound) -> str:
    """`no earlier than 2026-11-24 03:02:01 UTC (DigiCert)`, rounded down to the second."""
    return f"no earlier than {bound.time:%Y-%m-%d %H:%M:%S} UTC ({bound.word})"


def latest(bound: Bound) -> str:
    """`no later than 2026-11-24 03:02:02 UTC (DigiCert)`, rounded up to the second."""
    up = bound.time + timedelta(microseconds=-bound.time.microsecond % 1_000_000)
    return f"no later than {up:%Y-%m-%d %H:%M:%S} UTC ({bound.word})"


def contradicts(interval: Interval) -> bool:
    """Whether nothing can have been made within it, for more than clocks differ that are both right."""
    before, after = interval.not_before, interval.not_after
    return before is not None and after is not None and before.time > after.time + TOLERANCE


def _claimed(time: str) -> str:
    return f"{time[:10]} {time[11:19]} UTC"


def interval_words(interval: Interval) -> str:
    """`No earlier than …, no later than ….`, and what is not known of the two."""
    before, after = interval.not_before, interval.not_after
    known = [*([] if before is None else [earliest(before)]), *([] if after is None else [latest(after)])]
    words = ", ".join(known) or "nobody outside vouches for when"
    return f"{capital(words)}."


def _items(seen: Examination) -> Iterator[Finding]:
    if seen.dated is None:
        yield codes.NO_OUTSIDE_TIME.about(
            "all items",
            "Nobody outside whom you trust has seen this record at a known time, so no item has a 'no earlier than' or "
            f"a 'no later than'. {_SETTLED}",
        )
        return
    for number, dated in seen.dated.items():
        open_ended = dated.interval.not_after is None
        words = f"{interval_words(dated.interval)} The recorder's own clock said {_claimed(dated.claimed)}."
        if open_ended:
            yield codes.NO_OUTSIDE_TIME.about(number, f"{words} {_STILL}")
        else:
            yield codes.ITEM_DATED.about(number, words)
        if contradicts(dated.interval):
            yield codes.OUTSIDE_DISAGREES.about(
                number, "That cannot both be: of the two who vouch for it, one is wrong, and you trust both."
            )
    for about in [*sorted(seen.files.keys() - seen.dated.keys()), *lost_records(seen)]:
        yield codes.NO_OUTSIDE_TIME.about(about, "What was recorded there is gone or not to be believed.")


def _sentence(seen: Examination) -> str:
    if seen.dated is None:
        return "No outside evidence of when."
    late = {number: one.interval.not_after for number, one in seen.dated.items()}
    missing = [number for number in {**seen.files, **late} if late.get(number) is None] + lost_records(seen)
    known = [one for one in late.values() if one is not None]
    if not (known or missing):
        return "There are no items yet."
    if missing:
        return f"No outside evidence of when for {listed(missing)}."
    newest = max(known, key=lambda one: one.time)
    every = "The one item was" if len(known) == 1 else f"All {len(known)} items were"
    return f"{every} recorded {latest(newest)}."
