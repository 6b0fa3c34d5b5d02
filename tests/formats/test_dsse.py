"""Envelopes: one spelling, equal to the slow canonical encoder, opened only by the key that signed."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from custody.domain.statement import PAYLOAD_TYPE
from custody.errors import FormatError, SignatureMismatch
from custody.formats import canonical
from custody.formats.dsse import (
    MAX_ENVELOPE,
    MAX_PAYLOAD,
    Envelope,
    format_envelope,
    open_envelope,
    pae,
    parse_envelope,
    reopen_envelope,
)
from custody.formats.signature import P256_ORDER, sign_p256
from tests.formats.values import nearly, read_back, texts
from tests.oracles import canonical as oracle

KEY = ec.derive_private_key(20261124, ec.SECP256R1())
OTHER_KEY = ec.derive_private_key(20261125, ec.SECP256R1())
KEY_ID = "0123456789abcdef" * 4
KIND = "application/vnd.example+json"
HALF = P256_ORDER // 2

low_s = st.tuples(st.integers(0, 2**256 - 1), st.integers(0, HALF)).map(
    lambda pair: pair[0].to_bytes(32, "big") + pair[1].to_bytes(32, "big")
)
envelopes = st.builds(
    Envelope,
    payload_type=texts,
    unverified_payload=st.binary(max_size=200),
    key_id=st.binary(min_size=32, max_size=32).map(bytes.hex),
    signature=low_s,
)


def signed(payload: bytes, kind: str = KIND) -> Envelope:
    return Envelope(
        payload_type=kind, unverified_payload=payload, key_id=KEY_ID, signature=sign_p256(KEY, pae(kind, payload))
    )


EXAMPLE = signed(b'{"a":1}')


def wire(envelope: Envelope = EXAMPLE) -> dict[str, Any]:
    content = json.loads(format_envelope(envelope))
    assert isinstance(content, dict)
    return content


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


@given(envelopes)
def test_envelope_is_read_back(envelope: Envelope) -> None:
    assert parse_envelope(format_envelope(envelope)) == envelope


@given(envelopes)
def test_envelope_equals_the_slow_canonical_encoder(envelope: Envelope) -> None:
    expected = {
        "payloadType": envelope.payload_type,
        "payload": base64.b64encode(envelope.unverified_payload).decode(),
        "signatures": [{"sig": base64.b64encode(envelope.signature).decode(), "keyid": envelope.key_id}],
    }
    assert format_envelope(envelope) == oracle.encode(expected)


@given(nearly(format_envelope(EXAMPLE)))
def test_bytes_that_are_read_are_written_alike_and_canonical(data: bytes) -> None:
    if read_back(data, parse_envelope, format_envelope) is not None:
        assert format_envelope(parse_envelope(data)) == data == canonical.encode(canonical.parse(data))


@given(st.text(st.characters(exclude_categories=["Cs"])), st.binary())
def test_lengths_that_are_signed_count_bytes(kind: str, payload: bytes) -> None:
    spelt = kind.encode()
    expected = b" ".join([b"DSSEv1", str(len(spelt)).encode(), spelt, str(len(payload)).encode(), payload])
    assert pae(kind, payload) == expected


def test_letter_of_two_bytes_counts_twice() -> None:
    assert pae("é", "é€".encode()) == b"DSSEv1 2 \xc3\xa9 5 \xc3\xa9\xe2\x82\xac"


@given(st.binary(max_size=100))
def test_payload_is_returned_to_the_key_that_signed(payload: bytes) -> None:
    assert open_envelope(signed(payload), KEY.public_key()) == payload


def test_envelope_of_another_key_is_refused() -> None:
    with pytest.raises(SignatureMismatch):
        open_envelope(EXAMPLE, OTHER_KEY.public_key())


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"payload_type": KIND + "x"}, id="type"),
        pytest.param({"unverified_payload": b'{"a":2}'}, id="payload"),
        pytest.param({"signature": signed(b"another").signature}, id="signature"),
        pytest.param({"signature": bytes(64)}, id="zeros"),
        pytest.param({"signature": b"\1" * 63}, id="short"),
    ],
)
def test_changed_envelope_is_refused(change: dict[str, Any]) -> None:
    members = {name: getattr(EXAMPLE, name) for name in EXAMPLE.__struct_fields__}
    with pytest.raises(SignatureMismatch):
        open_envelope(Envelope(**{**members, **change}), KEY.public_key())


def test_bytes_moved_between_type_and_payload_are_refused() -> None:
    moved = Envelope(payload_type=KIND + " ", unverified_payload=b'{"a":1}', key_id=KEY_ID, signature=EXAMPLE.signature)
    with pytest.raises(SignatureMismatch):
        open_envelope(moved, KEY.public_key())


def test_largest_payload_fits_and_one_byte_more_does_not() -> None:
    assert len(format_envelope(signed(bytes(MAX_PAYLOAD), PAYLOAD_TYPE))) <= MAX_ENVELOPE
    with pytest.raises(FormatError, match="larger than 65535"):
        format_envelope(signed(bytes(MAX_PAYLOAD + 1), PAYLOAD_TYPE))


def test_envelope_of_65535_bytes_is_read() -> None:
    full = signed(bytes(48_948))
    data = format_envelope(full)
    longer = signed(bytes(48_948), KIND + "x" * (MAX_ENVELOPE - len(data)))
    assert len(format_envelope(longer)) == MAX_ENVELOPE
    assert parse_envelope(format_envelope(longer)) == longer


def test_envelope_of_65536_bytes_is_not_read() -> None:
    content = wire()
    content["payloadType"] += "x" * (MAX_ENVELOPE + 1 - len(compact(content)))
    assert len(compact(content)) == MAX_ENVELOPE + 1
    with pytest.raises(FormatError, match="65536 bytes is larger than 65535"):
        parse_envelope(compact(content))


def _with_signature(**members: object) -> Callable[[], bytes]:
    def change() -> bytes:
        content = wire()
        content["signatures"][0].update(members)
        return compact(content)

    return change


def _with(**members: object) -> Callable[[], bytes]:
    return lambda: compact({**wire(), **members})


def _without(name: str) -> Callable[[], bytes]:
    return lambda: compact({key: value for key, value in wire().items() if key != name})


def _replaced(old: bytes, new: bytes) -> Callable[[], bytes]:
    def change() -> bytes:
        data = format_envelope(EXAMPLE)
        assert data.count(old) == 1
        return data.replace(old, new)

    return change


def _high_s() -> str:
    s = P256_ORDER - int.from_bytes(EXAMPLE.signature[32:], "big")
    return base64.b64encode(EXAMPLE.signature[:32] + s.to_bytes(32, "big")).decode()


def _url_safe() -> bytes:
    """An envelope whose signature, in the other alphabet, differs."""
    envelope = Envelope(payload_type=KIND, unverified_payload=b"", key_id=KEY_ID, signature=b"\xfb" * 32 + b"\x3f" * 32)
    content = wire(envelope)
    sig = content["signatures"][0]["sig"]
    content["signatures"][0]["sig"] = sig.replace("+", "-").replace("/", "_")
    assert content != wire(envelope)
    return compact(content)


def _two_signatures() -> bytes:
    content = wire()
    content["signatures"] *= 2
    return compact(content)


SIG = base64.b64encode(EXAMPLE.signature).decode()

MALFORMED: dict[str, Callable[[], bytes]] = {
    "extra member": _with(version=1),
    "extra member that sorts last": _with(zzz=1),
    "extra member of a signature": _with_signature(cert="AA=="),
    "no payload": _without("payload"),
    "no payload type": _without("payloadType"),
    "no signatures": _without("signatures"),
    "no signature": _with(signatures=[]),
    "two signatures": _two_signatures,
    "signatures null": _with(signatures=None),
    "signatures an object": _with(signatures={"keyid": KEY_ID, "sig": SIG}),
    "signature null": _with_signature(sig=None),
    "payload null": _with(payload=None),
    "payload a number": _with(payload=1),
    "payload type null": _with(payloadType=None),
    "payload type with a NUL": _replaced(KIND.encode(), b"a\\u0000b"),
    "payload type with a lone surrogate": _replaced(KIND.encode(), b"\\ud800"),
    "payload type with a surrogate in UTF-8": _with(payloadType="\ud800"),
    "payload type not in UTF-8": _replaced(KIND.encode(), b"\xff"),
    "payload type escaped": _replaced(b'"application', b'"\\u0061pplication'),
    "payload type with an escaped slash": _replaced(KIND.encode(), KIND.replace("/", "\\/").encode()),
    "name escaped": _replaced(b'"payloadType"', b'"\\u0070ayloadType"'),
    "a name twice": _replaced(b'{"payload":', b'{"payload":"","payload":'),
    "a name twice, the same value": _replaced(
        b'{"payload":"eyJhIjoxfQ=="', b'{"payload":"eyJhIjoxfQ==","payload":"eyJhIjoxfQ=="'
    ),
    "members in another order": lambda: compact(dict(reversed(wire().items()))),
    "members of a signature in another order": _with(signatures=[{"sig": SIG, "keyid": KEY_ID}]),
    "Python's name for the type": _replaced(b'"payloadType"', b'"payload_type"'),
    "upper-case key id": _with_signature(keyid=KEY_ID.upper()),
    "short key id": _with_signature(keyid=KEY_ID[2:]),
    "empty key id": _with_signature(keyid=""),
    "key id that is no hexadecimal": _with_signature(keyid="g" * 64),
    "key id with a line feed": _with_signature(keyid=KEY_ID[:-1] + "\n"),
    "high s": _with_signature(sig=_high_s()),
    "signature of 63 bytes": _with_signature(sig=base64.b64encode(bytes(63)).decode()),
    "signature of 65 bytes": _with_signature(sig=base64.b64encode(bytes(65)).decode()),
    "signature in DER": _with_signature(sig=base64.b64encode(b"\x30\x06\2\1\1\2\1\1").decode()),
    "empty signature": _with_signature(sig=""),
    "signature in URL-safe base64": _url_safe,
    "signature without padding": _with_signature(sig=SIG.rstrip("=")),
    "signature with stray bits": _with_signature(sig=SIG[:-3] + chr(ord(SIG[-3]) + 1) + "=="),
    "payload in URL-safe base64": _with(payload="_-8="),
    "payload without padding": _with(payload="eyJhIjoxfQ"),
    "payload with a line feed": _with(payload="eyJhIjoxfQ==\n"),
    "payload with stray bits": _with(payload="eyJhIjoxfR=="),
    "space": lambda: json.dumps(wire(), separators=(", ", ":")).encode(),
    "space before": lambda: b" " + format_envelope(EXAMPLE),
    "line feed after": lambda: format_envelope(EXAMPLE) + b"\n",
    "bytes after": lambda: format_envelope(EXAMPLE) + b"{}",
    "byte order mark": lambda: b"\xef\xbb\xbf" + format_envelope(EXAMPLE),
    "cut short": lambda: format_envelope(EXAMPLE)[:-1],
    "nothing": lambda: b"",
    "null": lambda: b"null",
    "an array": lambda: b"[" + format_envelope(EXAMPLE) + b"]",
    "many brackets": lambda: b"[" * 60_000,
    "many objects": lambda: b'{"payload":' * 5_000,
    "a deep unknown member": lambda: b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
}


@pytest.mark.parametrize("fault", MALFORMED)
def test_another_spelling_is_refused(fault: str) -> None:
    data = MALFORMED[fault]()
    assert data != format_envelope(EXAMPLE)
    with pytest.raises(FormatError):
        parse_envelope(data)


def test_the_builders_of_faults_add_none_of_their_own() -> None:
    assert compact(wire()) == _with()() == _with_signature()() == format_envelope(EXAMPLE)


@pytest.mark.parametrize(
    ("s", "accepted"), [(HALF, True), (HALF + 1, False), (P256_ORDER - 1, False), (2**256 - 1, False)]
)
def test_s_ends_at_half_the_order(s: int, accepted: bool) -> None:
    sig = base64.b64encode(bytes(31) + b"\1" + s.to_bytes(32, "big")).decode()
    data = _with_signature(sig=sig)()
    assert (read_back(data, parse_envelope, format_envelope) == data) is accepted


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"payload_type": "a\0b"}, id="NUL"),
        pytest.param({"payload_type": "\ud800"}, id="lone surrogate"),
        pytest.param({"key_id": KEY_ID.upper()}, id="upper-case key id"),
        pytest.param({"key_id": ""}, id="no key id"),
        pytest.param({"signature": bytes(63)}, id="short signature"),
        pytest.param({"signature": b"\xff" * 64}, id="high s"),
    ],
)
def test_what_would_not_be_read_is_not_written(change: dict[str, Any]) -> None:
    members = {name: getattr(EXAMPLE, name) for name in EXAMPLE.__struct_fields__}
    with pytest.raises(FormatError):
        format_envelope(Envelope(**{**members, **change}))


def test_reopening_what_is_nested_without_end_is_refused_as_no_envelope() -> None:
    with pytest.raises(FormatError, match="not an envelope"):
        reopen_envelope(b'{"a":' + b"[" * 60_000)
