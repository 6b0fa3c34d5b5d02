"""Is the record whole? It agrees with itself, with its openings, and with what others have seen."""

from custody.domain import findings as codes
from custody.domain.examination import Examination
from custody.domain.questions.parts import failed, findings_on, listed, make_answer
from custody.domain.verdict import Answer, Question

_LIMIT = (
    "Only what was recorded can be counted. That something was never recorded, or left out before anybody else saw "
    "the record, cannot be seen from the record itself."
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
        return make_answer(f"Something was changed or taken away: {listed(subjects)}.", _LIMIT, found)
    found.append(
        codes.NOTHING_TO_COMPARE.about(
            "the record",
            "Whoever holds the key could have rewritten it. Anyone with an older report, package or card can help "
            "settle this; make a report now, hand it to somebody, and later they can.",
        )
    )
    if not seen.remembered:
        sentence = "The record agrees with itself; there was no earlier copy to compare."
    else:
        size = sum(one.size for one in seen.remembered)
        day = max(one.day for one in seen.remembered)
        sentence = (
            f"The record agrees with itself and with the {size} records that this computer saw by {day}; nobody else's "
            "copy was there to compare."
        )
    return make_answer(sentence, _LIMIT, found)
