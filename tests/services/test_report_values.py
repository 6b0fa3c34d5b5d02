"""What the eight documents of a real case print: every value of the model, or, by name and with the reason, not.

That the model says what the record says is compared field by field in test_document_kinds.py, and here once for the
eight. Only text from left to right is read: Arabic and Devanagari are compared by picture in test_report_pictures.py.
"""

import re
import subprocess
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, get_args, get_origin, get_type_hints

import msgspec
import pytest

from custody import bootstrap
from custody.adapters.pdf.kinds.common import FIELD, local_words
from custody.domain.report.model import Report
from custody.domain.wording import duration_in_words, size_in_words, time_in_words
from custody.services.auditing.carried.documents import audit_document
from tests.builders import findings
from tests.services import eight
from tests.services.eight import EIGHT, Desk, Document

Program = Callable[[str], Path]

# --- what is printed of a model, and what is not ------------------------------------------

SWITCH: Final = "says how other values are printed"
ELSEWHERE: Final = "the same is said by another field of the model"

NOWHERE: Final[Mapping[str, str]] = {
    "/type": "for programs",
    "/final": "its absence is printed, as the mark of a draft",
    "/judgement/verdict": "the five answers say more",
    "/people/pseudonym": SWITCH,
    "/items/facts/facts/fixed": SWITCH,
    "/items/events/facts/fixed": SWITCH,
    "/attempts/facts/fixed": SWITCH,
    "/attempts/kind": "its sentence says it",
    "/items/events/kind": "its sentence says it",
    "/items/picture/jpeg": "is drawn",
    "/items/picture/width": "is drawn",
    "/items/picture/height": "is drawn",
    "/items/picture/blurred": SWITCH,
    "/scope/whole": "the numbers say it",
}
"""What no document prints as it stands, and why."""

# Of a document that is no integrity report.
_HELD: Final = "the integrity report says it; the attached report.json has it here"
_SHORT: Final[Mapping[str, str]] = {
    "/jurisdiction": "its title and its words say it",
    "/judgement": "it gives no answers",
    "/sensitivity": _HELD,
    "/stamps": _HELD,
    "/case": "the reference names the case",
    "/people/ledger": "the label names the ledger",
    "/people/standing": _HELD,
    "/ledgers/origin": ELSEWHERE,
    "/ledgers/checkpoint": "the root is printed",
    "/ledgers/owner": "the label names the ledger",
    "/items/command_name": "it gives no commands",
    "/items/matches": "the state says it",
    "/items/delay": _HELD,
    "/items/not_before": _HELD,
    "/items/sensitivity": _HELD,
    "/attempts": "it lists no failed attempts, or in the words of the schedule",
}
_SCHEDULE: Final = {
    "/schedule/reference": "it is no schedule",
    "/schedule/kind": "it is no schedule",
    "/schedule/description": "it is no schedule",
    "/schedule/time": "it is no schedule",
    "/schedule/here": "it is no schedule",
}
_ABOUT_IT: Final = "only of those who had the item"

