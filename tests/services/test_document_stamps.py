"""Finding an authority that stamps a document, over HTTP: which is used, which is not, and what is heard of it."""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from custody.adapters.pades import PadesSigner
from custody.adapters.web import HttpWeb
from custody.domain.addresses import Address
from custody.domain.trust import Trust, TrustedAuthority
from custody.errors import (
    FormatError,
    RemoteError,
    TimestampAuthorityUnknown,
    TimestampNonceMismatch,
    TimestampRefused,
    UsageError,
)
from custody.formats.timestamp import parse_reply
from custody.services.anchoring import DocumentStamper, NoStamper, find_stamper, long_term
from tests.adapters.sample_models import one
from tests.adapters.signing import NAME, NOW, REASON, OwnSigner, archive, holds, sign, validate_long
from tests.documents import drawn as draw
from tests.servers.authority import Authority
from tests.servers.web import Fault
from tests.services.stamped import desk_of

DIGEST = hashlib.sha256(b"a document").digest()
Serve = Callable[..., Authority]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts authorities, which end with the test."""
    with ExitStack() as stack:
        yield lambda **how: stack.enter_context(Authority(**how))


@dataclass
class Reader:
    """Whose case names authorities, and who believes some."""

    addresses: list[Address] = field(default_factory=list)
    believed: list[TrustedAuthority] = field(default_factory=list)

    def knows(self, name: str, authority: Authority, *roots: bytes, qualified: bool = False) -> None:
        self.addresses.append(Address(name, "rfc3161", authority.url))
        self.believed.append(TrustedAuthority(name, roots or (authority.root,), qualified))

    def find(self) -> DocumentStamper | NoStamper:
        web = HttpWeb("custody/test", deadline=2.0)
        return find_stamper(web, Trust(authorities=tuple(self.believed)), self.addresses, secrets.token_bytes)

    def found(self) -> DocumentStamper:
        stamper = self.find()
        assert isinstance(stamper, DocumentStamper), stamper
        return stamper

    def troubles(self) -> list[type[Exception]]:
        nobody = self.find()
        assert isinstance(nobody, NoStamper), nobody
        return [type(one) for one in nobody.troubles]


@pytest.fixture
def reader() -> Reader:
    return Reader()


def test_an_authority_that_answers_stamps_a_digest(reader: Reader, serve: Serve) -> None:
    authority = serve(intermediate=True)
    reader.knows("tsa", authority)
    stamper = reader.found()
    assert parse_reply(stamper(DIGEST)).imprint == DIGEST
    assert (stamper.authority, stamper.qualified) == ("tsa", False)
    assert stamper.chain == (authority.signer, *authority.between, authority.root)


def test_a_qualified_authority_comes_first(reader: Reader, serve: Serve) -> None:
    reader.knows("one", serve(label="One"))
    reader.knows("two", serve(label="Two"), qualified=True)
    assert (reader.found().authority, reader.found().qualified) == ("two", True)


def test_else_the_first_that_the_case_names(reader: Reader, serve: Serve) -> None:
    reader.knows("two", serve(label="Two"))
    reader.knows("one", serve(label="One"))
    assert reader.found().authority == "two"


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.ERROR_PAGE, Fault.LOGIN_PAGE, Fault.GARBAGE])
def test_one_that_fails_is_passed_over(reader: Reader, serve: Serve, fault: Fault) -> None:
    reader.knows("away", serve(label="Away", fault=fault))
    reader.knows("here", serve(label="Here"))
    assert reader.found().authority == "here"


def test_what_went_wrong_with_each_is_told(reader: Reader, serve: Serve) -> None:
    reader.knows("away", serve(label="Away", fault=Fault.REFUSED))
    reader.knows("page", serve(label="Page", fault=Fault.LOGIN_PAGE))
    reader.knows("mean", serve(label="Mean", refusing=True))
    reader.knows("replayed", serve(label="Replayed", wrong_nonce=True))
    reader.knows("forged", serve(label="Same"), serve(label="Same", keys="other").root)
    assert reader.troubles() == [
        RemoteError,
        FormatError,
        TimestampRefused,
        TimestampNonceMismatch,
        TimestampAuthorityUnknown,
    ]


def test_one_without_a_root_is_not_asked(reader: Reader, serve: Serve) -> None:
    authority = serve()
    reader.addresses.append(Address("tsa", "rfc3161", authority.url))
    assert reader.troubles() == [UsageError]
    assert authority.requests == []


def test_calendars_and_witnesses_stamp_no_documents(reader: Reader) -> None:
    reader.addresses += [Address("bitcoin", "opentimestamps", "https://calendar.example/")]
    reader.addresses += [Address("witness", "witness", "https://witness.example/")]
    assert reader.troubles() == []


def test_an_authority_that_is_not_used_is_told_nothing_of_the_document(reader: Reader, serve: Serve) -> None:
    other = serve(label="Other")
    reader.knows("tsa", serve())
    reader.knows("other", other)
    reader.found()(DIGEST)
    (request,) = other.requests
    assert DIGEST not in request.body


def test_no_two_requests_are_alike(reader: Reader, serve: Serve) -> None:
    authority = serve()
    reader.knows("tsa", authority)
    stamper = reader.found()
    stamper(DIGEST)
    stamper(DIGEST)
    assert len({request.body for request in authority.requests}) == 3


def test_one_that_stops_answering_is_heard_when_it_should_stamp(reader: Reader, serve: Serve) -> None:
    authority = serve()
    reader.knows("tsa", authority)
    stamper = reader.found()
    authority.refusing = True
    with pytest.raises(TimestampRefused):
        stamper(DIGEST)


def test_a_document_is_signed_with_such_a_stamp(reader: Reader, serve: Serve) -> None:
    authority = serve()
    reader.knows("tsa", authority)
    signer = OwnSigner()
    drawn = archive(draw(one()))
    signed = PadesSigner().sign(drawn, signer=signer, name=NAME, reason=REASON, now=NOW, stamp=reader.found())
    assert holds(signed, signer.public.certificate, authority.root)


# --- what a long-term signature keeps ---------------------------------------------------------------------------------


def test_a_long_term_signature_is_made_of_what_the_authority_publishes(
    ready: Path, tmp_path: Path, serve: Serve
) -> None:
    desk, authority, signer = desk_of(ready, tmp_path), serve(crl=True), OwnSigner()
    authority.revoke(None)
    desk.knows("tsa", authority)
    stamper = find_stamper(desk.web, desk.trust, desk.addresses, secrets.token_bytes)
    assert isinstance(stamper, DocumentStamper)
    kept = long_term(desk.recorder, desk.web, desk.queue, stamper, signer.public.certificate)
    assert kept.certificates == (signer.public.certificate, authority.signer, authority.root)
    signed = sign(archive(draw(one())), signer, stamper)
    prolonged = PadesSigner().prolong(
        signed, stamp=stamper, certificates=kept.certificates, revocation_lists=kept.revocation_lists
    )
    result = validate_long(prolonged, signer.public.certificate, authority.root)
    assert (result.ades_subindic.status.name, desk.warned) == ("PASSED", [])


def test_a_revocation_list_that_cannot_be_had_is_told(ready: Path, tmp_path: Path, serve: Serve) -> None:
    desk = desk_of(ready, tmp_path)
    desk.knows("tsa", serve())
    stamper = find_stamper(desk.web, desk.trust, desk.addresses, secrets.token_bytes)
    assert isinstance(stamper, DocumentStamper)
    assert long_term(desk.recorder, desk.web, desk.queue, stamper, b"own").revocation_lists == ()
    (told,) = desk.warned
    assert "revocation list of tsa" in told
