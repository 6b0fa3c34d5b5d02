"""What somebody saw of a ledger earlier, read from every kind of file that states it: real ones, and hostile ones."""

import hashlib
import os
import shutil
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from asn1crypto import tsp

from custody import bootstrap
from custody.domain.card import CheckpointCard
from custody.domain.heads import ClaimedHead
from custody.errors import CustodyError, FormatError, StorageError, UsageError
from custody.formats.checkpoint import Checkpoint, format_checkpoint
from custody.formats.encoding import format_base64
from custody.formats.note import VerifierKey, format_vkey
from custody.formats.words import format_words
from custody.services import exchanging, looking
from custody.services.auditing.claims import MAX_SMALL, read_claims
from custody.services.recording import Circumstances, collect_text
from tests import documents
from tests.builders import ANA, new_case

COSIGNED = "— witness.example/w " + format_base64(bytes(4 + 8 + 64)) + "\n"


def imprint_of(reply: bytes) -> bytes:
    """What a reply stamps, as asn1crypto reads it."""
    stamped = tsp.TimeStampResp.load(reply, strict=True)["time_stamp_token"]["content"]["encap_content_info"]
    imprint: bytes = stamped["content"].parsed["message_imprint"]["hashed_message"].native
    return imprint


@dataclass(frozen=True)
class Made:
    """A small case, its checkpoint, and files that state it."""

    folder: Path
    point: Checkpoint
    note: bytes
    words: str

    @property
    def text(self) -> str:
        return format_checkpoint(self.point)

    @property
    def seen(self) -> ClaimedHead:
        """What a signed checkpoint of this says."""
        point = self.point
        return ClaimedHead("", origin=point.origin, size=point.size, root=point.root, signed_note=self.note)

    @property
    def header(self) -> str:
        """What a checkpoint file puts before the note: a key and proofs."""
        key = format_vkey(VerifierKey(self.point.origin, ANA.public.checkpoint_key))
        return f"custody-checkpoint/v1\nkey {key}\nold 1\n{format_base64(bytes(32))}\n\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A case with three records: a report, a card and a share file are made of it."""
    folder = tmp_path_factory.mktemp("claims")
    world = bootstrap.world(folder / "home")
    recorder = new_case(folder / "case", world)
    how = Circumstances(method="download", tool="Firefox 128")
    for text in ("one", "two"):
        collect_text(recorder, text, how)
    with recorder.files.ledgers.reading() as reader:
        point, note = looking.sign_checkpoint(reader, recorder.ledger, ANA)
    whole = looking.look(recorder.files, world)
    share = b"".join(exchanging.share(recorder.files, whole, [recorder.ledger.id], openings=False, warn=world.warn))
    (folder / "share.txt").write_bytes(share)
    (folder / "card.pdf").write_bytes(bootstrap.card_writer().draw(CheckpointCard(point, note)))
    documents.make(recorder, folder / "report.pdf")
    return Made(folder, point, note, format_words(point.root))


def claims(path: Path, content: bytes | str | None = None) -> tuple[ClaimedHead, ...]:
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_claims(str(path))


def test_a_card_states_the_checkpoint_that_is_printed_on_it(made: Made) -> None:
    assert claims(made.folder / "card.pdf") == (replace(made.seen, what="the card card.pdf"),)


def test_a_report_states_the_checkpoint_of_its_record(made: Made) -> None:
    assert claims(made.folder / "report.pdf") == (replace(made.seen, what="the report report.pdf"),)


def test_the_record_taken_out_of_a_report_states_it_too(made: Made, tmp_path: Path) -> None:
    import pypdf

    (record,) = pypdf.PdfReader(made.folder / "report.pdf").attachments["custody-record.json"]
    assert isinstance(record, bytes)
    assert claims(tmp_path / "r.json", record) == (replace(made.seen, what="the record r.json of a report"),)


def test_a_share_file_states_the_head_of_every_ledger_in_it(made: Made) -> None:
    expected = replace(made.seen, what="the share file share.txt", signed_note=None)
    assert claims(made.folder / "share.txt") == (expected,)


def test_the_kind_of_a_file_is_found_whatever_its_name(made: Made, tmp_path: Path) -> None:
    shutil.copy(made.folder / "card.pdf", tmp_path / "photo.jpg")
    assert claims(tmp_path / "photo.jpg") == (replace(made.seen, what="the card photo.jpg"),)


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note,
        lambda note: note.replace("\n", "\r\n"),
        lambda note: f"\n\n{note}\n\n",
        lambda note: note[:-1],
        lambda note: "\ufeff" + note,
    ],
    ids=["as it is", "CRLF", "blank lines", "cut", "BOM"],
)
def test_a_signed_note_is_read_as_editors_and_mail_leave_it(
    made: Made, tmp_path: Path, change: Callable[[str], str]
) -> None:
    expected = (replace(made.seen, what="the checkpoint file c"),)
    assert claims(tmp_path / "c", change(made.note.decode())) == expected
    assert claims(tmp_path / "c", change(made.header + made.note.decode())) == expected


