"""Are the files unchanged? Only bytes are judged here, item by item: one changed file changes no other's answer."""

from custody.domain import findings as codes
from custody.domain.examination import Examination, FileState
from custody.domain.questions.parts import counted, findings_on, listed, lost_records, make_answer
from custody.domain.verdict import Answer, Question

_LIMIT = (
    "A match shows that the bytes are the ones that were recorded. It does not show who made them, that what they "
    "show is true, or what happened to them before they were recorded."
)
_BAD = (FileState.CHANGED, FileState.MISSING, FileState.UNREADABLE)


def answer_integrity(seen: Examination) -> Answer:
    """From the state of each item's bytes."""
    found = list(findings_on(Question.INTEGRITY, seen))
    if seen.quick and seen.files:
        found.append(
            codes.ITEM_NOT_READ.about(
                "all items", "The files were not read (--quick). Run custody verify without --quick to compare them."
            )
        )
    lost = lost_records(seen)
    if lost:
        found.append(
            codes.ITEM_UNJUDGED.about(
                listed(lost),
                "If an item was recorded there, nothing here says any more what its bytes were. The other items are "
                "not affected.",
            )
        )
    by_state = {state: [number for number, has in seen.files.items() if has is state] for state in FileState}
    matching, total = len(by_state[FileState.MATCHES]), len(seen.files)
    if not total:
        return make_answer("There are no items yet.", _LIMIT, found)
    if seen.quick:
        return make_answer(f"The files of {counted(total, 'item')} were not read.", _LIMIT, found)
    sentence = f"{matching} of {counted(total, 'item')} match{'es' if matching == total == 1 else ''}."
    bad = [number for number, has in seen.files.items() if has in _BAD]
    if bad:
        sentence += f" {len(bad)} {'does' if len(bad) == 1 else 'do'} not: {listed(bad)}."
    if by_state[FileState.NOT_KEPT]:
        kept_out = by_state[FileState.NOT_KEPT]
        sentence += f" Of {listed(kept_out)} only the digest was recorded, so there is no file here to compare."
    if by_state[FileState.ELSEWHERE]:
        sentence += (
            f" The bytes of {listed(by_state[FileState.ELSEWHERE])} are kept by others, and are not in this folder."
        )
    if by_state[FileState.NOT_GIVEN]:
        sentence += f" Of {listed(by_state[FileState.NOT_GIVEN])} no file was given to compare."
    if unknown := [one.about for one in found if one.code == codes.FILE_UNKNOWN.name]:
        sentence += f" {listed(unknown)} {'is' if len(unknown) == 1 else 'are'} no item of this record."
    if by_state[FileState.DISPOSED]:
        sentence += f" {listed(by_state[FileState.DISPOSED])} {_was(by_state[FileState.DISPOSED])} disposed of."
    if by_state[FileState.UNJUDGED]:
        unjudged = by_state[FileState.UNJUDGED]
        sentence += f" {listed(unjudged)} cannot be compared: what was recorded can't be read or believed."
    return make_answer(sentence, _LIMIT, found)


def _was(names: list[str]) -> str:
    return "was" if len(names) == 1 else "were"
