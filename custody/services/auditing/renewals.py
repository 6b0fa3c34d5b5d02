"""Judges which anchors still hold once a certificate has ended: those that were stamped again in time.

Knows nothing of tokens: what each anchor rests on was looked at before.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from custody.domain import findings as codes
from custody.domain.intervals import Anchor, Intervals, Sighting
from custody.services.auditing.seen import SeenLedgers

EXPIRES = timedelta(days=365)  # a warning before that leaves time to stamp again


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
    alive, lapsed = _split(held, lambda one: one.valid_until is None or one.valid_until > now)
    while lapsed:
        intervals = Intervals([one.anchor for one in alive], sightings)
        renewed, lapsed = _split(lapsed, partial(_was_stamped, by=intervals))
        if not renewed:
            break
        alive += renewed
    for one in lapsed:
        seen.findings.append(
            codes.TIMESTAMP_LAPSED.about(
                one.about,
                f"The authority's certificate ended on {one.valid_until:%Y-%m-%d}, and the stamp was not stamped again "
                "before that. It shows no time any more; it is too late to mend that.",
            )
        )
    lasting = Intervals(
        [one.anchor for one in alive if one.valid_until is None or one.valid_until > now + EXPIRES], sightings
    )
    for one in alive:
        if one.valid_until is not None and now < one.valid_until <= now + EXPIRES and not _was_stamped(one, lasting):
            seen.findings.append(
                codes.TIMESTAMP_EXPIRES.about(
                    one.about,
                    f"The authority's certificate ends on {one.valid_until:%Y-%m-%d}. Have it stamped again before "
                    "that: custody timestamp --renew.",
                )
            )
    return alive


def _split(held: Sequence[Held], counts: Callable[[Held], bool]) -> tuple[list[Held], list[Held]]:
    """Those that count, and those that do not."""
    chosen: tuple[list[Held], list[Held]] = ([], [])
    for one in held:
        chosen[not counts(one)].append(one)
    return chosen


def _was_stamped(one: Held, by: Intervals) -> bool:
    """Whether the record that holds this stamp was stamped while the certificate was valid."""
    bound = by.of(one.anchor.ledger, one.anchor.recorded, 0).not_after
    return bound is not None and one.valid_until is not None and bound.time < one.valid_until
