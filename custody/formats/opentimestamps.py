"""OpenTimestamps proofs: makes, reads and upgrades them, and checks what they say of a Bitcoin block.

Asks no calendar and fetches no block. The operations are those of the library `opentimestamps`, which is optional.
A proof shows that something existed; never that it did not exist earlier.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from custody.errors import FormatError, HeaderMismatch, UsageError
from custody.formats.blockheader import MAX_HEIGHT, MAX_TARGET, check_work, parse_header
from custody.formats.otslibrary import library, merge, read, write

_MAGIC = b"\0OpenTimestamps\0\0Proof\0\xbf\x89\xe2\xe8\x84\xe8\x92\x94"
_VERSION, _SHA256 = 1, 8
NONCE_SIZE = 16  # bytes, as the reference client takes
DIGEST_SIZE = 32
MAX_PROOF = 65_536  # bytes; proofs of a Bitcoin block have about 2,000
MAX_ANSWER = 10_000  # bytes; the reference client reads no longer answer of a calendar

_PROOF = "an OpenTimestamps proof"
_ANSWER = "a timestamp as calendars give"


@dataclass(frozen=True, slots=True)
class Pending:
    """A calendar says that it took `commitment`, and will have it put into a Bitcoin block: no time is shown yet.

    `uri` is what the proof says, so any address. `upgraded` says that a Bitcoin attestation follows from it.
    """

    uri: str
    commitment: bytes
    upgraded: bool


@dataclass(frozen=True, slots=True)
class Bitcoin:
    """The claim that the block at this height has this merkle root, as its header's bytes have it. Unverified."""

    height: int
    merkle_root: bytes


@dataclass(frozen=True, slots=True)
class Unknown:
    """An attestation of a kind that is not checked here, by its tag of eight bytes."""

    tag: bytes
    commitment: bytes


Attestation: TypeAlias = Pending | Bitcoin | Unknown


@dataclass(frozen=True, slots=True)
class Proof:
    """A detached proof: what was stamped, what vouches for it, and the file itself.

    `digest` is of the kind `hash_name` (sha256, sha1, ripemd160 or keccak256). Every step from it to the attestations
    was computed; none of these was verified.
    """

    hash_name: str
    digest: bytes
    attestations: tuple[Attestation, ...]
    encoded: bytes

    @property
    def state(self) -> Literal["bitcoin", "pending", "unknown"]:
        """The most that the proof claims: a Bitcoin block, a calendar's promise alone, or nothing that is known."""
        if self.bitcoin:
            return "bitcoin"
        return "pending" if any(isinstance(one, Pending) for one in self.attestations) else "unknown"

    @property
    def bitcoin(self) -> tuple[Bitcoin, ...]:
        """The Bitcoin attestations, to be verified one by one: a single one that holds is enough."""
        return tuple(one for one in self.attestations if isinstance(one, Bitcoin))


def calendar_request(digest: bytes, nonce: bytes) -> bytes:
    """What is posted to calendars for a SHA-256 digest: SHA-256(digest ‖ nonce), 32 bytes.

    A fresh random nonce keeps the calendar from knowing, or ever recognising, the digest. Raises FormatError for
    another size of either.
    """
    if len(digest) != DIGEST_SIZE or len(nonce) != NONCE_SIZE:
        raise FormatError(f"a digest of {DIGEST_SIZE} bytes is blinded with a nonce of {NONCE_SIZE}")
    return hashlib.sha256(digest + nonce).digest()


def digest_url(calendar: str) -> str:
    """Where `calendar_request` is posted to."""
    return f"{calendar.rstrip('/')}/digest"


def timestamp_url(calendar: str, commitment: bytes) -> str:
    """Where a calendar keeps what came of a commitment."""
    return f"{calendar.rstrip('/')}/timestamp/{commitment.hex()}"


def make_proof(digest: bytes, nonce: bytes, *answers: bytes) -> bytes:
    """The detached proof from what calendars answered to `calendar_request(digest, nonce)`.

    Raises FormatError for an answer that is no timestamp, and without any answer; UsageError without the library.
    """
    request = calendar_request(digest, nonce)
    core = library()
    stamp = core.timestamp.Timestamp(digest)
    blinded = stamp.ops.add(core.op.OpAppend(nonce)).ops.add(core.op.OpSHA256())
    if not answers:
        raise FormatError("no calendar's answer to make a proof of")
    for answer in answers:
        merge(blinded, _read_answer(answer, request))
    return _checked(core.timestamp.DetachedTimestampFile(core.op.OpSHA256(), stamp)).encoded


def is_proof(data: bytes) -> bool:
    """Whether this begins as an .ots file does."""
    return data.startswith(_MAGIC)


def proof_digest(data: bytes) -> bytes:
    """The SHA-256 digest that an .ots file is of, unverified; the rest of it is not read. Needs no library.

    Raises FormatError for another version, another digest than SHA-256, and for a file that is cut short.
    """
    start = len(_MAGIC) + 2
    if not is_proof(data) or data[len(_MAGIC) : start] != bytes([_VERSION, _SHA256]):
        raise FormatError(f"{_PROOF} of another version, or of another digest than SHA-256")
    digest = data[start : start + DIGEST_SIZE]
    if len(digest) != DIGEST_SIZE:
        raise FormatError(f"{_PROOF} that is cut short")
    return digest


