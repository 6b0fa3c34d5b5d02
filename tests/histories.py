"""Arranges: a case of several people in memory, each with a ledger and real keys.

Whatever a person says is signed and kept, right in every member that is not named; so histories can be forged as well.
Seals are real, and what opens them is kept. Asserts nothing but that a refusal changes nothing.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custody.domain.entry import Entry
from custody.domain.events import (
    Attempted,
    Body,
    CaseOpened,
    Collected,
    Corrected,
    Cosigned,
    Declined,
    Disposed,
    Erased,
    Examined,
    Exported,
    GapExplained,
    LeadTakenOver,
    LedgerOpened,
    LedgerSeen,
    MemberEnrolled,
    MemberReplaced,
    MemberRevoked,
    PolicySet,
    Receipted,
    Received,
    RegisterBody,
    Released,
    ReleasedOnPaper,
    Restored,
    Timestamped,
    Unknown,
    Withdrawn,
    sealed_fields,
)
from custody.domain.events.collection import Derivation
from custody.domain.events.exchange import SeenHead
from custody.domain.events.membership import people_of
from custody.domain.history import fold, fold_register
from custody.domain.ordering import in_order
from custody.domain.parties import case_id, ledger_id
from custody.domain.policy import Policy, demands
from custody.domain.state import State
from custody.domain.statement import Head, Statement, filed_under
from custody.errors import RuleError
from custody.formats.canonical import Json
from custody.formats.dsse import format_envelope
from custody.formats.encoding import format_base64
from custody.formats.merkle import EMPTY_ROOT, Frontier, leaf_hash
from custody.formats.seal import Opening, seal
from custody.ports import CaseFiles, OpeningRow, Row
from tests.builders import (
    ANA,
    CLOCK,
    TIME,
    KeptSigner,
    attempted,
    case_opened,
    collected,
    noted,
    person,
    sealed,
    sign,
)

SALT = bytes(16)
AROUND = frozenset(Statement.__struct_fields__) - {"body"}
STOLEN = "2026-11-20T00:00:00.000000Z"


# --- bodies ------------------------------------------


def released(to: str, **members: Any) -> Released:
    """A body of `released/v1`, to the key id `to`."""
    return Released(
        **{
            "to": to,
            "digest": "ab" * 32,
            "purpose": sealed("purpose"),
            "medium": "sealed envelope, USB stick",
            "place": None,
            "keeps_copy": False,
            **members,
        }
    )


def received(**members: Any) -> Received:
    """A body of `received/v1`."""
    return Received(**{"digest": "ab" * 32, "condition": None, **members})


def declined() -> Declined:
    """A body of `declined/v1`."""
    return Declined(reason=sealed("reason"))


def released_on_paper(**members: Any) -> ReleasedOnPaper:
    """A body of `released-on-paper/v1`."""
    return ReleasedOnPaper(
        **{
            "to": sealed("officer"),
            "digest": "ab" * 32,
            "purpose": sealed("purpose"),
            "medium": "USB stick",
            "place": None,
            "keeps_copy": False,
            **members,
        }
    )


def receipted(release: str, paper: str, record: str) -> Receipted:
    """A body of `receipted/v1`."""
    return Receipted(release=release, paper=paper, record=record)


def examined(**members: Any) -> Examined:
    """A body of `examined/v1`."""
    return Examined(**{"digest": "ab" * 32, "purpose": sealed("purpose"), "tool": "ExifTool 13", **members})


def corrected(statement: str, **members: Any) -> Corrected:
    """A body of `corrected/v1`."""
    members = {"field": "tool", "value": sealed("value"), "reason": sealed("reason"), **members}
    return Corrected(statement=statement, **members)


def withdrawn() -> Withdrawn:
    """A body of `withdrawn/v1`."""
    return Withdrawn(reason=sealed("reason"))


def disposed(**members: Any) -> Disposed:
    """A body of `disposed/v1`."""
    return Disposed(
        **{"method": "shredded", "authority": sealed("court"), "witness": None, "witness_name": None, **members}
    )


def erased(statement: str, field: str = "/name") -> Erased:
    """A body of `erased/v1`."""
    return Erased(statement=statement, field=field, reason=sealed("reason"))


def gap_explained() -> GapExplained:
    """A body of `gap-explained/v1`."""
    return GapExplained(text=sealed("text"))


def ledger_opened(keeper: "Keeper", **members: Any) -> LedgerOpened:
    """A body of `ledger-opened/v1`."""
    members = {"nonce": keeper.nonce, "label": keeper.label, "legal_name": None, **members}
    members.setdefault("member", person(keeper.signer))
    return LedgerOpened(**members)


def enrolled(keeper: "Keeper", **members: Any) -> MemberEnrolled:
    """A body of `member-enrolled/v1`."""
    members = {"ledger": keeper.ledger, "label": keeper.label, "identified": "in-person", "role": None, **members}
    return MemberEnrolled(member=person(keeper.signer), **members)


def exported(statement: str, *fields: str) -> Exported:
    """A body of `exported/v1`."""
    return Exported(statement=statement, fields=fields or ("/legal_name",), to=sealed("to"), reason=sealed("reason"))


def revoked(key: str, **members: Any) -> MemberRevoked:
    """A body of `member-revoked/v1`."""
    return MemberRevoked(**{"key": key, "reason": sealed("reason"), "seen": 0, "compromised_since": None, **members})


def replaced(old: str, keeper: "Keeper", **members: Any) -> MemberReplaced:
    """A body of `member-replaced/v1`: `keeper` goes on for the key id `old`."""
    return MemberReplaced(
        **{
            "old": old,
            "member": person(keeper.signer),
            "ledger": keeper.ledger,
            "label": keeper.label,
            "identified": "video",
            "role": None,
            "reason": "lost",
            "seen": 0,
            "compromised_since": None,
            **members,
        }
    )


def policy_set(*names: str) -> PolicySet:
    """A body of `policy-set/v1`."""
    return PolicySet(policy=demands(names))


def taken_over(**members: Any) -> LeadTakenOver:
    """A body of `lead-taken-over/v1`."""
    return LeadTakenOver(**{"reason": "lost", "seen": 0, "compromised_since": None, **members})


def ledger_seen(*heads: SeenHead) -> LedgerSeen:
    """A body of `ledger-seen/v1`."""
    return LedgerSeen(ledgers=tuple(sorted(heads, key=lambda one: one.ledger)))


WITNESS = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"a witness outside").digest())


def timestamped(**members: Any) -> Timestamped:
    """A body of `timestamped/v1`."""
    members = {
        "scheme": "rfc3161",
        "authority": "Example TSA",
        "size": 1,
        "root": "cd" * 32,
        "token": "ab" * 32,
        "supporting": (),
        **members,
    }
    return Timestamped(**members)


_PROOF = b"\x00OpenTimestamps\x00\x00Proof\x00" + bytes.fromhex("bf89e2e884e89294") + b"\x01\x08"


def pending(stamped: bytes) -> bytes:
    """An OpenTimestamps proof of this digest that a calendar has promised, and nobody has attested yet."""
    address = b"https://calendar.example.org"
    promise = bytes.fromhex("83dfe30d2ef90c8e") + bytes([len(address) + 1, len(address)]) + address
    return _PROOF + stamped + b"\x00" + promise


def attested(text: bytes, height: int = 900_000) -> bytes:
    """An OpenTimestamps proof that the digest of this text is itself the merkle root of a Bitcoin block."""
    number = bytes([height & 0x7F | 0x80, height >> 7 & 0x7F | 0x80, height >> 14])
    attestation = bytes.fromhex("0588960d73d71901") + bytes([len(number)]) + number
    return _PROOF + hashlib.sha256(text).digest() + b"\x00" + attestation


def three_lines(ledger: str, size: int, root: str) -> bytes:
    """The text of a checkpoint, as docs/format.md has it."""
    return f"custody/{ledger}\n{size}\n{format_base64(bytes.fromhex(root))}\n".encode()


def cosigned(ledger: str, *, by: Ed25519PrivateKey = WITNESS, **members: Any) -> Cosigned:
    """A body of `cosigned/v1`, with a signature by this key unless another one is named."""
    members = {"size": 1, "root": "cd" * 32, "cosigner": "witness.example.org/w1", "time": 1_764_000_000, **members}
    message = f"cosignature/v1\ntime {members['time']}\n".encode()
    signature = by.sign(message + three_lines(ledger, members["size"], members["root"]))
    key = by.public_key().public_bytes_raw()
    return Cosigned(**{"key": format_base64(key), "signature": format_base64(signature), **members})


# --- people and their ledgers ------------------------------------------


class Keeper:
    """A person with a key, and their ledger: entries, rows and what opens their seals."""

    def __init__(self, case: str, signer: KeptSigner, label: str, nonce: str | None = None) -> None:
        self.signer = signer
        self.label = label
        self.nonce = nonce or hashlib.sha256(f"{label}, {signer.key_id}".encode()).hexdigest()
        self.ledger = ledger_id(case, signer.key_id, self.nonce)
        self.entries: list[Entry] = []
        self.rows: list[Row] = []
        self.openings: list[OpeningRow] = []
        self._frontier = Frontier()

    @property
    def key_id(self) -> str:
        """The id of the statement key."""
        return self.signer.key_id

    @property
    def size(self) -> int:
        """How many records there are."""
        return len(self.rows)

    @property
    def head(self) -> Head:
        """The ledger as it is now."""
        return Head(size=self.size, root=self._frontier.root().hex() if self.size else EMPTY_ROOT.hex())

    @property
    def seen(self) -> SeenHead:
        """What another person, who takes this ledger in now, says of it."""
        return SeenHead(ledger=self.ledger, size=self.size, root=self.head.root)

    def keep(self, entry: Entry, openings: Iterable[Opening], *, filed: str | None) -> None:
        """Add a row, and what opens its seals."""
        envelope = format_envelope(entry.envelope)
        position = self.size
        nodes = b"".join(self._frontier.append(leaf_hash(envelope)))
        self.entries.append(entry)
        self.rows.append(Row(position, filed, envelope, nodes))
        self.openings += [OpeningRow(position, one.pointer, one.salt, one.encoded) for one in openings]


@dataclass
class Team:
    """A case: its lead, the deputies whom the opening record names, and everybody who came in later.

    What is said is folded into `state` at once, as for somebody to whom every record is sent as it is made.
    """

    deputies: Sequence[str] = ()
    reference: str = "2026-031"
    policy: Policy | None = None
    state: State = field(default_factory=State)
    keepers: list[Keeper] = field(default_factory=list)
    evidence: dict[str, bytes] = field(default_factory=dict)
    values: dict[str, dict[str, Json]] = field(default_factory=dict)
    """What lies under the seals of items, by number and pointer."""
    _signers: dict[str, KeptSigner] = field(default_factory=dict)
    _forging: bool = False
    _acts: int = 0

    def __post_init__(self) -> None:
        nonce = hashlib.sha256(self.reference.encode()).hexdigest()
        self.case = case_id(ANA.key_id, nonce)
        self.lead = self._keeper(ANA, "AR", nonce)
        signers = [KeptSigner(f"deputy {name}", name) for name in self.deputies]
        self.known = {
            name: self._keeper(one, name[:2].upper()) for name, one in zip(self.deputies, signers, strict=True)
        }
        opening = case_opened(
            ANA,
            nonce=nonce,
            reference=self.reference,
            label="AR",
            deputies=tuple(person(one) for one in signers),
            policy=self.policy,
        )
        self.say(self.lead, opening, people=None)

    # --- who is who

    def joins(self, name: str, label: str | None = None, signer: KeptSigner | None = None) -> Keeper:
        """Somebody makes a key and a ledger; nobody has taken them into the case yet."""
        return self.opens(self.newcomer(name, label, signer))

    def newcomer(self, name: str, label: str | None = None, signer: KeptSigner | None = None) -> Keeper:
        """Somebody with a key, and no record yet."""
        return self._keeper(signer or KeptSigner(name, name), label or name[:2].upper())

    def opens(self, keeper: Keeper, **members: Any) -> Keeper:
        """The first record of a ledger."""
        around, inside = _split(members)
        self.say(keeper, ledger_opened(keeper, **inside), **around)
        return keeper

    def deputy(self, name: str) -> Keeper:
        """A deputy opens a ledger of their own."""
        return self.opens(self.known[name])

    def member(self, name: str, label: str | None = None) -> Keeper:
        """Somebody joins, and the lead takes them in."""
        keeper = self.joins(name, label)
        self.enrols(keeper)
        return keeper

    def enrols(self, keeper: Keeper, *, by: Keeper | None = None, **members: Any) -> Entry:
        """The lead (or somebody else) takes a person in."""
        around, inside = _split(members)
        return self.say(by or self.lead, enrolled(keeper, **inside), **around)

    def revokes(self, keeper: Keeper, *, by: Keeper | None = None, **members: Any) -> Entry:
        """A key is taken out, all its records seen unless `seen` says otherwise."""
        around, inside = _split({"seen": keeper.size, **members})
        return self.say(by or self.lead, revoked(keeper.key_id, **inside), **around)

    def replaces(self, old: Keeper, new: Keeper, *, by: Keeper | None = None, **members: Any) -> Entry:
        """A new key goes on for an old one."""
        around, inside = _split({"seen": old.size, **members})
        return self.say(by or self.lead, replaced(old.key_id, new, **inside), **around)

    def discloses(self, by: Keeper, *fields: str, **members: Any) -> Entry:
        """The owner of a ledger opens fields of its first record for somebody outside."""
        return self.say(by, exported(by.entries[0].id, *fields), **members)

    def takes_over(self, deputy: Keeper, **members: Any) -> Entry:
        """A deputy becomes the lead."""
        around, inside = _split({"seen": self.lead.size, **members})
        entry = self.say(deputy, taken_over(**inside), **around)
        if not self._forging:
            self.lead = deputy
        return entry

    # --- items

    def collects(self, by: Keeper, *, text: str | None = None, hidden: bool = False, **members: Any) -> str:
        """The number of the next item. `text` is what the file says; `hidden`, digest and size are sealed."""
        around, inside = _split(members)
        number: str = around.pop("item", f"{by.label}-{self.state.counters.get(by.label, 0) + 1}")
        data = (text or f"what {number} shows").encode()
        digest = hashlib.sha256(data).hexdigest()
        self.evidence[digest] = data
        values: dict[str, Json] = {}
        if hidden:
            values = {"/digest": digest, "/size": len(data)}
            inside = {"digest": sealed(), "size": sealed(), **inside}
        self.values[number] = values = {**values, **around.pop("values", {})}
        body = collected(**{"digest": digest, "size": len(data), **inside})
        self.say(by, body, item=number, values=values, **around)
        return number

    def derives(self, by: Keeper, parent: str, **members: Any) -> str:
        """The number of an item that was made from another."""
        record = self.state.items[parent].first
        derivation = Derivation(item=parent, record=record, transformation="faces made unrecognisable")
        return self.collects(by, **{"derived_from": derivation, **members})

    def releases(self, by: Keeper, item: str, to: Keeper, **members: Any) -> Entry:
        """An offer of one item."""
        return self._digested(by, item, lambda inside: released(to.key_id, **inside), {"act": self._act(), **members})

    def offers(self, by: Keeper, items: Sequence[str], to: Keeper, **members: Any) -> list[Entry]:
        """One offer of several items: one act, in one batch."""
        members = {"act": self._act(), "head": by.head, **members}
        return [self.releases(by, item, to, **members) for item in items]

    def receives(self, by: Keeper, item: str, **members: Any) -> Entry:
        """An offer is accepted."""
        return self._digested(by, item, lambda inside: received(**inside), members)

    def declines(self, by: Keeper, item: str, **members: Any) -> Entry:
        """An offer is declined."""
        return self.acts(by, item, declined(), **members)

    def releases_on_paper(self, by: Keeper, item: str, **members: Any) -> Entry:
        """A hand-over to somebody without a key."""
        return self._digested(by, item, lambda inside: released_on_paper(**inside), {"act": self._act(), **members})

    def links_receipt(self, by: Keeper, item: str, paper: str, **members: Any) -> Entry:
        """A collected paper is the receipt of the item's newest hand-over on paper."""
        release = self.state.items[item].papers[-1].release
        body = receipted(release, paper, self.state.items[paper].first)
        return self.acts(by, item, body, **{"prev": release, **members})

    def examines(self, by: Keeper, item: str, **members: Any) -> Entry:
        """A working copy is given out."""
        return self._digested(by, item, lambda inside: examined(**inside), members)

    def corrects(self, by: Keeper, item: str, **members: Any) -> Entry:
        """A field of the record that collected the item is corrected."""
        around, inside = _split(members)
        return self.acts(by, item, corrected(self.state.items[item].first, **inside), **around)

    def withdraws(self, by: Keeper, item: str, **members: Any) -> Entry:
        """The collector takes a mistake back."""
        return self.acts(by, item, withdrawn(), **members)

    def disposes(self, by: Keeper, item: str, **members: Any) -> Entry:
        """The item is gone, and so are its bytes."""
        around, inside = _split(members)
        entry = self.acts(by, item, disposed(**inside), **around)
        recorded = self.values[item].get("/digest", self.state.items[item].body.digest)
        if not self._forging and isinstance(recorded, str):
            del self.evidence[recorded]
        return entry

    def erases(self, by: Keeper, item: str, pointer: str = "/name", *, forget: bool = True, **members: Any) -> Entry:
        """A field is erased, and (`forget`) what opens it destroyed."""
        first = self.state.items[item].first
        entry = self.acts(by, item, erased(first, pointer), **members)
        if forget:
            for keeper in self.keepers:
                keeper.openings = [
                    row for row in keeper.openings if (keeper.entries[row.position].id, row.pointer) != (first, pointer)
                ]
        return entry

    def notes(self, by: Keeper, item: str | None = None, **members: Any) -> Entry:
        """A remark, on an item or on the case."""
        return self.say(by, noted(), **members) if item is None else self.acts(by, item, noted(), **members)

    def explains_gap(self, by: Keeper, item: str, **members: Any) -> Entry:
        """A gap is explained."""
        return self.acts(by, item, gap_explained(), **members)

    def fails(self, by: Keeper, **members: Any) -> Entry:
        """A file could not be taken in."""
        return self.say(by, attempted(), **members)

    def acts(self, by: Keeper, item: str, body: Body, /, **members: Any) -> Entry:
        """Anything about an item that exists, after its newest act."""
        return self.say(by, body, **{"item": item, "prev": self.state.items[item].tip, **members})

    # --- ledgers

    def sees(self, by: Keeper, *others: Keeper, **members: Any) -> Entry:
        """Somebody takes in other people's ledgers as they are now."""
        return self.say(by, ledger_seen(*(one.seen for one in others)), **members)

    def restores(self, by: Keeper, *, backup_size: int, seen: int, **members: Any) -> Entry:
        """A ledger goes on from a backup."""
        return self.say(by, Restored(backup_size=backup_size, seen=seen), **members)

    def stamps(
        self,
        by: Keeper,
        answer: Callable[[bytes], bytes] | None = None,
        *,
        supporting: Sequence[bytes] = (),
        **members: Any,
    ) -> Entry:
        """Somebody has their ledger stamped as it is: by a calendar, or `answer` is an authority's to the three lines.

        `supporting` is kept beside the answer; `token` names another object in its place.
        """
        around, inside = _split(members)
        scheme = "opentimestamps" if answer is None else "rfc3161"
        inside = {"scheme": scheme, "size": by.head.size, "root": by.head.root, **inside}
        text = three_lines(by.ledger, inside["size"], inside["root"])
        token = pending(hashlib.sha256(text).digest()) if answer is None else answer(text)
        kept = {hashlib.sha256(data).hexdigest(): data for data in (token, *supporting)}
        self.evidence |= kept
        names = {"token": next(iter(kept)), "supporting": tuple(sorted(list(kept)[1:]))}
        return self.say(by, timestamped(**{**names, **inside}), **around)

    def has_cosigned(
        self, by: Keeper, *, key: Ed25519PrivateKey = WITNESS, at: int | None = None, **members: Any
    ) -> Entry:
        """Somebody outside cosigns the ledger of `by` as it is, `at` so many seconds since 1970, with this key."""
        around, inside = _split(members)
        inside = {"size": by.head.size, "root": by.head.root, **({} if at is None else {"time": at}), **inside}
        return self.say(by, cosigned(by.ledger, by=key, **inside), **around)

    @contextmanager
    def forging(self) -> Iterator[None]:
        """What is said inside is signed and kept, and not folded: what comes after is said as if it were not there."""
        self._forging = True
        try:
            yield
        finally:
            self._forging = False

    def say(
        self,
        by: Keeper,
        body: Body,
        *,
        signed_by: KeptSigner | None = None,
        filed: str | None = None,
        values: Mapping[str, Json] | None = None,
        **members: Any,
    ) -> Entry:
        """Sign and keep a statement in the ledger of `by`, and fold it in. Raises RuleError when it may not be said.

        `values` lie under the seals at their pointers, `filed` is another index than the right one.
        """
        body, openings = self._sealed(body, values or {})
        statement = self.statement(by, body, **members)
        entry = sign(statement, signed_by or by.signer)
        by.keep(entry, openings, filed=filed or filed_under(statement))
        if not self._forging:
            fold(self.state, entry.id, entry.statement)
        return entry

    def statement(self, by: Keeper, body: Body, **members: Any) -> Statement:
        """The next statement in the ledger of `by`, right in every member that is not named."""
        members = {
            "case": self.case,
            "ledger": by.ledger,
            "position": by.size,
            "signer": by.key_id,
            "time": TIME,
            "clock": CLOCK,
            "head": by.head,
            "people": self.state.people,
            "act": None,
            "item": None,
            "prev": None,
            **members,
        }
        return Statement(**members, body=body)

    def write(self, files: CaseFiles, keepers: Sequence[Keeper] | None = None) -> None:
        """Write everybody's ledgers, or theirs, into the new case folder `files`, and the bytes of every item."""
        files.ledgers.create()
        self.append(files, self.keepers if keepers is None else keepers)
        for data in self.evidence.values():
            files.evidence.add(data)
        files.evidence.sync()

    def append(self, files: CaseFiles, order: Sequence[Keeper]) -> None:
        """Add the ledgers of these people, in this order, to the databases of `files`."""
        with files.ledgers.writing() as writer:
            for keeper in order:
                if keeper.rows:
                    writer.append(keeper.ledger, keeper.rows, keeper.openings)

    def ledgers(self) -> dict[str, list[Entry]]:
        """The entries of each ledger by its id."""
        return {keeper.ledger: list(keeper.entries) for keeper in self.keepers if keeper.entries}

    def _keeper(self, signer: KeptSigner, label: str, nonce: str | None = None) -> Keeper:
        keeper = Keeper(self.case, signer, label, nonce)
        self._signers[signer.key_id] = signer
        self.keepers.append(keeper)
        return keeper

    def _act(self) -> str:
        self._acts += 1
        return hashlib.sha256(f"act {self._acts}".encode()).hexdigest()[:32]

    def _digested(self, by: Keeper, item: str, make: Any, members: Mapping[str, Any]) -> Entry:
        """An act whose digest is the item's, sealed where that is, unless another is named."""
        around, inside = _split(members)
        recorded = self.state.items[item].body.digest
        body = make({"digest": recorded if isinstance(recorded, str) else sealed(), **inside})
        values = {"/digest": self.values[item].get("/digest"), **around.pop("values", {})}
        return self.acts(by, item, body, values=values, **around)

    def _sealed(self, body: Body, values: Mapping[str, Json]) -> tuple[Body, list[Opening]]:
        """The body with seals that open, and what opens them."""
        if isinstance(body, Unknown):
            return body, []
        openings = [
            Opening.of(pointer, SALT, values.get(pointer, self._value(body, pointer)))
            for pointer in sealed_fields(body)
        ]
        content = msgspec.to_builtins(body)
        for one in openings:
            *way, last = one.pointer.split("/")[1:]
            inside = content
            for name in way:
                inside = inside[int(name) if isinstance(inside, Sequence) else name]
            inside[last] = {"sealed": seal(self.case, body.kind, one).sealed}
        return msgspec.convert(content, type(body)), openings

    def _value(self, body: Body, pointer: str) -> Json:
        """What lies under a seal for which nothing was named."""
        who = people_of(body).get(pointer.rpartition("/")[0])
        if who is not None:
            key = self._signers[who.key_id].public
            return {
                "certificate": format_base64(key.certificate),
                "name": key.name,
                "organisation": key.organisation,
            }[pointer.rpartition("/")[2]]
        if isinstance(body, Attempted | Collected) and pointer in ("/name", "/path"):
            return {"text": "IMG_0042.jpg"}
        return f"what {pointer[1:]} says"


