"""Cases in which nothing is wrong, and cases whose stored files are not what was recorded."""

import json
from collections.abc import Callable
from typing import Any

import msgspec

from custody.domain.events import Collected
from custody.domain.events.collection import ExtraDigests
from custody.formats.dsse import parse_envelope
from custody.formats.partslist import parts_root
from tests.builders import changed
from tests.vectors.case_fault import FILES_BAD, fault, small
from tests.vectors.making import PHOTO, Making, digest, with_body

# Where a list cannot be read, the parts are not looked at.
LISTS_BAD: dict[str, Any] = {"answers": FILES_BAD, "also": ("object-unrecorded",)}
CHAT = {"messages.txt": b"10:02 they are here\n", "voice.opus": b"OggS and so on"}

fault("good", "Nothing: a file and a note, and the reader has the lead's key id.")(small)
fault("good-no-items", "Nothing: a case that was just opened.")(lambda it: None)
fault(
    "good-remembered",
    "Nothing: this computer saw the first two of the three records before.",
    remembered=lambda it: it.head(2),
)(small)


@fault("good-every-kind", "Nothing: one record of every kind that v1 has, and a folder of parts.")
def _(it: Making) -> None:
    it.file(extra=("md5", "sha1", "sha512"))
    it.files_at_once("gone.png")
    it.folder_of(CHAT)
    it.text()
    it.note("JD-2")
    it.report()


@fault("report-missing", "The stored copy of a report is gone. No item rests on it.", "report-missing")
def _(it: Making) -> None:
    it.file()
    it.report(kept=False)


@fault("report-changed", "The stored copy of a report has other bytes. No item rests on it.", "report-changed")
def _(it: Making) -> None:
    it.file()
    it.report()
    (copy,) = it.rows()[-1:]
    name = msgspec.json.decode(parse_envelope(copy.envelope).unverified_payload)["body"]["digest"]
    it.stored(name).chmod(0o600)
    it.stored(name).write_bytes(b"%PDF-1.7, another")


@fault("good-batch", "Nothing: three records that share one head, one of them of a file that could not be taken in.")
def _(it: Making) -> None:
    it.give("a.txt", b"one")
    it.give("b.txt", b"two")
    it.files_at_once("a.txt", "gone.txt", "b.txt")


@fault("good-sealed-digest", "Nothing: a folder whose digest, size and facts are sealed.")
def _(it: Making) -> None:
    it.folder_of(CHAT, seal_digest=True)


@fault("good-awkward-names", "Nothing: parts whose names hold a line feed, a backslash, and bytes that are no text.")
def _(it: Making) -> None:
    it.folder_of({"a\nb": b"1", "back\\slash": b"2", "sub/caf\udce9": b"3", "sub/café": b"4", "\r": b"5", " ": b"6"})


@fault("good-empty-folder", "Nothing: a folder without a file, whose list of parts is empty.")
def _(it: Making) -> None:
    it.folder_of(CHAT)
    listing, facts = it.lists([], [])
    _sign_folder(it, digest=listing, size=0, facts=facts, count=0, root=parts_root(bytes(32), []).hex())
    for name in ("messages.txt", "voice.opus"):
        _drop(it, digest(CHAT[name]))


@fault("good-times-run-backwards", "Nothing: the second record says that it was made before the first.")
def _(it: Making) -> None:
    small(it)
    it.sign_last_again(lambda one: changed(one, time="1970-01-01T00:00:00.000000Z"))


@fault("good-other-files-beside", "Nothing: files that are no part of the case mean nothing.")
def _(it: Making) -> None:
    small(it)
    (it.folder / "notes.txt").write_bytes(b"mine\n")
    (it.folder / "evidence" / "index.txt").write_bytes(b"mine\n")


@fault("item-changed", "A byte of a stored file was changed.", "item-changed", answers=FILES_BAD)
def _(it: Making) -> None:
    small(it)
    it.overwrite(it.stored(digest(PHOTO)), PHOTO[:-1] + b"E")


@fault("item-cut-short", "The end of a stored file was cut off.", "item-changed", answers=FILES_BAD)
def _(it: Making) -> None:
    small(it)
    it.overwrite(it.stored(digest(PHOTO)), b"")


@fault("item-missing", "A stored file was taken away.", "item-missing", answers=FILES_BAD)
def _(it: Making) -> None:
    small(it)
    _drop(it, digest(PHOTO))


@fault("item-unreadable", "A folder lies in the place of a stored file.", "item-unreadable", answers=FILES_BAD)
def _(it: Making) -> None:
    small(it)
    it.stored(digest(PHOTO)).unlink()
    it.stored(digest(PHOTO)).mkdir()
    (it.stored(digest(PHOTO)) / "in-the-way.txt").write_bytes(b"")


