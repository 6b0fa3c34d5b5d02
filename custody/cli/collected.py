"""Shows what was collected, and what was not and why."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from custody.cli.terminal import Terminal
from custody.domain.visible import visible
from custody.domain.wording import name_in_words, short_size
from custody.services.recording import CollectedItem, Collection

if TYPE_CHECKING:
    from custody.services.anchoring import Outcome

SHOWN = 20  # lines; the rest is counted, and `custody items` has them all


def show(terminal: Terminal, collection: Collection, stamps: Sequence["Outcome"] = ()) -> None:
    """What was collected; `stamps` are what authorities answered, for `--json`."""
    if terminal.as_json:
        terminal.result(
            {
                "already": [_left_out(one.path, one.outcome, one.message) for one in collection.already],
                "failed": [_left_out(one.path, one.outcome, one.message) for one in collection.failed],
                "items": [_item(item) for item in collection.items],
                "skipped": [_left_out(one.path, one.outcome, one.message) for one in collection.skipped],
                "stamps": _stamps(stamps),
                "stopped": collection.stopped,
            }
        )
        return
    shown = collection.items[:SHOWN]
    if shown:
        terminal.columns(
            [(item.number, f"{item.digest[:12]}…", short_size(item.size), _name(item)) for item in shown],
            right=frozenset({2}),
        )
    for item in shown:
        for warning in item.warnings:
            terminal.say(f"{item.number}: {warning}.")
    again = [item for item in collection.items if item.same_as is not None]
    if len(again) == 1:
        terminal.say(f"Same bytes as {again[0].same_as}. Recorded again as {again[0].number}.")
    elif again:
        terminal.say(f"{len(again)} of these have the same bytes as an earlier item. Recorded again all the same.")
    if len(collection.items) > SHOWN:
        terminal.say(f"… and {len(collection.items) - SHOWN} more (custody items)")
    for one in collection.failed[:SHOWN]:
        terminal.sentence(f"NOT collected: {visible(os.fsdecode(one.path))}: {one.message}")
    if len(collection.failed) > SHOWN:
        terminal.say(f"… and {len(collection.failed) - SHOWN} more that were not collected (custody log)")
    for one in collection.skipped[:SHOWN]:
        terminal.sentence(f"Skipped: {visible(os.fsdecode(one.path))}: {one.message}")
    if len(collection.skipped) > SHOWN:
        terminal.say(f"… and {len(collection.skipped) - SHOWN} more that were skipped")
    terminal.say(_summary(collection))


def _stamps(stamps: Sequence["Outcome"]) -> list[dict[str, object]]:
    if not stamps:
        return []
    from custody.cli.stamping import stamp_json

    return [stamp_json(one) for one in stamps]


def _summary(collection: Collection) -> str:
    count = len(collection.items)
    words = f"{count} item{'' if count == 1 else 's'} recorded"
    if collection.already:
        words += f", {len(collection.already)} recorded before"
    if collection.failed:
        words += f", {len(collection.failed)} could not be collected (also recorded)"
    if collection.stopped:
        words += ". Stopped early: run the same again with --resume"
    return f"{words}."


def _name(item: CollectedItem) -> str:
    if item.name is None:
        return "(typed text)"
    name = name_in_words(item.name)
    return name if item.parts is None else f"{name}{os.sep} ({item.parts} parts)"


def _item(item: CollectedItem) -> dict[str, object]:
    return {
        "digest": item.digest,
        "media_type": item.media_type,
        "name": item.name,
        "number": item.number,
        "parts": item.parts,
        "same_as": item.same_as,
        "size": item.size,
        "warnings": list(item.warnings),
    }


def _left_out(path: bytes, outcome: str, message: str) -> dict[str, object]:
    return {"message": message, "outcome": outcome, "path": visible(os.fsdecode(path))}
