"""`custody give`, `accept`, `decline`, `receipt`: hand-overs that both sides sign, or that are signed on paper."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from custody import bootstrap
from custody.cli.options import PLAIN, CaseOption, JsonOption, KeyOption, PassphraseOption
from custody.cli.policy import demands_stamps
from custody.cli.resolving import check_pdf, looking_world, the_case, the_member, the_recorder
from custody.cli.terminal import Terminal, progress_line
from custody.domain.examination import FileState
from custody.domain.visible import visible
from custody.errors import CustodyError, RuleError, StorageError, UsageError, VerificationError
from custody.services import exchanging, handover, listing, looking, recording
from custody.services.recording.appending import Recorded

app = typer.Typer(**PLAIN, help="Hand-overs on paper: the form again, and its signed scan.")


@app.callback()
def receipts() -> None:
    """Hand-overs on paper: the form again, and its signed scan."""


OFFER = "offer.custody"  # the file of an offer that travels, beside its evidence
EVIDENCE = "evidence"
NamesOption = Annotated[
    bool,
    typer.Option("--with-names", help="Print file names, descriptions and sealed digests on the form, too."),
]
ItemsArgument = Annotated[
    list[str], typer.Argument(metavar="ITEM…", help="JD-7, or 7, or the beginning of its SHA-256.")
]
OfferArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[DIR] [ITEM…]", help="The folder that came with an offer; items, else all offered to you."),
]
AnswerOption = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Also write your answer, to be sent back.")
]


def give(
    items: ItemsArgument,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="MEMBER",
            help='Whom: a label, name or key id; with --on-paper anybody: "name, rank, organisation, number".',
        ),
    ],
    purpose: Annotated[str, typer.Option("--purpose", help="What for; kept under seal.")],
    medium: Annotated[
        str | None, typer.Option("--medium", help="On what: USB stick, e-mail … Else same computer, where it is so.")
    ] = None,
    place: Annotated[str | None, typer.Option("--place", help="Where; kept under seal.")] = None,
    keeps_copy: Annotated[bool, typer.Option("--keeps-copy", help="You keep a copy of the bytes.")] = False,
    on_paper: Annotated[
        bool, typer.Option("--on-paper", help="To somebody without a key, who signs a form in ink.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="DIR|FORM.pdf",
            help="Also write the offer and the evidence there, to be sent; with --on-paper the form to be signed.",
        ),
    ] = None,
    with_names: NamesOption = False,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Offer items to a member of the case. You stay answerable for them until that person has accepted."""
    terminal = Terminal(as_json=as_json)
    if with_names and not on_paper:
        raise UsageError("--with-names is about the form for paper", "add --on-paper, or leave it out")
    if on_paper and output is not None:
        check_pdf(output, the_case(case), "a form")
    elif output is not None and output.exists():
        raise UsageError(f"{output} exists already", "name a folder that does not")
    medium = _medium(terminal, here=output is None and not on_paper) if medium is None else medium
    typed = {"the purpose": purpose, "the place": place, "the medium": medium, "--to": to}
    recorder = the_recorder(terminal, case, key, passphrase_file, typed=typed)
    numbers = _numbers(recorder, items)
    terms = handover.Terms(purpose=purpose, medium=medium, place=place, keeps_copy=keeps_copy)
    if on_paper:
        act, recorded = handover.give_on_paper(recorder, numbers, to, terms)
        _tell_on_paper(terminal, recorder, numbers, output, act, recorded, names=with_names)
        return
    member = the_member(recorder.files, recorder.whole, recorder.state(), to)

    def carry() -> None:
        if output is not None:
            handover.carry(recorder, numbers, bootstrap.evidence(output / EVIDENCE))

    with removed_on_error(output):
        to = member.label or member.key_id[:16]
        act, recorded = handover.give(recorder, numbers, member.key_id, terms, carry)
    if output is not None:
        ledgers, warn = sorted(recorder.whole.ledgers), recorder.world.warn
        lines = exchanging.share(recorder.files, recorder.whole, ledgers, kind="offer", act=act, warn=warn)
        bootstrap.write_new(output / OFFER, b"".join(lines))
    if as_json:
        terminal.result(
            {
                "act": act,
                "folder": None if output is None else str(output),
                "items": numbers,
                "records": [one.position for one in recorded],
            }
        )
        return
    state = recorder.state(numbers)
    holders = {number: state.items[number].holder for number in numbers}
    left = [number for number, one in holders.items() if one != state.person(recorder.signer.public.key_id)]
    answerable = "" if left else f" You stay answerable until {to} has accepted."
    terminal.say(f"Offered to {to}: {', '.join(numbers)}.{answerable}")
    if left:
        terminal.say(f"In place of a holder who has left, which stays OPEN for good: {', '.join(left)}.")
    if output is None:
        terminal.say("In this folder they type: custody accept")
    else:
        terminal.say(f"Bring or send them the folder {output}. They type: custody accept {output.name}")


