"""`custody report`: a signed PDF."""

from pathlib import Path
from typing import Annotated

import typer

from custody import bootstrap
from custody.cli.options import CaseOption, JsonOption, KeyOption, PassphraseOption
from custody.cli.resolving import check_pdf, the_case, the_signer
from custody.cli.terminal import Terminal, progress_line
from custody.cli.verifying import summary, trust_of
from custody.domain.verdict import Verdict
from custody.services import listing, recording, reporting


def report(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.pdf", help="The file to write.")],
    items: Annotated[list[str] | None, typer.Argument(metavar="[ITEM…]", help="Which items; else all.")] = None,
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Verify, and write a signed integrity report. It opens what was told of its items, and their names."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    check_pdf(output, files, "a report")
    signer = the_signer(terminal, files, key, passphrase_file)
    recorder = recording.Recorder(files, bootstrap.world(), signer)
    numbers = [listing.find_item(files, recorder.whole, item) for item in dict.fromkeys(items or ())]
    with progress_line("checked") as line:
        made = reporting.make_report(
            recorder,
            signer,
            trust_of(None),
            numbers=numbers,
            output=output,
            writer=bootstrap.report_writer(),
            document_signer=bootstrap.document_signer(),
            progress=line,
        )
    judgement = made.audit.judgement
    if as_json:
        terminal.result(
            {
                "digest": made.digest,
                "file": str(output),
                "items": made.items,
                "record": made.record,
                "verdict": judgement.verdict,
            }
        )
        return
    terminal.say(f"Wrote {output}, signed by {signer.public.name}, and recorded it (record {made.record}).")
    terminal.paragraph(summary(judgement))
    terminal.say(f"SHA-256 of the report: {made.digest}")
    if judgement.verdict is Verdict.FAILED:
        terminal.say("Next: Something does not hold. Talk to your case lead before you hand this on.")
        return
    terminal.say(f"Next: give {output} to somebody independent today, and keep their dated receipt.")
