"""RFC 3161 requests and replies: what is read, and what is refused. Believing is tested with a real authority."""

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from custody.errors import CustodyError, FormatError, TimestampMismatch, TimestampNonceMismatch, TimestampRefused
from custody.formats.timestamp import MAX_REPLY, certificates_pem, check_answers, parse_reply, timestamp_request
from custody.formats.timestamptoken import IMPRINTS, MAX_CERTIFICATES, MAX_INTEGER_BITS

DIGEST = bytes(range(32))


@pytest.fixture(scope="module")
def reply(vectors: Path) -> bytes:
    return (vectors / "rfc3161/sigstage/response-sha256.tsr").read_bytes()


def _changed(reply: bytes, change: Any, *, force: bool = True) -> bytes:
    """The reply after `change(signed_data)`, encoded anew; signatures no longer hold."""
    from asn1crypto.tsp import TimeStampResp

    response = TimeStampResp.load(reply)
    change(response["time_stamp_token"]["content"])
    encoded: bytes = response.dump(force=force)
    return encoded


def _refusal(status: int, words: list[str] | None = None, failure: set[str] | None = None) -> bytes:
    from asn1crypto.tsp import PKIStatusInfo

    info: dict[str, object] = {"status": status}
    if words is not None:
        info["status_string"] = words
    if failure is not None:
        info["fail_info"] = failure
    content: bytes = PKIStatusInfo(info).dump()
    return _sequence(content)


def _sequence(content: bytes) -> bytes:
    return b"\x30\x82" + len(content).to_bytes(2) + content


def test_request_is_what_the_standard_spells() -> None:
    assert (
        timestamp_request(DIGEST, 0x80FF).hex()
        == (
            "303e020101"  # SEQUENCE, version 1
            "3031300d060960864801650304020105000420" + DIGEST.hex() + "02030080ff"  # the nonce, positive
            "0101ff"  # certReq TRUE
        )
    )


@pytest.mark.parametrize("digest", [b"", bytes(31), bytes(33), bytes(64)])
def test_request_for_a_digest_of_another_length_is_refused(digest: bytes) -> None:
    with pytest.raises(FormatError):
        timestamp_request(digest, 1)


@pytest.mark.parametrize("nonce", [-1, 0, 2**MAX_INTEGER_BITS])
def test_request_with_a_nonce_that_is_none_is_refused(nonce: int) -> None:
    with pytest.raises(FormatError):
        timestamp_request(DIGEST, nonce)


def test_reply_is_read(reply: bytes) -> None:
    token = parse_reply(reply)
    assert (token.time, token.accuracy, token.imprint_algorithm, token.nonce, token.policy) == (
        datetime(2025, 5, 9, 11, 58, 55, tzinfo=UTC),
        timedelta(seconds=1),
        "sha256",
        0x051708B19A1D2E209C2236FFC3238BF24DCECC40,
        "1.3.6.1.4.1.57264.2",
    )


def test_reply_cut_anywhere_is_refused(reply: bytes) -> None:
    for length in range(len(reply)):
        with pytest.raises(FormatError):
            parse_reply(reply[:length])


def test_reply_with_any_byte_changed_is_read_or_refused(reply: bytes) -> None:
    for position in range(len(reply)):
        for change in (0x01, 0x80, 0xFF):
            data = bytearray(reply)
            data[position] ^= change
            try:
                parse_reply(bytes(data))
            except (FormatError, TimestampRefused):
                continue
            except CustodyError:
                pytest.fail(f"byte {position}")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"\x30\x00",
        b"\x30\x80\x00\x00",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30" * 5000,
        b"\xa0\x80" * 20000,
        b"<!DOCTYPE html><html><body>Please log in to the hotel's network</body></html>",
        b"HTTP/1.1 200 OK\r\n\r\n",
        bytes(MAX_REPLY + 1),
    ],
)
def test_what_is_no_reply_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        parse_reply(data)


def test_reply_with_anything_after_it_is_refused(reply: bytes) -> None:
    with pytest.raises(FormatError):
        parse_reply(reply + b"\0")


