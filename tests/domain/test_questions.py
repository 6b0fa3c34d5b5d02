"""Each verdict and sentence of the five answers. What is there less never makes an answer better."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from custody.domain import findings as codes
from custody.domain.events import Unknown
from custody.domain.examination import Comparison, Examination, FileState
from custody.domain.questions import judge
from custody.domain.questions.parts import SHOWN, listed
from custody.domain.state import State
from custody.domain.trust import Trust
from custody.domain.verdict import Answer, Finding, LedgerHead, Question, Verdict
from tests.builders import ANA, MadeCase
from tests.histories import Team

OWN = Trust(own=frozenset({ANA.key_id}))
CONFIRMED = Trust(confirmed=(bytes.fromhex(ANA.key_id)[:11],))
HEAD = LedgerHead(origin="custody/ab", size=18, root="cd" * 32)


def _state(items: int, *, unknown: bool = False) -> State:
    made = MadeCase().begin()
    for _ in range(items):
        made.collect()
    if unknown:
        made.say(Unknown(content={"type": "cooled/v2"}))
    return made.state


def _seen(items: int = 17, *, unknown: bool = False, **members: Any) -> Examination:
    state = _state(items, unknown=unknown)
    right: dict[str, Any] = {
        "state": state,
        "trust": OWN,
        "findings": (),
        "files": dict.fromkeys(state.items, FileState.MATCHES),
        "names": {ANA.key_id: "Ana Ruiz"},
        "believed": items + 1,
        "ledgers": (HEAD,),
        "quick": False,
        "openings_present": True,
        **members,
    }
    return Examination(**right)


def _answer(seen: Examination, question: Question) -> Answer:
    return dict(judge(seen).questions.each())[question]


def _told(seen: Examination, question: Question) -> tuple[str, str, list[str]]:
    """The word, the sentence and the codes."""
    answer = _answer(seen, question)
    return answer.verdict.word, answer.sentence, [finding.code for finding in answer.findings]


# --- integrity ------------------------------------------


def _files(**states: FileState) -> Examination:
    seen = _seen()
    numbers = {name.replace("_", "-"): state for name, state in states.items()}
    return replace(seen, files={**seen.files, **numbers})


def test_files_that_match_are_yes() -> None:
    assert _told(_seen(), Question.INTEGRITY) == ("YES", "17 of 17 items match.", [])


def test_the_only_file_that_matches_is_told_in_the_singular() -> None:
    assert _told(_seen(1), Question.INTEGRITY) == ("YES", "1 of 1 item matches.", [])


def test_no_item_at_all_is_told() -> None:
    assert _told(_seen(0), Question.INTEGRITY) == ("YES", "There are no items yet.", [])


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (FileState.CHANGED, codes.ITEM_CHANGED),
        (FileState.MISSING, codes.ITEM_MISSING),
        (FileState.UNREADABLE, codes.ITEM_UNREADABLE),
    ],
)
def test_a_file_that_does_not_match_is_no_and_named(state: FileState, code: codes.Code) -> None:
    seen = replace(_files(JD_7=state), findings=(code.about("JD-7", "It differs."),))
    assert _told(seen, Question.INTEGRITY) == ("NO", "16 of 17 items match. 1 does not: JD-7.", [code.name])


def test_several_files_that_do_not_match_are_counted() -> None:
    seen = replace(
        _files(JD_7=FileState.CHANGED, JD_9=FileState.MISSING),
        findings=(codes.ITEM_CHANGED.about("JD-7", "."), codes.ITEM_MISSING.about("JD-9", ".")),
    )
    assert _answer(seen, Question.INTEGRITY).sentence == "15 of 17 items match. 2 do not: JD-7 and JD-9."


def test_a_file_of_which_only_the_digest_was_recorded_is_open() -> None:
    seen = replace(_files(JD_2=FileState.NOT_KEPT), findings=(codes.ITEM_NOT_KEPT.about("JD-2", "."),))
    assert _told(seen, Question.INTEGRITY) == (
        "OPEN",
        "16 of 17 items match. Of JD-2 only the digest was recorded, so there is no file here to compare.",
        ["item-not-kept"],
    )


def test_a_file_that_cannot_be_judged_is_open() -> None:
    seen = replace(_files(JD_2=FileState.UNJUDGED), findings=(codes.ITEM_UNJUDGED.about("JD-2", "."),))
    assert _told(seen, Question.INTEGRITY) == (
        "OPEN",
        "16 of 17 items match. JD-2 cannot be compared: what was recorded can't be read or believed.",
        ["item-unjudged"],
    )


def test_files_that_were_not_read_are_open() -> None:
    seen = replace(_seen(), quick=True, files=dict.fromkeys(_seen().files, FileState.NOT_READ))
    assert _told(seen, Question.INTEGRITY) == ("OPEN", "The files of 17 items were not read.", ["item-not-read"])


def test_a_stored_file_that_no_record_names_changes_no_answer() -> None:
    seen = _seen(findings=(codes.OBJECT_UNRECORDED.about("the evidence folder", "."),))
    assert _told(seen, Question.INTEGRITY) == ("YES", "17 of 17 items match.", ["object-unrecorded"])


def test_the_count_of_items_stands_beside_the_answers() -> None:
    counted = judge(_files(JD_7=FileState.CHANGED, JD_2=FileState.NOT_KEPT)).items
    assert (counted.matching, counted.total) == (15, 17)


# --- signers ------------------------------------------


def test_the_readers_own_key_is_yes() -> None:
    assert _told(_seen(), Question.SIGNERS) == ("YES", "All 18 records are signed by your own key (Ana Ruiz).", [])


def test_a_key_that_was_typed_in_is_yes() -> None:
    assert _told(_seen(trust=CONFIRMED), Question.SIGNERS) == (
        "YES",
        f"All 18 records are signed by the key that you confirmed as the case lead's (key {ANA.key_id[:16]}…).",
        [],
    )


def test_a_key_that_nobody_confirmed_is_open_whatever_name_it_bears() -> None:
    assert _told(_seen(trust=Trust()), Question.SIGNERS) == (
        "OPEN",
        f"All 18 records are signed by one key {ANA.key_id[:16]}…. Whose key it is, nobody has confirmed to you.",
        ["lead-unconfirmed"],
    )


def test_what_would_settle_an_unconfirmed_key_is_told() -> None:
    (finding,) = _answer(_seen(trust=Trust()), Question.SIGNERS).findings
    assert 'custody verify --lead "the eight words"' in finding.message


@pytest.mark.parametrize("code", [codes.SIGNATURE_WRONG, codes.SIGNER_UNKNOWN])
def test_a_signature_that_does_not_fit_is_no_even_for_the_own_key(code: codes.Code) -> None:
    seen = _seen(findings=(code.about("record 4", "."),))
    assert _told(seen, Question.SIGNERS) == (
        "NO",
        "Not everything here was signed by the key that it names: record 4.",
        [code.name],
    )


def test_a_case_that_nobody_opened_is_no() -> None:
    seen = _seen(0, state=State(), believed=0)
    assert _told(seen, Question.SIGNERS) == ("NO", "It is not known whose case this is.", ["case-unsigned"])


def test_an_unknown_kind_leaves_the_signers_open() -> None:
    word, _, found = _told(_seen(unknown=True), Question.SIGNERS)
    assert (word, found) == ("OPEN", ["signers-not-followed"])


def test_the_confirmed_words_of_the_lead_who_opened_the_case_stay_right_after_a_deputy_took_over() -> None:
    team = Team(deputies=("Eva",))
    team.takes_over(team.deputy("Eva"))
    assert "lead-contradicted" not in _told(_seen(0, state=team.state, trust=CONFIRMED), Question.SIGNERS)[2]


# --- time ------------------------------------------


def test_without_an_outside_stamp_when_is_open_and_what_would_help_is_told() -> None:
    answer = _answer(_seen(), Question.TIME)
    assert (answer.verdict.word, answer.sentence) == ("OPEN", "No outside evidence of when.")
    assert "hand a report or a card" in answer.findings[0].message


# --- custody ------------------------------------------


def test_items_that_never_moved_are_yes() -> None:
    assert _told(_seen(), Question.CUSTODY) == (
        "YES",
        "All 17 items are recorded as still held by whoever collected them. No hand-over is recorded.",
        [],
    )


def test_the_only_item_that_never_moved_is_told_in_the_singular() -> None:
    assert _answer(_seen(1), Question.CUSTODY).sentence == (
        "The 1 item is recorded as still held by whoever collected it. No hand-over is recorded."
    )


def test_no_items_were_not_handed_over() -> None:
    assert _told(_seen(0), Question.CUSTODY) == ("YES", "There are no items yet, so nothing was handed over.", [])


def test_a_broken_rule_is_no_and_named() -> None:
    seen = _seen(findings=(codes.RULE_BROKEN.about("JD-3 (record 9)", "."),))
    assert _told(seen, Question.CUSTODY) == (
        "NO",
        "A rule of custody is broken at JD-3 (record 9).",
        ["rule-broken"],
    )


def test_an_unknown_kind_leaves_custody_open() -> None:
    assert _told(_seen(unknown=True), Question.CUSTODY) == (
        "OPEN",
        "Not everything that was recorded can be followed.",
        ["custody-not-followed"],
    )


def test_without_the_opening_record_custody_is_open() -> None:
    assert _told(_seen(0, state=State()), Question.CUSTODY) == (
        "OPEN",
        "Not everything that was recorded can be followed.",
        ["custody-unjudged"],
    )


def _after(*acts: str) -> Examination:
    """What was seen of two items of the lead's after these acts with Ben."""
    team = Team()
    ben = team.member("Ben")
    for _ in range(2):
        team.collects(team.lead)
    for act in acts:
        match act:
            case "offered":
                team.releases(team.lead, "AR-2", ben)
            case "received":
                team.receives(ben, "AR-2")
            case "declined":
                team.declines(ben, "AR-2")
            case "on paper":
                team.releases_on_paper(team.lead, "AR-1")
            case "receipt":
                team.links_receipt(ben, "AR-1", team.collects(ben))
            case "own receipt":
                team.links_receipt(team.lead, "AR-1", team.collects(team.lead))
            case "gap":
                team.explains_gap(ben, "AR-1")
    return _seen(state=team.state, files=dict.fromkeys(team.state.items, FileState.MATCHES))


