"""The one order in which the statements of several ledgers are replayed. It depends on what they say, and on no clock.

Within a ledger the order is its own; a statement comes after those that it refers to. Ledgers are taken by their ids,
each as far as its references allow, again and again: so whoever has the same ledgers replays the same history, in
whatever order they were merged. A reference to a statement that is not here holds nothing up in the end: the rules
say what is wrong with it. References are digests, so none can lead in a circle.
"""

from collections.abc import Iterable, Iterator, Mapping

from custody.domain.history import Step
from custody.domain.statement import Statement


def in_order(ledgers: Mapping[str, Iterator[Step]], here: Iterable[bytes]) -> Iterator[Step]:
    """All statements of these ledgers, each given in the order of its positions; `here` are the ids of them all."""
    if len(ledgers) == 1:
        for steps in ledgers.values():
            yield from steps
        return
    waiting = set(here)
    streams = [_Stream(ledgers[name]) for name in sorted(ledgers)]
    while streams := [stream for stream in streams if stream.head is not None]:
        moved = False
        for stream in streams:
            while stream.head is not None and not any(
                bytes.fromhex(one) in waiting for one in _references(stream.head[1])
            ):
                moved = True
                yield from stream.take(waiting)
        if not moved:  # no honest digest leads in a circle; whatever did, nothing is left out
            yield from streams[0].take(waiting)


class _Stream:
    """One ledger, and the statement that comes next."""

    def __init__(self, steps: Iterator[Step]) -> None:
        self._steps = steps
        self.head = next(steps, None)

    def take(self, waiting: set[bytes]) -> Iterator[Step]:
        """The next statement, which then waits no more."""
        if self.head is not None:
            waiting.discard(bytes.fromhex(self.head[0]))
            yield self.head
            self.head = next(self._steps, None)


def _references(statement: Statement) -> Iterator[str]:
    if statement.people is not None:
        yield statement.people
    if statement.prev is not None:
        yield statement.prev
    yield from statement.body.references()