def test_bare_token_is_no_reply(reply: bytes) -> None:
    from asn1crypto.tsp import TimeStampResp

    with pytest.raises(FormatError):
        parse_reply(TimeStampResp.load(reply)["time_stamp_token"].dump())


def test_reply_longer_than_any_is_refused_unread(reply: bytes) -> None:
    with pytest.raises(FormatError, match="at most 65536"):
        parse_reply(reply + bytes(MAX_REPLY))


@pytest.mark.parametrize("status", [2, 3, 4, 5, 77, -1])
def test_authority_that_gives_no_timestamp_has_refused(status: int) -> None:
    with pytest.raises(TimestampRefused):
        parse_reply(_refusal(status))


def test_authoritys_own_words_are_told() -> None:
    with pytest.raises(TimestampRefused, match=r"\(rejection\): come back tomorrow; time not available"):
        parse_reply(_refusal(2, ["come back", "tomorrow"], {"time_not_available"}))


def test_authoritys_own_words_are_bounded_and_cannot_drive_a_terminal() -> None:
    with pytest.raises(TimestampRefused) as refused:
        parse_reply(_refusal(2, ["\x1b[2J\u202e\n" + "x" * 5000]))
    assert refused.value.message.isprintable()
    assert len(refused.value.message) < 300


def test_granted_without_a_token_is_refused() -> None:
    with pytest.raises(FormatError, match="granted"):
        parse_reply(_refusal(0))


def test_second_signature_is_refused(reply: bytes) -> None:
    def twice(signed: Any) -> None:
        signed["signer_infos"].append(signed["signer_infos"][0].copy())

    with pytest.raises(FormatError, match="2 signatures"):
        parse_reply(_changed(reply, twice))


def test_no_signature_is_refused(reply: bytes) -> None:
    def without(signed: Any) -> None:
        signed["signer_infos"] = []

    with pytest.raises(FormatError, match="0 signatures"):
        parse_reply(_changed(reply, without))


def test_more_certificates_than_any_chain_has_are_refused(reply: bytes) -> None:
    def many(signed: Any) -> None:
        for _ in range(MAX_CERTIFICATES):
            signed["certificates"].append(signed["certificates"][0].copy())

    with pytest.raises(FormatError, match="17 certificates"):
        parse_reply(_changed(reply, many))


@pytest.mark.parametrize("kind", ["content_type", "message_digest", "signing_certificate_v2"])
def test_signature_that_does_not_cover_what_it_must_is_refused(reply: bytes, kind: str) -> None:
    def without(signed: Any) -> None:
        info = signed["signer_infos"][0]
        info["signed_attrs"] = [one for one in info["signed_attrs"] if one["type"].native != kind]

    with pytest.raises(FormatError, match="cover"):
        parse_reply(_changed(reply, without))


def test_signed_attribute_twice_is_refused(reply: bytes) -> None:
    def twice(signed: Any) -> None:
        attributes = signed["signer_infos"][0]["signed_attrs"]
        attributes.append(attributes[1].copy())

    with pytest.raises(FormatError, match="exactly one value"):
        parse_reply(_changed(reply, twice))


def _with_info(reply: bytes, **fields: object) -> bytes:
    def change(signed: Any) -> None:
        from asn1crypto.tsp import TSTInfo

        info = TSTInfo.load(bytes(signed["encap_content_info"]["content"]))
        for name, value in fields.items():
            info[name] = value
        signed["encap_content_info"]["content"] = info

    return _changed(reply, change)


def _with_time(reply: bytes, text: bytes) -> bytes:
    """By hand: asn1crypto writes any time in its own spelling."""

    def change(signed: Any) -> None:
        from asn1crypto.tsp import TSTInfo

        old = b"\x18\x0f20250509115855Z"
        content = TSTInfo.load(bytes(signed["encap_content_info"]["content"])).contents
        assert content.count(old) == 1
        new = content.replace(old, b"\x18" + bytes([len(text)]) + text)
        signed["encap_content_info"]["content"] = TSTInfo.load(_sequence(new))

    return _changed(reply, change, force=False)


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [(b"20250509115855Z", 0), (b"20250509115855.5Z", 500_000), (b"20250509115855.123456789Z", 123_456)],
)
def test_part_of_a_second_is_read(reply: bytes, text: bytes, microsecond: int) -> None:
    assert parse_reply(_with_time(reply, text)).time.microsecond == microsecond


