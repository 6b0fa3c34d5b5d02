"""Arranges for the tests of stamping: a desk at which a case is stamped, and what was recorded."""

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from custody import bootstrap
from custody.adapters.casefolder import read_case
from custody.adapters.web import HttpWeb
from custody.domain.addresses import Address
from custody.domain.events import Timestamped
from custody.domain.parties import origin
from custody.domain.trust import Trust, TrustedAuthority
from custody.domain.verdict import Finding
from custody.formats.checkpoint import Checkpoint, format_checkpoint
from custody.ports import StampQueue, Web
from custody.services import listing
from custody.services.anchoring import Outcome, Upgraded, stamp, upgrade
from custody.services.recording import Draft, Recorder
from tests.builders import ANA, attempted, examine
from tests.servers.authority import Authority
from tests.servers.calendar import EASY_TARGET, Calendar

DEADLINE = 5.0  # seconds; what is to be late is given less


@dataclass
class Clock:
    """The machine's clock (ports.Clock), which the authorities have too, and how far this one is off."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def grow(recorder: Recorder, count: int = 1) -> None:
    """Record something else so many times."""
    recorder.append([Draft(attempted())] * count)


@dataclass
class Desk:
    """A person at their computer, whose case names `addresses` and who believes `trust`."""

    recorder: Recorder
    queue: StampQueue
    web: Web
    clock: Clock
    warned: list[str]
    addresses: list[Address] = field(default_factory=list)
    trust: Trust = field(default_factory=lambda: Trust(max_target=EASY_TARGET))

    def knows(self, name: str, authority: Authority, *, trusted: bool = True) -> None:
        """The case names this authority, and the person believes it unless they do not."""
        self.addresses.append(Address(name, "rfc3161", authority.url))
        if trusted:
            self.believes(name, authority.root)

    def believes(self, name: str, *roots: bytes) -> None:
        """The person believes this authority."""
        self.trust = replace(self.trust, authorities=(*self.trust.authorities, TrustedAuthority(name, roots, False)))

    def asks(self, name: str, calendar: Calendar) -> None:
        """The case names this calendar."""
        self.addresses.append(Address(name, "opentimestamps", calendar.url))

    def stamp(self, *names: str) -> list[Outcome]:
        """Have the record stamped, by those of these names or by all."""
        asked = [one for one in self.addresses if one.name in names or not names]
        return stamp(self.recorder, self.web, self.queue, self.trust, asked)

    def upgrade(self) -> list[Upgraded]:
        """Fetch what is ready."""
        return upgrade(self.recorder, self.web, self.queue, self.trust, self.addresses)

    @property
    def owed(self) -> tuple[str, ...]:
        """Who owes a stamp."""
        return self.queue.owed(self.recorder.ledger.id)

    @property
    def size(self) -> int:
        """How many records there are."""
        with self.recorder.files.ledgers.reading() as reader:
            return reader.size(self.recorder.ledger.id)

    def stamps(self) -> list[Timestamped]:
        """What was recorded of stamps, in its order."""
        return list(recorded(self.recorder))

    def objects(self) -> set[str]:
        """The names of what is stored."""
        return set(self.recorder.files.evidence.names())

    def findings(self, trust: Trust | None = None) -> list[Finding]:
        """What verification has to say of time."""
        audit = examine(self.recorder.files, self.recorder.world, trust=self.trust if trust is None else trust)
        return list(audit.judgement.questions.time.findings)

    def codes(self, trust: Trust | None = None) -> set[str]:
        """The same, as codes; without the one that the newest records get, over which no stamp can be."""
        return {one.code for one in self.findings(trust)} - {"no-outside-time"}


def recorded(recorder: Recorder) -> Iterator[Timestamped]:
    """The stamps in the recorder's ledger."""
    return (body for _, body in listing.of_kind(recorder.files, recorder.ledger.id, Timestamped))


def desk_of(ready: Path, folder: Path, **changes: Any) -> Desk:
    """A copy of the fixture `ready`, and a desk to stamp it at."""
    for name in ("case", "home"):
        shutil.copytree(ready / name, folder / name)
    clock = Clock()
    warned: list[str] = []
    world = replace(bootstrap.world(folder / "home"), clock=clock, warn=warned.append, **changes)
    recorder = Recorder(bootstrap.case_files(read_case(folder / "case")), world, ANA)
    web = HttpWeb("custody/test", deadline=DEADLINE)
    return Desk(recorder, bootstrap.stamp_queue(folder / "home"), web, clock, warned)


def stamped_text(recorder: Recorder, body: Timestamped) -> bytes:
    """The three lines."""
    return format_checkpoint(Checkpoint(origin(recorder.ledger.id), body.size, bytes.fromhex(body.root))).encode()


def stamped_digest(recorder: Recorder, body: Timestamped) -> bytes:
    """SHA-256 of them."""
    return hashlib.sha256(stamped_text(recorder, body)).digest()


def by_name(outcomes: Sequence[Outcome]) -> dict[str, str | None]:
    """What became of each: None, or the code of its trouble."""
    return {one.authority: None if one.trouble is None else one.trouble.code for one in outcomes}
