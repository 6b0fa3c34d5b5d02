"""Which stamps still hold after the certificates that they rest on have ended, and which soon will not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import compress

from custody.domain import findings as codes
from custody.domain.intervals import Anchor, Intervals, Sighting
from custody.services.auditing.seen import SeenLedgers

EXPIRES = timedelta(days=365)  # a warning before that leaves time to stamp again
AS_WELL = timedelta(days=1)  # authorities that are asked at once answer within seconds


@dataclass(frozen=True, slots=True)
class Held:
    """An anchor that holds, and until when its maker's certificate is valid (None: it has none that ends)."""

    anchor: Anchor
    about: str
    valid_until: datetime | None


def not_lapsed(held: Sequence[Held], seen: SeenLedgers, sightings: Sequence[Sighting], now: datetime) -> list[Held]:
    """Those that still hold. An authority's key may be anybody's once its certificate has ended: then a stamp counts
    only where it was itself stamped while the certificate was valid (ETSI EN 319 102-1, section 5.6.3: proof of
    existence).
    """
    alive = [one for one in held if one.valid_until is None or one.valid_until > now]
    lapsed = [one for one in held if one.valid_until is not None and one.valid_until <= now]
    while lapsed:
        intervals = Intervals([one.anchor for one in alive], sightings)
        stamped = [_was_stamped(one, intervals) for one in lapsed]
        if not any(stamped):
            break
        alive += compress(lapsed, stamped)
        lapsed = [one for one, was in zip(lapsed, stamped, strict=True) if not was]
    for one in lapsed:
        seen.findings.append(
            codes.TIMESTAMP_LAPSED.about(
                one.about,
                f"The authority's certificate ended on {one.valid_until:%Y-%m-%d}, and the stamp was not stamped again "
                "before that. It shows no time any more; it is too late to mend that.",
            )
        )
    lasting = [one.anchor for one in alive if one.valid_until is None or one.valid_until > now + EXPIRES]
    intervals = Intervals(lasting, sightings)
    for one in alive:
        if one.valid_until is None or not now < one.valid_until <= now + EXPIRES:
            continue
        if not _was_stamped(one, intervals) and not any(_does_as_well(other, one.anchor) for other in lasting):
            seen.findings.append(
                codes.TIMESTAMP_EXPIRES.about(
                    one.about,
                    f"The authority's certificate ends on {one.valid_until:%Y-%m-%d}. Have it stamped again before "
                    "that: custody timestamp --renew.",
                )
            )
    return alive


def _does_as_well(other: Anchor, anchor: Anchor) -> bool:
    """Whether the other shows of the same records that they existed at about the same time: then one is enough."""
    return other.ledger == anchor.ledger and other.size >= anchor.size and other.latest <= anchor.latest + AS_WELL


def _was_stamped(one: Held, by: Intervals) -> bool:
    """Whether the record that holds this stamp was stamped while the certificate was valid."""
    bound = by.of(one.anchor.ledger, one.anchor.recorded, 0).not_after
    return bound is not None and one.valid_until is not None and bound.time < one.valid_until
