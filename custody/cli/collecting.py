"""`custody collect`: take files, folders and typed text in."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from custody import bootstrap
from custody.cli.options import CaseOption, JsonOption, KeyOption, PassphraseOption
from custody.cli.resolving import the_case, the_signer
from custody.cli.terminal import ProgressLine, Terminal, progress_line
from custody.domain.fields import Method, Sensitivity
from custody.domain.sheet import METHODS
from custody.domain.visible import visible
from custody.domain.wording import name_in_words, short_size
from custody.errors import FormatError, UsageError
from custody.formats.encoding import format_time
from custody.ports import CaseFiles
from custody.services import recording
from custody.services.recording import Circumstances, CollectedItem, Collection, CollectOptions, Target

SHOWN = 20  # lines; the rest is counted, and `custody items` has them all
NOT_KNOWN = "not known"


class ExtraDigest(StrEnum):
    """The digests that can be computed beside SHA-256, as the command line offers them."""

    md5 = "md5"
    sha1 = "sha1"
    sha512 = "sha512"


def collect(
    paths: Annotated[list[Path] | None, typer.Argument(metavar="PATH…", help="Files and folders to collect.")] = None,
    as_one: Annotated[bool, typer.Option("--as-one", help="Each folder is one item of many parts.")] = False,
    each: Annotated[bool, typer.Option("--each", help="Every file in a folder is an item of its own.")] = False,
    method: Annotated[Method | None, typer.Option("--method", help="How it was captured.")] = None,
    tool: Annotated[str | None, typer.Option("--tool", help="With what, such as 'Firefox 128'.")] = None,
    found_at: Annotated[str | None, typer.Option("--found-at", help="The address where it was found.")] = None,
    captured_at: Annotated[
        str | None, typer.Option("--captured-at", help="When, such as '2026-11-24 03:02' (your local time) or …+00:00.")
    ] = None,
    persona: Annotated[str | None, typer.Option("--persona", help="The account under which you looked.")] = None,
    place: Annotated[str | None, typer.Option("--place", help="Where you were.")] = None,
    description: Annotated[str | None, typer.Option("--description", help="What it is, neutrally.")] = None,
    sensitivity: Annotated[Sensitivity, typer.Option("--sensitivity", help="How sensitive it is.")] = "normal",
    extra_digest: Annotated[
        list[ExtraDigest] | None,
        typer.Option("--extra-digest", help="Compute this digest as well; may be repeated."),
    ] = None,
    hash_only: Annotated[bool, typer.Option("--hash-only", help="Record digests and facts, keep no bytes.")] = False,
    seal_digest: Annotated[
        bool, typer.Option("--seal-digest", help="Keep digest and size under seal: for known images and numbers.")
    ] = False,
    text: Annotated[
        str | None,
        typer.Option("--text", metavar="TEXT", help="Record this typed text as an item; - reads it from stdin."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Pass over files that are recorded already.")] = False,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Collect files and folders: hash, keep and sign each one with who, when and how."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    if (text is None) == (not paths):
        raise UsageError("name the files to collect, or give --text", "custody collect FILE…")
    if as_one and each:
        raise UsageError("--as-one and --each exclude each other", "choose one of the two")
    if text is not None and (as_one or each or hash_only or resume or extra_digest):
        raise UsageError("--text makes one item of what you type", "leave out the options that are about files")
    if seal_digest and extra_digest:
        raise UsageError("--extra-digest would show what --seal-digest hides", "leave out one of the two")
    captured = None if captured_at is None else parse_moment(captured_at)
    targets = [] if text is not None else _targets(terminal, files, paths or [], as_one=as_one, each=each)
    told = Circumstances(
        method=_method(terminal, method, typed=text is not None),
        tool=_tool(terminal, tool, typed=text is not None),
        captured_at=captured,
        found_at=found_at,
        persona=persona,
        place=place,
        description=description,
        sensitivity=sensitivity,
    )
    recording.check_circumstances(told)
    typed = {'"With what?"': told.tool, "--text": text, "--description": description, "--found-at": found_at}
    signer = the_signer(terminal, files, key, passphrase_file, typed=typed)
    recorder = recording.Recorder(files, bootstrap.world(), signer)
    _warn_of_future(terminal, recorder, captured)
    if text is not None:
        words = _typed(text)
        item = recording.collect_text(recorder, words, told)
        if terminal.can_ask:
            terminal.note(f"You typed: {visible(words)}")
        _show(terminal, Collection(items=[item]))
        return
    options = CollectOptions(
        circumstances=told,
        keep=not hash_only,
        extra=tuple(one.value for one in extra_digest or ()),
        seal_digest=seal_digest,
        resume=resume,
    )
    with progress_line("collected") as line, stop_on_interrupt(terminal) as stopped:
        collection = recording.collect(
            recorder, targets, options, stop=stopped, progress=lambda so_far: _tell(line, so_far)
        )
    _show(terminal, collection)
    if collection.items and terminal.can_ask:
        answers = bootstrap.answers()
        answers.remember("method", told.method)
        answers.remember("tool", told.tool)
    if collection.failed or collection.stopped:
        raise typer.Exit(FormatError.exit_code)


def parse_moment(text: str) -> str:
    """A 27-character UTC time from what a person types: ISO 8601, local time where no offset is given."""
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            moment = moment.astimezone()
        return format_time(moment.astimezone(UTC))
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(
            f"{text!r} is no time", "type it as 2026-11-24 03:02, or with an offset: …T03:02+01:00"
        ) from error


@contextmanager
def stop_on_interrupt(terminal: Terminal) -> Iterator["Stopped"]:
    """Ctrl-C asks to stop after the current batch; a second one breaks off at once."""
    stopped = Stopped()

    def handle(_number: int, _frame: object) -> None:
        if stopped.asked:
            raise KeyboardInterrupt
        stopped.asked = True
        terminal.note("\nStopping after the current batch; everything so far stays recorded.")

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)


class Stopped:
    """Whether the person asked to stop."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self) -> bool:
        return self.asked


