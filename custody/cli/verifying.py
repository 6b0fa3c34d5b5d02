"""`custody verify`: the five questions, at a glance."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from custody import bootstrap
from custody.cli.carried import examine_carried, is_carried
from custody.cli.options import CaseOption, JsonOption
from custody.cli.resolving import looking_world, the_case
from custody.cli.terminal import Terminal, nothing_changed, progress_line
from custody.domain.heads import ClaimedHead
from custody.domain.questions.parts import grouped
from custody.domain.trust import MIN_CONFIRMED, Trust, TrustedCosigner
from custody.domain.verdict import Answer, Judgement, Question, Verdict
from custody.domain.visible import visible
from custody.errors import CustodyError, FormatError, RemoteError, StorageError, UsageError, VerificationError
from custody.formats.cosignature import own_cosigner
from custody.formats.words import parse_words
from custody.ports import CaseFiles
from custody.services import auditing, looking
from custody.services.auditing import Audit
from custody.services.auditing.claims import read_claims

EXIT = {Verdict.PASSED: 0, Verdict.FAILED: 1, Verdict.INDETERMINATE: 8}
MAX_BLOCKS = 256  # that an explorer is asked for at once: whoever writes a proof chooses how many it names
MAX_SILENT = 3  # times that an explorer does not answer; each may take 20 seconds
SHOWN = 20  # findings a question; --json has them all


def verify(
    target: Annotated[
        Path | None, typer.Argument(metavar="[CASE|REPORT]", help="A case folder, or a report; else as for --case.")
    ] = None,
    given: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE…]", help="Files and folders to be compared with a report.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Do not re-read the stored files; the answer says so.")
    ] = False,
    lead: Annotated[
        str | None,
        typer.Option("--lead", metavar="WORDS|KEYID", help="The case lead's eight words or key id, as they told you."),
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            "--against",
            metavar="FILE|WORDS",
            help="What you have of an earlier state: report, card, checkpoint, stamp, or eight words. May be repeated.",
        ),
    ] = None,
    explorer: Annotated[
        str | None,
        typer.Option("--explorer", metavar="URL", help="Ask this block explorer for Bitcoin blocks, and trust it."),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Also say where the limit of each answer lies.")] = False,
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check everything and answer the five questions. Exit 0: all YES; 8: something is OPEN; 1: something is NO."""
    terminal = Terminal(as_json=as_json)
    if target is not None and case is not None:
        raise UsageError("the case is named twice", "leave out --case")
    carried = target is not None and is_carried(target)
    if not carried and given:
        raise UsageError(
            "files are compared with a report, and the first name is none",
            "custody verify REPORT.pdf FILE…; the files of a case folder are compared by themselves",
        )
    if carried and quick:
        raise UsageError("--quick is for case folders", "leave out --quick: without files named, none is read")
    claims = [claim for one in against or () for claim in read_claims(one)]
    trust = trust_of(lead, None if explorer is None else explored_blocks(terminal, explorer))
    with nothing_changed(terminal):
        if carried:
            assert target is not None
            judgement = examine_carried(terminal, target, given or (), trust, claims)
        else:
            judgement = examine(terminal, the_case(target or case), trust, quick=quick, claims=claims).judgement
    if as_json:
        terminal.result(judgement)
    else:
        show_judgement(terminal, judgement, full=full)
    raise typer.Exit(EXIT[judgement.verdict])


def examine(
    terminal: Terminal, files: CaseFiles, trust: Trust, *, quick: bool, claims: Sequence[ClaimedHead] = ()
) -> Audit:
    """Examine the case, and remember its head, where that can be written, when nothing is wrong with the record."""
    world = looking_world(terminal)
    names = {key.key_id: key.name for key in bootstrap.key_store().all_keys()}
    with progress_line("checked") as line:
        audit = auditing.audit(files, world, trust, quick=quick, own_names=names, progress=line, claims=claims)
    with suppress(VerificationError):  # what contradicts what is remembered is among the findings
        looking.look(files, world)
    return audit


def trust_of(lead: str | None, block: Callable[[int], bytes | None] | None = None) -> Trust:
    """The reader's own keys, the key that was typed in as the case lead's, and whom this computer trusts.

    `block` gives headers of Bitcoin blocks; None: those that are kept.
    """
    keys = bootstrap.key_store().all_keys()
    store = bootstrap.trust_store()
    own = [TrustedCosigner(f"your own key {key.name}", own_cosigner(key.cosignature_key)) for key in keys]
    return Trust(
        own=frozenset(key.key_id for key in keys),
        confirmed=() if lead is None else (_confirmed(lead),),
        authorities=store.authorities(),
        cosigners=(*own, *store.cosigners()),
        block=block or bootstrap.block_headers().get,
    )


