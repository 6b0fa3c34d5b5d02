"""A case of every kind of record, copies of it to damage, and what an examination must then say. Asserts nothing."""

import hashlib
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from custody import bootstrap
from custody.adapters.casefolder import read_case
from custody.domain.entry import read_entry
from custody.domain.examination import FileState
from custody.domain.verdict import Finding, Verdict
from custody.errors import FormatError, StorageError
from custody.ports import CaseFiles, World
from custody.services.auditing import Audit
from custody.services.recording import Circumstances, CollectOptions, Draft, Target, collect, collect_text, note
from tests.builders import examine, findings, new_case, reported

HOW = Circumstances(
    method="download",
    tool="Firefox 128",
    found_at="https://example.org/post/17",
    place="Market square",
    description="The van in the second picture",
)
SIGNED = b"%PDF-1.7 signed"  # stands for a report
REPORT = hashlib.sha256(SIGNED).hexdigest()
Cell = str | bytes | int | None
Change = Callable[["Copy"], None]


@dataclass(frozen=True)
class EntryCells:
    """One row of `entries` as it was stored, and its statement's id."""

    ledger: str
    position: int
    item: str | None
    envelope: bytes
    nodes: bytes
    id: str


@dataclass(frozen=True)
class OpeningCells:
    """One row of `openings` as it was stored."""

    ledger: str
    position: int
    pointer: str
    salt: bytes
    value: bytes


@dataclass(frozen=True)
class Original:
    """An undamaged case; nothing is ever changed in it. Its heads are remembered in `home`."""

    folder: Path
    home: Path
    world: World
    entries: tuple[EntryCells, ...]
    openings: tuple[OpeningCells, ...]
    states: Mapping[str, FileState]
    objects: Mapping[str, frozenset[str]]
    """The items that need each object of the evidence store, by its name; without the copy of the report."""

    def copy(self, to: Path) -> "Copy":
        """A copy in a new folder."""
        shutil.copytree(self.folder, to)
        return Copy(self, to)


@dataclass(frozen=True)
class Copy:
    """A copy of the case, to be damaged."""

    original: Original
    folder: Path

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.db"

    @property
    def openings(self) -> Path:
        return self.folder / "openings.db"

    @property
    def files(self) -> CaseFiles:
        return bootstrap.case_files(read_case(self.folder))

    def object(self, name: str) -> Path:
        """Where an object of the evidence store lies."""
        return self.folder / "evidence" / name[:2] / name

    def write(self, sql: str, *values: Cell) -> None:
        """Run one statement on ledger.db without its triggers, which are there again afterwards."""
        with _quick(self.ledger) as connection:
            triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            connection.execute(sql, values)
            for _, text in triggers:
                connection.execute(text)

    def write_openings(self, sql: str, *values: Cell) -> None:
        """Run one statement on openings.db."""
        with _quick(self.openings) as connection:
            connection.execute(sql, values)

    def set(self, column: str, position: int, value: Cell) -> None:
        """Another value in one cell of `entries`."""
        self.write(f"UPDATE entries SET {column} = ? WHERE position = ?", value, position)

    def set_opening(self, column: str, row: OpeningCells, value: Cell) -> None:
        """Another value in one cell of `openings`."""
        self.write_openings(
            f"UPDATE openings SET {column} = ? WHERE position = ? AND pointer = ?", value, row.position, row.pointer
        )

    def examine(self) -> Audit:
        """The audit, by the reader whose computer remembers the case."""
        return examine(self.files, self.original.world)


