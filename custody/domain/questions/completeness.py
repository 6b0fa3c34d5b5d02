"""Is the record whole? It agrees with itself, with its openings, and with what others have seen."""

from custody.domain import findings as codes
from custody.domain.examination import Examination
from custody.domain.parties import origin
from custody.domain.questions.parts import counted, failed, findings_on, listed, make_answer
from custody.domain.verdict import Answer, Question

_LIMIT = (
    "Only what was recorded can be counted. That something was never recorded, or left out before anybody else saw "
    "the record, cannot be seen from the record itself. An earlier copy shows that what it covers was not changed "
    "since somebody else has had it."
)


def answer_completeness(seen: Examination) -> Answer:
    """From the rebuilt tree, the index columns, the openings, and the remembered head."""
    found = list(findings_on(Question.COMPLETENESS, seen))
    if seen.sealed > seen.opened and not seen.openings_present:
        found.append(
            codes.OPENING_MISSING.about(
                "openings.db",
                f"The file is not here, so {seen.sealed} sealed values (names, notes, places) cannot be read. What is "
                "in clear is not affected. A backup of openings.db settles it.",
            )
        )
    wrong = failed(found)
    if wrong:
        subjects = list(dict.fromkeys(finding.about for finding in wrong))
        if all(finding.code == codes.RECORD_REPLACED.name for finding in wrong):
            return make_answer(f"No ledger here ever was in the state of {listed(subjects)}.", _LIMIT, found)
        return make_answer(f"Something was changed or taken away: {listed(subjects)}.", _LIMIT, found)
    alone = [one.origin for one in seen.ledgers if one.origin not in {origin(ledger) for ledger in seen.brought}]
    if alone or not seen.ledgers:
        found.append(
            codes.NOTHING_TO_COMPARE.about(
                listed(alone) if seen.brought else "the record",
                "Whoever holds the key could have rewritten it. Anyone with an older report, package or card can help "
                "settle this (custody verify --against). Whoever keeps the case can hand a report or a card to "
                "somebody now, and later they can.",
            )
        )
    return make_answer(_sentence(seen), _LIMIT, found)


def _sentence(seen: Examination) -> str:
    parts = []
    if seen.brought:
        sizes = [f"the first {counted(one.size, 'record')} of {one.what}" for one in seen.brought.values()]
        parts.append(f"with {listed(sizes)}")
    if seen.remembered:
        size = sum(one.size for one in seen.remembered)
        day = max(one.day for one in seen.remembered)
        parts.append(f"with the {counted(size, 'record')} that this computer saw by {day}")
    words = " and ".join(["The record agrees with itself", *parts])
    if seen.brought:
        since = sum(one.size for one in seen.ledgers) - sum(one.size for one in seen.brought.values())
        return f"{words}." + (
            f" Of the {counted(since, 'record')} since, nobody else has told anything." if since else ""
        )
    if parts:
        return f"{words}; nobody else's copy was there to compare."
    return f"{words}; there was no earlier copy to compare."
