"""Taking material in: what was collected, and what was tried and failed."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import msgspec

from custody.domain import opened
from custody.domain.events.acting import no_item
from custody.domain.events.base import Body, Place
from custody.domain.fields import (
    Count,
    Date,
    Hash,
    ItemNumber,
    Line,
    MediaTypeName,
    Method,
    Sensitivity,
    StatementId,
    Time,
)
from custody.domain.items import Item, split_number
from custody.domain.opened import Check
from custody.domain.policy import Policy, check_given
from custody.errors import FormatError, RuleError
from custody.formats.digest import check_digests
from custody.formats.encoding import check_date, check_time
from custody.formats.seal import Sealed

if TYPE_CHECKING:
    from custody.domain.state import State


FailedOutcome = Literal[
    "not-found",
    "not-allowed",
    "not-a-file",
    "dangling-link",
    "changed-while-read",
    "read-error",
    "store-error",
]


class ExtraDigests(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Compatibility values, for finding the file in other people's lists; MD5 and SHA-1 show nothing by themselves."""

    md5: str | None
    sha1: str | None
    sha512: str | None

    def __post_init__(self) -> None:
        check_digests(self.md5, self.sha1, self.sha512)
        if (self.md5, self.sha1, self.sha512) == (None, None, None):
            raise FormatError("no extra digests are written as null")


class FileTimes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file system said. A claim of that computer; null where it gave none."""

    modified: Time | None
    changed: Time | None
    created: Time | None

    def __post_init__(self) -> None:
        for moment in (self.modified, self.changed, self.created):
            if moment is not None:
                check_time(moment)
        if (self.modified, self.changed, self.created) == (None, None, None):
            raise FormatError("no file times are written as null")


class Parts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parts of an item that is a folder. The item's digest is that of the parts list (sha256sum format).

    `root` is that of the RFC 6962 tree over the salted lines, whose salts derive from the sealed `seed`; `facts` names
    the object with each part's size, times and type; `left_out` counts the files that could not be taken in.
    """

    count: Count
    root: Hash
    seed: Sealed
    facts: Hash | Sealed
    left_out: Count


class Derivation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which item this one was made, and how (redacted, cropped, ...). `record` is what collected that item."""

    item: ItemNumber
    record: StatementId
    transformation: Line


class Handling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an item is to be treated: on what legal basis or consent it is kept, and by when that is to be reviewed."""

    basis: Line | Sealed | None
    review: Date | None
    sensitivity: Sensitivity

    def __post_init__(self) -> None:
        if self.review is not None:
            check_date(self.review)


_HANDLING = frozenset(Handling.__struct_fields__)


