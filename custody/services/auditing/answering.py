"""Puts an examination together and has the five questions answered: of a case, and of a record that travels alone."""

from collections.abc import Iterable, Mapping

from custody.domain import findings as codes
from custody.domain.examination import Comparison, Examination, FileState
from custody.domain.questions import judge
from custody.domain.trust import Trust
from custody.domain.verdict import Finding, Judgement
from custody.services.auditing.dating import date_items
from custody.services.auditing.seen import SeenLedgers

_DAY = 10  # characters of a time: the day alone


def answer(
    seen: SeenLedgers,
    files: Mapping[str, FileState],
    findings: Iterable[Finding],
    trust: Trust,
    *,
    own_names: Mapping[str, str],
    quick: bool = False,
    openings_present: bool = True,
) -> tuple[Judgement, Examination]:
    """The five answers, and what they rest on.

    `files` are the states of the items' bytes by number, `findings` all that was found, those of `seen` included, in
    the order in which they are told; `own_names` the names of the reader's own keys. An item whose record is not
    believed, so that nothing could be compared, is told besides.
    """
    unjudged = sorted(seen.filed - files.keys())
    untold = [
        codes.ITEM_UNJUDGED.about(
            number, "The record that says what its bytes were cannot be believed, so there is nothing to compare."
        )
        for number in unjudged
    ]
    examination = Examination(
        state=seen.state,
        trust=trust,
        findings=(*findings, *untold),
        files={**files, **dict.fromkeys(unjudged, FileState.UNJUDGED)},
        names={**seen.names, **own_names},
        believed=len(seen.believed),
        ledgers=tuple(seen.heads),
        quick=quick,
        openings_present=openings_present,
        sealed=seen.sealed,
        opened=seen.opened,
        remembered=tuple(Comparison(one.size, one.seen[:_DAY]) for one in seen.remembered.values()),
        brought=seen.brought,
        dated=None if seen.intervals is None else date_items(seen, seen.intervals),
    )
    return judge(examination), examination
