"""A small case for the tests of the command line: made once through the command line, then copied."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from custody import bootstrap
from custody.adapters.keys import keyfile
from custody.ports import PlaceSeen
from custody.services import looking
from tests.cli.commandline import PASSPHRASE, Custody

REFERENCE = "GEN-2026-014"
TITLE = "Burning of the Harbour Street archive"
NAME = "Jo Doe"
ORGANISATION = "Harbour Watch Collective"
LABEL = "JD"

PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(range(256)) * 40 + b"\xff\xd9"
PHOTO_NAME = "quayside-witness.jpg"
CHAT_NAME = "Chat with Dana Ruiz"
CHAT = {"media/voice-0001.ogg": b"OggS" + bytes(60), "messages.txt": b"Dana: they are here\n"}
MISSING_NAME = "lost-on-the-way.mp4"
TYPED = "the van's plate was KX-4471-Q"
NOTE = "Dana says the second man is her cousin"
DESCRIPTION = "two men carry boxes out of a side door"
FOUND_AT = "https://photos.example/harbour/9917?who=dana"
PERSONA = "grey_heron_82"
PLACE = "the flat above the bakery"
TOOL = "Pixel 9 camera"
CAPTURED_AT = "2026-11-20T10:00:00.000000Z"

PHOTO_DIGEST = hashlib.sha256(PHOTO).hexdigest()
TYPED_DIGEST = hashlib.sha256(TYPED.encode()).hexdigest()
CHAT_SIZE = sum(map(len, CHAT.values()))
PARTS_LIST = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(CHAT.items())).encode()
CHAT_DIGEST = hashlib.sha256(PARTS_LIST).hexdigest()

HOW = ("--method", "download", "--tool", "Firefox 128")  # for tests that are about something else

RECORDS = 6  # opened, JD-1, JD-2, an attempt, JD-3, a note on JD-1


@dataclass(frozen=True)
class Place:
    """A folder with a home, a case, and what was collected into it."""

    folder: Path
    custody: Custody

    @property
    def home(self) -> Path:
        """CUSTODY_HOME."""
        return self.folder / "home"

    @property
    def case(self) -> Path:
        """The case folder, from where commands are typed."""
        return self.folder / "case"

    @property
    def found(self) -> Path:
        """Where the evidence lay."""
        return self.folder / "found"

    def file(self, name: str, content: bytes = b"some bytes\n") -> Path:
        """A new file outside the case."""
        path = self.found / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path


def sha(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def item(number: str, name: str, data: bytes, media_type: str, *warnings: str) -> dict[str, object]:
    """What `--json` says of a collected file."""
    return {
        "digest": sha(data),
        "media_type": media_type,
        "name": {"text": name},
        "number": number,
        "parts": None,
        "same_as": None,
        "size": len(data),
        "warnings": list(warnings),
    }


def at(folder: Path) -> Place:
    """The place in this folder."""
    return Place(folder, Custody(cwd=folder / "case", home=folder / "home"))


def copied(source: Path, target: Path) -> Place:
    """A copy of a whole place, to do with as the test likes."""
    shutil.copytree(source, target, symlinks=True)
    place = at(target)
    seen_here(place)
    return place


def seen_here(place: Place) -> None:
    """As if a command had been used in the copy: its computer knows that this case lies there."""
    files = bootstrap.case_files(bootstrap.read_case(place.case))
    with files.ledgers.reading() as reader:
        case = looking.find_case(reader).id
    seen = PlaceSeen(looking.place_of(files), case, "2026-11-24T03:02:01.123456Z")
    bootstrap.world(place.home).heads.remember_place(seen)


def make_opened(folder: Path) -> None:
    """A key, and a case with nothing in it."""
    folder.mkdir()
    (folder / "found").mkdir()
    custody = at(folder).custody.using(cwd=folder)
    done = custody(
        "init", "case", "--reference", REFERENCE, "--title", TITLE, "--name", NAME, "--organisation", ORGANISATION
    )
    assert done.exit == 0, done
    lighten(folder / "home")


def lighten(home: Path) -> None:
    """Encrypt the key anew with the least work that Argon2id allows: hundreds of commands unlock it here."""
    (path,) = (home / "keys").glob("*.json")
    file = keyfile.parse_key_file(path.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keyfile, "ITERATIONS", 1)
        patch.setattr(keyfile, "MEMORY_KIB", 8 * keyfile.MAX_LANES)
        lighter = keyfile.encrypt(keyfile.decrypt(file, PASSPHRASE), file.public, PASSPHRASE, os.urandom)
    path.write_bytes(keyfile.format_key_file(lighter))


def fill(place: Place) -> None:
    """Collect a photograph with everything told, a folder as one item beside a missing file, a typed text; remark."""
    photo = place.file(PHOTO_NAME, PHOTO)
    for name, data in CHAT.items():
        place.file(f"{CHAT_NAME}/{name}", data)
    told = ("--found-at", FOUND_AT, "--persona", PERSONA, "--place", PLACE, "--description", DESCRIPTION)
    how = ("--method", "phone-photo", "--tool", TOOL, "--captured-at", CAPTURED_AT, "--sensitivity", "sensitive")
    plain = ("--method", "export", "--tool", "not known")
    steps = (
        (0, ("collect", photo, *how, *told)),
        (4, ("collect", place.found / CHAT_NAME, place.found / MISSING_NAME, "--as-one", *plain)),
        (0, ("collect", "--text", TYPED)),
        (0, ("note", "JD-1", NOTE)),
    )
    for expected, step in steps:
        done = place.custody(*step)
        assert done.exit == expected, done
