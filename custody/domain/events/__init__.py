"""The kinds of statement. A new kind is one frozen class here: its fields, its rule and its sentence.

Parsing, canonical bytes and the list of sealed fields derive from the class. The classes register themselves with
the type that stands in their tag.
"""

from custody.domain.events.base import Body, Place, Unknown, sealed_fields
from custody.domain.events.care import Noted
from custody.domain.events.collection import Attempted, Collected
from custody.domain.events.disclosure import Reported
from custody.domain.events.membership import CaseOpened

KINDS: tuple[type[Body], ...] = (CaseOpened, Collected, Attempted, Noted, Reported)

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
    "Noted",
    "Place",
    "Reported",
    "Unknown",
    "body_class",
    "sealed_fields",
]
