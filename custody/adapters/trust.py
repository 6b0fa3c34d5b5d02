"""Keeps whom the person trusts outside every case: authorities by their roots, cosigners by their keys.

Two files of canonical JSON in a folder of CUSTODY_HOME. What a case, package or document brings never gets here.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from custody import disk
from custody.domain.addresses import check_name
from custody.domain.trust import TrustedAuthority
from custody.errors import CustodyError, FormatError
from custody.formats import canonical
from custody.formats.cosignature import CosignerKey, format_cosigner, parse_cosigner
from custody.formats.encoding import format_base64, parse_base64

MAX_FILE = 4_194_304  # bytes
MAX_ROOTS = 16  # certificates of one authority

_T = TypeVar("_T")
AUTHORITIES, COSIGNERS = "authorities.json", "cosigners.json"


class _Authority(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    qualified: bool
    roots: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=MAX_ROOTS)]


class TrustFolder:
    """The port TrustStore."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def authorities(self) -> tuple[TrustedAuthority, ...]:
        """The trusted authorities, by name. Raises FormatError, StorageError."""
        return self._read(AUTHORITIES, _authorities)

    def trust_authority(self, authority: TrustedAuthority) -> None:
        """Trust this authority from now on; one of the same name before is forgotten."""
        others = [one for one in self.authorities() if one.name != authority.name]
        self._write_authorities([*others, authority])

    def cosigners(self) -> Mapping[str, CosignerKey]:
        """The trusted outside cosigners, by the person's name for each. Raises FormatError, StorageError."""
        return self._read(COSIGNERS, _cosigners)

    def trust_cosigner(self, name: str, key: CosignerKey) -> None:
        """Trust this cosigner from now on; one of the same name before is forgotten."""
        check_name(name)
        self._write_cosigners({**self.cosigners(), name: key})

    def forget(self, name: str) -> bool:
        """Trust nobody of this name any more; whether there was one."""
        authorities, cosigners = self.authorities(), self.cosigners()
        kept = [one for one in authorities if one.name != name]
        if len(kept) < len(authorities):
            self._write_authorities(kept)
        if name in cosigners:
            self._write_cosigners({other: key for other, key in cosigners.items() if other != name})
        return len(kept) < len(authorities) or name in cosigners

    def _write_authorities(self, authorities: list[TrustedAuthority]) -> None:
        content = {
            one.name: {"qualified": one.qualified, "roots": [format_base64(root) for root in one.roots]}
            for one in authorities
        }
        _authorities(content)
        self._write(AUTHORITIES, content)

    def _write_cosigners(self, cosigners: Mapping[str, CosignerKey]) -> None:
        self._write(COSIGNERS, {name: format_cosigner(key) for name, key in cosigners.items()})

    def _read(self, name: str, read: Callable[[Any], _T]) -> _T:
        path = self._folder / name
        try:
            with path.open("rb") as file:
                data = file.read(MAX_FILE + 1)
        except FileNotFoundError:
            return read({})
        try:
            if len(data) > MAX_FILE:
                raise FormatError(f"larger than {MAX_FILE} bytes")
            return read(canonical.parse(data))
        except (CustodyError, msgspec.ValidationError) as error:
            raise FormatError(
                f"{path} holds what custody did not write there: {error}",
                "put back a copy of it, or move it away and add whom you trust again: custody authority add",
            ) from error

    def _write(self, name: str, content: Any) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / name
        draft = path.with_name(f".{name}.{os.getpid()}.new")
        try:
            draft.write_bytes(canonical.encode(content))
            disk.sync(draft)
            draft.replace(path)
            disk.sync(self._folder)
        finally:
            draft.unlink(missing_ok=True)


def _authorities(content: Any) -> tuple[TrustedAuthority, ...]:
    found = []
    for name, one in msgspec.convert(content, dict[str, _Authority]).items():
        check_name(name)
        found.append(TrustedAuthority(name, tuple(parse_base64(root) for root in one.roots), one.qualified))
    return tuple(sorted(found, key=lambda one: one.name))


def _cosigners(content: Any) -> Mapping[str, CosignerKey]:
    found = {}
    for name, vkey in msgspec.convert(content, dict[str, str]).items():
        check_name(name)
        found[name] = parse_cosigner(vkey)
    return found
