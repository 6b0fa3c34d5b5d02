"""Writes records: opens cases, collects, notes, and records what was reported.

Order of durability: bytes synced in the evidence store, then the batch committed, then success reported.
"""

from custody.services.recording.appending import Draft, Recorder
from custody.services.recording.caring import correct, dispose, erase, examined, explain_gap, withdraw
from custody.services.recording.collecting import (
    CollectedItem,
    Collection,
    CollectOptions,
    Target,
    collect,
    collect_text,
)
from custody.services.recording.describing import CLEARABLE, SEALABLE, Circumstances, check_circumstances, derived
from custody.services.recording.noting import note
from custody.services.recording.opening import OpenedCase, open_case

__all__ = [
    "CLEARABLE",
    "SEALABLE",
    "Circumstances",
    "CollectOptions",
    "CollectedItem",
    "Collection",
    "Draft",
    "OpenedCase",
    "Recorder",
    "Target",
    "check_circumstances",
    "collect",
    "collect_text",
    "correct",
    "derived",
    "dispose",
    "erase",
    "examined",
    "explain_gap",
    "note",
    "open_case",
    "withdraw",
]
