"""The address that a browser left beside a file: where it says it was found. Anyone can write these; believes nothing.

Linux browsers and curl keep it in extended attributes (freedesktop.org "Common extended attributes"), macOS in a
property list, Windows in a second stream of the file, which copying through WSL or a network share turns into a file of
its own beside it.
"""

import os
import sys
from typing import NamedTuple

from custody.adapters.intake.opening import open_plain
from custody.adapters.intake.refusal import Refusal
from custody.formats.canonical import Json

MAX_ATTRIBUTE = 65_536  # bytes; Linux allows no more (XATTR_SIZE_MAX), and whoever sent the file wrote it
MAX_ADDRESS = 8192  # bytes of UTF-8; longer than browsers accept in practice, and it is sealed into one statement

_XDG_ADDRESS = "user.xdg.origin.url"
_XDG_REFERRER = "user.xdg.referrer.url"
_MACOS = "com.apple.metadata:kMDItemWhereFroms"
_WINDOWS = b":Zone.Identifier"


class Origin(NamedTuple):
    """The address of the file, and that of the page which led there."""

    address: str | None
    referrer: str | None


def left_by_browser(descriptor: int, path: bytes, *, system: str = sys.platform) -> Json:
    """`{"address", "referrer", "from"}` of an open file, or None. `system` is named as in sys.platform."""
    if system == "linux":
        found = _linux_attributes(descriptor)
        if any(found):
            return _origin(found, _XDG_ADDRESS)
    if system == "darwin":
        found = parse_where_froms(_macos_attribute(descriptor))
        if any(found):
            return _origin(found, "kMDItemWhereFroms")
    stream = path + _WINDOWS
    if system != "win32" and not os.access(stream, os.F_OK):  # nearly always: an exception costs more than the question
        return None
    found = parse_zone_identifier(_stream(stream, system))
    return _origin(found, "Zone.Identifier") if any(found) else None


def parse_where_froms(data: bytes) -> Origin:
    """The binary property list of kMDItemWhereFroms: a list of the address and the referrer."""
    if not data:
        return Origin(None, None)
    import plistlib

    try:
        value = plistlib.loads(data, fmt=plistlib.FMT_BINARY)
    except (ValueError, OverflowError, RecursionError, TypeError, MemoryError):
        return Origin(None, None)  # foreign bytes that are no property list
    texts = value if isinstance(value, list) else []
    address, referrer = (*texts, None, None)[:2]
    return Origin(_acceptable(address), _acceptable(referrer))


def parse_zone_identifier(data: bytes) -> Origin:
    """The text of a Zone.Identifier stream; HostUrl and ReferrerUrl of its section [ZoneTransfer]."""
    found: dict[str, str] = {}
    inside = False
    for line in _text(data).splitlines():
        line = line.strip()
        if line.startswith("["):
            inside = line.lower() == "[zonetransfer]"
        elif inside:
            name, _, value = line.partition("=")
            found.setdefault(name.strip().lower(), value.strip())
    return Origin(_acceptable(found.get("hosturl")), _acceptable(found.get("referrerurl")))


def _origin(found: Origin, where: str) -> Json:
    return {"address": found.address, "referrer": found.referrer, "from": where}


def _acceptable(value: object) -> str | None:
    """A text that canonical JSON can hold: Unicode without NUL and of bounded size. None otherwise."""
    if not isinstance(value, str) or not value or "\0" in value:
        return None
    try:
        return value if len(value.encode("utf-8")) <= MAX_ADDRESS else None
    except UnicodeEncodeError:
        return None


def _text(data: bytes) -> str:
    """Undecodable bytes become surrogates, which `_acceptable` refuses: one bad line does not spoil the others."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "surrogateescape")


def _linux_attributes(descriptor: int) -> Origin:
    try:
        names = os.listxattr(descriptor)  # nearly always empty: one call instead of two that fail
    except OSError:  # a file system without attributes
        return Origin(None, None)
    address, referrer = (
        _linux_attribute(descriptor, name) if name in names else None for name in (_XDG_ADDRESS, _XDG_REFERRER)
    )
    return Origin(address, referrer)


def _linux_attribute(descriptor: int, name: str) -> str | None:
    try:
        return _acceptable(os.getxattr(descriptor, name).decode("utf-8"))
    except (OSError, UnicodeDecodeError):  # gone meanwhile, or no text
        return None


def _macos_attribute(descriptor: int) -> bytes:
    if sys.platform != "darwin":
        return b""
    import xattr

    try:
        value: bytes = xattr.getxattr(descriptor, _MACOS)
    except OSError:  # none there, or a file system without attributes
        return b""
    return value if len(value) <= MAX_ATTRIBUTE else b""


def _stream(path: bytes, system: str) -> bytes:
    try:
        if system == "win32":  # a stream of the file: there is nothing to look at before it is opened
            with open(path, "rb", buffering=0) as stream:
                data = stream.read(MAX_ATTRIBUTE + 1)
        else:
            with open(open_plain(path, follow=False), "rb", buffering=0) as stream:
                data = stream.read(MAX_ATTRIBUTE + 1)
    except (OSError, Refusal):  # usually there is none
        return b""
    return data if len(data) <= MAX_ATTRIBUTE else b""
