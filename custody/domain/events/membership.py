"""Who belongs to a case: the register of its people. One chain, written by one case lead at a time."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import msgspec

from custody.domain import opened
from custody.domain.events.base import Body, Place
from custody.domain.events.people import Person, check_certificate, opened_kinds_of
from custody.domain.fields import Count, Hash, KeyId, Label, Line, Time
from custody.domain.opened import Check
from custody.domain.parties import Member, Revocation, case_id, ledger_id
from custody.domain.policy import ROLE, Policy, check_given
from custody.errors import FormatError, RuleError
from custody.formats.canonical import Json
from custody.formats.encoding import check_time, parse_base64
from custody.formats.seal import Sealed

if TYPE_CHECKING:
    from custody.domain.state import State

LEGAL_NAME = "/legal_name"
"""Where the record that opens a ledger seals the name behind a pseudonym. What opens it leaves its owner's folder only
in a disclosure and in backups: no other file carries it, and nobody misses it."""
MAX_DEPUTIES = 8  # each costs some 600 of the 48,954 bytes of a statement
Identified = Literal["in-person", "video", "telephone", "not-checked"]
Loss = Literal["lost", "stolen"]


class _NamesPeople(Body, frozen=True, kw_only=True):
    """A statement that may name persons: a certificate is for the key that stands beside it."""

    @classmethod
    def opened_kinds(cls) -> Mapping[str, Check]:
        """For `check_opened`."""
        return opened_kinds_of(("/member",) if "member" in cls.__struct_fields__ else ())

    def check_opened(self, pointer: str, value: Json) -> None:
        """The kinds of values, and that a certificate is for the key that stands beside it."""
        super().check_opened(pointer, value)
        check_certificate(pointer, value, people_of(self))


class CaseOpened(_NamesPeople, frozen=True, kw_only=True, tag="case-opened/v1"):
    """Entry 0 of the case lead's ledger. The nonce, with the lead's key, makes the case id and the ledger id.

    A deputy may take the lead over, and nobody else may: also a recovery key that lies in a safe is one. `legal_name`
    says that the lead's name is a pseudonym.
    """

    nonce: Hash
    reference: Line
    title: Sealed
    label: Label
    legal_name: Sealed | None
    lead: Person
    deputies: tuple[Person, ...]
    policy: Policy | None

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
        return {"/title": opened.text, LEGAL_NAME: opened.text, **opened_kinds_of(people)}

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
        """The lead becomes the first member; the deputies are known."""
        state.case = place.case
        state.link(place.id)
        state.take_lead(place.signer)
        state.demand(self.policy)
        state.owners[place.ledger] = place.signer
        state.enrol(_member(self.lead, self.label, place.ledger, place.id, None))
        state.deputies = tuple(person.key_id for person in self.deputies)
        for person in self.deputies:
            state.enrol(_member(person, None, None, place.id, None))

    def sentence(self) -> str:
        """For the log."""
        return f"opened case {self.reference}"


class LedgerOpened(_NamesPeople, frozen=True, kw_only=True, tag="ledger-opened/v1"):
    """Entry 0 of another person's ledger. Anyone may begin one; what it says counts once the lead has enrolled them.

    `legal_name` says that the member's name is a pseudonym; under the seal is a name, or nothing.
    """

    nonce: Hash
    label: Label
    legal_name: Sealed | None
    member: Person

    @classmethod
    def opened_kinds(cls) -> Mapping[str, Check]:
        """For `check_opened`."""
        return {LEGAL_NAME: opened.text, **super().opened_kinds()}

    def check(self, place: Place, state: "State") -> None:
        """Only first in its ledger, by the key that it names, under the id that follows from it."""
        if place.position != 0:
            raise RuleError("a ledger is opened by its first record")
        if self.member.key_id != place.signer:
            raise RuleError("a ledger is opened by its owner's own key")
        if place.ledger != ledger_id(place.case, place.signer, self.nonce):
            raise RuleError("the ledger id does not follow from the case, the owner's key and the nonce")
        if (place.item, place.prev) != (None, None):
            raise RuleError("the record that opens a ledger refers to no item")
        if place.signer in state.owners.values():
            raise RuleError("the signer has another ledger in this case; each person has one, on one device")
        known = state.members.get(place.signer)
        if known is not None and known.ledger not in (None, place.ledger):
            raise RuleError("the signer was enrolled with another ledger; each person has one, on one device")
        if known is not None and known.label not in (None, self.label):
            raise RuleError(f"the signer was enrolled with the label {known.label}, not {self.label}")
        if any(one.label == self.label and one.key_id != place.signer for one in state.members.values()):
            raise RuleError(f"the label {self.label} belongs to somebody else")

    def apply(self, place: Place, state: "State") -> None:
        """The ledger has an owner, whose records are waiting for the lead's word if it is not there yet."""
        state.owners[place.ledger] = place.signer
        known = state.members.get(place.signer)
        if known is None:
            state.members[place.signer] = _member(self.member, self.label, place.ledger, None, None)
        else:
            state.members[place.signer] = msgspec.structs.replace(known, label=self.label, ledger=place.ledger)

    def sentence(self) -> str:
        """For the log."""
        return f"opened a ledger, with the label {self.label}"


