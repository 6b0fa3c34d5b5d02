"""The exported public key file: a certificate and two Ed25519 keys, signed by all three. Holds no secret.

Canonical JSON of `type`, `certificate`, `key`, `checkpoint_key`, `cosignature_key`, `name`, `organisation`, `email`
and `signatures`; each of the three signatures is over the DSSE pre-authentication encoding of the canonical JSON
without `signatures`. Checked here is that the file agrees with itself; who the holder is, only people can tell.
"""

import hashlib
import re
import warnings
from dataclasses import dataclass
from typing import Literal

import msgspec

from custody.errors import FormatError, SignatureMismatch, VerificationError
from custody.formats import canonical
from custody.formats.dsse import pae
from custody.formats.encoding import format_base64, parse_base64
from custody.formats.signature import RAW_SIZE, is_low_s, load_p256, spki_bytes, verify_ed25519, verify_p256

PUBLIC_KEY_TYPE = "application/vnd.custody.public-key.v1+json"
MAX_PUBLIC_KEY = 8_192  # bytes; the longest names in the widest script stay below 4,000
MAX_NAME = 64  # characters; RFC 5280 appendix A.1, ub-common-name and ub-organization-name
MAX_EMAIL = 254  # characters; RFC 5321 section 4.5.3.1.3, a path of 256 without its angle brackets
ED25519_SIZE = 32  # RFC 8032 section 5.1.5
ED25519_SIGNATURE_SIZE = 64  # RFC 8032 section 5.1.6

# Characters that move a terminal's cursor, turn the text around (Unicode TR 9) or cannot be seen: with them two
# names that look alike are not, and a name can rewrite the line it is printed on. The zero-width joiners stay:
# Persian and Indic names need them.
_UNPRINTABLE = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u00ad\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f"
    "\\ud800-\\udfff\\ufeff\\ufff9-\\ufffb\\U000e0000-\\U000e007f]"
)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# RFC 5280 section 4.2.1.6: an rfc822Name is ASCII, Local-part@Domain; of RFC 5321's spellings the unquoted one.
_EMAIL = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")

# The y coordinates of Ed25519's points of small order, in every encoding, sign bit aside. One fixed "signature" holds
# for any text under such a key, so its holder could disown each of them (Chalkias et al., "Taming the many EdDSAs").
_SMALL_ORDER = frozenset(
    bytes.fromhex(point)
    for point in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)


@dataclass(frozen=True, slots=True)
class KeySignatures:
    """The three signatures of a public key file: ECDSA P-256 r‖s, and Ed25519 twice."""

    key: bytes
    checkpoint_key: bytes
    cosignature_key: bytes


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One person's public keys. `key` is the P-256 SubjectPublicKeyInfo in DER, `certificate` X.509 in DER.

    Name, organisation and e-mail are what the certificate says: the holder's own claim.
    """

    certificate: bytes
    key: bytes
    checkpoint_key: bytes
    cosignature_key: bytes
    name: str
    organisation: str
    email: str | None
    signatures: KeySignatures

    @property
    def key_id(self) -> str:
        """Hex SHA-256 of the P-256 SubjectPublicKeyInfo."""
        return hashlib.sha256(self.key).hexdigest()


class _Signatures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: str
    checkpoint_key: str
    cosignature_key: str


class _Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    type: Literal["custody-public-key/v1"]
    certificate: str
    key: str
    checkpoint_key: str
    cosignature_key: str
    name: str
    organisation: str
    email: str | None
    signatures: _Signatures


def check_holder(name: str, organisation: str, email: str | None) -> None:
    """Raise FormatError, with a hint, unless a key can bear these: the limits are X.509's and a terminal's."""
    _check_line("name", name)
    if organisation:  # who goes by a pseudonym may name none
        _check_line("organisation", organisation)
    if email is not None and (len(email) > MAX_EMAIL or not _EMAIL.fullmatch(email)):
        raise FormatError(
            f"not an e-mail address that a certificate can hold: {email[:80]!r}",
            "write it in plain ASCII, such as ana@example.org, or leave it out",
        )


def format_public_key(public: PublicKey) -> bytes:
    """The file's canonical bytes. Raises FormatError for what `parse_public_key` would refuse."""
    _check(public)
    signatures = {
        "key": format_base64(public.signatures.key),
        "checkpoint_key": format_base64(public.signatures.checkpoint_key),
        "cosignature_key": format_base64(public.signatures.cosignature_key),
    }
    data = canonical.encode({**_unsigned(public), "signatures": signatures})
    _check_size(data)
    return data


