"""Writes case folders of any content, right or wrong, from docs/format.md alone. Asserts nothing.

What a signer does wrong cannot be made by damaging a case: it takes a key. This one is made up and known to all.
"""

import base64
import hashlib
import hmac
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.serialization import Encoding

from tests.interop import stranger_verify as page

LEAD = ec.derive_private_key(0x1EAD, ec.SECP256R1())
OTHER = ec.derive_private_key(0x07E2, ec.SECP256R1())
LEAD_ID = page.key_id(LEAD.public_key())
WITNESS = ed25519.Ed25519PrivateKey.from_private_bytes(b"w" * 32)
NONCE = "11" * 32
TIME = "2026-11-24T03:02:01.123456Z"

TRIGGERS = (
    """CREATE TRIGGER entries_next BEFORE INSERT ON entries
    WHEN NEW.position IS NOT (SELECT coalesce(max(position) + 1, 0) FROM entries WHERE ledger = NEW.ledger)
    BEGIN SELECT raise(ABORT, 'an entry is added at the end of its ledger'); END""",
    """CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries
    BEGIN SELECT raise(ABORT, 'entries are never changed'); END""",
    """CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries
    BEGIN SELECT raise(ABORT, 'entries are never deleted'); END""",
)

Body = dict[str, object]


