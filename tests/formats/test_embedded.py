"""Files embedded in PDFs: ours, as other people's programs wrote them anew, and hostile ones."""

import random
import subprocess
import time
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pypdf
import pytest

from custody import bootstrap
from custody.adapters.pades import attach_notes
from custody.domain.card import CheckpointCard
from custody.errors import FormatError
from custody.formats.checkpoint import Checkpoint
from custody.formats.embedded import MAX_FILES, MAX_MARKS, embedded_files

NOTE = b"custody/abc\n1\nroot\n\n\xe2\x80\x94 name AAAA\n" * 20

SMALL = 16 * 2**20  # bytes: what a test sets as the most that is read


@pytest.fixture(scope="module")
def card() -> bytes:
    return bootstrap.card_writer().draw(CheckpointCard(Checkpoint("custody/abc", 1, bytes(32)), NOTE))


def pdf(*objects: bytes) -> bytes:
    """What begins as a PDF and holds these objects; no cross-references, as none are read."""
    bodies = (b"%d 0 obj\n%s\nendobj\n" % (number, body) for number, body in enumerate(objects, 1))
    return b"%PDF-1.7\n" + b"".join(bodies) + b"trailer\n<< /Root 1 0 R >>\n%%EOF\n"


def file(content: bytes, dictionary: bytes = b"", length: int | bytes | None = None) -> bytes:
    """An embedded file stream."""
    size = str(len(content) if length is None else length).encode() if not isinstance(length, bytes) else length
    return b"<< /Type /EmbeddedFile /Length %s %s >>\nstream\n%s\nendstream" % (size, dictionary, content)


def deflated(content: bytes) -> bytes:
    return file(zlib.compress(content), b"/Filter /FlateDecode")


def test_what_is_attached_to_a_card_is_found(card: bytes) -> None:
    assert embedded_files(card) == (NOTE,)


@pytest.mark.parametrize(
    "how",
    [
        ("--linearize", "--object-streams=generate"),
        ("--stream-data=uncompress",),
        ("--recompress-flate", "--compression-level=9"),
    ],
)
def test_a_card_that_another_program_wrote_anew_still_has_it(
    program: Callable[[str], Path], tmp_path: Path, card: bytes, how: tuple[str, ...]
) -> None:
    (tmp_path / "card.pdf").write_bytes(card)
    subprocess.run([program("qpdf"), *how, tmp_path / "card.pdf", tmp_path / "new.pdf"], check=True)
    assert embedded_files((tmp_path / "new.pdf").read_bytes()) == (NOTE,)


def test_without_a_length_in_its_place_the_last_line_feed_is_lost(
    program: Callable[[str], Path], tmp_path: Path, card: bytes
) -> None:
    (tmp_path / "card.pdf").write_bytes(card)
    subprocess.run([program("qpdf"), "--qdf", tmp_path / "card.pdf", tmp_path / "new.pdf"], check=True)
    assert embedded_files((tmp_path / "new.pdf").read_bytes()) == (NOTE[:-1],)


def test_a_card_that_pypdf_wrote_anew_still_has_it(card: bytes) -> None:
    output = BytesIO()
    pypdf.PdfWriter(clone_from=BytesIO(card)).write(output)
    assert embedded_files(output.getvalue()) == (NOTE,)


def test_files_of_older_revisions_are_found_too(card: bytes) -> None:
    assert embedded_files(attach_notes(card, {"other.txt": b"another"})) == (NOTE, b"another")


@pytest.mark.parametrize(
    "stream",
    [
        file(b"abc"),
        file(b"abc", length=b"7 0 R"),
        file(b"abc", length=99),
        file(zlib.compress(b"abc"), b"/Filter [ /FlateDecode ]"),
        file(zlib.compress(b"abc"), b"/Filter/FlateDecode/Subtype/text#2Fplain"),
        deflated(b"abc"),
    ],
)
def test_every_way_to_write_a_file_is_read(stream: bytes) -> None:
    assert embedded_files(pdf(b"<< >>", stream, b"<< /Names [(a) 2 0 R] /EmbeddedFiles 3 0 R >>")) == (b"abc",)


def test_a_file_that_holds_the_word_endstream_is_read_to_its_length() -> None:
    assert embedded_files(pdf(file(b"a\nendstream\nb"))) == (b"a\nendstream\nb",)


