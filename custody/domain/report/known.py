"""What a document knows beside an item's own records: the people, what was opened on purpose, names of ledgers.

Whoever makes a document has it from the case, whoever checks one from the record inside it, so that both build the
same parts of the model.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

from custody.domain.entry import Entry
from custody.domain.events import CaseOpened, LedgerOpened
from custody.domain.events.membership import IDENTIFIED
from custody.domain.events.membership import people_of as named_in
from custody.domain.parties import Member
from custody.domain.report.model import Fact, Person
from custody.domain.sheet import Line
from custody.domain.state import State
from custody.formats.canonical import Json
from custody.formats.words import format_words

UNDER_SEAL = "Under seal, not opened"
"""The label of the fact that lists what is told in a record, and not in the document."""

MAX_NAME = 200  # characters; a key's name has 64. Every record of a person repeats it, and a seal holds millions

_NOTHING: Mapping[str, Json] = {}


@dataclass(frozen=True, slots=True)
class Known:
    """`state` is used for its people alone: a fold of the register is enough. `values` are the sealed values that the
    document opens, by statement id and pointer; `ledgers` the labels of ledgers by id.

    `names` are those that the document opens, by key id.
    """

    state: State
    values: Mapping[str, Mapping[str, Json]]
    ledgers: Mapping[str, str]
    names: Mapping[str, str]

    @classmethod
    def of(cls, state: State, entries: Iterable[Entry], values: Mapping[str, Mapping[str, Json]]) -> "Known":
        """From all records that a document rests on; what an enrolment says of a name comes before its owner's word."""
        ledgers: dict[str, str] = {}
        names: dict[str, str] = {}
        for entry in entries:
            body = entry.statement.body
            if isinstance(body, CaseOpened | LedgerOpened):
                ledgers[entry.statement.ledger] = body.label
            for pointer, person in named_in(body).items():
                name = values.get(entry.id, _NOTHING).get(f"{pointer}/name")
                if isinstance(name, str) and len(name) > MAX_NAME:
                    name = f"{name[:MAX_NAME]}…"
                if isinstance(name, str) and not (isinstance(body, LedgerOpened) and person.key_id in names):
                    names[person.key_id] = name
        return cls(state, values, ledgers, names)

    def opened(self, entry: Entry) -> Mapping[str, Json]:
        """What the document opens of this record."""
        return self.values.get(entry.id, _NOTHING)

    def name(self, key_id: str) -> str:
        """The name of a key's person, "" where it is not opened."""
        return self.names.get(key_id, "")

    def called(self, key_id: str) -> str:
        """How running text names the person of this key: `Ana Ruiz (JD)`, `JD`, or by the key."""
        member = self.state.members.get(key_id)
        label = "" if member is None else (member.label or "")
        name = self.name(key_id)
        if name and label:
            return f"{name} ({label})"
        return name or label or f"key {key_id[:16]}…"

    def called_person(self, person: str) -> str:
        """The same for a person, who may have had several keys: by the newest that has a label."""
        keys = [one.key_id for one in self.state.members.values() if one.person == person and one.label is not None]
        return self.called(keys[-1] if keys else person)

    def person_of(self, key_id: str) -> str:
        """The person whom a key speaks for."""
        member = self.state.members.get(key_id)
        return key_id if member is None else member.person

    def ledger(self, ledger: str) -> str:
        """The label of a ledger."""
        return self.ledgers.get(ledger, f"{ledger[:16]}…")

    def place(self, entry: Entry) -> str:
        """`record 5 of JD`."""
        return f"record {entry.statement.position} of {self.ledger(entry.statement.ledger)}"


def facts_of(lines: Iterable[Line]) -> tuple[Fact, ...]:
    """The lines that say something, as facts; what stays under seal is listed in one, at the end."""
    told = list(lines)
    facts = [Fact(label=line.label, text=spelled(line.text), fixed=line.fixed) for line in told if line.text]
    sealed = ", ".join(line.label for line in told if line.text is None)
    return (*facts, Fact(label=UNDER_SEAL, text=sealed)) if sealed else tuple(facts)


@overload
def spelled(text: str) -> str: ...
@overload
def spelled(text: str | None) -> str | None: ...
def spelled(text: str | None) -> str | None:
    """Text that canonical JSON takes: bytes of a file name that are no text are written out, as `\\xff`."""
    return None if text is None else _UNFIT.sub(_written_out, text)


_UNFIT = re.compile("[\0\ud800-\udfff]")


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code & 0xFF:02x}" if code < 0xD800 or 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"


def people_of(entries: Sequence[Entry], known: Known) -> tuple[Person, ...]:
    """Who signed any of these records, and who leads the case, by label; `entries` are all that a document rests on."""
    signed = Counter(entry.statement.signer for entry in entries)
    times = {entry.id: entry.statement.time for entry in entries}
    organisations = _organisations(entries, known)
    pseudonyms = frozenset(_pseudonyms(entries))
    wanted = {*signed, *([known.state.lead] if known.state.lead else [])}
    members = [member for key, member in known.state.members.items() if key in wanted]
    people = [
        Person(
            key_id=member.key_id,
            words=format_words(bytes.fromhex(member.key_id)),
            name=known.name(member.key_id),
            organisation=organisations.get(member.key_id, ""),
            role=member.role or "",
            label=member.label or "",
            ledger=member.ledger or "",
            pseudonym=member.key_id in pseudonyms,
            identified="" if member.identified is None else _IDENTIFIED[member.identified],
            standing=_standing(member, known.state),
            signed=signed[member.key_id],
            joined=times.get(member.enrolled_by or "", ""),
        )
        for member in members
    ]
    return tuple(sorted(people, key=lambda one: (one.label, one.key_id)))


_IDENTIFIED: Mapping[str, str] = {str(kind): words for kind, words in IDENTIFIED.items()}


def _organisations(entries: Iterable[Entry], known: Known) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in entries:
        for pointer, person in named_in(entry.statement.body).items():
            organisation = known.opened(entry).get(f"{pointer}/organisation")
            if isinstance(organisation, str):
                found[person.key_id] = organisation
    return found


def _pseudonyms(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        body = entry.statement.body
        if isinstance(body, CaseOpened | LedgerOpened) and body.legal_name is not None:
            yield entry.statement.signer


def _standing(member: Member, state: State) -> str:
    if member.revoked is not None:
        since = member.revoked.compromised_since
        return "taken out of the case" + (f"; in other hands since {since[:10]}" if since else "")
    if member.key_id == state.lead:
        return "case lead"
    if member.enrolled_by is None:
        return "not taken in by the case lead"
    return "deputy" if member.key_id in state.deputies else "member"
