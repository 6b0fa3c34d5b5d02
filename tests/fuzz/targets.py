"""What is fuzzed: every reader of foreign bytes, by name. Each takes any bytes, and raises only errors of custody.

Where what was read can be written again, it must be the same bytes. More than that is asserted where it is cheap.
"""

import io
import json
import shutil
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import msgspec

from custody.adapters.answers import KEPT, AnswersFile
from custody.adapters.casefolder import read_case
from custody.adapters.database.heads import SqliteHeads
from custody.adapters.database.journal import check_journal
from custody.adapters.intake.attributes import Origin, parse_where_froms, parse_zone_identifier
from custody.adapters.intake.mediatype import media_type
from custody.adapters.keys.keyfile import format_key_file, parse_key_file
from custody.bootstrap import case_files
from custody.cli.terminal import Terminal
from custody.cli.verifying import show_judgement
from custody.domain import opened
from custody.domain.entry import read_entry, verify_entry
from custody.domain.fields import MediaTypeName
from custody.domain.parts import format_facts, parse_facts
from custody.domain.statement import format_statement, parse_statement
from custody.errors import CustodyError
from custody.formats import canonical, cosignature, encoding
from custody.formats import witness as witness_call
from custody.formats.checkpoint import format_checkpoint, parse_checkpoint
from custody.formats.checkpointfile import format_checkpoint_file, parse_checkpoint_file
from custody.formats.dsse import format_envelope, parse_envelope
from custody.formats.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from custody.formats.names import format_name, parse_name
from custody.formats.note import format_note, format_vkey, open_note, parse_note, parse_vkey
from custody.formats.opentimestamps import parse_proof, upgrade_requests
from custody.formats.partslist import format_line, parse_lines
from custody.formats.publickey import certified_key, format_public_key, parse_public_key, verify_public_key
from custody.formats.seal import DOMAIN, SALT_SIZE, Opening, open_seal, seal
from custody.formats.signature import der_from_raw, load_p256, raw_from_der, spki_bytes
from custody.formats.words import format_words, parse_words
from tests.builders import case_opened, collected, examine, noted
from tests.oracles import canonical as oracle
from tests.vectors.files_of_others import VERIFIER
from tests.vectors.fixed import LEAD, make_world

Target = Callable[[bytes], None]
TARGETS: dict[str, Target] = {}
KEPT_CASE = Path(__file__).parents[1] / "vectors" / "cases" / "good" / "case"
LEAVES = [leaf_hash(bytes([number])) for number in range(21)]
BODIES = (case_opened(LEAD), collected(), noted())


def target(read: Target) -> Target:
    """Keep a target under its function's name, `parts_list` as `parts-list`."""
    TARGETS[read.__name__.removesuffix("_").replace("_", "-")] = read
    return read


def refused(name: str, data: bytes) -> bool:
    """Run a target. True when it raised one of custody's errors; whatever else is raised is a finding."""
    try:
        TARGETS[name](data)
    except CustodyError:
        return True
    return False


def _text(data: bytes) -> str:
    """Any text that a person or program may hand over, lone surrogates included."""
    return data.decode("utf-8", "surrogateescape")


_places: list[Path] = []


def use(folder: Path) -> None:
    """Targets that need files have them in this folder, which nobody else uses."""
    _places[:] = [folder]


def place() -> Path:
    """That folder."""
    return _places[0]


# --- Small things


@target
def canonical_json(data: bytes) -> None:
    value = canonical.parse(data)
    assert canonical.encode(value) == data == oracle.encode(value)


@target
def base64(data: bytes) -> None:
    assert encoding.format_base64(encoding.parse_base64(_text(data))) == _text(data)


