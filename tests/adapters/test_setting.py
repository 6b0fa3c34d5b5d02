"""Pages set from blocks: as other people's programs read them, and as HarfBuzz shapes them."""

import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pikepdf.pdfa
import pytest
from PIL import Image

from custody import bootstrap
from custody.adapters.pdf import setting, typefaces
from custody.adapters.pdf.blocks import (
    About,
    Aside,
    Banner,
    Block,
    Code,
    Codes,
    Column,
    Commands,
    Facts,
    Figure,
    Heading,
    NewPage,
    Paragraph,
    Picture,
    Points,
    Shape,
    Space,
    Span,
    Table,
    Ticks,
    Together,
    Typed,
    Writing,
)
from custody.adapters.pdf.embedding import Font
from custody.adapters.pdf.lines import Setter
from custody.adapters.pdf.looks import LOOKS
from custody.adapters.pdf.paper import BOTTOM, LEFT, PAGE, TOP
from custody.adapters.pdf.setting import typeset
from custody.adapters.pdf.shaping import levels, shape, visual_order
from custody.domain.wording import group_hex
from custody.errors import FormatError, StorageError

Read = Callable[..., str]

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
GREEK, UKRAINIAN = "Ελληνική αναφορά", "Українська мова"
ARABIC, HEBREW, HINDI, JAPANESE = "مستند سري", "שלום עולם", "क्षत्रिय विद्यार्थी", "日本語のファイル"
HOSTILE = "a\u202etxt.exe\x00\n<b>bold</b> &amp; [U+0041] \ue000 " + "x" * 300
ABOUT = About(
    title="Report Ω",
    author="Ana",
    subject="Integrity",
    creator="custody 1",
    moment="2026-05-03T14:05:00.000000Z",
    identity="report 1",
    foot="JD-2026/17",
    initials="Initials",
    mark="DRAFT",
)


def jpeg(mode: str = "RGB") -> bytes:
    output = BytesIO()
    Image.new(mode, (40, 30)).save(output, "JPEG")
    return output.getvalue()


def everything() -> Iterator[Block]:
    """Each kind of block, with text of every script that has a face here, and hostile text."""
    link = Span("section 2", link="#two")
    yield Heading(0, "Report JD-2026/17")
    yield Paragraph(("See ", link, " or ", Span("https://example.org/a(b)", link="https://example.org/a(b)"), "."))
    yield Banner("All files are what was recorded.", "result")
    yield Facts((("Digest", Span(group_hex(DIGEST), "fixed")), ("Hostile", HOSTILE)), side=Code(DIGEST, 80, "QR code"))
    yield Facts((("Size", "7 bytes"),), side=Picture(jpeg(), 60, "A grey field"))
    yield Points(("First", "Second"), numbered=True)
    yield Commands(("custody verify report.pdf " + "photograph.jpg " * 12,))
    yield Heading(1, "What happened", "two", "Happenings")
    yield Heading(2, "In detail")
    yield Paragraph(", ".join((GREEK, UKRAINIAN, ARABIC, HEBREW, HINDI)))
    yield Figure((Shape("box", (0, 0, 80, 20)), Shape("text", (40, 14, 70), ARABIC, align="middle")), 200, 30, "A box")
    rows = ((f"JD-{number}", "a name", group_hex(DIGEST)) for number in range(90))
    yield Table((Column("No.", 1), Column("Name", 3), Column("Digest", 5, "fixed")), rows, "All items")
    yield Writing((("Name", "Date"), ("Signature",)))
    yield Aside((Paragraph("narrow " * 40),), Code(DIGEST, 80, "QR code"))
    yield Codes(tuple((DIGEST * count, f"Code {count}") for count in range(1, 6)))
    yield Typed(("one", "two", "three"))
    yield Ticks(("I have read it", "Other"))
    yield Together((Heading(3, "Together"), Paragraph("words " * 99, "fine")))
    yield Space(10)
    yield NewPage()
    yield Paragraph("The end", "alarm")