class RegisterBody(_NamesPeople, frozen=True, kw_only=True):
    """A statement of the register after the first. `people` names the one before it; only the lead writes one."""

    def check(self, place: Place, state: "State") -> None:
        """By the lead of the moment, after the newest statement of the register."""
        if (place.item, place.prev) != (None, None):
            raise RuleError("a record of the register refers to no item")
        self.check_writer(place, state)
        if place.people != state.people:
            raise RuleError("it does not follow the newest record of the register of people")

    def check_writer(self, place: Place, state: "State") -> None:
        """Raise RuleError unless the signer may write in the register."""
        if place.signer != state.lead:
            raise RuleError("only the case lead writes in the register of people")


class MemberEnrolled(RegisterBody, frozen=True, kw_only=True, tag="member-enrolled/v1"):
    """The lead takes a person in, and says how she knows that the key is theirs."""

    member: Person
    ledger: Hash
    label: Label
    identified: Identified
    role: Line | None

    def check(self, place: Place, state: "State") -> None:
        """Each key once a case, each label once a case; with a role where one is demanded."""
        super().check(place, state)
        _check_role(self.role, self.label, place, state)
        _check_new(self.member.key_id, self.label, self.ledger, state)

    def apply(self, place: Place, state: "State") -> None:
        """The person belongs to the case."""
        state.link(place.id)
        state.enrol(_member(self.member, self.label, self.ledger, place.id, self.identified, self.role))

    def sentence(self) -> str:
        """For the log."""
        return f"took {self.label} into the case ({IDENTIFIED[self.identified]})"


class MemberRevoked(RegisterBody, frozen=True, kw_only=True, tag="member-revoked/v1"):
    """A key counts no longer. `seen` is how many records of its ledger the lead had seen: those were before."""

    key: KeyId
    reason: Sealed
    seen: Count
    compromised_since: Time | None

    def __post_init__(self) -> None:
        if self.compromised_since is not None:
            check_time(self.compromised_since)

    @classmethod
    def opened_kinds(cls) -> Mapping[str, Check]:
        """For `check_opened`."""
        return {"/reason": opened.text}

    def check(self, place: Place, state: "State") -> None:
        """A member that counts now, and not the lead: a lead is replaced by a deputy."""
        super().check(place, state)
        _check_counts(self.key, state)
        if self.key == state.lead:
            raise RuleError("the lead's own key is revoked by a deputy who takes the lead over")

    def apply(self, place: Place, state: "State") -> None:
        """What the key signs from here on fails."""
        state.link(place.id)
        state.revoke(self.key, Revocation(place.id, self.seen, self.compromised_since))

    def sentence(self) -> str:
        """For the log."""
        return f"took key {self.key[:8]}… out of the case"


class MemberReplaced(RegisterBody, frozen=True, kw_only=True, tag="member-replaced/v1"):
    """A person goes on with a new key and a new ledger, because the old one was lost or stolen."""

    old: KeyId
    member: Person
    ledger: Hash
    label: Label
    identified: Identified
    role: Line | None
    reason: Loss
    seen: Count
    compromised_since: Time | None

    def __post_init__(self) -> None:
        if self.compromised_since is not None:
            check_time(self.compromised_since)
        if self.compromised_since is not None and self.reason == "lost":
            raise FormatError("a key that was only lost was not compromised")

    def check(self, place: Place, state: "State") -> None:
        """The old key counts now; the new one was never in the case."""
        super().check(place, state)
        _check_counts(self.old, state)
        if self.old == state.lead:
            raise RuleError("the lead's own key is replaced by a deputy who takes the lead over")
        _check_role(self.role, self.label, place, state)
        _check_new(self.member.key_id, self.label, self.ledger, state)

    def apply(self, place: Place, state: "State") -> None:
        """The new key speaks for the same person, who holds what they held."""
        state.link(place.id)
        state.revoke(self.old, Revocation(place.id, self.seen, self.compromised_since))
        member = _member(self.member, self.label, self.ledger, place.id, self.identified, self.role)
        state.enrol(msgspec.structs.replace(member, person=state.members[self.old].person))

    def sentence(self) -> str:
        """For the log."""
        return f"replaced a {self.reason} key by that of {self.label}"