@target
def hexadecimal(data: bytes) -> None:
    assert encoding.parse_hex(_text(data), len(data) // 2).hex() == _text(data)


@target
def decimal(data: bytes) -> None:
    assert str(encoding.parse_decimal(_text(data))) == _text(data)


@target
def time(data: bytes) -> None:
    assert encoding.format_time(encoding.parse_time(_text(data))) == _text(data)


@target
def name(data: bytes) -> None:
    """A stored name is read; and any bytes are a name that is stored and read back."""
    assert parse_name(format_name(_text(data))) == _text(data)
    value = canonical.parse(data)
    assert format_name(parse_name(value), windows="utf16" in value) == value


@target
def words(data: bytes) -> None:
    assert format_words(parse_words(_text(data))) == " ".join(_text(data).lower().split())


# --- Records


@target
def envelope(data: bytes) -> None:
    assert format_envelope(parse_envelope(data)) == data == canonical.encode(canonical.parse(data))


@target
def statement(data: bytes) -> None:
    read = parse_statement(data)
    assert format_statement(read) == data == canonical.encode(canonical.parse(data))
    assert read.body.sentence()


@target
def entry(data: bytes) -> None:
    verify_entry(read_entry(data), LEAD.key.public_key())


@target
def opening(data: bytes) -> None:
    """The first byte chooses body and pointer, then come a salt and the value: seal it, open it, look at its kind."""
    choice, salt, value = data[:1], data[1 : 1 + SALT_SIZE], canonical.parse(data[1 + SALT_SIZE :])
    pointers = [(body, pointer) for body in BODIES for pointer in body.opened_kinds()]
    body, pointer = pointers[(choice or b"\0")[0] % len(pointers)]
    one = Opening.of(pointer, salt, value)
    sealed = seal("ab" * 32, body.kind, one)
    slow = oracle.encode([DOMAIN, "ab" * 32, body.kind, pointer, encoding.format_base64(salt), value])
    assert encoding.parse_base64(sealed.sealed) == sha256(slow).digest()
    assert open_seal(sealed, "ab" * 32, body.kind, one) == value
    if not pointer.startswith("/deputies"):
        body.check_opened(pointer, value)


@target
def parts_list(data: bytes) -> None:
    assert b"".join(map(format_line, parse_lines(io.BytesIO(data)))) == data


@target
def facts(data: bytes) -> None:
    assert b"".join(map(format_facts, parse_facts(io.BytesIO(data)))) == data
    for line in io.BytesIO(data):
        assert canonical.encode(canonical.parse(line[:-1])) == line[:-1]


# --- Checkpoints, proofs, keys


@target
def timestamp_proof(data: bytes) -> None:
    proof = parse_proof(data)
    assert not upgrade_requests(proof) or proof.state != "unknown"


@target
def checkpoint(data: bytes) -> None:
    assert format_checkpoint(parse_checkpoint(_text(data))) == _text(data)


@target
def note(data: bytes) -> None:
    read = parse_note(data)
    assert format_note(read) == data
    open_note(read, [VERIFIER])


@target
def checkpoint_file(data: bytes) -> None:
    read = parse_checkpoint_file(data)
    assert format_checkpoint_file(read) == data
    for line in read.note.signatures:
        with suppress(CustodyError):
            key = cosignature.named_key(line.name)
            assert key is None or cosignature.parse_cosigner(cosignature.format_cosigner(key)) == key
            own = cosignature.own_cosigner(LEAD.public.cosignature_key)
            assert cosignature.format_line(own, cosignature.parse_line(line)).signature == line.signature


@target
def witness(data: bytes) -> None:
    """A request; and the same bytes as each answer that is read."""
    for status, kind in ((200, ""), (409, witness_call.SIZE_TYPE)):
        with suppress(CustodyError):
            witness_call.parse_answer(status, kind, data)
    assert witness_call.format_request(witness_call.parse_request(data)) == data


@target
def verifier_key(data: bytes) -> None:
    assert format_vkey(parse_vkey(_text(data))) == _text(data)


@target
def proof(data: bytes) -> None:
    """Two numbers and hashes of 32 bytes. Of a known tree, nothing is believed but the one right proof."""
    if len(data) < 4:
        return
    first, second, hashes = data[0], data[1], [data[start : start + 32] for start in range(2, len(data), 32)]
    size, old = second % len(LEAVES), first % len(LEAVES)
    right = root(LEAVES[:size])
    with suppress(CustodyError):
        verify_inclusion(LEAVES[old], index=old, size=size, proof=hashes, root=right)
        assert tuple(hashes) == inclusion_proof(old, size, node)
    verify_consistency(old=old, new=size, proof=hashes, old_root=root(LEAVES[:old]), new_root=right)
    assert tuple(hashes) == consistency_proof(old, size, node)


def node(level: int, index: int) -> bytes:
    frontier = Frontier()
    for leaf in LEAVES[index << level : index + 1 << level]:
        frontier.append(leaf)
    return frontier.root()


@target
def spki(data: bytes) -> None:
    assert spki_bytes(load_p256(data)) == data


@target
def signature(data: bytes) -> None:
    assert der_from_raw(raw_from_der(data)) == data


@target
def certificate(data: bytes) -> None:
    """By itself, and in the public key file of somebody who claims it."""
    with_it = replace(LEAD.public, certificate=data)
    with suppress(CustodyError):
        verify_public_key(with_it)
    certified_key(data)


@target
def public_key(data: bytes) -> None:
    read = parse_public_key(data)
    assert format_public_key(read) == data
    verify_public_key(read)


@target
def key_file(data: bytes) -> None:
    assert format_key_file(parse_key_file(data)) == data


# --- Files of a case, and of this computer


def _case() -> Path:
    """A case in which nothing is wrong, and a file outside of it."""
    folder = place() / "case"
    if not folder.exists():
        (place() / "elsewhere").write_bytes(b"mine")
        shutil.copytree(KEPT_CASE, folder)
    return folder


@target
def case_toml(data: bytes) -> None:
    folder = place() / "named"
    folder.mkdir(exist_ok=True)
    (folder / "case.toml").write_bytes(data)
    case = read_case(folder)
    for address in (case.ledger, case.openings, case.evidence):
        assert address.resolve().is_relative_to(folder.resolve())


def _verify() -> None:
    """All that `custody verify --quick` does and shows."""
    with redirect_stdout(io.StringIO()):
        home = place() / "home"
        files = case_files(read_case(_case()))
        audit = examine(files, make_world({}, home), quick=True)
        show_judgement(Terminal(as_json=False), audit.judgement)
        json.dumps(msgspec.to_builtins(audit.judgement))


def _verify_with(name: str, data: bytes) -> None:
    """With these bytes for one file of the case, which verifying may not change."""
    changed = _case() / name
    before = changed.read_bytes() if changed.exists() else None
    changed.write_bytes(data)
    try:
        _verify()
        assert changed.read_bytes() == data
    finally:
        if before is None:
            changed.unlink(missing_ok=True)
        else:
            changed.write_bytes(before)


@target
def ledger_db(data: bytes) -> None:
    _verify_with("ledger.db", data)


@target
def openings_db(data: bytes) -> None:
    _verify_with("openings.db", data)


@target
def journal(data: bytes) -> None:
    """A journal that is let through touches no file but its database, and makes that no larger."""
    database = _case() / "ledger.db"
    beside = database.with_name("ledger.db-journal")
    before = database.read_bytes()
    beside.write_bytes(data)
    try:
        check_journal(database)
        _verify()
    finally:
        assert (place() / "elsewhere").read_bytes() == b"mine"
        assert database.stat().st_size <= len(before)
        beside.unlink(missing_ok=True)
        database.write_bytes(before)


@target
def heads_db(data: bytes) -> None:
    path = place() / "heads.db"
    path.write_bytes(data)
    found = SqliteHeads(path).get("fd" * 32)
    assert found is None or found.ledger == "fd" * 32


@target
def answers(data: bytes) -> None:
    path = place() / "answers.json"
    path.write_bytes(data)
    kept = AnswersFile(path)
    kept.remember("tool", "Firefox 128")
    assert kept.last("tool") == "Firefox 128"
    assert len(kept.all("tool")) <= KEPT


# --- What lies beside collected files


def _acceptable(found: Origin, source: str) -> None:
    value = {"address": found.address, "referrer": found.referrer, "from": source}
    canonical.encode(value)
    opened.origin(value)


@target
def where_froms(data: bytes) -> None:
    _acceptable(parse_where_froms(data), "kMDItemWhereFroms")


@target
def zone_identifier(data: bytes) -> None:
    _acceptable(parse_zone_identifier(data), "Zone.Identifier")


@target
def media_type_(data: bytes) -> None:
    """The last bytes are the name."""
    kind, _ = media_type(data[:-12], data[-12:].replace(b"\0", b""))
    msgspec.convert(kind, MediaTypeName)
