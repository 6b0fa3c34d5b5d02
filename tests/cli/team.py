"""Several people of one case, each with a home and a folder of their own: made once, then copied. Asserts little."""

import base64
import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from custody.adapters.keys import keyfile
from tests.cli import smallcase
from tests.cli.commandline import Done
from tests.cli.smallcase import CHAT, HOW, PHOTO, Place, at, lighten, seen_here

REFERENCE = "GEN-7"
TITLE = "The market square"
DESCRIPTION = "two men carry boxes out of a side door"
PERSONA = "grey_heron_82"
TYPED = "the van's plate was KX-4471-Q"
LETTER = b"Dear Maya, they came at four.\n"
LETTER_NAME = "letter-from-dana.txt"


@dataclass(frozen=True)
class Team:
    """The case lead (AR), a colleague (MKO), a deputy who has no folder yet (DP), and what is on its way (`sent`)."""

    folder: Path

    @property
    def lead(self) -> Place:
        """Ana Ruiz, who opened the case and collected AR-1 (a photograph), AR-2 (a folder), AR-3 (a typed text)."""
        return at(self.folder / "lead")

    @property
    def mko(self) -> Place:
        """Maya Ko, who joined and collected MKO-1 (a letter)."""
        return at(self.folder / "mko")

    @property
    def deputy(self) -> Place:
        """Dee Putnam, named as a deputy when the case was opened."""
        return at(self.folder / "deputy")

    @property
    def eve(self) -> Place:
        """Eve Sands, a third member in some teams, with no items."""
        return at(self.folder / "new-ES")

    @property
    def sent(self) -> Path:
        """The folder for files between people."""
        return self.folder / "sent"

    @property
    def invitation(self) -> Path:
        """What the lead sent to whom joins."""
        return self.sent / "invitation.custody"

    @property
    def reply(self) -> Path:
        """What MKO sent back."""
        return self.sent / "reply.custody"

    def send(self, sender: Place, name: str, *options: str) -> Path:
        """What `sender` shares, as a file of this name."""
        path = self.sent / name
        ok(sender.custody("share", "-o", path, *options))
        return path

    def newcomer(self, name: str, label: str, invitation: Path | None = None) -> tuple[Place, Path]:
        """Somebody with a new key who has joined, and their reply."""
        place = someone(self.folder / f"new-{label}", name)
        reply = self.sent / f"reply-{label}.custody"
        join(place, invitation or self.invitation, reply, "--label", label)
        return place, reply

    def both_know(self) -> None:
        """Lead and colleague take in each other's newest records."""
        ok(self.mko.custody("merge", self.lead.case))
        ok(self.lead.custody("merge", self.mko.case))


def make_invited(folder: Path) -> None:
    """The lead has collected and invited, MKO has joined and collected; nobody has taken MKO in yet."""
    folder.mkdir()
    team = Team(folder)
    team.sent.mkdir()
    for place, name in ((team.lead, "Ana Ruiz"), (team.mko, "Maya Ko"), (team.deputy, "Dee Putnam")):
        someone(place.folder, name)
    card = team.sent / "deputy.json"
    ok(team.deputy.custody.using(cwd=team.folder)("key", "export", "-o", card))
    told = ("--reference", REFERENCE, "--title", TITLE, "--label", "AR", "--deputy", card)
    ok(team.lead.custody.using(cwd=team.folder)("init", team.lead.case, *told))
    photo = team.lead.file(smallcase.PHOTO_NAME, PHOTO)
    for name, data in CHAT.items():
        team.lead.file(f"{smallcase.CHAT_NAME}/{name}", data)
    ok(team.lead.custody("collect", photo, *HOW, "--description", DESCRIPTION, "--persona", PERSONA))
    ok(team.lead.custody("collect", team.lead.found / smallcase.CHAT_NAME, "--as-one", *HOW))
    ok(team.lead.custody("collect", "--text", TYPED))
    ok(team.lead.custody("invite", "-o", team.invitation, "--label", "MKO"))
    join(team.mko, team.invitation, team.reply)
    ok(team.mko.custody("collect", team.mko.file(LETTER_NAME, LETTER), *HOW, "--description", "a letter in ink"))


def make_team(folder: Path, invited: Path) -> None:
    """MKO was taken in, and both have each other's records."""
    team = copied(invited, folder)
    words = words_of(team.mko)
    ok(team.lead.custody("member", "add", team.reply, "--words", words, "--identified", "video"))
    team.both_know()


def make_trio(folder: Path, ready: Path) -> None:
    """ES was taken in as well; all have each other's records."""
    team = copied(ready, folder)
    eve, reply = team.newcomer("Eve Sands", "ES")
    ok(team.lead.custody("member", "add", reply, "--words", words_of(eve), "--identified", "in-person"))
    for place in (eve, team.mko):
        ok(place.custody("merge", team.lead.case))
        ok(team.lead.custody("merge", place.case))


