"""Takes a ledger's timestamps out as plain files, with the command of a common program that checks each."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from custody.domain.events import Timestamped, checkpoint_of
from custody.domain.trust import Trust
from custody.errors import CustodyError, StorageError, UsageError
from custody.ports import CaseFiles
from custody.services import listing, reading, tokens
from custody.services.looking import Ledger

CHECKPOINT, REPLY, CHAIN, ROOT, PROOF = "checkpoint.txt", "reply.tsr", "chain.pem", "root.pem", "checkpoint.txt.ots"


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
    for at, body in listing.of_kind(files, ledger.id, Timestamped):
        if position in (None, at):
            chosen[body.authority] = at, body
    if not chosen:
        raise UsageError(
            "there is no timestamp in your ledger" if position is None else f"record {position} is no timestamp",
            "custody log shows the records; custody timestamp has the ledger stamped",
        )
    made = [_export(files, ledger, trust, at, body, into) for at, body in sorted(chosen.values())]
    for one, content in made:
        try:
            one.folder.mkdir(parents=True)
        except OSError as error:
            raise StorageError(f"{one.folder} cannot be made: {error.strerror}", "name another folder") from error
        for name, data in content.items():
            write_new(one.folder / name, data)
    return [one for one, _ in made]


def _export(
    files: CaseFiles, ledger: Ledger, trust: Trust, position: int, body: Timestamped, into: Path
) -> tuple[Exported, dict[str, bytes]]:
    """What is exported, and the content of its files by their names."""
    with files.ledgers.reading() as reader:
        row = next(reader.rows(ledger.id, position, position + 1))
        reading.verified_row(row, ledger.id, ledger.key)
    checkpoint = checkpoint_of(ledger.id, body).encode()
    token = tokens.load(files.evidence, body.token)
    made = {CHECKPOINT: checkpoint}
    if body.scheme == "rfc3161":
        command, rooted = _openssl(
            made, token, [tokens.load(files.evidence, name) for name in body.supporting], trust, checkpoint
        )
    else:
        made[PROOF] = token
        command, rooted = f"ots verify {PROOF}", False
    return Exported(position, body.authority, into / f"record-{position}", command, rooted), made


def _openssl(
    made: dict[str, bytes], reply: bytes, extra: list[bytes], trust: Trust, checkpoint: bytes
) -> tuple[str, bool]:
    """The files of an RFC 3161 reply, and the command of OpenSSL (openssl-ts(1)) that checks it at its own time."""
    from custody.formats.certificates import to_pem
    from custody.formats.timestamp import certificates_pem, parse_reply
    from custody.formats.tokenvalidation import stamped_digest, validate_token

    token = parse_reply(reply)
    made[REPLY] = reply
    words = ["openssl ts -verify", f"-attime {int(token.time.timestamp())}", f"-data {CHECKPOINT}", f"-in {REPLY}"]
    roots = tuple(root for one in trust.authorities for root in one.roots)
    try:
        digest = stamped_digest(token, checkpoint)
        made[ROOT] = to_pem(validate_token(token, digest=digest, roots=roots, extra=extra).chain[-1])
    except CustodyError:
        pass  # whoever checks it has the root from the authority, and is told so
    words.append(f"-CAfile {ROOT}")
    if chain := certificates_pem(token):
        made[CHAIN] = chain
        words.append(f"-untrusted {CHAIN}")
    return " ".join(words), ROOT in made
