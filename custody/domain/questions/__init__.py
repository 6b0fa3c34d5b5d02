"""The five questions, each answered by one function from what an examination saw."""

from custody.domain.examination import Examination, FileState
from custody.domain.questions.completeness import answer_completeness
from custody.domain.questions.custody import answer_custody
from custody.domain.questions.integrity import answer_integrity
from custody.domain.questions.signers import answer_signers
from custody.domain.questions.time import answer_time
from custody.domain.verdict import Answers, ItemCount, Judgement, combine


def judge(seen: Examination) -> Judgement:
    """The whole judgement: five answers, the overall verdict, the count of items, the ledgers."""
    answers = Answers(
        integrity=answer_integrity(seen),
        signers=answer_signers(seen),
        time=answer_time(seen),
        custody=answer_custody(seen),
        completeness=answer_completeness(seen),
    )
    matching = sum(state is FileState.MATCHES for state in seen.files.values())
    return Judgement(
        verdict=combine(answer.verdict for _, answer in answers.each()),
        items=ItemCount(matching=matching, total=len(seen.files)),
        questions=answers,
        ledgers=seen.ledgers,
    )
