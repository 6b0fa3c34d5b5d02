"""Opens a case: makes its ids, and writes entry 0 of the case lead's ledger."""

from collections.abc import Sequence
from dataclasses import dataclass

from custody.domain.events import CaseOpened
from custody.domain.events.membership import LEGAL_NAME
from custody.domain.events.people import Person
from custody.domain.history import fold
from custody.domain.parties import case_id, ledger_id
from custody.domain.policy import Policy
from custody.domain.sealing import Sealer
from custody.domain.state import State
from custody.domain.statement import Head, Statement
from custody.formats.encoding import format_base64, format_time
from custody.formats.merkle import EMPTY_ROOT, Frontier
from custody.formats.publickey import PublicKey
from custody.ports import CaseFiles, Signer, World
from custody.services.recording.signing import opening_rows, sign_row

NONCE_SIZE = 32


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """The ids of a new case and of its lead's ledger."""

    case: str
    ledger: str


def person(sealer: Sealer, pointer: str, key: PublicKey) -> Person:
    """A person as the register names them, at this pointer of the statement that `sealer` seals."""
    return Person(
        key=format_base64(key.key),
        checkpoint_key=format_base64(key.checkpoint_key),
        cosignature_key=format_base64(key.cosignature_key),
        certificate=sealer.seal(f"{pointer}/certificate", format_base64(key.certificate)),
        name=sealer.seal(f"{pointer}/name", key.name),
        organisation=sealer.seal(f"{pointer}/organisation", key.organisation),
    )


def open_case(
    files: CaseFiles,
    world: World,
    signer: Signer,
    *,
    reference: str,
    title: str,
    label: str,
    deputies: Sequence[PublicKey] = (),
    legal_name: str | None = None,
    policy: Policy | None = None,
) -> OpenedCase:
    """Write the first record of a new case into the empty database of `files`; `deputies` may take the lead over,
    and `policy` is what it demands from the beginning.

    A `legal_name`, which may be empty, says that the signer's name is a pseudonym.

    Raises FormatError when a member has no place in a statement, StorageError when it cannot be kept.
    """
    key = signer.public
    nonce = world.entropy(NONCE_SIZE).hex()
    case = case_id(key.key_id, nonce)
    ledger = ledger_id(case, key.key_id, nonce)
    sealer = Sealer(case, CaseOpened.type_name(), world.entropy)
    body = CaseOpened(
        nonce=nonce,
        reference=reference,
        title=sealer.seal("/title", title),
        label=label,
        legal_name=sealer.seal_if(LEGAL_NAME, legal_name),
        lead=person(sealer, "/lead", key),
        deputies=tuple(person(sealer, f"/deputies/{index}", one) for index, one in enumerate(deputies)),
        policy=policy,
    )
    statement = Statement(
        case=case,
        ledger=ledger,
        position=0,
        signer=key.key_id,
        time=format_time(world.clock.now()),
        clock=world.machine.clock_state(),
        head=Head(size=0, root=EMPTY_ROOT.hex()),
        people=None,
        act=None,
        item=None,
        prev=None,
        body=body,
    )
    identity, row = sign_row(signer, statement, Frontier())
    fold(State(), identity, statement)
    files.ledgers.create()
    with files.ledgers.writing() as writer:
        writer.append(ledger, [row], opening_rows(0, sealer.openings))
    return OpenedCase(case, ledger)
