"""A real authority over HTTP: one round trip a timestamp, and a reason for each way of getting none."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from custody import bootstrap
from custody.errors import CustodyError, FormatError, TimestampNonceMismatch, TimestampRefused
from custody.formats.revocation import MAX_CRL, parse_crl, revocation_urls
from custody.formats.timestamp import MAX_REPLY, MEDIA_TYPE_QUERY, Token, check_answers, parse_reply, timestamp_request
from custody.formats.tokenvalidation import validate_token
from custody.ports import WebAnswer, WebRequest
from tests.servers.authority import Authority
from tests.servers.web import Fault

DIGEST = hashlib.sha256(b"three lines").digest()
NONCE = 0x1F2E3D4C5B6A7988

Authorities = Callable[..., Authority]


def _stamp(authority: Authority) -> Token:
    request = WebRequest(authority.url, MAX_REPLY, timestamp_request(DIGEST, NONCE), MEDIA_TYPE_QUERY)
    (answer,) = bootstrap.web().ask([request])
    assert isinstance(answer, WebAnswer)
    token = parse_reply(answer.body)
    check_answers(token, digest=DIGEST, nonce=NONCE)
    return token


@pytest.mark.parametrize("algorithm", ["p256", "rsa2048"])
@pytest.mark.parametrize("order", ["sorted", "unsorted"])
def test_timestamp_is_one_round_trip(authorities: Authorities, algorithm: str, order: str) -> None:
    authority = authorities(algorithm=algorithm, order=order)
    assert validate_token(_stamp(authority), digest=DIGEST, roots=[authority.root]).authority == "CN=Test TSA"
    assert len(authority.requests) == 1


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"fault": Fault.GARBAGE}, FormatError),
        ({"fault": Fault.ERROR_PAGE}, FormatError),
        ({"fault": Fault.LOGIN_PAGE}, FormatError),
        ({"fault": Fault.REDIRECT}, FormatError),
        ({"wrong_nonce": True}, TimestampNonceMismatch),
        ({"refusing": True}, TimestampRefused),
    ],
)
def test_answer_that_is_no_timestamp_is_refused_for_its_reason(
    authorities: Authorities, settings: Any, reason: type[CustodyError]
) -> None:
    with pytest.raises(reason):
        _stamp(authorities(**settings))


def test_revocation_list_is_fetched_where_the_certificate_says(authorities: Authorities) -> None:
    authority = authorities(crl=True)
    made = authority.revoke(None)
    (url,) = revocation_urls(_stamp(authority).certificates)
    (answer,) = bootstrap.web().ask([WebRequest(url, MAX_CRL)])
    assert isinstance(answer, WebAnswer)
    assert parse_crl(answer.body) == made
