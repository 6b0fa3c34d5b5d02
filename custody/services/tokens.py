"""The objects that timestamps name: which they are, which of them are here, and whether bytes can be one of them.

What a token is worth is not asked here. But who writes a record may name any digest in it, also that of a colleague's
evidence, so that it would be sent along or kept for good: bytes count as a token only if they hold the digest of the
stamped checkpoint, and beside one only if they are a certificate or a list of revoked ones.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from custody.domain.entry import read_entry
from custody.domain.events import Timestamped, checkpoint_of
from custody.errors import CustodyError, FormatError, StorageError, VerificationError
from custody.formats.dsse import reopen_envelope
from custody.formats.share import MAX_OBJECT, MAX_OBJECTS
from custody.ports import CaseFiles, EvidenceStore

_TIMESTAMPED = Timestamped.type_name().encode()
_SUPPORTING = b""  # in place of a stamped digest: it is not a token, but stands beside one

Named = Mapping[str, frozenset[bytes]]
"""Objects by hex SHA-256: the digests of the checkpoints that each is to stamp, an empty one for what stands beside."""


def named(envelopes: Iterable[bytes]) -> Named:
    """The objects that these records name; a record that cannot be read names none. All rows are asked."""
    found: dict[str, set[bytes]] = {}
    for envelope in envelopes:
        for body, ledger in _timestamped(envelope):
            stamped = hashlib.sha256(checkpoint_of(ledger, body).encode()).digest()
            found.setdefault(body.token, set()).add(stamped)
            for digest in body.supporting:
                found.setdefault(digest, set()).add(_SUPPORTING)
    return {digest: frozenset(why) for digest, why in found.items()}


def named_in(files: CaseFiles, sizes: Mapping[str, int] | None = None) -> Named:
    """The objects that the first so many records of these ledgers name; without `sizes` all records that are here.

    By the index, so a record that is filed wrongly is not found; `auditing` tells of it.
    """
    with files.ledgers.reading() as reader:
        wanted = {ledger: reader.size(ledger) for ledger in reader.ledgers()} if sizes is None else sizes
        envelopes = [
            row.envelope
            for ledger, size in wanted.items()
            for row in reader.rows_of_item(ledger, None)
            if row.position < size
        ]
    return named(envelopes)


def fits(data: bytes, why: frozenset[bytes]) -> bool:
    """Whether these bytes can be what a record names: see the module."""
    return len(data) <= MAX_OBJECT and any(stamped in data if stamped else _is_public(data) for stamped in why)


def held(store: EvidenceStore, wanted: Named) -> Iterator[bytes]:
    """Those of the named objects that are in the store, unchanged, and fit, in the order of their digests."""
    for digest in sorted(wanted):
        data = read(store, digest)
        if data is not None and fits(data, wanted[digest]):
            yield data


def load(store: EvidenceStore, digest: str) -> bytes:
    """The small object of this name. Raises StorageError where it is not here, VerificationError where it was changed.

    One of more than MAX_OBJECT bytes counts as changed: no authority's answer is as large.
    """
    what = f"the authority's answer (object {digest[:16]}…)"
    try:
        with store.open(digest) as file:
            data = file.read(MAX_OBJECT + 1)
    except (StorageError, OSError) as error:
        raise StorageError(
            f"{what} is not here", "whoever has another copy of this ledger, or a backup, has it too"
        ) from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise VerificationError(f"{what} was changed", "a backup may have it as it was")
    return data


def read(store: EvidenceStore, digest: str) -> bytes | None:
    """The same, or None where it is not here as it was kept."""
    try:
        return load(store, digest)
    except CustodyError:
        return None


def to_send(files: CaseFiles, sizes: Mapping[str, int], warn: Callable[[str], None]) -> Sequence[bytes]:
    """The objects that go with the first so many records of these ledgers; `warn` hears that some are left out."""
    wanted = named_in(files, sizes)
    found = list(held(files.evidence, wanted))
    if len(found) < len(wanted):
        warn(
            f"{len(wanted) - len(found)} of {len(wanted)} stored files of timestamps are missing here, or are not what "
            "was recorded, and are left out: whoever takes this in cannot check those timestamps. A backup has them."
        )
    if len(found) > MAX_OBJECTS:
        warn(f"There are {len(found)} stored files of timestamps; the first {MAX_OBJECTS} are in it.")
    return found[:MAX_OBJECTS]


def _timestamped(envelope: bytes) -> Iterator[tuple[Timestamped, str]]:
    try:
        if _TIMESTAMPED in reopen_envelope(envelope):  # most are told apart by their bytes alone
            statement = read_entry(envelope).statement
            if isinstance(statement.body, Timestamped):
                yield statement.body, statement.ledger
    except FormatError:
        return  # verify tells of it


def _is_public(data: bytes) -> bool:
    """Whether this is an X.509 certificate or revocation list (RFC 5280) in DER."""
    from cryptography import x509

    for load in (x509.load_der_x509_certificate, x509.load_der_x509_crl):
        try:
            load(data)
        except (ValueError, x509.InvalidVersion):
            continue
        return True
    return False
