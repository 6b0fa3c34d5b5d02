"""A world where clock, machine, randomness, keys and files are fixed: what is made in it is always the same.

The two keys lie in `keys`, as exported public key files: a certificate has a random serial number and signature, so
those were made once. The private parts are derived from the names, as everywhere in these tests.
"""

import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custody import bootstrap
from custody.adapters.intake.mediatype import media_type
from custody.domain.statement import ClockState
from custody.errors import FormatError
from custody.formats.publickey import PublicKey, format_public_key, parse_public_key
from custody.ports import Found, NotTaken, Outcome, Taken, TakeOrder, Task, World
from tests.builders import CLOCK, NOW, TIME, KeptSigner

KEYS = Path(__file__).with_name("keys")
Given = Mapping[bytes, bytes]
"""What may be collected, by path."""


class FixedSigner(KeptSigner):
    """A signer whose public part, certificate included, is the one that is kept here."""

    def __init__(self, seed: str, name: str, organisation: str) -> None:
        super().__init__(seed, name, organisation)
        kept = KEYS / f"{seed.lower()}.json"
        if not kept.exists():
            KEYS.mkdir(exist_ok=True)
            kept.write_bytes(format_public_key(super().public))
        self._cosignature_key = Ed25519PrivateKey.from_private_bytes(
            hashlib.sha256(f"{seed}, cosignatures".encode()).digest()
        )
        self._fixed = parse_public_key(kept.read_bytes())
        if self._fixed.key != super().public.key:
            raise FormatError(f"{kept.name} is of another key than the one derived here")

    @property
    def public(self) -> PublicKey:
        return self._fixed

    def sign_cosignature(self, message: bytes) -> bytes:
        """Ed25519 with the cosignature key."""
        return self._cosignature_key.sign(message)


LEAD = FixedSigner("Ana", "Ana Ruiz", "Rights Watchers")
OTHER = FixedSigner("Mallory", "Mallory", "Nobody")


class _Clock:
    def now(self) -> datetime:
        return NOW


class _Machine:
    def clock_state(self) -> ClockState:
        return CLOCK

    def description(self) -> str:
        return "desk-3, Linux 6.1.0"

    def time_zone(self) -> str:
        return "Europe/Berlin (UTC+01:00)"


class _Alone:
    def map(self, task: Task, chunks: Iterable[bytes], *, alone: bool) -> Iterator[bytes]:
        return map(task, chunks)


class _Entropy:
    """The hash of a counter: fresh, and never random."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, size: int) -> bytes:
        self._count += 1
        return hashlib.sha512(f"vectors {self._count}".encode()).digest()[:size]


class GivenIntake:
    """Finds what was given, where a person's disk would be; a path that was not given is not found."""

    def __init__(self, given: Given) -> None:
        self._given = given

    def absolute(self, path: str) -> bytes:
        return path.encode("utf-8", "surrogateescape")

    def is_folder(self, path: str) -> bool:
        return any(one.startswith(self.absolute(path) + b"/") for one in self._given)

    def followed_link(self, path: bytes) -> bool:
        return False

    def file(self, path: str) -> Found:
        whole = self.absolute(path)
        return Found(path=whole, inside=whole.rpartition(b"/")[2], size=0, follow=True)

    def walk(self, folder: str) -> Iterator[Found]:
        start = self.absolute(folder) + b"/"
        for path in sorted(self._given):
            if path.startswith(start):
                yield Found(path=path, inside=path.removeprefix(start), size=0, follow=False)


def make_world(given: Given, home: Path) -> World:
    """A fixed world whose disk holds what is given; heads are remembered in `home`."""

    def take(chunk: bytes) -> bytes:
        order = msgspec.msgpack.decode(chunk, type=TakeOrder)
        return msgspec.msgpack.encode([_take(one.path, order, given) for one in order.files])

    return World(
        clock=_Clock(),
        machine=_Machine(),
        entropy=_Entropy(),
        heads=bootstrap.heads(home),
        workers=_Alone(),
        take=take,
        check_objects=bootstrap.check_objects,
        check_rows=bootstrap.check_rows,
        check_new=bootstrap.check_new,
        write_new=bootstrap.write_new,
        discard=bootstrap.discard,
    )


def _take(path: bytes, order: TakeOrder, given: Given) -> Outcome:
    from custody.adapters.evidence import EvidenceFolder
    from custody.formats.digest import Digester

    data = given.get(path)
    if data is None:
        return NotTaken(outcome="not-found", message="it is not there")
    if order.evidence is None:
        digester = Digester(order.extra)
        digester.update(data)
        digests = digester.finish()
    else:
        digests = EvidenceFolder(Path(os.fsdecode(order.evidence))).copy_in(io.BytesIO(data), len(data), order.extra)
    kind, source = media_type(data, path)
    return Taken(
        sha256=digests.sha256.hex(),
        size=digests.size,
        extra={name: value.hex() for name, value in digests.extra.items()},
        media_type=kind,
        media_type_from=source,
        modified="2026-11-20T10:00:00.000000Z",
        changed=None,
        created=None,
        origin=None,
        hashed_at=TIME,
    )
