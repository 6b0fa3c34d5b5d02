"""Judges what others outside vouch for: whether each timestamp and cosignature holds, and whose word the reader takes.

What holds and is trusted becomes an anchor; everything else is told. Knows nothing of items.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from custody.domain import findings as codes
from custody.domain.events import Cosigned, Timestamped, checkpoint_of
from custody.domain.findings import Code
from custody.domain.intervals import Anchor, Intervals, Sighting
from custody.domain.trust import Trust
from custody.domain.wording import capital
from custody.errors import (
    CustodyError,
    FormatError,
    StorageError,
    TimestampAlgorithmWeak,
    TimestampAuthorityUnknown,
    TimestampCertificateMissing,
    TimestampChainExpired,
    TimestampMismatch,
    TimestampPurposeWrong,
    TimestampRefused,
    TimestampRevoked,
    UsageError,
    VerificationError,
)
from custody.services.auditing.lapsing import Held, not_lapsed
from custody.services.auditing.seen import SeenLedgers, Vouched
from custody.services.auditing.trees import Trees

Load = Callable[[str], bytes]
"""The object of this name (hex SHA-256). Raises StorageError where it is not here, VerificationError if changed."""

MAX_LISTS = 8  # revocation lists of other stamps that each stamp is checked against as well
BLOCK_ACCURACY = timedelta(hours=2)  # a miner sets a block's time; others take no block further ahead than this

_NOT_BELIEVED: Mapping[type[VerificationError], tuple[Code, str]] = {
    TimestampAuthorityUnknown: (
        codes.AUTHORITY_UNKNOWN,
        "It may be genuine: get the authority's root certificate from the authority itself, then: custody authority "
        "add NAME --root FILE.",
    ),
    TimestampChainExpired: (codes.TIMESTAMP_EXPIRED, "It shows no time; another authority's stamp would."),
    TimestampCertificateMissing: (
        codes.TIMESTAMP_CERTIFICATE_MISSING,
        "Who signed it cannot be checked without it; the authority publishes it.",
    ),
    TimestampRevoked: (codes.TIMESTAMP_REVOKED, "It shows no time."),
    TimestampMismatch: (codes.TIMESTAMP_MISMATCH, "It shows nothing about this record."),
    TimestampAlgorithmWeak: (codes.TIMESTAMP_WEAK, "It shows no time."),
    TimestampPurposeWrong: (
        codes.TIMESTAMP_PURPOSE_WRONG,
        "Whoever has a key for another purpose could have signed any time with it.",
    ),
}


def find_anchors(
    believable: Sequence[Vouched],
    load: Load,
    trust: Trust,
    seen: SeenLedgers,
    sightings: Sequence[Sighting],
    now: datetime,
) -> Intervals | None:
    """The intervals that the trusted anchors of this case give, None if there is none; everything wrong is reported.

    `believable` is what `find_believable` gave: judging stamps takes long, and no view of ledgers is held meanwhile.
    """
    newest = {_promise(one): one.position for one in believable}
    lists = _newest_lists(load, believable)
    held = [
        held
        for one in believable
        for held in _judge(load, trust, seen, one, lists, followed=newest[_promise(one)] > one.position)
    ]
    held = not_lapsed(held, seen, sightings, now)
    return Intervals([one.anchor for one in held], sightings) if held else None


def find_believable(trees: Trees, seen: SeenLedgers) -> list[Vouched]:
    """What others vouch for of checkpoints that their ledgers had, as far as can be said."""
    return list(_believable(trees, seen))


def _believable(trees: Trees, seen: SeenLedgers) -> Iterator[Vouched]:
    for one in seen.vouched:
        match trees.had(one.ledger, one.body.size, one.body.root):
            case True:
                yield one
            case False:
                seen.findings.append(
                    codes.RECORD_DISOWNED.about(
                        one.about,
                        f"What others vouch for in it is a checkpoint of {one.body.size} records that this ledger "
                        "never had.",
                    )
                )


def _newest_lists(load: Load, believable: Sequence[Vouched]) -> tuple[bytes, ...]:
    """The revocation lists that were kept last, whatever stamp they were kept beside.

    Whoever forges a stamp with a stolen key leaves out the list that says so. Certificates among them are left out:
    what was kept beside one stamp must not make another one's chain.
    """
    from custody.formats.revocation import is_crl

    names: dict[str, None] = {}
    for one in reversed(believable):
        if isinstance(one.body, Timestamped):
            names.update(dict.fromkeys(one.body.supporting))
        if len(names) >= MAX_LISTS:
            break
    kept = []
    for name in list(names)[:MAX_LISTS]:
        with suppress(CustodyError):  # told where it is asked for
            kept.append(load(name))
    return tuple(data for data in kept if is_crl(data))


def _promise(one: Vouched) -> tuple[object, ...]:
    """What a calendar's promise and the record of its keeping have in common."""
    return one.ledger, type(one.body), getattr(one.body, "authority", None), one.body.size, one.body.root


