"""What a fold of the history knows so far. The containers are the fold's own; the values in them are frozen."""

from dataclasses import dataclass, field

import msgspec

from custody.domain.items import Item, Said
from custody.domain.parties import Member, Revocation
from custody.domain.policy import Policy


@dataclass(slots=True)
class State:
    """The case after some statements: its people by key id, its items by number, the last counter of each label.

    `leads` are the keys that have led, each with the place in the register from which on.

    `policies` are what was demanded, each with the place in the register from which on.

    `register` gives the place of each statement of the membership register in its chain, `people` is the newest of
    them; `judged` says of register statements that were looked at beforehand what is wrong with each, None for nothing.
    `owners` are the key ids of those who opened each ledger, `deputies` those who may take the lead over. `acts` gives
    the item of each statement that is an act, and so of an item's chain; remarks hang on these. `erased` are the
    statement ids and pointers whose openings were destroyed; `said` is what is known of the statements whose sealed
    fields may be erased, or opened for somebody outside, but for those that collected an item, which the item keeps.
    `reports` are the documents that were made, by ledger and number: the newest version, and the statement of it.
    `not_followed` names the first statement that this version does not know.

    `taken` are the ids of all statements that were replayed, believed or not; `undecided` those of them that refer to
    one that is not here, `undecided_items` the numbers that such statements would have given, `unopened` the ledgers
    that they would have opened.

    `extract` says that only some items are here, each with its whole history, and the whole register.
    """

    case: str | None = None
    lead: str | None = None
    leads: list[tuple[int, str]] = field(default_factory=list)
    policies: list[tuple[int, Policy | None]] = field(default_factory=list)
    people: str | None = None
    register: dict[str, int] = field(default_factory=dict)
    judged: dict[str, str | None] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    deputies: tuple[str, ...] = ()
    items: dict[str, Item] = field(default_factory=dict)
    acts: dict[str, str] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    erased: set[tuple[str, str]] = field(default_factory=set)
    said: dict[str, Said] = field(default_factory=dict, compare=False)
    reports: dict[str, dict[int, tuple[int, str]]] = field(default_factory=dict)
    not_followed: str | None = None
    taken: set[bytes] = field(default_factory=set, compare=False)
    undecided: set[str] = field(default_factory=set, compare=False)
    undecided_items: set[str] = field(default_factory=set, compare=False)
    unopened: set[str] = field(default_factory=set, compare=False)
    extract: bool = field(default=False, compare=False)

    def is_absent(self, reference: str | None) -> bool:
        """Whether a statement is not here, as far as was replayed, or cannot be judged without one that is not.

        Replayed in order, whatever is here comes before what refers to it.
        """
        if reference is None or reference in self.judged:
            return reference in self.undecided
        return reference in self.undecided or bytes.fromhex(reference) not in self.taken

    def is_left_out(self, reference: str) -> bool:
        """Whether an extract leaves out this statement, the first of another item: then nothing is said against it."""
        return self.extract and reference not in self.judged and bytes.fromhex(reference) not in self.taken

    def take_lead(self, key: str) -> None:
        """A key leads from the newest statement of the register on."""
        self.lead = key
        self.leads.append((len(self.register) - 1, key))

    def lead_known_to(self, people: str | None) -> str | None:
        """The key that led when the newest statement of the register was `people`."""
        at = self.register.get(people or "", -1)
        return next((key for since, key in reversed(self.leads) if since <= at), None)

    def demand(self, policy: Policy | None) -> None:
        """A policy holds from the newest statement of the register on."""
        self.policies.append((len(self.register) - 1, policy))

    def policy_known_to(self, people: str | None) -> Policy | None:
        """What was demanded when the newest statement of the register was `people`."""
        at = self.register.get(people or "", -1)
        return next((policy for since, policy in reversed(self.policies) if since <= at), None)

    def link(self, identity: str) -> None:
        """Add a statement to the register."""
        self.register[identity] = len(self.register)
        self.people = identity

    def enrol(self, member: Member) -> None:
        """A key belongs to the case from now on; of one who opened a ledger before, that ledger is kept."""
        self.members[member.key_id] = member

    def revoke(self, key: str, revocation: Revocation) -> None:
        """A key counts no longer."""
        self.members[key] = msgspec.structs.replace(self.members[key], revoked=revocation)

    def others(self, person: str, people: str | None) -> list[Member]:
        """The keys of other persons that count and can write, when the newest statement of the register was `people`.

        A deputy who has no ledger yet cannot.
        """
        known = self.register.get(people or "", -1)
        return [
            one
            for one in self.members.values()
            if one.person != person
            and one.ledger is not None
            and one.enrolled_by is not None
            and self.register[one.enrolled_by] <= known
            and (one.revoked is None or self.register[one.revoked.by] > known)
        ]

    def person(self, key: str) -> str:
        """The person whom a key of the case speaks for."""
        return self.members[key].person
