"""`custody share` and `merge`: how the records of several people reach each other, and timestamps, but no evidence."""

from pathlib import Path
from typing import Annotated

import typer

from custody import bootstrap
from custody.cli.options import CaseOption, JsonOption, KeyOption, PassphraseOption
from custody.cli.resolving import own_ledger, the_case, the_recorder, wanted_key
from custody.cli.terminal import Terminal
from custody.errors import CustodyError, UsageError, VerificationError
from custody.formats.share import Share
from custody.services import exchanging, looking


def share(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The file to write.")],
    sealed: Annotated[
        bool, typer.Option("--sealed", help="Tell nothing that is under seal: names, notes, places.")
    ] = False,
    everybody: Annotated[
        bool, typer.Option("--all", help="Also the ledgers of others, as far as you have them.")
    ] = False,
    case: CaseOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write your records to a file, for others in the case to take in: custody merge FILE. No evidence is in it."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    world = bootstrap.world()
    whole = looking.look(files, world)
    own = own_ledger(whole, wanted_key(key))
    ledgers = sorted(whole.ledgers) if everybody else [own.id]
    lines = exchanging.share(files, whole, ledgers, openings=not sealed, warn=world.warn)
    bootstrap.write_new(output, b"".join(lines))
    if as_json:
        terminal.result({"file": str(output), "ledgers": ledgers})
        return
    what = "" if sealed else " It tells what is under seal: send it only to people of the case."
    terminal.sentence(f"Wrote {output}.{what}")
    terminal.say("They take it in with: custody merge FILE")


def merge(
    sources: Annotated[
        list[Path], typer.Argument(metavar="FILE|FOLDER…", help="What others sent: share files, or their case folders.")
    ],
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take in other people's records, unchanged and checked, and sign that you have seen them."""
    terminal = Terminal(as_json=as_json)
    shares = [_read(source) for source in sources]
    recorder = the_recorder(terminal, case, key, passphrase_file)
    if any(share.objects for share in shares):
        recorder.check_store()
    merged = [
        one for share in shares for one in exchanging.merge(recorder.files, recorder.world, share, recorder.ledger.id)
    ]
    position = exchanging.see(recorder, merged)
    wrong = [one for one in merged if one.wrong is not None]
    if as_json:
        terminal.result(
            {
                "ledgers": [
                    {
                        "before": one.before,
                        "label": one.label,
                        "ledger": one.ledger,
                        "size": one.size,
                        "wrong": one.wrong,
                    }
                    for one in merged
                ],
                "record": position,
            }
        )
    for one in [] if as_json else merged:
        if one.wrong is None:
            new = one.size - one.before
            told = f"{new} new record{'' if new == 1 else 's'}" if new else "nothing new"
            terminal.say(f"{one.label}: {told}, {one.size} in all.")
        else:
            terminal.sentence(f"{one.label}: NOT taken in: {one.wrong}.")
    if wrong and as_json:
        raise typer.Exit(VerificationError.exit_code)
    if wrong:
        raise VerificationError(
            f"{len(wrong)} of {len(merged)} ledgers {'was' if len(merged) == 1 else 'were'} not taken in",
            "keep what was sent, and ask its sender how it came about; the others were taken in",
        )


def _read(source: Path) -> Share:
    if not source.is_dir():
        return exchanging.parse(source)
    try:
        found = bootstrap.read_case(source.absolute())
    except CustodyError as error:
        raise UsageError(
            f"{source} is no case folder", "name a share file, or a folder with case.toml in it"
        ) from error
    return exchanging.from_folder(bootstrap.case_files(found))
