"""OpenTimestamps: a promise is recorded, is said to be pending, and becomes a proof by a block the reader has."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("opentimestamps")

from custody.adapters.database.stamps import SqliteStampQueue
from custody.errors import UsageError
from custody.formats import opentimestamps as formats
from custody.formats.blockheader import MAX_TARGET
from custody.formats.opentimestamps import parse_proof
from custody.services.anchoring import recall
from tests.servers.calendar import BLOCK_TIME, Calendar, mine
from tests.services.stamped import Desk, by_name, desk_of, grow, stamped_digest

HEIGHT = 1_000_000


@pytest.fixture
def desk(ready: Path, tmp_path: Path) -> Desk:
    return desk_of(ready, tmp_path)


@pytest.fixture
def calendar() -> Iterator[Calendar]:
    with Calendar() as one:
        yield one


def has(desk: Desk, headers: dict[int, bytes]) -> None:
    """The person has these headers from now on."""
    desk.trust = replace(desk.trust, block=headers.get)


def gets(calendar: Calendar) -> int:
    return sum(one.startswith("GET") for one in calendar.asked)


def proof(desk: Desk, index: int = -1) -> formats.Proof:
    with desk.recorder.files.evidence.open(desk.stamps()[index].token) as file:
        return parse_proof(file.read())


def test_a_promise_is_recorded_and_said_to_be_pending(desk: Desk, calendar: Calendar) -> None:
    desk.asks("cal", calendar)
    (outcome,) = desk.stamp()
    assert (outcome.pending, outcome.time, outcome.trouble) == (True, None, None)
    assert (desk.codes(), desk.owed, desk.queue.unconfirmed(desk.recorder.ledger.id)) == (
        {"timestamp-pending"},
        (),
        (4,),
    )


def test_the_calendar_is_not_told_what_is_stamped(desk: Desk, calendar: Calendar) -> None:
    desk.asks("cal", calendar)
    desk.stamp()
    (posted,) = calendar.posted
    digest = stamped_digest(desk.recorder, desk.stamps()[0])
    assert (proof(desk).digest, posted != digest, digest not in posted) == (digest, True, True)


def test_a_promise_that_is_not_kept_yet_stays_pending(desk: Desk, calendar: Calendar) -> None:
    desk.asks("cal", calendar)
    desk.stamp()
    assert (desk.upgrade(), desk.size, desk.warned) == ([], 5, [])


def test_a_kept_promise_is_recorded_beside_the_first_record(desk: Desk, calendar: Calendar) -> None:
    desk.asks("cal", calendar)
    desk.stamp()
    grow(desk.recorder)
    calendar.confirm(HEIGHT)
    (done,) = desk.upgrade()
    first, second = desk.stamps()
    assert ((done.before, done.position), (first.size, first.root)) == ((4, 6), (second.size, second.root))
    assert (proof(desk, 0).state, proof(desk, 1).state) == ("pending", "bitcoin")


def test_it_shows_a_time_once_the_reader_has_the_block(desk: Desk, calendar: Calendar) -> None:
    desk.asks("cal", calendar)
    desk.stamp()
    calendar.confirm(HEIGHT)
    desk.upgrade()
    assert desk.codes() == {"timestamp-block-unknown"}
    has(desk, calendar.headers)
    assert "timestamp-block-unknown" not in desk.codes()
    assert f"{datetime.fromtimestamp(BLOCK_TIME, UTC):%Y-%m-%d}" in str(desk.findings())


def test_a_kept_promise_is_not_asked_about_again(desk: Desk, calendar: Calendar) -> None:
    desk.asks("cal", calendar)
    desk.stamp()
    calendar.confirm(HEIGHT)
    desk.upgrade()
    asked = gets(calendar)
    assert (desk.upgrade(), gets(calendar)) == ([], asked)


def test_the_block_of_a_reader_is_not_easier_than_bitcoins(desk: Desk, calendar: Calendar) -> None:
    """What nobody sets on the command line: a block that a test can mine."""
    desk.asks("cal", calendar)
    desk.stamp()
    calendar.confirm(HEIGHT)
    desk.upgrade()
    has(desk, calendar.headers)
    assert "timestamp-block-wrong" in desk.codes(replace(desk.trust, max_target=MAX_TARGET))


@pytest.mark.parametrize("fault", ["error", "garbage", "page"])
def test_a_calendar_that_answers_wrongly_is_owed_at_first_and_told_of_later(
    desk: Desk, calendar: Calendar, fault: str
) -> None:
    desk.asks("cal", calendar)
    calendar.fault = fault  # type: ignore[assignment]
    assert by_name(desk.stamp()) == {"cal": "remote" if fault == "error" else "format"}
    calendar.fault = None
    desk.stamp()
    calendar.fault = fault  # type: ignore[assignment]
    assert (desk.upgrade(), desk.size, len(desk.warned)) == ([], 5, 1)


def test_a_calendar_that_is_away_is_told_of_once_and_asked_another_time(desk: Desk) -> None:
    with Calendar() as calendar:
        desk.asks("cal", calendar)
        desk.stamp()
        desk.stamp()
    desk.upgrade()
    assert (len(desk.warned), len(desk.queue.unconfirmed(desk.recorder.ledger.id))) == (1, 2)


def test_a_lie_about_a_block_that_the_signer_has_is_not_recorded(desk: Desk, calendar: Calendar) -> None:
    desk.asks("cal", calendar)
    desk.stamp()
    calendar.confirm(HEIGHT)
    has(desk, {HEIGHT: mine(bytes(32))})
    assert (desk.upgrade(), desk.size) == ([], 5)
    assert "another merkle root" in desk.warned[0]
    has(desk, calendar.headers)
    assert [one.before for one in desk.upgrade()] == [4]


def test_a_lie_about_an_unknown_block_never_says_no(desk: Desk, calendar: Calendar) -> None:
    desk.asks("cal", calendar)
    desk.stamp()
    calendar.confirm(HEIGHT)
    desk.upgrade()
    has(desk, {HEIGHT: mine(bytes(32))})
    assert "timestamp-block-wrong" in desk.codes()
    assert "NO" not in {one.verdict.word for one in desk.findings()}


def test_a_calendar_that_only_the_proof_names_is_never_asked(desk: Desk) -> None:
    with ExitStack() as stack:
        named, asked = stack.enter_context(Calendar()), stack.enter_context(Calendar())
        desk.asks("cal", named)
        desk.stamp()
        desk.addresses = []
        desk.asks("cal", asked)
        before = len(named.asked)
        desk.upgrade()
        assert (len(named.asked), asked.asked) == (before, [])


@pytest.mark.parametrize("harm", ["gone", "changed", "other"])
def test_a_lost_proof_is_told_and_stops_no_other(desk: Desk, calendar: Calendar, harm: str) -> None:
    desk.asks("cal", calendar)
    desk.stamp()
    desk.stamp()
    calendar.confirm(HEIGHT)
    first, second = desk.stamps()
    path = desk.recorder.files.evidence.folder / first.token[:2] / first.token
    path.parent.chmod(0o700)
    path.unlink()
    if harm != "gone":
        with desk.recorder.files.evidence.open(second.token) as file:
            path.write_bytes(b"x" if harm == "changed" else file.read())
    assert [one.before for one in desk.upgrade()] == [5]
    assert "record 4 stays pending" in desk.warned[0]


def test_pending_proofs_are_found_in_the_ledger_where_the_queue_was_lost(
    desk: Desk, calendar: Calendar, tmp_path: Path
) -> None:
    desk.asks("cal", calendar)
    desk.stamp()
    calendar.confirm(HEIGHT)
    desk.upgrade()
    desk.stamp()
    calendar.confirm(HEIGHT + 1)
    desk.queue = SqliteStampQueue(tmp_path / "new" / "stamps.db")
    assert desk.upgrade() == []
    recall(desk.recorder, desk.queue)
    assert [one.before for one in desk.upgrade()] == [6]


def test_old_promises_keep_no_new_one_waiting(desk: Desk, calendar: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custody.services.anchoring.upgrading.MAX_ASKED", 4)
    desk.asks("cal", calendar)
    desk.queue.settle(desk.recorder.ledger.id, unconfirmed=[0, 1, 2, 3])  # records that are no stamps
    for _ in range(2):
        desk.stamp()
    calendar.confirm(HEIGHT)
    assert [one.before for one in desk.upgrade()] == [4, 5]


def test_without_the_library_it_is_said_and_nothing_else_stops(
    desk: Desk, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.asks("cal", calendar)
    desk.stamp()

    def missing() -> None:
        raise UsageError("the library opentimestamps is not installed", "install it")

    monkeypatch.setattr(formats, "library", missing)
    assert by_name(desk.stamp()) == {"cal": "usage"}
    assert (desk.upgrade(), "is not installed" in desk.warned[0]) == ([], True)
