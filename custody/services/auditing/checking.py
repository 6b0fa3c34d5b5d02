"""Checks entries by themselves: envelope, signature, and what opens their seals. Runs in worker processes.

Bytes in, bytes out; it sees only public keys, and the openings that the reader has anyway.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from custody.domain.entry import Entry, read_entry, verify_entry
from custody.domain.events import sealed_fields
from custody.errors import FormatError, SignatureMismatch, VerificationError
from custody.formats.merkle import leaf_hash
from custody.formats.seal import Opening, open_seal
from custody.formats.signature import load_p256

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """A kept opening, as stored."""

    pointer: str
    salt: bytes
    value: bytes


class EntryOrder(msgspec.Struct, frozen=True, array_like=True):
    """An envelope, and the openings that are kept under its statement's id."""

    envelope: bytes
    openings: tuple[Kept, ...]


class EntriesOrder(msgspec.Struct, frozen=True, array_like=True):
    """Entries to check against the keys (SubjectPublicKeyInfo by key id) of the case."""

    keys: dict[str, bytes]
    entries: tuple[EntryOrder, ...]


class EntryResult(msgspec.Struct, frozen=True, array_like=True):
    """What was found. `unreadable` says why nothing else was checked; pointers name seals within the body."""

    leaf: bytes
    unreadable: str | None = None
    signer_known: bool = True
    signature_holds: bool = False
    sealed: int = 0
    opened: int = 0
    wrong: tuple[str, ...] = ()
    stray: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


_order = msgspec.msgpack.Decoder(EntriesOrder)
results = msgspec.msgpack.Decoder(list[EntryResult])


def check_entries(chunk: bytes) -> bytes:
    """The task: an EntriesOrder in, a list of EntryResult out, in order."""
    order = _order.decode(chunk)
    return msgspec.msgpack.encode([_check(entry, order.keys) for entry in order.entries])


def _check(order: EntryOrder, keys: dict[str, bytes]) -> EntryResult:
    leaf = leaf_hash(order.envelope)
    try:
        entry = read_entry(order.envelope)
    except FormatError as error:
        return EntryResult(leaf, unreadable=error.message)
    spki = keys.get(entry.statement.signer)
    holds = False
    if spki is not None:
        try:
            verify_entry(entry, _key(spki))
            holds = True
        except SignatureMismatch:
            pass  # told by `signature_holds`
    sealed = sealed_fields(entry.statement.body)
    kept = {opening.pointer: opening for opening in order.openings}
    wrong = [pointer for pointer in sealed.keys() & kept.keys() if not _opens(entry, kept[pointer])]
    return EntryResult(
        leaf,
        signer_known=spki is not None,
        signature_holds=holds,
        sealed=len(sealed),
        opened=len(sealed.keys() & kept.keys()) - len(wrong),
        wrong=tuple(sorted(wrong)),
        stray=tuple(sorted(kept.keys() - sealed.keys())),
        missing=tuple(sorted(sealed.keys() - kept.keys())),
    )


def _opens(entry: Entry, kept: Kept) -> bool:
    statement = entry.statement
    try:
        opening = Opening(kept.pointer, kept.salt, kept.value)
        sealed = sealed_fields(statement.body)[kept.pointer]
        value = open_seal(sealed, statement.case, statement.body.kind, opening)
        statement.body.check_opened(kept.pointer, value)
    except (FormatError, VerificationError):
        return False
    return True


@lru_cache(maxsize=64)
def _key(spki: bytes) -> "EllipticCurvePublicKey":
    return load_p256(spki)