def copied(source: Path, target: Path) -> Team:
    """A copy of everything, to do with as the test likes."""
    shutil.copytree(source, target, symlinks=True)
    team = Team(target)
    for place in (team.lead, team.mko, team.eve):
        if place.case.is_dir():
            seen_here(place)
    return team


def someone(folder: Path, name: str) -> Place:
    """A person with a key, which is unlocked quickly."""
    place = at(folder)
    place.found.mkdir(parents=True)
    ok(place.custody.using(cwd=folder)("key", "create", "--name", name, "--organisation", "Harbour Watch"))
    lighten(place.home)
    return place


def join(place: Place, invitation: Path, reply: Path, *options: str) -> Done:
    """Join from a folder above the case."""
    done = place.custody.using(cwd=place.folder)("join", invitation, place.case, "-o", reply, *options)
    return ok(done)


def ok(done: Done) -> Done:
    """The command succeeded."""
    assert done.exit == 0, done
    return done


def refused(done: Done, code: int, *words: str) -> Done:
    """The command failed with this code, and its error has these words."""
    assert done.exit == code, done
    for word in words:
        assert word in done.err, done
    return done


def words_of(place: Place) -> str:
    """The eight words of the place's key."""
    words = place.custody.using(cwd=place.folder)("key", "show", "--json").json["words"]
    assert isinstance(words, str)
    return words


def key_of(place: Place) -> str:
    """The id of the place's key."""
    (path,) = (place.home / "keys").glob("*.json")
    return keyfile.parse_key_file(path.read_bytes()).public.key_id


def verified(place: Place) -> Any:
    """What `verify --json` says, which never is that all is well: nobody outside has seen anything."""
    done = place.custody("verify", "--json")
    assert done.exit in (1, 8), done
    assert (done.exit == 1) == (done.json["verdict"] == "failed"), done
    return done.json


def answers(judged: Any) -> dict[str, str]:
    """The verdict on each question."""
    return {name: answer["verdict"] for name, answer in judged["questions"].items()}


def codes(judged: Any, *wanted: str) -> list[tuple[str, str]]:
    """Code and subject of the findings: all but those that every case has, or the wanted ones."""
    everywhere = {"no-outside-time", "nothing-to-compare", "lead-unconfirmed"}
    found = [(one["code"], one["about"]) for answer in judged["questions"].values() for one in answer["findings"]]
    return sorted(one for one in found if (one[0] in wanted if wanted else one[0] not in everywhere))


def holds(place: Place, *expected: tuple[str, str]) -> Any:
    """Nothing is found wrong, and of what is OPEN only these findings beside the usual."""
    judged = verified(place)
    assert codes(judged) == sorted(expected), judged
    assert "failed" not in answers(judged).values(), judged
    return judged


def holders(place: Place) -> dict[str, str]:
    """Who holds each item, as `items` tells it."""
    return {one["number"]: one["holder"] for one in place.custody("items", "--json").json["items"]}


def kinds(place: Place, signer: Place | None = None) -> list[str]:
    """The kinds of all records in a folder, or of those that one person signed."""
    records = place.custody("log", "--json").json["records"]
    return [one["type"] for one in records if signer is None or one["signer"] == key_of(signer)]


def parts_of(share: Path) -> list[bytes]:
    """The lines of a share file."""
    return share.read_bytes().splitlines(keepends=True)


def rewrite(share: Path, number: int, change: Callable[[Any], Any]) -> None:
    """Change a line of a share file as somebody would who also makes its digest fit."""
    lines = parts_of(share)[:-1]
    value = change(json.loads(lines[number]))
    lines[number] = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode() + b"\n"
    digest = hashlib.sha256(b"".join(lines)).hexdigest()
    share.write_bytes(b"".join(lines) + b'{"sha256":"%b"}\n' % digest.encode())


def forged(entry: dict[str, str]) -> dict[str, str]:
    """An entry of a share file whose envelope has another signature, in base64 as right as before."""
    envelope = base64.b64decode(entry["envelope"])
    at = envelope.rindex(b'"sig":"') + 20
    changed = envelope[:at] + (b"A" if envelope[at : at + 1] != b"A" else b"B") + envelope[at + 1 :]
    return {**entry, "envelope": base64.b64encode(changed).decode()}


def result(done: Done) -> Any:
    """The one object on stdout, also of a command that did only a part of what it should."""
    assert done.out.count("\n") == 1, done
    return json.loads(done.out)


def stored(place: Place) -> set[str]:
    """The names of the stored objects."""
    return {path.name for path in (place.case / "evidence").rglob("*") if path.is_file()}
