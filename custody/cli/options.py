"""The options that many commands share. Declares them; what they resolve to is in `resolving`."""

from pathlib import Path
from typing import Annotated, Any

import typer

# Plain help starts in half the time that rich help takes, and reads the same on every terminal.
PLAIN: dict[str, Any] = {"rich_markup_mode": None, "pretty_exceptions_enable": False, "add_completion": False}

CaseOption = Annotated[
    Path | None,
    typer.Option(
        "--case", metavar="DIR", help="The case folder. Else CUSTODY_CASE, else the folder upwards from here."
    ),
]
KeyOption = Annotated[
    str | None,
    typer.Option("--key", metavar="NAME|KEYID", help="Which of your keys signs. Else CUSTODY_KEY, else the case's."),
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

# Of whoever begins or joins a case, and may have no key yet.
NewNameOption = Annotated[str | None, typer.Option("--name", help="Your name, if you have no key yet.")]
NewOrganisationOption = Annotated[
    str | None, typer.Option("--organisation", help="Whom you work for, if you have no key yet.")
]
PseudonymOption = Annotated[
    str | None,
    typer.Option("--pseudonym", metavar="NAME", help="Go by this name: makes a key for this case alone."),
]
LegalNameFileOption = Annotated[
    Path | None,
    typer.Option("--legal-name-file", metavar="FILE", help="Read the legal name here; else it is asked for."),
]
