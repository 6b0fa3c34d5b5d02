"""What must hold in a case after something went wrong, and the few tools that make it go wrong."""

import hashlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from custody import bootstrap
from custody.adapters.casefolder import read_case
from custody.domain.entry import Entry
from custody.domain.events import Collected, Reported
from custody.domain.trust import Trust
from custody.domain.verdict import Verdict
from custody.ports import CaseFiles, Signer, Task, World
from custody.services import reading
from custody.services.auditing import Audit, audit
from custody.services.recording import Circumstances, Recorder, collect_text, note
from tests.builders import Quiet, findings
from tests.cli.commandline import PASSPHRASE, PROGRAM, Custody, Done
from tests.cli.smallcase import HOW, NAME, Place

MANY = 150  # files; above 100, worker processes take them in
PATIENCE = 30.0  # seconds; a loaded machine is slow, and a hang is a failure
Fact = tuple[str, int | str, str]
"""What a command says that it recorded: an item and its digest, or the place of a record and its id or digest."""

_OBJECT = re.compile(r"[0-9a-f]{64}", re.ASCII)
_KNOWN = {"case.toml", "ledger.db", "openings.db", "evidence"}
_JOURNALS = {"ledger.db-journal", "openings.db-journal"}


class _Here:
    """Workers that are this process: a case of a few hundred records is sooner checked than a pool begun."""

    def map(self, task: Task, chunks: Iterable[bytes], *, alone: bool) -> Iterator[bytes]:
        return map(task, chunks)


def world_of(place: Place) -> World:
    """The world of the place's own computer: its memory of heads counts."""
    return replace(bootstrap.world(place.home), workers=_Here())


def files_of(case: Path) -> CaseFiles:
    """The parts of a case."""
    return bootstrap.case_files(read_case(case))


def signer_of(place: Place) -> Signer:
    """The place's own key, unlocked."""
    store = bootstrap.key_store(place.home)
    return store.unlock(store.find(None), PASSPHRASE)


def told(done: Done) -> set[Fact]:
    """What the JSON of a `collect`, `note` or `report` says that it recorded; nothing for an error."""
    return facts_in(done.json)


def facts_in(result: Any) -> set[Fact]:
    """The same of a parsed object."""
    if "file_digest" in result:
        return {("report", result["record"], result["digest"])}
    if "items" in result and isinstance(result["items"], list):
        return {("item", one["number"], one["digest"]) for one in result["items"]}
    if "statement" in result:
        return {("record", result["record"], result["statement"])}
    return set()


def recorded(case: Path) -> set[Fact]:
    """The same facts, of every record in the case."""
    files = files_of(case)
    with files.ledgers.reading() as reader:
        (ledger,) = reader.ledgers()
    found: set[Fact] = set()
    for entry in reading.entries(files, ledger):
        assert isinstance(entry, Entry), entry
        statement = entry.statement
        found.add(("record", statement.position, entry.id))
        if isinstance(statement.body, Reported):
            found.add(("report", statement.position, statement.body.digest))
        if isinstance(statement.body, Collected):
            digest = statement.body.digest
            assert statement.item is not None
            found.add(("item", statement.item, digest if isinstance(digest, str) else "sealed"))
    return found


def numbers(facts: Collection[Fact]) -> list[int]:
    """The counters of the items among these facts, ascending."""
    return sorted(int(str(where).rpartition("-")[2]) for kind, where, _ in facts if kind == "item")


def sound(place: Place, reported: Collection[Fact] = (), *, case: Path | None = None, killed: bool = False) -> Audit:
    """The case verifies, numbers are dense, what was reported is recorded, nothing is left lying about.

    Only a killed command may leave temporary files and journals. The examination is that of the place's own computer,
    whose remembered heads show a record that was taken back.
    """
    case = case or place.case
    own = frozenset(key.key_id for key in bootstrap.key_store(place.home).all_keys())
    left = leftovers(case)
    judged = audit(
        files_of(case),
        world_of(place),
        Trust(own=own),
        quick=False,
        own_names=dict.fromkeys(own, NAME),
        progress=Quiet(),
    )
    failed = [finding for finding in findings(judged.judgement) if finding.verdict is Verdict.FAILED]
    assert failed == []
    unread = [finding for finding in findings(judged.judgement) if finding.code in ("opening-missing", "item-unjudged")]
    assert unread == []
    facts = recorded(case)
    assert set(reported) - facts == set(), "reported, and not recorded"
    counted = numbers(facts)
    assert counted == list(range(1, len(counted) + 1))
    assert judged.judgement.items.matching == judged.judgement.items.total == len(counted)
    assert strange(left) == []
    if not killed:
        assert left == []
        assert broken_objects(case) == []
    return judged


def leftovers(case: Path) -> list[str]:
    """Names in the case that no finished command leaves there."""
    top = [path.name for path in case.iterdir() if path.name not in _KNOWN]
    below = [path for path in (case / "evidence").rglob("*") if not path.is_dir()]
    return sorted(top + [path.name for path in below if not _is_object(path)])


def strange(names: Iterable[str]) -> list[str]:
    """Those that are neither a journal nor an unfinished copy."""
    return [name for name in names if name not in _JOURNALS and not name.startswith(".incoming-")]


