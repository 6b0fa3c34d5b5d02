"""How people join a case at a distance: invitation, reply, enrolment; and how keys end or are replaced."""

from custody.domain.entry import read_entry
from custody.domain.events import (
    CaseOpened,
    LeadTakenOver,
    LedgerOpened,
    MemberEnrolled,
    MemberReplaced,
    MemberRevoked,
    PolicySet,
)
from custody.domain.events.membership import LEGAL_NAME, Identified, Loss
from custody.domain.events.people import Person
from custody.domain.fields import is_line
from custody.domain.parties import ledger_id
from custody.domain.policy import ROLE, Policy, check_given
from custody.domain.sealing import Sealer
from custody.domain.statement import PEOPLE, Head, Statement
from custody.errors import RuleError, UsageError, VerificationError
from custody.formats.encoding import format_time
from custody.formats.merkle import EMPTY_ROOT, Frontier, leaf_hash
from custody.formats.share import Head as ShareHead
from custody.formats.share import Share, SharedLedger, format_share
from custody.ports import CaseFiles, OpeningRow, Row, Signer, World
from custody.services import looking, reading
from custody.services.exchanging.sharing import entries
from custody.services.looking import Ledger
from custody.services.recording import Draft, Recorder
from custody.services.recording.opening import NONCE_SIZE, person
from custody.services.recording.signing import opening_rows, sign_row


def invite(recorder: Recorder, label: str | None) -> bytes:
    """An invitation: the record that opens the case, with what opens its seals. Raises RuleError unless by the lead."""
    check_lead(recorder)
    lead = recorder.whole.lead
    head = ShareHead(case=recorder.case, kind="invitation", ledgers=1, label=label)
    return b"".join(format_share(head, [(lead.id, 1, entries(recorder.files, lead.id, 1))]))


def check_lead(recorder: Recorder) -> None:
    """Raise RuleError unless the signer leads the case."""
    if recorder.state().lead != recorder.signer.public.key_id:
        raise RuleError("only the case lead invites people, takes them in or out", "ask the case lead to do it")


def lead_of(invitation: Share) -> Ledger:
    """The lead's ledger as an invitation carries it; whatever else the lead has sent invites as well.

    Raises VerificationError for one that does not hold.
    """
    for shared in invitation.ledgers:
        opened = looking.open_ledger(read_entry(shared.entries[0].envelope), shared.id)
        if isinstance(opened.body, CaseOpened) and opened.case == invitation.head.case:
            return opened
    raise VerificationError("this is not an invitation to a case", "ask the case lead for one: custody invite")


def owner_of(share: Share) -> str:
    """The key id of whoever's ledger a reply carries. Raises VerificationError for one that does not hold."""
    ledger = share.ledgers[0]
    return looking.open_ledger(read_entry(ledger.entries[0].envelope), ledger.id).owner


def join(
    files: CaseFiles, world: World, signer: Signer, invitation: Share, label: str, legal_name: str | None = None
) -> str:
    """Write the lead's first record, and a ledger of one's own, into the empty database of `files`; its ledger id.

    A `legal_name`, which may be empty, says that the signer's name is a pseudonym.

    Raises VerificationError for an invitation that does not hold, UsageError for the lead's own key or label.
    """
    lead = lead_of(invitation)
    ledger, row, openings = _opened(world, signer, lead, label, legal_name)
    files.ledgers.create()
    with files.ledgers.writing() as writer:
        writer.append(lead.id, *_first(next(one for one in invitation.ledgers if one.id == lead.id)))
        writer.append(ledger, [row], openings)
    return ledger


def join_here(files: CaseFiles, world: World, signer: Signer, label: str, legal_name: str | None = None) -> str:
    """Open a ledger of one's own in a case folder that others write in, at one desk; its id. Raises UsageError."""
    case = looking.look(files, world)
    if case.owned_by(signer.public.key_id) is not None:
        raise UsageError(f"{signer.public.name} has a ledger here already", "custody status says what is here")
    if any(one.label == label for one in case.ledgers.values()):
        raise UsageError(f"the label {label} belongs to somebody else here", "choose another one with --label")
    ledger, row, openings = _opened(world, signer, case.lead, label, legal_name)
    with files.ledgers.writing() as writer:
        writer.append(ledger, [row], openings)
    looking.look(files, world)
    return ledger


def _opened(
    world: World, signer: Signer, lead: Ledger, label: str, legal_name: str | None
) -> tuple[str, Row, list[OpeningRow]]:
    """The first row of a new ledger in the case of `lead`, its id, and what opens its seals. Raises UsageError."""
    key = signer.public
    if key.key_id == lead.owner:
        raise UsageError("you are the lead of this case", "work in the folder in which you opened it")
    if label == lead.label:
        raise UsageError(f"the label {label} is the case lead's", "choose another one with --label")
    nonce = world.entropy(NONCE_SIZE).hex()
    ledger = ledger_id(lead.case, key.key_id, nonce)
    sealer = Sealer(lead.case, LedgerOpened.type_name(), world.entropy)
    statement = Statement(
        case=lead.case,
        ledger=ledger,
        position=0,
        signer=key.key_id,
        time=format_time(world.clock.now()),
        clock=world.machine.clock_state(),
        head=Head(size=0, root=EMPTY_ROOT.hex()),
        people=lead.opening.id,
        act=None,
        item=None,
        prev=None,
        body=LedgerOpened(
            nonce=nonce,
            label=label,
            legal_name=sealer.seal_if(LEGAL_NAME, legal_name),
            member=person(sealer, "/member", key),
        ),
    )
    _, row = sign_row(signer, statement, Frontier())
    return ledger, row, opening_rows(0, sealer.openings)