def explored_blocks(terminal: Terminal, explorer: str) -> Callable[[int], bytes | None]:
    """Headers of Bitcoin blocks: those that are kept, else what this explorer (Esplora's interface) answers.

    Each block is asked for once, MAX_BLOCKS of them; an explorer that does not answer is not asked on and on.
    """
    from custody.formats.weburl import check_url
    from custody.services.auditing.blocks import fetch_header

    check_url(explorer)
    kept, web = bootstrap.block_headers(), bootstrap.web()

    fetched: dict[int, bytes | None] = {}
    silent = 0

    def header(height: int) -> bytes | None:
        nonlocal silent
        if (known := kept.get(height)) is not None:
            return known
        if height in fetched or silent == MAX_SILENT or len(fetched) == MAX_BLOCKS:
            return fetched.get(height)
        fetched[height] = None
        if len(fetched) == MAX_BLOCKS:
            terminal.note(f"Note: {explorer} is asked for {MAX_BLOCKS} blocks and no more. Verify again for others.")
        try:
            fetched[height] = found = fetch_header(web, explorer, height)
            kept.keep(height, found)
        except (StorageError, UsageError) as error:  # it serves all the same, as long as this command runs
            terminal.note(f"Note: block {height} could not be kept for another time: {error.message}")
        except CustodyError as error:
            terminal.note(f"Note: {explorer} gave no header of block {height}: {error.message}")
            silent += isinstance(error, RemoteError)
            if silent == MAX_SILENT:
                terminal.note(f"Note: {explorer} is not asked any more.")
        return fetched[height]

    return header


def show_judgement(terminal: Terminal, judgement: Judgement, *, full: bool = False) -> None:
    """Each answer with its findings, in one line where it is YES; the result last, where a person looks first.

    `full` adds where the limit of each answer lies.
    """
    one_line = True
    for question, answer in judgement.questions.each():
        before, one_line = one_line, answer.verdict is Verdict.PASSED and not answer.findings and not full
        if not (before and one_line) and question is not Question.INTEGRITY:
            terminal.say()
        _show_answer(terminal, question, answer, full=full)
    terminal.say()
    for ledger in judgement.ledgers:
        records = f"{ledger.size} record{'' if ledger.size == 1 else 's'}"
        terminal.say(f"Ledger {ledger.origin[:24]}…, {records}, root {ledger.root[:16] or '(incomplete)'}…")
    if judgement.ledgers:
        terminal.say()
    if judgement.verdict is Verdict.INDETERMINATE:
        terminal.say("OPEN is not a fault: it says what nobody could check yet.")
    terminal.paragraph(f"{terminal.verdict_word(judgement.verdict.word)}: {summary(judgement)}")


def summary(judgement: Judgement) -> str:
    """`17 of 17 items match. Nothing was found wrong. Two answers are OPEN: when, whole.`"""
    answers = judgement.questions.each()
    wrong = [question for question, answer in answers if answer.verdict is Verdict.FAILED]
    undecided = [question for question, answer in answers if answer.verdict is Verdict.INDETERMINATE]
    sentences = [judgement.questions.integrity.sentence]
    if wrong:
        sentences.append(_counted(wrong, "NO"))
    else:
        sentences.append("Nothing was found wrong.")
    if undecided:
        sentences.append(_counted(undecided, "OPEN"))
    return " ".join(sentences)


def _show_answer(terminal: Terminal, question: Question, answer: Answer, *, full: bool) -> None:
    word = terminal.verdict_word(answer.verdict.word)
    terminal.paragraph(f"{question.text} {word}. {visible(answer.sentence)}", indent="  ", first="")
    found = sorted(answer.findings, key=lambda finding: finding.verdict is not Verdict.FAILED)
    told = grouped(found)
    for one in told[:SHOWN]:
        terminal.paragraph(visible(f"{one.about}: {one.message}"), indent="    ", first="  - ")
    if len(told) > SHOWN:
        terminal.say(f"  … and {len(told) - SHOWN} more (custody verify --json has them all)")
    if full:
        terminal.paragraph(f"Limit: {answer.limit}", indent="  ")


def _counted(questions: list[Question], word: str) -> str:
    numbers = ("no", "one", "two", "three", "four", "five")
    count = len(questions)
    names = ", ".join(question.short for question in questions)
    return f"{numbers[count].capitalize()} answer{' is' if count == 1 else 's are'} {word}: {names}."


def _confirmed(lead: str) -> bytes:
    """The beginning of a key id from eight words or hexadecimal. Raises UsageError."""
    typed = lead.strip().lower()
    digits = typed.replace(" ", "")
    try:
        if len(digits) >= 2 * MIN_CONFIRMED and not set(digits) - set("0123456789abcdef"):
            return bytes.fromhex(digits[: len(digits) // 2 * 2])
        return parse_words(typed)
    except FormatError as error:
        raise UsageError(
            f"--lead: {error.message}", "type the eight words as the case lead read them to you, in quotes"
        ) from error
