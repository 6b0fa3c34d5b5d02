"""Reads what somebody saw of a ledger earlier: a file of any kind that states a head, or eight words. Believes nothing.

The kind of a file is found by its content, because names are changed on the way. Compares with nothing.
"""

import codecs
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from custody.domain.heads import ALGORITHMS, ClaimedHead
from custody.domain.report import RECORD_TYPE
from custody.errors import FormatError, StorageError, UsageError
from custody.formats.checkpoint import Checkpoint, parse_checkpoint
from custody.formats.checkpointfile import HEADER as CHECKPOINT_HEADER
from custody.formats.embedded import embedded_files, is_pdf
from custody.formats.merkle import leaf_hash, root
from custody.formats.note import format_note, parse_note
from custody.formats.opentimestamps import is_proof, proof_digest
from custody.formats.share import MAX_LEDGERS, MAX_LINE, parse_share
from custody.formats.share import TYPE as SHARE_TYPE
from custody.formats.words import COUNT, near_words, parse_words
from custody.ports import MAX_DOCUMENT

MAX_SHARE = 64 * 2**20  # bytes of a share file: some 30,000 records
MAX_SMALL = 2**20  # bytes of everything else: a note may have 1,000,000, a proof or token has far fewer
MAX_SHOWN = 60  # characters of what was typed in a message

TLOG_PROOF = "c2sp.org/tlog-proof@v1"  # an entry's inclusion proof, then the checkpoint: c2sp.org/tlog-proof

_KINDS = (
    "a checkpoint, a report or card as custody wrote it (PDF), a share file, a timestamp (.tsr, .ots), or a text file "
    "with the three lines or the eight words of a card; of a photograph type the eight words, in quotes"
)


class _Stated(msgspec.Struct, frozen=True):
    """A ledger of a record, as far as it is looked at: whether it states a signed head."""

    checkpoint: str | None


class _Record(msgspec.Struct, frozen=True):
    """The signed record of a report, as far as it is looked at."""

    type: Literal["custody-record/v2"]
    ledgers: Annotated[tuple[_Stated, ...], msgspec.Meta(max_length=MAX_LEDGERS)]


def read_claims(argument: str) -> tuple[ClaimedHead, ...]:
    """The heads that the file of this name states, or else these eight words: one, or of a share file several.

    Raises UsageError when it is neither, FormatError for a file that states none, StorageError for one that cannot
    be read.
    """
    path = Path(argument)
    if not argument or not _is_there(path):
        return (_typed(argument),)
    try:
        return _claims(_read(path), path.name)
    except FormatError as error:
        raise FormatError(f"{argument}: {error.message}", error.hint or f"name {_KINDS}") from error


def _is_there(path: Path) -> bool:
    try:
        if path.is_dir():
            raise UsageError(f"{path} is a folder", f"name a file: {_KINDS}")
        if path.exists() and not path.is_file():
            raise UsageError(
                f"{path} is not a file", "a pipe or a device could keep everybody waiting: copy it to a file first"
            )
        return path.is_file()
    except PermissionError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}", "check who may read it") from error
    except (OSError, ValueError):  # words longer than any name, or with a NUL
        return False


def _typed(argument: str) -> ClaimedHead:
    """The eight words that were typed in place of a file. Raises UsageError."""
    words = argument.split()
    if len(words) <= 1 or "/" in argument or "\\" in argument:
        raise UsageError(
            f"there is no file {argument[:MAX_SHOWN]}", "check its name, or type the eight words of a card in quotes"
        )
    try:
        return ClaimedHead("the eight words", root_start=_words(words))
    except FormatError as error:
        raise UsageError(f"{error.message}, and there is no such file", error.hint) from error


def _words(typed: list[str]) -> bytes:
    """The first bytes of a root. Raises FormatError that names the wrong word, and the nearest ones."""
    for number, word in enumerate(typed[: 2 * COUNT], 1):
        near = near_words(word)
        if near != (word.lower(),):
            meant = f"did you mean {' or '.join(near)}? " if near else ""
            raise FormatError(
                f"word {number}, {word[:MAX_SHOWN]!r}, is not on the list",
                f"{meant}compare it with the card, and type the eight words in quotes",
            )
    if len(typed) != COUNT:
        raise FormatError(f"there are {len(typed)} words, not {COUNT}", "type all eight words of the card, in quotes")
    return parse_words(" ".join(typed))