HELD = "All 2 items are recorded as still held by whoever collected them. No hand-over is recorded."
OFFERED = "Offered and not answered: AR-2."
PAPER = "Handed over on paper, to somebody without a key: AR-1."
HANDED: dict[tuple[str, ...], tuple[str, str, list[str]]] = {
    ("offered", "received"): ("YES", "Handed over, and signed by both sides each time: AR-2.", []),
    ("offered", "declined"): ("YES", HELD, []),
    ("offered",): ("OPEN", OFFERED, ["offer-open"]),
    ("on paper",): ("OPEN", PAPER, ["handed-over-on-paper"]),
    ("on paper", "receipt"): ("OPEN", PAPER, ["handed-over-on-paper"]),
    ("on paper", "offered"): ("OPEN", f"{OFFERED[:-1]}; h{PAPER[1:]}", ["handed-over-on-paper", "offer-open"]),
    ("gap",): ("OPEN", "Not everything that was recorded can be followed.", ["gap-explained"]),
}


@pytest.mark.parametrize("acts", HANDED, ids=", ".join)
def test_how_items_went_from_hand_to_hand_is_told(acts: tuple[str, ...]) -> None:
    assert _told(_after(*acts), Question.CUSTODY) == HANDED[acts]


def test_who_can_answer_an_offer_is_told() -> None:
    (finding,) = _answer(_after("offered"), Question.CUSTODY).findings
    assert (finding.about, finding.message) == (
        "AR-2",
        "It is offered to BE, who has neither accepted nor declined. It is still held by AR. BE can settle it: "
        "custody accept, or custody decline.",
    )


