"""Checks records by themselves: envelope, signature, and what opens their seals. Runs in worker processes.

A worker reads the rows itself: only where they lie and what was found travels between processes. It sees public keys,
and the openings that the reader has anyway.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from custody.domain.entry import Entry, read_entry, verify_entry
from custody.domain.events import CaseOpened, LedgerOpened, RegisterBody, sealed_fields
from custody.domain.events.membership import MAX_DEPUTIES, withheld
from custody.domain.sealing import open_field
from custody.domain.structure import Stated
from custody.errors import FormatError, SignatureMismatch, VerificationError
from custody.formats.merkle import leaf_hash
from custody.formats.seal import Opening, Sealed
from custody.formats.signature import load_p256
from custody.ports import LedgerReader, OpeningRow, Row
from custody.services.auditing.wanted import SEALED

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

NAMES = ("/lead/name", "/member/name", *(f"/deputies/{index}/name" for index in range(MAX_DEPUTIES)))
"""Pointers to names of signers."""

KEPT = frozenset((*SEALED, *NAMES))
"""Pointers whose opened values the examination needs."""

MAX_STRAY = 16  # values of a record that it does not seal, named one by one; one more says that there are more
MAX_SHOWN = 80  # characters of a pointer that nobody sealed


class RowsOrder(msgspec.Struct, frozen=True, array_like=True):
    """The rows from position `first` to `last` of a ledger, whose owner's key (SubjectPublicKeyInfo) has this id.

    `where` is LedgerStore.where.
    """

    where: tuple[bytes, bytes]
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
    item: str | None = None
    of_register: bool = False
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
    kept = _Kept(reader.openings(order.ledger, order.first, order.last + 1))
    key = load_key(order.key) if order.key_id is not None else None
    rows = reader.rows(order.ledger, order.first, order.last + 1)
    return msgspec.msgpack.encode(
        [_check(row, kept.at(row.position), order.key_id, key) for row in rows],
    )


class _Kept:
    """The openings of one record after another, so that no more than those of one are held."""

    def __init__(self, rows: Iterator[OpeningRow]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def at(self, position: int) -> Iterator[OpeningRow]:
        """Those at this position; positions are asked for ascending."""
        while self._next is not None and self._next.position <= position:
            if self._next.position == position:
                yield self._next
            self._next = next(self._rows, None)


def _check(row: Row, rows: Iterator[OpeningRow], key_id: str | None, key: "EllipticCurvePublicKey | None") -> RowResult:
    leaf = leaf_hash(row.envelope)
    try:
        entry = read_entry(row.envelope)
    except FormatError as error:
        return RowResult(row.position, row.item, row.nodes, leaf, unreadable=error.message)
    statement = entry.statement
    sealed = sealed_fields(statement.body)
    kept: dict[str, OpeningRow] = {}
    stray = []
    for one in rows:
        if one.pointer in sealed:
            kept[one.pointer] = one
        else:
            stray.append(one.pointer[:MAX_SHOWN])
            del stray[MAX_STRAY + 1 :]
    opened = dict(_opened(entry, sealed, kept))
    there = sealed.keys() & kept.keys()
    return RowResult(
        row.position,
        row.item,
        row.nodes,
        leaf,
        id=entry.id,
        signer=statement.signer,
        item=statement.item,
        of_register=isinstance(statement.body, CaseOpened | LedgerOpened | RegisterBody),
        stated=Stated.of(statement),
        holds=key is not None and statement.signer == key_id and _is_signed(entry, key),
        sealed=len(sealed),
        opened=len(opened),
        wrong=tuple(sorted(there - opened.keys())),
        stray=tuple(stray),
        missing=tuple(sorted(sealed.keys() - kept.keys() - withheld(statement.body))),
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
    for pointer in sealed.keys() & kept.keys():
        row = kept[pointer]
        try:
            open_field(entry.statement, sealed[pointer], Opening(pointer, row.salt, row.value))
        except (FormatError, VerificationError):
            continue
        yield pointer, row.value


@lru_cache(maxsize=64)
def load_key(spki: bytes) -> "EllipticCurvePublicKey":
    """The key, loaded once for many rows."""
    return load_p256(spki)