HELD_BACK: Final[Mapping[str, Mapping[str, str]]] = {
    "integrity": {
        "/schedule/reference": "failed attempts and corrections stand under other headings",
        "/schedule/kind": "the headings say it",
        "/schedule/description": "in the words of the events themselves",
        "/schedule/here": "what is not here stands under a heading of its own",
    },
    "custody-form": {
        **_SHORT,
        **_SCHEDULE,
        "/kind": "its title says it",
        "/made_by": "the name is printed",
        "/scope/withheld": "it is about one item",
        "/scope/reason": "it is about one item",
        "/schedule/why": "it is about one item",
        "/people/key_id": "the eight words stand for it",
        "/people/identified": _HELD,
        "/people/role": _HELD,
        "/items/collected_by": "the name is printed",
        "/items/not_after": _HELD,
        "/hand_overs/state": "the row says it",
        "/items/events/who": "the name is printed",
        "/items/events/statement": "the row names the record by ledger and number",
        "/hand_overs/act": _HELD,
        "/hand_overs/released_by": "the name is printed",
        "/hand_overs/to": "the name is printed",
        "/hand_overs/items/statement": "the row names the record by ledger and number",
        "/hand_overs/items/answer": "the row names the record by ledger and number",
        "/tools": _HELD,
    },
    "receipt": {
        **_SHORT,
        **_SCHEDULE,
        "/scope/withheld": "it is about one hand-over",
        "/scope/reason": "it is about one hand-over",
        "/schedule/why": "it is about one hand-over",
        "/made_by": "the name is printed",
        "/items": "what was handed over is printed, as it was then",
        "/hand_overs/released_by": "the name and the eight words are printed",
        "/tools": _HELD,
    },
    "schedule": {
        **_SHORT,
        "/made_by": "the name is printed",
        "/people": "it names nobody but its maker",
        "/items": "it describes and does not identify",
        "/hand_overs": "it is no form of custody",
        "/schedule/here": "in words",
        "/tools": _HELD,
    },
}
_DECLARED: Final = {
    **_SHORT,
    **_SCHEDULE,
    "/people/identified": "it is the declaration of one person",
    "/people/role": "it is the declaration of one person",
    "/items/media_type": _HELD,
    "/items/facts": "some of them, where the words ask for them",
    "/items/events": "some of them, where the words ask for them",
    "/items/holder": _HELD,
    "/items/state": _HELD,
    "/items/captured_at": _HELD,
    "/items/not_after": _HELD,
    "/items/parts": "the digest of their list is printed",
    "/items/what": "the description is printed, or this where there is none",
    "/hand_overs": "some of them, where the words ask for them",
}

_PERSON: Final = ("/people/key_id", "/people/words", "/people/name")
IN_PART: Final[Mapping[str, tuple[str, ...]]] = {
    "integrity": ("/judgement/questions/time/findings/about",),  # many at once are counted from the tenth on
    "custody-form": (*_PERSON, "/items/facts", "/items/events"),
    "receipt": _PERSON,
}
"""Where at least one value is printed, but only of whom or what the document is about."""
_DECLARED_IN_PART: Final = (*_PERSON, "/items/collected_by", "/items/name", "/items/what", "/tools")


def held_back(name: str) -> Mapping[str, str]:
    """What this document does not print, and why."""
    return {**NOWHERE, **HELD_BACK.get(name, _DECLARED)}


def is_held(path: str, held: Mapping[str, str]) -> bool:
    """Whether a path, or one above it, is held back."""
    return any(path == one or path.startswith(f"{one}/") for one in held)


def spelled(path: str, value: Any) -> set[str]:
    """How a value may be printed: as it is, or in the words of its kind."""
    found = {str(value)}
    if re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", str(value)):
        found.add(time_in_words(value))
    if path.endswith("/size") and "ledgers" not in path and "stamps" not in path:
        found |= {size_in_words(value), f"{value:,}"}
    if path == "/items/description":
        found.add(value.rstrip("."))
    if path.endswith("/delay"):
        found.add(duration_in_words(timedelta(seconds=value)))
    if path.endswith("/verdict"):
        found = {{"passed": "YES", "failed": "NO", "indeterminate": "OPEN"}[value]}
    if path == "/number":
        found = {f"{value:04d}"}
    if path == "/version":
        found = {f"version {value}"} if value > 1 else {""}
    if path.endswith("/keeps_copy"):
        found = {"copy"}
    if record := re.fullmatch(r"\d+ of the ledger, ([0-9a-f]{64})", str(value)):
        found.add(record[1])  # the history says of each record its number, its ledger, and its id
    if (path, value) == ("/items/events/facts/label", FIELD):
        found.add("corrected")  # the sentence names the field, and so does without the label
    if path.endswith("/qualified"):
        found = {"qualified"} if value else {""}
    return found