def _judge(
    load: Load, trust: Trust, seen: SeenLedgers, one: Vouched, lists: Sequence[bytes], *, followed: bool
) -> Iterator[Held]:
    """`lists` are revocation lists of the case; `followed` says that a later record is of the same promise."""
    match one.body:
        case Cosigned():
            yield from _cosigned(trust, seen, one, one.body)
        case Timestamped(scheme="rfc3161"):
            yield from _stamped(load, trust, seen, one, one.body, lists)
        case Timestamped():
            yield from _attested(load, trust, seen, one, one.body, followed=followed)


def _cosigned(trust: Trust, seen: SeenLedgers, one: Vouched, body: Cosigned) -> Iterator[Held]:
    """The signature was verified along with the record (`Cosigned.check`)."""
    if body.key in seen.insiders:
        _tell(seen, codes.COSIGNER_IN_CASE, one, "The cosigner belongs to the case, and does not count as outside.")
        return
    name = next((known.name for known in trust.cosigners if known.key.public == body.cosigner_key.public), None)
    if name is None:
        _tell(
            seen,
            codes.COSIGNER_UNKNOWN,
            one,
            "You have not confirmed the cosigner's key. Ask them, in a way of your own, for the eight words of their "
            'cosigning key, then: custody authority add NAME --cosigner "the eight words".',
        )
        return
    try:
        time = datetime.fromtimestamp(body.time, UTC)
        anchor = _anchor(one, time, time + timedelta(seconds=1), f"{name}, cosigner")
    except (OverflowError, ValueError, OSError):
        _tell(seen, codes.TIMESTAMP_UNREADABLE, one, "The cosigner's time is none that a clock can show.")
        return
    yield Held(anchor, one.about, None)


def _stamped(
    load: Load, trust: Trust, seen: SeenLedgers, one: Vouched, body: Timestamped, lists: Sequence[bytes]
) -> Iterator[Held]:
    from custody.formats.timestamp import parse_reply
    from custody.formats.tokenvalidation import stamped_digest, validate_token

    reply = _read(load, seen, one, body.token)
    if reply is None:
        return
    roots = {root: authority for authority in trust.authorities for root in authority.roots}
    extra = [data for name in body.supporting if (data := _read(load, seen, one, name)) is not None]
    try:
        token = parse_reply(reply)
        digest = stamped_digest(token, _stamped_text(one))
        stamp = validate_token(token, digest=digest, roots=tuple(roots), extra=list(dict.fromkeys((*extra, *lists))))
    except (FormatError, TimestampRefused) as error:
        _tell(seen, codes.TIMESTAMP_UNREADABLE, one, f"The authority's reply cannot be read: {error.message}.")
        return
    except VerificationError as error:
        _tell_wrong(seen, one, error)
        return
    authority = roots[stamp.chain[-1]]
    accuracy = stamp.accuracy or timedelta()
    word = f"{authority.name}, qualified" if authority.qualified else authority.name
    anchor = _anchor(one, stamp.time - accuracy, stamp.time + accuracy, word)
    yield Held(anchor, one.about, stamp.valid_until)


