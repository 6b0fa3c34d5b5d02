"""Checks records by themselves: envelope, signature, and what opens their seals. Runs in worker processes.

A worker reads the rows itself: only where they lie and what was found travels between processes. It sees public keys,
and the openings that the reader has anyway.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from custody.domain.entry import Entry, read_entry, verify_entry
from custody.domain.events import sealed_fields
from custody.domain.structure import Stated
from custody.errors import FormatError, SignatureMismatch, VerificationError
from custody.formats import canonical
from custody.formats.merkle import leaf_hash
from custody.formats.seal import Opening, Sealed, open_seal
from custody.formats.signature import load_p256
from custody.ports import LedgerReader, OpeningRow, Row
from custody.services.auditing.wanted import SEALED

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

NAMES = ("/lead/name",)
"""Pointers to names of signers."""

KEPT = frozenset((*SEALED, *NAMES))
"""Pointers whose opened values the examination needs."""


class RowsOrder(msgspec.Struct, frozen=True, array_like=True):
    """The rows from position `first` to `last` of a ledger, whose owner's key (SubjectPublicKeyInfo) has this id.

    `where` is LedgerStore.where.
    """

    where: tuple[str, str]
    ledger: str
    first: int
    last: int
    key_id: str | None
    key: bytes


class RowResult(msgspec.Struct, frozen=True, array_like=True):
    """What was found of one row. `unreadable` says why nothing after it was checked; pointers name seals in the body.

    `filed` and `nodes` are its index; `values` is canonical JSON of what is sealed at pointers of KEPT, where it opens.
    """

    position: int
    filed: str | None
    nodes: bytes
    leaf: bytes
    unreadable: str | None = None
    id: str = ""
    signer: str = ""
    stated: Stated | None = None
    holds: bool = False
    sealed: int = 0
    opened: int = 0
    wrong: tuple[str, ...] = ()
    stray: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    values: dict[str, bytes] = {}


results = msgspec.msgpack.Decoder(list[RowResult])


def check_rows(reader: LedgerReader, order: RowsOrder) -> bytes:
    """The workers' task on an open ledger: a list of RowResult, in order, as message pack."""
    openings: dict[int, dict[str, OpeningRow]] = {}
    for one in reader.openings(order.ledger, order.first, order.last + 1):
        openings.setdefault(one.position, {})[one.pointer] = one
    key = load_key(order.key) if order.key_id is not None else None
    rows = reader.rows(order.ledger, order.first, order.last + 1)
    return msgspec.msgpack.encode(
        [_check(row, openings.get(row.position, {}), order.key_id, key) for row in rows],
    )


def _check(
    row: Row, kept: dict[str, OpeningRow], key_id: str | None, key: "EllipticCurvePublicKey | None"
) -> RowResult:
    leaf = leaf_hash(row.envelope)
    try:
        entry = read_entry(row.envelope)
    except FormatError as error:
        return RowResult(row.position, row.item, row.nodes, leaf, unreadable=error.message)
    statement = entry.statement
    sealed = sealed_fields(statement.body)
    opened = dict(_opened(entry, sealed, kept))
    there = sealed.keys() & kept.keys()
    return RowResult(
        row.position,
        row.item,
        row.nodes,
        leaf,
        id=entry.id,
        signer=statement.signer,
        stated=Stated.of(statement),
        holds=key is not None and statement.signer == key_id and _is_signed(entry, key),
        sealed=len(sealed),
        opened=len(opened),
        wrong=tuple(sorted(there - opened.keys())),
        stray=tuple(sorted(kept.keys() - sealed.keys())),
        missing=tuple(sorted(sealed.keys() - kept.keys())),
        values={pointer: value for pointer, value in opened.items() if pointer in KEPT},
    )


def _is_signed(entry: Entry, key: "EllipticCurvePublicKey") -> bool:
    try:
        verify_entry(entry, key)
    except SignatureMismatch:
        return False
    return True


def _opened(entry: Entry, sealed: dict[str, Sealed], kept: dict[str, OpeningRow]) -> Iterator[tuple[str, bytes]]:
    """Pointer and canonical value of each seal that its kept value opens."""
    statement = entry.statement
    for pointer in sealed.keys() & kept.keys():
        row = kept[pointer]
        try:
            value = open_seal(
                sealed[pointer], statement.case, statement.body.kind, Opening(pointer, row.salt, row.value)
            )
            statement.body.check_opened(pointer, value)
        except (FormatError, VerificationError):
            continue
        yield pointer, row.value


def opened_values(result: RowResult, pointers: tuple[str, ...]) -> dict[str, canonical.Json]:
    """Those of these values that were sealed and could be opened."""
    return {pointer: canonical.parse(result.values[pointer]) for pointer in pointers if pointer in result.values}


@lru_cache(maxsize=64)
def load_key(spki: bytes) -> "EllipticCurvePublicKey":
    """The key, loaded once for many rows."""
    return load_p256(spki)
