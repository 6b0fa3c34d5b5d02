"""The report model: everything that a document for people says of a case, as values. Draws nothing, judges nothing.

One model serves every kind of document; each kind is one function from it to a page. It is canonical JSON inside the
PDF (`report.json`), what `custody report --json` prints, and enough to draw the same document again. Every text in it
is ready to print, but may hold anything that a stranger typed: whoever draws it makes control and bidirectional
characters visible and interprets no markup. Times are 27-character UTC, digests hexadecimal SHA-256, sizes bytes.

What stands under seal and was not opened on purpose is None; "" says that the record has nothing there.
"""

from typing import Final, Literal

import msgspec

from custody.domain.fields import Sensitivity
from custody.domain.verdict import Judgement
from custody.errors import FormatError

REPORT_TYPE: Final = "custody-report/v1"  # of the model inside a report
RECORD_TYPE: Final = "custody-record/v2"  # of the signed record inside a report

REPORT_FILE: Final = "report.json"
RECORD_FILE: Final = "custody-record.json"

Kind = Literal["integrity", "custody-form", "receipt", "schedule", "declaration"]
Jurisdiction = Literal["us-902-13", "us-902-14", "uk-s9", "in-63-4"]


class _Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A part of the model, read strictly. It holds nothing that could hold it: the garbage collector need not look."""


class Fact(_Value, frozen=True, kw_only=True):
    """A label and what stands beside it; `fixed` text is a value to be compared sign by sign (digest, id, command).

    Facts that stay under seal are left out, and listed by their labels in one: `building.UNDER_SEAL`.
    """

    label: str
    text: str
    fixed: bool = False


class FactGroup(_Value, frozen=True, kw_only=True):
    """Facts under a heading: "Source", "Method", "Clock", "Handling", "Record"."""

    title: str
    facts: tuple[Fact, ...]


class Person(_Value, frozen=True, kw_only=True):
    """A key of the case and who answers for it. `key_id` is hexadecimal, `words` its eight words.

    `identified` says how the case lead says to have identified them, `standing` whether they still belong to the case;
    both are words, "" where nothing is recorded. `signed` counts the records of this document that the key signed.
    """

    key_id: str
    words: str
    name: str
    organisation: str
    role: str
    label: str
    ledger: str
    pseudonym: bool
    identified: str
    standing: str
    signed: int
    joined: str  # the time at which the register says that they came in


class Bound(_Value, frozen=True, kw_only=True):
    """A moment, and on whose word."""

    time: str
    word: str


class Event(_Value, frozen=True, kw_only=True):
    """One record about an item, or about an item and a person. `sentence` has no subject: "collected JD-7".

    `corrects` is the id of the record that it corrects, "" for none. `statement` is its own id; `record` its place in
    the ledger called `ledger` (a label).
    """

    time: str
    who: str  # key id
    kind: str  # "collected", "released", "corrected", ...
    sentence: str
    facts: tuple[Fact, ...]
    statement: str
    ledger: str
    record: int
    corrects: str = ""


class Part(_Value, frozen=True, kw_only=True):
    """One part of an item of many parts; `path` None: under seal."""

    path: str | None
    size: int | None
    digest: str


class Picture(_Value, frozen=True, kw_only=True):
    """A small picture of an item: JPEG, base64. `blurred` says that it shows nothing but that it is this picture."""

    jpeg: str
    width: int  # pixels
    height: int
    blurred: bool


class ReportItem(_Value, frozen=True, kw_only=True):
    """One item. `digest` and `size` are of the file, of the parts list for a folder.

    `state` is what re-reading gave, in words, and `matches` whether that is the recorded digest (None: not compared).
    `facts` is everything else that the record says of how it came here, in the order of printing. `command_name` is the
    name by which commands that check it call its file.
    """

    number: str
    what: str  # "a file", "a folder of many parts", "typed text"
    media_type: str | None
    name: str | None
    description: str | None
    digest: str | None
    size: int | None
    state: str
    matches: bool | None
    collected_by: str  # key id
    captured_at: str | None  # "" where the collector told none
    hashed_at: str
    recorded_at: str
    delay: int | None  # seconds from capture to hashing
    not_before: Bound | None
    not_after: Bound | None
    sensitivity: Sensitivity
    holder: str  # who answers for it now, in words
    facts: tuple[FactGroup, ...]
    events: tuple[Event, ...]  # its whole history, in order
    parts: tuple[Part, ...] = ()
    parts_listed: int = 0  # how many parts it has; more than `parts` where these were left out
    picture: Picture | None = None
    command_name: str = ""


class HandOver(_Value, frozen=True, kw_only=True):
    """One hand-over: offered in one ledger, answered in another, or signed on paper.

    `state` is "received", "declined", "waiting" or "on paper"; times are those of the records, "" for none. `items` are
    (number, recorded digest or None, digest that the receiver computed or None, what).
    """

    act: str
    state: str
    released_by: str  # key id
    to: str  # key id of a member, else "" and `to_whom`
    to_whom: str | None
    released_at: str
    answered_at: str
    purpose: str | None
    medium: str
    place: str | None
    condition: str | None
    reason: str | None
    keeps_copy: bool
    items: tuple["HandedItem", ...]


class HandedItem(_Value, frozen=True, kw_only=True):
    """An item as it was handed over: the digest that was recorded, and the one that the receiver computed."""

    number: str
    what: str | None
    size: int | None
    released: str | None
    received: str | None
    statement: str  # the record that released it
    answer: str  # the record that received or declined it, "" for none


class ScheduleLine(_Value, frozen=True, kw_only=True):
    """One line of the schedule: everything that exists, here or not.

    `kind` is "item", "failed capture", "working copy", "correction" or "earlier disclosure"; `why` says why it is
    withheld, "" where it is here.
    """

    reference: str
    kind: str
    description: str | None
    time: str
    here: bool
    why: str


class Stamp(_Value, frozen=True, kw_only=True):
    """What somebody outside vouched for: the first `size` records of a ledger. As the record says: whether it holds,
    and whose word counts, every reader judges for themselves.
    """

    kind: str  # "timestamp", "Bitcoin", "cosignature"
    by: str
    time: str  # "" where none can be read
    qualified: bool
    ledger: str  # label
    size: int
    record: int
    note: str  # what keeps it from counting, "" for nothing


class LedgerState(_Value, frozen=True, kw_only=True):
    """A ledger as this document found it. `checkpoint` is its signed note, "" for somebody else's ledger."""

    label: str
    owner: str  # key id
    origin: str
    size: int
    root: str
    words: str
    checkpoint: str


