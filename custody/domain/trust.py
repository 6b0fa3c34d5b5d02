"""Whom the reader trusts, and why. It comes from the reader alone: nothing found in a case adds to it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from custody.formats.blockheader import MAX_TARGET
from custody.formats.cosignature import CosignerKey


class Ground(StrEnum):
    """How the reader knows a key."""

    OWN = "own"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class TrustedAuthority:
    """A time-stamping authority: the reader's name for it, and root certificates (DER) that its chains end in.

    `qualified` is the reader's word that its time stamps are qualified ones (Regulation (EU) 910/2014, article 42).
    """

    name: str
    roots: tuple[bytes, ...]
    qualified: bool


@dataclass(frozen=True, slots=True)
class TrustedCosigner:
    """An outside cosigner whose word counts for the reader, under the reader's name for them."""

    name: str
    key: CosignerKey


@dataclass(frozen=True, slots=True)
class Trust:
    """The reader's own key ids, and beginnings of key ids (11 bytes or more) that were typed in as confirmed.

    `authorities` are those whose time stamps the reader believes, `cosigners` those whose cosignatures count;
    `block` gives the header (80 bytes) of the Bitcoin block of a height, None where the reader has none; one of an
    easier target than `max_target` is not believed.
    """

    own: frozenset[str] = frozenset()
    confirmed: tuple[bytes, ...] = ()
    authorities: tuple[TrustedAuthority, ...] = ()
    cosigners: tuple[TrustedCosigner, ...] = ()
    block: Callable[[int], bytes | None] = lambda _: None
    max_target: int = MAX_TARGET

    def ground(self, key_id: str) -> Ground | None:
        """Why the reader knows this key, or None when there is no reason to."""
        if key_id in self.own:
            return Ground.OWN
        return Ground.CONFIRMED if self._confirms(key_id) else None

    def contradicts(self, key_id: str) -> bool:
        """Whether the reader confirmed a key, and it is not this one."""
        return bool(self.confirmed) and not self._confirms(key_id)

    def _confirms(self, key_id: str) -> bool:
        identity = bytes.fromhex(key_id)
        return any(len(start) >= MIN_CONFIRMED and identity.startswith(start) for start in self.confirmed)


MIN_CONFIRMED = 11  # bytes: the eight words; 88 bits are out of reach for a second preimage
