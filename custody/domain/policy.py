"""What a case lead may demand of every record that collects an item, and of every enrolment."""

from collections.abc import Callable, Sequence
from typing import Literal, get_args

import msgspec

from custody.errors import FormatError, RuleError

DemandedField = Literal["basis", "captured_at", "description", "found_at", "persona", "place", "review"]
DemandedDigest = Literal["md5", "sha1", "sha512"]
ROLE = "role"
TIMESTAMP = "timestamp"

FIELDS: tuple[DemandedField, ...] = get_args(DemandedField)
DIGESTS: tuple[DemandedDigest, ...] = get_args(DemandedDigest)


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`fields` that a collector tells, `digests` of every file whose digest is in clear, `roles` of who is enrolled;
    `timestamps` says that what is recorded is to be stamped at once, or as soon as somebody is online.

    Both lists ascend, so that a policy has one spelling; one that demands nothing is written as null.
    """

    fields: tuple[DemandedField, ...]
    digests: tuple[DemandedDigest, ...]
    roles: bool
    timestamps: bool

    def __post_init__(self) -> None:
        for names in (self.fields, self.digests):
            if list(names) != sorted(set(names)):
                raise FormatError("what is demanded is out of order, or named twice")
        if not (self.fields or self.digests or self.roles or self.timestamps):
            raise FormatError("no demands are written as null")

    @property
    def names(self) -> tuple[str, ...]:
        """All that is demanded, as a person names it."""
        return (
            *self.fields,
            *self.digests,
            *((ROLE,) if self.roles else ()),
            *((TIMESTAMP,) if self.timestamps else ()),
        )

    def missing_fields(self, told: Callable[[str], object]) -> list[str]:
        """The demanded fields of which nothing is `told`."""
        return [name for name in self.fields if told(name) is None]


def demands(names: Sequence[str]) -> Policy | None:
    """The policy that demands these. Raises FormatError for a name that is none."""
    unknown = sorted(set(names) - {*FIELDS, *DIGESTS, ROLE, TIMESTAMP})
    if unknown:
        raise FormatError(f"{', '.join(unknown)}: nothing that can be demanded")
    if not names:
        return None
    return Policy(
        fields=tuple(name for name in FIELDS if name in names),
        digests=tuple(name for name in DIGESTS if name in names),
        roles=ROLE in names,
        timestamps=TIMESTAMP in names,
    )


def check_given(missing: Sequence[str], about: str) -> None:
    """Raise RuleError, with the options that give them, where something that is demanded is `missing`."""
    if missing:
        options = ", ".join(_option(name) for name in missing)
        raise RuleError(f"{about}: the policy of the case demands {', '.join(missing)}", f"add {options}")


def _option(name: str) -> str:
    return f"--extra-digest {name}" if name in DIGESTS else f"--{name.replace('_', '-')}"