class LeadTakenOver(RegisterBody, frozen=True, kw_only=True, tag="lead-taken-over/v1"):
    """A deputy becomes the lead. What the former lead writes in the register after `people` fails.

    `seen` is how many records of the former lead's ledger the deputy had seen.
    """

    reason: Loss
    seen: Count
    compromised_since: Time | None

    def __post_init__(self) -> None:
        if self.compromised_since is not None:
            check_time(self.compromised_since)
        if self.compromised_since is not None and self.reason == "lost":
            raise FormatError("a key that was only lost was not compromised")

    def check_writer(self, place: Place, state: "State") -> None:
        """Only a deputy named when the case was opened, whose key counts."""
        if place.signer not in state.deputies:
            raise RuleError("only a deputy who was named when the case was opened takes the lead over")
        if place.signer == state.lead:
            raise RuleError("the signer has the lead already")
        _check_counts(place.signer, state)

    def apply(self, place: Place, state: "State") -> None:
        """The deputy has the lead; the former lead's key counts no longer."""
        assert state.lead is not None  # checked
        state.link(place.id)
        state.revoke(state.lead, Revocation(place.id, self.seen, self.compromised_since))
        # The deputy's ledger is opened in its own first record, which is read after the register.
        state.enrol(msgspec.structs.replace(state.members[place.signer], ledger=place.ledger))
        state.take_lead(place.signer)

    def sentence(self) -> str:
        """For the log."""
        return f"took the lead over (key {self.reason})"


class PolicySet(RegisterBody, frozen=True, kw_only=True, tag="policy-set/v1"):
    """What the lead demands of records whose signers know of it; null: nothing any more."""

    policy: Policy | None

    def apply(self, place: Place, state: "State") -> None:
        """It holds from here on in the register."""
        state.link(place.id)
        state.demand(self.policy)

    def sentence(self) -> str:
        """For the log."""
        return "demanded " + (", ".join(self.policy.names) if self.policy else "nothing any more")


IDENTIFIED: dict[Identified, str] = {
    "in-person": "identified in person",
    "video": "identified by video call",
    "telephone": "identified by telephone",
    "not-checked": "not identified",
}


def _member(
    person: Person,
    label: str | None,
    ledger: str | None,
    enrolled_by: str | None,
    identified: Identified | None,
    role: str | None = None,
) -> Member:
    return Member(
        key_id=person.key_id,
        key=person.spki,
        checkpoint_key=parse_base64(person.checkpoint_key),
        label=label,
        ledger=ledger,
        enrolled_by=enrolled_by,
        person=person.key_id,
        identified=identified,
        role=role,
    )


def withheld(body: Body) -> frozenset[str]:
    """Pointers to what nobody but its owner need be able to open: it is given away, shown and missed nowhere."""
    return frozenset({LEGAL_NAME} if isinstance(body, CaseOpened | LedgerOpened) else ())


def _check_role(role: str | None, label: str, place: Place, state: "State") -> None:
    policy = state.policy_known_to(place.people)
    if policy is not None and policy.roles and role is None:
        check_given([ROLE], label)


def _check_new(key: str, label: str, ledger: str, state: "State") -> None:
    known = state.members.get(key)
    if known is not None and known.enrolled_by is not None:
        raise RuleError(f"key {key[:16]}… was enrolled in this case before; each key counts once")
    others = [one for one in state.members.values() if one.key_id != key and one.enrolled_by is not None]
    if any(one.label == label for one in others):
        raise RuleError(f"the label {label} belongs to somebody else")
    if any(one.ledger == ledger for one in others):
        raise RuleError("this ledger belongs to somebody else")


def _check_counts(key: str, state: "State") -> None:
    member = state.members.get(key)
    if member is None or member.enrolled_by is None:
        raise RuleError(f"key {key[:16]}… is not enrolled in this case")
    if member.revoked is not None:
        raise RuleError(f"key {key[:16]}… was taken out of the case before")


def people_of(body: Body) -> dict[str, Person]:
    """The persons that a statement names, by their pointers in its body."""
    match body:
        case CaseOpened():
            return {"/lead": body.lead} | {f"/deputies/{index}": one for index, one in enumerate(body.deputies)}
        case LedgerOpened() | MemberEnrolled() | MemberReplaced():
            return {"/member": body.member}
    return {}
