"""`custody init`, `status`, `checkpoint`, and bare `custody`: the case as a whole."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from custody import bootstrap
from custody.cli.files import read_start
from custody.cli.keys import make_key
from custody.cli.options import (
    CaseOption,
    JsonOption,
    KeyOption,
    LegalNameFileOption,
    NewNameOption,
    NewOrganisationOption,
    PassphraseOption,
    PseudonymOption,
)
from custody.cli.policy import DemandOption, in_words, the_demands
from custody.cli.pseudonyms import check_alone, check_for_any_case, pseudonym_key
from custody.cli.resolving import (
    check_not_typed,
    looking_world,
    the_case,
    the_signer,
    unlock,
    wanted_key,
    warn_of_synchronised,
)
from custody.cli.terminal import Terminal, nothing_changed
from custody.domain.card import CheckpointCard
from custody.domain.entry import Entry
from custody.domain.events import Attempted, Reported
from custody.domain.events.acting import name_of
from custody.domain.items import Item, split_number
from custody.domain.state import State
from custody.domain.visible import visible
from custody.domain.wording import time_in_words
from custody.errors import FormatError, UsageError
from custody.formats.checkpointfile import format_checkpoint_file
from custody.formats.cosignature import fingerprint
from custody.formats.note import format_note, format_vkey
from custody.formats.publickey import MAX_PUBLIC_KEY, PublicKey, parse_public_key
from custody.formats.words import format_words
from custody.ports import CaseFiles
from custody.services import listing, looking, reading, recording, replaying

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
    name: NewNameOption = None,
    organisation: NewOrganisationOption = None,
    email: Annotated[str | None, typer.Option("--email", help="For the new key, if it should have one.")] = None,
    deputy: Annotated[
        list[Path] | None,
        typer.Option("--deputy", metavar="FILE", help="Public key of who may take the lead over: custody key export."),
    ] = None,
    pseudonym: PseudonymOption = None,
    legal_name_file: LegalNameFileOption = None,
    demand: DemandOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open a case: make its folder and the first record of its ledger. Makes your key too if you have none."""
    terminal = Terminal(as_json=as_json)
    policy = the_demands(demand or ())
    place = bootstrap.make_case(folder)  # refused before anything is asked
    warn_of_synchronised(terminal, folder.absolute())
    reference = _needed(terminal, reference, "Reference of the case (not secret):", "--reference")
    title = _needed(terminal, title, "What it is about (kept under seal):", "--title")
    check_line("reference", reference, "type it in one line, such as GEN-2026-014")
    check_line("title", title, "type it in one line; more can go into descriptions and notes")
    label = None if label is None else check_label(label)
    deputies = [_deputy(path) for path in (_deputies(terminal) if deputy is None else deputy)]
    typed = {"the reference": reference, "the title": title}
    store = bootstrap.key_store()
    legal_name = None
    if pseudonym is not None:
        check_alone(name=name, email=email, key=key)
        signer, legal_name = pseudonym_key(
            terminal, pseudonym, organisation, legal_name_file, passphrase_file, case=None, typed=typed
        )
        public = signer.public
    elif legal_name_file is not None:
        raise UsageError("--legal-name-file is for a pseudonym", "add --pseudonym NAME")
    elif wanted_key(key) is None and all(store.reserved_for(one) is not None for one in store.all_keys()):
        public, passphrase = make_key(terminal, name, organisation, email, passphrase_file, typed=typed)
        terminal.say(f"Made a key for {public.name}.")
        signer = store.unlock(public, passphrase)
    elif name or organisation or email:
        raise UsageError(
            "you have a key already; --name, --organisation and --email are for a new one", "leave them out"
        )
    else:
        public = store.find(wanted_key(key))
        check_for_any_case(store, public)
        signer, passphrase = unlock(terminal, store, public, passphrase_file)
        check_not_typed(passphrase, typed)
    label = label or initials(public.name)
    world = bootstrap.world()
    with place as draft:
        files = bootstrap.case_files(draft)
        opened = recording.open_case(
            files,
            world,
            signer,
            reference=reference,
            title=title,
            label=label,
            deputies=deputies,
            legal_name=legal_name,
            policy=policy,
        )
    if legal_name is not None:
        store.reserve(public, opened.case)
    files = bootstrap.case_files(bootstrap.read_case(folder.absolute()))
    looking.look(files, world)
    if as_json:
        terminal.result({"case": opened.case, "folder": str(folder.resolve()), "label": label, "ledger": opened.ledger})
        return
    terminal.say(f"Case {reference} is open in {folder}.")
    for one in deputies:
        words = format_words(bytes.fromhex(one.key_id))
        terminal.paragraph(f"{one.name} may take the lead over. Compare their eight words with them now: {words}")
    if policy is not None:
        terminal.say(in_words(policy))
    terminal.say(f"Your items will be {label}-1, {label}-2 and so on.")
    terminal.say(f"Keep a copy of this folder and of your key ({bootstrap.home()}) somewhere safe.")
    terminal.say(f"Next: cd {folder}, then: custody collect FILE…")