def _targets(terminal: Terminal, files: CaseFiles, paths: Sequence[Path], *, as_one: bool, each: bool) -> list[Target]:
    """The named paths; asks once whether folders are one item or many."""
    named = [os.fspath(path) for path in paths]
    missing = [visible(path) for path in named if not os.path.lexists(path)]
    if missing and terminal.can_ask:  # a slip of the fingers; from a script it is recorded, like any failure
        online = any("://" in path for path in named)
        raise UsageError(
            f"there is nothing called {', '.join(missing[:SHOWN])}; nothing was recorded",
            "custody does not go online: save the page, then collect the file" if online else "check the spelling",
        )
    folders = [path for path in named if files.intake.is_folder(path)]
    case = bootstrap.read_case(files.folder)
    # Its own files: they change while this runs, and openings.db would be kept as readable evidence.
    own = [place.resolve() for place in (case.ledger, case.openings, case.evidence)]
    for path in named:
        real = Path(path).resolve()
        if any(place.is_relative_to(real) or real.is_relative_to(place) for place in own):
            raise UsageError(f"{path} holds the case itself", "collect only material from outside the case folder")
    if folders and not (as_one or each):
        if not terminal.can_ask:
            raise UsageError(
                f"{visible(folders[0])} is a folder: is it one item, or is each of its files one?",
                "add --as-one or --each",
            )
        chosen = terminal.choose(
            f"{visible(folders[0])} is a folder." if len(folders) == 1 else f"{len(folders)} of these are folders.",
            [
                ("one", "one item of many parts (a chat export, a saved page)"),
                ("each", "every file is an item of its own"),
            ],
            default="one",
        )
        as_one = chosen == "one"
    return [Target(path, as_one=as_one) for path in named]


def _method(terminal: Terminal, given: Method | None, *, typed: bool) -> Method:
    if given is not None:
        return given
    if typed:
        return "typed"
    if not terminal.can_ask:
        raise UsageError("how was it captured?", f"add --method with one of: {', '.join(METHODS)}")
    answers = bootstrap.answers()
    last = answers.last("method")
    chosen = terminal.choose(
        "How was it captured?",
        list(METHODS.items()),
        default=next((method for method in METHODS if method == last), None),
    )
    return chosen


