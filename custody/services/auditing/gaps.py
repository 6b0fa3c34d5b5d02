"""Looks for what is not there: item numbers without a record, and kept openings without one."""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

from custody.domain import findings as codes
from custody.domain.entry import read_entry
from custody.domain.items import split_number
from custody.errors import FormatError
from custody.ports import CaseFiles, Row
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

    What somebody recorded since then is looked up in the same view: an honest writer is no finding.
    """
    with files.ledgers.reading() as reader:
        newer = {identity_of(row) for ledger, size in sizes.items() for row in reader.rows(ledger, size)}
        keys = (statement for statement, _ in reader.opening_keys())
        strays = Counter(statement for statement in keys if statement not in ids and statement not in newer)
    for statement, count in sorted(strays.items()):
        seen.findings.append(
            codes.OPENING_STRAY.about(
                f"openings.db, {statement[:16]}…", f"It keeps {count} values for a record that is not in the ledger."
            )
        )


def identity_of(row: Row) -> str | None:
    """The id of the statement in a row, None when it cannot be read."""
    try:
        return read_entry(row.envelope).id
    except FormatError:
        return None
