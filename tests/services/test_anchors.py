"""What others outside vouch for, judged in whole cases: each finding on time, and how far a word goes."""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509 import ReasonFlags
from cryptography.x509.oid import ExtendedKeyUsageOID

from custody import bootstrap
from custody.domain.trust import Trust, TrustedAuthority, TrustedCosigner
from custody.domain.verdict import Answer
from custody.formats.cosignature import CosignerKey
from custody.formats.encoding import format_time
from custody.services.auditing import Audit
from tests.builders import ANA, NOW, TIME, examine, new_folder
from tests.histories import WITNESS, Keeper, Team, attested
from tests.tokens import GEN_TIME, Authority

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
YEAR = 365 * DAY
TSA, OTHER = Authority(between=True), Authority("Other TSA")
LATER = "2026-11-25T03:02:01.123456Z"
COSIGNER = CosignerKey("witness.example.org/w1", WITNESS.public_key().public_bytes_raw())
OWN = Trust(own=frozenset({ANA.key_id}))
HEADER_TIME = datetime(2026, 11, 24, 4, tzinfo=UTC)
SEEN_AT = "2026-11-24 03:02:01 UTC"


def trusting(*authorities: Authority, qualified: bool = False, **members: Any) -> Trust:
    """A reader who has these authorities' roots."""
    known = tuple(TrustedAuthority(one.seed, (one.root,), qualified) for one in authorities)
    return replace(OWN, authorities=known, **members)


TRUSTED = trusting(TSA)
COSIGNERS = replace(OWN, cosigners=(TrustedCosigner("Witness", COSIGNER),))


@dataclass(frozen=True)
class Clock:
    time: datetime

    def now(self) -> datetime:
        return self.time


Audits = Callable[..., Audit]
Judge = Callable[..., Answer]


@pytest.fixture
def audited(tmp_path: Path) -> Audits:
    """`audited(team, trust)`: the audit of the team's case, read at `now`.

    `without` and `spoiled` are names of objects that are taken away or changed, `lost` are records: whose, and which.
    """

    def see(
        team: Team,
        trust: Trust = TRUSTED,
        *,
        now: datetime = NOW,
        without: Sequence[str] = (),
        spoiled: Sequence[str] = (),
        lost: Sequence[tuple[Keeper, int]] = (),
    ) -> Audit:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        files = new_folder(folder)
        team.write(files)
        for keeper, position in lost:
            lose(folder / "ledger.db", keeper.ledger, position)
        for name in without:
            files.evidence.remove(name)
        for name in spoiled:
            path = folder / "evidence" / name[:2] / name
            path.chmod(0o600)
            path.write_bytes(path.read_bytes() + b"!")
        world = replace(bootstrap.world(tmp_path / "home"), clock=Clock(now))
        return examine(files, world, trust=trust)

    return see