@pytest.fixture(scope="module")
def whole() -> bytes:
    return typeset(everything(), ABOUT)


@pytest.fixture
def read(program: Callable[[str], Path], tmp_path: Path) -> Read:
    """What pdftotext reads in a PDF."""
    reader = program("pdftotext")

    def run(pdf: bytes, *options: str) -> str:
        path = tmp_path / "set.pdf"
        path.write_bytes(pdf)
        return subprocess.run([reader, *options, path, "-"], capture_output=True, check=True).stdout.decode()

    return run


def single(text: str) -> str:
    return " ".join(text.split())


def elements(pdf: pikepdf.Pdf, role: str) -> list[Any]:
    """Every structure element of a role, in reading order."""
    found: list[Any] = []

    def walk(element: Any) -> None:
        if f"/{role}" == element.S:
            found.append(element)
        kids = element.get("/K", [])
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                assert kid.P.objgen == element.objgen
                walk(kid)

    walk(pdf.Root.StructTreeRoot.K)
    return found


def pages_with(read: Read, pdf: bytes, words: str) -> list[int]:
    return [number for number, page in enumerate(read(pdf).split("\f")) if words in single(page)]


@pytest.mark.parametrize("text", [GREEK, UKRAINIAN, "Žluťoučký kůň", "ქართული", "a  b", "(\\)\r" + "é"])
def test_text_from_left_to_right_is_read_as_it_was_given(read: Read, text: str) -> None:
    shown = typefaces.shown(text)
    assert single(shown) in single(read(typeset([Paragraph(text)], ABOUT)))


def test_hostile_text_is_written_out_and_interprets_nothing(read: Read) -> None:
    expected = "a[U+202E]txt.exe[U+0000][U+000A]<b>bold</b>&amp;[U+005B]U+0041][U+E000]" + "x" * 300
    assert expected in "".join(read(typeset([Paragraph(HOSTILE)], ABOUT)).split())


def test_a_digest_in_groups_is_copied_as_the_value_without_spaces(read: Read) -> None:
    assert DIGEST in read(typeset([Paragraph(Span(group_hex(DIGEST), "fixed"))], ABOUT))


def test_a_digest_that_is_broken_over_two_lines_keeps_every_character(read: Read) -> None:
    facts = Facts((("Digest", Span(group_hex(DIGEST), "fixed")),), side=Code("A", 150, "QR code"))
    assert DIGEST in "".join(read(typeset([facts], ABOUT)).split())


