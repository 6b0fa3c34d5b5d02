"""Keeps whom the reader believes in two files outside every case: canonical JSON, replaced whole and durably.

Of two commands that change one file at the same moment the later one wins. Judges no certificate and no key.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from custody import disk
from custody.domain.trust import TrustedAuthority, TrustedCosigner
from custody.errors import FormatError, StorageError, UsageError
from custody.formats import canonical
from custody.formats.certificates import MAX_ROOTS
from custody.formats.cosignature import format_cosigner, parse_cosigner
from custody.formats.encoding import format_base64, parse_base64

MAX_KEPT = 256  # in one file; people believe a handful, and `verify` tries each
MAX_ROOT = 8192  # bytes of one certificate; with an RSA-8192 key and a long name it has 3,000
MAX_NAME = 80  # characters
MAX_FILE = 4 * 1024 * 1024  # bytes

_Kept = TypeVar("_Kept", TrustedAuthority, TrustedCosigner)


@dataclass(frozen=True, slots=True)
class TrustFiles:
    """The port TrustStore, in `authorities.json` and `cosigners.json` of this folder, which the first change makes."""

    folder: Path

    def authorities(self) -> tuple[TrustedAuthority, ...]:
        """As the port says."""
        return self._read("authorities.json", _authority)

    def add_authority(self, authority: TrustedAuthority) -> None:
        """As the port says. Raises UsageError also for no root or too many."""
        if not 1 <= len(authority.roots) <= MAX_ROOTS or any(len(root) > MAX_ROOT for root in authority.roots):
            raise UsageError(f"an authority has 1 to {MAX_ROOTS} root certificates of at most {MAX_ROOT} bytes")
        self._add("authorities.json", self.authorities(), authority, _authority_value)

    def remove_authority(self, name: str) -> None:
        """As the port says."""
        self._remove("authorities.json", self.authorities(), name, _authority_value)

    def cosigners(self) -> tuple[TrustedCosigner, ...]:
        """As the port says."""
        return self._read("cosigners.json", _cosigner)

    def add_cosigner(self, cosigner: TrustedCosigner) -> None:
        """As the port says."""
        self._add("cosigners.json", self.cosigners(), cosigner, _cosigner_value)

    def remove_cosigner(self, name: str) -> None:
        """As the port says."""
        self._remove("cosigners.json", self.cosigners(), name, _cosigner_value)

    def _read(self, file: str, parse: Callable[[str, Any], _Kept]) -> tuple[_Kept, ...]:
        path = self.folder / file
        try:
            with path.open("rb") as opened:
                data = opened.read(MAX_FILE + 1)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise StorageError(f"{path} cannot be read: {error.strerror}") from error
        try:
            return _parse(data, parse)
        except FormatError as error:
            raise FormatError(
                f"{path} is damaged, or custody did not write it: {error.message}",
                "put back a copy from before; or move it away, and add again whom you believe",
            ) from error

    def _add(self, file: str, kept: tuple[_Kept, ...], new: _Kept, value: Callable[[_Kept], Any]) -> None:
        try:
            _check_name(new.name)
        except FormatError as error:
            raise UsageError(error.message, "choose a short name in one line") from error
        same = next((one for one in kept if one.name == new.name), None)
        if same == new:
            return
        if same is not None:
            raise UsageError(f"you already believe another one named {new.name}", "remove that, or choose another name")
        if len(kept) >= MAX_KEPT:
            raise UsageError(f"{len(kept)} are kept already, and {MAX_KEPT} is the most", "remove those that ended")
        more = list(kept)
        more.append(new)
        self._write(file, more, value)

    def _remove(self, file: str, kept: tuple[_Kept, ...], name: str, value: Callable[[_Kept], Any]) -> None:
        left: list[_Kept] = [one for one in kept if one.name != name]
        if len(left) == len(kept):
            raise UsageError("you believe nobody of that name", "see the names in the list")
        self._write(file, left, value)

    def _write(self, file: str, kept: list[_Kept], value: Callable[[_Kept], Any]) -> None:
        data = canonical.encode({one.name: value(one) for one in kept})
        path = self.folder / file
        if len(data) > MAX_FILE:
            raise UsageError(f"{path} would have more than {MAX_FILE} bytes", "remove those that ended")
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            disk.replace(path, data, mode=0o600)
        except OSError as error:
            raise StorageError(f"{path} cannot be written: {error.strerror}", "nothing was changed") from error
        try:
            disk.sync(self.folder)
        except OSError as error:
            raise StorageError(
                f"{path} is written, and may be as before after a power cut: {error.strerror}", "look at the list again"
            ) from error


def _parse(data: bytes, parse: Callable[[str, Any], _Kept]) -> tuple[_Kept, ...]:
    if len(data) > MAX_FILE:
        raise FormatError(f"more than {MAX_FILE} bytes")
    entries = canonical.parse(data)
    if not isinstance(entries, dict) or len(entries) > MAX_KEPT:
        raise FormatError(f"not an object with at most {MAX_KEPT} names")
    for name in entries:
        _check_name(name)
    return tuple(parse(name, entries[name]) for name in sorted(entries))


def _check_name(name: str) -> None:
    if not name.isprintable() or name != name.strip() or not 1 <= len(name) <= MAX_NAME:
        raise FormatError(f"a name is one line of 1 to {MAX_NAME} characters that can be seen")


def _authority_value(authority: TrustedAuthority) -> Any:
    return {"qualified": authority.qualified, "roots": [format_base64(root) for root in authority.roots]}


def _authority(name: str, value: Any) -> TrustedAuthority:
    match value:
        case {"qualified": bool(qualified), "roots": [*encoded]} if len(value) == 2:
            if 1 <= len(encoded) <= MAX_ROOTS and all(isinstance(one, str) for one in encoded):
                roots = tuple(parse_base64(one) for one in encoded)
                if all(0 < len(root) <= MAX_ROOT for root in roots):
                    return TrustedAuthority(name, roots, qualified)
    raise FormatError(f"{name} is not described as an authority is")


def _cosigner_value(cosigner: TrustedCosigner) -> Any:
    return format_cosigner(cosigner.key)


def _cosigner(name: str, value: Any) -> TrustedCosigner:
    if not isinstance(value, str):
        raise FormatError(f"{name} is not described as a cosigner is")
    key = parse_cosigner(value)
    if format_cosigner(key) != value:
        raise FormatError(f"the key of {name} in a second spelling")
    return TrustedCosigner(name, key)
