"""Digests of one stream of bytes, all computed in a single pass. Opens no file."""

import hashlib
from dataclasses import dataclass, field

from custody.errors import FormatError
from custody.formats.encoding import parse_hex

# SHA-256 is always computed. The others are compatibility values: they help to find a file in somebody else's list,
# and MD5 and SHA-1 show nothing against a deliberate change (NIST SP 800-131A, section 9).
EXTRA_ALGORITHMS = ("md5", "sha1", "sha512")


@dataclass(frozen=True, slots=True)
class Digests:
    """What was computed over `size` bytes: SHA-256 and, by name, the extra digests asked for."""

    sha256: bytes
    size: int
    extra: dict[str, bytes] = field(default_factory=dict)


class Digester:
    """Takes bytes piece by piece and gives their digests at the end."""

    def __init__(self, extra: tuple[str, ...] = ()) -> None:
        for name in extra:
            if name not in EXTRA_ALGORITHMS:
                raise FormatError(f"no such extra digest: {name}", f"choose from {', '.join(EXTRA_ALGORITHMS)}")
        self._sha256 = hashlib.sha256()
        self._extra = {name: hashlib.new(name, usedforsecurity=False) for name in extra}
        self._size = 0

    def update(self, data: bytes | memoryview) -> None:
        """Take in the next bytes."""
        self._size += data.nbytes if isinstance(data, memoryview) else len(data)
        self._sha256.update(data)
        for digest in self._extra.values():
            digest.update(data)

    def finish(self) -> Digests:
        """The digests of everything taken in so far."""
        extra = {name: digest.digest() for name, digest in self._extra.items()}
        return Digests(self._sha256.digest(), self._size, extra)


def check_digests(md5: str | None, sha1: str | None, sha512: str | None) -> None:
    """Raise FormatError for an extra digest that is not lower-case hexadecimal of its algorithm's length."""
    for value, size in ((md5, 16), (sha1, 20), (sha512, 64)):
        if value is not None:
            parse_hex(value, size)