def _tool(terminal: Terminal, given: str | None, *, typed: bool) -> str:
    if given is not None:
        return given
    if typed:
        return "keyboard"
    if not terminal.can_ask:
        raise UsageError(
            "with what was it captured?", "add --tool, such as --tool 'Firefox 128', or --tool 'not known'"
        )
    answers = bootstrap.answers()
    earlier = [one for one in answers.all("tool") if one != NOT_KNOWN]
    choices = [*((one, one) for one in earlier), ("", "something else"), (NOT_KNOWN, NOT_KNOWN)]
    chosen = terminal.choose("With what?", choices, default=answers.last("tool"))
    while not chosen:
        chosen = terminal.ask("With what, in a few words (such as Firefox 128):")
    return chosen


def _typed(text: str) -> str:
    if text != "-":
        return text
    import sys

    from custody.services.recording.noting import MAX_TEXT

    # The bytes, not the text stream: that would change line ends, and decode by the terminal's settings.
    data = sys.stdin.buffer.read(4 * MAX_TEXT + 1)  # one too many for any text of that length in UTF-8
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError("what came on stdin is no text in UTF-8, or too long", "collect it as a file") from error


def _warn_of_future(terminal: Terminal, recorder: recording.Recorder, captured: str | None) -> None:
    if captured is not None and captured > format_time(recorder.world.clock.now()):
        terminal.note(
            f"Note: --captured-at is in the future by this computer's clock ({captured[:16].replace('T', ' ')} UTC). "
            "It is recorded as you typed it."
        )


def _tell(line: ProgressLine, so_far: Collection) -> None:
    line.set(so_far.files_taken, so_far.bytes_taken)


def _show(terminal: Terminal, collection: Collection) -> None:
    if terminal.as_json:
        terminal.result(
            {
                "already": [_left_out(one.path, one.outcome, one.message) for one in collection.already],
                "failed": [_left_out(one.path, one.outcome, one.message) for one in collection.failed],
                "items": [_item(item) for item in collection.items],
                "skipped": [_left_out(one.path, one.outcome, one.message) for one in collection.skipped],
                "stopped": collection.stopped,
            }
        )
        return
    shown = collection.items[:SHOWN]
    if shown:
        terminal.columns(
            [(item.number, f"{item.digest[:12]}…", short_size(item.size), _name(item)) for item in shown],
            right=frozenset({2}),
        )
    for item in shown:
        for warning in item.warnings:
            terminal.say(f"{item.number}: {warning}.")
    if len(collection.items) > SHOWN:
        terminal.say(f"… and {len(collection.items) - SHOWN} more (custody items)")
    for one in collection.failed[:SHOWN]:
        terminal.say(f"NOT collected: {visible(os.fsdecode(one.path))}: {one.message}")
    if len(collection.failed) > SHOWN:
        terminal.say(f"… and {len(collection.failed) - SHOWN} more that were not collected (custody log)")
    for one in collection.skipped[:SHOWN]:
        terminal.say(f"Skipped: {visible(os.fsdecode(one.path))}: {one.message}")
    if len(collection.skipped) > SHOWN:
        terminal.say(f"… and {len(collection.skipped) - SHOWN} more that were skipped")
    terminal.say(_summary(collection))


def _summary(collection: Collection) -> str:
    count = len(collection.items)
    words = f"{count} item{'' if count == 1 else 's'} recorded"
    if collection.already:
        words += f", {len(collection.already)} recorded before"
    if collection.failed:
        words += f", {len(collection.failed)} could not be collected (also recorded)"
    if collection.stopped:
        words += ". Stopped early: run the same again with --resume"
    return f"{words}."


def _name(item: CollectedItem) -> str:
    if item.name is None:
        return "(typed text)"
    name = name_in_words(item.name)
    return name if item.parts is None else f"{name}{os.sep} ({item.parts} parts)"


def _item(item: CollectedItem) -> dict[str, object]:
    return {
        "digest": item.digest,
        "media_type": item.media_type,
        "name": item.name,
        "number": item.number,
        "parts": item.parts,
        "size": item.size,
        "warnings": list(item.warnings),
    }


def _left_out(path: bytes, outcome: str, message: str) -> dict[str, object]:
    return {"message": message, "outcome": outcome, "path": visible(os.fsdecode(path))}
