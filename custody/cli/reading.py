"""`custody items`, `show`, `log`, `note`: look at a case, and remark on it."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from custody import bootstrap
from custody.cli.options import CaseOption, JsonOption, KeyOption, PassphraseOption
from custody.cli.resolving import the_case, the_signer
from custody.cli.terminal import Terminal
from custody.domain.entry import Entry
from custody.domain.events import Collected, Noted
from custody.domain.sheet import SEALED, digest_of, item_sheet, name_of
from custody.domain.wording import short_size, time_in_words
from custody.errors import StorageError
from custody.formats.canonical import Json
from custody.ports import CaseFiles
from custody.services import listing, reading, recording

SHOWN = 1000  # items that are listed unless all are asked for
MAX_SHOWN_TEXT = 4000  # bytes of a typed text that are shown
NOT_VERIFIED = "This shows what is written there. Whether it holds: custody verify"

ItemArgument = Annotated[
    str, typer.Argument(metavar="ITEM", help="JD-7, or 7, or the beginning of its SHA-256 (6 digits or more).")
]


def items(
    case: CaseOption = None,
    all_of_them: Annotated[
        bool, typer.Option("--all", help=f"List every item, not only the newest {SHOWN:,}. --json always does.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the items."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    ledger = reading.look(files, bootstrap.world())
    numbers = listing.numbers(files, ledger.id)
    shown = numbers if all_of_them or as_json else numbers[-SHOWN:]
    listed = list(_collected(files, ledger, shown))
    if as_json:
        terminal.result(
            {
                "items": [
                    {
                        "collected_at": entry.statement.time,
                        "digest": _or_none(digest_of(body, values)),
                        "form": body.form,
                        "kept": body.kept,
                        "media_type": body.media_type,
                        "name": values.get("/name"),
                        "number": entry.statement.item,
                        "size": body.size if isinstance(body.size, int) else values.get("/size"),
                    }
                    for entry, body, values in listed
                ]
            }
        )
        return
    if not listed:
        terminal.say("There are no items yet. Next: custody collect FILE…")
        return
    rows = [("ITEM", "RECORDED (own clock)", "SIZE", "SHA-256", "TYPE", "NAME")]
    rows += [
        (
            entry.statement.item or "",
            time_in_words(entry.statement.time),
            _short_size(body, values),
            _short_digest(digest_of(body, values)),
            "folder" if body.form == "folder" else body.media_type,
            name_of(body, values) or "(typed text)",
        )
        for entry, body, values in listed
    ]
    terminal.columns(rows, right=frozenset({2}))
    if len(shown) < len(numbers):
        terminal.note(
            f"These are the newest {len(shown):,} of {len(numbers):,} items. All of them: custody items --all"
        )


def show(item: ItemArgument, case: CaseOption = None, as_json: JsonOption = False) -> None:
    """Show everything that is recorded of an item, with what is sealed as far as you can open it."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    ledger = reading.look(files, bootstrap.world())
    number = listing.find_item(files, ledger, item)
    entries = reading.history_of(files, ledger, number)
    values = reading.opened_values(files, [*entries, ledger.opening])
    signer = str(values[ledger.opening.id].get("/lead/name", SEALED))
    collected = entries[0]
    notes = [entry for entry in entries if isinstance(entry.statement.body, Noted)]
    if as_json:
        terminal.result(
            {
                "history": [_history(entry) for entry in entries],
                "item": number,
                "notes": [{"text": values[entry.id].get("/text"), "time": entry.statement.time} for entry in notes],
                "opened": values[collected.id],
                "statement": collected.statement,
            }
        )
        return
    terminal.say(f"Item {number}")
    terminal.pairs(item_sheet(collected, values[collected.id], signer), indent="  ")
    if isinstance(collected.statement.body, Collected) and collected.statement.body.form == "text":
        terminal.pairs([("Text", _typed_text(files, values[collected.id]))], indent="  ")
    if notes:
        terminal.say("Notes")
        terminal.pairs(
            [(time_in_words(entry.statement.time), str(values[entry.id].get("/text", SEALED))) for entry in notes],
            indent="  ",
        )
    terminal.say("History")
    terminal.pairs(
        [(time_in_words(entry.statement.time), f"{signer} {entry.statement.body.sentence()}") for entry in entries],
        indent="  ",
    )
    terminal.say()
    terminal.say(NOT_VERIFIED)


