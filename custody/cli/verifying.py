"""`custody verify`: the five questions, at a glance."""

from pathlib import Path
from typing import Annotated

import typer

from custody import bootstrap
from custody.cli.options import CaseOption, JsonOption
from custody.cli.resolving import the_case
from custody.cli.terminal import Terminal, progress_line
from custody.domain.trust import MIN_CONFIRMED, Trust
from custody.domain.verdict import Answer, Finding, Judgement, Question, Verdict
from custody.domain.visible import visible
from custody.errors import FormatError, UsageError
from custody.formats.words import parse_words
from custody.ports import CaseFiles
from custody.services import auditing, reading
from custody.services.auditing import Audit

EXIT = {Verdict.PASSED: 0, Verdict.FAILED: 1, Verdict.INDETERMINATE: 8}
SHOWN = 20  # findings a question; --json has them all


def verify(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[CASE]", help="The case folder; else as for --case.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Do not re-read the stored files; the answer says so.")
    ] = False,
    lead: Annotated[
        str | None,
        typer.Option("--lead", metavar="WORDS|KEYID", help="The case lead's eight words or key id, as they told you."),
    ] = None,
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check everything and answer the five questions. Exit 0: all YES; 8: something is OPEN; 1: something is NO."""
    terminal = Terminal(as_json=as_json)
    if folder is not None and case is not None:
        raise UsageError("the case is named twice", "leave out --case")
    files = the_case(folder or case)
    audit = examine(files, trust_of(lead), quick=quick)
    if as_json:
        terminal.result(audit.judgement)
    else:
        show_judgement(terminal, audit.judgement)
    raise typer.Exit(EXIT[audit.judgement.verdict])


def examine(files: CaseFiles, trust: Trust, *, quick: bool) -> Audit:
    """Examine the case, and remember its head when nothing is wrong with the record."""
    world = bootstrap.world()
    names = {key.key_id: key.name for key in bootstrap.key_store().all_keys()}
    with progress_line("checked") as line:
        audit = auditing.audit(files, world, trust, quick=quick, own_names=names, progress=line)
    questions = audit.judgement.questions
    if Verdict.FAILED not in (questions.signers.verdict, questions.custody.verdict, questions.completeness.verdict):
        reading.look(files, world)
    return audit


def trust_of(lead: str | None) -> Trust:
    """The reader's own keys, and the key that was typed in as the case lead's."""
    own = frozenset(key.key_id for key in bootstrap.key_store().all_keys())
    return Trust(own=own, confirmed=() if lead is None else (_confirmed(lead),))


def show_judgement(terminal: Terminal, judgement: Judgement) -> None:
    """The result in a few lines, then each answer with its limit and findings."""
    terminal.paragraph(summary(judgement))
    if judgement.verdict is Verdict.INDETERMINATE:
        terminal.say("OPEN is not a fault: it says what nobody could check yet.")
    for question, answer in judgement.questions.each():
        terminal.say()
        _show_answer(terminal, question, answer)
    terminal.say()
    for ledger in judgement.ledgers:
        terminal.say(f"Ledger {ledger.origin[:24]}…, {ledger.size} records, root {ledger.root[:16] or '(incomplete)'}…")


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


def _show_answer(terminal: Terminal, question: Question, answer: Answer) -> None:
    word = answer.verdict.word
    terminal.say(f"{question.text} {terminal.verdict_word(word)}.")
    terminal.paragraph(visible(answer.sentence), indent="  ")
    shown = sorted(answer.findings, key=lambda finding: list(Verdict).index(finding.verdict) != 1)[:SHOWN]
    for finding in shown:
        terminal.paragraph(visible(_words(finding)), indent="    ", first="  - ")
    if len(answer.findings) > len(shown):
        terminal.say(f"  … and {len(answer.findings) - len(shown)} more (custody verify --json has them all)")
    terminal.paragraph(f"Limit: {answer.limit}", indent="  ")


def _words(finding: Finding) -> str:
    return f"{finding.about}: {finding.message}"


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
