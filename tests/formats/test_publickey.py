"""The public key file: read, written, and believed only when it agrees with itself. Keys and certificates are real."""

import hashlib
import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from custody.domain.fields import Line
from custody.errors import FormatError, SignatureMismatch, VerificationError
from custody.formats import canonical
from custody.formats.encoding import format_base64
from custody.formats.publickey import (
    MAX_PUBLIC_KEY,
    KeySignatures,
    PublicKey,
    check_holder,
    format_public_key,
    parse_public_key,
    signed_bytes,
    verify_public_key,
)
from custody.formats.signature import P256_ORDER, sign_p256, spki_bytes

START = datetime(2026, 11, 24, 3, 2, 1, tzinfo=UTC)
Build = Callable[[x509.CertificateBuilder], x509.CertificateBuilder]


@dataclass(frozen=True)
class Keys:
    """Three private keys, as their holder has them."""

    key: ec.EllipticCurvePrivateKey
    checkpoint_key: Ed25519PrivateKey
    cosignature_key: Ed25519PrivateKey

    @property
    def spki(self) -> bytes:
        return spki_bytes(self.key.public_key())


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys(ec.generate_private_key(ec.SECP256R1()), Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate())


def subject(name: str = "Ana Díaz", organisation: str = "Archivo Común") -> x509.Name:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of more than 64 bytes, where 64 characters are allowed
        common_name = x509.NameAttribute(NameOID.COMMON_NAME, name, _validate=False)
    return x509.Name(
        [
            common_name,
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
        ]
    )


def certificate(
    key: ec.EllipticCurvePrivateKey,
    *,
    holder: x509.Name | None = None,
    email: str | None = "ana@example.org",
    ca: bool | None = False,
    change: Build = lambda builder: builder,
    signer: ec.EllipticCurvePrivateKey | None = None,
    digest: SHA256 | SHA384 | None = None,
) -> bytes:
    holder = holder or subject()
    builder = (
        x509.CertificateBuilder()
        .subject_name(holder)
        .issuer_name(holder)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=3650))
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if email is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(email)]), critical=False)
    return change(builder).sign(signer or key, digest or SHA256()).public_bytes(Encoding.DER)


def signed(public: PublicKey, keys: Keys) -> PublicKey:
    message = signed_bytes(public)
    return replace(
        public,
        signatures=KeySignatures(
            sign_p256(keys.key, message),
            keys.checkpoint_key.sign(message),
            keys.cosignature_key.sign(message),
        ),
    )


def public_key(keys: Keys, email: str | None = "ana@example.org", der: bytes | None = None) -> PublicKey:
    return signed(
        PublicKey(
            certificate=der or certificate(keys.key, email=email),
            key=keys.spki,
            checkpoint_key=keys.checkpoint_key.public_key().public_bytes_raw(),
            cosignature_key=keys.cosignature_key.public_key().public_bytes_raw(),
            name="Ana Díaz",
            organisation="Archivo Común",
            email=email,
            signatures=KeySignatures(bytes(64), bytes(64), bytes(64)),
        ),
        keys,
    )


# Written and read


@pytest.mark.parametrize("email", ["ana@example.org", None])
def test_a_written_file_is_read_as_the_same_key(keys: Keys, email: str | None) -> None:
    public = public_key(keys, email)
    assert parse_public_key(format_public_key(public)) == public


def test_a_read_file_is_written_as_the_same_bytes(keys: Keys) -> None:
    data = format_public_key(public_key(keys))
    assert format_public_key(parse_public_key(data)) == data


def test_the_file_has_these_members(keys: Keys) -> None:
    public = public_key(keys)
    assert json.loads(format_public_key(public)) == {
        "type": "custody-public-key/v1",
        "certificate": format_base64(public.certificate),
        "key": format_base64(public.key),
        "checkpoint_key": format_base64(public.checkpoint_key),
        "cosignature_key": format_base64(public.cosignature_key),
        "name": "Ana Díaz",
        "organisation": "Archivo Común",
        "email": "ana@example.org",
        "signatures": {
            "key": format_base64(public.signatures.key),
            "checkpoint_key": format_base64(public.signatures.checkpoint_key),
            "cosignature_key": format_base64(public.signatures.cosignature_key),
        },
    }


