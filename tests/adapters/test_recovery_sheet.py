"""The recovery sheet, as other people's programs read it: its lines by pdftotext, its codes by zxing-cpp."""

import random
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import PIL.Image
import pytest
import zxingcpp

from custody.adapters.pdf import PdfRecoverySheet
from custody.adapters.pdf.qrimage import qr_image
from custody.domain.recovery import RecoverySheet
from custody.domain.report import Signatory
from custody.formats.recovery import format_codes, format_lines, parse_lines

WORDS = "liquid plastic skill false lunar kiwi female desert"
FILE = random.Random(5).randbytes(1400)


def sheet(data: bytes = FILE, name: str = "Мая Ko") -> RecoverySheet:
    """A sheet of a key file of these bytes."""
    lines = format_lines(data)
    owner = Signatory(name, "Harbour Watch", "ab" * 32, WORDS)
    return RecoverySheet(owner, "2026-11-24T03:02:01.000000Z", lines, format_codes(lines))


def text(program: Callable[[str], Path], folder: Path, drawn: RecoverySheet) -> str:
    """The text of the sheet as pdftotext reads it, after qpdf has found nothing wrong."""
    path = folder / "sheet.pdf"
    path.write_bytes(PdfRecoverySheet().draw(drawn))
    check = subprocess.run([program("qpdf"), "--check", path], capture_output=True, text=True, check=False)
    assert (check.returncode, check.stderr) == (0, "")
    run = subprocess.run([program("pdftotext"), "-layout", path, "-"], capture_output=True, check=True)
    return run.stdout.decode()


@pytest.mark.parametrize("size", [1, 1400, 2400, 16_384])
def test_the_printed_lines_give_the_file_back(program: Callable[[str], Path], tmp_path: Path, size: int) -> None:
    data = random.Random(size).randbytes(size)
    shown = text(program, tmp_path, sheet(data))
    printed = re.findall(r"\b\d{3}(?: [A-Z2-7]{8}){5} [A-Z2-7]{4}\b", shown)
    assert parse_lines("\n".join(printed)) == data


@pytest.mark.parametrize("size", [1400, 1800])  # short names; long ones in Cyrillic and an address
def test_a_key_file_as_it_usually_is_fits_one_page_with_all_that_must_be_said(
    program: Callable[[str], Path], tmp_path: Path, size: int
) -> None:
    shown = " ".join(text(program, tmp_path, sheet(random.Random(size).randbytes(size))).split())
    assert "Page 1 of 1" in shown
    for words in (
        "Мая Ko, Harbour Watch",
        WORDS,
        "abababab",
        "2026-11-24 03:02:01 UTC",
        "WITH ITS PASSPHRASE, THIS IS THE KEY.",
        "Where the passphrase is kept:",
        "custody key restore FILE",
        "custody key list",
        "QR code 3",
    ):
        assert words in shown


def test_the_codes_of_the_printed_sheet_give_the_file_back(program: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "sheet.pdf"
    path.write_bytes(PdfRecoverySheet().draw(sheet()))
    subprocess.run([program("pdftoppm"), "-gray", "-r", "150", "-singlefile", path, tmp_path / "sheet"], check=True)
    codes = zxingcpp.read_barcodes(PIL.Image.open(tmp_path / "sheet.pgm"))
    assert parse_lines("\n".join(code.text for code in codes)) == FILE


def test_a_name_with_controls_is_written_out(program: Callable[[str], Path], tmp_path: Path) -> None:
    assert "a[U+202E]b" in text(program, tmp_path, sheet(name="a\u202eb")).replace(" ", "")


def test_a_code_is_of_the_alphanumeric_mode_and_small_enough_to_be_read_from_paper() -> None:
    for payload in sheet().codes:
        # The same text in the byte mode, which takes 8 bits for a character instead of 5.5, is of a higher version.
        assert qr_image(payload).count < qr_image(payload.lower()).count
        assert qr_image(payload).count <= 117  # version 25: 0.4 mm a module
