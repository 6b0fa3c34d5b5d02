"""What every kind of statement has: fields that may be sealed, a rule, an effect and a sentence."""

from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import msgspec

from custody.domain.opened import Check
from custody.errors import FormatError
from custody.formats.canonical import Json
from custody.formats.seal import Sealed, read_sealed

if TYPE_CHECKING:
    from custody.domain.state import State


class Place(msgspec.Struct, frozen=True):
    """Where a statement stands: its id, and the members around its body that rules look at."""

    id: str
    case: str
    ledger: str
    position: int
    signer: str
    people: str | None
    item: str | None
    prev: str | None
    act: str | None = None


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """The body of a statement. Subclasses carry the type in their tag."""

    @classmethod
    def type_name(cls) -> str:
        """The body's type, such as `collected/v1`."""
        tag = cls.__struct_config__.tag
        assert isinstance(tag, str)  # every subclass names its type
        return tag

    @property
    def kind(self) -> str:
        """The body's type as it stands in the statement."""
        return self.type_name()

    @classmethod
    def opened_kinds(cls) -> Mapping[str, Check]:
        """What lies under each seal of this kind of statement, by pointer."""
        return {}

    def check_opened(self, pointer: str, value: Json) -> None:
        """Raise FormatError when `value`, which opens the seal at `pointer`, is of another kind than belongs there."""
        kind = _opened_kinds(type(self)).get(pointer)
        if kind is not None:
            kind(value)

    def references(self) -> tuple[str, ...]:
        """Ids of statements, beside those that stand around the body, that must have been replayed before this one."""
        return ()

    def check(self, place: Place, state: "State") -> None:
        """Raise RuleError when this may not be said here. Changes nothing. Every kind brings its own."""

    def apply(self, place: Place, state: "State") -> None:
        """Change the state by what was said. Called only after `check`."""

    def sentence(self) -> str:
        """What was done, in a few plain words that follow a name: "collected a file"."""
        return self.kind


@cache
def _opened_kinds(kind: type[Body]) -> Mapping[str, Check]:
    return kind.opened_kinds()


class Unknown(Body, frozen=True, kw_only=True, tag="unknown"):
    """A body of a type that this version does not know: readable, checkable for who and where, not followed."""

    content: dict[str, Json]

    @property
    def kind(self) -> str:
        """The type that the body names."""
        return str(self.content["type"])

    def apply(self, place: Place, state: "State") -> None:
        """From here on the record cannot be followed."""
        state.not_followed = state.not_followed or place.id

    def sentence(self) -> str:
        """A word for the log."""
        return f"did something that this version cannot read ({self.kind})"


def sealed_fields(body: Body) -> dict[str, Sealed]:
    """Every sealed field of a body by its pointer (RFC 6901) within the body, in the order of their names."""
    found: dict[str, Sealed] = {}
    _find(body.content if isinstance(body, Unknown) else body, "", found)
    return {pointer: found[pointer] for pointer in sorted(found)}


def _find(value: Any, pointer: str, found: dict[str, Sealed]) -> None:
    match value:
        case Sealed():
            found[pointer] = value
        case msgspec.Struct():
            for name in _may_seal(type(value)):
                member = getattr(value, name)
                if member is not None:
                    _find(member, f"{pointer}/{name}", found)
        case {"sealed": str()} if len(value) == 1:
            with suppress(FormatError):  # in a kind that is not known it may be anything, and is no seal then
                found[pointer] = read_sealed(value)
        case dict():
            for name, member in value.items():
                _find(member, f"{pointer}/{name}", found)
        case list() | tuple():
            for index, member in enumerate(value):
                _find(member, f"{pointer}/{index}", found)


@cache
def _may_seal(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """The members of a struct in which a seal may lie: those whose type mentions one, or a struct of its own."""
    hints = get_type_hints(kind)
    return tuple(name for name in kind.__struct_fields__ if _mentions_struct(hints[name]))


def _mentions_struct(hint: Any) -> bool:
    if isinstance(hint, type):
        return issubclass(hint, msgspec.Struct)
    return any(_mentions_struct(one) for one in get_args(hint))
