"""Makes the advertisement's two captures: a screenshot of it, and the saved page."""

from base64 import b64encode
from datetime import datetime, timedelta
from html import escape
from io import BytesIO

from PIL import Image, ImageDraw

from custody.demo.fonts import font
from custody.demo.painting import Colour
from custody.demo.photographs import jpeg
from custody.demo.story import AD_ADDRESS, REFERENCE, TELEPHONE, written_day

_TITLE = "Housekeeping staff wanted, room and transport included"
_FACTS = (
    ("Pay", "£9 a room"),
    ("Hours", "6 days a week, 05:30 to 17:00"),
    ("Room", "shared, four beds"),
    ("Start", "at once"),
)
_TEXT = (
    "Cleaning of hotel rooms in several towns. No experience and no papers needed.",
    "Travel and room are paid for you and taken from the first wages.",
    "Our driver meets you on arrival. Please bring your passport for the office.",
)
_CONTACT = f"Call or message Dana: {TELEPHONE}"
_POSTED_FROM = "203.0.113.45"
_GREY, _INK, _BLUE = (104, 110, 120), (32, 36, 44), (24, 92, 156)


class _Screen:
    """A screen of 1280 by 900 pixels, white."""

    def __init__(self) -> None:
        self.picture = Image.new("RGB", (1280, 900), (255, 255, 255))
        self.draw = ImageDraw.Draw(self.picture)

    def text(
        self, x: float, y: float, words: str, size: float, colour: Colour, bold: bool = False, anchor: str = "lm"
    ) -> None:
        self.draw.text((x, y), words, fill=colour, font=font(size, bold), anchor=anchor)


def screenshot(street: Image.Image, at: datetime) -> bytes:
    """The advertisement in a browser on a desktop whose clock shows `at`, in UTC: the bytes of a PNG file."""
    screen = _Screen()
    _draw_browser(screen, at)
    _draw_advertisement(screen, street, at)
    _draw_other_jobs(screen)
    out = BytesIO()
    screen.picture.save(out, "PNG")
    return out.getvalue()


def _draw_browser(screen: _Screen, at: datetime) -> None:
    draw, text = screen.draw, screen.text
    draw.rectangle((0, 0, 1280, 28), fill=(28, 28, 32))
    text(640, 14, f"{written_day(at)}  {at:%H:%M} UTC", 13, (236, 236, 238), anchor="mm")
    text(16, 14, "Activities", 13, (236, 236, 238))
    draw.rectangle((0, 28, 1280, 66), fill=(222, 225, 230))
    draw.rounded_rectangle((10, 34, 300, 74), 8, fill=(248, 249, 251))
    draw.rounded_rectangle((22, 44, 36, 58), 3, fill=_BLUE)
    text(44, 51, "Housekeeping staff wanted", 12, _INK)
    text(282, 51, "×", 14, _GREY, anchor="mm")
    text(320, 51, "+", 18, _GREY, anchor="mm")
    draw.rectangle((0, 66, 1280, 108), fill=(248, 249, 251))
    text(28, 87, "‹", 26, _GREY, anchor="mm")
    text(60, 87, "›", 26, _GREY, anchor="mm")
    draw.rounded_rectangle((86, 73, 1264, 101), 14, fill=(232, 235, 240))
    text(104, 87, AD_ADDRESS, 13, _INK)
    draw.line((0, 108, 1280, 108), fill=(206, 210, 216))


