"""Remembers the heads of ledgers, so that a ledger that lost or changed a record is noticed on this computer.

Never overwrites a head by one that does not extend it.
"""

from datetime import datetime

from custody.errors import VerificationError
from custody.formats.encoding import format_time
from custody.formats.merkle import root_at
from custody.ports import Heads, LedgerReader, RememberedHead


def root_of(reader: LedgerReader, ledger: str, size: int) -> bytes:
    """The root that the stored tree gives for the first `size` entries, with O(log n) rows read."""
    return root_at(size, lambda level, index: reader.node(ledger, level, index))


def extends(reader: LedgerReader, before: RememberedHead) -> bool:
    """Whether the ledger, as it lies there now, still begins with what was remembered."""
    return reader.size(before.ledger) >= before.size and root_of(reader, before.ledger, before.size) == before.root


def remember(heads: Heads, reader: LedgerReader, *, ledger: str, case: str, now: datetime) -> RememberedHead | None:
    """Remember the ledger's present head. Returns the remembered head that it does not extend, which then stays.

    The caller has seen that the case is self-certified and the newest record signed: others must not be able to
    make this computer remember nonsense.
    """
    size = reader.size(ledger)
    head = RememberedHead(ledger, case, size, root_of(reader, ledger, size), format_time(now))
    return heads.remember(head, lambda before: extends(reader, before))


def contradiction(before: RememberedHead, size: int) -> VerificationError:
    """The error for a ledger of `size` entries that does not extend what was remembered of it."""
    if size < before.size:
        what = f"the ledger has {size} records, but on {before.seen[:10]} this computer saw {before.size}"
    else:
        what = f"the first {before.size} records are not the ones that this computer saw on {before.seen[:10]}"
    return VerificationError(
        what,
        "keep this copy but do not work on with it: look for a newer copy of the case folder and verify that",
    )
