"""Validates RFC 3161 tokens at their own time, with the verifier's roots and nothing else that is trusted.

Fetches nothing and reads no clock. Of revocation it knows what kept lists say. Whether an authority is qualified, and
whether a root is one to trust, is for who calls.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from custody.errors import (
    FormatError,
    TimestampAlgorithmWeak,
    TimestampCertificateMissing,
    TimestampMismatch,
    TimestampPurposeWrong,
    TimestampSignatureMismatch,
)
from custody.formats.certificates import subject
from custody.formats.chains import TROUBLE, read_lazily, validate_chain
from custody.formats.revocation import check_revocation, read_crl
from custody.formats.timestamptoken import IMPRINTS, SignerStatement, Token, certificate_matches

if TYPE_CHECKING:
    from asn1crypto.x509 import Certificate

MAX_EXTRA = 32  # certificates and revocation lists beside one token


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a valid token shows: its authority vouches that the text existed at `time` (UTC), give or take `accuracy`.

    `authority` and `root_subject` are names in one printable line (RFC 4514); `valid_until` is when the first
    certificate of `chain` (DER, the signer's first, the root last) ends.
    """

    time: datetime
    accuracy: timedelta | None
    authority: str
    root_subject: str
    valid_until: datetime
    chain: tuple[bytes, ...]


def validate_token(token: Token, *, digest: bytes, roots: Sequence[bytes], extra: Sequence[bytes] = ()) -> Stamp:
    """What the token shows about the text with this digest, under `token.imprint_algorithm`.

    `roots` are DER certificates that the verifier trusts for this; `extra` are DER certificates and revocation lists
    kept beside the token, trusted no more than the token itself. Everything is validated at the token's own time.

    Raises, in this order of checks: FormatError (no readable root, a digest of another length),
    TimestampAlgorithmWeak, TimestampMismatch, TimestampCertificateMissing, TimestampSignatureMismatch,
    TimestampPurposeWrong, TimestampAuthorityUnknown or TimestampChainExpired, TimestampRevoked.
    """
    _check_imprint(token, digest)
    certificates, lists = _sort(token, extra)
    trusted = _read_roots(roots)
    signer = _find_signer(token.signer, [*certificates, *trusted])
    try:
        _check_signature(token, signer)
        _check_purpose(signer)
    except TROUBLE as error:
        raise FormatError("a timestamp whose signer's certificate cannot be read") from error
    path = validate_chain(signer, certificates, trusted, token.time)
    chain = tuple(one.dump() for one in path)
    check_revocation(chain, [*token.revocation_lists, *lists], token.time)
    return Stamp(
        time=token.time,
        accuracy=token.accuracy,
        authority=subject(chain[0]),
        root_subject=subject(chain[-1]),
        valid_until=min(one.not_valid_after for one in path),
        chain=chain,
    )


def stamped_digest(token: Token, text: bytes) -> bytes:
    """The digest of `text` of the kind that the token is of. Raises TimestampAlgorithmWeak for one that is not used."""
    if token.imprint_algorithm not in IMPRINTS:
        raise _weak(token)
    return hashlib.new(token.imprint_algorithm, text).digest()


def _weak(token: Token) -> TimestampAlgorithmWeak:
    return TimestampAlgorithmWeak(
        f"the timestamp is of a {token.imprint_algorithm} digest, which can be made to fit two texts",
        "it shows nothing; have the record stamped again",
    )


def _check_imprint(token: Token, digest: bytes) -> None:
    length = IMPRINTS.get(token.imprint_algorithm)
    if length is None:
        raise _weak(token)
    if len(digest) != length:
        raise FormatError(f"a digest of {len(digest)} bytes, where {token.imprint_algorithm} has {length}")
    if token.imprint != digest:
        raise TimestampMismatch("the timestamp is of something else", expected=digest, found=token.imprint)


