"""Where an axis of time has its marks, and their words. Draws nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

MOST: Final = 6  # marks: as many as have room beside each other

_SECONDS: Final = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
    86400, 172800, 345600, 604800, 1209600,
)  # fmt: skip
_MONTHS: Final = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000, 12000)
DAY: Final = 86400
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def ticks(first: datetime, last: datetime) -> list[tuple[datetime, str]]:
    """At most MOST round moments from `first` to `last`, UTC, evenly apart; the two ends where none is round."""
    span = (last - first).total_seconds()
    step = next((one for one in _SECONDS if span / one <= MOST - 1), None)
    found = list(_even(first, last, step) if step is not None else _monthly(first, last))
    if not found:
        found = [first, last]
    words = "%Y-%m-%d" if step is None or step >= DAY else "%m-%d %H:%M" if step >= 60 else "%H:%M:%S"
    return [(time, f"{time:{words}}") for time in found[:MOST]]


def _even(first: datetime, last: datetime, step: int) -> Iterator[datetime]:
    since = -int(-((first - _EPOCH).total_seconds()) // step) * step
    while (time := _EPOCH + timedelta(seconds=since)) <= last:
        if time >= first:
            yield time
        since += step


def _monthly(first: datetime, last: datetime) -> Iterator[datetime]:
    """The first of every so many months; years of a calendar end at 9999."""
    begin, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    step = next((one for one in _MONTHS if (end - begin) / one <= MOST - 1), _MONTHS[-1])
    for month in range(-(-begin // step) * step, end + 1, step):
        if month >= 12:
            time = datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
            if first <= time <= last:
                yield time
