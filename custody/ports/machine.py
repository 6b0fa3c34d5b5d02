"""What this computer gives: its clock, what it says of itself, randomness, helpers beside one another."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Protocol

from custody.domain.statement import ClockState

Entropy = Callable[[int], bytes]
"""Gives that many fresh random bytes, fit for salts and nonces."""


Task = Callable[[bytes], bytes]
"""A module-level function for workers: bytes in, bytes out; it sees no key."""


class Clock(Protocol):
    """The one place where the computer's clock is read."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class Machine(Protocol):
    """What this computer says of itself."""

    def clock_state(self) -> ClockState:
        """What the operating system says of its clock; `synchronised` is None where it does not say."""
        ...

    def description(self) -> str:
        """Host name and operating system, in one line."""
        ...

    def time_zone(self) -> str:
        """The local time zone, by IANA name where known, with its present offset."""
        ...


class Workers(Protocol):
    """Runs tasks beside one another."""

    def map(self, task: Task, chunks: Iterable[bytes], *, alone: bool) -> Iterator[bytes]:
        """The results in the order of the chunks, looking ahead a bounded number; `alone` runs here, in turn."""
        ...
