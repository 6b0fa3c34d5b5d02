"""What the shared options resolve to: the case, the key, the passphrase."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from custody import bootstrap
from custody.cli.files import read_start
from custody.cli.terminal import Terminal
from custody.domain.parties import Member
from custody.domain.state import State
from custody.domain.visible import visible
from custody.errors import SigningError, StorageError, UsageError, WrongPassphrase
from custody.formats.publickey import PublicKey
from custody.ports import CaseFiles, Heads, KeyStore, PlaceSeen, RememberedHead, Signer, World
from custody.services import listing, looking
from custody.services.looking import Case, Ledger

if TYPE_CHECKING:
    from custody.services.recording import Recorder

MAX_PASSPHRASE_FILE = 10_000  # bytes
MIN_KEY_ID = 8  # characters of a key id that name a key
TRIES = 3  # at a passphrase: a slip is common, and guessing goes on elsewhere, on the file
ADVICE = "five or six words that are not a saying"


def the_case(named: Path | None) -> CaseFiles:
    """The case that is meant. Raises UsageError when there is none."""
    if named is None and (from_environment := os.environ.get("CUSTODY_CASE")):
        named = Path(from_environment)
    if named is not None:
        return bootstrap.case_files(bootstrap.read_case(named))
    found = bootstrap.find_case(Path.cwd())
    if found is None:
        raise UsageError(
            "there is no case here or in a folder above",
            "go to a case folder, name one with --case DIR, or open one with custody init DIR",
        )
    return bootstrap.case_files(found)


def warn_of_synchronised(terminal: Terminal, case: Path | None = None) -> None:
    """Say on stderr that the case's folder, or the keys', lies in a synchronised cloud folder, and what to do."""
    for what, folder in (("the case", case), ("your keys", bootstrap.home())):
        if folder is None or (by := bootstrap.synchronised_by(folder)) is None:
            continue
        sent = "its evidence, names and notes" if what == "the case" else "your encrypted keys"
        terminal.warn(
            f"{what} ({visible(str(folder))}) {'lies' if what == 'the case' else 'lie'} where {by} synchronises it, as "
            f"it seems. {by} gets {sent}, and a second device that writes there, or an old copy that comes back, makes "
            "another version of your ledger: then neither is believed.",
            "move the case folder to one that stays on this computer, and use custody backup and custody share for "
            "copies"
            if what == "the case"
            else "move that folder to one that stays on this computer, and name it in CUSTODY_HOME",
        )


def check_pdf(output: Path, files: CaseFiles, what: str) -> None:
    """Raise UsageError unless `what` can be written there: a new PDF, outside the case folder."""
    if output.suffix.lower() != ".pdf":
        raise UsageError(f"{output} does not end in .pdf, and {what} is a PDF", f"name it {output.stem}.pdf")
    if Path(os.path.realpath(output)).is_relative_to(os.path.realpath(files.folder)):
        raise UsageError(
            f"{output} would lie in the case folder, which holds the case and nothing else",
            f"write it beside the folder: -o {files.folder.resolve().parent / output.name}",
        )
    bootstrap.check_new(output)


def looking_world(terminal: Terminal) -> World:
    """The world for commands that only look: what they saw is remembered where that can be written, else said.

    What writes must be able to remember: it needs the world as it is.
    """
    world = bootstrap.world()
    return replace(world, heads=_HeadsIfPossible(terminal, world.heads))


class _HeadsIfPossible:
    """Heads that are remembered where that is possible (ports.Heads); where not, the person hears of it once."""

    def __init__(self, terminal: Terminal, heads: Heads) -> None:
        self._terminal = terminal
        self._heads = heads
        self._told = False

    def get(self, ledger: str) -> RememberedHead | None:
        return self._heads.get(ledger)

    def remember(self, head: RememberedHead, extends: Callable[[RememberedHead], bool]) -> RememberedHead | None:
        try:
            return self._heads.remember(head, extends)
        except (StorageError, OSError):
            self._tell()
            return None

    def seen_at(self, place: str) -> tuple[PlaceSeen, ...]:
        return self._heads.seen_at(place)

    def remember_place(self, seen: PlaceSeen) -> None:
        try:
            self._heads.remember_place(seen)
        except (StorageError, OSError):
            self._tell()

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            self._terminal.note(f"Note: {bootstrap.home()} cannot be written.")
            self._terminal.note("What was seen of this case is not remembered: records that go later are not missed.")


def wanted_key(named: str | None) -> str | None:
    """The key that is meant by option or environment."""
    return named or os.environ.get("CUSTODY_KEY") or None


def the_signer(
    terminal: Terminal,
    files: CaseFiles,
    key: str | None,
    passphrase_file: Path | None,
    *,
    typed: Mapping[str, str | None] | None = None,
) -> Signer:
    """The unlocked key, one that fits the case. Raises SigningError, WrongPassphrase.

    `typed` is what will be recorded, by where it was typed. Raises UsageError when one of these is the passphrase:
    typed at the wrong question, it would stand in the record for good.
    """
    store = bootstrap.key_store()
    if not store.all_keys():
        raise SigningError(
            "there is no key of yours on this computer",
            f"copy your key folder from the other computer to {bootstrap.home()}; a new key cannot record in this "
            "ledger. If you never had a key: custody key create, then ask the case lead for an invitation",
        )
    public = _fitting(store, files, wanted_key(key))
    signer, passphrase = unlock(terminal, store, public, passphrase_file)
    check_not_typed(passphrase, typed or {})
    return signer


def the_recorder(
    terminal: Terminal,
    case: Path | None,
    key: str | None,
    passphrase_file: Path | None,
    *,
    typed: Mapping[str, str | None] | None = None,
) -> "Recorder":
    """Whoever records in the case that is meant. Raises what `the_case`, `the_signer` and Recorder do."""
    from custody.services.recording import Recorder

    files = the_case(case)
    return Recorder(files, bootstrap.world(), the_signer(terminal, files, key, passphrase_file, typed=typed))


def unlock(terminal: Terminal, store: KeyStore, public: PublicKey, passphrase_file: Path | None) -> tuple[Signer, str]:
    """The unlocked key and its passphrase: given, or asked, at most TRIES times. Raises WrongPassphrase."""
    passphrase = given_passphrase(passphrase_file)
    if passphrase is not None:
        return store.unlock(public, passphrase), passphrase
    if not terminal.can_ask:
        raise SigningError(
            f"the passphrase of {public.name}'s key is needed, and nobody is here to ask",
            "set CUSTODY_PASSPHRASE or use --passphrase-file FILE",
        )
    left = TRIES
    while True:
        passphrase = terminal.ask_secret(f"Passphrase of {public.name}:")
        left -= 1
        try:
            return store.unlock(public, passphrase), passphrase
        except WrongPassphrase:
            if not left:
                raise
            terminal.note("That is not it. Check Caps Lock and the keyboard's language.")


def check_not_typed(passphrase: str, typed: Mapping[str, str | None]) -> None:
    """Raise UsageError when the passphrase was typed where something to be recorded was asked for."""
    for where, text in typed.items():
        if text is not None and text.strip() == passphrase.strip():
            raise UsageError(f"You typed your passphrase at {where}. Nothing was recorded.", "run it again")


def new_passphrase(terminal: Terminal, passphrase_file: Path | None) -> str:
    """A passphrase for a new key: given, or asked twice until it is long enough and the two are the same.

    Raises UsageError for a given one that is too short, and when there is none and nobody to ask.
    """
    passphrase = given_passphrase(passphrase_file)
    if passphrase is not None:
        if complaint := _too_short(passphrase):
            raise UsageError(complaint, _longer())
        return passphrase
    if not terminal.can_ask:
        raise UsageError(
            "a new key needs a passphrase, and nobody is here to ask",
            "set CUSTODY_PASSPHRASE or use --passphrase-file FILE",
        )
    terminal.note(f"Choose a passphrase for the new key: {ADVICE} are good.")
    terminal.note("If it is lost, the key is lost: nobody can restore it, and a new key is another signer.")
    while True:
        passphrase = terminal.ask_secret("Passphrase:")
        if complaint := _too_short(passphrase):
            terminal.note(f"Not yet: {complaint}; {_longer()}.")
        elif terminal.ask_secret("The same again:") == passphrase:
            return passphrase
        else:
            terminal.note("The two are not the same. Once more from the start.")


def _fitting(store: KeyStore, files: CaseFiles, wanted: str | None) -> PublicKey:
    """The key that can sign in this case, known before a passphrase is asked for. Raises SigningError."""
    with files.ledgers.reading() as reader:
        owners = {ledger.owner for ledger in looking.find_case(reader).ledgers.values()}
    fitting = [public for public in store.all_keys() if public.key_id in owners]
    if wanted is None and len(fitting) == 1:
        return fitting[0]
    public = store.find(wanted)
    if public.key_id not in owners:
        raise SigningError(
            f"{public.name} has no ledger in this case",
            f"use --key {fitting[0].key_id[:8]}"
            if fitting
            else "ask the case lead for an invitation, and run custody join",
        )
    return public


def _too_short(passphrase: str) -> str:
    length = len(passphrase)
    return f"a passphrase of {length} characters is too short" if length < bootstrap.min_passphrase() else ""


def _longer() -> str:
    return f"take {bootstrap.min_passphrase()} characters or more: {ADVICE} are good"


def given_passphrase(passphrase_file: Path | None) -> str | None:
    """The passphrase from the file or the environment, None when neither names one."""
    if passphrase_file is None:
        return os.environ.get("CUSTODY_PASSPHRASE") or None
    content = read_start(passphrase_file, MAX_PASSPHRASE_FILE)
    if len(content) > MAX_PASSPHRASE_FILE:
        raise UsageError(f"{passphrase_file} is too large for a passphrase file", "name the right file")
    try:
        lines = content.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise UsageError(f"{passphrase_file} is not text", "name the right file") from error
    if not lines or not lines[0]:
        raise UsageError(f"the first line of {passphrase_file} is empty", "write the passphrase there")
    return lines[0]


def own_ledger(whole: Case, wanted: str | None) -> Ledger:
    """The person's ledger in a case. Raises UsageError where none, or more than one, is meant."""
    store = bootstrap.key_store()
    keys = store.all_keys() if wanted is None else (store.find(wanted),)
    found = [ledger for key in keys if (ledger := whole.owned_by(key.key_id)) is not None]
    if len(found) != 1:
        raise UsageError("it is not clear whose ledger is meant", "name your key with --key")
    return found[0]


def the_member(files: CaseFiles, case: Case, state: State, wanted: str) -> Member:
    """The member whom a person names: by label, name, or key id (8 characters or more). Raises UsageError.

    A key that was taken out of the case is meant only by its key id.
    """
    names = listing.names(files, case)
    members = [one for one in state.members.values() if one.revoked is None]
    fitting = [one for one in members if one.label == wanted.upper()]
    fitting = fitting or [one for one in members if names.get(one.key_id, "").casefold() == wanted.casefold()]
    if not fitting and len(wanted) >= MIN_KEY_ID:
        fitting = [one for one in state.members.values() if one.key_id.startswith(wanted.lower())]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise UsageError(f"nobody in this case is called {wanted!r}", "custody member list tells who is")
    raise UsageError(f"{wanted!r} fits more than one person", "name them by label or key id: custody member list")
