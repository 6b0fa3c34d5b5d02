"""Writes acts and remarks on items other than hand-overs: examine, correct, withdraw, dispose, erase, explain."""

from collections.abc import Callable, Mapping
from typing import get_args

from custody.domain import opened
from custody.domain.events import Body, Collected, Corrected, Disposed, Erased, Examined, GapExplained, Withdrawn
from custody.domain.events.care import Correctable
from custody.domain.fields import Line, Sensitivity, is_line
from custody.domain.sealing import Sealer
from custody.domain.statement import Statement
from custody.errors import FormatError, RuleError, UsageError
from custody.formats.canonical import Json
from custody.formats.encoding import check_date
from custody.formats.seal import Sealed
from custody.services import reading, replaying
from custody.services.recording.appending import Draft, Recorded, Recorder

MAX_REASON = 20_000  # characters

CORRECTABLE: tuple[str, ...] = get_args(Correctable)


def collected(recorder: Recorder, number: str) -> tuple[str, Statement, dict[str, Json]]:
    """Id, statement and opened values of the record that collected an item. Raises VerificationError."""
    with recorder.files.ledgers.reading() as reader:
        entry = replaying.history_of(reader, recorder.whole, number)[0]
    return entry.id, entry.statement, reading.opened_values(recorder.files, [entry])[entry.id]


def same_digest(recorder: Recorder, number: str, sealer: Sealer) -> str | Sealed:
    """The recorded digest of an item, sealed anew where it is sealed. Raises RuleError when it cannot be opened."""
    _, statement, values = collected(recorder, number)
    body = statement.body
    assert isinstance(body, Collected)  # history_of looked
    if isinstance(body.digest, str):
        return body.digest
    if "/digest" not in values:
        raise RuleError(
            f"{number}: its digest is sealed, and what opens it is not here", "ask its collector to share it"
        )
    return sealer.seal("/digest", values["/digest"])


def examined(
    recorder: Recorder, number: str, purpose: str, tool: str | None, before: Callable[[], object] = lambda: None
) -> Recorded:
    """Record that a working copy was taken. The caller has compared the bytes, and makes the copy in `before`."""
    if tool is not None and not is_line(tool):
        raise UsageError(
            "--with is empty, longer than 200 characters, or holds characters that cannot be seen",
            "name the program in one line",
        )
    sealer = recorder.sealer(Examined.type_name())
    body = Examined(
        digest=same_digest(recorder, number, sealer),
        purpose=_text(sealer, "/purpose", purpose, "--purpose"),
        tool=tool,
    )
    drafts = [Draft(body, tuple(sealer.openings), item=number)]
    recorder.check(drafts)
    before()
    return recorder.append(drafts)[0]


def correct(recorder: Recorder, number: str, changes: Mapping[str, str], reason: str) -> list[Recorded]:
    """Record what fields of the collecting record should have said, all or none. Raises UsageError for others."""
    identity, _, _ = collected(recorder, number)
    drafts = []
    for field, value in changes.items():
        if field not in CORRECTABLE:
            raise UsageError(
                f"{field} is not corrected", f"one of {', '.join(CORRECTABLE)}; for anything else write a note"
            )
        _check_value(field, value)
        sealer = recorder.sealer(Corrected.type_name())
        body = Corrected(
            statement=identity,
            field=field,  # type: ignore[arg-type]  # one of them
            value=_text(sealer, "/value", value, "the new value"),
            reason=_text(sealer, "/reason", reason, "--reason"),
        )
        drafts.append(Draft(body, tuple(sealer.openings), item=number))
    return recorder.append(drafts)


def _check_value(field: str, value: str) -> None:
    """Raise UsageError for a value that programs could not read where they must: those are words and days of old."""
    try:
        match field:
            case "review":
                check_date(value)
            case "sensitivity":
                opened.sensitivity(value)
    except FormatError as error:
        hint = "type it as 2027-11-24" if field == "review" else f"one of {', '.join(get_args(Sensitivity))}"
        raise UsageError(f"{value!r} is no {field} that can be recorded", hint) from error


def withdraw(recorder: Recorder, number: str, reason: str) -> Recorded:
    """Take back an item that was collected by mistake."""
    return _say(
        recorder, number, Withdrawn, lambda sealer: Withdrawn(reason=_text(sealer, "/reason", reason, "--reason"))
    )


def explain_gap(recorder: Recorder, number: str, text: str) -> Recorded:
    """Record an explanation of what the record does not account for."""
    return _say(
        recorder,
        number,
        GapExplained,
        lambda sealer: GapExplained(text=_text(sealer, "/text", text, "the explanation")),
    )


def dispose(
    recorder: Recorder, number: str, method: Line, authority: str, witness: str | None, witness_name: str | None
) -> Recorded:
    """Record that an item is gone, before its bytes are removed; `witness` is a key id of the case."""
    if not is_line(method):
        raise UsageError(
            "--method is empty, longer than 200 characters, or holds characters that cannot be seen",
            "say it in one line, such as shredded",
        )
    return _say(
        recorder,
        number,
        Disposed,
        lambda sealer: Disposed(
            method=method,
            authority=_text(sealer, "/authority", authority, "--authority"),
            witness=witness,
            witness_name=None
            if witness_name is None
            else _text(sealer, "/witness_name", witness_name, "--witnessed-by"),
        ),
    )


def erase(recorder: Recorder, number: str, field: str, reason: str, *, of: str | None = None) -> Recorded:
    """Record that what opens a field was destroyed, then destroy it. Raises RuleError.

    The field is that of the record that collected the item, or of the record `of` that speaks of it.

    The statement comes first: what is lost between the two is a value that a record says is gone.
    """
    with recorder.files.ledgers.reading() as reader:
        history = replaying.history_of(reader, recorder.whole, number)
    entry = next((one for one in history if one.id == (of or history[0].id)), None)
    if entry is None:
        raise RuleError(f"{number}: no record about it has the id {of}", "custody show ITEM --json names them")
    named = field.replace("-", "_")  # as `collect` calls them
    pointer = field if field.startswith("/") else "/handling/basis" if named == "basis" else f"/{named}"
    recorded = _say(
        recorder,
        number,
        Erased,
        lambda sealer: Erased(statement=entry.id, field=pointer, reason=_text(sealer, "/reason", reason, "--reason")),
    )
    with recorder.files.ledgers.writing() as writer:
        writer.erase(entry.statement.ledger, entry.statement.position, pointer)
    return recorded


def _say(recorder: Recorder, number: str, kind: type[Body], made: Callable[[Sealer], Body]) -> Recorded:
    sealer = recorder.sealer(kind.type_name())
    body = made(sealer)
    (recorded,) = recorder.append([Draft(body, tuple(sealer.openings), item=number)])
    return recorded


def _text(sealer: Sealer, pointer: str, text: str, what: str) -> Sealed:
    return sealer.seal(pointer, checked_text(text, what))


def checked_text(text: str, what: str) -> str:
    """A text that may be sealed. Raises UsageError for an empty, overlong or broken one; `what` names it."""
    if not text.strip() or len(text) > MAX_REASON or "\0" in text:
        raise UsageError(
            f"{what} is empty, longer than {MAX_REASON} characters, or holds a NUL",
            "say it in a few sentences; a longer text can be collected",
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UsageError(f"{what} holds half a character", "type it again") from error
    return text