@pytest.mark.parametrize(
    "stream",
    [
        file(b"abc", b"/Filter /LZWDecode"),
        file(b"abc", b"/Filter 9 0 R"),
        file(b"abc", b"/Filter [/ASCIIHexDecode /FlateDecode]"),
        file(b"abc", b"/Filter [/FlateDecode /FlateDecode]"),
        file(b"abc", b"/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 0 >>"),
        b"<< /Type /EmbeddedFile >>",
        b"<< /Type /EmbeddedFile " + b" " * 5000 + b">>\nstream\nabc\nendstream",
        b"<< /Type /EmbeddedFiles /Length 3 >>\nstream\nabc\nendstream",
        b"(/EmbeddedFile)",
    ],
)
def test_what_is_no_file_that_we_read_is_passed_over(stream: bytes) -> None:
    assert embedded_files(pdf(stream, file(b"good"))) == (b"good",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a PDF"),
        (b"custody/abc\n", "not a PDF"),
        (pdf(file(b"no deflate", b"/Filter /FlateDecode")), "damaged"),
        (pdf(file(zlib.compress(b"abc" * 99)[:-9], b"/Filter /FlateDecode")), "damaged"),
        (pdf(b"<< /Type /EmbeddedFile >>\nstream\nabc"), "cut short"),
        (pdf(*[file(b"%d" % number) for number in range(MAX_FILES + 1)]), "more than 16"),
        (pdf(*[b"<< /Type /EmbeddedFile >>"] * (MAX_MARKS + 1)), "more than 256"),
        (pdf(file(b"abc")) + b"trailer << /Encrypt 9 0 R >>", "encrypted"),
        (pdf(file(b"abc")) + b"trailer <</Encrypt<</V 5>>>>", "encrypted"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_or_is_too_much_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        embedded_files(content)


@pytest.mark.parametrize(
    "content",
    [
        pdf(file(bytes(SMALL + 1))),
        pdf(deflated(bytes(SMALL + 1))),
        pdf(*[deflated(bytes(SMALL // 3 + 1))] * 3),  # the same file three times
    ],
    ids=["plain", "packed", "thrice"],
)
def test_more_than_is_read_of_any_pdf_is_refused(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custody.formats.embedded.MAX_TOTAL", SMALL)
    with pytest.raises(FormatError, match=f"more than {SMALL // 2**20} MiB"):
        embedded_files(content)


def test_a_pdf_that_qpdf_encrypted_is_refused(program: Callable[[str], Path], tmp_path: Path, card: bytes) -> None:
    (tmp_path / "card.pdf").write_bytes(card)
    how = ("--encrypt", "", "owner", "256", "--")
    subprocess.run([program("qpdf"), *how, tmp_path / "card.pdf", tmp_path / "new.pdf"], check=True)
    with pytest.raises(FormatError, match="encrypted"):
        embedded_files((tmp_path / "new.pdf").read_bytes())


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n1 0 obj\n<< /Type /XRef /W [0 0 0] /Index [0 999999999999] /Length 0 >>\nstream\n\nendstream",
        b"%PDF-1.7\n" + b"[" * 2**20,
        b"%PDF-1.7\n" + b"/Encrypt" + b" " * 2**22,
        b"%PDF-1.7\n" + b"/Encrypt 1 " * 2**18,
        b"%PDF-1.7\n" + b"obj /EmbeddedFile >>" * MAX_MARKS + b" " * 2**22,
    ],
    ids=["endless cross-references", "deep", "blanks", "many", "marks"],
)
def test_a_pdf_made_to_take_long_does_not(content: bytes) -> None:
    start = time.monotonic()
    assert embedded_files(content) == ()
    assert time.monotonic() - start < 2


def test_a_file_that_expands_without_end_is_not_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custody.formats.embedded.MAX_TOTAL", SMALL)
    deflate = zlib.compressobj(1)
    bomb = b"".join(deflate.compress(bytes(2**20)) for _ in range(16 * SMALL // 2**20)) + deflate.flush()
    content = pdf(file(bomb, b"/Filter /FlateDecode"))
    tracemalloc.start()
    try:
        with pytest.raises(FormatError, match=f"more than {SMALL // 2**20} MiB"):
            embedded_files(content)
        assert tracemalloc.get_traced_memory()[1] < 2.5 * SMALL
    finally:
        tracemalloc.stop()


def test_a_card_cut_anywhere_is_refused_or_has_its_note_or_none(card: bytes) -> None:
    begin = card.rindex(b"/EmbeddedFile\n")
    for stop in (*range(0, begin, 997), *range(begin, len(card))):
        with suppress(FormatError):
            assert embedded_files(card[:stop]) in ((), (NOTE,))


def test_a_card_with_any_byte_changed_is_refused_or_read(card: bytes) -> None:
    chance = random.Random(7)
    begin = card.rindex(b"/EmbeddedFile\n") - 40
    for _ in range(500):
        changed = bytearray(card)
        changed[chance.randrange(begin, len(card))] = chance.randrange(256)
        with suppress(FormatError):
            assert len(embedded_files(bytes(changed))) <= 1


def test_streams_without_an_end_of_their_own_are_not_searched_for_it_one_by_one() -> None:
    pdf = b"%PDF-1.7\n" + b"1 0 obj<</Type/EmbeddedFile/Filter/LZW>>stream\n" * 250 + b"x" * 2**24 + b"\nendstream"
    began = time.process_time()
    assert embedded_files(pdf) == ()
    assert time.process_time() - began < 0.5
