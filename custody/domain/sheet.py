"""What the record says of one item, line by line, and of what was done with it. What is sealed here says so."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

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

SOURCE, METHOD, CLOCK, HANDLING, RECORD = "Source", "Method", "Clock", "Handling", "Record"
"""Headings under which documents print what is said of an item."""

CLOCK_CHECK, PLACE = "Clock check", "Record"
"""Labels of what a history says of each record: what its computer said of its clock, and its place in the ledger."""


class Line(NamedTuple):
    """A label and its text: None where it is sealed and not opened, "" where there is nothing.

    `group` is the heading that it belongs under, "" for what documents print by itself; `fixed` text is a value to be
    compared sign by sign.
    """

    group: str
    label: str
    text: str | None
    fixed: bool = False


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


WHO_SAYS = {
    "content": "as its first bytes say",
    "name": "as its name says",
    "nothing": "nothing says",
    "recorder": "as recorded",
}


def item_sheet(entry: Entry, values: Mapping[str, Json], signer: str) -> tuple[tuple[str, str], ...]:
    """Who, when and how, for the entry that collected an item; `values` are its opened seals, `signer` a name.

    Raises TypeError for an entry of another kind.
    """
    return tuple(_shown(item_lines(entry, values, signer)))


def _shown(lines: Iterator[Line]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if text := shown(line.text):
            yield line.label, text


def shown(text: str | None) -> str:
    """Text for a screen: None, for what is sealed and cannot be opened, says so."""
    return SEALED if text is None else text


def digest_of(body: Collected, values: Mapping[str, Json]) -> str:
    """The item's digest, opened where it is sealed; SEALED where it cannot be."""
    return shown(text_of(body.digest, values, "/digest"))


def media_type_of(body: Collected, values: Mapping[str, Json]) -> str:
    """The media type, SEALED where it cannot be opened."""
    return shown(text_of(body.media_type, values, "/media_type"))


def name_value(body: Collected, values: Mapping[str, Json]) -> Json:
    """The original name as a value, None where there is none or it cannot be opened."""
    return {"text": body.name} if isinstance(body.name, str) else values.get("/name")


def size_of(body: Collected, values: Mapping[str, Json]) -> str:
    """The item's size in words."""
    return shown(_size_text(body, values))


def _size_text(body: Collected, values: Mapping[str, Json]) -> str | None:
    size = size_value(body, values)
    return None if size is None else size_in_words(size)


def size_value(body: Collected, values: Mapping[str, Json]) -> int | None:
    """The item's size in bytes, opened where it is sealed; None where it cannot be."""
    size = body.size if isinstance(body.size, int) else values.get("/size")
    return size if isinstance(size, int) else None


def name_of(body: Collected, values: Mapping[str, Json]) -> str:
    """The original name, "" for typed text."""
    return shown(name_text(body, values))


def name_text(body: Collected, values: Mapping[str, Json]) -> str | None:
    """The same, None where it cannot be opened."""
    return _name(body.name, values, "/name")


def clock_in_words(clock: ClockState) -> str:
    """What the recorder's computer said of its own clock."""
    if clock.synchronised is None:
        return "this computer does not say whether its clock is set by the network"
    if not clock.synchronised:
        return f"this computer could not confirm that its clock is set by the network ({clock.source})"
    offset = "" if clock.offset_ms is None else f", offset {clock.offset_ms} ms"
    return f"set by the network, as {clock.source} says{offset}"


def item_lines(entry: Entry, values: Mapping[str, Json], signer: str) -> Iterator[Line]:
    """The same line by line, empty ones included."""
    statement, body = entry.statement, entry.statement.body
    if not isinstance(body, Collected):
        raise TypeError(f"{body.kind} collects nothing")
    yield Line("", "Original name", name_text(body, values))
    yield Line("", "What", FORMS[body.form] + ("" if body.kept else ", of which only the digest was recorded"))
    if body.derived_from is not None:
        yield Line(SOURCE, "Made from", f"{body.derived_from.item}: {body.derived_from.transformation}")
    if body.form == "file":
        said = text_of(body.media_type, values, "/media_type")
        yield Line("", "Media type", f"{shown(said)} ({WHO_SAYS[body.media_type_from]})")
    yield Line("", "SHA-256", text_of(body.digest, values, "/digest"), fixed=True)
    if body.extra_digests is not None:
        yield Line(RECORD, "MD5 (for comparison only)", body.extra_digests.md5 or "", fixed=True)
        yield Line(RECORD, "SHA-1 (for comparison only)", body.extra_digests.sha1 or "", fixed=True)
        yield Line(RECORD, "SHA-512", body.extra_digests.sha512 or "", fixed=True)
    yield Line("", "Size", _size_text(body, values))
    if body.parts is not None:
        left_out = body.parts.left_out
        counted = f"{body.parts.count}; {left_out} could not be taken in" if left_out else str(body.parts.count)
        yield Line(METHOD, "Parts", counted)
        yield Line(METHOD, "SHA-256 is of", "the list of the parts (sha256sum format)")
    yield Line("", "Collected by", signer)
    yield Line(RECORD, "Signed with key", statement.signer, fixed=True)
    yield Line("", "Recorded at", f"{time_in_words(statement.time)}, by the recorder's own clock")
    yield Line(CLOCK, CLOCK_CHECK, clock_in_words(statement.clock))
    yield Line(METHOD, "How", method_text(body.method, values))
    yield Line(METHOD, "With", text_of(body.tool, values, "/tool"))
    yield from _captured(body, values)
    yield Line("", "Hashed at", time_in_words(body.hashed_at))
    yield Line(SOURCE, "Found at", text_of(body.found_at, values, "/found_at"))
    yield from _origin(body, values)
    yield Line("", "Description", text_of(body.description, values, "/description"))
    yield Line(SOURCE, "Persona used", text_of(body.persona, values, "/persona"))
    yield Line(SOURCE, "Place", text_of(body.place, values, "/place"))
    if body.file_times is not None:
        modified, created = body.file_times.modified, body.file_times.created
        yield Line(SOURCE, "File modified", time_in_words(modified) if modified else "")
        yield Line(SOURCE, "File created", time_in_words(created) if created else "")
    yield Line(SOURCE, "Path", _name(body.path, values, "/path"))
    yield Line(METHOD, "Machine", text_of(body.machine, values, "/machine"))
    yield Line(CLOCK, "Time zone", text_of(body.time_zone, values, "/time_zone"))
    yield Line("", "Sensitivity", body.handling.sensitivity)
    yield Line(HANDLING, "Kept on the basis of", text_of(body.handling.basis, values, "/handling/basis"))
    yield Line(HANDLING, "To be reviewed by", body.handling.review or "")
    yield Line(RECORD, PLACE, f"{statement.position} of the ledger, {entry.id}")