def _split(members: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The members around a body (and what `say` takes besides), and those inside it."""
    outside = AROUND | {"signed_by", "filed", "values"}
    return (
        {name: value for name, value in members.items() if name in outside},
        {name: value for name, value in members.items() if name not in outside},
    )


# --- replaying ------------------------------------------


def replay(ledgers: Mapping[str, Sequence[Entry]]) -> tuple[State, dict[str, str]]:
    """The state after these ledgers, in the mapping's order, and what was refused: the words by statement id."""
    state, refused = State(), {}
    steps = [(one.id, one.statement) for entries in ledgers.values() for one in entries]
    fold_register(state, [step for step in steps if isinstance(step[1].body, CaseOpened | LedgerOpened | RegisterBody)])
    streams = {name: iter([(one.id, one.statement) for one in entries]) for name, entries in ledgers.items()}
    for identity, statement in in_order(streams, [bytes.fromhex(identity) for identity, _ in steps]):
        try:
            fold(state, identity, statement)
        except RuleError as error:
            refused[identity] = error.message
    return state, refused


def told(state: State) -> State:
    """The state without what was judged beforehand: as it is when every record is folded as it is made."""
    members = {name: getattr(state, name) for name in State.__slots__}
    return State(**{**members, "judged": {}})


def refusal(team: Team, say: Callable[[], object]) -> str:
    """The words with which a rule refuses what `say` says. Fails where none does, or one changes the state."""
    before = deepcopy(team.state)
    try:
        say()
    except RuleError as error:
        if team.state != before:
            raise AssertionError("it was refused, and changed the state") from error
        return error.message
    raise AssertionError("it was accepted")
