"""References to objects that a document does not have, in every spelling."""

import pytest

from custody.errors import FormatError
from custody.formats.pdfreferences import lost_references
from custody.formats.pdfrevisions import Document


def document(*objects: bytes) -> Document:
    """A document of these objects."""
    pdf, entries = b"%PDF-1.7\n", b"0000000000 65535 f \n"
    for number, body in enumerate(objects, 1):
        entries += b"%010d 00000 n \n" % len(pdf)
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    size = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(pdf))
    pdf += b"xref\n0 %d\n%s" % (size, entries) + trailer
    return Document(pdf, len(pdf))


@pytest.mark.parametrize(
    "body",
    [
        b"<< /A 9 0 R >>",
        b"[ 1 0 R 9 0 R ]",
        b"<< /A (text) /B 9 0 R >>",
        b"<< /A (a \\) b) /B 9\n\n\n\n\n\n\n\n\n\n\n0 R >>",
        b"<< /A (a (b) c) /B 9 0 R >>",
        b"<< /A 0000000000000009 0 R >>",
        b"<< /A 9 00 R>>",
        b"<< /Length 3 /B 9 0 R >>\nstream\n%((\nendstream",
    ],
)
def test_a_lost_reference_is_found(body: bytes) -> None:
    assert lost_references(document(b"<< >>", body)) == {9}


@pytest.mark.parametrize(
    "body",
    [
        b"<< /A 2 0 R /B 1 0 R >>",
        b"<< /A (9 0 R) >>",
        b"<< /A ((9 0 R)) >>",
        b"[ 9 0 /R ]",
        b"<< /Length 8 >>\nstream\n(9 0 R %\nendstream",
    ],
)
def test_what_is_no_reference_is_not(body: bytes) -> None:
    assert lost_references(document(b"<< >>", body)) == set()


@pytest.mark.parametrize("body", [b"<< /A 9% a comment\n0 R >>", b"<< /A (", b"<< /A (b) >> %"])
def test_what_could_hide_one_is_refused(body: bytes) -> None:
    with pytest.raises(FormatError):
        lost_references(document(b"<< >>", body))


def test_objects_within_one_another_are_refused() -> None:
    made = document(b"(a\n2 0 obj\nb)", b"<< >>")
    inner = made.pdf.index(b"2 0 obj")
    outer = made.pdf.index(b"2 0 obj", inner + 1)
    pdf = made.pdf.replace(b"%010d 00000 n" % outer, b"%010d 00000 n" % inner)
    with pytest.raises(FormatError):
        lost_references(Document(pdf, len(pdf)))
