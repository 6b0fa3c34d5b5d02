"""Whom the reader trusts, and why. It comes from the reader alone: nothing found in a case adds to it."""

from dataclasses import dataclass
from enum import StrEnum


class Ground(StrEnum):
    """How the reader knows a key."""

    OWN = "own"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Trust:
    """The reader's own key ids, and beginnings of key ids (11 bytes or more) that were typed in as confirmed."""

    own: frozenset[str] = frozenset()
    confirmed: tuple[bytes, ...] = ()

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