class Collected(Body, frozen=True, kw_only=True, tag="collected/v1"):
    """An item of evidence taken in. `kept` is false when only its digest was recorded.

    `size` in bytes, of all parts together for a folder. `origin` is what a browser left with the file, `found_at` what
    the collector typed. What may stand in clear or under a seal is for the collector to say.
    """

    form: Literal["file", "folder", "text"]
    kept: bool
    digest: Hash | Sealed
    size: Count | Sealed
    extra_digests: ExtraDigests | None
    parts: Parts | None
    media_type: MediaTypeName | Sealed
    media_type_from: Literal["content", "name", "nothing", "recorder"]
    derived_from: Derivation | None
    file_times: FileTimes | None
    name: Line | Sealed | None
    path: Sealed | None
    origin: Sealed | None
    method: Method | Sealed
    tool: Line | Sealed
    captured_at: Time | Sealed | None
    hashed_at: Time
    found_at: Line | Sealed | None
    persona: Line | Sealed | None
    place: Line | Sealed | None
    time_zone: Line | Sealed
    machine: Line | Sealed
    description: Line | Sealed | None
    handling: Handling

    @classmethod
    def opened_kinds(cls) -> Mapping[str, Check]:
        """For `check_opened`."""
        texts = ("found_at", "persona", "place", "description", "time_zone", "machine", "handling/basis")
        return {
            "/digest": opened.digest,
            "/size": opened.count,
            "/parts/seed": opened.seed,
            "/parts/facts": opened.digest,
            "/name": opened.file_name,
            "/path": opened.file_name,
            "/origin": opened.origin,
            "/media_type": opened.media_type,
            "/method": opened.method,
            "/tool": opened.line,
            "/captured_at": opened.time,
            **{f"/{name}": opened.text for name in texts},
        }

    def __post_init__(self) -> None:
        if (self.form == "folder") != (self.parts is not None):
            raise FormatError("a folder has parts, and nothing else has")
        sealed = isinstance(self.digest, Sealed)
        if sealed != isinstance(self.size, Sealed):
            raise FormatError("digest and size are sealed together: each helps to guess the other")
        if self.parts is not None and sealed != isinstance(self.parts.facts, Sealed):
            raise FormatError("the facts of the parts are sealed where the digest is, and only there")
        if self.parts is not None and self.extra_digests is not None:
            raise FormatError("extra digests are those of a file; the parts of a folder have their own")
        check_time(self.hashed_at)
        if isinstance(self.captured_at, str):
            check_time(self.captured_at)

    def check(self, place: Place, state: "State") -> None:
        """Under the collector's own label, with a number above all before it, as the first of its chain."""
        if place.item is None:
            raise RuleError("an item without a number")
        if place.prev is not None:
            raise RuleError(f"{place.item}: collecting begins an item's history, so nothing comes before it")
        if self.form == "text" and not isinstance(self.digest, Sealed):
            raise RuleError(f"{place.item}: a typed text can be guessed from its digest, which is sealed")
        if self.extra_digests is not None and isinstance(self.digest, Sealed):
            raise RuleError(f"{place.item}: extra digests would show what the sealed digest hides")
        label, counter = split_number(place.item)
        if label != state.members[place.signer].label:
            raise RuleError(f"{place.item}: the label {label} belongs to somebody else")
        if counter <= state.counters.get(label, 0):
            raise RuleError(f"{place.item}: this number, or a later one, was given before")
        policy = state.policy_known_to(place.people)
        if policy is not None:
            check_given(self.missing(policy), place.item)
        if self.derived_from is not None:
            refusal = f"{place.item}: there is no item {self.derived_from.item} that it could derive from"
            parent = state.items.get(self.derived_from.item)
            if parent is None:
                if state.is_left_out(self.derived_from.record):
                    return
                raise no_item(self.derived_from.item, self.derived_from.record, place, state, refusal)
            if parent.first != self.derived_from.record:
                raise RuleError(refusal)

    def missing(self, policy: Policy) -> list[str]:
        """What is demanded and not told here. Sealed is told; only a file with its digest in clear has others."""
        absent = policy.missing_fields(lambda name: getattr(self.handling if name in _HANDLING else self, name))
        if self.form == "file" and isinstance(self.digest, str):
            absent += [name for name in policy.digests if getattr(self.extra_digests, name, None) is None]
        return absent

    def references(self) -> tuple[str, ...]:
        """The record of the item that it derives from, which may lie in another ledger."""
        return () if self.derived_from is None else (self.derived_from.record,)

    def apply(self, place: Place, state: "State") -> None:
        """The item exists, and its collector holds it."""
        assert place.item is not None  # checked
        label, counter = split_number(place.item)
        state.counters[label] = counter
        state.items[place.item] = Item(
            number=place.item,
            body=self,
            ledger=place.ledger,
            position=place.position,
            collected_by=place.signer,
            holder=state.person(place.signer),
            keepers=(state.person(place.signer),),
            first=place.id,
            tip=place.id,
        )
        state.acts[place.id] = place.item

    def sentence(self) -> str:
        """For the log."""
        what = {"file": "a file", "folder": "a folder", "text": "a typed note"}[self.form]
        return f"collected {what}" if self.kept else f"recorded the digest of {what}"


class Attempted(Body, frozen=True, kw_only=True, tag="attempted/v1"):
    """A file that could not be taken in. Failures are counted and listed, so that nothing looks selected."""

    outcome: FailedOutcome
    name: Sealed
    path: Sealed
    method: Method | Sealed
    tool: Line | Sealed

    @classmethod
    def opened_kinds(cls) -> Mapping[str, Check]:
        """For `check_opened`."""
        return {
            "/name": opened.file_name,
            "/path": opened.file_name,
            "/method": opened.method,
            "/tool": opened.line,
        }

    def check(self, place: Place, state: "State") -> None:
        """A failure concerns no item."""
        if place.item is not None or place.prev is not None:
            raise RuleError("a failed attempt makes no item and follows none")

    def sentence(self) -> str:
        """For the log."""
        return f"could not collect a file ({self.outcome})"
