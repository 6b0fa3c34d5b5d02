"""Text in the order and the shapes in which it is read: right to left, joined, stacked. Breaks no lines.

Only what a text is by itself decides its direction (Unicode Standard Annex 9, implicit levels): characters that would
override it are written out before (domain/visible).
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from custody.adapters.pdf.typefaces import MONO, REGULAR, Typeface, other_face, own_face

_BRACKETS: Final = {
    pair[0]: pair[1]
    for pair in ["()", "[]", "{}", "（）", "［］", "｛｝", "「」", "『』", "【】", "〈〉", "《》", "〔〕", "⟨⟩", "⟦⟧"]
}
_MAX_OPEN = 63  # brackets that are open at once, more than which the rule gives up (UAX 9, BD16)
_RIGHT: Final = frozenset({"R", "AL", "AN"})


@dataclass(frozen=True, slots=True)
class Glyph:
    """A glyph where shaping put it: its advance and offsets in 1/1000 of the size; `cluster` counts characters."""

    number: int
    cluster: int
    advance: float
    right: float
    up: float


def levels(text: str, escapes: Sequence[tuple[int, int]] = ()) -> list[int]:
    """The embedding level of each character (UAX 9), even: left to right. Each of `escapes` is like a Latin word."""
    if not any(unicodedata.bidirectional(character) in _RIGHT for character in text):
        return [0] * len(text)
    from bidi import algorithm

    for start, stop in escapes:
        text = text[:start] + "x" * (stop - start) + text[stop:]
    storage: dict[str, Any] = algorithm.get_empty_storage()
    storage["base_level"] = base = algorithm.get_base_level(text)
    storage["base_dir"] = ("L", "R")[base]
    algorithm.get_embedding_levels(text, storage)
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    _resolve_brackets(storage["chars"], base)
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    return [int(character["level"]) for character in storage["chars"]]


def _resolve_brackets(characters: list[dict[str, Any]], base: int) -> None:
    """Give both brackets of a pair one direction (UAX 9, rule N0), which python-bidi leaves out.

    Without it "a (b) c" in letters from right to left is read with a bracket on the wrong side.
    """
    own, other = ("R", "L") if base else ("L", "R")
    opened: list[tuple[str, int]] = []
    pairs: list[tuple[int, int]] = []
    for index, character in enumerate(characters):
        if character["type"] != "ON":
            continue
        if character["ch"] in _BRACKETS:
            opened.append((_BRACKETS[character["ch"]], index))
            if len(opened) > _MAX_OPEN:
                break
        for depth in range(len(opened) - 1, -1, -1):
            if opened[depth][0] == character["ch"]:
                pairs.append((opened[depth][1], index))
                del opened[depth:]
                break
    strong = {"L": "L", "R": "R", "EN": "R", "AN": "R"}
    before, seen = own, 0  # the last strong direction, and how far it was looked for
    for start, stop in sorted(pairs):
        for character in characters[seen:start]:
            before = strong.get(character["type"]) or before
        seen = start
        inside = {strong.get(character["type"]) for character in characters[start + 1 : stop]}
        if own in inside:
            direction = own
        elif other in inside:
            direction = before
        else:
            continue
        characters[start]["type"] = characters[stop]["type"] = direction


def visual_order(line: Sequence[int]) -> list[int]:
    """The order, from left to right, in which the runs of a line stand that have these levels (UAX 9, rule L2)."""
    order = list(range(len(line)))
    for level in range(max(line, default=0), 0, -1):
        position = 0
        while position < len(order):
            stop = position
            while stop < len(order) and line[order[stop]] >= level:
                stop += 1
            order[position:stop] = reversed(order[position:stop])
            position = max(stop, position + 1)
    return order


def face_for(character: str, preferred: Typeface) -> Typeface:
    """The face that draws a character that can be drawn: the preferred one, FiraGO, or one of the computer."""
    if character in preferred.glyphs:
        return preferred
    for name in (REGULAR, MONO):
        face = own_face(name)
        if character in face.glyphs:
            return face
    return other_face(character) or own_face(REGULAR)


@lru_cache(maxsize=65_536)
def script_of(character: str) -> str:
    """The script of a letter, by its name in the Unicode database; "" for signs that every script shares."""
    if unicodedata.category(character)[0] != "L":
        return ""
    return unicodedata.name(character, "").split(" ")[0]


def shape(text: str, face: Typeface, *, right_to_left: bool, marks_apart: bool = False) -> list[Glyph]:
    """The glyphs of text of one script, from left to right; with `marks_apart` a mark is a cluster of its own."""
    import uharfbuzz

    buffer = uharfbuzz.Buffer()
    kinds = uharfbuzz.BufferClusterLevel
    buffer.cluster_level = kinds.MONOTONE_CHARACTERS if marks_apart else kinds.MONOTONE_GRAPHEMES
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if right_to_left else "ltr"
    uharfbuzz.shape(face.font, buffer, {})
    scale = 1000 / float(face.face.upem)
    return [
        Glyph(info.codepoint, info.cluster, place.x_advance * scale, place.x_offset * scale, place.y_offset * scale)
        for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
    ]


def clusters(text: str, face: Typeface, *, right_to_left: bool) -> list[tuple[str, float]]:
    """The parts of `text`, in its own order, that stay together, each with its width in 1/1000 of the size."""
    widths: dict[int, float] = {}
    for glyph in shape(text, face, right_to_left=right_to_left):
        widths[glyph.cluster] = widths.get(glyph.cluster, 0.0) + glyph.advance
    starts = sorted(widths)
    return [(text[start:stop], widths[start]) for start, stop in zip(starts, [*starts[1:], len(text)], strict=True)]
