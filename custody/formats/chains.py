"""Builds and validates the chain from a certificate to a root of the verifier's, with pyhanko-certvalidator (RFC 5280).

Fetches nothing and reads no clock: the moment is given. Looks at no revocation: that is the module `revocation`.
"""

from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from custody.errors import (
    FormatError,
    TimestampAlgorithmWeak,
    TimestampAuthorityUnknown,
    TimestampChainExpired,
    VerificationError,
)
from custody.formats.certificates import subject

if TYPE_CHECKING:
    from asn1crypto.x509 import Certificate
    from pyhanko_certvalidator import ValidationContext
    from pyhanko_certvalidator.path import ValidationPath

MAX_CERTIFICATE = 16_384  # bytes; most have 2,000. One of a megabyte full of names takes 4 seconds and 200 MB to read
KEPT = 64  # certificates as read: the stamps of one case have the same few, and reading one takes a third of the work
MAX_PATHS = 16  # tried; cross-signed authorities have two or three

# What asn1crypto and pyHanko raise over bytes that are not what they claim to be. AssertionError: pyHanko's check that
# key and algorithm belong together.
TROUBLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
)
# Only to tell why a chain did not hold: wider than certificates live, and within the calendar for 2001 to 2999.
_ANY_TIME = timedelta(days=365 * 1900)

_T = TypeVar("_T")


@lru_cache(maxsize=KEPT)
def read_lazily(data: bytes) -> "Certificate | None":
    """A DER certificate for `validate_chain`, or None for what cannot be read or is larger than any. Not to be
    changed: it is kept.
    """
    from asn1crypto.x509 import Certificate

    if len(data) > MAX_CERTIFICATE:
        return None
    try:
        certificate = Certificate.load(data, strict=True)
        certificate.native  # noqa: B018  (the parser is lazy: read all of it now)
    except TROUBLE:
        return None
    return certificate


def validate_chain(
    signer: "Certificate", certificates: Sequence["Certificate"], roots: Sequence["Certificate"], moment: datetime
) -> list["Certificate"]:
    """The first chain from the signer to a root that is valid at `moment`: signer first, root last.

    `certificates` are candidates for between, in any order and with anything else among them. A root that is the signer
    itself is a chain of one. Raises TimestampChainExpired where time alone is wrong, TimestampAlgorithmWeak,
    TimestampAuthorityUnknown, and FormatError for certificates that the library cannot read.
    """
    anchors = [root for root in roots if root.dump() == signer.dump() or not _same_key(root, signer)]
    # Of several roots of a name and key one that was valid comes first.
    anchors.sort(key=lambda root: not root.not_valid_before <= moment <= root.not_valid_after)
    try:
        between = _issued(certificates, anchors)
        contexts = [_context(between, some, moment) for some in _apart(anchors)]
        chain, reasons = _first_of(contexts, signer)
        if chain is not None:
            return chain
        contexts = [_context(between, some, moment, any_time=True) for some in _apart(anchors)]
        chain, _ = _first_of(contexts, signer)
    except TROUBLE as error:
        raise FormatError("a timestamp with certificates that cannot be read") from error
    if chain is not None:
        wrong = next(one for one in chain if not one.not_valid_before <= moment <= one.not_valid_after)
        raise TimestampChainExpired(
            f"the certificate of {subject(wrong.dump())} is for {wrong.not_valid_before:%Y-%m-%d} to "
            f"{wrong.not_valid_after:%Y-%m-%d}, and the timestamp says {moment:%Y-%m-%d}",
            "rely on another timestamp of the same record, or have the record stamped again",
        )
    if reasons:
        raise reasons[0]
    raise TimestampAuthorityUnknown(
        f"who signed the timestamp, {subject(signer.dump())}, leads to no authority that you trust",
        "if you trust the authority, add its root certificate",
    )


def _same_key(one: "Certificate", other: "Certificate") -> bool:
    """The library takes such a certificate for the root itself; a token names its signer's certificate exactly."""
    return bool(one.subject == other.subject) and bool(one.public_key.dump() == other.public_key.dump())


def _apart(roots: Sequence["Certificate"]) -> list[list["Certificate"]]:
    """The roots in groups, in none of which two have the same name and key: of these the library keeps one, and a
    look-alike that may do less would take the place of the right one.
    """
    groups: list[tuple[set[tuple[str, bytes]], list[Certificate]]] = [(set(), [])]
    for root in roots:
        who = root.subject.hashable, root.public_key.dump()
        group = next((one for one in groups if who not in one[0]), None)
        if group is None:
            if len(groups) == MAX_PATHS:
                continue
            groups.append(group := (set(), []))
        group[0].add(who)
        group[1].append(root)
    return [group for _, group in groups]


