"""What the use cases need from the outside world, as protocols, and the values that cross over.

Adapters fulfil these; services see nothing else. Values that cross to worker processes are msgspec structs, because
only bytes travel between processes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal, Protocol

import msgspec

from custody.domain.card import CheckpointCard
from custody.domain.events.collection import FailedOutcome
from custody.domain.handform import HandoverForm
from custody.domain.recovery import RecoverySheet
from custody.domain.report import Report
from custody.domain.statement import ClockState
from custody.domain.trust import TrustedAuthority, TrustedCosigner
from custody.errors import RemoteError
from custody.formats.canonical import Json
from custody.formats.digest import Digests
from custody.formats.publickey import PublicKey

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


class Signer(Protocol):
    """An unlocked key: the only thing that can sign. It never leaves the process that unlocked it."""

    @property
    def public(self) -> PublicKey:
        """Certificate and public keys."""
        ...

    def sign(self, message: bytes) -> bytes:
        """ECDSA P-256 with SHA-256 over `message`: 64 bytes r‖s, s in the lower half."""
        ...

    def sign_checkpoint(self, message: bytes) -> bytes:
        """Ed25519 over `message` with the checkpoint key."""
        ...

    def sign_cosignature(self, message: bytes) -> bytes:
        """Ed25519 over `message` with the key for cosignatures of other people's checkpoints."""
        ...


class KeyStore(Protocol):
    """The person's keys, encrypted under a passphrase, outside every case."""

    def create(
        self, *, name: str, organisation: str, email: str | None, passphrase: str, now: datetime, entropy: Entropy
    ) -> PublicKey:
        """Make and keep a new key. Raises StorageError when it cannot be kept; then nothing was written."""
        ...

    def all_keys(self) -> tuple[PublicKey, ...]:
        """Every kept key, by name. Raises FormatError for a key file that cannot be read."""
        ...

    def find(self, wanted: str | None) -> PublicKey:
        """The key of this name or key id (or its beginning, 8 characters or more); with None the only one that is no
        pseudonym.

        Raises SigningError when there is none, or more than one.
        """
        ...

    def export(self, key: PublicKey) -> bytes:
        """The public file, signed by all three keys."""
        ...

    def sealed(self, key: PublicKey) -> bytes:
        """The encrypted file of a key, for a backup or a recovery sheet. Raises SigningError when it is not here."""
        ...

    def restore(self, data: bytes) -> PublicKey:
        """Keep an encrypted key file from a recovery sheet. Raises FormatError, StorageError.

        Raises SigningError when its key is here already.
        """
        ...

    def put_back(self, data: bytes) -> PublicKey:
        """Keep an encrypted key file from a backup, unless its key is here. Raises FormatError, StorageError."""
        ...

    def reserve(self, key: PublicKey, case: str) -> None:
        """Remember that this key is a pseudonym in that case, and for no other. Raises StorageError."""
        ...

    def reserved_for(self, key: PublicKey) -> str | None:
        """The id of the one case that this key is a pseudonym in; None for an ordinary key."""
        ...

    def unlock(self, key: PublicKey, passphrase: str) -> Signer:
        """The key, ready to sign. Raises WrongPassphrase."""
        ...


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the ledger as it is stored. Every field but `envelope` is an index that verification rebuilds."""

    position: int
    item: str | None
    envelope: bytes
    nodes: bytes


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """What opens one sealed field of the entry at `position`, as it is stored; `value` is canonical JSON."""

    position: int
    pointer: str
    salt: bytes
    value: bytes


class LedgerReader(Protocol):
    """Reads ledgers and openings of one case."""

    def ledgers(self) -> tuple[str, ...]:
        """The ids of the ledgers, in order."""
        ...

    def size(self, ledger: str) -> int:
        """One more than the last position, 0 for a ledger without rows."""
        ...

    def rows(self, ledger: str, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """The rows of these positions, ascending, without holding them all in memory."""
        ...

    def nth_from(self, ledger: str, start: int, count: int) -> int | None:
        """The position of the `count`th row from `start` on, None when there are fewer."""
        ...

    def rows_of_item(self, ledger: str, item: str | None) -> tuple[Row, ...]:
        """The rows whose index names this item (None: no item), ascending."""
        ...

    def items(self, ledger: str, records: int = 1) -> Iterator[str]:
        """Each item that the index names, in so many records or more, once; in no order that means anything."""
        ...

    def node(self, ledger: str, level: int, index: int) -> bytes:
        """The root of the perfect subtree (level, index), from one row. Raises StorageError when it is not there."""
        ...

    def openings(self, ledger: str, start: int, stop: int | None = None) -> Iterator[OpeningRow]:
        """The openings of the entries at these positions, by position and pointer."""
        ...

    def opened_places(self) -> Iterator[tuple[str, int, int]]:
        """Ledger and position of every entry of which openings are kept, and how many."""
        ...


class LedgerWriter(LedgerReader, Protocol):
    """A ledger database locked for writing."""

    def append(self, ledger: str, rows: Sequence[Row], openings: Sequence[OpeningRow]) -> int:
        """Add rows at the end, and what opens their seals; how many openings of a broken-off write they replace.

        Raises FormatError when openings lie further on than a broken-off write leaves them.
        """
        ...

    def keep(self, ledger: str, openings: Sequence[OpeningRow]) -> None:
        """Keep what opens seals of records that are there; a value that is kept already stays."""
        ...

    def erase(self, ledger: str, position: int, pointer: str) -> bool:
        """Destroy what opens a seal, so that the file does not hold it any more; whether it was there."""
        ...


class LedgerStore(Protocol):
    """The ledger database of one case. Errors are StorageError, and FormatError for a file that is no database."""

    @property
    def where(self) -> tuple[bytes, bytes]:
        """Where ledgers and openings lie, as the operating system's bytes, for tasks in worker processes."""
        ...

    def create(self) -> None:
        """Make an empty database."""
        ...

    def reading(self) -> AbstractContextManager[LedgerReader]:
        """One consistent view. Writers wait for its end, so never hold it while files are hashed."""
        ...

    def writing(self) -> AbstractContextManager[LedgerWriter]:
        """Lock for writing; commits at the end of the block, rolls back when it raises."""
        ...

    def openings_present(self) -> bool:
        """Whether the openings database is there at all."""
        ...

    def damage(self) -> tuple[str, ...]:
        """What the database itself says is wrong with it, and anything in it that custody did not put there."""
        ...


