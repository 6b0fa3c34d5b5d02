"""The demonstration's artifacts are what they say they are."""

import hashlib
import re
import wave
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import ExifTags, Image, ImageStat
from pypdf import PdfReader

from custody.demo.artifacts import Artifact, make_artifacts
from custody.errors import StorageError

NOW = datetime(2026, 11, 24, 3, 2, 1, 123456, tzinfo=UTC)
MAX_BYTES = 3_000_000

Made = dict[str, Artifact]


def _by_method(folder: Path, now: datetime = NOW) -> Made:
    return {artifact.method: artifact for artifact in make_artifacts(folder, now)}


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in _files(folder)
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return _by_method(tmp_path_factory.mktemp("artifacts"))


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.comments: list[str] = []
        self.addresses: list[str] = []
        self.opened: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value for name, value in attrs if name in {"src", "href"} and value]
        if tag not in {"meta", "img", "br"}:
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.opened[-1:] == [tag]:
            self.opened.pop()

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture
def page(made: Made) -> _Page:
    return _Page(made["saved-page"].path.read_text(encoding="utf-8"))


@pytest.fixture
def pdf(made: Made) -> Iterator[PdfReader]:
    with PdfReader(made["download"].path) as reader:
        yield reader


def test_the_five_ways_of_capture_are_all_there_once(made: Made, tmp_path: Path) -> None:
    methods = [artifact.method for artifact in make_artifacts(tmp_path, NOW)]
    assert sorted(methods) == ["download", "export", "phone-photo", "saved-page", "screenshot"]


def test_only_the_folder_is_one_item_of_many_parts(made: Made) -> None:
    assert {m: (a.as_one, a.path.is_dir()) for m, a in made.items()} == {
        "phone-photo": (False, False),
        "screenshot": (False, False),
        "saved-page": (False, False),
        "export": (True, True),
        "download": (False, False),
    }


def test_every_artifact_lies_in_the_folder_and_nothing_else_does(made: Made) -> None:
    folder = made["export"].path.parent
    assert sorted(folder.iterdir()) == sorted(artifact.path for artifact in made.values())


def test_the_same_now_gives_the_same_bytes(made: Made, tmp_path: Path) -> None:
    make_artifacts(tmp_path, NOW)
    assert _contents(tmp_path) == _contents(made["export"].path.parent)


def test_the_same_moment_in_another_zone_gives_the_same_bytes(made: Made, tmp_path: Path) -> None:
    make_artifacts(tmp_path, NOW.astimezone(timezone(timedelta(hours=5, minutes=45))))
    assert _contents(tmp_path) == _contents(made["export"].path.parent)


def test_another_now_gives_another_picture(made: Made, tmp_path: Path) -> None:
    other = _by_method(tmp_path, NOW + timedelta(days=1))
    with Image.open(other["phone-photo"].path) as later, Image.open(made["phone-photo"].path) as first:
        assert later.tobytes() != first.tobytes()


def test_captures_are_utc_and_minutes_to_hours_before_now(made: Made) -> None:
    for artifact in made.values():
        assert artifact.captured_at.utcoffset() == timedelta(0)
        assert timedelta(minutes=5) < NOW - artifact.captured_at < timedelta(hours=6)


def test_modification_times_are_exactly_the_capture(made: Made) -> None:
    found = {m: [p.stat().st_mtime_ns for p in (a.path, *_files(a.path))] for m, a in made.items()}
    expected = {m: [int(a.captured_at.timestamp()) * 10**9] * (1 + len(_files(a.path))) for m, a in made.items()}
    assert found == expected


def test_all_together_stay_small(made: Made) -> None:
    assert sum(path.stat().st_size for path in _files(made["export"].path.parent)) < MAX_BYTES


def test_found_addresses_are_of_example_domains(made: Made) -> None:
    hosts = {m: urlsplit(a.found_at).hostname for m, a in made.items() if a.found_at is not None}
    assert hosts == {
        "screenshot": "listings.example",
        "saved-page": "listings.example",
        "download": "booking.harbour-court.example",
    }


def test_photograph_is_a_jpeg_of_a_telephones_size(made: Made) -> None:
    with Image.open(made["phone-photo"].path) as image:
        image.load()
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (1600, 1200))


def test_photograph_has_grain_where_the_drawing_is_flat(made: Made) -> None:
    with Image.open(made["phone-photo"].path) as image:
        ceiling = image.crop((700, 20, 732, 52)).convert("L")
    # Without grain the ceiling's even shading stays below 1.
    assert 2 < ImageStat.Stat(ceiling).stddev[0] < 20


def test_photograph_names_its_made_up_camera(made: Made) -> None:
    with Image.open(made["phone-photo"].path) as image:
        exif = image.getexif()
        base = ExifTags.Base
        assert [exif[tag] for tag in (base.Make, base.Model, base.Software, base.Orientation)] == [
            "Example",
            "Example Pocket One",
            "Example Camera 4.1",
            1,
        ]


def test_photograph_was_taken_when_it_is_said_to_be(made: Made) -> None:
    with Image.open(made["phone-photo"].path) as image:
        ifd = image.getexif().get_ifd(ExifTags.IFD.Exif)
    taken = ifd[ExifTags.Base.DateTimeOriginal] + ifd[ExifTags.Base.OffsetTimeOriginal]
    assert datetime.strptime(taken, "%Y:%m:%d %H:%M:%S%z") == made["phone-photo"].captured_at