def lose(database: Path, ledger: str, position: int) -> None:
    """Take one record away, and leave everything else as it was."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DELETE FROM entries WHERE ledger = ? AND position = ?", (ledger, position))
        for _, text in triggers:
            connection.execute(text)


@pytest.fixture
def judged(audited: Audits) -> Judge:
    """The same; the answer to the question of time."""
    return lambda *told, **more: audited(*told, **more).judgement.questions.time


@pytest.fixture
def team() -> Team:
    """A case with one item."""
    made = Team()
    made.collects(made.lead)
    return made


def stamp(
    team: Team,
    by: Keeper | None = None,
    authority: Authority = TSA,
    *,
    supporting: Sequence[bytes] = (),
    time: str = TIME,
    token: str | None = None,
    **knobs: Any,
) -> str:
    """The ledger is stamped as it is; the name of the object that holds the reply."""
    named = {} if token is None else {"token": token}
    entry = team.stamps(
        by or team.lead, lambda text: authority.reply(text, **knobs), supporting=supporting, time=time, **named
    )
    name: str = entry.statement.body.token  # type: ignore[attr-defined]
    return name


def codes(answer: Answer) -> set[str]:
    return {one.code for one in answer.findings}


def said(answer: Answer, code: str) -> list[str]:
    return [one.message for one in answer.findings if one.code == code]


def word(answer: Answer) -> str:
    return answer.verdict.word


# --- one stamp, and what can be wrong with it ------------------------------------------


def test_replies_are_the_same_bytes_in_every_run() -> None:
    made = hashlib.sha256(TSA.reply(b"text") + TSA.root + TSA.revokes(GEN_TIME)).hexdigest()
    assert made == "6fcfbf0ad014d600eaa8d0162731f9e62d0be4b0bc176540cf0c94fcb3f720e0"


def test_the_answer_is_yes_when_every_item_has_a_trusted_no_later_than(team: Team, judged: Judge) -> None:
    stamp(team)
    answer = judged(team)
    assert (word(answer), answer.sentence, codes(answer)) == (
        "YES",
        f"The one item was recorded no later than {SEEN_AT} (Example TSA).",
        {"item-dated"},
    )


def test_an_item_is_told_with_both_its_bounds_and_the_recorders_own_clock(team: Team, judged: Judge) -> None:
    stamp(team)
    team.collects(team.lead)
    stamp(team, at=GEN_TIME + 2 * SECOND)
    assert said(judged(team), "item-dated")[1] == (
        f"No earlier than {SEEN_AT} (Example TSA), no later than 2026-11-24 03:02:03 UTC (Example TSA). "
        "The recorder's own clock said 2026-11-24 03:02:01 UTC."
    )


def test_the_answer_is_open_and_names_the_items_that_nobody_stamped_since(team: Team, judged: Judge) -> None:
    stamp(team)
    team.collects(team.lead)
    team.collects(team.lead)
    answer = judged(team)
    assert (word(answer), answer.sentence) == ("OPEN", "No outside evidence of when for AR-2 and AR-3.")


def test_without_any_stamp_the_answer_is_open(team: Team, judged: Judge) -> None:
    answer = judged(team)
    assert (word(answer), answer.sentence) == ("OPEN", "No outside evidence of when.")


_STAMPING, _CODE = ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING
ANY_PURPOSE = Authority(between=True, purposes=None)
CODE_SIGNER = Authority(between=True, purposes=[_CODE])
TWO_PURPOSES = Authority(between=True, purposes=[_STAMPING, _CODE])
NOT_CRITICAL = Authority(between=True, critical=False)
ENDED = Authority(between=True, last=GEN_TIME - DAY)
REFUSAL = bytes.fromhex("30053003020102")

WRONG: dict[str, tuple[str, str, Callable[[Team], object]]] = {
    "of something else": ("NO", "timestamp-mismatch", lambda team: team.stamps(team.lead, lambda _: TSA.reply(b"x"))),
    "of another root": ("NO", "timestamp-mismatch", lambda team: team.stamps(team.lead, anothers)),
    "a bad signature": ("NO", "timestamp-signature-wrong", lambda team: stamp(team, spoiled=True)),
    "no purpose": ("NO", "timestamp-purpose-wrong", lambda team: stamp(team, authority=ANY_PURPOSE)),
    "another purpose": ("NO", "timestamp-purpose-wrong", lambda team: stamp(team, authority=CODE_SIGNER)),
    "a second purpose": ("NO", "timestamp-purpose-wrong", lambda team: stamp(team, authority=TWO_PURPOSES)),
    "a purpose that is not critical": (
        "NO",
        "timestamp-purpose-wrong",
        lambda team: stamp(team, authority=NOT_CRITICAL),
    ),
    "no reply": ("NO", "timestamp-unreadable", lambda team: team.stamps(team.lead, lambda _: b"<html>")),
    "a reply cut short": ("NO", "timestamp-unreadable", lambda team: team.stamps(team.lead, cut_short)),
    "a refusal": ("NO", "timestamp-unreadable", lambda team: team.stamps(team.lead, lambda _: REFUSAL)),
    "no certificate": ("OPEN", "timestamp-certificate-missing", lambda team: stamp(team, certificates=())),
    "a look-alike alone": (
        "OPEN",
        "timestamp-certificate-missing",
        lambda team: stamp(team, certificates=[TSA.look_alike]),
    ),
    "ended before": ("OPEN", "timestamp-expired", lambda team: stamp(team, authority=ENDED)),
    "not begun": ("OPEN", "timestamp-expired", lambda team: stamp(team, at=datetime(2019, 12, 31, tzinfo=UTC))),
    "revoked before": (
        "OPEN",
        "timestamp-revoked",
        lambda team: stamp(team, supporting=[TSA.revokes(GEN_TIME - DAY, ReasonFlags.superseded)]),
    ),
    "a key that was stolen later": (
        "OPEN",
        "timestamp-revoked",
        lambda team: stamp(team, supporting=[TSA.revokes(GEN_TIME + DAY, ReasonFlags.key_compromise)]),
    ),
    "sha1": ("OPEN", "timestamp-weak", lambda team: stamp(team, imprint="sha1")),
    "md2": ("OPEN", "timestamp-weak", lambda team: stamp(team, imprint="md2")),
    "shake": ("OPEN", "timestamp-weak", lambda team: stamp(team, imprint="shake128")),
    "a digest of no name": ("OPEN", "timestamp-weak", lambda team: stamp(team, imprint="1.2.3")),
    "an unknown authority": ("OPEN", "authority-unknown", lambda team: stamp(team, authority=OTHER)),
}


def anothers(text: bytes) -> bytes:
    """A stamp of a checkpoint of the same ledger and size, and of another root."""
    return TSA.reply(b"\n".join([*text.split(b"\n")[:2], b"q" * 43 + b"=", b""]))


def cut_short(text: bytes) -> bytes:
    return TSA.reply(text)[:-1]


@pytest.mark.parametrize("kind", WRONG)
def test_a_stamp_that_does_not_hold_has_its_own_code(kind: str, team: Team, judged: Judge) -> None:
    expected, code, say = WRONG[kind]
    say(team)
    answer = judged(team)
    assert (word(answer), codes(answer)) == (expected, {code, "no-outside-time"})


@pytest.mark.parametrize("kind", [kind for kind, (expected, _, _) in WRONG.items() if expected == "OPEN"])
def test_what_gives_no_time_lowers_nothing_beside_a_stamp_that_does(kind: str, team: Team, judged: Judge) -> None:
    WRONG[kind][2](team)
    stamp(team, authority=OTHER)
    assert word(judged(team, trusting(TSA, OTHER))) == "YES"


@pytest.mark.parametrize("kind", ["revoked before", "a key that was stolen later"])
def test_a_kept_revocation_reaches_every_stamp_of_that_certificate(kind: str, team: Team, judged: Judge) -> None:
    stamp(team)
    WRONG[kind][2](team)
    assert word(judged(team)) == "OPEN"


def test_certificates_that_were_kept_beside_another_stamp_complete_none(team: Team, judged: Judge) -> None:
    stamp(team, certificates=())
    stamp(team, authority=OTHER, supporting=TSA.chain)
    assert "timestamp-certificate-missing" in codes(judged(team))


@pytest.mark.parametrize("kind", [kind for kind, (expected, _, _) in WRONG.items() if expected == "NO"])
def test_what_was_made_up_is_told_beside_a_stamp_that_holds(kind: str, team: Team, judged: Judge) -> None:
    WRONG[kind][2](team)
    stamp(team)
    assert word(judged(team)) == "NO"


HOLDS: dict[str, dict[str, Any]] = {
    "in another order": {"certificates": TSA.chain[::-1]},
    "with a look-alike before": {"certificates": [TSA.look_alike, *TSA.chain]},
    "with the certificates beside it": {"certificates": (), "supporting": TSA.chain},
    "without a nonce": {"nonce": None},
    "of sha512": {"imprint": "sha512"},
    "revoked later": {"supporting": [TSA.revokes(GEN_TIME + DAY, ReasonFlags.superseded)]},
    "with a revocation list of no known version": {
        "supporting": [TSA.revokes(GEN_TIME).replace(b"\x02\x01\x01", b"\x02\x01\x62", 1)]
    },
    "with a certificate of no known version": {
        "certificates": [TSA.certificate.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x62"), *TSA.chain]
    },
    "with another's revocation list": {"supporting": [OTHER.revokes(GEN_TIME - DAY)]},
}


@pytest.mark.parametrize("kind", HOLDS)
def test_a_stamp_holds(kind: str, team: Team, judged: Judge) -> None:
    stamp(team, **HOLDS[kind])
    assert word(judged(team)) == "YES"


def test_a_reader_who_trusts_nobody_is_told_who_is_unknown(team: Team, judged: Judge) -> None:
    stamp(team)
    answer = judged(team, OWN)
    assert (word(answer), codes(answer)) == ("OPEN", {"authority-unknown", "no-outside-time"})


def test_qualified_is_said_when_the_reader_said_so(team: Team, judged: Judge) -> None:
    stamp(team)
    assert judged(team, trusting(TSA, qualified=True)).sentence.endswith("(Example TSA, qualified).")


def test_accuracy_widens_what_a_stamp_says(team: Team, judged: Judge) -> None:
    stamp(team, accuracy=90 * SECOND)
    team.collects(team.lead)
    stamp(team, accuracy=2 * SECOND)
    (_, second) = said(judged(team), "item-dated")
    assert second.startswith("No earlier than 2026-11-24 03:00:31 UTC (Example TSA), no later than 2026-11-24 03:02:03")


# --- what is taken away ------------------------------------------


def test_a_reply_that_is_not_here_is_missing(team: Team, judged: Judge) -> None:
    name = stamp(team)
    answer = judged(team, without=[name])
    assert (word(answer), codes(answer)) == ("NO", {"timestamp-missing", "no-outside-time"})


def test_a_reply_that_was_changed_is_told_and_not_believed(team: Team, judged: Judge) -> None:
    name = stamp(team)
    answer = judged(team, spoiled=[name])
    assert (word(answer), codes(answer)) == ("NO", {"timestamp-changed", "no-outside-time"})


RANK = {"NO": 0, "OPEN": 1, "YES": 2}


TAKEN = [kind for kind in HOLDS if "supporting" in HOLDS[kind]]


@pytest.mark.parametrize("kind", [*TAKEN, "of sha512", "of something else", "no reply", "revoked before", "sha1"])
def test_taking_an_object_of_a_stamp_away_improves_no_answer(kind: str, audited: Audits) -> None:
    team = Team()
    team.collects(team.lead)
    before = set(team.evidence)
    if kind in HOLDS:
        stamp(team, **HOLDS[kind])
    else:
        WRONG[kind][2](team)
    whole = RANK[word(audited(team).judgement.questions.time)]
    for name in team.evidence.keys() - before:
        assert RANK[word(audited(team, without=[name]).judgement.questions.time)] <= whole


def test_the_revocation_list_beside_a_stamp_cannot_be_taken_away_unseen(team: Team, judged: Judge) -> None:
    revoked = TSA.revokes(GEN_TIME - DAY)
    stamp(team, supporting=[revoked])
    answer = judged(team, without=[hashlib.sha256(revoked).hexdigest()])
    assert (word(answer), "timestamp-missing" in codes(answer)) == ("NO", True)


@pytest.mark.parametrize("kind", ["right", "of something else", "sha1", "an unknown authority"])
def test_taking_the_record_of_a_stamp_away_improves_no_answer(kind: str, audited: Audits) -> None:
    team = Team()
    team.collects(team.lead)
    stamp(team) if kind == "right" else WRONG[kind][2](team)
    team.notes(team.lead)
    whole = audited(team).judgement
    after = audited(team, lost=[(team.lead, 2)]).judgement
    assert after.verdict.word == "NO"
    assert RANK[word(after.questions.time)] <= max(RANK[word(whole.questions.time)], RANK["OPEN"])


def test_a_ledger_cut_off_before_its_stamp_is_open(team: Team, judged: Judge) -> None:
    stamp(team)
    del team.lead.rows[2:]
    assert word(judged(team)) == "OPEN"


@pytest.mark.parametrize("gone", [1, 3])
def test_an_item_whose_record_is_gone_is_open(gone: int, team: Team, judged: Judge) -> None:
    stamp(team)
    team.collects(team.lead)
    team.notes(team.lead)
    stamp(team)
    assert word(judged(team, lost=[(team.lead, gone)])) == "OPEN"


def test_an_item_whose_record_is_not_believed_is_open_and_named(team: Team, judged: Judge) -> None:
    ben = team.member("Ben")
    team.revokes(ben)
    with team.forging():
        team.collects(ben, item="BE-1")
    stamp(team)
    answer = judged(team)
    assert (word(answer), answer.sentence) == ("OPEN", "No outside evidence of when for BE-1.")


def test_a_lost_record_in_one_ledger_leaves_the_others_items_dated(team: Team, judged: Judge) -> None:
    ben = team.member("Ben")
    team.collects(ben)
    team.notes(ben)
    stamp(team)
    answer = judged(team, lost=[(ben, 1)])
    assert (word(answer), [one.about for one in answer.findings if one.code == "item-dated"]) == ("OPEN", ["AR-1"])


def test_the_answer_names_the_record_that_is_gone(judged: Judge) -> None:
    team = Team()
    team.collects(team.lead)
    team.notes(team.lead)
    ben = team.member("Ben")
    team.notes(ben)
    team.notes(ben)
    stamp(team)
    assert judged(team, lost=[(ben, 1)]).sentence == "No outside evidence of when for record 1 of BE."


def test_a_checkpoint_that_the_ledger_never_had_is_told_and_dates_nothing(team: Team, audited: Audits) -> None:
    team.stamps(team.lead, TSA.reply, root="cd" * 32)
    questions = audited(team).judgement.questions
    assert (word(questions.time), "record-disowned" in codes(questions.completeness)) == ("OPEN", True)


def test_a_stamped_case_without_items_has_nothing_to_date(judged: Judge) -> None:
    team = Team()
    stamp(team)
    answer = judged(team)
    assert (word(answer), answer.sentence) == ("YES", "There are no items yet.")


def test_a_case_without_items_and_stamps_is_open(judged: Judge) -> None:
    assert word(judged(Team())) == "OPEN"


# --- cosigners and blocks ------------------------------------------


def test_a_trusted_cosigners_time_dates_items(team: Team, judged: Judge) -> None:
    team.has_cosigned(team.lead, at=int(GEN_TIME.timestamp()))
    answer = judged(team, COSIGNERS)
    assert (word(answer), answer.sentence) == (
        "YES",
        "The one item was recorded no later than 2026-11-24 03:02:02 UTC (Witness, cosigner).",
    )


def test_a_cosigner_whom_the_reader_does_not_know_dates_nothing(team: Team, judged: Judge) -> None:
    team.has_cosigned(team.lead, at=int(GEN_TIME.timestamp()))
    answer = judged(team)
    assert (word(answer), codes(answer)) == ("OPEN", {"cosigner-unknown", "no-outside-time"})


def test_a_known_key_counts_under_whatever_name_it_was_recorded(team: Team, judged: Judge) -> None:
    team.has_cosigned(team.lead, at=int(GEN_TIME.timestamp()), cosigner="witness.example.org/w2")
    assert "cosigner-unknown" not in codes(judged(team, COSIGNERS))


def test_a_member_of_the_case_is_no_outside_cosigner_even_where_the_reader_trusts_them(
    team: Team, judged: Judge
) -> None:
    ben = team.member("Ben")
    own = CosignerKey("ben.example.org/b", ben.signer.public.cosignature_key)
    key = ben.signer.cosignature_key
    team.has_cosigned(team.lead, key=key, cosigner=own.name, at=int(GEN_TIME.timestamp()))
    answer = judged(team, replace(OWN, cosigners=(TrustedCosigner("Ben", own),)))
    assert (word(answer), codes(answer)) == ("OPEN", {"cosigner-in-case", "no-outside-time"})


@pytest.mark.parametrize("time", [2**53 - 1, 253_402_300_800, 253_402_300_799])
def test_a_cosigners_time_at_the_end_of_every_calendar_is_unreadable(time: int, team: Team, judged: Judge) -> None:
    team.has_cosigned(team.lead, at=time)
    assert "timestamp-unreadable" in codes(judged(team, COSIGNERS))


def mined(text: bytes, bits: int = 0x207FFFFF) -> bytes:
    """A header with this text's digest as its merkle root, that meets the easiest difficulty there is."""
    for nonce in range(256):
        numbers = (int(HEADER_TIME.timestamp()), bits, nonce)
        header = bytes(36) + hashlib.sha256(text).digest() + b"".join(one.to_bytes(4, "little") for one in numbers)
        if hashlib.sha256(hashlib.sha256(header).digest()).digest()[-1] < 0x7F:
            return header
    raise AssertionError("one in two meets it")


