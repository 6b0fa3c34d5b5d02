"""`custody demo`: shows the demonstration as it runs."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from custody.cli.options import JsonOption
from custody.cli.terminal import Terminal
from custody.cli.verifying import summary
from custody.demo import Step, demonstrate
from custody.domain.verdict import Verdict
from custody.domain.visible import visible
from custody.formats.words import format_words


def demo(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE…]", help="Your own files; else made-up ones.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """See it work: a throw-away key, a case, evidence, a report, and a changed byte that is found."""
    show_demo(Terminal(as_json=as_json), files or [])


def show_demo(terminal: Terminal, files: Sequence[str]) -> None:
    """Run it, tell of each step, and end with where everything lies and what to type next."""
    number = 0

    def tell(step: Step) -> None:
        nonlocal number
        number += 1
        terminal.say(f"{number}. {visible(step.done)}.")
        for line in step.lines:
            terminal.say(f"     {visible(line)}")

    made = demonstrate(files, tell)
    if terminal.as_json:
        terminal.result(
            {
                "case": str(made.case),
                "changed": made.changed,
                "changed_item": made.changed_item,
                "folder": str(made.folder),
                "items": len(made.items),
                "judgement": made.judgement,
                "report": str(made.report),
            }
        )
        return
    terminal.say()
    terminal.say("What custody says of the case:")
    terminal.paragraph(summary(made.judgement), indent="  ")
    terminal.paragraph(
        "OPEN is the honest answer for a record that nobody else has seen yet; custody verify says what settles it.",
        indent="  ",
    )
    terminal.say()
    terminal.say("And of the copy with one changed bit:")
    terminal.paragraph(summary(made.changed), indent="  ")
    for finding in made.changed.questions.integrity.findings:
        if finding.verdict is Verdict.FAILED:
            terminal.paragraph(f"{finding.about}: {finding.message}", indent="    ", first="  - ")
    case = _from_here(made.case)
    terminal.say()
    terminal.say(f"The case lies in    {case}")
    terminal.say(f"The report lies in  {_from_here(made.report)}")
    terminal.say("Next, one of:")
    terminal.say(f"  custody items --case {case}")
    # With the words: without them, who signed is OPEN too for a reader whose key this is not, and above it is not.
    terminal.say(f'  custody verify {case} --lead "{format_words(bytes.fromhex(made.lead))}"')
    terminal.say(f"  custody verify {_from_here(made.report)}     as whoever was given it does")
    terminal.say('  custody init DIR --reference … --title "…"     a case of your own')


def _from_here(path: Path) -> str:
    return os.path.relpath(path)
