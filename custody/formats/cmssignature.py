"""Reads and verifies the CMS message of a PAdES signature (RFC 5652, ETSI EN 319 142-1). Judges no time stamp.

Everything in the message is either signed, or fixed here to what our signer writes: a byte that could be another one
would be a change that nobody finds. Whose certificate it is, and whether anybody trusts it, is for who calls.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from custody.errors import FormatError, SignatureMismatch, VerificationError
from custody.formats.der import check_lengths, children

if TYPE_CHECKING:
    from cryptography import x509

MAX_ATTRIBUTES = 16  # signed ones; three are usual
MIN_RSA = 2048  # bits; NIST SP 800-131A revision 2, section 3
MAX_RSA = 8192  # bits; more only costs time
_DIGESTS = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
_CURVES = ("secp256r1", "secp384r1", "secp521r1")


class WeakAlgorithm(VerificationError):
    """A signature by an algorithm or key too weak to rely on, or that is not known here."""


class CertificateUnusable(VerificationError):
    """A signature whose certificate is not there, is another one, or is not for signing."""


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """An unverified CMS message. `certificate` is DER; `token` is the DER of the signature time stamp (B-T)."""

    certificate: bytes
    digest_algorithm: str
    signature_algorithm: str
    signed: bytes
    signature: bytes
    message_digest: bytes
    named_certificate: tuple[str, bytes]
    names_issuer: bool
    token: bytes | None


def read_message(der: bytes) -> SignedMessage:
    """The one signature of a CMS message. Raises FormatError for anything that our signer does not write."""
    try:
        return _message(der)
    except FormatError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise FormatError("a signature that is no CMS message in DER") from error  # asn1crypto reads lazily


def verify_message(message: SignedMessage, covered: Iterable[memoryview]) -> None:
    """Believe that the certificate's key signed the covered bytes.

    Raises WeakAlgorithm, CertificateUnusable, SignatureMismatch, in this order of checks but for what is not readable.
    """
    if message.digest_algorithm not in _DIGESTS:
        raise WeakAlgorithm(f"the signature is over a {message.digest_algorithm} digest, which is not relied on")
    certificate = _usable(message)
    digest = _DIGESTS[message.digest_algorithm]()
    for part in covered:
        digest.update(part)
    if digest.digest() != message.message_digest:
        raise SignatureMismatch("the report was changed after it was signed")
    _verify(message, certificate)


def _message(der: bytes) -> SignedMessage:
    from asn1crypto import cms, tsp  # noqa: F401  (the latter makes asn1crypto know the ESS attributes)

    check_lengths(der)
    _check_members(der)
    content = cms.ContentInfo.load(der, strict=True)
    data = content["content"]
    _require(content["content_type"].native == "signed_data" and isinstance(data, cms.SignedData))
    infos, certificates, digests = data["signer_infos"], data["certificates"], data["digest_algorithms"]
    _require(len(infos) == 1 and len(certificates) == 1 and len(digests) == 1)
    info, inside = infos[0], data["encap_content_info"]
    _require(certificates[0].name == "certificate" and _absent(data["crls"]))
    _require(inside["content_type"].native == "data" and _absent(inside["content"]))
    _require(data["version"].native == "v1" and info["version"].native == "v1")  # RFC 5652 sections 5.1 and 5.3
    # Neither of these two is signed: the second says what the digest is, and must be said alike in both places.
    _require(digests[0].dump() == info["digest_algorithm"].dump())
    _require(
        _absent(info["digest_algorithm"]["parameters"]) or info["digest_algorithm"]["parameters"].dump() == b"\5\0"
    )
    attributes = info["signed_attrs"]
    encoded = attributes.dump()
    named = _attributes(attributes)
    _require(named["content_type"].native == "data")
    certificate = certificates[0].chosen
    identifier = info["sid"]
    _require(identifier.name == "issuer_and_serial_number")
    first = named["signing_certificate_v2"]["certs"][0]
    message = SignedMessage(
        certificate=certificate.dump(),
        digest_algorithm=info["digest_algorithm"]["algorithm"].native,
        signature_algorithm=_signature_algorithm(info["signature_algorithm"]),
        signed=b"\x31" + encoded[1:],  # RFC 5652 section 5.4: under the tag of a SET OF, not under [0]
        signature=info["signature"].native,
        message_digest=named["message_digest"].native,
        named_certificate=(first["hash_algorithm"]["algorithm"].native, first["cert_hash"].native),
        names_issuer=identifier.chosen["issuer"].dump() == certificate.issuer.dump()
        and identifier.chosen["serial_number"].dump() == certificate["tbs_certificate"]["serial_number"].dump(),
        token=_token(info["unsigned_attrs"]),
    )
    return message


def _check_members(der: bytes) -> None:
    """That nothing follows the last member that is known: asn1crypto passes it over, and no digest is over it."""
    [data] = _exactly(_exactly(der, 2)[1], 1)
    _, digests, inside, certificates, infos = _exactly(data, 5)
    [digest] = _exactly(digests, 1)
    _exactly(inside, 1)
    _exactly(certificates, 1)
    [info] = _exactly(infos, 1)
    members = children(info)
    _require(len(members) in (6, 7))  # RFC 5652 section 5.3, with unsigned attributes or without
    _exactly(members[1], 2)
    _require(all(len(children(algorithm)) in (1, 2) for algorithm in (digest, members[2], members[4])))
    if len(members) == 7:
        [attribute] = _exactly(members[6], 1)
        _exactly(_exactly(attribute, 2)[1], 1)


def _exactly(value: bytes, count: int) -> list[bytes]:
    found = children(value)
    _require(len(found) == count)
    return found


def _attributes(attributes: Any) -> dict[str, Any]:
    """The one value of each signed attribute; the three that EN 319 142-1 section 6.3 asks for are among them."""
    named: dict[str, Any] = {}
    _require(0 < len(attributes) <= MAX_ATTRIBUTES)
    for attribute in attributes:
        name = attribute["type"].native
        _require(name not in named and len(attribute["values"]) == 1)
        named[name] = attribute["values"][0]
    _require({"content_type", "message_digest", "signing_certificate_v2"} <= named.keys())
    return named


def _token(attributes: Any) -> bytes | None:
    """The signature time stamp (EN 319 142-1 section 6.3); anything else that is not signed has no place here."""
    if _absent(attributes):
        return None
    _require(len(attributes) == 1 and attributes[0]["type"].native == "signature_time_stamp_token")
    _require(len(attributes[0]["values"]) == 1)
    token: bytes = attributes[0]["values"][0].dump()
    return token


def _signature_algorithm(algorithm: Any) -> str:
    """asn1crypto's name for it. The parameters are not signed: none for ECDSA, NULL for RSA (RFC 5754 section 3)."""
    name: str = algorithm["algorithm"].native
    parameters = algorithm["parameters"]
    _require(_absent(parameters) if name.endswith("_ecdsa") else parameters.dump() == b"\5\0")
    return name


