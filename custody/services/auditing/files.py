"""Examines the stored bytes: re-reads every object that a record names and compares, item by item."""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import zip_longest

from custody.domain import findings as codes
from custody.domain.examination import FileState
from custody.domain.items import Item
from custody.domain.parts import PartFacts
from custody.domain.verdict import Finding
from custody.domain.wording import capital
from custody.formats.canonical import Json
from custody.formats.digest import EXTRA_ALGORITHMS
from custody.ports import CaseFiles, ObjectCheck, World
from custody.services import tokens
from custody.services.auditing.folders import Lists, differences, read_lists
from custody.services.auditing.objects import Asked, check_objects, merged
from custody.services.auditing.seen import MAX_FINDINGS
from custody.services.auditing.wanted import Wanted, what_is_wanted

MAX_UNRECORDED = 2**36  # bytes of an object that no record names; larger ones are not read
_BAD = (FileState.CHANGED, FileState.MISSING, FileState.UNREADABLE)
_CANNOT_SAY = "This cannot say how, when or by whom, or whether by accident."
_ANOTHER = "look for another (a backup, or whoever gave it to you)."
_KEEP = f"Keep this copy, do not use it, and {_ANOTHER}"
_NO_COPY = f"There is no copy of it here: {_ANOTHER}"


@dataclass(slots=True)
class SeenFiles:
    """The state of each item's bytes by number, and what was found."""

    states: dict[str, FileState] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def examine_files(
    files: CaseFiles,
    world: World,
    items: Iterable[Item],
    sealed_values: Mapping[str, Mapping[str, Json]],
    *,
    quick: bool,
    progress: Callable[[int], None],
    unrecorded: bool = True,
    reports: AbstractSet[str] = frozenset(),
) -> SeenFiles:
    """Compare every item with its record; `progress` hears the bytes that were read. `quick` reads no object.

    `unrecorded` looks for objects that no item names: not where only some of the items are given. `reports` are the
    objects of reports, which are compared elsewhere.
    """
    seen = SeenFiles()
    wanted = what_is_wanted(items, sealed_values)
    for one in wanted:
        if one.item.standing == "disposed":
            seen.states[one.item.number] = FileState.DISPOSED
        elif one.digest is None:
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
        if unrecorded:
            _find_unrecorded(files, world, looked_at | reports, seen, progress)
    # In the order of the record, whatever was looked at first.
    seen.states = {one.item.number: seen.states[one.item.number] for one in wanted}
    return seen


class _Comparison:
    def __init__(
        self, files: CaseFiles, world: World, wanted: list[Wanted], seen: SeenFiles, progress: Callable[[int], None]
    ) -> None:
        self._files = files
        self._world = world
        self._wanted = wanted
        self._seen = seen
        self._progress = progress

    def run(self) -> set[str]:
        """Fills `seen`; returns the names of the objects that were looked at."""
        asked = merged(
            (name, Asked(tuple(one.extra), most))
            for one in self._wanted
            for name, most in ((one.digest, one.most), (one.facts, one.most_facts))
            if name
        )
        found = self._check(asked)
        lists = {
            one.item.number: read_lists(self._files.evidence, one)
            for one in self._wanted
            if one.item.body.parts is not None and _sound(one, found)
        }
        parts = [
            (part.sha256.hex(), facts)
            for one in self._wanted
            if one.item.body.kept and isinstance(has := lists.get(one.item.number), Lists)
            for part, facts in zip_longest(has.parts, has.facts)
        ]
        # A part may have the same bytes as an item: what was asked of those must not be forgotten.
        both = merged([*asked.items(), *((name, _asked(facts)) for name, facts in parts)])
        found |= self._check({name: one for name, one in both.items() if one != asked.get(name)})
        for one in self._wanted:
            self._seen.states[one.item.number] = self._compare(one, found, lists.get(one.item.number))
        return set(found)

    def _check(self, wanted: Mapping[str, Asked]) -> dict[str, ObjectCheck]:
        return check_objects(self._files, self._world, wanted, self._progress)

    def _compare(self, one: Wanted, found: Mapping[str, ObjectCheck], lists: Lists | str | None) -> FileState:
        assert one.digest is not None
        folder = one.item.body.parts is not None
        what = "its list of parts" if folder else "it"
        state = self._state(one.item.number, what, one.digest, found, one.item)
        if folder:
            return self._compare_folder(one, found, lists, state)
        if state is not FileState.MATCHES:
            return state
        check = found[one.digest]
        wrong = [f"{name} value" for name, value in one.extra.items() if check.extra.get(name) != value]
        if one.size not in (None, check.size):
            wrong.append(f"size of {one.size} bytes (it has {check.size})")
        if wrong:
            self._changed(one.item.number, f"It does not have the recorded {' and '.join(wrong)}.")
        return FileState.CHANGED if wrong else FileState.MATCHES

    def _compare_folder(
        self, one: Wanted, found: Mapping[str, ObjectCheck], lists: Lists | str | None, state: FileState
    ) -> FileState:
        number = one.item.number
        states = [state]
        if one.facts is not None:
            states.append(self._state(number, "the list of facts of its parts", one.facts, found, one.item))
        if isinstance(lists, str):
            self._changed(number, lists)
            states.append(FileState.CHANGED)
        elif lists is not None:
            if one.item.body.kept:
                states += [
                    self._state(f"{number}/{index}", "this part", part.sha256.hex(), found, one.item)
                    for index, part in enumerate(lists.parts, 1)
                ]
            for words in differences(one, lists, found):
                self._changed(number, words)
                states.append(FileState.CHANGED)
        if isinstance(lists, Lists) and (unopened := _unopened(one)):
            self._seen.findings.append(
                codes.ITEM_UNJUDGED.about(
                    number,
                    f"What opens {' and '.join(unopened)} is not here, so not all that was recorded of its parts could "
                    "be compared. A backup of openings.db settles it.",
                )
            )
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

    def _state(self, about: str, what: str, digest: str, found: Mapping[str, ObjectCheck], item: Item) -> FileState:
        check = found[digest]
        match check.result:
            case "missing":
                state = FileState.MISSING
            case "unreadable":
                state = FileState.UNREADABLE
            case _:
                state = FileState.MATCHES if check.found == digest else FileState.CHANGED
        if state is not FileState.MATCHES:
            self._report(about, state, what, digest, check, item)
        return state

    def _report(self, about: str, state: FileState, what: str, digest: str, check: ObjectCheck, item: Item) -> None:
        day = item.body.hashed_at[:10]
        match state:
            case FileState.MISSING:
                code, words = codes.ITEM_MISSING, f"{capital(what)} is not in the evidence folder any more"
            case FileState.UNREADABLE:
                code, words = codes.ITEM_UNREADABLE, f"{capital(what)} is there, but cannot be read"
            case _:
                code = codes.ITEM_CHANGED
                words = f"{capital(what)} differs from what was recorded on {day} (then {digest[:8]}…, "
                words += f"now {check.found[:8]}…)" if check.found else f"now there are {check.size} bytes)"
        next_step = _NO_COPY if state is FileState.MISSING else _KEEP
        self._seen.findings.append(code.about(about, f"{words}. {_CANNOT_SAY} {next_step}"))

    def _changed(self, about: str, words: str) -> None:
        self._seen.findings.append(codes.ITEM_CHANGED.about(about, f"{words} {_CANNOT_SAY} {_KEEP}"))


