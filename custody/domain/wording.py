"""Sizes, durations and times in plain words, and how a sentence begins. No name, no judgement."""

from datetime import UTC, datetime, timedelta

from custody.formats.canonical import Json
from custody.formats.names import parse_name


def capital(words: str) -> str:
    """The same words as the beginning of a sentence; `str.capitalize` would make the others small."""
    return words[:1].upper() + words[1:]


def size_in_words(size: int) -> str:
    """`512 bytes`, `3.4 MB (3,400,000 bytes)`: decimal units, and always the exact count."""
    if size < 1000:
        return f"{size} byte{'' if size == 1 else 's'}"
    value = float(size)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.5 or unit == "TB":
            break
    return f"{value:.3g} {unit} ({size:,} bytes)" if value < 999.5 else f"{value:,.0f} {unit} ({size:,} bytes)"


def short_size(size: int) -> str:
    """`3.4 MB`, for lists."""
    return size_in_words(size).partition(" (")[0]


def duration_in_words(span: timedelta) -> str:
    """`3 hours 2 minutes`, the two largest units; never negative."""
    seconds = int(abs(span).total_seconds())
    units = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
    words = []
    for name, length in units:
        count, seconds = divmod(seconds, length)
        if count:
            words.append(f"{count} {name}{'' if count == 1 else 's'}")
    return " ".join(words[:2]) or "less than a second"


def delay_in_words(captured: datetime, hashed: datetime) -> str:
    """How long after the capture the digest was computed: only from then on is integrity shown."""
    if hashed < captured:
        return f"hashed {duration_in_words(captured - hashed)} BEFORE the told time of capture: one of the two is wrong"
    return duration_in_words(hashed - captured)


def time_in_words(text: str) -> str:
    """`2026-11-24 03:02:01 UTC` from the 27 characters of a record."""
    return f"{text[:10]} {text[11:19]} UTC"


def moment_in_words(seconds: int) -> str:
    """The same from seconds since 1970; a stranger's may lie beyond the years that a calendar has."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return f"{seconds} seconds after 1970"


def name_in_words(value: Json) -> str:
    """A file name as text; bytes that are no text stay as lone surrogates, which `visible` shows."""
    return parse_name(value)


def group_hex(digest: str) -> str:
    """A long hexadecimal value in groups of eight, for reading."""
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))
