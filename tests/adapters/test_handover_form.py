"""The form for wet ink, as other people's programs read it."""

import hashlib
import subprocess
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pypdf
import pytest

from custody.adapters.pdf import PdfForm
from custody.domain.handform import FormItem, HandoverForm
from custody.domain.report import Signatory
from custody.domain.wording import group_hex

WORDS = "liquid plastic skill false lunar kiwi female desert"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def form(count: int = 1, **changes: object) -> HandoverForm:
    """A form of so many items, with these changes."""
    items = tuple(
        FormItem(f"MKO-{one}", "", f"{one} bytes", sha256(str(one)), sha256(f"statement {one}"))
        for one in range(1, count + 1)
    )
    made = HandoverForm(
        reference="GEN-7",
        act="0123456789abcdef" * 2,
        recorded_at="2026-11-24T03:02:01.000000Z",
        released_by=Signatory("Maya Ко", "Harbour Watch", sha256("key"), WORDS),
        to="Ivan Петров, sergeant, harbour police, 4471",
        purpose="to be looked at",
        medium="USB stick",
        place="the café",
        keeps_copy=False,
        items=items,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def pages(drawn: HandoverForm) -> list[str]:
    """The text of each page, white space made single."""
    reader = pypdf.PdfReader(BytesIO(PdfForm().draw(drawn)))
    return [" ".join(page.extract_text().split()) for page in reader.pages]


LONG = form(
    to="Ж" * 900,
    purpose="reason " * 900,
    place="x\u202ey\x1b[31m",
    items=(FormItem("MKO-1", "й" * 500, None, None, sha256("s")),),
)


@pytest.mark.parametrize("drawn", [form(1), form(8), form(40), LONG], ids=["1", "8", "40", "long"])
def test_qpdf_finds_nothing_wrong(program: Callable[[str], Path], tmp_path: Path, drawn: HandoverForm) -> None:
    path = tmp_path / "form.pdf"
    path.write_bytes(PdfForm().draw(drawn))
    run = subprocess.run([program("qpdf"), "--check", path], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (8, 1), (40, 3)])
def test_up_to_eight_items_stand_on_one_page(count: int, expected: int) -> None:
    shown = pages(form(count))
    assert len(shown) == expected
    for number, page in enumerate(shown, 1):
        assert f"Page {number} of" in page
        assert "form 0123456789abcdef" in page
        assert ("Initials of both:" in page) == (number > 1)
    everything = " ".join(shown)
    for item in form(count).items:
        assert (
            f"{item.number} {item.size} SHA-256 {group_hex(item.digest or '')} Statement {item.statement}" in everything
        )


def test_both_sides_stand_there_with_what_was_told_of_them() -> None:
    (page,) = pages(form())
    for words in (
        "Receipt for evidence handed over",
        "Case GEN-7",
        "Form number 0123456789abcdef",
        "Purpose to be looked at",
        "How USB stick; whoever released them keeps no copy",
        "Place the café",
        "Name Maya Ко Name Ivan Петров",
        "Organisation Harbour Watch Rank sergeant",
        "Organisation harbour police",
        "Number 4471",
        "Signature Signature",
        "1 item Size, SHA-256 value, and the statement that released it MKO-1",
        "custody collect SCAN.pdf --method export custody receipt add MKO-1 --paper ITEM-OF-THE-SCAN",
    ):
        assert words in page
    assert WORDS in page


def test_a_receiver_told_in_other_words_is_printed_whole_as_the_name() -> None:
    (page,) = pages(form(to="Sgt. Poe, 4471"))
    assert "Name Sgt. Poe, 4471 Organisation" in page


def test_what_drives_a_reader_is_written_out_and_long_text_is_whole() -> None:
    everything = " ".join(pages(LONG))
    assert "x[U+202E]y[U+001B][31m" in everything
    assert everything.count("Ж") == 900
    assert everything.count("reason") == 900


def test_what_is_under_seal_is_said_to_be() -> None:
    assert "size under seal" in " ".join(pages(LONG))
    assert "under seal, not printed here" in " ".join(pages(LONG))


def test_the_same_form_gives_the_same_bytes() -> None:
    assert PdfForm().draw(form(8)) == PdfForm().draw(form(8))