def _unopened(one: Wanted) -> list[str]:
    """What is sealed of a folder's record and cannot be opened here, in words."""
    return [
        what
        for what, value in (
            ("the sum of the sizes", one.size),
            ("the seed of the salts", one.seed),
            ("the facts", one.facts),
        )
        if value is None
    ]


def _sound(one: Wanted, found: Mapping[str, ObjectCheck]) -> bool:
    """Whether the lists of a folder are as recorded, so that reading them makes sense."""
    return all(found[name].found == name for name in (one.digest, one.facts) if name is not None)


def _asked(facts: PartFacts | None) -> Asked:
    if facts is None:
        return Asked()
    extra = tuple(name for name in EXTRA_ALGORITHMS if getattr(facts.extra_digests, name) is not None)
    return Asked(extra, facts.size)


def _find_unrecorded(
    files: CaseFiles, world: World, looked_at: AbstractSet[str], seen: SeenFiles, progress: Callable[[int], None]
) -> None:
    """Objects that no record names: what a collect that was broken off leaves behind.

    Where the digest of an item cannot be opened here, its object is among them, so they are read: who takes away what
    opens a digest must not make an altered file pass for a leftover.
    """
    of_timestamps = tokens.named_in(files)  # whether they are there, and hold, is another question
    others = [name for name in files.evidence.names() if name not in looked_at and name not in of_timestamps]
    _tell_of(others, seen)
    if FileState.UNJUDGED not in seen.states.values():
        return
    checked = check_objects(files, world, dict.fromkeys(others, Asked(most=MAX_UNRECORDED)), progress)
    unfit = [name for name, check in checked.items() if check.found != name]
    for name in unfit[:MAX_FINDINGS]:
        seen.findings.append(
            codes.OBJECT_UNFIT.about(
                f"evidence/{name[:2]}/{name[:8]}…",
                "No record that can be read here names this stored file, and its bytes are not those that its name "
                "says. It was altered, or a write was broken off. It may be of an item whose digest cannot be opened "
                "here; a backup of openings.db settles it.",
            )
        )
    if len(unfit) > MAX_FINDINGS:
        seen.findings.append(
            codes.OBJECT_UNFIT.about("the evidence folder", f"So it is with {len(unfit) - MAX_FINDINGS} more files.")
        )


def _tell_of(others: list[str], seen: SeenFiles) -> None:
    if others:
        seen.findings.append(
            codes.OBJECT_UNRECORDED.about(
                "the evidence folder",
                f"{len(others)} stored file{'s belong' if len(others) > 1 else ' belongs'} to no record that can be "
                "read here: left by a collect that was broken off, or of an item whose digest cannot be opened here.",
            )
        )
