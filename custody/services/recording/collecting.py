"""Takes files and folders in as items: plans, has workers take the bytes, and records what came of each file."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain, groupby, islice
from pathlib import Path

import msgspec

from custody.domain.entry import Entry
from custody.domain.events import Attempted, Collected
from custody.domain.sheet import digest_of
from custody.errors import StorageError, UsageError
from custody.formats.canonical import Json
from custody.ports import CaseFiles, FileOrder, Found, NotTaken, Outcome, Taken, TakeOrder
from custody.services import reading
from custody.services.recording.appending import Draft, Recorded, Recorder
from custody.services.recording.describing import (
    FOLDER,
    TYPED,
    Circumstances,
    Here,
    check_circumstances,
    check_demands,
    describe_file,
    describe_folder,
    describe_text,
    in_clear,
    naming,
)
from custody.services.recording.known import KnownFiles
from custody.services.recording.noting import MAX_TEXT
from custody.services.recording.parts import assemble_parts

CHUNK_FILES = 256
CHUNK_BYTES = 64 * 2**20
ALONE = 100  # files; below, starting processes costs more than it saves
BATCH = 2048  # drafts that wait for one append


@dataclass(frozen=True, slots=True)
class Target:
    """A path named by the person; a folder becomes one item of many parts (`as_one`), or each of its files an item."""

    path: str
    as_one: bool = False


@dataclass(frozen=True, slots=True)
class CollectOptions:
    """How to collect: what the person says of the material, whether bytes are kept, which digests are added."""

    circumstances: Circumstances
    keep: bool = True
    extra: tuple[str, ...] = ()
    seal_digest: bool = False
    resume: bool = False


class CollectedItem(msgspec.Struct, frozen=True):
    """An item that is now recorded. `name` is a file name as a value, `warnings` are plain sentences.

    `same_as` is the first item that is known to have the same bytes.
    """

    number: str
    name: Json
    digest: str
    size: int
    media_type: str
    parts: int | None = None
    warnings: tuple[str, ...] = ()
    same_as: str | None = None


class LeftOut(msgspec.Struct, frozen=True):
    """A file that became no item: the operating system's bytes of its path, an outcome word, a plain sentence."""

    path: bytes
    outcome: str
    message: str


@dataclass(slots=True)
class Collection:
    """What came of a collect: items, failures (recorded as attempts), links passed over, files recorded before.

    `stopped` says that it was ended early; `bytes_taken` counts what was read; `large` is the large file that is
    being read now.
    """

    items: list[CollectedItem] = field(default_factory=list)
    failed: list[LeftOut] = field(default_factory=list)
    skipped: list[LeftOut] = field(default_factory=list)
    already: list[LeftOut] = field(default_factory=list)
    stopped: bool = False
    files_taken: int = 0
    bytes_taken: int = 0
    large: Found | None = None


Progress = Callable[[Collection], None]
"""Hears of the collection so far, after every chunk and before a large file."""


class LeaveOut(KeyboardInterrupt):
    """To be raised in a signal handler: leave out what is being read, record what was read before, and stop."""


def collect(
    recorder: Recorder,
    targets: Sequence[Target],
    options: CollectOptions,
    *,
    stop: Callable[[], bool],
    progress: Progress,
) -> Collection:
    """Collect every target. One file's failure is recorded and the rest goes on.

    Raises RuleError when something that the policy demands is not told, UsageError when a target holds the case or lies
    in it, StorageError when records cannot be kept; everything recorded before stays so. `stop` is asked between
    batches.
    """
    check_circumstances(options.circumstances)
    policy = check_demands(recorder, options.circumstances)
    if policy is not None and not options.seal_digest:  # what nobody has to be asked for
        options = replace(options, extra=tuple(sorted({*options.extra, *policy.digests})))
    check_outside(recorder.files, [target.path for target in targets])
    recorder.check_store()
    return _Collecting(recorder, options, stop, progress).run(targets)


