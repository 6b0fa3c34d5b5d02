"""`custody init`, `status`, `checkpoint`, and bare `custody`: the case as a whole."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from custody import bootstrap
from custody.cli.keys import make_key
from custody.cli.options import CaseOption, JsonOption, KeyOption, PassphraseOption
from custody.cli.resolving import check_not_typed, the_case, the_signer, unlock, wanted_key
from custody.cli.terminal import Terminal
from custody.domain.entry import Entry
from custody.domain.events import Attempted, Reported
from custody.domain.visible import visible
from custody.domain.wording import time_in_words
from custody.errors import UsageError
from custody.formats.words import format_words
from custody.ports import CaseFiles
from custody.services import listing, reading, recording

MAX_LABEL = 8


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make for the case.")],
    reference: Annotated[
        str | None, typer.Option("--reference", help="The case's reference, such as GEN-2026-014. It is not secret.")
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="What the case is about. It is kept under seal.")] = None,
    label: Annotated[
        str | None, typer.Option("--label", help="Begins your item numbers: JD gives JD-1, JD-2. Else your initials.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Your name, if you have no key yet.")] = None,
    organisation: Annotated[
        str | None, typer.Option("--organisation", help="Whom you work for, if you have no key yet.")
    ] = None,
    email: Annotated[str | None, typer.Option("--email", help="For the new key, if it should have one.")] = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open a case: make its folder and the first record of its ledger. Makes your key too if you have none."""
    terminal = Terminal(as_json=as_json)
    place = bootstrap.make_case(folder)  # refused before anything is asked
    reference = _needed(terminal, reference, "Reference of the case (not secret):", "--reference")
    title = _needed(terminal, title, "What it is about (kept under seal):", "--title")
    check_line("reference", reference, "type it in one line, such as GEN-2026-014")
    check_line("title", title, "type it in one line; more can go into descriptions and notes")
    label = None if label is None else check_label(label)
    typed = {"the reference": reference, "the title": title}
    store = bootstrap.key_store()
    if not store.all_keys() and wanted_key(key) is None:
        public, passphrase = make_key(terminal, name, organisation, email, passphrase_file, typed=typed)
        terminal.say(f"Made a key for {public.name}.")
        signer = store.unlock(public, passphrase)
    elif name or organisation or email:
        raise UsageError(
            "you have a key already; --name, --organisation and --email are for a new one", "leave them out"
        )
    else:
        public = store.find(wanted_key(key))
        signer, passphrase = unlock(terminal, store, public, passphrase_file)
        check_not_typed(passphrase, typed)
    label = label or initials(public.name)
    world = bootstrap.world()
    with place as draft:
        files = bootstrap.case_files(draft)
        opened = recording.open_case(files, world, signer, reference=reference, title=title, label=label)
    files = bootstrap.case_files(bootstrap.read_case(folder.absolute()))
    reading.look(files, world)
    if as_json:
        terminal.result(
            {"case": opened.case, "folder": str(folder.absolute()), "label": label, "ledger": opened.ledger}
        )
        return
    terminal.say(f"Case {reference} is open in {folder}.")
    terminal.say(f"Your items will be {label}-1, {label}-2 and so on.")
    terminal.say(f"Keep a copy of this folder and of your key ({bootstrap.home()}) somewhere safe.")
    terminal.say(f"Next: cd {folder}, then: custody collect FILE…")


def status(case: CaseOption = None, as_json: JsonOption = False) -> None:
    """Say what the case holds, and what to type next."""
    terminal = Terminal(as_json=as_json)
    show_status(terminal, the_case(case))


def checkpoint(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it to a file instead of the terminal.")
    ] = None,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign and print the ledger's checkpoint: give it to somebody independent, who then can tell if history changes."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    if output is not None:
        bootstrap.check_new(output)
    signer = the_signer(terminal, files, key, passphrase_file)
    world = bootstrap.world()
    recorder = recording.Recorder(files, world, signer)
    with files.ledgers.reading() as reader:
        point, note = reading.sign_checkpoint(reader, recorder.ledger, signer)
    if output is not None:
        bootstrap.write_new(output, note)
    if as_json:
        terminal.result(
            {
                "checkpoint": note.decode("utf-8"),
                "file": None if output is None else str(output),
                "origin": point.origin,
                "root": point.root.hex(),
                "size": point.size,
                "words": format_words(point.root),
            }
        )
    elif output is None:
        terminal.say(note.decode("utf-8").rstrip("\n"))
    else:
        terminal.say(f"Wrote {output}: {point.size} records, in eight words: {format_words(point.root)}")


