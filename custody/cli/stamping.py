"""`custody timestamp`: outside evidence of when, for the whole ledger; what is owed, renewal, and stamps as files."""

import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from custody import bootstrap
from custody.cli.options import PLAIN, CaseOption, JsonOption, KeyOption, PassphraseOption
from custody.cli.resolving import looking_world, own_ledger, the_case, the_recorder, wanted_key
from custody.cli.terminal import Terminal, progress_line
from custody.cli.verifying import trust_of
from custody.domain import findings as codes
from custody.domain.addresses import Address
from custody.domain.wording import capital
from custody.errors import CustodyError, RemoteError, UsageError
from custody.ports import CaseFiles
from custody.services import anchoring, auditing, looking
from custody.services.anchoring import Outcome, Upgraded
from custody.services.auditing.lapsing import EXPIRES
from custody.services.recording import Recorder

app = typer.Typer(**PLAIN, invoke_without_command=True)


@app.callback()
def timestamp(
    context: typer.Context,
    only: Annotated[
        list[str] | None, typer.Option("--authority", metavar="NAME", help="Ask only this one; may be repeated.")
    ] = None,
    pending: Annotated[
        bool, typer.Option("--pending", help="Ask only those who still owe a stamp, and fetch proofs that are ready.")
    ] = False,
    renew: Annotated[
        bool, typer.Option("--renew", help="Stamp again what rests on a certificate that ends within a year.")
    ] = False,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have every authority of this case stamp the record as it stands: all of it existed by then."""
    if context.invoked_subcommand is not None:
        return
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    addresses = chosen(files, only)
    if pending and renew:
        raise UsageError("--pending and --renew exclude each other", "choose one of the two")
    if renew and not _ends_soon(terminal, files):
        if as_json:
            terminal.result({"stamps": [], "upgraded": []})
        else:
            terminal.say("Nothing rests on a certificate that ends within a year.")
        return
    recorder = the_recorder(terminal, case, key, passphrase_file)
    queue = bootstrap.stamp_queue()
    if pending:
        anchoring.recall(recorder, queue)
        owed = queue.owed(recorder.ledger.id)
        addresses = [one for one in addresses if one.name in owed]
    outcomes = stamp_now(terminal, recorder, addresses)
    ends = [one.valid_until for one in outcomes if one.valid_until is not None]
    if renew and ends and max(ends) <= bootstrap.world().clock.now() + EXPIRES:
        terminal.warn(
            f"the new stamps rest on certificates that end by {max(ends):%Y-%m-%d}",
            "add an authority whose certificate lasts longer (custody authority add), or renew again before that",
        )
    if any(one.trouble is not None for one in outcomes):
        raise typer.Exit(RemoteError.exit_code)


def stamp_now(terminal: Terminal, recorder: Recorder, addresses: Sequence[Address]) -> list[Outcome]:
    """Ask these, fetch what calendars have ready, and say what came of it."""
    queue, web, trust = bootstrap.stamp_queue(), bootstrap.web(), trust_of(None)
    upgraded = anchoring.upgrade(recorder, web, queue, trust, bootstrap.read_addresses(recorder.files.folder))
    outcomes = anchoring.stamp(recorder, web, queue, trust, addresses) if addresses else []
    if terminal.as_json:
        terminal.result(
            {
                "stamps": [stamp_json(one) for one in outcomes],
                "upgraded": [{"before": one.before, "record": one.position} for one in upgraded],
            }
        )
    else:
        for words in in_words(outcomes):
            terminal.sentence(words)
        for done in upgraded:
            terminal.sentence(upgraded_in_words(done))
        waiting = len(queue.unconfirmed(recorder.ledger.id))
        if not outcomes and not upgraded:
            terminal.say("Nothing is owed." if waiting else "Nothing is owed, and no proof is pending.")
        if waiting and not any(one.pending for one in outcomes):
            terminal.say(
                f"{waiting} {'proof still waits' if waiting == 1 else 'proofs still wait'} for a Bitcoin block."
            )
    return outcomes


def stamp_along(terminal: Terminal, recorder: Recorder) -> list[Outcome]:
    """Have the record stamped beside another command, and say on stderr what came of it.

    What goes wrong is said there too: what was recorded stays recorded, and a stamp can be had later.
    """
    try:
        addresses = [one for one in bootstrap.read_addresses(recorder.files.folder) if one.kind != "witness"]
        if not addresses:
            terminal.warn(
                "nothing was stamped: this case names no time-stamping authority",
                "custody authority add NAME URL --root FILE, with what the case lead chose; then custody timestamp",
            )
            return []
        outcomes = anchoring.stamp(recorder, bootstrap.web(), bootstrap.stamp_queue(), trust_of(None), addresses)
    except CustodyError as error:
        terminal.warn(f"nothing was stamped: {error.message}", error.hint or "later: custody timestamp")
        return []
    for words in in_words(outcomes):
        terminal.aside(words)
    if any(one.trouble is None for one in outcomes):
        upgrade_along(terminal, recorder)
    return outcomes


def upgrade_along(terminal: Terminal, recorder: Recorder) -> None:
    """Fetch what calendars have ready, beside another command that is online; says what came of it on stderr."""
    try:
        addresses = bootstrap.read_addresses(recorder.files.folder)
        upgraded = anchoring.upgrade(recorder, bootstrap.web(), bootstrap.stamp_queue(), trust_of(None), addresses)
    except CustodyError as error:
        terminal.warn(
            f"no pending proof was fetched: {error.message}", error.hint or "later: custody timestamp --pending"
        )
        return
    for done in upgraded:
        terminal.aside(upgraded_in_words(done))


def chosen(files: CaseFiles, names: Sequence[str] | None) -> list[Address]:
    """The authorities of the case that stamp; of these the named ones. Raises UsageError where there is none."""
    addresses = [one for one in bootstrap.read_addresses(files.folder) if one.kind != "witness"]
    known = {one.name for one in addresses}
    if missing := sorted(set(names or ()) - known):
        raise UsageError(f"this case asks no authority {', '.join(missing)}", "custody authority list shows them")
    if not addresses:
        raise UsageError(
            "this case names no time-stamping authority",
            "custody authority add NAME URL --root FILE; two or more are better than one",
        )
    return [one for one in addresses if not names or one.name in names]


def in_words(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """For people: a sentence for each, and what to do about what is owed."""
    yield from map(_in_words, outcomes)
    if owed := sum(one.trouble is not None for one in outcomes):
        yield f"{owed} {'stamp is' if owed == 1 else 'stamps are'} owed. To ask again: custody timestamp --pending"


def _in_words(one: Outcome) -> str:
    if one.trouble is not None:
        hint = f" {capital(one.trouble.hint)}." if one.trouble.hint else ""
        return f"{one.authority}: no stamp: {one.trouble.message}.{hint}"
    if one.pending:
        return f"{one.authority}: promised (record {one.position}); it shows no time until a Bitcoin block holds it."
    assert one.time is not None
    stamped = f"{one.authority}: stamped at {one.time:%Y-%m-%d %H:%M:%S} UTC (record {one.position})."
    if one.valid_until is None:  # whoever wrote the case chose who was asked
        stamped += (
            f" On this computer you trust nobody of that name: custody authority add {one.authority} --root FILE, with "
            "its root certificate from the authority itself."
        )
    return stamped


def upgraded_in_words(one: Upgraded) -> str:
    """For people."""
    return f"The proof of record {one.before} now leads to a Bitcoin block: record {one.position}."


def stamp_json(one: Outcome) -> dict[str, object]:
    """For `--json`."""
    return {
        "authority": one.authority,
        "error": None if one.trouble is None else {"code": one.trouble.code, "message": one.trouble.message},
        "pending": one.pending,
        "record": one.position,
        "time": None if one.time is None else f"{one.time:%Y-%m-%dT%H:%M:%S.%fZ}",
    }


def _ends_soon(terminal: Terminal, files: CaseFiles) -> bool:
    """Whether verification warns that a certificate ends."""
    with progress_line("checked") as line:
        found = auditing.audit(files, looking_world(terminal), trust_of(None), quick=True, own_names={}, progress=line)
    warned = codes.TIMESTAMP_EXPIRES.name
    return any(one.code == warned for one in found.judgement.questions.time.findings)


@app.command("export")
def export(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="A new folder for the files.")],
    record: Annotated[
        int | None, typer.Argument(metavar="[RECORD]", min=0, help="Its number; else the newest of each authority.")
    ] = None,
    case: CaseOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write stamps as plain files, for openssl to check."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    if output.exists():
        raise UsageError(f"{output} exists already", "name a new folder")
    ledger = own_ledger(looking.look(files, bootstrap.world()), wanted_key(key))
    exported = anchoring.export(files, ledger, trust_of(None), record, output, bootstrap.write_new)
    if as_json:
        terminal.result(
            {
                "stamps": [
                    {
                        "authority": one.authority,
                        "command": one.command,
                        "folder": str(one.folder),
                        "record": one.position,
                        "root": one.rooted,
                    }
                    for one in exported
                ]
            }
        )
        return
    for one in exported:
        terminal.say(f"{one.authority}, record {one.position}:")
        terminal.say(f"  cd {shlex.quote(str(one.folder))}")
        terminal.say(f"  {_broken(terminal, one.command)}")
        if not one.rooted and "-CAfile" in one.command:
            words = "root.pem is the authority's root certificate: get it from the authority itself."
            terminal.paragraph(words, indent="  ")
    if any(one.command.startswith("openssl") for one in exported):
        terminal.say("openssl then says: Verification: OK")


def _broken(terminal: Terminal, command: str) -> str:
    """On two lines as a POSIX shell takes them, where a person's terminal would break it inside a word."""
    start, middle, rest = command.partition(" -in ")
    if os.name == "nt" or not sys.stdout.isatty() or not middle or len(command) + 2 <= terminal.width:
        return command
    return f"{start} \\\n   {middle}{rest}"
