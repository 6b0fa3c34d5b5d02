"""The signed PDF of a report is read alike by our own code and by a stranger's, honest and hurt."""

import re
from collections.abc import Callable

import pytest

from custody.adapters.pdfread import PdfReader
from tests.adapters.signed_pdf import FILES, drawn, sign
from tests.adapters.signing import OwnSigner
from tests.interop import stranger_document as stranger
from tests.interop.stranger_verify import Refused


@pytest.fixture(scope="module")
def signed() -> bytes:
    return sign(drawn(), OwnSigner())


def ours(pdf: bytes) -> bool:
    return not PdfReader().read(pdf).troubles


def theirs(pdf: bytes) -> bool:
    try:
        stranger.signer_of(pdf)
    except Refused:
        return False
    return True


def test_both_name_the_same_signer(signed: bytes) -> None:
    signatory = PdfReader().read(signed).signatory
    assert signatory is not None
    assert stranger.signer_of(signed)[0] == signatory.key_id


def test_both_see_the_same_drawn_revision(signed: bytes) -> None:
    assert stranger.signer_of(signed)[1] == PdfReader().read(signed).unsigned


def test_both_find_the_same_files(signed: bytes) -> None:
    assert stranger.files_of(stranger.signer_of(signed)[1]) == FILES


HURT: dict[str, Callable[[bytes], bytes]] = {
    "a byte of a page": lambda pdf: pdf.replace(b"595", b"596", 1) if b"595" in pdf else pdf.replace(b"612", b"613", 1),
    "a byte of the name": lambda pdf: pdf.replace(b"/Reason (Report", b"/Reason (Raport", 1),
    "small letters": lambda pdf: re.sub(
        rb"/Contents <[0-9A-F]*>", lambda found: b"/Contents " + found[0][10:].lower(), pdf
    ),
    "filled padding": lambda pdf: pdf.replace(b"00>\n/ByteRange", b"01>\n/ByteRange", 1),
    "another range": lambda pdf: pdf.replace(b"/ByteRange [0 1", b"/ByteRange [0 2", 1).replace(b"[0 ", b"[1 ", 1),
    "a line after": lambda pdf: pdf + b"\n",
    "a byte before": lambda pdf: pdf[:5] + b"x" + pdf[5:],
    "cut": lambda pdf: pdf[:-7],
}


@pytest.mark.parametrize("hurt", HURT)
def test_what_was_hurt_is_refused_by_both(hurt: str, signed: bytes) -> None:
    pdf = HURT[hurt](signed)
    assert pdf != signed
    assert (ours(pdf), theirs(pdf)) == (False, False)
