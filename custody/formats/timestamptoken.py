"""Reads the signed token of an RFC 3161 reply (a CMS SignedData around a TSTInfo). Believes nothing of it.

RFC 5816 adds ESSCertIDv2.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from custody.errors import FormatError

MAX_CERTIFICATES = 16  # in one reply; an attacker chooses this count, and chains hold three or four
MAX_ATTRIBUTES = 16  # signed ones; four or five are usual
MAX_INTEGER_BITS = 512  # of serial number and nonce; RFC 3161 section 2.4.2 asks for 160
MAX_ACCURACY = timedelta(days=1)  # a token that may be further off says nothing

# By asn1crypto's names, with their sizes. MD5 and SHA-1 imprints can be made to fit two texts.
IMPRINTS = {"sha256": 32, "sha384": 48, "sha512": 64}
_GEN_TIME = re.compile(rb"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,12}))?Z", re.ASCII)
# RFC 3161 is of August 2001. Far from both ends of the calendar, a margin can be added without leaving it.
_FIRST_YEAR, _LAST_YEAR = 2001, 2999


@dataclass(frozen=True, slots=True)
class SignerStatement:
    """The one SignerInfo of a token (RFC 5652 section 5.3), unverified.

    `signed` is what the signature covers: the attributes as a DER SET. `issuer` and `serial`, or else `key_identifier`,
    say who signed; `certificate_hashes` (algorithm, digest) do so by the ESS attributes, the only way that is signed.
    """

    issuer: bytes | None
    serial: int | None
    key_identifier: bytes | None
    digest_algorithm: str
    signature_algorithm: bytes
    signed: bytes
    signature: bytes
    content_type: str
    message_digest: bytes
    certificate_hashes: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Token:
    """What an authority's reply says, all of it unverified.

    `time` is genTime (UTC), and the true time lies within `accuracy` of it where one is given. `imprint` is the digest
    of what was stamped under `imprint_algorithm` (`sha256`, `sha384`, `sha512`, or the name of a weak one).
    `certificates` and `revocation_lists` are DER in the order in which they came; anybody can have put more in.
    `content` is the signed TSTInfo.
    """

    time: datetime
    accuracy: timedelta | None
    imprint: bytes
    imprint_algorithm: str
    nonce: int | None
    serial: int
    policy: str
    certificates: tuple[bytes, ...]
    revocation_lists: tuple[bytes, ...]
    content: bytes
    signer: SignerStatement


def read_token(signed_data: Any) -> Token:
    """The token in a SignedData of asn1crypto. Raises FormatError, or what that lazy parser raises: see `TROUBLE`."""
    return _token(signed_data, _content(signed_data))


def is_absent(value: Any) -> bool:
    """Whether an optional field is not there. asn1crypto's `native` would read all that lies within."""
    from asn1crypto import core

    return isinstance(value, core.Void)


def _content(signed_data: Any) -> bytes:
    from asn1crypto import tsp  # noqa: F401  (makes asn1crypto know the type tst_info)

    encapsulated = signed_data["encap_content_info"]
    if encapsulated["content_type"].native != "tst_info":
        raise FormatError("a signed message that is no timestamp token")
    if is_absent(encapsulated["content"]):
        raise FormatError("a timestamp token without content")
    return bytes(encapsulated["content"])


def _token(signed_data: Any, content: bytes) -> Token:
    from asn1crypto import tsp

    info = tsp.TSTInfo.load(content, strict=True)
    if info["version"].native != "v1":
        raise FormatError("a timestamp token of an unknown version")
    for extension in () if is_absent(info["extensions"]) else info["extensions"]:
        if extension["critical"].native:
            raise FormatError("a timestamp token with a critical extension, which is not known here")
    imprint = info["message_imprint"]
    algorithm, digest = imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native
    if len(digest) != IMPRINTS.get(algorithm, len(digest)):
        raise FormatError(f"an imprint of {len(digest)} bytes, which no {algorithm} has")
    nonce = info["nonce"].native
    return Token(
        time=_gen_time(info["gen_time"].contents),
        accuracy=_accuracy(info["accuracy"]),
        imprint=digest,
        imprint_algorithm=algorithm,
        nonce=None if nonce is None else _bounded(nonce),
        serial=_bounded(info["serial_number"].native),
        policy=info["policy"].dotted,
        certificates=_certificates(signed_data),
        revocation_lists=_revocation_lists(signed_data),
        content=content,
        signer=_signer(signed_data),
    )


def _gen_time(contents: bytes) -> datetime:
    """GeneralizedTime in UTC with seconds (RFC 3161 section 2.4.2); parts of a microsecond are dropped."""
    match = _GEN_TIME.fullmatch(contents)
    if match is None:
        raise FormatError("a timestamp token with a time that is not in UTC and seconds")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise FormatError(f"a timestamp token of the year {year}")
    return datetime(year, month, day, hour, minute, second, int((match[7] or b"0").ljust(6, b"0")[:6]), UTC)


