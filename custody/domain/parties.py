"""People as keys: case and ledger ids, and the members of a case. No names: those are sealed in the register."""

import hashlib

import msgspec

from custody.formats.note import VerifierKey


class Revocation(msgspec.Struct, frozen=True):
    """The end of a key: the statement that says so, and how many records of its ledger had been seen by then."""

    by: str
    seen: int
    compromised_since: str | None


class Member(msgspec.Struct, frozen=True):
    """A key of a case. `key` is the P-256 SubjectPublicKeyInfo whose SHA-256 is `key_id`.

    `person` is the key id under which the same person was first enrolled; `enrolled_by` the statement that did it,
    None for somebody who opened a ledger and was not enrolled. A deputy has no ledger, and no label, before they write.
    """

    key_id: str
    key: bytes
    checkpoint_key: bytes
    label: str | None
    ledger: str | None
    enrolled_by: str | None
    person: str
    identified: str | None = None
    role: str | None = None
    revoked: Revocation | None = None


def key_id(spki: bytes) -> str:
    """Hex SHA-256 of the DER SubjectPublicKeyInfo."""
    return hashlib.sha256(spki).hexdigest()


def case_id(lead: str, nonce: str) -> str:
    """The id that commits to the case lead's key, so that every checkpoint and token does."""
    return _identify("custody-case/v1", lead, nonce)


def ledger_id(case: str, owner: str, nonce: str) -> str:
    """The id of one person's ledger in one case."""
    return _identify("custody-ledger/v1", case, owner, nonce)


def origin(ledger: str) -> str:
    """The ledger's name in checkpoints, and of its checkpoint key."""
    return f"custody/{ledger}"


def checkpoint_verifier(ledger: str, member: Member) -> VerifierKey:
    """The key that checkpoints of this ledger are verified with (C2SP: its name equals the origin)."""
    return VerifierKey(origin(ledger), member.checkpoint_key)


def _identify(*lines: str) -> str:
    return hashlib.sha256("\n".join(lines).encode("ascii")).hexdigest()