class Attached(_Value, frozen=True, kw_only=True):
    """A file inside the PDF, and what it is for."""

    name: str
    what: str


class Tool(_Value, frozen=True, kw_only=True):
    """A program that took part, and its version."""

    name: str
    version: str


class Scope(_Value, frozen=True, kw_only=True):
    """Which items are covered, of how many. `opened` are the sealed fields that were opened on purpose, in words."""

    whole: bool
    covered: int
    total: int
    opened: tuple[str, ...]
    withheld: tuple[str, ...]  # numbers of the items that are not covered
    reason: str  # why they are withheld, "" where none is


class Report(_Value, frozen=True, kw_only=True):
    """Everything that one document says. `number` and `version` are those of the maker's own reports."""

    type: Literal["custody-report/v1"] = REPORT_TYPE
    kind: Kind
    jurisdiction: Jurisdiction | None
    final: bool
    number: int
    version: int
    supersedes: str  # "0003 version 1", "" for none
    case: str  # case id
    reference: str
    title: str | None
    generated_at: str
    generated_local: str  # with its zone; in UTC where time zones are not opened
    made_by: str  # key id
    made_for: str  # as typed, "" for nobody named
    stamped_by: str  # authority that stamps the document's own signature, "" for none
    sensitivity: Sensitivity
    scope: Scope
    judgement: Judgement  # by the maker's computer, trusting nobody
    people: tuple[Person, ...]
    items: tuple[ReportItem, ...]
    hand_overs: tuple[HandOver, ...]
    attempts: tuple[Event, ...]
    schedule: tuple[ScheduleLine, ...]
    stamps: tuple[Stamp, ...]
    ledgers: tuple[LedgerState, ...]
    tools: tuple[Tool, ...]
    attached: tuple[Attached, ...]
    version_made: str  # of custody

    def person(self, key_id: str) -> Person | None:
        """Who answers for this key."""
        return next((one for one in self.people if one.key_id == key_id), None)

    @property
    def name(self) -> str:
        """What the document is called: "0001", and its version from the second on."""
        return f"{self.number:04d}" if self.version == 1 else f"{self.number:04d} version {self.version}"


def format_report(report: Report) -> bytes:
    """The model as canonical JSON. Raises FormatError for text that is no Unicode (`known.spelled` makes it one)."""
    try:
        return msgspec.json.encode(report, order="sorted")
    except UnicodeEncodeError as error:
        raise FormatError("a document cannot say what is no Unicode text") from error


def parse_report(data: bytes) -> Report:
    """The model that these bytes are. Raises FormatError for every spelling but the canonical one."""
    try:
        report = msgspec.json.decode(data, type=Report)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise FormatError(f"not the model of a report: {error}") from error
    if format_report(report) != data:
        raise FormatError("the model of a report in another spelling than its own")
    return report