def _tell_on_paper(
    terminal: Terminal,
    recorder: recording.Recorder,
    numbers: list[str],
    output: Path | None,
    act: str,
    recorded: Sequence[Recorded],
    *,
    names: bool,
) -> None:
    """Write the form of what is recorded by now, and say so. At a terminal it is written beside the case if need be."""
    files = recorder.files
    if output is None and terminal.can_ask:
        output = files.folder.resolve().parent / f"receipt-{numbers[0]}-{act[:8]}.pdf"
    terminal.say(f"Recorded: {', '.join(numbers)} handed over on paper.")
    again = f"custody receipt form {numbers[0]} -o FORM.pdf{' --with-names' if names else ''}"
    if output is not None:
        try:
            form = handover.make_form(files, recorder.world, numbers[0], names=names)
            bootstrap.write_new(output, bootstrap.form_writer().draw(form))
        except (CustodyError, OSError):
            # The hand-over is recorded, whatever happens to its form: it must not be recorded once more.
            terminal.note(f"The hand-over stays recorded; only its form was not written. To write it: {again}")
            raise
    if terminal.as_json:
        terminal.result(
            {
                "act": act,
                "folder": None,
                "form": None if output is None else str(output),
                "items": numbers,
                "records": [one.position for one in recorded],
            }
        )
        return
    if output is None:
        terminal.say(f"Write the form to be signed: {again}")
    else:
        terminal.say(f"Wrote {output}. Print it twice; both sign, and each keeps one.")
    terminal.say("Collect a scan of the signed form, then: custody receipt add ITEM --paper ITEM-OF-THE-SCAN")


def _medium(terminal: Terminal, *, here: bool) -> str:
    """On what it goes to its receiver, where that was not said: what nobody said is not made up."""
    if here:
        return "same computer"
    asked = (
        terminal.ask("On what does it go to them (such as USB stick)? (Enter: not told)") if terminal.can_ask else ""
    )
    return asked or "not told"


