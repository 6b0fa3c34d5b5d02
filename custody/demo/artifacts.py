"""Makes the artifacts that the demonstration records. Writes files into one folder; records nothing.

Everything in them is drawn, written or computed by the modules beside this one.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from custody.demo.story import AD_ADDRESS, INVOICE_ADDRESS
from custody.domain.fields import Method
from custody.errors import StorageError


@dataclass(frozen=True, slots=True)
class Artifact:
    """One thing to record, and what its collector would answer about it.

    `found_at` is a web address, `captured_at` is UTC; `as_one` marks a folder that is one item of many parts.
    """

    path: Path
    method: Method
    tool: str
    found_at: str | None
    captured_at: datetime
    description: str
    as_one: bool


def make_artifacts(folder: Path, now: datetime) -> tuple[Artifact, ...]:
    """Write the five artifacts into `folder`, which exists and is empty, and say what each is.

    `now` is any aware time; the same `now` and the same libraries give the same bytes. Captures lie 24
    minutes to 4 hours before it, in whole seconds of UTC, and are also the files' modification times.
    Nothing is overwritten; files written before an error stay.

    Raises StorageError where the folder cannot be written or already holds one of the names.
    """
    try:
        return _make(folder, now)
    except OSError as error:
        raise StorageError(
            f"the demonstration's files cannot be written into {folder}: {error.strerror or error}",
            hint="choose an empty folder that you may write to, on a disk with a few megabytes free",
        ) from error


def _make(folder: Path, now: datetime) -> tuple[Artifact, ...]:
    # Here, because they load Pillow and reportlab, which no other command needs at its start.
    from custody.demo import scenes
    from custody.demo.chat import chat_export
    from custody.demo.invoice import hotel_invoice
    from custody.demo.pages import saved_page, screenshot
    from custody.demo.photographs import camera_notes, jpeg

    start = now.astimezone(UTC).replace(microsecond=0)
    rng = Random(start.isoformat())
    photo_at = start - timedelta(hours=3, minutes=52, seconds=9)
    shot_at = start - timedelta(hours=2, minutes=5, seconds=31)
    page_at = start - timedelta(hours=2, minutes=2, seconds=48)
    chat_at = start - timedelta(hours=1, minutes=10, seconds=20)
    invoice_at = start - timedelta(minutes=24, seconds=3)

    photo = folder / f"IMG_{photo_at:%Y%m%d_%H%M%S}.jpg"
    shot = folder / f"Screenshot from {shot_at:%Y-%m-%d %H-%M-%S}.png"
    page = folder / "Saved page.html"
    chat = folder / "Chat with Dana"
    invoice = folder / "invoice HC-20417.pdf"

    view = scenes.room(rng)
    street = scenes.street(rng)
    _write(photo, jpeg(view, 88, camera_notes(photo_at)), photo_at)
    _write(shot, screenshot(street, shot_at), shot_at)
    _write(page, saved_page(street, page_at), page_at)
    chat.mkdir()
    for name, data in chat_export(street, rng, chat_at).items():
        _write(chat / name, data, chat_at)
    _set_time(chat, chat_at)
    _write(invoice, hotel_invoice(invoice_at), invoice_at)

    return (
        Artifact(photo, "phone-photo", "Android camera", None, photo_at, "Hotel room 214, from the door", False),
        Artifact(shot, "screenshot", "GNOME Screenshot 41", AD_ADDRESS, shot_at, "Job advertisement, as shown", False),
        Artifact(page, "saved-page", "Chromium 128", AD_ADDRESS, page_at, "The same advertisement, saved", False),
        Artifact(chat, "export", "Example Messenger 5.2", None, chat_at, "Chat about the job, with media", True),
        Artifact(invoice, "download", "Firefox 128", INVOICE_ADDRESS, invoice_at, "Hotel invoice HC-20417", False),
    )


def _write(path: Path, data: bytes, at: datetime) -> None:
    with path.open("xb") as file:
        file.write(data)
    _set_time(path, at)


def _set_time(path: Path, at: datetime) -> None:
    # Nanoseconds as an integer: a float of this size cannot hold a time exactly.
    nanoseconds = int(at.timestamp()) * 1_000_000_000
    os.utime(path, ns=(nanoseconds, nanoseconds))