def _deputies(terminal: Terminal) -> list[Path]:
    """The public key files of deputies, asked for where somebody can answer: later it is too late."""
    if not terminal.can_ask:
        return []
    terminal.aside("Who may take the lead over if your key is lost or stolen? Nobody can be named later.")
    path = terminal.ask("File with their public key, or that of a recovery key of your own (Enter: nobody):")
    return [Path(path)] if path else []


def _deputy(path: Path) -> PublicKey:
    data = read_start(path, MAX_PUBLIC_KEY)
    try:
        return parse_public_key(data)
    except FormatError as error:
        raise FormatError(
            f"{path}: {error.message}", "ask for the file that custody key export -o FILE wrote"
        ) from error


def status(case: CaseOption = None, as_json: JsonOption = False) -> None:
    """Say what the case holds, and what to type next."""
    terminal = Terminal(as_json=as_json)
    with nothing_changed(terminal):
        show_status(terminal, the_case(case))


def checkpoint(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it to a file instead of the terminal.")
    ] = None,
    card: Annotated[
        bool,
        typer.Option("--card", help="Write half a page to print: words, QR code; it tells nothing about the case."),
    ] = False,
    since: Annotated[
        list[int] | None,
        typer.Option(
            "--since", metavar="SIZE", help="With -o: also show that the ledger continues these many records."
        ),
    ] = None,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign and print the ledger's checkpoint: give it to somebody independent, who then can tell if history changes.

    Written to a file (-o) it can be cosigned: custody cosign FILE. --card writes a card to be printed.
    """
    from custody.services.anchoring import checkpoints

    terminal = Terminal(as_json=as_json)
    if card and output is None:
        raise UsageError("a card is a PDF, and is not printed to the terminal", "name a file: --card -o card.pdf")
    if since and output is None:
        raise UsageError("--since is for a file that is to be cosigned", "add -o FILE")
    files = the_case(case)
    if output is not None:
        bootstrap.check_new(output)
    signer = the_signer(terminal, files, key, passphrase_file)
    recorder = recording.Recorder(files, bootstrap.world(), signer)
    file = checkpoints.make_file(recorder, since or ())
    point, note = file.unverified_checkpoint, format_note(file.note)
    if output is not None:
        content = bootstrap.card_writer().draw(CheckpointCard(point, note)) if card else format_checkpoint_file(file)
        bootstrap.write_new(output, content)
    if as_json:
        terminal.result(
            {
                "checkpoint": note.decode("utf-8"),
                "earlier": [one.old for one in file.earlier],
                "file": None if output is None else str(output),
                "key": format_vkey(recorder.ledger.verifier),
                "origin": point.origin,
                "root": point.root.hex(),
                "size": point.size,
                "words": format_words(point.root),
            }
        )
    elif output is None:
        terminal.say(note.decode("utf-8").rstrip("\n"))
    else:
        records = f"{point.size} record{'' if point.size == 1 else 's'}"
        key_words = format_words(fingerprint(recorder.ledger.verifier.public))
        terminal.sentence(f"Wrote {output}: {records}, in eight words: {format_words(point.root)}")
        terminal.sentence(f"The ledger's key, in eight words: {key_words}")
        if card:
            terminal.sentence(
                "It tells nothing else of the case. Print it, and give it, or a photograph, to somebody outside."
            )
        else:
            terminal.sentence(
                "It tells nothing else of the case. Somebody outside it cosigns it with: custody cosign FILE"
            )


def show_welcome(terminal: Terminal) -> None:
    """Bare `custody`: what is so here, and what to type next."""
    found = bootstrap.find_case(Path.cwd())
    if found is not None:
        show_status(terminal, bootstrap.case_files(found))
        return
    warn_of_synchronised(terminal)
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
    terminal.say("  custody join FILE            join a case that you are invited to")
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
    warn_of_synchronised(terminal, files.folder)
    case = looking.look(files, looking_world(terminal))
    own = [key.key_id for key in bootstrap.key_store().all_keys()]
    ledger = next((one for key in own if (one := case.owned_by(key)) is not None), case.lead)
    mine = ledger.owner in own
    with files.ledgers.reading() as reader:
        size = sum(reader.size(one) for one in case.ledgers)
        state = replaying.replay(reader, case)
    policy = state.policy_known_to(state.people)
    counts = _count(files, case, ledger)
    names = listing.names(files, case)
    title = reading.opened_values(files, [case.lead.opening])[case.lead.opening.id].get("/title")
    offers = listing.offers(files, case)
    asked = {one.name for one in bootstrap.read_addresses(files.folder)} if mine else set()
    owed = [one for one in bootstrap.stamp_queue().owed(ledger.id) if one in asked] if mine else []
    for_me = [
        item for item in offers if mine and item.offer is not None and item.offer.to == state.person(ledger.owner)
    ]
    if terminal.as_json:
        terminal.result(
            {
                "case": case.id,
                "failed_attempts": counts.failures,
                "folder": str(files.folder),
                "items": counts.items,
                "label": ledger.label,
                "ledger": ledger.id,
                "ledgers": len(case.ledgers),
                "newest": counts.newest,
                "offered_to_you": [item.number for item in for_me],
                "open_offers": [item.number for item in offers],
                "owed_stamps": list(owed),
                "openings_present": files.ledgers.openings_present(),
                "own": mine,
                "records": size,
                "reference": case.body.reference,
                "reports": counts.reports,
                "title": title,
            }
        )
        return
    lead = state.lead or case.lead.owner
    terminal.pairs(
        (
            ("Case", case.body.reference),
            ("Title", "(sealed; openings.db is not here)" if title is None else str(title)),
            ("Folder", str(files.folder)),
            ("Lead", f"{names.get(lead, '(sealed)')}{' (your key)' if lead in own else ''}"),
            *_people(state, names, own),
            ("Items", f"{counts.items}" + (f", the newest is {counts.newest_item}" if counts.newest_item else "")),
            *([("Offered", _offers(offers, state))] if offers else []),
            *([("Demanded", ", ".join(policy.names))] if policy is not None else []),
            *([("Owed", f"stamps of {', '.join(owed)} (custody timestamp --pending)")] if owed else []),
            *([("Failed", f"{counts.failures} files could not be collected (custody log)")] if counts.failures else []),
            ("Records", f"{size}, the newest of {time_in_words(counts.newest)}" if counts.newest else f"{size}"),
            ("Reports", str(counts.reports)),
        )
    )
    terminal.say(f"Next: {_next(counts, mine, for_me)}")


def _people(state: State, names: Mapping[str, str], own: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Everybody but the lead, and what stands in the way of their records."""
    for member in state.members.values():
        if member.key_id == state.lead:
            continue
        words = [f"{member.label or 'no label yet'}: {names.get(member.key_id, '(sealed)')}"]
        words += ["(your key)"] if member.key_id in own else []
        if member.enrolled_by is None:
            words.append("(not taken in by the lead yet)")
        elif member.revoked is not None:
            words.append("(key taken out)")
        elif member.key_id in state.deputies:
            words.append("(deputy)")
        yield "Member", " ".join(words)