def test_the_signed_bytes_are_the_file_without_its_signatures(keys: Keys) -> None:
    public = public_key(keys)
    members = json.loads(format_public_key(public))
    del members["signatures"]
    text = json.dumps(members, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    kind = b"application/vnd.custody.public-key.v1+json"
    assert signed_bytes(public) == b"DSSEv1 42 " + kind + b" " + str(len(text)).encode() + b" " + text


def test_the_key_id_is_the_digest_of_the_key(keys: Keys) -> None:
    assert public_key(keys).key_id == hashlib.sha256(keys.spki).hexdigest()


def test_the_longest_names_fit(keys: Keys) -> None:
    wide = "𒈙" * 64  # four bytes each in UTF-8
    email = "a" * 64 + "@" + ".".join(["b" * 63, "c" * 63, "d" * 61])
    der = certificate(keys.key, holder=subject(wide, wide), email=email)
    public = signed(replace(public_key(keys), name=wide, organisation=wide, email=email, certificate=der), keys)
    assert verify_public_key(parse_public_key(format_public_key(public))) == public


# Refused when read


def without(name: str) -> Callable[[dict[str, object]], object]:
    return lambda members: {key: value for key, value in members.items() if key != name}


def put(name: str, value: object) -> Callable[[dict[str, object]], object]:
    return lambda members: {**members, name: value}


def put_signature(name: str, value: object) -> Callable[[dict[str, object]], object]:
    def change(members: dict[str, object]) -> object:
        signatures = members["signatures"]
        assert isinstance(signatures, dict)
        return {**members, "signatures": {**signatures, name: value}}

    return change


def base64_of(size: int) -> str:
    return format_base64(b"\1" * size)


IDENTITY = bytes([1]) + bytes(31)  # y = 1: the neutral point of Ed25519

MISSHAPEN = {
    "not-an-object": lambda members: [members],
    **{
        f"without-{name}": without(name)
        for name in (
            "type",
            "certificate",
            "key",
            "checkpoint_key",
            "cosignature_key",
            "name",
            "organisation",
            "email",
            "signatures",
        )
    },
    "another-member": put("comment", "hello"),
    "another-signature": put_signature("fourth", base64_of(64)),
    "another-type": put("type", "custody-public-key/v2"),
    "name-a-number": put("name", 7),
    "name-null": put("name", None),
    "name-empty": put("name", ""),
    "name-long": put("name", "n" * 65),
    "name-turned-around": put("name", "Ana\u202eDíaz"),
    "organisation-a-space": put("organisation", " "),
    "organisation-long": put("organisation", "n" * 65),
    "organisation-with-escape": put("organisation", "Archivo\x1b[2J"),
    "email-false": put("email", False),
    "email-empty": put("email", ""),
    "email-without-at": put("email", "example.org"),
    "key-not-base64": put("key", "-_-_"),
    "key-rubbish": put("key", base64_of(91)),
    "checkpoint-short": put("checkpoint_key", base64_of(31)),
    "checkpoint-long": put("checkpoint_key", base64_of(33)),
    "cosignature-short": put("cosignature_key", base64_of(31)),
    "checkpoint-small-order": put("checkpoint_key", format_base64(IDENTITY)),
    "cosignature-small-order": put("cosignature_key", format_base64(IDENTITY[:-1] + b"\x80")),
    "keys-the-same": lambda members: {**members, "cosignature_key": members["checkpoint_key"]},
    "signature-short": put_signature("key", base64_of(63)),
    "signature-long": put_signature("key", base64_of(65)),
    "signature-high-s": put_signature("key", format_base64(b"\1" * 32 + (P256_ORDER // 2 + 1).to_bytes(32, "big"))),
    "checkpoint-signature-short": put_signature("checkpoint_key", base64_of(63)),
    "cosignature-signature-long": put_signature("cosignature_key", base64_of(65)),
}


@pytest.mark.parametrize("change", MISSHAPEN.values(), ids=MISSHAPEN.keys())
def test_a_misshapen_file_is_refused(keys: Keys, change: Callable[[dict[str, object]], object]) -> None:
    members = json.loads(format_public_key(public_key(keys)))
    with pytest.raises(FormatError):
        parse_public_key(canonical.encode(change(members)))


SECOND_SPELLINGS: dict[str, Callable[[bytes], bytes]] = {
    "line-feed-at-the-end": lambda data: data + b"\n",
    "space": lambda data: data.replace(b'":', b'": ', 1),
    "escaped": lambda data: data.replace("í".encode(), b"\\u00ed", 1),
    "byte-order-mark": lambda data: b"\xef\xbb\xbf" + data,
    "member-twice": lambda data: b'{"name":"Ana",' + data[1:],
    "members-in-another-order": lambda data: json.dumps(
        dict(reversed(json.loads(data).items())), ensure_ascii=False, separators=(",", ":")
    ).encode(),
    "empty": lambda data: b"",
    "cut-off": lambda data: data[:-1],
    "not-utf-8": lambda data: data.replace("í".encode(), b"\xed", 1),
}


@pytest.mark.parametrize("change", SECOND_SPELLINGS.values(), ids=SECOND_SPELLINGS.keys())
def test_a_second_spelling_is_refused(keys: Keys, change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(FormatError):
        parse_public_key(change(format_public_key(public_key(keys))))


def test_a_compressed_key_is_refused(keys: Keys) -> None:
    point = keys.key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    header = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
    members = json.loads(format_public_key(public_key(keys)))
    with pytest.raises(FormatError, match="another spelling"):
        parse_public_key(canonical.encode({**members, "key": format_base64(header + point)}))


def test_a_key_of_another_curve_is_refused(keys: Keys) -> None:
    other = spki_bytes(ec.generate_private_key(ec.SECP384R1()).public_key())
    members = json.loads(format_public_key(public_key(keys)))
    with pytest.raises(FormatError, match="not a P-256"):
        parse_public_key(canonical.encode({**members, "key": format_base64(other)}))


def test_a_file_beyond_the_limit_is_refused() -> None:
    with pytest.raises(FormatError, match="larger than 8192"):
        parse_public_key(b" " * (MAX_PUBLIC_KEY + 1))


def test_a_certificate_that_would_not_fit_is_not_written(keys: Keys) -> None:
    with pytest.raises(FormatError, match="larger than 8192"):
        format_public_key(replace(public_key(keys), certificate=bytes(MAX_PUBLIC_KEY)))


# Names and addresses


@pytest.mark.parametrize(
    "name", ["Ana", "A", "n" * 64, "Ana Díaz", "مینا\u200cنژاد", "क्\u200dष", 'O\'Neill, "Bo" \\ & Søn']
)
def test_a_name_that_a_certificate_can_hold_passes(name: str) -> None:
    check_holder(name, name, None)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        " Ana",
        "Ana ",
        "Ana\u3000",
        "n" * 65,
        "A\0",
        "A\nna",
        "A\x1bna",
        "A\x7fna",
        "A\x9bna",
        "A\u200bna",
        "A\u202ena",
        "A\u2066na",
        "A\u061cna",
        "A\u2029na",
        "A\ufeffna",
        "A\ud800na",
        "A\U000e0041na",
    ],
)
def test_another_name_is_refused_with_a_hint(name: str) -> None:
    with pytest.raises(FormatError) as caught:
        check_holder(name, "Archivo", None)
    assert caught.value.hint


def test_an_organisation_is_checked_as_a_name_is() -> None:
    with pytest.raises(FormatError, match="organisation"):
        check_holder("Ana", "Archivo\u202e", None)


def test_every_character_refused_in_a_statement_is_refused_in_a_name() -> None:
    unfit = []
    for point in range(0x11000):
        if 0xD800 <= point < 0xE000:
            continue
        try:
            msgspec.convert(f"a{chr(point)}a", Line)
        except msgspec.ValidationError:
            unfit.append(f"a{chr(point)}a")
    assert len(unfit) > 70
    for text in unfit:
        with pytest.raises(FormatError):
            check_holder(text, "Archivo", None)


@pytest.mark.parametrize("email", ["ana@example.org", "a.b+c@x-y.example", "a" * 64 + "@example.org"])
def test_a_plain_address_passes(email: str) -> None:
    check_holder("Ana", "Archivo", email)


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ana",
        "ana@",
        "@example.org",
        "ana@example",
        "ana@@example.org",
        "ana@example..org",
        "ana@-example.org",
        "ana@example-.org",
        ".ana@example.org",
        "ana.@example.org",
        "a na@example.org",
        "ana@example.org\n",
        "ana@example.org ",
        "ána@example.org",
        "ana@exämple.org",
        "Ana <ana@example.org>",
        "a" * 65 + "@example.org",
        "ana@" + "b" * 64 + ".org",
        "ana@" + ".".join(["b" * 60] * 5),
    ],
)
def test_another_address_is_refused_with_a_hint(email: str) -> None:
    with pytest.raises(FormatError) as caught:
        check_holder("Ana", "Archivo", email)
    assert caught.value.hint


# Believed, or not


@pytest.mark.parametrize("email", ["ana@example.org", None])
def test_a_key_signed_by_all_three_is_believed(keys: Keys, email: str | None) -> None:
    public = public_key(keys, email)
    assert verify_public_key(public) == public


@pytest.mark.parametrize("which", ["key", "checkpoint_key", "cosignature_key"])
def test_each_of_the_three_signatures_must_hold(keys: Keys, which: str) -> None:
    public = public_key(keys)
    good = getattr(public.signatures, which)
    wrong = replace(public.signatures, **{which: bytes([good[0] ^ 1]) + good[1:]})
    with pytest.raises(SignatureMismatch):
        verify_public_key(replace(public, signatures=wrong))


def test_signatures_of_the_two_ed25519_keys_cannot_change_places(keys: Keys) -> None:
    public = public_key(keys)
    signatures = public.signatures
    swapped = KeySignatures(signatures.key, signatures.cosignature_key, signatures.checkpoint_key)
    with pytest.raises(SignatureMismatch):
        verify_public_key(replace(public, signatures=swapped))


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Eva Díaz"},
        {"organisation": "Another"},
        {"email": None},
        {"email": "eva@example.org"},
        {"checkpoint_key": Ed25519PrivateKey.generate().public_key().public_bytes_raw()},
        {"cosignature_key": Ed25519PrivateKey.generate().public_key().public_bytes_raw()},
        {"key": spki_bytes(ec.generate_private_key(ec.SECP256R1()).public_key())},
    ],
    ids="-".join,
)
def test_a_changed_member_is_noticed(keys: Keys, change: dict[str, Any]) -> None:
    with pytest.raises(SignatureMismatch):
        verify_public_key(replace(public_key(keys), **change))