def _draw_advertisement(screen: _Screen, street: Image.Image, at: datetime) -> None:
    draw, text = screen.draw, screen.text
    draw.rectangle((0, 109, 1280, 165), fill=_BLUE)
    text(80, 137, "listings.example", 22, (255, 255, 255), True)
    for x, word in ((760, "Homes"), (860, "Jobs"), (940, "Vehicles"), (1060, "Place an ad")):
        text(x, 137, word, 14, (222, 234, 246), word == "Jobs")
    text(80, 190, "Jobs  ›  Cleaning and hotels  ›  " + REFERENCE, 12, _GREY)
    text(80, 228, _TITLE, 24, _INK, True)
    text(80, 260, f"Posted {written_day(at - timedelta(days=2))}   ·   seen 318 times", 12, _GREY)
    screen.picture.paste(street.crop((100, 60, 740, 480)).resize((480, 315), Image.Resampling.LANCZOS), (80, 284))
    for index, tint in enumerate(((206, 214, 222), (216, 206, 196), (200, 212, 202))):
        draw.rectangle((80 + 164 * index, 609, 232 + 164 * index, 663), fill=tint)
        text(156 + 164 * index, 636, f"picture {index + 2}", 11, _GREY, anchor="mm")
    for row, (name, value) in enumerate(_FACTS):
        y = 284 + 44 * row
        draw.rectangle((590, y, 920, y + 43), fill=(245, 247, 250) if row % 2 == 0 else (255, 255, 255))
        text(604, y + 22, name, 13, _GREY)
        text(672, y + 22, value, 13, _INK)
    for row, line in enumerate(_TEXT):
        text(80, 696 + 28 * row, line, 14, _INK)
    draw.rounded_rectangle((590, 478, 920, 599), 8, fill=(236, 244, 252), outline=(168, 198, 226))
    text(610, 504, "Contact", 15, _INK, True)
    text(610, 534, "Dana (call or message)", 13, _INK)
    text(610, 568, TELEPHONE, 20, _BLUE, True)
    text(590, 636, f"Reference {REFERENCE}", 14, _INK, True)
    draw.rectangle((0, 820, 1280, 900), fill=(240, 242, 245))
    text(80, 848, f"Ad {REFERENCE}   ·   posted from {_POSTED_FROM}   ·   report this ad", 12, _GREY)
    text(80, 872, "listings.example is a made-up site for a demonstration.", 12, _GREY)


def _draw_other_jobs(screen: _Screen) -> None:
    draw, text = screen.draw, screen.text
    draw.line((952, 284, 952, 790), fill=(226, 229, 234))
    text(976, 296, "More from this advertiser", 14, _INK, True)
    for row, (name, where) in enumerate(
        (
            ("Packers, night shift", "Northgate"),
            ("Kitchen help, room included", "Exampleton"),
            ("Drivers with van", "all towns"),
        )
    ):
        y = 322 + 92 * row
        draw.rounded_rectangle((976, y, 1200, y + 78), 6, fill=(247, 248, 250), outline=(226, 229, 234))
        text(990, y + 28, name, 13, _BLUE)
        text(990, y + 54, where, 12, _GREY)


def saved_page(street: Image.Image, at: datetime) -> bytes:
    """One file, with the line about its origin that browsers put near its top: the address and its length."""
    small = b64encode(jpeg(street.resize((320, 240)), 78)).decode()
    facts = "\n".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in _FACTS)
    text = "\n".join(f"<p>{escape(line)}</p>" for line in _TEXT)
    page = f"""<!DOCTYPE html>
<!-- saved from url=({len(AD_ADDRESS):04d}){AD_ADDRESS} -->
<html lang="en"><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8">
<title>{escape(_TITLE)} - listings.example</title>
<style>
body {{ margin: 0; font: 16px/1.5 sans-serif; color: #20242c; }}
header {{ background: #185c9c; color: #fff; padding: 14px 24px; font-weight: bold; font-size: 20px; }}
main {{ max-width: 760px; margin: 0 auto; padding: 16px 24px; }}
small, th {{ color: #686e78; font-weight: normal; text-align: left; }}
th, td {{ padding: 6px 18px 6px 0; border-bottom: 1px solid #e2e5ea; }}
.contact {{ background: #ecf4fc; border: 1px solid #a8c6e2; border-radius: 8px; padding: 12px 18px; }}
</style></head>
<body><header>listings.example</header>
<main>
<small>Jobs &rsaquo; Cleaning and hotels &rsaquo; {REFERENCE}</small>
<h1>{escape(_TITLE)}</h1>
<small>Posted {written_day(at - timedelta(days=2))} &middot; seen 319 times</small>
<p><img src="data:image/jpeg;base64,{small}" width="320" height="240" alt="Street with a hotel"></p>
<table>
{facts}
</table>
{text}
<p class="contact">{escape(_CONTACT)}<br>Reference {REFERENCE}</p>
<small>Posted from {_POSTED_FROM}. listings.example is a made-up site for a demonstration.</small>
</main></body></html>
"""
    return page.encode()