def _read(path: Path) -> bytes:
    """The file, at most as much as its kind may have."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_SMALL + 1)
            most = MAX_DOCUMENT if is_pdf(data) else MAX_SHARE if _is_share(data) else MAX_SMALL
            data += file.read(most + 1 - len(data))
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}", "check its name") from error
    if len(data) > most:
        raise FormatError(f"it has more than {most // 2**20} MiB")
    return data


def _claims(data: bytes, name: str) -> tuple[ClaimedHead, ...]:
    if is_pdf(data):
        return tuple(_of_pdf(data, name))
    if is_proof(data):
        what = f"the OpenTimestamps proof {name}"
        return (ClaimedHead(what, imprint=proof_digest(data), imprint_algorithm="sha256"),)
    if _is_share(data):
        return tuple(_of_share(data, name))
    if _is_sequence(data):
        return (_of_token(data, name),)
    if data.startswith(b"{"):
        return tuple(_of_record(data, f"the record {name} of a report"))
    return (_of_text(data, name),)


def _is_share(data: bytes) -> bool:
    return data.startswith(b"{") and f'"type":"{SHARE_TYPE}"'.encode() in data[:1024].partition(b"\n")[0]


def _is_sequence(data: bytes) -> bool:
    """Whether this begins as a DER SEQUENCE of more than 127 bytes (X.690 section 8.1); any token has more."""
    return data[:1] == b"\x30" and 0x81 <= (data[1] if len(data) > 1 else 0) <= 0x84


def _of_pdf(data: bytes, name: str) -> Iterator[ClaimedHead]:
    found = False
    for file in embedded_files(data):
        if file.startswith(b"{") and RECORD_TYPE.encode() in file[-64:]:  # the last member, as it is canonical JSON
            yield from _of_record(file, f"the report {name}")
        elif file.startswith(b"custody/") and len(file) <= MAX_SMALL:
            yield _of_text(file, name, card=True)
        else:
            continue
        found = True
    if not found:
        raise FormatError(
            "the PDF carries no checkpoint of a ledger",
            "take the file that custody wrote: a scan, a print-out or a copy made by another program has lost what is "
            "attached. Of a card the eight words or three lines can be typed",
        )


def _of_record(data: bytes, what: str) -> Iterator[ClaimedHead]:
    """The heads that a record states with a signature; what else it tells of ledgers rests on whoever made it."""
    try:
        record = msgspec.json.decode(data, type=_Record)
        notes = [one.checkpoint.encode("utf-8") for one in record.ledgers if one.checkpoint is not None]
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise FormatError("not the record of a report") from error
    if not notes:
        raise FormatError("the record states no signed head of a ledger")
    for note in notes:
        yield _of_note(note, what)


def _of_token(data: bytes, name: str) -> ClaimedHead:
    from custody.formats.timestamp import parse_reply

    token = parse_reply(data)
    if token.imprint_algorithm not in ALGORITHMS:
        raise FormatError(f"a timestamp over a digest that is not used here: {token.imprint_algorithm[:MAX_SHOWN]!r}")
    return ClaimedHead(f"the timestamp {name}", imprint=token.imprint, imprint_algorithm=token.imprint_algorithm)


def _of_share(data: bytes, name: str) -> Iterator[ClaimedHead]:
    stream = BytesIO(data)
    for ledger in parse_share(iter(lambda: stream.readline(MAX_LINE + 1), b"")).ledgers:
        top = root(leaf_hash(entry.envelope) for entry in ledger.entries)
        size = len(ledger.entries)
        yield ClaimedHead(f"the share file {name}", origin=f"custody/{ledger.id}", size=size, root=top)


def _of_text(data: bytes, name: str, *, card: bool = False) -> ClaimedHead:
    """A signed note, with or without what a checkpoint file puts before it; three lines; eight words."""
    text = _text(data)
    kind = "card" if card else "checkpoint file"
    for before, what in ((CHECKPOINT_HEADER, kind), (TLOG_PROOF, "proof")):
        if text.startswith(f"{before}\n"):
            kind, text = what, text.partition("\n\n")[2]
            break
    if "\n\n— " in text:
        return _of_note(f"{text}\n".encode(), f"the {kind} {name}")
    lines = [stripped for line in text.splitlines() if (stripped := line.strip())]
    if len(lines) == 3 and not all(word.isalpha() for word in lines[1].split()):
        what = f"the three lines in {name}"
        return _of_checkpoint(parse_checkpoint("".join(f"{line}\n" for line in lines)), what)
    words = text.split()
    if not 2 <= len(words) <= 2 * COUNT or not all(word.isalpha() for word in words):
        raise FormatError("it states no head of a ledger")
    return ClaimedHead(f"the eight words in {name}", root_start=_words(words))


def _text(data: bytes) -> str:
    """The text of a file, its lines ended by line feeds and none of them blank before or after."""
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # as PowerShell redirects output
    try:
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError("it states no head of a ledger") from error
    return text.replace("\r\n", "\n").strip(" \t\r\n")


def _of_note(data: bytes, what: str) -> ClaimedHead:
    note = parse_note(data)
    return _of_checkpoint(parse_checkpoint(note.unverified_text), what, format_note(note))


def _of_checkpoint(checkpoint: Checkpoint, what: str, note: bytes | None = None) -> ClaimedHead:
    if checkpoint.size == 0:
        raise FormatError("it states a ledger without records, to which every ledger fits")
    return ClaimedHead(what, origin=checkpoint.origin, size=checkpoint.size, root=checkpoint.root, signed_note=note)