def _offers(offers: Sequence[Item], state: State) -> str:
    return ", ".join(f"{item.number} to {name_of(item.offer.to, state)}" for item in offers if item.offer is not None)


def _next(counts: _Counts, mine: bool, for_me: Sequence[Item]) -> str:
    if not mine:
        return "custody verify"
    if for_me:
        return "custody accept, or custody decline: something is offered to you"
    if not counts.items:
        return "custody collect FILE…"
    if counts.since_report:
        return "custody verify, then custody report -o ../report.pdf and hand it to somebody independent"
    return "custody collect FILE…, or custody items to see what there is"


def _count(files: CaseFiles, case: looking.Case, ledger: looking.Ledger) -> _Counts:
    with files.ledgers.reading() as reader:
        size = reader.size(ledger.id)
    numbers = listing.numbers(files, case)
    beside = [entry for one in case.ledgers for entry in listing.beside_items(files, one) if isinstance(entry, Entry)]
    reports = [entry.statement for entry in beside if isinstance(entry.statement.body, Reported)]
    own = [statement.position for statement in reports if statement.ledger == ledger.id]
    newest = [entry for one in case.ledgers if isinstance(entry := listing.newest(files, one), Entry)]
    given = [number for number in numbers if split_number(number)[0] == ledger.label]
    return _Counts(
        items=len(numbers),
        failures=sum(isinstance(entry.statement.body, Attempted) for entry in beside),
        reports=len(reports),
        newest=max((entry.statement.time for entry in newest), default=None),
        newest_item=given[-1] if given else None,
        since_report=size - 1 - own[-1] if own else size,
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
