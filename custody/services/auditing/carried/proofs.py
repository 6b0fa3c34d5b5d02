"""The trees of a record that travels by itself: which roots its proofs show that a ledger had.

A proof is nobody's signed word: one that does not hold says nothing of the ledger, and accuses nobody but its maker.
"""

from collections.abc import Mapping

from custody.domain import findings as codes
from custody.errors import FormatError, VerificationError
from custody.formats.merkle import EMPTY_ROOT, Hash, verify_consistency
from custody.formats.record import RecordLedger
from custody.services.auditing.telling import Telling


class ProvenTrees:
    """Trees (auditing.trees) of a record. A root that is asked for, and that no proof tells of, is told as missing."""

    def __init__(self, ledgers: Mapping[str, RecordLedger], told: Mapping[str, Telling]) -> None:
        self._ledgers = ledgers
        self._told = told
        self._roots = {name: dict(_roots(ledger, told[name])) for name, ledger in ledgers.items()}
        self._missing: set[tuple[str, int]] = set()

    def size(self, ledger: str) -> int | None:
        """As `Trees.size`."""
        return self._ledgers[ledger].size if ledger in self._ledgers else None

    def had(self, ledger: str, size: int, root: str) -> bool | None:
        """As `Trees.had`."""
        known = self.root(ledger, size)
        if known is not None:
            return known.hex() == root
        if ledger in self._ledgers and (ledger, size) not in self._missing:
            self._missing.add((ledger, size))
            told = self._told[ledger]
            told.find(
                codes.PROOF_MISSING,
                told.place(0, size - 1),
                f"Nothing here shows how the ledger of {self._ledgers[ledger].size} records goes on from its first "
                f"{size}, so what was said of these cannot be compared. Whoever made this can make it anew.",
            )
        return None

    def root(self, ledger: str, size: int) -> Hash | None:
        """The root that the ledger had with so many records, None where no proof tells."""
        return self._roots.get(ledger, {}).get(size)

    def roots(self, ledger: str) -> Mapping[int, Hash]:
        """Every root of the ledger that is known, by its number of records."""
        return self._roots[ledger]


def _roots(ledger: RecordLedger, told: Telling) -> dict[int, Hash]:
    found = {0: EMPTY_ROOT, ledger.size: ledger.root}
    for one in ledger.consistency:
        try:
            verify_consistency(old=one.size, new=ledger.size, proof=one.proof, old_root=one.root, new_root=ledger.root)
        except (FormatError, VerificationError) as error:
            told.find(
                codes.PROOF_WRONG,
                told.place(0, one.size - 1),
                f"What is to show how the ledger goes on from there does not hold: {error.message}.",
            )
            continue
        found[one.size] = one.root
    return found
