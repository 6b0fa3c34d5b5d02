"""Says of each item, and of the recorder's clock, what the anchors of the case say of them. Judges no anchor."""

from collections.abc import Mapping

from custody.domain import findings as codes
from custody.domain.examination import Dated
from custody.domain.intervals import Interval, Intervals
from custody.domain.questions.time import TOLERANCE, earliest, latest
from custody.formats.encoding import parse_time
from custody.services.auditing.seen import SeenLedgers
from custody.services.auditing.telling import Telling


def date_items(seen: SeenLedgers, intervals: Intervals) -> dict[str, Dated]:
    """By number: between which moments the record that collected each item was made."""
    found = {}
    for number, item in seen.state.items.items():
        head, claimed = seen.runs[item.ledger].at(item.position)
        found[number] = Dated(intervals.of(item.ledger, item.position, head), claimed)
    return found


def find_wrong_clocks(seen: SeenLedgers, intervals: Intervals, ledgers: Mapping[str, Telling]) -> None:
    """Report each batch whose recorder's clock said what outside evidence contradicts."""
    for name, runs in seen.runs.items():
        told = ledgers[name]
        for first, last, head, claimed in runs.each():
            words = _disagreement(intervals.of(name, first, head), claimed)
            if words is not None:
                told.find(
                    codes.CLOCK_DISAGREES,
                    told.place(first, last),
                    f"The recorder's clock said {claimed[:10]} {claimed[11:19]} UTC, but {words}.",
                )


def _disagreement(interval: Interval, claimed: str) -> str | None:
    time = parse_time(claimed)
    before, after = interval.not_before, interval.not_after
    if before is not None and time < before.time - TOLERANCE:
        return f"it was made {earliest(before)}"
    if after is not None and time > after.time + TOLERANCE:
        return f"it was made {latest(after)}"
    return None
