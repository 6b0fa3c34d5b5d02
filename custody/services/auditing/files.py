"""Examines the stored bytes: re-reads every object that a record names and compares, item by item."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from custody.domain import findings as codes
from custody.domain.examination import FileState
from custody.domain.items import Item
from custody.domain.verdict import Finding
from custody.errors import FormatError, StorageError
from custody.formats.canonical import Json
from custody.formats.encoding import parse_base64, parse_hex
from custody.formats.merkle import HASH_SIZE
from custody.formats.partslist import MAX_LINE, Part, format_line, parse_lines, parts_root
from custody.ports import CaseFiles, CheckOrder, ObjectCheck, World

CHUNK = 128  # objects a task
ALONE = 100

_BAD = (FileState.CHANGED, FileState.MISSING, FileState.UNREADABLE)
_CANNOT_SAY = "This cannot say how, when or by whom, or whether by accident."
_KEEP = "Keep this copy, do not use it, and look for another (a backup, or whoever gave it to you)."
checks = msgspec.msgpack.Decoder(list[ObjectCheck])


@dataclass(slots=True)
class SeenFiles:
    """The state of each item's bytes by number, and what was found."""

    states: dict[str, FileState] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What an item's record says of its bytes; None where it is sealed and cannot be opened here."""

    item: Item
    digest: str | None
    size: int | None
    seed: bytes | None


def examine_files(
    files: CaseFiles,
    world: World,
    items: Iterable[Item],
    sealed_values: Mapping[str, Mapping[str, Json]],
    *,
    quick: bool,
    progress: Callable[[int], None],
) -> SeenFiles:
    """Compare every item with its record; `progress` hears the bytes that were read. `quick` reads no object."""
    seen = SeenFiles()
    wanted = [_wanted(item, sealed_values.get(item.number, {})) for item in items]
    for one in wanted:
        if one.digest is None:
            seen.states[one.item.number] = FileState.UNJUDGED
            seen.findings.append(
                codes.ITEM_UNJUDGED.about(
                    one.item.number,
                    "Its digest is sealed and cannot be opened here, so there is nothing to compare the file with. "
                    "A backup of openings.db settles it.",
                )
            )
        elif not one.item.body.kept and one.item.body.parts is None:  # of a folder, its lists are kept
            seen.states[one.item.number] = FileState.NOT_KEPT
            seen.findings.append(
                codes.ITEM_NOT_KEPT.about(
                    one.item.number,
                    "Only its digest was recorded. Whoever has the file can compare: sha256sum FILE (Linux), shasum -a "
                    f"256 FILE (macOS), certutil -hashfile FILE SHA256 (Windows) must give {one.digest}.",
                )
            )
        elif quick:
            seen.states[one.item.number] = FileState.NOT_READ
    kept = [one for one in wanted if one.item.number not in seen.states]
    if not quick:
        looked_at = _Comparison(files, world, kept, seen, progress).run()
        _find_unrecorded(files, looked_at, seen)
    # In the order of the record, whatever was looked at first.
    seen.states = {one.item.number: seen.states[one.item.number] for one in wanted}
    return seen