def _first(shared: SharedLedger) -> tuple[list[Row], list[OpeningRow]]:
    entry = shared.entries[0]
    row = Row(0, PEOPLE, entry.envelope, leaf_hash(entry.envelope))
    return [row], opening_rows(0, entry.openings)


def enrol(recorder: Recorder, ledger: str, identified: Identified, role: str | None = None) -> str:
    """Take the owner of a merged ledger into the case; the record's id. Raises RuleError, UsageError."""
    _check_role_line(role)
    joined = _joined(recorder, ledger)
    sealer = recorder.sealer(MemberEnrolled.type_name())
    body = MemberEnrolled(
        member=_again(recorder, sealer, joined),
        ledger=joined.id,
        label=joined.label,
        identified=identified,
        role=role,
    )
    (recorded,) = recorder.append([Draft(body, tuple(sealer.openings))])
    return recorded.id


def replace(
    recorder: Recorder,
    old: str,
    ledger: str,
    identified: Identified,
    reason: Loss,
    compromised_since: str | None,
    role: str | None = None,
) -> str:
    """Take a person's new key in, in place of `old` (a key id); the record's id. Raises RuleError, UsageError."""
    _check_role_line(role)
    joined = _joined(recorder, ledger)
    sealer = recorder.sealer(MemberReplaced.type_name())
    body = MemberReplaced(
        old=old,
        member=_again(recorder, sealer, joined),
        ledger=joined.id,
        label=joined.label,
        identified=identified,
        role=role,
        reason=reason,
        seen=_seen(recorder, old),
        compromised_since=compromised_since,
    )
    (recorded,) = recorder.append([Draft(body, tuple(sealer.openings))])
    return recorded.id


def revoke(recorder: Recorder, key: str, reason: str, compromised_since: str | None) -> str:
    """Take a key (a key id) out of the case; the record's id. Raises RuleError."""
    sealer = recorder.sealer(MemberRevoked.type_name())
    body = MemberRevoked(
        key=key,
        reason=sealer.seal("/reason", reason),
        seen=_seen(recorder, key),
        compromised_since=compromised_since,
    )
    (recorded,) = recorder.append([Draft(body, tuple(sealer.openings))])
    return recorded.id


def take_over(recorder: Recorder, reason: Loss, compromised_since: str | None) -> str:
    """A deputy becomes the lead; the record's id. Raises RuleError."""
    lead = recorder.state().lead
    assert lead is not None  # a recorder has a case
    body = LeadTakenOver(reason=reason, seen=_seen(recorder, lead), compromised_since=compromised_since)
    (recorded,) = recorder.append([Draft(body)])
    return recorded.id


def set_policy(recorder: Recorder, policy: Policy | None) -> str:
    """Demand this from now on of whoever hears of it, or nothing any more; the record's id. Raises RuleError."""
    (recorded,) = recorder.append([Draft(PolicySet(policy=policy))])
    return recorded.id


def _check_role_line(role: str | None) -> None:
    if role is not None and not is_line(role):
        raise UsageError(
            "--role is empty, longer than 200 characters, or holds characters that cannot be seen",
            "say it in a few words, such as investigator",
        )


def check_role(recorder: Recorder, role: str | None, label: str) -> None:
    """Raise UsageError for a role that has no place in a record, RuleError where one is demanded and none is told."""
    _check_role_line(role)
    state = recorder.state()
    policy = state.policy_known_to(state.people)
    if policy is not None and policy.roles and role is None:
        check_given([ROLE], label)


def _joined(recorder: Recorder, ledger: str) -> Ledger:
    with recorder.files.ledgers.reading() as reader:
        found = looking.find_case(reader).ledgers.get(ledger)
    if found is None or not isinstance(found.body, LedgerOpened):
        raise UsageError("the reply has no ledger of somebody who joined", "ask for the reply to be sent again")
    return found


def _again(recorder: Recorder, sealer: Sealer, joined: Ledger) -> Person:
    """The person of a ledger, sealed anew: the register's own seals open for all to whom it is disclosed."""
    body = joined.body
    assert isinstance(body, LedgerOpened)  # _joined looked
    values = reading.opened_values(recorder.files, [joined.opening])[joined.opening.id]
    sealed = {}
    for member in ("certificate", "name", "organisation"):
        value = values.get(f"/member/{member}")
        if value is None:
            raise UsageError(
                f"the reply does not tell the {member} of whoever joined", "ask for a reply that does: custody join -o"
            )
        sealed[member] = sealer.seal(f"/member/{member}", value)
    member_keys = body.member
    return Person(
        key=member_keys.key,
        checkpoint_key=member_keys.checkpoint_key,
        cosignature_key=member_keys.cosignature_key,
        **sealed,
    )


def _seen(recorder: Recorder, key: str) -> int:
    """How many records of this key's ledger are here."""
    with recorder.files.ledgers.reading() as reader:
        ledger = looking.find_case(reader).owned_by(key)
        return 0 if ledger is None else reader.size(ledger.id)
