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
from custody.cli.policy import known_policy
from custody.cli.resolving import the_case, the_signer
from custody.cli.terminal import ProgressLine, Terminal, progress_line
from custody.domain.fields import Method, Sensitivity
from custody.domain.sheet import METHODS
from custody.domain.visible import visible
from custody.domain.wording import name_in_words, short_size, time_in_words
from custody.errors import FormatError, UsageError
from custody.formats.encoding import check_date, format_time
from custody.ports import CaseFiles
from custody.services import listing, looking, recording
from custody.services.recording import Circumstances, CollectedItem, Collection, CollectOptions, Target
from custody.services.recording.collecting import LeaveOut, check_outside

SHOWN = 20  # lines; the rest is counted, and `custody items` has them all
NOT_KNOWN = "not known"


class ExtraDigest(StrEnum):
    """The digests that can be computed beside SHA-256, as the command line offers them."""

    md5 = "md5"
    sha1 = "sha1"
    sha512 = "sha512"


def collect(
    paths: Annotated[
        list[Path] | None,
        # What cannot be read is not refused here, but recorded as an attempt.
        typer.Argument(metavar="PATH…", readable=False, help="Files and folders to collect."),
    ] = None,
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
    basis: Annotated[str | None, typer.Option("--basis", help="Legal basis or consent on which you keep it.")] = None,
    review: Annotated[
        str | None, typer.Option("--review", metavar="DATE", help="The day by which to ask if it is still to be kept.")
    ] = None,
    sensitivity: Annotated[Sensitivity, typer.Option("--sensitivity", help="How sensitive it is.")] = "normal",
    extra_digest: Annotated[
        list[ExtraDigest] | None,
        typer.Option("--extra-digest", help="Compute this digest as well; may be repeated."),
    ] = None,
    hash_only: Annotated[bool, typer.Option("--hash-only", help="Record digests and facts, keep no bytes.")] = False,
    seal: Annotated[
        list[str] | None,
        typer.Option("--seal", metavar="FIELD", help=f"Keep it under seal: {', '.join(recording.SEALABLE)}."),
    ] = None,
    clear: Annotated[
        list[str] | None,
        typer.Option("--clear", metavar="FIELD", help=f"Let it stand in clear: {', '.join(recording.CLEARABLE)}."),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option("--text", metavar="TEXT", help="Record this typed text as an item; - reads it from stdin."),
    ] = None,
    derived_from: Annotated[
        str | None, typer.Option("--derived-from", metavar="ITEM", help="The item that this was made from.")
    ] = None,
    transformation: Annotated[
        str | None,
        typer.Option("--transformation", help="How it was made from that: redacted, cropped, converted, extracted …"),
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
    sealed = _fields("--seal", seal, recording.SEALABLE)
    cleared = _fields("--clear", clear, recording.CLEARABLE)
    if "digest" in sealed and extra_digest:
        raise UsageError("--extra-digest would show what --seal digest hides", "leave out one of the two")
    if (derived_from is None) != (transformation is None):
        raise UsageError("--derived-from and --transformation belong together", "give both, or neither")
    captured = None if captured_at is None else parse_moment(captured_at)
    targets = [] if text is not None else _targets(terminal, files, paths or [], as_one=as_one, each=each)
    asked = terminal.can_ask and text is None and (method is None or tool is None)
    method = _method(terminal, method, typed=text is not None)
    tool = _tool(terminal, files, tool, method, typed=text is not None)
    if terminal.can_ask:
        given = {"basis": basis, "captured_at": captured, "description": description, "found_at": found_at}
        given |= {"persona": persona, "place": place, "review": review}
        told_now = _demanded(terminal, files, given)
        basis, captured, description, found_at, persona, place, review = told_now.values()
    if asked:
        captured = captured or _captured(terminal)
        found_at = found_at or terminal.ask("Address it was found at? (Enter: none)") or None
    told = Circumstances(
        method=method,
        tool=tool,
        captured_at=captured,
        found_at=found_at,
        persona=persona,
        place=place,
        description=description,
        basis=basis,
        review=review,
        sensitivity=sensitivity,
        sealed=sealed,
        cleared=cleared,
    )
    recording.check_circumstances(told)
    typed = {
        '"With what?"': told.tool,
        "--text": text,
        "--description": description,
        "--found-at": found_at,
        "--basis": basis,
        "--persona": persona,
        "--place": place,
    }
    if asked:
        terminal.note(_about_to_sign(targets, told))
    signer = the_signer(terminal, files, key, passphrase_file, typed=typed)
    recorder = recording.Recorder(files, bootstrap.world(), signer)
    if derived_from is not None and transformation is not None:
        parent = listing.find_item(files, recorder.whole, derived_from)
        told = recording.derived(recorder, told, parent, transformation)
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
        seal_digest="digest" in sealed,
        resume=resume,
    )
    with progress_line("collected") as line, stop_on_interrupt(terminal) as stopped:
        collection = recording.collect(
            recorder, targets, options, stop=stopped, progress=lambda so_far: _tell(line, stopped, so_far)
        )
    _show(terminal, collection)
    if collection.items and terminal.can_ask:
        bootstrap.answers().remember(_tools_of(recorder.case, told.method), told.tool)
    if collection.failed or collection.stopped:
        raise typer.Exit(FormatError.exit_code)


def _fields(option: str, given: Sequence[str] | None, possible: Sequence[str]) -> frozenset[str]:
    """The fields that an option names. Raises UsageError for others."""
    names = frozenset(name.replace("-", "_") for name in given or ())
    if unknown := sorted(names - {*possible}):
        raise UsageError(f"{option} {', '.join(unknown)}: no such field", f"one of {', '.join(possible)}")
    return names


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
    """Ctrl-C asks to stop after the current file or batch; a second one leaves out what is being read."""
    stopped = Stopped()

    def handle(_number: int, _frame: object) -> None:
        if stopped.asked:
            raise LeaveOut
        stopped.asked = True
        if stopped.large:
            terminal.note(f"\nFinishing {visible(stopped.large)}, then stopping. Ctrl-C again: leave it out.")
        else:
            terminal.note("\nStopping after the current batch; everything so far stays recorded.")

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)


