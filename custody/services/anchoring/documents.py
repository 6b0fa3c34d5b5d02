"""Has an authority stamp the digests of a document, and checks each before it is used. Records nothing.

A document says on its pages who stamps it, so the authority is found before the document is drawn.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from custody.domain.addresses import Address
from custody.domain.trust import Trust
from custody.errors import CustodyError, UsageError
from custody.ports import Entropy, StampQueue, Web, WebRequest, body_of
from custody.services.anchoring.revocation import fetch_lists
from custody.services.recording import Recorder

NONCE_SIZE = 16  # bytes, of an RFC 3161 request


@dataclass(frozen=True, slots=True)
class DocumentStamper:
    """An authority that answered, and whose answer held: calling it stamps a digest.

    `chain` are its certificates (DER, the signer's first, the root last): what a long-term signature keeps, see
    `long_term`.
    """

    authority: str
    qualified: bool
    chain: tuple[bytes, ...]
    _address: Address
    _web: Web
    _entropy: Entropy
    _trust: Trust

    def __call__(self, digest: bytes) -> bytes:
        """The authority's whole reply (RFC 3161, DER) for this SHA-256 digest, checked against the signer's roots.

        Raises RemoteError when it does not answer or refuses, FormatError and VerificationError for an answer that is
        none, or does not hold.
        """
        (reply, _), *_ = _ask([self._address], digest, self._web, self._entropy, self._trust)
        if isinstance(reply, CustodyError):
            raise reply
        return reply


@dataclass(frozen=True, slots=True)
class LongTerm:
    """What a long-term signature keeps, in DER: see `DocumentSigner.prolong`."""

    certificates: tuple[bytes, ...]
    revocation_lists: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class NoStamper:
    """Why no authority stamps: what went wrong with each that was asked, none where none is configured."""

    troubles: tuple[CustodyError, ...]


def find_stamper(web: Web, trust: Trust, addresses: Sequence[Address], entropy: Entropy) -> DocumentStamper | NoStamper:
    """The first of the authorities among `addresses` that stamps now, qualified ones first, else in their order.

    All are asked at once, for a stamp of random bytes: nothing of the document is told to those that are not used.
    `trust` is whom the signer believes; an authority whose root they do not have is not asked, as nobody could say
    whether its stamp holds.
    """
    authorities = [one for one in addresses if one.kind == "rfc3161"]
    known = {one.name: one for one in trust.authorities}
    unknown = [
        UsageError(
            f"you have no root certificate of {one.name}, so its stamp could not be checked",
            f'bring its root with "custody authority add {one.name}"',
        )
        for one in authorities
        if one.name not in known
    ]
    asked = sorted((one for one in authorities if one.name in known), key=lambda one: not known[one.name].qualified)
    troubles: list[CustodyError] = list(unknown)
    digest = hashlib.sha256(entropy(NONCE_SIZE)).digest()
    for one, (reply, chain) in zip(asked, _ask(asked, digest, web, entropy, trust), strict=True):
        if not isinstance(reply, CustodyError):
            return DocumentStamper(one.name, known[one.name].qualified, chain, one, web, entropy, trust)
        troubles.append(reply)
    return NoStamper(tuple(troubles))


def long_term(recorder: Recorder, web: Web, queue: StampQueue, stamper: DocumentStamper, own: bytes) -> LongTerm:
    """What it takes to check a signature with the certificate `own` (DER, self-signed) and stamps of `stamper` later.

    Revocation lists are fetched where the kept ones are old. One that cannot be had is told: the signature holds
    without it, but programs that ask for every list will not say so.
    """
    from custody.formats.revocation import is_list_of

    (lists,) = fetch_lists(recorder, web, queue, [stamper.chain])
    issuers = stamper.chain[1:]  # the root's own revocation is for the reader to know
    if not all(any(is_list_of(one, [issuer]) for one in lists.values()) for issuer in issuers):
        recorder.world.warn(
            f"Note: not every revocation list of {stamper.authority} could be had; programs that ask for all of them "
            "may not accept the signature for long. Make the report again later, or with another authority."
        )
    return LongTerm((own, *stamper.chain), tuple(lists.values()))


def _ask(
    addresses: Sequence[Address], digest: bytes, web: Web, entropy: Entropy, trust: Trust
) -> list[tuple[bytes | CustodyError, tuple[bytes, ...]]]:
    """For each authority its whole reply and the chain that it holds by, or what is wrong with it."""
    from custody.formats.timestamp import MAX_REPLY, MEDIA_TYPE_QUERY, check_answers, parse_reply, timestamp_request
    from custody.formats.tokenvalidation import validate_token

    nonces = [int.from_bytes(entropy(NONCE_SIZE), "big") for _ in addresses]
    requests = [
        WebRequest(one.url, MAX_REPLY, timestamp_request(digest, nonce), MEDIA_TYPE_QUERY)
        for one, nonce in zip(addresses, nonces, strict=True)
    ]
    found: list[tuple[bytes | CustodyError, tuple[bytes, ...]]] = []
    for one, nonce, answer in zip(addresses, nonces, web.ask(requests), strict=True):
        roots = [root for trusted in trust.authorities if trusted.name == one.name for root in trusted.roots]
        try:
            body = body_of(answer, one.name)
            token = parse_reply(body)
            check_answers(token, digest=digest, nonce=nonce)
            found.append((body, validate_token(token, digest=digest, roots=roots).chain))
        except CustodyError as error:
            found.append((error, ()))
    return found
