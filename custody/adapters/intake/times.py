"""The times that the file system gives for an open file, as 27-character UTC. Claims of that computer, not facts.

Linux tells the birth time through statx(2) only, which Python does not call: it is asked for through the C library,
and left out where that has no such function.
"""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

from custody.formats.encoding import format_time

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# linux/stat.h
_AT_EMPTY_PATH = 0x1000
_STATX_BTIME = 0x800
_STATX_SIZE = 256  # bytes of struct statx
_BTIME_OFFSET = 80  # of stx_btime: seconds (64 bits, signed), then nanoseconds (32 bits)


class FileTimes(NamedTuple):
    """Last change of the bytes, last change of name or rights, and birth; None where the system does not say."""

    modified: str | None
    changed: str | None
    created: str | None


def file_times(descriptor: int, status: os.stat_result, *, system: str = sys.platform) -> FileTimes:
    """The times in `status`, the fstat of `descriptor`. `system` is named as in sys.platform."""
    modified = format_nanoseconds(status.st_mtime_ns)
    if system == "win32":  # st_ctime is the birth there, and Python tells no time of change
        return FileTimes(modified, None, format_nanoseconds(status.st_ctime_ns))
    birth: float | None = getattr(status, "st_birthtime", None)
    if birth is not None:
        # A binary fraction of a second: about a quarter of a microsecond is all that it holds.
        created = format_nanoseconds(round(birth * 1_000_000) * 1000)
    else:
        nanoseconds = _birth(descriptor) if system == "linux" else None
        created = None if nanoseconds is None else format_nanoseconds(nanoseconds)
    return FileTimes(modified, format_nanoseconds(status.st_ctime_ns), created)


def format_nanoseconds(since_1970: int) -> str | None:
    """To the microsecond, rounded down. None outside the years 1 to 9999: file systems hold any 64-bit number."""
    try:
        return format_time(_EPOCH + timedelta(microseconds=since_1970 // 1000))
    except OverflowError:
        return None


def _birth(descriptor: int) -> int | None:
    """Nanoseconds since 1970, None where the file system keeps none."""
    statx = _find_statx()
    return None if statx is None else statx(descriptor)


@cache
def _find_statx() -> Callable[[int], int | None] | None:
    try:
        import ctypes

        function = ctypes.CDLL(None).statx
    except (ImportError, OSError, AttributeError):
        return None
    function.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint, ctypes.c_char_p]

    def statx(descriptor: int) -> int | None:
        result = ctypes.create_string_buffer(_STATX_SIZE)
        if function(descriptor, b"", _AT_EMPTY_PATH, _STATX_BTIME, result) != 0:
            return None  # an old kernel, or a container that forbids the call
        raw = result.raw
        mask = int.from_bytes(raw[:4], sys.byteorder)
        if not mask & _STATX_BTIME:
            return None
        seconds = int.from_bytes(raw[_BTIME_OFFSET : _BTIME_OFFSET + 8], sys.byteorder, signed=True)
        fraction = int.from_bytes(raw[_BTIME_OFFSET + 8 : _BTIME_OFFSET + 12], sys.byteorder)
        return seconds * 1_000_000_000 + fraction

    return statx
