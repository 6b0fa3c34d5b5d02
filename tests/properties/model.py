"""What a case should be after some commands, as plain lists: no ledger, no signatures, no files. Asserts nothing."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

LABEL = "JD"


def sha256(data: bytes) -> str:
    """Hex SHA-256."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, eq=False)
class Record:
    """One record. Two are the same only when they were made by the same command: copies of a case share them."""

    kind: str
    item: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Item:
    """What was collected under a number. `objects` are needed in the evidence store for it to match."""

    number: str
    form: str
    digest: str
    size: int
    kept: bool
    path: str | None
    objects: frozenset[str]


@dataclass
class Case:
    """One case folder. `damaged` are the objects of its store that are changed or gone."""

    folder: Path
    records: list[Record] = field(default_factory=list)
    items: dict[str, Item] = field(default_factory=dict)
    stored: set[str] = field(default_factory=set)
    damaged: set[str] = field(default_factory=set)

    def copied_to(self, folder: Path) -> "Case":
        """A copy that goes its own way from here."""
        return Case(folder, list(self.records), dict(self.items), set(self.stored), set(self.damaged))

    def keep(self, content: bytes) -> str:
        """Bytes that are put into the store: a damaged object of the same digest is replaced."""
        digest = sha256(content)
        self.stored.add(digest)
        self.damaged.discard(digest)
        return digest

    def add_item(
        self, *, form: str, digest: str, size: int, kept: bool, path: str | None, objects: Iterable[str]
    ) -> Item:
        """The next number."""
        item = Item(f"{LABEL}-{len(self.items) + 1}", form, digest, size, kept, path, frozenset(objects))
        self.items[item.number] = item
        self.records.append(Record("collected/v1", item.number))
        return item

    def notes_on(self, number: str) -> list[str | None]:
        """In order."""
        return [record.text for record in self.records if record.kind == "noted/v1" and record.item == number]

    def wrong_items(self) -> set[str]:
        """The items whose bytes, or lists, are not as they were."""
        return {item.number for item in self.items.values() if item.objects & self.damaged}

    def matching(self) -> int:
        """How many items have their own bytes."""
        return sum(item.kept and not item.objects & self.damaged for item in self.items.values())


@dataclass
class Computer:
    """A CUSTODY_HOME: it remembers the records of the longest history that it saw."""

    home: Path
    memory: list[Record] = field(default_factory=list)

    def accepts(self, case: Case) -> bool:
        """Whether the case still begins with what was seen."""
        return case.records[: len(self.memory)] == self.memory

    def see(self, case: Case) -> None:
        """Remember all of it."""
        self.memory = list(case.records)
