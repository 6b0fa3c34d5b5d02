"""Looks for what is not there: item numbers without a record, and kept openings without one."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from custody.domain import findings as codes
from custody.domain.entry import Entry, read_entry
from custody.domain.events import KINDS, sealed_fields
from custody.domain.fields import is_hash
from custody.domain.items import split_number
from custody.errors import FormatError
from custody.formats import canonical
from custody.formats.seal import Opening, Sealed, seal
from custody.ports import CaseFiles, OpeningRow, Row
from custody.services import reading
from custody.services.auditing.seen import SeenLedgers

MAX_NUMBERS = 1000  # missing item numbers counted one by one; whoever signs chooses how far a number jumps


def find_missing_numbers(seen: SeenLedgers) -> None:
    """Numbers are given without gaps: a gap is a record that was taken away."""
    by_label: dict[str, list[int]] = {}
    for number in seen.state.items:
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


def find_strays(files: CaseFiles, ids: Counter[str], sizes: Mapping[str, int], seen: SeenLedgers) -> None:
    """Openings under ids that no record bears; `sizes` says how far each ledger was examined.

    They are left by a write that was broken off, unless they open a seal of another record: then somebody filed them
    anew. What was recorded since the examination is looked up after them: an honest writer is no finding.
    """
    with files.ledgers.reading() as reader:
        kept = Counter(statement for statement, _ in reader.opening_keys() if statement not in ids)
    if not kept:
        return
    with files.ledgers.reading() as reader:
        newer = {identity_of(row) for ledger, size in sizes.items() for row in reader.rows(ledger, size)}
        unknown = [statement for statement in kept if statement not in newer]
        seals = {seal: row.statement for row in reader.openings(unknown) for seal in _seals_of(row, seen.state.case)}
    moved = {seals[seal] for seal in _all_seals(files, sizes) if seal in seals}
    for statement in sorted(unknown):
        if statement in moved or not is_hash(statement):
            seen.findings.append(
                codes.OPENING_STRAY.about(
                    f"openings.db, {statement[:16]}…",
                    f"It keeps {kept[statement]} values under the name of a record that is not in the ledger.",
                )
            )
    left = [statement for statement in unknown if statement not in moved and is_hash(statement)]
    if left:
        seen.findings.append(
            codes.RECORD_UNFINISHED.about(
                "openings.db",
                f"It keeps {sum(kept[statement] for statement in left)} values of {len(left)} records that are not in "
                "the ledger. A write was broken off before it was reported as recorded (or is going on now), or the "
                "newest records were taken away. Who recorded last can say; what is in the ledger is not affected.",
            )
        )


def _seals_of(row: OpeningRow, case: str | None) -> Iterator[Sealed]:
    """The seals that this value can open, one for each kind of record."""
    try:
        opening = Opening(row.pointer, row.salt, canonical.parse(row.value))
    except FormatError:
        return
    yield from (seal(case or "", kind.type_name(), opening) for kind in KINDS)


def _all_seals(files: CaseFiles, ledgers: Iterable[str]) -> Iterator[Sealed]:
    """Every sealed field of every record that can be read."""
    for ledger in ledgers:
        for entry in reading.entries(files, ledger):
            if isinstance(entry, Entry):
                yield from sealed_fields(entry.statement.body).values()


def identity_of(row: Row) -> str | None:
    """The id of the statement in a row, None when it cannot be read."""
    try:
        return read_entry(row.envelope).id
    except FormatError:
        return None
