"""`custody items`, `show`, `log`, `note`: look at a case, and remark on it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated

import typer

from custody import bootstrap
from custody.cli.options import CaseOption, JsonOption, KeyOption, PassphraseOption
from custody.cli.resolving import looking_world, the_case, the_signer
from custody.cli.terminal import Terminal
from custody.domain.descent import MAX_SHOWN, children, descent, forest
from custody.domain.entry import Entry
from custody.domain.events import Collected, Noted, acting
from custody.domain.sheet import SEALED, act_sheet, digest_of, item_sheet, media_type_of, name_of, name_value
from custody.domain.state import State
from custody.domain.visible import visible
from custody.domain.wording import short_size, time_in_words
from custody.errors import StorageError, UsageError
from custody.formats.canonical import Json
from custody.ports import CaseFiles
from custody.services import listing, looking, reading, recording, replaying

SHOWN = 1000  # items that are listed unless all are asked for
MAX_SHOWN_TEXT = 4000  # bytes of a typed text that are shown
NOT_VERIFIED = "This shows what is written there. Whether it holds: custody verify"

_NO_ITEMS = "There are no items yet. Next: custody collect FILE…"

ItemArgument = Annotated[
    str, typer.Argument(metavar="ITEM", help="JD-7, or 7, or the beginning of its SHA-256 (6 digits or more).")
]


class Grouping(StrEnum):
    """The order of a list of items."""

    NUMBER = "number"
    HOLDER = "holder"


def items(
    case: CaseOption = None,
    all_of_them: Annotated[
        bool, typer.Option("--all", help=f"List every item, not only the newest {SHOWN:,}. --json always does.")
    ] = False,
    due: Annotated[bool, typer.Option("--due", help="List only what was to be reviewed by now (--review).")] = False,
    by: Annotated[Grouping, typer.Option("--by", help="In which order.")] = Grouping.NUMBER,
    tree: Annotated[bool, typer.Option("--tree", help="List under each item what was made from it.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the items, and who holds them."""
    terminal = Terminal(as_json=as_json)
    if tree and by is not Grouping.NUMBER:
        raise UsageError("--tree and --by holder are two orders of one list", "take one of them")
    files = the_case(case)
    whole = looking.look(files, looking_world(terminal))
    numbers = listing.numbers(files, whole)
    shown = numbers if all_of_them or as_json else numbers[-SHOWN:]
    if due:
        numbers = shown = listing.due(files, whole, f"{bootstrap.world().clock.now():%Y-%m-%d}")
    listed = list(_collected(files, whole, shown))
    with files.ledgers.reading() as reader:
        state = replaying.replay(reader, whole, shown, verified=False)
    holders = {number: _holder(state, number) for number in shown}
    if by is Grouping.HOLDER:
        listed.sort(key=lambda one: holders[one[0].statement.item or ""])
    parents = listing.parents_of(entry for entry, _, _ in listed)
    depths: dict[str, int] = {}
    if tree:
        depths = {
            one.number: one.depth for one in forest([entry.statement.item or "" for entry, _, _ in listed], parents)
        }
        rank = {number: place for place, number in enumerate(depths)}
        listed.sort(key=lambda one: rank[one[0].statement.item or ""])
    if as_json:
        made = children(parents)
        terminal.result(
            {
                "items": [
                    {
                        "collected_at": entry.statement.time,
                        "derived": made.get(entry.statement.item or "", []),
                        "derived_from": None if body.derived_from is None else body.derived_from.item,
                        "digest": _or_none(digest_of(body, values)),
                        "form": body.form,
                        "holder": holders[entry.statement.item or ""],
                        "kept": body.kept,
                        "media_type": _or_none(media_type_of(body, values)),
                        "name": name_value(body, values),
                        "number": entry.statement.item,
                        "size": body.size if isinstance(body.size, int) else values.get("/size"),
                    }
                    for entry, body, values in listed
                ]
            }
        )
        return
    if not listed:
        terminal.say("No item was to be reviewed by now." if due else _NO_ITEMS)
        return
    several = len(whole.ledgers) > 1 or any(item.standing != "held" for item in state.items.values())
    rows = [("ITEM", "RECORDED (own clock)", *(["HELD BY"] if several else []), "SIZE", "SHA-256", "TYPE", "NAME")]
    rows += [
        (
            _branch(depths.get(entry.statement.item or "", 0), entry.statement.item or ""),
            time_in_words(entry.statement.time),
            *([holders[entry.statement.item or ""]] if several else []),
            _short_size(body, values),
            _short_digest(digest_of(body, values)),
            "folder" if body.form == "folder" else _short_type(media_type_of(body, values)),
            name_of(body, values) or "(typed text)",
        )
        for entry, body, values in listed
    ]
    terminal.columns(rows, right=frozenset({3 if several else 2}))
    if due:
        terminal.say("After a review say by when the next one is: custody correct ITEM --set review=DATE --reason WHY")
    terminal.note(NOT_VERIFIED)
    if len(shown) < len(numbers):
        terminal.note(
            f"These are the newest {len(shown):,} of {len(numbers):,} items. All of them: custody items --all"
        )


