"""Looks at the people of the case: who was taken in, and how they were known; whose keys ended; who is missing."""

from collections.abc import Sequence

from custody.domain import findings as codes
from custody.domain.events.acting import name_of
from custody.domain.parties import Member
from custody.domain.state import State
from custody.formats.encoding import parse_time
from custody.services.auditing.seen import SeenLedgers


def find_people(seen: SeenLedgers, ledgers: Sequence[str]) -> None:
    """What the register leaves open of those whose `ledgers` are here, and which ledgers are not."""
    state = seen.state
    for member in state.members.values():
        name = _named(member.key_id, seen, state)
        here = member.ledger in ledgers
        if member.enrolled_by is None:
            seen.findings.append(
                codes.SIGNER_NOT_ENROLLED.about(
                    name,
                    "Nobody has taken this key into the case. Their records are signed and in place; whose they are, "
                    "the case lead says with custody member add.",
                )
            )
        elif member.identified == "not-checked":
            seen.findings.append(
                codes.SIGNER_NOT_IDENTIFIED.about(
                    name,
                    "The case lead took this key in without checking whose it is. She can still ask for its words.",
                )
            )
        if member.revoked is not None and member.revoked.compromised_since is not None:
            _find_compromised(member, member.revoked.compromised_since, name, seen)
        if member.enrolled_by is not None and member.ledger is not None and not here:
            seen.findings.append(
                codes.LEDGER_MISSING.about(
                    name,
                    "Their ledger is not here, so what they recorded is not known. They can send it: custody share.",
                )
            )


def _find_compromised(member: Member, since: str, name: str, seen: SeenLedgers) -> None:
    """What a key signed stands where somebody outside dates it before the key was in other hands (custody/domain)."""
    moment = parse_time(since)
    ledger = member.ledger or ""  # a deputy who never wrote has none
    stands = 0 if seen.intervals is None else seen.intervals.known_before(ledger, moment)
    records = seen.runs[ledger].size if ledger in seen.runs else 0
    if records and stands >= records:
        return
    seen.findings.append(
        codes.SIGNER_REVOKED.about(
            name,
            f"The key is said to have been in other hands since {since[:10]}, and nothing outside shows that its "
            f"records {'are older' if not stands else f'from {stands} on are older; those before stand'}. A timestamp "
            "from before that day would show it.",
        )
    )
    seen.findings.append(
        codes.CUSTODY_REVOKED.about(
            name, f"What was done with items by this key rests on a key in other hands since {since[:10]}."
        )
    )


def _named(key_id: str, seen: SeenLedgers, state: State) -> str:
    label = state.members[key_id].label or name_of(state.members[key_id].person, state)
    name = seen.names.get(key_id)
    return f"{label} ({name})" if name is not None else label
