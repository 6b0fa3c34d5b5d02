"""The person's keys in a folder outside every case: made, encrypted under a passphrase, found and unlocked."""

from custody.adapters.keys.store import FileKeyStore

__all__ = ["FileKeyStore"]