class _Comparison:
    def __init__(
        self, files: CaseFiles, world: World, wanted: list[_Wanted], seen: SeenFiles, progress: Callable[[int], None]
    ) -> None:
        self._files = files
        self._world = world
        self._wanted = wanted
        self._seen = seen
        self._progress = progress

    def run(self) -> set[str]:
        """Fills `seen`; returns the names of the objects that were looked at."""
        objects = dict.fromkeys(one.digest for one in self._wanted if one.digest is not None)
        found = self._check(objects)
        parts = self._parts_lists(found)
        of_kept = [parts[one.item.number] for one in self._wanted if one.item.body.kept and one.item.number in parts]
        found |= self._check(
            dict.fromkeys(part.sha256.hex() for listing in of_kept for part in listing)
            | dict.fromkeys(one.item.body.parts.facts for one in self._wanted if one.item.body.parts is not None)
        )
        for one in self._wanted:
            self._seen.states[one.item.number] = self._compare(one, found, parts.get(one.item.number))
        return set(found)

    def _check(self, objects: Mapping[str, None]) -> dict[str, ObjectCheck]:
        names = list(objects)
        chunks = [names[start : start + CHUNK] for start in range(0, len(names), CHUNK)]
        folder = str(self._files.evidence.folder)
        orders = (msgspec.msgpack.encode(CheckOrder(evidence=folder, objects=tuple(chunk))) for chunk in chunks)
        found: dict[str, ObjectCheck] = {}
        world = self._world
        answers = world.workers.map(world.check_objects, orders, alone=len(names) <= ALONE)
        for chunk, answer in zip(chunks, answers, strict=True):
            for name, check in zip(chunk, checks.decode(answer), strict=True):
                found[name] = check
                self._progress(check.size)
        return found

    def _parts_lists(self, found: Mapping[str, ObjectCheck]) -> dict[str, list[Part]]:
        """The parts of each folder whose list is as it was recorded."""
        parts: dict[str, list[Part]] = {}
        for one in self._wanted:
            if one.item.body.parts is None or one.digest is None or found[one.digest].found != one.digest:
                continue
            try:
                parts[one.item.number] = list(parse_lines(self._lines(one.digest)))
            except (FormatError, StorageError):
                continue  # `_compare` reports a folder without a list
        return parts

    def _lines(self, digest: str) -> Iterator[bytes]:
        with self._files.evidence.open(digest) as file:
            while line := file.readline(MAX_LINE):
                yield line

    def _compare(self, one: _Wanted, found: Mapping[str, ObjectCheck], parts: list[Part] | None) -> FileState:
        number = one.item.number
        assert one.digest is not None
        check = found[one.digest]
        state = _state(one.digest, check)
        body = one.item.body
        if state is not FileState.MATCHES:
            what = "its list of parts" if body.parts is not None else "it"
            self._report(number, state, what, one.digest, check, one.item)
            return state
        if body.parts is None:
            if one.size is not None and check.size != one.size:
                self._changed(number, f"The record says {one.size} bytes, the file has {check.size}.")
                return FileState.CHANGED
            return FileState.MATCHES
        return self._compare_folder(one, found, parts)

    def _compare_folder(self, one: _Wanted, found: Mapping[str, ObjectCheck], parts: list[Part] | None) -> FileState:
        number, claimed = one.item.number, one.item.body.parts
        assert claimed is not None
        if parts is None:
            self._changed(number, "Its list of parts cannot be read as one.")
            return FileState.CHANGED
        states = [FileState.MATCHES]
        named = [(f"{number}/{index}", part.sha256.hex()) for index, part in enumerate(parts, 1)]
        if not one.item.body.kept:
            named = []  # the lists are kept, the parts are not
        for name, digest in (*named, (f"{number}, facts of its parts", claimed.facts)):
            state = _state(digest, found[digest])
            if state is not FileState.MATCHES:
                self._report(name, state, "it", digest, found[digest], one.item)
            states.append(state)
        size = sum(found[digest].size for _, digest in named)
        if len(parts) != claimed.count:
            self._changed(number, f"The record says {claimed.count} parts, the list has {len(parts)}.")
            states.append(FileState.CHANGED)
        elif (
            one.item.body.kept and one.size not in (None, size) and all(state is FileState.MATCHES for state in states)
        ):
            self._changed(number, f"The record says {one.size} bytes in all, the parts have {size}.")
            states.append(FileState.CHANGED)
        if one.seed is not None and parts_root(one.seed, map(format_line, parts)).hex() != claimed.root:
            self._changed(number, "The tree over its salted parts is not the one that was recorded.")
            states.append(FileState.CHANGED)
        bad = [state for state in _BAD if state in states]
        if not bad and not one.item.body.kept:
            self._seen.findings.append(
                codes.ITEM_NOT_KEPT.about(
                    number,
                    "Only the list of its parts was kept. Whoever has the folder can compare: sha256sum -c with the "
                    f"list evidence/{(one.digest or '')[:2]}/{one.digest}, inside that folder.",
                )
            )
            return FileState.NOT_KEPT
        return bad[0] if bad else FileState.MATCHES

    def _report(self, about: str, state: FileState, what: str, digest: str, check: ObjectCheck, item: Item) -> None:
        day = item.body.hashed_at[:10]
        match state:
            case FileState.MISSING:
                code, words = codes.ITEM_MISSING, f"{what[0].upper()}{what[1:]} is not in the evidence folder any more"
            case FileState.UNREADABLE:
                code, words = codes.ITEM_UNREADABLE, f"{what[0].upper()}{what[1:]} is there, but cannot be read"
            case _:
                code = codes.ITEM_CHANGED
                words = f"{what[0].upper()}{what[1:]} differs from what was recorded on {day} (then {digest[:8]}…, "
                words += f"now {(check.found or '')[:8]}…)"
        self._seen.findings.append(code.about(about, f"{words}. {_CANNOT_SAY} {_KEEP}"))

    def _changed(self, about: str, words: str) -> None:
        self._seen.findings.append(codes.ITEM_CHANGED.about(about, f"{words} {_CANNOT_SAY} {_KEEP}"))


def _wanted(item: Item, opened: Mapping[str, Json]) -> _Wanted:
    """What was sealed is whatever the signer put there: a value of another kind counts as none."""
    body = item.body
    digest = body.digest if isinstance(body.digest, str) else opened.get("/digest")
    size = body.size if isinstance(body.size, int) else opened.get("/size")
    seed = opened.get("/parts/seed")
    try:
        parse_hex(str(digest), HASH_SIZE)
        opened_seed = None if seed is None else parse_base64(seed)
    except (FormatError, AttributeError):
        return _Wanted(item, None, None, None)
    return _Wanted(item, digest, size if isinstance(size, int) else None, opened_seed)


def _state(digest: str, check: ObjectCheck) -> FileState:
    match check.result:
        case "missing":
            return FileState.MISSING
        case "unreadable":
            return FileState.UNREADABLE
    return FileState.MATCHES if check.found == digest else FileState.CHANGED


def _find_unrecorded(files: CaseFiles, looked_at: set[str], seen: SeenFiles) -> None:
    """Objects that no record names: what a collect that was broken off leaves behind."""
    others = sum(name not in looked_at for name in files.evidence.names())
    if others:
        seen.findings.append(
            codes.OBJECT_UNRECORDED.about(
                "the evidence folder",
                f"{others} stored file{'s belong' if others > 1 else ' belongs'} to no record that can be read here. A "
                "collect that was broken off leaves such files; no record says anything of them.",
            )
        )
