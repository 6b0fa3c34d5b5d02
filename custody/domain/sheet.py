"""What the record says of one item, as pairs of label and text. What is sealed and not opened here says so."""

from collections.abc import Callable, Iterator, Mapping

from custody.domain.entry import Entry
from custody.domain.events import (
    Body,
    Collected,
    Corrected,
    Declined,
    Disposed,
    Erased,
    Examined,
    GapExplained,
    Noted,
    Received,
    Released,
    ReleasedOnPaper,
    Withdrawn,
)
from custody.domain.fields import Method
from custody.domain.statement import ClockState
from custody.domain.wording import delay_in_words, name_in_words, size_in_words, time_in_words
from custody.errors import FormatError
from custody.formats.canonical import Json
from custody.formats.encoding import parse_time
from custody.formats.seal import Sealed

SEALED = "(sealed; what opens it is not here)"
FORMS = {"file": "a file", "folder": "a folder of many parts", "text": "typed text"}
METHODS: dict[Method, str] = {
    "screenshot": "screenshot",
    "phone-photo": "photographed with a telephone",
    "download": "downloaded",
    "saved-page": "saved page",
    "export": "exported",
    "received": "received from somebody",
    "typed": "typed by the collector",
    "other": "in another way",
    "not-known": "not known",
}


def item_sheet(entry: Entry, values: Mapping[str, Json], signer: str) -> tuple[tuple[str, str], ...]:
    """Who, when and how, for the entry that collected an item; `values` are its opened seals, `signer` a name.

    Raises TypeError for an entry of another kind.
    """
    body = entry.statement.body
    if not isinstance(body, Collected):
        raise TypeError(f"{body.kind} collects nothing")
    return tuple((label, text) for label, text in _lines(entry, body, values, signer) if text)


def digest_of(body: Collected, values: Mapping[str, Json]) -> str:
    """The item's digest, opened where it is sealed; SEALED where it cannot be."""
    return body.digest if isinstance(body.digest, str) else str(values.get("/digest", SEALED))


def member_of(member: str | Sealed | None, values: Mapping[str, Json], pointer: str) -> str | None:
    """What a member says that may stand in clear or be sealed: None where nothing is told, SEALED if it is not open."""
    if isinstance(member, Sealed):
        return str(values.get(pointer, SEALED))
    return member


def media_type_of(body: Collected, values: Mapping[str, Json]) -> str:
    """The media type, SEALED where it cannot be opened."""
    return member_of(body.media_type, values, "/media_type") or ""


def name_value(body: Collected, values: Mapping[str, Json]) -> Json:
    """The original name as a value, None where there is none or it cannot be opened."""
    return {"text": body.name} if isinstance(body.name, str) else values.get("/name")


def size_of(body: Collected, values: Mapping[str, Json]) -> str:
    """The item's size in words."""
    size = body.size if isinstance(body.size, int) else values.get("/size")
    return size_in_words(size) if isinstance(size, int) else SEALED


def name_of(body: Collected, values: Mapping[str, Json]) -> str:
    """The original name, "" for typed text."""
    return body.name if isinstance(body.name, str) else _name(body.name, values, "/name")


def clock_in_words(clock: ClockState) -> str:
    """What the recorder's computer said of its own clock."""
    if clock.synchronised is None:
        return "this computer does not say whether its clock is set by the network"
    if not clock.synchronised:
        return f"this computer could not confirm that its clock is set by the network ({clock.source})"
    offset = "" if clock.offset_ms is None else f", offset {clock.offset_ms} ms"
    return f"set by the network, as {clock.source} says{offset}"


