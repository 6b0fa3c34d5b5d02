"""Matches files that a reader was given with the items of a record, by their digests. Reads no file.

A name is no evidence of what a file is: it only helps to say which one is meant.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from custody.domain import findings as codes
from custody.domain.examination import FileState
from custody.domain.items import Item
from custody.domain.verdict import Finding
from custody.errors import FormatError
from custody.formats import partslist
from custody.formats.canonical import Json
from custody.formats.partslist import Part, format_line
from custody.services.auditing.seen import MAX_FINDINGS
from custody.services.auditing.wanted import Wanted, what_is_wanted

LITTER = frozenset((b".DS_Store", b"Thumbs.db", b"desktop.ini"))
"""What systems leave in folders by themselves: not of the evidence, unless it is recorded."""

MAX_FOLDERS = 1000  # folders whose files are tried as the parts of an item
SHOWN = 5  # parts that a finding names


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file that the reader was given: how people name it, its hex SHA-256 and size.

    `folder` is the folder that was named if it came from one, and `inside` its path in there (`/` between names).
    """

    name: str
    sha256: str
    size: int
    folder: str | None = None
    inside: bytes = b""


@dataclass(slots=True)
class Matches:
    """The state of each item's bytes by number, and what was found."""

    states: dict[str, FileState] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def match_files(
    items: Iterable[Item],
    opened: Mapping[str, Mapping[str, Json]],
    names: Mapping[str, str],
    objects: Mapping[str, bytes],
    given: Sequence[GivenFile],
    documents: Mapping[str, str] | None = None,
) -> Matches:
    """Compare every item with what was given; what was given and is of no item is told.

    `opened` are sealed digests and sizes, and `names` names of items, as far as the record opens them, by number;
    `objects` what the record carries, by hex SHA-256: lists of parts among them. `documents` are what is no evidence
    and lies beside it, by hex SHA-256: this document and those that the record tells of, and what they are.
    """
    return _Matching(names, objects, given, documents or {}).run(what_is_wanted(items, opened))


