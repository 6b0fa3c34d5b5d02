"""`custody key`: create, list, show, export, and recovery sheets."""

import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from custody import bootstrap
from custody.cli.options import PLAIN, JsonOption, PassphraseOption
from custody.cli.resolving import (
    check_not_typed,
    given_passphrase,
    new_passphrase,
    wanted_key,
    warn_of_synchronised,
)
from custody.cli.terminal import Terminal
from custody.domain.recovery import RecoverySheet
from custody.domain.report import Signatory
from custody.domain.visible import visible
from custody.domain.wording import group_hex
from custody.errors import CustodyError, FormatError, SigningError, StorageError, UsageError
from custody.formats import recovery
from custody.formats.encoding import format_time
from custody.formats.publickey import PublicKey
from custody.formats.words import format_words

app = typer.Typer(**PLAIN, help="Your keys: make one, list, show, export the public part.")

NamedKey = Annotated[str | None, typer.Argument(metavar="[NAME|KEYID]", help="Which key; else the only one.")]


@app.command("create")
def create(
    name: Annotated[
        str | None, typer.Option("--name", help="Your name, or the pseudonym that this key is for.")
    ] = None,
    organisation: Annotated[str | None, typer.Option("--organisation", help="Whom you work for.")] = None,
    email: Annotated[
        str | None, typer.Option("--email", help="An address, if the certificate should have one.")
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option("--sheet", metavar="FILE.pdf", help="Also write a recovery sheet, to be printed.")
    ] = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key of your own. Its private part stays on this computer, encrypted under a passphrase."""
    terminal = Terminal(as_json=as_json)
    warn_of_synchronised(terminal)
    public, _ = make_key(terminal, name, organisation, email, passphrase_file, sheet=sheet)
    if as_json:
        terminal.result(_facts(public))
        return
    terminal.say(f"The key of {public.name} is ready.")
    _show(terminal, public)
    terminal.paragraph(
        "Tell the eight words to the people you work with, in person or by telephone. Whoever compares them with what "
        "their custody shows knows that the key is yours, and not of somebody who uses your name."
    )
    terminal.say("Next: custody init DIR --reference … --title …")


@app.command("list")
def list_keys(as_json: JsonOption = False) -> None:
    """List your keys."""
    terminal = Terminal(as_json=as_json)
    keys = bootstrap.key_store().all_keys()
    if as_json:
        terminal.result({"keys": [_facts(key) for key in keys]})
        return
    if not keys:
        terminal.say('There is no key yet. Next: custody key create --name "…" --organisation "…"')
        return
    terminal.columns([(key.name, key.organisation, key.key_id[:16]) for key in keys])


@app.command("show")
def show(key: NamedKey = None, as_json: JsonOption = False) -> None:
    """Show a key: whose, its fingerprint, and the eight words by which others can confirm it."""
    terminal = Terminal(as_json=as_json)
    public = bootstrap.key_store().find(wanted_key(key))
    if as_json:
        terminal.result(_facts(public))
    else:
        _show(terminal, public)


@app.command("export")
def export(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The file to write.")],
    key: NamedKey = None,
    as_json: JsonOption = False,
) -> None:
    """Write the public part of a key to a file, to give to others. It holds no secret."""
    terminal = Terminal(as_json=as_json)
    store = bootstrap.key_store()
    public = store.find(wanted_key(key))
    bootstrap.write_new(output, store.export(public))
    if as_json:
        terminal.result({**_facts(public), "file": str(output)})
        return
    terminal.say(f"Wrote {output}. It is public: send it to whom you work with, and read them the eight words.")


@app.command("sheet")
def sheet(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.pdf", help="The sheet to write.")],
    key: NamedKey = None,
    as_json: JsonOption = False,
) -> None:
    """Write a recovery sheet: the encrypted private key, to be printed. With the passphrase it is the key."""
    terminal = Terminal(as_json=as_json)
    _check_sheet(output)
    public = bootstrap.key_store().find(wanted_key(key))
    _write_sheet(public, output)
    if as_json:
        terminal.result({**_facts(public), "file": str(output)})
        return
    terminal.say(f"Wrote {output}. Print it, delete the file, and keep the paper apart from the passphrase.")


@app.command("restore")
def restore(
    text: Annotated[
        Path, typer.Argument(metavar="FILE", help="The text of a recovery sheet, scanned or typed; - reads it here.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Put a key back from the text of its recovery sheet. It stays encrypted under its passphrase."""
    terminal = Terminal(as_json=as_json)
    public = bootstrap.key_store().restore(recovery.parse_lines(_sheet_text(text)))
    if as_json:
        terminal.result(_facts(public))
        return
    terminal.say(f"The key of {visible(public.name)} is back ({public.key_id[:8]}). Check with: custody key list")


def _sheet_text(path: Path) -> str:
    """What was scanned or typed, so much of it as a sheet can hold."""
    try:
        if path == Path("-"):
            data = sys.stdin.buffer.read(recovery.MAX_TEXT + 1)
        else:
            with path.open("rb") as file:
                data = file.read(recovery.MAX_TEXT + 1)
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}", "check its name") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(f"{path} is not text", "save it as plain text, not as a document") from error