def parse_proof(data: bytes) -> Proof:
    """The unverified proof of an .ots file. Raises UsageError without the library.

    Raises FormatError for bytes that are no proof of version 1, for one that is spelled in another way than the
    library writes it, has something behind its end, or goes beyond the limits above.
    """
    if len(data) > MAX_PROOF:
        raise FormatError(f"not {_PROOF}: larger than {MAX_PROOF} bytes")
    file = _read_proof(data)
    if write(file) != data:
        raise FormatError(f"not {_PROOF}: not written in the one way that such proofs are")
    return Proof(file.file_hash_op.TAG_NAME, file.file_digest, _attestations(file.timestamp), data)


def upgrade_requests(proof: Proof) -> tuple[tuple[str, bytes], ...]:
    """Calendar and commitment of whatever is pending and led to no Bitcoin block yet; http and https alone.

    The calendars are named by the proof: a caller asks only those that it would ask anyway.
    """
    return tuple(
        dict.fromkeys(
            (one.uri, one.commitment)
            for one in proof.attestations
            if isinstance(one, Pending) and not one.upgraded and one.uri.startswith(("http://", "https://"))
        )
    )


def upgrade(proof: Proof, uri: str, commitment: bytes, answer: bytes) -> bytes:
    """The proof with what the calendar answered about a commitment added; nothing that was there is taken away.

    Verify a Bitcoin attestation that this adds before the result replaces the proof: with a wrong one in it, nobody
    would ask the calendar again. Raises FormatError for an answer that is no timestamp, UsageError when the proof has
    nothing pending there.
    """
    file = _read_proof(proof.encoded)
    kind = library().notary.PendingAttestation
    places = [
        stamp
        for stamp in _stamps(file.timestamp)
        if stamp.msg == commitment and any(isinstance(one, kind) and one.uri == uri for one in stamp.attestations)
    ]
    if not places:
        raise UsageError(f"the proof has nothing pending at {uri} for {commitment.hex()}")
    added = _read_answer(answer, commitment)
    for stamp in places:
        merge(stamp, added)
    return _checked(file).encoded


def verify_bitcoin(attestation: Bitcoin, header: bytes, *, max_target: int = MAX_TARGET) -> datetime:
    """The time (UTC) of the block whose 80-byte header bears the attestation's merkle root: it existed by then.

    Raises FormatError for what is no header, HeaderMismatch when its root is another, WorkTooSmall when it does not
    meet its own difficulty or that is easier than `max_target`. The time is a miner's, right to about two hours; that
    the block is part of the chain at this height is the word of whoever gave the header.
    """
    block = parse_header(header)
    if block.merkle_root != attestation.merkle_root:
        raise HeaderMismatch(
            f"the header given for Bitcoin block {attestation.height} has another merkle root than the timestamp: "
            f"expected {attestation.merkle_root.hex()}, found {block.merkle_root.hex()}",
            "check that the header is of this height; if it is, the timestamp shows nothing",
        )
    check_work(block, max_target=max_target)
    return block.time


def _read_proof(data: bytes) -> Any:
    return read(data, library().timestamp.DetachedTimestampFile.deserialize, _PROOF)


def _checked(file: Any) -> Proof:
    """The proof as it will be read: two that keep to the limits may go beyond them together."""
    return parse_proof(write(file))


def _read_answer(answer: bytes, message: bytes) -> Any:
    """The timestamp of `message` that a calendar answered with. Raises FormatError."""
    if len(answer) > MAX_ANSWER:
        raise FormatError(f"a calendar's answer of more than {MAX_ANSWER} bytes")
    return read(answer, lambda reader: library().timestamp.Timestamp.deserialize(reader, message), _ANSWER)


def _stamps(stamp: Any) -> list[Any]:
    """The timestamp and all that follow from it, in the order in which they are written."""
    found, waiting = [], [stamp]
    while waiting:
        found.append(waiting.pop())
        waiting += (found[-1].ops[operation] for operation in sorted(found[-1].ops, reverse=True))
    return found


def _attestations(stamp: Any) -> tuple[Attestation, ...]:
    """The attestations of a timestamp and of what follows from it."""
    kinds = library().notary
    stamps = _stamps(stamp)
    anchored: set[int] = set()  # stamps that a Bitcoin attestation follows from, by identity; the last ones first
    for one in reversed(stamps):
        own = any(isinstance(each, kinds.BitcoinBlockHeaderAttestation) for each in one.attestations)
        if own or any(id(following) in anchored for following in one.ops.values()):
            anchored.add(id(one))
    return tuple(
        _attestation(each, one.msg, id(one) in anchored) for one in stamps for each in sorted(one.attestations)
    )


def _attestation(found: Any, message: bytes, anchored: bool) -> Attestation:
    kinds = library().notary
    if isinstance(found, kinds.PendingAttestation):
        return Pending(found.uri, message, anchored)
    if not isinstance(found, kinds.BitcoinBlockHeaderAttestation):
        return Unknown(found.TAG, message)
    if found.height > MAX_HEIGHT:  # the library reads one of 57,000 bits, which Python will not even print
        raise FormatError(f"not {_PROOF}: a Bitcoin block beyond {MAX_HEIGHT}")
    return Bitcoin(found.height, message)
