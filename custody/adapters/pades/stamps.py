"""Gives pyHanko the stamps and certificates that it is handed, and fetches none."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from custody.errors import FormatError, SigningError, TimestampMismatch

if TYPE_CHECKING:
    from pyhanko.sign.timestamps import TimeStamper

    Stamp = Callable[[bytes], bytes]

# Bytes kept free: a document is signed before it is known how long the stamp will be. Usual ones take 2,000 to 7,000;
# where one takes more, the authority is asked once again.
STAMP_ROOM = 8_192
SIGNATURE_ROOM = 4_096  # for signature, certificate and attributes beside the stamp
MARGIN = 1_024  # by which a second stamp of the same authority may be longer than the first
MAX_SUPPORTING = 64  # certificates, or revocation lists, that one prolonging adds


class _TooLong(Exception):
    """A stamp that does not fit into what was kept free; `size` is its own, in bytes."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


def with_stamp(append: "Callable[[TimeStamper, int], bytes]", stamp: "Stamp") -> bytes:
    """What `append` makes with a stamper and as many bytes kept free as it takes."""
    try:
        return append(_stamper(stamp, STAMP_ROOM), STAMP_ROOM + SIGNATURE_ROOM)
    except _TooLong as error:
        room = error.size + MARGIN
    try:
        return append(_stamper(stamp, room), room + SIGNATURE_ROOM)
    except _TooLong as error:
        raise SigningError(f"the stamp of {error.size} bytes is longer than the one before", "try again") from error


def _stamper(stamp: "Stamp", room: int) -> "TimeStamper":
    """`stamp` as pyHanko asks for stamps: once for each, and never for a trial."""
    from asn1crypto import cms, tsp
    from pyhanko.sign.timestamps import TimeStamper

    from custody.formats.timestamp import parse_reply

    class Given(TimeStamper):
        async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
            # It may well run an event loop of its own.
            reply = await asyncio.to_thread(stamp, message_digest)
            token = parse_reply(reply)
            if (token.imprint_algorithm, md_algorithm) != ("sha256", "sha256") or token.imprint != message_digest:
                raise TimestampMismatch(
                    "the authority stamped something else", expected=message_digest, found=token.imprint
                )
            content = tsp.TimeStampResp.load(reply, strict=True)["time_stamp_token"]
            size = len(content.dump())
            if size > room:
                raise _TooLong(size)
            return content

    return Given()  # type: ignore[no-untyped-call]


def read_supporting(certificates: Sequence[bytes], revocation_lists: Sequence[bytes]) -> dict[str, Any]:
    """As pyHanko takes them, each once. Raises FormatError."""
    from asn1crypto import crl, x509

    from custody.formats.certificates import read_certificate
    from custody.formats.revocation import parse_crl

    if max(len(certificates), len(revocation_lists)) > MAX_SUPPORTING:
        raise FormatError(f"more than {MAX_SUPPORTING} certificates or revocation lists to put into the report")
    for one in certificates:
        read_certificate(one)
    lists = dict.fromkeys(parse_crl(one) for one in revocation_lists)
    return {
        "certs": [x509.Certificate.load(one, strict=True) for one in dict.fromkeys(certificates)],
        "crls": [crl.CertificateList.load(one, strict=True) for one in lists],
    }