def log(case: CaseOption = None, as_json: JsonOption = False) -> None:
    """List every record, oldest first: when (by the recorder's own clock), who, what."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    ledger = reading.look(files, bootstrap.world())
    opened = reading.opened_values(files, [ledger.opening])[ledger.opening.id]
    signer = str(opened.get("/lead/name", SEALED))
    if as_json:
        terminal.result({"records": [_record(entry) for entry in reading.entries(files, ledger.id)]})
        return
    terminal.columns(
        [
            ("RECORD", "TIME (own clock)", "WHO", "WHAT", "ITEM"),
            *(_log_line(entry, signer) for entry in reading.entries(files, ledger.id)),
        ],
        right=frozenset({0}),
    )


def note(
    item: ItemArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What you want to say of it, in quotes.")],
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a note on an item. It is signed, kept under seal, and can't be taken back."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    signer = the_signer(terminal, files, key, passphrase_file, typed={"the note": text})
    recorder = recording.Recorder(files, bootstrap.world(), signer)
    number = listing.find_item(files, recorder.ledger, item)
    recorded = recording.note(recorder, number, text)
    if as_json:
        terminal.result({"item": number, "record": recorded.position, "statement": recorded.id})
        return
    terminal.say(f"Noted on {number} (record {recorded.position}).")


def _typed_text(files: CaseFiles, values: dict[str, Json]) -> str:
    """What was typed, read from the evidence store."""
    digest = values.get("/digest")
    if not isinstance(digest, str):
        return SEALED
    try:
        with files.evidence.open(digest) as file:
            text = file.read(MAX_SHOWN_TEXT + 1).decode("utf-8", "replace")
    except StorageError:
        return "(its stored file cannot be read; run custody verify)"
    if len(text.encode()) <= MAX_SHOWN_TEXT:
        return text
    return f"{text[:-1]}… (the rest is in evidence/{digest[:2]}/{digest})"


def _collected(
    files: CaseFiles, ledger: reading.Ledger, numbers: Sequence[str]
) -> Iterator[tuple[Entry, Collected, dict[str, Json]]]:
    for entry, values in reading.with_values(files, listing.collected(files, ledger.id, numbers)):
        body = entry.statement.body
        assert isinstance(body, Collected)
        yield entry, body, values


def _record(entry: Entry | reading.Unreadable) -> dict[str, object]:
    if isinstance(entry, reading.Unreadable):
        return {"position": entry.position, "unreadable": entry.why}
    return _history(entry)


def _history(entry: Entry) -> dict[str, object]:
    statement = entry.statement
    return {
        "id": entry.id,
        "item": statement.item,
        "position": statement.position,
        "signer": statement.signer,
        "time": statement.time,
        "type": statement.body.kind,
    }


def _log_line(entry: Entry | reading.Unreadable, signer: str) -> tuple[str, str, str, str, str]:
    if isinstance(entry, reading.Unreadable):
        return (str(entry.position), "", "", "cannot be read (custody verify)", "")
    statement = entry.statement
    return (
        str(statement.position),
        time_in_words(statement.time),
        signer,
        statement.body.sentence(),
        statement.item or "",
    )


def _short_size(body: Collected, values: dict[str, Json]) -> str:
    size = body.size if isinstance(body.size, int) else values.get("/size")
    return short_size(size) if isinstance(size, int) else "(sealed)"


def _short_digest(digest: str) -> str:
    return "(sealed)" if digest == SEALED else f"{digest[:12]}…"


def _or_none(digest: str) -> str | None:
    return None if digest == SEALED else digest
