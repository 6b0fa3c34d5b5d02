"""Makes the hotel's invoice, a PDF of one page. Writes no file."""

from datetime import datetime, timedelta
from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from custody.demo.fonts import font_file
from custody.demo.story import TELEPHONE, written_day

# (description, quantity, price of one in pence)
_LINES = (
    ("Rooms 214 and 215, 3 nights", 6, 5800),
    ("Extra beds, 4 for 3 nights", 12, 1200),
    ("Parking, one van, 3 nights", 3, 1000),
)


def hotel_invoice(at: datetime) -> bytes:
    """The file as downloaded at `at`, in UTC: the guests left, and it was made, on the day before."""
    plain, bold = "DemoVera", "DemoVera-Bold"
    registerFont(TTFont(plain, str(font_file(bold=False))))
    registerFont(TTFont(bold, str(font_file(bold=True))))
    left, edge, top = 22 * mm, A4[0] - 22 * mm, A4[1] - 24 * mm
    leaving = (at - timedelta(days=1)).replace(hour=9, minute=42, second=5)

    out = BytesIO()
    # Without `invariant` reportlab writes its own clock into the file.
    page = Canvas(out, pagesize=A4, invariant=1, pageCompression=1, initialFontName=plain, lang="en-GB")
    page.setDateFormatter(lambda *_reportlabs_own: f"D:{leaving:%Y%m%d%H%M%S}+00'00'")
    page.setTitle("Invoice HC-20417")
    page.setAuthor("Harbour Court Hotel")
    page.setSubject("Invoice")
    page.setCreator("Example Hotel Desk 3.0")

    def put(x: float, y: float, words: str, size: float = 9.5, font: str = plain, right: bool = False) -> None:
        page.setFont(font, size)
        (page.drawRightString if right else page.drawString)(x, y, words)

    page.setFillColorRGB(0.1, 0.2, 0.3)
    page.rect(0, A4[1] - 12 * mm, A4[0], 12 * mm, stroke=0, fill=1)
    put(left, top, "Harbour Court Hotel", 18, bold)
    put(edge, top, "INVOICE", 18, bold, right=True)
    page.setFillColorRGB(0, 0, 0)
    put(left, top - 7 * mm, "12 Quay Street, Exampleton")
    put(left, top - 12 * mm, "desk@harbour-court.example   +44 1632 960020")
    for row, (name, value) in enumerate(
        (
            ("Invoice number", "HC-20417"),
            ("Date", written_day(leaving)),
            ("Arrival", written_day(leaving - timedelta(days=3))),
            ("Departure", written_day(leaving)),
        )
    ):
        put(edge - 40 * mm, top - (30 + 5.5 * row) * mm, name, right=True)
        put(edge, top - (30 + 5.5 * row) * mm, value, 9.5, bold, right=True)
    for row, line in enumerate(("Northgate Staffing", "3 Mill Lane, Exampleton", f"Booked by telephone, {TELEPHONE}")):
        put(left, top - (30 + 5.5 * row) * mm, line, 9.5, plain if row else bold)

    y = top - 66 * mm
    page.setFillColorRGB(0.92, 0.94, 0.96)
    page.rect(left, y - 2.5 * mm, edge - left, 8 * mm, stroke=0, fill=1)
    page.setFillColorRGB(0, 0, 0)
    columns = (edge - 62 * mm, edge - 32 * mm, edge - 2 * mm)
    put(left + 2 * mm, y, "Description", 9.5, bold)
    for x, word in zip(columns, ("Quantity", "Price", "Amount"), strict=True):
        put(x, y, word, 9.5, bold, right=True)
    total = 0
    for words, quantity, pence in _LINES:
        y -= 9 * mm
        total += quantity * pence
        put(left + 2 * mm, y, words)
        for x, word in zip(columns, (str(quantity), _pounds(pence), _pounds(quantity * pence)), strict=True):
            put(x, y, word, right=True)
        page.setStrokeColorRGB(0.85, 0.87, 0.9)
        page.line(left, y - 3 * mm, edge, y - 3 * mm)
    # Prices are with the tax, so at 20 % it is a sixth of the total.
    for name, amount, font in (
        ("Total", total, bold),
        ("of which VAT, 20 %", total // 6, plain),
        ("Paid in cash", total, plain),
    ):
        y -= 8 * mm
        put(columns[1], y, name, 9.5, font, right=True)
        put(columns[2], y, _pounds(amount), 9.5, font, right=True)
    put(left, y - 22 * mm, "Guests are not named on this invoice at the wish of the payer.")
    put(left, 18 * mm, "Harbour Court Hotel is made up for a demonstration.   Page 1 of 1", 8)
    page.showPage()
    page.save()
    return out.getvalue()


def _pounds(pence: int) -> str:
    return f"£{pence // 100}.{pence % 100:02d}"
