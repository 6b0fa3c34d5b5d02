"""The keys of people: kept, and unlocked."""

from datetime import datetime
from typing import Protocol

from custody.formats.publickey import PublicKey
from custody.ports.machine import Entropy


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
