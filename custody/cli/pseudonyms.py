"""Makes the key of a pseudonym, and asks for the legal name behind it. The name is never printed by these."""

from collections.abc import Mapping
from pathlib import Path

from custody import bootstrap
from custody.cli.files import read_start
from custody.cli.keys import make_key
from custody.cli.resolving import check_not_typed, unlock
from custody.cli.terminal import Terminal
from custody.domain.fields import is_line
from custody.errors import SigningError, UsageError
from custody.formats.publickey import PublicKey
from custody.ports import KeyStore, Signer

MAX_NAME_FILE = 10_000  # bytes


def pseudonym_key(
    terminal: Terminal,
    pseudonym: str,
    organisation: str | None,
    legal_name_file: Path | None,
    passphrase_file: Path | None,
    *,
    case: str | None,
    typed: Mapping[str, str | None] | None = None,
) -> tuple[Signer, str]:
    """A new key of this pseudonym, unlocked, and the legal name behind it, empty where none is given.

    A key that was made for `case` (None: one that is not open yet) and came to nothing is taken up again.
    """
    store = bootstrap.key_store()
    legal_name = _legal_name(terminal, legal_name_file)
    typed = {"the legal name": legal_name or None, **(typed or {})}
    made = [one for one in store.all_keys() if one.name == pseudonym and store.reserved_for(one) == (case or "")]
    if made:
        signer, passphrase = unlock(terminal, store, made[0], passphrase_file)
        check_not_typed(passphrase, typed)
        return signer, legal_name
    public, passphrase = make_key(
        terminal, pseudonym, organisation or "", None, passphrase_file, typed=typed, pseudonym=True, case=case
    )
    return store.unlock(public, passphrase), legal_name


def check_for_any_case(store: KeyStore, public: PublicKey) -> None:
    """Raise SigningError for the key of a pseudonym: in a second case it would join the two together."""
    if store.reserved_for(public) is not None:
        raise SigningError(
            f"{public.name} is a pseudonym of yours for one case alone",
            "use another key with --key, or make a pseudonym for this case: --pseudonym NAME",
        )


def check_alone(**others: object) -> None:
    """Raise UsageError when --pseudonym stands beside what belongs to another key."""
    for option, value in others.items():
        if value is not None:
            raise UsageError(f"--pseudonym makes a new key, so --{option} has no place beside it", "leave one out")


def _legal_name(terminal: Terminal, file: Path | None) -> str:
    if file is not None:
        name = _read(file)
    elif terminal.can_ask:
        terminal.note("Your legal name is kept under seal, in this folder only, until you disclose it yourself.")
        terminal.note("Whoever gets openings.db of this folder, or a backup of it, can read it.")
        name = terminal.ask("Your legal name (Enter: leave it out; it cannot be added later):").strip()
    else:
        name = ""
    if name and not is_line(name):
        raise UsageError(
            "the legal name is longer than 200 characters, or holds characters that cannot be seen", "type it again"
        )
    return name


def _read(file: Path) -> str:
    content = read_start(file, MAX_NAME_FILE)
    if len(content) > MAX_NAME_FILE:
        raise UsageError(f"{file} is too large for a name", "name the right file")
    try:
        name = content.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not text", "name the right file") from None  # an error's text has the bytes
    if not name:
        raise UsageError(f"{file} is empty", "write the legal name there, or leave out --legal-name-file")
    return name