def check_outside(files: CaseFiles, paths: Iterable[str], home: Path | None = None) -> None:
    """Raise UsageError for a path that leads into the case folder or the person's own `home`, or holds one of them.

    The case's own files change while this runs, and openings.db would be kept as readable evidence. Keys are given to
    nobody, be they encrypted.
    """
    for path in paths:
        _check_apart(path, files.folder, "lies in the case folder", "holds the case itself", "the case folder")
        if home is not None:
            keys = "the folder of your keys"
            _check_apart(path, home, f"lies in {keys}", f"holds {keys}, {home}", keys)


def _check_apart(path: str, folder: Path, inside: str, around: str, called: str) -> None:
    kept = Path(os.path.realpath(folder))  # not Path.resolve, which raises for a link that points at itself
    with suppress(ValueError):  # a NUL: no file has such a name, and that is recorded like any failure
        real = Path(os.path.realpath(path))
        if real.is_relative_to(kept) or kept.is_relative_to(real):
            lies = inside if real != kept and real.is_relative_to(kept) else around
            raise UsageError(f"{path} {lies}", f"collect only material from outside {called}")


def collect_text(recorder: Recorder, text: str, circumstances: Circumstances) -> CollectedItem:
    """Record typed text as an item of its own: its UTF-8 bytes are the evidence, its digest and size are sealed."""
    check_circumstances(circumstances)
    check_demands(recorder, circumstances)
    recorder.check_store()
    if not text.strip():
        raise UsageError("the text is empty", 'write it in quotes: custody collect --text "what you want to keep"')
    if len(text) > MAX_TEXT:
        raise UsageError(f"the text has more than {MAX_TEXT} characters", "save it as a file and collect that")
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UsageError("the text holds half a character", "type it again, or collect it as a file") from error
    earlier = _Earlier(recorder)
    digest = recorder.files.evidence.add(data)
    body, sealer = describe_text(recorder, digest, len(data), circumstances)
    draft = Draft(body, tuple(sealer.openings), new_item=True, act=recorder.new_act())
    item = CollectedItem("", None, digest, len(data), TYPED, same_as=earlier.number(digest))
    (recorded,) = recorder.append([draft])
    return _numbered(item, recorded)