def parse_public_key(data: bytes) -> PublicKey:
    """Read a public key file without believing it. Raises FormatError for every spelling but the canonical one."""
    _check_size(data)
    try:
        wire = msgspec.convert(canonical.parse(data), _Wire)
    except msgspec.ValidationError as error:
        raise FormatError("not a public key file of custody") from error
    public = PublicKey(
        certificate=parse_base64(wire.certificate),
        key=parse_base64(wire.key),
        checkpoint_key=parse_base64(wire.checkpoint_key),
        cosignature_key=parse_base64(wire.cosignature_key),
        name=wire.name,
        organisation=wire.organisation,
        email=wire.email,
        signatures=KeySignatures(
            key=parse_base64(wire.signatures.key),
            checkpoint_key=parse_base64(wire.signatures.checkpoint_key),
            cosignature_key=parse_base64(wire.signatures.cosignature_key),
        ),
    )
    _check(public)
    return public


def signed_bytes(public: PublicKey) -> bytes:
    """What each of the three keys signs: everything in the file but the signatures."""
    return pae(PUBLIC_KEY_TYPE, canonical.encode(_unsigned(public)))


def verify_public_key(public: PublicKey) -> PublicKey:
    """`public`, when all three keys signed it and its certificate says the same as the file.

    Raises SignatureMismatch for a signature and VerificationError for a certificate that does not hold, FormatError
    for what is no public key at all. Validity dates are not looked at: that needs the time of each statement.
    """
    _check(public)
    message = signed_bytes(public)
    try:
        verify_p256(load_p256(public.key), public.signatures.key, message)
        verify_ed25519(public.checkpoint_key, public.signatures.checkpoint_key, message)
        verify_ed25519(public.cosignature_key, public.signatures.cosignature_key, message)
    except SignatureMismatch as error:
        raise SignatureMismatch(
            f"the public key file of {public.name} does not hold the signatures of all its three keys",
            "it was changed or damaged on the way: ask its owner for it again",
        ) from error
    _verify_certificate(public)
    return public