class ObjectCheck(msgspec.Struct, frozen=True):
    """What re-reading one stored object gave. `found` is the hex SHA-256 of the bytes, None when they were not read.

    `extra` are the further digests that were asked for, hexadecimal by name.
    """

    result: Literal["present", "missing", "unreadable"]
    found: str | None
    size: int
    extra: dict[str, str] = {}


class EvidenceStore(Protocol):
    """Plain bytes, named by their SHA-256."""

    @property
    def folder(self) -> Path:
        """Where the objects lie, for tasks in worker processes."""
        ...

    def add(self, data: bytes) -> str:
        """Keep a small object; its hex SHA-256. Durable only after `sync`. Raises StorageError."""
        ...

    def copy_in(self, file: BinaryIO, size: int, extra: tuple[str, ...]) -> Digests:
        """Copy an open, unbuffered file of about `size` bytes in, in one pass; the digests of what was kept.

        Raises OSError of the source as it came; StorageError for the store's own trouble.
        """
        ...

    def check(self, sha256: str, extra: tuple[str, ...] = ()) -> ObjectCheck:
        """Re-read an object; `extra` digests are computed in the same pass."""
        ...

    def open(self, sha256: str) -> BinaryIO:
        """An object for reading. Raises StorageError when it is not there."""
        ...

    def remove(self, sha256: str) -> bool:
        """Remove an object for good; whether it was there. Raises StorageError."""
        ...

    def names(self) -> Iterator[str]:
        """The hex SHA-256 names of all stored objects; what bears another name is passed over."""
        ...

    def present(self) -> bool:
        """Whether the store is there, and was ever used."""
        ...

    def sync(self) -> None:
        """Return when everything kept since the last call is on the disk. Raises StorageError."""
        ...


class FileOrder(msgspec.Struct, frozen=True):
    """A file to take in: its path as the operating system's bytes, and whether a link at its end is followed."""

    path: bytes
    follow: bool