def test_a_note_that_powershell_redirected_is_read(made: Made, tmp_path: Path) -> None:
    assert claims(tmp_path / "c", made.note.decode().encode("utf-16")) == (
        replace(made.seen, what="the checkpoint file c"),
    )


def test_cosignatures_are_kept_with_the_note(made: Made, tmp_path: Path) -> None:
    note = made.note + COSIGNED.encode()
    expected = (replace(made.seen, what="the checkpoint file c", signed_note=note),)
    assert claims(tmp_path / "c", note) == expected
    assert claims(tmp_path / "c", made.header.encode() + note) == expected


@pytest.mark.parametrize("change", [str, lambda text: text.replace("\n", " \r\n\r\n "), lambda text: f"\n {text[:-1]}"])
def test_three_lines_are_read_as_somebody_typed_them(made: Made, tmp_path: Path, change: Callable[[str], str]) -> None:
    expected = replace(made.seen, what="the three lines in c", signed_note=None)
    assert claims(tmp_path / "c", change(made.text)) == (expected,)


def test_eight_words_are_read_from_a_file_and_from_the_command_line(made: Made, tmp_path: Path) -> None:
    start = made.point.root[:11]
    first, rest = made.words.upper().split(" ", 1)
    assert claims(tmp_path / "w", f"{first}\r\n  {rest}\n") == (ClaimedHead("the eight words in w", root_start=start),)
    assert read_claims(f" {first}  {rest}") == (ClaimedHead("the eight words", root_start=start),)


@pytest.mark.parametrize("size", ["256", "384", "512"])
def test_a_timestamp_states_what_it_stamps(vectors: Path, size: str) -> None:
    path = vectors / "rfc3161/sigstage" / f"response-sha{size}.tsr"
    (claim,) = claims(path)
    assert (claim.what, claim.imprint_algorithm) == (f"the timestamp {path.name}", f"sha{size}")
    assert claim.imprint == imprint_of(path.read_bytes())


@pytest.mark.parametrize("name", ["hello-world.txt", "empty", "two-calendars.txt"])
def test_an_opentimestamps_proof_states_what_it_stamps(vectors: Path, name: str) -> None:
    digest = hashlib.sha256((vectors / "ots" / name).read_bytes()).digest()
    path = vectors / "ots" / f"{name}.ots"
    what = f"the OpenTimestamps proof {path.name}"
    assert claims(path) == (ClaimedHead(what, imprint=digest, imprint_algorithm="sha256"),)


@pytest.mark.parametrize("name", ["bad-major-version.ots", "invalid-file-digest-type.ots"])
def test_a_proof_of_another_version_or_digest_is_refused(vectors: Path, name: str) -> None:
    with pytest.raises(FormatError, match=rf"{name}: an OpenTimestamps proof of another version"):
        claims(vectors / "ots/invalid" / name)


def pdf(*files: bytes) -> bytes:
    bodies = (
        b"%d 0 obj\n<< /Type /EmbeddedFile /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream\nendobj\n"
        % (number, len(data), data)
        for number, data in enumerate(map(zlib.compress, files), 1)
    )
    return b"%PDF-1.7\n" + b"".join(bodies)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "states no head"),
        (b"\xff\xfe\x00", "states no head"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "states no head"),
        (b"\0" * 1000, "states no head"),
        ("custody/a\n1\n", "states no head"),
        ("custody/a\n1\nAAAA\n", "root hash has 32 bytes"),
        ("custody/a\n01\n" + format_base64(bytes(32)), "decimal"),
        ("custody/a\n1" + "0" * 5000 + "\n" + format_base64(bytes(32)), "decimal"),
        ("custody/a\n0\n" + format_base64(hashlib.sha256(b"").digest()), "to which every ledger fits"),
        ("custody/a\n1\n" + format_base64(bytes(32)) + "\nextension\n\n— a AAAAAAAA\n", "three lines"),
        ("custody/a\n1\n" + format_base64(bytes(32)) + "\n\n— a nonsense!\n", "base64"),
        ("custody/a\n1\n" + format_base64(bytes(32)) + "\n\n" + "— a AAAAAAAA\n" * 101, "signatures"),
        ("custody-checkpoint/v1\nkey x\n", "states no head"),
        ("custody-checkpoint/v1", "states no head"),
        ("abandon " * 7, "there are 7 words, not 8"),
        ("abandon " * 9, "there are 9 words, not 8"),
        ("abandon abandn " * 4, "word 2, 'abandn', is not on the list"),
        ("word " * 200_000, "states no head"),
        (b"{}", "not the record"),
        (b'{"checkpoint":"' + b"\\ud800" + b'","type":"custody-record/v1"}', "not the record"),
        (b'{"a":' + b"[" * 500_000, "not the record"),
        (b'{"case":"x","type":"custody-share/v1"}\n', "not a share file"),
        (b"\x30\x82\xff\xff" + bytes(100), "not a timestamp reply"),
        (b"\x30\x84\xff\xff\xff\xff", "not a timestamp reply"),
        (b"%PDF-1.7\n", "carries no checkpoint"),
        (pdf(b"some text", b'{"type":"other"}'), "carries no checkpoint"),
        (pdf(b"custody/a\n1\n"), "states no head"),
        (pdf(*[b"%d" % number for number in range(17)]), "more than 16 attached files"),
        (b"x" * (MAX_SMALL + 1), "more than 1 MiB"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 60 else "",
)
def test_a_file_that_states_nothing_is_refused_by_name(tmp_path: Path, content: bytes | str, message: str) -> None:
    with pytest.raises(FormatError, match=message) as raised:
        claims(tmp_path / "strange", content)
    assert raised.value.message.startswith(f"{tmp_path / 'strange'}: ")
    assert raised.value.hint


