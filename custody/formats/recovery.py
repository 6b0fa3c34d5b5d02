"""An encrypted key file as lines of text, to be printed, scanned or typed, and read back. Knows nothing of keys.

A line is `NNN-DATA-CHECK`: its number, 25 bytes in base32 (RFC 4648, no digit that looks like a letter), and 20 bits
of a SHA-256 over both, so that a slip is found in its line. Line 000 holds the version, how many lines and bytes
follow, and the beginning of the SHA-256 of the file; the others hold the file, compressed (RFC 1950). A QR code holds
some of the lines, with `/` between them: every character is of its alphanumeric mode (ISO/IEC 18004).
"""

import base64
import hashlib
import re
import zlib

from custody.errors import FormatError

VERSION = 1
LINE_BYTES = 25
MAX_LINES = 999
MAX_FILE = 16_384  # bytes of the file that may come out; a few of these lines could hold millions of zeros
MAX_TEXT = 200_000  # characters: all lines that there can be, spaced out, and twice
CODE_LINES = 27  # lines of a QR code: about 1,350 characters, which a telephone reads from paper

_DIGEST = LINE_BYTES - 5  # bytes of the SHA-256 in line 000
_LINE = re.compile(r"([0-9]{3})([A-Z2-7]{40})([A-Z2-7]{4})", re.ASCII)


def format_lines(data: bytes) -> tuple[str, ...]:
    """The lines of a file. Raises FormatError for one that is too large."""
    packed = zlib.compress(data, 9)
    count = -(-len(packed) // LINE_BYTES)
    if len(data) > MAX_FILE or count > MAX_LINES:
        raise FormatError("a key file too large for a recovery sheet")
    head = bytes([VERSION]) + count.to_bytes(2, "big") + len(packed).to_bytes(2, "big")
    padded = head + hashlib.sha256(data).digest()[:_DIGEST] + packed.ljust(count * LINE_BYTES, b"\0")
    return tuple(_line(number, padded[number * LINE_BYTES :][:LINE_BYTES]) for number in range(count + 1))


def format_codes(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The texts of the QR codes that hold these lines."""
    return tuple("/".join(lines[start : start + CODE_LINES]) for start in range(0, len(lines), CODE_LINES))


def parse_lines(text: str) -> bytes:
    """The file, from lines in any order and of either case, spaces and hyphens as one likes.

    Raises FormatError, which names the line that is wrong or missing.
    """
    if len(text) > MAX_TEXT:
        raise FormatError(f"more than {MAX_TEXT} characters, and so no recovery sheet")
    found: dict[int, bytes] = {}
    lines = [one for one in re.split(r"[\r\n\f/]+", text) if one.strip(" \t-")]
    for place, written in enumerate(lines, 1):
        number, data = _parse_line(written, place)
        if found.setdefault(number, data) != data:
            raise FormatError(f"line {number:03} is there twice, and the two differ", "are they of two sheets?")
    if 0 not in found:
        raise FormatError("line 000 is missing", "it is the first line of the sheet")
    head = found.pop(0)
    count, size = int.from_bytes(head[1:3], "big"), int.from_bytes(head[3:5], "big")
    if head[0] != VERSION:
        raise FormatError(f"a recovery sheet of version {head[0]}", "a newer version of custody may know it")
    missing = [f"{number:03}" for number in range(1, count + 1) if number not in found]
    if missing:
        listed = ", ".join(missing[:10]) + (" and more" if len(missing) > 10 else "")
        raise FormatError(f"line{'' if len(missing) == 1 else 's'} {listed} missing", "type or scan the rest of them")
    if len(found) != count or not (count - 1) * LINE_BYTES < size <= count * LINE_BYTES:
        raise FormatError("there are lines that are not of this sheet", "take those of one sheet only")
    data = _unpacked(b"".join(found[number] for number in range(1, count + 1)), size)
    if hashlib.sha256(data).digest()[:_DIGEST] != head[5:]:
        raise FormatError("the lines are not all of one sheet", "take those of one sheet only")
    return data


def _line(number: int, data: bytes) -> str:
    shown = base64.b32encode(data).decode("ascii")
    return f"{number:03}-{shown}-{_check(number, shown)}"


def _check(number: int, shown: str) -> str:
    digest = hashlib.sha256(f"custody-recovery/v1 {number:03} {shown}".encode("ascii")).digest()
    return base64.b32encode(digest[:5]).decode("ascii")[:4]


def _parse_line(written: str, place: int) -> tuple[int, bytes]:
    """Number and bytes of a line, the `place`-th of the text. Raises FormatError."""
    plain = re.sub(r"[ \t-]", "", written).upper()
    named = f"line {plain[:3]}" if re.fullmatch("[0-9]{3}", plain[:3], re.ASCII) else f"the {place}. line of the text"
    match = _LINE.fullmatch(plain)
    if match is None:
        wrong = sorted(set(plain[3:]) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
        why = f"{wrong[0]!r} is never in one" if wrong else f"it has {len(plain)} characters and not 47"
        raise FormatError(
            f"{named} has a typing error: {why}", "compare it with the sheet; 0, 1, 8 and 9 are only in line numbers"
        )
    number, shown, check = int(match[1]), match[2], match[3]
    if _check(number, shown) != check:
        raise FormatError(f"{named} has a typing error", "compare it with the sheet, letter by letter")
    return number, base64.b32decode(shown)


def _unpacked(padded: bytes, size: int) -> bytes:
    if any(padded[size:]):
        raise FormatError("the lines are not those of a recovery sheet")
    unpacking = zlib.decompressobj()
    try:
        data = unpacking.decompress(padded[:size], MAX_FILE + 1)
    except zlib.error as error:
        raise FormatError("the lines are not those of a recovery sheet") from error
    if len(data) > MAX_FILE or not unpacking.eof or unpacking.unused_data:
        raise FormatError("the lines are not those of a recovery sheet")
    return data
