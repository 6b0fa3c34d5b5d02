"""`custody backup` and `restore`: a copy of case and keys that was read back, and how to go on from one."""

from pathlib import Path
from typing import Annotated

import typer

from custody import bootstrap
from custody.cli.files import read_start
from custody.cli.options import CaseOption, JsonOption, KeyOption, PassphraseOption
from custody.cli.resolving import the_case, the_signer, warn_of_synchronised
from custody.cli.terminal import Terminal, progress_line
from custody.cli.verifying import trust_of
from custody.domain.verdict import Verdict
from custody.errors import UsageError, VerificationError
from custody.ports import CaseFiles
from custody.services import auditing, exchanging, looking, recording, safekeeping

CASE, KEYS = "case", "keys"
MAX_KEY_FILE = 65_536  # bytes; an encrypted key has some 3,000


def backup(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where backups lie; each gets a folder of its own there.")
    ],
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy the case and your encrypted keys, and read the copy back. Put it on another disk, in another place."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    world = bootstrap.world()
    whole = looking.look(files, world)
    if folder.resolve().is_relative_to(files.folder.resolve()):
        raise UsageError("a backup inside the case is none", "name a folder on another disk")
    stamp = world.clock.now().strftime("%Y%m%dT%H%M%SZ")
    target = folder / f"{plain_name(whole.body.reference)}-{stamp}"
    store = bootstrap.key_store()
    # Not the pseudonym of another case: whoever has the backup would know the two as one person.
    own = [one for one in store.all_keys() if store.reserved_for(one) in (None, whole.id)]
    keys = {f"{one.key_id}.json": store.sealed(one) for one in own}
    target.mkdir(parents=True)
    with bootstrap.make_case(target / CASE) as draft, progress_line("copied") as line:
        copied = safekeeping.copy_case(files, bootstrap.case_files(draft), line.read)
        _read_back(bootstrap.case_files(draft))
    (target / KEYS).mkdir()
    for name, content in keys.items():
        bootstrap.write_new(target / KEYS / name, content)
    if as_json:
        terminal.result(
            {
                "folder": str(target),
                "keys": len(keys),
                "ledgers": copied.ledgers,
                "objects": copied.objects,
                "records": copied.records,
            }
        )
        return
    terminal.paragraph(
        f"Backed up to {target}: {copied.records} records, {copied.objects} stored files, and your encrypted "
        "keys. Every signature and every byte of the copy was read back."
    )
    terminal.paragraph("Without your passphrase the keys in it are of no use: keep that somewhere else.")


def restore(
    source: Annotated[Path, typer.Argument(metavar="BACKUP", help="The folder that custody backup made.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make for the case.")],
    newer: Annotated[
        list[Path] | None,
        typer.Option("--merge", metavar="FILE", help="What others have sent: it may hold newer records of yours."),
    ] = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go on from a backup, after case or computer were lost. It is recorded that something may be missing."""
    terminal = Terminal(as_json=as_json)
    backed_up = bootstrap.case_files(bootstrap.read_case(source.absolute() / CASE))
    with backed_up.ledgers.reading() as reader:
        ledgers = {one.id: reader.size(one.id) for one in looking.find_case(reader).ledgers.values()}
    world = bootstrap.world()
    for ledger, size in ledgers.items():
        known = world.heads.get(ledger)
        if known is not None and known.size > size:
            raise VerificationError(
                f"this computer saw {known.size} records of a ledger of which the backup has {size}",
                "take a newer backup, or ask whoever merged your records to send them: custody share --all",
            )
    shares = [exchanging.parse(path) for path in newer or ()]
    place = bootstrap.make_case(folder)
    warn_of_synchronised(terminal, folder.absolute())
    with place as draft, progress_line("copied") as line:
        copied = safekeeping.copy_case(backed_up, bootstrap.case_files(draft), line.read)
        _read_back(bootstrap.case_files(draft))
    for path in sorted((source / KEYS).glob("*.json")) if (source / KEYS).is_dir() else ():
        bootstrap.key_store().put_back(read_start(path, MAX_KEY_FILE, "check the backup"))
    files = bootstrap.case_files(bootstrap.read_case(folder.absolute()))
    _reserve_pseudonyms(files)
    signer = the_signer(terminal, files, key, passphrase_file)
    merged = [one for share in shares for one in exchanging.merge(files, world, share, None)]
    recorder = recording.Recorder(files, world, signer)
    recorded = safekeeping.tell_restored(recorder)
    exchanging.see(recorder, merged)
    if as_json:
        terminal.result({"folder": str(folder), "record": recorded.position, "records": copied.records})
        return
    terminal.paragraph(f"Restored {copied.records} records and {copied.objects} stored files to {folder}.")
    terminal.paragraph(
        f"Record {recorded.position} says that you went on from a backup. Whether anything is missing stays OPEN."
    )
    terminal.paragraph(
        "Never write with the old copy again, should it turn up. Ask the others for what they have: custody merge"
    )


def plain_name(reference: str) -> str:
    """A folder's name from a reference, which somebody else may have chosen."""
    name = "".join(one if one.isascii() and (one.isalnum() or one in "-_.") else "-" for one in reference).strip(".-")
    return name[:80] or "case"


def _read_back(files: CaseFiles) -> None:
    """Judge a copy like any case. Raises VerificationError when it does not hold."""
    with progress_line("read back") as line:
        audit = auditing.audit(files, bootstrap.world(), trust_of(None), quick=False, own_names={}, progress=line)
    questions = audit.judgement.questions
    wrong = [question.short for question, answer in questions.each() if answer.verdict is Verdict.FAILED]
    if wrong:
        raise VerificationError(
            f"the copy does not hold ({', '.join(wrong)}), and neither may what it was made from",
            "run custody verify on both; do not rely on this copy",
        )


def _reserve_pseudonyms(files: CaseFiles) -> None:
    """A backup does not say for which case a key was made; the case does."""
    store = bootstrap.key_store()
    with files.ledgers.reading() as reader:
        case = looking.find_case(reader)
    for key in store.all_keys():
        ledger = case.owned_by(key.key_id)
        if ledger is not None and ledger.body.legal_name is not None:
            store.reserve(key, case.id)
