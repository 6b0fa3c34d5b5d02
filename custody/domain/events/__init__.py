"""The kinds of statement. A new kind is one frozen class here: its fields, its rule and its sentence.

Parsing, canonical bytes and the list of sealed fields derive from the class. The classes register themselves with
the type that stands in their tag.
"""

from custody.domain.events.anchors import Cosigned, Timestamped, checkpoint_of
from custody.domain.events.base import Body, Place, Unknown, sealed_fields
from custody.domain.events.care import Corrected, Disposed, Erased, Examined, GapExplained, Noted, Withdrawn
from custody.domain.events.collection import Attempted, Collected
from custody.domain.events.disclosure import Exported, Reported
from custody.domain.events.exchange import LedgerSeen, Restored
from custody.domain.events.handover import Declined, Receipted, Received, Released, ReleasedOnPaper
from custody.domain.events.membership import (
    CaseOpened,
    LeadTakenOver,
    LedgerOpened,
    MemberEnrolled,
    MemberReplaced,
    MemberRevoked,
    PolicySet,
    RegisterBody,
)

KINDS: tuple[type[Body], ...] = (
    CaseOpened,
    LedgerOpened,
    MemberEnrolled,
    MemberRevoked,
    MemberReplaced,
    LeadTakenOver,
    PolicySet,
    Collected,
    Attempted,
    Released,
    Received,
    Declined,
    ReleasedOnPaper,
    Receipted,
    Examined,
    Corrected,
    Withdrawn,
    Disposed,
    Erased,
    Noted,
    GapExplained,
    Reported,
    Exported,
    Timestamped,
    Cosigned,
    LedgerSeen,
    Restored,
)

_BY_TYPE = {kind.type_name(): kind for kind in KINDS}


def body_class(type_name: str) -> type[Body] | None:
    """The class of a body type, or None for a type that this version does not know."""
    return _BY_TYPE.get(type_name)


__all__ = [
    "KINDS",
    "Attempted",
    "Body",
    "CaseOpened",
    "Collected",
    "Corrected",
    "Cosigned",
    "Declined",
    "Disposed",
    "Erased",
    "Examined",
    "Exported",
    "GapExplained",
    "LeadTakenOver",
    "LedgerOpened",
    "LedgerSeen",
    "MemberEnrolled",
    "MemberReplaced",
    "MemberRevoked",
    "Noted",
    "Place",
    "PolicySet",
    "Receipted",
    "Received",
    "RegisterBody",
    "Released",
    "ReleasedOnPaper",
    "Reported",
    "Restored",
    "Timestamped",
    "Unknown",
    "Withdrawn",
    "body_class",
    "checkpoint_of",
    "sealed_fields",
]
