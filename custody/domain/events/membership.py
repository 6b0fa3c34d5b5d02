"""Who belongs to a case: the register of its people. One chain, written by one case lead at a time."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from custody.domain import opened
from custody.domain.events.base import Body, Place
from custody.domain.fields import Base64, Hash, Label, Line
from custody.domain.opened import Check
from custody.domain.parties import Member, case_id, key_id, ledger_id
from custody.errors import FormatError, RuleError
from custody.formats.canonical import Json
from custody.formats.encoding import parse_base64
from custody.formats.publickey import certified_key, check_ed25519
from custody.formats.seal import Sealed
from custody.formats.signature import load_p256

if TYPE_CHECKING:
    from custody.domain.state import State

MAX_DEPUTIES = 8  # each costs some 600 of the 48,954 bytes of a statement


class Person(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person's public keys, and their certificate and name under seal: the register is always disclosed whole.

    `key` is the P-256 SubjectPublicKeyInfo, the other two are Ed25519 public keys; `certificate` seals the base64 of
    the DER certificate.
    """

    key: Base64
    checkpoint_key: Base64
    cosignature_key: Base64
    certificate: Sealed
    name: Sealed
    organisation: Sealed

    def __post_init__(self) -> None:
        load_p256(self.spki)
        check_ed25519(parse_base64(self.checkpoint_key), parse_base64(self.cosignature_key))

    @property
    def spki(self) -> bytes:
        """The P-256 SubjectPublicKeyInfo in DER."""
        return parse_base64(self.key)

    @property
    def key_id(self) -> str:
        """The id of the person's P-256 key."""
        return key_id(self.spki)


class CaseOpened(Body, frozen=True, kw_only=True, tag="case-opened/v1"):
    """Entry 0 of the case lead's ledger. The nonce, with the lead's key, makes the case id and the ledger id."""

    nonce: Hash
    reference: Line
    title: Sealed
    label: Label
    lead: Person
    deputies: tuple[Person, ...]

    def __post_init__(self) -> None:
        keys = [person.key_id for person in (self.lead, *self.deputies)]
        if len(set(keys)) != len(keys):
            raise FormatError("a person is named twice")
        if len(self.deputies) > MAX_DEPUTIES:
            raise FormatError(f"more than {MAX_DEPUTIES} deputies")

    @classmethod
    def opened_kinds(cls) -> Mapping[str, Check]:
        """For `check_opened`; what the certificate holds is looked at there."""
        people = ("/lead", *(f"/deputies/{index}" for index in range(MAX_DEPUTIES)))
        kinds: dict[str, Check] = {"/title": opened.text}
        for person in people:
            kinds |= {
                f"{person}/certificate": opened.base64_text,
                f"{person}/name": opened.text,
                f"{person}/organisation": opened.text,
            }
        return kinds

    def check_opened(self, pointer: str, value: Json) -> None:
        """The kinds of values, and that a certificate is for the key that stands beside it."""
        super().check_opened(pointer, value)
        people = {"/lead": self.lead} | {f"/deputies/{index}": one for index, one in enumerate(self.deputies)}
        person, _, member = pointer.rpartition("/")
        if member == "certificate" and certified_key(parse_base64(value)) != people[person].spki:
            raise FormatError("the certificate is for another key than the one that stands beside it")

    def check(self, place: Place, state: "State") -> None:
        """Only first, only by the lead, and only under the ids that follow from the lead's key and the nonce."""
        if state.case is not None:
            raise RuleError("a case is opened once")
        if place.position != 0:
            raise RuleError("a case is opened by the first record of its ledger")
        if self.lead.key_id != place.signer:
            raise RuleError("a case is opened by its lead's own key")
        if place.case != case_id(place.signer, self.nonce):
            raise RuleError("the case id does not follow from the lead's key and the nonce")
        if place.ledger != ledger_id(place.case, place.signer, self.nonce):
            raise RuleError("the ledger id does not follow from the case, the lead's key and the nonce")
        if (place.item, place.prev, place.people) != (None, None, None):
            raise RuleError("the record that opens a case refers to nothing before it")

    def apply(self, place: Place, state: "State") -> None:
        """The lead becomes the first member."""
        state.case = place.case
        state.lead = place.signer
        state.people = place.id
        state.register.append(place.id)
        state.owners[place.ledger] = place.signer
        state.members[place.signer] = Member(
            key_id=place.signer,
            key=self.lead.spki,
            checkpoint_key=parse_base64(self.lead.checkpoint_key),
            label=self.label,
            enrolled_by=place.id,
        )

    def sentence(self) -> str:
        """For the log."""
        return f"opened case {self.reference}"