def test_a_key_under_which_anything_passes_as_signed_is_refused(keys: Keys) -> None:
    public = replace(public_key(keys), cosignature_key=IDENTITY)
    message = signed_bytes(public)
    forged = KeySignatures(sign_p256(keys.key, message), keys.checkpoint_key.sign(message), IDENTITY + bytes(32))
    with pytest.raises(FormatError, match="anything passes"):
        verify_public_key(replace(public, signatures=forged))


def other_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def signed_again(key: ec.EllipticCurvePrivateKey, change: Callable[[Any], None]) -> bytes:
    """A certificate whose body was changed as our library would not write it, then rightly signed."""
    from asn1crypto.core import OctetBitString
    from asn1crypto.x509 import Certificate

    parsed = Certificate.load(certificate(key))
    body = parsed["tbs_certificate"].copy()
    change(body)
    parsed["signature_value"] = OctetBitString(key.sign(body.dump(force=True), ec.ECDSA(SHA256())))
    parsed["tbs_certificate"] = body
    return bytes(parsed.dump(force=True))


def with_compressed_point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A certificate that carries the key in its other spelling."""

    def change(body: Any) -> None:
        from asn1crypto.core import OctetBitString

        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        spki = body["subject_public_key_info"]
        raw = spki["algorithm"].dump() + OctetBitString(point).dump()
        body["subject_public_key_info"] = type(spki).load(b"\x30" + bytes([len(raw)]) + raw)

    return signed_again(key, change)


def with_negative_serial_number(key: ec.EllipticCurvePrivateKey) -> bytes:
    """What RFC 5280 section 4.1.2.2 forbids and cryptography still reads, with a warning."""

    def change(body: Any) -> None:
        body["serial_number"] = -7

    return signed_again(key, change)


def mentioning(spki: bytes) -> bytes:
    """A certificate of another key in which this key's bytes stand somewhere else."""
    mention = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), spki)
    return certificate(other_key(), change=lambda builder: builder.add_extension(mention, critical=False))


