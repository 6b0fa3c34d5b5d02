"""Lets people join a case at a distance, sends ledgers to others, and takes in theirs."""

from custody.services.exchanging.disclosing import Disclosure, disclose_legal_name, legal_name
from custody.services.exchanging.joining import (
    check_lead,
    check_role,
    enrol,
    invite,
    join,
    join_here,
    lead_of,
    owner_of,
    replace,
    revoke,
    set_policy,
    take_over,
)
from custody.services.exchanging.merging import Merged, merge, see, take_in
from custody.services.exchanging.sharing import from_folder, parse, share

__all__ = [
    "Disclosure",
    "Merged",
    "check_lead",
    "check_role",
    "disclose_legal_name",
    "enrol",
    "from_folder",
    "invite",
    "join",
    "join_here",
    "lead_of",
    "legal_name",
    "merge",
    "owner_of",
    "parse",
    "replace",
    "revoke",
    "see",
    "set_policy",
    "share",
    "take_in",
    "take_over",
]