def make_key(
    terminal: Terminal,
    name: str | None,
    organisation: str | None,
    email: str | None,
    passphrase_file: Path | None,
    *,
    typed: Mapping[str, str | None] | None = None,
    pseudonym: bool = False,
    case: str | None = None,
    sheet: Path | None = None,
) -> tuple[PublicKey, str]:
    """A new key of this name, and its passphrase; name and organisation are asked for where somebody can answer.

    Of a pseudonym no organisation is asked for, and its key is kept for `case` alone (None: one that is not open yet).

    Whoever is asked for the passphrase is asked first whether the name is right: it stands in every record.

    A recovery sheet is written to `sheet`; whoever was asked for the passphrase is asked whether they want one.

    `typed` is what else was typed to be recorded: no key is made when one of these is the passphrase.
    """
    if sheet is not None:
        _check_sheet(sheet)
    while True:
        name = name or _asked(terminal, "Your pseudonym:" if pseudonym else "Your name:", "--name")
        _check_free(name)
        if not pseudonym:
            organisation = organisation or _asked(terminal, "Your organisation:", "--organisation")
        organisation = organisation or ""
        if not terminal.can_ask or given_passphrase(passphrase_file) is not None:
            break
        whose = f"{name}, {organisation}" if organisation else name
        terminal.note(f"The key will be of: {visible(whose)}. It cannot be changed later.")
        if terminal.confirm("Is this right?"):
            break
        name, organisation = None, organisation if pseudonym else None
    world = bootstrap.world()
    passphrase = new_passphrase(terminal, passphrase_file)
    check_not_typed(passphrase, {"the name": name, "the organisation": organisation, **(typed or {})})
    public = bootstrap.key_store().create(
        name=name,
        organisation=organisation,
        email=email,
        passphrase=passphrase,
        now=world.clock.now(),
        entropy=world.entropy,
    )
    if pseudonym:  # before anything else can fail: not reserved, it would be an ordinary key
        bootstrap.key_store().reserve(public, case or "")
    if sheet is None and terminal.can_ask and given_passphrase(passphrase_file) is None:
        sheet = _wanted_sheet(terminal, public)
    if sheet is not None:
        try:
            _write_sheet(public, sheet)
        except (CustodyError, OSError):
            terminal.note(
                "The key is made; only its recovery sheet was not written. To write it: "
                f"custody key sheet {public.key_id[:8]} -o FILE.pdf"
            )
            raise
        terminal.say(f"Wrote {sheet}. Print it, delete the file, and keep the paper apart from the passphrase.")
    return public, passphrase


def _wanted_sheet(terminal: Terminal, public: PublicKey) -> Path | None:
    """Where a recovery sheet goes, if the person wants one."""
    terminal.note("If this computer is lost, so is the key, unless there is a copy of it elsewhere.")
    if not terminal.confirm("Print a recovery sheet? It is a PDF with the encrypted key; the passphrase is not on it."):
        return None
    case = bootstrap.find_case(Path.cwd())
    folder = Path() if case is None else case.folder.resolve().parent  # never in a folder that others have
    return folder / f"recovery-sheet-{public.key_id[:8]}.pdf"


def _check_sheet(path: Path) -> None:
    if path.suffix.lower() != ".pdf":
        raise UsageError(f"{path} does not end in .pdf, and a recovery sheet is a PDF", f"name it {path.stem}.pdf")
    if bootstrap.find_case(path.absolute().parent) is not None:
        raise UsageError(f"{path} would lie in a case folder, which others may have", "name a place outside it")
    bootstrap.check_new(path)


def _write_sheet(public: PublicKey, path: Path) -> None:
    lines = recovery.format_lines(bootstrap.key_store().sealed(public))
    owner = Signatory(
        name=public.name,
        organisation=public.organisation,
        key_id=public.key_id,
        words=format_words(bytes.fromhex(public.key_id)),
    )
    made = RecoverySheet(
        owner=owner,
        made_at=format_time(bootstrap.world().clock.now()),
        lines=lines,
        codes=recovery.format_codes(lines),
    )
    bootstrap.write_new(path, bootstrap.sheet_writer().draw(made))


def _check_free(name: str) -> None:
    """Raise SigningError when a key of this name is here: better said before a passphrase is thought of than after."""
    wanted = unicodedata.normalize("NFC", name).casefold()
    for other in bootstrap.key_store().all_keys():
        if other.name.casefold() == wanted:
            raise SigningError(
                f"there is already a key of that name: {other.name} ({other.key_id[:8]})",
                "use that key, or give the new one a name that tells them apart",
            )


def _asked(terminal: Terminal, question: str, option: str) -> str:
    if terminal.can_ask:
        return terminal.ask_text(question)
    raise UsageError(f"{option} is needed for a new key", f'add {option} "…"')


def _show(terminal: Terminal, public: PublicKey) -> None:
    terminal.pairs(
        (
            ("Name", public.name),
            *([("Organisation", public.organisation)] if public.organisation else []),
            *([("E-mail", public.email)] if public.email else []),
            ("Fingerprint", group_hex(public.key_id)),
            ("Eight words", format_words(bytes.fromhex(public.key_id))),
        )
    )


def _facts(public: PublicKey) -> dict[str, str | None]:
    return {
        "email": public.email,
        "key_id": public.key_id,
        "name": public.name,
        "organisation": public.organisation,
        "words": format_words(bytes.fromhex(public.key_id)),
    }