def with_stray_bits(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A certificate whose signature says that its last bit, a 0, is not part of it."""
    while True:
        der = certificate(key)
        signature = x509.load_der_x509_certificate(der).signature
        if not signature[-1] & 1:
            return der[: -len(signature) - 1] + b"\1" + signature


WRONG_CERTIFICATES: dict[str, Callable[[Keys], bytes]] = {
    "empty": lambda keys: b"\x30\x00",
    "for-another-key": lambda keys: certificate(other_key()),
    "for-another-key-mentioning-this": lambda keys: mentioning(keys.spki),
    "negative-serial-number": lambda keys: with_negative_serial_number(keys.key),
    "for-an-ed25519-key": lambda keys: (
        x509.CertificateBuilder()
        .subject_name(subject())
        .issuer_name(subject())
        .public_key(keys.checkpoint_key.public_key())
        .serial_number(7)
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=1))
        .sign(keys.checkpoint_key, None)
        .public_bytes(Encoding.DER)
    ),
    "compressed-point": lambda keys: with_compressed_point(keys.key),
    "signed-by-another-key": lambda keys: certificate(keys.key, signer=other_key()),
    "signed-with-another-digest": lambda keys: certificate(keys.key, digest=SHA384()),
    "another-issuer": lambda keys: certificate(keys.key, change=lambda b: issued_by(b, "Somebody else")),
    "another-name": lambda keys: certificate(keys.key, holder=subject(name="Eva Díaz")),
    "another-organisation": lambda keys: certificate(keys.key, holder=subject(organisation="Police")),
    "a-second-name": lambda keys: certificate(
        keys.key, holder=x509.Name([*subject(), x509.NameAttribute(NameOID.COMMON_NAME, "Eva Díaz")])
    ),
    "a-title": lambda keys: certificate(
        keys.key, holder=x509.Name([*subject(), x509.NameAttribute(NameOID.TITLE, "Judge")])
    ),
    "without-organisation": lambda keys: certificate(keys.key, holder=x509.Name(list(subject())[:1])),
    "another-address": lambda keys: certificate(keys.key, email="eva@example.org"),
    "without-address": lambda keys: certificate(keys.key, email=None),
    "a-second-address": lambda keys: certificate(
        keys.key,
        email=None,
        change=lambda b: b.add_extension(
            x509.SubjectAlternativeName([x509.RFC822Name("ana@example.org"), x509.RFC822Name("eva@example.org")]),
            critical=False,
        ),
    ),
    "may-issue-certificates": lambda keys: certificate(keys.key, ca=True),
    "does-not-say-whether-it-may": lambda keys: certificate(keys.key, ca=None),
    "stray-bits": lambda keys: with_stray_bits(keys.key),
    "bytes-behind": lambda keys: certificate(keys.key) + b"\0",
}


def issued_by(builder: x509.CertificateBuilder, name: str) -> x509.CertificateBuilder:
    builder._issuer_name = subject(name)  # the builder refuses to say it twice
    return builder


@pytest.mark.parametrize("make", WRONG_CERTIFICATES.values(), ids=WRONG_CERTIFICATES.keys())
def test_a_wrong_certificate_is_not_believed_though_all_keys_signed(keys: Keys, make: Callable[[Keys], bytes]) -> None:
    public = public_key(keys, der=make(keys))
    with pytest.raises(VerificationError):
        verify_public_key(public)


def test_no_changed_byte_of_a_certificate_is_believed(keys: Keys) -> None:
    der = certificate(keys.key)
    for place in range(len(der)):
        for bit in (0x01, 0x02, 0x80):
            changed = der[:place] + bytes([der[place] ^ bit]) + der[place + 1 :]
            with pytest.raises(VerificationError):
                verify_public_key(public_key(keys, der=changed))