def _sort(token: Token, extra: Sequence[bytes]) -> tuple[list["Certificate"], list[bytes]]:
    """The readable certificates that came with the token or are kept beside it, each once, and the kept lists."""
    if len(extra) > MAX_EXTRA:
        raise FormatError(f"{len(extra)} certificates and lists beside one timestamp; at most {MAX_EXTRA} are read")
    found, lists = list(token.certificates), []
    for one in extra:
        try:
            read_crl(one)
        except FormatError:
            found.append(one)
        else:
            lists.append(one)
    # One that cannot be read is as good as not there: anybody can add to the set, which no signature covers.
    return [read for one in dict.fromkeys(found) if (read := read_lazily(one)) is not None], lists


def _read_roots(roots: Sequence[bytes]) -> list["Certificate"]:
    """Those that can be read: a damaged one must not make the stamps of every other authority unreadable."""
    read = [one for one in map(read_lazily, roots) if one is not None]
    if roots and not read:
        raise FormatError("a root certificate that cannot be read", "add the authority again with its root certificate")
    return read


def _find_signer(signer: SignerStatement, certificates: Sequence["Certificate"]) -> "Certificate":
    """By the hash that the signature covers: names and serial numbers are copied easily (ESS, RFC 5035 section 3)."""
    for certificate in certificates:
        if certificate_matches(signer, certificate.dump()):
            break
    else:
        raise TimestampCertificateMissing(
            "the certificate of who signed the timestamp is neither in it nor kept beside it",
            "ask the authority for its certificate, and keep it beside the timestamp",
        )
    if signer.issuer is None:
        named = certificate.key_identifier == signer.key_identifier
    else:
        named = certificate.issuer.dump() == signer.issuer and certificate.serial_number == signer.serial
    if not named:
        raise TimestampSignatureMismatch("the timestamp names two different certificates as its signer's")
    return certificate


def _check_signature(token: Token, certificate: "Certificate") -> None:
    """RFC 5652 sections 5.4, 5.6 and 11: the attributes cover the content, the signature covers the attributes."""
    from asn1crypto.algos import SignedDigestAlgorithm
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from pyhanko_certvalidator.policy_decl import DisallowWeakAlgorithmsPolicy
    from pyhanko_certvalidator.sig_validate import DEFAULT_SIGNATURE_VALIDATOR, SignatureValidationContext

    signer = token.signer
    algorithm = SignedDigestAlgorithm.load(signer.signature_algorithm)
    policy = DisallowWeakAlgorithmsPolicy()  # type: ignore[no-untyped-call]
    allowed = policy.signature_algorithm_allowed(algorithm, token.time, certificate.public_key)
    if signer.digest_algorithm not in IMPRINTS or not allowed:
        raise TimestampAlgorithmWeak(
            "the timestamp is signed with a digest or key that is too weak to rely on",
            "have the record stamped by another authority",
        )
    if signer.content_type != "tst_info":
        raise TimestampSignatureMismatch("the timestamp's signature is not over a timestamp")
    if hashlib.new(signer.digest_algorithm, token.content).digest() != signer.message_digest:
        raise TimestampSignatureMismatch("the timestamp was changed after it was signed")
    try:
        DEFAULT_SIGNATURE_VALIDATOR.validate_signature(
            signer.signature,
            signer.signed,
            certificate.public_key,
            algorithm,
            SignatureValidationContext(contextual_md_algorithm=signer.digest_algorithm),
        )
    except (InvalidSignature, UnsupportedAlgorithm, *TROUBLE) as error:
        raise TimestampSignatureMismatch("the timestamp's signature was not made with its signer's key") from error


def _check_purpose(certificate: "Certificate") -> None:
    """RFC 3161 section 2.3: extendedKeyUsage, critical, timeStamping and no other. RFC 5280 section 4.2.1.12."""
    purposes = certificate.extended_key_usage_value
    usage = certificate.key_usage_value
    if (
        purposes is None
        or purposes.native != ["time_stamping"]
        or "extended_key_usage" not in certificate.critical_extensions
        or (usage is not None and usage.native.isdisjoint(("digital_signature", "non_repudiation")))
    ):
        raise TimestampPurposeWrong(
            f"the certificate of {subject(certificate.dump())} is not one for timestamps and nothing else",
            "RFC 3161 asks for that; ask the authority, or use another",
        )
