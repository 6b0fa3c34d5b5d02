"""Arranges: signers with real keys, signed entries and cases in memory, and case folders on disk. Asserts nothing.

No key here lies in a file, so no passphrase has to be stretched: a signer is ready in a millisecond.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custody import bootstrap
from custody.adapters.keys.certificate import make_certificate
from custody.domain.entry import Entry, read_entry
from custody.domain.events import Attempted, Body, CaseOpened, Collected, Noted, Reported
from custody.domain.events.collection import Handling, Parts
from custody.domain.events.people import Person
from custody.domain.heads import ClaimedHead
from custody.domain.history import fold
from custody.domain.parties import case_id, ledger_id
from custody.domain.state import State
from custody.domain.statement import PAYLOAD_TYPE, ClockState, Head, Statement, filed_under, format_statement
from custody.domain.trust import Trust
from custody.domain.verdict import Finding, Judgement
from custody.formats import canonical
from custody.formats.canonical import Json
from custody.formats.dsse import Envelope, format_envelope, pae
from custody.formats.encoding import format_base64
from custody.formats.merkle import EMPTY_ROOT, Frontier, leaf_hash
from custody.formats.publickey import ED25519_SIGNATURE_SIZE, KeySignatures, PublicKey, signed_bytes
from custody.formats.seal import Opening, Sealed, seal
from custody.formats.signature import P256_ORDER, RAW_SIZE, sign_p256, spki_bytes
from custody.ports import CaseFiles, OpeningRow, Row, Signer, World
from custody.services.auditing import Audit, audit
from custody.services.recording import Recorder, open_case

NOW = datetime(2026, 11, 24, 3, 2, 1, 123456, tzinfo=UTC)
TIME = "2026-11-24T03:02:01.123456Z"
NONCE = "5a" * 32
CLOCK = ClockState(synchronised=True, source="adjtimex", offset_ms=0)
NAMES = ("Ana Ruiz", "Rights Watchers")


def _ed25519(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())


class KeptSigner:
    """A signer (ports.Signer) whose three private keys are derived from `seed`: the same ones in every run."""

    def __init__(self, seed: str, name: str = NAMES[0], organisation: str = NAMES[1]) -> None:
        scalar = int.from_bytes(hashlib.sha512(f"{seed}, statements".encode()).digest()) % (P256_ORDER - 1) + 1
        self.key: EllipticCurvePrivateKey = derive_private_key(scalar, SECP256R1())
        self.checkpoint_key = _ed25519(f"{seed}, checkpoints")
        self.cosignature_key = _ed25519(f"{seed}, cosignatures")
        unsigned = PublicKey(
            certificate=make_certificate(self.key, name=name, organisation=organisation, email=None, now=NOW),
            key=spki_bytes(self.key.public_key()),
            checkpoint_key=self.checkpoint_key.public_key().public_bytes_raw(),
            cosignature_key=self.cosignature_key.public_key().public_bytes_raw(),
            name=name,
            organisation=organisation,
            email=None,
            signatures=KeySignatures(bytes(RAW_SIZE), bytes(ED25519_SIGNATURE_SIZE), bytes(ED25519_SIGNATURE_SIZE)),
        )
        message = signed_bytes(unsigned)
        self._public = replace(
            unsigned,
            signatures=KeySignatures(
                key=sign_p256(self.key, message),
                checkpoint_key=self.checkpoint_key.sign(message),
                cosignature_key=self.cosignature_key.sign(message),
            ),
        )

    @property
    def public(self) -> PublicKey:
        return self._public

    @property
    def key_id(self) -> str:
        """The id of the statement key."""
        return self._public.key_id

    def sign(self, message: bytes) -> bytes:
        return sign_p256(self.key, message)

    def sign_checkpoint(self, message: bytes) -> bytes:
        return self.checkpoint_key.sign(message)

    def sign_cosignature(self, message: bytes) -> bytes:
        return self.cosignature_key.sign(message)


ANA = KeptSigner("Ana")
MALLORY = KeptSigner("Mallory", "Mallory", "Nobody")


def sealed(text: str = "x") -> Sealed:
    """A seal that nothing here opens."""
    return Sealed(format_base64(hashlib.sha256(text.encode()).digest()))


def person(signer: Signer) -> Person:
    """The person who has this key; the seals open with nothing."""
    key = signer.public
    return Person(
        key=format_base64(key.key),
        checkpoint_key=format_base64(key.checkpoint_key),
        cosignature_key=format_base64(key.cosignature_key),
        certificate=sealed("certificate"),
        name=sealed("name"),
        organisation=sealed("organisation"),
    )


def case_opened(signer: Signer = ANA, **members: Any) -> CaseOpened:
    """A body of `case-opened/v1`."""
    members = {
        "nonce": NONCE,
        "reference": "2026-031",
        "title": sealed("title"),
        "label": "JD",
        "legal_name": None,
        "lead": person(signer),
        "deputies": (),
        "policy": None,
        **members,
    }
    return CaseOpened(**members)


def collected(**members: Any) -> Collected:
    """A body of `collected/v1`: a kept file."""
    members = {
        "form": "file",
        "kept": True,
        "digest": "ab" * 32,
        "size": 1234,
        "extra_digests": None,
        "parts": None,
        "media_type": "image/jpeg",
        "media_type_from": "content",
        "derived_from": None,
        "file_times": None,
        "name": sealed("name"),
        "path": sealed("path"),
        "origin": None,
        "method": "download",
        "tool": "Firefox 128",
        "captured_at": None,
        "hashed_at": TIME,
        "found_at": None,
        "persona": None,
        "place": None,
        "time_zone": sealed("zone"),
        "machine": sealed("machine"),
        "description": None,
        "handling": handling(),
        **members,
    }
    return Collected(**members)


def handling(**members: Any) -> Handling:
    """How an item is to be treated, if nothing special is said."""
    members = {"basis": None, "review": None, "sensitivity": "normal", **members}
    return Handling(**members)


def parts(**members: Any) -> Parts:
    """What a folder's record says of its parts."""
    members = {"count": 2, "root": "cd" * 32, "seed": sealed("seed"), "facts": "ef" * 32, "left_out": 0, **members}
    return Parts(**members)