@contextmanager
def _quick(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that does not wait for the disk: nobody needs these copies after a crash."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        yield connection


def make_original(folder: Path) -> Original:
    """Several files, a failed attempt, a folder as one item, a typed text, a digest only, a note, a report, a file."""
    home = folder / "home"
    world = bootstrap.world(home)
    recorder = new_case(folder / "case", world)
    given = folder / "given"
    chat = given / "chat"
    chat.mkdir(parents=True)
    for name, content in (("a.jpg", b"\xff\xd8\xff\xe0 picture"), ("b.txt", b"plain text\n"), ("empty", b"")):
        (given / name).write_bytes(content)
    (chat / "messages.txt").write_text("10:02 they are here\n")
    (chat / "voice.opus").write_bytes(b"OggS" + bytes(range(256)) * 20)
    (given / "large.bin").write_bytes(bytes(range(256)) * 8)
    (given / "known.bin").write_bytes(b"held elsewhere")

    def take(*names: str, as_one: bool = False, keep: bool = True) -> None:
        targets = [Target(str(given / name), as_one=as_one) for name in names]
        options = CollectOptions(HOW, keep=keep, extra=("md5", "sha1", "sha512"))
        collect(recorder, targets, options, stop=lambda: False, progress=lambda _: None)

    take("a.jpg", "b.txt", "gone.png", "empty")
    take("chat", as_one=True)
    collect_text(recorder, "+49 151 0000000", HOW)
    take("known.bin", keep=False)
    note(recorder, "JD-2", "the second picture is from another day")
    size, root = _head(recorder.files, recorder.ledger.id)
    digest = recorder.files.evidence.add(SIGNED)
    body = reported(digest=digest, size=15, unsigned_size=9, items=6, checkpoint_size=size, checkpoint_root=root.hex())
    recorder.append([Draft(body)])
    take("large.bin")
    return read_original(folder / "case", home, world)


def read_original(folder: Path, home: Path, world: World) -> Original:
    """What lies in an undamaged case."""
    with closing(sqlite3.connect(f"file:{folder / 'ledger.db'}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT ledger, position, item, envelope, nodes FROM entries ORDER BY position")
        entries = tuple(EntryCells(row[0], row[1], row[2], row[3], row[4], read_entry(row[3]).id) for row in rows)
    with closing(sqlite3.connect(f"file:{folder / 'openings.db'}?mode=ro", uri=True)) as connection:
        found = connection.execute("SELECT ledger, position, pointer, salt, value FROM openings ORDER BY 2, 3")
        openings = tuple(OpeningCells(*row) for row in found)
    files = bootstrap.case_files(read_case(folder))
    seen = examine(files, world)
    return Original(folder, home, world, entries, openings, dict(seen.seen.files), dict(_objects(files, seen)))


def _head(files: CaseFiles, ledger: str) -> tuple[int, bytes]:
    from custody.services.remembering import root_of

    with files.ledgers.reading() as reader:
        size = reader.size(ledger)
        return size, root_of(reader, ledger, size)


def _objects(files: CaseFiles, seen: Audit) -> Iterator[tuple[str, frozenset[str]]]:
    users: dict[str, set[str]] = {name: set() for name in files.evidence.names() if name != REPORT}
    opened = {
        name: number
        for number, item in seen.seen.state.items.items()
        for name in users
        if isinstance(item.body.digest, str) and name == item.body.digest
    }
    for number, item in seen.seen.state.items.items():
        if item.body.parts is not None:
            assert isinstance(item.body.parts.facts, str)
            assert isinstance(item.body.digest, str)
            users[item.body.parts.facts].add(number)
            with files.evidence.open(item.body.digest) as listing:
                for line in listing:
                    users[line[:64].decode()].add(number)
    for name, number in opened.items():
        users[name].add(number)
    for name, numbers in users.items():
        yield name, frozenset(numbers or {"JD-5"})  # the typed text, whose digest is sealed


def complaint(
    copy: Copy,
    *,
    positions: Iterable[int] = (),
    items: Iterable[str] = (),
    others: bool = True,
    may_not_open: bool = False,
    stray: bool = False,
    code: str | None = None,
) -> str | None:
    """What is wrong with the examination of a damaged copy, None when nothing is.

    It must fail; a failed finding must name one of these records or items (or openings.db, for a `stray` one), and be
    of this `code` where one is given; and unless `others` is false, every item that is not concerned must be judged as
    in the undamaged case.
    """
    positions, items = set(positions), set(items)
    try:
        audit = copy.examine()
    except (FormatError, StorageError) as error:
        return None if may_not_open else f"did not open: {error!r}"
    if audit.judgement.verdict is not Verdict.FAILED:
        return f"was judged {audit.judgement.verdict}: {[finding.code for finding in findings(audit.judgement)]}"
    failed = [finding for finding in findings(audit.judgement) if finding.verdict is Verdict.FAILED]
    failed = [finding for finding in failed if code in (None, finding.code)]
    concerned = items | {item for position in positions if (item := _item_of(copy, position)) is not None}
    if not any(_names(finding, positions, concerned, stray=stray) for finding in failed):
        return f"does not name it: {[(finding.code, finding.about) for finding in failed]}"
    if others:
        before = {number: state for number, state in copy.original.states.items() if number not in concerned}
        after = {number: state for number, state in audit.seen.files.items() if number not in concerned}
        if before != after:
            return f"judged others otherwise: {sorted(set(before.items()) ^ set(after.items()))}"
        if not concerned and audit.judgement.items.matching != sum(
            state is FileState.MATCHES for state in copy.original.states.values()
        ):
            return f"counts {audit.judgement.items}"
    return None


def _item_of(copy: Copy, position: int) -> str | None:
    entries = copy.original.entries
    return entries[position].item if 0 <= position < len(entries) else None


def _names(finding: Finding, positions: set[int], items: set[str], *, stray: bool) -> bool:
    if stray and finding.about.startswith("openings.db"):
        return True
    for first, last in re.findall(r"records? (-?\d+)(?: to (-?\d+))?", finding.about):
        if any(int(first) <= position <= int(last or first) for position in positions):
            return True
    return any(re.search(rf"\b{re.escape(item)}\b", finding.about) for item in items)


def flipped(data: bytes, place: int, bit: int = 0) -> bytes:
    """The bytes with one bit turned over."""
    return data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]


def wrong(complaints: Mapping[str, str | None]) -> str:
    """The complaints as lines; empty when there are none."""
    return "\n".join(f"{kind}: {what}" for kind, what in complaints.items() if what is not None)