def broken_objects(case: Path) -> list[str]:
    """Objects that are not what their names say."""
    objects = [path for path in (case / "evidence").rglob("*") if path.is_file() and _is_object(path)]
    return [path.name for path in objects if digest_of(path) != path.name]


def _is_object(path: Path) -> bool:
    return bool(_OBJECT.fullmatch(path.name)) and path.parent.name == path.name[:2]


def goes_on(place: Place, signer: Signer) -> None:
    """More can be recorded: an item, and a note on it."""
    recorder = Recorder(files_of(place.case), world_of(place), signer)
    item = collect_text(recorder, "what was typed afterwards", Circumstances(method="typed", tool="keyboard"))
    note(recorder, item.number, "and said")


def clear(done: Done) -> None:
    """Success, or an error of ours in one line with what to do next; never a traceback (which Custody refuses)."""
    assert done.exit in (0, 4, 5, 7), done
    if done.exit in (5, 7):
        first, *rest = done.err.splitlines()
        assert first.startswith("custody: error: "), done
        assert len(rest) == 1, done
        assert rest[0].startswith("custody: hint: "), done


@dataclass(frozen=True)
class Command:
    """A command that records something new each time; what it collects lies in `found`, reports go to `out`."""

    name: str
    place: Place

    def arguments(self) -> list[str | Path]:
        """How it is typed this time."""
        count = len(recorded(self.place.case))
        match self.name:
            case "note":
                return ["note", "JD-1", f"remark {count}", "--json"]
            case "report":
                return ["report", "-o", self.place.folder / "out" / f"{count}.pdf", "--json"]
            case "each" | "as-one":
                return ["collect", self._folder(count), *HOW, f"--{self.name}", "--json"]
        size = 2 * 2**20 if self.name == "big" else 2000
        data = (f"{count} ".encode() * size)[:size]
        return ["collect", self.place.file(f"{self.name}.bin", data), *HOW, "--json"]

    def run(self, **more: str) -> Done:
        """Run it with these variables."""
        return self.place.custody.using(more=more)(*self.arguments())

    def _folder(self, count: int) -> Path:
        for number in range(MANY):
            self.place.file(f"many/{number:03}.txt", f"{count} {number} ".encode() * number)
        return self.place.found / "many"


def holds_to(place: Place, before: set[Fact], done: Done, reported: set[Fact], *, may_stay: bool = False) -> None:
    """After a command that may have failed: the case is sound, and has of it what the command says it has.

    `before` was recorded before it; what it reports is added to `reported`. Unless something `may_stay`, nothing
    half-written is left.
    """
    clear(done)
    after = recorded(place.case)
    if "error" in done.json:
        assert after == before or _admits(done), f"recorded, and told otherwise: {done}"
        known = {digest for kind, _, digest in after if kind == "report"}
        left = [path for path in (place.folder / "out").glob("*") if digest_of(path) not in known]
        for path in left:
            path.unlink()  # or every later fault would be blamed for it
        assert may_stay or left == [], f"left behind: {done}"
    else:
        new = facts_in(done.json)
        assert {failure["outcome"] for failure in done.json.get("failed", ())} <= {"store-error"}, done
        assert numbers(after - before) == numbers(new), done
        reported |= new
    sound(place, reported, killed=may_stay)


def _admits(done: Done) -> bool:
    """Whether the error says that something is recorded all the same."""
    return "nothing was recorded" not in done.err and "was left as it was" not in done.err and "recorded" in done.err


def digest_of(path: Path) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Run:
    """A command in a session of its own, whose output goes to a file: what stands there when it dies was said."""

    all_of_them: ClassVar[list["Run"]] = []

    def __init__(self, custody: Custody, folder: Path, *arguments: str | Path) -> None:
        self._out, self._err = folder / "stdout", folder / "stderr"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [*custody.prefix, *PROGRAM, *arguments],
                cwd=custody.cwd,
                env=custody.environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        self.all_of_them.append(self)

    def kill(self) -> None:
        """SIGKILL, to the command alone: its workers have to notice."""
        self.process.kill()
        self.process.wait()

    def end(self) -> Done:
        """What it said, once it and every process of its session are gone."""
        code = self.process.wait(timeout=4 * PATIENCE)
        left = wait_for(lambda: not (found := members(self.process.pid)), lambda: members(self.process.pid))
        for process in left:
            os.kill(process, signal.SIGKILL)
        assert left == [], "workers outlived the command"
        done = Done(code, self._out.read_text("utf-8"), self._err.read_text("utf-8"))
        assert "Traceback" not in done.err, done
        return done


def wait_for(condition: Callable[[], bool], otherwise: Callable[[], list[int]]) -> list[int]:
    """Nothing once the condition holds, `otherwise()` when patience ends."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            return otherwise()
        time.sleep(0.005)
    return []


def members(session: int) -> list[int]:
    """The live processes of a session, as /proc/PID/stat (proc(5)) tells them."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[3]) == session and fields[0] not in "ZX":
                found.append(int(folder.name))
    return found


def mount(*arguments: str | Path) -> None:
    """Mount; where that is not allowed, skip, or in CI fail: a skipped fault would pass for one that was met."""
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        cannot(f"mount {' '.join(map(str, arguments))}: {done.stderr.strip()}")


def cannot(reason: str) -> None:
    """Skip by name; fail in CI."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
