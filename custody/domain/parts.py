"""The facts of an item's parts: one line of canonical JSON a part, in the order of the parts list."""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from custody.domain.fields import Count, MediaTypeName, Time
from custody.domain.opened import Origin
from custody.errors import FormatError
from custody.formats.digest import check_digests
from custody.formats.encoding import check_time

MAX_LINE = 100_000  # bytes; addresses left by browsers are bounded far below
"""The longest line that is read."""


class PartDigests(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The extra digests of one part, hexadecimal; those that were not computed are left out."""

    md5: str | None = None
    sha1: str | None = None
    sha512: str | None = None

    def __post_init__(self) -> None:
        check_digests(self.md5, self.sha1, self.sha512)


class PartFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was seen of part `index` (from 1). Size in bytes, times as the file system said."""

    index: Count
    size: Count
    media_type: MediaTypeName
    media_type_from: Literal["content", "name", "nothing"]
    changed: Time | None
    created: Time | None
    modified: Time | None
    origin: Origin | None
    extra_digests: PartDigests


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(PartFacts)


def format_facts(facts: PartFacts) -> bytes:
    """One line with its line feed."""
    return _encoder.encode(facts) + b"\n"


def parse_facts(lines: Iterable[bytes]) -> Iterator[PartFacts]:
    """The facts, line by line. Raises FormatError for a second spelling, or an index that does not count from 1."""
    for index, line in enumerate(lines, 1):
        try:
            facts = _decoder.decode(line.removesuffix(b"\n"))
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise FormatError("not a line of part facts") from error
        if facts.index != index or format_facts(facts) != line:
            raise FormatError(f"the facts of part {index} are not in their place or spelling")
        for moment in (facts.changed, facts.created, facts.modified):
            if moment is not None:
                check_time(moment)
        yield facts