@pytest.mark.parametrize(
    "text",
    [
        b"20250509115855",
        b"202505091158Z",
        b"20250509115855+0000",
        b"20250509115855.Z",
        b"20250509115860Z",
        b"20250229115855Z",
        b"19991231235959Z",
        b"30000101000000Z",
        b"20250509115855." + b"1" * 13 + b"Z",
        "٢٠٢٥٠٥٠٩١١٥٨٥٥Z".encode(),
        b"\xff",
        b"",
    ],
)
def test_time_in_another_spelling_is_refused(reply: bytes, text: bytes) -> None:
    with pytest.raises(FormatError):
        parse_reply(_with_time(reply, text))


@pytest.mark.parametrize("accuracy", [{"seconds": 86401}, {"seconds": -1}, {"millis": 1000}, {"seconds": 2**200}])
def test_accuracy_that_is_none_is_refused(reply: bytes, accuracy: dict[str, int]) -> None:
    with pytest.raises(FormatError):
        parse_reply(_with_info(reply, accuracy=accuracy))


def test_accuracy_has_three_parts(reply: bytes) -> None:
    accuracy = parse_reply(_with_info(reply, accuracy={"seconds": 1, "millis": 2, "micros": 3})).accuracy
    assert accuracy == timedelta(seconds=1, milliseconds=2, microseconds=3)


@pytest.mark.parametrize("field", ["nonce", "serial_number"])
@pytest.mark.parametrize("number", [-1, 2**MAX_INTEGER_BITS])
def test_number_that_is_negative_or_endless_is_refused(reply: bytes, field: str, number: int) -> None:
    with pytest.raises(FormatError):
        parse_reply(_with_info(reply, **{field: number}))


@pytest.mark.parametrize("algorithm", IMPRINTS)
def test_imprint_of_another_length_is_refused(reply: bytes, algorithm: str) -> None:
    imprint = {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": bytes(20)}
    with pytest.raises(FormatError):
        parse_reply(_with_info(reply, message_imprint=imprint))


def test_unknown_version_is_refused(reply: bytes) -> None:
    with pytest.raises(FormatError, match="version"):
        parse_reply(_with_info(reply, version="v2"))


@pytest.mark.parametrize("critical", [True, False])
def test_extension_is_refused_only_where_it_must_be_understood(reply: bytes, critical: bool) -> None:
    extension = {"extn_id": "1.2.3.4", "critical": critical, "extn_value": b"\x05\x00"}
    data = _with_info(reply, extensions=[extension])
    if critical:
        with pytest.raises(FormatError, match="critical"):
            parse_reply(data)
    else:
        assert parse_reply(data).serial


def test_answer_to_the_request_is_accepted(reply: bytes) -> None:
    token = parse_reply(reply)
    assert token.nonce is not None
    check_answers(token, digest=token.imprint, nonce=token.nonce)


def test_answer_with_another_nonce_is_refused(reply: bytes) -> None:
    token = parse_reply(reply)
    assert token.nonce is not None
    with pytest.raises(TimestampNonceMismatch):
        check_answers(token, digest=token.imprint, nonce=token.nonce + 1)


def test_answer_without_a_nonce_is_refused(reply: bytes) -> None:
    token = dataclasses.replace(parse_reply(reply), nonce=None)
    with pytest.raises(TimestampNonceMismatch):
        check_answers(token, digest=token.imprint, nonce=1)


def test_answer_about_another_digest_is_refused(reply: bytes) -> None:
    token = parse_reply(reply)
    with pytest.raises(TimestampMismatch):
        check_answers(token, digest=DIGEST, nonce=token.nonce or 0)


def test_certificates_are_given_as_pem(reply: bytes) -> None:
    from cryptography.x509 import load_pem_x509_certificates

    pem = certificates_pem(parse_reply(reply))
    assert [one.subject.rfc4514_string() for one in load_pem_x509_certificates(pem)] == [
        "CN=sigstore-tsa,O=sigstore.dev"
    ]
