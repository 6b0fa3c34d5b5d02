"""What the reader has of a ledger from elsewhere, compared with what is here: found, cut off, rewritten, replaced."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from custody import bootstrap
from custody.domain.heads import ClaimedHead
from custody.domain.verdict import Answer
from custody.formats.note import VerifierKey, format_note, sign_note
from tests.builders import MALLORY, KeptSigner, examine, new_folder
from tests.histories import Keeper, Team, three_lines

Compare = Callable[[Team, Sequence[ClaimedHead]], Answer]
WHAT = "the card card.pdf"


@pytest.fixture
def compared(tmp_path: Path) -> Compare:
    """`compared(team, claims)`: the answer to the question of completeness."""

    def see(team: Team, claims: Sequence[ClaimedHead]) -> Answer:
        files = new_folder(tmp_path / "case")
        team.write(files)
        audit = examine(files, bootstrap.world(tmp_path / "home"), claims=claims)
        return audit.judgement.questions.completeness

    return see


@dataclass(frozen=True)
class State:
    """A ledger as somebody saw it."""

    ledger: str
    size: int
    root: str
    signer: KeptSigner

    @property
    def text(self) -> bytes:
        return three_lines(self.ledger, self.size, self.root)

    def note(self, signer: KeptSigner | None = None) -> bytes:
        """A signed checkpoint."""
        key = (signer or self.signer).public.checkpoint_key
        verifier = VerifierKey(f"custody/{self.ledger}", key)
        made = sign_note(self.text.decode(), [(verifier, (signer or self.signer).sign_checkpoint)])
        return format_note(made)


def state(keeper: Keeper) -> State:
    return State(keeper.ledger, keeper.head.size, keeper.head.root, keeper.signer)


def signed(one: State, by: KeptSigner | None = None, what: str = WHAT) -> ClaimedHead:
    return ClaimedHead(what, f"custody/{one.ledger}", one.size, bytes.fromhex(one.root), signed_note=one.note(by))


KINDS: dict[str, Callable[[State], ClaimedHead]] = {
    "a signed checkpoint": signed,
    "three lines": lambda one: ClaimedHead(WHAT, f"custody/{one.ledger}", one.size, bytes.fromhex(one.root)),
    "eight words": lambda one: ClaimedHead(WHAT, root_start=bytes.fromhex(one.root)[:11]),
    "a stamp": lambda one: ClaimedHead(WHAT, imprint=hashlib.sha256(one.text).digest(), imprint_algorithm="sha256"),
    "a stamp of sha512": lambda one: ClaimedHead(
        WHAT, imprint=hashlib.sha512(one.text).digest(), imprint_algorithm="sha512"
    ),
}
NAMING = ["a signed checkpoint", "three lines"]
"""Those that name their ledger, so that what became of it can be told."""


def history(*texts: str, reference: str = "2026-031") -> Team:
    """A case of one person, with an item for each text."""
    team = Team(reference=reference)
    for text in texts:
        team.collects(team.lead, text=text)
    return team


def codes(answer: Answer) -> set[str]:
    return {one.code for one in answer.findings}


def told(answer: Answer, code: str) -> tuple[str, str]:
    """About what, and in which words."""
    (one,) = [one for one in answer.findings if one.code == code]
    return one.about, one.message


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("added", [0, 2])
def test_a_ledger_that_extends_what_was_seen_is_whole(kind: str, added: int, compared: Compare) -> None:
    team = history("one", "two")
    claim = KINDS[kind](state(team.lead))
    for text in ["three", "four"][:added]:
        team.collects(team.lead, text=text)
    answer = compared(team, [claim])
    since = " Of the 2 records since, nobody else has told anything." if added else ""
    assert (answer.verdict.word, answer.sentence, codes(answer)) == (
        "YES",
        f"The record agrees with itself and with the first 3 records of the card card.pdf.{since}",
        {"record-compared"},
    )


def test_words_are_said_to_be_few_bits(compared: Compare) -> None:
    team = history("one")
    _, message = told(compared(team, [KINDS["eight words"](state(team.lead))]), "record-compared")
    assert "88 bits" in message


def test_the_very_first_record_can_be_compared(compared: Compare) -> None:
    team = history()
    claim = signed(state(team.lead))
    answer = compared(team, [claim])
    assert answer.sentence.endswith("with the first 1 record of the card card.pdf.")


@pytest.mark.parametrize("kind", NAMING)
def test_a_ledger_that_is_shorter_than_it_was_seen_is_cut_off(kind: str, compared: Compare) -> None:
    claim = KINDS[kind](state(history("one", "two").lead))
    answer = compared(history("one"), [claim])
    assert (answer.verdict.word, told(answer, "record-cut-off")[0]) == ("NO", "record 2")


@pytest.mark.parametrize("kind", NAMING)
@pytest.mark.parametrize("now", [("one", "another"), ("one", "another", "three")])
def test_a_ledger_that_was_seen_otherwise_is_rewritten(kind: str, now: Sequence[str], compared: Compare) -> None:
    claim = KINDS[kind](state(history("one", "two").lead))
    answer = compared(history(*now), [claim])
    assert (answer.verdict.word, codes(answer)) == ("NO", {"record-rewritten"})


@pytest.mark.parametrize("kind", KINDS)
def test_another_case_in_its_place_is_told(kind: str, compared: Compare) -> None:
    claim = KINDS[kind](state(history("one", "two").lead))
    answer = compared(history("one", "two", reference="2026-032"), [claim])
    assert (answer.verdict.word, codes(answer), told(answer, "record-replaced")[0]) == (
        "NO",
        {"record-replaced"},
        WHAT,
    )


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - set(NAMING)))
@pytest.mark.parametrize("now", [("one",), ("one", "another")])
def test_what_names_no_ledger_finds_that_it_was_never_in_that_state(
    kind: str, now: Sequence[str], compared: Compare
) -> None:
    claim = KINDS[kind](state(history("one", "two").lead))
    answer = compared(history(*now), [claim])
    assert (answer.verdict.word, codes(answer)) == ("NO", {"record-replaced"})


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_only_words_that_somebody_typed_may_be_mistyped(kind: str, compared: Compare) -> None:
    claim = KINDS[kind](state(history("one", "two").lead))
    answer = compared(history("one", reference="2026-032"), [claim])
    assert ("Compare each word with the card first" in str(told(answer, "record-replaced"))) == (
        claim.root_start is not None
    )


def test_a_checkpoint_that_the_ledgers_owner_did_not_sign_shows_nothing(compared: Compare) -> None:
    team = history("one")
    answer = compared(team, [signed(state(team.lead), MALLORY)])
    assert (answer.verdict.word, codes(answer)) == ("OPEN", {"copy-unsigned", "nothing-to-compare"})


def test_a_made_up_checkpoint_accuses_nobody(compared: Compare) -> None:
    other = state(history("one", "two").lead)
    answer = compared(history("one", "another"), [signed(other, MALLORY)])
    assert (answer.verdict.word, "record-rewritten" in codes(answer)) == ("OPEN", False)


def test_a_signature_over_another_state_shows_nothing(compared: Compare) -> None:
    team = history("one")
    note = state(history("another").lead).note()
    seen = state(team.lead)
    claim = ClaimedHead(WHAT, f"custody/{seen.ledger}", seen.size, bytes.fromhex(seen.root), signed_note=note)
    assert "copy-unsigned" in codes(compared(team, [claim]))


def test_without_anything_from_elsewhere_the_answer_is_open(compared: Compare) -> None:
    answer = compared(history("one"), [])
    assert (answer.verdict.word, answer.sentence) == (
        "OPEN",
        "The record agrees with itself; there was no earlier copy to compare.",
    )


def test_a_ledger_that_nothing_was_brought_of_is_open_and_named(compared: Compare) -> None:
    team = history("one")
    ben = team.member("Ben")
    team.collects(ben)
    answer = compared(team, [signed(state(team.lead))])
    assert (answer.verdict.word, told(answer, "nothing-to-compare")[0]) == ("OPEN", f"custody/{ben.ledger}")


def test_the_answer_is_yes_when_every_ledger_was_compared(compared: Compare) -> None:
    team = history("one")
    ben = team.member("Ben")
    claims = [signed(state(team.lead), what="card one"), signed(state(ben), what="card two")]
    answer = compared(team, claims)
    assert (answer.verdict.word, answer.sentence) == (
        "YES",
        "The record agrees with itself and with the first 3 records of card one and the first 1 record of card two.",
    )


def test_of_two_views_of_one_ledger_the_longer_one_counts(compared: Compare) -> None:
    team = history("one")
    claims = [signed(state(team.lead), what="the old card")]
    team.collects(team.lead)
    claims.insert(0, signed(state(team.lead), what="the new card"))
    assert compared(team, claims).sentence.endswith("with the first 3 records of the new card.")


def test_one_view_that_fits_does_not_hide_one_that_does_not(compared: Compare) -> None:
    team = history("one")
    other = state(history("another").lead)
    answer = compared(team, [signed(state(team.lead)), signed(other, what="the report")])
    assert (answer.verdict.word, told(answer, "record-rewritten")[1].startswith("According to the report it had")) == (
        "NO",
        True,
    )


def test_a_view_from_elsewhere_of_another_persons_ledger_is_found_in_it(compared: Compare) -> None:
    team = history("one")
    ben = team.member("Ben")
    team.collects(ben)
    claim = KINDS["eight words"](state(ben))
    assert told(compared(team, [claim]), "record-compared")[0] == "BE"
