"""Very many items: what most of them have in common is said once, and of each item the rest. Judges nothing.

A program reads every letter of the document again before anybody gets it, so that what 10,000 items repeat costs
minutes, and pages that nobody turns.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from custody.adapters.pdf.blocks import Block, Blocks, Facts, Heading, Paragraph, Span, Words
from custody.adapters.pdf.kinds.common import (
    ITEMS,
    NOBODY,
    event_words,
    item_anchor,
    parts_anchor,
    record_words,
    size_words,
    time_words,
    told,
)
from custody.domain.report.known import UNDER_SEAL
from custody.domain.report.model import Event, Report, ReportItem
from custody.domain.report.naming import SEALED, delay_words, named
from custody.domain.sheet import PLACE
from custody.domain.wording import capital

GROUP: Final = 50  # items under one heading, and one entry of the outline
NOT_TOLD: Final = "not told"  # by an item that lacks what most have

_NUMBERS: Final = 72.0  # points of the column of numbers

Key = tuple[str, str]
"""Group and label of a fact; a fact without one of its own is always said."""


Told = tuple[Key | None, str, str]
"""A fact of an item: what it is compared by, None for what is said in any case; its label and its text.

A plain tuple: the garbage collector soon leaves it alone, of which there are hundreds of thousands.
"""


def many_items(report: Report) -> Blocks:
    """A short section for each item, after what they have in common."""
    every = [_facts(report, item) for item in report.items]
    common = _common(every)
    yield Heading(1, "Items", ITEMS)
    yield Paragraph(
        f"With {len(report.items):,} items, what most of them have in common is said once, here; an item's own section "
        "says what it has beside this or instead of it. There are no codes to scan and no pictures. Where no “No "
        f"earlier than” or “No later than” is named, {NOBODY}. Captured is a moment that the collector tells, recorded "
        "one of the recorder's own clock; the value after an item's number is its SHA-256 value, for a folder that of "
        "the list of its parts.",
        "small",
    )
    yield Heading(2, "Said of every item, unless its section says otherwise")
    yield Facts(tuple((_label(key, common), text) for key, text in common.items()))
    for start in range(0, len(every), GROUP):
        some = report.items[start : start + GROUP]
        yield Heading(2, f"{some[0].number} to {some[-1].number}")
        for item, facts in zip(some, every[start : start + GROUP], strict=True):
            yield _section(item, facts, common)


def _common(every: Sequence[Sequence[Told]]) -> dict[Key, str]:
    """What more than half of all items say, in the order in which the first of them says it."""
    counts = Counter((key, text) for facts in every for key, _, text in facts if key is not None)
    return {key: text for (key, text), count in counts.items() if 2 * count > len(every)}


def _label(key: Key, common: dict[Key, str]) -> str:
    group, label = key
    return f"{label} ({group.lower()})" if sum(other == label for _, other in common) > 1 else label


def _section(item: ReportItem, facts: Sequence[Told], common: dict[Key, str]) -> Block:
    own = [f"{label}: {text}" for key, label, text in facts if key is None or common.get(key) != text]
    keys = {key for key, _, _ in facts}
    own += [f"{_label(key, common)}: {NOT_TOLD}" for key in common if key not in keys]
    words: list[Words] = []
    if item.matches is False:
        words.append(Span(item.state, "alarm"))
    if item.parts or item.parts_listed:
        listed = f"{max(item.parts_listed, len(item.parts))} parts, listed in the annex"
        words.append(Span(listed, "small", f"#{parts_anchor(item.number)}"))
    rows: list[tuple[str, Words]] = [(item.number, Span(item.digest or SEALED, "fixed"))]
    rows += [("", one) for one in words]
    rows.append(("", Span("; ".join(own), "small")))
    return Facts(tuple(rows), labels=_NUMBERS, anchor=item_anchor(item.number))


def _facts(report: Report, item: ReportItem) -> list[Told]:
    """Everything that is said of an item but its number, value, parts and picture."""
    found: list[Told] = []
    seen: set[Key] = set()
    told_already = {(fact.label, fact.text) for group in item.facts for fact in group.facts}
    for group, label, text in _pairs(report, item):
        key = (group, label)
        found.append((None if key in seen else key, label, text))
        seen.add(key)
    for count, event in enumerate(item.events):
        if count == 0 and (event.time, event.who, event.kind) == (item.recorded_at, item.collected_by, "collected"):
            found.extend(_collected(event, told_already))
        else:
            said = _plain((*event_words(event), ", record ", *record_words(event)))
            text = f"{time_words(event.time)}, {named(report, event.who)}: {said}"
            found.append((None, capital(event.kind), text))
    return found


def _collected(event: Event, told_already: set[tuple[str, str]]) -> Iterator[Told]:
    """The record that collected the item: when and by whom is said of the item, and so are facts that both have."""
    yield ("", "History"), "History", event.sentence
    for fact in event.facts:
        if fact.text and (fact.label, fact.text) not in told_already:
            yield None, fact.label, fact.text
    if event.corrects:
        yield None, "Corrects the record", event.corrects
    yield None, "Record", _plain(record_words(event))


def _pairs(report: Report, item: ReportItem) -> Iterator[tuple[str, str, str]]:
    """Group, label and text of each fact of an item, but for its history."""
    yield "", "Description", told(item.description, "none recorded")
    yield "", "What", item.what
    yield "", "Name", told(item.name, "none recorded")
    if item.command_name:
        yield "", "Its file here", "called by its number" if item.command_name == item.number else item.command_name
    yield "", "Media type", told(item.media_type, "none recorded")
    yield "", "Size", size_words(item.size)
    yield "", "Read again", item.state or "no reason is told"
    yield "", "Collected by", named(report, item.collected_by)
    yield "", "Captured", time_words(item.captured_at)
    yield "", "Hashed", time_words(item.hashed_at)
    if item.delay is not None:
        yield "", "Capture to hash", delay_words(item.delay)
    yield "", "Recorded", time_words(item.recorded_at)
    before, after = item.not_before, item.not_after
    yield "", "No earlier than", f"{time_words(before.time)} ({before.word})" if before else NOBODY
    yield "", "No later than", f"{time_words(after.time)} ({after.word})" if after else NOBODY
    yield "", "Sensitivity", item.sensitivity
    yield "", "Answers for it now", item.holder or "nobody recorded"
    for group in item.facts:
        for fact in group.facts:
            if fact.label != PLACE:  # the history has these
                label = f"{UNDER_SEAL}, {group.title.lower()}" if fact.label == UNDER_SEAL else fact.label
                yield group.title, label, fact.text


def _plain(words: Words) -> str:
    if isinstance(words, str):
        return words
    return words.text if isinstance(words, Span) else "".join(map(_plain, words))
