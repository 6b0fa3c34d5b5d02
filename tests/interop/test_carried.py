"""A signed record is answered alike by our own code and by a stranger's, honest and hurt."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509

from custody.formats.record import Record, format_record
from tests.builders import ANA, NOW
from tests.histories import Team
from tests.interop import stranger_record as stranger
from tests.interop.stranger_verify import Reader
from tests.services.extracts import judged
from tests.services.test_records import ATTACKS, TRUSTED, TSA, one, team, whole  # noqa: F401  fixtures

FILES = tuple(f"what {number} shows".encode() for number in ("AR-1", "AR-2", "BE-1"))


def answers(record: Record, home: Path, *, vouched: str | None = ANA.key_id) -> tuple[dict[str, str], dict[str, str]]:
    """The five answers of ours and of the stranger's, who confirmed nobody's key, and trust the authority."""
    from custody.domain.trust import Trust

    trust = Trust(authorities=TRUSTED.authorities)
    ours = judged(record, home, trust=trust, given=FILES, vouched=vouched).judgement
    reader = Reader(roots=[x509.load_der_x509_certificate(TSA.root)], now=NOW)
    theirs = stranger.verify(format_record(record), FILES, vouched, reader)["questions"]
    assert isinstance(theirs, dict)
    return {question.value: answer.verdict.value for question, answer in ours.questions.each()}, theirs


def test_an_honest_record_is_answered_alike(whole: Record, tmp_path: Path) -> None:  # noqa: F811
    ours, theirs = answers(whole, tmp_path)
    assert ours == theirs


def test_a_record_that_nobody_signed_is_answered_alike(whole: Record, tmp_path: Path) -> None:  # noqa: F811
    ours, theirs = answers(whole, tmp_path, vouched=None)
    assert ours == theirs


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_a_record_that_was_hurt_is_answered_alike(
    attack: Callable[[Team, Record], Record],
    team: Team,  # noqa: F811
    whole: Record,  # noqa: F811
    tmp_path: Path,
) -> None:
    ours, theirs = answers(attack(team, whole), tmp_path)
    assert ours == theirs
