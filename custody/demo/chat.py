"""Makes the export of a messenger's chat: the talk, four pictures and a voice note. Writes no file."""

import wave
from array import array
from datetime import datetime, timedelta
from io import BytesIO
from math import pi, sin
from random import Random

from PIL import Image

from custody.demo.photographs import jpeg
from custody.demo.scenes import card, door, yard
from custody.demo.story import REFERENCE, TELEPHONE


def chat_export(street: Image.Image, rng: Random, at: datetime) -> dict[str, bytes]:
    """Names and bytes of a messenger's export: the talk as text, what was sent as files beside it.

    `at` is the time of the export, in UTC; the talk is of two days before.
    """
    first = (at - timedelta(days=2)).replace(hour=18, minute=4, second=12)
    files: dict[str, bytes] = {}
    lines: list[str] = []

    def said(minutes: int, who: str, words: str) -> None:
        when = first + timedelta(minutes=minutes, seconds=minutes * 7 % 60)
        lines.append(f"[{when:%d/%m/%Y, %H:%M:%S}] {who}: {words}")

    def sent(minutes: int, who: str, name: str, data: bytes) -> None:
        files[name] = data
        # U+200E before a notice: messengers write it, so a reader of exports must show or survive it.
        said(minutes, who, f"\u200e<attached: {name}>")

    def stamped(number: int, kind: str, minutes: int, ending: str) -> str:
        return f"{number:08d}-{kind}-{first + timedelta(minutes=minutes):%Y-%m-%d-%H-%M-%S}.{ending}"

    said(0, "Dana", "\u200eOnly the members of this chat can read it.")
    said(1, "Ana", f"Hello, I saw {REFERENCE}. Is the work still free?")
    said(3, "Dana", "Yes. Hotels, six days. Room and van are arranged.")
    sent(4, "Dana", stamped(4, "PHOTO", 4, "jpg"), jpeg(street, 80))
    said(6, "Ana", "What does the room cost?")
    said(9, "Dana", "Nothing now. It is taken from your wages, with the travel.")
    sent(10, "Dana", stamped(7, "AUDIO", 10, "wav"), _voice_note(rng))
    said(21, "Ana", "Which hotel is it?")
    sent(23, "Dana", stamped(9, "PHOTO", 23, "jpg"), jpeg(door(rng), 80))
    sent(24, "Dana", stamped(10, "PHOTO", 24, "jpg"), jpeg(card(rng), 80))
    said(26, "Dana", "Bring your passport. It stays in the office while you work.")
    said(31, "Ana", "My cousin says she has not got hers back 😕")
    sent(32, "Ana", "фото 2.jpg", jpeg(yard(rng), 80))
    said(33, "Ana", "She sent me this. Is that your van?")
    said(52, "Dana", f"Call me, do not write. {TELEPHONE}")
    files["_chat.txt"] = ("\r\n".join(lines) + "\r\n").encode()
    return files


def _voice_note(rng: Random) -> bytes:
    """Four seconds that sound like speech behind a wall: a voice's overtones in syllables, no words."""
    rate = 8000
    samples = array("h")
    phase = 0.0
    while len(samples) < 4 * rate:
        length = rng.randrange(rate // 8, rate // 4)
        pitch = rng.uniform(95, 150)
        weights = [rng.uniform(0.2, 1) / overtone for overtone in range(1, 7)]
        loud = 0 if rng.random() < 0.15 else rng.uniform(4000, 8000)
        for step in range(length):
            phase += 2 * pi * pitch * (1 - 0.12 * step / length) / rate
            level = sum(weight * sin(n * phase) for n, weight in enumerate(weights, 1))
            samples.append(int(loud * sin(pi * step / length) * level) + rng.randrange(-90, 91))
    out = BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", "not compressed"))
        file.writeframes(samples[: 4 * rate].tobytes())
    return out.getvalue()
