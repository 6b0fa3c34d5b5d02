"""Looks for what is not there: item numbers without a record, and kept openings without one."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from custody.domain import findings as codes
from custody.domain.entry import Entry
from custody.domain.events import KINDS, sealed_fields
from custody.domain.items import split_number
from custody.domain.structure import MAX_BATCH
from custody.errors import FormatError
from custody.formats.seal import Opening, Sealed, seal
from custody.ports import CaseFiles, OpeningRow
from custody.services import reading
from custody.services.auditing.seen import MAX_FINDINGS, SeenLedgers

MAX_LEFT = 256  # openings of one record that a broken-off write can have left; a record of ours seals some 30 fields
MAX_NUMBERS = 1000  # missing item numbers counted one by one; whoever signs chooses how far a number jumps


def find_missing_numbers(seen: SeenLedgers) -> None:
    """Numbers are given without gaps: a gap is a record that was taken away."""
    by_label: dict[str, list[int]] = {}
    for number in {*seen.state.items, *seen.state.undecided_items}:
        label, counter = split_number(number)
        by_label.setdefault(label, []).append(counter)
    for label, counters in by_label.items():
        for before, after in pairwise([0, *sorted(counters)]):
            if after - before > 1:
                first, last = f"{label}-{before + 1}", f"{label}-{after - 1}"
                seen.filed.update(f"{label}-{counter}" for counter in range(before + 1, after)[:MAX_NUMBERS])
                about = first if first == last else f"{first} to {last}"
                seen.findings.append(
                    codes.NUMBER_MISSING.about(
                        about, "No believable record of this number is here, but later ones are."
                    )
                )


def find_unopened(files: CaseFiles, seen: SeenLedgers) -> None:
    """Openings that are not here though nothing says that they were erased, and erased ones that are here."""
    if not files.ledgers.openings_present():
        return  # told once for all
    for identity, (about, missing) in seen.unopened.items():
        lost = [pointer for pointer in missing if (identity, pointer) not in seen.state.erased]
        if lost:
            seen.findings.append(
                codes.OPENING_MISSING.about(
                    about, f"What opens {', '.join(lost)} is not in openings.db. A backup of openings.db settles it."
                )
            )
    for identity, pointer in sorted(seen.state.erased):
        _, missing = seen.unopened.get(identity, ("", ()))
        if pointer not in missing:
            seen.findings.append(
                codes.OPENING_NOT_ERASED.about(
                    f"statement {identity[:16]}…",
                    f"A record says that {pointer} was erased, but openings.db still has its value. Run custody erase.",
                )
            )


def find_strays(files: CaseFiles, sizes: Mapping[str, int], seen: SeenLedgers) -> None:
    """Openings at places where no record stands; `sizes` says how far each ledger was examined.

    Just after the newest record they are what a write that was broken off left, unless they open a seal of another
    record: then somebody moved them. What was recorded since the examination is no finding.
    """
    with files.ledgers.reading() as reader:
        # Before the sizes: openings are committed before their records.
        kept = [one for one in reader.opened_places() if not 0 <= one[1] < sizes.get(one[0], 0)]
    with files.ledgers.reading() as reader:
        ends = {ledger: max(size, reader.size(ledger)) for ledger, size in sizes.items()}
        strays = [(ledger, at, count) for ledger, at, count in kept if not 0 <= at < ends.get(ledger, 0)]
        left = [
            one for one in strays if one[0] in ends and 0 <= one[1] - ends[one[0]] < MAX_BATCH and one[2] <= MAX_LEFT
        ]
        seals: dict[Sealed, tuple[str, int]] = {}
        moved = set()
        for ledger, at, _ in left:
            for row in reader.openings(ledger, at, at + 1):
                try:
                    seals.update((seal, (ledger, at)) for seal in _seals_of(row, seen.state.case))
                except FormatError:  # no write of ours leaves what can open nothing
                    moved.add((ledger, at))
    if seals:
        moved |= {seals[seal] for seal in _all_seals(files, ends) if seal in seals}
    unfinished = {one for one in left if one[:2] not in moved}
    others = [one for one in strays if one not in unfinished]
    for _, at, count in others[:MAX_FINDINGS]:
        seen.findings.append(
            codes.OPENING_STRAY.about(
                f"openings.db, record {at}", f"It keeps {count} values for a record that is not in the ledger."
            )
        )
    if len(others) > MAX_FINDINGS:
        seen.findings.append(
            codes.OPENING_STRAY.about(
                "openings.db",
                f"It keeps values for {len(others) - MAX_FINDINGS} more records that are not in the ledger.",
            )
        )
    if unfinished:
        seen.findings.append(
            codes.RECORD_UNFINISHED.about(
                "openings.db",
                f"It keeps {sum(count for _, _, count in unfinished)} values of {len(unfinished)} records that are not "
                "in the ledger. A write was broken off before it was reported as recorded (or is going on now), or the "
                "newest records were taken away. Who recorded last can say; what is in the ledger is not affected.",
            )
        )


def _seals_of(row: OpeningRow, case: str | None) -> Iterator[Sealed]:
    """The seals that this value can open, one for each kind of record. Raises FormatError when it can open none."""
    opening = Opening(row.pointer, row.salt, row.value)
    yield from (seal(case or "", kind.type_name(), opening) for kind in KINDS)


def _all_seals(files: CaseFiles, ledgers: Iterable[str]) -> Iterator[Sealed]:
    """Every sealed field of every record that can be read."""
    for ledger in ledgers:
        for entry in reading.entries(files, ledger):
            if isinstance(entry, Entry):
                yield from sealed_fields(entry.statement.body).values()