def show_welcome(terminal: Terminal) -> None:
    """Bare `custody`: what is so here, and what to type next."""
    found = bootstrap.find_case(Path.cwd())
    if found is not None:
        show_status(terminal, bootstrap.case_files(found))
        return
    keys = bootstrap.key_store().all_keys()
    if terminal.as_json:
        terminal.result({"case": None, "keys": [key.key_id for key in keys]})
        return
    terminal.say("custody records digital evidence so that a stranger can check it years later.")
    terminal.say()
    terminal.say("There is no case in this folder.")
    terminal.say(f"Your key: {visible(', '.join(key.name for key in keys))}" if keys else "You have no key yet.")
    terminal.say()
    terminal.say("Next, one of:")
    terminal.say("  custody demo                 see it work on made-up evidence, in a minute")
    terminal.say('  custody init DIR --reference GEN-2026-014 --title "…"     open a case')
    terminal.say("  cd DIR                       go to a case that you have")
    terminal.say("  custody --help               all commands")


@dataclass(frozen=True, slots=True)
class _Counts:
    items: int
    failures: int
    reports: int
    newest: str | None
    newest_item: str | None
    since_report: int


def show_status(terminal: Terminal, files: CaseFiles) -> None:
    """What the case holds, as far as a quick look tells."""
    world = bootstrap.world()
    ledger = reading.look(files, world)
    with files.ledgers.reading() as reader:
        size = reader.size(ledger.id)
    counts = _count(files, ledger, size)
    opened = reading.opened_values(files, [ledger.opening])[ledger.opening.id]
    title = opened.get("/title")
    mine = ledger.opening.statement.signer in {key.key_id for key in bootstrap.key_store().all_keys()}
    if terminal.as_json:
        terminal.result(
            {
                "case": ledger.case,
                "failed_attempts": counts.failures,
                "folder": str(files.folder),
                "items": counts.items,
                "label": ledger.body.label,
                "ledger": ledger.id,
                "newest": counts.newest,
                "openings_present": files.ledgers.openings_present(),
                "own": mine,
                "records": size,
                "reference": ledger.body.reference,
                "reports": counts.reports,
                "title": title,
            }
        )
        return
    terminal.pairs(
        (
            ("Case", ledger.body.reference),
            ("Title", "(sealed; openings.db is not here)" if title is None else str(title)),
            ("Folder", str(files.folder)),
            ("Lead", f"{opened.get('/lead/name', '(sealed)')}{' (your key)' if mine else ''}"),
            ("Items", f"{counts.items}" + (f", the newest is {counts.newest_item}" if counts.newest_item else "")),
            *([("Failed", f"{counts.failures} files could not be collected (custody log)")] if counts.failures else []),
            ("Records", f"{size}, the newest of {time_in_words(counts.newest)}" if counts.newest else f"{size}"),
            ("Reports", str(counts.reports)),
        )
    )
    terminal.say(f"Next: {_next(counts, mine)}")


def _next(counts: _Counts, mine: bool) -> str:
    if not mine:
        return "custody verify"
    if not counts.items:
        return "custody collect FILE…"
    if counts.since_report:
        return "custody verify, then custody report -o report.pdf and hand it to somebody independent"
    return "custody collect FILE…, or custody items to see what there is"


def _count(files: CaseFiles, ledger: reading.Ledger, size: int) -> _Counts:
    numbers = listing.numbers(files, ledger.id)
    beside = [entry for entry in listing.beside_items(files, ledger.id) if isinstance(entry, Entry)]
    reports = [entry.statement.position for entry in beside if isinstance(entry.statement.body, Reported)]
    newest = listing.newest(files, ledger.id)
    return _Counts(
        items=len(numbers),
        failures=sum(isinstance(entry.statement.body, Attempted) for entry in beside),
        reports=len(reports),
        newest=newest.statement.time if isinstance(newest, Entry) else None,
        newest_item=numbers[-1] if numbers else None,
        since_report=size - 1 - reports[-1] if reports else size,
    )


def check_label(label: str) -> str:
    """A label as item numbers take it. Raises UsageError."""
    label = label.upper()
    if not re.fullmatch(rf"[A-Z][A-Z0-9]{{0,{MAX_LABEL - 1}}}", label):
        raise UsageError(f"{label!r} is no label", "take your initials: 1 to 8 letters and digits, a letter first")
    return label


def initials(name: str) -> str:
    """A label from a name: the first letters of its words, in plain capitals; "A" where there are none."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    letters = "".join(word[0] for word in re.findall(r"[A-Z0-9]+", plain))[:MAX_LABEL].lstrip("0123456789")
    return letters or "A"


def check_line(name: str, text: str, hint: str) -> None:
    """Raise UsageError when this text is no single line that can be read as it stands."""
    from custody.domain.fields import is_line

    if not is_line(text):
        raise UsageError(
            f"the {name} is empty, longer than 200 characters, or holds characters that cannot be seen", hint
        )


def _needed(terminal: Terminal, value: str | None, question: str, option: str) -> str:
    if not value and terminal.can_ask:
        value = terminal.ask_text(question)
    if not value or not value.strip():
        raise UsageError(f"{option} is needed to open a case", f'add {option} "…"')
    return value.strip()