def method_text(member: str | Sealed, values: Mapping[str, Json]) -> str | None:
    """How something was captured, in words; None where it cannot be opened."""
    told = text_of(member, values, "/method")
    return next((words for how, words in METHODS.items() if how == told), None)


def _captured(body: Collected, values: Mapping[str, Json]) -> Iterator[Line]:
    captured = text_of(body.captured_at, values, "/captured_at")
    if not captured:
        yield Line("", "Captured at", None if captured is None else "not told")
        return
    yield Line("", "Captured at", f"{time_in_words(captured)}, as the collector says")
    yield Line("", "From capture to hashing", delay_in_words(parse_time(captured), parse_time(body.hashed_at)))


def _origin(body: Collected, values: Mapping[str, Json]) -> Iterator[Line]:
    match values.get("/origin"):
        case {"address": address, "referrer": referrer, "from": source}:
            yield Line(SOURCE, "Address left by the browser", f"{address} ({source})" if address else "")
            yield Line(SOURCE, "Page that led there", str(referrer or ""))
        case _:
            yield Line(SOURCE, "Address left by the browser", "" if body.origin is None else None)


def text_of(member: str | Sealed | None, values: Mapping[str, Json], pointer: str) -> str | None:
    """A member that may stand in clear or be sealed: "" where nothing is told, None where it cannot be opened."""
    if isinstance(member, Sealed):
        value = values.get(pointer)
        return None if value is None else str(value)
    return member or ""


def _name(member: str | Sealed | None, values: Mapping[str, Json], pointer: str) -> str | None:
    if not isinstance(member, Sealed):
        return member or ""
    return sealed_name(values, pointer)


def sealed_name(values: Mapping[str, Json], pointer: str) -> str | None:
    """A file name that is under seal, None where it cannot be opened."""
    if pointer not in values:
        return None
    try:
        return name_in_words(values[pointer])
    except FormatError:
        return str(values[pointer])


def act_sheet(body: Body, values: Mapping[str, Json], named: Callable[[str], str]) -> list[tuple[str, str]]:
    """What an act or a remark on an item says beyond its sentence; `named` gives the name of a key's person."""
    return list(_shown(act_lines(body, values, named)))


def act_lines(body: Body, values: Mapping[str, Json], named: Callable[[str], str]) -> Iterator[Line]:
    """The same line by line, empty ones included."""
    for label, text in _act_pairs(body, values, named):
        yield Line("", label, text)


def _act_pairs(body: Body, values: Mapping[str, Json], named: Callable[[str], str]) -> Iterator[tuple[str, str | None]]:
    match body:
        case Released():
            yield "To", named(body.to)
            yield from _terms(body, values)
        case ReleasedOnPaper():
            yield "To", text_of(body.to, values, "/to")
            yield from _terms(body, values)
        case Received():
            yield "Condition", text_of(body.condition, values, "/condition")
        case Examined():
            yield "Purpose", text_of(body.purpose, values, "/purpose")
            yield "With", body.tool or ""
        case Corrected():
            yield "Field", body.field
            yield "New value", text_of(body.value, values, "/value")
            yield "Reason", text_of(body.reason, values, "/reason")
        case Declined() | Withdrawn():
            yield "Reason", text_of(body.reason, values, "/reason")
        case Disposed():
            yield "Authority", text_of(body.authority, values, "/authority")
            yield (
                "Witness",
                named(body.witness) if body.witness else text_of(body.witness_name, values, "/witness_name"),
            )
        case Erased():
            yield "Reason", text_of(body.reason, values, "/reason")
        case Noted() | GapExplained():
            yield "Text", text_of(body.text, values, "/text")


def _terms(body: Released | ReleasedOnPaper, values: Mapping[str, Json]) -> Iterator[tuple[str, str | None]]:
    yield "Purpose", text_of(body.purpose, values, "/purpose")
    yield "Medium", body.medium
    yield "Place", text_of(body.place, values, "/place")
