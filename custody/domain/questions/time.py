"""Is there outside evidence of when? The recorder's own clock is never evidence."""

from collections.abc import Iterator

from custody.domain import findings as codes
from custody.domain.examination import Dated, Examination
from custody.domain.intervals import Bound
from custody.domain.questions.parts import failed, findings_on, listed, lost_records, make_answer
from custody.domain.verdict import Answer, Finding, Question

_LIMIT = (
    "A stamp shows that a record existed by then, not that what it tells happened then. The times in the record are "
    "what the recorder's own clock said: a claim, and shown as one."
)
_SETTLED = (
    "Have the record stamped (custody timestamp), or hand a report or a card (custody checkpoint --card) to somebody "
    "independent and keep their dated receipt: it is evidence for everything recorded up to then. For the time before, "
    "it is too late."
)


def answer_time(seen: Examination) -> Answer:
    """From what others vouch for: of each item, the moments between which its record was made."""
    found = list(findings_on(Question.TIME, seen))
    found += _items(seen)
    wrong = failed(found)
    if wrong:
        subjects = list(dict.fromkeys(one.about for one in wrong))
        return make_answer(f"What is said to be outside evidence does not hold: {listed(subjects)}.", _LIMIT, found)
    return make_answer(_sentence(seen), _LIMIT, found)


def shown(bound: Bound) -> str:
    """`2026-11-24 03:02:01 UTC (DigiCert)`."""
    return f"{bound.time:%Y-%m-%d %H:%M:%S} UTC ({bound.word})"


def interval_words(dated: Dated) -> str:
    """`no earlier than …, no later than …`, or what is not known of the two."""
    before, after = dated.interval.not_before, dated.interval.not_after
    if before is None and after is None:
        return "nobody outside vouches for when"
    earliest = (
        "nobody outside vouches for what it is no older than" if before is None else f"no earlier than {shown(before)}"
    )
    latest = "nobody outside has vouched for it since" if after is None else f"no later than {shown(after)}"
    return f"{latest}; {earliest}" if before is None else f"{earliest}; {latest}"


def _items(seen: Examination) -> Iterator[Finding]:
    if seen.dated is None:
        yield codes.NO_OUTSIDE_TIME.about(
            "all items",
            "Nobody outside whom you trust has seen this record at a known time, so no item has a 'no earlier than' or "
            f"a 'no later than'. {_SETTLED}",
        )
        return
    for number, dated in seen.dated.items():
        words = interval_words(dated)
        code = codes.NO_OUTSIDE_TIME if dated.interval.not_after is None else codes.ITEM_DATED
        rest = f" {_SETTLED}" if dated.interval.not_after is None else ""
        claimed = f"The recorder's own clock said {dated.claimed[:10]} {dated.claimed[11:19]} UTC."
        yield code.about(number, f"{words[0].upper()}{words[1:]}. {claimed}{rest}")
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
    return f"{every} recorded no later than {shown(newest)}."