class Stopped:
    """Whether the person asked to stop; `large` is the name of the large file that is being read."""

    def __init__(self) -> None:
        self.asked = False
        self.large = ""

    def __call__(self) -> bool:
        return self.asked


def _targets(terminal: Terminal, files: CaseFiles, paths: Sequence[Path], *, as_one: bool, each: bool) -> list[Target]:
    """The named paths; asks once whether folders are one item or many."""
    named = [os.fspath(path) for path in paths]
    missing = [visible(path) for path in named if _is_missing(path)]
    if missing and terminal.can_ask:  # a slip of the fingers; from a script it is recorded, like any failure
        online = any("://" in path for path in named)
        raise UsageError(
            f"there is nothing called {', '.join(missing[:SHOWN])}; nothing was recorded",
            "custody does not go online: save the page, then collect the file" if online else "check the spelling",
        )
    folders = [path for path in named if files.intake.is_folder(path)]
    check_outside(files, named, bootstrap.home())  # before anything is asked; `recording.collect` refuses it too
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


def _is_missing(path: str) -> bool:
    """Whether nothing is there, as far as one may look: what lies in a closed folder is not missing but unreadable."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _method(terminal: Terminal, given: Method | None, *, typed: bool) -> Method:
    if given is not None:
        return given
    if typed:
        return "typed"
    if not terminal.can_ask:
        raise UsageError("how was it captured?", f"add --method with one of: {', '.join(METHODS)}")
    return terminal.choose("How was it captured?", list(METHODS.items()), default=None)  # Enter signs no old answer


def _tool(terminal: Terminal, files: CaseFiles, given: str | None, method: Method, *, typed: bool) -> str:
    if given is not None:
        return _tool_words(given)
    if typed:
        return "keyboard"
    if not terminal.can_ask:
        raise UsageError(
            "with what was it captured?", "add --tool, such as --tool 'Firefox 128', or --tool 'not known'"
        )
    with files.ledgers.reading() as reader:
        case = looking.find_case(reader).id
    earlier = [one for one in bootstrap.answers().all(_tools_of(case, method)) if one != NOT_KNOWN]
    if earlier:
        choices = [*((one, one) for one in earlier), ("", "something else"), (NOT_KNOWN, NOT_KNOWN)]
        if chosen := terminal.choose("With what?", choices, default=None):
            return chosen
    return _tool_words(terminal.ask_text(f"With what, in a few words (such as Firefox 128, or {NOT_KNOWN}):"))


def _tools_of(case: str, method: Method) -> str:
    """Under what the tools that were used in this case with this method are remembered."""
    return f"tool {case} {method}"


def _tool_words(text: str) -> str:
    """As typed, but one spelling of not knowing."""
    return NOT_KNOWN if text.strip().casefold() in (NOT_KNOWN, "not-known") else text


def _captured(terminal: Terminal) -> str | None:
    """When it was captured, asked until it can be understood; None where that is not known."""
    while typed := terminal.ask("When was it captured? (Enter: not known)"):
        try:
            return parse_moment(typed)
        except UsageError as error:
            terminal.note(f"{error.message[:1].upper()}{error.message[1:]}: {error.hint}.")
    return None


QUESTIONS: dict[str, str] = {
    "basis": "On what legal basis or consent do you keep it?",
    "captured_at": "When was it captured?",
    "description": "What is it, neutrally?",
    "found_at": "At what address was it found?",
    "persona": "Under which account did you look?",
    "place": "Where were you?",
    "review": "By what day is it to be reviewed (such as 2027-11-24)?",
}


def _demanded(terminal: Terminal, files: CaseFiles, given: dict[str, str | None]) -> dict[str, str | None]:
    """The same with an answer for everything that the policy of the case demands and that was not given."""
    policy = known_policy(files)
    missing = [] if policy is None else policy.missing_fields(given.get)
    if missing:
        terminal.note("The case lead demands:")
    return given | {name: _answer(terminal, name) for name in missing}


def _answer(terminal: Terminal, name: str) -> str:
    """What was typed for a field, asked until it can be understood."""
    while True:
        typed = terminal.ask_text(QUESTIONS[name])
        try:
            if name == "captured_at":
                return parse_moment(typed)
            if name == "review":
                check_date(typed)
            return typed
        except (UsageError, FormatError) as error:
            terminal.note(f"{error.message[:1].upper()}{error.message[1:]}{error.hint and f': {error.hint}'}.")


def _about_to_sign(targets: Sequence[Target], told: Circumstances) -> str:
    """What the person is about to put their signature to, in one line."""
    first = Path(targets[0].path).name or targets[0].path
    what = first if len(targets) == 1 else f"{first} and {len(targets) - 1} more"
    when = "not known when" if told.captured_at is None else f"captured {time_in_words(told.captured_at)}"
    where = "no address" if told.found_at is None else f"found at {told.found_at}"
    return visible(f"You sign: {what}; {METHODS[told.method]}; with: {told.tool}; {when}; {where}.")


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


def _tell(line: ProgressLine, stopped: Stopped, so_far: Collection) -> None:
    large = so_far.large
    stopped.large = "" if large is None else os.fsdecode(os.path.basename(large.path))  # noqa: PTH119  bytes
    line.working_on("" if large is None else f"{stopped.large}, {short_size(large.size)} …")
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
    again = [item for item in collection.items if item.same_as is not None]
    if len(again) == 1:
        terminal.say(f"Same bytes as {again[0].same_as}. Recorded again as {again[0].number}.")
    elif again:
        terminal.say(f"{len(again)} of these have the same bytes as an earlier item. Recorded again all the same.")
    if len(collection.items) > SHOWN:
        terminal.say(f"… and {len(collection.items) - SHOWN} more (custody items)")
    for one in collection.failed[:SHOWN]:
        terminal.sentence(f"NOT collected: {visible(os.fsdecode(one.path))}: {one.message}")
    if len(collection.failed) > SHOWN:
        terminal.say(f"… and {len(collection.failed) - SHOWN} more that were not collected (custody log)")
    for one in collection.skipped[:SHOWN]:
        terminal.sentence(f"Skipped: {visible(os.fsdecode(one.path))}: {one.message}")
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
        "same_as": item.same_as,
        "size": item.size,
        "warnings": list(item.warnings),
    }


def _left_out(path: bytes, outcome: str, message: str) -> dict[str, object]:
    return {"message": message, "outcome": outcome, "path": visible(os.fsdecode(path))}