def certified_key(certificate: bytes) -> bytes:
    """The SubjectPublicKeyInfo that an X.509 certificate in DER is for. Raises FormatError; believes nothing else."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            key = x509.load_der_x509_certificate(certificate).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise FormatError("not a certificate that can be read") from error
    if not isinstance(key, EllipticCurvePublicKey):
        raise FormatError("a certificate for a key that is not on an elliptic curve")
    return spki_bytes(key)


def _unsigned(public: PublicKey) -> dict[str, str | None]:
    return {
        "type": "custody-public-key/v1",
        "certificate": format_base64(public.certificate),
        "key": format_base64(public.key),
        "checkpoint_key": format_base64(public.checkpoint_key),
        "cosignature_key": format_base64(public.cosignature_key),
        "name": public.name,
        "organisation": public.organisation,
        "email": public.email,
    }


def check_ed25519(*keys: bytes) -> None:
    """Raise FormatError for what is no Ed25519 public key to rely on, and for one that stands there twice."""
    for key in keys:
        if len(key) != ED25519_SIZE:
            raise FormatError(f"an Ed25519 public key has {ED25519_SIZE} bytes, this has {len(key)}")
        if key[:-1] + bytes([key[-1] & 0x7F]) in _SMALL_ORDER:
            raise FormatError("an Ed25519 public key under which anything passes as signed")
    if len(set(keys)) != len(keys):  # what is signed for one use must never pass for the other (C2SP signed-note)
        raise FormatError("two Ed25519 public keys for different uses are the same")


def _check_size(data: bytes) -> None:
    if len(data) > MAX_PUBLIC_KEY:
        raise FormatError(f"a public key file of {len(data)} bytes is larger than {MAX_PUBLIC_KEY}")


def _check(public: PublicKey) -> None:
    check_holder(public.name, public.organisation, public.email)
    load_p256(public.key)
    check_ed25519(public.checkpoint_key, public.cosignature_key)
    signatures = public.signatures
    if len(signatures.key) != RAW_SIZE or not is_low_s(signatures.key):
        raise FormatError(f"a P-256 signature here has {RAW_SIZE} bytes and its s in the lower half")
    for signature in (signatures.checkpoint_key, signatures.cosignature_key):
        if len(signature) != ED25519_SIGNATURE_SIZE:
            raise FormatError(f"an Ed25519 signature has {ED25519_SIGNATURE_SIZE} bytes, this has {len(signature)}")


def _check_line(what: str, text: str) -> None:
    if not text or text != text.strip():
        raise FormatError(f"the {what} of a key is empty, or begins or ends with a space", f"give a plain {what}")
    if len(text) > MAX_NAME:
        raise FormatError(
            f"the {what} of a key has {len(text)} characters; a certificate holds {MAX_NAME}", f"shorten the {what}"
        )
    if _UNPRINTABLE.search(text):
        raise FormatError(
            f"the {what} of a key holds a character that cannot be seen: {text!r}", f"type the {what} again"
        )


def _verify_certificate(public: PublicKey) -> None:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.utils import CryptographyDeprecationWarning
    from cryptography.x509.oid import NameOID, SignatureAlgorithmOID

    hint = "do not use this key: ask its owner for the file again"

    def require(holds: bool, message: str) -> None:
        if not holds:
            raise VerificationError(f"{message}, in the public key file of {public.name}", hint)

    try:
        with warnings.catch_warnings():
            # What the library says it will refuse one day, such as a negative serial number, is refused now. Its
            # warning of long names counts bytes, where RFC 5280 counts characters; those were counted already.
            warnings.simplefilter("error", CryptographyDeprecationWarning)
            warnings.filterwarnings("ignore", message="Attribute's length must be", category=UserWarning)
            certificate = x509.load_der_x509_certificate(public.certificate)
            key = certificate.public_key()
            require(
                isinstance(key, EllipticCurvePublicKey)
                and spki_bytes(key) == public.key
                and public.key in certificate.tbs_certificate_bytes,  # else a compressed point, under another key id
                "the certificate is for another key",
            )
            require(
                certificate.signature_algorithm_oid == SignatureAlgorithmOID.ECDSA_WITH_SHA256,
                "the certificate is not signed with ECDSA and SHA-256",
            )
            certificate.verify_directly_issued_by(certificate)
            # Nothing signs the count of unused bits before the signature; another one passes as the same certificate.
            require(
                public.certificate.endswith(b"\0" + certificate.signature), "the certificate's signature has stray bits"
            )
            subject = [(attribute.oid, attribute.value) for attribute in certificate.subject]
            organisation = [(NameOID.ORGANIZATION_NAME, public.organisation)] if public.organisation else []
            require(
                subject == [(NameOID.COMMON_NAME, public.name), *organisation],
                "the certificate names another person or organisation",
            )
            expected = [] if public.email is None else [x509.RFC822Name(public.email)]
            try:
                alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
                found = list(alternatives.value)
            except x509.ExtensionNotFound:
                found = []
            require(found == expected, "the certificate has another e-mail address")
            # A reader who trusts this certificate would trust what it issues, under any name.
            constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
            require(not constraints.value.ca, "the certificate may issue other certificates")
    except InvalidSignature as error:
        raise VerificationError(f"the certificate of {public.name} is not signed by its own key", hint) from error
    except (
        ValueError,
        TypeError,  # cryptography's answer to an issuer's key of an unknown kind
        CryptographyDeprecationWarning,
        UnsupportedAlgorithm,
        x509.DuplicateExtension,
        x509.ExtensionNotFound,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise VerificationError(
            f"the certificate of {public.name} cannot be read as custody's own kind", hint
        ) from error