@dataclass(frozen=True)
class Sealed:
    """A value that is to be sealed; `bytes` are taken as the canonical JSON that they claim to be."""

    value: object

    @property
    def raw(self) -> bytes:
        return self.value if isinstance(self.value, bytes) else page.write_json(self.value).encode()


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def sha(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


@cache
def certificate(key: ec.EllipticCurvePrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Jo Doe")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 5, datetime(2026, 1, 1), datetime(2036, 1, 1))
    return b64(made.sign(key, hashes.SHA256()).public_bytes(Encoding.DER))


def person(key: ec.EllipticCurvePrivateKey = LEAD, **other: object) -> Body:
    told: Body = {
        "certificate": Sealed(certificate(key)),
        "checkpoint_key": b64(b"\1" * 32),
        "cosignature_key": b64(b"\2" * 32),
        "key": b64(page.spki_of(key.public_key())),
        "name": Sealed("Jo Doe"),
        "organisation": Sealed("Harbour Watch"),
    }
    return told | other


def case_opened(**other: object) -> Body:
    told: Body = {"type": "case-opened/v1", "nonce": NONCE, "reference": "GEN-1", "title": Sealed("A title")}
    return told | {"label": "JD", "legal_name": None, "lead": person(), "deputies": [], "policy": None} | other


HANDLING: Body = {"basis": None, "review": None, "sensitivity": "normal"}


def collected(digest: object, size: object, **other: object) -> Body:
    nothing = (
        "captured_at derived_from description extra_digests file_times found_at name origin parts path persona place"
    )
    told: Body = dict.fromkeys(nothing.split())
    told |= {"type": "collected/v1", "form": "file", "kept": True, "digest": digest, "size": size, "tool": "T"}
    told |= {"media_type": "text/plain", "media_type_from": "content", "method": "download", "hashed_at": TIME}
    return told | {"time_zone": Sealed("UTC"), "machine": Sealed("m"), "handling": HANDLING} | other


def pending(stamped: bytes) -> bytes:
    """What a calendar of OpenTimestamps gives at once."""
    magic, address = b"\0OpenTimestamps\0\0Proof\0\xbf\x89\xe2\xe8\x84\xe8\x92\x94", b"https://a.example.org"
    promise = b"\x83\xdf\xe3\x0d\x2e\xf9\x0c\x8e" + bytes([len(address) + 1, len(address)]) + address
    return magic + b"\x01\x08" + stamped + b"\0" + promise


def noted() -> Body:
    return {"type": "noted/v1", "text": Sealed("seen")}


@dataclass(frozen=True)
class Keeper:
    """Somebody with a key, and where they write."""

    key: ec.EllipticCurvePrivateKey
    label: str
    ledger: str

    @property
    def id(self) -> str:
        return page.key_id(self.key.public_key())


class CaseWriter:
    """The ledgers of a case, their openings and objects, until `write` puts them into a folder.

    Everything is right but what is told otherwise; `people` and `tips` are what new statements follow.
    """

    def __init__(self) -> None:
        self.case = page.chained_id("custody-case/v1", LEAD_ID, NONCE)
        self.ledger = page.chained_id("custody-ledger/v1", self.case, LEAD_ID, NONCE)
        self.lead = Keeper(LEAD, "JD", self.ledger)
        self.first: str | None = None
        self.people: str | None = None
        self.begun: dict[str, str] = {}  # what collected each item
        self.tips: dict[str, str] = {}
        self._trees: dict[str, page.Tree] = {}
        self._places: dict[str, tuple[str, int]] = {}
        self._objects: list[bytes] = []
        self._entries: list[tuple[object, ...]] = []
        self._openings: list[tuple[object, ...]] = []

    def keep(self, data: bytes) -> str:
        self._objects.append(data)
        return sha(data)

    def say(
        self,
        body: Body,
        *,
        by: Keeper | None = None,
        key: ec.EllipticCurvePrivateKey | None = None,
        edit: Callable[[bytes], bytes] = lambda payload: payload,
        **other: object,
    ) -> str:
        """Signs a statement at the end of somebody's ledger, with other members where told; `edit` changes it."""
        by = by or self.lead
        key, where = key or by.key, by.ledger
        tree = self._trees.setdefault(where, page.Tree())
        place, kind = tree.size, str(body["type"])
        said: Body = {"act": None, "case": self.case, "item": None, "ledger": where, "people": self.people}
        said |= {"clock": {"offset_ms": None, "source": "a clock", "synchronised": None}, "position": place}
        said |= {"head": {"root": tree.root(place).hex(), "size": place}, "prev": None, "time": TIME}
        said |= {"signer": page.key_id(key.public_key())} | other
        said["body"] = self._seal(body, str(said["case"]), kind, "", where, place)
        payload = edit(page.write_json(said).encode())
        signed = key.sign(page.pre_authentication(page.STATEMENT_TYPE, payload), ec.ECDSA(hashes.SHA256()))
        r, s = utils.decode_dss_signature(signed)
        signature = r.to_bytes(32, "big") + min(s, page.P256_ORDER - s).to_bytes(32, "big")
        signatures = [{"keyid": said["signer"], "sig": b64(signature)}]
        envelope = {"payload": b64(payload), "payloadType": page.STATEMENT_TYPE, "signatures": signatures}
        raw = page.write_json(envelope).encode()
        filed = "people" if kind in page.OF_REGISTER | page.OWNER.keys() else said["item"]
        self._entries.append((where, place, filed, raw, tree.append(page.sha256(b"\0", raw))))
        self._places[sha(payload)] = (where, place)
        self.first = self.first or sha(payload)
        if kind in page.OF_REGISTER | {page.CASE_OPENED}:
            self.people = sha(payload)
        return sha(payload)

    def collect(self, data: bytes, item: str, *, body: Mapping[str, object] | None = None, **other: object) -> str:
        whole = collected(self.keep(data), len(data)) | dict(body or {})
        self.tips[item] = self.begun[item] = self.say(whole, item=item, **other)  # type: ignore[arg-type]
        return self.tips[item]

    def join(self, key: ec.EllipticCurvePrivateKey, label: str, *, by: Keeper | None = None, **body: object) -> Keeper:
        """Opens a ledger."""
        owner = page.key_id(key.public_key())
        nonce = str(body.get("nonce", NONCE))
        there = Keeper(key, label, page.chained_id("custody-ledger/v1", self.case, owner, nonce))
        told: Body = {
            "type": page.LEDGER_OPENED,
            "nonce": nonce,
            "label": label,
            "legal_name": None,
            "member": person(key),
        }
        self.say(told | body, by=by or there)
        return there

    def enrol(
        self, one: Keeper, *, by: Keeper | None = None, around: Mapping[str, object] | None = None, **body: object
    ) -> str:
        told: Body = {"type": page.MEMBER_ENROLLED, "member": person(one.key), "ledger": one.ledger}
        told |= {"label": one.label, "identified": "in-person", "role": None} | body
        return self.say(told, by=by, **dict(around or {}))  # type: ignore[arg-type]

    def act(self, by: Keeper, item: str, kind: str, around: Mapping[str, object] | None = None, **body: object) -> str:
        """An act on an item, after the newest; or a remark on the newest."""
        told: Body = {"item": item, "prev": self.tips.get(item)} | dict(around or {})
        said = self.say({"type": kind} | body, by=by, **told)  # type: ignore[arg-type]
        if kind not in (page.NOTED, page.GAP_EXPLAINED, page.CORRECTED, page.RECEIPTED, page.ERASED):
            self.tips[item] = said
        return said

    def head_of(self, one: Keeper, size: int | None = None) -> Body:
        """What somebody may tell of another's ledger."""
        tree = self._trees[one.ledger]
        return {"ledger": one.ledger, "root": tree.root(size or tree.size).hex(), "size": size or tree.size}

    def checkpoint(self, one: Keeper, size: int | None = None) -> bytes:
        """The three lines of a ledger as it is, or was."""
        tree = self._trees[one.ledger]
        size = tree.size if size is None else size
        return f"custody/{one.ledger}\n{size}\n{b64(tree.root(size))}\n".encode()

    def stamp(
        self, by: Keeper, around: Mapping[str, object] | None = None, of: int | None = None, **body: object
    ) -> str:
        """A calendar has promised to stamp the ledger as it is, or its first `of` records."""
        token = self.keep(pending(page.sha256(self.checkpoint(by, of))))
        told: Body = {"type": page.TIMESTAMPED, "scheme": "opentimestamps", "authority": "A calendar", "token": token}
        told |= {"supporting": []} | self.head_of(by, of) | body
        del told["ledger"]
        return self.say(told, by=by, **dict(around or {}))  # type: ignore[arg-type]

    def cosign(
        self, by: Keeper, around: Mapping[str, object] | None = None, signed: bytes | None = None, **body: object
    ) -> str:
        """Somebody outside has cosigned the ledger, or what is told."""
        message = b"cosignature/v1\ntime 1764000000\n" + self.checkpoint(by) if signed is None else signed
        told: Body = {"type": page.COSIGNED, "cosigner": "witness.example.org/w1", "time": 1_764_000_000}
        told |= {"key": b64(WITNESS.public_key().public_bytes_raw()), "signature": b64(WITNESS.sign(message))}
        told |= self.head_of(by) | body
        del told["ledger"]
        return self.say(told, by=by, **dict(around or {}))  # type: ignore[arg-type]

    def lose(self, data: bytes) -> int:
        """An object that will not be there, and how often it would have been."""
        before = len(self._objects)
        self._objects = [one for one in self._objects if one != data]
        return before - len(self._objects)

    def forget(self, item: str, pointer: str) -> None:
        """What opens a field of the record that collected an item will not be there."""
        place = self._places[self.begun[item]]
        self._openings = [one for one in self._openings if one[:3] != (*place, pointer)]

    def folder(
        self,
        parts: Sequence[tuple[bytes, bytes]],
        *,
        edit_list: Callable[[list[bytes]], list[bytes]] = lambda lines: lines,
        edit_facts: Callable[[list[bytes]], list[bytes]] = lambda lines: lines,
        body: Mapping[str, object] | None = None,
        **other: object,
    ) -> str:
        """Takes a folder in as JD-1; its two lists may be changed, and its `parts` given other members."""
        lines, told, seed, tree = [], [], b"s" * 32, page.Tree()
        for index, (path, data) in enumerate(parts, start=1):
            escaped = path.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r")
            lines.append(b"\\" * (escaped != path) + self.keep(data).encode() + b"  " + escaped + b"\n")
            fact: Body = dict.fromkeys(("changed", "created", "modified", "origin"))
            fact |= {"index": index, "size": len(data), "media_type": "text/plain", "media_type_from": "name"}
            told.append(page.write_json(fact | {"extra_digests": {}}).encode() + b"\n")
        for index, line in enumerate(lines := edit_list(lines), start=1):
            salt = hmac.digest(seed, b"%d" % index, "sha256")[:16]
            tree.append(page.sha256(b"\0custody-part/v1\n", salt, line))
        described: Body = {"count": len(parts), "root": tree.root(tree.size).hex(), "left_out": 0}
        described |= {"facts": self.keep(b"".join(edit_facts(told))), "seed": Sealed(b64(seed))} | other
        size = sum(len(data) for _, data in parts)
        whole = collected(self.keep(b"".join(lines)), size, form="folder", parts=described) | dict(body or {})
        return self.say(whole, item="JD-1")

    def _seal(self, value: object, case: str, kind: str, at: str, where: str, place: int) -> object:
        if isinstance(value, Sealed):
            salt = hashlib.sha256(f"{place}{at}".encode()).digest()[:16]
            self._openings.append((where, place, at, salt, value.raw))
            return {"sealed": b64(page.seal(case, kind, at, salt, value.raw))}
        if isinstance(value, dict):
            return {name: self._seal(inner, case, kind, f"{at}/{name}", where, place) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._seal(inner, case, kind, f"{at}/{index}", where, place) for index, inner in enumerate(value)]
        return value

    def write(self, folder: Path) -> None:
        folder.mkdir()
        addresses = 'ledger = "ledger.db"\nopenings = "openings.db"\nevidence = "evidence"\n'
        (folder / "case.toml").write_text(f"format = 1\n{addresses}")
        (folder / "evidence").mkdir()
        for data in self._objects:
            place = folder / "evidence" / sha(data)[:2] / sha(data)
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(data)
        index = "CREATE INDEX ix_entries_item ON entries (item)"
        _database(folder / "ledger.db", "entries", page.ENTRIES, self._entries, (index, *TRIGGERS))
        _database(folder / "openings.db", "openings", page.OPENINGS, self._openings, ())


def _database(path: Path, table: str, schema: str, rows: list[tuple[object, ...]], after: tuple[str, ...]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute(schema)
        database.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?)", rows)
        for statement in after:
            database.execute(statement)
