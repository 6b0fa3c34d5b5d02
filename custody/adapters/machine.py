"""What this computer says of itself: its clock, its name, its time zone. The one place where the clock is read.

Claims of the computer, never evidence. Asks no other program and never fails: what is not known is said to be so.
"""

import os
import re
import sys
from datetime import UTC, datetime

from custody.domain.statement import ClockState

MAX_DESCRIPTION = 200  # characters; whoever named the computer chose the length
NOT_KNOWN = "not known"

# linux/timex.h
_TIME_ERROR = 5
_STA_UNSYNC = 0x0040
_STA_NANO = 0x2000

_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,40}(/[A-Za-z0-9_+-]{1,40}){0,3}", re.ASCII)


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


class ThisMachine:
    """This computer."""

    def clock_state(self) -> ClockState:
        """Linux: what the kernel says through adjtimex(2), read only; `offset_ms` is what it still has to adjust.

        Elsewhere, and where the kernel may not be asked, `synchronised` is None.
        """
        state = _adjtimex() if sys.platform == "linux" else None
        return state or ClockState(synchronised=None, source=NOT_KNOWN, offset_ms=None)

    def description(self) -> str:
        """Host name, operating system and its release, as `name, Linux 6.1.0`."""
        if sys.platform == "win32":
            version = sys.getwindowsversion()
            name = os.environ.get("COMPUTERNAME", "")
            system = f"Windows {version.major}.{version.minor}.{version.build}"
        else:
            host = os.uname()
            name, system = host.nodename, f"{host.sysname} {host.release}"
        return plain_line(f"{name or 'a computer without a name'}, {system}")

    def time_zone(self) -> str:
        """As `Europe/Berlin (UTC+01:00)`, or `UTC+01:00` where the zone's name is not known, or `not known`."""
        try:
            local = datetime.now(UTC).astimezone()
        except (ValueError, OverflowError, OSError):  # TZ=AAA-99:99
            return NOT_KNOWN
        offset = local.strftime("UTC%z")
        offset = f"{offset[:6]}:{offset[6:]}"
        name = _zone_name()
        return f"{name} ({offset})" if name is not None and _agrees(name, local) else offset


def plain_line(text: str) -> str:
    """`text` in one line of MAX_DESCRIPTION characters, without what terminals or readers would obey or not show."""
    kept = "".join(character for character in text if character.isprintable())
    return kept[:MAX_DESCRIPTION] or NOT_KNOWN


def _adjtimex() -> ClockState | None:
    try:
        import ctypes

        function = ctypes.CDLL(None).adjtimex
    except (ImportError, OSError, AttributeError):
        return None

    class Timex(ctypes.Structure):
        _fields_ = [
            ("modes", ctypes.c_uint),
            ("offset", ctypes.c_long),
            ("freq", ctypes.c_long),
            ("maxerror", ctypes.c_long),
            ("esterror", ctypes.c_long),
            ("status", ctypes.c_int),
            # The rest is not read; the kernel writes 208 bytes in all on 64-bit systems.
            ("rest", ctypes.c_long * 64),
        ]

    timex = Timex()  # modes 0: nothing is set
    state = function(ctypes.byref(timex))
    if state < 0:
        return None
    return ClockState(
        synchronised=state != _TIME_ERROR and not timex.status & _STA_UNSYNC,
        source="adjtimex",
        offset_ms=round(timex.offset / (1_000_000 if timex.status & _STA_NANO else 1000)),
    )


def _zone_name() -> str | None:
    """The name that the computer is set to, not yet believed."""
    setting = os.environ.get("TZ")
    if setting is None and sys.platform == "win32":
        try:
            from tzlocal import get_localzone_name

            setting = get_localzone_name()
        except (ImportError, LookupError, OSError, ValueError):
            return None
    elif setting is None:
        setting = os.path.realpath("/etc/localtime")
    # Debian: /usr/share/zoneinfo/Europe/Berlin; macOS: /var/db/timezone/zoneinfo/Europe/Berlin
    name = setting.removeprefix(":").rpartition("zoneinfo/")[2].removeprefix("posix/")
    return name if _ZONE.fullmatch(name) else None


def _agrees(name: str, local: datetime) -> bool:
    """Whether there is such a zone and the computer keeps its time: a C library takes a misspelt TZ for UTC."""
    from zoneinfo import ZoneInfo

    try:
        return local.astimezone(ZoneInfo(name)).utcoffset() == local.utcoffset()
    except (LookupError, OSError, ValueError):
        return False
