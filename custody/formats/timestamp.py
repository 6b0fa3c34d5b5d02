"""RFC 3161 timestamps: asks for one, reads an authority's reply, and checks that it answers the request.

Believes nothing: `tokenvalidation` does that. Sends nothing and reads no clock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from custody.errors import FormatError, TimestampMismatch, TimestampNonceMismatch, TimestampRefused
from custody.formats.certificates import printable, to_pem
from custody.formats.chains import TROUBLE
from custody.formats.timestamptoken import MAX_INTEGER_BITS, Token, is_absent, read_token

__all__ = [
    "MAX_REPLY",
    "MEDIA_TYPE_QUERY",
    "Token",
    "certificates_pem",
    "check_answers",
    "parse_reply",
    "parse_token",
    "timestamp_request",
]

MEDIA_TYPE_QUERY = "application/timestamp-query"  # RFC 3161 section 3.4

MAX_REPLY = 64 * 1024  # bytes; a chain of four RSA-4096 certificates and a token are under 12 KiB
MAX_REASON = 200  # characters of an authority's own words that are shown
SHA256_SIZE = 32


def timestamp_request(digest: bytes, nonce: int) -> bytes:
    """A DER TimeStampReq (RFC 3161 section 2.4.1) for a SHA-256 digest, that asks for the signer's certificate.

    Raises FormatError for another length, and for a nonce that is not positive or too large.
    """
    if len(digest) != SHA256_SIZE:
        raise FormatError(f"a SHA-256 digest has {SHA256_SIZE} bytes")
    if nonce <= 0 or nonce.bit_length() > MAX_INTEGER_BITS:
        raise FormatError("a nonce is a positive number")
    from asn1crypto import tsp

    request = tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest},
            "nonce": nonce,
            "cert_req": True,
        }
    )
    encoded: bytes = request.dump()
    return encoded


def check_answers(token: Token, *, digest: bytes, nonce: int) -> None:
    """What a requester checks of a fresh reply (RFC 3161 section 2.4.2): that it is of this SHA-256 digest and nonce.

    Raises TimestampMismatch, TimestampNonceMismatch.
    """
    if token.imprint_algorithm != "sha256" or token.imprint != digest:
        raise TimestampMismatch("the authority stamped something else", expected=digest, found=token.imprint)
    if token.nonce != nonce:
        # A reply recorded earlier, played back by whoever sits between: its time is too early.
        raise TimestampNonceMismatch(
            "the authority's reply answers another request: its nonce is not ours",
            "try again; if it stays so, somebody may be replaying old replies: use another network or authority",
        )


def certificates_pem(token: Token) -> bytes:
    """The certificates of the reply in PEM, for `openssl ts -verify -untrusted`."""
    return b"".join(to_pem(one) for one in token.certificates)


def parse_reply(data: bytes) -> Token:
    """The token of a whole TimeStampResp (RFC 3161 section 2.4.2).

    Raises TimestampRefused when the authority says that it gives none, FormatError for what is no such reply.
    """
    if len(data) > MAX_REPLY:
        raise FormatError(f"a timestamp reply of {len(data)} bytes; at most {MAX_REPLY} are read")
    with _reading():
        return read_token(_granted(data))


def parse_token(data: bytes) -> Token:
    """A token by itself (a CMS ContentInfo), as signatures carry it (RFC 3161 appendix A). Raises FormatError."""
    from asn1crypto import cms

    if len(data) > MAX_REPLY:
        raise FormatError(f"a timestamp of {len(data)} bytes; at most {MAX_REPLY} are read")
    with _reading():
        content_info = cms.ContentInfo.load(data, strict=True)
        if content_info["content_type"].native != "signed_data":
            raise FormatError("a timestamp that is no signed message")
        return read_token(content_info["content"])


@contextmanager
def _reading() -> Iterator[None]:
    """The parser is lazy: what is wrong shows wherever a value is first looked at."""
    try:
        yield
    except TROUBLE as error:
        raise FormatError(
            "not a timestamp reply (RFC 3161)",
            "a page of a website or a broken transfer looks like this; check the authority's address",
        ) from error


@cache
def _reply_type() -> Any:
    from asn1crypto import cms, core, tsp

    class TimeStampResp(core.Sequence):  # type: ignore[misc]
        """As in RFC 3161; asn1crypto's own demands a token also of a refusal."""

        _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]  # noqa: RUF012

    return TimeStampResp


def _granted(data: bytes) -> Any:
    reply = _reply_type().load(data, strict=True)
    status = reply["status"]
    if status["status"].native not in ("granted", "granted_with_mods"):
        raise _refusal(status)
    content_info = reply["time_stamp_token"]
    if is_absent(content_info) or content_info["content_type"].native != "signed_data":
        raise FormatError("a timestamp reply that says granted, and holds no signed token")
    return content_info["content"]


def _refusal(status: Any) -> TimestampRefused:
    words = " ".join(status["status_string"].native or ())
    reasons = ", ".join(sorted(status["fail_info"].native or ())).replace("_", " ")
    said = printable("; ".join(part for part in (words, reasons) if part) or "no reason", MAX_REASON)
    return TimestampRefused(
        f"the authority gave no timestamp ({printable(str(status['status'].native), MAX_REASON)}): {said}",
        "try again later, or use another authority",
    )