def accept(
    what: OfferArgument = None,
    condition: Annotated[
        str | None, typer.Option("--condition", help="In what state it came; kept under seal.")
    ] = None,
    output: AnswerOption = None,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take up what is offered to you: every byte is compared with the record first. From then on you hold it."""
    terminal = Terminal(as_json=as_json)
    folder, items = _folder_of(what or [])
    if folder is not None and not (folder / EVIDENCE).is_dir():
        raise StorageError(f"{folder} has no evidence in it", "ask for the whole folder; nothing was taken in")
    if output is not None:
        bootstrap.check_new(output)
    recorder = the_recorder(terminal, case, key, passphrase_file, typed={"the condition": condition})
    recorder, numbers = _offered(recorder, folder, items)
    here = numbers
    if folder is not None:
        here = handover.fetch(recorder, numbers, bootstrap.evidence(folder / EVIDENCE))
    with progress_line("compared") as line:
        answered = handover.accept(recorder, here, condition, line.read)
    refused = [(number, FileState.MISSING) for number in numbers if number not in here] + answered.refused
    _answer(recorder, output)
    if answered.received and demands_stamps(recorder.files):
        from custody.cli.stamping import stamp_along

        stamp_along(terminal, recorder)
    if as_json:
        terminal.result(
            {
                "file": None if output is None else str(output),
                "received": [one.item for one in answered.received],
                "refused": [{"item": number, "state": state.value} for number, state in refused],
            }
        )
    else:
        for one in answered.received:
            terminal.say(f"{one.item}: matches the record. You hold it now (record {one.position}).")
        for number, state in refused:
            terminal.say(f"{number}: NOT accepted: its bytes are {state.value}, or not those of the record.")
        if output is not None:
            terminal.say(f"Send {output} back. They type: custody merge {output.name}")
    if refused and as_json:
        raise typer.Exit(VerificationError.exit_code)
    if refused:
        raise VerificationError(
            f"{len(refused)} of {len(numbers)} items were not accepted",
            "ask for a good copy, or custody decline with the reason; what matched is accepted",
        )


def decline(
    reason: Annotated[str, typer.Option("--reason", help="Why; kept under seal.")],
    what: OfferArgument = None,
    output: AnswerOption = None,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Refuse what is offered to you. It stays with whoever offered it."""
    terminal = Terminal(as_json=as_json)
    folder, items = _folder_of(what or [])
    if output is not None:
        bootstrap.check_new(output)
    recorder = the_recorder(terminal, case, key, passphrase_file, typed={"the reason": reason})
    recorder, numbers = _offered(recorder, folder, items)
    handover.decline(recorder, numbers, reason)
    _answer(recorder, output)
    if as_json:
        terminal.result({"declined": numbers, "file": None if output is None else str(output)})
        return
    terminal.say(f"Declined: {', '.join(numbers)}.")
    if output is not None:
        terminal.say(f"Send {output} back. They type: custody merge {output.name}")


@app.command("form")
def form(
    item: Annotated[str, typer.Argument(metavar="ITEM", help="An item that was handed over on paper.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FORM.pdf", help="The form to write.")],
    with_names: NamesOption = False,
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the form of the newest hand-over on paper of an item, from the record: to be signed in ink."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    check_pdf(output, files, "a form")
    world = looking_world(terminal)
    number = listing.find_item(files, looking.look(files, world), item)
    made = handover.make_form(files, world, number, names=with_names)
    bootstrap.write_new(output, bootstrap.form_writer().draw(made))
    numbers = [one.number for one in made.items]
    if as_json:
        terminal.result({"act": made.act, "form": str(output), "items": numbers})
        return
    terminal.say(f"Wrote {output}, the form of the hand-over of {', '.join(numbers)}. It records nothing.")


@app.command("add")
def add(
    item: Annotated[str, typer.Argument(metavar="ITEM", help="The item that was handed over on paper.")],
    paper: Annotated[
        str, typer.Option("--paper", metavar="ITEM", help="The item that is the scan of the signed form.")
    ],
    myself: Annotated[
        bool, typer.Option("--myself", help="You handed it over yourself, and link it though others could.")
    ] = False,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Link the scan of a signed form to the hand-over that it is of. Best done by somebody else than the giver."""
    terminal = Terminal(as_json=as_json)
    recorder = the_recorder(terminal, case, key, passphrase_file)
    (number,) = _numbers(recorder, [item])
    (scan,) = _numbers(recorder, [paper])
    _check_linker(terminal, recorder, number, agreed=myself)
    recorded = handover.link_receipt(recorder, number, scan)
    if as_json:
        terminal.result({"item": number, "paper": scan, "record": recorded.position})
        return
    terminal.say(f"{scan} is linked as the receipt for {number} (record {recorded.position}).")


def _check_linker(terminal: Terminal, recorder: recording.Recorder, number: str, *, agreed: bool) -> None:
    """Say that somebody else had better link the receipt, where the giver does and others could. Raises RuleError."""
    others = handover.better_linked_by(recorder, number)
    if not others:
        return
    names = listing.names(recorder.files, recorder.whole)
    listed = ", ".join(visible(f"{names.get(one.key_id, 'key ' + one.key_id[:16])} ({one.label})") for one in others)
    terminal.note(f"You handed {number} over yourself. A receipt counts for more when another member links it.")
    terminal.note(f"Who could: {listed}. They type: custody receipt add {number} --paper ITEM-OF-THE-SCAN")
    if agreed or (terminal.can_ask and terminal.confirm("Link it yourself all the same?")):
        return
    raise RuleError(f"{number} is not linked: you handed it over yourself", f"ask {listed}; or add --myself")


@contextmanager
def removed_on_error(folder: Path | None) -> Iterator[None]:
    """A folder that is made in the block is removed again when the block fails."""
    try:
        yield
    except BaseException:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _numbers(recorder: recording.Recorder, items: list[str]) -> list[str]:
    return list(dict.fromkeys(listing.find_item(recorder.files, recorder.whole, item) for item in items))


def _folder_of(what: list[str]) -> tuple[Path | None, list[str]]:
    """The folder of an offer, if the first word names one, and the items."""
    if what and (Path(what[0]) / OFFER).is_file():
        return Path(what[0]), what[1:]
    return None, what


def _offered(
    recorder: recording.Recorder, folder: Path | None, items: list[str]
) -> tuple[recording.Recorder, list[str]]:
    """The numbers of the items to answer for, and a recorder that has taken in what came with the offer in `folder`.

    Raises VerificationError when some of that does not hold, UsageError when nothing is offered.
    """
    if folder is not None:
        merged = exchanging.take_in(recorder, exchanging.parse(folder / OFFER))
        recorder = recording.Recorder(recorder.files, recorder.world, recorder.signer)
        exchanging.see(recorder, merged)
    numbers = _numbers(recorder, items) if items else [item.number for item in handover.offered_to(recorder)]
    if not numbers:
        raise UsageError("nothing is offered to you", "custody status tells what is offered to whom")
    return recorder, numbers


def _answer(recorder: recording.Recorder, output: Path | None) -> None:
    if output is not None:
        ledgers, warn = [recorder.ledger.id], recorder.world.warn
        lines = exchanging.share(recorder.files, recorder.whole, ledgers, kind="answer", warn=warn)
        bootstrap.write_new(output, b"".join(lines))
