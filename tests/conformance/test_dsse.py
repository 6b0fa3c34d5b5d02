"""The DSSE protocol's own example: its encoding, its signature, and why its envelope is not one of ours."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from custody.errors import FormatError, SignatureMismatch
from custody.formats.dsse import Envelope, format_envelope, open_envelope, pae, parse_envelope
from custody.formats.encoding import format_base64, parse_base64
from custody.formats.signature import P256_ORDER, is_low_s, sign_p256, verify_p256


@pytest.fixture
def example(vectors: Path) -> dict[str, Any]:
    content = json.loads((vectors / "dsse/hello-world.json").read_bytes())
    assert isinstance(content, dict)
    return content


@pytest.fixture
def key(example: dict[str, Any]) -> ec.EllipticCurvePrivateKey:
    public = ec.EllipticCurvePublicNumbers(int(example["x"]), int(example["y"]), ec.SECP256R1())
    return ec.EllipticCurvePrivateNumbers(int(example["d"]), public).private_key()


def _signature(example: dict[str, Any]) -> bytes:
    return parse_base64(example["envelope"]["signatures"][0]["sig"])


def _envelope(example: dict[str, Any], signature: bytes) -> Envelope:
    return Envelope(
        payload_type=example["payloadType"],
        unverified_payload=parse_base64(example["envelope"]["payload"]),
        key_id="0" * 64,
        signature=signature,
    )


def test_encoding_is_the_published_one(example: dict[str, Any]) -> None:
    assert pae(example["payloadType"], example["payload"].encode()) == example["pae"].encode()


def test_published_signature_opens_the_envelope(example: dict[str, Any], key: ec.EllipticCurvePrivateKey) -> None:
    envelope = _envelope(example, _signature(example))
    assert open_envelope(envelope, key.public_key()) == example["payload"].encode()


def test_signing_gives_the_published_signature(example: dict[str, Any], key: ec.EllipticCurvePrivateKey) -> None:
    # RFC 6979 nonce, so the same bytes. The published s lies in the lower half already, so ours is not turned.
    assert is_low_s(_signature(example))
    assert sign_p256(key, example["pae"].encode()) == _signature(example)


def test_signature_of_the_bare_payload_is_another_one(example: dict[str, Any], key: ec.EllipticCurvePrivateKey) -> None:
    signature = sign_p256(key, example["payload"].encode())
    with pytest.raises(SignatureMismatch):
        open_envelope(_envelope(example, signature), key.public_key())


def test_payload_type_is_signed(example: dict[str, Any], key: ec.EllipticCurvePrivateKey) -> None:
    envelope = Envelope(
        payload_type=example["payloadType"] + "s",
        unverified_payload=example["payload"].encode(),
        key_id="0" * 64,
        signature=_signature(example),
    )
    with pytest.raises(SignatureMismatch):
        open_envelope(envelope, key.public_key())


def test_twin_signature_with_high_s_is_valid_and_makes_no_envelope(
    example: dict[str, Any], key: ec.EllipticCurvePrivateKey
) -> None:
    low = _signature(example)
    twin = low[:32] + (P256_ORDER - int.from_bytes(low[32:], "big")).to_bytes(32, "big")
    verify_p256(key.public_key(), twin, example["pae"].encode())
    with pytest.raises(FormatError, match="upper half"):
        format_envelope(_envelope(example, twin))


def test_published_envelope_is_refused_for_want_of_a_key_id(example: dict[str, Any]) -> None:
    # DSSE makes keyid optional; our declared subset asks for it.
    compact = json.dumps(example["envelope"], separators=(",", ":")).encode()
    with pytest.raises(FormatError, match="not an envelope"):
        parse_envelope(compact)


def test_published_envelope_with_a_key_id_is_read(example: dict[str, Any]) -> None:
    sig = format_base64(_signature(example))
    data = (
        f'{{"payload":"{example["envelope"]["payload"]}","payloadType":"{example["payloadType"]}",'
        f'"signatures":[{{"keyid":"{"0" * 64}","sig":"{sig}"}}]}}'
    ).encode()
    assert parse_envelope(data) == _envelope(example, _signature(example))