@pytest.mark.parametrize(
    ("limit", "content"),
    [
        ("custody.formats.embedded.MAX_TOTAL", pdf(bytes(2**20 + 1))),
        ("custody.services.auditing.claims.MAX_DOCUMENT", b"%PDF-" + bytes(2**20)),
        ("custody.services.auditing.claims.MAX_SHARE", b'{"type":"custody-share/v1"}\n' + bytes(2**20)),
    ],
)
def test_a_file_that_is_larger_than_any_of_its_kind_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, content: bytes
) -> None:
    monkeypatch.setattr(limit, 2**20)
    with pytest.raises(FormatError, match="more than 1 MiB"):
        claims(tmp_path / "strange", content)


@pytest.mark.parametrize("name", ["card.pdf", "share.txt", "note"])
def test_a_file_cut_short_anywhere_is_refused_or_still_whole(made: Made, tmp_path: Path, name: str) -> None:
    content = made.note if name == "note" else (made.folder / name).read_bytes()
    path = tmp_path / "cut"
    stops = {*range(0, len(content), max(1, len(content) // 60)), *range(max(0, len(content) - 40), len(content))}
    for stop in stops:
        path.write_bytes(content[:stop])
        try:
            found = read_claims(str(path))
        except FormatError:
            continue
        for claim in found:
            assert (claim.origin, claim.size, claim.root) == (made.point.origin, made.point.size, made.point.root)


@pytest.mark.parametrize("name", ["share.txt", "report.pdf"])
def test_a_file_with_any_byte_changed_raises_nothing_but_our_errors(made: Made, tmp_path: Path, name: str) -> None:
    content = (made.folder / name).read_bytes()
    for place in range(3, len(content), len(content) // 80):
        changed = bytearray(content)
        changed[place] ^= 0x21
        try:
            claims(tmp_path / "changed", bytes(changed))
        except CustodyError as error:
            assert isinstance(error, FormatError)  # noqa: PT017  # either is right


@pytest.mark.parametrize(
    ("typed", "message", "hint"),
    [
        ("nowhere.txt", "there is no file nowhere.txt", "check its name"),
        ("some folder/card of mine.pdf", "there is no file some folder", "check its name"),
        ("", "there is no file", "eight words"),
        ("abandon\0", "there is no file", "check its name"),
        ("a" * 5000, "there is no file a", "check its name"),
        ("abandon ability able", "there are 3 words, not 8", "all eight words"),
        ("abandon ability able about above absent absorb abstrakt", "word 8, 'abstrakt'", "did you mean abstract"),
        ("abandon ability able about above absent absorb §§§§", "word 8, '§§§§'", "compare it with the card"),
        ("x" * 100_000 + " y", "word 1, 'xxx", "compare it with the card"),
    ],
    ids=lambda value: value[:20].replace("\0", "NUL"),
)
def test_what_is_neither_a_file_nor_eight_words_is_exit_2_with_help(typed: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError, match=message) as raised:
        read_claims(typed)
    assert hint in raised.value.hint
    assert len(raised.value.message) < 200


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        read_claims(str(tmp_path))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    start = time.monotonic()
    with pytest.raises(UsageError, match="is not a file"):
        read_claims(str(tmp_path / "pipe"))
    assert time.monotonic() - start < 1


def test_a_file_that_cannot_be_opened_is_a_storage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "c").write_text("abandon")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(StorageError, match="cannot be read: Permission denied"):
        read_claims(str(tmp_path / "c"))


def test_an_inclusion_proof_states_the_checkpoint_at_its_end(made: Made, tmp_path: Path) -> None:
    proof = f"c2sp.org/tlog-proof@v1\nindex 1\n{format_base64(bytes(32))}\n\n".encode()
    assert claims(tmp_path / "p.txt", proof + made.note) == (replace(made.seen, what="the proof p.txt"),)