def _usable(message: SignedMessage) -> "x509.Certificate":
    from cryptography import x509

    from custody.formats.certificates import read_certificate, unreadable

    algorithm, digest = message.named_certificate
    if algorithm not in _DIGESTS:
        raise WeakAlgorithm(f"the signature names its certificate by a {algorithm} digest, which is not relied on")
    # RFC 5035 section 5.4: the certificate as a whole is signed, so that none of another name can take its place.
    if _DIGESTS[algorithm](message.certificate).digest() != digest or not message.names_issuer:
        raise CertificateUnusable("the certificate in the signature is not the one that was signed with")
    try:
        certificate = read_certificate(message.certificate)
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        if not (usage.digital_signature or usage.content_commitment):
            raise CertificateUnusable("the signer's certificate is not one for signing")
    except x509.ExtensionNotFound:
        pass
    except FormatError as error:
        raise CertificateUnusable("the signer's certificate cannot be read") from error
    except unreadable() as error:
        raise CertificateUnusable("the signer's certificate cannot be read") from error
    return certificate


def _verify(message: SignedMessage, certificate: "x509.Certificate") -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    from custody.formats.certificates import unreadable
    from custody.formats.signature import is_low_s, raw_from_der

    kinds: dict[str, hashes.HashAlgorithm] = {
        "sha256": hashes.SHA256(),
        "sha384": hashes.SHA384(),
        "sha512": hashes.SHA512(),
    }
    kind = kinds[message.digest_algorithm]
    try:
        key = certificate.public_key()
        if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
            _agrees(message, f"{message.digest_algorithm}_ecdsa")
            # From each signature anybody makes a second one, with s negated; our signers write the one with low s.
            if key.curve.name == "secp256r1" and not is_low_s(raw_from_der(message.signature)):
                raise SignatureMismatch("the report's signature was written anew in its other form")
            key.verify(message.signature, message.signed, ec.ECDSA(kind))
        elif isinstance(key, rsa.RSAPublicKey) and MIN_RSA <= key.key_size <= MAX_RSA:
            _agrees(message, f"{message.digest_algorithm}_rsa", "rsassa_pkcs1v15")
            key.verify(message.signature, message.signed, padding.PKCS1v15(), kind)
        else:
            raise WeakAlgorithm("the report is signed with a kind or size of key that is not relied on")
    except InvalidSignature as error:
        raise SignatureMismatch("the report's signature was not made with the key that it names") from error
    except unreadable() as error:
        raise CertificateUnusable("the key in the signer's certificate cannot be read") from error


def _agrees(message: SignedMessage, *names: str) -> None:
    if message.signature_algorithm not in names:
        raise WeakAlgorithm(f"the signature is of the kind {message.signature_algorithm}, which is not relied on")


def _absent(value: Any) -> bool:
    from custody.formats.timestamptoken import is_absent

    return is_absent(value)


def _require(holds: bool) -> None:
    if not holds:
        raise FormatError("a signature that is not of the kind that custody writes")