def attempted(**members: Any) -> Attempted:
    """A body of `attempted/v1`."""
    members = {
        "outcome": "not-allowed",
        "name": sealed("name"),
        "path": sealed("path"),
        "method": "download",
        "tool": "Firefox 128",
        **members,
    }
    return Attempted(**members)


def noted() -> Noted:
    """A body of `noted/v1`."""
    return Noted(text=sealed("text"))


def reported(**members: Any) -> Reported:
    """A body of `reported/v1`."""
    members = {
        "number": 1,
        "version": 1,
        "supersedes": None,
        "document": "integrity",
        "unsigned_digest": "12" * 32,
        "unsigned_size": 3000,
        "digest": "ab" * 32,
        "size": 4000,
        "items": 1,
        "whole": True,
        "checkpoint_size": 1,
        "checkpoint_root": "cd" * 32,
        **members,
    }
    return Reported(**members)


@dataclass
class MadeCase:
    """A case in memory: its entries, as rows too, each a batch of its own unless a head is given."""

    signer: KeptSigner = ANA
    nonce: str = NONCE
    label: str = "JD"
    entries: list[Entry] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    openings: list[OpeningRow] = field(default_factory=list)
    state: State = field(default_factory=State)

    def __post_init__(self) -> None:
        self.case = case_id(self.signer.key_id, self.nonce)
        self.ledger = ledger_id(self.case, self.signer.key_id, self.nonce)
        self._frontier = Frontier()

    def open(self, **members: Any) -> Entry:
        """Add the entry that opens the case."""
        return self.add(case_opened(self.signer, nonce=self.nonce, label=self.label, **members), people=None)

    def statement(self, body: Body, **members: Any) -> Statement:
        """The next statement that says `body`, right in every member that is not named."""
        size = len(self.rows)
        members = {
            "case": self.case,
            "ledger": self.ledger,
            "position": size,
            "signer": self.signer.key_id,
            "time": TIME,
            "clock": CLOCK,
            "head": Head(size=size, root=self._frontier.root().hex() if size else EMPTY_ROOT.hex()),
            "people": self.state.people,
            "act": None,
            "item": None,
            "prev": None,
            "body": body,
            **members,
        }
        return Statement(**members)

    def add(self, body: Body, *, signed_by: KeptSigner | None = None, **members: Any) -> Entry:
        """Sign the next statement and keep it, whether or not it may be said."""
        statement = self.statement(body, **members)
        entry = sign(statement, signed_by or self.signer)
        envelope = format_envelope(entry.envelope)
        nodes = b"".join(self._frontier.append(leaf_hash(envelope)))
        self.entries.append(entry)
        self.rows.append(Row(len(self.rows), filed_under(statement), envelope, nodes))
        return entry

    def say(self, body: Body, **members: Any) -> Entry:
        """Add a statement and fold it in. Raises RuleError when it may not be said."""
        entry = self.add(body, **members)
        fold(self.state, entry.id, entry.statement)
        return entry

    def begin(self) -> "MadeCase":
        """Open the case and fold that in; the case itself, for chaining."""
        entry = self.open()
        fold(self.state, entry.id, entry.statement)
        return self

    def collect(self, **members: Any) -> Entry:
        """Collect the next item."""
        number = f"{self.label}-{self.state.counters.get(self.label, 0) + 1}"
        return self.say(collected(**members), item=number)

    def keep(self, entry: Entry, pointer: str, value: Json, salt: bytes = bytes(16)) -> None:
        """Keep an opening for the entry."""
        self.openings.append(OpeningRow(entry.statement.position, pointer, salt, canonical.encode(value)))

    def seal(self, pointer: str, value: Json, kind: str = "collected/v1", salt: bytes = bytes(16)) -> Sealed:
        """A seal of this case that `keep` with the same values opens."""
        return seal(self.case, kind, Opening.of(pointer, salt, value))

    def write(self, files: CaseFiles) -> "MadeCase":
        """Write every row and opening into the new, empty database of `files`."""
        files.ledgers.create()
        with files.ledgers.writing() as writer:
            writer.append(self.ledger, self.rows, self.openings)
        return self