def _lines(entry: Entry, body: Collected, values: Mapping[str, Json], signer: str) -> Iterator[tuple[str, str]]:
    statement = entry.statement
    yield "Original name", name_of(body, values)
    yield "What", FORMS[body.form] + ("" if body.kept else ", of which only the digest was recorded")
    if body.derived_from is not None:
        yield "Made from", f"{body.derived_from.item}: {body.derived_from.transformation}"
    yield (
        "Media type",
        f"{media_type_of(body, values)} ({_who_says(body.media_type_from)})" if body.form == "file" else "",
    )
    yield "SHA-256", digest_of(body, values)
    if body.extra_digests is not None:
        yield "MD5 (for comparison only)", body.extra_digests.md5 or ""
        yield "SHA-1 (for comparison only)", body.extra_digests.sha1 or ""
        yield "SHA-512", body.extra_digests.sha512 or ""
    yield "Size", size_of(body, values)
    if body.parts is not None:
        left_out = body.parts.left_out
        yield "Parts", f"{body.parts.count}; {left_out} could not be taken in" if left_out else str(body.parts.count)
        yield "SHA-256 is of", "the list of the parts (sha256sum format)"
    yield "Collected by", signer
    yield "Signed with key", statement.signer
    yield "Recorded at", f"{time_in_words(statement.time)}, by the recorder's own clock"
    yield "Clock check", clock_in_words(statement.clock)
    yield "How", next((words for how, words in METHODS.items() if how == _text(body.method, values, "/method")), SEALED)
    yield "With", _text(body.tool, values, "/tool")
    yield from _captured(body, values)
    yield "Hashed at", time_in_words(body.hashed_at)
    yield "Found at", _text(body.found_at, values, "/found_at")
    yield from _origin(body, values)
    yield "Description", _text(body.description, values, "/description")
    yield "Persona used", _text(body.persona, values, "/persona")
    yield "Place", _text(body.place, values, "/place")
    if body.file_times is not None:
        yield "File modified", time_in_words(body.file_times.modified) if body.file_times.modified else ""
        yield "File created", time_in_words(body.file_times.created) if body.file_times.created else ""
    yield "Path", _name(body.path, values, "/path")
    yield "Machine", _text(body.machine, values, "/machine")
    yield "Time zone", _text(body.time_zone, values, "/time_zone")
    yield "Sensitivity", body.handling.sensitivity
    yield "Kept on the basis of", _text(body.handling.basis, values, "/handling/basis")
    yield "To be reviewed by", body.handling.review or ""
    yield "Record", f"{statement.position} of the ledger, {entry.id}"


def _captured(body: Collected, values: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    captured = member_of(body.captured_at, values, "/captured_at")
    if captured is None or captured == SEALED:
        yield "Captured at", captured or "not told"
        return
    yield "Captured at", f"{time_in_words(captured)}, as the collector says"
    yield "From capture to hashing", delay_in_words(parse_time(captured), parse_time(body.hashed_at))


def _origin(body: Collected, values: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    match values.get("/origin"):
        case {"address": address, "referrer": referrer, "from": source}:
            yield "Address left by the browser", f"{address} ({source})" if address else ""
            yield "Page that led there", str(referrer or "")
        case _:
            yield "Address left by the browser", SEALED if body.origin is not None else ""


def _who_says(source: str) -> str:
    return {
        "content": "as its first bytes say",
        "name": "as its name says",
        "nothing": "nothing says",
        "recorder": "as recorded",
    }[source]


def _text(member: str | Sealed | None, values: Mapping[str, Json], pointer: str) -> str:
    return member_of(member, values, pointer) or ""


def _name(sealed: Sealed | None, values: Mapping[str, Json], pointer: str) -> str:
    if sealed is None:
        return ""
    try:
        return name_in_words(values[pointer]) if pointer in values else SEALED
    except FormatError:
        return str(values[pointer])


def act_sheet(body: Body, values: Mapping[str, Json], named: Callable[[str], str]) -> list[tuple[str, str]]:
    """What an act or a remark on an item says beyond its sentence; `named` gives the name of a key's person."""
    return [(label, text) for label, text in _act_lines(body, values, named) if text]


def _act_lines(body: Body, values: Mapping[str, Json], named: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    match body:
        case Released():
            yield "To", named(body.to)
            yield from _terms(body, values)
        case ReleasedOnPaper():
            yield "To", _text(body.to, values, "/to")
            yield from _terms(body, values)
        case Received():
            yield "Condition", _text(body.condition, values, "/condition")
        case Examined():
            yield "Purpose", _text(body.purpose, values, "/purpose")
            yield "With", body.tool or ""
        case Corrected():
            yield "Field", body.field
            yield "New value", _text(body.value, values, "/value")
            yield "Reason", _text(body.reason, values, "/reason")
        case Declined() | Withdrawn():
            yield "Reason", _text(body.reason, values, "/reason")
        case Disposed():
            yield "Authority", _text(body.authority, values, "/authority")
            yield "Witness", named(body.witness) if body.witness else _text(body.witness_name, values, "/witness_name")
        case Erased():
            yield "Reason", _text(body.reason, values, "/reason")
        case Noted() | GapExplained():
            yield "Text", _text(body.text, values, "/text")


def _terms(body: Released | ReleasedOnPaper, values: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    yield "Purpose", _text(body.purpose, values, "/purpose")
    yield "Medium", body.medium
    yield "Place", _text(body.place, values, "/place")
