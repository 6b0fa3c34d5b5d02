"""Says of collected material what the record says of it: what was seen, what the person told, what is sealed."""

import os
from typing import Literal, TypeVar

import msgspec

from custody.domain.events import Collected
from custody.domain.events.collection import Derivation, ExtraDigests, FileTimes, Handling, Parts
from custody.domain.fields import Date, Line, Method, Sensitivity, Time, is_line
from custody.domain.policy import Policy, check_given
from custody.domain.sealing import Sealer
from custody.errors import FormatError, UsageError
from custody.formats.canonical import Json
from custody.formats.encoding import check_date, format_base64, format_time
from custody.formats.names import format_name
from custody.formats.seal import Sealed
from custody.ports import Machine, Taken
from custody.services.recording.appending import Recorder
from custody.services.recording.parts import AssembledParts

MAX_TYPED = 20_000  # characters of a description, an address or a place


SEALABLE = ("captured_at", "digest", "media_type", "method", "tool")
"""What stands in clear unless the person has it sealed; a digest is sealed by itself, with the size."""

CLEARABLE = ("basis", "description", "found_at", "machine", "name", "persona", "place", "time_zone")
"""What is sealed unless the person wants it in clear."""

FOLDER, TYPED = "inode/directory", "text/plain"
Told = TypeVar("Told", bound=str)


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What the person says of the material: how it was captured and with what, and what else they know.

    `sealed` and `cleared` are the members that are to be kept otherwise than they are by themselves.
    """

    method: Method
    tool: Line
    captured_at: Time | None = None
    found_at: str | None = None
    persona: str | None = None
    place: str | None = None
    description: str | None = None
    basis: str | None = None
    review: Date | None = None
    sensitivity: Sensitivity = "normal"
    derived_from: Derivation | None = None
    sealed: frozenset[str] = frozenset()
    cleared: frozenset[str] = frozenset()


def check_circumstances(told: Circumstances) -> None:
    """Raise UsageError when something told has no place in a record."""
    if not is_line(told.tool):
        raise UsageError(
            "--tool is empty, longer than 200 characters, or holds characters that cannot be seen",
            "name it in one line, such as 'Firefox 128'",
        )
    if told.review is not None:
        try:
            check_date(told.review)
        except FormatError as error:
            raise UsageError(f"{told.review!r} is no day", "type --review as 2027-11-24") from error
    for name in ("found_at", "persona", "place", "description", "basis"):
        text = getattr(told, name)
        if text is None:
            continue
        if not text.strip() or len(text) > MAX_TYPED or "\0" in text:
            raise UsageError(f"--{name.replace('_', '-')} is empty, too long (over {MAX_TYPED}) or holds a NUL")
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise UsageError(f"--{name.replace('_', '-')} holds half a character", "type it again") from error
        if name in told.cleared and not is_line(text):
            raise UsageError(
                f"--{name.replace('_', '-')} is no single line of up to 200 characters, and cannot stand in clear",
                f"leave out --clear {name}, or say it in one line",
            )


def check_demands(recorder: Recorder, told: Circumstances) -> Policy | None:
    """The policy of the case. Raises RuleError when a field that it demands is not told, before anything is copied."""
    state = recorder.state()
    policy = state.policy_known_to(state.people)
    if policy is not None:
        check_given(policy.missing_fields(lambda name: getattr(told, name)), "nothing was collected")
    return policy


def derived(recorder: Recorder, told: Circumstances, parent: str, transformation: str) -> Circumstances:
    """The same circumstances, of something made from the item of this number. Raises UsageError, VerificationError."""
    if not is_line(transformation):
        raise UsageError(
            "--transformation is empty, longer than 200 characters, or holds characters that cannot be seen",
            "say it in a few words, such as 'redacted: faces'",
        )
    record = recorder.state([parent]).items[parent].first
    derivation = Derivation(item=parent, record=record, transformation=transformation)
    return msgspec.structs.replace(told, derived_from=derivation)


class Here(msgspec.Struct, frozen=True):
    """Where and when by local reckoning something is collected: this computer's name, system and time zone."""

    machine: str
    time_zone: str

    @classmethod
    def of(cls, machine: Machine) -> "Here":
        """As the computer says now. Asking takes as long as describing ten files: ask once for many."""
        return cls(machine.description(), machine.time_zone())


class Naming(msgspec.Struct, frozen=True):
    """A file's own name and its absolute path, as values."""

    name: Json
    path: Json


def naming(path: bytes) -> Naming:
    """The name and path of the operating system's bytes of an absolute path."""
    text = os.fsdecode(path)
    windows = os.name == "nt"
    base = os.path.basename(text) or text  # noqa: PTH119  bytes and undecodable names are os's own
    return Naming(format_name(base, windows=windows), format_name(text, windows=windows))


