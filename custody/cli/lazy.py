"""The commands and where each is found: a command's module is loaded when that command is asked for.

All of them together take longer to load than Python and the command-line library do.
"""

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperGroup

from custody.cli.options import PLAIN


class Place(NamedTuple):
    """Where a command is found (`module:function`; `module:app` for several), and what `custody --help` says of it."""

    at: str
    help: str


COMMANDS = {
    "init": Place("custody.cli.case:init", "Open a case; makes your key too if you have none."),
    "collect": Place("custody.cli.collecting:collect", "Take in files and folders: hash, keep and sign each one."),
    "note": Place("custody.cli.reading:note", "Write a remark on an item."),
    "items": Place("custody.cli.reading:items", "List the items."),
    "show": Place("custody.cli.reading:show", "Show all that is recorded of one item."),
    "log": Place("custody.cli.reading:log", "Show every record in order."),
    "invite": Place("custody.cli.joining:invite", "Write an invitation to the case, for a colleague."),
    "join": Place("custody.cli.joining:join", "Join a case that you are invited to."),
    "member": Place("custody.cli.members:app", "The people of the case: list, add, revoke, replace, lead, disclose."),
    "policy": Place("custody.cli.policy:app", "What the case lead demands of records: show, set."),
    "share": Place("custody.cli.exchange:share", "Write your records to a file, for others in the case."),
    "merge": Place("custody.cli.exchange:merge", "Take in the records that others sent."),
    "give": Place("custody.cli.handing:give", "Offer items to somebody in the case, or hand them over on paper."),
    "accept": Place("custody.cli.handing:accept", "Compare offered items byte by byte, and sign for them."),
    "decline": Place("custody.cli.handing:decline", "Sign that you do not take what is offered to you."),
    "receipt": Place("custody.cli.handing:app", "Hand-overs on paper: the form again, and its signed scan."),
    "examine": Place("custody.cli.caring:examine", "Take a verified working copy of an item."),
    "correct": Place("custody.cli.caring:correct", "Say what a field should have said; the old value stays."),
    "withdraw": Place("custody.cli.caring:withdraw", "Take back an item that you collected by mistake."),
    "dispose": Place("custody.cli.caring:dispose", "Record that an item is gone, and remove its bytes."),
    "erase": Place("custody.cli.caring:erase", "Destroy what is under the seal of one field."),
    "explain-gap": Place("custody.cli.caring:explain_gap", "Explain what the record does not account for."),
    "status": Place("custody.cli.case:status", "Say what the case holds, and what to type next."),
    "verify": Place("custody.cli.verifying:verify", "Check everything and answer the five questions."),
    "report": Place("custody.cli.reporting:report", "Verify, and write a signed PDF."),
    "checkpoint": Place("custody.cli.case:checkpoint", "Print the ledger's signed state, to be given to somebody."),
    "timestamp": Place("custody.cli.stamping:app", "Have the record stamped by authorities; export stamps."),
    "authority": Place("custody.cli.authorities:app", "Who stamps, and whom you trust: add, list, remove."),
    "cosign": Place("custody.cli.cosigning:app", "Vouch for having seen a ledger; record who vouched for yours."),
    "backup": Place("custody.cli.safekeeping:backup", "Copy case and keys, and read the copy back."),
    "restore": Place("custody.cli.safekeeping:restore", "Go on from a backup."),
    "key": Place("custody.cli.keys:app", "Your keys: make one, list, show, export, sheet, restore."),
    "demo": Place("custody.cli.demo:demo", "See it work on made-up evidence."),
}


class LazyCommands(MutableMapping[str, Any]):
    """The commands by name; one is loaded when it is looked up, and counted or listed without that."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = _load(name, COMMANDS[name].at)
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)

    def __setitem__(self, name: str, command: Any) -> None:
        raise TypeError(f"{name} belongs into COMMANDS")

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"{name} belongs into COMMANDS")


class LazyGroup(TyperGroup):
    """The program itself, a group of COMMANDS."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = LazyCommands()

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list of `custody --help`, from the texts that stand here."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.help) for name, place in COMMANDS.items()])


def _load(name: str, at: str) -> Any:
    module, _, attribute = at.partition(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        found.info.name = name
        return typer.main.get_command(found)
    alone = typer.Typer(**PLAIN)
    alone.command(name)(found)
    return typer.main.get_command(alone)
