"""Lets others outside vouch for a ledger. Whether they are believed is the verifier's matter."""

from custody.services.anchoring.documents import DocumentStamper, LongTerm, NoStamper, find_stamper, long_term
from custody.services.anchoring.exporting import export
from custody.services.anchoring.stamping import Outcome, stamp
from custody.services.anchoring.upgrading import Upgraded, recall, upgrade

__all__ = [
    "DocumentStamper",
    "LongTerm",
    "NoStamper",
    "Outcome",
    "Upgraded",
    "export",
    "find_stamper",
    "long_term",
    "recall",
    "stamp",
    "upgrade",
]