class _Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of the material itself."""

    form: Literal["file", "folder", "text"]
    digest: str
    size: int
    media_type: str
    media_type_from: Literal["content", "name", "nothing", "recorder"]
    hashed_at: str
    kept: bool = True
    seal_digest: bool = False
    named: Naming | None = None
    extra_digests: ExtraDigests | None = None
    parts: Parts | None = None
    file_times: FileTimes | None = None
    origin: Json = None


def describe_file(
    recorder: Recorder, taken: Taken, named: Naming, told: Circumstances, here: Here, *, kept: bool, seal_digest: bool
) -> tuple[Collected, Sealer]:
    """The body for one file, and what opens its seals."""
    seen = _Seen(
        form="file",
        digest=taken.sha256,
        size=taken.size,
        media_type=taken.media_type,
        media_type_from=taken.media_type_from,
        hashed_at=taken.hashed_at,
        kept=kept,
        seal_digest=seal_digest,
        named=named,
        extra_digests=_extra(taken.extra) if taken.extra else None,
        file_times=_file_times(taken),
        origin=taken.origin,
    )
    sealer = recorder.sealer(Collected.type_name())
    return _body(sealer, told, here, seen), sealer


def describe_folder(
    recorder: Recorder, parts: AssembledParts, named: Naming, told: Circumstances, *, kept: bool, seal_digest: bool
) -> tuple[Collected, Sealer]:
    """The body for a folder of many parts, whose digest is that of its parts list."""
    sealer = recorder.sealer(Collected.type_name())
    seen = _Seen(
        form="folder",
        digest=parts.digest,
        size=parts.size,
        media_type=FOLDER,
        media_type_from="recorder",
        hashed_at=format_time(recorder.world.clock.now()),
        kept=kept,
        seal_digest=seal_digest,
        named=named,
        parts=Parts(
            count=parts.count,
            root=parts.root.hex(),
            seed=sealer.seal("/parts/seed", format_base64(parts.seed)),
            facts=sealer.seal("/parts/facts", parts.facts) if seal_digest else parts.facts,
            left_out=parts.left_out,
        ),
    )
    return _body(sealer, told, Here.of(recorder.world.machine), seen), sealer


def describe_text(recorder: Recorder, digest: str, size: int, told: Circumstances) -> tuple[Collected, Sealer]:
    """The body for typed text: a short text can be guessed from its digest, so digest and size are sealed."""
    seen = _Seen(
        form="text",
        digest=digest,
        size=size,
        media_type=TYPED,
        media_type_from="recorder",
        hashed_at=format_time(recorder.world.clock.now()),
        seal_digest=True,
    )
    sealer = recorder.sealer(Collected.type_name())
    return _body(sealer, told, Here.of(recorder.world.machine), seen), sealer


def in_clear(sealer: Sealer, told: Circumstances, name: str, value: Told) -> Told | Sealed:
    """The value as it is, unless it is to be sealed."""
    return sealer.seal(f"/{name}", value) if name in told.sealed else value


def _under_seal(sealer: Sealer, told: Circumstances, name: str, value: str, pointer: str = "") -> str | Sealed:
    """The seal of the value, or the value itself where it is to stand in clear and can: only a line does."""
    return value if name in told.cleared and is_line(value) else sealer.seal(pointer or f"/{name}", value)


def _name(sealer: Sealer, told: Circumstances, named: Naming | None) -> str | Sealed | None:
    if named is None:
        return None
    match named.name:
        case {"text": str(text)} if "name" in told.cleared and is_line(text):
            return text
    return sealer.seal("/name", named.name)


def _body(sealer: Sealer, told: Circumstances, here: Here, seen: _Seen) -> Collected:
    def under_seal(name: str, value: str | None, pointer: str = "") -> str | Sealed | None:
        return None if value is None else _under_seal(sealer, told, name, value, pointer)

    return Collected(
        form=seen.form,
        kept=seen.kept,
        digest=sealer.seal("/digest", seen.digest) if seen.seal_digest else seen.digest,
        size=sealer.seal("/size", seen.size) if seen.seal_digest else seen.size,
        extra_digests=seen.extra_digests,
        parts=seen.parts,
        media_type=in_clear(sealer, told, "media_type", seen.media_type),
        media_type_from=seen.media_type_from,
        derived_from=told.derived_from,
        file_times=seen.file_times,
        name=_name(sealer, told, seen.named),
        path=sealer.seal_if("/path", seen.named and seen.named.path),
        origin=sealer.seal_if("/origin", seen.origin),
        method=in_clear(sealer, told, "method", told.method),
        tool=in_clear(sealer, told, "tool", told.tool),
        captured_at=None if told.captured_at is None else in_clear(sealer, told, "captured_at", told.captured_at),
        hashed_at=seen.hashed_at,
        found_at=under_seal("found_at", told.found_at),
        persona=under_seal("persona", told.persona),
        place=under_seal("place", told.place),
        time_zone=_under_seal(sealer, told, "time_zone", here.time_zone),
        machine=_under_seal(sealer, told, "machine", here.machine),
        description=under_seal("description", told.description),
        handling=Handling(
            basis=under_seal("basis", told.basis, "/handling/basis"), review=told.review, sensitivity=told.sensitivity
        ),
    )


def _file_times(taken: Taken) -> FileTimes | None:
    if (taken.modified, taken.changed, taken.created) == (None, None, None):
        return None
    return FileTimes(modified=taken.modified, changed=taken.changed, created=taken.created)


def _extra(digests: dict[str, str]) -> ExtraDigests:
    return ExtraDigests(md5=digests.get("md5"), sha1=digests.get("sha1"), sha512=digests.get("sha512"))
