"""The replies of trailofbits/rfc3161-client: each has one right answer. What was stamped is the word "hello" in all."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from custody.errors import (
    CustodyError,
    TimestampAuthorityUnknown,
    TimestampCertificateMissing,
    TimestampMismatch,
    TimestampSignatureMismatch,
)
from custody.formats.certificates import load_roots
from custody.formats.timestamp import Token, check_answers, parse_reply, timestamp_request
from custody.formats.tokenvalidation import Stamp, validate_token
from tests.conformance.published import files

MESSAGE = b"hello"

GOOD = [
    "rfc3161/sigstage/response-sha256.tsr",
    "rfc3161/sigstage/response-sha384.tsr",
    "rfc3161/sigstage/response-sha512.tsr",
    "rfc3161/test_tsa/response.tsr",
    "rfc3161/test_tsa/response-injected-certs.tsr",
]
BAD: dict[str, type[CustodyError]] = {
    "rfc3161/sigstage/response-invalid-signature.tsr": TimestampSignatureMismatch,
    "rfc3161/sigstage/response-no-embedded-cert.tsr": TimestampCertificateMissing,
    # Its authority has the names of the one whose root is published here, and other keys.
    "rfc3161/test_tsa/other_response.tsr": TimestampAuthorityUnknown,
}


def _validate(vectors: Path, file: str, *, extra: tuple[bytes, ...] = (), message: bytes = MESSAGE) -> Stamp:
    token, chain = _token(vectors, file), _chain(vectors, file)
    # The replies bring the signer's certificate alone: what is between it and the root is kept beside.
    between = chain[1:-1]
    digest = hashlib.new(token.imprint_algorithm, message).digest()
    return validate_token(token, digest=digest, roots=chain[-1:], extra=between + extra)


def _token(vectors: Path, file: str) -> Token:
    return parse_reply((vectors / file).read_bytes())


def _chain(vectors: Path, file: str) -> tuple[bytes, ...]:
    return load_roots((vectors / file).with_name("ts_chain.pem").read_bytes())


def test_every_published_reply_is_answered(vectors: Path) -> None:
    assert set(files("rfc3161", "*.tsr")) == {*GOOD, *BAD}


@pytest.mark.parametrize("file", GOOD)
def test_good_reply_is_valid_up_to_the_root(vectors: Path, file: str) -> None:
    stamp = _validate(vectors, file)
    chain = _chain(vectors, file)
    assert (stamp.chain[0], stamp.chain[-1]) == (chain[0], chain[-1])


@pytest.mark.parametrize("file", BAD)
def test_bad_reply_is_refused_for_its_own_reason(vectors: Path, file: str) -> None:
    with pytest.raises(CustodyError) as refused:
        _validate(vectors, file)
    assert refused.type is BAD[file]


@pytest.mark.parametrize("file", GOOD)
def test_good_reply_about_another_text_does_not_match(vectors: Path, file: str) -> None:
    with pytest.raises(TimestampMismatch):
        _validate(vectors, file, message=b"hullo")


@pytest.mark.parametrize("file", GOOD)
def test_good_reply_under_no_root_is_of_an_unknown_authority(vectors: Path, file: str) -> None:
    token = _token(vectors, file)
    with pytest.raises(TimestampAuthorityUnknown):
        validate_token(
            token,
            digest=hashlib.new(token.imprint_algorithm, MESSAGE).digest(),
            roots=(),
            extra=_chain(vectors, file),
        )


@pytest.mark.parametrize("file", GOOD)
def test_signers_certificate_may_be_the_root(vectors: Path, file: str) -> None:
    token, chain = _token(vectors, file), _chain(vectors, file)
    digest = hashlib.new(token.imprint_algorithm, MESSAGE).digest()
    assert validate_token(token, digest=digest, roots=chain[:1]).chain == chain[:1]


def test_reply_without_certificate_is_valid_with_one_kept_beside_it(vectors: Path) -> None:
    file = "rfc3161/sigstage/response-no-embedded-cert.tsr"
    assert _validate(vectors, file, extra=_chain(vectors, file)[:1]).authority == "CN=sigstore-tsa,O=sigstore.dev"


def test_injected_certificates_change_no_answer(vectors: Path) -> None:
    clean, injected = (_validate(vectors, f"rfc3161/test_tsa/response{name}.tsr") for name in ("", "-injected-certs"))
    assert clean == injected


def test_what_a_reply_shows_is_told(vectors: Path) -> None:
    stamp = _validate(vectors, "rfc3161/test_tsa/response.tsr")
    assert (str(stamp.time), stamp.accuracy, stamp.authority, stamp.root_subject, str(stamp.valid_until)) == (
        "2024-10-08 15:40:32+00:00",
        timedelta(seconds=1),
        "CN=Test TSA Timestamping,O=local",
        "CN=Test TSA Root,O=local",
        "2033-10-07 13:47:50+00:00",
    )


def test_reply_without_intermediate_is_of_an_unknown_authority(vectors: Path) -> None:
    file = "rfc3161/test_tsa/response.tsr"
    token = _token(vectors, file)
    with pytest.raises(TimestampAuthorityUnknown):
        validate_token(token, digest=hashlib.sha512(MESSAGE).digest(), roots=_chain(vectors, file)[-1:])


def test_published_request_and_ours_differ_in_nothing_but_digest_and_nonce(vectors: Path) -> None:
    from asn1crypto.tsp import TimeStampReq

    def shape(data: bytes) -> dict[str, object]:
        request = dict(TimeStampReq.load(data, strict=True).native)
        return request | {"nonce": type(request["nonce"]), "message_imprint": list(request["message_imprint"])}

    published = (vectors / "rfc3161/test_tsa/request.der").read_bytes()
    assert shape(timestamp_request(bytes(32), 2**63)) == shape(published)


def test_reply_to_a_sha512_request_is_none_to_ours(vectors: Path) -> None:
    token = _token(vectors, "rfc3161/test_tsa/response.tsr")
    with pytest.raises(TimestampMismatch):
        check_answers(token, digest=token.imprint, nonce=token.nonce or 0)
