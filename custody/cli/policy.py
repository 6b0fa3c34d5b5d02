"""`custody policy`: what the case lead demands of everybody's records."""

from collections.abc import Sequence
from typing import Annotated

import typer

from custody.cli.options import PLAIN, CaseOption, JsonOption, KeyOption, PassphraseOption
from custody.cli.resolving import the_case, the_recorder
from custody.cli.terminal import Terminal
from custody.domain.policy import DIGESTS, FIELDS, ROLE, TIMESTAMP, Policy, demands
from custody.errors import CustodyError, FormatError, UsageError
from custody.ports import CaseFiles
from custody.services import exchanging, looking, replaying

app = typer.Typer(**PLAIN, help="What the case lead demands of records: show it, set it.")

DEMANDABLE = f"{', '.join((*FIELDS, *DIGESTS))}, {ROLE}, {TIMESTAMP}"
DemandOption = Annotated[
    list[str] | None,
    typer.Option("--demand", metavar="NAME", help=f"What every record must have: {DEMANDABLE}. May be repeated."),
]


@app.command("show")
def show(case: CaseOption = None, as_json: JsonOption = False) -> None:
    """Show what the case lead demands, as far as it is known here."""
    terminal = Terminal(as_json=as_json)
    policy = known_policy(the_case(case))
    if as_json:
        terminal.result({"demands": [] if policy is None else list(policy.names)})
        return
    terminal.say(in_words(policy))


@app.command("set")
def set_policy(
    demand: DemandOption = None,
    no_demands: Annotated[bool, typer.Option("--no-demands", help="Demand nothing any more.")] = False,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Demand these of every record from now on, and nothing else. Only the case lead can."""
    terminal = Terminal(as_json=as_json)
    policy = the_demands(demand or ())
    if (policy is None) != no_demands:
        raise UsageError("say what to demand", f"--demand NAME (one of {DEMANDABLE}), or --no-demands")
    recorder = the_recorder(terminal, case, key, passphrase_file)
    record = exchanging.set_policy(recorder, policy)
    if as_json:
        terminal.result({"demands": [] if policy is None else list(policy.names), "statement": record})
        return
    terminal.say(in_words(policy))
    terminal.sentence("It binds the records of whoever has heard of it. Tell everybody: custody share -o FILE")


def the_demands(names: Sequence[str]) -> Policy | None:
    """What was typed with --demand. Raises UsageError for a name that is none."""
    try:
        return demands(names)
    except FormatError as error:
        raise UsageError(f"--demand {error.message}", f"one of {DEMANDABLE}") from error


def known_policy(files: CaseFiles) -> Policy | None:
    """What is demanded by now, as far as it is known here. Not verified: a record that lacks it is refused later."""
    with files.ledgers.reading() as reader:
        state = replaying.replay(reader, looking.find_case(reader), verified=False)
    return state.policy_known_to(state.people)


def demands_stamps(files: CaseFiles) -> bool:
    """Whether the record is to be stamped at once; where that cannot be read, it is."""
    try:
        policy = known_policy(files)
    except CustodyError:
        return True
    return policy is not None and policy.timestamps


def in_words(policy: Policy | None) -> str:
    """For people."""
    if policy is None:
        return "The case lead demands nothing in particular."
    return f"The case lead demands: {', '.join(policy.names)}."