class _Earlier:
    """What was recorded before, by digest. The ledgers are read only when an object is met that was there already."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._stored: frozenset[str] = frozenset()
        with suppress(StorageError):  # what cannot be listed can still be added to
            self._stored = frozenset(recorder.files.evidence.names())
        self._numbers: dict[str, str] | None = None

    def number(self, digest: str) -> str | None:
        """The number of the first item with these bytes, None when they are new here."""
        if digest not in self._stored:
            return None
        if self._numbers is None:
            self._numbers = self._read()
        return self._numbers.get(digest)

    def _read(self) -> dict[str, str]:
        numbers: dict[str, str] = {}
        files = self._recorder.files
        for ledger in self._recorder.whole.ledgers:
            found = (one for one in reading.entries(files, ledger) if isinstance(one, Entry))
            for entry, values in reading.with_values(files, found):
                body = entry.statement.body
                if isinstance(body, Collected) and entry.statement.item is not None:
                    numbers.setdefault(digest_of(body, values), entry.statement.item)
        return numbers


class _Waiting(msgspec.Struct, frozen=True):
    """A draft that waits for its batch, and what is told of it once it is recorded."""

    draft: Draft
    outcome: CollectedItem | LeftOut


class _Collecting:
    def __init__(
        self, recorder: Recorder, options: CollectOptions, stop: Callable[[], bool], progress: Progress
    ) -> None:
        self._recorder = recorder
        self._options = options
        self._stop = stop
        self._progress = progress
        self._act = recorder.new_act()
        self._result = Collection()
        self._waiting: list[_Waiting] = []
        self._here = Here.of(recorder.world.machine)
        self._known = KnownFiles.of(recorder) if options.resume else None
        self._earlier = _Earlier(recorder)
        self._numbers: dict[str, str] = {}  # of this collect's items, by digest

    def run(self, targets: Sequence[Target]) -> Collection:
        intake = self._recorder.files.intake
        for as_one, group in groupby(targets, lambda target: target.as_one and intake.is_folder(target.path)):
            if self._stopped():
                break
            if as_one:
                for target in group:
                    self._collect_as_one(target.path)
            else:
                self._collect_each(list(group))
        self._flush()
        self._progress(self._result)
        return self._result

    def _collect_each(self, targets: Sequence[Target]) -> None:
        intake = self._recorder.files.intake
        found = chain.from_iterable(
            intake.walk(target.path) if intake.is_folder(target.path) else [intake.file(target.path)]
            for target in targets
        )
        for file, outcome in self._take_all(found):
            match outcome:
                case NotTaken():
                    self._wait_for_failure(file, outcome)
                case Taken():
                    self._wait_for_item(file, outcome)
            if len(self._waiting) >= BATCH:
                self._flush()

    def _collect_as_one(self, folder: str) -> None:
        """A folder as one item of many parts; files that failed are recorded as attempts before it."""
        taken: list[tuple[Found, Taken]] = []
        left_out = 0
        for file, outcome in self._take_all(self._recorder.files.intake.walk(folder)):
            match outcome:
                case NotTaken():
                    self._wait_for_failure(file, outcome)
                    left_out += 1
                case Taken():
                    taken.append((file, outcome))
        if self._result.stopped:
            return  # half a folder is not the exhibit that was asked for
        path = self._recorder.files.intake.absolute(folder)
        named = naming(path)
        options = self._options
        pairs = [(file.inside, outcome) for file, outcome in taken]
        parts = assemble_parts(self._recorder, pairs, left_out)
        if self._known is not None and self._known.holds(named.path, parts.digest, kept=options.keep):
            self._already(path)
            return
        body, sealer = describe_folder(
            self._recorder, parts, named, options.circumstances, kept=options.keep, seal_digest=options.seal_digest
        )
        warnings = [f"{left_out} of its files could not be taken in"] if left_out else []
        if not taken:
            warnings.append("the folder holds no files")
        item = CollectedItem("", named.name, parts.digest, parts.size, FOLDER, parts.count, tuple(warnings))
        self._wait(Draft(body, tuple(sealer.openings), new_item=True, act=self._act), item)

    def _take_all(self, found: Iterable[Found]) -> Iterator[tuple[Found, Outcome]]:
        """Have every file taken in, in order; links that are passed over are noted and not given on."""
        found = iter(found)
        first = list(islice(found, ALONE + 1))
        files = chain(first, found)
        pending: deque[list[Found]] = deque()

        def tell() -> None:
            now = pending[0] if pending else ()
            self._result.large = next((file for file in now if file.size >= CHUNK_BYTES and _takeable(file)), None)
            self._progress(self._result)

        def chunks() -> Iterator[bytes]:
            for chunk in _chunks(files):
                if self._stopped():
                    return
                pending.append(chunk)
                if len(pending) == 1:
                    tell()
                yield msgspec.msgpack.encode(
                    TakeOrder(
                        evidence=os.fsencode(self._recorder.files.evidence.folder) if self._options.keep else None,
                        extra=self._options.extra,
                        files=tuple(FileOrder(path=file.path, follow=file.follow) for file in chunk if _takeable(file)),
                    )
                )

        world = self._recorder.world
        answers = world.workers.map(world.take, chunks(), alone=len(first) <= ALONE)
        while (answer := self._next(answers)) is not None:
            self._here = Here.of(world.machine)
            outcomes = iter(_outcomes.decode(answer))
            for file in pending.popleft():
                if file.skipped is not None:
                    self._result.skipped.append(LeftOut(file.path, "skipped", file.skipped))
                elif file.failed is not None:
                    yield file, file.failed
                else:
                    outcome = next(outcomes)
                    if isinstance(outcome, Taken):
                        self._result.files_taken += 1
                        self._result.bytes_taken += outcome.size
                    yield file, outcome
            tell()

    def _next(self, answers: Iterator[bytes]) -> bytes | None:
        try:
            return next(answers, None)
        except LeaveOut:
            self._result.stopped, self._result.large = True, None
            return None

    def _wait_for_item(self, file: Found, taken: Taken) -> None:
        named = naming(file.path)
        options = self._options
        if self._known is not None and self._known.holds(named.path, taken.sha256, kept=options.keep):
            self._already(file.path)
            return
        body, sealer = describe_file(
            self._recorder,
            taken,
            named,
            options.circumstances,
            self._here,
            kept=options.keep,
            seal_digest=options.seal_digest,
        )
        warnings = [] if taken.size else ["the file is empty"]
        if "name" in options.circumstances.cleared and not isinstance(body.name, str):
            warnings.append("its name is no line of text, and was sealed")
        if file.follow and self._recorder.files.intake.followed_link(file.path):
            warnings.append("the name is a link; the file that it points to was collected")
        item = CollectedItem("", named.name, taken.sha256, taken.size, taken.media_type, None, tuple(warnings))
        self._wait(Draft(body, tuple(sealer.openings), new_item=True, act=self._act), item)

    def _wait_for_failure(self, file: Found, failure: NotTaken) -> None:
        named = naming(file.path)
        sealer = self._recorder.sealer(Attempted.type_name())
        body = Attempted(
            outcome=failure.outcome,
            name=sealer.seal("/name", named.name),
            path=sealer.seal("/path", named.path),
            method=in_clear(sealer, self._options.circumstances, "method", self._options.circumstances.method),
            tool=in_clear(sealer, self._options.circumstances, "tool", self._options.circumstances.tool),
        )
        draft = Draft(body, tuple(sealer.openings), act=self._act)
        self._wait(draft, LeftOut(file.path, failure.outcome, failure.message))

    def _wait(self, draft: Draft, outcome: CollectedItem | LeftOut) -> None:
        if isinstance(outcome, CollectedItem):
            outcome = msgspec.structs.replace(outcome, same_as=self._earlier.number(outcome.digest))
        self._waiting.append(_Waiting(draft, outcome))

    def _already(self, path: bytes) -> None:
        self._result.already.append(LeftOut(path, "already-recorded", "it is recorded already"))

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        outcomes = iter(waiting)

        def reported(recorded: Recorded) -> None:
            outcome = next(outcomes).outcome
            if isinstance(outcome, LeftOut):
                self._result.failed.append(outcome)
            else:
                item = _numbered(outcome, recorded)
                first = self._numbers.setdefault(item.digest, item.same_as or item.number)
                self._result.items.append(
                    item if first == item.number else msgspec.structs.replace(item, same_as=first)
                )

        self._recorder.append([one.draft for one in waiting], reported=reported)

    def _stopped(self) -> bool:
        if self._stop():
            self._result.stopped = True
        return self._result.stopped


_outcomes = msgspec.msgpack.Decoder(list[Outcome])


def _chunks(files: Iterable[Found]) -> Iterator[list[Found]]:
    """The files, up to CHUNK_FILES or CHUNK_BYTES together. A larger file is alone: leaving it out loses no other."""
    chunk: list[Found] = []
    size = 0
    for file in files:
        if chunk and (len(chunk) == CHUNK_FILES or size + file.size > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(file)
        size += file.size
    if chunk:
        yield chunk


def _takeable(file: Found) -> bool:
    return file.skipped is None and file.failed is None


def _numbered(item: CollectedItem, recorded: Recorded) -> CollectedItem:
    return msgspec.structs.replace(item, number=recorded.item or "")
