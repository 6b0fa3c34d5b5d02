"""The evidence store on disk: plain bytes, named by their SHA-256. Knows no item and no ledger."""

from custody.adapters.evidence.checking import check_objects
from custody.adapters.evidence.folder import EvidenceFolder

__all__ = ["EvidenceFolder", "check_objects"]
