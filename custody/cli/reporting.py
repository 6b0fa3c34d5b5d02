"""`custody report`: signed documents for people, as PDF."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, get_args

import typer

from custody import bootstrap
from custody.cli.case import check_line
from custody.cli.options import CaseOption, JsonOption, KeyOption, PassphraseOption
from custody.cli.resolving import check_pdf, the_case, the_signer
from custody.cli.terminal import Terminal, progress_line
from custody.cli.verifying import summary, trust_of
from custody.domain.events.disclosure import DOCUMENTS
from custody.domain.report.model import Jurisdiction, Kind, Report
from custody.domain.verdict import Verdict
from custody.domain.visible import visible
from custody.domain.wording import capital
from custody.errors import RemoteError, UsageError
from custody.formats.words import format_words
from custody.ports import CaseFiles
from custody.services import listing, looking, recording, reporting

KINDS: tuple[Kind, ...] = get_args(Kind)
JURISDICTIONS: tuple[Jurisdiction, ...] = get_args(Jurisdiction)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The options as they were typed."""

    items: tuple[str, ...]
    kind: str | None
    jurisdiction: str | None
    final: bool
    copy: str | None
    withheld: bool
    others: bool  # whether an option that makes a document was given


def report(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.pdf", help="The file to write.")],
    items: Annotated[list[str] | None, typer.Argument(metavar="[ITEM…]", help="Which items; else all.")] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="|".join(KINDS), help="What kind of document; else integrity.")
    ] = None,
    jurisdiction: Annotated[
        str | None,
        typer.Option("--jurisdiction", metavar="|".join(JURISDICTIONS), help="Of a declaration: under which law."),
    ] = None,
    final: Annotated[
        bool, typer.Option("--final", help="Leave out the mark DRAFT of a declaration. Only when a lawyer has read it.")
    ] = False,
    made_for: Annotated[str | None, typer.Option("--for", metavar="TEXT", help="For whom it is made; printed.")] = None,
    opened: Annotated[
        str | None,
        typer.Option("--open", metavar="FIELDS", help=f"What to open, with commas: {', '.join(reporting.FIELDS)}."),
    ] = None,
    show_images: Annotated[
        bool,
        typer.Option(
            "--show-images", help="Print the small pictures so that they can be recognised; else they are blurred."
        ),
    ] = False,
    long_term: Annotated[
        bool,
        typer.Option("--long-term", help="Keep in the file what it takes to check signature and stamp in many years."),
    ] = False,
    withheld: Annotated[
        str | None, typer.Option("--withheld", metavar="REASON", help="Why the other items are left out; printed.")
    ] = None,
    supersedes: Annotated[
        str | None, typer.Option("--supersedes", metavar="NUMBER", help="Make the next version of report NUMBER.")
    ] = None,
    copy: Annotated[
        str | None,
        typer.Option("--copy", metavar="NUMBER", help="Make nothing: write report NUMBER again, its newest version."),
    ] = None,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Verify, and write a signed document. Under seal stays what you do not open; checking needs digests and sizes."""
    terminal = Terminal(as_json=as_json)
    making = any((made_for, opened, show_images, long_term, withheld, supersedes))
    asked = _Asked(tuple(dict.fromkeys(items or ())), kind, jurisdiction, final, copy, withheld is not None, making)
    chosen, of = _check(asked)
    fields = _fields(opened)
    for name, text in (("--for", made_for), ("--withheld", withheld)):
        if text is not None:
            check_line(f"text of {name}", text, "type it in one line")
    files = the_case(case)
    check_pdf(output, files, "a report")
    if copy is not None:
        _copy(terminal, files, _number(copy, "--copy"), output, key)
        return
    with bootstrap.documents_ahead():
        signer = the_signer(terminal, files, key, passphrase_file, typed={"--for": made_for, "the reason": withheld})
    recorder = recording.Recorder(files, bootstrap.world(), signer)
    numbers = tuple(dict.fromkeys(listing.find_item(files, recorder.whole, item) for item in asked.items))
    if opened is None and terminal.can_ask and not as_json:
        fields = _ask_fields(terminal)
    if withheld is None and terminal.can_ask and numbers and chosen not in ("custody-form", "receipt"):
        left = len(set(listing.numbers(files, recorder.whole)) - set(numbers))
        if left:
            others = "1 other item is" if left == 1 else f"{left} other items are"
            withheld = terminal.ask_text(f"{others} left out. Why? (It is printed.)")
            check_line("reason", withheld, "type it in one line")
    order = reporting.Order(
        kind=chosen,
        jurisdiction=of,
        final=final,
        numbers=numbers,
        made_for=made_for or "",
        fields=fields,
        show_images=show_images,
        withheld=withheld or "",
        supersedes=None if supersedes is None else _number(supersedes, "--supersedes"),
    )
    tools = _tools(terminal, recorder, long_term=long_term)
    with progress_line("checked") as line:
        made = reporting.make_report(recorder, trust_of(None), order, output=output, tools=tools, progress=line)
    _tell(terminal, made, output, recorder)


def _tell(
    terminal: Terminal,
    made: reporting.MadeReport,
    output: Path,
    recorder: recording.Recorder,
) -> None:
    judgement = made.audit.judgement
    if terminal.as_json:
        import msgspec

        told = msgspec.to_builtins(made.report)
        terminal.result(
            {**told, "digest": made.digest, "file": str(output), "file_digest": made.file_digest, "record": made.record}
        )
        return
    report, public = made.report, recorder.signer.public
    draft = report.kind == "declaration" and not report.final
    what = f"{'draft of a ' if draft else ''}{DOCUMENTS[report.kind]}"
    stamped = report.stamped_by
    terminal.sentence(
        f"Wrote {output}: {what} {report.name}, signed by {public.name}"
        f"{f', stamped by {stamped}' if stamped else ''}, and recorded it (record {made.record})."
    )
    terminal.sentence(_told_of(report))
    terminal.paragraph(f"{'Of the whole case: ' if report.scope.withheld else ''}{summary(judgement)}")
    terminal.say(f"SHA-256 of the file: {made.file_digest}")
    if judgement.verdict is Verdict.FAILED:
        terminal.sentence("Next: Something does not hold. Talk to your case lead before you hand this on.")
        return
    for line in _next(report, output, format_words(bytes.fromhex(public.key_id))):
        terminal.sentence(line)


def _told_of(report: Report) -> str:
    """What it gives out, for whoever sends it: how many items, and what was opened on purpose."""
    count, left = report.scope.covered, len(report.scope.withheld)
    about = f"It tells of {count} item{'' if count == 1 else 's'}"
    about += f", and lists {left} by number as left out. " if left else ". "
    some = "; ".join(report.scope.opened)
    return about + (f"You opened: {some}." if some else "Opened beyond what checking needs: nothing.")


def _next(report: Report, output: Path, words: str) -> Iterator[str]:
    """What to do with the document that was made."""
    if report.kind == "declaration" and not report.final:
        again = f"--final --supersedes {report.number}"
        yield f"Next: have a lawyer read {output}. Then type the same command again with another FILE.pdf and {again}."
    elif report.kind == "declaration":
        yield f"Next: {output} is filled in, dated and signed by hand, by the person whose declaration it is."
    else:
        yield f"Next: give {output} to somebody independent today, and keep their dated receipt."
    yield f"When they call you, read them the eight words of your key: {words}"


def _check(asked: _Asked) -> tuple[Kind, Jurisdiction | None]:
    """What is to be made. Raises UsageError for options that do not go together."""
    if asked.copy is not None:
        if asked.items or asked.kind or asked.jurisdiction or asked.final or asked.others:
            raise UsageError("--copy writes a report again as it was made", "leave out every other option but -o")
        return "integrity", None
    kind = next((one for one in KINDS if one == (asked.kind or "integrity")), None)
    if kind is None:
        raise UsageError(f"there is no kind {asked.kind!r}", f"one of: {', '.join(KINDS)}")
    if kind in ("custody-form", "receipt") and len(asked.items) != 1:
        raise UsageError(f"a {DOCUMENTS[kind]} is about one item", f"custody report ITEM --kind {kind} -o FILE.pdf")
    if asked.withheld and not asked.items:
        raise UsageError("--withheld says why items are left out, and none is", "name the items that it is to tell of")
    if kind != "declaration":
        if asked.jurisdiction or asked.final:
            raise UsageError("--jurisdiction and --final are for declarations", "add --kind declaration")
        return kind, None
    of = next((one for one in JURISDICTIONS if one == asked.jurisdiction), None)
    if of is None:
        raise UsageError("a declaration is for one jurisdiction", f"--jurisdiction {'|'.join(JURISDICTIONS)}")
    return kind, of


def _fields(text: str | None) -> frozenset[str]:
    """Fields to be opened, typed with commas. Raises UsageError for one that there is not."""
    named = [one.strip() for one in (text or "").split(",") if one.strip()]
    if unknown := [one for one in named if one not in reporting.FIELDS]:
        raise UsageError(f"--open: there is no field {unknown[0]!r}", f"some of: {', '.join(reporting.FIELDS)}")
    return frozenset(named)


def _ask_fields(terminal: Terminal) -> frozenset[str]:
    terminal.aside("Under seal, and not printed unless you open it. Names and descriptions may be of people.")
    for field, words in reporting.FIELDS.items():
        terminal.note(f"  {field:<12} {words}")
    while True:
        try:
            return _fields(terminal.ask("Open which, with commas between? (Enter: none)"))
        except UsageError as error:
            terminal.aside(f"{capital(error.message.removeprefix('--open: '))}. Type the words on the left.")


def _number(text: str, option: str) -> int:
    """`0003` or `3`. Raises UsageError."""
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text)):
        raise UsageError(f"{option}: {visible(text)!r} is no number of a report", "custody log shows them: report 0001")
    return int(text)


def _copy(terminal: Terminal, files: CaseFiles, number: int, output: Path, key: str | None) -> None:
    whole = looking.look(files, bootstrap.world())
    own = [one.key_id for one in bootstrap.key_store().all_keys()]
    ledgers = [ledger for ledger in whole.ledgers.values() if ledger.owner in own]
    if key is not None and len(ledgers) > 1:
        raise UsageError("--key chooses who signs, and a copy is not signed again", "leave it out")
    ledger = ledgers[0] if ledgers else whole.lead
    body, data = reporting.copy_report(files, ledger, number)
    bootstrap.write_new(output, data)
    if terminal.as_json:
        terminal.result({"digest": body.digest, "file": str(output), "number": body.number, "version": body.version})
        return
    terminal.say(f"Wrote {output}: {body.name}, as it was signed ({DOCUMENTS[body.document]}).")


def _tools(terminal: Terminal, recorder: recording.Recorder, *, long_term: bool) -> reporting.Tools:
    """What draws, signs and stamps. An authority is asked only where the case names one."""
    from custody.services import anchoring

    addresses = [one for one in bootstrap.read_addresses(recorder.files.folder) if one.kind == "rfc3161"]
    stamper, lasting = None, None
    if addresses:
        web = bootstrap.web()
        found = anchoring.find_stamper(web, trust_of(None), addresses, recorder.world.entropy)
        if isinstance(found, anchoring.DocumentStamper):
            stamper = found
            if long_term:
                own = recorder.signer.public.certificate
                lasting = anchoring.long_term(recorder, web, bootstrap.stamp_queue(), found, own)
        elif not long_term:
            why = "; ".join(capital(one.message) for one in found.troubles) or "no authority was asked"
            terminal.warn(f"the signature is not stamped: {why}", "its time is then your computer's word only")
        else:
            raise RemoteError("no authority stamps now, and a long-term signature needs one", "try again later")
    elif long_term:
        raise UsageError("a long-term signature needs an authority that stamps", "custody authority add names one")
    return reporting.Tools(
        writer=bootstrap.report_writer(),
        signer=bootstrap.document_signer(),
        pictures=bootstrap.pictures(),
        versions=bootstrap.tool_versions(),
        stamper=stamper,
        lasting=lasting,
    )
