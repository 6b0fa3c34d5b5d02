"""The checkpoint card, as other people's programs read it: pdftotext, a QR decoder, pypdf, qpdf."""

import getpass
import re
import socket
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import PIL.Image
import pypdf
import pytest
import zxingcpp

from custody import bootstrap
from custody.domain.card import CheckpointCard
from custody.errors import FormatError
from custody.formats.checkpoint import Checkpoint
from custody.formats.words import parse_words
from custody.services.looking import sign_checkpoint
from tests.builders import ANA, NAMES, new_case

Program = Callable[[str], Path]

ROOT = bytes(range(1, 33))
TEXT = f"custody/{'ab' * 32}\n1234\nAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=\n"
NOTE = f"{TEXT}\n— custody/{'ab' * 32} qrvM3Q==\n".encode()
WIDEST = "mushroom remember document december hedgehog tomorrow champion announce"


def card(size: int = 1234, root: bytes = ROOT) -> CheckpointCard:
    return CheckpointCard(Checkpoint(f"custody/{'ab' * 32}", size, root), NOTE)


@pytest.fixture(scope="module")
def drawn() -> bytes:
    return bootstrap.card_writer().draw(card())


def shown(program: Program, path: Path) -> str:
    """The text as pdftotext reads it, after qpdf has found nothing wrong."""
    check = subprocess.run([program("qpdf"), "--check", path], capture_output=True, text=True, check=False)
    assert (check.returncode, check.stderr) == (0, "")
    return subprocess.run([program("pdftotext"), "-layout", path, "-"], capture_output=True, check=True).stdout.decode()


def rendered(program: Program, path: Path, resolution: int) -> PIL.Image.Image:
    """The page in grey, at so many dots an inch."""
    command: list[Path | str] = [program("pdftoppm"), "-gray", "-r", str(resolution), "-singlefile", path]
    subprocess.run([*command, path.with_suffix("")], check=True)
    return PIL.Image.open(path.with_suffix(".pgm"))


def test_it_says_the_three_lines_the_words_and_how_to_check(program: Program, tmp_path: Path, drawn: bytes) -> None:
    path = tmp_path / "card.pdf"
    path.write_bytes(drawn)
    text = shown(program, path)
    assert [line.strip() for line in text.splitlines() if line.strip()][-7:-4] == TEXT.splitlines()
    (words,) = re.findall(r'custody verify --against "(.*)"', text)
    assert parse_words(words) == ROOT[:11]
    assert " ".join(words.split()[:4]) in text.partition("three lines")[0]
    assert text.count("\f") == 1


def test_its_code_is_read_from_paper_as_exactly_the_three_lines(program: Program, tmp_path: Path, drawn: bytes) -> None:
    path = tmp_path / "card.pdf"
    path.write_bytes(drawn)
    (code,) = zxingcpp.read_barcodes(rendered(program, path, 100))
    assert code.text == TEXT
    assert code.ec_level == "M"


@pytest.mark.parametrize("words", [WIDEST, "abandon " * 8])
def test_the_lower_half_of_the_page_and_its_margins_stay_white(program: Program, tmp_path: Path, words: str) -> None:
    path = tmp_path / "card.pdf"
    path.write_bytes(bootstrap.card_writer().draw(card(2**53, parse_words(words) + bytes(21))))
    page = rendered(program, path, 72)
    width, height = page.size
    inked = PIL.Image.eval(page, lambda value: 255 - value)
    half = height // 2
    assert inked.crop((0, half + 2, width, height)).getbbox() is None
    left, top, right, bottom = inked.crop((0, 0, width, half - 3)).getbbox() or (0, 0, 0, 0)
    assert min(left, top, width - right) >= 28  # a centimetre, which any printer can do
    assert half - bottom >= 20


def test_the_signed_note_is_attached(drawn: bytes) -> None:
    assert pypdf.PdfReader(BytesIO(drawn)).attachments == {"checkpoint.txt": [NOTE]}


def test_the_same_card_is_the_same_bytes(drawn: bytes) -> None:
    assert bootstrap.card_writer().draw(card()) == drawn


def test_it_is_dated_neither_by_a_clock_nor_by_the_environment(drawn: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert bootstrap.card_writer().draw(card()) == drawn
    assert set(re.findall(rb"D:\d+", drawn)) == {b"D:20000101000000"}


def test_nothing_about_the_case_is_in_any_byte_of_it(program: Program, tmp_path: Path) -> None:
    world = bootstrap.world(tmp_path / "home")
    recorder = new_case(tmp_path / "case", world)
    with recorder.files.ledgers.reading() as reader:
        point, note = sign_checkpoint(reader, recorder.ledger, ANA)
    path, plain = tmp_path / "card.pdf", tmp_path / "plain.pdf"
    path.write_bytes(bootstrap.card_writer().draw(CheckpointCard(point, note)))
    subprocess.run([program("qpdf"), "--qdf", "--object-streams=disable", path, plain], check=True)
    reader_ = pypdf.PdfReader(path)
    bodies = [path.read_bytes(), plain.read_bytes(), shown(program, path).encode()]
    bodies += [reader_.pages[0].extract_text().encode(), str(reader_.metadata).encode()]
    content = b"\n".join(bodies).lower()
    secrets = ["2026-031", "market square", *NAMES, recorder.case, ANA.key_id, str(tmp_path)]
    secrets += [one for one in (socket.gethostname(), getpass.getuser()) if len(one) > 5]  # shorter ones by chance
    found = [one for one in secrets if any(one.lower().encode(form) in content for form in ("utf-8", "utf-16-be"))]
    assert found == []


def test_its_metadata_say_only_what_kind_of_page_it_is(drawn: bytes) -> None:
    metadata = pypdf.PdfReader(BytesIO(drawn)).metadata
    assert metadata is not None
    said = {name: str(value) for name, value in metadata.items() if value and not name.endswith("Date")}
    assert said == {
        "/Creator": "custody",
        "/Producer": "custody",
        "/Subject": "How a record of evidence stood at one moment",
        "/Title": "Checkpoint card",
    }


def test_what_is_no_pdf_gets_nothing_attached() -> None:
    from custody.adapters.pades import attach_notes

    with pytest.raises(FormatError, match="no readable PDF"):
        attach_notes(b"%PDF-1.7\nnothing", {"checkpoint.txt": NOTE})