def _accuracy(value: Any) -> timedelta | None:
    if is_absent(value):
        return None
    seconds, millis, micros = (value[name].native or 0 for name in ("seconds", "millis", "micros"))
    if not (0 <= seconds <= MAX_ACCURACY.total_seconds() and 0 <= millis <= 999 and 0 <= micros <= 999):
        raise FormatError("a timestamp token with an accuracy that is none")
    return timedelta(seconds=seconds, milliseconds=millis, microseconds=micros)


def _bounded(number: int) -> int:
    if number < 0 or number.bit_length() > MAX_INTEGER_BITS:
        raise FormatError("a timestamp token with a number that is negative or far too long")
    return number


def _certificates(signed_data: Any) -> tuple[bytes, ...]:
    """In the order in which they came: OpenSSL 3.0 does not sort the SET, and what was received is kept as it is."""
    found = signed_data["certificates"]
    if is_absent(found):
        return ()
    if len(found) > MAX_CERTIFICATES:
        raise FormatError(f"a timestamp reply with {len(found)} certificates; at most {MAX_CERTIFICATES} are read")
    return tuple(one.chosen.dump() for one in found if one.name == "certificate")


def _revocation_lists(signed_data: Any) -> tuple[bytes, ...]:
    found = signed_data["crls"]
    if is_absent(found):
        return ()
    if len(found) > MAX_CERTIFICATES:
        raise FormatError(f"a timestamp reply with {len(found)} revocation lists; at most {MAX_CERTIFICATES} are read")
    return tuple(one.chosen.dump() for one in found if one.name == "certificate_list")


def _signer(signed_data: Any) -> SignerStatement:
    infos = signed_data["signer_infos"]
    if len(infos) != 1:  # RFC 3161 section 2.4.2: the authority's signature and no other
        raise FormatError(f"a timestamp token with {len(infos)} signatures; there must be one")
    info = infos[0]
    attributes = info["signed_attrs"]
    if is_absent(attributes):
        raise FormatError("a timestamp token whose signature covers no attributes")
    encoded = attributes.dump()  # before anything within is looked at: the bytes as they came
    named = _attributes(attributes)
    identifier = info["sid"]
    by_issuer = identifier.name == "issuer_and_serial_number"
    return SignerStatement(
        issuer=identifier.chosen["issuer"].dump() if by_issuer else None,
        serial=identifier.chosen["serial_number"].native if by_issuer else None,
        key_identifier=None if by_issuer else identifier.chosen.native,
        digest_algorithm=info["digest_algorithm"]["algorithm"].native,
        signature_algorithm=info["signature_algorithm"].dump(),
        signed=b"\x31" + encoded[1:],  # RFC 5652 section 5.4: under the tag of a SET OF, not under [0]
        signature=info["signature"].native,
        content_type=named["content_type"].native,
        message_digest=named["message_digest"].native,
        certificate_hashes=_certificate_hashes(named),
    )


def _attributes(attributes: Any) -> dict[str, Any]:
    """The one value of each signed attribute. Twice the same would leave open which one counts."""
    if len(attributes) > MAX_ATTRIBUTES:
        raise FormatError(f"a timestamp token with {len(attributes)} signed attributes")
    named: dict[str, Any] = {}
    for attribute in attributes:
        name = attribute["type"].native
        if name in named or len(attribute["values"]) != 1:
            raise FormatError("a timestamp token with a signed attribute that has not exactly one value")
        named[name] = attribute["values"][0]
    if "content_type" not in named or "message_digest" not in named:  # RFC 5652 section 5.3
        raise FormatError("a timestamp token whose signature does not say what it covers")
    return named


def _certificate_hashes(named: dict[str, Any]) -> tuple[tuple[str, bytes], ...]:
    """By signing-certificate (SHA-1: it chooses, and the signature decides) and signing-certificate-v2; either or both.

    The first one names the signer's certificate (RFC 5035 section 5.4), the others limit the chain; here roots do.
    """
    hashes = []
    if "signing_certificate" in named:
        hashes.append(("sha1", named["signing_certificate"]["certs"][0]["cert_hash"].native))
    if "signing_certificate_v2" in named:
        first = named["signing_certificate_v2"]["certs"][0]
        hashes.append((first["hash_algorithm"]["algorithm"].native, first["cert_hash"].native))
    if not hashes:  # RFC 3161 section 2.4.2
        raise FormatError("a timestamp token whose signature does not cover the signer's certificate")
    if any(algorithm not in ("sha1", *IMPRINTS) for algorithm, _ in hashes):
        raise FormatError("a timestamp token that names its certificate by an unknown digest")
    return tuple(hashes)


def imprint_of(text: bytes, algorithm: str) -> bytes:
    """The digest of a text that a token may be of; nothing for an algorithm that is not believed, whatever it is."""
    return hashlib.new(algorithm, text).digest() if algorithm in IMPRINTS else b""


def certificate_matches(signer: SignerStatement, certificate: bytes) -> bool:
    """Whether a DER certificate is the one that the signed attributes name."""
    return all(
        hashlib.new(algorithm, certificate, usedforsecurity=False).digest() == digest
        for algorithm, digest in signer.certificate_hashes
    )
