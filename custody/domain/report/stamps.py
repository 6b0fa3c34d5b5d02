"""Reads what people outside vouched for, as the record tells it. Whether it holds, and counts, every reader judges."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from custody.domain.entry import Entry
from custody.domain.events import Cosigned, Timestamped
from custody.domain.report.known import Known
from custody.domain.report.model import Stamp
from custody.errors import FormatError, TimestampRefused
from custody.formats.encoding import format_time

NOT_HERE = "the authority's answer is not here"
UNREADABLE = "the authority's answer cannot be read"
PENDING = "it shows a time only with the Bitcoin block that it leads to"
CLAIMED = "the time is the cosigner's own word"


def stamps_of(entries: Iterable[Entry], known: Known, objects: Mapping[str, bytes]) -> tuple[Stamp, ...]:
    """The stamps among these records, by ledger and place; `objects` holds the authorities' answers by SHA-256."""
    found = [stamp for entry in entries for stamp in _stamp(entry, known, objects)]
    return tuple(sorted(found, key=lambda one: (one.ledger, one.record)))


def _stamp(entry: Entry, known: Known, objects: Mapping[str, bytes]) -> Iterator[Stamp]:
    ledger = known.ledger(entry.statement.ledger)
    match entry.statement.body:
        case Cosigned() as body:
            yield Stamp(
                kind="cosignature",
                by=body.cosigner,
                time=_moment(body.time),
                qualified=False,
                ledger=ledger,
                size=body.size,
                record=entry.statement.position,
                note=CLAIMED,
            )
        case Timestamped() as body:
            rfc3161 = body.scheme == "rfc3161"
            time, note = _stamped(objects.get(body.token), body.token) if rfc3161 else ("", PENDING)
            yield Stamp(
                kind="timestamp" if rfc3161 else "Bitcoin",
                by=body.authority,
                time=time,
                qualified=False,
                ledger=ledger,
                size=body.size,
                record=entry.statement.position,
                note=note,
            )


def _stamped(reply: bytes | None, digest: str) -> tuple[str, str]:
    """The time in an authority's answer, and what keeps it from being told."""
    if reply is None or hashlib.sha256(reply).hexdigest() != digest:
        return "", NOT_HERE
    from custody.formats.timestamp import parse_reply

    try:
        return format_time(parse_reply(reply).time), ""
    except (FormatError, TimestampRefused):
        return "", UNREADABLE


def _moment(seconds: int) -> str:
    try:
        return format_time(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return ""  # a stranger's may lie beyond the years that a calendar has
