"""`custody collect`: take files, folders and typed text in."""

import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from custody import bootstrap
from custody.cli.circumstances import about_to_sign, demanded, parse_moment, the_method, the_moment, the_tool, tools_of
from custody.cli.collected import SHOWN, show
from custody.cli.interrupting import stop_on_interrupt, tell
from custody.cli.options import CaseOption, JsonOption, KeyOption, PassphraseOption
from custody.cli.policy import demands_stamps
from custody.cli.resolving import the_case, the_signer
from custody.cli.terminal import Terminal, progress_line
from custody.domain.fields import Method, Sensitivity
from custody.domain.visible import visible
from custody.errors import FormatError, UsageError
from custody.formats.encoding import format_time
from custody.ports import CaseFiles
from custody.services import listing, recording
from custody.services.recording import Circumstances, Collection, CollectOptions, Target
from custody.services.recording.collecting import check_outside

if TYPE_CHECKING:
    from custody.services.anchoring import Outcome


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
    timestamp: Annotated[
        bool, typer.Option("--timestamp", help="Have the record stamped afterwards; offline, it is owed.")
    ] = False,
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
    method = the_method(terminal, method, typed=text is not None)
    tool = the_tool(terminal, files, tool, method, typed=text is not None)
    if terminal.can_ask:
        given = {"basis": basis, "captured_at": captured, "description": description, "found_at": found_at}
        given |= {"persona": persona, "place": place, "review": review}
        told_now = demanded(terminal, files, given)
        basis, captured, description, found_at, persona, place, review = told_now.values()
    if asked:
        captured = captured or the_moment(terminal)
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
    if asked or (cleared and targets and terminal.can_ask):  # what stands in clear stays so for good
        terminal.note(about_to_sign(targets, told))
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
        _show_and_stamp(terminal, recorder, Collection(items=[item]), timestamp=timestamp)
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
            recorder, targets, options, stop=stopped, progress=lambda so_far: tell(line, stopped, so_far)
        )
    _show_and_stamp(terminal, recorder, collection, timestamp=timestamp)
    if collection.items and terminal.can_ask:
        bootstrap.answers().remember(tools_of(recorder.case, told.method), told.tool)
    if collection.failed or collection.stopped:
        raise typer.Exit(FormatError.exit_code)


def _show_and_stamp(
    terminal: Terminal, recorder: recording.Recorder, collection: Collection, *, timestamp: bool
) -> None:
    """A person hears at once what is recorded: an authority may take its time."""
    if not terminal.as_json:
        show(terminal, collection)
    stamps: Sequence[Outcome] = ()
    if collection.items and (timestamp or demands_stamps(recorder.files)):
        from custody.cli.stamping import stamp_along  # with all that verification needs: not for who stamps nothing

        stamps = stamp_along(terminal, recorder)
    if terminal.as_json:
        show(terminal, collection, stamps)


def _fields(option: str, given: Sequence[str] | None, possible: Sequence[str]) -> frozenset[str]:
    """The fields that an option names. Raises UsageError for others."""
    names = frozenset(name.replace("-", "_") for name in given or ())
    if unknown := sorted(names - {*possible}):
        raise UsageError(f"{option} {', '.join(unknown)}: no such field", f"one of {', '.join(possible)}")
    return names


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