def _branch(depth: int, number: str) -> str:
    """A number in a tree: below what it was made from, and a little to the right of it."""
    return number if not depth else f"{'  ' * (depth - 1)}└ {number}"


def _holder(state: State, number: str) -> str:
    """Who holds an item, in clear, and what waits for an answer."""
    item = state.items.get(number)
    if item is None:
        return "(custody verify)"
    if item.standing != "held":
        return {"on-paper": "(on paper)", "withdrawn": "(withdrawn)", "disposed": "(disposed)"}[item.standing]
    holder = acting.name_of(item.holder, state)
    return holder if item.offer is None else f"{holder} → {acting.name_of(item.offer.to, state)}?"


def show(item: ItemArgument, case: CaseOption = None, as_json: JsonOption = False) -> None:
    """Show everything that is recorded of an item, with what is sealed as far as you can open it."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    whole = looking.look(files, looking_world(terminal))
    number = listing.find_item(files, whole, item)
    with files.ledgers.reading() as reader:
        entries = replaying.history_of(reader, whole, number)
        state = replaying.replay(reader, whole, [number])
    values = reading.opened_values(files, entries)
    pseudonyms = {one.owner for one in whole.ledgers.values() if one.body.legal_name is not None}
    people = _People(state, listing.names(files, whole), pseudonyms)
    collected = entries[0]
    body = collected.statement.body
    assert isinstance(body, Collected)  # history_of looked
    notes = [entry for entry in entries if isinstance(entry.statement.body, Noted)]
    around = listing.around(files, whole, number)
    parents = listing.parents_of(around.values())
    if as_json:
        terminal.result(
            {
                "derived": children(parents).get(number, []),
                "derived_from": None if body.derived_from is None else body.derived_from.item,
                "history": [_history(entry) for entry in entries],
                "holder": _holder(state, number),
                "item": number,
                "notes": [{"text": values[entry.id].get("/text"), "time": entry.statement.time} for entry in notes],
                "opened": values[collected.id],
                "statement": collected.statement,
            }
        )
        return
    terminal.say(f"Item {number}")
    sheet = list(item_sheet(collected, values[collected.id], people.introduced(collected.statement.signer)))
    terminal.pairs([("Held by", _holder(state, number)), *sheet], indent="  ")
    if body.form == "text":
        terminal.pairs([("Text", _typed_text(files, values[collected.id]))], indent="  ")
    _show_descent(terminal, files, number, around, parents)
    terminal.say("History")
    for entry in entries:
        statement = entry.statement
        terminal.pairs(
            [(time_in_words(statement.time), f"{people.named(statement.signer)} {statement.body.sentence()}")],
            indent="  ",
        )
        details = act_sheet(statement.body, values[entry.id], people.named)
        if details:
            terminal.pairs(details, indent=" " * 27)
    terminal.say()
    terminal.say(NOT_VERIFIED)


def _show_descent(
    terminal: Terminal, files: CaseFiles, number: str, around: Mapping[str, Entry], parents: Mapping[str, str]
) -> None:
    """What the item was made from, and what was made from it: nothing where there is neither."""
    tree = descent(number, parents)
    if len(tree) == 1:
        return
    told = reading.with_values(files, [around[branch.number] for branch in tree])
    terminal.say("Made from one another")
    for branch, (entry, opened) in zip(tree, told, strict=True):
        body = entry.statement.body
        assert isinstance(body, Collected)
        derivation = "" if body.derived_from is None else f"{body.derived_from.transformation}: "
        here = "  (this item)" if branch.number == number else ""
        first = f"  {_branch(branch.depth, branch.number)}  "
        terminal.paragraph(
            visible(f"{derivation}{name_of(body, opened) or '(typed text)'}{here}"),
            indent=" " * len(first),
            first=first,
        )
    if len(tree) == MAX_SHOWN:
        terminal.note(f"More than {MAX_SHOWN} items were made from one another; these are the first.")


class _People:
    """How people are named here: by the name that can be opened, and the label of their items."""

    def __init__(self, state: State, names: Mapping[str, str], pseudonyms: Collection[str]) -> None:
        self._state = state
        self._names = names
        self._pseudonyms = pseudonyms

    def introduced(self, key_id: str) -> str:
        """The same, and whether the name is a pseudonym."""
        return f"{self.named(key_id)}, a pseudonym" if key_id in self._pseudonyms else self.named(key_id)

    def named(self, key_id: str) -> str:
        """The person of this key."""
        member = self._state.members.get(key_id)
        name = self._names.get(key_id, SEALED)
        several = len(self._state.members) > 1
        told = () if member is None else (member.label if several else None, member.role)
        return f"{name} ({words})" if (words := ", ".join(one for one in told if one)) else name


def log(case: CaseOption = None, as_json: JsonOption = False) -> None:
    """List every record, oldest first: when (by the recorder's own clock), who, what."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    whole = looking.look(files, looking_world(terminal))
    names = listing.names(files, whole)
    entries = list(replaying.diary(files, whole))
    if as_json:
        terminal.result({"records": [_record(entry) for entry in entries]})
        return
    labels = {ledger.id: f"{ledger.label} " if len(whole.ledgers) > 1 else "" for ledger in whole.ledgers.values()}
    terminal.columns(
        [
            ("RECORD", "TIME (own clock)", "WHO", "WHAT", "ITEM"),
            *(_log_line(entry, labels, names) for entry in entries),
        ],
        right=frozenset({0}),
    )
    terminal.note(NOT_VERIFIED)


def note(
    about: Annotated[
        str,
        typer.Argument(
            metavar="ITEM|RECORD|case", help="An item; the id of one of its records (custody show --json); or the case."
        ),
    ],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What you want to say of it, in quotes.")],
    case: CaseOption = None,
    key: KeyOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a note on an item, on one of its records, or on the case. It is signed and sealed, and stays."""
    terminal = Terminal(as_json=as_json)
    files = the_case(case)
    signer = the_signer(terminal, files, key, passphrase_file, typed={"the note": text})
    recorder = recording.Recorder(files, bootstrap.world(), signer)
    number = on = None
    if (found := listing.find_record(files, recorder.whole, about)) is not None:
        on, number = found
    elif about != "case":
        number = listing.find_item(files, recorder.whole, about)
    recorded = recording.note(recorder, number, text, on=on)
    if as_json:
        terminal.result({"item": number, "record": recorded.position, "statement": recorded.id})
        return
    terminal.say(f"Noted on {number or 'the case'} (record {recorded.position}).")


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
    files: CaseFiles, case: looking.Case, numbers: Sequence[str]
) -> Iterator[tuple[Entry, Collected, dict[str, Json]]]:
    for entry, values in reading.with_values(files, listing.collected(files, case, numbers)):
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


def _log_line(
    entry: Entry | reading.Unreadable, labels: Mapping[str, str], names: Mapping[str, str]
) -> tuple[str, str, str, str, str]:
    if isinstance(entry, reading.Unreadable):
        return (f"{labels.get(entry.ledger, '')}{entry.position}", "", "", "cannot be read (custody verify)", "")
    statement = entry.statement
    return (
        f"{labels.get(statement.ledger, '')}{statement.position}",
        time_in_words(statement.time),
        names.get(statement.signer, SEALED),
        statement.body.sentence(),
        statement.item or "",
    )


def _short_size(body: Collected, values: dict[str, Json]) -> str:
    size = body.size if isinstance(body.size, int) else values.get("/size")
    return short_size(size) if isinstance(size, int) else "(sealed)"


def _short_digest(digest: str) -> str:
    return "(sealed)" if digest == SEALED else f"{digest[:12]}…"


def _short_type(media_type: str) -> str:
    return "(sealed)" if media_type == SEALED else media_type


def _or_none(text: str) -> str | None:
    return None if text == SEALED else text
