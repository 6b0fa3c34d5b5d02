"""Asks calendars what became of their promises, and records the proofs that lead to a Bitcoin block."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from custody.domain.addresses import Address
from custody.domain.events import Timestamped
from custody.errors import CustodyError, RemoteError
from custody.ports import StampQueue, Web, WebRequest
from custody.services import reading
from custody.services.recording import Draft, Recorder

MAX_PENDING = 64  # promises that are asked about at once
MAX_TOKEN = 65_536  # bytes


@dataclass(frozen=True, slots=True)
class Upgraded:
    """A promise that was kept: the record of it, and the record that now holds the whole proof."""

    before: int
    position: int


def upgrade(recorder: Recorder, web: Web, queue: StampQueue, addresses: Sequence[Address]) -> list[Upgraded]:
    """Ask the calendars among `addresses` about every promise of theirs that is not kept yet.

    A calendar that does not answer, or not yet, is asked another time. Others that a proof names are not asked: their
    addresses are whatever the calendar wrote.
    """
    calendars = {one.url.rstrip("/") for one in addresses if one.kind == "opentimestamps"}
    positions = queue.unconfirmed(recorder.ledger.id)[:MAX_PENDING] if calendars else ()
    if not positions:
        return []
    from custody.formats.opentimestamps import MAX_ANSWER, parse_proof, timestamp_url, upgrade, upgrade_requests

    waiting = []
    for position, body in _stamps(recorder, positions):
        with recorder.files.evidence.open(body.token) as file:
            proof = parse_proof(file.read(MAX_TOKEN + 1))
        waiting += [
            (position, body, proof, uri, commitment)
            for uri, commitment in upgrade_requests(proof)
            if uri.rstrip("/") in calendars
        ]
    answers = web.ask([WebRequest(timestamp_url(uri, commitment), MAX_ANSWER) for *_, uri, commitment in waiting])
    drafts, confirmed = [], []
    for (position, body, proof, uri, commitment), answer in zip(waiting, answers, strict=True):
        if isinstance(answer, RemoteError) or answer.status != 200 or position in confirmed:
            continue
        try:
            upgraded = parse_proof(upgrade(proof, uri, commitment, answer.body))
        except CustodyError as error:
            recorder.world.warn(f"Note: what {uri} answered about record {position} is not kept: {error.message}")
            continue
        if upgraded.bitcoin:
            confirmed.append(position)
            token = recorder.files.evidence.add(upgraded.encoded)
            drafts.append(Draft(_with_token(body, token)))
    recorded = recorder.append(drafts) if drafts else []
    queue.settle(recorder.ledger.id, confirmed=confirmed)
    return [Upgraded(before, one.position) for before, one in zip(confirmed, recorded, strict=True)]


def _stamps(recorder: Recorder, positions: Sequence[int]) -> Iterator[tuple[int, Timestamped]]:
    ledger = recorder.ledger
    with recorder.files.ledgers.reading() as reader:
        for position in positions:
            for row in reader.rows(ledger.id, position, position + 1):
                body = reading.verified_row(row, ledger.id, ledger.key).statement.body
                if isinstance(body, Timestamped) and body.scheme == "opentimestamps":
                    yield position, body


def _with_token(body: Timestamped, token: str) -> Timestamped:
    import msgspec

    return msgspec.structs.replace(body, token=token)
