"""Reads a case with nothing but docs/format.md in hand: json, hashlib, sqlite3 and the primitives. No custody code."""

import base64
import hashlib
import hmac
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.oracles import canonical, merkle

TYPE = "application/vnd.custody.statement.v1+json"
REGISTER = (
    "case-opened/v1",
    "member-enrolled/v1",
    "member-revoked/v1",
    "member-replaced/v1",
    "lead-taken-over/v1",
)


@dataclass(frozen=True)
class Record:
    """One entry: its statement and what opens its seals, already checked."""

    id: str
    envelope: bytes
    statement: dict[str, Any]
    values: dict[str, Any]

    @property
    def body(self) -> dict[str, Any]:
        """What was said."""
        body = self.statement["body"]
        assert isinstance(body, dict)
        return body


def b64(text: str) -> bytes:
    """Bytes from base64."""
    return base64.b64decode(text, validate=True)


def sha256(data: bytes) -> str:
    """Hex SHA-256."""
    return hashlib.sha256(data).hexdigest()


def read(folder: Path) -> list[Record]:
    """Every record of the case in `folder`, the lead's ledger first, with steps 1 to 3 of section 11 asserted.

    Of the rules only who signs and which register is named: in its own ledger, each by the owner.
    """
    with closing(sqlite3.connect(folder / "ledger.db")) as connection:
        rows = connection.execute(
            "SELECT ledger, position, item, envelope, nodes FROM entries ORDER BY ledger, position"
        ).fetchall()
    with closing(sqlite3.connect(folder / "openings.db")) as connection:
        openings = connection.execute("SELECT ledger, position, pointer, salt, value FROM openings").fetchall()
    ledgers = [_read_ledger(list(some), openings) for _, some in groupby(rows, key=itemgetter(0))]
    ledgers.sort(key=lambda records: records[0].body["type"] != "case-opened/v1")
    records = [record for ledger in ledgers for record in ledger]
    assert [record.body["type"] for record in records].count("case-opened/v1") == (1 if records else 0)
    assert len({record.statement["case"] for record in records}) <= 1
    register = {record.id for record in records if record.body["type"] in REGISTER}
    assert {record.statement["people"] for record in records[1:]} <= register
    assert {opening[:2] for opening in openings} <= {row[:2] for row in rows}
    return records


def _read_ledger(rows: list[tuple[Any, ...]], openings: list[tuple[Any, ...]]) -> list[Record]:
    records: list[Record] = []
    owner: dict[str, Any] = {}
    envelopes = [row[3] for row in rows]
    batch: dict[str, Any] = {}
    for index, (ledger, position, item, envelope, nodes) in enumerate(rows):
        outer = json.loads(envelope)
        assert canonical.encode(outer) == envelope
        assert list(outer) == ["payload", "payloadType", "signatures"]
        payload = b64(outer["payload"])
        statement = json.loads(payload)
        body = statement["body"]
        assert canonical.encode(statement) == payload
        if not records:
            owner = body["lead" if body["type"] == "case-opened/v1" else "member"]
            _check_ids(statement, owner)
        spki = b64(owner["key"])
        key = load_der_public_key(spki)
        assert isinstance(key, EllipticCurvePublicKey)
        (signature,) = outer["signatures"]
        assert signature["keyid"] == statement["signer"] == sha256(spki)
        _verify(key, b64(signature["sig"]), outer["payloadType"], payload)
        assert outer["payloadType"] == TYPE
        filed = "people" if body["type"] in {*REGISTER, "ledger-opened/v1"} else statement["item"]
        assert (statement["ledger"], statement["position"], filed) == (ledger, position, item)
        assert position == index
        head = statement["head"]
        if head["size"] == position:
            batch = head
            assert head["root"] == merkle.tree_hash(envelopes[:position]).hex()
        assert head == batch
        assert nodes == b"".join(_nodes(envelopes, index))
        values = {}
        for ledger_there, position_there, pointer, salt, value in openings:
            if (ledger_there, position_there) == (ledger, position):
                content = json.loads(value)
                assert canonical.encode(content) == value
                assert _sealed(statement, pointer) == _seal(statement, pointer, salt, content)
                values[pointer] = content
        records.append(Record(sha256(payload), envelope, statement, values))
    return records


def _check_ids(statement: dict[str, Any], owner: dict[str, Any]) -> None:
    """The first statement of a ledger: its ids follow from key and nonce (section 3)."""
    spki, nonce, case = b64(owner["key"]), statement["body"]["nonce"], statement["case"]
    assert len(spki) == 91
    if statement["body"]["type"] == "case-opened/v1":
        assert case == sha256(f"custody-case/v1\n{sha256(spki)}\n{nonce}".encode())
    assert statement["ledger"] == sha256(f"custody-ledger/v1\n{case}\n{sha256(spki)}\n{nonce}".encode())


def parts_root(seed: bytes, lines: list[bytes]) -> str:
    """The root over the salted lines of a parts list (section 8, Folder)."""
    salts = [hmac.new(seed, str(index).encode(), "sha256").digest()[:16] for index in range(1, len(lines) + 1)]
    return merkle.tree_hash([b"custody-part/v1\n" + salt + line for salt, line in zip(salts, lines, strict=True)]).hex()


def _verify(key: EllipticCurvePublicKey, raw: bytes, kind: str, payload: bytes) -> None:
    order = int("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    assert len(raw) == 64
    assert s <= order // 2
    message = f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload
    key.verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))


def _nodes(envelopes: list[bytes], index: int) -> Iterator[bytes]:
    """The leaf, then every perfect subtree that it completes (section 10)."""
    size = 1
    while (index + 1) % size == 0:
        yield merkle.tree_hash(envelopes[index + 1 - size : index + 1])
        size *= 2


def _sealed(statement: dict[str, Any], pointer: str) -> str:
    inside: Any = statement["body"]
    for name in pointer.split("/")[1:]:
        inside = inside[int(name) if isinstance(inside, list) else name]
    assert list(inside) == ["sealed"]
    return str(inside["sealed"])


def _seal(statement: dict[str, Any], pointer: str, salt: bytes, value: Any) -> str:
    kind = statement["body"]["type"]
    content = ["custody-seal/v1", statement["case"], kind, pointer, base64.b64encode(salt).decode(), value]
    return base64.b64encode(hashlib.sha256(canonical.encode(content)).digest()).decode()
