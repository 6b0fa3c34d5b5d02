"""`custody examine`, `correct`, `withdraw`, `dispose`, `erase`, `explain-gap`: acts and remarks on items."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from custody import bootstrap
from custody.cli.handing import removed_on_error
from custody.cli.options import CaseOption, JsonOption, KeyOption, PassphraseOption
from custody.cli.resolving import the_member, the_recorder
from custody.cli.terminal import Terminal, progress_line
from custody.domain.examination import FileState
from custody.errors import UsageError, VerificationError
from custody.services import handover, listing, recording
from custody.services.recording.appending import Recorded

ItemArgument = Annotated[str, typer.Argument(metavar="ITEM", help="JD-7, or 7, or the beginning of its SHA-256.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept under seal.")]


def examine(
    item: ItemArgument,
    purpose: Annotated[str, typer.Option("--purpose", help="What for; kept under seal.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="The folder to make for the working copy.")
    ],
    tool: Annotated[str | None, typer.Option("--with", help="The program that it will be examined with.")] = None,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a working copy of an item: compared with the record, read-only, and recorded. The original stays."""
    terminal = Terminal(as_json=as_json)
    recorder, number = _begin(terminal, item, case, key, passphrase_file, {"the purpose": purpose})
    if output.exists():
        raise UsageError(f"{output} exists already", "name a folder that does not")
    with progress_line("compared") as line:
        state = handover.matches(recorder, number, line.read)
    if state is not FileState.MATCHES:
        raise VerificationError(f"the bytes of {number} are {state.value}", "run custody verify")
    with removed_on_error(output):
        recorded = recording.examined(
            recorder, number, purpose, tool, lambda: handover.carry(recorder, [number], bootstrap.evidence(output))
        )
    if as_json:
        terminal.result({"folder": str(output), "item": number, "record": recorded.position})
        return
    terminal.say(
        f"A working copy of {number} is in {output} (record {recorded.position}). Work on that, not on the case."
    )


def correct(
    item: ItemArgument,
    changes: Annotated[
        list[str], typer.Option("--set", metavar="FIELD=VALUE", help="Such as description='a red door'.")
    ],
    reason: ReasonOption,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a field of an item's record should have said. The old value stays visible beside the new one."""
    terminal = Terminal(as_json=as_json)
    pairs = [change.partition("=")[::2] for change in changes]
    typed = {"the reason": reason, **{f"--set {name}": value for name, value in pairs}}
    recorder, number = _begin(terminal, item, case, key, passphrase_file, typed)
    recorded = recording.correct(recorder, number, {name.strip(): value for name, value in pairs}, reason)
    if as_json:
        terminal.result({"item": number, "records": [one.position for one in recorded]})
        return
    terminal.say(
        f"Corrected {number}: {', '.join(name for name, _ in pairs)}. The old values stay: custody show {number}"
    )


def withdraw(
    item: ItemArgument,
    reason: ReasonOption,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take back an item that you collected by mistake, before you hand it to anybody. Its record stays."""
    terminal = Terminal(as_json=as_json)
    recorder, number = _begin(terminal, item, case, key, passphrase_file, {"the reason": reason})
    _done(terminal, recording.withdraw(recorder, number, reason), f"Withdrawn: {number}.")


def dispose(
    item: ItemArgument,
    method: Annotated[str, typer.Option("--method", help="How, in a few words; not secret.")],
    authority: Annotated[str, typer.Option("--authority", help="On whose word; kept under seal.")],
    witnessed_by: Annotated[
        str | None, typer.Option("--witnessed-by", help="A member of the case, or anybody's name; a name is sealed.")
    ] = None,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record that an item is gone for good, then remove its bytes. Its history stays."""
    terminal = Terminal(as_json=as_json)
    typed = {"the method": method, "the authority": authority, "the witness": witnessed_by}
    recorder, number = _begin(terminal, item, case, key, passphrase_file, typed)
    witness, name = None, witnessed_by
    if witnessed_by is not None:
        with suppress(UsageError):  # else it is somebody outside the case
            witness, name = the_member(recorder.files, recorder.whole, recorder.state(), witnessed_by).key_id, None
    recorded = recording.dispose(recorder, number, method, authority, witness, name)
    removed = handover.remove(recorder, number)
    _done(
        terminal,
        recorded,
        f"Disposed of {number}; {removed} stored file{' was' if removed == 1 else 's were'} removed.",
    )


def erase(
    about: Annotated[
        str,
        typer.Argument(
            metavar="ITEM|RECORD",
            help="An item; or the id of a record about it (custody show --json), 12 digits or more.",
        ),
    ],
    field: Annotated[str, typer.Argument(metavar="FIELD", help="The sealed field, such as description or place.")],
    reason: ReasonOption,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Destroy what is under the seal of a field of an item's record. It is recorded that it was there, and is gone."""
    terminal = Terminal(as_json=as_json)
    recorder = the_recorder(terminal, case, key, passphrase_file, typed={"the reason": reason})
    of, number = listing.find_record(recorder.files, recorder.whole, about) or (None, None)
    if number is None:
        number = listing.find_item(recorder.files, recorder.whole, about)
    recorded = recording.erase(recorder, number, field, reason, of=of)
    what = f"{field} of {number}" if of is None else f"{field} of a record of {number}"
    _done(terminal, recorded, f"Erased {what} here. Others who have it erase it when they merge this.")


def explain_gap(
    item: ItemArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What happened, in quotes; kept under seal.")],
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain something that the record of an item does not account for. It stays OPEN, with your explanation."""
    terminal = Terminal(as_json=as_json)
    recorder, number = _begin(terminal, item, case, key, passphrase_file, {"the explanation": text})
    _done(terminal, recording.explain_gap(recorder, number, text), f"Recorded for {number}.")


def _begin(
    terminal: Terminal,
    item: str,
    case: Path | None,
    key: str | None,
    passphrase_file: Path | None,
    typed: Mapping[str, str | None],
) -> tuple[recording.Recorder, str]:
    recorder = the_recorder(terminal, case, key, passphrase_file, typed=typed)
    return recorder, listing.find_item(recorder.files, recorder.whole, item)


def _done(terminal: Terminal, recorded: Recorded, words: str) -> None:
    if terminal.as_json:
        terminal.result({"item": recorded.item, "record": recorded.position, "statement": recorded.id})
    else:
        terminal.say(f"{words[:-1]} (record {recorded.position}).")