class _Matching:
    def __init__(
        self,
        names: Mapping[str, str],
        objects: Mapping[str, bytes],
        given: Sequence[GivenFile],
        documents: Mapping[str, str],
    ) -> None:
        self._names = names
        self._documents = documents
        self._objects = objects
        self._given = given
        self._by_digest: dict[str, list[GivenFile]] = {}
        for one in given:
            self._by_digest.setdefault(one.sha256, []).append(one)
        self._folders = _folders(given)
        # Each list is read and compared once: a record may name one of a million parts for all of its items.
        self._lists: dict[str, list[Part] | None] = {}
        self._compared: dict[str, tuple[str, FileState]] = {}
        self._by_list: dict[str, dict[bytes, str]] | None = None
        self._known: set[str] = set()  # digests of what is of some item
        self._told: set[GivenFile] = set()
        self._seen = Matches()

    def run(self, wanted: Sequence[Wanted]) -> Matches:
        for one in wanted:
            self._seen.states[one.item.number] = self._state(one)
        self._tell_unknown()
        return self._seen

    def _state(self, one: Wanted) -> FileState:
        number = one.item.number
        if one.digest is None:
            self._find(
                codes.ITEM_UNJUDGED.about(
                    number, "Its digest is under seal and not opened here, so there is nothing to compare a file with."
                )
            )
            return FileState.UNJUDGED
        state = self._folder(one, one.digest) if one.item.body.parts is not None else self._file(one, one.digest)
        if state is not FileState.NOT_GIVEN:
            return state
        if one.item.standing == "disposed":
            return FileState.DISPOSED
        if one.item.body.parts is None:
            words = f"No file was given whose SHA-256 is {one.digest}."
            self._find(codes.ITEM_NOT_GIVEN.about(number, f"{words} Whoever has its file can compare it."))
        return state

    def _file(self, one: Wanted, digest: str) -> FileState:
        found = self._by_digest.get(digest)
        if not found:
            return FileState.NOT_GIVEN
        self._known.add(digest)
        if one.size is not None and found[0].size != one.size:
            self._find(
                codes.ITEM_CHANGED.about(
                    one.item.number, f"The record says {one.size} bytes; {found[0].name} has {found[0].size}."
                )
            )
            return FileState.CHANGED
        return FileState.MATCHES

    def _folder(self, one: Wanted, digest: str) -> FileState:
        number = one.item.number
        if digest in self._by_digest:
            self._known.add(digest)  # the list of its parts itself
        parts = self._parts(digest)
        if parts is None:
            if self._by_list is None:
                self._by_list = {_list_digest(files): files for files in self._folders}
            if digest in self._by_list:
                self._known.update(self._by_list[digest].values())
                return FileState.MATCHES
            self._find(
                codes.ITEM_NOT_GIVEN.about(
                    number,
                    "No folder was given whose files are all of its parts. Name the folder itself, with nothing more "
                    "in it, or less.",
                )
            )
            return FileState.NOT_GIVEN
        if digest not in self._compared:
            self._compared[digest] = number, self._compare(number, parts)
            return self._compared[digest][1]
        first, state = self._compared[digest]
        told = {FileState.CHANGED: codes.ITEM_CHANGED, FileState.NOT_GIVEN: codes.ITEM_NOT_GIVEN}.get(state)
        if told is not None:
            self._find(told.about(number, f"It has the same list of parts as {first}, and it is with it as with that."))
        return state

    def _compare(self, number: str, parts: Sequence[Part]) -> FileState:
        """The state of a folder whose list of parts is here."""
        self._known.update(part.sha256.hex() for part in parts)
        changed = list(self._changed(parts))
        for words in changed[:MAX_FINDINGS]:
            self._find(codes.ITEM_CHANGED.about(number, words))
        missing = sum(part.sha256.hex() not in self._by_digest for part in parts)
        if changed:
            return FileState.CHANGED
        if not missing:
            return FileState.MATCHES
        here = len(parts) - missing
        self._find(
            codes.ITEM_NOT_GIVEN.about(number, f"{here} of its {len(parts)} parts were given, and match; others not.")
        )
        return FileState.NOT_GIVEN

    def _changed(self, parts: Sequence[Part]) -> Iterator[str]:
        """In words, each given file that stands where a part belongs and has other bytes: where most others fit."""
        by_path = {part.path: part.sha256.hex() for part in parts}
        for files in self._folders:
            # By the parts: whoever writes a record chooses how many lists there are, and not how many files are given.
            same = sum(files.get(path) == digest for path, digest in by_path.items())
            if not 2 * same >= len(by_path):
                continue  # another folder, that happens to have a file of the same name
            for path, recorded in by_path.items():
                digest = files.get(path)
                if digest is not None and digest != recorded:
                    shown = path.decode("utf-8", "backslashreplace")
                    self._told.update(self._by_digest[digest])
                    yield f"Its part {shown} differs from what was recorded (then {recorded[:8]}…, " + (
                        f"now {digest[:8]}…)."
                    )

    def _parts(self, digest: str) -> list[Part] | None:
        if digest not in self._lists:
            data = self._objects.get(digest)
            try:
                found = None if data is None else list(partslist.parse_lines(data.splitlines(keepends=True)))
            except FormatError:
                found = None
            self._lists[digest] = found
        return self._lists[digest]

    def _tell_unknown(self) -> None:
        unknown = [one for one in self._given if one.sha256 not in self._known and one not in self._told]
        litter = [one for one in unknown if one.folder is not None and one.inside.rpartition(b"/")[2] in LITTER]
        beside = [one for one in unknown if one.sha256 in self._documents]
        left_out = {*litter, *beside}
        strange = [one for one in unknown if one not in left_out and one.sha256 not in self._objects]
        numbers: dict[str, list[str]] = {}
        for number, name in self._names.items():
            numbers.setdefault(name, []).append(number)
        for one in strange[:MAX_FINDINGS]:
            namesakes = numbers.get(one.name.rpartition("/")[2], [])
            words = f"No item of this record has these bytes (SHA-256 {one.sha256})."
            if namesakes:
                words += f" It has the name of {' and '.join(namesakes[:SHOWN])}, and other bytes."
            self._find(codes.FILE_UNKNOWN.about(one.name, words))
        if len(strange) > MAX_FINDINGS:
            self._find(codes.FILE_UNKNOWN.about("the files", f"So it is with {len(strange) - MAX_FINDINGS} more."))
        for one in beside[:MAX_FINDINGS]:
            self._find(
                codes.FILE_PASSED_OVER.about(one.name, f"It is {self._documents[one.sha256]}, and was passed over.")
            )
        if litter:
            self._find(
                codes.FILE_PASSED_OVER.about(
                    f"{len(litter)} file{'' if len(litter) == 1 else 's'}",
                    "What systems leave in folders by themselves was passed over.",
                )
            )

    def _find(self, finding: Finding) -> None:
        self._seen.findings.append(finding)


def _folders(given: Sequence[GivenFile]) -> list[dict[bytes, str]]:
    """The named folders, and the folders directly in them: path and digest of each file."""
    found: dict[tuple[str, bytes], dict[bytes, str]] = {}
    for one in given:
        if one.folder is None:
            continue
        found.setdefault((one.folder, b""), {})[one.inside] = one.sha256
        first, slash, rest = one.inside.partition(b"/")
        if slash:
            found.setdefault((one.folder, first), {})[rest] = one.sha256
    return list(found.values())[:MAX_FOLDERS]


def _list_digest(files: Mapping[bytes, str]) -> str:
    """The digest of the list of parts that a folder of these files has."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(format_line(Part(bytes.fromhex(files[path]), path)))
    return digest.hexdigest()