def _attested(
    load: Load, trust: Trust, seen: SeenLedgers, one: Vouched, body: Timestamped, *, followed: bool
) -> Iterator[Held]:
    from custody.formats.opentimestamps import parse_proof, verify_bitcoin

    data = _read(load, seen, one, body.token)
    if data is None:
        return
    try:
        proof = parse_proof(data)
    except FormatError as error:
        _tell(seen, codes.TIMESTAMP_UNREADABLE, one, f"The proof cannot be read: {error.message}.")
        return
    except UsageError as error:
        _tell(seen, codes.TIMESTAMP_NOT_CHECKED, one, f"It was not checked: {error.message}. {error.hint}.")
        return
    if (proof.hash_name, proof.digest) != ("sha256", hashlib.sha256(_stamped_text(one)).digest()):
        _tell(
            seen,
            codes.TIMESTAMP_MISMATCH,
            one,
            "The proof is of something else than the checkpoint it is said to be of.",
        )
        return
    times = []
    for attestation in proof.bitcoin:
        header = trust.block(attestation.height)
        if header is None:
            _tell(
                seen,
                codes.TIMESTAMP_BLOCK_UNKNOWN,
                one,
                f"It leads to Bitcoin block {attestation.height}, of which you have no header. Give it with custody "
                "authority block, or let custody verify --explorer URL fetch it.",
            )
            continue
        try:
            time = verify_bitcoin(attestation, header, max_target=trust.max_target)
            times.append((time, attestation.height))
        except (FormatError, VerificationError) as error:
            said = ". ".join(words for words in (error.message, error.hint) if words)
            _tell(seen, codes.TIMESTAMP_BLOCK_WRONG, one, f"{capital(said)}.")
    if times:
        time, height = min(times)
        anchor = _anchor(one, time - BLOCK_ACCURACY, time + BLOCK_ACCURACY, f"Bitcoin block {height}")
        yield Held(anchor, one.about, None)
    elif not proof.bitcoin and not followed:
        _tell(
            seen,
            codes.TIMESTAMP_PENDING,
            one,
            "It is pending: a calendar promised to put it into a Bitcoin block, which takes hours, and shows nothing "
            "until then. Who recorded it fetches the rest with custody timestamp --pending.",
        )


def _tell_wrong(seen: SeenLedgers, one: Vouched, error: VerificationError) -> None:
    code, words = not_believed(error)
    _tell(seen, code, one, words)


def not_believed(error: VerificationError) -> tuple[Code, str]:
    """What is told of a stamp that is not believed, and in words why."""
    for kind, (code, words) in _NOT_BELIEVED.items():
        if isinstance(error, kind):
            return code, f"{capital(error.message)}. {words}"
    return codes.TIMESTAMP_SIGNATURE_WRONG, f"{capital(error.message)}."


def _read(load: Load, seen: SeenLedgers, one: Vouched, name: str) -> bytes | None:
    """The object of this name, None after telling why it is not there as it was recorded."""
    try:
        return load(name)
    except StorageError as error:
        _tell(seen, codes.TIMESTAMP_MISSING, one, f"{capital(error.message)}. {capital(error.hint)}.")
    except VerificationError as error:
        _tell(seen, codes.TIMESTAMP_CHANGED, one, f"{capital(error.message)}.")
    return None


def _stamped_text(one: Vouched) -> bytes:
    return checkpoint_of(one.ledger, one.body).encode()


def _anchor(one: Vouched, earliest: datetime, latest: datetime, word: str) -> Anchor:
    return Anchor(one.ledger, one.body.size, one.position, earliest, latest, word)


def _tell(seen: SeenLedgers, code: Code, one: Vouched, message: str) -> None:
    seen.findings.append(code.about(one.about, message))
