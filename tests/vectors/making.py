"""Makes one case folder in the fixed world, and damages it. Knows no fault by name."""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from custody import bootstrap
from custody.domain.entry import Entry, read_entry
from custody.domain.events import Body, Collected, Reported
from custody.domain.statement import PAYLOAD_TYPE, Head, Statement, filed_under
from custody.formats import canonical
from custody.formats.canonical import Json
from custody.formats.dsse import Envelope, format_envelope, pae
from custody.formats.merkle import EMPTY_ROOT, Frontier, leaf_hash
from custody.formats.seal import SALT_SIZE, Opening, Sealed, seal
from custody.ports import CaseFiles, Signer
from custody.services import replaying
from custody.services.recording import (
    Circumstances,
    CollectOptions,
    Draft,
    Recorder,
    Target,
    collect,
    collect_text,
    note,
    open_case,
)
from tests.builders import changed, new_folder, sign
from tests.vectors.fixed import LEAD, GivenIntake, make_world

PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01 a picture of the gate"
HOW = Circumstances(method="download", tool="Firefox 128", found_at="https://example.org/post/17")
SMALL_PAGES = "PRAGMA page_size = 1024; VACUUM"  # most of a page would be empty, many times over
Cell = str | bytes | int | None
Edit = Callable[[Statement], Statement]


@dataclass(frozen=True, slots=True)
class Stored:
    """One row of `entries`."""

    ledger: str
    position: int
    item: str | None
    envelope: bytes
    nodes: bytes