@fault("item-of-another-size", "The signed size is not that of the stored file.", "item-changed", answers=FILES_BAD)
def _(it: Making) -> None:
    it.file()
    it.sign_last_again(lambda one: with_body(one, size=len(PHOTO) + 1))


@fault("item-of-another-md5", "The signed MD5 is not that of the stored file.", "item-changed", answers=FILES_BAD)
def _(it: Making) -> None:
    it.file(extra=("md5",))
    it.sign_last_again(lambda one: with_body(one, extra_digests=ExtraDigests(md5="00" * 16, sha1=None, sha512=None)))


@fault("part-changed", "A byte of one part of a folder was changed.", "item-changed", answers=FILES_BAD)
def _(it: Making) -> None:
    it.folder_of(CHAT)
    it.overwrite(it.stored(digest(CHAT["voice.opus"])), b"OggS and so far")


@fault("part-missing", "One part of a folder was taken away.", "item-missing", answers=FILES_BAD)
def _(it: Making) -> None:
    it.folder_of(CHAT)
    _drop(it, digest(CHAT["messages.txt"]))


@fault("parts-list-changed", "A name in the list of parts was changed.", "item-changed", **LISTS_BAD)
def _(it: Making) -> None:
    it.folder_of(CHAT)
    name = _folder(it).digest
    it.overwrite(it.stored(str(name)), b"".join(it.lines(name)).replace(b"voice", b"noise"))


@fault("parts-list-missing", "The list of parts was taken away.", "item-missing", **LISTS_BAD)
def _(it: Making) -> None:
    it.folder_of(CHAT)
    _drop(it, str(_folder(it).digest))


@fault("parts-list-out-of-order", "The lines of the list of parts are not in order.", "item-changed", **LISTS_BAD)
def _(it: Making) -> None:
    _signed_listing(it, lambda lines: lines[::-1])


@fault("parts-list-names-a-part-twice", "The list of parts has a line twice.", "item-changed", **LISTS_BAD)
def _(it: Making) -> None:
    _signed_listing(it, lambda lines: [lines[0], *lines])


@fault("parts-list-leads-out", "A path of the list of parts leads out of the folder.", "item-changed", **LISTS_BAD)
def _(it: Making) -> None:
    _signed_listing(it, lambda lines: [lines[0].replace(b"messages", b"../essages"), lines[1]])


@fault("parts-list-escapes-needlessly", "A line has a backslash that escapes nothing.", "item-changed", **LISTS_BAD)
def _(it: Making) -> None:
    _signed_listing(it, lambda lines: [b"\\" + lines[0], lines[1]])


@fault("parts-list-without-last-line-feed", "The last line is not ended.", "item-changed", **LISTS_BAD)
def _(it: Making) -> None:
    _signed_listing(it, lambda lines: [lines[0], lines[1][:-1]])


@fault(
    "parts-of-another-count", "The signed count of parts is not that of the list.", "item-changed", answers=FILES_BAD
)
def _(it: Making) -> None:
    it.folder_of(CHAT)
    _sign_folder(it, count=3)


@fault("parts-of-another-root", "The signed root over the salted parts is another.", "item-changed", answers=FILES_BAD)
def _(it: Making) -> None:
    it.folder_of(CHAT)
    _sign_folder(it, root="00" * 32)


@fault("parts-of-another-size", "The signed size is not the sum of the parts.", "item-changed", answers=FILES_BAD)
def _(it: Making) -> None:
    it.folder_of(CHAT)
    _sign_folder(it, size=1)


@fault("parts-of-no-size", "A folder without a file has a signed size.", "item-changed", answers=FILES_BAD)
def _(it: Making) -> None:
    it.folder_of(CHAT)
    listing, facts = it.lists([], [])
    _sign_folder(it, digest=listing, size=5, facts=facts, count=0, root=parts_root(bytes(32), []).hex())
    for name in ("messages.txt", "voice.opus"):
        _drop(it, digest(CHAT[name]))


@fault("facts-missing", "The facts of the parts were taken away.", "item-missing", **LISTS_BAD)
def _(it: Making) -> None:
    it.folder_of(CHAT)
    _drop(it, _facts(it))


@fault("facts-of-too-few-parts", "The facts lack the last part.", "item-changed", **LISTS_BAD)
def _(it: Making) -> None:
    _signed_facts(it, lambda lines: lines[:1])


@fault("facts-of-another-size", "The facts give a part another size.", "item-changed", answers=FILES_BAD)
def _(it: Making) -> None:
    it.folder_of(CHAT)
    lines = it.lines(_facts(it))
    size = len(CHAT["messages.txt"])
    wrong = lines[0].replace(b'"size":%d' % size, b'"size":%d' % (size + 1))
    _, facts = it.lists(facts=[wrong, lines[1]])
    _sign_folder(it, facts=facts, size=sum(map(len, CHAT.values())) + 1)


