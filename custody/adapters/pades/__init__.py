"""Signs a PDF/A-3b and prolongs its signature, with pyHanko. Draws nothing, checks no signature, uses no network.

PAdES baseline signatures (ETSI EN 319 142-1 section 6): B-B, whose time is the maker's own claim; B-T with the stamp of
an authority on the signature; B-LTA with what it takes to check both, under a stamp on the document. Every step appends
(ISO 32000-1 section 7.5.6), so each earlier document stands unchanged at the beginning of the later one.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from custody.adapters.pades.appending import attach_notes, count_signatures, open_to_append
from custody.adapters.pades.stamps import read_supporting, with_stamp
from custody.errors import SigningError

if TYPE_CHECKING:
    from asn1crypto.x509 import Certificate
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.timestamps import TimeStamper

    from custody.adapters.pades.stamps import Stamp
    from custody.ports import Signer

__all__ = ["FIELD", "PadesSigner", "attach_notes"]

FIELD = "Signature1"
STAMP_FIELD = "Timestamp"  # and a number from 1
# Two INTEGERs of up to 33 bytes with their headers, in a SEQUENCE (X.690 section 8.3, RFC 3279 section 2.2.3).
MAX_DER = 72


@dataclass(frozen=True, slots=True)
class PadesSigner:
    """The port DocumentSigner."""

    def sign(
        self, pdf: bytes, *, signer: "Signer", name: str, reason: str, now: datetime, stamp: "Stamp | None"
    ) -> bytes:
        """`pdf` with a signature over all of it appended: B-T with `stamp`, else B-B.

        `name`, `reason` and `now` (aware) are what the signature says of itself; all are claims. `stamp` gives the
        whole reply of an authority (RFC 3161) for a SHA-256 digest; what it raises is raised.
        Raises FormatError when `pdf` cannot be read as a PDF, SigningError when it cannot be signed,
        TimestampMismatch for a stamp of something else.
        """
        what = f"the report cannot be signed with key {signer.public.key_id[:8]}"
        hint = 'look at the key with "custody key show", and make the report again'

        def append(stamper: "TimeStamper | None", reserved: int | None) -> bytes:
            return _signed(open_to_append(pdf), signer, name, reason, now, stamper, reserved)

        with _told(what, hint):
            signed = append(None, None) if stamp is None else with_stamp(append, stamp)
        return _continuing(pdf, signed)

    def prolong(
        self, pdf: bytes, *, stamp: "Stamp", certificates: Sequence[bytes], revocation_lists: Sequence[bytes]
    ) -> bytes:
        """The signed `pdf` with these (DER) in it and a stamp on all of it appended: B-LTA; again to prolong further.

        `certificates` are those of signer and authorities, `revocation_lists` say what their issuers revoked.
        Raises FormatError for what cannot be read or is not signed, and as `sign` does.
        """
        from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
        from pyhanko.sign.validation.dss import DocumentSecurityStore

        supporting = read_supporting(certificates, revocation_lists)
        field = f"{STAMP_FIELD}{count_signatures(pdf)}"

        def append(stamper: "TimeStamper", reserved: int) -> bytes:
            writer = open_to_append(pdf)
            DocumentSecurityStore.supply_dss_in_writer(writer, None, **supporting)
            output = BytesIO()
            marker = PdfTimeStamper(stamper, field_name=field)
            marker.timestamp_pdf(writer, "sha256", bytes_reserved=2 * reserved, output=output)
            return output.getvalue()

        with _told("the signature of the report cannot be prolonged", "the report is as it was; try again"):
            prolonged = with_stamp(append, stamp)
        return _continuing(pdf, prolonged)


@contextmanager
def _told(what: str, hint: str) -> Iterator[None]:
    from pyhanko.pdf_utils.misc import PdfError

    try:
        yield
    except (PdfError, ValueError) as error:  # pyHanko's SigningError is a ValueError
        raise SigningError(f"{what}: {error}", hint) from error


def _continuing(before: bytes, after: bytes) -> bytes:
    """`after`, if it begins with `before`: a verifier may hash it up to there."""
    if not after.startswith(before):
        raise SigningError("the signed report does not begin with the report that was drawn", "make the report again")
    return after


@contextmanager
def _zone_named(name: str) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = name
    try:
        yield
    finally:
        del os.environ["TZ"]
        if before is not None:
            os.environ["TZ"] = before


def _signed(
    writer: "IncrementalPdfFileWriter",
    signer: "Signer",
    name: str,
    reason: str,
    now: datetime,
    stamper: "TimeStamper | None",
    reserved: int | None,
) -> bytes:
    """All bytes of the signed document; `reserved` bytes are kept free for the signature, None: as many as it takes."""
    from asn1crypto.x509 import Certificate
    from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
    from pyhanko.sign.signers import pdf_cms, pdf_signer

    from custody.formats.signature import der_from_raw

    class KeySigner(pdf_cms.Signer):
        """Lets the key behind our port sign; the key itself stays where it is."""

        def __init__(self, certificate: "Certificate") -> None:
            super().__init__(signing_cert=certificate, embed_roots=False)

        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
            """A DER signature of `data`; in a dry run only as many bytes as one may take."""
            if digest_algorithm != "sha256":
                raise ValueError(f"the key signs with SHA-256, not with {digest_algorithm}")
            return bytes(MAX_DER) if dry_run else der_from_raw(signer.sign(data))

    class DatedSigner(pdf_signer.PdfSigner):
        """Dates the signature `now`: pyHanko would read the computer's clock itself."""

        def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:
            with _zone_named("UTC"):  # pyHanko looks for the computer's, and gives up on one that has no name
                session = super().init_signing_session(*args, **kwargs)
            session.system_time = now
            return session

    metadata = pdf_signer.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        name=name,
        reason=reason,
        subfilter=SigSeedSubFilter.PADES,
    )
    output = BytesIO()
    DatedSigner(
        metadata,
        KeySigner(Certificate.load(signer.public.certificate, strict=True)),
        timestamper=stamper,
        new_field_spec=SigFieldSpec(FIELD),
    ).sign_pdf(writer, output=output, bytes_reserved=None if reserved is None else 2 * reserved)
    return output.getvalue()