@pytest.mark.parametrize(
    ("acts", "words"),
    [
        (["on paper"], "No signed form is here; whoever has it adds it (custody receipt add)."),
        (["on paper", "receipt"], "It was linked by BE, who is not the giver."),
        (["on paper", "own receipt"], "It was linked by the giver, AR, though others are in the case"),
        (["on paper", "own receipt", "receipt"], "It was linked by BE, who is not the giver."),
        (["on paper", "receipt", "own receipt"], "It was linked by BE, who is not the giver."),
    ],
)
def test_whether_a_signed_form_is_here_and_who_linked_it_is_told(acts: list[str], words: str) -> None:
    (finding,) = [
        one for one in _answer(_after(*acts), Question.CUSTODY).findings if one.code == "handed-over-on-paper"
    ]
    assert words in finding.message


def test_a_giver_who_linked_the_form_when_nobody_else_could_is_told_so() -> None:
    team = Team()
    team.releases_on_paper(team.lead, team.collects(team.lead))
    team.links_receipt(team.lead, "AR-1", team.collects(team.lead))
    seen = _seen(state=team.state, files=dict.fromkeys(team.state.items, FileState.MATCHES))
    (finding,) = _answer(seen, Question.CUSTODY).findings
    assert "linked by the giver, AR, when nobody else in the case could." in finding.message


