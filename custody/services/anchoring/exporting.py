"""Takes a ledger's timestamps out as plain files, with the command of a common program that checks each."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from custody.domain.entry import Entry
from custody.domain.events import Timestamped
from custody.domain.parties import origin
from custody.domain.trust import Trust
from custody.errors import CustodyError, StorageError, UsageError, VerificationError
from custody.formats.checkpoint import Checkpoint, format_checkpoint
from custody.ports import CaseFiles
from custody.services import listing, reading
from custody.services.looking import Ledger

CHECKPOINT, REPLY, CHAIN, ROOT, PROOF = "checkpoint.txt", "reply.tsr", "chain.pem", "root.pem", "checkpoint.txt.ots"
MAX_OBJECT = 2**20  # bytes


@dataclass(frozen=True, slots=True)
class Exported:
    """One timestamp that was taken out: its record and authority, its folder, and the command to be typed there.

    `rooted` says that the root certificate is among the files, because the exporter trusts the authority.
    """

    position: int
    authority: str
    folder: Path
    command: str
    rooted: bool


def export(
    files: CaseFiles,
    ledger: Ledger,
    trust: Trust,
    position: int | None,
    into: Path,
    write_new: Callable[[Path, bytes], None],
) -> list[Exported]:
    """Write the timestamp of this record, or (None) the newest of each authority, to a folder of its own in `into`.

    Raises UsageError when there is none, VerificationError and StorageError when what is kept of it is not what was
    recorded.
    """
    chosen: dict[str, tuple[int, Timestamped]] = {}
    for entry in listing.beside_items(files, ledger.id):
        if isinstance(entry, Entry) and isinstance(entry.statement.body, Timestamped):
            at, body = entry.statement.position, entry.statement.body
            if position in (None, at):
                chosen[body.authority] = at, body
    if not chosen:
        raise UsageError(
            "there is no timestamp in your ledger" if position is None else f"record {position} is no timestamp",
            "custody log shows the records; custody timestamp has the ledger stamped",
        )
    return [_export(files, ledger, trust, at, body, into, write_new) for at, body in sorted(chosen.values())]


def _export(
    files: CaseFiles,
    ledger: Ledger,
    trust: Trust,
    position: int,
    body: Timestamped,
    into: Path,
    write_new: Callable[[Path, bytes], None],
) -> Exported:
    with files.ledgers.reading() as reader:
        row = next(reader.rows(ledger.id, position, position + 1))
        reading.verified_row(row, ledger.id, ledger.key)
    checkpoint = format_checkpoint(Checkpoint(origin(ledger.id), body.size, bytes.fromhex(body.root))).encode()
    token = _object(files, body.token)
    made = {CHECKPOINT: checkpoint}
    if body.scheme == "rfc3161":
        command, rooted = _openssl(made, token, [_object(files, name) for name in body.supporting], trust, checkpoint)
    else:
        made[PROOF] = token
        command, rooted = f"ots verify {PROOF}", False
    folder = into / f"record-{position}"
    folder.mkdir(parents=True)
    for name, data in made.items():
        write_new(folder / name, data)
    return Exported(position, body.authority, folder, command, rooted)


def _openssl(
    made: dict[str, bytes], reply: bytes, extra: list[bytes], trust: Trust, checkpoint: bytes
) -> tuple[str, bool]:
    """The files of an RFC 3161 reply, and the command of OpenSSL (openssl-ts(1)) that checks it at its own time."""
    from custody.formats.certificates import to_pem
    from custody.formats.timestamp import certificates_pem, parse_reply
    from custody.formats.timestamptoken import imprint_of
    from custody.formats.tokenvalidation import validate_token

    token = parse_reply(reply)
    made[REPLY] = reply
    words = ["openssl ts -verify", f"-attime {int(token.time.timestamp())}", f"-data {CHECKPOINT}", f"-in {REPLY}"]
    roots = tuple(root for one in trust.authorities for root in one.roots)
    try:
        digest = imprint_of(checkpoint, token.imprint_algorithm)
        made[ROOT] = to_pem(validate_token(token, digest=digest, roots=roots, extra=extra).chain[-1])
    except CustodyError:
        pass  # whoever checks it has the root from the authority, and is told so
    words.append(f"-CAfile {ROOT}")
    if chain := certificates_pem(token):
        made[CHAIN] = chain
        words.append(f"-untrusted {CHAIN}")
    return " ".join(words), ROOT in made


def _object(files: CaseFiles, name: str) -> bytes:
    try:
        with files.evidence.open(name) as file:
            data = file.read(MAX_OBJECT + 1)
    except StorageError as error:
        raise StorageError(
            f"the authority's answer (object {name[:16]}…) is not here", "a backup or another copy of the case has it"
        ) from error
    if hashlib.sha256(data).hexdigest() != name:
        raise VerificationError(f"the authority's answer (object {name[:16]}…) was changed", "a backup may have it")
    return data
