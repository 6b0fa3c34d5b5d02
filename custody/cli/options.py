"""The options that many commands share, and what they resolve to: the case, the key, the passphrase."""

import os
from pathlib import Path
from typing import Annotated

import typer

from custody import bootstrap
from custody.cli.terminal import Terminal
from custody.errors import SigningError, StorageError, UsageError
from custody.ports import CaseFiles, Signer

CaseOption = Annotated[
    Path | None,
    typer.Option(
        "--case", metavar="DIR", help="The case folder. Else CUSTODY_CASE, else the folder upwards from here."
    ),
]
KeyOption = Annotated[
    str | None,
    typer.Option("--key", metavar="NAME|KEYID", help="Which of your keys signs. Else CUSTODY_KEY, else the only one."),
]
PassphraseOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="A file whose first line is the passphrase. Else CUSTODY_PASSPHRASE, else it is asked.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, and nothing else there.")]

MAX_PASSPHRASE_FILE = 10_000  # bytes


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


def wanted_key(named: str | None) -> str | None:
    """The key that is meant by option or environment."""
    return named or os.environ.get("CUSTODY_KEY") or None


def the_signer(terminal: Terminal, key: str | None, passphrase_file: Path | None) -> Signer:
    """The unlocked key. Raises SigningError, WrongPassphrase."""
    store = bootstrap.key_store()
    public = store.find(wanted_key(key))
    passphrase = given_passphrase(passphrase_file)
    if passphrase is None:
        if not terminal.can_ask:
            raise SigningError(
                f"the passphrase of {public.name}'s key is needed, and nobody is here to ask",
                "set CUSTODY_PASSPHRASE or use --passphrase-file FILE",
            )
        passphrase = terminal.ask_secret(f"Passphrase of {public.name}:")
    return store.unlock(public, passphrase)


def new_passphrase(terminal: Terminal, passphrase_file: Path | None) -> str:
    """A passphrase for a new key: given, or asked twice. Raises UsageError when the two differ."""
    passphrase = given_passphrase(passphrase_file)
    if passphrase is not None:
        return passphrase
    if not terminal.can_ask:
        raise UsageError(
            "a new key needs a passphrase, and nobody is here to ask",
            "set CUSTODY_PASSPHRASE or use --passphrase-file FILE",
        )
    terminal.note("Choose a passphrase for the new key: five or six words that are not a saying are good.")
    terminal.note("If it is lost, the key is lost: nobody can restore it, and a new key is another signer.")
    passphrase = terminal.ask_secret("Passphrase:")
    if terminal.ask_secret("The same again:") != passphrase:
        raise UsageError("the two passphrases differ; no key was made", "run it again")
    return passphrase


def given_passphrase(passphrase_file: Path | None) -> str | None:
    """The passphrase from the file or the environment, None when neither names one."""
    if passphrase_file is None:
        return os.environ.get("CUSTODY_PASSPHRASE") or None
    try:
        with passphrase_file.open("rb") as file:
            content = file.read(MAX_PASSPHRASE_FILE + 1)
        if len(content) > MAX_PASSPHRASE_FILE:
            raise UsageError(f"{passphrase_file} is too large for a passphrase file", "name the right file")
        lines = content.decode("utf-8").splitlines()
    except OSError as error:
        raise StorageError(f"{passphrase_file} cannot be read: {error.strerror}", "check its name") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{passphrase_file} is not text", "name the right file") from error
    if not lines or not lines[0]:
        raise UsageError(f"the first line of {passphrase_file} is empty", "write the passphrase there")
    return lines[0]
