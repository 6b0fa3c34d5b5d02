"""Has authorities stamp the checkpoint of the writer's own ledger, keeps their whole answers, and records them.

Each authority is asked once, all beside one another. What failed is told and owed, and is asked again later: a newer
checkpoint covers whatever an older one would have.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from custody.domain.addresses import Address
from custody.domain.events import Timestamped
from custody.domain.parties import origin
from custody.domain.trust import Trust
from custody.errors import CustodyError, TimestampAuthorityUnknown
from custody.formats.checkpoint import Checkpoint, format_checkpoint
from custody.ports import Entropy, StampQueue, Web, WebRequest, body_of
from custody.services import remembering
from custody.services.anchoring.revocation import fetch_lists
from custody.services.recording import Draft, Recorder

NONCE_SIZE = 16  # bytes, of an RFC 3161 request: two of the same would make one reply fit both


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of asking one authority: the record and the time that it states, or what went wrong.

    `pending` says that there is an answer, which shows no time yet; `valid_until` is when the first certificate of a
    trusted authority's chain ends.
    """

    authority: str
    position: int | None = None
    time: datetime | None = None
    pending: bool = False
    trouble: CustodyError | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of one authority, and how its answer is read: the object to keep, the time, the chain (DER)."""

    address: Address
    request: WebRequest
    read: "Callable[[bytes], _Found]"


@dataclass(frozen=True, slots=True)
class _Found:
    token: bytes
    time: datetime | None
    chain: tuple[bytes, ...] = ()
    valid_until: datetime | None = None


def stamp(recorder: Recorder, web: Web, queue: StampQueue, trust: Trust, addresses: Sequence[Address]) -> list[Outcome]:
    """Ask each of these for a stamp of the present checkpoint, and record the answers; for each, what came of it.

    `trust` is whom the signer believes: an answer that does not hold for them is not recorded. Whoever gives none is
    remembered in `queue` as owing one, from before they are asked until it is recorded. Raises VerificationError when
    the ledger is not what it was, and what `Recorder.append` and the queue raise.
    """
    ledger = recorder.ledger
    with recorder.files.ledgers.reading() as reader:
        batch = remembering.newest_batch(reader, ledger.id, ledger.key)
    checkpoint = Checkpoint(origin(ledger.id), batch.size, batch.root)
    digest = hashlib.sha256(format_checkpoint(checkpoint).encode()).digest()
    asked = [_ask(one, digest, recorder.world.entropy, trust) for one in addresses if one.kind != "witness"]
    queue.settle(ledger.id, owed=[one.address.name for one in asked])
    found: list[tuple[Address, _Found]] = []
    outcomes: list[Outcome] = []
    for one, response in zip(asked, web.ask([one.request for one in asked]), strict=True):
        try:
            found.append((one.address, one.read(body_of(response, one.address.name))))
        except CustodyError as error:
            outcomes.append(Outcome(one.address.name, trouble=error))
    drafts, good = [], []
    kept = fetch_lists(recorder, web, queue, [answer.chain for _, answer in found])
    for (address, answer), lists in zip(found, kept, strict=True):
        try:
            _check_lists(answer, lists)
        except CustodyError as error:
            outcomes.append(Outcome(address.name, trouble=error))
            continue
        good.append((address, answer))
        drafts.append(
            Draft(
                Timestamped(
                    scheme="rfc3161" if address.kind == "rfc3161" else "opentimestamps",
                    authority=address.name,
                    size=checkpoint.size,
                    root=checkpoint.root.hex(),
                    token=recorder.files.evidence.add(answer.token),
                    supporting=tuple(lists),
                )
            )
        )
    recorded = recorder.append(drafts) if drafts else []
    outcomes += [
        Outcome(address.name, record.position, answer.time, pending=answer.time is None, valid_until=answer.valid_until)
        for (address, answer), record in zip(good, recorded, strict=True)
    ]
    queue.settle(
        ledger.id,
        done=[one.authority for one in outcomes if one.trouble is None],
        unconfirmed=[one.position for one in outcomes if one.pending and one.position is not None],
    )
    return sorted(outcomes, key=lambda one: one.authority)


def _check_lists(found: _Found, lists: Mapping[str, bytes]) -> None:
    """Raise TimestampRevoked when one of these says that the chain was revoked by then."""
    if found.time is None or not found.chain:
        return
    from custody.formats.revocation import check_revocation

    check_revocation(found.chain, lists.values(), found.time)


def _ask(address: Address, digest: bytes, entropy: Entropy, trust: Trust) -> _Asked:
    nonce = entropy(NONCE_SIZE)
    return (
        _ask_calendar(address, digest, nonce)
        if address.kind == "opentimestamps"
        else _ask_authority(address, digest, int.from_bytes(nonce, "big"), trust)
    )


def _ask_authority(address: Address, digest: bytes, nonce: int, trust: Trust) -> _Asked:
    """RFC 3161, section 3.4: a time stamp over HTTP."""
    from custody.formats.timestamp import MAX_REPLY, MEDIA_TYPE_QUERY, check_answers, parse_reply, timestamp_request
    from custody.formats.tokenvalidation import validate_token

    own = [root for one in trust.authorities if one.name == address.name for root in one.roots]

    def read(body: bytes) -> _Found:
        token = parse_reply(body)
        check_answers(token, digest=digest, nonce=nonce)
        try:
            stamped = validate_token(token, digest=digest, roots=own)
        except TimestampAuthorityUnknown:
            if own:
                raise
            return _Found(body, token.time)  # added on another computer: whoever verifies brings the root
        return _Found(body, stamped.time, stamped.chain, stamped.valid_until)

    request = WebRequest(address.url, MAX_REPLY, timestamp_request(digest, nonce), MEDIA_TYPE_QUERY)
    return _Asked(address, request, read)


def _ask_calendar(address: Address, digest: bytes, nonce: bytes) -> _Asked:
    from custody.formats.opentimestamps import MAX_ANSWER, calendar_request, digest_url, make_proof

    request = WebRequest(
        digest_url(address.url), MAX_ANSWER, calendar_request(digest, nonce), "application/x-www-form-urlencoded"
    )
    return _Asked(address, request, lambda body: _Found(make_proof(digest, nonce, body), None))
