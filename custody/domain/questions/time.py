"""Is there outside evidence of when? The recorder's own clock is never evidence."""

from custody.domain import findings as codes
from custody.domain.examination import Examination
from custody.domain.questions.parts import findings_on, make_answer
from custody.domain.verdict import Answer, Question

_LIMIT = "The times in the record are what the recorder's own clock said: a claim, and shown as one."


def answer_time(seen: Examination) -> Answer:
    """Without an outside anchor there is no interval for any item."""
    found = list(findings_on(Question.TIME, seen))
    found.append(
        codes.NO_OUTSIDE_TIME.about(
            "all items",
            "Nobody outside has seen this record at a known time, so no item has a 'no earlier than' or a 'no later "
            "than'. Hand a report or a checkpoint (custody checkpoint) to somebody independent and keep their dated "
            "receipt: it is evidence for everything recorded up to then. For the time before, it is too late.",
        )
    )
    return make_answer("No outside evidence of when.", _LIMIT, found)