def test_photograph_lies_in_the_open_sea(made: Made) -> None:
    with Image.open(made["phone-photo"].path) as image:
        gps = image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    found = {ExifTags.GPS(tag).name: value for tag, value in gps.items()}
    assert found == {
        "GPSVersionID": b"\x02\x03\x00\x00",
        "GPSLatitudeRef": "N",
        "GPSLatitude": (54.0, 30.0, 7.2),
        "GPSLongitudeRef": "E",
        "GPSLongitude": (3.0, 0.0, 11.9),
        "GPSDateStamp": "2026:11:23",
        "GPSTimeStamp": (23.0, 9.0, 52.0),
    }


def test_screenshot_is_a_png_of_a_screens_size(made: Made) -> None:
    with Image.open(made["screenshot"].path) as image:
        image.load()
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (1280, 900))


def test_screenshot_shows_writing_in_its_address_bar(made: Made) -> None:
    with Image.open(made["screenshot"].path) as image:
        address = image.crop((150, 76, 420, 98)).convert("L")
    darkest, palest = address.getextrema()
    assert isinstance(darkest, int)
    assert isinstance(palest, int)
    assert palest - darkest > 150


def test_saved_page_states_its_address_and_the_addresss_length(made: Made, page: _Page) -> None:
    address = made["saved-page"].found_at
    assert address is not None
    assert page.comments == [f" saved from url=({len(address):04d}){address} "]


def test_saved_page_asks_no_other_machine_for_anything(page: _Page) -> None:
    assert [address.partition(",")[0] for address in page.addresses] == ["data:image/jpeg;base64"]


def test_saved_page_closes_what_it_opens(page: _Page) -> None:
    assert page.opened == []


def test_saved_page_and_screenshot_come_from_one_advertisement(made: Made, page: _Page) -> None:
    assert made["saved-page"].found_at == made["screenshot"].found_at
    assert "Reference LX-48213" in page.words


def test_saved_page_gives_a_telephone_number_kept_for_drama(page: _Page) -> None:
    assert re.findall(r"\+\d[\d ]+\d", page.words) == ["+44 1632 960147"]


def test_chat_names_every_file_that_lies_beside_it(made: Made) -> None:
    folder = made["export"].path
    text = (folder / "_chat.txt").read_bytes().decode("utf-8")
    attached = re.findall("\u200e<attached: (.+)>\r\n", text)
    assert sorted([*attached, "_chat.txt"]) == sorted(path.name for path in folder.iterdir())


def test_chat_lines_are_in_order_and_before_the_export(made: Made) -> None:
    text = (made["export"].path / "_chat.txt").read_bytes().decode("utf-8")
    lines = text.removesuffix("\r\n").split("\r\n")
    times = [datetime.strptime(line[:22] + "+0000", "[%d/%m/%Y, %H:%M:%S]%z") for line in lines]
    assert times == sorted(times)
    assert times[-1] < made["export"].captured_at


def test_chat_holds_four_pictures_one_with_a_russian_name(made: Made) -> None:
    pictures = sorted(made["export"].path.glob("*.jpg"))
    formats = []
    for path in pictures:
        with Image.open(path) as image:
            image.load()
            formats.append(image.format)
    assert (formats, pictures[-1].name) == (["JPEG"] * 4, "фото 2.jpg")


def test_chat_pictures_differ(made: Made) -> None:
    pictures = list(made["export"].path.glob("*.jpg"))
    assert len({path.read_bytes() for path in pictures}) == len(pictures)


def test_voice_note_is_four_seconds_of_sound(made: Made) -> None:
    (path,) = made["export"].path.glob("*.wav")
    with wave.open(str(path)) as file:
        parameters = (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes())
        frames = memoryview(file.readframes(file.getnframes())).cast("h")
    assert parameters == (1, 2, 8000, 32000)
    assert 8_000 < max(frames) < 32_767


def test_invoice_is_one_page_that_says_what_was_paid(pdf: PdfReader) -> None:
    (page,) = pdf.pages
    text = page.extract_text()
    for words in (
        "Harbour Court Hotel",
        "HC-20417",
        "Rooms 214 and 215, 3 nights",
        "£348.00",
        "Paid in cash",
    ):
        assert words in text


def test_invoice_total_is_the_sum_of_its_lines(pdf: PdfReader) -> None:
    amounts = [round(float(value) * 100) for value in re.findall(r"£(\d+\.\d\d)", pdf.pages[0].extract_text())]
    # Price and amount of three lines, then the total, the tax in it, and what was paid.
    lines, (total, tax, paid) = amounts[1:6:2], amounts[6:]
    assert (sum(lines), sum(lines) // 6, sum(lines)) == (total, tax, paid)


def test_invoice_was_made_on_the_day_of_departure(pdf: PdfReader) -> None:
    assert pdf.metadata is not None
    assert pdf.metadata.creation_date == datetime(2026, 11, 23, 9, 42, 5, tzinfo=UTC)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "Saved page.html").write_bytes(b"mine")
    with pytest.raises(StorageError, match=r"cannot be written into .*File exists"):
        make_artifacts(tmp_path, NOW)
    assert (tmp_path / "Saved page.html").read_bytes() == b"mine"


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="No such file"):
        make_artifacts(tmp_path / "absent", NOW)
