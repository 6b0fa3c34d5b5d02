"""Between which moments a record was made: what anchors and sightings give, compared with a slow search."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from custody.domain.intervals import Anchor, Bound, Interval, Intervals, Sighting

START = datetime(2026, 11, 24, tzinfo=UTC)


def _at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def _anchor(ledger: str, size: int, recorded: int, at: int, word: str = "A") -> Anchor:
    return Anchor(ledger, size, recorded, _at(at), _at(at), word)


def test_without_anchors_nothing_is_known() -> None:
    assert Intervals([], [Sighting("a", 3, "b", 2)]).of("a", 0, 0) == Interval(None, None)


def test_a_stamp_dates_every_record_before_it_and_everything_signed_over_its_own_record() -> None:
    found = Intervals([_anchor("a", 3, 3, 60)], [])
    assert [found.of("a", 2, 2), found.of("a", 3, 3), found.of("a", 4, 4)] == [
        Interval(None, Bound(_at(60), "A")),
        Interval(Bound(_at(60), "A"), None),
        Interval(Bound(_at(60), "A"), None),
    ]


def test_a_record_of_the_batch_that_holds_a_stamp_is_not_dated_by_it() -> None:
    found = Intervals([_anchor("a", 3, 3, 60)], [])
    assert found.of("a", 4, 3) == Interval(None, None)


def test_the_earliest_of_two_words_bounds_from_above_and_the_latest_from_below() -> None:
    found = Intervals([_anchor("a", 3, 3, 60, "A"), _anchor("a", 3, 4, 50, "B"), _anchor("a", 9, 9, 70, "C")], [])
    assert found.of("a", 2, 2).not_after == Bound(_at(50), "B")
    assert found.of("a", 8, 8).not_before == Bound(_at(60), "A")


def test_the_uncertainty_of_a_clock_widens_the_interval_on_both_sides() -> None:
    found = Intervals([Anchor("a", 1, 1, _at(58), _at(62), "A")], [])
    assert (found.of("a", 0, 0).not_after, found.of("a", 2, 2).not_before) == (Bound(_at(62), "A"), Bound(_at(58), "A"))


def test_what_a_stamped_ledger_saw_of_another_is_dated_too() -> None:
    found = Intervals([_anchor("a", 5, 5, 60)], [Sighting("a", 4, "b", 7)])
    assert [found.of("b", 6, 6).not_after, found.of("b", 7, 7).not_after] == [Bound(_at(60), "A"), None]


def test_whoever_saw_a_stamp_wrote_later() -> None:
    found = Intervals([_anchor("a", 5, 5, 60)], [Sighting("b", 2, "a", 6), Sighting("c", 2, "a", 5)])
    assert [found.of("b", 2, 2).not_before, found.of("b", 1, 1).not_before] == [Bound(_at(60), "A"), None]
    assert found.of("c", 2, 2).not_before is None


def test_how_many_records_were_known_before_a_moment() -> None:
    found = Intervals([_anchor("a", 3, 3, 60), _anchor("a", 9, 9, 70)], [])
    assert [found.known_before("a", _at(at)) for at in (60, 61, 71)] == [0, 3, 9]
    assert found.known_before("b", _at(99)) == 0


ledgers = st.sampled_from("abc")
places = st.integers(0, 12)
anchors = st.builds(
    lambda ledger, size, more, at: _anchor(ledger, size, size + more, at, f"{ledger}{size}"),
    ledgers,
    st.integers(1, 12),
    st.integers(0, 4),
    st.integers(0, 30),
)
sightings = st.builds(Sighting, ledgers, places, ledgers, st.integers(1, 12)).filter(lambda one: one.ledger != one.of)


@given(st.lists(anchors, max_size=6), st.lists(sightings, max_size=8), ledgers, places, places)
def test_intervals_are_those_that_a_search_of_all_paths_finds(
    some: list[Anchor], seen: list[Sighting], ledger: str, position: int, back: int
) -> None:
    head = max(0, position - back)
    found = Intervals(some, seen).of(ledger, position, head)
    times = (
        None if found.not_before is None else found.not_before.time,
        None if found.not_after is None else found.not_after.time,
    )
    assert times == (_oldest(some, seen, ledger, position, head), _newest(some, seen, ledger, position))


def _newest(some: Sequence[Anchor], seen: Sequence[Sighting], ledger: str, position: int) -> datetime | None:
    """The slow way: everything that holds this record's hash, over however many ledgers."""
    held = {(ledger, position + 1)}
    while (
        more := {(s.ledger, s.position + 1) for s in seen for of, size in held if s.of == of and s.size >= size} - held
    ):
        held |= more
    return min(
        (one.latest for one in some for of, size in held if (one.ledger == of) and one.size >= size), default=None
    )


def _oldest(some: Sequence[Anchor], seen: Sequence[Sighting], ledger: str, position: int, head: int) -> datetime | None:
    """Everything whose hash this record holds: its own content, what it was signed over, and what these saw."""
    known = {(ledger, at) for at in (*range(head), position)}
    while more := {(s.of, at) for s in seen if (s.ledger, s.position) in known for at in range(s.size)} - known:
        known |= more
    return max((one.earliest for one in some if (one.ledger, one.recorded) in known), default=None)