def sign(statement: Statement, signer: Signer) -> Entry:
    """The entry with this statement, signed by `signer` whatever the statement says."""
    payload = format_statement(statement)
    envelope = format_envelope(
        Envelope(
            payload_type=PAYLOAD_TYPE,
            unverified_payload=payload,
            key_id=statement.signer,
            signature=signer.sign(pae(PAYLOAD_TYPE, payload)),
        )
    )
    return read_entry(envelope)


def changed(statement: Statement, **members: Any) -> Statement:
    """The statement with other members."""
    return msgspec.structs.replace(statement, **members)


def new_folder(folder: Path) -> CaseFiles:
    """An empty case folder, without a database in it yet."""
    with bootstrap.make_case(folder):
        pass
    return bootstrap.case_files(bootstrap.read_case(folder))


def new_case(folder: Path, world: World, signer: Signer = ANA) -> Recorder:
    """A case opened in a new folder through the services, ready to record in."""
    files = new_folder(folder)
    open_case(files, world, signer, reference="2026-031", title="Market square", label="JD")
    return Recorder(files, world, signer)


class Quiet:
    """Progress that nobody watches (auditing.AuditProgress)."""

    def records(self, count: int) -> None:
        pass

    def read(self, size: int) -> None:
        pass


def examine(
    files: CaseFiles,
    world: World,
    *,
    trust: Trust | None = None,
    quick: bool = False,
    claims: Sequence[ClaimedHead] = (),
) -> Audit:
    """The audit of a case, for a reader whose own key is Ana's."""
    own = Trust(own=frozenset({ANA.key_id})) if trust is None else trust
    names = {ANA.key_id: ANA.public.name}
    return audit(files, world, own, quick=quick, own_names=names, progress=Quiet(), claims=claims)


def findings(judgement: Judgement) -> list[Finding]:
    """All findings, question by question."""
    return [finding for _, answer in judgement.questions.each() for finding in answer.findings]


def verdicts(judgement: Judgement) -> Mapping[str, str]:
    """What people read, by question."""
    return {question.value: answer.verdict.word for question, answer in judgement.questions.each()}
