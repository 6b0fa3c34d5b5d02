"""A person as the register names them: public keys in clear, name and certificate under seal."""

from collections.abc import Iterator, Mapping

import msgspec

from custody.domain import opened
from custody.domain.fields import Base64
from custody.domain.opened import Check
from custody.domain.parties import key_id
from custody.errors import FormatError
from custody.formats.canonical import Json
from custody.formats.encoding import parse_base64
from custody.formats.publickey import certified_key, check_ed25519
from custody.formats.seal import Sealed
from custody.formats.signature import load_p256


class Person(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person's public keys, and their certificate and name under seal: the register is always disclosed whole.

    `key` is the P-256 SubjectPublicKeyInfo, the other two are Ed25519 public keys; `certificate` seals the base64 of
    the DER certificate.
    """

    key: Base64
    checkpoint_key: Base64
    cosignature_key: Base64
    certificate: Sealed
    name: Sealed
    organisation: Sealed

    def __post_init__(self) -> None:
        load_p256(self.spki)
        check_ed25519(parse_base64(self.checkpoint_key), parse_base64(self.cosignature_key))

    @property
    def spki(self) -> bytes:
        """The P-256 SubjectPublicKeyInfo in DER."""
        return parse_base64(self.key)

    @property
    def key_id(self) -> str:
        """The id of the person's P-256 key."""
        return key_id(self.spki)


def opened_kinds_of(pointers: Iterator[str] | tuple[str, ...]) -> Mapping[str, Check]:
    """What lies under the seals of the persons at these pointers."""
    kinds: dict[str, Check] = {}
    for pointer in pointers:
        kinds |= {
            f"{pointer}/certificate": opened.base64_text,
            f"{pointer}/name": opened.text,
            f"{pointer}/organisation": opened.text,
        }
    return kinds


def check_certificate(pointer: str, value: Json, people: Mapping[str, Person]) -> None:
    """Raise FormatError when `value` at `pointer` is a certificate for another key than the one that stands beside it.

    `people` are the persons of the statement by their pointers.
    """
    person, _, member = pointer.rpartition("/")
    if member == "certificate" and person in people:
        assert isinstance(value, str)  # its kind was checked
        if certified_key(parse_base64(value)) != people[person].spki:
            raise FormatError("the certificate is for another key than the one that stands beside it")
