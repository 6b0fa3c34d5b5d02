"""Random histories of four people, allowed and not, against a model of who holds what; and merged in any order."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from custody.domain.entry import Entry
from tests.histories import Keeper, Team, refusal, replay, told
from tests.properties.effort import examples

NAMES = ("Ana", "Ben", "Cem", "Dan")
people = st.sampled_from(range(len(NAMES)))
anyone = st.none() | st.none() | people  # None is whoever may
which = st.integers(0, 30)
MERGED = 6  # orders in which each history is merged


class Thing:
    """An item as people tell of it: who holds it, who has its bytes, to whom it is offered, and whether it is gone."""

    def __init__(self, holder: int) -> None:
        self.collector = self.holder = holder
        self.copies = {holder}
        self.offered: int | None = None
        self.keeps_copy = False
        self.hands = 0
        self.gone: str | None = None


class Histories(RuleBasedStateMachine):
    """Whoever has a ledger says anything at all; the model knows what may be said."""

    def __init__(self) -> None:
        super().__init__()
        self.team = Team()
        self.keys: list[Keeper | None] = [self.team.lead, None, None, None]
        self.old: list[Keeper] = []
        self.members = {0}
        self.out: set[int] = set()
        self.things: dict[str, Thing] = {}
        self.refused: set[str] = set()
        self.computers: tuple[dict[str, list[Entry]], ...] = ({}, {})

    # --- people

    @initialize(early=st.sets(st.sampled_from([1, 2, 3]), min_size=1))
    def begins(self, early: set[int]) -> None:
        """Some are there from the start, each with an item."""
        self.collects(0)
        for who in sorted(early):
            self.opens(who)
            self.enrols(who)
            self.collects(who)

    @rule(who=people)
    def opens(self, who: int) -> None:
        """Somebody begins a ledger, whether or not they were taken in."""
        if self.keys[who] is None:
            self.keys[who] = self.team.joins(NAMES[who])

    @rule(who=people)
    def enrols(self, who: int) -> None:
        """The lead takes somebody in, once."""
        if (keeper := self.keys[who]) is not None:
            self._says(who not in self.members, self.team.lead, lambda: self.team.enrols(keeper))
            self.members.add(who)

    @precondition(lambda self: len(self.things) > 5)
    @rule(who=people, by=people)
    def revokes(self, who: int, by: int) -> None:
        """Somebody takes a key out: the lead may, unless it is hers."""
        keeper, writer = self.keys[who], self.keys[by]
        if keeper is not None and writer is not None:
            may = by == 0 and who in self.members - self.out - {0}
            self._says(may, writer, lambda: self.team.revokes(keeper, by=writer))
            self.out |= {who} if may else set()

    @rule(who=people)
    def replaces(self, who: int) -> None:
        """Somebody's laptop is lost; they go on with a new key."""
        keeper = self.keys[who]
        if keeper is not None and who in self.members - self.out - {0} and len(self.old) < 3:
            again = self.team.newcomer(f"{NAMES[who]} {len(self.old)}", f"{keeper.label}{len(self.old)}")
            self.team.replaces(keeper, again)
            self.team.opens(again)
            self.old.append(keeper)
            self.keys[who] = again

    # --- items

    @rule(who=people)
    def collects(self, who: int) -> None:
        """Somebody collects a file."""
        if (keeper := self.keys[who]) is not None:
            number = f"{keeper.label}-{self.team.state.counters.get(keeper.label, 0) + 1}"
            if self._says(who not in self.out, keeper, lambda: self.team.collects(keeper)):
                self.things[number] = Thing(who)

    @rule(who=anyone, to=anyone, item=which, keeps_copy=st.booleans())
    def offers(self, who: int | None, to: int | None, item: int, keeps_copy: bool) -> None:
        """Somebody offers an item to somebody."""
        free = [number for number, thing in self.things.items() if self._acts(thing.holder, thing)]
        number, thing = self._thing(item, free if who is None else ())
        who = thing.holder if who is None else who
        to = max(self.members - self.out - {who}, default=0) if to is None else to
        keeper, receiver = self.keys[who], self.keys[to]
        if keeper is not None and receiver is not None:
            may = self._acts(who, thing) and to in self.members - self.out and to != thing.holder
            if self._says(may, keeper, lambda: self.team.releases(keeper, number, receiver, keeps_copy=keeps_copy)):
                thing.offered, thing.keeps_copy = to, keeps_copy

    @rule(who=anyone, item=which, accepts=st.sampled_from([True, True, False]))
    def answers(self, who: int | None, item: int, accepts: bool) -> None:
        """Somebody accepts or declines an item."""
        offered = [number for number, thing in self.things.items() if thing.offered is not None]
        number, thing = self._thing(item, offered if who is None else ())
        who = thing.offered or 0 if who is None else who
        if (keeper := self.keys[who]) is not None:
            may = who not in self.out and thing.offered == who
            say = self.team.receives if accepts else self.team.declines
            if self._says(may, keeper, lambda: say(keeper, number)):
                thing.offered = None
                if accepts:
                    thing.copies = thing.copies - (set() if thing.keeps_copy else {thing.holder}) | {who}
                    thing.holder, thing.hands = who, thing.hands + 1

    @rule(item=which, to=anyone, accepts=st.sampled_from([True, True, False]))
    def hands_over(self, item: int, to: int | None, accepts: bool) -> None:
        """An offer and its answer, at one desk."""
        self.offers(None, to, item, keeps_copy=False)
        self.answers(None, item, accepts)

    @rule(who=people, item=which)
    def withdraws(self, who: int, item: int) -> None:
        """Somebody takes an item back."""
        number, thing = self._thing(item)
        if (keeper := self.keys[who]) is not None:
            may = self._acts(who, thing) and thing.collector == who and not thing.hands
            if self._says(may, keeper, lambda: self.team.withdraws(keeper, number)):
                thing.gone, thing.offered = "withdrawn", None

    @rule(who=people, item=which)
    def disposes(self, who: int, item: int) -> None:
        """Somebody disposes of an item."""
        number, thing = self._thing(item)
        keeper = self.keys[who]
        may = self._acts(who, thing, ("withdrawn",))
        if keeper and self._says(may, keeper, lambda: self.team.disposes(keeper, number)):
            thing.gone, thing.offered = "disposed", None

    @rule(who=people, item=which)
    def notes(self, who: int, item: int) -> None:
        """Somebody writes a note on an item."""
        number, thing = self._thing(item)
        keeper = self.keys[who]
        if keeper is not None and (who in self.members or thing.collector == who):  # else it waits for the lead
            self._says(who not in self.out, keeper, lambda: self.team.notes(keeper, number))

    @precondition(lambda self: self.old)
    @rule(item=which)
    def uses_an_old_key(self, item: int) -> None:
        """Whoever found the laptop goes on with it."""
        number, _ = self._thing(item)
        self._says(False, self.old[-1], lambda: self.team.disposes(self.old[-1], number))

    # --- what others know

    @rule(computer=st.sampled_from([0, 1]), whose=which, part=st.integers(1, 4))
    def shares(self, computer: int, whose: int, part: int) -> None:
        """Part of what is new in a ledger, or all of it, reaches a computer, which makes of it what it can."""
        ledgers = list(self.team.ledgers().items())
        name, entries = ledgers[whose % len(ledgers)]
        known = self.computers[computer]
        had = len(known.get(name, []))
        known[name] = entries[: had + (len(entries) - had) * part // 4]
        state, _ = replay(known)
        for number, item in state.items.items():
            whole = self.team.state.items.get(number)
            if whole is not None and whole.tip == item.tip:
                assert (item.holder, item.offer, item.standing) == (whole.holder, whole.offer, whole.standing)

    def teardown(self) -> None:
        """The fold agrees with the model, and whoever has all ledgers with everybody else."""
        self._compare_with_model()
        ledgers = self.team.ledgers()
        for known in self.computers:
            known.update(ledgers)
        orders: list[Sequence[str]] = [tuple(known) for known in self.computers]
        every = list(permutations(ledgers))
        orders += every[:: max(1, len(every) // MERGED)]
        merged = [replay({name: ledgers[name] for name in order}) for order in orders]
        assert [one for one in merged if one != merged[0]] == []
        state, refused = merged[0]
        assert set(refused) == self.refused
        assert told(state) == self.team.state

    # --- the model

    def _acts(self, who: int, thing: Thing, also: Sequence[str] = ()) -> bool:
        """The holder acts, and the lead for one who has left; an offer to somebody who has left hinders nobody."""
        there = thing.gone is None or thing.gone in also
        entitled = thing.holder == who or (who == 0 and thing.holder in self.out)
        waits = thing.offered is not None and thing.offered not in self.out
        return who not in self.out and entitled and not waits and there

    def _thing(self, index: int, among: Sequence[str] = ()) -> tuple[str, Thing]:
        numbers = among or list(self.things)
        number = numbers[index % len(numbers)]
        return number, self.things[number]

    def _says(self, may: bool, by: Keeper, say: Any) -> bool:
        """Say it; the fold must allow what the model does, and nothing else."""
        if not may:
            refusal(self.team, say)
            self.refused.add(by.entries[-1].id)
            return False
        say()
        return True

    def _compare_with_model(self) -> None:
        items, person = self.team.state.items, self.team.state.person
        keys = [None if keeper is None else person(keeper.key_id) for keeper in self.keys]
        assert {
            number: (item.holder, item.offer and item.offer.to, set(item.keepers), item.hands, item.standing)
            for number, item in items.items()
        } == {
            number: (
                keys[thing.holder],
                None if thing.offered is None else keys[thing.offered],
                {keys[one] for one in thing.copies},
                thing.hands,
                thing.gone or "held",
            )
            for number, thing in self.things.items()
        }


def test_the_fold_agrees_with_a_simple_model_and_with_itself_in_any_order() -> None:
    run_state_machine_as_test(Histories, settings=examples(100, stateful_step_count=60))
