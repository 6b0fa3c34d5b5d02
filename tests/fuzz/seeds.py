"""Where fuzzing starts: right values for every target, most of them the kept files and cases. Asserts nothing."""

import plistlib
from collections.abc import Callable, Iterable
from pathlib import Path

from custody.adapters.keys.keyfile import Kdf, KeyFile, format_key_file
from custody.formats.checkpoint import Checkpoint, format_checkpoint
from custody.formats.checkpointfile import CheckpointFile, EarlierSize, format_checkpoint_file
from custody.formats.cosignature import Cosignature, format_line, own_cosigner
from custody.formats.encoding import format_base64
from custody.formats.merkle import consistency_proof, inclusion_proof
from custody.formats.note import Note, NoteSignature, format_vkey
from custody.formats.opentimestamps import make_proof
from custody.formats.signature import der_from_raw
from custody.formats.witness import AddCheckpoint, format_request
from custody.formats.words import format_words
from tests.builders import MadeCase
from tests.fuzz.targets import BODIES, KEPT_CASE, node
from tests.vectors.files_of_others import VERIFIER
from tests.vectors.fixed import LEAD, OTHER

VECTORS = Path(__file__).parents[1] / "vectors"
FOUND = VECTORS / "fuzz"
TIME = b"2026-11-24T03:02:01.123456Z"


def kept(target: str) -> list[bytes]:
    """The cases that were found before."""
    return [path.read_bytes() for path in sorted((FOUND / target).glob("*"))]


def right(target: str) -> list[bytes]:
    """Right values for this target."""
    return list(_RIGHT[target]())


def _files(kind: str) -> Callable[[], Iterable[bytes]]:
    return lambda: [path.read_bytes() for path in sorted((VECTORS / "files" / kind).glob("good*"))]


def _databases(name: str) -> Callable[[], Iterable[bytes]]:
    names = ("good", "good-every-kind", "database-foreign-table", "record-of-unknown-kind", "opening-missing")
    return lambda: [(VECTORS / "cases" / case / "case" / name).read_bytes() for case in names]


def _timestamp_proofs() -> Iterable[bytes]:
    pending = bytes.fromhex("0083dfe30d2ef90c8e") + b"\x12\x11https://a.example"
    block = bytes.fromhex("000588960d73d7190103f7ef15")
    for answer in (pending, b"\xf0\x02ab\x08" + block, b"\xff" + pending + b"\xf1\x01a\x02\xf3\xf2\x67" + block):
        yield make_proof(bytes(32), bytes(16), answer)


def _entries() -> Iterable[bytes]:
    case = MadeCase(LEAD).begin()
    case.collect()
    return [row.envelope for row in case.rows]


def _openings() -> Iterable[bytes]:
    values = [
        b'"text"',
        b"7",
        b'{"text":"gate.jpg"}',
        b'{"bytes":"/w=="}',
        b'{"address":"https://example.org/","from":"Zone.Identifier","referrer":null}',
        b'"%s"' % (b"ab" * 32),
        b'"%s"' % format_base64(bytes(32)).encode(),
        b'"%s"' % format_base64(LEAD.public.certificate).encode(),
    ]
    pointers = sum(len(body.opened_kinds()) for body in BODIES)
    return [bytes([choice]) + bytes(16) + value for choice in range(pointers) for value in values]


def _proofs() -> Iterable[bytes]:
    for size in (1, 2, 7, 8, 20):
        for old in range(size):
            yield bytes([old, size]) + b"".join(inclusion_proof(old, size, node))
        for old in range(1, size):
            yield bytes([old, size]) + b"".join(consistency_proof(old, size, node))


def _journals() -> Iterable[bytes]:
    for name in ("ledger-journal-grows", "ledger-journal-names-a-file"):
        yield (VECTORS / "cases" / name / "case" / "ledger.db-journal").read_bytes()
    yield bytes(512)


def _heads() -> Iterable[bytes]:
    import tempfile

    from custody.adapters.database.heads import SqliteHeads
    from custody.ports import RememberedHead

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "heads.db"
        head = RememberedHead("fd" * 32, "ab" * 32, 3, bytes(32), TIME.decode())
        SqliteHeads(path).remember(head, lambda _: True)
        return [path.read_bytes()]


