"""What a person keeps outside every case: heads and places that were seen, what is owed, whom they trust."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from custody.domain.trust import TrustedAuthority, TrustedCosigner


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