@fault("facts-of-another-sha1", "The facts give a part another SHA-1.", "item-changed", answers=FILES_BAD)
def _(it: Making) -> None:
    def edit(lines: list[bytes]) -> list[bytes]:
        facts = json.loads(lines[0])
        return [lines[0].replace(facts["extra_digests"]["sha1"].encode(), b"0" * 40), lines[1]]

    _signed_facts(it, edit)


@fault("facts-in-another-spelling", "A line of the facts has a space too many.", "item-changed", **LISTS_BAD)
def _(it: Making) -> None:
    _signed_facts(it, lambda lines: [lines[0].replace(b":", b": ", 1), lines[1]])


@fault("facts-out-of-order", "The facts do not count from one.", "item-changed", **LISTS_BAD)
def _(it: Making) -> None:
    _signed_facts(it, lambda lines: [lines[0].replace(b'"index":1', b'"index":0'), lines[1]])


@fault(
    "item-unjudged",
    "What opens the digest of a typed text was erased.",
    "item-unjudged",
    also=("object-unrecorded", "opening-missing"),
    answers="OPEN YES OPEN YES OPEN",
)
def _(it: Making) -> None:
    it.text()
    it.write_openings("DELETE FROM openings WHERE pointer = '/digest'")


@fault(
    "item-of-unopened-facts",
    "What opens the facts of a folder whose digest is sealed was erased.",
    "item-unjudged",
    also=("object-unrecorded", "opening-missing"),
    answers="OPEN YES OPEN YES OPEN",
)
def _(it: Making) -> None:
    it.folder_of(CHAT, seal_digest=True)
    it.write_openings("DELETE FROM openings WHERE pointer = '/parts/facts'")


@fault(
    "item-of-an-unopened-seed",
    "What opens the seed of the salts of a folder's parts was erased.",
    "item-unjudged",
    also=("opening-missing",),
    answers="OPEN YES OPEN YES OPEN",
)
def _(it: Making) -> None:
    it.folder_of(CHAT)
    it.write_openings("DELETE FROM openings WHERE pointer = '/parts/seed'")


@fault("item-not-kept", "Only the digest of a file was recorded.", "item-not-kept", answers="OPEN YES OPEN YES OPEN")
def _(it: Making) -> None:
    it.file(keep=False)


@fault(
    "item-not-kept-folder",
    "Only the lists of a folder were kept.",
    "item-not-kept",
    answers="OPEN YES OPEN YES OPEN",
)
def _(it: Making) -> None:
    it.folder_of(CHAT, keep=False)


fault(
    "item-not-read",
    "Nothing: the reader asked for a quick look that reads no file.",
    "item-not-read",
    answers="OPEN YES OPEN YES OPEN",
    quick=True,
)(small)


@fault("object-unrecorded", "A stored file that no record names.", "object-unrecorded")
def _(it: Making) -> None:
    small(it)
    it.files.evidence.add(b"left by a collect that was broken off")


@fault(
    "object-unfit",
    "The file of a typed text was altered, and what opens its digest taken away.",
    "object-unfit",
    also=("item-unjudged", "object-unrecorded", "opening-missing"),
    answers="OPEN YES OPEN YES OPEN",
)
def _(it: Making) -> None:
    it.text()
    (name,) = it.files.evidence.names()
    path = it.stored(name)
    path.chmod(0o600)
    path.write_bytes(b"not what the name says")
    it.write_openings("DELETE FROM openings WHERE pointer = '/digest'")


def _folder(it: Making) -> Collected:
    body = it.body(1)
    assert isinstance(body, Collected)
    return body


def _facts(it: Making) -> str:
    parts = _folder(it).parts
    assert parts is not None
    return str(parts.facts)


def _drop(it: Making, name: str) -> None:
    it.stored(name).unlink()
    it.stored(name).parent.rmdir()


def _sign_folder(it: Making, *, size: int | None = None, digest: str | None = None, **parts: object) -> None:
    """Sign the record of the folder anew with other members, also of its parts."""
    body = _folder(it)
    assert body.parts is not None
    claimed = body.parts
    it.sign_last_again(
        lambda one: with_body(
            one,
            size=body.size if size is None else size,
            digest=digest or body.digest,
            parts=msgspec.structs.replace(claimed, **parts),
        )
    )


def _signed_listing(it: Making, edit: Callable[[list[bytes]], list[bytes]]) -> None:
    """A folder whose signed digest is that of an edited list of parts."""
    it.folder_of(CHAT)
    listing, _ = it.lists(listing=edit(it.lines(_folder(it).digest)))
    _sign_folder(it, digest=listing)


def _signed_facts(it: Making, edit: Callable[[list[bytes]], list[bytes]]) -> None:
    it.folder_of(CHAT)
    _, facts = it.lists(facts=edit(it.lines(_facts(it))))
    _sign_folder(it, facts=facts)
