"""Makes the form of a hand-over on paper from the record alone, so that it can be made again."""

from collections.abc import Mapping

from custody.domain.entry import Entry
from custody.domain.events import Collected, ReleasedOnPaper
from custody.domain.events.membership import people_of
from custody.domain.handform import FormItem, HandoverForm
from custody.domain.items import split_number
from custody.domain.report import Signatory
from custody.domain.statement import PEOPLE
from custody.domain.wording import name_in_words, size_in_words
from custody.errors import RuleError
from custody.formats.canonical import Json
from custody.formats.words import format_words
from custody.ports import CaseFiles, World
from custody.services import looking, reading, replaying
from custody.services.looking import Case


def make_form(files: CaseFiles, world: World, number: str, *, names: bool) -> HandoverForm:
    """The form of the newest hand-over on paper of this item, with all items that were handed over in it.

    What is under seal in the items' own records is told only with `names`. Raises RuleError when there is no such
    hand-over, VerificationError when a record does not hold.
    """
    case = looking.look(files, world)
    with files.ledgers.reading() as reader:
        papers = replaying.replay(reader, case, [number]).items[number].papers
        if not papers:
            raise RuleError(f"{number} was not handed over on paper", f"custody show {number} tells its history")
        release = next(one for one in replaying.history_of(reader, case, number) if one.id == papers[-1].release)
    together = _same_act(files, release)
    with files.ledgers.reading() as reader:
        state = replaying.replay(reader, case, together)
        histories = {one: replaying.history_of(reader, case, one) for one in together}
    released = {
        item: entry
        for item, history in histories.items()
        for entry in history
        if entry.statement.act == release.statement.act
        and entry.id in [paper.release for paper in state.items[item].papers]
    }
    first = [histories[item][0] for item in released]
    values = reading.opened_values(files, [release, *first])
    told = values[release.id]
    body = release.statement.body
    assert isinstance(body, ReleasedOnPaper)  # the fold put it among the papers
    assert release.statement.act is not None  # likewise
    return HandoverForm(
        reference=case.body.reference,
        act=release.statement.act,
        recorded_at=release.statement.time,
        released_by=_giver(files, case, release.statement.signer),
        to=_text(told, "/to"),
        purpose=_text(told, "/purpose"),
        medium=body.medium,
        place=_text(told, "/place") if body.place is not None else None,
        keeps_copy=body.keeps_copy,
        items=tuple(
            _item(item, histories[item][0], values[histories[item][0].id], entry.id, names)
            for item, entry in sorted(released.items(), key=lambda one: split_number(one[0]))
        ),
    )


def _same_act(files: CaseFiles, release: Entry) -> list[str]:
    """The items whose release says that it belongs to the same hand-over; whether that holds the caller checks."""
    entries = (entry for entry in reading.entries(files, release.statement.ledger) if isinstance(entry, Entry))
    said = (one.statement for one in entries if isinstance(one.statement.body, ReleasedOnPaper))
    return [one.item for one in said if one.act == release.statement.act and one.item is not None]


def _item(number: str, entry: Entry, values: Mapping[str, Json], statement: str, names: bool) -> FormItem:
    body = entry.statement.body
    assert isinstance(body, Collected)  # history_of looked
    size: Json = body.size if isinstance(body.size, int) else values.get("/size") if names else None
    digest: Json = body.digest if isinstance(body.digest, str) else values.get("/digest") if names else None
    what = ""
    if names:
        name = values.get("/name")
        parts = (None if name is None else name_in_words(name), values.get("/description"))
        what = ": ".join(part for part in parts if isinstance(part, str))
    return FormItem(
        number=number,
        what=what,
        size=size_in_words(size) if isinstance(size, int) else None,
        digest=digest if isinstance(digest, str) else None,
        statement=statement,
    )


def _giver(files: CaseFiles, case: Case, key: str) -> Signatory:
    """Whoever released, by name as far as the register tells it here."""
    with files.ledgers.reading() as reader:
        register = [
            reading.verified_row(row, ledger.id, ledger.key)
            for ledger in case.ledgers.values()
            for row in reader.rows_of_item(ledger.id, PEOPLE)
        ]
    values = reading.opened_values(files, register)
    name = organisation = ""
    for entry in register:
        for pointer, person in people_of(entry.statement.body).items():
            if person.key_id == key and f"{pointer}/name" in values[entry.id]:
                name = _text(values[entry.id], f"{pointer}/name")
                organisation = _text(values[entry.id], f"{pointer}/organisation")
    ledger = case.owned_by(key)
    if name and ledger is not None and ledger.body.legal_name is not None:
        name = f"{name} (a pseudonym)"
    return Signatory(name=name, organisation=organisation, key_id=key, words=format_words(bytes.fromhex(key)))


def _text(values: Mapping[str, Json], pointer: str) -> str:
    value = values.get(pointer)
    return value if isinstance(value, str) else ""