def bare(text: str) -> str:
    """Text without white space, in one spelling: where a line ends says nothing."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a model with its path, without places in lists; nothing for None, "" and empty lists."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from leaves(one, f"{path}/{name}")
    elif isinstance(value, list | tuple):
        for one in value:
            yield from leaves(one, path)
    elif value is not None and value != "":
        yield path, value


def paths(kind: Any, path: str = "") -> Iterator[str]:
    """Every path at which a model of this type can have a value."""
    inside = [one for one in get_args(kind) if one is not type(None)] if get_origin(kind) is not None else []
    structs = [one for one in (kind, *inside) if isinstance(one, type) and issubclass(one, msgspec.Struct)]
    if not structs:
        nested = [one for one in inside if get_origin(one) is tuple]
        yield from paths(nested[0], path) if nested else [path]
        return
    for one in structs:
        for name, hint in get_type_hints(one).items():
            yield from paths(hint, f"{path}/{name}")


def is_printed(value: str, said: str) -> bool:
    """Whether a value is in the text: in one piece, or a sentence in two, where the foot of a page comes between."""
    cuts = range(24, len(value) - 12) if len(value) > 80 else ()
    return value in said or any(value[:cut] in said and value[cut:] in said for cut in cuts)


def pages(pdf: bytes, program: Program) -> str:
    """What pdftotext reads, where page breaks say nothing either."""
    told = subprocess.run([program("pdftotext"), "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return bare(told.stdout.decode("utf-8"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, program: Program) -> Iterator[Desk]:
    program("openssl")
    with eight.stamped_desk(tmp_path_factory.mktemp("eight")) as desk:
        yield desk


@pytest.fixture(scope="module")
def made(desk: Desk) -> dict[str, Document]:
    """The eight; the integrity report is the second version, or nothing would be superseded."""
    desk.make("integrity")
    return {name: desk.make(name, supersedes=1 if name == "integrity" else None, long_term=True) for name in EIGHT}


@pytest.mark.parametrize("name", EIGHT)
def test_every_value_is_in_the_text_of_the_pages(made: dict[str, Document], program: Program, name: str) -> None:
    said, held = pages(made[name].first, program), held_back(name)
    missing, printed = set(), set()
    report = made[name].report
    for path, value in leaves(msgspec.to_builtins(report)):
        if path == "/generated_local" and not local_words(report):
            continue  # it is the time in UTC, which is printed
        if is_held(path, held):
            continue
        if any(is_printed(bare(one), said) for one in spelled(path, value)):
            printed.add(path)
        else:
            missing.add((path, str(value)))
    some = IN_PART.get(name, _DECLARED_IN_PART)
    assert sorted(one for one in missing if not (one[0] in printed and any(one[0].startswith(it) for it in some))) == []


def test_no_field_of_the_model_goes_unseen_here(made: dict[str, Document]) -> None:
    """A field that is added has to have a value in one of the eight, so that it is seen whether it is printed."""
    seen = {path for one in made.values() for path, _ in leaves(msgspec.to_builtins(one.report))}
    # An attempt that failed is never corrected: it is no record about an item.
    assert set(paths(Report)) - seen == {"/attempts/corrects"}


@pytest.mark.parametrize("name", EIGHT)
def test_nothing_is_excused_that_the_model_does_not_have(name: str) -> None:
    every = list(paths(Report))
    held = [*held_back(name), *IN_PART.get(name, _DECLARED_IN_PART)]
    assert [one for one in held if not any(path == one or path.startswith(f"{one}/") for path in every)] == []


@pytest.mark.parametrize("name", EIGHT)
def test_the_model_says_what_the_record_says(made: dict[str, Document], desk: Desk, name: str) -> None:
    document = bootstrap.document_reader().read(made[name].pdf)
    world = bootstrap.world(desk.folder / "reader")
    audit = audit_document(document, lambda *_: document.unsigned, (), world, desk.trust, own_names={})
    assert [one for one in findings(audit.judgement) if one.code == "report-differs"] == []
