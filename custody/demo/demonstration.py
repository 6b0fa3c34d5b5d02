"""Runs the demonstration step by step and tells of each step as it is done. Prints nothing."""

import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from custody import bootstrap
from custody.demo.artifacts import Artifact, make_artifacts
from custody.demo.documents import make_documents
from custody.domain.trust import Trust
from custody.domain.verdict import Judgement
from custody.domain.wording import short_size
from custody.errors import StorageError, UsageError
from custody.formats.encoding import format_time
from custody.formats.partslist import parse_lines
from custody.ports import CaseFiles, Signer, World
from custody.services import auditing, exchanging, handover, recording
from custody.services.auditing import Audit
from custody.services.recording import Circumstances, CollectedItem, CollectOptions, Recorder, Target

MAX_TRIES = 100  # names tried for the demonstration's folder


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done, and lines about it."""

    done: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Demonstration:
    """Where everything lies, and the two judgements: of the case, and of the copy with one changed byte.

    `lead` is the key id of the throw-away key, by which others can confirm who signed.
    """

    folder: Path
    case: Path
    report: Path
    items: tuple[CollectedItem, ...]
    lead: str
    judgement: Judgement
    changed_item: str
    changed: Judgement


class _Quiet:
    """Progress that nobody watches."""

    def records(self, count: int) -> None:
        pass

    def read(self, size: int) -> None:
        pass


def demonstrate(files: Sequence[str], tell: Callable[[Step], None]) -> Demonstration:
    """Run the demonstration in a new folder here, on `files` or on made-up ones. Raises what any command raises."""
    for file in files:
        if not Path(file).exists():
            raise UsageError(f"{file} is not there", "name files that exist, or none for made-up ones")
        if Path.cwd().is_relative_to(Path(file).resolve()):
            raise UsageError(f"the demonstration would lie in {file} itself", "name a file or a folder that lies in it")
    folder = _new_folder()
    world = bootstrap.world(folder / "home")
    artifacts = () if files else _make_files(folder, world, tell)
    signer = _make_key(folder, world, "Demo Volunteer", tell)
    trust = Trust(own=frozenset({signer.public.key_id}))
    case, recorder = _open_case(folder, world, signer, tell)
    items = _collect(recorder, artifacts, files, tell)
    _hand_over(folder, case, world, recorder, items, tell)
    first = _audit(case, world, trust, signer)
    tell(Step("Verified: every file re-read, every signature checked"))
    # A recorder of its own: the one above was made before the colleague joined.
    report, others = make_documents(
        Recorder(case, world, signer), trust, [item.number for item in items], folder, _Quiet()
    )
    tell(Step(f"Wrote and signed {report}"))
    tell(Step(f"Wrote a sample of every other document in {others[0].parent}", tuple(one.name for one in others)))
    changed_item, second = _change_a_byte(folder, items, world, trust, signer, tell)
    lead = signer.public.key_id
    return Demonstration(folder, case.folder, report, items, lead, first.judgement, changed_item, second.judgement)


def _new_folder() -> Path:
    """`custody-demo`, or with the first number that is free."""
    for number in range(1, MAX_TRIES):
        folder = Path(f"custody-demo-{number}" if number > 1 else "custody-demo").absolute()
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        except OSError as error:
            raise StorageError(
                f"{folder} cannot be made: {error.strerror}", "go to a folder where you may write, and run it there"
            ) from error
        return folder
    raise UsageError("there are many demonstrations here already", "remove the old custody-demo folders")


def _make_files(folder: Path, world: World, tell: Callable[[Step], None]) -> tuple[Artifact, ...]:
    evidence = folder / "found"
    evidence.mkdir()
    artifacts = make_artifacts(evidence, world.clock.now())
    tell(Step(f"Made up {len(artifacts)} finds in {evidence}", tuple(artifact.path.name for artifact in artifacts)))
    return artifacts


def _make_key(folder: Path, world: World, name: str, tell: Callable[[Step], None]) -> Signer:
    store = bootstrap.key_store(folder / "home")
    passphrase = secrets.token_urlsafe()  # thrown away with this process: nobody signs with this key again
    public = store.create(
        name=name,
        organisation="Demonstration",
        email=None,
        passphrase=passphrase,
        now=world.clock.now(),
        entropy=world.entropy,
    )
    tell(Step(f"Made a throw-away key for {name}; its passphrase is forgotten when this ends"))
    return store.unlock(public, passphrase)


def _open_case(folder: Path, world: World, signer: Signer, tell: Callable[[Step], None]) -> tuple[CaseFiles, Recorder]:
    place = folder / "case"
    with bootstrap.make_case(place) as draft:
        recording.open_case(
            bootstrap.case_files(draft), world, signer, reference="DEMO-2026-001", title="A demonstration", label="DV"
        )
    case = bootstrap.case_files(bootstrap.read_case(place))
    tell(Step(f"Opened case DEMO-2026-001 in {place}"))
    return case, Recorder(case, world, signer)


def _collect(
    recorder: Recorder, artifacts: Sequence[Artifact], files: Sequence[str], tell: Callable[[Step], None]
) -> tuple[CollectedItem, ...]:
    wanted = [
        (
            Target(str(artifact.path), as_one=artifact.as_one),
            Circumstances(
                method=artifact.method,
                tool=artifact.tool,
                captured_at=format_time(artifact.captured_at),
                found_at=artifact.found_at,
                description=artifact.description,
            ),
        )
        for artifact in artifacts
    ] or [(Target(file, as_one=True), Circumstances(method="not-known", tool="not known")) for file in files]
    items: list[CollectedItem] = []
    for target, told in wanted:
        collection = recording.collect(
            recorder, [target], CollectOptions(circumstances=told), stop=lambda: False, progress=lambda _: None
        )
        items += collection.items
        for failed in collection.failed:
            tell(Step(f"Could not collect {os.fsdecode(failed.path)}: {failed.message} (recorded as an attempt)"))
    tell(
        Step(
            f"Collected {len(items)} item{'' if len(items) == 1 else 's'}: hashed, kept, signed, recorded",
            tuple(f"{item.number}  {item.digest[:16]}…  {short_size(item.size)}" for item in items),
        )
    )
    return tuple(items)


def _hand_over(
    folder: Path,
    case: CaseFiles,
    world: World,
    recorder: Recorder,
    items: Sequence[CollectedItem],
    tell: Callable[[Step], None],
) -> None:
    """A colleague joins at the same desk, is taken in, and takes the first item over: both sign."""
    if not items:
        return
    colleague = _make_key(folder, world, "Demo Colleague", tell)
    ledger = exchanging.join_here(case, world, colleague, "DC")
    exchanging.enrol(recorder, ledger, "in-person")
    tell(Step("Demo Colleague joined with a ledger of their own; Demo Volunteer, the case lead, took them in"))
    number = items[0].number
    terms = handover.Terms(purpose="to see a hand-over", medium="same computer", place=None, keeps_copy=True)
    handover.give(recorder, [number], colleague.public.key_id, terms)
    handover.accept(Recorder(case, world, colleague), [number], None, lambda _: None)
    tell(Step(f"Demo Volunteer offered {number}; Demo Colleague compared every byte and signed for it"))


def _audit(case: CaseFiles, world: World, trust: Trust, signer: Signer) -> Audit:
    names = {signer.public.key_id: signer.public.name}
    return auditing.audit(case, world, trust, quick=False, own_names=names, progress=_Quiet())


def _change_a_byte(
    folder: Path,
    items: Sequence[CollectedItem],
    world: World,
    trust: Trust,
    signer: Signer,
    tell: Callable[[Step], None],
) -> tuple[str, Audit]:
    """Copy the case, change one byte of one file in the copy, and verify the copy."""
    whole = [item for item in items if item.size and item.parts is None]
    victim = next(iter([*whole, *(item for item in items if item.size)]), None)
    if victim is None:
        raise UsageError("nothing that could be collected holds a byte to change", "name other files")
    copy = folder / "changed-copy"
    shutil.copytree(folder / "case", copy)
    case = bootstrap.case_files(bootstrap.read_case(copy))
    digest = victim.digest if victim.parts is None else _some_part(case, victim)
    path = case.evidence.folder / digest[:2] / digest
    path.chmod(0o600)
    with path.open("r+b") as file:
        middle = path.stat().st_size // 2
        file.seek(middle)
        byte = file.read(1)
        file.seek(middle)
        file.write(bytes([byte[0] ^ 1]))
    tell(Step(f"Copied the case and changed one bit of {victim.number} in the copy, {copy}"))
    return victim.number, _audit(case, world, trust, signer)


def _some_part(case: CaseFiles, folder: CollectedItem) -> str:
    """The digest of the first part that is not empty; there is one, because the folder has a size."""
    with case.evidence.open(folder.digest) as lines:
        parts = [part.sha256.hex() for part in parse_lines(lines)]
    return next(digest for digest in parts if case.evidence.check(digest).size)
