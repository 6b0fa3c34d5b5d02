"""`custody invite` and `join`: how somebody comes into a case, at a distance or at one desk."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from custody import bootstrap
from custody.cli.case import check_label, initials
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
from custody.cli.pseudonyms import check_alone, check_for_any_case, pseudonym_key
from custody.cli.resolving import (
    check_not_typed,
    the_case,
    the_recorder,
    unlock,
    wanted_key,
    warn_of_synchronised,
)
from custody.cli.safekeeping import plain_name
from custody.cli.terminal import Terminal
from custody.errors import UsageError
from custody.formats.words import format_words
from custody.ports import Signer
from custody.services import exchanging, looking


def invite(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The invitation to write.")],
    label: Annotated[
        str | None, typer.Option("--label", help="What their item numbers are to begin with, such as MKO.")
    ] = None,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write an invitation to this case, for somebody to join with: custody join FILE."""
    terminal = Terminal(as_json=as_json)
    bootstrap.check_new(output)
    recorder = the_recorder(terminal, case, key, passphrase_file)
    bootstrap.write_new(output, exchanging.invite(recorder, None if label is None else check_label(label)))
    words = format_words(bytes.fromhex(recorder.whole.lead.owner))
    if as_json:
        terminal.result({"case": recorder.case, "file": str(output), "words": words})
        return
    terminal.sentence(
        f"Wrote {output}. Send it to whom you want in the case. It tells them the case's title and your name."
    )
    terminal.sentence(f"When they ask, read them the eight words of the key that opened this case: {words}")
    terminal.sentence("They type: custody join FILE. Then they send you a reply, and read you their eight words.")
    terminal.say("Next: custody member add REPLY")


def join(
    invitation: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="The invitation that the lead sent you; none where you share her folder."),
    ] = None,
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The folder to make for the case; else one named after it.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="REPLY", help="The reply to write; else reply-LABEL.custody."),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option("--label", help="Begins your item numbers. Else what the lead suggests, or your initials."),
    ] = None,
    name: NewNameOption = None,
    organisation: NewOrganisationOption = None,
    pseudonym: PseudonymOption = None,
    legal_name_file: LegalNameFileOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Join a case that you are invited to. You can record at once; your records count when the lead takes you in."""
    terminal = Terminal(as_json=as_json)
    whose = _Whose(name, organisation, pseudonym, legal_name_file, key, passphrase_file)
    if invitation is None:
        _join_here(terminal, label, whose)
        return
    share = exchanging.parse(invitation)
    lead = exchanging.lead_of(share)
    reference = looking.Case(lead, {lead.id: lead}).body.reference
    folder = folder or Path(plain_name(reference))
    place = bootstrap.make_case(folder)
    warn_of_synchronised(terminal, folder.absolute())
    if all(one.key_id != lead.owner for one in bootstrap.key_store().all_keys()):  # else she is told so
        _check_new_here(lead.id)
    signer, legal_name = _own_key(terminal, whose, lead.case)
    label = check_label(label) if label else share.head.label or initials(signer.public.name)
    output = output or Path(f"reply-{label}.custody")
    bootstrap.check_new(output)
    world = bootstrap.world()
    with place as draft:
        ledger = exchanging.join(bootstrap.case_files(draft), world, signer, share, label, legal_name)
    files = bootstrap.case_files(bootstrap.read_case(folder.absolute()))
    whole = looking.look(files, world)
    bootstrap.write_new(output, b"".join(exchanging.share(files, whole, [ledger], kind="reply", warn=world.warn)))
    words = format_words(bytes.fromhex(signer.public.key_id))
    lead_words = format_words(bytes.fromhex(lead.owner))
    if as_json:
        terminal.result(
            {
                "case": whole.id,
                "file": str(output),
                "folder": str(folder.absolute()),
                "label": label,
                "lead_words": lead_words,
                "ledger": ledger,
                "words": words,
            }
        )
        return
    terminal.sentence(
        f"You have joined case {reference}, in {folder}. Your items will be {label}-1, {label}-2 and so on."
    )
    terminal.sentence(f"1. Ask the case lead for her eight words. They must be: {lead_words}")
    terminal.say("   If they are not, somebody else made this invitation: stop here, and tell her.")
    terminal.sentence(f"2. Send her {output}, and read her your eight words: {words}")
    terminal.sentence(f"You can record at once. Next: cd {folder}, then: custody collect FILE…")


def _check_new_here(ledger: str) -> None:
    """Raise UsageError where this computer knows more of the lead's ledger than an invitation brings.

    A folder made from it would lack what was seen, and be refused by every command: better none.
    """
    known = bootstrap.world().heads.get(ledger)
    if known is not None and known.size > 1:
        raise UsageError(
            f"this computer has seen {known.size} records of the case lead's ledger, so you are in this case already",
            "go on in the case folder that you have, or in a backup of it (custody restore). If there is neither, join "
            "with another CUSTODY_HOME and a new key, which the lead takes in with custody member replace",
        )


@dataclass(frozen=True, slots=True)
class _Whose:
    """The options that say by which key somebody joins."""

    name: str | None
    organisation: str | None
    pseudonym: str | None
    legal_name_file: Path | None
    key: str | None
    passphrase_file: Path | None


def _join_here(terminal: Terminal, label: str | None, whose: _Whose) -> None:
    """Join in the case folder that others work in, at one desk."""
    files = the_case(None)
    warn_of_synchronised(terminal, files.folder)
    if whose.pseudonym is not None:
        terminal.note("Who else works in this folder can read the legal name: custody member list shows it to them.")
    signer, legal_name = _own_key(terminal, whose, looking.look(files, bootstrap.world()).id)
    label = check_label(label) if label else initials(signer.public.name)
    ledger = exchanging.join_here(files, bootstrap.world(), signer, label, legal_name)
    words = format_words(bytes.fromhex(signer.public.key_id))
    if terminal.as_json:
        terminal.result({"label": label, "ledger": ledger, "words": words})
        return
    terminal.sentence(f"You have a ledger in this folder. Your items will be {label}-1, {label}-2 and so on.")
    terminal.sentence(f"Read the case lead your eight words: {words}")
    terminal.say(f"She types: custody member add {label}")


def _own_key(terminal: Terminal, whose: _Whose, case: str) -> tuple[Signer, str | None]:
    """The key of whoever joins `case`, made anew where there is none, unlocked; and of a pseudonym the legal name."""
    store = bootstrap.key_store()
    if whose.pseudonym is not None:
        check_alone(name=whose.name, key=whose.key)
        return pseudonym_key(
            terminal, whose.pseudonym, whose.organisation, whose.legal_name_file, whose.passphrase_file, case=case
        )
    if whose.legal_name_file is not None:
        raise UsageError("--legal-name-file is for a pseudonym", "add --pseudonym NAME")
    typed = {"the name": whose.name, "the organisation": whose.organisation}
    if wanted_key(whose.key) is None and all(store.reserved_for(one) is not None for one in store.all_keys()):
        public, passphrase = make_key(
            terminal, whose.name, whose.organisation, None, whose.passphrase_file, typed=typed
        )
        return store.unlock(public, passphrase), None
    found = store.find(wanted_key(whose.key))
    check_for_any_case(store, found)
    signer, passphrase = unlock(terminal, store, found, whose.passphrase_file)
    check_not_typed(passphrase, typed)
    return signer, None
