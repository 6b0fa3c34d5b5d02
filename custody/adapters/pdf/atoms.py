"""Text taken apart into atoms, which are set in one look, face, script and direction. Fills no lines."""

import re
from dataclasses import dataclass, replace

from custody.adapters.pdf.blocks import Span
from custody.adapters.pdf.looks import Look
from custody.adapters.pdf.shaping import clusters, face_for, levels, script_of, shape
from custody.adapters.pdf.typefaces import MONO, Typeface, own_face
from custody.domain.visible import ESCAPE

_WORDS = re.compile(r" +|[^ ]+")
_LINE = 1000  # characters that are looked at for one line; a foreign word may have a million
_ESCAPE_SIZE = 0.88  # of the text around it


@dataclass(frozen=True, slots=True)
class Atom:
    """Text that is set in one look, face and direction, and is broken only where nothing else helps."""

    text: str
    look: Look
    face: Typeface
    width: float
    link: str = ""
    level: int = 0
    plain: bool = True
    space: bool = False
    loose: bool = False  # a line may end before and after it


def joins(before: Atom, atom: Atom) -> bool:
    return (
        before.face is atom.face
        and before.look == atom.look
        and before.link == atom.link
        and before.level == atom.level
        and (before.plain == atom.plain or atom.space or before.space)
        and (before.plain or script_of(before.text[0]) == script_of(atom.text[0]) or atom.space)
    )


def plain_atoms(text: str, look: Look, face: Typeface, link: str = "") -> list[Atom]:
    plain, scale = face.plain, look.size / 1000
    return [
        Atom(word, look, face, sum(map(plain.__getitem__, word)) * scale, link, space=word[0] == " ")
        for word in _WORDS.findall(text)
    ]


def atoms_of(spans: list[tuple[Span, Look]]) -> list[Atom]:
    """The atoms of a paragraph, whose text is ready to be shown."""
    whole = "".join(span.text for span, _ in spans)
    escapes = [found.span() for found in ESCAPE.finditer(whole)] if "[U+" in whole else []
    embedded: list[int] = []
    for span, _ in spans:  # each by itself (UAX 9, isolates): a name must not turn our own words around it
        embedded += levels(span.text, [one.span() for one in ESCAPE.finditer(span.text)] if escapes else ())
    inside = {place for start, stop in escapes for place in range(start, stop)}
    starts = dict(escapes)
    atoms: list[Atom] = []
    begin = 0
    for span, look in spans:
        stop = begin + len(span.text)
        place = begin
        preferred = own_face(look.face)
        while place < stop:
            if place in starts:
                text, level = whole[place : starts[place]], embedded[place]
                small = replace(look, face=MONO, size=look.size * _ESCAPE_SIZE)
                mono = own_face(MONO)
                width = sum(map(mono.widths.__getitem__, text)) * small.size / 1000
                atoms.append(Atom(text, small, mono, width, span.link, level, loose=True))
                place = starts[place]
                continue
            face, level = face_for(whole[place], preferred), embedded[place]
            script, space = script_of(whole[place]), whole[place] == " "
            loose = face is not preferred and not face.name.startswith("fig") and script in _LOOSE
            end = place + 1
            while end < stop and end not in inside and embedded[end] == level and not loose:
                character = whole[end]
                if (character == " ") != space or face_for(character, preferred) is not face:
                    break
                own = script_of(character)
                if own and script and own != script:
                    break
                script = script or own
                end += 1
            atoms.append(_measured(whole[place:end], look, face, span.link, level, space, loose))
            place = end
        begin = stop
    return atoms


_LOOSE = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})


def _measured(text: str, look: Look, face: Typeface, link: str, level: int, space: bool, loose: bool) -> Atom:
    plain = level % 2 == 0 and (all(c in face.plain or c == "[" for c in text))
    if plain:
        width = sum(map(face.widths.__getitem__, text))
    else:
        width = sum(glyph.advance for glyph in shape(text, face, right_to_left=level % 2 == 1))
    return Atom(text, look, face, width * look.size / 1000, link, level, plain, space, loose)


def break_before(line: list[Atom], atom: Atom) -> int:
    """How many atoms stay in a line that `atom` does not fit into; 0 where it can be broken nowhere."""
    if not line:
        return 0
    if line[-1].space or line[-1].loose or atom.loose:
        return len(line)
    for index in range(len(line) - 1, 0, -1):
        if line[index - 1].space or line[index - 1].loose or line[index].loose:
            return index
    return 0


def split(atom: Atom, room: float, *, force: bool) -> tuple[Atom | None, Atom | None]:
    """What of an atom fits into `room` points, and the rest; with `force` at least one cluster fits."""
    if ESCAPE.fullmatch(atom.text):
        return (atom, None) if force else (None, atom)
    scale = atom.look.size / 1000
    near = atom.text[:_LINE]
    if atom.plain:
        parts = [(character, atom.face.widths[character]) for character in near]
    else:
        parts = clusters(near, atom.face, right_to_left=atom.level % 2 == 1)
    used, count = 0.0, 0
    for text, width in parts:
        if used + width * scale > room and (count or not force):
            break
        used += width * scale
        count += len(text)
    first, rest = atom.text[:count], atom.text[count:]
    return (
        replace(atom, text=first, width=used) if first else None,
        replace(atom, text=rest, width=max(atom.width - used, 0.0)) if rest else None,
    )