# --- completeness ------------------------------------------


def test_a_record_that_nobody_else_saw_is_open() -> None:
    assert _told(_seen(), Question.COMPLETENESS) == (
        "OPEN",
        "The record agrees with itself; there was no earlier copy to compare.",
        ["nothing-to-compare"],
    )


def test_what_could_have_happened_and_what_would_settle_it_is_told() -> None:
    (finding,) = _answer(_seen(), Question.COMPLETENESS).findings
    assert finding.message.startswith(
        "Whoever holds the key could have rewritten it. "
        "Anyone with an older report, package or card can help settle this"
    )


def test_the_memory_of_this_computer_is_told_and_does_not_close_the_question() -> None:
    seen = _seen(remembered=(Comparison(size=12, day="2026-11-23"),))
    assert _told(seen, Question.COMPLETENESS) == (
        "OPEN",
        "The record agrees with itself and with the 12 records that this computer saw by 2026-11-23; nobody else's "
        "copy was there to compare.",
        ["nothing-to-compare"],
    )


WHOLE = [code for code in codes.CODES if code.question is Question.COMPLETENESS and code.verdict is Verdict.FAILED]


@pytest.mark.parametrize("code", WHOLE, ids=lambda code: code.name)
def test_anything_changed_removed_or_added_is_no_and_named(code: codes.Code) -> None:
    seen = _seen(findings=(code.about("record 5", "."), code.about("record 5", "."), code.about("record 7", ".")))
    word, sentence, _ = _told(seen, Question.COMPLETENESS)
    what = "Something was changed or taken away:"
    if code is codes.RECORD_REPLACED:
        what = "No ledger here ever was in the state of"
    assert (word, sentence) == ("NO", f"{what} record 5 and record 7.")


def test_sealed_values_that_are_not_here_are_open() -> None:
    seen = _seen(openings_present=False, sealed=40, opened=0)
    assert _told(seen, Question.COMPLETENESS)[::2] == ("OPEN", ["opening-missing", "nothing-to-compare"])


def test_the_memory_of_several_ledgers_is_added_up_until_the_last_day() -> None:
    seen = _seen(remembered=(Comparison(size=12, day="2026-11-23"), Comparison(size=3, day="2026-11-20")))
    assert "with the 15 records that this computer saw by 2026-11-23;" in _answer(seen, Question.COMPLETENESS).sentence


def test_openings_that_are_not_there_and_not_needed_are_not_told() -> None:
    assert _told(_seen(openings_present=False), Question.COMPLETENESS)[2] == ["nothing-to-compare"]


# --- all five ------------------------------------------


def test_right_after_collecting_three_are_yes_and_two_are_open() -> None:
    judgement = judge(_seen())
    assert (judgement.verdict, [answer.verdict.word for _, answer in judgement.questions.each()]) == (
        Verdict.INDETERMINATE,
        ["YES", "YES", "OPEN", "YES", "OPEN"],
    )


@pytest.mark.parametrize("question", Question)
def test_every_answer_says_its_limit(question: Question) -> None:
    assert _answer(_seen(), question).limit.endswith(".")