def test_the_same_blocks_give_the_same_bytes_whatever_was_drawn_before(
    whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    typeset([Paragraph(HINDI + ARABIC)], ABOUT)
    assert typeset(everything(), ABOUT) == whole


def test_every_block_passes_a_strict_check_as_pdf_a_3b(whole: bytes) -> None:
    with pikepdf.open(BytesIO(whole)) as pdf:
        pikepdf.pdfa.prepare(pdf, "3b")
        pikepdf.pdfa.save(pdf, BytesIO(), "3b", repair=False, deterministic_id=True)


def test_qpdf_finds_nothing_wrong(whole: bytes, program: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "set.pdf"
    path.write_bytes(whole)
    run = subprocess.run([program("qpdf"), "--check", path], capture_output=True, check=False)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("mode", ["1", "2"])
def test_text_of_the_far_east_passes_as_pdf_a_where_a_face_is_at_hand(mode: str, read: Read) -> None:
    text = {"1": JAPANESE, "2": "한국어 각하 漢字"}[mode]
    try:
        pdf = typeset([Paragraph(text)], ABOUT)
    except FormatError:
        pytest.skip("no face for Chinese, Japanese and Korean (Debian: apt-get install fonts-wqy-microhei)")
    with pikepdf.open(BytesIO(pdf)) as opened:
        pikepdf.pdfa.prepare(opened, "3b")
        pikepdf.pdfa.save(opened, BytesIO(), "3b", repair=False, deterministic_id=True)
    assert text in single(read(pdf))


def test_another_face_of_the_computer_makes_it_another_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever verifies without the maker's Chinese face would accuse them of having drawn something else."""
    face = tmp_path / "face.ttf"
    monkeypatch.setattr(typefaces, "SYSTEM_FACES", ((str(face), 0),))
    monkeypatch.setattr(typefaces, "NOTO_FACES", ())
    found = {typefaces.of_computer()}
    for content in (b"one", b"two"):
        face.write_bytes(content)
        found.add(typefaces.of_computer())
    tools = {tool.name: tool.version for tool in bootstrap.tool_versions()}
    assert (len(found), "none" in found, tools["typefaces of the computer"] in found) == (3, True, True)


@pytest.fixture
def without_faces(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(typefaces, "SYSTEM_FACES", ())
    monkeypatch.setattr(typefaces, "NOTO_FACES", ())
    typefaces.other_face.cache_clear()
    yield
    typefaces.other_face.cache_clear()


@pytest.mark.usefixtures("without_faces")
def test_a_script_without_a_face_is_named_with_the_character_and_the_remedy() -> None:
    with pytest.raises(FormatError, match=r"Hiragana text: U\+3042") as caught:
        typeset([Paragraph("a あ")], ABOUT)
    assert "apt install fonts-wqy-microhei" in caught.value.hint
    with pytest.raises(FormatError, match=r"Tamil text: U\+0BA4") as caught:
        typeset([Paragraph("தமிழ்")], ABOUT)
    assert "apt install fonts-noto-core" in caught.value.hint


@pytest.mark.usefixtures("without_faces")
def test_a_symbol_without_a_face_is_written_out(read: Read) -> None:
    assert "ok [U+1F600] [U+1D400]" in single(read(typeset([Paragraph("ok \U0001f600 \U0001d400")], ABOUT)))


@pytest.mark.usefixtures("without_faces")
def test_an_odd_mark_or_a_sign_of_a_dead_script_in_a_name_stops_no_document(read: Read) -> None:
    pdf = typeset([Paragraph("z\u0365 \U00012000 \u0978")], ABOUT)
    assert "z[U+0365] [U+12000] [U+0978]" in single(read(pdf))


def test_a_drawing_cuts_words_that_do_not_fit_in_the_smallest_size(read: Read) -> None:
    figure = Figure((Shape("text", (10, 10, 40), "abc" * 100),), 100, 20, "long")
    assert "…" in read(typeset([figure], ABOUT))


def test_faces_that_cannot_be_loaded_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("pymupdf_fonts").fontbuffers, "figo", lambda: b"no face")
    typefaces.own_face.cache_clear()
    with pytest.raises(StorageError, match="typefaces"):
        typeset([Paragraph("a")], ABOUT)
    typefaces.own_face.cache_clear()


def shown_glyphs(text: str) -> list[int]:
    """The glyphs that a line of `text` shows, by the codes in it."""
    setter = Setter()
    (line,) = setter.lines(text, LOOKS["body"], 400)
    font: Font = next(iter(setter.fonts.values()))
    numbers = {code: glyph for code, glyph, _ in font._used}
    strings = b"".join(
        re.sub(rb"\)-?\d+\(", b"", found)
        for piece in line.pieces
        for found in re.findall(rb"\[\((.*?)\)\]TJ|\[\((.*?)\)-?\d+\]TJ", piece.show, re.DOTALL)
        for found in found
    )
    return [numbers[int.from_bytes(strings[at : at + 2], "big")] for at in range(0, len(strings), 2)]


@pytest.mark.parametrize(("text", "backwards"), [("क्षत्रिय", False), ("مستند", True)])
def test_a_word_is_shown_with_the_glyphs_that_harfbuzz_chooses(text: str, backwards: bool) -> None:
    face = typefaces.own_face(typefaces.REGULAR)
    shaped = [glyph.number for glyph in shape(text, face, right_to_left=backwards)]
    assert shown_glyphs(text) == shaped
    assert shaped != [face.glyphs[character] for character in text]


def test_arabic_stands_from_right_to_left_and_numbers_in_it_do_not() -> None:
    text = "سر 24 (ab)"
    order = visual_order(levels(text))
    assert "".join(text[index] for index in order) == "(ab) 24 رس".replace("(ab)", ")ab(")


def test_brackets_around_a_word_from_right_to_left_keep_to_its_sentence() -> None:
    assert levels("a (ب) ج") == [0, 0, 0, 1, 0, 0, 1]
    assert levels("ب (a) ب")[2:5] == [1, 2, 1]
    assert levels("a ب (ج) b")[3:8] == [1, 1, 1, 1, 0]


def test_a_foreign_name_draws_no_number_beside_it_to_its_other_side() -> None:
    setter = Setter()
    (line,) = setter.lines(("of ", Span(ARABIC), " 5 files"), LOOKS["body"], 400)
    font = next(iter(setter.fonts.values()))
    assert line.pieces[-1].show == b"(%b)Tj" % font.encode(" 5 files")


def test_an_escape_inside_arabic_is_one_word_from_left_to_right() -> None:
    assert levels("سر [U+0000]", [(3, 11)])[3:] == [2] * 8


def test_a_glyph_that_shaping_moves_up_leaves_the_next_line_where_it_was() -> None:
    (line,) = Setter().lines("é\u0301", LOOKS["body"], 400)
    rises = re.findall(rb"(-?[\d.]+) Ts", line.pieces[0].show)
    assert not rises or float(rises[-1]) == 0


def test_every_mark_on_a_page_is_tagged_or_an_artifact(whole: bytes) -> None:
    with pikepdf.open(BytesIO(whole)) as pdf:
        for page in pdf.pages:
            depth, bare = 0, []
            for instruction in pikepdf.parse_content_stream(page):
                operator = str(instruction.operator)
                depth += {"BDC": 1, "BMC": 1, "EMC": -1}.get(operator, 0)
                if not depth and operator in {"Tj", "TJ", "S", "f", "B", "Do", "INLINE IMAGE"}:
                    bare.append(operator)
            assert not bare
            assert not depth


def test_the_parent_tree_leads_from_each_mark_to_the_element_that_holds_it(whole: bytes) -> None:
    with pikepdf.open(BytesIO(whole)) as pdf:
        numbers = pdf.Root.StructTreeRoot.ParentTree.Nums
        tree = {int(numbers[at]): numbers[at + 1] for at in range(0, len(numbers), 2)}
        for page in pdf.pages:
            for mcid, element in enumerate(tree[int(page.StructParents)]):
                kids: list[Any] = list(element.K) if isinstance(element.K, pikepdf.Array) else [element.K]
                own = [kid for kid in kids if isinstance(kid, int) and element.Pg.objgen == page.objgen]
                others = [
                    int(kid.MCID)
                    for kid in kids
                    if isinstance(kid, pikepdf.Dictionary) and "/MCID" in kid and kid.Pg.objgen == page.objgen
                ]
                assert mcid in [*map(int, own), *others]


def test_headings_lists_tables_and_figures_are_elements_of_their_kind(whole: bytes) -> None:
    with pikepdf.open(BytesIO(whole)) as pdf:
        counts = {role: len(elements(pdf, role)) for role in ("H1", "H2", "H3", "H4", "L", "LI", "TR", "TH", "TD")}
        assert counts == {"H1": 1, "H2": 1, "H3": 1, "H4": 1, "L": 1, "LI": 2, "TR": 91, "TH": 3, "TD": 270}
        assert all(header.A.Scope == "/Column" for header in elements(pdf, "TH"))
        figures = elements(pdf, "Figure")
        assert [str(figure.Alt) for figure in figures][:3] == ["QR code", "A grey field", "A box"]
        assert all(len(figure.A.BBox) == 4 for figure in figures)


def test_each_fact_is_a_paragraph_but_in_a_very_long_document_each_group_is(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = Facts((("Size", "7 bytes"), ("State", "unchanged"), ("Name", "a")))
    with pikepdf.open(BytesIO(typeset([facts], ABOUT))) as pdf:
        assert len(elements(pdf, "P")) == 3
    monkeypatch.setattr(setting, "_FINE_FACTS", -1)
    with pikepdf.open(BytesIO(typeset([facts], ABOUT))) as pdf:
        assert len(elements(pdf, "P")) == 1


def test_facts_with_an_anchor_are_found_and_are_not_in_the_outline() -> None:
    facts = Facts((("Size", "7 bytes"),), anchor="here")
    with pikepdf.open(BytesIO(typeset([Paragraph(Span("to it", link="#here")), NewPage(), facts], ABOUT))) as pdf:
        assert pdf.pages[0].Annots[0].Dest[0].objgen == pdf.pages[1].objgen
        assert "/Outlines" not in pdf.Root


def test_the_catalog_says_language_title_and_that_it_is_tagged(whole: bytes) -> None:
    with pikepdf.open(BytesIO(whole)) as pdf:
        root = pdf.Root
        assert (str(root.Lang), bool(root.MarkInfo.Marked), bool(root.ViewerPreferences.DisplayDocTitle)) == (
            "en",
            True,
            True,
        )
        assert all("/Trans" not in page and page.Tabs == "/S" for page in pdf.pages)


def test_the_outline_nests_headings_under_their_own_words(whole: bytes) -> None:
    with pikepdf.open(BytesIO(whole)) as pdf, pdf.open_outline() as outline:
        titles = [(entry.title, [kid.title for kid in entry.children]) for entry in outline.root]
    assert titles == [("Report JD-2026/17", []), ("Happenings", ["In detail"])]


def test_links_are_printed_described_tagged_and_lead_where_they_say(whole: bytes) -> None:
    with pikepdf.open(BytesIO(whole)) as pdf:
        inner, outer = pdf.pages[0].Annots
        assert (int(inner.F), str(inner.Contents), str(outer.A.URI)) == (4, "section 2", "https://example.org/a(b)")
        assert inner.Dest[0].objgen in [page.objgen for page in pdf.pages]
        assert len(elements(pdf, "Link")) == 2


def test_only_addresses_of_the_web_become_links() -> None:
    words = Span("click", link="javascript:alert(1)")
    with pikepdf.open(BytesIO(typeset([Paragraph(words)], ABOUT))) as pdf:
        assert "/Annots" not in pdf.pages[0]


def test_a_link_to_no_heading_is_refused() -> None:
    with pytest.raises(LookupError):
        typeset([Paragraph(Span("there", link="#nowhere"))], ABOUT)


def test_no_word_stands_outside_the_margins(whole: bytes, read: Read) -> None:
    boxes = re.findall(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)"', read(whole, "-bbox"))
    assert len(boxes) > 500
    assert min(float(left) for left, *_ in boxes) >= LEFT - 1
    assert max(float(right) for _, _, right, _ in boxes) <= PAGE[0] - LEFT + 1
    assert max(float(foot) for *_, foot in boxes) <= PAGE[1] - 20


def test_a_name_of_300_letters_without_a_space_is_broken_and_whole(read: Read) -> None:
    name = "".join(chr(97 + index % 26) for index in range(300))
    table = Table((Column("No.", 1), Column("Name", 1), Column("Digest", 4)), [("1", name, DIGEST)], "Items")
    assert name in "".join(read(typeset([table], ABOUT), "-x", "130", "-y", "0", "-W", "80", "-H", "800").split())


def test_a_note_of_5000_characters_in_one_cell_goes_on_over_the_pages(read: Read) -> None:
    table = Table((Column("No.", 1), Column("Note", 1)), [("1", "ab cd " * 1200)], "Items")
    text = read(typeset([table], ABOUT))
    assert text.count("ab cd") + text.count("ab\ncd") >= 1190
    assert text.count("\f") == 2


def test_column_headings_come_again_on_every_page_as_artifacts(whole: bytes, read: Read) -> None:
    pages = pages_with(read, whole, "No. Name Digest") or pages_with(read, whole, "No.")
    assert len(pages) >= 3


def test_a_heading_never_stands_alone_at_the_foot_of_a_page(read: Read) -> None:
    for lines in range(40, 48):
        pdf = typeset([*(Paragraph("x") for _ in range(lines)), Heading(2, "Alone"), Paragraph("Follows")], ABOUT)
        assert pages_with(read, pdf, "Alone") == pages_with(read, pdf, "Follows")


def test_text_beside_a_code_leaves_it_its_room(read: Read) -> None:
    beside = Aside((Paragraph("narrow " * 40),), Code(DIGEST, 230, "QR code"))
    lines = read(typeset([beside], ABOUT)).splitlines()
    assert max(line.count("narrow") for line in lines) < 9  # of 17 on the whole width


def test_lines_to_be_typed_go_down_the_left_column_first(read: Read) -> None:
    lines = read(typeset([Typed(("one", "two", "three"))], ABOUT), "-layout").splitlines()
    assert ["one", "three"] in [line.split() for line in lines]


def test_half_a_page_has_no_foot(read: Read) -> None:
    assert "Page 1" not in read(typeset([Paragraph("words")], replace(ABOUT, style="half")))


def test_what_belongs_together_begins_a_page_rather_than_being_torn_apart(read: Read) -> None:
    block = Together((Paragraph("Begins"), *(Paragraph("y") for _ in range(20)), Paragraph("Ends")))
    pdf = typeset([*(Paragraph("x") for _ in range(30)), block], ABOUT)
    assert pages_with(read, pdf, "Begins") == pages_with(read, pdf, "Ends") == [1]


def test_what_is_taller_than_a_page_is_torn_apart_though_it_belongs_together(read: Read) -> None:
    block = Together(tuple(Paragraph(f"line {number}.") for number in range(90)))
    pdf = typeset([block], ABOUT)
    assert (pages_with(read, pdf, "line 0."), pages_with(read, pdf, "line 89.")) == ([0], [2])


def test_every_page_says_how_many_there_are(whole: bytes, read: Read) -> None:
    pages = read(whole).split("\f")[:-1]
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in single(page)
        assert ABOUT.foot in page
        assert ABOUT.mark in page
        assert ("Initials" in page) == (number > 1)


def test_a_drawing_larger_than_a_page_is_made_smaller() -> None:
    with pikepdf.open(BytesIO(typeset([Figure((Shape("line", (0, 0, 9, 9)),), 9000, 9000, "big")], ABOUT))) as pdf:
        (figure,) = elements(pdf, "Figure")
        left, foot, right, head = (float(side) for side in figure.A.BBox)
    assert left >= LEFT - 1
    assert right <= PAGE[0] - LEFT + 1
    assert foot >= BOTTOM - 1
    assert head <= PAGE[1] - TOP + 1


@pytest.mark.parametrize("picture", [b"", b"GIF89a", jpeg()[:200], jpeg("CMYK")])
def test_a_picture_that_is_no_jpeg_of_light_is_refused(picture: bytes) -> None:
    with pytest.raises(FormatError, match="JPEG"):
        typeset([Picture(picture, 60, "x")], ABOUT)


def test_a_picture_that_is_drawn_twice_is_kept_once() -> None:
    with pikepdf.open(BytesIO(typeset([Picture(jpeg(), 60, "x"), Picture(jpeg(), 30, "y")], ABOUT))) as pdf:
        images = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Stream) and "/Width" in thing]
    assert len(images) == 1


def test_a_document_of_no_blocks_is_one_page() -> None:
    with pikepdf.open(BytesIO(typeset([], ABOUT))) as pdf:
        assert len(pdf.pages) == 1
