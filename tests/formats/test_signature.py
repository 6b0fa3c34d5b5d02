"""ECDSA P-256 in raw form, and the keys that it is checked with."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from custody.errors import FormatError, SignatureMismatch
from custody.formats.signature import (
    P256_ORDER,
    der_from_raw,
    is_low_s,
    load_p256,
    raw_from_der,
    sign_p256,
    spki_bytes,
    verify_ed25519,
    verify_p256,
)
from tests.formats.values import nearly, read_back

KEY = ec.derive_private_key(7, ec.SECP256R1())
SPKI = spki_bytes(KEY.public_key())
HEADER, POINT = SPKI[:26], SPKI[27:]  # between them stands 04, for an uncompressed point
MESSAGE = b"a message"
RAW = sign_p256(KEY, MESSAGE)

numbers = st.integers(0, 2**256 - 1) | st.sampled_from((0, 1, 0x7F, 0x80, P256_ORDER - 1, P256_ORDER, 2**255))
raws = st.tuples(numbers, numbers).map(lambda pair: pair[0].to_bytes(32, "big") + pair[1].to_bytes(32, "big"))


@given(st.binary())
def test_signature_verifies(message: bytes) -> None:
    verify_p256(KEY.public_key(), sign_p256(KEY, message), message)


@given(st.binary())
def test_signature_has_low_s(message: bytes) -> None:
    # The nonce gives high s in one of two messages, so a hundred examples meet it.
    raw = sign_p256(KEY, message)
    assert 0 < int.from_bytes(raw[32:], "big") <= P256_ORDER // 2


@given(st.binary())
def test_signing_twice_gives_the_same_bytes(message: bytes) -> None:
    assert sign_p256(KEY, message) == sign_p256(KEY, message)


def test_signature_with_any_bit_changed_is_refused() -> None:
    for bit in range(512):
        changed = (int.from_bytes(RAW, "big") ^ 1 << bit).to_bytes(64, "big")
        with pytest.raises(SignatureMismatch):
            verify_p256(KEY.public_key(), changed, MESSAGE)


def test_high_twin_verifies_as_the_primitive_says() -> None:
    twin = RAW[:32] + (P256_ORDER - int.from_bytes(RAW[32:], "big")).to_bytes(32, "big")
    verify_p256(KEY.public_key(), twin, MESSAGE)
    assert (is_low_s(RAW), is_low_s(twin)) == (True, False)


@pytest.mark.parametrize("raw", [b"", RAW[:63], RAW + b"\0", b"\0" + RAW, bytes(64), b"\xff" * 64, der_from_raw(RAW)])
def test_what_is_no_raw_signature_is_refused(raw: bytes) -> None:
    with pytest.raises(SignatureMismatch):
        verify_p256(KEY.public_key(), raw, MESSAGE)


@given(raws)
def test_der_is_read_back(raw: bytes) -> None:
    assert raw_from_der(der_from_raw(raw)) == raw


@given(nearly(der_from_raw(RAW)))
def test_der_that_is_read_is_written_alike(data: bytes) -> None:
    assert read_back(data, raw_from_der, der_from_raw) in (data, None)


@pytest.mark.parametrize("size", [0, 63, 65])
def test_der_is_made_of_64_bytes_only(size: int) -> None:
    with pytest.raises(FormatError, match="64 bytes"):
        der_from_raw(bytes(size))


@pytest.mark.parametrize(
    "der",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(der_from_raw(RAW) + b"\0", id="bytes after"),
        pytest.param(bytes.fromhex("3006020101020101")[:-1], id="cut short"),
        pytest.param(bytes.fromhex("3006020101020181"), id="negative"),
        pytest.param(bytes.fromhex("300702020001020101"), id="leading zero"),
        pytest.param(bytes.fromhex("30810602010102 0101"), id="long form of the length"),
        pytest.param(bytes.fromhex("30800201010201010000"), id="indefinite length"),
        pytest.param(bytes.fromhex("3026022101") + bytes(32) + bytes.fromhex("020101"), id="33 bytes"),
        pytest.param(bytes.fromhex("3003020101"), id="one number"),
        pytest.param(bytes.fromhex("3009020101020101020101"), id="three numbers"),
        pytest.param(RAW, id="raw"),
    ],
)
def test_der_that_is_no_signature_is_refused(der: bytes) -> None:
    with pytest.raises(FormatError):
        raw_from_der(der)


@given(st.integers(1, P256_ORDER - 1))
def test_key_is_read_back(secret: int) -> None:
    public = ec.derive_private_key(secret, ec.SECP256R1()).public_key()
    assert load_p256(spki_bytes(public)) == public


@given(nearly(SPKI))
def test_key_that_is_read_is_written_alike(data: bytes) -> None:
    assert read_back(data, load_p256, spki_bytes) in (data, None)


def _spki(curve: str, point: bytes) -> bytes:
    """A SubjectPublicKeyInfo of an EC key on the curve of this DER object identifier (hex)."""
    algorithm = bytes.fromhex("06072a8648ce3d0201" + curve)
    bits = b"\x03" + bytes([len(point) + 1]) + b"\0" + point
    body = b"\x30" + bytes([len(algorithm)]) + algorithm + bits
    return b"\x30" + bytes([len(body)]) + body


P256 = "06082a8648ce3d030107"
PARITY = bytes([2 + (POINT[-1] & 1)])


def test_the_builder_of_keys_adds_no_fault() -> None:
    assert _spki(P256, b"\x04" + POINT) == SPKI == HEADER + b"\x04" + POINT


@pytest.mark.parametrize(
    "spki",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(SPKI[:-1], id="cut short"),
        pytest.param(SPKI + b"\0", id="bytes after"),
        pytest.param(_spki(P256, PARITY + POINT[:32]), id="compressed point"),
        pytest.param(_spki(P256, bytes([6 + (POINT[-1] & 1)]) + POINT), id="hybrid point"),
        pytest.param(_spki(P256, b"\0"), id="point at infinity"),
        pytest.param(_spki(P256, b"\x04" + POINT[:-1] + bytes([POINT[-1] ^ 1])), id="point off the curve"),
        pytest.param(_spki(P256, b"\x04" + b"\xff" * 64), id="numbers beyond the field"),
        pytest.param(_spki(P256, POINT), id="no mark before the point"),
        pytest.param(_spki("06052b81040006", b"\x04" + bytes(28)), id="curve that OpenSSL does not know"),
        pytest.param(_spki("06082a811ccf5501822d", b"\x04" + POINT), id="SM2"),
        pytest.param(_spki("06052b8104000a", b"\x04" + POINT), id="point of P-256 on secp256k1"),
        pytest.param(_spki("0500", b"\x04" + POINT), id="no curve"),
        pytest.param(spki_bytes(ec.derive_private_key(7, ec.SECP384R1()).public_key()), id="P-384"),
        pytest.param(spki_bytes(ec.derive_private_key(7, ec.SECP256K1()).public_key()), id="secp256k1"),
        pytest.param(spki_bytes(ec.derive_private_key(7, ec.BrainpoolP256R1()).public_key()), id="brainpool"),
        pytest.param(
            ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
            .public_key()
            .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            id="Ed25519",
        ),
        pytest.param(
            x25519.X25519PrivateKey.from_private_bytes(bytes(32))
            .public_key()
            .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            id="X25519",
        ),
        pytest.param(
            rsa.RSAPublicNumbers(65537, (1 << 2048) - 1942289)
            .public_key()
            .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            id="RSA",
        ),
        pytest.param(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), id="PEM"),
        pytest.param(b"\x04" + POINT, id="point alone"),
        pytest.param(bytes.fromhex("302a300506032b6599032100") + bytes(32), id="algorithm that nobody knows"),
    ],
)
def test_key_of_another_kind_or_spelling_is_refused(spki: bytes) -> None:
    with pytest.raises(FormatError):
        load_p256(spki)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_ed25519_key_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(SignatureMismatch):
        verify_ed25519(bytes(size), bytes(64), MESSAGE)


@pytest.mark.parametrize("size", [0, 63, 65])
def test_ed25519_signature_of_another_size_is_refused(size: int) -> None:
    private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    with pytest.raises(SignatureMismatch):
        verify_ed25519(private.public_key().public_bytes_raw(), (private.sign(MESSAGE) + b"\0")[:size], MESSAGE)
