"""The commands, put together, and the one place where errors become words and exit codes."""

import sys
from typing import Annotated

import typer
from typer.exceptions import TyperException

from custody import __version__
from custody.cli.lazy import LazyGroup
from custody.cli.options import PLAIN, JsonOption
from custody.cli.streams import drop, safe_streams
from custody.cli.terminal import INTERRUPTED, Terminal, spell_out_unprintable
from custody.errors import CustodyError, StorageError, UsageError

app = typer.Typer(
    cls=LazyGroup,
    **PLAIN,
    invoke_without_command=True,
    help="Record digital evidence so that a stranger can check it years later.",
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"custody {__version__}")
        raise typer.Exit


@app.callback()
def welcome(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Record digital evidence so that a stranger can check it years later.

    custody alone says what is so here, and what to type next.
    """
    if context.invoked_subcommand is None:
        from custody.cli.case import show_welcome

        show_welcome(Terminal(as_json=as_json))
    elif as_json:
        raise UsageError("--json goes after the command", f"custody {context.invoked_subcommand} --json")


def run(arguments: list[str]) -> int:
    """Run the command and return its exit code; every error is told in words, with what to do next."""
    terminal = Terminal(as_json="--json" in arguments)
    spell_out_unprintable()
    with safe_streams() as output:
        code = _run(terminal, arguments)
        output.flush()
        if output.failed is not None:
            terminal.error(
                StorageError(
                    f"what was to be printed could not be written: {output.failed.strerror}",
                    "it stands above; what is said there to be recorded is recorded",
                )
            )
            return StorageError.exit_code
    return code


def _run(terminal: Terminal, arguments: list[str]) -> int:
    # Whoever reads our output may close it early (`custody log | head`). That must not pass for an answer of `verify`.
    code = StorageError.exit_code
    try:
        code = _invoke(arguments)
        sys.stdout.flush()  # here, where a closed pipe is understood
        return code
    except CustodyError as error:
        terminal.error(error)
        return error.exit_code
    except TyperException as error:
        where = getattr(getattr(error, "ctx", None), "command_path", "custody")
        terminal.error(UsageError(error.format_message(), f"{where} --help shows what can be typed"))
        return UsageError.exit_code
    except typer.Abort:
        terminal.note("custody: stopped")
        return INTERRUPTED
    except KeyboardInterrupt:
        terminal.note("\ncustody: stopped; what was reported as recorded stays recorded")
        return INTERRUPTED
    except BrokenPipeError:
        drop(sys.stdout.fileno())  # or Python would complain while it exits
        return code
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        terminal.error(StorageError(f"{name}{error.strerror or error}", "check the disk and the folder's permissions"))
        return StorageError.exit_code


def _invoke(arguments: list[str]) -> int:
    """Not app(): that turns Ctrl-C and a closed pipe into exit codes of its own, without a word."""
    command = typer.main.get_command(app)
    try:
        with command.make_context("custody", list(arguments)) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    return 0