def in_block(team: Team, trusted: dict[int, bytes] | None = None) -> Trust:
    """The ledger is stamped by way of a block; a reader who has its header, or these."""
    headers = {} if trusted is None else trusted

    def answer(text: bytes) -> bytes:
        if trusted is None:
            headers[900_000] = mined(text)
        return attested(text)

    team.stamps(team.lead, answer, scheme="opentimestamps")
    return replace(OWN, block=headers.get)


def test_a_block_of_which_the_reader_has_no_header_dates_nothing(team: Team, judged: Judge) -> None:
    answer = judged(team, in_block(team, {}))
    assert (word(answer), codes(answer)) == ("OPEN", {"timestamp-block-unknown", "no-outside-time"})


HEADERS = {
    "of another root": mined(b"another text"),
    "no target": bytes(80),
    "a target below zero": b"\xff" * 80,
    "empty": b"",
    "long": bytes(81),
}


@pytest.mark.parametrize("kind", HEADERS)
def test_a_header_that_is_not_the_blocks_dates_nothing(kind: str, team: Team, judged: Judge) -> None:
    answer = judged(team, in_block(team, {900_000: HEADERS[kind]}))
    assert (word(answer), codes(answer)) == ("OPEN", {"timestamp-block-wrong", "no-outside-time"})