@pytest.mark.parametrize("code", codes.CODES, ids=lambda code: code.name)
def test_every_finding_bears_on_its_own_question_and_decides_it(code: codes.Code) -> None:
    judgement = judge(_seen(findings=(code.about("x", "."),)))
    for question, answer in judgement.questions.each():
        assert (code.name in [finding.code for finding in answer.findings if finding.about == "x"]) is (
            question is code.question
        )
    if code.verdict is Verdict.FAILED:
        assert judgement.verdict is Verdict.FAILED


LESS: dict[str, Callable[[Examination], Examination]] = {
    "a record": lambda seen: replace(seen, findings=(*seen.findings, codes.RECORD_MISSING.about("record 5", "."))),
    "the last records": lambda seen: replace(
        seen, findings=(*seen.findings, codes.RECORD_CUT_OFF.about("records 5 to 9", "."))
    ),
    "what a record says": lambda seen: replace(
        seen, findings=(*seen.findings, codes.RECORD_UNREADABLE.about("record 5", "."))
    ),
    "a file": lambda seen: replace(
        seen,
        files={**seen.files, "JD-1": FileState.MISSING},
        findings=(*seen.findings, codes.ITEM_MISSING.about("JD-1", ".")),
    ),
    "the digest of an item": lambda seen: replace(
        seen,
        files={**seen.files, "JD-1": FileState.UNJUDGED},
        findings=(*seen.findings, codes.ITEM_UNJUDGED.about("JD-1", ".")),
    ),
    "the openings": lambda seen: replace(seen, openings_present=False, sealed=40),
    "the memory": lambda seen: replace(seen, remembered=()),
    "the trust": lambda seen: replace(seen, trust=Trust()),
    "the opening record": lambda seen: replace(seen, state=State()),
    "reading": lambda seen: replace(seen, quick=True, files=dict.fromkeys(seen.files, FileState.NOT_READ)),
}
BEFORE: dict[str, Callable[[], Examination]] = {
    "all in order": lambda: _seen(remembered=(Comparison(size=12, day="2026-11-23"),)),
    "only a digest": lambda: replace(
        _files(JD_2=FileState.NOT_KEPT), findings=(codes.ITEM_NOT_KEPT.about("JD-2", "."),)
    ),
    "a wrong signature": lambda: _seen(findings=(codes.SIGNATURE_WRONG.about("record 3", "."),)),
    "an unknown kind": lambda: _seen(unknown=True),
    "no item": lambda: _seen(0),
}


@pytest.mark.parametrize("less", LESS)
@pytest.mark.parametrize("before", BEFORE)
def test_taking_away_makes_no_answer_better(less: str, before: str) -> None:
    rank = [Verdict.FAILED, Verdict.INDETERMINATE, Verdict.PASSED]
    was, now = judge(BEFORE[before]()), judge(LESS[less](BEFORE[before]()))
    better = [
        question
        for (question, old), (_, new) in zip(was.questions.each(), now.questions.each(), strict=True)
        if rank.index(new.verdict) > rank.index(old.verdict)
    ]
    assert better == []


@pytest.mark.parametrize("less", ["a record", "the last records", "what a record says"])
@pytest.mark.parametrize("question", [Question.INTEGRITY, Question.CUSTODY])
def test_what_a_lost_record_said_is_open(question: Question, less: str) -> None:
    assert _answer(LESS[less](_seen()), question).verdict is Verdict.INDETERMINATE


# --- lists ------------------------------------------


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (["x"] * SHOWN, ", ".join(["x"] * (SHOWN - 1)) + " and x"),
        (["x"] * (SHOWN + 3), ", ".join(["x"] * SHOWN) + " and 3 more"),
    ],
)
def test_names_are_listed_as_people_do(names: list[str], text: str) -> None:
    assert listed(names) == text


def test_a_finding_is_what_its_code_says() -> None:
    assert codes.ITEM_CHANGED.about("JD-7", "It differs.") == Finding(
        code="item-changed", verdict=Verdict.FAILED, about="JD-7", message="It differs."
    )
