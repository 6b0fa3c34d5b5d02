"""Joins what two people signed of one hand-over, each in a ledger of their own. Judges nothing."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import structs

from custody.domain.entry import Entry
from custody.domain.events import Collected, Declined, Receipted, Received, Released, ReleasedOnPaper
from custody.domain.report.known import Known
from custody.domain.report.model import HandedItem, HandOver
from custody.domain.sheet import size_value, text_of


def hand_overs_of(histories: Mapping[str, Sequence[Entry]], known: Known) -> tuple[HandOver, ...]:
    """The hand-overs in these items' histories (each in the order of its replay), by when they were offered.

    Items that were given in one act and answered alike stand together.
    """
    found: dict[HandOver, list[HandOver]] = {}
    for number, history in histories.items():
        for one in _of_item(number, history, known):
            # The clock says another time for the second batch of one act.
            alike = structs.replace(one, released_at="", answered_at="", items=())
            found.setdefault(alike, []).append(one)
    joined = [
        structs.replace(some[0], items=tuple(item for one in some for item in one.items)) for some in found.values()
    ]
    return tuple(sorted(joined, key=lambda one: (one.released_at, one.act, one.state)))


def _of_item(number: str, history: Sequence[Entry], known: Known) -> Iterator[HandOver]:
    collected = history[0]
    body = collected.statement.body
    assert isinstance(body, Collected)
    item = HandedItem(
        number=number,
        what=text_of(body.description, known.opened(collected), "/description"),
        size=size_value(body, known.opened(collected)),
        released=None,
        received=None,
        statement="",
        answer="",
    )
    answers = _answers(history)
    for entry in history:
        match entry.statement.body:
            case Released():
                yield _offered(entry, answers.get(entry.id), item, known)
            case ReleasedOnPaper():
                yield _on_paper(entry, answers.get(entry.id), item, known)


def _answers(history: Sequence[Entry]) -> dict[str, Entry]:
    """By the record of a release, the first that answers it or links its receipt: an item may have ten thousands."""
    found: dict[str, Entry] = {}
    for entry in history:
        match entry.statement.body:
            case Received() | Declined():
                found.setdefault(entry.statement.prev or "", entry)
            case Receipted(release=release):
                found.setdefault(release, entry)
    return found


def _offered(entry: Entry, answer: Entry | None, item: HandedItem, known: Known) -> HandOver:
    body, values = entry.statement.body, known.opened(entry)
    assert isinstance(body, Released)
    said = None if answer is None else answer.statement.body
    told = {} if answer is None else known.opened(answer)
    received = text_of(said.digest, told, "/digest") if isinstance(said, Received) else None
    return HandOver(
        act=entry.statement.act or "",
        state="waiting" if said is None else "received" if isinstance(said, Received) else "declined",
        released_by=entry.statement.signer,
        to=body.to,
        to_whom="",
        released_at=entry.statement.time,
        answered_at="" if answer is None else answer.statement.time,
        purpose=text_of(body.purpose, values, "/purpose"),
        medium=body.medium,
        place=text_of(body.place, values, "/place"),
        condition=text_of(said.condition, told, "/condition") if isinstance(said, Received) else "",
        reason=text_of(said.reason, told, "/reason") if isinstance(said, Declined) else "",
        keeps_copy=body.keeps_copy,
        items=(
            structs.replace(
                item,
                released=text_of(body.digest, values, "/digest"),
                received=received,
                statement=entry.id,
                answer="" if answer is None else answer.id,
            ),
        ),
    )


def _on_paper(entry: Entry, receipt: Entry | None, item: HandedItem, known: Known) -> HandOver:
    body, values = entry.statement.body, known.opened(entry)
    assert isinstance(body, ReleasedOnPaper)
    return HandOver(
        act=entry.statement.act or "",
        state="on paper",
        released_by=entry.statement.signer,
        to="",
        to_whom=text_of(body.to, values, "/to"),
        released_at=entry.statement.time,
        answered_at="" if receipt is None else receipt.statement.time,
        purpose=text_of(body.purpose, values, "/purpose"),
        medium=body.medium,
        place=text_of(body.place, values, "/place"),
        condition="",
        reason="",
        keeps_copy=body.keeps_copy,
        items=(
            structs.replace(
                item,
                released=text_of(body.digest, values, "/digest"),
                statement=entry.id,
                answer="" if receipt is None else receipt.id,
            ),
        ),
    )