class Taken(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What was seen of a file while it was taken in. Times are 27-character UTC; `origin` is what a browser left."""

    sha256: str
    size: int
    extra: dict[str, str]
    media_type: str
    media_type_from: Literal["content", "name", "nothing"]
    modified: str | None
    changed: str | None
    created: str | None
    origin: Json
    hashed_at: str


class NotTaken(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Why a file was not taken in: an outcome of `attempted`, and a plain sentence."""

    outcome: FailedOutcome
    message: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the walk met. `skipped` says why it is left out without being a failure (a link in a folder).

    `path` is absolute; `inside` is the path below the folder that was named, `/` between names; both as the operating
    system's bytes. `size` is a first look, in bytes.
    """

    path: bytes
    inside: bytes
    size: int
    follow: bool
    skipped: str | None = None
    failed: NotTaken | None = None


class Intake(Protocol):
    """Finds files. Taking them in is a worker's task."""

    def absolute(self, path: str) -> bytes:
        """The absolute path, a link at its end not resolved, as the operating system's bytes."""
        ...

    def is_folder(self, path: str) -> bool:
        """Whether the named path is a folder, or a link to one."""
        ...

    def followed_link(self, path: bytes) -> bool:
        """Whether the path is itself a symbolic link."""
        ...

    def file(self, path: str) -> Found:
        """One file named on the command line; a link is followed."""
        ...

    def walk(self, folder: str) -> Iterator[Found]:
        """Everything below a folder that is not itself a folder, in the order of the paths' bytes."""
        ...


class Workers(Protocol):
    """Runs tasks beside one another."""

    def map(self, task: Task, chunks: Iterable[bytes], *, alone: bool) -> Iterator[bytes]:
        """The results in the order of the chunks, looking ahead a bounded number; `alone` runs here, in turn."""
        ...


@dataclass(frozen=True, slots=True)
class RememberedHead:
    """The newest head of a ledger that this computer saw, and when (27-character UTC).

    `counter` is the highest counter of an item number among the first `counted` records, as their writer verified it.
    The first `followed` records are of kinds that this version knows.
    """

    ledger: str
    case: str
    size: int
    root: bytes
    seen: str
    counted: int = 0
    counter: int = 0
    followed: int = 0


@dataclass(frozen=True, slots=True)
class PlaceSeen:
    """A case that this computer saw in a folder (its absolute path), and when first (27-character UTC)."""

    place: str
    case: str
    seen: str


class Heads(Protocol):
    """Remembers the heads of ledgers, outside every case."""

    def get(self, ledger: str) -> RememberedHead | None:
        """The remembered head, or None."""
        ...

    def remember(self, head: RememberedHead, extends: Callable[[RememberedHead], bool]) -> RememberedHead | None:
        """Keep `head` unless the remembered one is not extended by it, as `extends` tells.

        Returns the head that stood in the way, None when `head` (or a longer one) is remembered now.
        """
        ...

    def seen_at(self, place: str) -> tuple[PlaceSeen, ...]:
        """The cases that were seen in this folder, in the order in which they were."""
        ...

    def remember_place(self, seen: PlaceSeen) -> None:
        """Remember that this case was seen there, unless that is known."""
        ...


class BlockHeaders(Protocol):
    """Keeps the Bitcoin block headers that this verifier goes by, outside every case."""

    def get(self, height: int) -> bytes | None:
        """The 80 bytes kept for this height, or None. Raises FormatError for a damaged file, StorageError."""
        ...

    def keep(self, height: int, header: bytes) -> None:
        """Keep a header, durably.

        Raises HeaderMismatch when another one is kept for this height, FormatError for what is no header, UsageError
        for a height that no block has, StorageError.
        """
        ...


@dataclass(frozen=True, slots=True)
class CosignedHead:
    """What one cosignature key last cosigned of one ledger, and when (seconds since 1970).

    `cosigner` is the name of the key; `ledger_key` is the vkey of the ledger's checkpoint key, as it was first seen.
    """

    cosigner: str
    origin: str
    size: int
    root: bytes
    ledger_key: str
    time: int


class CosignedHeads(Protocol):
    """Remembers what the person's keys cosigned, outside every case: no key signs two histories of one ledger."""

    def of(self, origin: str) -> tuple[CosignedHead, ...]:
        """The last head of this ledger that each of the person's keys cosigned, by the keys' names."""
        ...

    def advance(self, head: CosignedHead, check: Callable[[Sequence[CosignedHead]], None]) -> None:
        """Put `head` in the place of the key's last one, once `check` has looked at what `of` gives.

        Nothing comes between look and change, in any process, and the change is durable on return: only then may the
        signature be made. What `check` raises leaves all as it was. Raises FormatError, StorageError.
        """
        ...


class TrustStore(Protocol):
    """Whom the reader believes outside a case. Names are the reader's own, and one line."""

    def authorities(self) -> tuple[TrustedAuthority, ...]:
        """The timestamp authorities, by name. Raises FormatError when what is kept is damaged, StorageError."""
        ...

    def add_authority(self, authority: TrustedAuthority) -> None:
        """Keep it, durably; the very same again changes nothing.

        Raises UsageError for a name that cannot be one or is another's, FormatError, StorageError.
        """
        ...

    def remove_authority(self, name: str) -> None:
        """Believe it no more. Raises UsageError for a name that is not there, FormatError, StorageError."""
        ...

    def cosigners(self) -> tuple[TrustedCosigner, ...]:
        """The cosigners, by name. Raises FormatError when what is kept is damaged, StorageError."""
        ...

    def add_cosigner(self, cosigner: TrustedCosigner) -> None:
        """Keep them, durably; the very same again changes nothing. Raises as `add_authority` does."""
        ...

    def remove_cosigner(self, name: str) -> None:
        """Believe them no more. Raises as `remove_authority` does."""
        ...


@dataclass(frozen=True, slots=True)
class WebRequest:
    """One request over HTTP or HTTPS. `limit` is the most bytes of an answer that are read; a GET has no body."""

    url: str
    limit: int
    body: bytes | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """What a server answered, unverified: status code, media type (lower case, no parameters) and body."""

    status: int
    content_type: str
    body: bytes


class Web(Protocol):
    """Asks servers. The only way out onto the network."""

    def ask(self, requests: Sequence[WebRequest]) -> list[WebAnswer | RemoteError]:
        """Ask all at once, beside one another; for each the answer, or why there is none. In bounded time."""
        ...


class KeptList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A revocation list that is kept: the object that holds it, and when it was fetched (27-character UTC)."""

    object: str
    fetched: str


class StampQueue(Protocol):
    """What the writer of a ledger still waits for from authorities, outside every case. Lost, it is asked for anew."""

    def owed(self, ledger: str) -> tuple[str, ...]:
        """The names of the authorities that owe a stamp."""
        ...

    def unconfirmed(self, ledger: str) -> tuple[int, ...]:
        """The positions of records whose proofs are pending."""
        ...

    def settle(
        self,
        ledger: str,
        *,
        done: Sequence[str] = (),
        owed: Sequence[str] = (),
        unconfirmed: Sequence[int] = (),
        confirmed: Sequence[int] = (),
    ) -> None:
        """Authorities that gave a stamp, that owe one, and records whose proofs are pending, or are no longer."""
        ...

    def revocation_list(self, ledger: str, url: str) -> KeptList | None:
        """The newest list from this address that is kept for the case of this ledger."""
        ...

    def keep_revocation_list(self, ledger: str, url: str, name: str, fetched: str) -> None:
        """Remember the object `name` as the list from this address."""
        ...


class SheetWriter(Protocol):
    """Draws recovery sheets of keys."""

    def draw(self, sheet: RecoverySheet) -> bytes:
        """The sheet as a PDF to be printed."""
        ...


class CardWriter(Protocol):
    """Draws checkpoint cards."""

    def draw(self, card: CheckpointCard) -> bytes:
        """The card as a PDF to be printed, with its signed note attached: the same bytes for the same card."""
        ...


class FormWriter(Protocol):
    """Draws the form of a hand-over on paper."""

    def draw(self, form: HandoverForm) -> bytes:
        """The form as a PDF to be printed: the same bytes for the same form."""
        ...


class ReportWriter(Protocol):
    """Draws a report."""

    def draw(self, report: Report) -> bytes:
        """The report as a PDF without signature."""
        ...


class DocumentSigner(Protocol):
    """Signs PDFs."""

    def sign(self, pdf: bytes, *, signer: Signer, name: str, now: datetime, attachments: dict[str, bytes]) -> bytes:
        """The PDF with the attachments embedded and a PAdES signature (ETSI EN 319 142-1, B-B) by `signer`."""
        ...


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside that does not belong to one case.

    `write_new` writes a file whole or not at all, durably, and raises UsageError for a name that is taken; `discard`
    removes it again. `warn` tells the person something that they should know, and that stops nothing.
    """

    clock: Clock
    machine: Machine
    entropy: Entropy
    heads: Heads
    workers: Workers
    take: Task
    check_objects: Task
    check_rows: Task
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


class TakeOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The message to `World.take`: keep copies in this folder (the system's bytes of its path), or (None) only hash."""

    evidence: bytes | None
    extra: tuple[str, ...]
    files: tuple[FileOrder, ...]


class CheckOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The message to `World.check_objects`: re-read these objects of this folder (the operating system's bytes).

    `most` says of each object how many bytes it has at most, as far as that is known; one that is far larger is not
    what was recorded, and is not read.
    """

    evidence: bytes
    objects: tuple[str, ...]
    extra: tuple[str, ...] = ()
    most: tuple[int | None, ...] = ()


Outcome = Taken | NotTaken