def test_a_header_that_anybody_could_have_made_dates_nothing(team: Team, judged: Judge) -> None:
    assert "timestamp-block-wrong" in codes(judged(team, in_block(team)))


def test_a_block_dates_items_to_two_hours(team: Team, judged: Judge) -> None:
    easy = replace(in_block(team), max_target=2**256)  # the work of Bitcoin cannot be done here
    answer = judged(team, easy)
    assert (word(answer), answer.sentence) == (
        "YES",
        "The one item was recorded no later than 2026-11-24 06:00:00 UTC (Bitcoin block 900000).",
    )


def test_a_promise_of_a_calendar_is_pending(team: Team, judged: Judge) -> None:
    team.stamps(team.lead)
    answer = judged(team)
    assert (word(answer), codes(answer)) == ("OPEN", {"timestamp-pending", "no-outside-time"})


def test_a_proof_of_something_else_does_not_match(team: Team, judged: Judge) -> None:
    team.stamps(team.lead, lambda _: attested(b"x"), scheme="opentimestamps")
    answer = judged(team)
    assert (word(answer), codes(answer)) == ("NO", {"timestamp-mismatch", "no-outside-time"})


def test_a_proof_that_cannot_be_read_is_told(team: Team, judged: Judge) -> None:
    team.stamps(team.lead, lambda text: attested(text) + b"!", scheme="opentimestamps")
    assert codes(judged(team)) == {"timestamp-unreadable", "no-outside-time"}


