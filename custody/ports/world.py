"""All that is outside of a use case, put together."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from custody.ports.evidence import EvidenceStore, Intake
from custody.ports.ledgers import LedgerStore
from custody.ports.machine import Clock, Entropy, Machine, Task, Workers
from custody.ports.memory import Heads


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside that does not belong to one case.

    `check_new` raises UsageError for a name that is taken, before long work is done. `write_new` writes a file whole or
    not at all, durably, and raises UsageError likewise; `discard` removes it again. `warn` tells the person something
    that they should know, and that stops nothing.
    """

    clock: Clock
    machine: Machine
    entropy: Entropy
    heads: Heads
    workers: Workers
    take: Task
    check_objects: Task
    check_rows: Task
    check_new: Callable[[Path], None]
    write_new: Callable[[Path, bytes], None]
    discard: Callable[[Path], None]
    warn: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class CaseFiles:
    """The parts of one case folder."""

    folder: Path
    ledgers: LedgerStore
    evidence: EvidenceStore
    intake: Intake
