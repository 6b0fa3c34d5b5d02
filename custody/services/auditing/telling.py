"""Names the records of one ledger as people read of them, and tells what was found of it. Judges nothing."""

from collections import Counter
from typing import TYPE_CHECKING

from custody.domain import findings as codes
from custody.domain.events import Reported
from custody.domain.fields import is_item_number
from custody.domain.findings import Code
from custody.services.auditing.seen import MAX_FINDINGS, SeenLedgers

if TYPE_CHECKING:
    from custody.services.auditing.trees import Trees


class Telling:
    """What is told of one ledger."""

    def __init__(self, ledger: str, seen: SeenLedgers) -> None:
        self.ledger = ledger
        self._seen = seen
        self._reports: list[tuple[str, Reported]] = []
        self._found: Counter[Code] = Counter()

    def named(self, item: str | None, position: int) -> str:
        """How a finding names a record: by its item, if it has one, and its place."""
        return f"{item} ({self.place(position)})" if is_item_number(item) else self.place(position)

    def place(self, first: int, last: int | None = None) -> str:
        """How people read of a place in this ledger."""
        records = f"record {first}" if last in (None, first) else f"records {first} to {last}"
        label = self._seen.labels.get(self.ledger)
        return f"{records} of {label}" if label is not None else records

    def find(self, code: Code, about: str, message: str) -> None:
        """Report something; of what is told very often of one ledger, the rest is counted."""
        self._found[code] += 1
        if self._found[code] <= MAX_FINDINGS:
            self._seen.findings.append(code.about(about, message))

    def file(self, item: str | None) -> None:
        """An item of this number was given, though the record of it is not believed."""
        if item is not None and is_item_number(item):
            self._seen.filed.add(item)

    def report(self, position: int, body: Reported) -> None:
        """A report was recorded; its checkpoint is compared at the end."""
        self._reports.append((self.place(position), body))

    def compare_reports(self, trees: "Trees") -> None:
        """Each report that was recorded states a checkpoint; it must be one that this ledger had."""
        for about, body in self._reports:
            if trees.had(self.ledger, body.checkpoint_size, body.checkpoint_root) is False:
                self.find(
                    codes.RECORD_DISOWNED,
                    about,
                    f"The report that it tells of states a checkpoint of {body.checkpoint_size} records that this "
                    "ledger never had.",
                )

    def tell_rest(self) -> None:
        """Count what was told so often that it was cut short."""
        for code, count in self._found.items():
            if count > MAX_FINDINGS:
                self._seen.findings.append(
                    code.about(f"ledger {self.ledger[:16]}…", f"So it is with {count - MAX_FINDINGS} more records.")
                )
