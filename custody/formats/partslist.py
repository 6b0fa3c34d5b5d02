"""The list of an item's parts: the output of `sha256sum`, and an RFC 6962 tree over its salted lines.

Anyone can check the parts with `sha256sum -c`. The salted tree lets one part be shown without naming the others:
its salt, its line and an inclusion proof. Salts derive from one seed by HMAC, so one sealed value keeps them all.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from custody.errors import FormatError
from custody.formats import merkle
from custody.formats.encoding import parse_hex

SEED_SIZE = 32
SALT_SIZE = 16
MAX_LINE = 70_000  # bytes; PATH_MAX of 4,096 with every byte escaped stays far below

_ESCAPES = ((b"\\", b"\\\\"), (b"\n", b"\\n"), (b"\r", b"\\r"))  # GNU coreutils: digest files, since 9.0 with \r


@dataclass(frozen=True, slots=True)
class Part:
    """One part: the digest of its bytes and its path in the folder, `/` between names, as bytes.

    Raises FormatError for a path that is empty, absolute, holds a NUL, or has an empty name, `.` or `..` in it.
    """

    sha256: bytes
    path: bytes

    def __post_init__(self) -> None:
        # Whoever takes the parts out of a package must not be led elsewhere; no folder holds such names.
        if any(name in (b"", b".", b"..") for name in self.path.split(b"/")) or b"\0" in self.path:
            raise FormatError("a part whose path is not one inside a folder")


def format_line(part: Part) -> bytes:
    """One line of the list with its line feed; a backslash in front says that the path is escaped."""
    path = part.path
    for plain, escaped in _ESCAPES:
        path = path.replace(plain, escaped)
    mark = b"\\" if path != part.path else b""
    return mark + part.sha256.hex().encode() + b"  " + path + b"\n"


def parse_line(line: bytes) -> Part:
    """The part of one line. Raises FormatError for any spelling but `format_line`'s."""
    if len(line) > MAX_LINE:
        raise FormatError(f"a line of the parts list longer than {MAX_LINE} bytes")
    body = line.removeprefix(b"\\").removesuffix(b"\n")
    try:
        digest = parse_hex(body[:64].decode("ascii"), 32)
    except UnicodeDecodeError as error:
        raise FormatError("not a line of a parts list") from error
    path = _unescape(body[66:]) if line.startswith(b"\\") else body[66:]
    part = Part(digest, path)
    if format_line(part) != line:
        raise FormatError("not a line of a parts list")
    return part


def parse_lines(lines: Iterable[bytes]) -> Iterator[Part]:
    """The parts, line by line. Raises FormatError unless the paths ascend as bytes, none twice."""
    before = b""
    for line in lines:
        part = parse_line(line)
        if part.path <= before:
            raise FormatError("the parts are not in the order of their paths")
        before = part.path
        yield part


def salt_of(seed: bytes, index: int) -> bytes:
    """The salt of part `index` (from 1): HMAC-SHA256(seed, decimal index), first 16 bytes."""
    return hmac.digest(seed, str(index).encode(), "sha256")[:SALT_SIZE]


def part_leaf(salt: bytes, line: bytes) -> bytes:
    """The leaf hash of one salted line: SHA-256(00 ‖ `custody-part/v1\\n` ‖ salt ‖ line)."""
    return hashlib.sha256(b"\0custody-part/v1\n" + salt + line).digest()


def parts_root(seed: bytes, lines: Iterable[bytes]) -> bytes:
    """The root of the tree over all salted lines."""
    return merkle.root(part_leaf(salt_of(seed, index), line) for index, line in enumerate(lines, 1))


def _unescape(path: bytes) -> bytes:
    pieces = path.split(b"\\\\")
    return b"\\".join(piece.replace(b"\\n", b"\n").replace(b"\\r", b"\r") for piece in pieces)