class Making:
    """A case in the making. Its folder is `folder`; `given` is what may be collected, by name.

    `against` are texts of files that the reader has of an earlier state.
    """

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.against: list[str] = []
        self._given: dict[bytes, bytes] = {}
        self._world = make_world(self._given, home)
        new_folder(folder)
        open_case(self.files, self._world, LEAD, reference="2026-031", title="Market square", label="JD")
        for database in (self.ledger, self.openings):
            with closing(sqlite3.connect(database, isolation_level=None)) as connection:
                connection.executescript(SMALL_PAGES)
        self.recorder = Recorder(self.files, self._world, LEAD)

    @property
    def files(self) -> CaseFiles:
        """The parts of the case."""
        files = bootstrap.case_files(bootstrap.read_case(self.folder))
        return replace(files, intake=GivenIntake(self._given))

    # What a person does.

    def file(
        self, name: str = "gate.jpg", data: bytes = PHOTO, *, keep: bool = True, extra: tuple[str, ...] = ()
    ) -> None:
        """Collect one file."""
        self._given[f"/home/ana/{name}".encode("utf-8", "surrogateescape")] = data
        self._collect(CollectOptions(HOW, keep=keep, extra=extra), Target(f"/home/ana/{name}"))

    def files_at_once(self, *names: str) -> None:
        """Collect several files in one batch; one that is not given fails."""
        self._collect(CollectOptions(HOW), *(Target(f"/home/ana/{name}") for name in names))

    def folder_of(self, parts: dict[str, bytes], *, keep: bool = True, seal_digest: bool = False) -> None:
        """Collect a folder as one item."""
        for name, data in parts.items():
            self._given[f"/home/ana/chat/{name}".encode("utf-8", "surrogateescape")] = data
        options = CollectOptions(HOW, keep=keep, seal_digest=seal_digest, extra=("sha1",))
        self._collect(options, Target("/home/ana/chat", as_one=True))

    def give(self, name: str, data: bytes) -> None:
        """Something that may be collected."""
        self._given[f"/home/ana/{name}".encode()] = data

    def text(self, words: str = "+49 151 0000000") -> None:
        """Record a typed text."""
        collect_text(self.recorder, words, replace_method(HOW))

    def note(self, item: str = "JD-1", words: str = "the second picture is from another day") -> None:
        """Write a remark on an item."""
        note(self.recorder, item, words)

    def report(self, *, kept: bool = True) -> None:
        """Record that a report was made, and keep something for it."""
        size, root = self.head()
        files, ledger = self.recorder.files, self.recorder.ledger
        with files.ledgers.reading() as reader:
            number = len(list(replaying.reports(reader, ledger))) + 1
        signed = f"%PDF-1.7, report {number}, signed".encode()
        body = Reported(
            number=number,
            version=1,
            supersedes=None,
            document="integrity",
            unsigned_digest=sha256(signed[:20]).hexdigest(),
            unsigned_size=20,
            digest=files.evidence.add(signed) if kept else sha256(signed).hexdigest(),
            size=len(signed),
            items=1,
            whole=True,
            checkpoint_size=size,
            checkpoint_root=root.hex(),
        )
        self.recorder.append([Draft(body)])

    def _collect(self, options: CollectOptions, *targets: Target) -> None:
        collect(self.recorder, targets, options, stop=lambda: False, progress=lambda _: None)

    # What lies there.

    @property
    def ledger(self) -> Path:
        """ledger.db."""
        return self.folder / "ledger.db"

    @property
    def openings(self) -> Path:
        """openings.db."""
        return self.folder / "openings.db"

    def rows(self) -> list[Stored]:
        """The stored rows, in order."""
        with closing(sqlite3.connect(self.ledger)) as connection:
            found = connection.execute("SELECT ledger, position, item, envelope, nodes FROM entries ORDER BY position")
            return [Stored(*row) for row in found]

    def entry(self, position: int) -> Entry:
        """The entry at a position."""
        return read_entry(self.rows()[position].envelope)

    def head(self, size: int | None = None) -> tuple[int, bytes]:
        """Size and root of the ledger, or of its first `size` entries."""
        frontier = Frontier()
        for row in self.rows()[:size]:
            frontier.append(leaf_hash(row.envelope))
        return frontier.size, frontier.root()

    def stored(self, name: str) -> Path:
        """Where an object of the evidence store lies."""
        return self.folder / "evidence" / name[:2] / name

    # What a stranger with an editor for databases does.

    def run(self, script: str, *, openings: bool = False) -> None:
        """Run SQL on one database as it stands."""
        with closing(sqlite3.connect(self.openings if openings else self.ledger, isolation_level=None)) as connection:
            connection.executescript(script)

    def write(self, sql: str, *values: Cell) -> None:
        """Run one statement on ledger.db without its triggers, which are there again afterwards."""
        with self._without_triggers() as connection:
            connection.execute(sql, values)

    def write_openings(self, sql: str, *values: Cell) -> None:
        """Run one statement on openings.db."""
        with closing(sqlite3.connect(self.openings, isolation_level=None)) as connection:
            connection.execute(sql, values)

    def put(self, row: Stored) -> None:
        """Add a row."""
        self.write(
            "INSERT INTO entries (ledger, position, item, envelope, nodes) VALUES (?, ?, ?, ?, ?)",
            row.ledger, row.position, row.item, row.envelope, row.nodes,
        )  # fmt: skip

    def put_envelope(self, position: int, envelope: bytes) -> None:
        """Another envelope in a row; the tree nodes of all rows follow."""
        self.write("UPDATE entries SET envelope = ? WHERE position = ?", envelope, position)
        frontier = Frontier()
        for row in self.rows():
            nodes = b"".join(frontier.append(leaf_hash(row.envelope)))
            self.write("UPDATE entries SET nodes = ? WHERE position = ?", nodes, row.position)

    def overwrite(self, path: Path, data: bytes) -> None:
        """Other bytes in a file."""
        if path.exists():
            path.chmod(0o600)
        path.write_bytes(data)

    @contextmanager
    def _without_triggers(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.ledger, isolation_level=None)) as connection:
            triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            yield connection
            for _, text in triggers:
                connection.execute(text)

    # What whoever holds the key does.

    def sign_again(self, edit: Callable[[int, Statement], Statement | tuple[Statement, Signer]]) -> None:
        """Sign every record anew, each a batch of its own after what is before it, as `edit` changes it.

        References follow; only what `edit` says is wrong.
        """
        before = self.rows()
        frontier, ids = Frontier(), dict[str, str]()
        self.write("DELETE FROM entries")
        for row in before:
            old = read_entry(row.envelope)
            statement = changed(
                old.statement,
                head=Head(size=frontier.size, root=(frontier.root() if frontier.size else EMPTY_ROOT).hex()),
                prev=ids.get(old.statement.prev or ""),
                people=ids.get(old.statement.people or ""),
            )
            edited = edit(row.position, statement)
            statement, signer = edited if isinstance(edited, tuple) else (edited, LEAD)
            entry = sign(statement, signer)
            envelope = format_envelope(entry.envelope)
            ids[old.id] = entry.id
            nodes = b"".join(frontier.append(leaf_hash(envelope)))
            self.put(Stored(row.ledger, row.position, filed_under(statement), envelope, nodes))

    def sign_last_again(self, edit: Edit, signer: Signer = LEAD) -> None:
        """Sign the newest record anew, as `edit` changes it."""
        last = len(self.rows()) - 1
        self.sign_again(lambda position, one: (edit(one), signer) if position == last else one)

    def say(self, like: int, by: Signer = LEAD, **members: object) -> None:
        """Append a record like that at position `like`, right in every member that is not named, and its openings."""
        rows = self.rows()
        size, root = self.head()
        old = read_entry(rows[like].envelope)
        right: dict[str, object] = {
            "position": size,
            "head": Head(size=size, root=root.hex()),
            "people": self.entry(0).id,
        }
        entry = sign(changed(old.statement, **{**right, **members}), by)
        envelope = format_envelope(entry.envelope)
        frontier = Frontier()
        for row in rows:
            frontier.append(leaf_hash(row.envelope))
        nodes = b"".join(frontier.append(leaf_hash(envelope)))
        self.put(Stored(rows[0].ledger, size, filed_under(entry.statement), envelope, nodes))
        self.write_openings(
            "INSERT INTO openings SELECT ledger, ?, pointer, salt, value FROM openings WHERE position = ?", size, like
        )

    def seal_again(self, pointer: str, value: Json, edit: Callable[[Any, Sealed], Body]) -> None:
        """Seal another value at `pointer` of the newest record, sign it anew, and keep what opens it."""
        last = len(self.rows()) - 1
        body = self.body(last)
        salt = self._world.entropy(SALT_SIZE)
        sealed = seal(self.recorder.case, body.kind, Opening.of(pointer, salt, value))
        self.sign_last_again(lambda one: changed(one, body=edit(one.body, sealed)))
        self.write_openings(
            "UPDATE openings SET salt = ?, value = ? WHERE position = ? AND pointer = ?",
            salt,
            canonical.encode(value),
            last,
            pointer,
        )

    def forget(self, position: int) -> None:
        """Erase the openings of a record."""
        self.write_openings("DELETE FROM openings WHERE position = ?", position)

    def body(self, position: int) -> Body:
        """The body of a record."""
        return self.entry(position).statement.body

    def lists(self, listing: Sequence[bytes] | None = None, facts: Sequence[bytes] | None = None) -> tuple[str, str]:
        """Keep these lines as the lists of the folder JD-1 in place of its own; the digests of both lists."""
        body = self.body(1)
        assert isinstance(body, Collected)
        assert body.parts is not None
        kept = []
        for digest, lines in ((body.digest, listing), (body.parts.facts, facts)):
            assert isinstance(digest, str)
            if lines is not None:
                self.stored(digest).unlink()
                digest = self.files.evidence.add(b"".join(lines))
            kept.append(digest)
        return kept[0], kept[1]

    def lines(self, digest: object) -> list[bytes]:
        """The lines of an object."""
        return self.stored(str(digest)).read_bytes().splitlines(keepends=True)


def with_body(statement: Statement, **members: object) -> Statement:
    """The statement with other members of its body."""
    return changed(statement, body=msgspec.structs.replace(statement.body, **members))


def signed_envelope(payload: bytes) -> bytes:
    """An envelope over any bytes, signed by the lead."""
    return format_envelope(
        Envelope(
            payload_type=PAYLOAD_TYPE,
            unverified_payload=payload,
            key_id=LEAD.key_id,
            signature=LEAD.sign(pae(PAYLOAD_TYPE, payload)),
        )
    )


def replace_method(how: Circumstances) -> Circumstances:
    """The same for something typed."""
    return Circumstances(method="typed", tool="custody", found_at=how.found_at)


def digest(data: bytes) -> str:
    """Hexadecimal SHA-256."""
    return sha256(data).hexdigest()


@contextmanager
def made() -> Iterator[Making]:
    """A new case, opened and empty, in a place of its own that is removed afterwards."""
    with tempfile.TemporaryDirectory() as place:
        yield Making(Path(place) / "case", Path(place) / "home")


def deliver(making: Making, to: Path) -> None:
    """The finished folder, its files writable: git keeps no modes."""
    shutil.copytree(making.folder, to, copy_function=shutil.copyfile)
