"""Lists everything that exists, here or withheld: items, failed captures, working copies, corrections, disclosures."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from custody.domain.entry import Entry
from custody.domain.events import Attempted, Corrected, Examined, Exported, Reported
from custody.domain.report.known import Known
from custody.domain.report.model import ReportItem, ScheduleLine
from custody.domain.wording import capital


def schedule_of(
    items: Sequence[ReportItem],
    histories: Mapping[str, Sequence[Entry]],
    beside: Iterable[Entry],
    known: Known,
    withheld: Sequence[ScheduleLine] = (),
) -> tuple[ScheduleLine, ...]:
    """A line for each of the items, those that are `withheld`, and what the records tell of them and of the case.

    `beside` are the records about no item, in their order.
    """
    return (
        *(_item(item) for item in items),
        *withheld,
        *(line for entry in beside for line in _beside(entry, known)),
        *(line for number in histories for entry in histories[number] for line in _about(number, entry, known)),
    )


def withheld_line(number: str, time: str, why: str) -> ScheduleLine:
    """An item that exists, and is not in the document; `time` is when it was recorded, "" where that is not told."""
    return ScheduleLine(reference=number, kind="item", description=None, time=time, here=False, why=why)


def _item(item: ReportItem) -> ScheduleLine:
    return ScheduleLine(
        reference=item.number, kind="item", description=item.description, time=item.recorded_at, here=True, why=""
    )


def _beside(entry: Entry, known: Known) -> Iterator[ScheduleLine]:
    match entry.statement.body:
        case Attempted():
            yield _line(entry, "failed capture", known.place(entry), entry.statement.body.sentence())
        case Exported() | Reported():
            yield _line(entry, "earlier disclosure", known.place(entry), entry.statement.body.sentence())


def _about(number: str, entry: Entry, known: Known) -> Iterator[ScheduleLine]:
    match entry.statement.body:
        case Examined():
            yield _line(entry, "working copy", f"{number}, {known.place(entry)}", entry.statement.body.sentence())
        case Corrected():
            yield _line(entry, "correction", f"{number}, {known.place(entry)}", entry.statement.body.sentence())


def _line(entry: Entry, kind: str, reference: str, sentence: str) -> ScheduleLine:
    return ScheduleLine(
        reference=reference, kind=kind, description=capital(sentence), time=entry.statement.time, here=True, why=""
    )