def _checkpoint() -> Note:
    """A checkpoint of the verifier's, cosigned by the lead; nobody's signature holds."""
    cosigner = own_cosigner(LEAD.public.cosignature_key)
    own = NoteSignature(VERIFIER.name, VERIFIER.key_id, bytes(64))
    line = format_line(cosigner, Cosignature(1_795_000_000, bytes(64)))
    return Note(format_checkpoint(Checkpoint(VERIFIER.name, 20, bytes(32))), (own, line))


def _checkpoint_files() -> Iterable[bytes]:
    note = _checkpoint()
    earlier = tuple(EarlierSize(old, consistency_proof(old, 20, node)) for old in (3, 8, 19))
    return [format_checkpoint_file(one) for one in (CheckpointFile(note), CheckpointFile(note, VERIFIER, earlier))]


def _request() -> bytes:
    return format_request(AddCheckpoint(7, consistency_proof(7, 20, node), _checkpoint()))


def _key_file() -> bytes:
    return format_key_file(KeyFile(LEAD.public, Kdf(bytes(16), 3, 4, 65_536), bytes(12), bytes(600)))


_RIGHT: dict[str, Callable[[], Iterable[bytes]]] = {
    "canonical-json": lambda: [b'{"a":[1,-2,true,null],"\xc3\xa9":"\\n\\u001f\xf0\x9f\x98\x82"}', b"[[[[]]]]", b'""'],
    "base64": lambda: [b"", b"QQ==", b"QUI=", b"+/+/"],
    "hexadecimal": lambda: [b"", b"ab" * 32],
    "decimal": lambda: [b"0", b"18446744073709551615"],
    "time": lambda: [TIME, b"2024-02-29T23:59:59.000000Z", b"0001-01-01T00:00:00.000000Z"],
    "name": lambda: [b'{"text":"gate.jpg"}', b'{"bytes":"/w=="}', b'{"utf16":"ANg="}'],
    "words": lambda: [format_words(bytes(range(11))).encode(), format_words(b"\xff" * 11).upper().encode()],
    "envelope": _files("envelope"),
    "statement": _files("statement"),
    "entry": _entries,
    "opening": _openings,
    "parts-list": _files("parts-list"),
    "facts": _files("facts"),
    "timestamp-proof": _timestamp_proofs,
    "checkpoint": _files("checkpoint"),
    "note": _files("note"),
    "checkpoint-file": _checkpoint_files,
    "witness": lambda: [b"old 0\n\n" + note for note in _files("note")()] + [_request()],
    "verifier-key": lambda: [format_vkey(VERIFIER).encode()],
    "proof": _proofs,
    "spki": lambda: [LEAD.public.key],
    "signature": lambda: [der_from_raw(LEAD.sign(b"one")), der_from_raw(b"\xff" * 64)],
    "certificate": lambda: [LEAD.public.certificate, OTHER.public.certificate],
    "public-key": _files("public-key"),
    "key-file": lambda: [_key_file()],
    "case-toml": lambda: [(KEPT_CASE / "case.toml").read_bytes()],
    "ledger-db": _databases("ledger.db"),
    "openings-db": _databases("openings.db"),
    "journal": _journals,
    "heads-db": _heads,
    "answers": lambda: [b"{}", b'{"tool":["Firefox 128","not known"],"method":["download"]}'],
    "where-froms": lambda: [plistlib.dumps(["https://example.org/a", "https://example.org/"], fmt=plistlib.FMT_BINARY)],
    "zone-identifier": lambda: [
        b"[ZoneTransfer]\r\nZoneId=3\r\nReferrerUrl=https://example.org/\r\nHostUrl=https://example.org/a\r\n",
        "[ZoneTransfer]\r\nHostUrl=https://example.org/é\r\n".encode("utf-16"),
    ],
    "media-type": lambda: [
        b"\xff\xd8\xff\xe0".ljust(64, b"\0") + b"photo-01.jpg",
        b"PK\x03\x04".ljust(64, b"\0") + b"backup-1.zip",
        b"hello".ljust(64) + b"messages.txt",
        b"\0\0\0\x18ftypmp42".ljust(64, b"\0") + b"film-001.mp4",
        b"\x1aE\xdf\xa3B\x82\x84webm".ljust(64, b"\0") + b"film-01.webm",
    ],
}