def _issued(certificates: Sequence["Certificate"], roots: Sequence["Certificate"]) -> list["Certificate"]:
    """Those that descend from a root by name and signature.

    The library keeps one certificate for each issuer and serial number, and walks every chain of names: look-alikes
    that somebody put into the set would take the place of the right one, or have it walk for ever.
    """
    kept: list[Certificate] = []
    waiting, issuers = list(certificates), list(roots)
    while issuers:  # each certificate becomes an issuer at most once, so this ends
        issuer = issuers.pop()
        left: list[Certificate] = []
        for one in waiting:
            if _is_issued_by(one, issuer):
                kept.append(one)
                issuers.append(one)
            else:
                left.append(one)
        waiting = left
    return kept


def _is_issued_by(certificate: "Certificate", issuer: "Certificate") -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from pyhanko_certvalidator.sig_validate import DEFAULT_SIGNATURE_VALIDATOR

    try:
        if certificate.issuer != issuer.subject:
            return False
        DEFAULT_SIGNATURE_VALIDATOR.validate_signature(
            certificate["signature_value"].native,
            certificate["tbs_certificate"].dump(),
            issuer.public_key,
            certificate["signature_algorithm"],
        )
    except (InvalidSignature, UnsupportedAlgorithm, *TROUBLE):
        return False
    return True


def _context(
    certificates: Sequence["Certificate"], roots: Sequence["Certificate"], moment: datetime, *, any_time: bool = False
) -> "ValidationContext":
    """The verifier's roots, each within its own time and path length, and nothing from the machine or the network."""
    from pyhanko_certvalidator import ValidationContext
    from pyhanko_certvalidator.authority import CertTrustAnchor, TrustedServiceType, TrustQualifiers

    anchors = [
        CertTrustAnchor(
            root,
            TrustQualifiers(
                max_path_length=root.max_path_length,
                valid_from=None if any_time else root.not_valid_before,
                valid_until=None if any_time else root.not_valid_after,
                trusted_service_type=(
                    TrustedServiceType.CERTIFICATE_AUTHORITY if _may_issue(root) else TrustedServiceType.UNSUPPORTED
                ),
            ),
        )
        for root in roots
    ]
    return ValidationContext(
        trust_roots=anchors,
        other_certs=certificates,
        moment=moment,
        allow_fetching=False,
        revocation_mode="soft-fail",  # it is given no lists
        time_tolerance=_ANY_TIME if any_time else timedelta(0),
    )


def _may_issue(root: "Certificate") -> bool:
    """A root of version 1 cannot say that it is an authority. A signer's certificate must not become one."""
    return bool(root.ca) or (root.basic_constraints_value is None and root.extended_key_usage_value is None)


def _first_of(
    contexts: Sequence["ValidationContext"], signer: "Certificate"
) -> tuple[list["Certificate"] | None, list[VerificationError]]:
    """The first path of any that holds, or why each one does not."""
    reasons: list[VerificationError] = []
    for context in contexts:
        chain, why = _first_valid(context, signer)
        if chain is not None:
            return chain, []
        reasons += why
    return None, reasons


def _first_valid(
    context: "ValidationContext", signer: "Certificate"
) -> tuple[list["Certificate"] | None, list[VerificationError]]:
    """The first path that holds, or why each one does not."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from pyhanko_certvalidator.errors import DisallowedAlgorithmError, ValidationError
    from pyhanko_certvalidator.validate import async_validate_path

    reasons: list[VerificationError] = []
    for path in _run(_paths(context, signer)):
        try:
            _run(async_validate_path(context, path))
        except DisallowedAlgorithmError:
            reasons.append(
                TimestampAlgorithmWeak(
                    f"a certificate between {subject(signer.dump())} and its root is signed with a digest or key "
                    "that is too weak to rely on",
                    "have the record stamped by another authority",
                )
            )
        except (ValidationError, UnsupportedAlgorithm, *TROUBLE):
            reasons.append(
                TimestampAuthorityUnknown(
                    f"the chain from {subject(signer.dump())} to an authority that you trust does not hold",
                    "have the record stamped by another authority",
                )
            )
        else:
            return list(reversed(list(path.iter_certs(include_root=True)))), []
    return None, reasons


async def _paths(context: "ValidationContext", signer: "Certificate") -> list["ValidationPath"]:
    from pyhanko_certvalidator.errors import PathBuildingError

    found: list[ValidationPath] = []
    paths = context.path_builder.async_build_paths_lazy(signer)
    try:
        async for path in paths:
            found.append(path)
            if len(found) == MAX_PATHS:
                break
    except PathBuildingError:
        return []
    finally:
        await paths.cancel()  # type: ignore[no-untyped-call]
    return found


def _run(coroutine: Coroutine[Any, Any, _T]) -> _T:
    """The library is made to fetch while it validates. Nothing is fetched here, so nothing ever waits."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        value: _T = done.value
        return value
    coroutine.close()
    raise RuntimeError("a validation without network waited for something")