def test_a_proof_is_not_checked_without_the_library(team: Team, judged: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    team.stamps(team.lead)
    monkeypatch.setitem(__import__("sys").modules, "opentimestamps.core.notary", None)
    answer = judged(team)
    assert (word(answer), codes(answer)) == ("OPEN", {"timestamp-not-checked", "no-outside-time"})


# --- from one ledger to another ------------------------------------------


def test_a_stamp_dates_the_items_of_those_whose_ledgers_were_seen_before_it(team: Team, judged: Judge) -> None:
    ben = team.member("Ben")
    team.collects(ben)
    team.sees(team.lead, ben)
    stamp(team)
    assert judged(team).sentence.startswith("All 2 items were recorded no later than 2026-11-24 03:02:01")


def test_a_stamp_does_not_date_what_was_seen_after_it(team: Team, judged: Judge) -> None:
    ben = team.member("Ben")
    team.collects(ben)
    stamp(team)
    team.sees(team.lead, ben)
    assert judged(team).sentence == "No outside evidence of when for BE-1."


def test_a_stamp_that_was_seen_says_no_earlier_than_of_what_follows(team: Team, judged: Judge) -> None:
    ben = team.member("Ben")
    stamp(team)
    team.sees(ben, team.lead)
    team.collects(ben)
    stamp(team, ben, OTHER, at=GEN_TIME + 2 * SECOND)
    (last,) = [one for one in judged(team, trusting(TSA, OTHER)).findings if one.about == "BE-1"]
    assert last.message.startswith(f"No earlier than {SEEN_AT} (Example TSA), no later than 2026-11-24 03:02:03 UTC (O")


def test_what_somebody_says_they_saw_counts_only_after_the_lead_took_them_in(team: Team, judged: Judge) -> None:
    ben = team.joins("Ben")
    team.sees(ben, team.lead)
    stamp(team, ben)
    assert judged(team).sentence == "No outside evidence of when for AR-1."


# --- certificates end ------------------------------------------

AFTER = GEN_TIME + 4 * YEAR
SHORT = Authority(between=True, last=GEN_TIME + 2 * YEAR)
MIDDLE = Authority("Middle TSA", last=GEN_TIME + 3 * YEAR)
ALL = trusting(SHORT, MIDDLE, OTHER)


def renew(team: Team, at: datetime, authority: Authority = OTHER, by: Keeper | None = None) -> None:
    """Stamped again, at this moment by everybody's clock."""
    stamp(team, by, authority, at=at, time=format_time(at))


def test_a_stamp_whose_certificate_has_ended_shows_no_time_any_more(team: Team, judged: Judge) -> None:
    stamp(team, authority=SHORT)
    answer = judged(team, ALL, now=AFTER)
    assert (word(answer), codes(answer)) == ("OPEN", {"timestamp-lapsed", "no-outside-time"})


def test_a_stamp_that_was_stamped_again_in_time_still_holds(team: Team, judged: Judge) -> None:
    stamp(team, authority=SHORT)
    renew(team, GEN_TIME + YEAR)
    answer = judged(team, ALL, now=AFTER)
    assert (word(answer), answer.sentence[-42:]) == ("YES", f" later than {SEEN_AT} (Example TSA)."[-42:])


def test_a_stamp_that_was_stamped_again_too_late_does_not_hold(team: Team, judged: Judge) -> None:
    stamp(team, authority=SHORT)
    renew(team, GEN_TIME + 2 * YEAR + SECOND)
    answer = judged(team, ALL, now=AFTER)
    assert ("timestamp-lapsed" in codes(answer), answer.sentence[-12:]) == (True, "(Other TSA).")


def test_a_stamp_holds_by_a_chain_of_renewals(team: Team, judged: Judge) -> None:
    stamp(team, authority=SHORT)
    renew(team, GEN_TIME + YEAR, MIDDLE)
    renew(team, GEN_TIME + 2 * YEAR + DAY)
    assert judged(team, ALL, now=AFTER).sentence.endswith(f"{SEEN_AT} (Example TSA).")


def test_a_chain_of_renewals_with_one_too_late_does_not_hold(team: Team, judged: Judge) -> None:
    stamp(team, authority=SHORT)
    renew(team, GEN_TIME + YEAR, MIDDLE)
    renew(team, GEN_TIME + 3 * YEAR + DAY)
    assert len(said(judged(team, ALL, now=AFTER), "timestamp-lapsed")) == 2


def test_a_colleagues_stamp_renews_what_they_had_seen(team: Team, judged: Judge) -> None:
    ben = team.member("Ben")
    stamp(team, authority=SHORT)
    team.sees(ben, team.lead)
    renew(team, GEN_TIME + YEAR, by=ben)
    assert judged(team, ALL, now=AFTER).sentence.endswith(f"{SEEN_AT} (Example TSA).")


def test_a_colleagues_stamp_of_what_they_saw_before_renews_nothing(team: Team, judged: Judge) -> None:
    ben = team.member("Ben")
    team.sees(ben, team.lead)
    stamp(team, authority=SHORT)
    renew(team, GEN_TIME + YEAR, by=ben)
    assert "timestamp-lapsed" in codes(judged(team, ALL, now=AFTER))


def test_two_stamps_that_have_ended_do_not_renew_each_other(team: Team, judged: Judge) -> None:
    stamp(team, authority=SHORT)
    renew(team, GEN_TIME + YEAR, MIDDLE)
    answer = judged(team, ALL, now=AFTER)
    assert (word(answer), len(said(answer, "timestamp-lapsed"))) == ("OPEN", 2)


@pytest.mark.parametrize(("left", "warned"), [(366 * DAY, False), (365 * DAY, True), (DAY, True)])
def test_a_warning_comes_a_year_before_a_certificate_ends(
    left: timedelta, warned: bool, team: Team, judged: Judge
) -> None:
    stamp(team, authority=SHORT)
    answer = judged(team, ALL, now=GEN_TIME + 2 * YEAR - left)
    assert (word(answer), "timestamp-expires" in codes(answer)) == ("YES", warned)


@pytest.mark.parametrize(("authority", "warnings"), [(OTHER, 0), (SHORT, 2)])
def test_no_warning_comes_when_a_longer_one_has_renewed_it(
    authority: Authority, warnings: int, team: Team, judged: Judge
) -> None:
    stamp(team, authority=SHORT)
    renew(team, GEN_TIME + YEAR, authority)
    answer = judged(team, ALL, now=GEN_TIME + 2 * YEAR - DAY)
    assert len(said(answer, "timestamp-expires")) == warnings


# --- a key in other hands ------------------------------------------


def stolen(team: Team, since: datetime, *, stamped: bool) -> Keeper:
    """Ben's one item, stamped if said so at GEN_TIME, and his key in other hands since then."""
    ben = team.member("Ben")
    team.collects(ben)
    if stamped:
        team.sees(team.lead, ben)
        stamp(team)
    team.revokes(ben, compromised_since=format_time(since))
    return ben


def revocations(audit: Audit) -> set[str]:
    answers = audit.judgement.questions
    return (codes(answers.signers) | codes(answers.custody)) & {"signer-revoked", "custody-revoked"}


def test_records_of_a_stolen_key_stand_where_somebody_outside_dates_them_before(team: Team, audited: Audits) -> None:
    stolen(team, GEN_TIME + DAY, stamped=True)
    assert revocations(audited(team)) == set()


@pytest.mark.parametrize("since", [GEN_TIME, GEN_TIME - DAY])
def test_records_of_a_stolen_key_are_open_where_their_date_is_not_before(
    since: datetime, team: Team, audited: Audits
) -> None:
    stolen(team, since, stamped=True)
    assert revocations(audited(team)) == {"signer-revoked", "custody-revoked"}


def test_records_of_a_stolen_key_are_open_where_nobody_dates_them(team: Team, audited: Audits) -> None:
    stolen(team, GEN_TIME + DAY, stamped=False)
    assert revocations(audited(team)) == {"signer-revoked", "custody-revoked"}


def test_what_a_stolen_key_signed_after_the_stamp_is_open_and_where_it_begins_is_said(
    team: Team, audited: Audits
) -> None:
    ben = team.member("Ben")
    team.collects(ben)
    team.sees(team.lead, ben)
    stamp(team)
    team.collects(ben)
    team.revokes(ben, compromised_since=format_time(GEN_TIME + DAY))
    (message,) = said(audited(team).judgement.questions.signers, "signer-revoked")
    assert "records from 2 on are older; those before stand" in message


def test_an_untrusted_stamp_does_not_make_the_records_of_a_stolen_key_stand(team: Team, audited: Audits) -> None:
    stolen(team, GEN_TIME + DAY, stamped=True)
    assert revocations(audited(team, OWN)) == {"signer-revoked", "custody-revoked"}


# --- the recorder's own clock ------------------------------------------


def claimed(seconds: int) -> str:
    """What a clock says that is so far from the stamp."""
    return format_time(GEN_TIME + seconds * SECOND)


@pytest.mark.parametrize(("seconds", "told"), [(5, False), (6, True), (86400, True), (-86400, False)])
def test_a_clock_that_is_ahead_of_the_next_stamp_by_more_than_five_seconds_is_listed(
    seconds: int, told: bool, judged: Judge
) -> None:
    team = Team()
    team.collects(team.lead, time=claimed(seconds))
    stamp(team)
    answer = judged(team)
    assert (word(answer), "clock-disagrees" in codes(answer)) == ("YES", told)


@pytest.mark.parametrize(("seconds", "told"), [(-5, False), (-6, True), (-86400, True)])
def test_a_clock_that_is_behind_the_stamp_before_by_more_than_five_seconds_is_listed(
    seconds: int, told: bool, team: Team, judged: Judge
) -> None:
    stamp(team)
    team.notes(team.lead, time=claimed(seconds))
    assert ("clock-disagrees" in codes(judged(team))) == told


def test_a_clock_that_is_ahead_with_nothing_stamped_since_is_not_contradicted(team: Team, judged: Judge) -> None:
    stamp(team)
    team.notes(team.lead, time=claimed(86400))
    assert "clock-disagrees" not in codes(judged(team))


def test_what_a_wrong_clock_said_is_told_with_the_records_and_the_bound(judged: Judge) -> None:
    team = Team()
    team.collects(team.lead, time=LATER)
    stamp(team)
    (found,) = [one for one in judged(team).findings if one.code == "clock-disagrees"]
    assert found.message == (
        "The recorder's clock said 2026-11-25 03:02:01 UTC, but it was made no later than "
        "2026-11-24 03:02:01 UTC (Example TSA)."
    )
