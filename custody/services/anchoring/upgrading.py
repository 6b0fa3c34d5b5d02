"""Asks calendars what became of their promises, and records the proofs that lead to a Bitcoin block."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from custody.domain.addresses import Address
from custody.domain.events import Timestamped, checkpoint_of
from custody.domain.trust import Trust
from custody.errors import CustodyError, FormatError, RemoteError, UsageError
from custody.ports import StampQueue, Web, WebRequest
from custody.services import listing, reading, tokens
from custody.services.recording import Draft, Recorder

if TYPE_CHECKING:
    from custody.formats.opentimestamps import Proof

MAX_ASKED = 64  # promises that are asked about at once: the oldest and the newest half, so that none waits for ever
NOT_YET = 404  # what calendars answer until there is a block


@dataclass(frozen=True, slots=True)
class Upgraded:
    """A promise that was kept: the record of it, and the record that now holds the whole proof."""

    before: int
    position: int


@dataclass(frozen=True, slots=True)
class _Waiting:
    position: int
    body: Timestamped
    proof: "Proof"
    uri: str
    commitment: bytes


def upgrade(
    recorder: Recorder, web: Web, queue: StampQueue, trust: Trust, addresses: Sequence[Address]
) -> list[Upgraded]:
    """Ask the calendars among `addresses` about every promise of theirs that is not kept yet.

    A calendar that does not answer, or not yet, is asked another time; so is one whose proof does not lead to a block
    that the signer has (`trust`). Others that a proof names are not asked: their addresses are whatever the calendar
    wrote. What cannot be done about one promise is told, and stops no other.
    """
    calendars = {one.url.rstrip("/") for one in addresses if one.kind == "opentimestamps"}
    positions = queue.unconfirmed(recorder.ledger.id) if calendars else ()
    if len(positions) > MAX_ASKED:
        positions = (*positions[: MAX_ASKED // 2], *positions[-MAX_ASKED // 2 :])
    if not positions:
        return []
    from custody.formats.opentimestamps import MAX_ANSWER, timestamp_url

    try:
        waiting = [one for one in _waiting(recorder, positions) if one.uri.rstrip("/") in calendars]
    except UsageError as error:  # without the library
        recorder.world.warn(f"Note: {len(positions)} proofs are pending: {error.message}; {error.hint}")
        return []
    answers = web.ask([WebRequest(timestamp_url(one.uri, one.commitment), MAX_ANSWER) for one in waiting])
    drafts: dict[int, Draft] = {}
    troubles: set[str] = set()
    for one, answer in zip(waiting, answers, strict=True):
        if isinstance(answer, RemoteError):
            troubles.add(f"Note: {answer.message}")
        elif answer.status not in (200, NOT_YET):
            troubles.add(f"Note: {one.uri} answered with the status {answer.status}")
        if isinstance(answer, RemoteError) or answer.status != 200 or one.position in drafts:
            continue
        try:
            upgraded = _upgraded(one, answer.body, trust)
        except CustodyError as error:
            troubles.add(f"Note: what {one.uri} answered about record {one.position} is not kept: {error.message}")
            continue
        if upgraded.bitcoin:
            token = recorder.files.evidence.add(upgraded.encoded)
            drafts[one.position] = Draft(msgspec.structs.replace(one.body, token=token))
    for trouble in sorted(troubles):  # a calendar that is away is told once, however much it promised
        recorder.world.warn(trouble)
    recorded = recorder.append(list(drafts.values())) if drafts else []
    queue.settle(recorder.ledger.id, confirmed=list(drafts))
    return [Upgraded(before, one.position) for before, one in zip(drafts, recorded, strict=True)]


def recall(recorder: Recorder, queue: StampQueue) -> None:
    """Find in the ledger which promises are not kept yet, where `queue` was lost, or is another computer's.

    All records that speak of no item are read. Whoever upgrades a proof records the same checkpoint once more.
    """
    waiting: dict[tuple[str, int, str], list[int]] = {}
    for position, body in listing.of_kind(recorder.files, recorder.ledger.id, Timestamped):
        if body.scheme == "opentimestamps":
            waiting.setdefault((body.authority, body.size, body.root), []).append(position)
    queue.settle(recorder.ledger.id, unconfirmed=[only for only, *more in waiting.values() if not more])


def _upgraded(one: _Waiting, answer: bytes, trust: Trust) -> "Proof":
    """The proof with this answer in it. Raises what is wrong with it, also by the blocks that the signer has."""
    from custody.formats.opentimestamps import parse_proof, upgrade, verify_bitcoin

    upgraded = parse_proof(upgrade(one.proof, one.uri, one.commitment, answer))
    for attestation in upgraded.bitcoin:
        header = trust.block(attestation.height)
        if header is not None:
            verify_bitcoin(attestation, header, max_target=trust.max_target)
    return upgraded


def _waiting(recorder: Recorder, positions: Sequence[int]) -> Iterator[_Waiting]:
    """What these records were promised. Raises UsageError without the library."""
    from custody.formats.opentimestamps import parse_proof, upgrade_requests

    for position, body in _stamps(recorder, positions):
        data = tokens.read(recorder.files.evidence, body.token)
        try:
            if data is None:
                raise FormatError("its proof is not here as it was recorded; a backup has it")
            proof = parse_proof(data)
            if proof.digest != hashlib.sha256(checkpoint_of(recorder.ledger.id, body).encode()).digest():
                raise FormatError("its proof is of something else")
        except FormatError as error:
            recorder.world.warn(f"Note: record {position} stays pending: {error.message}")
            continue
        yield from (_Waiting(position, body, proof, *request) for request in upgrade_requests(proof))


def _stamps(recorder: Recorder, positions: Sequence[int]) -> Iterator[tuple[int, Timestamped]]:
    ledger = recorder.ledger
    with recorder.files.ledgers.reading() as reader:
        for position in positions:
            for row in reader.rows(ledger.id, position, position + 1):
                body = reading.verified_row(row, ledger.id, ledger.key).statement.body
                if isinstance(body, Timestamped) and body.scheme == "opentimestamps":
                    yield position, body
